"""New tracks: from a plot with range and bearing, or from a line of sight to a launch.

The velocity of a new track is unknown: zero mean with, by mode, the sigma that such motion has (level flight of
aircraft and drones, boost, ballistic flight). The modes are not mixed until a second hit has shown which of them
explains the displacement, so that the wide prior of ballistic flight does not blur the narrow one of level flight.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import (
    ACTIVE,
    APOGEE,
    BALLISTIC,
    CODE,
    DROPPED_FULL,
    FIRST_S,
    HIT_S,
    HITS,
    KIND_ACOUSTIC,
    LEVEL,
    LOST,
    MANOEUVRE,
    MODES,
    NEXT_ID,
    ROWS,
    SET_LAUNCH_CLIMB,
    SET_LAUNCH_HEIGHT,
    SET_LAUNCH_HEIGHT_SIGMA,
    SET_LAUNCH_SIGMA,
    SET_PLAIN_HEIGHT,
    SET_PLAIN_HEIGHT_SIGMA,
    SET_SIGMA_BALLISTIC,
    SET_SIGMA_CLIMB,
    SET_SIGMA_LEVEL,
    SET_SIGMA_MANOEUVRE,
    SILENCE,
    SN_ELEVATION_MAX,
    SN_ELEVATION_MIN,
    SN_HEIGHT,
    SOURCES,
    STATUS,
    T_S,
    TENTATIVE,
    TRACK_ID,
    UPDATED_S,
    BankArrays,
    Scratch,
)
from skypact.kernels.group import KIND, Group
from skypact.kernels.jit import bare
from skypact.kernels.lifecycle import add_event, remove_track
from skypact.kernels.measurement import position_of, position_spread, range_to_shell
from skypact.kernels.motion import height_of
from skypact.kernels.trial import BALLISTIC_HEIGHT_FACTOR
from skypact.kernels.wgs84 import MEAN_RADIUS_M

BALLISTIC_HEIGHT_M = 20_000.0
"""Above this a new track is taken to fall or to be boosted."""


@bare
def start_track(
    bank: BankArrays, group: Group, i: int, settings: NDArray[np.float64], scratch: Scratch
) -> int:
    """Start a tentative track from detection i; its row, or -1.

    Range with bearing starts one, and bearing with elevation whose line of sight meets a plausible height of boost;
    sound never does.
    In a full bank the oldest tentative track makes room, and if there is none the detection is lost: both counted.
    """
    work = scratch.work
    place, var = work[0, 0], work[1]  # range, bearing, elevation; by mode
    launch = group.var[i, 0] <= 0.0
    if group.head[KIND] == KIND_ACOUSTIC or (launch and group.var[i, 2] <= 0.0):
        return -1
    if launch:
        if not _launch_place(group, i, settings, place, var):
            return -1
    else:
        _plot_place(group, i, settings, place, var)
    row = _new_row(bank)
    if row < 0:
        return -1
    pos, spread = work[0, 1], work[2]
    position_of(place[0], place[1], place[2], group.origin, group.rot, pos)
    position_spread(place[0], place[1], place[2], group.rot, spread)
    bank.mean[row] = 0.0
    bank.cov[row] = 0.0
    for j in range(MODES):
        for a in range(3):
            bank.mean[row, j, a] = pos[a]
            for b in range(3):
                total = 0.0
                for c in range(3):
                    total += spread[a, c] * spread[b, c] * var[j, c]
                bank.cov[row, j, a, b] = total
    _velocity_prior(bank, row, pos, launch, settings)
    _mode_prior(bank, row, pos, launch)
    bank.bias_gain[row] = 0.0
    bank.bias_sensor[row] = -1
    bank.bias_s[row] = -math.inf
    bank.bias_var[row] = 0.0
    for c in range(3):
        if group.var[i, c] > 0.0:
            for a in range(3):
                bank.bias_gain[row, 0, a, c] = spread[a, c]
    bank.life[row, T_S] = group.t_s[i]
    bank.life[row, FIRST_S] = group.t_s[i]
    bank.life[row, UPDATED_S] = group.t_s[i]
    bank.life[row, HIT_S:] = -math.inf
    bank.tags[row, HITS] = 1
    bank.tags[row, CODE] = group.code[i]
    bank.tags[row, SOURCES] = 0
    bank.evidence[row] = 0.0
    bank.life[row, SILENCE] = 0.0
    bank.life[row, APOGEE] = -math.inf
    old = int(bank.tags[row, STATUS])
    bank.tags[row, STATUS] = TENTATIVE
    bank.tags[row, TRACK_ID] = bank.counts[NEXT_ID]
    bank.counts[NEXT_ID] += 1
    add_event(bank, row, old)
    return row


@bare
def _plot_place(
    group: Group,
    i: int,
    settings: NDArray[np.float64],
    place: NDArray[np.float64],
    var: NDArray[np.float64],
) -> None:
    """Write range, bearing, elevation and by mode their variances; without elevation that of an assumed height."""
    z, given, site = group.z[i], group.var[i], group.site
    place[0] = z[0]
    place[1] = z[1]
    place[2] = z[2]
    for j in range(MODES):
        for c in range(3):
            var[j, c] = given[c]
    if given[2] > 0.0:
        return
    low, high = site[SN_ELEVATION_MIN], site[SN_ELEVATION_MAX]
    r = max(z[0], 1.0)
    rise = (settings[SET_PLAIN_HEIGHT] - site[SN_HEIGHT]) / r - r / (2.0 * MEAN_RADIUS_M)
    place[2] = min(max(math.asin(min(max(rise, -0.9), 0.9)), low), high)
    widest = max((high - low) / math.sqrt(12.0), 1e-3)
    for j in range(MODES):
        sigma = settings[SET_PLAIN_HEIGHT_SIGMA] / (r * math.cos(place[2]))
        if j == BALLISTIC:
            sigma *= BALLISTIC_HEIGHT_FACTOR
        var[j, 2] = min(sigma, widest) ** 2


@bare
def _launch_place(
    group: Group,
    i: int,
    settings: NDArray[np.float64],
    place: NDArray[np.float64],
    var: NDArray[np.float64],
) -> bool:
    """As `_plot_place` for a line of sight: where it meets the assumed height of a boost; False where it does not."""
    z, given = group.z[i], group.var[i]
    height, sigma = settings[SET_LAUNCH_HEIGHT], settings[SET_LAUNCH_HEIGHT_SIGMA]
    r = range_to_shell(group.origin, group.rot, z[1], z[2], height)
    if r <= 0.0:
        return False
    upper = range_to_shell(group.origin, group.rot, z[1], z[2], height + sigma)
    lower = range_to_shell(group.origin, group.rot, z[1], z[2], max(height - sigma, 0.0))
    reach = 0.0
    if upper > 0.0:
        reach = abs(upper - r)
    if lower > 0.0:
        reach = max(reach, abs(lower - r))
    place[0] = r
    place[1] = z[1]
    place[2] = z[2]
    for j in range(MODES):
        var[j, 0] = max(reach, sigma) ** 2
        var[j, 1] = given[1]
        var[j, 2] = given[2]
    return True


@bare
def _velocity_prior(
    bank: BankArrays, row: int, pos: NDArray[np.float64], launch: bool, settings: NDArray[np.float64]
) -> None:
    """Zero mean, of launches a climb; by mode isotropic, level flight narrower in the vertical."""
    r2 = pos[0] * pos[0] + pos[1] * pos[1] + pos[2] * pos[2]
    high = height_of(pos[0], pos[1], pos[2]) > BALLISTIC_HEIGHT_M
    for j in range(MODES):
        plain = settings[SET_SIGMA_LEVEL] ** 2
        upright = settings[SET_SIGMA_CLIMB] ** 2
        if launch:
            plain = settings[SET_LAUNCH_SIGMA] ** 2
            upright = plain
        elif j == MANOEUVRE:
            plain = settings[SET_SIGMA_BALLISTIC if high else SET_SIGMA_MANOEUVRE] ** 2
            upright = plain
        elif j == BALLISTIC:
            plain = settings[SET_SIGMA_BALLISTIC] ** 2
            upright = plain
        for a in range(3):
            for b in range(3):
                bank.cov[row, j, a + 3, b + 3] = (upright - plain) * pos[a] * pos[b] / r2
            bank.cov[row, j, a + 3, a + 3] += plain
            if launch:
                bank.mean[row, j, a + 3] = settings[SET_LAUNCH_CLIMB] * pos[a] / math.sqrt(r2)


@bare
def _mode_prior(bank: BankArrays, row: int, pos: NDArray[np.float64], launch: bool) -> None:
    """Mode probabilities before anything is known but the height."""
    level, boost = 0.70, 0.15
    if launch:
        level, boost = 0.02, 0.90
    elif height_of(pos[0], pos[1], pos[2]) > BALLISTIC_HEIGHT_M:
        level, boost = 0.02, 0.38
    bank.mode[row, LEVEL] = level
    bank.mode[row, MANOEUVRE] = boost
    bank.mode[row, BALLISTIC] = 1.0 - level - boost


@bare
def _new_row(bank: BankArrays) -> int:
    """A free row, appended to the active ones; -1 if none can be made."""
    active = bank.counts[ACTIVE]
    if active == bank.mode.shape[0]:
        bank.counts[DROPPED_FULL] += 1
        oldest = -1
        for a in range(active):
            if bank.tags[bank.lists[0, a], STATUS] == TENTATIVE:
                oldest = a
                break
        if oldest < 0:
            return -1
        row = int(bank.lists[0, oldest])
        old = int(bank.tags[row, STATUS])
        bank.tags[row, STATUS] = LOST
        add_event(bank, row, old)
        remove_track(bank, oldest)
        active -= 1
    row = int(bank.lists[1, bank.mode.shape[0] - active - 1])
    bank.lists[0, active] = row
    bank.counts[ROWS] = max(bank.counts[ROWS], row + 1)
    bank.counts[ACTIVE] = active + 1
    return row
