"""The moments of a mixture of one object's states, mode by mode, added up one state at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.layout import MOST_MEASURED


class Blend(NamedTuple):
    """A mixture's moments as they add up, by mode, about the component's predicted mean."""

    mode: NDArray[np.float64]
    """[M] weight"""
    mean: NDArray[np.float64]
    """[M, n] weighted sum of shifts"""
    cov: NDArray[np.float64]
    """[M, n, n] weighted sum of covariances and squared shifts, the upper half"""
    about: NDArray[np.float64]
    """[M, n]"""
    residual: NDArray[np.float64]
    """[4] scratch, as is `square` [4, 4]"""
    square: NDArray[np.float64]


@kernel
def new_blend(modes: int, size: int) -> Blend:
    """Scratch for components of so many modes and state components."""
    return Blend(
        np.zeros(modes),
        np.zeros((modes, size)),
        np.zeros((modes, size, size)),
        np.zeros((modes, size)),
        np.zeros(MOST_MEASURED),
        np.zeros((MOST_MEASURED, MOST_MEASURED)),
    )


@kernel
def clear_blend(blend: Blend, about: NDArray[np.float64]) -> None:
    """Empty the sums; shifts count from about [M, n]."""
    blend.mode[:] = 0.0
    blend.mean[:] = 0.0
    blend.cov[:] = 0.0
    blend.about[:] = about


@kernel
def add_to_blend(
    blend: Blend,
    weight: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
) -> None:
    """Add a component's state, mean [M, n], cov [M, n, n] and mode [M], with a weight."""
    n = mean.shape[1]
    for k in range(mode.size):
        w = weight * mode[k]
        if not w > 0.0:
            continue
        blend.mode[k] += w
        for a in range(n):
            shift = mean[k, a] - blend.about[k, a]
            blend.mean[k, a] += w * shift
            for b in range(a, n):
                blend.cov[k, a, b] += w * (cov[k, a, b] + shift * (mean[k, b] - blend.about[k, b]))


@kernel
def settle_blend(
    blend: Blend, mean: NDArray[np.float64], cov: NDArray[np.float64], mode: NDArray[np.float64]
) -> None:
    """Write the mixture's moments by mode, and the mode chances; a mode without weight stays as it is."""
    n = mean.shape[1]
    total = 0.0
    for k in range(mode.size):
        total += blend.mode[k]
    if not total > 0.0:
        return
    for k in range(mode.size):
        w = blend.mode[k]
        mode[k] = w / total
        if not w > 0.0:
            continue
        for a in range(n):
            blend.mean[k, a] /= w
            mean[k, a] = blend.about[k, a] + blend.mean[k, a]
        for a in range(n):
            for b in range(a, n):
                c = blend.cov[k, a, b] / w - blend.mean[k, a] * blend.mean[k, b]
                cov[k, a, b] = c
                cov[k, b, a] = c
