"""One bank of tracks through time: detections in, hits and new tracks, the lifecycle at every whole second."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.association import choose_pairs
from skypact.kernels.bank import (
    ACTIVE,
    APOGEE,
    BIAS_SLOTS,
    BOOSTS,
    CODE,
    EVENTS,
    G_BOOSTS,
    G_REACH,
    G_REACH_MPS,
    G_T_S,
    HEARD_S,
    HITS,
    LOOK_S,
    MODES,
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
    SN_REVISIT,
    SOURCES,
    T_S,
    TRACK_ID,
    UPDATED_S,
    BankArrays,
    Scratch,
)
from skypact.kernels.bias import add_bias
from skypact.kernels.filter import combine
from skypact.kernels.gate import coarse_pairs
from skypact.kernels.group import COUNT, SENSOR, Group, fill_group, make_group, order_rows
from skypact.kernels.identify import features, kinematic_evidence, remember
from skypact.kernels.initiation import start_track
from skypact.kernels.jit import bare, kernel
from skypact.kernels.lifecycle import confirm_by_hit, run_lifecycle
from skypact.kernels.motion import boost_chance, climb_rate
from skypact.kernels.trial import Trials, make_trials, score_pair, slot_of

LEAST_TRIALS = 32
"""Room for so many pairs of a group to begin with."""
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
    scratch: Scratch,
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
    largest, begin = 0, 0
    for g in range(groups):
        largest = max(largest, group_end[g] - begin)
        begin = group_end[g]
    group, trials, pairs = make_group(largest), make_trials(LEAST_TRIALS), np.empty((2, 0), np.int32)
    counts, begin = bank.counts, 0
    for g in range(groups):
        end = group_end[g]
        whole = float(t_ns[rows[begin]] // 1_000_000_000)
        while second < now_s and second <= whole:
            run_lifecycle(bank, pack, second, settings, scratch)
            second += 1.0
        fill_group(group, pack, t_ns, sensor, kind, z, sigma, code, rows, begin, end)
        most = 2 * (end - begin) * counts[ACTIVE]
        if most > pairs.shape[1]:
            pairs = np.empty((2, 2 * most), np.int32)
        need = take_group(bank, pack, group, settings, pairs, trials, scratch)
        if need > trials.score.size:
            trials = make_trials(2 * need)
            take_group(bank, pack, group, settings, pairs, trials, scratch)
        for i in range(begin, end):
            owner[rows[i] - low] = group.owner[i - begin]
        begin = end
    while second < now_s:
        run_lifecycle(bank, pack, second, settings, scratch)
        second += 1.0
    run_lifecycle(bank, pack, now_s, settings, scratch)


@bare
def take_group(
    bank: BankArrays,
    pack: NDArray[np.float64],
    group: Group,
    settings: NDArray[np.float64],
    pairs: NDArray[np.int32],
    trials: Trials,
    scratch: Scratch,
) -> int:
    """Pair a group with tracks, of two hits and more first, and start tracks from what is left.

    The number of trials that this needs is returned; where there is room for fewer, nothing is done. pairs [2, m] is
    scratch, m at least twice the number of detections times that of tracks.
    """
    det, row = pairs[0], pairs[1]
    singles, others = coarse_pairs(bank, group, settings, scratch, det, row)
    need = max(singles, others)
    if need > trials.score.size:
        return need
    if others > 0:
        _pair_up(bank, pack, group, det[:others], row[:others], settings, trials, scratch)
    if singles > 0:
        count = _left_over(group, det, row, singles)
        _pair_up(bank, pack, group, det[:count], row[:count], settings, trials, scratch)
    _start_tracks(bank, pack, group, settings, scratch)
    return need


@bare
def _left_over(group: Group, det: NDArray[np.int32], row: NDArray[np.int32], singles: int) -> int:
    """Move the pairs at the end, whose detections are still to be had, to the front; their number."""
    count, last = 0, det.size - 1
    for p in range(singles):
        i, track = det[last - p], row[last - p]
        if not group.taken[i]:
            det[count], row[count] = i, track
            count += 1
    return count


@bare
def _pair_up(
    bank: BankArrays,
    pack: NDArray[np.float64],
    group: Group,
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    settings: NDArray[np.float64],
    trials: Trials,
    scratch: Scratch,
) -> None:
    """Score the pairs and give each chosen track its detection."""
    count, detections = pair_det.size, int(group.head[COUNT])
    for p in range(count):
        score_pair(bank, int(pair_row[p]), group, int(pair_det[p]), settings, trials, scratch, p)
    choose_pairs(
        trials.score[:count], pair_det, pair_row, detections, bank.mode.shape[0], trials.chosen[:count]
    )
    for p in range(count):
        if trials.chosen[p]:
            i, row = int(pair_det[p]), int(pair_row[p])
            group.taken[i] = True
            if bank.life[row, T_S] - group.t_s[i] <= settings[SET_LATE_MAX]:
                keep_trial(bank, row, int(group.head[SENSOR]), trials, p)
                after_hit(bank, row, group, i, pack, settings, scratch)


@bare
def _start_tracks(
    bank: BankArrays,
    pack: NDArray[np.float64],
    group: Group,
    settings: NDArray[np.float64],
    scratch: Scratch,
) -> None:
    """Start tracks from the detections that no track has taken, unless they are too late."""
    for i in range(group.head[COUNT]):
        if group.taken[i]:
            continue
        if bank.clock[0] - group.t_s[i] > settings[SET_LATE_MAX] + group.site[SN_DELAY]:
            bank.counts[REFUSED_LATE] += 1
            continue
        row = start_track(bank, group, i, settings, scratch)
        if row >= 0:
            after_hit(bank, row, group, i, pack, settings, scratch)


@bare
def keep_trial(bank: BankArrays, row: int, sensor: int, trials: Trials, p: int) -> None:
    """Make the trial of scratch row p, with a detection of `sensor`, the track's state."""
    slot = slot_of(bank.bias_sensor[row], bank.bias_s[row], sensor)
    for j in range(MODES):
        bank.mode[row, j] = trials.mode[p, j]
        for a in range(6):
            bank.mean[row, j, a] = trials.mean[p, j, a]
            for b in range(6):
                bank.cov[row, j, a, b] = trials.cov[p, j, a, b]
    for s in range(BIAS_SLOTS):
        if bank.bias_sensor[row, s] >= 0 or s == slot:
            for a in range(6):
                for c in range(4):
                    bank.bias_gain[row, s, a, c] = trials.bias_gain[p, s, a, c]
    bank.tags[row, HITS] += 1


