"""What haze, rain and cloud do to a laser beam."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.earth.visibility import extinction_1pm, laser_weather
from skypact.errors import UsageError
from skypact.model.weather import calm


def test_haze_follows_kruse_and_rain_the_published_power_law():
    assert extinction_1pm(23_000.0) == pytest.approx(1e-3 * 3.912 / 23.0 * (0.55 / 1.06) ** 1.3, rel=1e-12)
    assert extinction_1pm(80_000.0) == pytest.approx(1e-3 * 3.912 / 80.0 * (0.55 / 1.06) ** 1.6, rel=1e-12)
    q = 0.585 * 2.0 ** (1.0 / 3.0)
    assert extinction_1pm(2_000.0) == pytest.approx(1e-3 * 3.912 / 2.0 * (0.55 / 1.06) ** q, rel=1e-12)
    # 1.076 R^0.67 dB/km is 5.03 dB/km at 10 mm/h.
    rain_1pm = extinction_1pm(23_000.0, 10.0) - extinction_1pm(23_000.0)
    assert 1e4 / math.log(10.0) * rain_1pm == pytest.approx(5.03, abs=0.01)


@given(st.floats(50.0, 300e3), st.floats(1.01, 3.0), st.floats(0.0, 100.0))
def test_less_visibility_and_more_rain_weaken_the_beam(visibility_m, factor, rain):
    assert extinction_1pm(visibility_m, rain) > extinction_1pm(visibility_m * factor, rain)
    assert extinction_1pm(visibility_m, rain + 1.0) > extinction_1pm(visibility_m, rain)


def test_a_clear_day_is_what_the_dwell_is_stated_for_and_a_clearer_one_is_no_better():
    assert laser_weather(calm()) == (0.0, 8_000.0)
    assert laser_weather(replace(calm(), visibility_m=100_000.0, cloud_cover=0.49)) == (0.0, math.inf)
    assert laser_weather(replace(calm(), visibility_m=5_000.0))[0] > 0.0


@pytest.mark.parametrize(("visibility_m", "rain"), [(0.0, 0.0), (-1.0, 0.0), (math.nan, 0.0), (1e4, -1.0)])
def test_impossible_weather_is_refused(visibility_m, rain):
    with pytest.raises(UsageError, match="visibility above 0"):
        extinction_1pm(visibility_m, rain)
