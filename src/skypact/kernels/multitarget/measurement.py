"""What a sensor measures of a state, its derivatives, and where a single measurement lies.

A measurement's components are in the order range (m), bearing, elevation (rad), range rate (m/s), as far as its kind
has them; a position is that of the state's own frame. Bearing is clockwise from the local north axis, elevation above
the local horizontal plane, both in the sensor's axes (ROTATION). In two dimensions the local plane is the state's.
Expected values carry the sensor's known bias, so that a residual is free of it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.inline import hold, inlined
from skypact.kernels.multitarget.layout import (
    BEARING,
    BEARING_ELEVATION,
    BIAS,
    DIMS,
    NEW_ELEVATION,
    NEW_ELEVATION_SIGMA,
    NEW_RANGE,
    NEW_RANGE_SIGMA,
    ORIGIN,
    POSITION,
    RANGE_BEARING,
    RANGE_BEARING_ELEVATION,
    RANGE_BEARING_ELEVATION_RATE,
    RANGE_BEARING_RATE,
    RANGE_DIFFERENCE,
    ROTATION,
    SECOND,
    VELOCITY,
)

_TWO_PI = 2.0 * math.pi
_LEAST_GROUND_M = 1.0
"""Straight above a sensor bearing has no derivative: the horizontal distance is taken as at least this there."""


@inlined
def components(kind: int, d: int) -> int:
    """Number of components of a measurement of this kind in d dimensions; 0 where there is no such measurement."""
    m = 0
    if kind == POSITION:
        m = d
    elif kind in (BEARING, RANGE_DIFFERENCE):
        m = 1
    elif kind == RANGE_BEARING:
        m = 2
    elif kind == RANGE_BEARING_RATE:
        m = 3
    elif d == 3:
        if kind == BEARING_ELEVATION:
            m = 2
        elif kind == RANGE_BEARING_ELEVATION:
            m = 3
        elif kind == RANGE_BEARING_ELEVATION_RATE:
            m = 4
    return m


@inlined
def _has_range(kind: int) -> bool:
    return RANGE_BEARING <= kind <= RANGE_BEARING_ELEVATION_RATE


@inlined
def _has_elevation(kind: int) -> bool:
    return kind in (RANGE_BEARING_ELEVATION, RANGE_BEARING_ELEVATION_RATE, BEARING_ELEVATION)


@inlined
def _has_rate(kind: int) -> bool:
    return RANGE_BEARING_RATE <= kind <= RANGE_BEARING_ELEVATION_RATE


@inlined
def measured_size(kind: int, d: int) -> int:
    """How many leading components of a state a measurement depends on: its position, or its velocity too."""
    return 2 * d if _has_rate(kind) else d


@inlined
def _local(sensor: NDArray[np.float64], d: int, state: NDArray[np.float64]) -> tuple[float, float, float]:
    """East, north and up (m) of a state from the sensor, in the sensor's axes; up is 0 in two dimensions."""
    x, y = state[0] - sensor[ORIGIN], state[1] - sensor[ORIGIN + 1]
    e = sensor[ROTATION] * x + sensor[ROTATION + 1] * y
    n = sensor[ROTATION + 3] * x + sensor[ROTATION + 4] * y
    if d == 2:
        return e, n, 0.0
    z = state[2] - sensor[ORIGIN + 2]
    return (
        e + sensor[ROTATION + 2] * z,
        n + sensor[ROTATION + 5] * z,
        sensor[ROTATION + 6] * x + sensor[ROTATION + 7] * y + sensor[ROTATION + 8] * z,
    )


@inlined
def _distance(point: NDArray[np.float64], first: int, d: int, state: NDArray[np.float64]) -> float:
    """Distance (m) of a state from the station whose coordinates begin at `first` in `point`."""
    total = 0.0
    for i in range(d):
        total += (state[i] - point[first + i]) ** 2
    return math.sqrt(total)


@inlined
def _closing(sensor: NDArray[np.float64], d: int, state: NDArray[np.float64]) -> float:
    """Range times range rate (m2/s): the inner product of relative position and velocity."""
    total = 0.0
    for i in range(d):
        total += (state[i] - sensor[ORIGIN + i]) * (state[d + i] - sensor[VELOCITY + i])
    return total


@inlined
def observe(
    kind: int, sensor: NDArray[np.float64], d: int, state: NDArray[np.float64], value: NDArray[np.float64]
) -> None:
    """Write what the sensor shows of state[n], known bias included, into value[4]: its first components."""
    if kind == POSITION:
        for i in range(d):
            value[i] = state[i] + sensor[BIAS + i]
    elif kind == RANGE_DIFFERENCE:
        first, second = _distance(sensor, ORIGIN, d, state), _distance(sensor, SECOND, d, state)
        value[0] = first - second + sensor[BIAS]
    else:
        e, n, u = _local(sensor, d, state)
        ground2 = e * e + n * n
        k = 0
        if _has_range(kind):
            value[0] = math.sqrt(ground2 + u * u) + sensor[BIAS]
            k = 1
        value[k] = math.atan2(e, n) + sensor[BIAS + k]
        if _has_elevation(kind):
            k += 1
            value[k] = math.atan2(u, math.sqrt(ground2)) + sensor[BIAS + k]
        if _has_rate(kind):
            r = max(math.sqrt(ground2 + u * u), 1e-9)
            value[k + 1] = _closing(sensor, d, state) / r + sensor[BIAS + k + 1]
    hold((sensor, state, value))


