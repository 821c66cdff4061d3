"""Positions that aircraft report of themselves where navigation is jammed or spoofed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.looks import COOPERATIVE, KIND, seen_from
from skypact.kernels.path import state_at

_TWO_PI = 2.0 * math.pi


@kernel
def shifted(state: NDArray[np.float64], east_m: float, north_m: float, out: NDArray[np.float64]) -> None:
    """Write into out[:3] a place (ECEF, m) that lies so far to the east and north, as far from the Earth's centre."""
    r = math.sqrt(state[0] ** 2 + state[1] ** 2 + state[2] ** 2)
    x, y, z = state[0] / r, state[1] / r, state[2] / r
    level = max(math.sqrt(x * x + y * y), 1e-12)
    ex, ey = -y / level, x / level
    nx, ny, nz = -z * ey, z * ex, x * ey - y * ex
    px = state[0] + east_m * ex + north_m * nx
    py = state[1] + east_m * ey + north_m * ny
    pz = state[2] + north_m * nz
    scale = r / math.sqrt(px * px + py * py + pz * pz)
    out[0], out[1], out[2] = px * scale, py * scale, pz * scale


@kernel
def misplace(
    sites: NDArray[np.float64],
    states: NDArray[np.float64],
    offset: NDArray[np.int64],
    first_s: NDArray[np.int32],
    t_s: NDArray[np.float64],
    sensor: NDArray[np.uint16],
    object_row: NDArray[np.int32],
    direction: NDArray[np.float64],
    cos_radius: NDArray[np.float64],
    from_s: NDArray[np.float64],
    until_s: NDArray[np.float64],
    jammed: NDArray[np.bool_],
    east_m: NDArray[np.float64],
    north_m: NDArray[np.float64],
    z: NDArray[np.float64],
    heard: NDArray[np.bool_],
) -> None:
    """Fill heard[n], False for reports of who knows no position; move z[n] of false ones by as much as they lie off.

    Only rows of cooperative receivers change. An object in several discs at once is subject to the first.

    Args:
        sites: [S] rows of kernels.looks.
        states, offset, first_s: paths of the objects, as model.truth.Truth.
        t_s, sensor, object_row: [n] true time, sensor and object of each detection.
        direction, cos_radius, from_s, until_s, jammed, east_m, north_m: model.network.PositionFaultTable.
        z: [n, 4] range (m), bearing and elevation (rad); changed.
        heard: [n] written.
    """
    state, false = np.empty(6), np.empty(6)
    for n in range(t_s.shape[0]):
        heard[n] = True
        site, i = sites[sensor[n]], object_row[n]
        if int(site[KIND]) != COOPERATIVE or i < 0:
            continue
        for f in range(from_s.shape[0]):
            if t_s[n] < from_s[f] or t_s[n] >= until_s[f]:
                continue
            state_at(states, offset[i], offset[i + 1], first_s[i], t_s[n], state)
            r = math.sqrt(state[0] ** 2 + state[1] ** 2 + state[2] ** 2)
            along = state[0] * direction[f, 0] + state[1] * direction[f, 1] + state[2] * direction[f, 2]
            if along < r * cos_radius[f]:
                continue
            if jammed[f]:
                heard[n] = False
                break
            shifted(state, east_m[f], north_m[f], false)
            range_m, bearing, elevation = seen_from(site, state)
            false_range_m, false_bearing, false_elevation = seen_from(site, false)
            z[n, 0] += false_range_m - range_m
            z[n, 1] += false_bearing - bearing
            z[n, 1] -= _TWO_PI * math.floor(z[n, 1] / _TWO_PI)
            z[n, 2] += false_elevation - elevation
            break
