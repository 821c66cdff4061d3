"""The exact sparse GOSPA against the same metric by SciPy's assignment on a k-d tree's pairs."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from benchmarks.measure import Row, best_s
from skypact.score import gospa

CUT_M = 5_000.0


def _peer(estimate: np.ndarray, truth: np.ndarray) -> float:
    half = CUT_M**2 / 2.0
    pairs = cKDTree(estimate).sparse_distance_matrix(cKDTree(truth), CUT_M, output_type="coo_matrix")
    gain = np.zeros((len(estimate), len(truth)))
    gain[pairs.row, pairs.col] = np.minimum(pairs.data, CUT_M) ** 2 - CUT_M**2
    i, j = linear_sum_assignment(gain)
    good = gain[i, j] < 0.0
    near = float((gain[i, j][good] + CUT_M**2).sum())
    return float((near + half * (len(estimate) + len(truth) - 2 * int(good.sum()))) ** 0.5)


def rows() -> list[Row]:
    """A row for each size; the two must agree before they are timed."""
    found = []
    for size in (100, 1000):
        rng = np.random.default_rng(size)
        truth = rng.uniform(0.0, 1e5 * size**0.5, (size, 3))
        estimate = truth[rng.random(size) < 0.9] + rng.normal(0.0, 500.0, (1, 3))
        ours, peer = gospa(estimate, truth, CUT_M).total, _peer(estimate, truth)
        if abs(ours - peer) > 1e-6 * peer:
            raise ArithmeticError(f"GOSPA of {size} objects: {ours} here, {peer} by SciPy")
        ours_ms = 1e3 * best_s(partial(gospa, estimate, truth, CUT_M), 20)
        peer_ms = 1e3 * best_s(partial(_peer, estimate, truth), 5)
        found.append(
            Row("score.gospa", size, "ms", ours_ms, peer_ms, "SciPy cKDTree and linear_sum_assignment", "")
        )
    return found
