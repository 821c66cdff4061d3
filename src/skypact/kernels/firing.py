"""Which shots are feasible: candidates, what they threaten, and the earliest intercept in reach, altitude and time.

An interceptor is reach, time of flight, reaction time, chance to kill and magazine, and nothing else.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.descent import flight_step, height_above_ellipsoid
from skypact.kernels.envelope import first_intercept
from skypact.kernels.jit import kernel
from skypact.kernels.random import ASSESSMENT, SHOT, uniform
from skypact.kernels.reach import course_probability, impact_probability
from skypact.kernels.wgs84 import B_M, E2

_HIGH_M = 100_000.0
_LOW_M = 30_000.0


@kernel
def candidate_rows(
    status: NDArray[np.uint8],
    firm: NDArray[np.uint8],
    local: NDArray[np.uint8],
    identity: NDArray[np.uint8],
    code: NDArray[np.uint32],
    class_prob: NDArray[np.float32],
    kind: NDArray[np.uint8],
    barred: NDArray[np.bool_],
    hostile_min: float,
    remote: bool,
    out: NDArray[np.int32],
) -> int:
    """The number of tracks that may be engaged at all, their rows in `out`.

    Confirmed, firm, held by own sensors (or remote shots are on), not barred, with a predicted end, hostile classes
    together at least `hostile_min`; never one that shows a transponder code or is identified as civil or friend.
    """
    count = 0
    for i in range(status.shape[0]):
        if kind[i] == 0 or firm[i] == 0 or status[i] != 2:
            continue
        if code[i] != 0 or identity[i] == 1 or identity[i] == 2:
            continue
        if (local[i] == 0 and not remote) or (barred.shape[0] > 0 and barred[i]):
            continue
        p = class_prob[i]
        # float32 sums: 0.8 in them may be a little less than the float64 threshold
        if float(p[0] + p[1] + p[2] + p[3]) < hostile_min - 1e-6:
            continue
        out[count] = i
        count += 1
    return count


@kernel
def stakes(
    rows: NDArray[np.int32],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    kind: NDArray[np.uint8],
    lat_rad: NDArray[np.float64],
    lon_rad: NDArray[np.float64],
    cov_en_m2: NDArray[np.float64],
    place_nation: NDArray[np.int8],
    place_lat_rad: NDArray[np.float64],
    place_lon_rad: NDArray[np.float64],
    place_ecef_m: NDArray[np.float64],
    place_radius_m: NDArray[np.float64],
    place_value: NDArray[np.float64],
    defended: NDArray[np.bool_],
    mine: NDArray[np.int32],
    defends: NDArray[np.bool_],
    values: NDArray[np.float64],
    reach: NDArray[np.float64],
    stake: NDArray[np.float64],
) -> None:
    """Fill reach[m, b] (chance that a place is hit) and stake[m, b] (expected value lost) by candidate and battery.

    Only places marked as defended, of nations that the battery defends, count; `reach` is the chance that any of them
    is hit, `stake` the sum of chance times value. `values`: margin_m, horizon_s, turn_sigma_rad, speed_error.
    """
    for a in range(rows.shape[0]):
        i = rows[a]
        for b in range(mine.shape[0]):
            reach[a, b] = 0.0
            stake[a, b] = 0.0
        for q in range(place_nation.shape[0]):
            if not defended[q]:
                continue
            wanted = False
            for b in range(mine.shape[0]):
                wanted = wanted or defends[mine[b], place_nation[q]]
            if not wanted:
                continue
            radius_m = place_radius_m[q] + values[0]
            if kind[i] == 1:
                x = impact_probability(
                    lat_rad[i],
                    lon_rad[i],
                    cov_en_m2[i, 0, 0],
                    cov_en_m2[i, 0, 1],
                    cov_en_m2[i, 1, 1],
                    place_lat_rad[q],
                    place_lon_rad[q],
                    radius_m,
                )
            else:
                x, _ = course_probability(
                    mean[i], cov[i], place_ecef_m[q], radius_m, values[1], values[2], values[3]
                )
            if x <= 0.0:
                continue
            for b in range(mine.shape[0]):
                if defends[mine[b], place_nation[q]]:
                    reach[a, b] = 1.0 - (1.0 - reach[a, b]) * (1.0 - x)
                    stake[a, b] += x * place_value[q]


@kernel
def ballistic_path(
    mean: NDArray[np.float64], inverse_beta: float, horizon_s: float, path: NDArray[np.float64]
) -> int:
    """The number of samples written to path[:, 5] (t_s from now, ECEF x, y, z m, height m) of an unpowered flight.

    Every 1 s below 30 km, 2 s below 100 km, 4 s above, until the ground, the horizon or the end of `path`.
    """
    s = (mean[0], mean[1], mean[2], mean[3], mean[4], mean[5])
    t = 0.0
    n = 0
    while n < path.shape[0] and t <= horizon_s:
        height_m = height_above_ellipsoid(s[0], s[1], s[2])
        if height_m < 0.0:
            break
        path[n, 0], path[n, 1], path[n, 2], path[n, 3], path[n, 4] = t, s[0], s[1], s[2], height_m
        n += 1
        step = 4.0 if height_m > _HIGH_M else (2.0 if height_m > _LOW_M else 1.0)
        s = flight_step(s, step, inverse_beta)
        t += step
    return n


@kernel
def level_path(mean: NDArray[np.float64], step_s: float, horizon_s: float, path: NDArray[np.float64]) -> int:
    """The number of samples written to path[:, 5], as `ballistic_path`: present course and speed at present height."""
    r = math.sqrt(mean[0] ** 2 + mean[1] ** 2 + mean[2] ** 2)
    ux, uy, uz = mean[0] / r, mean[1] / r, mean[2] / r
    climb = mean[3] * ux + mean[4] * uy + mean[5] * uz
    vx, vy, vz = mean[3] - climb * ux, mean[4] - climb * uy, mean[5] - climb * uz
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    if speed > 0.0:
        vx, vy, vz = vx / speed, vy / speed, vz / speed
    height_m = height_above_ellipsoid(mean[0], mean[1], mean[2])
    n = 0
    while n < path.shape[0] and n * step_s <= horizon_s:
        t = n * step_s
        angle = speed * t / r
        c, s = math.cos(angle), math.sin(angle)
        x, y, z = c * ux + s * vx, c * uy + s * vy, c * uz + s * vz
        k = B_M / math.sqrt(1.0 - E2 * (x * x + y * y)) + height_m
        path[n, 0], path[n, 1], path[n, 2], path[n, 3], path[n, 4] = t, k * x, k * y, k * z, height_m
        n += 1
    return n


@kernel
def intercepts(
    rows: NDArray[np.int32],
    mean: NDArray[np.float64],
    kind: NDArray[np.uint8],
    believed: NDArray[np.uint8],
    beta_kgpm2: NDArray[np.float64],
    able: NDArray[np.bool_],
    free: NDArray[np.bool_],
    mine: NDArray[np.int32],
    site_ecef_m: NDArray[np.float64],
    envelope_m: NDArray[np.float64],
    flight: NDArray[np.float64],
    sector: NDArray[np.float64],
    ceiling_m: NDArray[np.float64],
    reaction_s: NDArray[np.float64],
    dwell_s: NDArray[np.float64],
    values: NDArray[np.float64],
    when_s: NDArray[np.float64],
    start_s: NDArray[np.float64],
    aim_m: NDArray[np.float64],
    again: NDArray[np.bool_],
) -> int:
    """The number of (candidate, battery) pairs whose shot is due; fill when_s, start_s, again [m, b], aim_m [m, b, 3].

    `when_s` is the earliest intercept in seconds from now, infinite where there is none or its shot need not start
    within `commit_s` of the battery's reaction time; `start_s` is when that shot starts, `aim_m` the predicted place
    of the object there (ECEF, m), `again` whether any of the batteries could meet the object once more with a shot
    decided `look_s` after that intercept. An object is sampled once and every battery is tried along the samples.

    Args:
        rows, mean, kind, believed: tracks to look at [m]; columns of the picture; the class of each of `rows` [m].
        beta_kgpm2: [7] notional ballistic coefficient by class; 0: no drag.
        able, free: [m, b] pairs worth looking at; [b] batteries with a free channel now.
        mine: rows of the battery table, whose columns are those that follow.
        site_ecef_m, envelope_m, flight, sector, reaction_s, dwell_s: as in model.network.BatteryTable.
        ceiling_m: [batteries] height above which clouds keep each from shooting.
        values: ballistic horizon_s, level horizon_s, look_s, commit_s, excess_1pm (`first_intercept`).
        when_s, start_s, aim_m, again: written.
    """
    found = 0
    path = np.empty((1024, 5))
    for a in range(rows.shape[0]):
        wanted = False
        for b in range(mine.shape[0]):
            when_s[a, b] = math.inf
            again[a, b] = False
            wanted = wanted or (able[a, b] and free[b])
        if not wanted:
            continue
        i = rows[a]
        if kind[i] == 1:
            beta = beta_kgpm2[believed[a]]
            samples = ballistic_path(mean[i], 1.0 / beta if beta > 0.0 else 0.0, values[0], path)
        else:
            samples = level_path(mean[i], 2.0, values[1], path)
        for b in range(mine.shape[0]):
            if not (able[a, b] and free[b]):
                continue
            q = mine[b]
            k, takes_s = first_intercept(
                path,
                samples,
                site_ecef_m[q],
                envelope_m[q],
                flight[q],
                sector[q],
                ceiling_m[q],
                dwell_s[q],
                values[4],
                reaction_s[q],
            )
            if k < 0 or path[k, 0] - takes_s > reaction_s[q] + values[3]:
                continue
            when_s[a, b] = path[k, 0]
            start_s[a, b] = path[k, 0] - takes_s
            for c in range(3):
                aim_m[a, b, c] = path[k, 1 + c]
            found += 1
            for other in range(mine.shape[0]):
                if not able[a, other]:
                    continue
                q = mine[other]
                k, _ = first_intercept(
                    path,
                    samples,
                    site_ecef_m[q],
                    envelope_m[q],
                    flight[q],
                    sector[q],
                    ceiling_m[q],
                    dwell_s[q],
                    values[4],
                    when_s[a, b] + values[2] + reaction_s[q],
                )
                if k >= 0:
                    again[a, b] = True
                    break
    return found


@kernel
def salvo_kill_chance(kill: float, common: float, handover: float, rounds: int) -> float:
    """The chance that a salvo kills: common x (1 - (1 - handover x kill)^rounds).

    Rounds are independent given that nothing common to the salvo fails (Wilkening, Science and Global Security 8,
    1999, eq. for K with P_track the common factor).

    Args:
        kill: single-shot chance.
        common: chance that nothing common to the salvo fails.
        handover: factor from the quality of the track, 0..1.
        rounds: in the salvo.
    """
    return common * (1.0 - (1.0 - min(1.0, max(0.0, kill * handover))) ** rounds)


@kernel
def resolve_rows(
    battery: NDArray[np.int32],
    rounds: NDArray[np.int32],
    common: NDArray[np.float64],
    handover: NDArray[np.float64],
    kill: NDArray[np.float64],
    object_row: NDArray[np.int32],
    object_key: NDArray[np.uint32],
    object_class: NDArray[np.uint8],
    alive: NDArray[np.bool_],
    held: NDArray[np.bool_],
    ordinal: NDArray[np.int32],
    false_kill: float,
    missed_kill: float,
    k0: np.uint32,
    k1: np.uint32,
    outcome: NDArray[np.uint8],
    assessment: NDArray[np.uint8],
) -> None:
    """Fill outcome[k] (model.codes.Outcome) and assessment[k] (model.codes.Assessment) of shots that are due.

    Drawn by (SHOT or ASSESSMENT, battery, object's key, ordinal of that battery's shots at it). A civil or friendly
    object at the aim point is hit with the chance against a cruise missile where the battery states none for it.
    `kill` is [batteries, classes]; object_row -1: nothing is there.
    """
    for i in range(battery.shape[0]):
        a = np.uint32(battery[i])
        c = np.uint32(ordinal[i])
        dead = False
        if object_row[i] < 0:
            outcome[i] = 2
        elif not alive[i]:
            outcome[i] = 3
            dead = True
        else:
            chance = kill[battery[i], object_class[i]]
            if chance <= 0.0 and (object_class[i] == 4 or object_class[i] == 5):
                chance = kill[battery[i], 1]
            dead = uniform(k0, k1, SHOT, a, object_key[i], c) < salvo_kill_chance(
                chance, common[i], handover[i], rounds[i]
            )
            outcome[i] = 1 if dead else 0
        if not held[i]:
            assessment[i] = 0
            continue
        u = uniform(k0, k1, ASSESSMENT, a, object_key[i], c)
        if dead:
            assessment[i] = 1 if u < missed_kill else 2
        else:
            assessment[i] = 2 if u < false_kill else 1
