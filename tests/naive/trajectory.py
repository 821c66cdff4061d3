"""Metrics of sets of trajectories the slow way: whole tables, every assignment, every permutation.

A set of trajectories here is a list of dictionaries {snapshot: position tuple}.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.optimize import linprog

from skypact.score import Trajectories


def arrays(paths, dims=1):
    """The same set as the product's noun."""
    rows = [(k, number, place) for number, path in enumerate(paths) for k, place in path.items()]
    return Trajectories(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64).reshape(len(rows), dims),
    )


def step_cost(x, y, k, c, p):
    """What two trajectories cost together at a snapshot; None stands for no trajectory."""
    a, b = (None if path is None else path.get(k) for path in (x, y))
    if a is None and b is None:
        return 0.0
    if a is None or b is None:
        return 0.5 * c**p
    return min(math.dist(a, b), c) ** p


def span(*sets):
    ks = [k for paths in sets for path in paths for k in path]
    return range(min(ks), max(ks) + 1) if ks else range(0)


def naive_relaxed(est, truth, c, gamma, p):
    """The linear program of the paper with all its variables: weights with a dummy row and column, e and h."""
    steps = list(span(est, truth))
    nx, ny, T = len(truth), len(est), len(steps)
    if not nx and not ny:
        return 0.0
    wide = (nx + 1) * (ny + 1)
    rows, columns = [*truth, None], [*est, None]

    def w(i, j, k):
        return k * wide + i * (ny + 1) + j

    n_w = wide * T
    n_h = nx * ny * max(T - 1, 0)
    cost = np.zeros(n_w + n_h)
    for k, i, j in itertools.product(range(T), range(nx + 1), range(ny + 1)):
        cost[w(i, j, k)] = step_cost(rows[i], columns[j], steps[k], c, p)
    cost[n_w:] = 0.5 * gamma**p
    equal, limit = [], []
    for k in range(T):
        equal += [{w(i, j, k): 1.0 for j in range(ny + 1)} for i in range(nx)]
        equal += [{w(i, j, k): 1.0 for i in range(nx + 1)} for j in range(ny)]
    for k, i, j in itertools.product(range(T - 1), range(nx), range(ny)):
        h = n_w + (k * nx + i) * ny + j
        limit.append({w(i, j, k): 1.0, w(i, j, k + 1): -1.0, h: -1.0})
        limit.append({w(i, j, k): -1.0, w(i, j, k + 1): 1.0, h: -1.0})

    def table(rules):
        full = np.zeros((len(rules), len(cost)))
        for r, rule in enumerate(rules):
            for column, value in rule.items():
                full[r, column] = value
        return full if rules else None

    done = linprog(
        cost,
        A_ub=table(limit),
        b_ub=np.zeros(len(limit)) if limit else None,
        A_eq=table(equal),
        b_eq=np.ones(len(equal)),
    )
    assert done.status == 0, done.message
    return max(done.fun, 0.0) ** (1.0 / p)


def partial_matchings(n, m):
    """Every way to give some of n each their own of m; -1 is nobody."""
    for choice in itertools.product(range(-1, m), repeat=n):
        taken = [j for j in choice if j >= 0]
        if len(taken) == len(set(taken)):
            yield choice


def naive_exact(est, truth, c, gamma, p):
    """The metric before relaxation: the best of all sequences of assignments, by dynamic programming over them."""
    ways = list(partial_matchings(len(truth), len(est)))
    best = None
    for k in span(est, truth):
        at = []
        for way in ways:
            free = set(range(len(est))) - set(way)
            paid = sum(step_cost(truth[i], est[j] if j >= 0 else None, k, c, p) for i, j in enumerate(way))
            at.append(paid + sum(step_cost(None, est[j], k, c, p) for j in free))
        if best is None:
            best = at
            continue
        best = [
            at[b]
            + min(
                best[a]
                + gamma**p
                * sum(0.0 if x == y else 0.5 if -1 in {x, y} else 1.0 for x, y in zip(one, two, strict=True))
                for a, one in enumerate(ways)
            )
            for b, two in enumerate(ways)
        ]
    return 0.0 if best is None else min(best) ** (1.0 / p)


def naive_ospa(one, other, distance, c, p):
    """(total, localisation, cardinality) over all permutations."""
    few, many = sorted((one, other), key=len)
    if not many:
        return 0.0, 0.0, 0.0
    apart = min(
        sum(min(distance(x, y), c) ** p for x, y in zip(few, chosen, strict=True))
        for chosen in itertools.permutations(many, len(few))
    )
    short = c**p * (len(many) - len(few))
    return tuple((part / len(many)) ** (1.0 / p) for part in (apart + short, apart, short))


def naive_track_distance(x, y, window, c, q):
    """The base distance of OSPA(2) over the snapshots of a window."""
    paid = []
    for k in window:
        if k in x and k in y:
            paid.append(min(math.dist(x[k], y[k]), c) ** q)
        elif k in x or k in y:
            paid.append(c**q)
    return (sum(paid) / len(paid)) ** (1.0 / q) if paid else 0.0


def naive_ospa2(est, truth, c, window, p, q, at):
    """(total, localisation, cardinality) of each window."""
    found = []
    for end in at:
        ks = range(end - window + 1, end + 1)
        one, other = ([path for path in paths if any(k in path for k in ks)] for paths in (est, truth))
        found.append(naive_ospa(one, other, lambda x, y, ks=ks: naive_track_distance(x, y, ks, c, q), c, p))
    return np.array(found).reshape(-1, 3)


def naive_siap(est, truth, t_s, cutoff):
    """The eight sums of the report, by walking through the snapshots: ids are places in the lists."""
    n = len(t_s)
    weight = [t_s[k + 1] - t_s[k] for k in range(n - 1)]
    weight.append(weight[-1] if weight else 1.0)
    held: list[list[set[int]]] = [[set() for _ in range(n)] for _ in truth]
    sums = dict.fromkeys(["J", "JT", "N", "NA", "PA"], 0.0)
    for k in range(n):
        for number, path in enumerate(est):
            if k not in path:
                continue
            sums["N"] += weight[k]
            near = [(math.dist(path[k], other[k]), j) for j, other in enumerate(truth) if k in other]
            if near and min(near)[0] < cutoff:
                apart, j = min(near)
                held[j][k].add(number)
                sums["NA"] += weight[k]
                sums["PA"] += weight[k] * apart
        sums["J"] += weight[k] * sum(k in path for path in truth)
        sums["JT"] += weight[k] * sum(bool(one[k]) for one in held)
    longest = changes = tracked = 0.0
    for j in range(len(truth)):
        longest += max(
            (
                sum(weight[a:b])
                for a, b in itertools.combinations(range(n + 1), 2)
                if set.intersection(*held[j][a:b])
            ),
            default=0.0,
        )
        seen = [tracks for tracks in held[j] if tracks]
        tracked += sum(w for w, tracks in zip(weight, held[j], strict=True) if tracks)
        changes += min(
            (
                len(cuts)
                for some in range(len(seen))
                for cuts in itertools.combinations(range(1, len(seen)), some)
                if all(set.intersection(*seen[a:b]) for a, b in itertools.pairwise([0, *cuts, len(seen)]))
            ),
            default=0,
        )

    def ratio(part, whole):
        return part / whole if whole else math.nan

    return [
        ratio(sums["JT"], sums["J"]),
        ratio(sums["NA"], sums["JT"]),
        ratio(sums["N"] - sums["NA"], sums["N"]),
        ratio(sums["PA"], sums["NA"]),
        ratio(longest, sums["J"]),
        ratio(changes, tracked),
    ]