@inlined
def measure(
    kind: int,
    sensor: NDArray[np.float64],
    shape: NDArray[np.int64],
    state: NDArray[np.float64],
    value: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> None:
    """Write what the sensor shows of state[n] into value[4] and its Jacobian into rows[4, n].

    Only the first `components` entries and rows are written. Units: m, rad, m/s.
    """
    d = shape[DIMS]
    observe(kind, sensor, d, state, value)
    for k in range(components(kind, d)):
        for i in range(rows.shape[1]):
            rows[k, i] = 0.0
    if kind == POSITION:
        for i in range(d):
            rows[i, i] = 1.0
    elif kind == RANGE_DIFFERENCE:
        first = max(_distance(sensor, ORIGIN, d, state), 1e-9)
        second = max(_distance(sensor, SECOND, d, state), 1e-9)
        for i in range(d):
            rows[0, i] = (state[i] - sensor[ORIGIN + i]) / first - (state[i] - sensor[SECOND + i]) / second
    else:
        _differentiate(kind, sensor, d, state, rows)
    hold((sensor, shape, state, value, rows))


@inlined
def _differentiate(
    kind: int, sensor: NDArray[np.float64], d: int, state: NDArray[np.float64], rows: NDArray[np.float64]
) -> None:
    """Write the derivatives of range, bearing, elevation and range rate, as far as measured, into rows of zeros."""
    e, n, u = _local(sensor, d, state)
    r = max(math.sqrt(e * e + n * n + u * u), 1e-9)
    ground2 = max(e * e + n * n, _LEAST_GROUND_M * _LEAST_GROUND_M)
    k = 0
    if _has_range(kind):
        for i in range(d):
            rows[0, i] = (state[i] - sensor[ORIGIN + i]) / r
        k = 1
    be, bn = n / ground2, -e / ground2
    for i in range(d):
        rows[k, i] = be * sensor[ROTATION + i] + bn * sensor[ROTATION + 3 + i]
    if _has_elevation(kind):
        k += 1
        ground = math.sqrt(ground2)
        r2 = ground2 + u * u
        ee, en, eu = -e * u / (r2 * ground), -n * u / (r2 * ground), ground / r2
        for i in range(d):
            rows[k, i] = (
                ee * sensor[ROTATION + i] + en * sensor[ROTATION + 3 + i] + eu * sensor[ROTATION + 6 + i]
            )
    if _has_rate(kind):
        rate = _closing(sensor, d, state) / r
        for i in range(d):
            along = (state[i] - sensor[ORIGIN + i]) / r
            rows[k + 1, i] = (state[d + i] - sensor[VELOCITY + i] - rate * along) / r
            rows[k + 1, d + i] = along


@inlined
def residual(
    kind: int, m: int, z: NDArray[np.float64], value: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Write measured minus expected into out[4], bearings wrapped into [-pi, pi); the first m components.

    The known bias is in the expected value (`measure`), so that it is removed here.
    """
    for k in range(m):
        out[k] = z[k] - value[k]
    if kind != POSITION and kind != RANGE_DIFFERENCE:
        k = 1 if _has_range(kind) else 0
        if not abs(out[k]) < math.pi:
            out[k] -= _TWO_PI * math.floor((out[k] + math.pi) / _TWO_PI)


@inlined
def place(
    kind: int,
    sensor: NDArray[np.float64],
    d: int,
    z: NDArray[np.float64],
    noise: NDArray[np.float64],
    pos: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> bool:
    """Whether one measurement tells a position; writes it and its covariance into pos[3] and spread[3, 3].

    Range and elevation that are not measured are those that the sensor's row assumes of a new object. Angles are
    taken to second order where range is uncertain: the width is that of the mean square range.

    Args:
        kind: what is measured; d: dimensions of the state.
        sensor: [N_SENSOR].
        z: [m] the measurement, its known bias not yet removed.
        noise: [m, m] its covariance.
        pos: [3] written, the first d (m).
        spread: [3, 3] written, the first [d, d] (m2).

    Returns:
        False for a range difference, which a single measurement does not place, and for a range that is not positive.
    """
    placed = False
    if kind == POSITION:
        placed = True
        for i in range(d):
            pos[i] = z[i] - sensor[BIAS + i]
            for j in range(d):
                spread[i, j] = noise[i, j]
    elif kind != RANGE_DIFFERENCE:
        placed = _place_polar(kind, sensor, d, z, noise, pos, spread)
    hold((sensor, z, noise, pos, spread))
    return placed


@kernel
def _place_polar(
    kind: int,
    sensor: NDArray[np.float64],
    d: int,
    z: NDArray[np.float64],
    noise: NDArray[np.float64],
    pos: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> bool:
    """`place` for what has a bearing."""
    ranged, raised = _has_range(kind), _has_elevation(kind)
    k = 1 if ranged else 0
    r, bearing, elevation = _polar(kind, sensor, d, z)
    if not r > 0.0:
        return False
    r_var = noise[0, 0] if ranged else sensor[NEW_RANGE_SIGMA] ** 2
    b_var = noise[k, k]
    e_var = 0.0
    if d == 3:
        e_var = noise[k + 1, k + 1] if raised else sensor[NEW_ELEVATION_SIGMA] ** 2
    rb = noise[0, 1] if ranged else 0.0
    re = noise[0, 2] if ranged and raised else 0.0
    eb = noise[k, k + 1] if raised else 0.0
    _spread_polar(sensor, d, r, bearing, elevation, (r_var, b_var, e_var, rb, re, eb), pos, spread)
    return True


@inlined
def _polar(
    kind: int, sensor: NDArray[np.float64], d: int, z: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Range, bearing and elevation of a measurement without its known bias, what was not measured being assumed."""
    k = 1 if _has_range(kind) else 0
    r = z[0] - sensor[BIAS] if k == 1 else sensor[NEW_RANGE]
    elevation = 0.0
    if d == 3:
        elevation = z[k + 1] - sensor[BIAS + k + 1] if _has_elevation(kind) else sensor[NEW_ELEVATION]
    return r, z[k] - sensor[BIAS + k], elevation


@kernel
def _spread_polar(
    sensor: NDArray[np.float64],
    d: int,
    r: float,
    bearing: float,
    elevation: float,
    var: tuple[float, float, float, float, float, float],
    pos: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> None:
    """Position and covariance from range, bearing, elevation; var: of each, then range-bearing, range-elevation, both.

    Along range, across in the horizontal, and upwards are unit vectors; widths follow from range or ground distance.
    """
    r_var, b_var, e_var, rb, re, eb = var
    sb, cb = math.sin(bearing), math.cos(bearing)
    se, ce = math.sin(elevation), math.cos(elevation)
    ground = r * ce
    # mean square lever: an uncertain range or elevation widens what the angle spans
    lever2 = r * r + r_var
    across2 = lever2 * max(ce * ce, se * se * e_var) * b_var
    up2 = lever2 * e_var
    ru, rg, gu = re * r, rb * ground, eb * r * ground
    for i in range(d):
        east, north = sensor[ROTATION + i], sensor[ROTATION + 3 + i]
        up = sensor[ROTATION + 6 + i] if d == 3 else 0.0
        along = ce * (sb * east + cb * north) + se * up
        across = cb * east - sb * north
        over = -se * (sb * east + cb * north) + ce * up
        pos[i] = sensor[ORIGIN + i] + r * along
        for j in range(i + 1):
            east_j, north_j = sensor[ROTATION + j], sensor[ROTATION + 3 + j]
            up_j = sensor[ROTATION + 6 + j] if d == 3 else 0.0
            along_j = ce * (sb * east_j + cb * north_j) + se * up_j
            across_j = cb * east_j - sb * north_j
            over_j = -se * (sb * east_j + cb * north_j) + ce * up_j
            total = (
                r_var * along * along_j
                + across2 * across * across_j
                + up2 * over * over_j
                + rg * (along * across_j + across * along_j)
                + ru * (along * over_j + over * along_j)
                + gu * (across * over_j + over * across_j)
            )
            spread[i, j] = total
            spread[j, i] = total


@kernel
def place_all(
    kind: int,
    sensor: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write where each of z [n, m] lies, as `place` would, into out [n, d]; NaN where it does not tell."""
    n, d = out.shape
    if kind == POSITION:
        for j in range(n):
            for i in range(d):
                out[j, i] = z[j, i] - sensor[BIAS + i]
    elif kind == RANGE_DIFFERENCE:
        out[:] = np.nan
    else:
        for j in range(n):
            r, bearing, elevation = _polar(kind, sensor, d, z[j])
            sb, cb = math.sin(bearing), math.cos(bearing)
            se, ce = math.sin(elevation), math.cos(elevation)
            for i in range(d):
                up = sensor[ROTATION + 6 + i] if d == 3 else 0.0
                along = ce * (sb * sensor[ROTATION + i] + cb * sensor[ROTATION + 3 + i]) + se * up
                out[j, i] = sensor[ORIGIN + i] + r * along if r > 0.0 else np.nan
    hold((sensor, z, out))
