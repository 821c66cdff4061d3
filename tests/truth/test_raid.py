"""The raid of a run: drawn as the family says, flown as its classes can, aimed no finer than it needs."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import skypact.truth
from skypact.earth.frame import distance_bearing, geodetic_from_ecef
from skypact.errors import UsageError
from skypact.kernels.frame import distance_bearing as kernel_distance
from skypact.kernels.random import RAID, run_key
from skypact.model.codes import NO_CODE, ObjectClass, Phase
from skypact.model.scenario import RaidFamily, RaidGroup, Traffic
from skypact.model.weather import calm
from skypact.truth import draw_truth
from skypact.truth._raid import _dog_legs
from skypact.truth.flight import Draws
from tests.truth import world

QUIET = Traffic(0, 0.0, 0.0, 0.0, 0.0, 0.0)


def draw(family=0, seed=1, run=0, terrain=None, catalogue=None, **changes):
    scenario = world.scenario(**{"traffic": QUIET, **changes})
    ground = world.hills() if terrain is None else terrain
    return draw_truth(
        scenario,
        catalogue or world.catalogue(),
        world.network(),
        world.airports(),
        ground,
        family,
        *run_key(seed, run),
    )


@pytest.fixture(scope="module")
def raid():
    return draw()


def one_group(**changes):
    plain = RaidGroup("mrbm", 40, 40, (world.disc(33.0, 57.5, 60e3),), (("Bravo", 1.0),), 0.0, 600.0)
    return (RaidFamily("one", "one", (dataclasses.replace(plain, **changes),)),)


def aim_misses(truth, place):
    """Distance (m) of each arrival from a place, and the range (m) flown."""
    places = world.places()
    lat, lon, _ = geodetic_from_ecef(truth.end_ecef_m)
    from_lat, from_lon, _ = geodetic_from_ecef(truth.state[truth.offset[:-1], :3])
    row = places.names.index(place)
    miss, _ = distance_bearing(lat, lon, places.lat_rad[row], places.lon_rad[row])
    flown, _ = distance_bearing(from_lat, from_lon, lat, lon)
    return miss, flown


@pytest.mark.parametrize("start", [(27.0, 48.0)])
def test_corners_lie_up_to_15_percent_of_a_leg_aside(start):
    lat, lon = math.radians(start[0]), math.radians(start[1])
    towards = math.radians(30.0), math.radians(52.0)
    direct_m, course = kernel_distance(lat, lon, *towards)
    shares: dict[int, list[float]] = {3: [], 4: []}
    for ordinal in range(600):
        points = _dog_legs((lat, lon), towards, Draws(*run_key(1, 0), RAID, 1, ordinal), 1e9)
        for x, y, z in points[1:-1]:
            far_m, bearing = kernel_distance(lat, lon, math.atan2(z, math.hypot(x, y)), math.atan2(y, x))
            shares[len(points)].append(
                abs(math.sin(bearing - course)) * far_m / (direct_m / (len(points) - 1))
            )
    for share in shares.values():
        assert 0.13 < max(share) < 0.152


def test_the_room_offers_truth_and_debris_and_no_way_to_aim():
    assert sorted(skypact.truth.__all__) == ["debris_truth", "draw_truth"]


def test_numbers_and_launch_seconds_are_within_the_groups(raid):
    groups = world.families()[0].groups
    group_of = raid.key >> 12
    for index, group in enumerate(groups):
        mine = group_of == index
        assert group.count_low <= mine.sum() <= group.count_high
        launch = raid.launch_s[mine]
        assert (launch == np.round(launch)).all()
        assert (launch >= group.start_low_s).all()
        assert (launch < group.start_high_s).all()
        assert [raid.type_names[i] for i in raid.type_index[mine]] == [group.threat] * mine.sum()
    assert len(set(raid.key)) == len(raid.key)
    assert (raid.code == NO_CODE).all()
    assert (raid.nation == -1).all()


def test_numbers_of_a_group_take_every_value_of_their_interval():
    families = one_group(threat="drone", count_low=0, count_high=2, launch=(world.disc(26.0, 50.5, 10e3),))
    found = {len(draw(run=run, families=families).key) for run in range(30)}
    assert found == {0, 1, 2}


def test_objects_start_in_a_launch_disc_on_the_ground(raid):
    ground = world.hills()
    for index, group in enumerate(world.families()[0].groups):
        first = raid.state[raid.offset[:-1][raid.key >> 12 == index], :3]
        lat, lon, height = geodetic_from_ecef(first)
        inside = np.zeros(len(lat), dtype=bool)
        for disc in group.launch:
            inside |= distance_bearing(lat, lon, disc[0], disc[1])[0] <= disc[2] + 1.0
        assert inside.all()
        assert height == pytest.approx(ground.height_m(lat, lon), abs=1.0)


def test_arrivals_are_on_the_ground_at_the_end_of_the_samples(raid):
    lat, lon, height = geodetic_from_ecef(raid.end_ecef_m)
    assert height == pytest.approx(world.hills().height_m(lat, lon), abs=1.5)
    last_s = raid.first_s + np.diff(raid.offset) - 1
    assert (last_s >= raid.end_s).all()
    assert (last_s < raid.end_s + 1.0).all()
    assert (raid.first_s == raid.launch_s).all()


def test_place_is_the_one_reached_and_no_other(raid):
    places = world.places()
    lat, lon, _ = geodetic_from_ecef(raid.end_ecef_m)
    for i in range(len(raid.key)):
        distance, _ = distance_bearing(places.lat_rad, places.lon_rad, lat[i], lon[i])
        share = distance / places.radius_m
        expected = int(share.argmin()) if share.min() <= 1.0 else -1
        assert raid.place[i] == expected
    assert (raid.place >= 0).mean() > 0.5
    assert any((draw(run=run).place < 0).any() for run in range(1, 5))


def test_burnout_ends_the_boost_and_only_what_burns_has_one(raid):
    burns = np.isin(raid.object_class, (ObjectClass.BALLISTIC, ObjectClass.ROCKET))
    assert (raid.burnout_s[~burns] == raid.launch_s[~burns]).all()
    assert (raid.burnout_s[burns] > raid.launch_s[burns] + 1.0).all()
    for i in np.flatnonzero(burns):
        rows = slice(raid.offset[i], raid.offset[i + 1])
        seconds = raid.first_s[i] + np.arange(rows.stop - rows.start)
        boost = raid.phase[rows] == Phase.BOOST
        assert (boost == (seconds < raid.burnout_s[i])).all()
        assert raid.phase[rows][-1] == Phase.REENTRY


def test_sections_are_within_the_class_and_spread(raid):
    catalogue = world.catalogue()
    for name in ("drone", "srbm"):
        interval = catalogue.threats[name].values["rcs_m2"]
        found = raid.rcs_m2[raid.type_index == raid.type_names.index(name)]
        assert (found >= interval.low).all()
        assert (found <= interval.high).all()
        assert found.std() > 0.1 * interval.value


def test_no_aim_is_finer_than_one_per_cent_of_the_range():
    exact = world.catalogue()
    values = {**exact.threats["mrbm"].values, "scatter_m": world.value(0.0)}
    threats = {**exact.threats, "mrbm": dataclasses.replace(exact.threats["mrbm"], values=values)}
    truth = draw(families=one_group(), catalogue=dataclasses.replace(exact, threats=threats))
    miss, flown = aim_misses(truth, "Bravo")
    assert (miss < 0.021 * flown).all()  # the blur of the aim and the tolerance of the flight
    assert np.sqrt((miss**2).mean()) > 0.005 * flown.mean()


@pytest.mark.parametrize(
    ("threat", "lat", "lon"),
    [("srbm", 27.0, 50.5), ("rocket", 25.8, 49.6), ("cruise", 25.8, 49.6), ("drone", 25.8, 49.6)],
)
def test_short_flights_miss_their_aim_by_kilometres_too(threat, lat, lon):
    disc = world.disc(lat, lon, 1e3)
    truth = draw(families=one_group(threat=threat, launch=(disc,), count_low=20, count_high=20))
    miss, _ = aim_misses(truth, "Bravo")
    assert 800.0 < np.median(miss) < 6000.0


def test_low_flyers_keep_speed_and_height_above_the_ground():
    catalogue, ground = world.catalogue(), world.hills()
    truth = draw()
    for name in ("cruise", "drone"):
        values = catalogue.threats[name].values
        for i in np.flatnonzero(truth.type_index == truth.type_names.index(name)):
            rows = slice(truth.offset[i], truth.offset[i + 1])
            level = truth.phase[rows] == Phase.CRUISE
            state = truth.state[rows]
            lat, lon, height = geodetic_from_ecef(state[:, :3])
            above = height - ground.height_m(lat, lon)
            assert (above[:-1] >= -1e-3).all()
            assert (above[level] >= values["height_m"].low - 1e-3).all()
            along = np.linalg.norm(state[level, 3:], axis=1)
            assert np.percentile(along, 5) > 0.99 * values["speed_mps"].low
            assert np.percentile(along, 95) < 1.03 * values["speed_mps"].high


def test_low_flyers_fly_no_further_than_their_class_and_not_all_straight(raid):
    bends = []
    for name in ("cruise", "drone"):
        most = world.catalogue().threats[name].values["range_max_m"].value
        for i in np.flatnonzero(raid.type_index == raid.type_names.index(name)):
            state = raid.state[raid.offset[i] : raid.offset[i + 1], :3]
            way = np.linalg.norm(np.diff(state, axis=0), axis=1).sum()
            assert way < 1.05 * most
            bends.append(way / np.linalg.norm(state[-1] - state[0]))
    assert np.mean(np.array(bends) > 1.003) > 0.3
    assert max(bends) < 1.15


def test_velocity_is_the_slope_of_position(raid):
    for i in range(len(raid.key)):
        rows = raid.state[raid.offset[i] : raid.offset[i + 1]]
        slope = (rows[2:, :3] - rows[:-2, :3]) / 2.0
        jump = np.abs(np.diff(rows[:, 3:], axis=0)).max(axis=1)
        allowed = 0.02 + 0.5 * np.maximum(jump[1:], jump[:-1])
        assert (np.abs(slope - rows[1:-1, 3:]).max(axis=1) <= allowed).all()


def test_the_same_key_gives_the_same_raid_and_another_run_another():
    first, again, other = draw(run=3), draw(run=3), draw(run=4)
    assert first.state.tobytes() == again.state.tobytes()
    assert first.end_s.tolist() == again.end_s.tolist()
    assert not np.array_equal(first.end_s, other.end_s)


def test_objects_of_one_group_do_not_change_those_of_another():
    whole = draw()
    groups = world.families()[0].groups
    fewer = RaidFamily(
        "wide", "wide", (groups[0], dataclasses.replace(groups[1], count_high=15), *groups[2:])
    )
    part = draw(families=(fewer,))
    both = np.intersect1d(whole.key, part.key)
    assert {key >> 12 for key in both} == set(range(len(groups)))
    at = [np.searchsorted(truth.key, both) for truth in (whole, part)]
    assert whole.end_s[at[0]].tolist() == part.end_s[at[1]].tolist()
    assert whole.end_ecef_m[at[0]].tolist() == part.end_ecef_m[at[1]].tolist()


def test_an_earlier_lead_in_and_traffic_change_no_raid(raid):
    settings = dataclasses.replace(world.scenario().settings, lead_in_s=900.0)
    busy = draw(settings=settings, traffic=world.scenario().traffic)
    n = len(raid.key)
    assert busy.key[:n].tolist() == raid.key.tolist()
    assert busy.state[: raid.offset[n]].tobytes() == raid.state.tobytes()


def test_an_aim_out_of_reach_is_drawn_again():
    aims = (("Bravo", 1.0), ("Coast", 1.0))
    near_bravo = one_group(threat="rocket", launch=(world.disc(25.8, 49.6, 1e3),), aims=aims)
    truth = draw(families=near_bravo)
    miss, _ = aim_misses(truth, "Bravo")
    assert len(truth.key) == 40
    assert (miss < 20e3).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"threat": "rocket"}, ["rocket", "one", "110 km"]),
        ({"threat": "comet"}, ["comet", "mrbm"]),
        ({"aims": (("Nowhere", 1.0),)}, ["Nowhere", "mrbm", "one"]),
        ({"count_low": 5000, "count_high": 5000}, ["5000", "one"]),
    ],
)
def test_an_impossible_group_is_refused_by_name(changes, words):
    with pytest.raises(UsageError) as caught:
        draw(families=one_group(**changes))
    assert all(word in str(caught.value) for word in words)


def test_a_missing_value_is_named():
    plain = world.catalogue()
    values = {key: item for key, item in plain.threats["drone"].values.items() if key != "speed_mps"}
    threats = {**plain.threats, "drone": dataclasses.replace(plain.threats["drone"], values=values)}
    with pytest.raises(UsageError, match="speed_mps of threat class drone"):
        draw(catalogue=dataclasses.replace(plain, threats=threats))


@pytest.mark.parametrize("family", [2, 99, -2])
def test_an_unknown_family_is_refused(family):
    with pytest.raises(UsageError, match="raid family"):
        draw(family=family)


def blowing(speed_mps):
    """Wind from the north, everywhere."""
    return dataclasses.replace(calm(), wind_north_mps=np.array([-speed_mps]))


def lone_drone(**changes):
    plain = RaidGroup("drone", 20, 20, (world.disc(26.0, 51.5, 20e3),), (("Coast", 1.0),), 0.0, 60.0)
    return (RaidFamily("one", "one", (dataclasses.replace(plain, **changes),)),)


def test_what_the_wind_lets_go_nowhere_is_not_launched_and_stops_no_run():
    south = draw(families=lone_drone(), weather=blowing(60.0))
    assert len(south.key) == 0
    assert len(draw(families=lone_drone()).key) == 20
    mixed = draw(weather=blowing(60.0))
    names = [mixed.type_names[index] for index in mixed.type_index]
    assert "mrbm" in names
    assert (mixed.key[mixed.type_index == mixed.type_names.index("mrbm")] >> 12 == 2).all()


def test_a_raid_out_of_range_is_refused_by_what_was_wrong():
    with pytest.raises(UsageError, match="of 42 drawn 42 do not lie 0 to 900 km"):
        draw(families=lone_drone(launch=(world.disc(10.0, 20.0, 1e3),)))
