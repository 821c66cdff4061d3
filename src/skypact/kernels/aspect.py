"""How an object's radar cross-section changes with the side that it shows."""

from __future__ import annotations

import math

from skypact.kernels.jit import kernel


@kernel
def cross_section(nose_m2: float, side_ratio: float, cos_aspect: float) -> float:
    """Mean radar cross-section (m2) of a body of revolution at an aspect angle.

    The prolate spheroid of the optical limit (Ruck, Barrick, Stuart and Krichbaum, "Radar Cross Section Handbook",
    1970; Mahafza, "Radar Systems Analysis and Design Using MATLAB", 2000): pi a^4 c^2 / (a^2 sin^2 + c^2 cos^2)^2 with
    half-axes c along and a across, written by its values nose on, pi a^4 / c^2, and broadside, pi c^2. Real bodies
    have lobes about this mean, which Swerling's fluctuation stands for.

    Args:
        nose_m2: nose on; the same tail on.
        side_ratio: broadside over nose on, above 0; 1 is a sphere.
        cos_aspect: cosine of the angle between the object's axis (its velocity) and the line of sight, of either sign.
    """
    cos2 = min(cos_aspect * cos_aspect, 1.0)
    width = cos2 + (1.0 - cos2) / math.sqrt(side_ratio)
    return nose_m2 / (width * width)
