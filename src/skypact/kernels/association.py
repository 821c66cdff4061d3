"""Which of one sensor's detections belong to which tracks: coarse gate, likelihoods, global nearest neighbour.

A pair is scored by trying it: the track is predicted to the detection and updated in a scratch row, whose log
likelihood is the innovation mixture's. Its score is the log of that likelihood over the density of new objects and
false plots of this sensor (Sittler 1964; Reid 1979, eq. 16), so that a pair is made only where that is the better
explanation. Scores of detections that compete for tracks are maximised together.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.assignment import assign_rows
from skypact.kernels.bank import (
    ACTIVE,
    BIAS_SLOTS,
    COASTING,
    KIND_ACOUSTIC,
    LOST,
    MODES,
    SET_CODE_BONUS,
    SET_GATE,
    SET_LATE_MAX,
    SET_Q_MANOEUVRE,
    SN_BIAS_VAR,
    SN_LOG_NEW_2D,
    SN_LOG_NEW_3D,
    SN_LOG_NEW_ANGLES,
    SN_LOG_NEW_BEARING,
    SN_POS,
    SN_RANGE_MAX,
    SN_ROT,
    TENTATIVE,
    BankArrays,
)
from skypact.kernels.filter import add_bias, predict_bias_gain, predict_track, update_modes
from skypact.kernels.jit import kernel
from skypact.kernels.looks import SPEED_OF_SOUND_MPS
from skypact.kernels.measurement import linearise, position_of, spherical_of

COARSE_SIGMAS = 4.4
TENTATIVE_SCORE = -1.5
COASTING_SCORE = -0.5
"""Log odds that a track of this status is an object that the sensor can see."""
CODE_GATE = 4.0
"""A matching code widens the squared gate by this."""
RANGE_RATE_SPAN_MPS = 2000.0


class Group(NamedTuple):
    """One sensor's detections within one second: n rows."""

    t_s: NDArray[np.float64]
    z: NDArray[np.float64]
    """[n, 4]"""
    var: NDArray[np.float64]
    """[n, 4] random variance, 0 where not measured"""
    code: NDArray[np.uint32]
    taken: NDArray[np.bool_]
    sensor: int
    kind: int
    site: NDArray[np.float64]
    """the sensor's row of the pack"""
    origin: NDArray[np.float64]
    rot: NDArray[np.float64]
    """[3, 3] enu_from_ecef"""


class Trials(NamedTuple):
    """Tracks as they would be after a detection: a scratch row a pair."""

    mean: NDArray[np.float64]
    cov: NDArray[np.float64]
    mode: NDArray[np.float64]
    bias_gain: NDArray[np.float64]
    slot: NDArray[np.int32]
    score: NDArray[np.float64]


@kernel
def log_new(group: Group, i: int) -> float:
    """Log density (1/m/rad/rad by what is measured) of new objects and false plots at detection i."""
    var = group.var[i]
    extra = -math.log(RANGE_RATE_SPAN_MPS) if var[3] > 0.0 else 0.0
    if var[0] > 0.0:
        return extra + group.site[SN_LOG_NEW_3D if var[2] > 0.0 else SN_LOG_NEW_2D]
    return extra + group.site[SN_LOG_NEW_ANGLES if var[2] > 0.0 else SN_LOG_NEW_BEARING]


