"""What the biases of sensors put into an estimate, and into an innovation.

Sensor biases are constant, so they do not average out. The filter therefore keeps, apart from the covariance of
random error, the sensitivity of the estimate's error to each bias (Friedland, "Treatment of bias in recursive
filtering", IEEE Trans. AC 14(4), 1969; the consider filter of Schmidt, 1966): with gain K, Jacobian H and the
bias's own effect E on the measurement, the sensitivity D becomes (I - K H) D + K E. Innovations are weighed with
the bias still unexplained, E - H D; the whole covariance is that of random error plus the sum of D B D'. A clock
that runs ahead by b makes a measurement too old by b: its effect is -H v.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import BIAS_SLOTS
from skypact.kernels.jit import bare


@bare
def predict_bias_gain(bias_gain: NDArray[np.float64], used: NDArray[np.int32], dt_s: float) -> None:
    """Advance the sensitivities [4, 6, 4] in place: position by velocity (the gravity gradient is left out)."""
    for s in range(BIAS_SLOTS):
        if used[s] >= 0:
            for i in range(3):
                for c in range(4):
                    bias_gain[s, i, c] += dt_s * bias_gain[s, i + 3, c]


@bare
def add_bias(
    cov: NDArray[np.float64],
    bias_gain: NDArray[np.float64],
    bias_var: NDArray[np.float64],
    used: NDArray[np.int32],
) -> None:
    """cov[6, 6] += the sum over slots of D B D': what the biases put into the estimate's error."""
    for s in range(BIAS_SLOTS):
        if used[s] < 0:
            continue
        for c in range(4):
            v = bias_var[s, c]
            if v == 0.0:
                continue
            for a in range(6):
                g = v * bias_gain[s, a, c]
                for b in range(6):
                    cov[a, b] += g * bias_gain[s, b, c]


@bare
def unexplained_bias(
    bias_gain: NDArray[np.float64],
    bias_var: NDArray[np.float64],
    used: NDArray[np.int32],
    slot: int,
    k: int,
    rows: NDArray[np.float64],
    point: NDArray[np.float64],
    out: NDArray[np.float64],
) -> float:
    """Write E - H D of component k into out[4, 4] by slot and bias; their variance in the innovation."""
    m = 0.0
    for s in range(BIAS_SLOTS):
        if used[s] < 0 and s != slot:
            continue
        for c in range(4):
            y = 0.0
            for a in range(6):
                y -= rows[k, a] * bias_gain[s, a, c]
            if s == slot:
                if c == k and c < 3:
                    y += 1.0
                elif c == 3:
                    y -= rows[k, 0] * point[3] + rows[k, 1] * point[4] + rows[k, 2] * point[5]
            out[s, c] = y
            m += y * y * bias_var[s, c]
    return m


@bare
def update_bias_gain(
    bias_gain: NDArray[np.float64],
    used: NDArray[np.int32],
    slot: int,
    mode: NDArray[np.float64],
    gain: NDArray[np.float64],
    unexplained: NDArray[np.float64],
) -> None:
    """D += K (E - H D) with the mixture's gain."""
    for a in range(6):
        g = mode[0] * gain[0, a] + mode[1] * gain[1, a] + mode[2] * gain[2, a]
        for s in range(BIAS_SLOTS):
            if used[s] >= 0 or s == slot:
                for c in range(4):
                    bias_gain[s, a, c] += g * unexplained[s, c]
