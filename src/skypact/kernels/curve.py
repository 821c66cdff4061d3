"""Curves of detection: the chance for many signals at once, and the signal that a chance requires."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.detectability import detection_chance, threshold
from skypact.kernels.exceedance import steady
from skypact.kernels.jit import kernel

LEAST_SNR, GREATEST_SNR = 1e-20, 1e20
"""Between these a required signal is sought: the last chance below 1 that a number can hold takes less than 1e19."""

_HALVINGS = 60


@kernel
def required_snr(chance: float, power: float, pulses: int, swerling: int) -> float:
    """The mean signal to noise of one pulse with which N pulses exceed `power` with that chance.

    By halving on the logarithm, to 1e-15 of the ratio; LEAST_SNR where noise alone suffices.
    """
    low = math.log(LEAST_SNR)
    high = math.log(GREATEST_SNR)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if detection_chance(math.exp(middle), power, pulses, swerling) < chance:
            low = middle
        else:
            high = middle
    return math.exp(0.5 * (low + high))


@kernel
def chance_rows(
    snr: NDArray[np.float64],
    pfa: NDArray[np.float64],
    pulses: NDArray[np.int64],
    swerling: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Fill out[n] with the chances of detection at the thresholds that give the false-alarm chances `pfa`[n]."""
    for i in range(out.shape[0]):
        out[i] = detection_chance(snr[i], threshold(pfa[i], pulses[i]), pulses[i], swerling[i])


@kernel
def required_rows(
    chance: NDArray[np.float64],
    pfa: NDArray[np.float64],
    pulses: NDArray[np.int64],
    swerling: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Fill out[n] with the signal to noise of one pulse that gives the chances of detection `chance`[n]."""
    for i in range(out.shape[0]):
        out[i] = required_snr(chance[i], threshold(pfa[i], pulses[i]), pulses[i], swerling[i])


@kernel
def marcum_rows(
    order: NDArray[np.int64], a: NDArray[np.float64], b: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Fill out[n] with Marcum's function Q_m(a, b); 1 where b is 0."""
    for i in range(out.shape[0]):
        out[i] = 1.0
        if b[i] > 0.0:
            out[i], _ = steady(0.5 * b[i] * b[i], 0.5 * a[i] * a[i], float(order[i]))
