"""Ballistic flights: where they come down, how they boost, how they scatter."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.terrain import flat_terrain
from skypact.errors import UsageError
from skypact.kernels.frame import destination, distance_bearing, geodetic_from_ecef, rot_enu_from_ecef
from skypact.kernels.random import RAID, run_key
from skypact.model.codes import ObjectClass, Phase
from skypact.truth._ballistic import ballistic_flight, tolerance_m
from skypact.truth.flight import Draws
from tests.truth import world

K0, K1 = run_key(11, 0)
SEA = flat_terrain(10.0, 30.0, 40.0, 50.0)
START = (math.radians(30.0), math.radians(48.0))
DEFAULTS = {
    "ballistic_coefficient_kgpm2": (5000.0,),
    "boost_acceleration_mps2": (40.0,),
    "loft": (1.0,),
    "stages": (1.0,),
    "exhaust_speed_mps": (2400.0,),
    "stage_coast_s": (0.0,),
    "burnout_speed": (0.0,),
    "burnout_angle_rad": (0.0,),
}


def missile(**values):
    return world.threat(
        "missile",
        ObjectClass.BALLISTIC,
        **{key: world.value(*item) for key, item in {**DEFAULTS, **values}.items()},
    )


def fly(threat, range_m=600e3, bearing=1.0, key=0, terrain=SEA, start=START, launch_s=100):
    towards = destination(start[0], start[1], bearing, range_m)
    return ballistic_flight(threat, terrain, start, towards, launch_s, Draws(K0, K1, RAID, 3, key)), towards


def thrust_mps2(path):
    """Size (m/s2) of the acceleration by thrust each second, by differences of velocity; weight and spin taken off."""
    rows = path.state
    rate = (rows[2:, 3:] - rows[:-2, 3:]) / 2.0
    pos, vel = rows[1:-1, :3], rows[1:-1, 3:]
    r = np.linalg.norm(pos, axis=1)[:, None]
    spin = np.array([0.0, 0.0, 7.292115e-5])
    weight = -3.986e14 * pos / r**3 - 2.0 * np.cross(spin, vel) - np.cross(spin, np.cross(spin, pos))
    return np.linalg.norm(rate - weight, axis=1)


@settings(max_examples=40)
@given(
    st.floats(math.log(15e3), math.log(2500e3)),
    st.floats(-math.pi, math.pi),
    st.floats(0.85, 1.15),
    st.integers(1, 3),
    st.floats(2000.0, 5000.0),
    st.floats(0.0, 20.0),
    st.floats(2500.0, 10_000.0),
    st.integers(0, 10_000),
)
def test_without_scatter_a_flight_comes_down_within_the_tolerance(
    log_range, bearing, loft, stages, exhaust, coast, beta, key
):
    range_m = math.exp(log_range)
    acceleration = 200.0 if range_m < 100e3 else 45.0
    threat = missile(
        loft=(loft,),
        stages=(float(stages),),
        exhaust_speed_mps=(exhaust,),
        stage_coast_s=(coast if range_m > 100e3 else 0.0,),
        ballistic_coefficient_kgpm2=(beta,),
        boost_acceleration_mps2=(acceleration,),
    )
    path, towards = fly(threat, range_m, bearing, key)
    assert path is not None
    lat, lon, height = geodetic_from_ecef(*path.end_ecef_m)
    assert height == pytest.approx(0.0, abs=0.05)
    assert distance_bearing(lat, lon, *towards)[0] <= tolerance_m(range_m) + 1.0
    assert path.first_s == path.launch_s == 100
    assert 100.0 < path.burnout_s < path.end_s <= 100 + len(path.state) - 1 < path.end_s + 1.0
    seconds = 100 + np.arange(len(path.state))
    assert ((path.phase == Phase.BOOST) == (seconds < path.burnout_s)).all()
    assert path.phase[-1] == Phase.REENTRY
    assert np.isfinite(path.state).all()


def test_no_flight_is_found_closer_than_its_purpose_needs():
    assert tolerance_m(50e3) == tolerance_m(200e3) == 2_000.0
    assert tolerance_m(1500e3) == 15_000.0
    misses = []
    for key in range(40):
        path, towards = fly(missile(loft=(0.9, 1.1), ballistic_coefficient_kgpm2=(2500.0, 9e3)), key=key)
        lat, lon, _ = geodetic_from_ecef(*path.end_ecef_m)
        misses.append(distance_bearing(lat, lon, *towards)[0])
    assert max(misses) <= 6_000.0
    assert np.median(misses) > 500.0


def test_thrust_grows_by_the_rocket_equation_and_rests_between_stages():
    threat = missile(
        stages=(2.0,), exhaust_speed_mps=(1500.0,), stage_coast_s=(8.0,), boost_acceleration_mps2=(40.0,)
    )
    path, _ = fly(threat, 1500e3)
    felt = thrust_mps2(path)
    burn_s = path.burnout_s - 100.0
    stage_s = (burn_s - 8.0) / 2.0
    second = np.arange(len(felt)) + 1.0
    growth = math.exp(40.0 * stage_s / 1500.0)
    assert growth > 3.0
    first_mps2 = 40.0 * (1.0 - 1.0 / growth) / math.log(growth)
    ignition = stage_s + 8.0  # of the second stage, which burns in thin air
    burns = (second > ignition + 2) & (second < ignition + stage_s - 2)
    expected = first_mps2 / (1.0 - (1.0 - 1.0 / growth) * (second[burns] - ignition) / stage_s)
    assert burns.sum() > 15
    assert felt[burns] == pytest.approx(expected, rel=0.05)
    rests = (second > stage_s + 2) & (second < stage_s + 6)
    after = (second > burn_s + 2) & (second < burn_s + 60)
    assert felt[rests].max() < 4.0  # drag
    assert felt[after].max() < 0.3
    assert felt[int(0.9 * stage_s)] > 1.8 * felt[int(0.3 * stage_s)]


def exhaust_mps(path, mean_mps2):
    """The exhaust speed of a boost of one stage, by the rocket equation from the growth of its thrust in thin air."""
    felt = thrust_mps2(path)
    burn_s = path.burnout_s - 100.0
    early, late = int(0.5 * burn_s), int(0.9 * burn_s)
    # 1 / a(t) falls in a straight line to 1 / (a0 growth).
    rate = (1.0 / felt[early] - 1.0 / felt[late]) / (late - early)
    at_launch = 1.0 / felt[early] + rate * (early + 1.0)
    growth = at_launch / (at_launch - rate * burn_s)
    return mean_mps2 * burn_s / math.log(growth)


@pytest.mark.parametrize("range_m", [700e3, 1200e3, 2000e3])
@pytest.mark.parametrize("acceleration", [40.0, 60.0])
def test_what_thrust_tells_of_the_exhaust_is_the_class_whatever_the_range(range_m, acceleration):
    threat = missile(
        boost_acceleration_mps2=(acceleration,),
        exhaust_speed_mps=(2400.0,),
        ballistic_coefficient_kgpm2=(1e6,),
    )
    path, _ = fly(threat, range_m)
    assert exhaust_mps(path, acceleration) == pytest.approx(2400.0, rel=0.05)


def test_what_would_hardly_lift_off_burns_faster():
    threat = missile(
        boost_acceleration_mps2=(25.0, 25.0, 60.0),
        exhaust_speed_mps=(2000.0,),
        ballistic_coefficient_kgpm2=(1e6,),
    )
    lift_mps2 = [float(thrust_mps2(fly(threat, 1800e3, key=key)[0])[0]) for key in range(30)]
    assert min(lift_mps2) == pytest.approx(1.2 * 9.80665, rel=0.06)
    assert max(lift_mps2) > 15.0


def test_parameters_are_drawn_over_the_whole_interval():
    threat = missile(
        stages=(2.0, 1.0, 3.0),
        boost_acceleration_mps2=(40.0, 30.0, 60.0),
        exhaust_speed_mps=(1e6,),
        ballistic_coefficient_kgpm2=(1e6,),
    )
    burns, counts = [], []
    for key in range(60):
        path, _ = fly(threat, 800e3, key=key)
        felt = thrust_mps2(path)
        burns.append(felt[int(path.burnout_s - 104.0)])
        counts.append(stages_seen(threat, key))
    assert min(burns) < 35.0
    assert max(burns) > 55.0
    assert set(counts) == {1, 2, 3}


def stages_seen(threat, key):
    """The number of stages of a flight, by the rests in its thrust."""
    rested = dataclasses.replace(
        threat,
        values={**threat.values, "stage_coast_s": world.value(8.0), "exhaust_speed_mps": world.value(1e6)},
    )
    path, _ = fly(rested, 800e3, key=key)
    felt = thrust_mps2(path)[: int(path.burnout_s - 101.0)]
    quiet = felt < 10.0
    return 1 + int(np.sum(quiet[1:] & ~quiet[:-1]))


def burnout_velocity(path):
    """Velocity (m/s) at the first whole second after burnout."""
    return path.state[math.ceil(path.burnout_s - path.first_s), 3:]


@pytest.fixture(scope="module")
def scattered():
    """Velocities after burnout and ends of 400 flights, by a nominal one that is not scattered."""
    sigma = {"burnout_speed": (0.004,), "burnout_angle_rad": (0.006,)}
    nominal, _ = fly(missile())
    flights = [fly(missile(**sigma), key=key)[0] for key in range(400)]
    return nominal, flights


def within_chance(found, sigma, n):
    """Whether a sample's standard deviation about zero is one of a thousand times 0.999 of those of n draws."""
    return abs(found / sigma - 1.0) < 3.3 / math.sqrt(2.0 * n)


