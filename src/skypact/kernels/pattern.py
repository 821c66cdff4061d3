"""How a radar's beam weighs an echo by its direction.

Bearing is not weighed: a rotating beam sweeps over every object, a steered one is pointed at it. What a beam scan
loses thereby is in the radar's losses.
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
    cosecant of elevation, so that an object at constant height gives a constant echo, up to `elevation_max_rad` and
    no further. Sidelobes are left out.

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
