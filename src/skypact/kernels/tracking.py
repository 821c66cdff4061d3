"""One bank of tracks through time: detections in, hits and new tracks, the lifecycle at every whole second."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.association import choose_pairs, coarse_pairs
from skypact.kernels.bank import (
    ACTIVE,
    APOGEE,
    BIAS_SLOTS,
    BOOSTS,
    CODE,
    EVENTS,
    HEARD_S,
    HITS,
    LOOK_S,
    MODES,
    N_WORK,
    REACH,
    REFUSED_LATE,
    SET_CLASS_MEMORY,
    SET_LATE_MAX,
    SET_LOOK_MIN,
    SILENCE,
    SN_BIAS_VAR,
    SN_CODE_PROBABILITY,
    SN_DELAY,
    SN_NATION,
    SN_POS,
    SN_REVISIT,
    SN_ROT,
    SN_SIGMA,
    SOURCES,
    T_S,
    TRACK_ID,
    UPDATED_S,
    BankArrays,
)
from skypact.kernels.bias import add_bias
from skypact.kernels.filter import combine
from skypact.kernels.identify import N_CLASSES, features, kinematic_evidence, remember
from skypact.kernels.initiation import start_track
from skypact.kernels.jit import kernel
from skypact.kernels.lifecycle import confirm_by_hit, run_lifecycle
from skypact.kernels.motion import boost_chance, climb_rate
from skypact.kernels.trial import Group, Trials, score_pair, slot_of

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
    owner: NDArray[np.uint64],
) -> None:
    """Take rows [low, high) (those in `use`, all where it is empty) and run the lifecycle up to now_s.

    The id of the track that each row went to is written into owner[high - low], which must come in as zeros. A row that
    its sensor processed for longer than `late_max_s` may be explained by a track that knows later things: it then
    starts no track and changes none.

    Rows are taken second by second and within a second sensor by sensor, in the order in which they come: tracks of
    two hits and more have the first choice, those of one hit the second, and what is left starts tracks. The lifecycle
    runs at every whole second passed and at now_s, so that splitting a call at whole seconds changes nothing.
    """
    bank.counts[EVENTS] = 0
    rows = np.empty(high - low, np.int32)
    group_end = np.empty(high - low, np.int32)
    groups = order_rows(t_ns, sensor, use, low, high, rows, group_end)
    second = math.inf
    if not math.isnan(bank.clock[0]):
        second = math.floor(bank.clock[0]) + 1.0
    elif groups > 0:
        second = float(t_ns[rows[0]] // 1_000_000_000) + 1.0
    if groups == 0 and bank.counts[ACTIVE] == 0:
        second = math.inf
    begin = 0
    work, used = np.empty((N_WORK, 4, 6)), np.empty(BIAS_SLOTS, np.int32)
    for g in range(groups):
        members = rows[begin : group_end[g]]
        group = open_group(pack, t_ns, sensor, kind, z, sigma, code, members)
        whole = float(t_ns[members[0]] // 1_000_000_000)
        begin = group_end[g]
        while second < now_s and second <= whole:
            run_lifecycle(bank, pack, second, settings)
            second += 1.0
        n = group.t_s.size
        for stage in range(2):
            room = n * bank.counts[ACTIVE]
            pair_det = np.empty(room, np.int32)
            pair_row = np.empty(room, np.int32)
            pairs = coarse_pairs(bank, group, stage == 1, settings, pair_det, pair_row)
            if pairs == 0:
                continue
            trials = Trials(
                np.empty((pairs, MODES, 6)),
                np.empty((pairs, MODES, 6, 6)),
                np.empty((pairs, MODES)),
                np.empty((pairs, BIAS_SLOTS, 6, 4)),
                np.empty(pairs),
                work,
                used,
            )
            for p in range(pairs):
                score_pair(bank, int(pair_row[p]), group, int(pair_det[p]), settings, trials, p)
            chosen = np.empty(pairs, np.bool_)
            choose_pairs(trials.score, pair_det, pair_row, n, bank.mode.shape[0], chosen)
            for p in range(pairs):
                if chosen[p]:
                    i, row = int(pair_det[p]), int(pair_row[p])
                    group.taken[i] = True
                    if bank.life[row, T_S] - group.t_s[i] <= settings[SET_LATE_MAX]:
                        keep_trial(bank, row, trials, p)
                        after_hit(bank, row, group, i, pack, settings)
                        owner[members[i] - low] = bank.tags[row, TRACK_ID]
        for i in range(n):
            if not group.taken[i]:
                if bank.clock[0] - group.t_s[i] > settings[SET_LATE_MAX] + group.site[SN_DELAY]:
                    bank.counts[REFUSED_LATE] += 1
                    continue
                row = start_track(bank, group, i, settings)
                if row >= 0:
                    after_hit(bank, row, group, i, pack, settings)
                    owner[members[i] - low] = bank.tags[row, TRACK_ID]
    while second < now_s:
        run_lifecycle(bank, pack, second, settings)
        second += 1.0
    run_lifecycle(bank, pack, now_s, settings)


@kernel
def order_rows(
    t_ns: NDArray[np.int64],
    sensor: NDArray[np.uint16],
    use: NDArray[np.bool_],
    low: int,
    high: int,
    rows: NDArray[np.int32],
    group_end: NDArray[np.int32],
) -> int:
    """Write the rows in use by whole second, then by sensor in order of appearance, and where each group ends.

    The number of groups is returned; a group is one sensor's rows of one second in the order in which they come.
    """
    left = np.empty(high - low, np.bool_)
    waiting = 0
    for i in range(low, high):
        left[i - low] = use.size == 0 or use[i]
        if left[i - low]:
            waiting += 1
    groups, n = 0, 0
    while n < waiting:
        earliest = np.int64(9223372036854775807)
        for i in range(low, high):
            if left[i - low]:
                earliest = min(earliest, t_ns[i] // 1_000_000_000)
        for i in range(low, high):
            if not left[i - low] or t_ns[i] // 1_000_000_000 != earliest:
                continue
            for j in range(i, high):
                if left[j - low] and sensor[j] == sensor[i] and t_ns[j] // 1_000_000_000 == earliest:
                    rows[n] = j
                    left[j - low] = False
                    n += 1
            group_end[groups] = n
            groups += 1
    return groups


@kernel
def open_group(
    pack: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sensor: NDArray[np.uint16],
    kind: NDArray[np.uint8],
    z: NDArray[np.float64],
    sigma: NDArray[np.float64],
    code: NDArray[np.uint32],
    rows: NDArray[np.int32],
) -> Group:
    """The rows of one sensor with variances; what has no bearing is set aside at once."""
    n = rows.size
    s = int(sensor[rows[0]])
    site = pack[s]
    rot = np.empty((3, 3))
    for a in range(3):
        for b in range(3):
            rot[a, b] = site[SN_ROT + 3 * a + b]
    group = Group(
        np.empty(n),
        np.empty((n, 4)),
        np.empty((n, 4)),
        np.empty(n, np.int64),
        np.zeros(n, np.bool_),
        s,
        int(kind[rows[0]]),
        site,
        site[SN_POS : SN_POS + 3],
        rot,
    )
    for i in range(n):
        d = rows[i]
        group.t_s[i] = t_ns[d] * 1e-9
        group.code[i] = code[d]
        for c in range(4):
            e = sigma[d, c] if sigma[d, c] > 0.0 else site[SN_SIGMA + c]
            measured = not math.isnan(z[d, c]) and e > 0.0
            group.z[i, c] = z[d, c] if measured else 0.0
            group.var[i, c] = e * e if measured else 0.0
        if group.var[i, 1] == 0.0:
            group.taken[i] = True
    return group


@kernel
def keep_trial(bank: BankArrays, row: int, trials: Trials, p: int) -> None:
    """Make the trial of scratch row p the track's state."""
    for j in range(MODES):
        bank.mode[row, j] = trials.mode[p, j]
        for a in range(6):
            bank.mean[row, j, a] = trials.mean[p, j, a]
            for b in range(6):
                bank.cov[row, j, a, b] = trials.cov[p, j, a, b]
    for s in range(BIAS_SLOTS):
        for a in range(6):
            for c in range(4):
                bank.bias_gain[row, s, a, c] = trials.bias_gain[p, s, a, c]
    bank.tags[row, HITS] += 1


