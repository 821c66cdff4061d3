"""An object's state at any instant, from states sampled every whole second (layout of model.truth.Truth)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def state_at(
    state: NDArray[np.float64], begin: int, end: int, first_s: int, t_s: float, out: NDArray[np.float64]
) -> bool:
    """Write position (m) and velocity (m/s) at t_s into out[6]; False outside the samples begin..end.

    Position is cubic Hermite between the samples either side, velocity its derivative.
    """
    x = t_s - first_s
    n = end - begin
    if x < 0.0 or x > n - 1 or n < 1:
        return False
    i = int(math.floor(x))
    if i >= n - 1:
        for j in range(6):
            out[j] = state[end - 1, j]
        return True
    s = x - i
    s2 = s * s
    s3 = s2 * s
    a = begin + i
    b = a + 1
    for j in range(3):
        p0 = state[a, j]
        p1 = state[b, j]
        v0 = state[a, j + 3]
        v1 = state[b, j + 3]
        out[j] = (2 * s3 - 3 * s2 + 1) * p0 + (s3 - 2 * s2 + s) * v0 + (3 * s2 - 2 * s3) * p1 + (s3 - s2) * v1
        out[j + 3] = (6 * s2 - 6 * s) * (p0 - p1) + (3 * s2 - 4 * s + 1) * v0 + (3 * s2 - 2 * s) * v1
    return True


@kernel
def positions_at(
    state: NDArray[np.float64],
    offset: NDArray[np.int64],
    first_s: NDArray[np.int32],
    launch_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    t_s: float,
    out_pos: NDArray[np.float64],
    out_vel: NDArray[np.float64],
    alive: NDArray[np.bool_],
) -> int:
    """Fill the positions and velocities of all n objects at t_s; the number of those in flight then.

    Args:
        state, offset, first_s, launch_s, end_s: columns of model.truth.Truth.
        t_s: seconds since the scenario's zero.
        out_pos, out_vel: f8[n, 3], ECEF m and m/s; NaN for an object not in flight.
        alive: b1[n], filled with whether launch_s <= t_s < end_s and the path has samples there.
    """
    row = np.empty(6)
    count = 0
    for i in range(first_s.shape[0]):
        alive[i] = launch_s[i] <= t_s < end_s[i] and state_at(
            state, offset[i], offset[i + 1], first_s[i], t_s, row
        )
        count += alive[i]
        for j in range(3):
            out_pos[i, j] = row[j] if alive[i] else math.nan
            out_vel[i, j] = row[j + 3] if alive[i] else math.nan
    return count