def test_velocity_at_burnout_scatters_as_the_class_says(scattered):
    nominal, flights = scattered
    mean = burnout_velocity(nominal)
    speed = np.linalg.norm(mean)
    forward = mean / speed
    level = np.cross(forward, nominal.state[0, :3])
    level /= np.linalg.norm(level)
    off = np.array([burnout_velocity(path) for path in flights]) - mean
    along, aside, up = off @ forward, off @ level, off @ np.cross(level, forward)
    assert within_chance(np.sqrt((along**2).mean()), 0.004 * speed, 400)
    assert within_chance(np.sqrt((aside**2).mean()), 0.006 * speed, 400)
    assert within_chance(np.sqrt((up**2).mean()), 0.006 * speed, 400)
    for a, b in ((along, aside), (along, up), (aside, up)):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.17
    for part in (along, aside, up):
        assert abs(part.mean()) < 3.5 * part.std() / 20.0


def test_dispersion_of_the_ends_is_that_of_the_vacuum_formula(scattered):
    """Range angle 2 atan(Q sin g cos g / (1 - Q cos2 g)), Q = v^2 r / mu (Bate, Mueller and White 1971, ch. 6)."""
    nominal, flights = scattered
    row = math.ceil(nominal.burnout_s - nominal.first_s)
    pos, vel = (
        nominal.state[row, :3],
        nominal.state[row, 3:] + np.cross([0, 0, 7.292115e-5], nominal.state[row, :3]),
    )
    r, v = np.linalg.norm(pos), np.linalg.norm(vel)
    gamma = math.asin(pos @ vel / (r * v))

    def reach(speed, elevation):
        q = speed**2 * r / 3.986004418e14
        return (
            6371e3
            * 2.0
            * math.atan2(q * math.sin(elevation) * math.cos(elevation), 1.0 - q * math.cos(elevation) ** 2)
        )

    by_speed = (reach(1.004 * v, gamma) - reach(0.996 * v, gamma)) / 2.0
    by_angle = (reach(v, gamma + 0.006) - reach(v, gamma - 0.006)) / 2.0
    angle = reach(v, gamma) / 6371e3
    by_bearing = 6371e3 * math.sin(angle) * 0.006 / math.cos(gamma)
    lat, lon, _ = geodetic_from_ecef(*nominal.end_ecef_m)
    _, course = distance_bearing(*START, lat, lon)
    rot = np.array(rot_enu_from_ecef(lat, lon)).reshape(3, 3)
    east, north, _ = rot @ (np.array([path.end_ecef_m for path in flights]) - nominal.end_ecef_m).T
    along = east * math.sin(course) + north * math.cos(course)
    across = east * math.cos(course) - north * math.sin(course)
    assert np.sqrt((along**2).mean()) == pytest.approx(math.hypot(by_speed, by_angle), rel=0.15)
    assert np.sqrt((across**2).mean()) == pytest.approx(by_bearing, rel=0.15)


