"""Pairs of tracks fused, method by method: covariance intersection against a search of the weight by SciPy."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import minimize_scalar

from benchmarks.measure import Row, best_s
from skypact.fuse.combine import RULES
from skypact.kernels.fusion import combine
from skypact.model.codes import Combination

PAIRS, SEARCHED = 2_000, 100
"""Pairs in a batch, and how many of them the peer is given."""
SIGMA = np.array([300.0, 300.0, 300.0, 20.0, 20.0, 20.0])
METHODS = {
    "fuse.ci.batch": Combination.COVARIANCE_INTERSECTION,
    "fuse.ci_trace.batch": Combination.COVARIANCE_INTERSECTION_TRACE,
    "fuse.ici.batch": Combination.INVERSE_COVARIANCE_INTERSECTION,
    "fuse.split_ci.batch": Combination.SPLIT_COVARIANCE_INTERSECTION,
}


def _peer(mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """The covariances of the first pairs, in information form, the weight by SciPy's bounded search."""
    found = []
    for k in range(SEARCHED):
        a, b = np.linalg.inv(cov[2 * k]), np.linalg.inv(cov[2 * k + 1])

        def size(w: float, a: np.ndarray = a, b: np.ndarray = b) -> float:
            return -float(np.linalg.slogdet(w * a + (1.0 - w) * b)[1])

        w = minimize_scalar(size, bounds=(0.0, 1.0), method="bounded").x
        fused = np.linalg.inv(w * a + (1.0 - w) * b)
        found.append((fused @ (w * a @ mean[2 * k] + (1.0 - w) * b @ mean[2 * k + 1]), fused))
    return np.array([cov for _, cov in found])


def rows() -> list[Row]:
    """A row for each method; covariance intersection must agree with the peer before it is timed."""
    rng = np.random.default_rng(7)
    root = rng.normal(size=(2 * PAIRS, 6, 6)) * SIGMA[None, :, None]
    cov = root @ root.swapaxes(1, 2) + np.diag([100.0] * 3 + [4.0] * 3)
    mean = rng.normal(size=(2 * PAIRS, 6)) * SIGMA + np.array([6.4e6, 0.0, 0.0, 0.0, 0.0, 0.0])
    row = np.repeat(np.arange(PAIRS), 2).astype(np.int32)
    share = np.full(2 * PAIRS, 0.5)
    out_mean, out_cov, best = np.empty((PAIRS, 6)), np.empty((PAIRS, 6, 6)), np.empty(PAIRS, np.int32)
    found = []
    for name, method in METHODS.items():
        rule, by_trace = RULES[method]
        action = partial(combine, mean, cov, row, PAIRS, share, rule, by_trace, out_mean, out_cov, best)
        action()
        peer_us, peer_name = None, None
        if method == Combination.COVARIANCE_INTERSECTION:
            _check(out_cov[:SEARCHED], _peer(mean, cov), cov)
            peer_us = best_s(partial(_peer, mean, cov), 3) * 1e6 / SEARCHED
            peer_name = "NumPy, SciPy bounded search"
        ours_us = best_s(action, 10) * 1e6 / PAIRS
        note = "a pair of tracks of six states, batch of rows"
        found.append(Row(name, PAIRS, "µs", ours_us, peer_us, peer_name, note))
    return found


def _check(ours: np.ndarray, peer: np.ndarray, cov: np.ndarray) -> None:
    """Raise where a determinant of ours is larger; pairs of which one member is left out are not compared."""
    spread = np.trace(cov[: 2 * SEARCHED, :3, :3], axis1=1, axis2=2).reshape(-1, 2)
    both = spread.max(axis=1) < 25.0 * spread.min(axis=1)
    worse = np.linalg.slogdet(ours[both])[1] - np.linalg.slogdet(peer[both])[1]
    if worse.max() > 1e-4:
        raise ArithmeticError(f"covariance intersection: log-determinant larger by {worse.max()}")
