"""What is noted of the pictures that methods make of the same tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skypact.fuse import position_sigma
from skypact.model.codes import HOSTILE_CLASSES
from skypact.model.network import B1, F8, I8
from skypact.model.track import Tracks
from skypact.run.consistency.follow import Instant, picture_error
from skypact.score.consistency import squares_or_nan
from skypact.score.pairing import CUTOFF_M

Cell = tuple[int, int, int]
"""True class, phase, SINGLE, FUSED or MIXED"""
SINGLE, FUSED, MIXED = range(3)
"""A track of one nation's information; of several, all of one object; of several, of different objects."""


@dataclass
class Tally:
    """What one row of the study noted in one run."""

    squares: dict[Cell, F8] = field(default_factory=dict)
    """Looks, looks whose covariance is none, summed normalised squares of position and of the whole state"""
    raid_m: list[F8] = field(default_factory=list)
    """Position errors of raid objects that every row held"""
    traffic_m: list[F8] = field(default_factory=list)
    """The same of aircraft"""
    gospa: F8 = field(default_factory=lambda: np.zeros(4))
    """Epochs, summed GOSPA (m), missed, stray"""
    spent_s: list[float] = field(default_factory=list)
    """Processor time of each picture"""
    bytes_per_s: float = 0.0

    def look(self, tracks: Tracks, thing: I8, mixed: B1, kinds: I8, instant: Instant) -> F8:
        """Note the errors of a picture's tracks; returns those of each object's most certain track, [objects] m or NaN.

        Args:
            tracks: the picture.
            thing: [n] row of truth of each track, -1 for none.
            mixed: [n] whether its members are of different objects.
            kinds: [objects] true classes.
            instant: truth.
        """
        best = np.full(len(kinds), np.nan)
        rows = np.flatnonzero(thing >= 0)
        rows = rows[~np.isnan(instant.state[thing[rows], 0])]
        of = thing[rows]
        error, cov = tracks.mean_ecef[rows] - instant.state[of], tracks.cov_ecef[rows]
        position = squares_or_nan(error[:, :3], cov[:, :3, :3])
        whole = squares_or_nan(error, cov)
        sources = tracks.sources[rows]
        fused = (sources & (sources - np.uint32(1))) != 0
        code = (kinds[of] * 16 + instant.phase[of]) * 4 + np.where(mixed[rows], MIXED, fused)
        for group in np.unique(code).tolist():
            chosen = code == group
            sound = chosen & ~np.isnan(position) & ~np.isnan(whole)
            cell = (group // 64, group // 4 % 16, group % 4)
            counted = (chosen.sum(), chosen.sum() - sound.sum(), position[sound].sum(), whole[sound].sum())
            self.squares[cell] = self.squares.get(cell, np.zeros(4)) + counted
        order = np.argsort(-position_sigma(tracks)[rows], kind="stable")
        best[of[order]] = np.linalg.norm(error[order, :3], axis=1)
        return best

    def compare(self, tracks: Tracks, state: F8) -> None:
        """Note the picture error beside what should be in the picture, [objects, 6]."""
        square_m2, missed, stray = picture_error(tracks, state)
        total_m = float(np.sqrt(square_m2 + 0.5 * CUTOFF_M**2 * (missed + stray)))
        self.gospa += (1.0, total_m, missed, stray)


def note_common(tallies: Sequence[Tally], errors_m: Sequence[F8], kinds: I8) -> None:
    """Note the errors of the objects that every row holds.

    Args:
        tallies: one a row.
        errors_m: of each row, [objects], NaN where it holds none.
        kinds: [objects] true classes.
    """
    common = ~np.isnan(np.array(errors_m)).any(axis=0)
    raid = np.isin(kinds, HOSTILE_CLASSES)
    for tally, error_m in zip(tallies, errors_m, strict=True):
        tally.raid_m.append(error_m[common & raid])
        tally.traffic_m.append(error_m[common & ~raid])
