"""The fusion kernels against plain NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from skypact.errors import UsageError
from skypact.fuse import (
    covariance_intersection,
    independent_inconsistent,
    split_covariance_intersection,
    with_tracklet,
)
from skypact.kernels.combination import (
    BY_BEST,
    BY_ELLIPSOIDS,
    BY_INDEPENDENCE,
    BY_INTERSECTION,
    BY_INVERSE_INTERSECTION,
    BY_SPLIT,
    unite,
)
from skypact.kernels.fusion import combine, common_shares
from skypact.kernels.intersection import intersect, invert


def _tracks(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    mean = rng.normal(size=(n, 6)) * [3e4, 3e4, 3e4, 200, 200, 200] + [6.4e6, 0, 0, 0, 0, 0]
    root = rng.normal(size=(n, 6, 6)) * np.array([300, 300, 300, 20, 20, 20])[None, :, None]
    return mean, root @ np.swapaxes(root, 1, 2) + np.diag([100.0] * 3 + [4.0] * 3)


def test_inverse_equals_numpys() -> None:
    rng = np.random.default_rng(5)
    _, cov = _tracks(rng, 8)
    out, low = np.empty((6, 6)), np.empty((6, 6))
    for i in range(8):
        assert invert(cov[i], out, low, 6)
        np.testing.assert_allclose(out, np.linalg.inv(cov[i]), rtol=1e-6, atol=1e-12)
    assert not invert(-cov[0], out, low, 6)


@pytest.mark.parametrize("rule", [BY_INTERSECTION, BY_INVERSE_INTERSECTION, BY_SPLIT, BY_ELLIPSOIDS, BY_BEST])
def test_combination_takes_the_best_member_and_is_never_worse(rule: int) -> None:
    rng = np.random.default_rng(8)
    mean, cov = _tracks(rng, 6)
    mean[:] = mean[0]
    row = np.array([0, 0, 0, 1, 1, 2], np.int32)
    fused_mean, fused_cov, best = np.empty((3, 6)), np.empty((3, 6, 6)), np.empty(3, np.int32)
    combine(mean, cov, row, 3, np.full(6, 0.4), rule, 0, fused_mean, fused_cov, best)
    for r in range(3):
        members = np.flatnonzero(row == r)
        spread = [np.trace(cov[i, :3, :3]) for i in members]
        assert best[r] == members[int(np.argmin(spread))]
        assert np.linalg.slogdet(fused_cov[r])[1] <= np.linalg.slogdet(cov[best[r]])[1] + 1e-9
        np.testing.assert_allclose(fused_mean[r], mean[0], rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(fused_cov[2], cov[5], rtol=1e-12)
    if rule == BY_BEST:
        np.testing.assert_array_equal(fused_cov, cov[best])


def test_a_member_five_times_less_accurate_and_a_fourth_are_left_out() -> None:
    mean = np.tile([6.4e6, 0.0, 0.0, 100.0, 0.0, 0.0], (5, 1))
    cov = np.tile(np.diag([100.0] * 3 + [4.0] * 3), (5, 1, 1)) * np.array([1.0, 26.0, 1, 1, 1])[:, None, None]
    out = np.empty((1, 6)), np.empty((1, 6, 6)), np.empty(1, np.int32)
    combine(mean, cov, np.zeros(5, np.int32), 1, np.zeros(5), BY_INDEPENDENCE, 0, *out)
    np.testing.assert_allclose(out[1][0], cov[0] / 3.0, rtol=1e-12)


def test_the_share_in_common_is_that_of_a_settled_filter_and_nothing_where_nothing_unforeseen_happens() -> (
    None
):
    # The settled filter of often measured positions: P11 = r^2 s, P12 = r s^2, P22 = s^3 in suitable units, times
    # sqrt 2, 1, sqrt 2: the share is 2^-1/2 whatever q and r.
    share = np.empty(3)
    q, r = 900.0, 40.0
    position, velocity = np.sqrt(2.0) * q**0.25 * r**1.5, np.sqrt(2.0) * q**0.75 * r**0.5
    cov = np.tile(np.diag([position] * 3 + [velocity] * 3), (3, 1, 1))
    cov[1:, 3:, 3:] *= 1e6
    age_s = np.array([20.0, 0.0, 20.0])
    common_shares(cov, np.array([[0, 1, 0], [1, 0, 0], [1, 0, 0]], np.float32), age_s, share)
    np.testing.assert_allclose(share[0], np.sqrt(0.5), rtol=1e-6)
    assert share[1] < 1e-6
    # Once in eighty seconds a turn of 900 m2/s3 begins: after 20 s in the mean 2,250 m2/s2.
    np.testing.assert_allclose(share[2] - share[1], 2250.0 / (1e6 * velocity), rtol=1e-3)


def _information(rule: int, a: np.ndarray, b: np.ndarray, w: float) -> np.ndarray:
    inv = np.linalg.inv
    if rule == BY_INTERSECTION:
        return w * inv(a) + (1 - w) * inv(b)
    if rule == BY_INVERSE_INTERSECTION:
        return inv(a) + inv(b) - inv(w * a + (1 - w) * b)
    return inv(a) + inv(b)


def _naive(rule: int, x: np.ndarray, a: np.ndarray, y: np.ndarray, b: np.ndarray, states: int) -> tuple:
    """A rule in information form, its weight by search."""

    def size(w: float) -> float:
        cov = np.linalg.inv(_information(rule, a, b, w))
        return float(np.trace(cov[:states, :states])) if states else float(np.linalg.slogdet(cov)[1])

    w = minimize_scalar(size, bounds=(0, 1), method="bounded", options={"xatol": 1e-10}).x
    w = min((w, 0.0, 1.0), key=size)
    cov = np.linalg.inv(_information(rule, a, b, w))
    inv, mixed = np.linalg.inv, np.zeros_like(a)
    if rule == BY_INVERSE_INTERSECTION:
        mixed = inv(w * a + (1 - w) * b)
    k, m = (w, 1 - w) if rule == BY_INTERSECTION else (1.0, 1.0)
    mean = cov @ ((k * inv(a) - w * mixed) @ x + (m * inv(b) - (1 - w) * mixed) @ y)
    return mean, cov, size(w)


@pytest.mark.parametrize("rule", [BY_INTERSECTION, BY_INVERSE_INTERSECTION, BY_INDEPENDENCE])
@pytest.mark.parametrize("states", [0, 2, 4])
def test_every_rule_equals_its_information_form_at_its_best_weight(rule: int, states: int) -> None:
    rng = np.random.default_rng(9 + rule)
    for _ in range(25):
        a, b = (m @ m.T + 0.01 * np.eye(4) for m in rng.normal(size=(2, 4, 4)))
        x, y = rng.normal(size=(2, 4))
        mean, cov, work = np.empty(4), np.empty((4, 4)), np.empty((5, 4, 4))
        assert unite(rule, states, x, a, y, b, mean, cov, work) >= 0.0
        expected_mean, expected_cov, size = _naive(rule, x, a, y, b, states)
        np.testing.assert_allclose(mean, expected_mean, atol=1e-4)
        np.testing.assert_allclose(cov, expected_cov, atol=1e-4)
        found = np.trace(cov[:states, :states]) if states else np.linalg.slogdet(cov)[1]
        assert found <= size + 1e-9
        if rule == BY_INTERSECTION and not states:
            other_mean, other_cov = np.empty(4), np.empty((4, 4))
            intersect(x, a, y, b, other_mean, other_cov, work)
            np.testing.assert_allclose(other_mean, mean, atol=1e-6)
            np.testing.assert_allclose(other_cov, cov, atol=1e-6)


@given(seed=st.integers(0, 10_000), n=st.integers(1, 6))
def test_the_quick_weight_is_the_best_whatever_the_shapes_and_sizes(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (m @ m.T + 1e-6 * np.eye(n) for m in rng.normal(size=(2, n, n)))
    b *= 10.0 ** rng.uniform(-6, 6)
    mean, cov, work = np.empty(n), np.empty((n, n)), np.empty((3, max(n, 4), n))
    weight = intersect(np.zeros(n), a, np.ones(n), b, mean, cov, work)
    assert 0.0 <= weight <= 1.0
    sizes = [-np.linalg.slogdet(_information(BY_INTERSECTION, a, b, w))[1] for w in np.linspace(0, 1, 201)]
    here = -np.linalg.slogdet(_information(BY_INTERSECTION, a, b, weight))[1]
    assert here <= min(sizes) + 1e-7
    scale = np.sqrt(np.diag(cov))
    expected = np.linalg.inv(_information(BY_INTERSECTION, a, b, weight))
    np.testing.assert_allclose(cov / np.outer(scale, scale), expected / np.outer(scale, scale), atol=1e-6)


def test_the_ellipsoidal_rule_takes_the_better_on_every_axis() -> None:
    a, b = np.diag([1.0, 9.0, 4.0]), np.diag([4.0, 1.0, 4.0])
    mean, cov = np.empty(3), np.empty((3, 3))
    unite(BY_ELLIPSOIDS, 0, np.zeros(3), a, np.ones(3), b, mean, cov, np.empty((5, 4, 3)))
    np.testing.assert_allclose(mean, [0.0, 1.0, 0.5], atol=1e-12)
    np.testing.assert_allclose(cov, np.diag([1.0, 1.0, 4.0]), atol=1e-12)


def test_a_split_intersection_equals_its_definition_and_its_two_limits() -> None:
    rng = np.random.default_rng(12)
    for case in range(20):
        parts = [m @ m.T + 0.05 * np.eye(3) for m in rng.normal(size=(4, 3, 3))]
        none = np.zeros((3, 3))
        x, y = rng.normal(size=(2, 3))
        own_a, common_a, own_b, common_b = parts
        mean, own, common, weight = split_covariance_intersection(x, own_a, common_a, y, own_b, common_b)

        def size(w: float, parts: list[np.ndarray] = parts) -> float:
            first, second = parts[0] + parts[1] / w, parts[2] + parts[3] / (1 - w)
            return -float(np.linalg.slogdet(np.linalg.inv(first) + np.linalg.inv(second))[1])

        best = minimize_scalar(size, bounds=(1e-6, 1 - 1e-6), method="bounded")
        assert size(weight) <= best.fun + 1e-7
        first, second = (
            np.linalg.inv(own_a + common_a / weight),
            np.linalg.inv(own_b + common_b / (1 - weight)),
        )
        total = np.linalg.inv(first + second)
        np.testing.assert_allclose(own + common, total, atol=1e-9)
        np.testing.assert_allclose(mean, total @ (first @ x + second @ y), atol=1e-9)
        kept = total @ (first @ own_a @ first + second @ own_b @ second) @ total
        np.testing.assert_allclose(own, kept, atol=1e-9)
        if case < 3:
            mean, own, common, _ = split_covariance_intersection(x, own_a, none, y, own_b, none)
            expected = independent_inconsistent(x, own_a, y, own_b)
            np.testing.assert_allclose(mean, expected[0], atol=1e-9)
            np.testing.assert_allclose(own, expected[1], atol=1e-9)
            mean, own, common, _ = split_covariance_intersection(x, none, own_a, y, none, own_b)
            expected = covariance_intersection(x, own_a, y, own_b)[:2]
            np.testing.assert_allclose(mean, expected[0], atol=2e-3)
            np.testing.assert_allclose(common, expected[1], rtol=1e-4, atol=1e-3)


@given(seed=st.integers(0, 10_000))
def test_a_split_intersection_is_consistent_whatever_the_common_parts_have_in_common(seed: int) -> None:
    rng = np.random.default_rng(seed)
    own_a, common_a, own_b, common_b = (m @ m.T + 0.05 * np.eye(2) for m in rng.normal(size=(4, 2, 2)))
    turn, _ = np.linalg.qr(rng.normal(size=(2, 2)))
    cross = np.linalg.cholesky(common_a) @ turn @ np.linalg.cholesky(common_b).T
    _, own, common, weight = split_covariance_intersection(
        np.zeros(2), own_a, common_a, np.ones(2), own_b, common_b
    )
    total = own + common
    gain = np.hstack(
        [
            total @ np.linalg.inv(own_a + common_a / weight),
            total @ np.linalg.inv(own_b + common_b / (1 - weight)),
        ]
    )
    joint = np.block([[own_a + common_a, cross], [cross.T, own_b + common_b]])
    assert np.linalg.eigvalsh(total - gain @ joint @ gain.T).min() > -1e-8


def test_a_tracklet_adds_the_difference_of_information_and_nothing_where_a_report_has_grown_uncertain() -> (
    None
):
    rng = np.random.default_rng(13)
    inv = np.linalg.inv
    for _ in range(20):
        old, gained, state = (m @ m.T + 0.1 * np.eye(4) for m in rng.normal(size=(3, 4, 4)))
        x, before, report = rng.normal(size=(3, 4))
        new = inv(inv(old) + gained)
        mean, cov = with_tracklet(x, state, report, new, before, old)
        expected = inv(inv(state) + gained)
        np.testing.assert_allclose(cov, expected, rtol=1e-7, atol=1e-9)
        vector = inv(state) @ x + inv(new) @ report - inv(old) @ before
        np.testing.assert_allclose(mean, expected @ vector, rtol=1e-7, atol=1e-7)
        mean, cov = with_tracklet(x, state, report, old + gained, before, old)
        np.testing.assert_array_equal(cov, state)
        np.testing.assert_array_equal(mean, x)
    with pytest.raises(UsageError, match="positive definite"):
        with_tracklet(x, state, report, new, before, -old)
