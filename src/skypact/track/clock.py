"""A radar's clock as its recording shows it: steps taken out, instants that cannot be right set aside.

Plots come late, never early: every judgement here is one-sided. What a window of plots agrees on is read near its
upper end, so that a share of late plots moves nothing, and a plot is wrong sooner by being ahead than behind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d, rank_filter

from skypact.model.network import B1, F8, I8

WINDOW = 21
"""Plots a level of the clock is read from: a step is believed with so many on both sides."""
UPPER = 14
"""Which of a window's ordered values is its level: seven ahead of the others make one, fifteen behind."""
NEAR = WINDOW // 2
"""Plots over which time going back must last, and which an instant must contradict to be wrong."""
STEP_S = 1.0
"""A lasting, abrupt change of the clock against the capture's beyond this is a step."""
NOISE = 2.0
"""A step is also beyond so many medians of the change of the offset from plot to plot."""
AHEAD_S = 5.0
"""An instant further ahead of the usual offset than this is set aside."""
LATE_S = 60.0
"""An instant further behind is not late but wrong; so is one of the capture further from its neighbours."""
BACKWARD_S = 12.0
"""Without capture times: falling back for long by more is a step; less is plots out of order."""
ROUNDS = 4
"""Searches for steps, each without those found before: steps closer to each other than a window need more."""
BLOCKS = 200
"""Parts of the recording whose levels tell the drift."""
FEW = 2
"""A straight line that saves more steps than these explains them."""
EXPLAINED = 0.1
"""A change across a pause is the drift's if they differ by less than this part of it."""
SURE = 3.0
"""Standard deviations of the sum of Kendall's signs beyond which a drift is told."""


@dataclass(frozen=True)
class Clock:
    """n instants made usable, and what was found wrong with them.

    `t_ns` is the radar's own time of the first part of the recording carried on through every step. A drift stays
    in it.
    """

    t_ns: I8
    aside: B1
    """[n] instants that agree with no neighbour: not to be used"""
    step_at: I8
    """[k] row from which a step holds"""
    step_s: F8
    """[k] by how much the clock jumped forward there"""
    offset_s: float
    """median of the radar's time minus the capture's (a bias is ours minus theirs), NaN without capture times"""
    spread_s: float
    """half of the range from the 2.5 to the 97.5 per cent point of that, steps and drift taken out"""
    drift_s_per_hour: float
    """by how much the radar's clock gains on the capture's; 0 if not told from chance, or if all that it gains is
    within the spread; NaN without capture times"""


def steady_clock(
    t_ns: I8, capture_ns: I8, bearing_rad: F8 | None = None, revolution_s: float = np.nan
) -> Clock:
    """The clock of one radar's plots in the order of the recording.

    Where the capture has times (all of capture_ns >= 0), the radar's offset against them shows steps, drift and
    single wrong instants, the day of which came from the capture. Without, only falling back for long and single far
    instants can be told; a jump forward may be a pause of the recording and is left. Plots that come late, up to
    LATE_S, keep their instants.

    Args:
        t_ns: i8[n] the radar's instants.
        capture_ns: i8[n] when each was captured, negative where unknown.
        bearing_rad: f8[n] where the antenna pointed, NaN where unknown. With it and the revolution a fall back's
            size is told by how far the antenna had turned; else to within the usual spacing of the plots.
        revolution_s: of the antenna, NaN if unknown.
    """
    n = len(t_ns)
    if n and (capture_ns >= 0).all():
        return _against_capture(t_ns, capture_ns)
    seconds = _seconds(t_ns - t_ns[0]) if n else np.empty(0)
    turn = np.full(n, np.nan) if bearing_rad is None else bearing_rad / (2.0 * np.pi)
    at, size_s = _falls_back(seconds, turn, revolution_s)
    aside = _wrong_alone(seconds - _staircase(n, at, size_s))
    return _clock(t_ns, aside, at, size_s, (np.nan, np.nan, np.nan))


def _against_capture(t_ns: I8, capture_ns: I8) -> Clock:
    """The clock of plots that were each captured at a known instant."""
    offset_s, arrival_s = _seconds(t_ns - capture_ns), _seconds(capture_ns - capture_ns[0])
    at, size_s, slope = _steps_and_drift(offset_s, arrival_s)
    level_s = offset_s - _staircase(len(t_ns), at, size_s)
    beyond_s = level_s - _usual(level_s)
    aside: B1 = (beyond_s > AHEAD_S) | (beyond_s < -LATE_S) | _contradicted(arrival_s)[1]
    good = ~aside
    middle_s = spread_s = np.nan
    if good.any():
        low, high = np.quantile(beyond_s[good], [0.025, 0.975])
        middle_s, spread_s = float(np.median(level_s[good])), float(high - low) / 2.0
    gained_s = abs(slope) * float(np.ptp(arrival_s[good])) if good.any() else 0.0
    drift = slope * 3600.0 if gained_s > spread_s else 0.0
    return _clock(t_ns, aside, at, size_s, (middle_s, spread_s, drift))


