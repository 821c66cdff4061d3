"""The algebra of robust fits over pairs of a plot and a track, the aircraft as the unit of their errors."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skypact.model.network import F8, I8, U8
from skypact.score.clock import Apart

MAD = 1.4826
"""Standard deviation of normal numbers over their median absolute deviation."""
RESOLVED = 1e-7
"""Least eigenvalue, over a diagonal of ones, of equations that determine what is fitted."""
TUKEY = 4.685
"""Where the biweight ends, in standard deviations: 95 % efficient for normal numbers."""
MIN_LINK = 3
"""Pairs between one of our tracks and one of theirs that make them one aircraft."""


def linear(off: Apart, bias: F8) -> tuple[F8, F8]:
    """What a change of the three biases takes off the residuals, [2, n, 3], and the residuals, [2, n]."""
    one, zero = np.ones(len(off.range_m)), np.zeros(len(off.range_m))
    design = np.stack(
        [
            np.stack([one, zero, -off.range_rate], axis=1),
            np.stack([zero, one, -off.bearing_rate], axis=1),
        ]
    )
    return design, np.stack([off.range_m - bias[0], off.bearing_rad - bias[1]])


def normal(design: F8, standard: F8, scale: F8) -> tuple[F8, F8, F8]:
    """Per pair: weighted products [n, k, k], scores [n, k] and the products with the influence's slope [n, k, k].

    Args:
        design: [2, n, k].
        standard: [2, n] residuals over their scale.
        scale: [2].
    """
    part = np.maximum(1.0 - (standard / TUKEY) ** 2, 0.0)
    slope = np.where(part > 0.0, part * (1.0 - 5.0 * (standard / TUKEY) ** 2), 0.0)
    scaled = design / scale[:, None, None]
    products = np.einsum("kn,kni,knj->nij", part**2, scaled, scaled)
    slopes = np.einsum("kn,kni,knj->nij", slope, scaled, scaled)
    scores = np.einsum("kn,kni->ni", part**2 * standard, scaled)
    return products, scores, slopes


def aircraft_of_pairs(owner: U8, stretch: I8) -> I8:
    """A number for each pair: equal for pairs that share one of our tracks or one of theirs.

    A track and a stretch are linked by at least MIN_LINK pairs (or by all that the track has), so that one plot gone
    astray does not make one aircraft of two.
    """
    _, ours = np.unique(owner, return_inverse=True)
    _, theirs = np.unique(stretch, return_inverse=True)
    n_ours, n_theirs = int(ours.max()) + 1, int(theirs.max()) + 1
    link, count = np.unique(ours * n_theirs + theirs, return_counts=True)
    link = link[count >= np.minimum(MIN_LINK, np.bincount(ours)[link // n_theirs])]
    nodes = n_ours + n_theirs
    ends = (link // n_theirs, n_ours + link % n_theirs)
    graph = coo_array((np.ones(len(link)), ends), shape=(nodes, nodes))
    label = connected_components(graph, directed=False)[1]
    return np.unique(label[ours], return_inverse=True)[1].astype(np.int64)


def jackknife(products: F8, scores: F8, aircraft: I8) -> F8:
    """Covariance [k, k] of what is fitted from one step without each aircraft in turn; NaN for fewer than two.

    Args:
        products: [n, k, k] of each pair.
        scores: [n, k]
        aircraft: [n] numbered from 0.
    """
    n, k = int(aircraft.max()) + 1, scores.shape[1]
    if n < 2:
        return np.full((k, k), np.nan)
    matrix, score = np.zeros((n, k, k)), np.zeros((n, k))
    np.add.at(matrix, aircraft, products)
    np.add.at(score, aircraft, scores)
    rest = matrix.sum(axis=0) - matrix
    size = np.sqrt(np.maximum(np.einsum("gii->gi", rest), 1e-300))
    scaled = rest / (size[:, :, None] * size[:, None, :])
    if np.linalg.eigvalsh(scaled).min() < RESOLVED:
        return np.full((k, k), np.nan)
    without = np.linalg.solve(scaled, (score / size)[:, :, None])[:, :, 0] / size
    return np.asarray((n - 1) / n * without.T @ without, np.float64)
