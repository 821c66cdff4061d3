"""How a radar's beam weighs an echo by its direction.

Bearing is not weighed: a rotating beam sweeps over every object, a steered one is pointed at it. What a beam scan
loses thereby is in the radar's losses. What a steered radar's search spends on high beams is weighed by `fence_gain`.
"""

from __future__ import annotations

import math

from skypact.kernels.jit import kernel

STEERED, FAN, COSECANT = range(3)
"""Values of model.codes.BeamPattern."""

_TWO_WAY = 8.0 * math.log(2.0)


@kernel
def beam_gain(
    pattern: int,
    rotates: bool,
    off_azimuth_rad: float,
    elevation_rad: float,
    tilt_rad: float,
    beam_elevation_rad: float,
    elevation_max_rad: float,
) -> float:
    """Two-way power gain in a direction over that on the beam's axis.

    Steered: a fixed face loses cos^3 of the angle off its normal (Barton, "Radar System Analysis and Modeling", 2005:
    the aperture seen shrinks with the cosine each way, and the elements' match worsens); behind the face it is 0. A
    rotating one turns its face to the object and steers in elevation alone, without loss. Fan: Gaussian about the
    tilt, 1/4 (6 dB) half a beamwidth off it. Cosecant-squared (Skolnik, "Introduction to Radar Systems", 3rd ed.,
    2001, section 2.11): the fan's up to its upper half-power point; above that the one-way gain falls with the squared
    cosecant of elevation, there and back with its fourth power, so that an object at constant height gives a constant
    echo, up to `elevation_max_rad` and no further. Sidelobes are left out.

    Args:
        pattern: STEERED, FAN or COSECANT.
        rotates: whether the antenna turns.
        off_azimuth_rad: bearing off the normal of a fixed face.
        elevation_rad: of the direction, as the ray leaves the antenna.
        tilt_rad: elevation of the axis, or of a fixed face's normal.
        beam_elevation_rad: half-power width, one way; above 0 (fan and cosecant).
        elevation_max_rad: upper end of the cosecant-squared part.
    """
    if pattern == STEERED:
        if rotates:
            return 1.0
        cosine = math.sin(elevation_rad) * math.sin(tilt_rad)
        cosine += math.cos(elevation_rad) * math.cos(tilt_rad) * math.cos(off_azimuth_rad)
        return max(cosine, 0.0) ** 3
    shoulder_rad = tilt_rad + 0.5 * beam_elevation_rad
    if pattern == COSECANT and elevation_rad > shoulder_rad > 0.0:
        if elevation_rad > elevation_max_rad:
            return 0.0
        fall = 0.5 * (math.sin(shoulder_rad) / math.sin(elevation_rad)) ** 2
        return fall * fall
    off = (elevation_rad - tilt_rad) / beam_elevation_rad
    return math.exp(-_TWO_WAY * off * off)


@kernel
def fence_gain(fence_rad: float, elevation_rad: float) -> float:
    """Energy that a search transmits at an elevation over what it transmits up to its fence, in (0, 1].

    Whole up to the fence; above it the squared cosecant of elevation (the law of Skolnik, "Introduction to Radar
    Systems", 3rd ed., 2001, section 2.11), one way alone: the receiving beams stay pencils. The echo of an object at
    constant height, as the fourth power of its range, then grows with the squared sine of elevation and is nowhere
    weaker than at the fence. 1 everywhere where the fence is NaN.
    """
    if elevation_rad > fence_rad:
        fall = math.sin(fence_rad) / math.sin(elevation_rad)
        return fall * fall
    return 1.0


@kernel
def search_rows(lowest_rad: float, fence_rad: float, highest_rad: float, beam_elevation_rad: float) -> float:
    """Rows of whole beams that cost the time of a search in which the energy falls as in `fence_gain`.

    The rows from the lowest elevation to the fence, at least one, and the integral of the squared cosecant from there
    to the highest elevation, over the beam's width; 1 where the fence is NaN (a fan beam covers all at once).
    """
    if math.isnan(fence_rad):
        return 1.0
    tail_rad = 0.0
    if highest_rad > fence_rad:
        sine = math.sin(fence_rad)
        tail_rad = sine * math.cos(fence_rad) - sine * sine / math.tan(highest_rad)
    return (max(fence_rad - lowest_rad, beam_elevation_rad) + tail_rad) / beam_elevation_rad
