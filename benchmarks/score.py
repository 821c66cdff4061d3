"""Metrics against the same metrics written plainly with SciPy; both answers must be equal before they are timed."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import coo_matrix
from scipy.spatial import cKDTree

from benchmarks.measure import Row, best_s
from skypact.score import Trajectories, gospa, ospa2, trajectory_gospa

CUT_M = 5_000.0
GAMMA_M = 2_000.0


def _peer(estimate: np.ndarray, truth: np.ndarray) -> float:
    half = CUT_M**2 / 2.0
    pairs = cKDTree(estimate).sparse_distance_matrix(cKDTree(truth), CUT_M, output_type="coo_matrix")
    gain = np.zeros((len(estimate), len(truth)))
    gain[pairs.row, pairs.col] = np.minimum(pairs.data, CUT_M) ** 2 - CUT_M**2
    i, j = linear_sum_assignment(gain)
    good = gain[i, j] < 0.0
    near = float((gain[i, j][good] + CUT_M**2).sum())
    return float((near + half * (len(estimate) + len(truth) - 2 * int(good.sum()))) ** 0.5)


def _must_agree(what: str, ours: float, peer: float) -> None:
    if abs(ours - peer) > 1e-6 * peer:
        raise ArithmeticError(f"{what}: {ours} here, {peer} by SciPy")


def _flights(objects: int, scans: int, side_m: float) -> tuple[Trajectories, Trajectories]:
    """Straight flights in a square; tracks lack a tenth of the snapshots and change their number now and then."""
    rng = np.random.default_rng(objects)
    start, step = rng.uniform(0.0, side_m, (objects, 2)), rng.normal(0.0, 800.0, (objects, 2))
    k, item = np.repeat(np.arange(scans), objects), np.tile(np.arange(objects), scans)
    pos = start[item] + step[item] * k[:, None]
    changed = np.cumsum(rng.random((scans, objects)) < 0.01, axis=0)
    held = rng.random(len(k)) < 0.9
    number = (item * scans + changed.ravel())[held]
    return (
        Trajectories(k[held], number, pos[held] + rng.normal(0.0, 100.0, (int(held.sum()), 2))),
        Trajectories(k, item, pos),
    )


def _dense(est: Trajectories, truth: Trajectories) -> float:
    """The linear program of the trajectory metric with every pair of trajectories at every step, by HiGHS."""
    steps, j = np.unique(truth.k), np.unique(est.id, return_inverse=True)[1]
    n, m, s = len(np.unique(truth.id)), int(j.max()) + 1, len(steps)
    places = [np.full((s, size, 2), np.nan) for size in (n, m)]
    places[0][truth.k, truth.id], places[1][est.k, j] = truth.pos_m, est.pos_m
    apart = np.linalg.norm(places[0][:, :, None] - places[1][:, None], axis=3)
    gain = 1.0 - np.where(apart < CUT_M, apart / CUT_M, 1.0) ** 2
    weight = np.arange(s * n * m).reshape(s, n, m)
    many, changes = weight.size, (s - 1) * n * m
    rule = np.arange(changes)
    row = [rule, rule, rule, changes + np.repeat(np.arange(s * n), m)]
    row.append(
        changes + s * n + (np.arange(s)[:, None, None] * m + np.zeros((n, 1), int) + np.arange(m)).ravel()
    )
    column = [weight[1:].ravel(), weight[:-1].ravel(), many + rule, weight.ravel(), weight.ravel()]
    sign = np.repeat([1.0, -1.0, -1.0, 1.0, 1.0], [changes, changes, changes, many, many])
    half = 0.5 * (GAMMA_M / CUT_M) ** 2
    cost = -gain
    cost[0] += half
    cost[-1] -= half
    done = linprog(
        np.append(cost.ravel(), np.full(changes, 2.0 * half)),
        A_ub=coo_matrix((sign, (np.concatenate(row), np.concatenate(column)))).tocsr(),
        b_ub=np.repeat([0.0, 1.0], [changes, s * (n + m)]),
    )
    return float(CUT_M * (0.5 * (len(est.k) + len(truth.k)) + done.fun) ** 0.5)


def rows() -> list[Row]:
    """A row for each metric and size."""
    found = []
    for size in (100, 500, 1000):
        rng = np.random.default_rng(size)
        truth = rng.uniform(0.0, 1e5 * size**0.5, (size, 3))
        estimate = truth[rng.random(size) < 0.9] + rng.normal(0.0, 500.0, (1, 3))
        _must_agree(f"GOSPA of {size} objects", gospa(estimate, truth, CUT_M).total, _peer(estimate, truth))
        ours_ms = 1e3 * best_s(partial(gospa, estimate, truth, CUT_M), 20)
        peer_ms = 1e3 * best_s(partial(_peer, estimate, truth), 5)
        found.append(
            Row("score.gospa", size, "ms", ours_ms, peer_ms, "SciPy cKDTree and linear_sum_assignment", "")
        )
    est, true = _flights(50, 50, 1e5)
    _must_agree("trajectory GOSPA", trajectory_gospa(est, true, CUT_M, GAMMA_M).total, _dense(est, true))
    ours_ms = 1e3 * best_s(partial(trajectory_gospa, est, true, CUT_M, GAMMA_M), 10)
    peer_ms = 1e3 * best_s(partial(_dense, est, true), 1)
    found.append(
        Row(
            "score.trajectory_gospa",
            "50x50",
            "ms",
            ours_ms,
            peer_ms,
            "the dense program by SciPy's HiGHS",
            "",
        )
    )
    est, true = _flights(1000, 100, 1e6)
    ours_ms = 1e3 * best_s(partial(ospa2, est, true, CUT_M, 10), 3)
    found.append(Row("score.ospa2", "1000x100", "ms", ours_ms, None, None, "window of 10 scans, every scan"))
    return found
