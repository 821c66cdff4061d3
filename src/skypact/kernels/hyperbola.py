"""The closed form that starts multilateration: where the hyperboloids of a few times of arrival meet, nearly.

Chan and Ho ("A simple and efficient estimator for hyperbolic location", IEEE Trans. Signal Processing 42(8), 1994,
section II): differences to a first station are linear in the position and the range from that station. Stations on the
ground lie near a plane, where their three columns of position are as good as two: the vertical is therefore taken from
the pass before, at first that of an airliner.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef, rot_enu_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import MEAN_RADIUS_M

_TYPICAL_M = 9_000.0
_LEAST_UP_M = 3_000.0
_PASSES = 4


@kernel
def closed_form(
    stations: NDArray[np.float64],
    arrival_m: NDArray[np.float64],
    height_m: float,
    aided: bool,
    out: NDArray[np.float64],
) -> int:
    """Write up to two closed-form positions into out[2, 3]; their number, 0 where the geometry gives none.

    In the plane of the horizon at the stations' centre, r the range from the first station, differences to the first:
    2 dx_i x + 2 dy_i y + 2 da_i r = dx_i^2 + dy_i^2 + dz_i^2 - da_i^2 - 2 dz_i z. Their least squares give x and y as
    functions of r. Without a height r is the third unknown and z follows up to its sign; with one, z is known and
    r^2 = x^2 + y^2 + z^2 gives r up to two roots.
    """
    n = stations.shape[0]
    centre = np.zeros(3)
    for i in range(n):
        for a in range(3):
            centre[a] += stations[i, a] / n
    lat, lon, centre_height_m = geodetic_from_ecef(centre[0], centre[1], centre[2])
    rot = rot_enu_from_ecef(lat, lon)
    local = np.zeros((n, 3))
    for i in range(n):
        for a in range(3):
            for b in range(3):
                local[i, a] += rot[3 * a + b] * (stations[i, b] - centre[b])
    point, line = np.empty(3), np.empty(6)
    found = 0
    for root in range(2):
        point[0], point[1], point[2] = 0.0, 0.0, _TYPICAL_M
        solved = False
        for attempt in range(_PASSES):
            if aided:
                sag_m = (point[0] * point[0] + point[1] * point[1]) / (2.0 * MEAN_RADIUS_M)
                point[2] = height_m - centre_height_m - sag_m
            if not _horizontal_line(local, arrival_m, point[2], line):
                return 0
            up_m = point[2] - local[0, 2]
            range_m = _range_on_line(line, up_m, root) if aided else line[4]
            solved = attempt < _PASSES - 1 or range_m >= line[5]
            range_m = max(range_m, line[5])
            x, y = line[0] + line[2] * range_m, line[1] + line[3] * range_m
            point[0], point[1] = x + local[0, 0], y + local[0, 1]
            if not aided:
                up_m = math.sqrt(max(range_m * range_m - x * x - y * y, _LEAST_UP_M * _LEAST_UP_M))
                point[2] = local[0, 2] + (up_m if root == 0 else -up_m)
        if solved:
            for a in range(3):
                out[found, a] = centre[a]
                for b in range(3):
                    out[found, a] += rot[3 * b + a] * point[b]
            found += 1
    return found


@kernel
def _horizontal_line(
    local: NDArray[np.float64], arrival_m: NDArray[np.float64], z: float, line: NDArray[np.float64]
) -> bool:
    """Write x0, y0, x', y' (x = x0 + x' r from the first station), the least-squares r and the least r possible.

    False where the stations stand in a line or at one place.
    """
    normal = np.zeros((3, 4))
    row = np.empty(4)
    least = 0.0
    for i in range(1, local.shape[0]):
        dx, dy, dz = local[i, 0] - local[0, 0], local[i, 1] - local[0, 1], local[i, 2] - local[0, 2]
        later = arrival_m[i] - arrival_m[0]
        least = max(least, -later)
        row[0], row[1], row[2] = 2.0 * dx, 2.0 * dy, 2.0 * later
        row[3] = dx * dx + dy * dy + dz * dz - later * later - 2.0 * dz * (z - local[0, 2])
        for a in range(3):
            for b in range(4):
                normal[a, b] += row[a] * row[b]
    det = normal[0, 0] * normal[1, 1] - normal[0, 1] * normal[0, 1]
    if not det > 1e-8 * (normal[0, 0] + normal[1, 1]) ** 2:
        return False
    line[0] = (normal[1, 1] * normal[0, 3] - normal[0, 1] * normal[1, 3]) / det
    line[1] = (normal[0, 0] * normal[1, 3] - normal[0, 1] * normal[0, 3]) / det
    line[2] = -(normal[1, 1] * normal[0, 2] - normal[0, 1] * normal[1, 2]) / det
    line[3] = -(normal[0, 0] * normal[1, 2] - normal[0, 1] * normal[0, 2]) / det
    pivot = normal[2, 2] + normal[2, 0] * line[2] + normal[2, 1] * line[3]
    rest = normal[2, 3] - normal[2, 0] * line[0] - normal[2, 1] * line[1]
    line[4] = rest / pivot if pivot > 1e-9 * normal[2, 2] else -1.0
    line[5] = least
    return True


@kernel
def _range_on_line(line: NDArray[np.float64], up_m: float, root: int) -> float:
    """The root of (x0 + x' r)^2 + (y0 + y' r)^2 + up^2 = r^2, the greater first; its real part where it is complex."""
    a = line[2] * line[2] + line[3] * line[3] - 1.0
    b = line[0] * line[2] + line[1] * line[3]
    c = line[0] * line[0] + line[1] * line[1] + up_m * up_m
    spread = math.sqrt(max(b * b - a * c, 0.0))
    # Without cancellation, so that a near 0 (a sender on the line of the stations) leaves the finite root.
    q = -(b + spread) if b >= 0.0 else -b + spread
    first = q / a if a != 0.0 else math.inf
    second = c / q if q != 0.0 else math.inf
    return max(first, second) if root == 0 else min(first, second)