def _steps_and_drift(offset_s: F8, arrival_s: F8) -> tuple[I8, F8, float]:
    """Rows and sizes of an offset's steps that no drift explains, and the drift in seconds per second."""
    at, size_s = _steps(offset_s)
    if len(at) > FEW:
        straight = _steps(offset_s - _drift(offset_s, arrival_s, at[:0]) * arrival_s)
        at, size_s = straight if len(straight[0]) < len(at) - FEW else (at, size_s)
    slope = _drift(offset_s - _staircase(len(offset_s), at, size_s), arrival_s, at)
    drifted_s = slope * _time_across(arrival_s, at)
    real = np.abs(size_s - drifted_s) > np.maximum(STEP_S, EXPLAINED * np.abs(drifted_s))
    return at[real], size_s[real], slope


def _clock(t_ns: I8, aside: B1, at: I8, size_s: F8, told: tuple[float, float, float]) -> Clock:
    """A clock with steps of size_s taken out from rows `at` on; told: its offset, spread and drift."""
    taken_ns = _staircase(len(t_ns), at, np.rint(size_s * 1e9)).astype(np.int64)
    return Clock(t_ns - taken_ns, aside, at, size_s, *told)


def _seconds(span_ns: I8) -> F8:
    out: F8 = np.asarray(span_ns * 1e-9, np.float64)
    return out


def _staircase(n: int, at: I8, size: F8) -> F8:
    """[n] the sum of the steps of `size` that hold from rows `at` on."""
    jump = np.zeros(n)
    jump[at] = size
    return np.cumsum(jump)


def _ranked(values: F8, rank: int, size: int) -> F8:
    """[n - size + 1] the rank-th lowest of values[i : i + size]; rank may count from the end, as an index does."""
    if len(values) < size:
        return np.empty(0)
    half = size // 2
    out: F8 = rank_filter(values, rank, size=size, mode="nearest")[half : half + len(values) - size + 1]
    return out


