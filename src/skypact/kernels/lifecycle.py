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
    CONFIRMED,
    EVENTS,
    FREE,
    HIT_RING,
    LOST,
    MERGED,
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
    TENTATIVE,
    BankArrays,
)
from skypact.kernels.filter import add_bias, combine, predict_bias_gain, predict_modes
from skypact.kernels.fusion import cholesky
from skypact.kernels.jit import kernel

BALLISTIC_ENOUGH = 0.8
"""Mode probability from which a coasting track is given the patience of ballistic flight."""


@kernel
def add_event(bank: BankArrays, row: int, new: int, old: int) -> None:
    """Note a change of status of the track in a row."""
    e = bank.counts[EVENTS]
    if e < bank.event_id.size:
        bank.event_id[e] = bank.track_id[row]
        bank.event_new[e] = new
        bank.event_old[e] = old
        bank.counts[EVENTS] = e + 1


@kernel
def remove_track(bank: BankArrays, index: int) -> None:
    """Free the row at an index of the active list; the others keep their order."""
    row = bank.active[index]
    bank.status[row] = FREE
    active = bank.counts[ACTIVE]
    for a in range(index, active - 1):
        bank.active[a] = bank.active[a + 1]
    bank.counts[ACTIVE] = active - 1
    bank.free[bank.status.size - active] = row


@kernel
def confirm_by_hit(bank: BankArrays, row: int, heard_s: float, settings: NDArray[np.float64]) -> None:
    """Note a hit heard now: a tentative track with enough hits in time, or a coasting one, becomes confirmed."""
    ring = bank.hit_s[row]
    for k in range(HIT_RING - 1, 0, -1):
        ring[k] = ring[k - 1]
    ring[0] = heard_s
    old = bank.status[row]
    if old == COASTING:
        bank.status[row] = CONFIRMED
        add_event(bank, row, CONFIRMED, COASTING)
    elif old == TENTATIVE:
        need = int(settings[SET_CONFIRM_HITS])
        span = settings[SET_CONFIRM_LOOKS] * bank.look_s[row]
        if bank.hits[row] >= need and heard_s - ring[need - 1] <= span:
            bank.status[row] = CONFIRMED
            add_event(bank, row, CONFIRMED, TENTATIVE)


@kernel
def run_lifecycle(
    bank: BankArrays, pack: NDArray[np.float64], now_s: float, settings: NDArray[np.float64]
) -> None:
    """Let silent tracks coast and be lost as of now_s, and every merge period join tracks of one object."""
    a = 0
    while a < bank.counts[ACTIVE]:
        row = bank.active[a]
        old = int(bank.status[row])
        new = silent_status(bank, row, now_s, settings)
        if new != old:
            bank.status[row] = new
            add_event(bank, row, new, old)
        if new == LOST:
            remove_track(bank, a)
        else:
            a += 1
    bank.clock[0] = now_s
    period = settings[SET_MERGE_PERIOD]
    if period > 0.0 and bank.counts[ACTIVE] > 1 and now_s % period == 0.0:
        merge_tracks(bank, pack, now_s, settings)


@kernel
def silent_status(bank: BankArrays, row: int, now_s: float, settings: NDArray[np.float64]) -> int:
    """The status that a track's silence at now_s leaves it."""
    status = int(bank.status[row])
    looks = (now_s - bank.heard_s[row]) / bank.look_s[row]
    if status == TENTATIVE:
        return LOST if looks > settings[SET_DROP_LOOKS] else status
    if looks <= settings[SET_COAST_LOOKS]:
        return status
    limit = settings[SET_LOST_LOOKS]
    if bank.mode[row, BALLISTIC] > BALLISTIC_ENOUGH:
        limit *= settings[SET_BALLISTIC_PATIENCE]
    dt = now_s - bank.t_s[row]
    if looks > limit or bank.reach[row, 0] + dt * bank.reach[row, 1] > settings[SET_LOST_SIGMA]:
        return LOST
    return COASTING


@kernel
def merge_tracks(
    bank: BankArrays, pack: NDArray[np.float64], now_s: float, settings: NDArray[np.float64]
) -> None:
    """Drop the younger of two tracks that are statistically one, if no sensor has lately seen them apart.

    One: positions and velocities within `merge_gate` (squared Mahalanobis distance, 6 components, both covariances with
    their biases), codes not in conflict. Apart: some sensor updated both within one revisit, so it saw two objects.
    """
    limit2 = settings[SET_MERGE_DISTANCE] ** 2
    younger = 1
    while younger < bank.counts[ACTIVE]:
        row = bank.active[younger]
        merged = False
        if bank.hits[row] >= 2:
            for older in range(younger):
                other = bank.active[older]
                if bank.hits[other] < 2:
                    continue
                gap2 = 0.0
                for k in range(3):
                    there = bank.centre[other, k] + (now_s - bank.t_s[other]) * bank.centre[other, k + 3]
                    here = bank.centre[row, k] + (now_s - bank.t_s[row]) * bank.centre[row, k + 3]
                    gap2 += (here - there) ** 2
                if gap2 < limit2 and _are_one(bank, pack, row, other, now_s, settings):
                    _absorb(bank, younger, older)
                    merged = True
                    break
        if not merged:
            younger += 1


@kernel
def _absorb(bank: BankArrays, younger: int, older: int) -> None:
    """Keep the older track, unless only the younger is confirmed; the keeper inherits code and lineage."""
    keep, drop = bank.active[older], bank.active[younger]
    index = younger
    if bank.status[keep] != CONFIRMED and bank.status[drop] == CONFIRMED:
        keep, drop = drop, keep
        index = older
    if bank.code[keep] == 0:
        bank.code[keep] = bank.code[drop]
    bank.sources[keep] = bank.sources[keep] | bank.sources[drop]
    add_event(bank, drop, LOST, int(bank.status[drop]))
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
) -> bool:
    """Whether two tracks may be of one object; see `merge_tracks`."""
    code, own = bank.code[row], bank.code[other]
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
    track_at(bank, row, now_s, settings, mean[0], cov[0])
    track_at(bank, other, now_s, settings, mean[1], cov[1])
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


@kernel
def track_at(
    bank: BankArrays,
    row: int,
    at_s: float,
    settings: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """Write a track's mixture mean [6] and covariance [6, 6], biases included, at an instant.

    Each mode is predicted by its own motion: over a coast the mode that is likeliest now is taken to last.
    """
    modes = bank.mean[row].copy()
    covs = bank.cov[row].copy()
    dt = at_s - bank.t_s[row]
    predict_modes(modes, covs, dt, settings)
    combine(modes, covs, bank.mode[row], mean, cov)
    gain = bank.bias_gain[row].copy()
    predict_bias_gain(gain, bank.bias_sensor[row], dt)
    add_bias(cov, gain, bank.bias_var[row], bank.bias_sensor[row])

