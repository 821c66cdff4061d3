"""The life of tracks as a table: tentative, confirmed, coasting, lost; and how a track begins.

What a rule finds is an event, and TABLE says what status follows. A look is a scan in which the track could have been
seen: a scan of a place that the sensor does not cover tells nothing and changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import workspace
from skypact.kernels.multitarget.inline import hold, inlined
from skypact.kernels.multitarget.layout import (
    ACC,
    ACC_SIGMA,
    AXIAL,
    AXIAL_SIGMA,
    COASTING,
    CONFIRMED,
    DIMS,
    DRAG,
    DRAG_SIGMA,
    DROPPED_FULL,
    EXTENDED,
    FREE,
    HITS,
    LOOKS,
    LOST,
    MISSES,
    MOST_MEASURED,
    N_TAGS,
    NEXT_ID,
    RANGE_BEARING_ELEVATION_RATE,
    RANGE_BEARING_RATE,
    STATUS,
    TENTATIVE,
    TRACK_ID,
    TRACKS,
    TURN,
    TURN_SIGMA,
    Bank,
    Motion,
    Scan,
)
from skypact.kernels.multitarget.measurement import place
from skypact.kernels.multitarget.update import innovation, linearise, update_state

# rules
M_OF_N, SCORE, EXISTENCE = 0, 1, 2

# settings, f8[N_LIFE]
RULE = 0
CONFIRM_HITS, CONFIRM_LOOKS = 1, 2
DROP_MISSES, COAST_MISSES, LOST_MISSES = 3, 4, 5  # in a row: of a tentative track; of a confirmed one
START_SCORE, CONFIRM_SCORE, DROP_SCORE, MOST_SCORE = 6, 7, 8, 9
CONFIRM_EXISTENCE, DROP_EXISTENCE = 10, 11
LOST_SIGMA = 12  # m, root of the greatest mean variance of a position's coordinate; inf for never
LOOK_CHANCE = 13  # chance of detection from which a scan is a look
SPEED_SIGMA = 14  # 14..16, m/s, of a new track's velocity by axis
N_LIFE = 17

# events, from the weakest: the strongest that holds is the one that counts
NOTHING, HIT, SILENT, ENOUGH, GONE = range(5)
TABLE = np.array(
    [
        # nothing     hit        silent     enough     gone
        [FREE, FREE, FREE, FREE, FREE],
        [TENTATIVE, TENTATIVE, TENTATIVE, CONFIRMED, LOST],
        [CONFIRMED, CONFIRMED, COASTING, CONFIRMED, LOST],
        [COASTING, CONFIRMED, COASTING, CONFIRMED, LOST],
        [FREE, FREE, FREE, FREE, FREE],
    ]
)
"""Next status by status and event."""


@kernel
def note_looks(
    bank: Bank,
    hit: NDArray[np.bool_],
    chance: NDArray[np.float64],
    gain: NDArray[np.float64],
    life: NDArray[np.float64],
) -> None:
    """Enter into every track what a scan told of it.

    Args:
        bank: tracks.
        hit: [T] whether a detection was taken for the track's.
        chance: [T] of detection; below LOOK_CHANCE a miss is no look.
        gain: [T] log likelihood ratio of the detection (object against clutter), or of the miss.
        life: [N_LIFE]
    """
    score, tags, recent = bank.score, bank.tags, bank.recent
    for i in range(hit.size):
        score[i] = min(score[i] + gain[i], life[MOST_SCORE])
        if not hit[i] and chance[i] < life[LOOK_CHANCE]:
            continue
        tags[i, LOOKS] += 1
        tags[i, HITS] += 1 if hit[i] else 0
        tags[i, MISSES] = 0 if hit[i] else tags[i, MISSES] + 1
        recent[i] = (recent[i] << np.uint64(1)) | np.uint64(1 if hit[i] else 0)


@kernel
def count_hits(recent: np.uint64, looks: int) -> int:
    """How many of the latest looks (at most 64) were hits."""
    hits = 0
    for k in range(min(looks, 64)):
        hits += int((recent >> np.uint64(k)) & np.uint64(1))
    return hits


@inlined
def find_event(
    tags: NDArray[np.int64],
    recent: NDArray[np.uint64],
    score: float,
    existence: float,
    i: int,
    vague: bool,
    life: NDArray[np.float64],
) -> int:
    """The strongest event that holds of track i, a row of `tags` and `recent`, after its latest look."""
    misses = tags[i, MISSES]
    tentative = tags[i, STATUS] == TENTATIVE
    rule = int(life[RULE])
    if rule == M_OF_N:
        gone = misses >= (life[DROP_MISSES] if tentative else life[LOST_MISSES])
        enough = tags[i, HITS] >= life[CONFIRM_HITS]
        if enough and life[CONFIRM_LOOKS] <= 64.0:
            enough = count_hits(recent[i], int(life[CONFIRM_LOOKS])) >= life[CONFIRM_HITS]
    elif rule == SCORE:
        gone = score <= life[DROP_SCORE]
        enough = score >= life[CONFIRM_SCORE]
    else:
        gone = existence <= life[DROP_EXISTENCE]
        enough = existence >= life[CONFIRM_EXISTENCE]
    event = NOTHING if misses > 0 else HIT
    if misses >= life[COAST_MISSES]:
        event = SILENT
    if enough and (tentative or misses == 0):
        event = ENOUGH
    if gone or vague:
        event = GONE
    hold((tags, recent, life))
    return event


@inlined
def too_vague(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    i: int,
    d: int,
    most_m2: float,
) -> bool:
    """Whether no mode of weight of track i knows the position to a variance of most_m2, or knows no number at all."""
    firm = 0.0
    for k in range(mode.shape[1]):
        variance, total = 0.0, 0.0
        for a in range(d):
            variance += cov[i, k, a, a]
            total += mean[i, k, a]
        if variance <= d * most_m2 and variance < np.inf and total - total == 0.0:
            firm += mode[i, k]
    hold((mean, cov, mode))
    return not firm > 0.5


@kernel
def run_life(bank: Bank, d: int, life: NDArray[np.float64], row_of: NDArray[np.int64]) -> int:
    """How many tracks were lost: each takes its event's next status and leaves the bank, the others keep their order.

    row_of [tracks] is written: where each track now is, -1 for lost.
    """
    tracks = bank.counts[TRACKS]
    mean, cov, mode = bank.mean, bank.cov, bank.mode
    tags, recent, score, existence = bank.tags, bank.recent, bank.score, bank.existence
    kept = 0
    for i in range(tracks):
        vague = too_vague(mean, cov, mode, i, d, life[LOST_SIGMA] ** 2)
        status = TABLE[tags[i, STATUS], find_event(tags, recent, score[i], existence[i], i, vague, life)]
        tags[i, STATUS] = status
        row_of[i] = -1
        if status != LOST and status != FREE:
            row_of[i] = kept
            kept += 1
    if kept < tracks:
        _close_gaps(bank, row_of)
    bank.counts[TRACKS] = kept
    return int(tracks - kept)


@kernel
def _close_gaps(bank: Bank, row_of: NDArray[np.int64]) -> None:
    """Copy every track to its new row, which is not below its old one; -1 for those that go."""
    rows = bank.t_s.size
    mean, cov, mode = bank.mean.reshape((rows, -1)), bank.cov.reshape((rows, -1)), bank.mode
    t_s, existence, score, tags, recent = bank.t_s, bank.existence, bank.score, bank.tags, bank.recent
    for i in range(row_of.size):
        k = row_of[i]
        if k < 0 or k == i:
            continue
        for a in range(mean.shape[1]):
            mean[k, a] = mean[i, a]
        for a in range(cov.shape[1]):
            cov[k, a] = cov[i, a]
        for a in range(mode.shape[1]):
            mode[k, a] = mode[i, a]
        for a in range(N_TAGS):
            tags[k, a] = tags[i, a]
        t_s[k], existence[k], score[k], recent[k] = t_s[i], existence[i], score[i], recent[i]


@kernel
def begin_tracks(
    bank: Bank,
    motion: Motion,
    scan: Scan,
    use: NDArray[np.bool_],
    life: NDArray[np.float64],
    row_of: NDArray[np.int64],
) -> int:
    """How many tracks were begun: one, tentative, of each detection in `use` that tells a place, while there is room.

    Position as measured; velocity 0 with SPEED_SIGMA, and with what a measured range rate tells of it; everything
    else from its prior (sigma of each model's parameters); modes by `motion.start`; every mode's state alike.

    Args:
        bank: changed in place.
        motion: models.
        scan: detections.
        use: [n] which of them begin tracks.
        life: [N_LIFE]
        row_of: [n] written: each one's track, -1 for none.
    """
    d, size, modes = motion.shape[DIMS], bank.mean.shape[2], bank.mean.shape[1]
    mean, cov, tags, shape = bank.mean, bank.cov, bank.tags, motion.shape
    state, spread_all = np.zeros(size), np.zeros((size, size))
    pos, spread = np.zeros(3), np.zeros((3, 3))
    work = workspace(modes, size)
    kind, sensor, z = scan.kind, scan.sensor, scan.z
    rated = kind in (RANGE_BEARING_RATE, RANGE_BEARING_ELEVATION_RATE)
    first = int(bank.counts[TRACKS])
    i = first
    for j in range(use.size):
        row_of[j] = -1
        noise = scan.noise[0 if scan.noise.shape[0] == 1 else j]
        if not use[j] or not place(kind, sensor, d, z[j], noise, pos, spread):
            continue
        if i >= bank.t_s.size:
            bank.counts[DROPPED_FULL] += 1
            continue
        for a in range(d):
            state[a] = pos[a]
            state[d + a] = 0.0
            for b in range(d):
                spread_all[a, b] = spread[a, b]
                spread_all[a, d + b] = 0.0
                spread_all[d + a, b] = 0.0
                spread_all[d + a, d + b] = life[SPEED_SIGMA + a] ** 2 if a == b else 0.0
        if rated:
            _take_rate(shape, kind, sensor, z[j], noise, state, spread_all, work)
        for k in range(modes):
            bank.mode[i, k] = motion.start[k]
            for a in range(size):
                mean[i, k, a] = state[a]
                for b in range(size):
                    cov[i, k, a, b] = spread_all[a, b]
            if size > 2 * d:
                _set_priors(shape, motion.param[k], mean[i, k], cov[i, k])
        bank.t_s[i] = scan.t_s[j]
        bank.existence[i] = 1.0
        bank.score[i] = life[START_SCORE]
        tags[i, TRACK_ID], tags[i, STATUS] = bank.counts[NEXT_ID], TENTATIVE
        tags[i, HITS], tags[i, MISSES], tags[i, LOOKS] = 1, 0, 1
        bank.recent[i] = np.uint64(1)
        vague = too_vague(mean, cov, bank.mode, i, d, life[LOST_SIGMA] ** 2)
        event = find_event(tags, bank.recent, bank.score[i], 1.0, i, vague, life)
        tags[i, STATUS] = TABLE[TENTATIVE, event]
        if tags[i, STATUS] != LOST:
            row_of[j] = i
            bank.counts[NEXT_ID] += 1
            i += 1
    bank.counts[TRACKS] = i
    return i - first


@kernel
def _take_rate(
    shape: NDArray[np.int64],
    kind: int,
    sensor: NDArray[np.float64],
    z: NDArray[np.float64],
    noise: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Update a new state by a measured range rate, the last component, taken apart from the others."""
    m, size = noise.shape[0], mean.size
    value, left = np.zeros(MOST_MEASURED), np.zeros(MOST_MEASURED)
    rows, extra = np.zeros((MOST_MEASURED, size)), np.zeros((MOST_MEASURED, MOST_MEASURED))
    cross, inverse = np.zeros((size, MOST_MEASURED)), np.zeros((MOST_MEASURED, MOST_MEASURED))
    linearise(EXTENDED, kind, sensor, shape, mean, cov, value, rows, extra, work)
    left[0] = z[m - 1] - value[m - 1]
    rows[0] = rows[m - 1]
    rate_noise = noise[m - 1 :, m - 1 :].copy()
    if innovation(1, rows, cov, rate_noise, extra, cross, inverse) < np.inf:
        update_state(1, left, rows, rate_noise, extra, cross, inverse, mean, cov, work)


@kernel
def _set_priors(
    shape: NDArray[np.int64], param: NDArray[np.float64], mean: NDArray[np.float64], cov: NDArray[np.float64]
) -> None:
    """Give what a place and a velocity do not tell its prior."""
    for component, sigma in ((ACC, ACC_SIGMA), (TURN, TURN_SIGMA), (DRAG, DRAG_SIGMA), (AXIAL, AXIAL_SIGMA)):
        first = shape[component]
        if first >= 0:
            for a in range(first, first + (shape[DIMS] if component == ACC else 1)):
                mean[a] = 0.0
                cov[a, :] = 0.0
                cov[:, a] = 0.0
                cov[a, a] = param[sigma] ** 2
