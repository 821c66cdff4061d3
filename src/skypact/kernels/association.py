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
    BALLISTIC,
    BIAS_SLOTS,
    COASTING,
    CODE,
    HITS,
    KIND_ACOUSTIC,
    MODES,
    REACH,
    SET_CODE_BONUS,
    SET_GATE,
    SET_LATE_MAX,
    SET_PLAIN_HEIGHT,
    SET_PLAIN_HEIGHT_SIGMA,
    SET_Q_MANOEUVRE,
    SN_BIAS_VAR,
    SN_LOG_NEW_2D,
    SN_LOG_NEW_3D,
    SN_LOG_NEW_ANGLES,
    SN_LOG_NEW_BEARING,
    SN_RANGE_MAX,
    STATUS,
    T_S,
    TENTATIVE,
    BankArrays,
)
from skypact.kernels.filter import add_bias, anchor_height, predict_bias_gain, predict_track, update_modes
from skypact.kernels.jit import kernel
from skypact.kernels.looks import SPEED_OF_SOUND_MPS
from skypact.kernels.measurement import linearise, linearise_sound, position_of, spherical_of
from skypact.kernels.motion import height_of

COARSE_SIGMAS = 4.4
BALLISTIC_HEIGHT_FACTOR = 4.0
"""How much wider the assumed height of a plot without elevation is for the ballistic mode."""
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
    code: NDArray[np.int64]
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
    score: NDArray[np.float64]


@kernel
def log_new(site: NDArray[np.float64], var: NDArray[np.float64]) -> float:
    """Log density (1/m/rad/rad by what is measured) of new objects and false plots where a detection with `var` lies."""
    extra = -math.log(RANGE_RATE_SPAN_MPS) if var[3] > 0.0 else 0.0
    if var[0] > 0.0:
        return extra + site[SN_LOG_NEW_3D if var[2] > 0.0 else SN_LOG_NEW_2D]
    return extra + site[SN_LOG_NEW_ANGLES if var[2] > 0.0 else SN_LOG_NEW_BEARING]


@kernel
def coarse_pairs(
    bank: BankArrays,
    group: Group,
    single: bool,
    settings: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
) -> int:
    """Write pairs that are not plainly apart, by age of track and then detection; their number.

    `single` asks for tracks of one hit, else for all others.
    """
    n = group.t_s.size
    count = 0
    sight = np.empty((n, 5))
    up = group.rot[2]
    ox, oy, oz = group.origin[0], group.origin[1], group.origin[2]
    waiting = 0
    for i in range(n):
        _sight(group.z[i], group.var[i], group.site, group.rot, sight[i])
        if not group.taken[i]:
            waiting += 1
    if waiting == 0:
        return 0
    q = settings[SET_Q_MANOEUVRE] / 3.0
    late_max = settings[SET_LATE_MAX]
    sound = group.kind == KIND_ACOUSTIC
    range_max = group.site[SN_RANGE_MAX]
    for a in range(bank.counts[ACTIVE]):
        row = int(bank.lists[0, a])
        if (bank.tags[row, HITS] == 1) != single:
            continue
        t = bank.life[row, T_S]
        px, py, pz = bank.centre[row, 0] - ox, bank.centre[row, 1] - oy, bank.centre[row, 2] - oz
        vx, vy, vz = bank.centre[row, 3], bank.centre[row, 4], bank.centre[row, 5]
        dt = max(abs(group.t_s[0] - t), abs(group.t_s[n - 1] - t))
        radius = 5.0 * dt * dt + COARSE_SIGMAS * (
            bank.life[row, REACH] + dt * bank.life[row, REACH + 1] + math.sqrt(q * dt * dt * dt)
        )
        if sound:
            radius += math.sqrt(vx * vx + vy * vy + vz * vz) * range_max / SPEED_OF_SOUND_MPS
        for i in range(n):
            ahead = group.t_s[i] - t
            if group.taken[i] or ahead < -late_max:
                continue
            x, y, z = px + ahead * vx, py + ahead * vy, pz + ahead * vz
            if group.var[i, 0] > 0.0 and group.var[i, 2] > 0.0:
                dx, dy, dz = x - sight[i, 0], y - sight[i, 1], z - sight[i, 2]
                reach = radius + sight[i, 3]
                near = dx * dx + dy * dy + dz * dz < reach * reach
            else:
                height = -1.0 if group.var[i, 2] > 0.0 else up[0] * x + up[1] * y + up[2] * z
                measured = group.z[i, 0] if group.var[i, 0] > 0.0 else -1.0
                along = x * sight[i, 0] + y * sight[i, 1] + z * sight[i, 2]
                r2 = x * x + y * y + z * z
                near = _on_sight(r2, along, height, group.var[i, 2] > 0.0, measured, range_max, radius, sight[i])
            if near:
                pair_det[count] = i
                pair_row[count] = row
                count += 1
    return count


