"""Which of one sensor's detections belong to which tracks: coarse gate, likelihoods, global nearest neighbour.

A pair is scored by trying it (kernels.trial); it is made only where that explains the detection better than a new
object or a false plot. Scores of detections that compete for tracks are maximised together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.assignment import assign_rows
from skypact.kernels.bank import (
    ACTIVE,
    BOOSTS,
    HITS,
    KIND_ACOUSTIC,
    REACH,
    SET_BOOST,
    SET_BOOST_GROWTH,
    SET_BOOST_HOLD,
    SET_BOOST_SHARE,
    SET_LATE_MAX,
    SET_Q_MANOEUVRE,
    SN_BIAS_VAR,
    SN_DELAY,
    SN_RANGE_MAX,
    T_S,
    BankArrays,
)
from skypact.kernels.jit import kernel
from skypact.kernels.measurement import position_of
from skypact.kernels.motion import BURN_S, speed_gains
from skypact.kernels.multitarget.inline import inlined
from skypact.kernels.sound import SPEED_OF_SOUND_MPS
from skypact.kernels.trial import Group

COARSE_SIGMAS = 4.4


@inlined
def boost_reach(
    speed: float, sigma_mps: float, dt_s: float, along: float, growth_ps: float, share: float, hold_s: float
) -> float:
    """How much farther than at constant velocity a boost takes its object (m), with `COARSE_SIGMAS` of its spread.

    A bound on the moments of `predict_manoeuvre`: the push itself, what it makes of an error of velocity (sigma_mps)
    by growing with the speed and by turning with the direction, and the noise of its size, at whatever chance of
    boosting; after `BURN_S` at the velocity then reached.
    """
    burn = min(dt_s, BURN_S)
    gain, path = speed_gains(growth_ps, burn)
    path += (dt_s - burn) * gain
    whole = speed + math.sqrt(3.0) * sigma_mps
    turns = growth_ps * sigma_mps + along * min(1.0, sigma_mps / (speed + 1e-9))
    late = 1.0 + growth_ps * gain
    density = (
        hold_s * (along + growth_ps * whole) ** 2 * (0.25 * (1.0 + share * share) ** 2 + share * share / 9.0)
    )
    noise = math.sqrt(density * burn) * late * (burn / math.sqrt(3.0) + dt_s - burn)
    return (along + growth_ps * speed) * path + COARSE_SIGMAS * (turns * path + noise)


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
    late_max = settings[SET_LATE_MAX] + group.site[SN_DELAY]
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
        # No mode that matters is farther from the mixture than its reach, by which most tracks are told at once.
        if bank.life[row, BOOSTS] > 0.0:
            radius += boost_reach(
                math.sqrt(vx * vx + vy * vy + vz * vz),
                bank.life[row, REACH + 1],
                dt,
                settings[SET_BOOST],
                settings[SET_BOOST_GROWTH],
                settings[SET_BOOST_SHARE],
                settings[SET_BOOST_HOLD],
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
                near = _on_sight(
                    r2, along, height, group.var[i, 2] > 0.0, measured, range_max, radius, sight[i]
                )
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
    """Whether an offset (squared length, parts along sight and upwards) may be that of a plot in parts."""
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
