"""How well an echo stands above the noise: signal to noise, threshold, chance of detection, received power, accuracy.

Signal to noise is a power ratio at the output of one pulse (or of one coherently integrated burst), linear unless
the name ends in `_db`. A look sums the square-law output of N such pulses; power is in units of the mean noise of one.
"""

from __future__ import annotations

import math

from skypact.kernels.exceedance import exceedance
from skypact.kernels.jit import kernel

SLOPE = 1.6
"""Slope k of the error curve: 1 / 0.628 of Skolnik's theoretical angle accuracy, Barton's monopulse k_m."""

_LN_10 = math.log(10.0)
_REFERENCE_RANGE_M = 100.0e3
_STEPS = 40


@kernel
def decibel(ratio: float) -> float:
    """A positive power ratio in decibels."""
    return 10.0 * math.log10(ratio)


@kernel
def signal_to_noise(snr_db_100km_1m2: float, rcs_m2: float, range_m: float) -> float:
    """Mean signal to noise of one pulse by the radar equation, scaled from 1 m2 at 100 km.

    Skolnik, "Introduction to Radar Systems", 3rd ed., 2001, chapter 1: proportional to the radar cross
    section and to the inverse fourth power of range. Ranges below 1 m count as 1 m.
    """
    ratio = _REFERENCE_RANGE_M / max(range_m, 1.0)
    ratio2 = ratio * ratio
    return math.exp(0.1 * _LN_10 * snr_db_100km_1m2) * rcs_m2 * ratio2 * ratio2


@kernel
def threshold(pfa: float, pulses: int) -> float:
    """The power of N pulses that noise alone exceeds with probability pfa; for one pulse, minus its logarithm."""
    return received_power(pfa, 0.0, pulses, 2)


@kernel
def detection_chance(snr: float, power: float, pulses: int, swerling: int) -> float:
    """Chance that the summed power of N pulses exceeds `power`: the chance of detection where that is the threshold.

    Exact for Swerling's cases 0 to 4 (kernels.exceedance): to 1e-12 of itself where it is above 1e-30, for snr from 0
    to 1e9 and N up to 256 at least.

    Args:
        snr: mean signal to noise of one pulse.
        power: above 0.
        pulses: N, at least 1.
        swerling: case 0 to 4.
    """
    chance, _ = exceedance(power, snr, pulses, swerling)
    return chance


@kernel
def normal_quantile(chance: float) -> float:
    """The standard normal value exceeded with that chance, to 5e-4 (Abramowitz and Stegun 1964, 26.2.23)."""
    t = math.sqrt(-2.0 * math.log(min(chance, 1.0 - chance)))
    top = 2.515517 + t * (0.802853 + t * 0.010328)
    z = t - top / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    return z if chance < 0.5 else -z


@kernel
def likely_power(chance: float, snr: float, pulses: int, swerling: int) -> float:
    """About the power that is exceeded with that chance: where to start looking for it.

    A shifted gamma variable of the sum's own mean, variance and third cumulant, its quantile by Wilson and Hilferty
    (1931).
    """
    n = float(pulses)
    energy = n * snr
    if swerling == 0:
        second = n + 2.0 * energy
        third = 2.0 * n + 6.0 * energy
    else:
        shape = 1.0
        if swerling == 2:
            shape = n
        elif swerling == 3:
            shape = 2.0
        elif swerling == 4:
            shape = 2.0 * n
        scale = 1.0 + energy / shape
        second = n + shape * (scale * scale - 1.0)
        third = 2.0 * (n + shape * (scale * scale * scale - 1.0))
    scale = third / (2.0 * second)
    shape = second / (scale * scale)
    ninth = 1.0 / (9.0 * shape)
    root = max(1.0 - ninth + normal_quantile(chance) * math.sqrt(ninth), 0.05)
    guess = n + energy + shape * scale * (root * root * root - 1.0)
    return max(guess, 1e-3 * (n + energy))


@kernel
def received_power(chance: float, snr: float, pulses: int, swerling: int) -> float:
    """The summed power of N pulses that is exceeded with the given chance: the inverse of `detection_chance`.

    With a uniform `chance` this is a draw of the received power, and it is above a threshold exactly when `chance` is
    below the chance of detection: one number decides detection and the power given detection.

    Newton's method: on the logarithm of the chance, concave and falling in power as the sum's density is
    log-concave, so that after one step it nears from above; where the chance is above a half, on the logarithm of its
    complement against that of power. A step out of the bracket known so far is replaced by halving it.
    `detection_chance` of the result agrees with `chance` to 1e-12 of it.

    Args:
        chance: above 0, below 1.
        snr: mean signal to noise of one pulse.
        pulses: N, at least 1.
        swerling: case 0 to 4.
    """
    if pulses == 1 and (swerling == 1 or swerling == 2):
        return -(1.0 + snr) * math.log(chance)
    power = likely_power(chance, snr, pulses, swerling)
    low = 0.0
    high = math.inf
    close = 1e-8 * chance * (1.0 - chance) + 5e-14 * chance
    for _ in range(_STEPS):
        now, density = exceedance(power, snr, pulses, swerling)
        if now > chance:
            low = power
        else:
            high = power
        proposal = -1.0
        if now > 0.0 and now < 1.0 and density > 0.0:
            if chance <= 0.5:
                proposal = power + math.log(now / chance) * now / density
            else:
                step = math.log((1.0 - chance) / (1.0 - now)) * (1.0 - now) / (density * power)
                proposal = power * math.exp(min(max(step, -2.0), 2.0))
        if abs(now - chance) <= close:
            return proposal if proposal > 0.0 else power
        if proposal <= low or proposal >= high:
            proposal = 2.0 * power if high == math.inf else 0.5 * (low + high)
        power = proposal
    return power


@kernel
def random_error(floor: float, cell: float, snr: float) -> float:
    """One-sigma random error of a measurement: a floor and, in quadrature, cell / (k sqrt(2 snr)).

    Skolnik, "Introduction to Radar Systems", 3rd ed., 2001, section 6.3; Barton, "Radar System Analysis and
    Modeling", 2005. `cell` is the beamwidth or the range cell, in the unit of `floor`; `snr` that of all
    pulses together.
    """
    thermal = cell / (SLOPE * math.sqrt(2.0 * snr))
    return math.sqrt(floor * floor + thermal * thermal)
