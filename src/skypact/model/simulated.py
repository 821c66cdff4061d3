"""The picture that the simulated defence acts on, and its mint.

`defend` accepts nothing else, and only `run` makes one: the import contracts keep decoders, live feeds and
federation nodes from reaching this module, and a test shows that the class cannot be built without the mint.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import B1, F8, U1
from skypact.model.track import Impacts, Tracks

_MINT = object()


@dataclass(frozen=True)
class SimulatedPicture:
    """A nation's picture inside a simulation, n tracks."""

    tracks: Tracks
    impacts: Impacts
    local: U1
    """[n] 1 where the nation's own sensors contribute to the track now."""
    sigma_pos_m: F8
    """[n] root mean position variance."""
    firm: U1
    """[n] 1 where confirmed, class known (probability >= 0.8) or impact area known, and sigma <= 1 km."""
    took_off: B1
    """[n] whether the track began as an aircraft that takes off at home (defend.origin)"""
    mint: object

    def __post_init__(self) -> None:
        """Refuse any picture that the simulated pipeline did not make."""
        if self.mint is not _MINT:
            raise TypeError("only the simulated pipeline makes a SimulatedPicture (boundary of the program)")


def simulated_picture(
    tracks: Tracks, impacts: Impacts, local: U1, sigma_pos_m: F8, firm: U1, took_off: B1
) -> SimulatedPicture:
    """The picture as the simulated defence may use it; called by `run` alone."""
    return SimulatedPicture(tracks, impacts, local, sigma_pos_m, firm, took_off, _MINT)
