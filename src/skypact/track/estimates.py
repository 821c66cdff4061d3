"""What a tracker holds after a scan."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import F8, I8, U1


@dataclass(frozen=True)
class Estimates:
    """The T tracks a tracker reports, oldest first, all at one instant.

    A state is [position, velocity, acceleration, turn rate, log drag, axial acceleration] as far as the tracker's
    motion models use them (m, s, rad), in the frame of its sensors.
    """

    t_s: float
    track_id: I8
    """[T] counting up from 1, never used again"""
    status: U1
    """[T] model.codes.TrackStatus"""
    mean: F8
    """[T, n] of the mode mixture"""
    cov: F8
    """[T, n, n]"""
    existence: F8
    """[T] probability that the object exists; 1 where the associator has no such notion"""
    score: F8
    """[T] log likelihood ratio of object against clutter; 0 where the associator has no such notion"""
    mode_prob: F8
    """[T, M]"""
    dimensions: int
    """d, 2 or 3"""

    def __len__(self) -> int:
        return len(self.track_id)

    @property
    def pos_m(self) -> F8:
        """Positions, [T, d]."""
        return self.mean[:, : self.dimensions]

    @property
    def vel_mps(self) -> F8:
        """Velocities, [T, d]."""
        return self.mean[:, self.dimensions : 2 * self.dimensions]