@bare
def after_hit(
    bank: BankArrays,
    row: int,
    group: Group,
    i: int,
    pack: NDArray[np.float64],
    settings: NDArray[np.float64],
    scratch: Scratch,
) -> None:
    """What every hit changes beside the state: slot, centre and reach, evidence, code, lineage, life."""
    t_s = group.t_s[i]
    site = group.site
    bank.life[row, T_S] = t_s
    slot = slot_of(bank.bias_sensor[row], bank.bias_s[row], int(group.head[SENSOR]))
    bank.bias_sensor[row, slot] = group.head[SENSOR]
    bank.bias_s[row, slot] = t_s
    for c in range(4):
        bank.bias_var[row, slot, c] = group.site[SN_BIAS_VAR + c]
    cov, feature, news = scratch.cov[0], scratch.classes[0], scratch.classes[1]
    combine(bank.mean[row], bank.cov[row], bank.mode[row], bank.centre[row], cov)
    _set_reach(bank, row)
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
    group.owner[i] = bank.tags[row, TRACK_ID]
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


@bare
def _set_reach(bank: BankArrays, row: int) -> None:
    """Bounds of one sigma of position and velocity over the modes that matter and the mixture, biases included.

    And whether one of those modes boosts with some chance; all that the coarse gate reads.
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
    for a in range(6):
        bank.gate[a, row] = centre[a]
    bank.gate[G_T_S, row] = bank.life[row, T_S]
    bank.gate[G_REACH, row] = bank.life[row, REACH]
    bank.gate[G_REACH_MPS, row] = bank.life[row, REACH + 1]
    bank.gate[G_BOOSTS, row] = bank.life[row, BOOSTS]