@kernel
def coarse_pairs(
    bank: BankArrays,
    group: Group,
    single: bool,
    settings: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
) -> int:
    """Write pairs that are not plainly apart, by detection and then age of track; their number.

    `single` asks for tracks of one hit, else for all others. Where the pairs outnumber the arrays the rest is
    left out: the arrays hold every pair.
    """
    n = group.t_s.size
    count = 0
    place = np.empty(3)
    sight = np.empty((n, 3))
    for i in range(n):
        _sight(group, i, place)
        sight[i] = place
    q = settings[SET_Q_MANOEUVRE] / 3.0
    for a in range(bank.counts[ACTIVE]):
        row = bank.active[a]
        if (bank.hits[row] == 1) != single or bank.status[row] == LOST:
            continue
        centre = bank.centre[row]
        dt = max(abs(group.t_s[0] - bank.t_s[row]), abs(group.t_s[n - 1] - bank.t_s[row]))
        radius = 5.0 * dt * dt + COARSE_SIGMAS * (
            bank.reach[row, 0] + dt * bank.reach[row, 1] + math.sqrt(q * dt * dt * dt)
        )
        if group.kind == KIND_ACOUSTIC:
            speed = math.sqrt(centre[3] ** 2 + centre[4] ** 2 + centre[5] ** 2)
            radius += speed * group.site[SN_RANGE_MAX] / SPEED_OF_SOUND_MPS
        for i in range(n):
            late = bank.t_s[row] - group.t_s[i]
            if group.taken[i] or late > settings[SET_LATE_MAX]:
                continue
            x = centre[0] - late * centre[3] - group.origin[0]
            y = centre[1] - late * centre[4] - group.origin[1]
            z = centre[2] - late * centre[5] - group.origin[2]
            if _near(group, i, sight[i], x, y, z, radius):
                pair_det[count] = i
                pair_row[count] = row
                count += 1
    return count


@kernel
def _sight(group: Group, i: int, out: NDArray[np.float64]) -> None:
    """Write what the coarse gate compares with: offset (m), else horizontal or spatial unit vector of detection i."""
    var, z = group.var[i], group.z[i]
    zero = np.zeros(3)
    if var[0] > 0.0 and var[2] > 0.0:
        position_of(z[0], z[1], z[2], zero, group.rot, out)
    else:
        position_of(1.0, z[1], z[2] if var[2] > 0.0 else 0.0, zero, group.rot, out)


@kernel
def _near(
    group: Group, i: int, sight: NDArray[np.float64], x: float, y: float, z: float, radius: float
) -> bool:
    """Whether the offset (x, y, z) from the sensor may belong to detection i, within radius and measurement error."""
    var = group.var[i]
    site = group.site
    angle_var = var[1] + site[SN_BIAS_VAR + 1] + var[2] + (site[SN_BIAS_VAR + 2] if var[2] > 0.0 else 0.0)
    if var[0] > 0.0 and var[2] > 0.0:
        r = group.z[i, 0]
        reach = radius + COARSE_SIGMAS * math.sqrt(var[0] + site[SN_BIAS_VAR] + r * r * angle_var)
        dx, dy, dz = x - sight[0], y - sight[1], z - sight[2]
        return dx * dx + dy * dy + dz * dz < reach * reach
    r2 = x * x + y * y + z * z
    if var[0] > 0.0:
        miss = abs(math.sqrt(r2) - group.z[i, 0])
        if miss > radius + COARSE_SIGMAS * math.sqrt(var[0] + site[SN_BIAS_VAR]):
            return False
    elif site[SN_RANGE_MAX] > 0.0 and math.sqrt(r2) > site[SN_RANGE_MAX] + radius:
        return False
    along = x * sight[0] + y * sight[1] + z * sight[2]
    if var[2] <= 0.0:
        rot = group.rot
        up = rot[2, 0] * x + rot[2, 1] * y + rot[2, 2] * z
        r2 -= up * up
    across2 = max(r2 - along * along, 0.0)
    reach = radius + COARSE_SIGMAS * math.sqrt(r2 * angle_var)
    return along > -radius and across2 < reach * reach


@kernel
def slot_of(sensors: NDArray[np.int32], heard_s: NDArray[np.float64], sensor: int) -> int:
    """The bias slot of a sensor in a track's four: its own, else a free one, else the one longest unheard."""
    choice = 0
    for s in range(BIAS_SLOTS):
        if sensors[s] == sensor:
            return s
    for s in range(BIAS_SLOTS):
        if sensors[s] < 0:
            return s
        if heard_s[s] < heard_s[choice]:
            choice = s
    return choice


