"""The two scenarios on which trackers are compared, drawn as the reference of the comparison draws them.

A copy of the reference's generators `cart2d` and `radar3d`, value for value the same for a seed. Region grows with the
number of targets, at constant density.

cart2d: state [x, y, vx, vy], positions measured with sigma 10 m, 1 s apart, one target per (250 m)^2, chance of
detection 0.9, half as many false detections as targets.
radar3d: one radar in the origin measures range, bearing and elevation (30 m, 1 mrad, 1 mrad), 2 s apart, one target per
(10 km)^2 between 1 and 12 km of height, chance of detection and false detections as before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """Truth and scans."""

    kind: str
    dt_s: float
    noise_m2ps3: float
    pos_m: F8
    """[scans, n, d] true positions"""
    scans: list[F8]
    """of each scan the detections [k, m]: x and y, or range, bearing clockwise from north (y) and elevation"""
    sigma: tuple[float, ...]
    """of each component measured"""
    clutter_density: float
    """per unit of the measurement's volume"""
    speed_sigma_mps: tuple[float, ...]
    """what a tracker assumes of new targets, by axis"""
    cut_m: float
    """GOSPA's c for this scenario"""


def _rollout(rng: np.random.Generator, x0: F8, dt: float, q: float, steps: int) -> F8:
    d = x0.shape[1] // 2
    step = np.kron(np.eye(d), np.array([[1, dt], [0, 1.0]]))
    noise = q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
    root = np.linalg.cholesky(np.kron(np.eye(d), noise))
    out = np.empty((steps, *x0.shape))
    x = x0
    for k in range(steps):
        out[k] = x
        x = x @ step.T + rng.standard_normal(x.shape) @ root.T
    return out


def cart2d(n: int, steps: int = 50, seed: int = 0) -> Scenario:
    """Positions in the plane."""
    sigma, dt, q, speed, seen, clutter = 10.0, 1.0, 1.0, 10.0, 0.9, 0.5
    rng = np.random.default_rng(seed)
    side = 250.0 * np.sqrt(n)
    x0 = np.empty((n, 4))
    x0[:, [0, 2]] = rng.uniform(0, side, (n, 2))
    x0[:, [1, 3]] = rng.normal(0, speed, (n, 2))
    truth = _rollout(rng, x0, dt, q, steps)
    scans = []
    for k in range(steps):
        hit = rng.random(n) < seen
        z = truth[k][hit][:, [0, 2]] + rng.normal(0, sigma, (hit.sum(), 2))
        false = rng.uniform(0, side, (rng.poisson(clutter * n), 2))
        both = np.vstack([z, false])
        scans.append(both[rng.permutation(len(both))])
    density = clutter * n / side**2
    return Scenario(
        "cart2d", dt, q, truth[:, :, [0, 2]], scans, (sigma, sigma), density, (speed, speed), 50.0
    )


def radar3d(n: int, steps: int = 50, seed: int = 0) -> Scenario:
    """One radar: range, bearing, elevation."""
    sigma_m, sigma_rad, dt, q, speed, seen, clutter = 30.0, 1e-3, 2.0, 4.0, 200.0, 0.9, 0.5
    least_m = 5e3
    rng = np.random.default_rng(seed)
    most_m = np.sqrt(n * 10e3**2 / np.pi + least_m**2)

    def place(m: int) -> F8:
        r = np.sqrt(rng.uniform(least_m**2, most_m**2, m))
        a = rng.uniform(-np.pi, np.pi, m)
        found: F8 = np.c_[r * np.cos(a), r * np.sin(a), rng.uniform(1e3, 12e3, m)]
        return found

    def measure(p: F8) -> F8:
        r = np.linalg.norm(p, axis=1)
        found: F8 = np.c_[np.arcsin(p[:, 2] / r), np.arctan2(p[:, 1], p[:, 0]), r]
        return found

    x0 = np.zeros((n, 6))
    x0[:, [0, 2, 4]] = place(n)
    heading = rng.uniform(-np.pi, np.pi, n)
    x0[:, 1], x0[:, 3] = speed * np.cos(heading), speed * np.sin(heading)
    truth = _rollout(rng, x0, dt, q, steps)
    pos = truth[:, :, [0, 2, 4]]
    scans = []
    for k in range(steps):
        hit = rng.random(n) < seen
        z = measure(pos[k][hit]) + rng.normal(size=(hit.sum(), 3)) * (sigma_rad, sigma_rad, sigma_m)
        false = measure(place(rng.poisson(clutter * n)))
        both = np.vstack([z, false])
        both = both[rng.permutation(len(both))]
        scans.append(np.c_[both[:, 2], (0.5 * np.pi - both[:, 1]) % (2 * np.pi), both[:, 0]])
    # false detections are uniform over the ring, so their density in range, bearing and elevation is not constant:
    # this is its mean over the ring and 12 km of height
    volume = np.pi * (most_m**2 - least_m**2) * 11e3
    density = clutter * n / volume * (2.0 / 3.0 * most_m) ** 2
    return Scenario(
        "radar3d", dt, q, pos, scans, (sigma_m, sigma_rad, sigma_rad), density, (speed, speed, 20.0), 500.0
    )


def gospa(estimate: F8, truth: F8, c: float) -> float:
    """The GOSPA metric (p = 2, alpha = 2) of positions, exact: SciPy's assignment on a k-d tree's pairs."""
    half, n, m = c * c / 2.0, len(estimate), len(truth)
    if n == 0 or m == 0:
        return float(((n + m) * half) ** 0.5)
    pairs = cKDTree(estimate).sparse_distance_matrix(cKDTree(truth), c, output_type="coo_matrix")
    gain = np.zeros((n, m))
    gain[pairs.row, pairs.col] = np.minimum(pairs.data, c) ** 2 - c**2
    i, j = linear_sum_assignment(gain)
    good = gain[i, j] < 0.0
    near = float((gain[i, j][good] + c**2).sum())
    return float((near + half * (n + m - 2 * int(good.sum()))) ** 0.5)
