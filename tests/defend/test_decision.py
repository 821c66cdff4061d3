"""Who is shot at, by whom, when and with how much; and who never is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.defend import Accord, apply_assessment, decide, new_fire_state
from skypact.kernels.descent import fly_to_ground, height_above_ellipsoid
from skypact.model.codes import Assessment, Identity, ObjectClass, TrackStatus
from skypact.model.doctrine import Coordination
from skypact.model.simulated import SimulatedPicture
from tests.defend.world import SECOND, SETTINGS, battery_table, later, picture_of
from tests.warn.world import NOW_NS, before_impact, place_table, state, tracks

CITY = (29.4, 48.0)
PLACES = place_table([CITY])
SITE = (29.35, 48.05)
ONE = np.array([0], np.int32)
BALLISTIC, CRUISE, DRONE = int(ObjectClass.BALLISTIC), int(ObjectClass.CRUISE), int(ObjectClass.DRONE)
CIVIL = int(ObjectClass.CIVIL)


def inbound(seconds=45.0, **changed):
    return tracks([before_impact(*CITY, seconds)], [BALLISTIC], **changed)


def fire(
    picture, batteries=None, mine=ONE, memory=None, now_ns=NOW_NS, barred=None, choice=SETTINGS, places=PLACES
):
    table = battery_table([SITE]) if batteries is None else batteries
    memory = new_fire_state(table) if memory is None else memory
    accord = None if barred is None else Accord(Coordination.OWN_PLACES, barred, np.zeros(3, np.bool_))
    return decide(table, mine, picture, places, memory, now_ns, accord, choice)


def test_a_firm_hostile_track_that_falls_on_a_defended_place_is_shot_at():
    batteries = battery_table([SITE])
    memory = new_fire_state(batteries)
    shots = fire(picture_of(inbound()), batteries, memory=memory)
    assert shots.battery.tolist() == [0]
    assert shots.track_id.tolist() == [101]
    assert memory.stock[0] == 16 - shots.rounds[0]
    assert (memory.busy_until_ns[0] == shots.intercept_ns[0]).sum() == 1
    assert NOW_NS + 8 * SECOND <= shots.launch_ns[0] < shots.intercept_ns[0]
    assert shots.kill_chance[0] == pytest.approx(0.7)
    assert shots.common_chance[0] == 0.95
    assert shots.handover[0] == pytest.approx(1.0 / (1.0 + (200.0 / 2000.0) ** 2))


def test_only_the_simulated_picture_is_accepted():
    picture = picture_of(inbound())
    look_alike = SimpleNamespace(**{name: getattr(picture, name) for name in picture.__dataclass_fields__})

    class Heir(SimulatedPicture):
        """A subclass is not the type either."""

    heir = object.__new__(Heir)
    for other in (inbound(), look_alike, heir, None):
        with pytest.raises(TypeError, match="simulated pipeline"):
            fire(other)


def test_no_simulated_picture_is_made_without_the_mint():
    picture = picture_of(inbound())
    fields = (
        picture.tracks,
        picture.impacts,
        picture.local,
        picture.sigma_pos_m,
        picture.firm,
        picture.took_off,
    )
    for mint in (None, object(), 1):
        with pytest.raises(TypeError, match="simulated pipeline"):
            SimulatedPicture(*fields, mint)


@pytest.mark.parametrize(
    ("changed", "held"),
    [
        ({"identity": Identity.CIVIL}, {}),
        ({"identity": Identity.FRIEND}, {}),
        ({"code": 5}, {}),
        ({"code": 1_000_001}, {}),
        ({"status": TrackStatus.TENTATIVE}, {}),
        ({"status": TrackStatus.COASTING}, {}),
        ({"class_prob": 0.5}, {}),
        ({}, {"firm": 0}),
        ({}, {"local": 0}),
        ({}, {"sigma_m": 1001.0}),
    ],
)
def test_whatever_is_not_firm_hostile_and_ones_own_is_left_alone(changed, held):
    assert len(fire(picture_of(inbound(**changed), **held)).battery) == 0


@given(
    st.sampled_from([BALLISTIC, CRUISE, DRONE]),
    st.sampled_from(
        [(Identity.CIVIL, 0), (Identity.FRIEND, 0), (Identity.UNKNOWN, 9), (Identity.HOSTILE, 1_000_001)]
    ),
    st.floats(70.0, 110.0),
    st.floats(47.6, 47.8),
)
def test_who_is_known_as_civil_or_friend_or_shows_a_code_is_never_engaged(object_class, known, course, lon):
    """The same track without that knowledge is engaged, whatever its class is believed to be."""
    identity, code = known
    start = (
        before_impact(*CITY, 45.0) if object_class == BALLISTIC else state(29.4, lon, 3000.0, course, 230.0)
    )
    stranger = picture_of(tracks([start], [object_class]))
    friend = picture_of(tracks([start], [object_class], identity=identity, code=code))
    assert friend.impacts.kind[0] != 0
    assert len(fire(stranger).battery) == 1
    assert len(fire(friend, choice=replace(SETTINGS, engage_on_remote=True)).battery) == 0


@given(st.floats(0.3, 1.0), st.floats(0.0, 359.0))
def test_an_airliner_with_a_dead_transponder_is_not_engaged_while_the_picture_takes_it_for_civil(
    prob, course
):
    picture = picture_of(tracks([state(29.4, 47.8, 9000.0, course, 230.0)], [CIVIL], class_prob=prob))
    assert len(fire(picture).battery) == 0


@given(st.floats(0.3, 1.0), st.sampled_from([int(ObjectClass.DEBRIS), int(ObjectClass.FRIENDLY)]))
def test_debris_and_what_is_taken_for_a_friendly_aircraft_are_not_engaged(prob, kind):
    for start in (before_impact(*CITY, 45.0), state(29.4, 47.75, 3000.0, 90.0, 230.0)):
        picture = picture_of(tracks([start], [kind], class_prob=prob))
        remote = replace(SETTINGS, engage_on_remote=True)
        assert len(fire(picture, choice=remote).battery) == 0


def test_an_airliner_that_the_picture_takes_for_a_cruise_missile_is_engaged_since_truth_is_not_known_here():
    picture = picture_of(tracks([state(29.4, 47.75, 3000.0, 90.0, 230.0)], [CRUISE], class_prob=0.9))
    assert len(fire(picture).battery) == 1


def test_a_remote_track_is_engaged_only_where_that_treatment_is_on():
    picture = picture_of(inbound(), local=0)
    assert len(fire(picture).battery) == 0
    assert len(fire(picture, choice=replace(SETTINGS, engage_on_remote=True)).battery) == 1


def test_what_others_have_engaged_is_barred_where_fire_is_co_ordinated():
    picture = picture_of(inbound())
    assert len(fire(picture, barred=np.array([True])).battery) == 0
    assert len(fire(picture, barred=np.array([False])).battery) == 1


def test_two_nations_that_do_not_co_ordinate_both_shoot_and_if_they_do_only_one():
    batteries = battery_table([SITE, (29.36, 48.04)], nation=[0, 1], defends=[[0], [0]])
    picture, memory = picture_of(inbound()), new_fire_state(batteries)
    first = fire(picture, batteries, np.array([0], np.int32), memory)
    second = fire(picture, batteries, np.array([1], np.int32), memory)
    assert len(first.battery) == len(second.battery) == 1
    barred = np.isin(picture.tracks.track_id, first.track_id)
    fresh = new_fire_state(batteries)
    assert len(fire(picture, batteries, np.array([1], np.int32), fresh, barred=barred).battery) == 0


def test_batteries_of_two_nations_are_not_decided_together():
    batteries = battery_table([SITE, SITE], nation=[0, 1])
    with pytest.raises(ValueError, match="more than one nation"):
        fire(picture_of(inbound()), batteries, np.array([0, 1], np.int32))


def test_nothing_is_fired_for_a_place_that_is_not_defended_or_not_ones_own():
    assert len(fire(picture_of(inbound()), places=place_table([CITY], defended=False)).battery) == 0
    assert len(fire(picture_of(inbound()), places=place_table([CITY], nation=[1])).battery) == 0
    hosted = battery_table([SITE], defends=[[1]])
    assert len(fire(picture_of(inbound()), hosted, places=place_table([CITY], nation=[1])).battery) == 1
    far = place_table([(30.4, 48.0)])
    assert len(fire(picture_of(inbound()), places=far).battery) == 0


def test_a_cruise_missile_on_its_way_to_a_defended_place_is_shot_at_and_one_that_leaves_is_not():
    coming = tracks([state(29.4, 47.7, 60.0, 90.0, 230.0)], [CRUISE])
    leaving = tracks([state(29.4, 47.7, 60.0, 270.0, 230.0)], [CRUISE])
    assert len(fire(picture_of(coming)).battery) == 1
    assert len(fire(picture_of(leaving)).battery) == 0


def test_a_shot_waits_until_it_must_start():
    """At 8 s of reaction and 60 km at 1,200 m/s nothing must start minutes before the object is in reach."""
    batteries = battery_table([SITE])
    memory = new_fire_state(batteries)
    fired = None
    for seconds in range(200, 0, -4):
        now_ns = NOW_NS + (200 - seconds) * SECOND
        picture = tracks([before_impact(*CITY, float(seconds))], [BALLISTIC], now_ns=now_ns)
        shots = fire(picture_of(picture), batteries, memory=memory, now_ns=now_ns)
        if len(shots.battery):
            fired = seconds
            assert shots.launch_ns[0] - now_ns <= (8 + SETTINGS.commit_s) * SECOND
            break
    assert fired is not None
    assert 20 < fired < 100


def test_shoot_look_shoot_one_round_then_after_a_miss_the_rest():
    """A second shot comes only after the first is assessed; the last one is a salvo of two."""
    batteries = battery_table(
        [SITE], mean_speed_mps=3000.0, reaction_s=4.0, altitude_max_m=60e3, range_max_m=150e3
    )
    memory = new_fire_state(batteries)
    log = []
    due = None
    for seconds in range(120, 0, -2):
        now_ns = NOW_NS + (120 - seconds) * SECOND
        if due and now_ns >= due + 4 * SECOND:
            apply_assessment(memory, 0, 101, Assessment.MISSED, now_ns)
            due = None
        picture = tracks([before_impact(*CITY, float(seconds))], [BALLISTIC], now_ns=now_ns)
        shots = fire(picture_of(picture), batteries, memory=memory, now_ns=now_ns)
        for i in range(len(shots.battery)):
            assert due is None
            due = int(shots.intercept_ns[i])
            log.append(int(shots.rounds[i]))
    assert len(log) >= 2
    assert log[0] == 1
    assert log[-1] == 2


def test_after_a_believed_kill_nothing_more_is_fired_at_once():
    batteries = battery_table([SITE], mean_speed_mps=3000.0, altitude_max_m=60e3, range_max_m=150e3)
    memory = new_fire_state(batteries)
    picture = inbound(60.0)
    shots = fire(picture_of(picture), batteries, memory=memory)
    seconds = (int(shots.intercept_ns[0]) - NOW_NS) // SECOND + 4
    apply_assessment(memory, 0, 101, Assessment.KILLED, NOW_NS + seconds * SECOND)
    after_it = later(picture, seconds, [before_impact(*CITY, 60.0 - seconds)])
    assert len(fire(picture_of(after_it), batteries, memory=memory, now_ns=after_it.now_ns).battery) == 0


def test_one_battery_an_object_and_the_dearer_place_first():
    places = place_table([CITY, (29.4, 48.4)], value=[1.0, 9.0])
    picture = picture_of(
        tracks([before_impact(*CITY, 45.0), before_impact(29.4, 48.4, 45.0)], [BALLISTIC] * 2)
    )
    both = battery_table([(29.4, 48.2)] * 2, range_max_m=80e3)
    shots = fire(picture, both, np.array([0, 1], np.int32), places=places)
    assert sorted(shots.track_id.tolist()) == [101, 102]
    short = battery_table([(29.4, 48.2)], range_max_m=80e3, channels=1)
    assert fire(picture, short, places=places).track_id.tolist() == [102]


def test_the_last_round_is_one_round():
    shots = fire(picture_of(inbound()), battery_table([SITE], stock=1))
    assert shots.rounds.tolist() == [1]
    assert len(fire(picture_of(inbound()), battery_table([SITE], stock=0)).battery) == 0


def test_a_laser_dwells_on_what_is_in_its_reach():
    laser = battery_table(
        [SITE],
        dwell_s=5.0,
        range_min_m=0.0,
        range_max_m=8e3,
        mean_speed_mps=3e8,
        reaction_s=2.0,
        salvo=1,
        channels=1,
    )
    drone = tracks([state(29.35, 47.98, 300.0, 90.0, 50.0)], [DRONE], sigma=(30.0, 1.0))
    shots = fire(picture_of(drone), laser)
    assert len(shots.battery) == 1
    assert shots.intercept_ns[0] - shots.launch_ns[0] == 5 * SECOND
    assert shots.launch_ns[0] >= NOW_NS + 2 * SECOND
    far = tracks([state(29.35, 47.80, 300.0, 90.0, 50.0)], [DRONE], sigma=(30.0, 1.0))
    assert len(fire(picture_of(far), laser).battery) == 0


def test_haze_lengthens_the_dwell_of_a_laser_and_cloud_ends_it_but_neither_stops_an_interceptor():
    laser = battery_table(
        [SITE], range_min_m=0.0, range_max_m=8e3, altitude_max_m=3e3, dwell_s=5.0, reaction_s=1.0, salvo=1
    )
    drone = tracks([state(29.4, 48.05, 150.0, 270.0, 50.0)], [DRONE])
    range_m = 5.5e3
    clear = fire(picture_of(drone), laser)
    haze = fire(picture_of(drone), laser, choice=replace(SETTINGS, laser_excess_1pm=2e-4))
    dwell_s = [float(shots.intercept_ns[0] - shots.launch_ns[0]) / SECOND for shots in (clear, haze)]
    assert dwell_s[0] == pytest.approx(5.0)
    assert dwell_s[1] == pytest.approx(5.0 * np.exp(2e-4 * range_m), rel=0.1)
    below = replace(SETTINGS, laser_ceiling_m=100.0)
    assert len(fire(picture_of(drone), laser, choice=below).battery) == 0
    gun = replace(laser, dwell_s=np.zeros(1))
    assert len(fire(picture_of(drone), gun, choice=below).battery) == 1


@settings(max_examples=60)
@given(
    st.floats(15.0, 120.0),
    st.floats(0.0, 359.0),
    st.floats(5e3, 120e3),
    st.floats(0.0, 40e3),
    st.floats(3e3, 100e3),
    st.floats(300.0, 4000.0),
    st.floats(0.0, 20.0),
    st.booleans(),
)
def test_no_shot_meets_its_object_outside_the_envelope_or_sooner_than_it_can(
    seconds, course, range_max, low, thick, speed, reaction, falls
):
    batteries = battery_table(
        [SITE],
        range_max_m=range_max,
        altitude_min_m=low if falls else 0.0,
        altitude_max_m=low + thick,
        mean_speed_mps=speed,
        reaction_s=reaction,
    )
    where = (29.4 + 0.2 * np.cos(course / 57.3), 48.0 + 0.2 * np.sin(course / 57.3))
    picture = (
        tracks([before_impact(*CITY, seconds, course_deg=course)], [BALLISTIC])
        if falls
        else tracks([state(*where, 200.0, (course + 180.0) % 360.0, 230.0)], [CRUISE])
    )
    shots = fire(picture_of(picture), batteries)
    for i in range(len(shots.battery)):
        aim = shots.aim_ecef_m[i]
        slant = np.linalg.norm(aim - batteries.pos_ecef_m[0])
        flight_s = (shots.intercept_ns[i] - shots.launch_ns[i]) * 1e-9
        assert 2e3 - 1.0 <= slant <= range_max + 1.0
        assert (
            batteries.envelope_m[0, 0, 0] - 1.0 <= height_above_ellipsoid(*aim.tolist()) <= low + thick + 1.0
        )
        assert flight_s == pytest.approx(slant / speed, abs=1e-6)
        assert (shots.launch_ns[i] - NOW_NS) * 1e-9 >= reaction - 1e-6
        if falls:
            _, _, _, _, to_go = fly_to_ground(tuple(picture.mean_ecef[0].tolist()), 1 / 5000.0, 2400.0, 0.5)
            assert (shots.intercept_ns[i] - NOW_NS) * 1e-9 <= to_go + 0.1


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(0, 6), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**31))
def test_a_long_raid_never_overdraws_a_magazine_nor_overbooks_a_channel(
    objects, stock, channels, salvo, seed
):
    rng = np.random.default_rng(seed)
    batteries = battery_table([SITE, (29.45, 47.95)], stock=stock, channels=channels, salvo=salvo)
    memory, mine = new_fire_state(batteries), np.array([0, 1], np.int32)
    arrival = rng.uniform(30.0, 120.0, objects)
    flights, spent = [], np.zeros(2, int)
    for now in range(0, 120, 6):
        now_ns = NOW_NS + now * SECOND
        alive = [i for i in range(objects) if arrival[i] - now > 2.0]
        if not alive:
            break
        picture = tracks(
            [before_impact(*CITY, float(arrival[i] - now)) for i in alive],
            [BALLISTIC] * len(alive),
            now_ns=now_ns,
        )
        picture = replace(picture, track_id=np.array(alive, np.uint64) + np.uint64(1))
        shots = fire(picture_of(picture), batteries, mine, memory, now_ns)
        for b, r, t, i in zip(shots.battery, shots.rounds, shots.intercept_ns, shots.track_id, strict=True):
            flights.append((int(b), int(t)))
            spent[b] += r
            assert 1 <= r <= salvo
            apply_assessment(memory, int(b), int(i), Assessment.MISSED, int(t) + SECOND)
        assert len(set(shots.track_id.tolist())) == len(shots.track_id)
        for b in (0, 1):
            assert sum(1 for owner, end in flights if owner == b and end > now_ns) <= channels
        assert (memory.stock == stock - spent).all()
        assert (memory.stock >= 0).all()


def test_an_empty_sky_and_a_nation_without_batteries_fire_nothing():
    assert len(fire(picture_of(tracks([], []))).battery) == 0
    assert len(fire(picture_of(inbound()), mine=np.zeros(0, np.int32)).battery) == 0