@kernel
def _sight(
    z: NDArray[np.float64],
    var: NDArray[np.float64],
    site: NDArray[np.float64],
    rot: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write what the coarse gate compares with into out[5].

    Offset from the sensor (m) of a full plot, else a unit vector along the line of sight (horizontal without
    elevation); then the greatest error expected of a full plot's place or of a range (m), and of the angles (rad).
    """
    zero = np.zeros(3)
    full = var[0] > 0.0 and var[2] > 0.0
    angle_var = var[1] + site[SN_BIAS_VAR + 1] + var[2] + (site[SN_BIAS_VAR + 2] if var[2] > 0.0 else 0.0)
    position_of(z[0] if full else 1.0, z[1], z[2] if var[2] > 0.0 else 0.0, zero, rot, out)
    across_var = z[0] * z[0] * angle_var if full else 0.0
    out[3] = COARSE_SIGMAS * math.sqrt(var[0] + site[SN_BIAS_VAR] + across_var)
    out[4] = COARSE_SIGMAS * math.sqrt(angle_var)


@kernel
def _on_sight(
    r2: float,
    along: float,
    height: float,
    has_elevation: bool,
    measured_m: float,
    range_max_m: float,
    radius: float,
    sight: NDArray[np.float64],
) -> bool:
    """Whether an offset (squared length, part along the sight, part upwards) may belong to a plot that lacks a component."""
    r = math.sqrt(r2)
    if measured_m >= 0.0:
        if abs(r - measured_m) > radius + sight[3]:
            return False
    elif range_max_m > 0.0 and r > range_max_m + radius:
        return False
    flat2 = r2 if has_elevation else r2 - height * height
    across2 = max(flat2 - along * along, 0.0)
    reach = radius + sight[4] * r
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
def score_pair(
    bank: BankArrays, row: int, group: Group, i: int, settings: NDArray[np.float64], trials: Trials, p: int
) -> None:
    """Write the trial of track `row` with detection i and its score into scratch row p.

    At or below 0 the pair is worse than a new track; codes in conflict forbid it. Where range or elevation is missing
    the update is done again about its own result, because the first place of linearisation is poor across the gap.
    """
    trials.score[p] = -math.inf
    code, own = group.code[i], bank.tags[row, CODE]
    if code != 0 and own != 0 and code != own:
        return
    mean, cov, mode, bias_gain = trials.mean[p], trials.cov[p], trials.mode[p], trials.bias_gain[p]
    z, var, origin, rot = group.z[i], group.var[i], group.origin, group.rot
    passes = 1 if var[0] > 0.0 and var[2] > 0.0 else 2
    gates = np.empty(4)
    wider = CODE_GATE if code != 0 and own == code else 1.0
    for c in range(4):
        gates[c] = wider * settings[SET_GATE + c]
    point, value, rows = np.empty(6), np.empty(4), np.empty((4, 6))
    used, bias_var = np.empty(BIAS_SLOTS, np.int32), np.empty((BIAS_SLOTS, 4))
    slot = slot_of(bank.bias_sensor[row], bank.bias_s[row], group.sensor)
    dt = group.t_s[i] - bank.life[row, T_S]
    mixes = bank.tags[row, HITS] > 1
    flat = var[0] > 0.0 and var[2] <= 0.0
    noise, held = var.copy(), np.zeros(3)
    loglik = 0.0
    for attempt in range(passes):
        predict_track(bank.mean[row], bank.cov[row], bank.mode[row], mixes, dt, settings, mean, cov, mode)
        _open_slot(
            bank.bias_gain[row], bank.bias_var[row], bank.bias_sensor[row], slot, group.sensor, group.site, dt,
            cov, bias_gain, bias_var, used,
        )  # fmt: skip
        if attempt == 0:
            _expansion_point(z, var, origin, rot, mean, cov, mode, point)
        if group.kind == KIND_ACOUSTIC:
            linearise_sound(point, origin, rot, value, rows)
        else:
            linearise(point, origin, rot, value, rows)
        if flat:
            _allow_for_height(point, cov, mode, var, value, noise, held)
        elif var[0] <= 0.0:
            _allow_for_range(point, origin, cov, mode, dt, var, noise, held)
        loglik, _ = update_modes(
            mean, cov, mode, bias_gain, bias_var, used, slot, z, noise, point, value, rows, held, gates
        )
        if loglik == -math.inf:
            return
        for a in range(6):
            point[a] = mode[0] * mean[0, a] + mode[1] * mean[1, a] + mode[2] * mean[2, a]
    if flat:
        for j in range(MODES):
            sigma = settings[SET_PLAIN_HEIGHT_SIGMA] * (BALLISTIC_HEIGHT_FACTOR if j == BALLISTIC else 1.0)
            height = height_of(mean[j, 0], mean[j, 1], mean[j, 2])
            anchor_height(mean[j], cov[j], held, height, settings[SET_PLAIN_HEIGHT], sigma)
    score = loglik - log_new(group.site, var)
    if bank.tags[row, STATUS] == TENTATIVE:
        score += TENTATIVE_SCORE
    elif bank.tags[row, STATUS] == COASTING:
        score += COASTING_SCORE
    if code != 0 and code == own:
        score += settings[SET_CODE_BONUS]
    trials.score[p] = score


@kernel
def _allow_for_height(
    point: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    var: NDArray[np.float64],
    value: NDArray[np.float64],
    noise: NDArray[np.float64],
    up: NDArray[np.float64],
) -> None:
    """Allow a plot without elevation for the unknown height: write the local vertical, correct range and its variance.

    Slant range curves with height: its second-order mean and variance under the height's spread (Athans, Wishner and
    Bertolini 1968) enter, so that a long track does not read a height out of that curve.
    """
    r = math.sqrt(point[0] ** 2 + point[1] ** 2 + point[2] ** 2)
    for a in range(3):
        up[a] = point[a] / r
    spread = 0.0
    for j in range(MODES):
        for a in range(3):
            for b in range(3):
                spread += mode[j] * up[a] * cov[j, a, b] * up[b]
    curve = spread * math.cos(value[2]) ** 2 / max(value[0], 1.0)
    value[0] += 0.5 * curve
    noise[0] = var[0] + 0.5 * curve * curve


@kernel
def _allow_for_range(
    point: NDArray[np.float64],
    origin: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    dt: float,
    var: NDArray[np.float64],
    noise: NDArray[np.float64],
    sight: NDArray[np.float64],
) -> None:
    """Allow angles without range for the unknown range: write the line of sight and widen the angles' variance.

    Along the line of sight nothing is learned. Motion across it turns the angle by v dt / r: what the range's spread
    makes of that turn is added, so that the speed across is not read more surely than the range allows.
    """
    r2, v2, radial = 0.0, 0.0, 0.0
    for a in range(3):
        sight[a] = point[a] - origin[a]
        r2 += sight[a] * sight[a]
    r = math.sqrt(r2)
    for a in range(3):
        sight[a] /= r
        v2 += point[a + 3] * point[a + 3]
        radial += point[a + 3] * sight[a]
    spread = 0.0
    for j in range(MODES):
        for a in range(3):
            for b in range(3):
                spread += mode[j] * sight[a] * cov[j, a, b] * sight[b]
    turn2 = spread * max(v2 - radial * radial, 0.0) * dt * dt / (r2 * r2)
    for c in range(1, 3):
        noise[c] = var[c] + turn2 if var[c] > 0.0 else 0.0


@kernel
def _open_slot(
    bias_gain: NDArray[np.float64],
    bias_var: NDArray[np.float64],
    sensors: NDArray[np.int32],
    slot: int,
    sensor: int,
    site: NDArray[np.float64],
    dt: float,
    cov: NDArray[np.float64],
    gain_out: NDArray[np.float64],
    var_out: NDArray[np.float64],
    used: NDArray[np.int32],
) -> None:
    """Write a track's predicted sensitivities with room for the sensor in `slot`.

    What a sensor that is put out knew becomes random error of every mode (cov [3, 6, 6]).
    """
    out = sensors[slot] >= 0 and sensors[slot] != sensor
    for s in range(BIAS_SLOTS):
        used[s] = sensors[s] if not out or s == slot else -1
        for c in range(4):
            var_out[s, c] = bias_var[s, c]
            for a in range(6):
                gain_out[s, a, c] = bias_gain[s, a, c]
    predict_bias_gain(gain_out, sensors, dt)
    if out:
        for j in range(MODES):
            add_bias(cov[j], gain_out, var_out, used)
        for s in range(BIAS_SLOTS):
            used[s] = sensors[s]
    for c in range(4):
        var_out[slot, c] = site[SN_BIAS_VAR + c]
        if sensors[slot] != sensor:
            for a in range(6):
                gain_out[slot, a, c] = 0.0
    used[slot] = sensor


@kernel
def _expansion_point(
    z: NDArray[np.float64],
    var: NDArray[np.float64],
    origin: NDArray[np.float64],
    rot: NDArray[np.float64],
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
    r, bearing, elevation = spherical_of(point, origin, rot)
    if var[0] > 0.0:
        r = z[0]
    if spread > var[0] + r * r * (var[1] + var[2]):
        if var[1] > 0.0:
            bearing = z[1]
        if var[2] > 0.0:
            elevation = z[2]
        position_of(r, bearing, elevation, origin, rot, point)


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
