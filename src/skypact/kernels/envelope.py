"""Where and when a shot can meet an object: reach by altitude, sector, ceiling and time of flight."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def reach_at(envelope_m: NDArray[np.float64], height_m: float) -> tuple[float, float]:
    """Least and greatest slant range (m) at an altitude, between the rows of a table [K, 3]; (1, 0) outside of it."""
    if height_m < envelope_m[0, 0]:
        return 1.0, 0.0
    for k in range(1, envelope_m.shape[0]):
        low_m, high_m = envelope_m[k - 1, 0], envelope_m[k, 0]
        if height_m <= high_m and high_m > low_m:
            part = (height_m - low_m) / (high_m - low_m)
            least = envelope_m[k - 1, 1] + part * (envelope_m[k, 1] - envelope_m[k - 1, 1])
            return least, envelope_m[k - 1, 2] + part * (envelope_m[k, 2] - envelope_m[k - 1, 2])
    return 1.0, 0.0


@kernel
def flight_time(flight: NDArray[np.float64], range_m: float) -> float:
    """Time of flight (s) to a slant range, between the rows of a table [L, 2]; infinite beyond the last."""
    for k in range(1, flight.shape[0]):
        near_m, far_m = flight[k - 1, 0], flight[k, 0]
        if range_m <= far_m and far_m > near_m:
            part = (range_m - near_m) / (far_m - near_m)
            time_s: float = flight[k - 1, 1] + part * (flight[k, 1] - flight[k - 1, 1])
            return time_s
    return math.inf


@kernel
def range_within(
    point: NDArray[np.float64],
    site: NDArray[np.float64],
    envelope_m: NDArray[np.float64],
    sector: NDArray[np.float64],
    ceiling_m: float,
) -> float:
    """The slant range (m) to a sample of a path (t_s, x, y, z, height) that a unit reaches; -1 where it does not.

    `sector` [7] is as in model.network.BatteryTable.
    """
    if point[4] > ceiling_m:
        return -1.0
    least, greatest = reach_at(envelope_m, point[4])
    if greatest < least:
        return -1.0
    x, y, z = point[1] - site[0], point[2] - site[1], point[3] - site[2]
    range_m = math.sqrt(x * x + y * y + z * z)
    if range_m < least or range_m > greatest:
        return -1.0
    if sector[6] > -1.0:
        up = x * sector[3] + y * sector[4] + z * sector[5]
        level_m = math.sqrt(max(0.0, range_m * range_m - up * up))
        if x * sector[0] + y * sector[1] + z * sector[2] < sector[6] * level_m:
            return -1.0
    return range_m


@kernel
def first_intercept(
    path: NDArray[np.float64],
    samples: int,
    site: NDArray[np.float64],
    envelope_m: NDArray[np.float64],
    flight: NDArray[np.float64],
    sector: NDArray[np.float64],
    ceiling_m: float,
    dwell_s: float,
    excess_1pm: float,
    launch_s: float,
) -> tuple[int, float]:
    """The first sample of a path at which a shot that starts at launch_s or later meets it, and how long it takes.

    The sample lies in the unit's reach (`range_within`), and launch_s + time of flight has passed. A laser
    (dwell_s > 0) needs the object in its reach for the whole dwell instead, which haze and rain lengthen:
    dwell_s x exp(excess_1pm x slant range), the beam being weaker by that much than on a clear day. (-1, 0) where
    there is none; times in seconds from now.
    """
    inside_since = -1
    for k in range(samples):
        range_m = range_within(path[k], site, envelope_m, sector, ceiling_m)
        if range_m < 0.0:
            inside_since = -1
            continue
        if inside_since < 0:
            inside_since = k
        if dwell_s > 0.0:
            needed_s = dwell_s * math.exp(excess_1pm * range_m)
            if path[k, 0] - max(path[inside_since, 0], launch_s) >= needed_s:
                return k, needed_s
            continue
        takes_s = flight_time(flight, range_m)
        if launch_s + takes_s <= path[k, 0]:
            return k, takes_s
    return -1, 0.0