@kernel
def after_hit(
    bank: BankArrays,
    row: int,
    group: Group,
    i: int,
    pack: NDArray[np.float64],
    settings: NDArray[np.float64],
) -> None:
    """What every hit changes beside the state: slot, centre and reach, evidence, code, lineage, life."""
    t_s = group.t_s[i]
    site = group.site
    bank.life[row, T_S] = t_s
    slot = slot_of(bank.bias_sensor[row], bank.bias_s[row], group.sensor)
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
    bank.life[row, APOGEE] = max(bank.life[row, APOGEE], feature[3] - 2.0 * feature[7])
    feature[3] = max(feature[3], bank.life[row, APOGEE])
    kinematic_evidence(feature, bank.mode[row], news)
    since = t_s - bank.life[row, UPDATED_S]
    remember(bank.evidence[row], news, since, settings[SET_CLASS_MEMORY], bank.tags[row, HITS])
    if group.code[i] != 0:
        bank.tags[row, CODE] = group.code[i]
    elif site[SN_CODE_PROBABILITY] > 0.0:
        unread = math.log(1.0 - min(site[SN_CODE_PROBABILITY], 0.95))
        bank.life[row, SILENCE] = max(bank.life[row, SILENCE] + unread, LEAST_SILENCE)
    nation = int(site[SN_NATION])
    if nation >= 0:
        bank.tags[row, SOURCES] |= 1 << nation
    bank.life[row, UPDATED_S] = max(t_s, bank.life[row, UPDATED_S]) if bank.tags[row, HITS] > 1 else t_s
    heard = t_s if math.isnan(bank.clock[0]) else max(t_s, bank.clock[0])
    bank.life[row, HEARD_S] = heard
    look = settings[SET_LOOK_MIN]
    for s in range(BIAS_SLOTS):
        if bank.bias_sensor[row, s] >= 0:
            revisit = pack[bank.bias_sensor[row, s], SN_REVISIT]
            if t_s - bank.bias_s[row, s] <= 3.0 * revisit:
                look = max(look, revisit)
    bank.life[row, LOOK_S] = look
    confirm_by_hit(bank, row, heard, settings)


@kernel
def _set_reach(bank: BankArrays, row: int) -> None:
    """Bounds of one sigma of position and velocity over the modes that matter and the mixture, biases included.

    And whether one of those modes boosts with some chance.
    """
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
        bank.life[row, REACH + part] = math.sqrt(largest)
    bank.life[row, BOOSTS] = 0.0
    for j in range(MODES):
        speed = math.sqrt(mean[j, 3] ** 2 + mean[j, 4] ** 2 + mean[j, 5] ** 2)
        if mode[j] >= 1e-4 and boost_chance(climb_rate(mean[j]), speed) > 0.0:
            bank.life[row, BOOSTS] = 1.0
