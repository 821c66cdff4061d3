"""The life of tracks: confirmation by hits, silence, loss, and tracks found to be of one object.

Status changes are those of the table in `track.lifecycle`; a look is the slowest revisit of the sensors that lately
updated the track, at least `look_min_s`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import (
    ACTIVE,
    BALLISTIC,
    BIAS_SLOTS,
    COASTING,
    CODE,
    CONFIRMED,
    EVENTS,
    FREE,
    HEARD_S,
    HIT_RING,
    HIT_S,
    HITS,
    LOOK_S,
    LOST,
    MERGED,
    MODES,
    REACH,
    SET_BALLISTIC_PATIENCE,
    SET_COAST_LOOKS,
    SET_CONFIRM_HITS,
    SET_CONFIRM_LOOKS,
    SET_DROP_LOOKS,
    SET_LOST_LOOKS,
    SET_LOST_SIGMA,
    SET_MERGE_DISTANCE,
    SET_MERGE_GATE,
    SET_MERGE_PERIOD,
    SN_REVISIT,
    SOURCES,
    STATUS,
    T_S,
    TENTATIVE,
    TRACK_ID,
    BankArrays,
    Scratch,
)
from skypact.kernels.bias import add_bias, predict_bias_gain
from skypact.kernels.filter import combine, predict_modes
from skypact.kernels.intersection import cholesky
from skypact.kernels.jit import bare, kernel

BALLISTIC_ENOUGH = 0.8
"""Mode probability from which a coasting track is given the patience of ballistic flight."""
BALLISTIC_CERTAIN = 0.95
"""Mode probability from which the ballistic mode is reported alone."""


@bare
def add_event(bank: BankArrays, row: int, old: int) -> None:
    """Note that the track in a row had another status until now."""
    e = bank.counts[EVENTS]
    if e < bank.events.shape[0]:
        bank.events[e, 0] = bank.tags[row, TRACK_ID]
        bank.events[e, 1] = bank.tags[row, STATUS]
        bank.events[e, 2] = old
        bank.counts[EVENTS] = e + 1


@bare
def remove_track(bank: BankArrays, index: int) -> None:
    """Free the row at an index of the active list; the others keep their order."""
    row = bank.lists[0, index]
    bank.tags[row, STATUS] = FREE
    active = bank.counts[ACTIVE]
    for a in range(index, active - 1):
        bank.lists[0, a] = bank.lists[0, a + 1]
    bank.counts[ACTIVE] = active - 1
    bank.lists[1, bank.mode.shape[0] - active] = row


@bare
def confirm_by_hit(bank: BankArrays, row: int, heard_s: float, settings: NDArray[np.float64]) -> None:
    """Note a hit heard now: a tentative track with enough hits in time, or a coasting one, becomes confirmed."""
    ring = bank.life[row, HIT_S:]
    for k in range(HIT_RING - 1, 0, -1):
        ring[k] = ring[k - 1]
    ring[0] = heard_s
    old = int(bank.tags[row, STATUS])
    need = int(settings[SET_CONFIRM_HITS])
    span = settings[SET_CONFIRM_LOOKS] * bank.life[row, LOOK_S]
    in_time = bank.tags[row, HITS] >= need and heard_s - ring[need - 1] <= span
    if old == COASTING or (old == TENTATIVE and in_time):
        bank.tags[row, STATUS] = CONFIRMED
        add_event(bank, row, old)


@bare
def run_lifecycle(
    bank: BankArrays,
    pack: NDArray[np.float64],
    now_s: float,
    settings: NDArray[np.float64],
    scratch: Scratch,
) -> None:
    """Let silent tracks coast and be lost as of now_s, and every merge period join tracks of one object."""
    active = bank.counts[ACTIVE]
    kept, gone = 0, bank.mode.shape[0] - active
    for a in range(active):
        row = int(bank.lists[0, a])
        old = int(bank.tags[row, STATUS])
        looks = (now_s - bank.life[row, HEARD_S]) / bank.life[row, LOOK_S]
        sigma = bank.life[row, REACH] + (now_s - bank.life[row, T_S]) * bank.life[row, REACH + 1]
        new = silent_status(old, looks, bank.mode[row, BALLISTIC], sigma, settings)
        if new != old:
            bank.tags[row, STATUS] = new
            add_event(bank, row, old)
        if new == LOST:
            bank.tags[row, STATUS] = FREE
            bank.lists[1, gone] = row
            gone += 1
        else:
            bank.lists[0, kept] = row
            kept += 1
    bank.counts[ACTIVE] = kept
    bank.clock[0] = now_s
    period = settings[SET_MERGE_PERIOD]
    if period > 0.0 and bank.counts[ACTIVE] > 1 and now_s % period == 0.0:
        merge_tracks(bank, pack, now_s, settings, scratch)


@bare
def silent_status(
    status: int, looks: float, ballistic: float, sigma_m: float, settings: NDArray[np.float64]
) -> int:
    """The status that a silence of so many looks leaves, by probability of the ballistic mode and predicted sigma."""
    if status == TENTATIVE:
        return LOST if looks > settings[SET_DROP_LOOKS] else status
    if looks <= settings[SET_COAST_LOOKS]:
        return status
    limit = settings[SET_LOST_LOOKS]
    if ballistic > BALLISTIC_ENOUGH:
        limit *= settings[SET_BALLISTIC_PATIENCE]
    if looks > limit or sigma_m > settings[SET_LOST_SIGMA]:
        return LOST
    return COASTING


@bare
def merge_tracks(
    bank: BankArrays,
    pack: NDArray[np.float64],
    now_s: float,
    settings: NDArray[np.float64],
    scratch: Scratch,
) -> None:
    """Drop the younger of two tracks that are statistically one, if no sensor has lately seen them apart.

    One: positions and velocities within `merge_gate` (squared Mahalanobis distance, 6 components, both covariances with
    their biases), codes not in conflict. Apart: some sensor updated both within one revisit, so it saw two objects.
    """
    limit2 = settings[SET_MERGE_DISTANCE] ** 2
    younger = np.int64(1)
    while younger < bank.counts[ACTIVE]:
        row = int(bank.lists[0, younger])
        merged = False
        if bank.tags[row, HITS] >= 2:
            for older in range(younger):
                other = int(bank.lists[0, older])
                if bank.tags[other, HITS] < 2:
                    continue
                gap2 = 0.0
                for k in range(3):
                    there = (
                        bank.centre[other, k] + (now_s - bank.life[other, T_S]) * bank.centre[other, k + 3]
                    )
                    here = bank.centre[row, k] + (now_s - bank.life[row, T_S]) * bank.centre[row, k + 3]
                    gap2 += (here - there) ** 2
                if gap2 < limit2 and _are_one(bank, pack, row, other, now_s, settings, scratch):
                    _absorb(bank, int(younger), int(older))
                    merged = True
                    break
        if not merged:
            younger += 1


@bare
def _absorb(bank: BankArrays, younger: int, older: int) -> None:
    """Keep the older track, unless only the younger is confirmed; the keeper inherits code and lineage."""
    keep, drop = int(bank.lists[0, older]), int(bank.lists[0, younger])
    index = younger
    if bank.tags[keep, STATUS] != CONFIRMED and bank.tags[drop, STATUS] == CONFIRMED:
        keep, drop = drop, keep
        index = older
    if bank.tags[keep, CODE] == 0:
        bank.tags[keep, CODE] = bank.tags[drop, CODE]
    bank.tags[keep, SOURCES] = bank.tags[keep, SOURCES] | bank.tags[drop, SOURCES]
    old = int(bank.tags[drop, STATUS])
    bank.tags[drop, STATUS] = LOST
    add_event(bank, drop, old)
    bank.counts[MERGED] += 1
    remove_track(bank, index)


@kernel
def _are_one(
    bank: BankArrays,
    pack: NDArray[np.float64],
    row: int,
    other: int,
    now_s: float,
    settings: NDArray[np.float64],
    scratch: Scratch,
) -> bool:
    """Whether two tracks may be of one object; see `merge_tracks`."""
    code, own = bank.tags[row, CODE], bank.tags[other, CODE]
    if code != 0 and own != 0 and code != own:
        return False
    for s in range(BIAS_SLOTS):
        sensor = bank.bias_sensor[row, s]
        if sensor < 0:
            continue
        for k in range(BIAS_SLOTS):
            if bank.bias_sensor[other, k] == sensor:
                gap = abs(bank.bias_s[row, s] - bank.bias_s[other, k])
                if gap < 0.75 * pack[sensor, SN_REVISIT]:
                    return False
    mean = np.empty((2, 6))
    cov = np.empty((2, 6, 6))
    track_at(bank, row, now_s, settings, mean[0], cov[0], scratch)
    track_at(bank, other, now_s, settings, mean[1], cov[1], scratch)
    for a in range(6):
        mean[0, a] -= mean[1, a]
        for b in range(6):
            cov[0, a, b] += cov[1, a, b]
    if not cholesky(cov[0], cov[1], 6):
        return False
    distance2 = 0.0
    for a in range(6):
        y = mean[0, a]
        for b in range(a):
            y -= cov[1, a, b] * mean[1, b]
        mean[1, a] = y / cov[1, a, a]
        distance2 += mean[1, a] * mean[1, a]
    return bool(distance2 < settings[SET_MERGE_GATE])


@bare
def track_at(
    bank: BankArrays,
    row: int,
    at_s: float,
    settings: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    scratch: Scratch,
) -> None:
    """Write a track's mean [6] and covariance [6, 6], biases included, at an instant: its modes' mixture.

    Each mode is predicted by its own motion: over a coast the mode that is likeliest now is taken to last. Where the
    ballistic mode is as good as certain it is reported alone: what falls freely does not turn, and the mere
    possibility would widen the ellipse beyond its errors. In the air a turn is always possible and stays in.
    """
    modes, covs, weight, gain = scratch.mean, scratch.cov, scratch.mode, scratch.bias_gain
    for j in range(MODES):
        weight[j] = bank.mode[row, j]
        for a in range(6):
            modes[j, a] = bank.mean[row, j, a]
            for b in range(6):
                covs[j, a, b] = bank.cov[row, j, a, b]
    for s in range(BIAS_SLOTS):
        for a in range(6):
            for c in range(4):
                gain[s, a, c] = bank.bias_gain[row, s, a, c]
    if weight[BALLISTIC] > BALLISTIC_CERTAIN:
        for j in range(MODES):
            weight[j] = 1.0 if j == BALLISTIC else 0.0
    dt = at_s - bank.life[row, T_S]
    predict_modes(modes, covs, dt, settings)
    combine(modes, covs, weight, mean, cov)
    predict_bias_gain(gain, bank.bias_sensor[row], dt)
    add_bias(cov, gain, bank.bias_var[row], bank.bias_sensor[row])
