"""Closed airspace: who leaves it, who goes round, who lands elsewhere, who stays; and nothing before it closes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from skypact.earth.frame import distance_bearing, geodetic_from_ecef
from skypact.kernels.frame import destination
from skypact.kernels.frame import distance_bearing as frame_distance
from skypact.model.codes import ObjectClass, Phase
from skypact.model.scenario import Closure, Traffic
from tests.truth import world
from tests.truth.kinematics import motion, rows_of
from tests.truth.test_traffic import draw

FROM_S, UNTIL_S = 900.0, 3000.0


def disc(lat, lon, radius_m, from_s=FROM_S, until_s=UNTIL_S, name="closed"):
    return Closure(name, math.radians(lat), math.radians(lon), radius_m, from_s, until_s)


GULF = disc(26.5, 50.5, 180e3)  # A1 and A2 are in it
BUSY = Traffic(220, 0.2, 0.1, 0.2, 0.0, 0.0)


@pytest.fixture(scope="module")
def open_sky():
    return draw(traffic=BUSY)


@pytest.fixture(scope="module")
def closed():
    return draw(traffic=BUSY, closures=(GULF,))


def seconds(truth, i):
    return truth.first_s[i] + np.arange(truth.offset[i + 1] - truth.offset[i])


def inside(truth, i, closure):
    lat, lon, _ = geodetic_from_ecef(truth.state[rows_of(truth, i), :3])
    return distance_bearing(lat, lon, closure.lat_rad, closure.lon_rad)[0] < closure.radius_m


def pairs(a, b):
    at = {int(key): j for j, key in enumerate(b.key)}
    return [(i, at.get(int(key))) for i, key in enumerate(a.key)]


def changed(open_sky, closed):
    """Rows (before, after) of the flights that fly otherwise."""
    found = []
    for i, j in pairs(open_sky, closed):
        if j is None:
            continue
        a, b = open_sky.state[rows_of(open_sky, i)], closed.state[rows_of(closed, j)]
        if a.shape != b.shape or not np.array_equal(a, b):
            found.append((i, j))
    return found


def test_nothing_before_the_closure_changes_to_the_last_bit(open_sky, closed):
    turned = changed(open_sky, closed)
    assert len(turned) > 20
    for i, j in turned:
        n = int(FROM_S) - open_sky.first_s[i] + 1
        assert n > 0
        a, b = open_sky.state[rows_of(open_sky, i)][:n], closed.state[rows_of(closed, j)][:n]
        assert a.tobytes() == b.tobytes()
        assert (open_sky.phase[rows_of(open_sky, i)][:n] == closed.phase[rows_of(closed, j)][:n]).all()
        rest = slice(n + 60, n + 90)
        assert not np.array_equal(
            open_sky.state[rows_of(open_sky, i)][rest], closed.state[rows_of(closed, j)][rest]
        )


def test_only_flights_that_would_be_in_the_disc_change(open_sky, closed):
    for i, j in pairs(open_sky, closed):
        t = seconds(open_sky, i)
        meets = (inside(open_sky, i, GULF) & (t >= FROM_S) & (t <= UNTIL_S)).any()
        if open_sky.object_class[i] == ObjectClass.FRIENDLY or not meets:
            assert j is not None
            if not meets or open_sky.object_class[i] == ObjectClass.FRIENDLY:
                assert (
                    closed.state[rows_of(closed, j)].tobytes()
                    == open_sky.state[rows_of(open_sky, i)].tobytes()
                    or open_sky.end_s[i] > 3599
                )  # it may meet the disc after the run's end
        elif open_sky.launch_s[i] >= FROM_S:
            assert j is None


def test_civil_flights_are_out_of_it_soon_and_stay_out(closed):
    late = 0
    for j in range(len(closed.key)):
        if closed.object_class[j] == ObjectClass.FRIENDLY:
            continue
        t = seconds(closed, j)
        here = inside(closed, j, GULF) & (t >= FROM_S) & (t <= UNTIL_S)
        if not here.any():
            continue
        slowest = motion(closed.state[rows_of(closed, j)]).ground_speed[t >= FROM_S].min()
        lands_soon = closed.end_s[j] < FROM_S + 300.0
        # Out by the shortest way, a turn first: at most the radius and half a turn.
        longest = 30.0 + 180e3 / slowest + 300.0
        assert lands_soon or t[here].max() < FROM_S + longest
        late += 1
    assert late > 10


def test_flights_far_off_never_enter(closed):
    checked = 0
    for j in range(len(closed.key)):
        t = seconds(closed, j)
        if closed.object_class[j] == ObjectClass.FRIENDLY or closed.first_s[j] > FROM_S or t[-1] < FROM_S:
            continue
        lat, lon, _ = geodetic_from_ecef(closed.state[rows_of(closed, j), :3])
        far = distance_bearing(lat, lon, GULF.lat_rad, GULF.lon_rad)[0]
        if far[t == FROM_S][0] > 180e3 + 45e3:
            assert far[(t >= FROM_S) & (t <= UNTIL_S)].min() > 180e3 - 500.0
            checked += 1
    assert checked > 40


def test_military_aircraft_fly_on(open_sky, closed):
    through = 0
    for i, j in pairs(open_sky, closed):
        if open_sky.object_class[i] == ObjectClass.FRIENDLY:
            assert (
                closed.state[rows_of(closed, j)].tobytes() == open_sky.state[rows_of(open_sky, i)].tobytes()
            )
            through += inside(closed, j, GULF).any()
    assert through > 0


def test_no_civil_flight_leaves_from_inside_while_it_is_closed(open_sky, closed):
    def leaving(truth):
        first = truth.state[truth.offset[:-1], :3]
        lat, lon, _ = geodetic_from_ecef(first)
        near = distance_bearing(lat, lon, GULF.lat_rad, GULF.lon_rad)[0] < GULF.radius_m
        civil = truth.object_class == ObjectClass.CIVIL
        return (near & civil & (truth.launch_s >= FROM_S) & (truth.launch_s < UNTIL_S)).sum()

    assert leaving(open_sky) > 5
    assert leaving(closed) == 0


def test_arrivals_land_at_open_airports_or_go_on_where_they_were_bound_for(open_sky, closed):
    ports = world.airports()
    elsewhere = 0.0
    for i, j in changed(open_sky, closed):
        if closed.end_s[j] > 3599 or closed.phase[closed.offset[j + 1] - 1] != Phase.DESCENT:
            continue
        lat, lon, height = geodetic_from_ecef(closed.end_ecef_m[j])
        away, _ = distance_bearing(lat, lon, ports.lat_rad, ports.lon_rad)
        port = int(away.argmin())
        assert away[port] < 100.0
        assert height == pytest.approx(ports.height_m[port], abs=10.0)
        assert not ports.military[port]
        if closed.end_s[j] < UNTIL_S and closed.end_s[j] > FROM_S + 300.0:
            centre = distance_bearing(ports.lat_rad[port], ports.lon_rad[port], GULF.lat_rad, GULF.lon_rad)[0]
            assert centre > GULF.radius_m
        elsewhere += np.linalg.norm(closed.end_ecef_m[j] - open_sky.end_ecef_m[i]) > 20e3
    assert elsewhere > 3


def test_turns_climbs_and_speeds_stay_those_of_aircraft(closed):
    for j in range(len(closed.key)):
        seen = motion(closed.state[rows_of(closed, j)])
        civil = closed.object_class[j] == ObjectClass.CIVIL
        assert seen.lateral.max(initial=0.0) < (4.6 if civil else 15.3)
        assert np.abs(seen.vertical).max(initial=0.0) < 2.5
        assert np.abs(seen.angle).max() < 0.155
        assert np.abs(seen.forward).max(initial=0.0) < 0.6
        assert np.linalg.norm(np.diff(closed.state[rows_of(closed, j), :3], axis=0), axis=1).max() < 270.0


def test_a_flight_goes_round_by_a_way_little_longer_than_needed(open_sky, closed):
    longer = []
    for i, j in changed(open_sky, closed):
        if open_sky.end_s[i] < 3599 and closed.end_s[j] < 3599:
            same_end = np.linalg.norm(closed.end_ecef_m[j] - open_sky.end_ecef_m[i]) < 3e3
            if same_end:
                longer.append(closed.end_s[j] - open_sky.end_s[i])
    assert len(longer) > 3
    assert max(longer) < 180e3 * math.pi / 200.0 + 600.0


def test_closures_of_another_time_or_place_change_nothing(open_sky):
    for closure in (
        disc(26.5, 50.5, 180e3, -90_000.0, -80_000.0),
        disc(26.5, 50.5, 180e3, 9_000.0, 9_900.0),
        disc(10.0, 10.0, 180e3),
    ):
        again = draw(traffic=BUSY, closures=(closure,))
        assert again.key.tolist() == open_sky.key.tolist()
        assert again.state.tobytes() == open_sky.state.tobytes()


def test_a_longer_lead_in_keeps_the_same_turned_flights(closed):
    longer = draw(traffic=BUSY, closures=(GULF,), lead_in_s=1500.0)
    for i, j in pairs(closed, longer):
        extra = closed.first_s[i] - longer.first_s[j]
        assert (
            longer.state[rows_of(longer, j)][extra:].tobytes() == closed.state[rows_of(closed, i)].tobytes()
        )


def civil_rows(truth):
    return [j for j in range(len(truth.key)) if truth.object_class[j] != ObjectClass.FRIENDLY]


def held(truth, j, closures):
    """Seconds of a path, and whether it is then in a disc that is closed."""
    t = seconds(truth, j)
    discs = [inside(truth, j, c) & (t >= c.from_s) & (t <= c.until_s) for c in closures]
    return t, np.any(discs, axis=0)


def entries(truth, closures):
    """Seconds (after the closure began) at which a civil flight enters closed airspace, and how long it stays."""
    found = []
    for j in civil_rows(truth):
        t, closed = held(truth, j, closures)
        for k in np.flatnonzero(closed[1:] & ~closed[:-1]):
            began = min(c.from_s for c in closures if inside(truth, j, c)[k + 1])
            rest = ~closed[k + 1 :]
            stays = int(rest.argmax()) if rest.any() else len(rest)
            if truth.end_s[j] > began + 300.0:
                found.append((t[k + 1] - began, stays))
    return found


def turning_s(truth, j):
    """The longest that a flight may need to turn away: half a minute, and three quarters of a turn at its slowest."""
    return 30.0 + 1.5 * math.pi * motion(truth.state[rows_of(truth, j)]).ground_speed.max() / 3.5


NEVER = math.inf
SETS = {
    "one after the other": [
        disc(26.5, 50.5, 180e3, until_s=NEVER, name="a"),
        disc(29.3, 47.9, 120e3, 1500.0, NEVER, "b"),
    ],
    "two that overlap": [
        disc(26.0, 50.0, 250e3, until_s=NEVER, name="a"),
        disc(28.5, 47.5, 250e3, until_s=NEVER, name="b"),
    ],
    "two with a narrow gap": [
        disc(25.5, 51.5, 200e3, until_s=NEVER, name="a"),
        disc(25.5, 47.0, 200e3, until_s=NEVER, name="b"),
    ],
    "a chain of four": [
        disc(23.5 + 2.4 * k, 46.0 + 2.4 * k, 190e3, until_s=NEVER, name=str(k)) for k in range(4)
    ],
    "eight here and there": [
        disc(lat, lon, radius_m, until_s=NEVER, name=f"{lat}")
        for lat, lon, radius_m in (
            (22.0, 43.0, 90e3),
            (23.5, 52.5, 150e3),
            (26.2, 46.0, 120e3),
            (27.4, 52.2, 110e3),
            (29.5, 48.5, 60e3),
            (30.5, 44.5, 130e3),
            (31.0, 53.5, 140e3),
            (33.0, 49.0, 100e3),
        )
    ],
}


@pytest.mark.parametrize("name", SETS)
def test_who_is_out_of_all_closed_airspace_stays_out_of_it(name):
    met = 0
    for run in range(2):
        truth = draw(run, traffic=BUSY, closures=tuple(SETS[name]))
        late = [(after, stays) for after, stays in entries(truth, SETS[name]) if after > 330.0]
        # The turn that begins a way may brush a disc.
        assert all(stays < 120 for _, stays in late), late
        assert len(late) <= 1
        met += sum(held(truth, j, SETS[name])[1].any() for j in civil_rows(truth))
    assert met > 15


@pytest.mark.parametrize("name", SETS)
def test_whoever_is_in_closed_airspace_leaves_it_as_soon_as_it_can(name):
    left = 0
    circles = [(c.lat_rad, c.lon_rad, c.radius_m) for c in SETS[name]]
    truth = draw(traffic=BUSY, closures=tuple(SETS[name]))
    last_s = max(c.from_s for c in SETS[name])
    for j in civil_rows(truth):
        t, closed = held(truth, j, SETS[name])
        row = int(np.searchsorted(t, last_s))
        if row in (0, len(t)) or not closed[row] or truth.end_s[j] <= last_s + 300.0 or truth.end_s[j] > 3599:
            continue
        # No further than the circle about all discs that overlap; the nearest free point is sought by rays.
        lat, lon, _ = geodetic_from_ecef(truth.state[rows_of(truth, j)][row, :3])
        nearest_m = nearest_way_out(float(lat), float(lon), circles)
        out = ~closed[row:]
        assert out.any()
        speed = motion(truth.state[rows_of(truth, j)]).ground_speed[row:].min()
        assert out.argmax() <= turning_s(truth, j) + (nearest_m + 20e3) / speed
        left += 1
    assert left > 0 or name == "eight here and there"


def nearest_way_out(lat, lon, circles):
    """The distance (m) to the nearest point outside all circles, by rays: an independent search."""
    best = math.inf
    for bearing in np.linspace(0.0, 2.0 * math.pi, 36, endpoint=False):
        for far in np.arange(0.0, 900e3, 10e3):
            if far >= best:
                break
            at = destination(lat, lon, bearing, far)
            if all(frame_distance(*at, *c[:2])[0] > c[2] for c in circles):
                best = far
                break
    return best


def test_overflights_whose_way_out_of_the_region_is_closed_leave_it_elsewhere():
    over = dataclasses.replace(BUSY, overflight_share=1.0, private_share=0.0, military_share=0.0)
    edge = disc(34.0, 50.0, 280e3, until_s=NEVER)
    before, truth = draw(traffic=over), draw(traffic=over, closures=(edge,))
    turned = 0
    for _, j in changed(before, truth):
        t = seconds(truth, j)
        if truth.end_s[j] > 3599:
            continue
        lat, lon, _ = geodetic_from_ecef(truth.end_ecef_m[j])
        height = geodetic_from_ecef(truth.state[rows_of(truth, j), :3])[2]
        assert np.ptp(height) < 1.0
        assert (truth.phase[rows_of(truth, j)] == Phase.CRUISE).all()
        assert frame_distance(float(lat), float(lon), edge.lat_rad, edge.lon_rad)[0] > edge.radius_m
        box = [abs(math.degrees(lat) - side) for side in (20.0, 34.0)]
        box += [abs(math.degrees(lon) - side) for side in (40.0, 60.0)]
        assert min(box) < 0.05
        turned += t[-1] > FROM_S
    assert turned > 2
    assert len(changed(before, truth)) > 5


def test_where_every_airport_is_closed_flights_go_on_to_theirs():
    everywhere = tuple(
        disc(lat, lon, 300e3, name=f"{lat} {lon}")
        for lat in (21.0, 25.0, 29.0, 33.0)
        for lon in (42, 46.5, 51, 55.5)
    )
    plain = draw(traffic=dataclasses.replace(BUSY, military_share=0.0, overflight_share=0.0))
    truth = draw(
        traffic=dataclasses.replace(BUSY, military_share=0.0, overflight_share=0.0), closures=everywhere
    )
    assert ((truth.launch_s < FROM_S) | (truth.launch_s >= UNTIL_S)).all()
    assert np.isfinite(truth.state).all()
    assert len(truth.key) > 50
    for i, j in pairs(plain, truth):
        if j is not None and plain.end_s[i] < 3599:
            assert truth.state[rows_of(truth, j)].tobytes() == plain.state[rows_of(plain, i)].tobytes()
