"""The numbers, the firmness and the comparisons of a picture's tracks, written again with dictionaries and NumPy."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from skypact.kernels.picture import number, recall
from skypact.kernels.quality import firm_rows, position_sigmas
from skypact.kernels.trust import covered, pairs_of_code


@pytest.mark.parametrize("seed", range(20))
def test_what_is_remembered_is_found_and_numbered_as_a_dictionary_would(seed: int) -> None:
    rng = np.random.default_rng(seed)
    everything = np.sort(rng.choice(60, 30, replace=False)).astype(np.uint64)
    before = everything[rng.random(30) < 0.6]
    keys = everything[rng.random(30) < 0.6]
    numbers, scores = rng.integers(1, 9, len(before)), rng.random(len(before))
    held, score, row = np.empty(len(keys), np.int64), np.empty(len(keys)), np.empty(len(keys), np.int32)
    ids = recall(before, numbers, scores, keys, held, score, row)
    known = dict(zip(before.tolist(), zip(numbers.tolist(), scores.tolist(), strict=True), strict=True))
    expected = [known.get(key, (0, np.nan)) for key in keys.tolist()]
    assert held.tolist() == [of for of, _ in expected]
    np.testing.assert_array_equal(score, [of for _, of in expected])
    assert ids.tolist() == sorted({of for of, _ in expected if of})
    assert [int(ids[r]) if r >= 0 else 0 for r in row] == held.tolist()

    rows = len(ids) + 5
    moved = rng.integers(0, rows, len(keys)).astype(np.int32)
    place = moved.copy()
    row_id = number(place, rows, ids, 100)
    used = sorted(set(moved.tolist()))
    names = {r: int(ids[r]) for r in used if r < len(ids)}
    names |= {r: 100 + k for k, r in enumerate(r for r in used if r >= len(ids))}
    assert row_id.tolist() == [names[r] for r in used]
    assert row_id[place].tolist() == [names[r] for r in moved.tolist()]


def test_firm_is_what_is_held_exact_and_known_by_class_or_impact() -> None:
    rng = np.random.default_rng(4)
    n = 400
    status = rng.integers(1, 5, n).astype(np.uint8)
    prob = rng.choice([0.1, 0.79, 0.8, 0.9], (n, 3)).astype(np.float32)
    kind = rng.integers(0, 3, n).astype(np.uint8)
    spread = rng.choice([1e8, 4e8, 5e8], (n, 2))
    area = np.zeros((n, 2, 2))
    area[:, 0, 0], area[:, 1, 1] = spread.T
    cov = np.zeros((n, 6, 6))
    cov[:, range(3), range(3)] = rng.choice([1e5, 1e6, 1.1e6], (n, 3))
    sigma, firm = np.empty(n), np.empty(n, np.uint8)
    position_sigmas(cov, sigma)
    np.testing.assert_allclose(sigma, np.sqrt(np.trace(cov[:, :3, :3], axis1=1, axis2=2) / 3.0), rtol=1e-15)
    firm_rows((2, 3), 1, np.float32(0.8), 1e3, 2e4, status, prob, kind, area, sigma, firm)
    known = (prob >= np.float32(0.8)).any(axis=1) | ((kind == 1) & (spread.max(axis=1) <= 4e8))
    np.testing.assert_array_equal(firm, np.isin(status, (2, 3)) & (sigma <= 1e3) & known)
    assert 0 < firm.sum() < n


def test_pairs_of_one_code_are_all_permutations_of_two() -> None:
    code = np.array([4, 9, 4, 7, 9, 9, 8], np.uint32)
    rows = np.array([0, 2, 3, 1, 4, 5, 6])
    first, second = pairs_of_code(rows, code)
    expected = [(a, b) for a, b in permutations(rows.tolist(), 2) if code[a] == code[b]]
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == expected
    assert len(pairs_of_code(rows[:0], code)[0]) == 0


def test_a_place_is_covered_where_enough_others_hold_the_like_near_and_no_higher() -> None:
    rng = np.random.default_rng(9)
    n, sources = 120, 5
    source = rng.integers(0, sources, n).astype(np.int32)
    mean = np.hstack([rng.normal(size=(n, 3)) * 3e4 + [4e6, 4e6, 3e6], np.zeros((n, 3))])
    prob, held = rng.random((n, 3)).astype(np.float32), rng.random(n) < 0.8
    rows = np.flatnonzero(rng.random(n) < 0.5)
    found = covered(rows, source, mean, prob, held, 5e4, 1e4, 2)
    height = np.linalg.norm(mean[:, :3], axis=1)
    for i, enough in zip(rows, found, strict=True):
        near = np.linalg.norm(mean[:, :3] - mean[i, :3], axis=1) <= 5e4
        like = prob.argmax(axis=1) == prob[i].argmax()
        others = near & like & held & (source != source[i]) & (height <= height[i] + 1e4)
        assert enough == (len(set(source[others].tolist())) >= 2)
    assert 0 < found.sum() < len(rows)
