"""The chance of detection of one radar at many points at once: its look at an object that stands still there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.detectability import detection_chance
from skypact.kernels.frame import destination, ecef_from_geodetic
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    LAT,
    LON,
    MTI_RANGE,
    PULSES,
    RANGE_MAX,
    RANGE_MIN,
    SWERLING,
    THRESHOLD,
    seen_from,
)
from skypact.kernels.radar import View, look_signal


@kernel
def chance_rows(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    view: View,
    targets: NDArray[np.float64],
    rcs_m2: NDArray[np.float64],
    gains: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Fill out[q, n] with the chance that one look of a radar in search detects each target; 0 where it is hidden.

    Args:
        site, physics: the radar's rows, layout of kernels.looks; with no canceller, which objects at rest would not
            pass.
        view: what lies around the radar.
        targets: f8[n, 3] ground range (m) and bearing (rad) on the mean sphere, height above the ellipsoid (m).
        rcs_m2: f8[q] cross-sections towards the radar.
        gains: f8[g] of the canceller at radial speeds that are equally likely; the chance within its ground range is
            the mean of theirs.
        out: f4[q, n].
    """
    state, unity = np.zeros(6), np.ones(1)
    for i in range(targets.shape[0]):
        lat, lon = destination(site[LAT], site[LON], targets[i, 1], targets[i, 0])
        state[0], state[1], state[2] = ecef_from_geodetic(lat, lon, targets[i, 2])
        range_m, bearing, _ = seen_from(site, state)
        signal = -1.0
        if site[RANGE_MIN] <= range_m <= site[RANGE_MAX]:
            signal = look_signal(site, physics, view, 0.0, range_m, bearing, state, 1.0, 1.0, 1.0, True)
        passed = gains if targets[i, 0] < physics[MTI_RANGE] else unity
        for q in range(rcs_m2.shape[0]):
            total = 0.0
            if signal > 0.0:
                for gain in passed:
                    total += detection_chance(
                        gain * signal * rcs_m2[q],
                        physics[THRESHOLD],
                        int(physics[PULSES]),
                        int(physics[SWERLING]),
                    )
            out[q, i] = total / passed.size