@kernel
def try_pair(
    bank: BankArrays, row: int, group: Group, i: int, settings: NDArray[np.float64], trials: Trials, p: int
) -> float:
    """Write into scratch row p the track `row` updated with detection i; the log likelihood, -inf outside the gate."""
    mean, cov, mode, bias_gain = trials.mean[p], trials.cov[p], trials.mode[p], trials.bias_gain[p]
    var = group.var[i]
    point = np.empty(6)
    passes = 1 if var[0] > 0.0 and var[2] > 0.0 else 2
    gates = settings[SET_GATE : SET_GATE + 4].copy()
    if bank.code[row] != 0 and bank.code[row] == group.code[i]:
        gates *= CODE_GATE
    value = np.empty(4)
    rows = np.empty((4, 6))
    used = np.empty(BIAS_SLOTS, np.int32)
    bias_var = np.empty((BIAS_SLOTS, 4))
    loglik = -math.inf
    for attempt in range(passes):
        dt = group.t_s[i] - bank.t_s[row]
        predict_track(
            bank.mean[row], bank.cov[row], bank.mode[row], bank.hits[row] > 1, dt, settings, mean, cov, mode
        )
        slot = _open_slot(bank, row, group, dt, cov, bias_gain, bias_var, used)
        trials.slot[p] = slot
        if attempt == 0:
            _expansion_point(group, i, mean, cov, mode, point)
        _linearise(group, point, value, rows)
        loglik, _ = update_modes(
            mean, cov, mode, bias_gain, bias_var, used, slot, group.z[i], var, point, value, rows, gates
        )
        if loglik == -math.inf:
            return loglik
        if attempt + 1 < passes:
            for a in range(6):
                point[a] = mode[0] * mean[0, a] + mode[1] * mean[1, a] + mode[2] * mean[2, a]
    return loglik


@kernel
def _open_slot(
    bank: BankArrays,
    row: int,
    group: Group,
    dt: float,
    cov: NDArray[np.float64],
    bias_gain: NDArray[np.float64],
    bias_var: NDArray[np.float64],
    used: NDArray[np.int32],
) -> int:
    """Predict the sensitivities and make room for the sensor's; what a replaced slot knew becomes random error."""
    bias_gain[:] = bank.bias_gain[row]
    bias_var[:] = bank.bias_var[row]
    used[:] = bank.bias_sensor[row]
    predict_bias_gain(bias_gain, used, dt)
    slot = slot_of(used, bank.bias_s[row], group.sensor)
    if used[slot] != group.sensor:
        if used[slot] >= 0:
            only = np.full(BIAS_SLOTS, -1, np.int32)
            only[slot] = used[slot]
            for j in range(MODES):
                add_bias(cov[j], bias_gain, bias_var, only)
        bias_gain[slot] = 0.0
        used[slot] = group.sensor
    for c in range(4):
        bias_var[slot, c] = group.site[SN_BIAS_VAR + c]
    return slot


@kernel
def _expansion_point(
    group: Group,
    i: int,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    point: NDArray[np.float64],
) -> None:
    """Write where to linearise: the prediction; where that is worse than the measurement, the latter's components."""
    spread = 0.0
    for a in range(6):
        point[a] = mode[0] * mean[0, a] + mode[1] * mean[1, a] + mode[2] * mean[2, a]
    for j in range(MODES):
        spread += mode[j] * (cov[j, 0, 0] + cov[j, 1, 1] + cov[j, 2, 2])
    r, bearing, elevation = spherical_of(point, group.origin, group.rot)
    z, var = group.z[i], group.var[i]
    if var[0] > 0.0:
        r = z[0]
    error = var[0] + r * r * (var[1] + var[2])
    if spread > error:
        if var[1] > 0.0:
            bearing = z[1]
        if var[2] > 0.0:
            elevation = z[2]
        position_of(r, bearing, elevation, group.origin, group.rot, point)


