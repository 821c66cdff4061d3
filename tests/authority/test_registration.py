"""Registration of sensors against the Cramer-Rao bound, computed apart by plain NumPy from every measurement.

The reference case: four of the catalogue's search radars (random errors 50 m, 0.08 deg, 0.15 deg; biases of one sigma
60 m, 0.08 deg, 0.08 deg, 20 ms) some 250 km apart see thirty aircraft between them, every 10 s. Where each aircraft is
at each instant is unknown and free: no model of its flight helps. The bound is van Trees' for a drawn bias (Detection,
Estimation and Modulation Theory, part I, 1968, eq. 2.237), that of drifting biases the recursion of Tichavsky,
Muravchik and Nehorai (IEEE T-SP 46(5), 1998, eq. 21); positions of targets are eliminated by the Schur complement.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from skypact.fuse import new_biases, register

DEG = np.pi / 180.0
SITES = np.array([[26.3, 50.2], [24.7, 46.7], [28.9, 47.8], [24.2, 55.6]]) * DEG
SIGMA = np.array([50.0, 0.08 * DEG, 0.15 * DEG])
PRIOR = np.array([60.0, 0.08 * DEG, 0.08 * DEG, 0.02, 0.0, 0.0, 0.0])
SURVEYED = PRIOR + np.array([0, 0, 0, 0, 30.0, 30.0, 30.0])
"""The same, of sensors whose positions are known to 30 m only."""
TARGETS = 30
A, E2 = 6378137.0, 6.69437999014e-3


def _site(lat: float, lon: float) -> tuple[np.ndarray, np.ndarray]:
    """Place of a site on the ellipsoid and the rotation to its east, north, up."""
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    return A / np.sqrt(1 - E2 * np.sin(lat) ** 2) * up * [1, 1, 1 - E2], np.array(
        [east, np.cross(up, east), up]
    )


POS = np.array([_site(*site)[0] for site in SITES])
ROT = np.array([_site(*site)[1] for site in SITES])


def _targets(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Places [30, 3] and velocities of aircraft between the sites, 6 to 12 km high."""
    place = []
    for lat, lon, height in zip(
        rng.uniform(24.5, 28.0, TARGETS), rng.uniform(47.5, 53.0, TARGETS), rng.uniform(6e3, 12e3, TARGETS),
        strict=True,
    ):  # fmt: skip
        ground, rot = _site(lat * DEG, lon * DEG)
        course = rng.uniform(0, 2 * np.pi)
        speed = 250.0 * (np.sin(course) * rot[0] + np.cos(course) * rot[1])
        place.append(np.r_[ground + height * rot[2], speed])
    states = np.array(place)
    return states[:, :3], states[:, 3:]


def _measured(bias: np.ndarray, x: np.ndarray, v: np.ndarray) -> np.ndarray:
    """What S sensors with bias[S, 7] measure of objects x[m, 3], v[m, 3], without random error: [m, S, 3]."""
    true_site = POS - np.einsum("sji,sj->si", ROT, bias[:, 4:])
    seen = x[:, None] - v[:, None] * bias[None, :, 3, None] - true_site[None]
    e, n, u = np.moveaxis(np.einsum("sij,msj->msi", ROT, seen), -1, 0)
    z = np.stack([np.sqrt(e**2 + n**2 + u**2), np.arctan2(e, n), np.arctan2(u, np.hypot(e, n))], axis=-1)
    return z + bias[None, :, :3]


def _fisher(x: np.ndarray, v: np.ndarray, sensors: int = 4) -> np.ndarray:
    """Fisher information of the biases [7 S, 7 S] from one look of all sensors at all objects, places unknown."""
    zero = np.zeros((sensors, 7))
    steps = np.array([1.0, 1e-6, 1e-6, 1e-2, 1.0, 1.0, 1.0])
    by_bias = np.zeros((len(x), sensors, 3, 7 * sensors))
    for s in range(sensors):
        for t in range(7):
            shift = zero.copy()
            shift[s, t] = steps[t]
            by_bias[..., 7 * s + t] = (_measured(shift, x, v) - _measured(-shift, x, v)) / (2 * steps[t])
    by_place = np.stack(
        [(_measured(zero, x + e, v) - _measured(zero, x - e, v)) / 2.0 for e in np.eye(3)], axis=-1
    )
    total = np.zeros((7 * sensors, 7 * sensors))
    by_bias = (by_bias / SIGMA[:, None]).reshape(len(x), -1, 7 * sensors)
    by_place = (by_place / SIGMA[:, None]).reshape(len(x), -1, 3)
    for b, p in zip(by_bias, by_place, strict=True):
        total += b.T @ b - b.T @ p @ np.linalg.solve(p.T @ p, p.T @ b)
    return total


