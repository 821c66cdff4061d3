"""Which launches, seen or told of, may reach a place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import A_M, MEAN_RADIUS_M

NOBODY = -1


@kernel
def _offset(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[float, float]:
    """East and north (m) of the first point from the second (rad), on a sphere's tangent plane between them."""
    difference = lon1 - lon2
    if difference > math.pi:
        difference -= 2.0 * math.pi
    elif difference < -math.pi:
        difference += 2.0 * math.pi
    return difference * math.cos(0.5 * (lat1 + lat2)) * A_M, (lat1 - lat2) * A_M


@kernel
def ellipse_meets(
    lat_rad: float,
    lon_rad: float,
    cov_en_m2: NDArray[np.float64],
    place_lat_rad: float,
    place_lon_rad: float,
    radius_m: float,
    sigma: float,
) -> bool:
    """Whether a disc of a place (rad, m) lies within `sigma` of a predicted impact (rad, [2, 2] m2).

    The disc counts as an error of its own: the square of the radius is added to the covariance.
    """
    east, north = _offset(lat_rad, lon_rad, place_lat_rad, place_lon_rad)
    ee = cov_en_m2[0, 0] + radius_m * radius_m
    en = cov_en_m2[0, 1]
    nn = cov_en_m2[1, 1] + radius_m * radius_m
    distance = nn * east * east - 2.0 * en * east * north + ee * north * north
    return bool(distance <= sigma * sigma * (ee * nn - en * en))


@kernel
def seen_launches(
    place_lat_rad: NDArray[np.float64],
    place_lon_rad: NDArray[np.float64],
    place_radius_m: NDArray[np.float64],
    place_nation: NDArray[np.int8],
    mean: NDArray[np.float64],
    status: NDArray[np.uint8],
    class_prob: NDArray[np.float32],
    identity: NDArray[np.uint8],
    kind: NDArray[np.uint8],
    lat_rad: NDArray[np.float64],
    lon_rad: NDArray[np.float64],
    cov_en_m2: NDArray[np.float64],
    values: NDArray[np.float64],
    row: NDArray[np.int64],
) -> int:
    """The number of launches; fill row[N] with the likeliest track that may reach a place of each nation, or -1.

    A launch is a confirmed or coasting track, not civil or friend, whose probability of missile and rocket is at least
    values[0]. With a predicted impact it reaches what `ellipse_meets`; before, what lies within the greatest range of
    its likelier class (values[3], values[4]) of the ground below it. `values` as `warn.settings.prealert_array`.
    """
    row[:] = NOBODY
    count = 0
    for i in range(mean.shape[0]):
        p = class_prob[i, 0] + class_prob[i, 3]
        if p < values[0] or (status[i] != 2 and status[i] != 3) or identity[i] == 1 or identity[i] == 2:
            continue
        count += 1
        lat, lon, _ = geodetic_from_ecef(mean[i, 0], mean[i, 1], mean[i, 2])
        reach_m = values[4] if class_prob[i, 3] > class_prob[i, 0] else values[3]
        for place in range(place_lat_rad.shape[0]):
            nation = place_nation[place]
            best = row[nation]
            if best >= 0 and class_prob[best, 0] + class_prob[best, 3] >= p:
                continue
            radius_m = place_radius_m[place] + values[2]
            if kind[i] == 1:
                near = ellipse_meets(
                    lat_rad[i],
                    lon_rad[i],
                    cov_en_m2[i],
                    place_lat_rad[place],
                    place_lon_rad[place],
                    radius_m,
                    values[1],
                )
            else:
                half_lat = math.sin(0.5 * (lat - place_lat_rad[place]))
                half_lon = math.sin(0.5 * (lon - place_lon_rad[place]))
                chord2 = half_lat**2 + math.cos(lat) * math.cos(place_lat_rad[place]) * half_lon**2
                near = 2.0 * MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(chord2))) <= reach_m + radius_m
            if near:
                row[nation] = i
    return count


@kernel
def told_launch(
    now_ns: int,
    rows: NDArray[np.int32],
    place_lat_rad: NDArray[np.float64],
    place_lon_rad: NDArray[np.float64],
    place_radius_m: NDArray[np.float64],
    class_prob: NDArray[np.float32],
    lat_rad: NDArray[np.float64],
    lon_rad: NDArray[np.float64],
    cov_en_m2: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sigma_t_s: NDArray[np.float64],
    values: NDArray[np.float64],
) -> int:
    """The row of the likeliest received warning that may reach a place of `rows`, or -1; none that has come down.

    `class_prob` .. `sigma_t_s` are columns of `model.warning.Warnings`; `values` as `warn.settings.prealert_array`.
    """
    best = NOBODY
    for i in range(class_prob.shape[0]):
        if class_prob[i] < values[0] or (best >= 0 and class_prob[best] >= class_prob[i]):
            continue
        if t_ns[i] + int((values[5] + 3.0 * sigma_t_s[i]) * 1e9) < now_ns:
            continue
        for place in rows:
            if ellipse_meets(
                lat_rad[i],
                lon_rad[i],
                cov_en_m2[i],
                place_lat_rad[place],
                place_lon_rad[place],
                place_radius_m[place] + values[2],
                values[1],
            ):
                best = i
                break
    return best
