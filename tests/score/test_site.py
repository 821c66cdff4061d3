import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.model.recording import RadarSite
from skypact.run.recorded.flight import SITE as SAMPLE_SITE
from skypact.run.recorded.reading import read_recording
from skypact.run.recorded.sample import make_sample, write_sample
from skypact.score import estimate_bias
from tests.score.sky import SITE, sky, without_codes

WORLD = sky(seed=4, n=14, seconds=300.0)


def moved(site, east_m, north_m):
    """A place so far away."""
    lon_rad = site.lon_rad + east_m / (6.388e6 * np.cos(site.lat_rad))
    return RadarSite(site.lat_rad + north_m / 6.371e6, lon_rad, site.height_m)


def estimate(world, site):
    return estimate_bias(world.plots, world.owner, world.confirmed, site, world.system)


@pytest.mark.parametrize(
    ("east_m", "north_m", "towards"),
    [
        (0.0, 5000.0, "5.0 km south of"),
        (-3000.0, 0.0, "3.0 km east of"),
        (700.0, -700.0, "1.0 km north-west of"),
    ],
)
def test_a_wrong_place_is_told_with_its_distance_and_direction(east_m, north_m, towards):
    bias = estimate(WORLD, moved(SITE, east_m, north_m))
    assert bias.site_shift_m == pytest.approx((east_m, north_m), abs=30.0 + 0.01 * np.hypot(east_m, north_m))
    assert bias.site_share > 0.9
    assert towards in bias.site_doubt
    assert bias.site_doubt.endswith("check --site")


@settings(max_examples=10)
@given(st.floats(400.0, 6000.0), st.floats(0.0, 2.0 * np.pi))
def test_a_wrong_place_is_found_whichever_way_it_lies(away_m, towards_rad):
    shift = away_m * np.sin(towards_rad), away_m * np.cos(towards_rad)
    bias = estimate(WORLD, moved(SITE, *shift))
    assert bias.site_shift_m == pytest.approx(shift, abs=30.0 + 0.04 * away_m)
    assert bias.site_doubt


def test_a_wrong_place_is_found_by_position_alone_too():
    world = type(WORLD)(**(vars(WORLD) | {"plots": without_codes(WORLD.plots)}))
    bias = estimate(world, moved(SITE, 0.0, 700.0))
    assert bias.site_shift_m == pytest.approx((0.0, 700.0), abs=50.0)
    assert bias.site_doubt


@pytest.mark.parametrize("seed", range(6))
def test_the_right_place_is_not_doubted(seed):
    """Not even where each aircraft keeps errors of its own for the whole time."""
    bias = estimate(sky(seed=seed, n=6 + seed, seconds=240.0, shared_noise=2.0), SITE)
    assert bias.site_doubt == ""
    assert np.hypot(*bias.site_shift_m) < 300.0


def test_few_aircraft_raise_no_doubt():
    world = type(WORLD)(**(vars(WORLD) | {"confirmed": WORLD.confirmed[:3]}))
    assert estimate(world, moved(SITE, 0.0, 1500.0)).site_doubt == ""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Plots of the sample recording with their true aircraft, and the other system's tracks."""
    paths = write_sample(tmp_path_factory.mktemp("sample"))
    flight = make_sample().plot_flight
    return read_recording(paths.radar).plots, flight, read_recording(paths.system).system


@pytest.mark.parametrize(("north_m", "doubted"), [(0.0, False), (4000.0, True)])
def test_the_place_of_the_sample_is_doubted_only_where_it_is_wrong(sample, north_m, doubted):
    plots, flight, system = sample
    owner = (flight + 1).astype(np.uint64)
    confirmed = np.unique(owner[flight >= 0])
    bias = estimate_bias(plots, owner, confirmed, moved(SAMPLE_SITE, 0.0, north_m), system)
    assert bool(bias.site_doubt) == doubted
    assert bias.site_shift_m == pytest.approx((0.0, north_m), abs=150.0)