def _run(
    rng: np.random.Generator, prior: np.ndarray, drift_s: float, period_s: float, looks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Errors of the final estimate [7 S] and its covariance, of one run."""
    sigma = np.tile(prior, (4, 1))
    biases = new_biases(POS, ROT, sigma, drift_s)
    truth = rng.normal(size=(4, 7)) * sigma
    x, v = _targets(np.random.default_rng(7))
    group, sensor = np.repeat(np.arange(TARGETS), 4), np.tile(np.arange(4), TARGETS).astype(np.int32)
    kept = np.exp(-period_s / drift_s)
    for k in range(looks):
        if k:
            truth = kept * truth + np.sqrt(1 - kept**2) * rng.normal(size=(4, 7)) * sigma
        here = x + v * k * period_s
        z = _measured(truth, here, v) + rng.normal(size=(TARGETS, 4, 3)) * SIGMA
        told = np.repeat(v + rng.normal(0, 3.0, v.shape), 4, axis=0)
        errors = np.tile(SIGMA, (4 * TARGETS, 1))
        used = register(biases, k * period_s, group, sensor, z.reshape(-1, 3), errors, told)
        assert used == TARGETS
    return (biases.mean - truth).reshape(-1), biases.cov


def _bound(prior: np.ndarray, drift_s: float, period_s: float, looks: int) -> np.ndarray:
    """The bound on the covariance of the final estimate, of what has a prior."""
    x, v = _targets(np.random.default_rng(7))
    free = np.flatnonzero(np.tile(prior, 4))
    start = np.diag(np.tile(prior, 4)[free] ** 2)
    kept = np.exp(-period_s / drift_s)
    cov = start
    for k in range(looks):
        if k:
            cov = kept**2 * cov + (1 - kept**2) * start
        news = _fisher(x + v * k * period_s, v)[np.ix_(free, free)]
        cov = np.linalg.inv(np.linalg.inv(cov) + news)
    return cov


@pytest.mark.parametrize(
    ("prior", "drift_s", "period_s", "looks", "runs"),
    [(PRIOR, np.inf, 10.0, 15, 1000), (PRIOR, 600.0, 30.0, 15, 500), (SURVEYED, np.inf, 10.0, 15, 1000)],
    ids=["constant", "drifting", "constant, positions too"],
)
def test_biases_are_found_to_within_a_tenth_of_the_cramer_rao_bound_and_with_a_true_covariance(
    prior: np.ndarray, drift_s: float, period_s: float, looks: int, runs: int
) -> None:
    free = np.flatnonzero(np.tile(prior, 4))
    errors, nees = np.empty((runs, len(free))), np.empty(runs)
    for r in range(runs):
        error, cov = _run(np.random.default_rng([11, r]), prior, drift_s, period_s, looks)
        errors[r] = error[free]
        nees[r] = errors[r] @ np.linalg.solve(cov[np.ix_(free, free)], errors[r])
    bound = np.sqrt(np.diag(_bound(prior, drift_s, period_s, looks)))
    rmse = np.sqrt(np.mean(errors**2, axis=0))
    assert np.all(rmse < 1.1 * bound), np.round(rmse / bound, 3)
    # Over 500 runs they scatter by 3 %: what lies far below the bound would be a mistake in the bound.
    assert np.all(rmse > 0.9 * bound), np.round(rmse / bound, 3)
    low, high = chi2.ppf([0.025, 0.975], runs * len(free))
    assert low < nees.sum() < high, nees.mean() / len(free)
    # The bound is no triviality: every bias is known better than before, and bearings by far.
    left = bound.reshape(4, -1) / prior[prior > 0.0]
    assert np.all(left[:, :4] < 0.95)
    assert np.all(left < 0.995)
    assert np.all(left[:, 1] < 0.5)


def test_a_shift_common_to_all_sensors_keeps_its_prior_variance() -> None:
    _, cov = _run(np.random.default_rng(4), SURVEYED, np.inf, 10.0, 5)
    common = np.zeros((28, 3))
    for s in range(4):
        common[7 * s + 4 : 7 * s + 7] = ROT[s] / 4.0
    np.testing.assert_allclose(common.T @ cov @ common, np.eye(3) * 30.0**2 / 4.0, rtol=1e-6, atol=1e-3)
    relative = np.zeros(28)
    relative[[4, 11]] = 1.0, -1.0
    assert relative @ cov @ relative < 0.9 * 2 * 30.0**2
