"""The fusion kernels against plain NumPy twins."""

from __future__ import annotations

import numpy as np

from skypact.kernels.carry import extrapolate
from skypact.kernels.fusion import combine, correlate, distance2
from skypact.kernels.intersection import invert

GM, OMEGA = 3.986004418e14, 7.292115e-5


def _tracks(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    mean = rng.normal(size=(n, 6)) * [3e4, 3e4, 3e4, 200, 200, 200] + [6.4e6, 0, 0, 0, 0, 0]
    root = rng.normal(size=(n, 6, 6)) * np.array([300, 300, 300, 20, 20, 20])[None, :, None]
    return mean, root @ np.swapaxes(root, 1, 2) + np.diag([100.0] * 3 + [4.0] * 3)


def test_inverse_and_distance_equal_numpys() -> None:
    rng = np.random.default_rng(5)
    mean, cov = _tracks(rng, 8)
    out, low, work, solved = np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6)), np.empty(6)
    for i in range(8):
        assert invert(cov[i], out, low, 6)
        np.testing.assert_allclose(out, np.linalg.inv(cov[i]), rtol=1e-6, atol=1e-12)
        j = (i + 1) % 8
        total = cov[i] + cov[j] + np.diag([2500.0] * 3 + [25.0] * 3)
        gap = mean[i] - mean[j]
        expected = gap @ np.linalg.solve(total, gap)
        assert abs(distance2(mean, cov, i, j, 2500.0, work, low, solved) - expected) < 1e-6 * expected
    assert not invert(-cov[0], out, low, 6)


def test_extrapolation_equals_the_matrix_form() -> None:
    rng = np.random.default_rng(6)
    mean, cov = _tracks(rng, 5)
    mode = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.2, 0.3], [0.1, 0.1, 0.8]], np.float32)
    out_mean, out_cov = np.empty_like(mean), np.empty_like(cov)
    extrapolate(mean, cov, mode, 7.0, out_mean, out_cov)
    for i in range(5):
        p, v = mean[i, :3], mean[i, 3:]
        w = np.array([0, 0, OMEGA])
        a = -GM * p / np.linalg.norm(p) ** 3 - 2 * np.cross(w, v) - np.cross(w, np.cross(w, p))
        a = float(mode[i, 2]) * a
        np.testing.assert_allclose(out_mean[i], np.r_[p + 7 * v + 24.5 * a, v + 7 * a], rtol=1e-12)
        f = np.block([[np.eye(3), 7 * np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
        q = float(mode[i] @ np.array([1.0, 900.0, 25.0]))
        noise = q * np.kron(np.array([[7**3 / 3, 7**2 / 2], [7**2 / 2, 7]]), np.eye(3))
        np.testing.assert_allclose(out_cov[i], f @ cov[i] @ f.T + noise, rtol=1e-6)


def test_correlation_joins_tracks_of_one_object_and_no_others() -> None:
    rng = np.random.default_rng(7)
    objects = rng.uniform(-2e5, 2e5, (6, 3)) + np.array([6.4e6, 0, 0])
    velocity = rng.normal(0, 200, (6, 3))
    sigma = np.diag([50.0**2] * 3 + [5.0**2] * 3)
    means, sources = [], []
    for source in range(3):
        for k in range(6):
            means.append(np.r_[objects[k], velocity[k]] + rng.normal(size=6) * np.sqrt(np.diag(sigma)))
            sources.append(source)
    mean, cov = np.array(means), np.tile(sigma, (18, 1, 1))
    row = np.full(18, -1, np.int32)
    code = np.zeros(18, np.uint32)
    correlate(mean, cov, np.array(sources, np.int32), code, row, 0, np.zeros(18))
    assert len(set(row)) == 6
    for k in range(6):
        assert row[k] == row[k + 6] == row[k + 12]


def test_different_codes_keep_tracks_apart_and_a_distant_member_is_detached() -> None:
    mean = np.tile([6.4e6, 0.0, 0.0, 100.0, 0.0, 0.0], (3, 1))
    cov = np.tile(np.diag([50.0**2] * 3 + [5.0**2] * 3), (3, 1, 1))
    source = np.array([0, 1, 2], np.int32)
    row = np.full(3, -1, np.int32)
    correlate(mean, cov, source, np.array([7, 8, 0], np.uint32), row, 0, np.zeros(3))
    assert row[0] != row[1]
    assert row[2] in (row[0], row[1])
    mean[2, 1] += 20_000.0
    row[:] = [0, 1, 0]
    correlate(mean, cov, source, np.zeros(3, np.uint32), row, 2, np.zeros(3))
    assert row[2] not in (row[0], row[1])
    assert row[0] == row[1]


def test_combination_takes_the_best_member_and_is_never_worse() -> None:
    rng = np.random.default_rng(8)
    mean, cov = _tracks(rng, 6)
    mean[:] = mean[0]
    row = np.array([0, 0, 0, 1, 1, 2], np.int32)
    fused_mean, fused_cov, best = np.empty((3, 6)), np.empty((3, 6, 6)), np.empty(3, np.int32)
    combine(mean, cov, row, 3, np.zeros(6), fused_mean, fused_cov, best, 24)
    for r in range(3):
        members = np.flatnonzero(row == r)
        spread = [np.trace(cov[i, :3, :3]) for i in members]
        assert best[r] == members[int(np.argmin(spread))]
        assert np.linalg.slogdet(fused_cov[r])[1] <= min(np.linalg.slogdet(cov[best[r]])[1], 1e9) + 1e-9
        np.testing.assert_allclose(fused_mean[r], mean[0], rtol=1e-9, atol=1e-6)
