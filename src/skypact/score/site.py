"""Whether a radar stands where it was said to stand: a wrong place makes the range bias turn with the bearing.

Seen from a place given d metres north of the true one, aircraft in the north are d metres too near and those in the
south too far, and those in the east and west stand turned. So two more unknowns, the shift to the east and north,
join the biases of range, bearing and clock in one robust fit (Tukey's biweight), over all pairs that codes make, far
apart or not. It is small angles' arithmetic: good to a tenth for shifts of some kilometres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from skypact.model.network import F8, U8
from skypact.score.clock import Apart, Candidates, Looks, apart
from skypact.score.path import SystemPath
from skypact.score.robust import MAD, RESOLVED, TUKEY, aircraft_of_pairs, jackknife, linear, normal

MIN_SHIFT_M = 300.0
MIN_SHARE = 0.5
MIN_AIRCRAFT = 4
CONFIDENCE = 0.999
"""A place is doubted if the shift is longer, explains more and is surer than these, over so many aircraft."""
_FAR_M, _FAR_RAD = 20_000.0, np.radians(45.0)
_FLOOR_M, _FLOOR_RAD = 10.0, np.radians(0.003)
_MIN_PAIRS = 20
_STEPS = 40
_POINTS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


@dataclass(frozen=True)
class SiteShift:
    """How far the place given for a radar seems to lie from the true one, given minus true; NaN where untold."""

    east_m: float
    north_m: float
    share: float
    """of the variance of the range differences that the shift explains"""
    sure: bool
    """whether the shift is other than nothing, the aircraft being the unit"""

    @property
    def doubt(self) -> str:
        """A sentence if the place looks wrong, else nothing."""
        away_m = float(np.hypot(self.east_m, self.north_m))
        if not (self.sure and self.share > MIN_SHARE and away_m > MIN_SHIFT_M):
            return ""
        towards = np.degrees(np.arctan2(-self.east_m, -self.north_m))
        return (
            f"The radar seems to stand {away_m / 1000.0:.1f} km {_POINTS[round(towards / 45.0) % 8]} of the place "
            f"given (this explains {self.share:.0%} of the variance of the range differences): check --site"
        )


UNTOLD = SiteShift(np.nan, np.nan, np.nan, False)


def site_shift(looks: Looks, path: SystemPath, pairs: Candidates, bias: F8, owner: U8) -> SiteShift:
    """How far the given place seems to be from the true one.

    Args:
        looks: the plots.
        path: the other system's tracks in the frame of the given place.
        pairs: of one aircraft each, however far apart.
        bias: [3] range (m), bearing (rad) and time (s) found with the given place.
        owner: [looks] our track of each plot.
    """
    off, pairs = _nearest(looks, path, pairs, bias)
    if len(pairs.look) < _MIN_PAIRS:
        return UNTOLD
    design, residual = _design(looks, off, pairs, bias)
    fit = _fit(design, residual)
    if fit is None:
        return UNTOLD
    shift, scale, after = fit
    _, scores, slopes = normal(design, after / scale[:, None], scale)
    aircraft = aircraft_of_pairs(owner[pairs.look], pairs.stretch)
    covariance = jackknife(slopes, scores, aircraft)[3:, 3:]
    kept = np.abs(after[0]) < TUKEY * scale[0]
    share = 1.0 - float(np.var(after[0][kept]) / max(np.var(residual[0][kept]), 1e-9))
    sure = _sure(shift[3:], covariance, int(aircraft.max()) + 1)
    return SiteShift(float(shift[3]), float(shift[4]), max(share, 0.0), sure)


def _nearest(looks: Looks, path: SystemPath, pairs: Candidates, bias: F8) -> tuple[Apart, Candidates]:
    """For each plot its nearest pair, with heights known if there are enough of these."""
    off = apart(looks, path, pairs, float(bias[2]))
    range_m, bearing = off.range_m - bias[0], off.bearing_rad - bias[1]
    there = (np.abs(range_m) < _FAR_M) & (np.abs(bearing) < _FAR_RAD)  # false where not held
    known = there & ~off.assumed
    near = np.flatnonzero(known if known.sum() >= _MIN_PAIRS else there)
    away_m = np.hypot(range_m[near], bearing[near] * looks.range_m[pairs.look[near]])
    near = near[np.lexsort((away_m, pairs.look[near]))]
    first = near[np.unique(pairs.look[near], return_index=True)[1]]
    return off.take(first), pairs.take(first)


def _design(looks: Looks, off: Apart, pairs: Candidates, bias: F8) -> tuple[F8, F8]:
    """What range, bearing, time and a shift of the place to the east and north make, [2, n, 5], and residuals."""
    biases, residual = linear(off, bias)
    true_rad = looks.bearing_rad[pairs.look] - bias[1]
    east, north = np.sin(true_rad), np.cos(true_rad)
    away_m = np.maximum(looks.range_m[pairs.look], 1.0)
    turn = np.stack([north / away_m, -east / away_m], axis=1)
    shift = np.stack([np.stack([east, north], axis=1), turn])
    return np.concatenate([biases, shift], axis=2), residual


def _fit(design: F8, residual: F8) -> tuple[F8, F8, F8] | None:
    """What is found [5], the scale [2] and what remains of the residuals [2, n]; None if the pairs do not tell."""
    found, after = np.zeros(design.shape[2]), residual
    scale = np.array([_FAR_M, _FAR_RAD])
    for _ in range(_STEPS):
        spread = MAD * np.median(np.abs(after), axis=1)
        scale = np.maximum(np.maximum(spread, 0.5 * scale), [_FLOOR_M, _FLOOR_RAD])
        products, scores, _ = normal(design, after / scale[:, None], scale)
        matrix = products.sum(axis=0)
        size = np.sqrt(np.diag(matrix))
        if not np.all(size > 0.0) or np.linalg.eigvalsh(matrix / np.outer(size, size))[0] < RESOLVED:
            return None
        found = found + np.linalg.solve(matrix, scores.sum(axis=0))
        after = residual - design @ found
    return found, scale, after


def _sure(shift_m: F8, covariance: F8, aircraft: int) -> bool:
    """Whether a shift [2] is other than nothing (Hotelling's test over aircraft)."""
    if aircraft < MIN_AIRCRAFT or not np.isfinite(covariance).all():
        return False
    squared = float(shift_m @ np.linalg.pinv(covariance) @ shift_m)
    limit = float(special.fdtri(2.0, aircraft - 2.0, CONFIDENCE)) * 2.0 * (aircraft - 1.0) / (aircraft - 2.0)
    return squared > limit
