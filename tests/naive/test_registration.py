"""Registration against plain NumPy: one least-squares problem with all places and biases, and matrix forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from skypact.errors import UsageError
from skypact.fuse import advance_biases, new_biases, register_tracks
from skypact.fuse.align import SHARE, corrected, learn, new_registration
from skypact.kernels.field import common_rows, field_rows, square_root
from skypact.kernels.registration import absorb, common_places, plot_places, plot_rows


def _rotation(rng: np.random.Generator) -> np.ndarray:
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return turn * np.sign(np.linalg.det(turn))


def _covariances(rng: np.random.Generator, shape: tuple[int, ...], size_m: float = 200.0) -> np.ndarray:
    root = rng.normal(size=(*shape, 3, 3)) * size_m
    return root @ np.swapaxes(root, -1, -2) + np.eye(3) * 0.01 * size_m**2


def test_biases_from_differences_equal_those_of_least_squares_over_biases_and_places_together() -> None:
    rng = np.random.default_rng(2)
    terms, sources, objects = 4, 3, 5
    size = terms * sources
    prior = rng.normal(size=(size, size)) * 20
    prior = prior @ prior.T + np.eye(size) * 50
    start = rng.normal(size=size) * 10
    group, source = np.array([0, 0, 0, 1, 1, 2, 3, 3, 4, 4, 4]), np.array([0, 1, 2, 2, 0, 1, 0, 1, 2, 1, 0])
    rows = len(group)
    y, noise = rng.normal(size=(rows, 3)) * 300, _covariances(rng, (rows,), 50)
    effect = rng.normal(size=(rows, 3, terms))
    mean, cov = start.copy(), prior.copy()
    used = absorb(mean, cov, terms, group, source.astype(np.int32), y, noise, effect, 1e6)
    assert used == 4  # object 2 has one row: it says nothing

    full = np.zeros((3 * rows, size + 3 * objects))
    weight = np.zeros((3 * rows, 3 * rows))
    for i in range(rows):
        part = slice(3 * i, 3 * i + 3)
        full[part, terms * source[i] : terms * (source[i] + 1)] = effect[i]
        full[part, size + 3 * group[i] : size + 3 * group[i] + 3] = np.eye(3)
        weight[part, part] = np.linalg.inv(noise[i])
    info = full.T @ weight @ full
    info[:size, :size] += np.linalg.inv(prior)
    vector = full.T @ weight @ y.reshape(-1)
    vector[:size] += np.linalg.solve(prior, start)
    np.testing.assert_allclose(mean, np.linalg.solve(info, vector)[:size], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(cov, np.linalg.inv(info)[:size, :size], rtol=1e-7, atol=1e-7)


def test_objects_too_far_apart_are_left_out() -> None:
    mean, cov = np.zeros(2), np.eye(2)
    y = np.array([[0.0, 0, 0], [60.0, 0, 0]])
    rows = (np.zeros(2, np.int64), np.array([0, 1], np.int32), y, np.tile(np.eye(3), (2, 1, 1)))
    effect = np.ones((2, 3, 1))
    assert absorb(mean, cov, 1, *rows, effect, 50.0) == 0
    assert np.all(mean == 0.0)
    assert absorb(mean, cov, 1, *rows, effect, 70.0) == 1
    assert mean[1] > 0.0 > mean[0]


def test_plots_are_linearised_as_numerical_derivatives_say() -> None:
    rng = np.random.default_rng(4)
    pos, rot = rng.normal(size=(2, 3)) * 1e5 + 4e6, np.array([_rotation(rng), _rotation(rng)])
    bias = rng.normal(size=(2, 7)) * [60, 1e-3, 1e-3, 0.02, 30, 30, 30]
    sensor, sigma = np.array([1], np.int32), np.array([[50.0, 1e-3, 2e-3]])
    z, velocity = np.array([[2e5, 3.1, 0.1]]), rng.normal(size=(1, 3)) * 200

    def place(values: np.ndarray, biases: np.ndarray) -> np.ndarray:
        out = np.empty((1, 3))
        plot_places(pos, rot, biases, sensor, values, velocity, out)
        return out[0]

    here = place(z, bias)[None]
    y, noise, effect = np.empty((1, 3)), np.empty((1, 3, 3)), np.empty((1, 3, 7))
    plot_rows(pos, rot, bias, sensor, z, sigma, velocity, here, y, noise, effect)
    steps = np.array([1.0, 1e-6, 1e-6, 1e-2, 1.0, 1.0, 1.0])
    for t in range(7):
        up, down = bias.copy(), bias.copy()
        up[1, t] += steps[t]
        down[1, t] -= steps[t]
        slope = -(place(z, up) - place(z, down)) / (2 * steps[t])
        np.testing.assert_allclose(effect[0, :, t], slope, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(y[0], here[0] + effect[0] @ bias[1], atol=1e-6)
    by_plot = effect[0, :, :3]
    np.testing.assert_allclose(noise[0], by_plot @ np.diag(sigma[0] ** 2) @ by_plot.T, rtol=1e-9)
    # The bearing beyond the cut of the arctangent is the same bearing.
    plot_rows(
        pos,
        rot,
        bias,
        sensor,
        z - [[0, 2 * np.pi, 0]],
        sigma,
        velocity,
        here,
        again := y.copy(),
        noise,
        effect,
    )
    np.testing.assert_allclose(again, y, atol=1e-3)


def test_common_places_are_means_weighted_by_information() -> None:
    rng = np.random.default_rng(5)
    place, noise = rng.normal(size=(5, 3)) * 100 + 6e6, _covariances(rng, (5,))
    before = place.copy()
    common_places(np.array([3, 3, 3, 7, 7]), place, noise)
    for rows in ([0, 1, 2], [3, 4]):
        weight = np.linalg.inv(noise[rows])
        expected = np.linalg.solve(weight.sum(axis=0), np.einsum("nij,nj->i", weight, before[rows]))
        np.testing.assert_allclose(place[rows], np.tile(expected, (len(rows), 1)), atol=1e-4)


@given(seed=st.integers(0, 10_000), spread=st.sampled_from([0.0, 0.5, 2.0]))
def test_the_square_root_is_scipys(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    turn = _rotation(rng)
    a = turn @ np.diag(10.0 ** (4 + spread * rng.normal(size=3))) @ turn.T
    out = np.empty((3, 3))
    square_root(a, out)
    # Eigenvalues are good to rounding of the largest: the root to the root of that.
    np.testing.assert_allclose(out, sqrtm(a).real, atol=3e-7 * np.sqrt(np.trace(a)))
    np.testing.assert_allclose(out @ out, a, atol=1e-6 * np.trace(a))


def test_a_sources_field_moves_tracks_by_the_root_of_their_covariance() -> None:
    rng = np.random.default_rng(6)
    origin, frame = rng.normal(size=(2, 3)) * 1e5 + 4e6, np.array([_rotation(rng), _rotation(rng)])
    source = np.array([0, 1, 1, 1], np.int32)
    mean = np.hstack([origin[source] + rng.normal(size=(4, 3)) * 1e5, rng.normal(size=(4, 3))])
    cov = np.tile(np.eye(6), (4, 1, 1))
    cov[:, :3, :3] = _covariances(rng, (4,))
    near, typical = mean[1:3, :3] + [10.0, 0.0, 0.0], np.array([1.0, 150.0])
    noise, effect = np.empty((4, 3, 3)), np.empty((4, 3, 9))
    begin = np.array([0, 0, 2])
    known = np.array([False, True])
    field_rows((origin, frame, known, begin, near, typical), source, mean, cov, SHARE, noise, effect)
    assert np.all(effect[0] == 0.0)
    np.testing.assert_array_equal(noise[0], cov[0, :3, :3])
    for i in (1, 2, 3):
        q = frame[1] @ (mean[i, :3] - origin[1]) / SHARE[2]
        gaps = mean[i, :3] - near
        rise = gaps @ (mean[i, :3] / np.linalg.norm(mean[i, :3]))
        least = np.min(np.sum(gaps**2, axis=1) + (SHARE[5] ** 2 - 1) * rise**2)
        sigma = np.sqrt(np.trace(cov[i, :3, :3]) / 3)
        like = np.exp(-0.5 * least / SHARE[4] ** 2) * min(1.0, SHARE[6] * 150.0 / sigma)
        share = min(SHARE[0] + SHARE[1] * (q[0] ** 2 + q[1] ** 2), SHARE[3]) * like**2
        prior = np.diag(np.repeat(SHARE[[0, 1]], [3, 6]))
        np.testing.assert_allclose(effect[i] @ prior @ effect[i].T, share * cov[i, :3, :3], rtol=1e-5)
        np.testing.assert_allclose(noise[i], (1 - share) * cov[i, :3, :3], rtol=1e-9)
        np.testing.assert_allclose(effect[i, :, 3:6], effect[i, :, :3] * q[0], rtol=1e-9)


def test_rows_in_common_are_those_of_one_code_held_by_two_sources_once_each() -> None:
    source = np.array([0, 0, 1, 1, 2, 2, 2, 0], np.int32)
    code = np.array([5, 6, 5, 7, 6, 6, 7, 0], np.uint32)
    # Code 6 twice from source 2: only source 0 is left of it, which is no comparison.
    assert common_rows(source, code).tolist() == [0, 2, 3, 6]


def test_what_has_learnt_nothing_corrects_nothing_and_a_correction_keeps_covariances_positive() -> None:
    rng = np.random.default_rng(8)
    count, sources = 40, 3
    place = rng.normal(size=(count, 3)) * 5e4 + [3.9e6, 4.2e6, 2.8e6]
    source = np.repeat(np.arange(sources, dtype=np.int32), count)
    root = rng.normal(size=(count * sources, 6, 6)) * np.array([300, 300, 300, 9, 9, 9])[None, :, None]
    cov = root @ np.swapaxes(root, 1, 2) + np.eye(6)
    mean = np.hstack([np.tile(place, (sources, 1)), np.zeros((count * sources, 3))])
    mean[:, :3] += 150.0 * rng.normal(size=(sources, 3))[source]
    code = np.tile(np.arange(1, count + 1, dtype=np.uint32), sources)
    registration = new_registration(sources)
    same_mean, same_cov = corrected(registration, source, mean, cov)
    np.testing.assert_array_equal(same_mean, mean)
    np.testing.assert_allclose(same_cov, cov, rtol=1e-12)
    assert learn(registration, source, mean, cov, code, 10**9) == count
    assert learn(registration, source, mean, cov, code, 2 * 10**9) == 0
    new_mean, new_cov = corrected(registration, source, mean, cov)
    np.testing.assert_array_equal(new_mean[:, 3:], mean[:, 3:])
    assert np.linalg.eigvalsh(new_cov).min() > 0.0
    assert np.all(np.linalg.eigvalsh(cov[:, :3, :3] - new_cov[:, :3, :3]).min(axis=1) > -1e-6)
    np.testing.assert_allclose(new_cov[:, 3:, 3:], cov[:, 3:, 3:], rtol=1e-9)


def test_drifting_biases_go_back_to_their_prior_and_constant_ones_stay() -> None:
    pos, rot, sigma = np.zeros((1, 3)), np.eye(3)[None], np.ones((1, 7)) * 2.0
    drift = np.array([[np.inf, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0]])
    biases = new_biases(pos, rot, sigma, drift, walk=np.array([[0.5, 0, 0, 0, 0, 0, 0]]))
    biases.scaled_cov *= 0.01
    biases.scaled_mean += 1.0
    advance_biases(biases, 50.0)
    kept = np.exp(-0.5)
    np.testing.assert_allclose(biases.mean[0], [2.0, *[2.0 * kept] * 6])
    np.testing.assert_allclose(np.diag(biases.cov), [0.04 + 25.0, *[4 * (0.01 * kept**2 + 1 - kept**2)] * 6])
    with pytest.raises(UsageError, match="order of time"):
        advance_biases(biases, 49.0)
    with pytest.raises(UsageError, match="shapes"):
        new_biases(pos, rot, sigma[:, :4])
    with pytest.raises(UsageError, match="sigma"):
        new_biases(pos, rot, -sigma)


def test_biases_are_found_from_local_estimates_too() -> None:
    rng = np.random.default_rng(9)
    up = np.array([0.6, 0.64, 0.48])
    up /= np.linalg.norm(up)
    east = np.array([-up[1], up[0], 0.0]) / np.hypot(up[0], up[1])
    rot = np.tile(np.array([east, np.cross(up, east), up]), (2, 1, 1))
    pos = 6.37e6 * up + np.array([[0.0, 0, 0], east * 150e3])
    sigma = np.tile([60.0, 1.5e-3, 1.5e-3, 0.0, 0.0, 0.0, 0.0], (2, 1))
    truth = rng.normal(size=(2, 7)) * sigma
    biases = new_biases(pos, rot, sigma)
    ground = rng.uniform(-150e3, 150e3, (40, 2))
    places = 6.37e6 * up + ground @ np.array([east, rot[0, 1]]) + 9e3 * up
    mean, cov = np.zeros((80, 6)), np.tile(np.eye(6) * 30.0**2, (80, 1, 1))
    for k, x in enumerate(places):
        for s in range(2):
            e, n, u = rot[s] @ (x - pos[s])
            r, b = np.sqrt(e**2 + n**2 + u**2) + truth[s, 0], np.arctan2(e, n) + truth[s, 1]
            el = np.arctan2(u, np.hypot(e, n)) + truth[s, 2]
            seen = r * np.array([np.cos(el) * np.sin(b), np.cos(el) * np.cos(b), np.sin(el)])
            mean[2 * k + s, :3] = pos[s] + rot[s].T @ seen + rng.normal(0, 30, 3)
    used = register_tracks(
        biases, 0.0, np.repeat(np.arange(40), 2), np.tile([0, 1], 40).astype(np.int32), mean, cov
    )
    assert used == 40
    error = ((biases.mean - truth) / np.maximum(sigma, 1e-9))[:, :3].reshape(-1)
    keep = np.r_[0:3, 7:10]
    nees = error @ np.linalg.solve(biases.scaled_cov[np.ix_(keep, keep)], error)
    assert nees < 22.5  # chi-square of 6, 99.9 %
    assert np.all(np.abs(error[[1, 4]]) < 0.25)
