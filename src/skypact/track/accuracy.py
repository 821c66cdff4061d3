"""How accurate a radar's plots are, from how smoothly those of one track follow each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skypact.model.network import F8, I8, U8

HITS = 4
"""Hits in a row that a residual is taken from: three fix a parabola, the fourth tells how far off it is."""
LEAST_RESIDUALS = 30
LEAST_HITS = 12
"""Tracks with fewer hits tell nothing: false plots that happen to line up make short tracks and large residuals."""
GAUSS_50, GAUSS_95 = 0.674490, 1.959964
"""Quantiles of the absolute value of a standard normal variable."""
NEAR_M = 10_000.0
"""Nearer plots are left out: their bearings turn too fast for a parabola."""
TURN_RAD = 0.7
"""Bearings of one residual that span more are left out, for the same reason."""


class Accuracy(NamedTuple):
    """One sigma of the random error of a radar's plots, and how many residuals tell it."""

    sigma_range_m: float
    sigma_bearing_rad: float
    residuals: int


def plot_accuracy(
    t_s: F8, range_m: F8, bearing_rad: F8, height_m: F8, owner: U8, longest_s: float
) -> Accuracy | None:
    """The random error of plots, None where fewer than 30 residuals tell it.

    Four successive hits of one track lie on a parabola in the horizontal plane but for their errors and what the
    acceleration changes within that time. The combination of the four places that every parabola leaves at zero, at
    unit norm, is their error's (Savitzky and Golay 1964 turn the same fact into a smoother). It is split along and
    across the line of sight. The sigma is the larger of what the median and the 95 per cent point of the residuals'
    absolute values tell for a normal law, so that heavier tails are not taken for nothing.

    Args:
        t_s: f8[n] in any order.
        range_m: f8[n] slant range.
        bearing_rad: f8[n].
        height_m: f8[n] NaN where unknown (the slant range then stands for the distance along the ground).
        owner: u8[n] the track that took each plot, 0 for none.
        longest_s: hits further apart tell nothing.
    """
    order = np.lexsort((t_s, owner))
    _, of, count = np.unique(owner, return_inverse=True, return_counts=True)
    order = order[((owner > 0) & (count[of] >= LEAST_HITS))[order]]
    if len(order) < HITS:
        return None
    t, r, b = t_s[order], range_m[order], bearing_rad[order]
    rise = np.nan_to_num(height_m[order])
    ground = np.sqrt(np.maximum(r * r - rise * rise, 0.0))
    place = np.stack([ground * np.sin(b), ground * np.cos(b)], axis=1)
    rows: I8 = np.arange(len(order) - HITS + 1)[:, None] + np.arange(HITS)
    turn = np.abs(np.angle(np.exp(1j * (b[rows] - b[rows[:, :1]]))))
    gap = np.diff(t[rows], axis=1)
    good = (owner[order][rows[:, 0]] == owner[order][rows[:, -1]]) & (gap <= longest_s).all(axis=1)
    good &= (gap > 0.0).all(axis=1) & (r[rows] > NEAR_M).all(axis=1) & (turn < TURN_RAD).all(axis=1)
    rows = rows[good]
    if len(rows) < LEAST_RESIDUALS:
        return None
    weight = _no_parabola(t[rows])
    error = np.einsum("nk,nkc->nc", weight, place[rows])
    middle = np.angle(np.exp(1j * b[rows]).mean(axis=1))
    sight = np.stack([np.sin(middle), np.cos(middle)], axis=1)
    along = np.abs(np.sum(error * sight, axis=1))
    across = np.abs(error[:, 0] * sight[:, 1] - error[:, 1] * sight[:, 0])
    return Accuracy(_sigma(along), _sigma(across / ground[rows].mean(axis=1)), len(rows))


def _no_parabola(t_s: F8) -> F8:
    """Weights [n, 4] of unit norm that every parabola in t_s [n, 4] leaves at zero (divided differences)."""
    weight = np.empty_like(t_s)
    for k in range(HITS):
        others = [j for j in range(HITS) if j != k]
        weight[:, k] = 1.0 / np.prod(t_s[:, [k]] - t_s[:, others], axis=1)
    return np.asarray(weight / np.linalg.norm(weight, axis=1, keepdims=True), np.float64)


def _sigma(size: F8) -> float:
    half, most = np.quantile(size, [0.5, 0.95])
    return float(max(half / GAUSS_50, most / GAUSS_95))
