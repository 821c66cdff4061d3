"""The models of the general tracker the slow, plain way: continuous equations, dense matrices, numerical derivatives.

Nothing here is shared with the kernels but the numbers of `layout`.
"""

from __future__ import annotations

import math

import numpy as np

from skypact.kernels.multitarget import layout as lay


def drift(code, param, shape, x):
    """dx/dt of a state."""
    d = shape[lay.DIMS]
    pos, vel = np.zeros(3), np.zeros(3)
    pos[:d], vel[:d] = x[:d], x[d : 2 * d]
    acc = np.zeros(3)
    rate = np.zeros_like(x)
    if code == lay.CONSTANT_ACCELERATION:
        acc[:d] = x[shape[lay.ACC] : shape[lay.ACC] + d]
    elif code == lay.SINGER:
        acc[:d] = x[shape[lay.ACC] : shape[lay.ACC] + d]
        rate[shape[lay.ACC] : shape[lay.ACC] + d] = -acc[:d] / param[lay.MANOEUVRE_TIME]
    elif code == lay.COORDINATED_TURN:
        acc = x[shape[lay.TURN]] * np.array([-vel[1], vel[0], 0.0])
    elif code >= lay.BOOST:
        acc = gravity(param, pos, vel)
        speed = np.linalg.norm(vel)
        if code == lay.BOOST:
            acc = acc + x[shape[lay.AXIAL]] * vel / speed
        elif code == lay.REENTRY:
            flat = 1.0 - param[lay.FLATTENING] * pos[2] ** 2 / (pos @ pos)
            height = np.linalg.norm(pos) - param[lay.SURFACE] * flat
            density = param[lay.DRAG_LEVEL] * math.exp(x[shape[lay.DRAG]] - height / param[lay.SCALE_HEIGHT])
            acc = acc - density * speed * vel
    rate[:d], rate[d : 2 * d] = vel[:d], acc[:d]
    return rate


def gravity(param, pos, vel):
    """Acceleration of free flight as the gradient of a potential, with what a turning frame adds."""
    spin = np.array([0.0, 0.0, param[lay.SPIN]])

    def potential(p):
        r = np.linalg.norm(p)
        return param[lay.GM] / r * (1.0 - param[lay.J2_TERM] / r**2 * (1.5 * (p[2] / r) ** 2 - 0.5))

    # differences of a potential of 6e7 over 200 m are good to 1e-10 m/s2 times 1e4: enough for a twin
    slope = [(potential(pos + e) - potential(pos - e)) / 400.0 for e in 200.0 * np.eye(3)]
    return np.array(slope) - 2.0 * np.cross(spin, vel) - np.cross(spin, np.cross(spin, pos))


def diffusion(code, param, shape):
    """Spectral density matrix of the noise."""
    d, n = shape[lay.DIMS], shape[lay.SIZE]
    q = np.zeros(n)
    if code == lay.CONSTANT_ACCELERATION:
        q[shape[lay.ACC] : shape[lay.ACC] + d] = param[lay.NOISE]
    elif code == lay.SINGER:
        q[shape[lay.ACC] : shape[lay.ACC] + d] = (
            2.0 * param[lay.MANOEUVRE_SIGMA] ** 2 / param[lay.MANOEUVRE_TIME]
        )
    else:
        q[d : 2 * d] = param[lay.NOISE]
    for model, part, noise in (
        (lay.COORDINATED_TURN, lay.TURN, lay.TURN_NOISE),
        (lay.BOOST, lay.AXIAL, lay.AXIAL_NOISE),
        (lay.REENTRY, lay.DRAG, lay.DRAG_NOISE),
    ):
        if code == model:
            q[shape[part]] = param[noise]
    return np.diag(q)


def derivative(function, x, steps):
    """Central differences of a vector function, a column for each component of x."""
    columns = [
        (function(x + h * e) - function(x - h * e)) / (2.0 * h)
        for h, e in zip(steps, np.eye(len(x)), strict=True)
    ]
    return np.array(columns).T


def flow(code, param, shape, dt, mean, cov, steps=80):
    """Mean and covariance after dt: their differential equations by Runge and Kutta; idle components last."""
    d, n = shape[lay.DIMS], shape[lay.SIZE]
    if code == lay.SINGER and dt < 0.0:
        turned = turn_back(shape)
        x, p = flow(code, param, shape, -dt, turned @ mean, turned @ cov @ turned, steps)
        return turned @ x, turned @ p @ turned
    size = np.full(n, 1e-4)
    size[:d], size[d : 2 * d] = 10.0, 0.1
    noise = diffusion(code, param, shape)
    sign = 1.0 if dt > 0.0 else -1.0

    def rate(x, p):
        a = derivative(lambda y: drift(code, param, shape, y), x, size)
        return drift(code, param, shape, x), a @ p + p @ a.T + sign * noise

    x, p, h = mean.copy(), cov.copy(), dt / steps
    for _ in range(steps):
        k1, c1 = rate(x, p)
        k2, c2 = rate(x + h / 2 * k1, p + h / 2 * c1)
        k3, c3 = rate(x + h / 2 * k2, p + h / 2 * c2)
        k4, c4 = rate(x + h * k3, p + h * c3)
        x, p = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), p + h / 6 * (c1 + 2 * c2 + 2 * c3 + c4)
    return rest(code, param, shape, x, p)


