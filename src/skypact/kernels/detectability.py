"""How well a pulse stands above the noise: signal to noise, chance of detection, received power, accuracy.

Signal to noise is a power ratio at the receiver's output, linear unless the name ends in `_db`. A look is one
pulse (or one coherently integrated burst) through a square-law detector; power is in units of the mean noise.
"""

from __future__ import annotations

import math

from skypact.kernels.jit import kernel

SWERLING_3 = 3
"""The value of a sensor's `swerling` that means case 3; every other value is case 1."""

SLOPE = 1.6
"""Slope k of the error curve: 1 / 0.628 of Skolnik's theoretical angle accuracy, Barton's monopulse k_m."""

RESOLUTION_PER_FLOOR = 5.0
"""Range resolution over the floor of the range error: a notional assumption of the program."""

_LN_10 = math.log(10.0)
_REFERENCE_RANGE_M = 100.0e3


@kernel
def decibel(ratio: float) -> float:
    """A positive power ratio in decibels."""
    return 10.0 * math.log10(ratio)


@kernel
def signal_to_noise(snr_db_100km_1m2: float, rcs_m2: float, range_m: float) -> float:
    """Mean signal to noise of one look by the radar equation, scaled from 1 m2 at 100 km.

    Skolnik, "Introduction to Radar Systems", 3rd ed., 2001, chapter 1: proportional to the radar cross
    section and to the inverse fourth power of range; all losses are in the sensor's own figure.
    Ranges below 1 m count as 1 m.
    """
    ratio = _REFERENCE_RANGE_M / max(range_m, 1.0)
    ratio2 = ratio * ratio
    return math.exp(0.1 * _LN_10 * snr_db_100km_1m2) * rcs_m2 * ratio2 * ratio2


@kernel
def threshold(pfa: float) -> float:
    """The power that noise alone exceeds with probability pfa: minus its natural logarithm."""
    return -math.log(pfa)


@kernel
def detection_chance(snr: float, pfa: float, swerling: int) -> float:
    """Chance that one look at a fluctuating target of mean signal to noise `snr` crosses the threshold.

    Swerling, "Probability of detection for fluctuating targets", RAND RM-1217, 1954 (IRE Trans. IT-6, 1960),
    one pulse: case 1, pfa^(1/(1+snr)); case 3, exp(-2T/(2+snr)) (1 + 2 T snr / (2+snr)^2) with T = -ln pfa.
    """
    return exceedance(threshold(pfa), snr, swerling)


@kernel
def exceedance(power: float, snr: float, swerling: int) -> float:
    """Chance that the received power (signal and noise, one look) exceeds `power`: see `detection_chance`."""
    if swerling == SWERLING_3:
        width = 2.0 + snr
        return math.exp(-2.0 * power / width) * (1.0 + 2.0 * power * snr / (width * width))
    return math.exp(-power / (1.0 + snr))


@kernel
def received_power(chance: float, snr: float, swerling: int) -> float:
    """The received power that is exceeded with the given chance: the inverse of `exceedance`.

    With a uniform `chance` this is a draw of the received power, and it is above the threshold exactly when
    `chance` is below `detection_chance`: one number decides detection and the power given detection. Case 3
    is solved by Newton's method on the logarithm, concave and falling: after one step it nears from above.
    """
    if swerling != SWERLING_3:
        return -(1.0 + snr) * math.log(chance)
    width = 1.0 + 0.5 * snr
    slope = (1.0 - 1.0 / width) / width
    goal = math.log(chance)
    power = -width * goal
    for _ in range(60):
        linear = 1.0 + slope * power
        value = -power / width + math.log(linear) - goal
        step = value / (-1.0 / width + slope / linear)
        power -= step
        if abs(step) <= 1e-13 * (1.0 + power):
            break
    return power


@kernel
def random_error(floor: float, cell: float, snr: float) -> float:
    """One-sigma random error of a measurement: a floor and, in quadrature, cell / (k sqrt(2 snr)).

    Skolnik, "Introduction to Radar Systems", 3rd ed., 2001, section 6.3; Barton, "Radar System Analysis and
    Modeling", 2005. `cell` is the beamwidth or the resolution, in the unit of `floor`.
    """
    thermal = cell / (SLOPE * math.sqrt(2.0 * snr))
    return math.sqrt(floor * floor + thermal * thermal)