@kernel
def _linearise(
    group: Group, point: NDArray[np.float64], value: NDArray[np.float64], rows: NDArray[np.float64]
) -> None:
    """As `linearise`; sound tells of where the object was when it left: the velocity enters by the delay."""
    if group.kind != KIND_ACOUSTIC:
        linearise(point, group.origin, group.rot, value, rows)
        return
    r, _, _ = spherical_of(point, group.origin, group.rot)
    delay = r / SPEED_OF_SOUND_MPS
    past = point.copy()
    for a in range(3):
        past[a] -= delay * point[a + 3]
    linearise(past, group.origin, group.rot, value, rows)
    for k in range(3):
        for a in range(3):
            rows[k, a + 3] = -delay * rows[k, a]


@kernel
def score_pairs(
    bank: BankArrays,
    group: Group,
    settings: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    trials: Trials,
) -> None:
    """Write every pair's trial and score; pairs with a score at or below 0 are worse than a new track."""
    for p in range(trials.score.size):
        i, row = pair_det[p], pair_row[p]
        trials.score[p] = -math.inf
        code, own = group.code[i], bank.code[row]
        if code != 0 and own != 0 and code != own:
            continue
        score = try_pair(bank, row, group, i, settings, trials, p) - log_new(group, i)
        if bank.status[row] == TENTATIVE:
            score += TENTATIVE_SCORE
        elif bank.status[row] == COASTING:
            score += COASTING_SCORE
        if code != 0 and code == own:
            score += settings[SET_CODE_BONUS]
        trials.score[p] = score


@kernel
def choose_pairs(
    score: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    detections: int,
    capacity: int,
    chosen: NDArray[np.bool_],
) -> None:
    """Mark the pairs of the assignment of greatest total score, leaving unpaired what scores at most 0.

    Detections that share no track are solved apart: groups by union-find over the pairs that score.
    """
    pairs = score.size
    parent = np.empty(detections, np.int32)
    for i in range(detections):
        parent[i] = i
    claimed = np.full(capacity, -1, np.int32)
    for p in range(pairs):
        chosen[p] = False
        if score[p] > 0.0:
            i = _root(parent, pair_det[p])
            other = claimed[pair_row[p]]
            if other < 0:
                claimed[pair_row[p]] = i
            else:
                parent[i] = _root(parent, other)
    for i in range(detections):
        if parent[i] == i:
            _solve_component(i, parent, score, pair_det, pair_row, detections, claimed, chosen)


@kernel
def _root(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def _solve_component(
    root: int,
    parent: NDArray[np.int32],
    score: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    detections: int,
    column: NDArray[np.int32],
    chosen: NDArray[np.bool_],
) -> None:
    """Choose among the pairs of one component; `column` is scratch by track row."""
    members = np.empty(score.size, np.int32)
    count = 0
    for p in range(score.size):
        if score[p] > 0.0 and _root(parent, pair_det[p]) == root:
            members[count] = p
            count += 1
    if count == 1:
        chosen[members[0]] = True
    if count <= 1:
        return
    line = np.full(detections, -1, np.int32)
    for m in range(count):
        column[pair_row[members[m]]] = -1
    n, tracks = 0, 0
    for m in range(count):
        p = members[m]
        if line[pair_det[p]] < 0:
            line[pair_det[p]] = n
            n += 1
        if column[pair_row[p]] < 0:
            column[pair_row[p]] = tracks
            tracks += 1
    cost = np.full((n, tracks + n), np.inf)
    for i in range(n):
        cost[i, tracks + i] = 0.0
    for m in range(count):
        p = members[m]
        cost[line[pair_det[p]], column[pair_row[p]]] = -score[p]
    col_of_row = np.empty(n, np.int32)
    assign_rows(cost, col_of_row)
    for m in range(count):
        p = members[m]
        if col_of_row[line[pair_det[p]]] == column[pair_row[p]]:
            chosen[p] = True
