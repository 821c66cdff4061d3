"""What a tracker holds after a scan."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from skypact.model.network import F8, I8, U1


@dataclass(frozen=True)
class Estimates:
    """The T tracks a tracker reports, oldest first, all at one instant.

    A state is [position, velocity, acceleration, turn rate, log drag, axial acceleration] as far as the tracker's
    motion models use them (m, s, rad), in the frame of its sensors.
    """

    t_s: float
    track_id: I8
    """[T] counting up from 1, never used again; those of tracks younger than the tracker's `late_s` may yet change"""
    status: U1
    """[T] model.codes.TrackStatus"""
    mean: F8
    """[T, n] of the mode mixture"""
    cov: F8
    """[T, n, n]"""
    existence: F8
    """[T] probability that the object exists; 1 where the associator has no such notion (gnn)"""
    score: F8
    """[T] gnn and pmbm: log likelihood ratio of object against clutter, of pmbm along the likeliest history; pmb and
    jipda: log odds of existence. As of the newest scan"""
    mode_prob: F8
    """[T, M]"""
    dimensions: int
    """d, 2 or 3"""
    detection_track: I8 = field(default_factory=lambda: np.empty(0, np.int64))
    """[n] for each detection of the scan last given to the tracker, in the order given, the id of the track that it
    updated or began; 0 for none. The track may be of any status. Of pmb, jipda and pmbm, which share detections: the
    track that most likely made it; where it most likely was no earlier track's, the one it began if that is likelier
    an object than not, else 0. Of a late scan: as it was decided in its place. Predicting changes nothing in it."""

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


def aged(report: Estimates, since_s: float, lifetime_s: float) -> Estimates:
    """A report as of `since_s` or later: objects may have ended meanwhile, as by a mean lifetime they do."""
    if not report.t_s > since_s > -math.inf:
        return report
    return replace(report, existence=report.existence * math.exp((since_s - report.t_s) / lifetime_s))