def turn_back(shape):
    """The matrix that changes the sign of the velocity: a stationary process run backwards is itself."""
    d, sign = shape[lay.DIMS], np.ones(shape[lay.SIZE])
    sign[d : 2 * d] = -1.0
    return np.diag(sign)


def rest(code, param, shape, x, p):
    """Idle components at their priors."""
    d = shape[lay.DIMS]
    for part, sigma, users in (
        (lay.ACC, lay.ACC_SIGMA, (lay.CONSTANT_ACCELERATION, lay.SINGER)),
        (lay.TURN, lay.TURN_SIGMA, (lay.COORDINATED_TURN,)),
        (lay.DRAG, lay.DRAG_SIGMA, (lay.REENTRY,)),
        (lay.AXIAL, lay.AXIAL_SIGMA, (lay.BOOST,)),
    ):
        if shape[part] >= 0 and code not in users:
            for k in range(shape[part], shape[part] + (d if part == lay.ACC else 1)):
                x[k] = 0.0
                p[k, :] = p[:, k] = 0.0
                p[k, k] = param[sigma] ** 2
    return x, p


def shown(kind, sensor, d, x):
    """What a sensor shows of a state, bias included."""
    origin, second = sensor[lay.ORIGIN : lay.ORIGIN + d], sensor[lay.SECOND : lay.SECOND + d]
    rot = sensor[lay.ROTATION : lay.ROTATION + 9].reshape(3, 3)[:d, :d]
    gap, speed = x[:d] - origin, x[d : 2 * d] - sensor[lay.VELOCITY : lay.VELOCITY + d]
    local = rot @ gap
    r = np.linalg.norm(gap)
    bearing = math.atan2(local[0], local[1])
    elevation = math.asin(local[2] / r) if d == 3 else math.nan
    rate = gap @ speed / r
    value = {
        lay.POSITION: list(x[:d]),
        lay.RANGE_BEARING: [r, bearing],
        lay.RANGE_BEARING_ELEVATION: [r, bearing, elevation],
        lay.RANGE_BEARING_RATE: [r, bearing, rate],
        lay.RANGE_BEARING_ELEVATION_RATE: [r, bearing, elevation, rate],
        lay.BEARING: [bearing],
        lay.BEARING_ELEVATION: [bearing, elevation],
        lay.RANGE_DIFFERENCE: [r - np.linalg.norm(x[:d] - second)],
    }[kind]
    return np.array(value) + sensor[lay.BIAS : lay.BIAS + len(value)]


ANGLES = {
    lay.POSITION: [],
    lay.RANGE_BEARING: [1],
    lay.RANGE_BEARING_ELEVATION: [1],
    lay.RANGE_BEARING_RATE: [1],
    lay.RANGE_BEARING_ELEVATION_RATE: [1],
    lay.BEARING: [0],
    lay.BEARING_ELEVATION: [0],
    lay.RANGE_DIFFERENCE: [],
}
"""Which components of a kind are bearings."""


def difference(kind, z, value):
    """Measured minus expected, bearings by the shorter way."""
    out = np.array(z) - np.array(value)
    for k in ANGLES[kind]:
        out[k] = math.remainder(out[k], 2.0 * math.pi)
    return out


def regression(centre, kind, sensor, d, used, mean, cov):
    """Statistical linear regression by the textbook: mean, H and what H leaves out, over `used` components."""
    n = len(mean)
    root = np.linalg.cholesky(cov[:used, :used]) * math.sqrt(used / (1.0 - centre))
    points = [mean.copy()]
    for sign in (1.0, -1.0):
        for i in range(used):
            moved = mean.copy()
            moved[:used] += sign * root[:, i]
            points.append(moved)
    weight = np.array([centre] + [(1.0 - centre) / (2 * used)] * (2 * used))
    middle = shown(kind, sensor, d, mean)
    gaps = np.array([difference(kind, shown(kind, sensor, d, p), middle) for p in points])
    shift = weight @ gaps
    dz, dx = gaps - shift, np.array(points)[:, :used] - mean[:used]
    p_zx = np.einsum("k,ki,kj->ij", weight, dz, dx)
    rows = np.zeros((len(shift), n))
    rows[:, :used] = p_zx @ np.linalg.inv(cov[:used, :used])
    p_zz = np.einsum("k,ki,kj->ij", weight, dz, dz)
    return middle + shift, rows, p_zz - rows @ cov @ rows.T
