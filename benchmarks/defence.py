"""Rounds assigned exactly, and salvos of one shooter an object, against greedy assignment and a mixed-integer solver.

The generators are those of the published optima in tests/authority/test_allocation.py, with seed 1.
"""

from __future__ import annotations

from functools import partial
from time import process_time

import highspy
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from benchmarks.measure import Row, best_s, median_s
from skypact.defend.allocation import Allocation, allocate, allocate_greedy
from skypact.defend.salvo import choose_salvos

_SPARSE = ((20, 20, 200, 0.3), (12, 32, 150, 0.5), (40, 16, 300, 0.15), (100, 16, 1000, 0.1))
_LINEAR_S = 10.0  # processor time that the linearised model may take


def _dense(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    weight = rng.integers(25, 101, n).astype(float)
    return weight, rng.uniform(0.6, 0.9, (n, n)), np.ones(n, np.int32)


def _sparse(m: int, k: int, n: int, density: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    weight = rng.integers(1, 101, n).astype(float)
    reach = rng.random((m, n)) < density
    chance = np.where(reach, np.round(rng.uniform(0.4, 0.9, (m, 1)) * rng.uniform(0.85, 1, (m, n)), 3), 0.0)
    return weight, chance, np.full(m, k, np.int32)


def _linearised(
    weight: np.ndarray, chance: np.ndarray, rounds: np.ndarray, pieces: int
) -> tuple[float, float, bool]:
    """Bound, time and whether HiGHS finished: what is left of object j is above tangents of exp at its log-survival.

    Integer x_ij, continuous s_j >= exp(t) (1 + y_j - t) at `pieces` points t, y_j = sum_i log(1 - p_ij) x_ij: an outer
    approximation, so its optimum is a lower bound, the closer the more pieces.
    """
    m, n = chance.shape
    model = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("time_limit", _LINEAR_S),
    ):
        model.setOptionValue(name, value)
    log = np.log1p(-chance)
    lowest = 2.0 * log.min()
    count = m * n + n
    rows = [(-highspy.kHighsInf, float(rounds[i]), i * n + np.arange(n), np.ones(n)) for i in range(m)]
    for j in range(n):
        index = np.append(np.arange(m) * n + j, m * n + j)
        rows += [
            (float(np.exp(t) * (1.0 - t)), highspy.kHighsInf, index, np.append(-np.exp(t) * log[:, j], 1.0))
            for t in np.linspace(lowest, 0.0, pieces)
        ]
    model.addVars(count, np.zeros(count), np.append(np.repeat(rounds, n), np.ones(n)).astype(float))
    model.changeColsCost(count, np.arange(count, dtype=np.int32), np.append(np.zeros(m * n), weight))
    kinds = np.append(np.ones(m * n, np.uint8), np.zeros(n, np.uint8))
    model.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
    for low, high, columns, factors in rows:
        model.addRow(low, high, len(columns), columns.astype(np.int32), factors)
    begin = process_time()
    model.run()
    seconds = process_time() - begin
    return (
        float(model.getInfo().mip_dual_bound),
        seconds,
        model.getModelStatus() == highspy.HighsModelStatus.kOptimal,
    )


def _row(
    name: str, size: str, answer: Allocation, seconds: float, peer: Allocation, peer_s: float, how: str
) -> Row:
    off = peer.lost / answer.lost - 1.0
    note = f"{how}, lost {answer.lost:.6f}, gap {100 * answer.gap:.2g} %; greedy loses {100 * off:.1f} % more"
    return Row(name, size, "s", seconds, peer_s, "greedy", note)


def _measured(name: str, size: str, data: tuple[np.ndarray, ...], gap: float, how: str) -> Row:
    answer = allocate(*data, gap=gap)
    if answer.gap > max(gap, 1e-9):
        raise ArithmeticError(f"{name} {size}: a gap of {answer.gap} is left; asked was {gap}")
    seconds = median_s(partial(allocate, *data, gap=gap), 3 if len(data[0]) > 500 else 7)
    peer_s = median_s(partial(allocate_greedy, *data), 3)
    return _row(name, size, answer, seconds, allocate_greedy(*data), peer_s, how)


def _replanned() -> Row:
    """A plan again, after the first ten objects are gone with the rounds fired at them and ten others weigh more."""
    weight, chance, rounds = _sparse(40, 16, 300, 0.15)
    before = allocate(weight, chance, rounds, gap=0.01)
    spare = rounds - before.rounds[:, :10].sum(axis=1).astype(np.int32)
    now = weight.copy()
    now[:10] = 0.0
    now[10:20] *= 1.5
    again = partial(allocate, now, chance, spare, gap=0.01, warm=before)
    cold_s = median_s(partial(allocate, now, chance, spare, gap=0.01), 7)
    seconds = median_s(again, 7)
    note = f"after 20 of 300 objects changed, gap {100 * again().gap:.2g} %"
    return Row("defend.assign.sparse", "40x16x300 warm, 1 %", "s", seconds, cold_s, "cold", note)


def _small(m: int, n: int, k: int) -> Row:
    rng = np.random.default_rng(3)
    data = rng.integers(1, 20, n).astype(float), rng.uniform(0.3, 0.9, (m, n)), np.full(m, k, np.int32)

    slack = 1e-3 * float(data[0].sum())

    def many() -> None:
        for _ in range(50):
            allocate(*data, gap=0.01, slack=slack)

    answer = allocate(*data, gap=0.01, slack=slack)
    seconds = median_s(many, 5) / 50
    within = f"{answer.lost - answer.bound:.2g} of {1e3 * slack:g}"
    note = f"to 1 %, or a thousandth of all weight: certified within {within}"
    return Row("defend.assign.small", f"{m}x{n}x{k}", "s", seconds, None, None, note)


def _against_linearised(n: int) -> Row:
    data = _dense(n)
    answer, seconds = allocate(*data), median_s(partial(allocate, *data), 7)
    bound, peer_s, finished = _linearised(*data, pieces=12)
    if bound > answer.lost + 1e-4:
        raise ArithmeticError(
            f"{n} x {n}: the linearised model claims {bound}, above the plan's {answer.lost}"
        )
    state = "finished" if finished else f"stopped after {_LINEAR_S:g} s"
    note = f"HiGHS {state} at a bound {100 * (1 - bound / answer.lost):.2g} % below the proven optimum (12 tangents)"
    return Row("defend.assign.dense", f"{n}x{n}", "s", seconds, peer_s, "HiGHS, linearised", note)


def _peer(value: np.ndarray, chance: np.ndarray, capacity: np.ndarray) -> float:
    batteries, objects = chance.shape
    column = np.arange(batteries * objects)
    each_object = coo_array((np.ones(len(column)), (column % objects, column)))
    each_battery = coo_array((np.ones(len(column)), (column // objects, column)))
    result = milp(
        -(chance * value).ravel(),
        constraints=[LinearConstraint(each_object, 0, 1), LinearConstraint(each_battery, 0, capacity)],
        integrality=np.ones(len(column)),
        bounds=Bounds(0, 1),
    )
    return -float(result.fun)


def _salvos(batteries: int, objects: int) -> Row:
    rng = np.random.default_rng(objects)
    value, chance = rng.uniform(1.0, 10.0, objects), rng.uniform(0.4, 0.9, (batteries, objects))
    chance[rng.random(chance.shape) < 0.5] = 0.0
    capacity = np.full(batteries, 4, np.int32)
    choose = partial(choose_salvos, (chance * value).T[:, :, None], capacity, capacity, np.zeros(batteries))
    chosen, _ = choose()
    taken = np.flatnonzero(chosen >= 0)
    ours, peer = float((value[taken] * chance[chosen[taken], taken]).sum()), _peer(value, chance, capacity)
    if abs(ours - peer) > 1e-6 * peer:
        raise ArithmeticError(f"salvos {batteries} x {objects}: {ours} here, {peer} by SciPy")
    ours_s = best_s(choose, 20)
    peer_s = best_s(partial(_peer, value, chance, capacity), 3)
    size = f"{batteries}x{objects}"
    return Row("defend.choose_salvos", size, "s", ours_s, peer_s, "SciPy milp (HiGHS)", "proven optimum")


def rows() -> list[Row]:
    """A row for each size; answers are checked before they are timed."""
    found = [_salvos(5, 20), _salvos(40, 300)]
    found += [_small(5, 5, 4), _small(12, 20, 8), _small(10, 5, 1)]
    found += [
        _measured("defend.assign.dense", f"{n}x{n}", _dense(n), 0.0, "proven") for n in (100, 500, 1000)
    ]
    found.append(_measured("defend.assign.dense", "1000x1000, 0.1 %", _dense(1000), 0.001, "certified"))
    found.append(_against_linearised(20))
    for m, k, n, density in _SPARSE:
        size, data = f"{m}x{k}x{n}", _sparse(m, k, n, density)
        found.append(_measured("defend.assign.sparse", size, data, 0.0, "proven"))
    found.append(
        _measured("defend.assign.sparse", "40x16x300, 1 %", _sparse(40, 16, 300, 0.15), 0.01, "certified")
    )
    found.append(_replanned())
    return found
