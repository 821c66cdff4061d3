"""How exact the tracks of a picture are, and which of them are firm."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

F8 = NDArray[np.float64]
F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]


@kernel
def position_sigmas(cov: F8, sigma_m: F8) -> None:
    """Write the root mean position variance of each track, [n], from cov [n, 6, 6]."""
    for i in range(len(cov)):
        sigma_m[i] = math.sqrt((cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2]) / 3.0)


@kernel
def firm_rows(
    held: tuple[int, int],
    ballistic: int,
    least_class: np.float32,
    most_sigma_m: float,
    most_impact_m: float,
    status: U1,
    class_prob: F4,
    kind: U1,
    cov_en_m2: F8,
    sigma_m: F8,
    firm: U1,
) -> None:
    """Write 1 for each firm track, else 0.

    Args:
        held: the two statuses that a firm track may have; ballistic: the kind of an impact that has an area.
        least_class: probability from which the class is known.
        most_sigma_m: greatest sigma of position; most_impact_m: greatest axis of an impact area that is known.
        status: [n]; class_prob: [n, classes].
        kind: [n] of impact; cov_en_m2: [n, 2, 2] of its place.
        sigma_m: [n] of position.
        firm: [n] written.
    """
    for i in range(len(firm)):
        firm[i] = 0
        if status[i] not in held or not sigma_m[i] <= most_sigma_m:
            continue
        spread = max(cov_en_m2[i, 0, 0], cov_en_m2[i, 1, 1])
        if kind[i] == ballistic and spread <= most_impact_m * most_impact_m:
            firm[i] = 1
        for c in range(class_prob.shape[1]):
            if class_prob[i, c] >= least_class:
                firm[i] = 1
