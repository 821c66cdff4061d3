"""The Earth's numbers, in one place.

WGS 84 defining and derived values: NGA.STND.0036_1.0.0_WGS84 (2014), tables 3.1 to 3.5. `J2` is derived from
that standard's second-degree coefficient. The mean radius is the IUGG arithmetic mean (2 a + b) / 3
(Moritz, "Geodetic Reference System 1980", J. Geodesy 74, 2000). The radius of the 4/3 Earth is stated apart
because radar texts differ about it: here it is 4/3 of 6,371 km.
"""

from __future__ import annotations

A_M = 6378137.0
"""Semi-major axis, m."""
F = 1.0 / 298.257223563
"""Flattening."""
E2 = F * (2.0 - F)
"""First eccentricity squared."""
B_M = A_M * (1.0 - F)
"""Semi-minor axis, m."""
EP2 = E2 / (1.0 - E2)
"""Second eccentricity squared."""
GM_M3_S2 = 3.986004418e14
"""Gravitational constant times the Earth's mass, atmosphere included, m3/s2."""
J2 = 1.08262668355e-3
"""Second zonal harmonic, dimensionless, not normalised."""
J3 = -2.53265648533e-6
"""Third zonal harmonic, likewise (EGM96: Lemoine et al., NASA/TP-1998-206861; so is `J2`)."""
J4 = -1.619621591367e-6
"""Fourth zonal harmonic, likewise (EGM96)."""
OMEGA_RAD_S = 7.292115e-5
"""Rotation rate, rad/s."""

MEAN_RADIUS_M = 6371008.8
"""Radius of the sphere on which scenario geometry (great circles) is drawn, m."""
EFFECTIVE_RADIUS_M = 4.0 / 3.0 * 6371000.0
"""Radius of the 4/3 Earth, on which radio rays in a standard atmosphere run straight, m (ITU-R P.834)."""
