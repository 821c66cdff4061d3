"""Where and when a picture's tracks are predicted to end: mean, covariance and time of impact.

Only what a tracker believes goes in: a state, its covariance and a notional ballistic coefficient of the class
believed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.descent import State, fly_to_ground
from skypact.kernels.flight import ground_m
from skypact.kernels.frame import destination, ecef_from_geodetic, geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.logbook import ENDS, FREE, NO_END, Logbook, open_page, slot_for
from skypact.kernels.wgs84 import MEAN_RADIUS_M

BALLISTIC = 1
REACHABLE = 2
BALLISTIC_CERTAIN = 0.95
"""Mode probability from which a track is reported by its ballistic mode alone: nothing then burns any more."""

_STEP_POS_M = 500.0
_STEP_VEL_MPS = 2.0
_STEP_LOG_BETA = 0.3
_COARSE = 3.0
_TERRAIN_PASSES = 3
_TERRAIN_NEAR_M = 10.0


class Ground(NamedTuple):
    """Heights (m) of the ground at the nodes of a grid, as `earth.terrain.Terrain` has them."""

    heights_m: NDArray[np.int16]
    lat0_deg: float
    lon0_deg: float
    step_deg: float


@kernel
def fly_to_terrain(
    start: State, inverse_beta: float, time_max_s: float, ground: Ground
) -> tuple[bool, float, float, float, float, float]:
    """As `fly_to_ground` to where the path meets the ground, with the height of the ground there.

    Height by height: the ground below the end of the flight to the last one, first to the ellipsoid. After
    `_TERRAIN_PASSES` more flights it is within some tens of metres, where the ground is less steep than the path. A
    ridge that the path crosses before, with low ground behind, is not met.
    """
    ok, x, y, z, t = fly_to_ground(start, inverse_beta, time_max_s, 1.0)
    if not ok:
        return ok, x, y, z, t, 0.0
    height = 0.0
    for _ in range(_TERRAIN_PASSES):
        lat, lon, _up = geodetic_from_ecef(x, y, z)
        found = ground_m(ground.heights_m, ground.lat0_deg, ground.lon0_deg, ground.step_deg, lat, lon)
        if abs(found - height) <= _TERRAIN_NEAR_M:
            break
        height = found
        ok, x, y, z, t = fly_to_ground(start, inverse_beta, time_max_s, 1.0, height)
        if not ok:
            break
    return ok, x, y, z, t, height


@kernel
def impact_jacobian(
    start: State,
    inverse_beta: float,
    time_max_s: float,
    lat_rad: float,
    lon_rad: float,
    out: NDArray[np.float64],
    height_m: float = 0.0,
) -> bool:
    """Fill out[3, 7]: change of impact east (m), north (m) and time (s) by state (6) and log of drag.

    Forward differences with coarse steps; the error that coarse steps make is common to all and cancels. The
    coefficient is lowered by 0.3 in its logarithm, about its spread: more drag acts more strongly than less. False
    where a neighbour does not reach the ground, at height_m. lat_rad, lon_rad: the impact of the mean.
    """
    ok, x0, y0, z0, t0 = fly_to_ground(start, inverse_beta, time_max_s, _COARSE, height_m)
    if not ok:
        return False
    sin_lat, cos_lat = math.sin(lat_rad), math.cos(lat_rad)
    sin_lon, cos_lon = math.sin(lon_rad), math.cos(lon_rad)
    for j in range(7):
        x, y, z, u, v, w = start
        drag_factor = 1.0
        step = _STEP_POS_M if j < 3 else _STEP_VEL_MPS
        if j == 0:
            x += step
        elif j == 1:
            y += step
        elif j == 2:
            z += step
        elif j == 3:
            u += step
        elif j == 4:
            v += step
        elif j == 5:
            w += step
        elif inverse_beta > 0.0:
            step = _STEP_LOG_BETA
            drag_factor = math.exp(step)
        else:
            out[:, 6] = 0.0
            continue
        ok, x1, y1, z1, t1 = fly_to_ground(
            (x, y, z, u, v, w), inverse_beta * drag_factor, time_max_s, _COARSE, height_m
        )
        if not ok:
            return False
        x1, y1, z1 = x1 - x0, y1 - y0, z1 - z0
        out[0, j] = (cos_lon * y1 - sin_lon * x1) / step
        out[1, j] = (cos_lat * z1 - sin_lat * (cos_lon * x1 + sin_lon * y1)) / step
        out[2, j] = (t1 - t0) / step
    return True


@kernel
def _fold(
    jacobian: NDArray[np.float64], cov: NDArray[np.float64], log_beta_var: float, a: int, b: int
) -> float:
    """Entry (a, b) of J C J', the ballistic coefficient's own variance included."""
    total = float(jacobian[a, 6] * jacobian[b, 6] * log_beta_var)
    for i in range(6):
        inner = 0.0
        for j in range(6):
            inner += cov[i, j] * jacobian[b, j]
        total += jacobian[a, i] * inner
    return total


@kernel
def predict_ballistic(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    inverse_beta: float,
    boost: float,
    log_beta_sigma: float,
    model_error: float,
    boost_sigma_mps: float,
    time_max_s: float,
    ground: Ground,
    point: NDArray[np.float64],
    cov_en: NDArray[np.float64],
) -> bool:
    """Fill point[6] (ECEF x, y, z, lat, lon, seconds to go) and cov_en[4] (ee, en, nn m2, time s2); False if none.

    Args:
        mean: [6] ECEF m, m/s.
        cov: [6, 6].
        inverse_beta: 1 / believed ballistic coefficient (m2/kg).
        boost: probability that the object still boosts; while it climbs, the unknown rest of the burn adds
            `boost` x `boost_sigma_mps`^2 to the variance of its speed.
        log_beta_sigma: one sigma of the logarithm of the ballistic coefficient.
        model_error: one sigma of what is left out, as a share of the remaining ground range.
        boost_sigma_mps: see `boost`.
        time_max_s: longest flight considered.
        ground: where it ends.
        point: written.
        cov_en: written.
    """
    start = (mean[0], mean[1], mean[2], mean[3], mean[4], mean[5])
    ok, x, y, z, t, height = fly_to_terrain(start, inverse_beta, time_max_s, ground)
    if not ok:
        return False
    lat, lon, _ = geodetic_from_ecef(x, y, z)
    point[0], point[1], point[2], point[3], point[4], point[5] = x, y, z, lat, lon, t
    jacobian = np.zeros((3, 7))
    if t > 0.0:
        if not impact_jacobian(start, inverse_beta, time_max_s, lat, lon, jacobian, height):
            return False
    else:
        jacobian[0, 0], jacobian[0, 1] = -math.sin(lon), math.cos(lon)
        jacobian[1, 0] = -math.sin(lat) * math.cos(lon)
        jacobian[1, 1] = -math.sin(lat) * math.sin(lon)
        jacobian[1, 2] = math.cos(lat)
    var = log_beta_sigma * log_beta_sigma
    cov_en[0] = _fold(jacobian, cov, var, 0, 0)
    cov_en[1] = _fold(jacobian, cov, var, 0, 1)
    cov_en[2] = _fold(jacobian, cov, var, 1, 1)
    cov_en[3] = _fold(jacobian, cov, var, 2, 2)
    speed = math.sqrt(mean[3] ** 2 + mean[4] ** 2 + mean[5] ** 2)
    if mean[0] * mean[3] + mean[1] * mean[4] + mean[2] * mean[5] > 0.0 and boost > 0.0 and speed > 1.0:
        along = np.zeros(3)
        for a in range(3):
            for i in range(3):
                along[a] += jacobian[a, 3 + i] * mean[3 + i] / speed
        extra = boost * boost_sigma_mps * boost_sigma_mps
        cov_en[0] += extra * along[0] * along[0]
        cov_en[1] += extra * along[0] * along[1]
        cov_en[2] += extra * along[1] * along[1]
        cov_en[3] += extra * along[2] * along[2]
    cosine = (mean[0] * x + mean[1] * y + mean[2] * z) / math.sqrt(
        (mean[0] ** 2 + mean[1] ** 2 + mean[2] ** 2) * (x * x + y * y + z * z)
    )
    rest = (model_error * MEAN_RADIUS_M * math.acos(min(1.0, cosine))) ** 2
    cov_en[0] += rest
    cov_en[2] += rest
    cov_en[3] += rest / (speed * speed + 1.0)
    return True


@kernel
def predict_course(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    horizon_s: float,
    turn_sigma_rad: float,
    speed_error: float,
    point: NDArray[np.float64],
    cov_en: NDArray[np.float64],
) -> bool:
    """Fill point[6] and cov_en[4] (as `predict_ballistic`) with where the present course leads within the horizon.

    False where the object hardly moves (below 1 m/s). The covariance is of the track's position, of a course error
    `turn_sigma_rad` times the distance flown, and of a speed error `speed_error` (a share) along it.
    """
    lat, lon, _ = geodetic_from_ecef(mean[0], mean[1], mean[2])
    sin_lat, cos_lat = math.sin(lat), math.cos(lat)
    sin_lon, cos_lon = math.sin(lon), math.cos(lon)
    east = cos_lon * mean[4] - sin_lon * mean[3]
    north = cos_lat * mean[5] - sin_lat * (cos_lon * mean[3] + sin_lon * mean[4])
    speed = math.sqrt(east * east + north * north)
    if speed < 1.0:
        return False
    distance_m = speed * horizon_s
    lat1, lon1 = destination(lat, lon, math.atan2(east, north), distance_m)
    point[0], point[1], point[2] = ecef_from_geodetic(lat1, lon1, 0.0)
    point[3], point[4], point[5] = lat1, lon1, horizon_s
    position = (cov[0, 0] + cov[1, 1] + cov[2, 2]) / 3.0
    velocity = (cov[3, 3] + cov[4, 4] + cov[5, 5]) / 3.0 * horizon_s * horizon_s
    across = (distance_m * turn_sigma_rad) ** 2
    along = (distance_m * speed_error) ** 2
    e, n = east / speed, north / speed
    cov_en[0] = position + velocity + along * e * e + across * n * n
    cov_en[1] = (along - across) * e * n
    cov_en[2] = position + velocity + along * n * n + across * e * e
    cov_en[3] = (along + position + velocity) / (speed * speed)
    return True


@kernel
def _look_up(
    book: Logbook,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    inverse_beta: float,
    boost: float,
    values: NDArray[np.float64],
    ground: Ground,
    point: NDArray[np.float64],
    packed: NDArray[np.float64],
) -> bool:
    """As `predict_ballistic`, from the book where it is there."""
    slot = slot_for(book, mean, cov, inverse_beta, boost)
    if slot >= 0 and book.state[slot] != FREE:
        point[:] = book.found[slot, :6]
        packed[:] = book.found[slot, 6:]
        return bool(book.state[slot] == ENDS)
    ends = predict_ballistic(
        mean, cov, inverse_beta, boost, values[2], values[3], values[4], values[6], ground, point, packed
    )
    if slot >= 0:
        book.state[slot] = ENDS if ends else NO_END
        book.found[slot, :6] = point
        book.found[slot, 6:] = packed
    return ends


@kernel
def predict_rows(
    now_ns: int,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    status: NDArray[np.uint8],
    class_prob: NDArray[np.float32],
    mode_prob: NDArray[np.float32],
    identity: NDArray[np.uint8],
    code: NDArray[np.uint32],
    beta_kgpm2: NDArray[np.float64],
    values: NDArray[np.float64],
    ground: Ground,
    book: Logbook,
    kind: NDArray[np.uint8],
    pos_ecef_m: NDArray[np.float64],
    lat_rad: NDArray[np.float64],
    lon_rad: NDArray[np.float64],
    cov_en_m2: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sigma_t_s: NDArray[np.float64],
) -> int:
    """The number of tracks with a predicted end; fill the columns of `model.track.Impacts`, zeros before, for those.

    Args:
        now_ns, mean, cov, status, class_prob, mode_prob, identity, code: columns of `model.track.Tracks`.
        beta_kgpm2: [7] notional ballistic coefficient by class; 0: no drag.
        values: class_min, mode_min, log_beta_sigma, model_error, boost_sigma_mps, sigma_max_m, time_max_s, horizon_s,
            turn_sigma_rad, speed_error.
        ground: where they end.
        book: flights already predicted with the same values and ground; written.
        kind, pos_ecef_m, lat_rad, lon_rad, cov_en_m2, t_ns, sigma_t_s: written.
    """
    found = 0
    point, packed = np.zeros(6), np.zeros(4)
    open_page(book, now_ns)
    for i in range(mean.shape[0]):
        if (status[i] != 2 and status[i] != 3) or code[i] != 0 or identity[i] == 1 or identity[i] == 2:
            continue
        p = class_prob[i]
        unpowered = p[0] + p[3] + p[6]
        if unpowered >= values[0] or (mode_prob[i, 2] >= values[1] and unpowered > p[4] + p[5]):
            best = 0
            if p[3] > p[best]:
                best = 3
            if p[6] > p[best] and mode_prob[i, 2] < values[1]:  # light debris falls as no ballistic mode does
                best = 6
            inverse_beta = 1.0 / beta_kgpm2[best] if beta_kgpm2[best] > 0.0 else 0.0
            boost = mode_prob[i, 1] if mode_prob[i, 2] <= BALLISTIC_CERTAIN else 0.0
            if not _look_up(book, mean[i], cov[i], inverse_beta, boost, values, ground, point, packed):
                continue
            half = 0.5 * (packed[0] - packed[2])
            largest = 0.5 * (packed[0] + packed[2]) + math.sqrt(half * half + packed[1] ** 2)
            if largest > values[5] * values[5]:
                continue
            kind[i] = BALLISTIC
        elif p[1] + p[2] >= values[0] and predict_course(
            mean[i], cov[i], values[7], values[8], values[9], point, packed
        ):
            kind[i] = REACHABLE
        else:
            continue
        pos_ecef_m[i] = point[:3]
        lat_rad[i], lon_rad[i] = point[3], point[4]
        cov_en_m2[i, 0, 0], cov_en_m2[i, 1, 1] = packed[0], packed[2]
        cov_en_m2[i, 0, 1], cov_en_m2[i, 1, 0] = packed[1], packed[1]
        t_ns[i] = now_ns + int(round(point[5] * 1e9))
        sigma_t_s[i] = math.sqrt(max(packed[3], 0.0))
        found += 1
    return found
