"""Many messages at once: where each was sent from, and how long its ways to the stations take."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.multilateration import locate, path_refractivity


@kernel
def locate_rows(
    station_ecef_m: NDArray[np.float64],
    first: NDArray[np.int64],
    station: NDArray[np.int32],
    arrival_m: NDArray[np.float64],
    sigma_m: NDArray[np.float64],
    height_m: NDArray[np.float64],
    height_sigma_m: NDArray[np.float64],
    refractivity: float,
    status: NDArray[np.uint8],
    misfit: NDArray[np.float64],
    pos: NDArray[np.float64],
    cov: NDArray[np.float64],
    residual_m: NDArray[np.float64],
) -> None:
    """Write `locate` of every message; NaN where there is no position.

    Args:
        station_ecef_m: [m, 3] all stations.
        first: [n + 1] message i has the arrivals first[i]..first[i + 1].
        station: [k] row of the station of each arrival.
        arrival_m: [k] as in `locate`; `sigma_m` [k], `height_m` [n] and `height_sigma_m` [n] too.
        refractivity: as in `locate`.
        status: [n] receives the status, `misfit` [n] the misfit, `pos` [n, 3], `cov` [n, 3, 3], `residual_m` [k].
    """
    pos[:] = math.nan
    cov[:] = math.nan
    residual_m[:] = math.nan
    for i in range(status.size):
        a, b = first[i], first[i + 1]
        stations = np.empty((b - a, 3))
        for j in range(a, b):
            stations[j - a] = station_ecef_m[station[j]]
        found, miss = locate(
            stations, arrival_m[a:b], sigma_m[a:b], height_m[i], height_sigma_m[i], refractivity,
            pos[i], cov[i], residual_m[a:b],
        )  # fmt: skip
        status[i] = found
        misfit[i] = miss


@kernel
def predicted_rows(
    station_ecef_m: NDArray[np.float64],
    first: NDArray[np.int64],
    station: NDArray[np.int32],
    pos: NDArray[np.float64],
    refractivity: float,
    out: NDArray[np.float64],
) -> None:
    """Write how long (m of light in a vacuum) every arrival's way from its message's position pos[n, 3] takes."""
    for i in range(pos.shape[0]):
        _, _, height_m = geodetic_from_ecef(pos[i, 0], pos[i, 1], pos[i, 2])
        for j in range(first[i], first[i + 1]):
            own = station_ecef_m[station[j]]
            _, _, own_height_m = geodetic_from_ecef(own[0], own[1], own[2])
            range_m = math.sqrt(
                (pos[i, 0] - own[0]) ** 2 + (pos[i, 1] - own[1]) ** 2 + (pos[i, 2] - own[2]) ** 2
            )
            slow, _ = path_refractivity(refractivity, own_height_m, height_m, range_m)
            out[j] = range_m * (1.0 + slow)
