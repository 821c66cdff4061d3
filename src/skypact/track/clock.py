"""A radar's clock as its recording shows it: steps taken out, instants that cannot be right set aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from skypact.model.network import B1, F8, I8

WINDOW = 21
"""Plots over which the clock's usual offset is taken: a step needs more than half of them to be believed."""
STEP_S = 1.0
"""A lasting change of the clock against the capture's beyond this is a step."""
OUTLIER_S = 5.0
"""An instant further than this from its neighbours' offset is set aside."""
BACKWARD_S = 12.0
"""Without capture times: falling back by more is a step; less is plots out of order."""
OUTLIER_ALONE_S = 60.0
"""An instant of capture, or of the radar where there is none, further than this from its neighbours' is wrong."""


@dataclass(frozen=True)
class Clock:
    """n instants made usable, and what was found wrong with them.

    `t_ns` is the radar's own time of the first part of the recording carried on through every step.
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
    """half of the range from the 2.5 to the 97.5 per cent point of that, steps taken out"""


def steady_clock(t_ns: I8, capture_ns: I8) -> Clock:
    """The clock of one radar's plots in the order of the recording.

    Where the capture has times (all of capture_ns >= 0), the radar's offset against them shows steps and single
    wrong instants, the day of which came from the capture. Without, only falling back and single far instants can be
    told; a jump forward may be a pause of the recording and is left.

    Args:
        t_ns: i8[n] the radar's instants.
        capture_ns: i8[n] when each was captured, negative where unknown.
    """
    n = len(t_ns)
    if n == 0:
        none = np.empty(0, np.int64)
        return Clock(t_ns, np.empty(0, np.bool_), none, np.empty(0), np.nan, np.nan)
    if (capture_ns >= 0).all():
        offset_s: F8 = np.asarray((t_ns - capture_ns) * 1e-9, np.float64)
        usual_s = _usual(offset_s)
        aside: B1 = np.abs(offset_s - usual_s) > OUTLIER_S
        arrival_s: F8 = np.asarray((capture_ns - capture_ns[0]) * 1e-9, np.float64)
        aside |= np.abs(arrival_s - _usual(arrival_s)) > OUTLIER_ALONE_S
        level_s = _levels(usual_s, STEP_S)
        steady_s = (offset_s - (level_s - level_s[0]))[~aside]
        low, high = np.quantile(steady_s, [0.025, 0.975])
        middle_s, spread_s = float(np.median(steady_s)), float(high - low) / 2.0
    else:
        seconds: F8 = np.asarray((t_ns - t_ns[0]) * 1e-9, np.float64)
        aside = np.abs(seconds - _usual(seconds)) > OUTLIER_ALONE_S
        level_s = _backward_levels(seconds, aside)
        middle_s = spread_s = np.nan
    change = np.flatnonzero(np.diff(level_s)) + 1
    return Clock(
        t_ns=t_ns - np.rint((level_s - level_s[0]) * 1e9).astype(np.int64),
        aside=aside,
        step_at=change.astype(np.int64),
        step_s=np.diff(level_s)[change - 1],
        offset_s=middle_s,
        spread_s=spread_s,
    )


def _usual(values: F8) -> F8:
    """The running median of a series: of a series that rises, itself."""
    odd = len(values) - 1 + len(values) % 2
    out: F8 = median_filter(values, size=min(WINDOW, odd), mode="nearest")
    return out


def _levels(usual_s: F8, step_s: float) -> F8:
    """A staircase [n] that follows a series within step_s; each stair's height is the median of its beginning."""
    level = np.empty_like(usual_s)
    begin = 0
    while begin < len(usual_s):
        height = float(np.median(usual_s[begin : begin + WINDOW]))
        height = float(usual_s[begin]) if abs(usual_s[begin] - height) > step_s else height
        away = np.abs(usual_s[begin:] - height) > step_s
        end = begin + int(np.argmax(away)) if away.any() else len(usual_s)
        level[begin:end] = height
        begin = max(end, begin + 1)
    return level


def _backward_levels(seconds: F8, aside: B1) -> F8:
    """A staircase [n] of the falls back beyond BACKWARD_S among instants that are not set aside."""
    good = np.flatnonzero(~aside)
    fall = np.diff(seconds[good])
    steps = np.zeros(len(seconds))
    back = np.flatnonzero(fall < -BACKWARD_S)
    steps[good[back + 1]] = fall[back]
    return np.cumsum(steps)
