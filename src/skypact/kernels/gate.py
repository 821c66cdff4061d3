"""Which tracks a group of detections may be of: a coarse gate that leaves out no pair which scores."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import (
    ACTIVE,
    BOOSTS,
    G_BOOSTS,
    G_REACH,
    G_REACH_MPS,
    G_T_S,
    HITS,
    KIND_ACOUSTIC,
    REACH,
    ROWS,
    SET_BOOST,
    SET_BOOST_GROWTH,
    SET_BOOST_HOLD,
    SET_BOOST_SHARE,
    SET_LATE_MAX,
    SET_Q_MANOEUVRE,
    SN_DELAY,
    SN_RANGE_MAX,
    T_S,
    BankArrays,
    Scratch,
)
from skypact.kernels.group import COARSE_SIGMAS, COUNT, KIND, Group
from skypact.kernels.jit import bare
from skypact.kernels.motion import BURN_S, speed_gains
from skypact.kernels.multitarget.inline import inlined
from skypact.kernels.sound import SPEED_OF_SOUND_MPS

FAR_M = 1e9
SLACK_M = 1e-3
"""How much farther than every object the quick look goes for a boost, and than the gate itself for rounding."""


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


@bare
def coarse_pairs(
    bank: BankArrays,
    group: Group,
    settings: NDArray[np.float64],
    scratch: Scratch,
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
) -> tuple[int, int]:
    """Write pairs that are not plainly apart; the numbers of those with tracks of one hit and with all others.

    The others come first, by age of track and then detection; those of one hit lie at the end, backwards.
    """
    n = int(group.head[COUNT])
    count, singles, last = 0, 0, pair_det.size - 1
    sight = group.sight
    up = group.rot[2]
    ox, oy, oz = group.origin[0], group.origin[1], group.origin[2]
    waiting = 0
    for i in range(n):
        if not group.taken[i]:
            waiting += 1
    if waiting == 0:
        return 0, 0
    q = settings[SET_Q_MANOEUVRE] / 3.0
    late_max = settings[SET_LATE_MAX] + group.site[SN_DELAY]
    sound = group.head[KIND] == KIND_ACOUSTIC
    range_max = group.site[SN_RANGE_MAX]
    _mark_near(bank, group, q, scratch.reach, scratch.near)
    for a in range(bank.counts[ACTIVE]):
        row = int(bank.lists[0, a])
        if not scratch.near[row]:
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
                if bank.tags[row, HITS] == 1:
                    at = last - singles
                    singles += 1
                else:
                    at = count
                    count += 1
                pair_det[at] = i
                pair_row[at] = row
    return singles, count


@bare
def _mark_near(
    bank: BankArrays, group: Group, q: float, reach: NDArray[np.float64], near: NDArray[np.bool_]
) -> None:
    """Mark the rows that may be near some detection: all but what the gate's own tests of distance would leave out.

    Loops that look at all rows alike, without a branch, are compiled to look at several at once; what most of them
    leave out is not looked at again. Here a boost reaches everywhere and every test is `SLACK_M` wider.
    """
    rows, n = bank.counts[ROWS], int(group.head[COUNT])
    first_s, last_s = group.t_s[0], group.t_s[n - 1]
    t, pos, vel, boosts = bank.gate[G_T_S], bank.gate[G_REACH], bank.gate[G_REACH_MPS], bank.gate[G_BOOSTS]
    everywhere = group.head[KIND] == KIND_ACOUSTIC
    for i in range(n):
        everywhere = everywhere or group.var[i, 0] <= 0.0
    for r in range(rows):
        dt = max(abs(first_s - t[r]), abs(last_s - t[r]))
        spread = pos[r] + dt * vel[r] + math.sqrt(q * dt * dt * dt)
        reach[r] = 5.0 * dt * dt + COARSE_SIGMAS * spread + FAR_M * boosts[r] + SLACK_M
        near[r] = everywhere
    for i in range(n):
        if group.taken[i] or everywhere:
            continue
        if group.var[i, 2] > 0.0:
            _mark_about(bank.gate, rows, group.t_s[i], group.origin, group.sight[i], reach, near)
        else:
            _mark_ring(
                bank.gate, rows, group.t_s[i], group.origin, group.z[i, 0], group.sight[i, 3], reach, near
            )


@bare
def _mark_about(
    gate: NDArray[np.float64],
    rows: int,
    t_s: float,
    origin: NDArray[np.float64],
    sight: NDArray[np.float64],
    reach: NDArray[np.float64],
    near: NDArray[np.bool_],
) -> None:
    """Mark the rows within reach of a full plot."""
    t, x, y, z, vx, vy, vz = gate[G_T_S], gate[0], gate[1], gate[2], gate[3], gate[4], gate[5]
    sx, sy, sz, error = origin[0] + sight[0], origin[1] + sight[1], origin[2] + sight[2], sight[3]
    for r in range(rows):
        ahead = t_s - t[r]
        dx, dy, dz = x[r] - sx + ahead * vx[r], y[r] - sy + ahead * vy[r], z[r] - sz + ahead * vz[r]
        far = reach[r] + error
        near[r] = near[r] | (dx * dx + dy * dy + dz * dz < far * far)


@bare
def _mark_ring(
    gate: NDArray[np.float64],
    rows: int,
    t_s: float,
    origin: NDArray[np.float64],
    range_m: float,
    error: float,
    reach: NDArray[np.float64],
    near: NDArray[np.bool_],
) -> None:
    """Mark the rows whose range is within reach of a measured one."""
    t, x, y, z, vx, vy, vz = gate[G_T_S], gate[0], gate[1], gate[2], gate[3], gate[4], gate[5]
    ox, oy, oz = origin[0], origin[1], origin[2]
    for r in range(rows):
        ahead = t_s - t[r]
        dx, dy, dz = x[r] - ox + ahead * vx[r], y[r] - oy + ahead * vy[r], z[r] - oz + ahead * vz[r]
        gap = math.sqrt(dx * dx + dy * dy + dz * dz) - range_m
        near[r] = near[r] | (abs(gap) <= reach[r] + error)


@bare
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
