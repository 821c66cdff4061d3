"""What one sensor reported within one second: how rows are put in such groups, and a group as the trackers read it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import N_SENSOR, SN_BIAS_VAR, SN_POS, SN_ROT, SN_SIGMA
from skypact.kernels.jit import bare, kernel
from skypact.kernels.measurement import position_of

COARSE_SIGMAS = 4.4
"""How many standard deviations the coarse gate (kernels.gate) allows."""

COUNT, SENSOR, KIND = 0, 1, 2
"""What `Group.head` holds: how many detections there are, their sensor and its kind."""


class Group(NamedTuple):
    """One sensor's detections within one second: the first `head[COUNT]` rows."""

    head: NDArray[np.int64]
    """[3]"""
    t_s: NDArray[np.float64]
    z: NDArray[np.float64]
    """[n, 4]"""
    var: NDArray[np.float64]
    """[n, 4] random variance, 0 where not measured"""
    code: NDArray[np.int64]
    taken: NDArray[np.bool_]
    owner: NDArray[np.uint64]
    """id of the track that the detection went to, 0 for none"""
    sight: NDArray[np.float64]
    """[n, 8] what the coarse gate compares with (kernels.gate)"""
    site: NDArray[np.float64]
    """the sensor's row of the pack"""
    origin: NDArray[np.float64]
    rot: NDArray[np.float64]
    """[3, 3] enu_from_ecef"""


@kernel
def make_group(rows: int) -> Group:
    """Room for a group of so many detections."""
    return Group(
        np.zeros(3, np.int64),
        np.empty(rows),
        np.empty((rows, 4)),
        np.empty((rows, 4)),
        np.empty(rows, np.int64),
        np.empty(rows, np.bool_),
        np.empty(rows, np.uint64),
        np.empty((rows, 8)),
        np.empty(N_SENSOR),
        np.empty(3),
        np.empty((3, 3)),
    )


@kernel
def order_rows(
    t_ns: NDArray[np.int64],
    sensor: NDArray[np.uint16],
    use: NDArray[np.bool_],
    low: int,
    high: int,
    rows: NDArray[np.int32],
    group_end: NDArray[np.int32],
) -> int:
    """Write the rows in use by whole second, then by sensor in order of appearance, and where each group ends.

    The number of groups is returned; a group is one sensor's rows of one second in the order in which they come.
    """
    left = np.empty(high - low, np.bool_)
    waiting = 0
    for i in range(low, high):
        left[i - low] = use.size == 0 or use[i]
        if left[i - low]:
            waiting += 1
    groups, n = 0, 0
    while n < waiting:
        earliest = np.int64(9223372036854775807)
        for i in range(low, high):
            if left[i - low]:
                earliest = min(earliest, t_ns[i] // 1_000_000_000)
        for i in range(low, high):
            if not left[i - low] or t_ns[i] // 1_000_000_000 != earliest:
                continue
            for j in range(i, high):
                if left[j - low] and sensor[j] == sensor[i] and t_ns[j] // 1_000_000_000 == earliest:
                    rows[n] = j
                    left[j - low] = False
                    n += 1
            group_end[groups] = n
            groups += 1
    return groups


@bare
def fill_group(
    group: Group,
    pack: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    sensor: NDArray[np.uint16],
    kind: NDArray[np.uint8],
    z: NDArray[np.float64],
    sigma: NDArray[np.float64],
    code: NDArray[np.uint32],
    rows: NDArray[np.int32],
    begin: int,
    end: int,
) -> None:
    """Write the detections of rows[begin:end], of one sensor, with variances; what has no bearing is set aside."""
    first = rows[begin]
    group.head[COUNT], group.head[SENSOR], group.head[KIND] = end - begin, sensor[first], kind[first]
    for c in range(N_SENSOR):
        group.site[c] = pack[sensor[first], c]
    for a in range(3):
        group.origin[a] = group.site[SN_POS + a]
        for b in range(3):
            group.rot[a, b] = group.site[SN_ROT + 3 * a + b]
    for i in range(end - begin):
        d = rows[begin + i]
        group.t_s[i] = t_ns[d] * 1e-9
        group.code[i] = code[d]
        group.owner[i] = 0
        for c in range(4):
            e = sigma[d, c] if sigma[d, c] > 0.0 else group.site[SN_SIGMA + c]
            measured = not math.isnan(z[d, c]) and e > 0.0
            group.z[i, c] = z[d, c] if measured else 0.0
            group.var[i, c] = e * e if measured else 0.0
        group.taken[i] = group.var[i, 1] == 0.0
        _write_sight(group.z[i], group.var[i], group.site, group.rot, group.sight[i])


@bare
def _write_sight(
    z: NDArray[np.float64],
    var: NDArray[np.float64],
    site: NDArray[np.float64],
    rot: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write what the coarse gate compares with into out[:5]; the rest of out [8] is scratch.

    Offset from the sensor (m) of a full plot, else a unit vector along the line of sight (horizontal without
    elevation); then the greatest error expected of a full plot's place or of a range (m), and of the angles (rad).
    """
    zero = out[5:]
    for a in range(3):
        zero[a] = 0.0
    full = var[0] > 0.0 and var[2] > 0.0
    angle_var = var[1] + site[SN_BIAS_VAR + 1] + var[2] + (site[SN_BIAS_VAR + 2] if var[2] > 0.0 else 0.0)
    position_of(z[0] if full else 1.0, z[1], z[2] if var[2] > 0.0 else 0.0, zero, rot, out)
    across_var = z[0] * z[0] * angle_var if full else 0.0
    out[3] = COARSE_SIGMAS * math.sqrt(var[0] + site[SN_BIAS_VAR] + across_var)
    out[4] = COARSE_SIGMAS * math.sqrt(angle_var)
