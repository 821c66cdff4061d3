"""What a moving-target canceller leaves of an echo, by its range rate.

A delay-line canceller subtracts echoes of successive pulses, so that what stands still vanishes, and so does what
moves by a whole number of half wavelengths from pulse to pulse: at the blind speeds.
"""

from __future__ import annotations

import math

from skypact.kernels.jit import kernel

NONE, SINGLE, DOUBLE = 0, 1, 2
"""Order of a canceller: how many delay lines."""

STAGGERED = 4
"""Number of pulse intervals that alternate in Skolnik's example."""

INTERVALS = (25.0, 30.0, 27.0, 31.0)
"""Their ratios: the first speed blind to all of them is 28.25 times that of their mean interval."""

_MEAN_INTERVAL = 28.25
_TWO_PI = 2.0 * math.pi


@kernel
def canceller_gain(range_rate_mps: float, blind_speed_mps: float, canceller: int, stagger: int) -> float:
    """Power response of a moving-target canceller at a range rate over its mean over all range rates.

    Skolnik, "Introduction to Radar Systems", 3rd ed., 2001, sections 3.2 and 3.3. With the phase
    a = 2 pi range rate / blind speed from pulse to pulse: single, 2 sin^2(a/2); double, (8/3) sin^4(a/2), both from 0
    at the blind speeds to 2 and 8/3. Noise passes with the mean gain (2 and 6), hence the ratio is that of signal to
    noise. With four intervals in the ratio 25:30:27:31 the output takes turns, and this is the mean of its power.

    Args:
        range_rate_mps: of either sign.
        blind_speed_mps: first blind speed of the unstaggered waveform, wavelength / (2 x mean interval); above 0.
        canceller: 0 (no canceller: 1), 1 single or 2 double.
        stagger: 4 for the four intervals, 1 for one interval; there are no others.
    """
    if canceller == NONE:
        return 1.0
    phase = _TWO_PI * range_rate_mps / blind_speed_mps
    if stagger != STAGGERED:
        sine2 = math.sin(0.5 * phase) ** 2
        return 2.0 * sine2 if canceller == SINGLE else 8.0 / 3.0 * sine2 * sine2
    power = 0.0
    cos_before = math.cos(phase * INTERVALS[3] / _MEAN_INTERVAL)
    sin_before = math.sin(phase * INTERVALS[3] / _MEAN_INTERVAL)
    for interval in INTERVALS:
        cos_now = math.cos(phase * interval / _MEAN_INTERVAL)
        sin_now = math.sin(phase * interval / _MEAN_INTERVAL)
        if canceller == SINGLE:
            power += 1.0 - cos_now
        else:
            real = cos_before + cos_now - 2.0
            imaginary = sin_now - sin_before
            power += (real * real + imaginary * imaginary) / 6.0
        cos_before, sin_before = cos_now, sin_now
    return 0.25 * power
