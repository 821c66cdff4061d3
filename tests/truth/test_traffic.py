"""Air traffic: full at any time, by kind as the scenario says, and the same whenever one begins to look."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from skypact.earth.frame import geodetic_from_ecef
from skypact.errors import UsageError
from skypact.kernels.path import positions_at
from skypact.kernels.random import TRAFFIC, run_key
from skypact.model.codes import FIRST_CIVIL_CODE, FIRST_FRIENDLY_CODE, NO_CODE, ObjectClass, Phase
from skypact.model.scenario import Settings, Traffic
from skypact.truth import draw_truth
from skypact.truth._duration import longest_duration_s, mean_duration_s
from skypact.truth._itinerary import KINDS, World, itinerary
from skypact.truth.flight import Draws
from skypact.truth.traffic import _window
from tests.truth import world
from tests.truth.kinematics import motion, rows_of

FT = 0.3048


def draw(run=0, family=-1, lead_in_s=300.0, airports=None, **changes):
    scenario = world.scenario(**{"settings": Settings(lead_in_s=lead_in_s), **changes})
    ports = world.airports() if airports is None else airports
    key = run_key(7, run)
    return draw_truth(scenario, world.catalogue(), world.network(), ports, world.hills(), family, *key)


@pytest.fixture(scope="module")
def sky():
    return draw()


def in_the_air(truth, t_s):
    n = len(truth.key)
    pos, vel, alive = np.empty((n, 3)), np.empty((n, 3)), np.empty(n, dtype=np.bool_)
    columns = (truth.state, truth.offset, truth.first_s, truth.launch_s, truth.end_s)
    positions_at(*columns, float(t_s), pos, vel, alive)
    return alive


def test_the_mean_number_in_the_air_is_the_scenarios_from_the_first_second_on():
    wanted = world.scenario().traffic.aircraft
    counts = np.array(
        [[in_the_air(truth, t).sum() for t in (-300, 1500, 3599)] for truth in map(draw, range(8))]
    )
    assert counts.mean(axis=0) == pytest.approx(wanted, rel=0.12)


def test_kinds_have_their_shares_of_the_air():
    traffic = Traffic(300, 0.3, 0.2, 0.0, 0.0, 0.0)
    found = np.zeros(3)
    for run in range(4):
        truth = draw(run, traffic=traffic)
        names = np.array(truth.type_names)[truth.type_index[in_the_air(truth, 1000)]]
        found += [(names == name).sum() for name in ("private", "military", "airliner")]
    assert found / 4 / 300 == pytest.approx([0.3, 0.2, 0.5], abs=0.06)


def test_another_lead_in_keeps_more_of_the_same_aircraft(sky):
    longer = draw(lead_in_s=1500.0)
    assert len(longer.key) > len(sky.key)
    at = {int(key): i for i, key in enumerate(longer.key)}
    for i, key in enumerate(sky.key):
        j = at[int(key)]
        for column in ("launch_s", "end_s", "code", "rcs_m2", "nation", "type_index"):
            assert getattr(sky, column)[i] == getattr(longer, column)[j]
        extra = sky.first_s[i] - longer.first_s[j]
        assert 0 <= extra <= 1200
        mine, theirs = rows_of(sky, i), rows_of(longer, j)
        assert longer.state[theirs][extra:].tobytes() == sky.state[mine].tobytes()
        assert longer.phase[theirs][extra:].tolist() == sky.phase[mine].tolist()


def test_the_sky_is_as_full_where_flights_last_longer_than_six_hours():
    threats = dict(world.catalogue().threats)
    slow = {**threats["airliner"].values, "speed_mps": world.value(40.0, 38.0, 42.0)}
    threats["airliner"] = dataclasses.replace(threats["airliner"], values=slow)
    over = world.scenario(traffic=Traffic(150, 0.0, 0.0, 1.0, 0.0, 0.0), settings=Settings(lead_in_s=3600.0))
    counts = []
    for run in range(6):
        truth = draw_truth(
            over,
            dataclasses.replace(world.catalogue(), threats=threats),
            world.network(),
            world.airports(),
            world.hills(),
            -1,
            *run_key(3, run),
        )
        counts.append([in_the_air(truth, t).sum() for t in (-3600, 0, 3599)])
        assert (truth.launch_s < -6 * 3600).any()
    assert np.mean(counts, axis=0) == pytest.approx(150, rel=0.12)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_mean_time_of_flight_that_sets_the_rate_is_that_of_the_flights_and_none_lasts_longer_than_the_longest(
    kind,
):
    there = World(world.scenario().region, world.airports(), world.hills())
    threat = world.catalogue().threats[kind.class_name]
    flown = [
        itinerary(kind, threat, there, Draws(*run_key(4, 0), TRAFFIC, 9, n)).flown.duration_s
        for n in range(1500)
    ]
    mean, spread = float(np.mean(flown)), float(np.std(flown)) / math.sqrt(len(flown))
    assert mean_duration_s(kind, threat, there) == pytest.approx(mean, abs=3.0 * spread + 0.012 * mean)
    assert max(flown) <= longest_duration_s(kind, threat, there)


def test_more_than_256_departures_of_a_kind_and_minute_are_all_different():
    one = KINDS[2]
    found = _window({one: 6.0}, 5, *run_key(1, 0)) + _window({one: 6.0}, 6, *run_key(1, 0))
    assert len(found) > 600
    assert len({draws.uniforms(2) for _, _, draws in found}) == len(found)


def test_aircraft_are_the_same_in_a_raid_and_in_a_quiet_sky(sky):
    raided = draw(family=1)
    at = {int(key): i for i, key in enumerate(raided.key)}
    both = [(i, at[int(key)]) for i, key in enumerate(sky.key) if int(key) in at]
    assert len(both) > 0.9 * min(len(sky.key), len(raided.key) - 1)
    for i, j in both:
        n = min(np.diff(sky.offset)[i], np.diff(raided.offset)[j])
        assert sky.state[sky.offset[i] :][:n].tobytes() == raided.state[raided.offset[j] :][:n].tobytes()


def test_samples_begin_when_sensors_come_on_or_at_take_off_and_end_with_the_run(sky):
    assert (sky.first_s == np.maximum(sky.launch_s, -301)).all()
    assert (sky.launch_s < -301).any()
    assert (sky.end_s <= 3600.0).all()
    last = sky.first_s + np.diff(sky.offset) - 1
    assert (last >= sky.end_s).all()
    assert (last < sky.end_s + 1.0).all()
    assert sky.family == -1
    assert (sky.place == -1).all()
    assert (sky.burnout_s == sky.launch_s).all()


def test_codes_are_of_their_block_unique_and_dead_by_the_share():
    dead = total = 0
    for run in range(4):
        truth = draw(run, traffic=Traffic(200, 0.2, 0.2, 0.1, 0.2, 0.0))
        friendly = truth.object_class == ObjectClass.FRIENDLY
        works = truth.code != NO_CODE
        assert (truth.code[friendly & works] >= FIRST_FRIENDLY_CODE).all()
        civil = truth.code[~friendly & works]
        assert (civil >= FIRST_CIVIL_CODE).all()
        assert (civil < FIRST_FRIENDLY_CODE).all()
        assert len(set(truth.code[works])) == works.sum()
        dead, total = dead + (~works).sum(), total + len(works)
    assert dead / total == pytest.approx(0.2, abs=0.04)


def test_only_military_aircraft_of_members_have_a_nation():
    truth = draw(traffic=Traffic(200, 0.0, 1.0, 0.0, 0.0, 0.0))
    assert set(truth.nation.tolist()) == {-1, 0, 1}
    assert (draw(traffic=Traffic(200, 0.2, 0.0, 0.2, 0.0, 0.0)).nation == -1).all()


def test_airliners_cruise_on_levels_by_direction():
    truth = draw(traffic=Traffic(150, 0.0, 0.0, 0.5, 0.0, 0.0))
    checked = 0
    for i in range(len(truth.key)):
        rows = rows_of(truth, i)
        level = np.flatnonzero(truth.phase[rows] == Phase.CRUISE)
        if len(level) < 100 or truth.phase[rows][0] != Phase.CLIMB:
            continue
        state = truth.state[rows]
        _, _, height = geodetic_from_ecef(state[level[20:-20], :3])
        thousands = height / (1000 * FT)
        assert thousands == pytest.approx(np.round(thousands[0]), abs=0.01)
        checked += 1
    assert checked > 20


def test_overflights_cross_level_from_edge_to_edge_eastward_on_odd_levels():
    truth = draw(traffic=Traffic(40, 0.0, 0.0, 1.0, 0.0, 0.0), lead_in_s=9000.0)
    box = world.scenario().region
    whole = np.flatnonzero((truth.launch_s >= -9001) & (truth.end_s < 3600))
    assert len(whole) > 10
    for i in range(len(truth.key)):
        state = truth.state[rows_of(truth, i)]
        lat, lon, height = geodetic_from_ecef(state[:, :3])
        thousands = round(float(height[0]) / (1000 * FT))
        assert height == pytest.approx(thousands * 1000 * FT, abs=2.0)
        if i in whole:
            for k in (0, -1):
                edges = [
                    lat[k] - box.south_rad,
                    lat[k] - box.north_rad,
                    lon[k] - box.west_rad,
                    lon[k] - box.east_rad,
                ]
                assert np.abs(edges).min() < 1e-4
            if abs(lon[-1] - lon[0]) > 0.01:
                assert thousands % 2 == (1 if lon[-1] > lon[0] else 0)


def test_aircraft_stay_above_the_ground_and_below_their_ceiling(sky):
    ground = world.hills()
    for i in range(len(sky.key)):
        lat, lon, height = geodetic_from_ecef(sky.state[rows_of(sky, i), :3])
        inside = ground.covers(lat, lon)
        above = height[inside] - ground.height_m(lat[inside], lon[inside])
        level = sky.phase[rows_of(sky, i)][inside] == Phase.CRUISE
        assert (above[level] > 140.0).all()
        assert height.max() < 13_000.0


def test_flights_begin_and_end_at_airports(sky):
    ports = world.airports()
    where = np.stack([ports.lat_rad, ports.lon_rad], axis=1)
    landed = [
        i
        for i in range(len(sky.key))
        if sky.end_s[i] < 3600 and sky.phase[sky.offset[i + 1] - 1] == Phase.DESCENT
    ]
    assert len(landed) > 10
    for i in landed:
        lat, lon, height = geodetic_from_ecef(sky.end_ecef_m[i][None])
        gap = np.linalg.norm(where - [lat[0], lon[0]], axis=1)
        nearest = gap.argmin()
        assert gap[nearest] < 1e-4
        assert height[0] == pytest.approx(ports.height_m[nearest], abs=10.0)


def test_motion_is_that_of_aircraft_of_their_class(sky):
    threats = world.catalogue().threats
    for i in range(len(sky.key)):
        values = threats[sky.type_names[sky.type_index[i]]].values
        seen = motion(sky.state[rows_of(sky, i)])
        holding = 9.80665 * math.tan(math.radians(25.0))
        civil = sky.object_class[i] == ObjectClass.CIVIL
        turn = max(values["turn_mps2"].high, holding if civil else 0.0)
        assert seen.lateral.max(initial=0.0) < 1.02 * turn
        assert np.abs(seen.vertical).max(initial=0.0) < 2.5
        assert np.abs(seen.forward).max(initial=0.0) < 0.6
        assert np.abs(seen.angle).max() < 1.02 * values["climb_rad"].high
        assert seen.speed.max() < 1.01 * values["speed_mps"].high


def test_no_corner_of_a_patrol_is_tighter_than_the_turn_of_its_flight():
    scenario, threat = world.scenario(), world.catalogue().threats["military"]
    place = World(scenario.region, world.airports(), world.hills())
    military = next(kind for kind in KINDS if kind.name == "military")
    for index in range(60):
        plan = itinerary(military, threat, place, Draws(*run_key(7, 0), TRAFFIC, 3, index))
        assert plan.route.tightest_m > 0.999 * plan.radius_m


def test_civil_aircraft_keep_the_speed_limit_below_ten_thousand_feet(sky):
    knot = 1852.0 / 3600.0
    low = fast = 0
    for i in np.flatnonzero(sky.object_class == ObjectClass.CIVIL):
        seen = motion(sky.state[rows_of(sky, i)])
        indicated = (
            seen.ground_speed / knot * np.sqrt((1.0 - 2.25577e-5 * np.maximum(seen.height, 0.0)) ** 4.25588)
        )
        below = seen.height < 10_000.0 * FT
        assert (indicated[below] < 252.0).all()
        assert (indicated < 332.0).all()
        low, fast = low + below.any(), fast + (indicated > 255.0).any()
    assert low > 50
    assert fast > 50


def test_climbs_have_the_rates_of_airliners(sky):
    airliner = sky.type_names.index("airliner")
    climbs = 0
    for i in np.flatnonzero(sky.type_index == airliner):
        _, _, height = geodetic_from_ecef(sky.state[rows_of(sky, i), :3])
        climbing = sky.phase[rows_of(sky, i)][:-1] == Phase.CLIMB
        climbs += climbing.any()
        assert np.diff(height)[climbing].max(initial=0.0) < 15.0
    assert climbs > 30


def test_no_aircraft_means_an_empty_sky():
    truth = draw(traffic=Traffic(0, 0.1, 0.1, 0.1, 0.1, 0.0))
    assert len(truth.key) == 0
    assert truth.state.shape == (0, 6)
    assert truth.end_ecef_m.shape == (0, 3)
    assert truth.offset.tolist() == [0]


def test_a_share_that_nothing_can_fly_is_refused():
    ports = world.airports()
    civil = dataclasses.replace(ports, military=np.zeros(len(ports.names), dtype=np.bool_))
    with pytest.raises(UsageError, match="military_share"):
        draw(airports=civil)
    with pytest.raises(UsageError, match="airliners"):
        draw(airports=dataclasses.replace(ports, weight=np.zeros(len(ports.names))))
    with pytest.raises(UsageError, match="shares"):
        draw(traffic=Traffic(10, 0.5, 0.5, 0.5, 0.0, 0.0))
