"""Published numbers of detection: fluctuating targets, the 4/3 Earth's horizon, a generator's known answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ncx2

from skypact.kernels.detectability import detection_chance
from skypact.kernels.looks import SITE_WIDTH
from skypact.kernels.report import philox_2x32
from skypact.kernels.sensing import in_view
from skypact.sense.table import sites
from tests.sense.world import LAT, LON, no_bias, sensor_table, smooth_masks, still

# One pulse, Pd 0.9, Pfa 1e-6: signal to noise in dB. Swerling (RAND RM-1217, 1954) in closed form, as tabled in
# Skolnik, "Introduction to Radar Systems" (figures of chapter 2) and in radar toolboxes.
SWERLING_DB = {1: 21.1436, 3: 17.296}
STEADY_DB = 13.183490056794
# Horizon of the 4/3 Earth: sqrt(2 k h1) + sqrt(2 k h2), km, with k = 4/3 x 6371 km: (mast, target) -> range.
HORIZON_KM = {(10.0, 50.0): 42.2, (10.0, 100.0): 54.3, (10.0, 300.0): 84.4, (9_000.0, 100.0): 432.0}


@pytest.mark.parametrize(("swerling", "snr_db"), SWERLING_DB.items())
def test_one_pulse_of_a_fluctuating_target_is_found_as_swerling_tabled(swerling: int, snr_db: float) -> None:
    assert detection_chance(10.0 ** (snr_db / 10.0), 1e-6, swerling) == pytest.approx(0.9, abs=2e-6)


def test_the_twins_square_law_detector_meets_marcums_value() -> None:
    """The integral that the naive twin takes over fluctuations is itself right for a steady target."""
    power = -math.log(1e-6)
    assert ncx2.sf(2.0 * power, 2.0, 2.0 * 10.0 ** (STEADY_DB / 10.0)) == pytest.approx(0.9, abs=1e-9)


@pytest.mark.parametrize(("heights_m", "horizon_km"), HORIZON_KM.items())
def test_a_target_sinks_below_the_horizon_where_published(
    heights_m: tuple[float, float], horizon_km: float
) -> None:
    mast, target = heights_m
    sensors = sensor_table({"height_m": mast})
    masks = smooth_masks(sensors, cells=600)
    site = sites(sensors, no_bias(sensors))[0]
    assert site.shape == (SITE_WIDTH,)

    def seen(range_m: float) -> bool:
        state = still(LAT, LON + range_m / (6371008.8 * math.cos(LAT)), target, 1)[1][0]
        return in_view(site, masks.tan_elevation[0], masks.cell_m, math.pi / 2.0, state, False)

    near, far = 1e3, 590e3
    while far - near > 10.0:
        middle = 0.5 * (near + far)
        near, far = (middle, far) if seen(middle) else (near, middle)
    assert near / 1e3 == pytest.approx(horizon_km, abs=0.06 if horizon_km < 100.0 else 0.6)


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0x00000000, 0x00000000), 0x00000000, (0xFF1DAE59, 0x6CD10DF2)),
        ((0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF, (0x2C3F628B, 0xAB4FD7AD)),
        ((0x243F6A88, 0x85A308D3), 0x13198A2E, (0xDD7CE038, 0xF62A4C12)),
    ],
)
def test_philox_2x32_gives_the_known_answers_of_random123(counter, key, answer) -> None:
    words = philox_2x32(np.uint64(counter[0]), np.uint64(counter[1]), np.uint32(key))
    assert tuple(int(word) for word in words) == answer
