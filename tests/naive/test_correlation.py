"""Correlation against plain NumPy: distances, groups matched under a common shift, exchanges, and doubt."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from skypact.kernels.ambiguity import distance2, exchange, weigh
from skypact.kernels.correlation import GATE_KEEP, GATE_NEW, correlate
from skypact.kernels.matching import COMMON, inverse_terms, match

CENTRE = np.array([3.9e6, 4.2e6, 2.8e6, 0.0, 0.0, 0.0])


def _tracks(rng: np.random.Generator, n: int, size_m: float = 3e4) -> tuple[np.ndarray, np.ndarray]:
    mean = rng.normal(size=(n, 6)) * [size_m, size_m, size_m, 20, 20, 20] + CENTRE
    root = rng.normal(size=(n, 6, 6)) * np.array([300, 300, 300, 20, 20, 20])[None, :, None]
    return mean, root @ np.swapaxes(root, 1, 2) + np.diag([100.0] * 3 + [4.0] * 3)


def _square(mean: np.ndarray, cov: np.ndarray, i: int, j: int) -> float:
    gap = mean[i] - mean[j]
    return float(gap @ np.linalg.solve(cov[i] + cov[j] + np.diag([0, 0, 0, 25.0, 25, 25]), gap))


def test_distances_equal_numpys() -> None:
    rng = np.random.default_rng(5)
    mean, cov = _tracks(rng, 8, 3e3)
    work, low, solved, terms = np.empty((6, 6)), np.empty((6, 6)), np.empty(6), np.empty(12)
    for i in range(8):
        j = (i + 1) % 8
        assert abs(distance2(mean, cov, i, j, work, low, solved) / _square(mean, cov, i, j) - 1) < 1e-6
        total = cov[i] + cov[j]
        square = inverse_terms(total, mean[i] - mean[j], work, low, terms)
        inverse = np.linalg.inv(total)
        assert abs(square / ((mean[i] - mean[j]) @ inverse @ (mean[i] - mean[j])) - 1) < 1e-6
        np.testing.assert_allclose(terms[:3], (inverse @ (mean[i] - mean[j]))[:3], rtol=1e-6)
        np.testing.assert_allclose(terms[3:].reshape(3, 3), inverse[:3, :3], rtol=1e-6)
    assert inverse_terms(-cov[0], mean[0], work, low, terms) == 1e300


def _pattern_cost(
    gaps: np.ndarray, covs: np.ndarray, pairs: list[tuple[int, int]], prior: np.ndarray
) -> float:
    """Least cost over the shift of an assignment, by the joint covariance of its stacked differences."""
    m = len(pairs)
    if not m:
        return 0.0
    stacked = np.concatenate([gaps[i, j] for i, j in pairs])
    lift = np.vstack([np.eye(3), np.zeros((3, 3))])
    joint = np.kron(np.ones((m, m)), lift @ prior @ lift.T)
    for k, (i, j) in enumerate(pairs):
        joint[6 * k : 6 * k + 6, 6 * k : 6 * k + 6] += (1 - COMMON) * covs[i, j]
    return float(stacked @ np.linalg.solve(joint, stacked))


def test_a_group_is_matched_at_the_least_cost_over_all_assignments_and_shifts() -> None:
    rng = np.random.default_rng(11)
    for _ in range(20):
        size = 4
        objects = rng.normal(size=(size, 6)) * [900, 900, 900, 5, 5, 5]
        cov = np.diag([300.0**2] * 3 + [50.0] * 3)
        shift = np.r_[rng.normal(0, 400, 3), 0, 0, 0]
        second = objects + shift + rng.normal(size=(size, 6)) * [60, 60, 60, 3, 3, 3]
        gaps, covs = second[None] - objects[:, None], np.tile(cov, (size, size, 1, 1))
        first_of, second_of, square, terms = [], [], [], []
        work, low = np.empty((6, 6)), np.empty((6, 6))
        for i in range(size):
            for j in range(size):
                term = np.empty(12)
                d = inverse_terms(cov, gaps[i, j], work, low, term)
                if d < GATE_NEW:
                    first_of.append(i)
                    second_of.append(j)
                    square.append(d)
                    terms.append(term)
        partner = np.empty(size, np.int32)
        same = np.zeros(len(square), np.int32)
        arrays = np.array(first_of, np.int32), np.array(second_of, np.int32), np.array(square)
        cost = match(*arrays, np.array(terms), same, GATE_NEW, partner)
        prior = COMMON * cov[:3, :3]
        allowed = set(zip(first_of, second_of, strict=True))
        best = np.inf
        for columns in permutations([*range(size), *[-1] * size], size):
            pairs = [(i, j) for j, i in enumerate(columns) if i >= 0]
            if set(pairs) <= allowed:
                alone = (size - len(pairs)) * GATE_NEW / (1 - COMMON)
                best = min(best, alone + _pattern_cost(gaps, covs, pairs, prior))
        assert cost < best + 1e-3, "the search has missed the cheapest assignment"
        chosen = [(int(i), j) for j, i in enumerate(partner) if i >= 0]
        found = _pattern_cost(gaps, covs, chosen, prior) + (size - len(chosen)) * GATE_NEW / (1 - COMMON)
        np.testing.assert_allclose(cost, found, rtol=1e-6)


def _correlate(
    mean: np.ndarray, cov: np.ndarray, source: list[int], code: list[int], row: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, n = np.array(row, np.int32), len(mean)
    score, doubt = np.full(n, np.nan), np.empty(n)
    numbers = max(row) + 1
    correlate(mean, cov, np.array(source, np.int32), np.array(code, np.uint32), rows, numbers, score, doubt)
    return rows, score, doubt


def test_correlation_joins_tracks_of_one_object_and_no_others() -> None:
    rng = np.random.default_rng(7)
    objects = rng.uniform(-2e5, 2e5, (6, 3)) + CENTRE[:3]
    velocity = rng.normal(0, 200, (6, 3))
    sigma = np.diag([50.0**2] * 3 + [5.0**2] * 3)
    noise = rng.normal(size=(3, 6, 6)) * np.sqrt(np.diag(sigma))
    mean = (np.hstack([objects, velocity])[None] + noise).reshape(18, 6)
    row, _, doubt = _correlate(
        mean, np.tile(sigma, (18, 1, 1)), np.repeat(range(3), 6).tolist(), [0] * 18, [-1] * 18
    )
    assert len(set(row)) == 6
    for k in range(6):
        assert row[k] == row[k + 6] == row[k + 12]
    assert np.all(doubt == 0.0)


def test_tracks_of_large_variance_meet_all_in_reach_whatever_their_order_along_the_axis() -> None:
    for far_m in (-60e3, 60e3):
        mean = np.tile(CENTRE, (4, 1))
        mean[1, 0] += far_m
        mean[2, 1] += 500e3
        mean[3, 0] += far_m
        mean[3, 1] += 500e3
        cov = np.tile(np.diag([50.0**2] * 3 + [25.0] * 3), (4, 1, 1))
        cov[1, :3, :3] = cov[3, :3, :3] = np.eye(3) * 25e3**2
        row, _, _ = _correlate(mean, cov, [0, 1, 0, 1], [0] * 4, [-1] * 4)
        assert row[0] == row[1]
        assert row[2] == row[3]
        assert row[0] != row[2]


def test_different_codes_keep_tracks_apart_and_a_distant_member_is_detached() -> None:
    mean = np.tile(CENTRE, (3, 1))
    cov = np.tile(np.diag([50.0**2] * 3 + [5.0**2] * 3), (3, 1, 1))
    row, _, _ = _correlate(mean, cov, [0, 1, 2], [7, 8, 0], [-1] * 3)
    assert row[0] != row[1]
    assert row[2] in (row[0], row[1])
    mean[2, 1] += 20_000.0
    row, _, _ = _correlate(mean, cov, [0, 1, 2], [0, 0, 0], [0, 1, 0])
    assert row[2] not in (row[0], row[1])
    assert row[0] == row[1]


def test_a_member_that_stays_a_little_too_far_is_detached_after_some_epochs_but_not_at_once() -> None:
    mean, cov = np.tile(CENTRE, (2, 1)), np.tile(np.diag([50.0**2] * 3 + [25.0] * 3), (2, 1, 1))
    mean[1, 0] += np.sqrt(40.0 * 2 * 50.0**2)
    assert GATE_NEW < _square(mean, cov, 0, 1) < GATE_KEEP
    source, code = np.array([0, 1], np.int32), np.zeros(2, np.uint32)
    row, score, doubt = np.zeros(2, np.int32), np.array([np.nan, 3.0]), np.empty(2)
    for epoch in range(12):  # noqa: B007  how many it took is what is asked
        before = score[1]
        count = correlate(mean, cov, source, code, row, 1, score, doubt)
        if row[1] != row[0]:
            break
        np.testing.assert_allclose(score[1], 0.8 * before + 0.2 * 40.0, rtol=1e-9)
    assert 4 <= epoch <= 8
    assert count == 2


def test_members_change_places_where_that_is_plainly_better_and_the_leading_source_keeps_its_rows() -> None:
    mean = np.tile(CENTRE, (4, 1))
    mean[[1, 3], 1] += 600.0  # own 0 and 1, theirs 2 and 3: rows hold 0 with 3 and 1 with 2
    mean[2:, 0] += 250.0  # a shift of all of theirs changes nothing
    cov = np.tile(np.diag([80.0**2] * 3 + [25.0] * 3), (4, 1, 1))
    source, code = np.array([0, 0, 1, 1], np.int32), np.zeros(4, np.uint32)
    near = np.array([[0, 1]], np.int32)
    row = np.array([0, 1, 1, 0], np.int32)
    exchange(mean, cov, source, code, row, 2, near)
    assert list(row) == [0, 1, 0, 1]
    exchange(mean, cov, source, code, row, 2, near)
    assert list(row) == [0, 1, 0, 1]
    for coded in ([5, 0, 0, 5], [0, 6, 6, 0], [5, 0, 6, 0], [5, 6, 5, 0]):
        row = np.array([0, 1, 1, 0], np.int32)
        exchange(mean, cov, source, np.array(coded, np.uint32), row, 2, near)
        assert (list(row) == [0, 1, 0, 1]) == (coded == [5, 6, 5, 0])


def test_doubt_is_the_odds_of_the_alternatives() -> None:
    rng = np.random.default_rng(3)
    mean, cov = _tracks(rng, 5, 150.0)
    source, code = np.array([0, 0, 1, 1, 2], np.int32), np.zeros(5, np.uint32)
    row = np.array([0, 1, 0, 1, 1], np.int32)
    doubt = np.empty(5)
    weigh(mean, cov, source, code, row, 2, np.array([[0, 1]], np.int32), doubt)
    trace = np.trace(cov[:, :3, :3], axis1=1, axis2=2)

    def best(members: list[int]) -> int:
        return min(members, key=lambda m: trace[m])

    for i, j, here, there in ((0, 1, [2], [3, 4]), (2, 3, [0], [1, 4])):
        a, b = best(here), best(there)
        loss = _square(mean, cov, i, b) + _square(mean, cov, j, a)
        loss -= _square(mean, cov, i, a) + _square(mean, cov, j, b)
        odds = np.exp(-0.5 * loss)
        np.testing.assert_allclose([doubt[i], doubt[j]], odds / (1 + odds), rtol=1e-6)
    loss = _square(mean, cov, 4, best([0, 2])) - _square(mean, cov, 4, best([1, 3]))
    np.testing.assert_allclose(doubt[4], np.exp(-0.5 * loss) / (1 + np.exp(-0.5 * loss)), rtol=1e-6)
    code[[0, 2]] = 9
    weigh(mean, cov, source, code, row, 2, np.array([[0, 1]], np.int32), doubt)
    assert doubt[0] == doubt[2] == 0.0
