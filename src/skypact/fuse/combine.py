"""Fusion of two estimates: by every method there is a name for.

`a` and `b` estimate the same n quantities; means are [n], covariances [n, n]. Each function returns the fused mean and
covariance. Which of them may be believed depends on what is known of the correlation of their errors:

| function | correlation of the errors | result |
|---|---|---|
| `covariance_intersection` | any | never over-confident |
| `split_covariance_intersection` | none between the own parts, any between the common parts | never over-confident |
| `inverse_covariance_intersection` | what both contain is a common estimate | not over-confident there |
| `known_correlation` | known | exact |
| `independent_inconsistent` | none | else over-confident |
| `ellipsoidal_intersection_inconsistent` | - | over-confident in general |
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.combination import (
    BY_BEST,
    BY_ELLIPSOIDS,
    BY_INDEPENDENCE,
    BY_INTERSECTION,
    BY_INVERSE_INTERSECTION,
    BY_SPLIT,
    split_intersect,
    unite,
)
from skypact.kernels.intersection import intersect
from skypact.model.codes import Combination
from skypact.model.network import F8

Criterion = Literal["determinant", "trace"]
POSITION = 3
"""The states of a track whose summed variance `trace` makes least: those of position, which share a unit."""

RULES = {
    Combination.COVARIANCE_INTERSECTION: (BY_INTERSECTION, 0),
    Combination.COVARIANCE_INTERSECTION_TRACE: (BY_INTERSECTION, POSITION),
    Combination.INVERSE_COVARIANCE_INTERSECTION: (BY_INVERSE_INTERSECTION, POSITION),
    Combination.SPLIT_COVARIANCE_INTERSECTION: (BY_SPLIT, 0),
    Combination.INDEPENDENT: (BY_INDEPENDENCE, 0),
    Combination.ELLIPSOIDAL_INTERSECTION: (BY_ELLIPSOIDS, 0),
    Combination.BEST: (BY_BEST, 0),
}
"""The kernels' rule, and the states whose trace it makes least, of every method that needs no memory."""


def covariance_intersection(
    mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8, by: Criterion = "determinant"
) -> tuple[F8, F8, float]:
    """The covariance intersection of two estimates, with the weight of a (Julier and Uhlmann 1997, eq. 4-5).

    The result is consistent whatever the correlation of the two; it never counts shared information twice.

    Args:
        mean_a: [n] any unit; cov_a: [n, n].
        mean_b: [n] the same unit; cov_b: [n, n].
        by: what the weight makes least; a trace means something only where all states share a unit.

    Returns:
        Fused mean [n], covariance [n, n], and the weight of a in [0, 1].

    Raises:
        UsageError: a covariance is not positive definite.
    """
    if by == "trace":
        return _united(BY_INTERSECTION, by, mean_a, cov_a, mean_b, cov_b)
    n = len(mean_a)
    mean, cov = np.empty(n), np.empty((n, n))
    weight = intersect(
        *(_float(mean_a), _float(cov_a), _float(mean_b), _float(cov_b)),
        *(mean, cov, np.empty((3, max(n, 4), n))),
    )
    if weight < 0.0:
        raise _not_positive("covariance intersection")
    return mean, cov, weight


def inverse_covariance_intersection(
    mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8, by: Criterion = "trace"
) -> tuple[F8, F8, float]:
    """The inverse covariance intersection of two estimates, with its weight (Noack and others 2017).

    P^-1 = A^-1 + B^-1 - (w A + (1 - w) B)^-1.

    It is never less certain than covariance intersection. It is consistent where the errors are correlated through an
    estimate that both contain, as after an exchange (Noack, Sijs, Reinhardt and Hanebeck, Automatica 79, 2017), and not
    for every correlation: errors common by process noise are not of that form, and correlations near one make it
    over-confident.

    Args, returns and raises as `covariance_intersection`.
    """
    return _united(BY_INVERSE_INTERSECTION, by, mean_a, cov_a, mean_b, cov_b)


def independent_inconsistent(mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8) -> tuple[F8, F8]:
    """The fusion of two estimates as if their errors were independent: over-confident unless they are.

    Raises:
        UsageError: a covariance is not positive definite.
    """
    return _united(BY_INDEPENDENCE, "determinant", mean_a, cov_a, mean_b, cov_b)[:2]


def ellipsoidal_intersection_inconsistent(mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8) -> tuple[F8, F8]:
    """The ellipsoidal intersection of two estimates (Sijs and Lazar, Automatica 48, 2012): inconsistent in general.

    On each common axis it takes the more certain of the two, as if nothing could be lost by choosing.

    Raises:
        UsageError: a covariance is not positive definite.
    """
    return _united(BY_ELLIPSOIDS, "determinant", mean_a, cov_a, mean_b, cov_b)[:2]


def split_covariance_intersection(
    mean_a: F8, own_a: F8, common_a: F8, mean_b: F8, own_b: F8, common_b: F8
) -> tuple[F8, F8, F8, float]:
    """The split covariance intersection of two estimates (Julier and Uhlmann 2001, chapter 12).

    With no common parts it is the fusion of independent estimates; with no own parts it is covariance intersection.

    Args:
        mean_a: [n]; own_a: [n, n] covariance of what is independent of everything in b; common_a: [n, n] of the rest.
        mean_b: [n]; own_b, common_b: the same of b.

    Returns:
        Fused mean [n]; own and common covariance [n, n], whose sum is that of the result; the weight of a.

    Raises:
        UsageError: a sum of own and common covariance is not positive definite.
    """
    n = len(mean_a)
    mean, own, common = np.empty(n), np.empty((n, n)), np.empty((n, n))
    weight = split_intersect(
        *(_float(mean_a), _float(own_a), _float(common_a)),
        *(_float(mean_b), _float(own_b), _float(common_b)),
        *(mean, own, common, np.empty((6, n, n))),
    )
    if weight < 0.0:
        raise _not_positive("split covariance intersection")
    return mean, own, common, weight


def known_correlation(mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8, cross_ab: F8) -> tuple[F8, F8]:
    """The best linear fusion of two estimates whose cross-covariance is known (Bar-Shalom and Campo 1986).

    Args:
        mean_a: [n]; cov_a: [n, n].
        mean_b: [n]; cov_b: [n, n].
        cross_ab: [n, n] covariance of the error of a (rows) with that of b (columns).

    Raises:
        UsageError: the covariance of the difference is singular.
    """
    try:
        gain = np.linalg.solve((cov_a + cov_b - cross_ab - cross_ab.T).T, (cov_a - cross_ab).T).T
    except np.linalg.LinAlgError as fault:
        raise UsageError(
            "fusion with known correlation",
            "the covariance of the difference is singular",
            "The two estimates have no independent part: use one of them.",
        ) from fault
    return mean_a + gain @ (mean_b - mean_a), cov_a - gain @ (cov_a - cross_ab).T


def _united(rule: int, by: Criterion, mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8) -> tuple[F8, F8, float]:
    n = len(mean_a)
    mean, cov = np.empty(n), np.empty((n, n))
    weight = unite(
        *(rule, n if by == "trace" else 0),
        *(_float(mean_a), _float(cov_a), _float(mean_b), _float(cov_b)),
        *(mean, cov, np.empty((5, max(n, 4), n))),
    )
    if weight < 0.0:
        raise _not_positive("fusion")
    return mean, cov, weight


def _float(values: F8) -> F8:
    return np.ascontiguousarray(values, np.float64)


def _not_positive(what: str) -> UsageError:
    return UsageError(
        what,
        "a covariance is not positive definite",
        "Give two symmetric covariances with positive eigenvalues.",
    )
