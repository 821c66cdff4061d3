"""Slow twins of `kernels.terrain` and `kernels.masking`: every target's own ray is walked in small steps."""

from __future__ import annotations

import math

import numpy as np

from tests.naive.frame import destination

EFFECTIVE_RADIUS_M = 4 / 3 * 6371000


def height_m(heights, lat0, lon0, step, lat, lon):
    """Bilinear: along the two rows first, then between them; None outside."""
    y, x = (lat - lat0) / step, (lon - lon0) / step
    rows, cols = heights.shape
    if not (0 <= y <= rows - 1 and 0 <= x <= cols - 1):
        return None
    i, j = min(math.floor(y), rows - 2), min(math.floor(x), cols - 2)
    row = [np.interp(x, [j, j + 1], heights[k, j : j + 2].astype(float)) for k in (i, i + 1)]
    return float(np.interp(y, [i, i + 1], row))


def profile(heights, grid, site, bearing, dr, length):
    """Ground heights at 0, dr, 2 dr ... no further than the length; sea outside the grid."""
    lat0, lon0, step = grid
    result = []
    for i in range(int(length / dr) + 1):
        lat, lon = destination(site[0], site[1], bearing, i * dr)
        height = height_m(heights, lat0, lon0, step, math.degrees(lat), math.degrees(lon))
        result.append(0.0 if height is None else height)
    return result


def clearance_m(ground, dr, height_antenna, target_range, height_target, parts=200):
    """Least height of the ray above the ground between antenna and target; not negative means visible.

    The ray is straight above an Earth of 4/3 radius, which falls away as d squared / 2k.
    """

    def flat(distance, height):
        return height - distance**2 / (2 * EFFECTIVE_RADIUS_M)

    end = flat(target_range, height_target)
    least = math.inf
    for i in range(len(ground) - 1):
        for part in range(1, parts + 1):
            distance = (i + part / parts) * dr
            height = ground[i] + (ground[i + 1] - ground[i]) * part / parts
            ray = height_antenna + (end - height_antenna) * distance / target_range
            least = min(least, ray - flat(distance, height))
    return least


def height_from_slant(slant, elevation, height_antenna, radius=EFFECTIVE_RADIUS_M):
    """Law of cosines in the triangle Earth's centre, antenna, target."""
    antenna = radius + height_antenna
    return math.sqrt(antenna**2 + slant**2 - 2 * antenna * slant * math.cos(math.pi / 2 + elevation)) - radius


def slant_from_height(height_target, elevation, height_antenna, radius=EFFECTIVE_RADIUS_M):
    """Law of sines in the same triangle: the angle at the target, then the one at the centre."""
    antenna, target = radius + height_antenna, radius + height_target
    at_target = math.asin(antenna * math.sin(math.pi / 2 + elevation) / target)
    at_centre = math.pi / 2 - elevation - at_target
    return target * math.sin(at_centre) / math.sin(math.pi / 2 + elevation)
