"""Which alerts the tracks and received warnings of one instant raise or clear."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.reach import course_probability, impact_probability
from skypact.kernels.wgs84 import A_M

_LEAST = 1e-3
"""A chance below this is left out: the lowest rung is 0.02."""


@kernel
def _same_object(
    lat1: float,
    lon1: float,
    c1: NDArray[np.float64],
    t1_ns: int,
    s1: float,
    lat2: float,
    lon2: float,
    c2: NDArray[np.float64],
    t2_ns: int,
    s2: float,
    values: NDArray[np.float64],
) -> bool:
    """Whether two predicted impacts (rad, [2, 2] m2, ns, s) agree in place and time within the gate of `values`."""
    sigma, floor_m, floor_s = values[6], values[7], values[8]
    dt = (t1_ns - t2_ns) * 1e-9
    if dt * dt > sigma * sigma * (s1 * s1 + s2 * s2 + floor_s * floor_s):
        return False
    north = (lat1 - lat2) * A_M
    east = (lon1 - lon2) * A_M * math.cos(0.5 * (lat1 + lat2))
    ee = c1[0, 0] + c2[0, 0] + floor_m * floor_m
    en = c1[0, 1] + c2[0, 1]
    nn = c1[1, 1] + c2[1, 1] + floor_m * floor_m
    distance = nn * east * east - 2.0 * en * east * north + ee * north * north
    return bool(distance <= sigma * sigma * (ee * nn - en * en))


@kernel
def track_chances(
    now_ns: int,
    rows: NDArray[np.int32],
    place_lat_rad: NDArray[np.float64],
    place_lon_rad: NDArray[np.float64],
    place_ecef_m: NDArray[np.float64],
    place_radius_m: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    status: NDArray[np.uint8],
    class_prob: NDArray[np.float32],
    identity: NDArray[np.uint8],
    kind: NDArray[np.uint8],
    lat_rad: NDArray[np.float64],
    lon_rad: NDArray[np.float64],
    cov_en_m2: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    values: NDArray[np.float64],
    item: NDArray[np.int32],
    chance: NDArray[np.float64],
    arrival_ns: NDArray[np.int64],
) -> int:
    """The number of tracks that may reach a place of `rows`; for each fill item, chance[, rows], arrival_ns[, rows].

    Only confirmed and coasting tracks whose identity is not civil or friend. `values` as
    `warn.settings.alert_array`; the rest are columns of PlaceTable, Tracks and Impacts.
    """
    count = 0
    for i in range(mean.shape[0]):
        if kind[i] == 0 or (status[i] != 2 and status[i] != 3) or identity[i] == 1 or identity[i] == 2:
            continue
        p = class_prob[i]
        hostile = float(p[0] + p[3]) if kind[i] == 1 else float(p[1] + p[2])
        if hostile < _LEAST:
            continue
        largest = 0.0
        for j in range(rows.shape[0]):
            place = rows[j]
            radius_m = place_radius_m[place] + values[0]
            if kind[i] == 1:
                x = impact_probability(
                    lat_rad[i],
                    lon_rad[i],
                    cov_en_m2[i, 0, 0],
                    cov_en_m2[i, 0, 1],
                    cov_en_m2[i, 1, 1],
                    place_lat_rad[place],
                    place_lon_rad[place],
                    radius_m,
                )
                arrival_ns[count, j] = t_ns[i]
            else:
                x, to_go_s = course_probability(
                    mean[i], cov[i], place_ecef_m[place], radius_m, values[1], values[2], values[3]
                )
                arrival_ns[count, j] = now_ns + int(min(to_go_s, 1e6) * 1e9)
            chance[count, j] = hostile * x
            largest = max(largest, chance[count, j])
        if largest >= _LEAST:
            item[count] = i
            count += 1
    return count


@kernel
def warning_chances(
    now_ns: int,
    rows: NDArray[np.int32],
    place_lat_rad: NDArray[np.float64],
    place_lon_rad: NDArray[np.float64],
    place_radius_m: NDArray[np.float64],
    kind: NDArray[np.uint8],
    lat_rad: NDArray[np.float64],
    lon_rad: NDArray[np.float64],
    cov_en_m2: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sigma_t_s: NDArray[np.float64],
    sender: NDArray[np.uint8],
    w_class_prob: NDArray[np.float32],
    w_lat_rad: NDArray[np.float64],
    w_lon_rad: NDArray[np.float64],
    w_cov_en_m2: NDArray[np.float64],
    w_t_ns: NDArray[np.int64],
    w_sigma_t_s: NDArray[np.float64],
    values: NDArray[np.float64],
    count: int,
    item: NDArray[np.int32],
    chance: NDArray[np.float64],
    arrival_ns: NDArray[np.int64],
) -> int:
    """The number of items after received warnings have joined the `count` tracks; a warning's item is -1 - its row.

    A warning that agrees in place and time with an item already there only raises its chance to the larger of the
    two; two warnings of one sender are two objects. Arrivals that have passed are left out. `kind` .. `sigma_t_s`
    are the own impacts, `w_` the warnings.
    """
    taken_by = np.zeros(item.shape[0], np.int64)  # a bit per nation that has warned of the item
    fresh = np.empty(rows.shape[0])
    for i in range(sender.shape[0]):
        if w_t_ns[i] + int((values[5] + 3.0 * w_sigma_t_s[i]) * 1e9) < now_ns:
            continue
        bit = np.int64(1) << np.int64(sender[i])
        largest = 0.0
        for j in range(rows.shape[0]):
            place = rows[j]
            fresh[j] = w_class_prob[i] * impact_probability(
                w_lat_rad[i],
                w_lon_rad[i],
                w_cov_en_m2[i, 0, 0],
                w_cov_en_m2[i, 0, 1],
                w_cov_en_m2[i, 1, 1],
                place_lat_rad[place],
                place_lon_rad[place],
                place_radius_m[place] + values[0],
            )
            largest = max(largest, fresh[j])
        if largest < _LEAST:
            continue
        match = -1
        for m in range(count):
            if taken_by[m] & bit:
                continue
            k = item[m]
            if k >= 0:
                same = kind[k] == 1 and _same_object(
                    lat_rad[k],
                    lon_rad[k],
                    cov_en_m2[k],
                    t_ns[k],
                    sigma_t_s[k],
                    w_lat_rad[i],
                    w_lon_rad[i],
                    w_cov_en_m2[i],
                    w_t_ns[i],
                    w_sigma_t_s[i],
                    values,
                )
            else:
                o = -1 - k
                same = _same_object(
                    w_lat_rad[o],
                    w_lon_rad[o],
                    w_cov_en_m2[o],
                    w_t_ns[o],
                    w_sigma_t_s[o],
                    w_lat_rad[i],
                    w_lon_rad[i],
                    w_cov_en_m2[i],
                    w_t_ns[i],
                    w_sigma_t_s[i],
                    values,
                )
            if same:
                match = m
                break
        if match < 0:
            match = count
            item[match] = -1 - i
            chance[match, :] = 0.0
            arrival_ns[match, :] = w_t_ns[i]
            count += 1
        taken_by[match] |= bit
        for j in range(rows.shape[0]):
            chance[match, j] = max(chance[match, j], fresh[j])
    return count


@kernel
def _out_of_date(
    now_ns: int,
    p: float,
    arrival_ns: int,
    told_ns: NDArray[np.int64],
    told_p: float,
    values: NDArray[np.float64],
) -> bool:
    """Whether an arrival or a probability has moved by values[9] seconds or values[10], values[11] seconds after."""
    if now_ns - told_ns[0] < int(values[11] * 1e9):
        return False
    moved_s = abs(arrival_ns - told_ns[1]) * 1e-9
    return bool(moved_s >= values[9] or abs(p - told_p) >= values[10])


@kernel
def update_rungs(
    now_ns: int,
    rows: NDArray[np.int32],
    rungs: NDArray[np.float64],
    values: NDArray[np.float64],
    count: int,
    item: NDArray[np.int32],
    chance: NDArray[np.float64],
    arrival_ns: NDArray[np.int64],
    in_force: NDArray[np.uint8],
    low_since_ns: NDArray[np.int64],
    expected_ns: NDArray[np.int64],
    probability: NDArray[np.float64],
    public: int,
    told_ns: NDArray[np.int64],
    told_p: NDArray[np.float64],
    event: NDArray[np.int64],
    event_p: NDArray[np.float64],
) -> int:
    """The number of events; fill event[e] = (place, rung, change, item, arrival_ns) and event_p, and the alert state.

    A rung is raised (change 1) when p = 1 - prod(1 - p_i) reaches it. It is cleared (0) when p has stayed below half of
    it for values[4] seconds, or is below half of it values[5] seconds after the last predicted arrival. The rung
    `public` is updated (2) while p is above half of it, where what was told last is out of date (`_out_of_date`). The
    item is that with the largest chance; its arrival is reported. `in_force`, `low_since_ns` (-1: not low) and
    `expected_ns` are [places, rungs], `probability` [places]; told_ns[places, 2] (when, arrival) and told_p[places] are
    what was told last at `public`.
    """
    events = 0
    clear_ns = int(values[4] * 1e9)
    past_ns = int(values[5] * 1e9)
    for j in range(rows.shape[0]):
        place = rows[j]
        none = 1.0
        top = -1
        last_ns = 0
        for m in range(count):
            x = chance[m, j]
            if x < _LEAST:
                continue
            none *= 1.0 - x
            last_ns = max(last_ns, arrival_ns[m, j])
            if top < 0 or x > chance[top, j]:
                top = m
        p = 1.0 - none
        probability[place] = p
        for k in range(rungs.shape[0]):
            if in_force[place, k] == 0:
                if p < rungs[k]:
                    continue
                in_force[place, k] = 1
                low_since_ns[place, k] = -1
                expected_ns[place, k] = last_ns
                event[events, 2] = 1
            elif p >= 0.5 * rungs[k]:
                low_since_ns[place, k] = -1
                expected_ns[place, k] = max(expected_ns[place, k], last_ns)
                if k != public or not _out_of_date(
                    now_ns, p, arrival_ns[top, j], told_ns[place], told_p[place], values
                ):
                    continue
                event[events, 2] = 2
            if p >= 0.5 * rungs[k]:
                if k == public:
                    told_ns[place, 0], told_ns[place, 1] = now_ns, arrival_ns[top, j]
                    told_p[place] = p
                event[events, 0] = place
                event[events, 1] = k
                event[events, 3] = item[top]
                event[events, 4] = arrival_ns[top, j]
                event_p[events] = p
                events += 1
                continue
            if low_since_ns[place, k] < 0:
                low_since_ns[place, k] = now_ns
            if now_ns - low_since_ns[place, k] >= clear_ns or now_ns > expected_ns[place, k] + past_ns:
                in_force[place, k] = 0
                event[events, 0] = place
                event[events, 1] = k
                event[events, 2] = 0
                event[events, 3] = -(2**62)
                event[events, 4] = 0
                event_p[events] = p
                events += 1
    return events
