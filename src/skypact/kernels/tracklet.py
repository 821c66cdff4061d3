"""Tracklets: what a report says beyond the report before it, and estimates kept from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.intersection import diagonalise, intersect
from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U1 = NDArray[np.uint8]

NOTHING_NEW = 0
"""A report that its tracker made without a new measurement."""
TRACKLET = 1
"""A report of which the one before is in the row already."""
WHOLE = 2
"""A report of a track that the row does not yet contain."""


@bare
def absorb(mean: F8, cov: F8, new_mean: F8, new_cov: F8, old_mean: F8, old_cov: F8, work: F8) -> int:
    """Add to an estimate what a report says beyond its tracker's last report, predicted to the same instant.

    The tracklet is the information P_new^-1 - P_old^-1 with the vector P_new^-1 x_new - P_old^-1 x_old (Drummond 1997;
    Chong, Mori, Barker and Chang 2000). It is taken axis by axis, in the basis in which both covariances are
    diagonal, so that no information matrix is formed. On an axis where the new report is less certain than the
    prediction the tracker has changed its mind rather than measured, and there is nothing to add.

    Args:
        mean: [n] changed in place; cov: [n, n] likewise.
        new_mean: [n]; new_cov: [n, n] the report.
        old_mean: [n]; old_cov: [n, n] the last report, predicted.
        work: [4, max(n, 4), n] scratch.

    Returns:
        Axes left out, or -1 where a covariance is not positive definite (nothing is changed).
    """
    n = len(mean)
    low, mixed, turn, rows = work[0], work[1], work[2], work[3]
    ratio, reference, axis, along = rows[0], rows[1], rows[2], rows[3]
    if not diagonalise(old_cov, new_cov, mixed, ratio, work[:3]):
        return -1
    for i in range(n):
        reference[i] = mean[i]
    skipped = 0
    for c in range(n):
        gain = 1.0 / ratio[c] - 1.0
        if gain <= 0.0:
            skipped += 1
            continue
        for i in range(n - 1, -1, -1):
            total = turn[i, c]
            for k in range(i + 1, n):
                total -= low[k, i] * axis[k]
            axis[i] = total / low[i, i]
        told, spread, ahead = 0.0, 0.0, 0.0
        for i in range(n):
            told += axis[i] * ((new_mean[i] - reference[i]) / ratio[c] - (old_mean[i] - reference[i]))
            ahead += axis[i] * (mean[i] - reference[i])
            along[i] = 0.0
            for k in range(n):
                along[i] += cov[i, k] * axis[k]
            spread += axis[i] * along[i]
        scale = 1.0 / (1.0 + gain * spread)
        for i in range(n):
            mean[i] += along[i] * scale * (told - gain * ahead)
            for k in range(i + 1):
                cov[i, k] -= gain * scale * along[i] * along[k]
                cov[k, i] = cov[i, k]
    return skipped


@kernel
def absorb_reports(
    mean: F8,
    cov: F8,
    order: I8,
    row: I4,
    fresh: U1,
    before: I8,
    old_mean: F8,
    old_cov: F8,
    known: U1,
    row_mean: F8,
    row_cov: F8,
    best: I4,
) -> None:
    """Bring every row's estimate up to date with the reports of its members, most accurate first.

    A row without an estimate takes its most accurate report; whole reports enter by covariance intersection, since
    their past has motion in common with the row's; later ones by their tracklet.

    Args:
        mean: [n, 6] reports; cov: [n, 6, 6].
        order: [n] the reports, most accurate first.
        row: [n] the row of each; fresh: [n] NOTHING_NEW, TRACKLET or WHOLE.
        before: [n] where the report before lies in old_mean[k, 6] and old_cov[k, 6, 6], for tracklets.
        known: [rows] 1 where the row has an estimate; changed in place.
        row_mean: [rows, 6] the estimates, predicted to now, changed in place; row_cov: [rows, 6, 6].
        best: [rows] receives the most accurate member, -1 where a row has none.
    """
    work = np.empty((4, 6, 6))
    fused_mean, fused_cov = np.empty(6), np.empty((6, 6))
    best[:] = -1
    for i in order:
        r = row[i]
        if best[r] < 0:
            best[r] = i
        if known[r] == 0:
            known[r] = 1
            row_mean[r] = mean[i]
            row_cov[r] = cov[i]
        elif fresh[i] == TRACKLET:
            absorb(row_mean[r], row_cov[r], mean[i], cov[i], old_mean[before[i]], old_cov[before[i]], work)
        elif (
            fresh[i] == WHOLE
            and intersect(row_mean[r], row_cov[r], mean[i], cov[i], fused_mean, fused_cov, work[:3]) >= 0.0
        ):
            row_mean[r] = fused_mean
            row_cov[r] = fused_cov
