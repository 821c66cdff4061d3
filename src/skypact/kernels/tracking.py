"""One bank of tracks through time: detections in, hits and new tracks, the lifecycle at every whole second."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.association import (
    Group,
    Trials,
    choose_pairs,
    coarse_pairs,
    score_pairs,
)
from skypact.kernels.bank import (
    ACTIVE,
    BIAS_SLOTS,
    EVENTS,
    MODES,
    REFUSED_LATE,
    SET_CLASS_MEMORY,
    SET_LATE_MAX,
    SET_LOOK_MIN,
    SN_BIAS_VAR,
    SN_CODE_PROBABILITY,
    SN_NATION,
    SN_POS,
    SN_REVISIT,
    SN_ROT,
    SN_SIGMA,
    BankArrays,
)
from skypact.kernels.filter import add_bias, combine
from skypact.kernels.identify import N_CLASSES, features, kinematic_evidence, remember
from skypact.kernels.initiation import can_start, start_track
from skypact.kernels.jit import kernel
from skypact.kernels.lifecycle import confirm_by_hit, run_lifecycle

LEAST_SILENCE = -5.0
"""Log chance below which further unanswered interrogations tell nothing new."""


@kernel
def advance_bank(
    bank: BankArrays,
    pack: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sensor: NDArray[np.uint16],
    kind: NDArray[np.uint8],
    z: NDArray[np.float64],
    sigma: NDArray[np.float64],
    code: NDArray[np.uint32],
    use: NDArray[np.bool_],
    low: int,
    high: int,
    now_s: float,
    settings: NDArray[np.float64],
) -> None:
    """Take rows [low, high) (those in `use`, all where it is empty) and run the lifecycle up to now_s.

    Rows are taken second by second and within a second sensor by sensor, in the order in which they come; the
    lifecycle runs at every whole second passed and at now_s, so that splitting a call at whole seconds changes nothing.
    """
    bank.counts[EVENTS] = 0
    rows = np.empty(high - low, np.int32)
    n = 0
    for i in range(low, high):
        if use.size == 0 or use[i]:
            rows[n] = i
            n += 1
    done = np.zeros(n, np.bool_)
    left = n
    second = math.floor(bank.clock[0]) + 1.0
    if math.isnan(second):
        second = math.floor(now_s)
        for i in range(n):
            second = min(second, math.floor(t_ns[rows[i]] * 1e-9))
    if second < now_s and left == 0 and bank.counts[ACTIVE] == 0:
        second = math.floor(now_s) + 1.0
    while second < now_s:
        left -= _take_before(bank, pack, t_ns, sensor, kind, z, sigma, code, rows, done, n, second, settings)
        run_lifecycle(bank, pack, second, settings)
        second += 1.0
    if left > 0:
        _take_before(bank, pack, t_ns, sensor, kind, z, sigma, code, rows, done, n, math.inf, settings)
    run_lifecycle(bank, pack, now_s, settings)


@kernel
def _take_before(
    bank: BankArrays,
    pack: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sensor: NDArray[np.uint16],
    kind: NDArray[np.uint8],
    z: NDArray[np.float64],
    sigma: NDArray[np.float64],
    code: NDArray[np.uint32],
    rows: NDArray[np.int32],
    done: NDArray[np.bool_],
    n: int,
    before_s: float,
    settings: NDArray[np.float64],
) -> int:
    """Process the rows not yet done of before `before_s`; their number."""
    taken = 0
    member = np.empty(n, np.int32)
    while True:
        earliest = math.inf
        for i in range(n):
            if not done[i]:
                earliest = min(earliest, math.floor(t_ns[rows[i]] * 1e-9))
        if earliest >= before_s:
            return taken
        for i in range(n):
            if done[i] or math.floor(t_ns[rows[i]] * 1e-9) != earliest:
                continue
            count = 0
            for j in range(i, n):
                if (
                    not done[j]
                    and sensor[rows[j]] == sensor[rows[i]]
                    and math.floor(t_ns[rows[j]] * 1e-9) == earliest
                ):
                    member[count] = rows[j]
                    done[j] = True
                    count += 1
            taken += count
            _take_group(bank, pack, t_ns, sensor, kind, z, sigma, code, member[:count], settings)


@kernel
def _take_group(
    bank: BankArrays,
    pack: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sensor: NDArray[np.uint16],
    kind: NDArray[np.uint8],
    z: NDArray[np.float64],
    sigma: NDArray[np.float64],
    code: NDArray[np.uint32],
    member: NDArray[np.int32],
    settings: NDArray[np.float64],
) -> None:
    """Associate one sensor's detections of one second: known tracks first, then those of one hit; the rest start tracks."""
    n = member.size
    s = int(sensor[member[0]])
    site = pack[s]
    group = Group(
        np.empty(n),
        np.empty((n, 4)),
        np.empty((n, 4)),
        np.empty(n, np.uint32),
        np.zeros(n, np.bool_),
        s,
        int(kind[member[0]]),
        site,
        site[SN_POS : SN_POS + 3],
        site[SN_ROT : SN_ROT + 9].reshape(3, 3),
    )
    for i in range(n):
        d = member[i]
        group.t_s[i] = t_ns[d] * 1e-9
        group.code[i] = code[d]
        for c in range(4):
            e = sigma[d, c] if sigma[d, c] > 0.0 else site[SN_SIGMA + c]
            measured = not math.isnan(z[d, c]) and e > 0.0
            group.z[i, c] = z[d, c] if measured else 0.0
            group.var[i, c] = e * e if measured else 0.0
        if group.var[i, 1] == 0.0:
            group.taken[i] = True
    _associate(bank, group, pack, False, settings)
    _associate(bank, group, pack, True, settings)
    for i in range(n):
        if group.taken[i] or not can_start(group, i):
            continue
        if bank.clock[0] - group.t_s[i] > settings[SET_LATE_MAX]:
            bank.counts[REFUSED_LATE] += 1
            continue
        row = start_track(bank, group, i, settings)
        if row >= 0:
            _after_hit(bank, row, group, i, 0, pack, settings)


