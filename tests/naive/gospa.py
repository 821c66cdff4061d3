"""GOSPA (p = 2, alpha = 2) the slow way: a dense square assignment with a dummy for every point."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment


def naive_gospa(est, truth, c):
    """(total, localisation, missed, false), parts squared."""
    n, m = len(est), len(truth)
    half = 0.5 * c * c
    table = np.full((n + m, n + m), half)
    table[n:, m:] = 0.0
    for i in range(n):
        for j in range(m):
            d2 = float(np.sum((est[i] - truth[j]) ** 2))
            table[i, j] = min(d2, 4.0 * half)
    rows, columns = linear_sum_assignment(table)
    located = missed = false = 0.0
    paired_e, paired_t = set(), set()
    for i, j in zip(rows, columns, strict=True):
        if i < n and j < m and table[i, j] < 2.0 * half:
            located += table[i, j]
            paired_e.add(i)
            paired_t.add(j)
    missed = half * (m - len(paired_t))
    false = half * (n - len(paired_e))
    return float(np.sqrt(located + missed + false)), located, missed, false