def _usual(level_s: F8) -> F8:
    """[n] what the plots around agree on; at the ends, where a step would not be told, what they did before."""
    n = len(level_s)
    within = WINDOW + NEAR - 1
    if n <= 2 * within:
        return np.full(n, np.sort(level_s)[n * UPPER // WINDOW])
    middle = np.clip(np.arange(n), within, n - 1 - within)
    out: F8 = _ranked(level_s, UPPER, WINDOW)[middle - NEAR]
    return out


def _steps(offset_s: F8) -> tuple[I8, F8]:
    """Rows and sizes of the lasting, abrupt changes of an offset, a window or more away from its ends."""
    n = len(offset_s)
    total_s = np.zeros(n)
    if n < 2 * WINDOW:
        return np.empty(0, np.int64), np.empty(0)
    limit_s = max(STEP_S, NOISE * float(np.median(np.abs(np.diff(offset_s)))))
    for _ in range(ROUNDS):
        rest_s = offset_s - np.cumsum(total_s)
        level_s = _ranked(rest_s, UPPER, WINDOW)
        change_s = level_s[WINDOW:] - level_s[:-WINDOW]
        height_s = np.abs(change_s)
        peak = np.flatnonzero((height_s > limit_s) & (height_s == maximum_filter1d(height_s, WINDOW)))
        row = np.unique(_parting(rest_s, level_s, peak + WINDOW))
        row = row[(row >= WINDOW) & (row <= n - WINDOW)]
        row = row[np.diff(row, prepend=-WINDOW) >= WINDOW]
        row = row[height_s[row - WINDOW] > limit_s]
        if len(row) == 0:
            break
        total_s[row] += change_s[row - WINDOW]
    at = np.flatnonzero(np.abs(total_s) > limit_s).astype(np.int64)
    return at, total_s[at]


def _parting(rest_s: F8, level_s: F8, near: I8) -> I8:
    """The rows, within a window of those given, that best part plots of the level before from those after."""
    around = np.clip(near[:, None] + np.arange(-WINDOW, WINDOW), 0, len(rest_s) - 1)
    found = rest_s[around]
    before_s, after_s = level_s[near - WINDOW, None], level_s[near, None]
    loss = np.cumsum(np.abs(found - before_s) - np.abs(found - after_s), axis=1)
    loss = np.concatenate([np.zeros((len(near), 1)), loss], axis=1)
    out: I8 = near - WINDOW + np.argmin(loss, axis=1)
    return out


def _time_across(arrival_s: F8, at: I8) -> F8:
    """[k] seconds from the middle of the window before each step to the middle of the one after."""
    window = np.arange(WINDOW)
    after = np.median(arrival_s[at[:, None] + window], axis=1)
    out: F8 = after - np.median(arrival_s[at[:, None] - WINDOW + window], axis=1)
    return out


def _drift(level_s: F8, arrival_s: F8, at: I8) -> float:
    """Slope of an offset without its steps: the median of those between blocks that no step parts.

    Sources: Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63, 1968, for the slope;
    Kendall's test of the sum of signs for whether it is one.
    """
    size = max(WINDOW, -(-len(level_s) // BLOCKS))
    count = len(level_s) // size
    level = np.sort(level_s[: count * size].reshape(count, size), axis=1)[:, size * UPPER // WINDOW]
    when = np.median(arrival_s[: count * size].reshape(count, size), axis=1)
    part = np.searchsorted(at, np.arange(count) * size, side="right")
    i, j = np.triu_indices(count, 1)
    pair = (part[i] == part[j]) & (when[i] != when[j])
    i, j = i[pair], j[pair]
    if len(i) == 0:
        return 0.0
    slope = (level[j] - level[i]) / (when[j] - when[i])
    of_part = np.bincount(part).astype(np.float64)
    chance = np.sqrt((of_part * (of_part - 1.0) * (2.0 * of_part + 5.0)).sum() / 18.0)
    return float(np.median(slope)) if abs(np.sign(slope).sum()) > SURE * chance else 0.0


def _contradicted(seconds: F8) -> tuple[B1, B1]:
    """Of instants that should rise, those the plots before or those after contradict, and those both do.

    One that is ahead of the plots after it, or behind those before, by more than LATE_S is contradicted; by both if
    it stands out from the others in the same direction. No instant of a series that rises is.
    """
    n = len(seconds)
    before = np.concatenate([np.full(NEAR, -np.inf), seconds])
    after = np.concatenate([seconds, np.full(NEAR, np.inf)])
    low = seconds - _ranked(before, (NEAR - 1) // 2, NEAR)[:n]
    high = seconds - _ranked(after, NEAR // 2, NEAR)[1:]
    behind, ahead = low < -LATE_S, high > LATE_S
    return behind | ahead, (behind & (high < -LATE_S)) | (ahead & (low > LATE_S))


def _wrong_alone(seconds: F8) -> B1:
    """Instants, steps taken out, that those around contradict; at the ends, those farther from the end do."""
    n = len(seconds)
    one, wrong = _contradicted(seconds)
    if n >= WINDOW + NEAR:
        wrong[WINDOW : n - WINDOW] = one[WINDOW : n - WINDOW]
        begun, ended = np.median(seconds[WINDOW:][:NEAR]), np.median(seconds[: n - WINDOW][-NEAR:])
        wrong[:WINDOW] |= seconds[:WINDOW] > begun + LATE_S
        wrong[n - WINDOW :] |= seconds[n - WINDOW :] < ended - LATE_S
    return wrong


def _falls_back(seconds: F8, turn: F8, revolution_s: float) -> tuple[I8, F8]:
    """Rows and sizes of the falls back that last, a window or more away from the ends."""
    good = np.flatnonzero(~_contradicted(seconds)[1])
    told = seconds[good]
    if len(told) < 2 * WINDOW:
        return np.empty(0, np.int64), np.empty(0)
    fall = np.flatnonzero(np.diff(told) < -BACKWARD_S) + 1
    fall = fall[(fall >= WINDOW) & (fall <= len(told) - WINDOW)]
    before = _ranked(told, NEAR, WINDOW)[fall - WINDOW]
    after = np.minimum(_ranked(told, -2, NEAR)[fall], _ranked(told, UPPER, WINDOW)[fall])
    lasts = after < before - BACKWARD_S
    fall, before = fall[lasts], before[lasts]
    drop = before - _ranked(told, -1, NEAR)[fall]
    same = np.cumsum(np.diff(fall, prepend=fall[:1]) > WINDOW)
    order = np.lexsort((-drop, same))
    at = fall[order[np.diff(same[order], prepend=-1) > 0]]
    return good[at].astype(np.int64), _sizes_of_falls(told, at, turn[good], revolution_s)


def _sizes_of_falls(told: F8, at: I8, turn: F8, revolution_s: float) -> F8:
    """How far time fell at rows: between the plots next to each that are not late, less what passed between them."""
    usual_s = float(np.median(np.maximum(np.diff(told), 0.0)))
    ahead = np.arange(NEAR)
    first = at[:, None] + ahead
    level_s = _ranked(told, UPPER, WINDOW)[at, None]
    soon_s = np.minimum(told[first[:, :, None] + np.arange(1, 4)].max(axis=2), level_s)
    on_time = np.argmax((soon_s - told[first] <= 9.0 * usual_s) & (told[first] <= level_s), axis=1)
    begin = at + on_time
    last = at - 1 - np.argmax(told[at[:, None] - 1 - ahead], axis=1)
    turned_s = (turn[begin] - turn[last]) % 1.0 * revolution_s
    passed_s = np.where(np.isfinite(turned_s), turned_s, usual_s)
    out: F8 = told[begin] - told[last] - passed_s
    return out