@kernel
def _associate(
    bank: BankArrays, group: Group, pack: NDArray[np.float64], single: bool, settings: NDArray[np.float64]
) -> None:
    """Pair detections not yet taken with tracks of one hit (`single`) or of more, and update these."""
    n = group.t_s.size
    free = 0
    for i in range(n):
        if not group.taken[i]:
            free += 1
    room = free * bank.counts[ACTIVE]
    if room == 0:
        return
    pair_det = np.empty(room, np.int32)
    pair_row = np.empty(room, np.int32)
    pairs = coarse_pairs(bank, group, single, settings, pair_det, pair_row)
    if pairs == 0:
        return
    trials = Trials(
        np.empty((pairs, MODES, 6)),
        np.empty((pairs, MODES, 6, 6)),
        np.empty((pairs, MODES)),
        np.empty((pairs, BIAS_SLOTS, 6, 4)),
        np.empty(pairs, np.int32),
        np.empty(pairs),
    )
    score_pairs(bank, group, settings, pair_det, pair_row, trials)
    chosen = np.empty(pairs, np.bool_)
    choose_pairs(trials.score, pair_det, pair_row, n, bank.status.size, chosen)
    for p in range(pairs):
        if not chosen[p]:
            continue
        row, i, slot = pair_row[p], pair_det[p], trials.slot[p]
        group.taken[i] = True
        bank.mean[row] = trials.mean[p]
        bank.cov[row] = trials.cov[p]
        bank.mode[row] = trials.mode[p]
        bank.bias_gain[row] = trials.bias_gain[p]
        bank.t_s[row] = group.t_s[i]
        bank.hits[row] += 1
        _after_hit(bank, row, group, i, slot, pack, settings)


@kernel
def _after_hit(
    bank: BankArrays,
    row: int,
    group: Group,
    i: int,
    slot: int,
    pack: NDArray[np.float64],
    settings: NDArray[np.float64],
) -> None:
    """What every hit changes beside the state: slot, centre and reach, evidence, code, lineage, life."""
    t_s = group.t_s[i]
    site = group.site
    bank.bias_sensor[row, slot] = group.sensor
    bank.bias_s[row, slot] = t_s
    for c in range(4):
        bank.bias_var[row, slot, c] = group.site[SN_BIAS_VAR + c]
    cov = np.empty((6, 6))
    combine(bank.mean[row], bank.cov[row], bank.mode[row], bank.centre[row], cov)
    _set_reach(bank, row)
    feature = np.empty(8)
    news = np.empty(N_CLASSES)
    add_bias(cov, bank.bias_gain[row], bank.bias_var[row], bank.bias_sensor[row])
    features(bank.centre[row], cov, feature)
    kinematic_evidence(feature, bank.mode[row], news)
    remember(
        bank.evidence[row], news, t_s - bank.updated_s[row], settings[SET_CLASS_MEMORY], bank.hits[row] == 1
    )
    if group.code[i] != 0:
        bank.code[row] = group.code[i]
    elif site[SN_CODE_PROBABILITY] > 0.0:
        unread = math.log(1.0 - min(site[SN_CODE_PROBABILITY], 0.95))
        bank.silence[row] = max(bank.silence[row] + unread, LEAST_SILENCE)
    nation = int(site[SN_NATION])
    if nation >= 0:
        bank.sources[row] = bank.sources[row] | np.uint32(1 << nation)
    bank.updated_s[row] = max(t_s, bank.updated_s[row]) if bank.hits[row] > 1 else t_s
    heard = t_s if math.isnan(bank.clock[0]) else max(t_s, bank.clock[0])
    bank.heard_s[row] = heard
    look = settings[SET_LOOK_MIN]
    for s in range(BIAS_SLOTS):
        if bank.bias_sensor[row, s] >= 0:
            revisit = pack[bank.bias_sensor[row, s], SN_REVISIT]
            if t_s - bank.bias_s[row, s] <= 3.0 * revisit:
                look = max(look, revisit)
    bank.look_s[row] = look
    confirm_by_hit(bank, row, heard, settings)


@kernel
def _set_reach(bank: BankArrays, row: int) -> None:
    """Bounds of one sigma of position and velocity over the modes that matter and the mixture, biases included."""
    mode, mean, cov, centre = bank.mode[row], bank.mean[row], bank.cov[row], bank.centre[row]
    for part in range(2):
        first = 3 * part
        largest = 0.0
        for j in range(MODES):
            if mode[j] < 1e-4:
                continue
            bound, apart = 0.0, 0.0
            for a in range(first, first + 3):
                total = 0.0
                for b in range(first, first + 3):
                    total += abs(cov[j, a, b])
                bound = max(bound, total)
                apart += (mean[j, a] - centre[a]) ** 2
            largest = max(largest, bound + apart)
        for s in range(BIAS_SLOTS):
            if bank.bias_sensor[row, s] >= 0:
                for c in range(4):
                    for a in range(first, first + 3):
                        largest += bank.bias_gain[row, s, a, c] ** 2 * bank.bias_var[row, s, c]
        bank.reach[row, part] = math.sqrt(largest)