def test_a_flight_hangs_on_its_own_draws_alone():
    sigma = {"burnout_speed": (0.004,), "burnout_angle_rad": (0.006,), "loft": (1.0, 0.9, 1.1)}
    first, again = fly(missile(**sigma), key=5)[0], fly(missile(**sigma), key=5)[0]
    other = fly(missile(**sigma), key=6)[0]
    later = fly(missile(**sigma), key=5, launch_s=1000)[0]
    assert first.state.tobytes() == again.state.tobytes() == later.state.tobytes()
    assert later.end_s == pytest.approx(first.end_s + 900.0, abs=1e-9)
    assert other.end_s != first.end_s


def test_what_no_boost_reaches_is_none():
    weak = missile(boost_acceleration_mps2=(9.0,))
    assert fly(weak, 2000e3)[0] is None


def test_hills_are_met_where_they_stand():
    ground = world.hills()
    start = (math.radians(28.0), math.radians(46.0))
    path, towards = fly(missile(), 800e3, math.radians(85.0), terrain=ground, start=start)
    lat, lon, height = geodetic_from_ecef(*path.end_ecef_m)
    assert height == pytest.approx(ground.height_m(lat, lon), abs=0.5)
    assert height > 300.0
    assert distance_bearing(lat, lon, *towards)[0] <= 8_000.0


@pytest.mark.parametrize("key", sorted(DEFAULTS))
def test_a_missing_value_is_named(key):
    whole = missile()
    values = {name: item for name, item in whole.values.items() if name != key}
    with pytest.raises(UsageError, match=key):
        fly(dataclasses.replace(whole, values=values))
