from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.score import Unmatched, estimate_bias, match_points
from skypact.score.path import path_of, place_at
from tests.score.sky import SITE, TIME_S, ZERO_NS, joined, rows_of, sky, without_codes

WORLD = sky(seed=21, n=8, seconds=240.0, noise=0.0)
BIAS = estimate_bias(WORLD.plots, WORLD.owner, WORLD.confirmed, SITE, WORLD.system)


def match(**changed):
    world = replace(WORLD, **changed)
    return match_points(world.points, BIAS, SITE, world.plots, world.system)


def causes(result):
    return {line.cause: line.points for line in result.causes}


def of_aircraft(k, begin_s=-1e9, end_s=1e9, clock_s=0.0):
    """Rows of their updates of aircraft k between two instants."""
    t_s = (WORLD.system.t_ns - ZERO_NS) / 1e9 - clock_s
    return (WORLD.system.track_number == k) & (t_s > begin_s) & (t_s < end_s)


def test_the_same_sky_matches_wholly_once_the_biases_are_removed():
    result = match()
    assert result.points == len(WORLD.points)
    assert result.points + result.points_outside == len(WORLD.points)
    assert result.share.value == 1.0
    assert 0.0 < result.share.low < 1.0
    assert result.share.n == 8
    assert result.p95_m.value < 15.0
    assert result.same_code.value == 1.0
    assert result.coded == result.points
    assert not result.causes
    assert (result.cause == -1).all()
    assert WORLD.system.mode_3a[result.update[result.inside]].tolist() == (
        WORLD.plots.mode_3a[WORLD.points.plot[result.inside]].tolist()
    )


def test_with_the_biases_left_in_distances_are_what_they_make():
    unbiased = replace(BIAS, range_m=0.0, bearing_rad=0.0, time_s=0.0)
    result = match_points(WORLD.points, unbiased, SITE, WORLD.plots, WORLD.system)
    assert result.median_m.value > 300.0


def test_distances_are_those_of_a_plain_search():
    result = match()
    path = path_of(WORLD.system, SITE)
    rows = np.flatnonzero(result.inside)[::37]
    for row in rows:
        asked = WORLD.points.t_ns[row] - round(BIAS.time_s * 1e9)
        lat, lon = result.lat_rad[row], result.lon_rad[row]
        best = np.inf
        for k in range(len(path.begin) - 1):
            place = place_at(path, np.array([k]), np.array([asked]))
            if place.held[0] and place.age_s[0] <= 3.0:
                best = min(best, float(np.linalg.norm(place.surface_enu_m[0] - surface(lat, lon))))
        assert result.distance_m[row] == pytest.approx(best, abs=1e-3)


def surface(lat, lon):
    import pymap3d

    return np.array(pymap3d.geodetic2enu(lat, lon, 0.0, *SITE, deg=False))


def test_an_update_more_than_three_seconds_away_is_no_match():
    gap = of_aircraft(3, 100.0, 120.0)
    result = match(system=rows_of(WORLD.system, ~gap))
    lost = np.flatnonzero(result.cause == Unmatched.IN_A_GAP)
    assert len(lost) == pytest.approx(3, abs=1)
    assert causes(result) == {Unmatched.IN_A_GAP: len(lost)}
    assert set(WORLD.points.track_id[lost].tolist()) == {3}


def test_between_updates_too_far_apart_there_is_no_match_either():
    """Twelve seconds between two updates end no track of theirs, but leave it without news in the middle."""
    t_ns = np.sort(WORLD.system.t_ns[of_aircraft(3, 100.0, 140.0)])[1:3]
    result = match(system=rows_of(WORLD.system, ~(of_aircraft(3) & np.isin(WORLD.system.t_ns, t_ns))))
    assert set(causes(result)) == {Unmatched.IN_A_GAP}


def test_coasted_updates_do_not_match():
    coasting = of_aircraft(3, 100.0, 160.0).astype(np.uint8)
    result = match(system=replace(WORLD.system, coasting=coasting))
    assert set(causes(result)) == {Unmatched.IN_A_GAP}


def test_what_they_take_up_late_or_drop_early_or_never_have_is_told_apart():
    drop = of_aircraft(1, 120.0) | of_aircraft(2, end_s=120.0) | of_aircraft(4)
    result = match(system=rows_of(WORLD.system, ~drop))
    tracks = {
        line.cause: set(WORLD.points.track_id[result.cause == line.cause].tolist()) for line in result.causes
    }
    inside = {Unmatched.NO_LONGER_HELD: {1}, Unmatched.NOT_YET_HELD: {2}, Unmatched.NEVER_HELD: {4}}
    beyond = tracks.pop(Unmatched.OUTSIDE_THEIR_SKY, set())
    assert all(inside[cause] == ids for cause, ids in tracks.items())
    assert set(tracks) >= {Unmatched.NO_LONGER_HELD, Unmatched.NOT_YET_HELD}
    assert set.union(*tracks.values(), beyond) == {1, 2, 4}
    assert result.share.value == pytest.approx(1.0 - sum(causes(result).values()) / result.points)
    for line in result.causes:
        assert line.track_id in {1, 2, 4}
        assert line.share == pytest.approx(line.points / sum(causes(result).values()))


@pytest.mark.parametrize(
    ("ahead_m", "right_m", "cause"),
    [(4000.0, 0.0, Unmatched.HELD_AHEAD_OR_BEHIND), (0.0, -4000.0, Unmatched.HELD_ASIDE)],
)
def test_how_far_they_hold_it_away_is_told_along_and_across(ahead_m, right_m, cause):
    """Theirs is moved back, so that ours lies ahead by as much."""
    mine = of_aircraft(5)
    east, north = WORLD.system.vel_east_mps, WORLD.system.vel_north_mps
    speed = np.hypot(east, north)
    east_m = (ahead_m * east + right_m * north) / speed
    north_m = (ahead_m * north - right_m * east) / speed
    system = replace(
        WORLD.system,
        lat_rad=WORLD.system.lat_rad - mine * north_m / 6.37e6,
        lon_rad=WORLD.system.lon_rad - mine * east_m / (6.387e6 * np.cos(WORLD.system.lat_rad)),
    )
    (line,) = match(system=system).causes
    assert line.cause == cause
    assert line.track_id == 5
    assert (line.along_m, line.across_m) == pytest.approx((ahead_m, right_m), abs=40.0)
    assert line.distance_m == pytest.approx(4000.0, abs=40.0)


def test_a_second_track_of_an_aircraft_that_we_hold_is_told():
    twin = WORLD.points.track_id == 6
    extra = rows_of(WORLD.points, twin)
    away = replace(
        extra,
        track_id=extra.track_id + np.uint64(100),
        pos_ecef_m=extra.pos_ecef_m + np.array([0.0, 9000.0, 0.0]),
    )
    result = match(points=joined(WORLD.points, away))
    assert set(causes(result)) == {Unmatched.SECOND_TRACK}
    assert result.causes[0].track_id == 106


def test_without_codes_unmatched_points_have_none_to_tell_by():
    drop = of_aircraft(4)
    result = match(plots=without_codes(WORLD.plots), system=rows_of(WORLD.system, ~drop))
    assert set(causes(result)) <= {Unmatched.NO_CODE, Unmatched.OUTSIDE_THEIR_SKY}
    assert result.coded == 0
    assert np.isnan(result.same_code.value)
    assert result.never_held == 0


@pytest.mark.parametrize("instead", [-1, 0o7000])
def test_a_plot_without_code_or_with_a_misread_one_goes_by_the_code_of_its_track(instead):
    drop = of_aircraft(3, 100.0, 120.0)
    bare = replace(
        WORLD.plots,
        mode_3a=np.where(np.arange(len(WORLD.plots)) % 3 == 0, WORLD.plots.mode_3a, instead).astype(np.int32),
    )
    result = match(plots=bare, system=rows_of(WORLD.system, ~drop))
    assert set(causes(result)) == {Unmatched.IN_A_GAP}


@pytest.mark.parametrize("sides", [("plots", "system"), ("system",), ("plots",)])
def test_a_code_that_several_bear_at_once_tells_nothing(sides):
    """All on one code: points of theirs missing are not those of a second track of ours."""
    drop = of_aircraft(3, 100.0, 120.0)
    changed = {"plots": WORLD.plots, "system": rows_of(WORLD.system, ~drop)}
    for side in sides:
        changed[side] = replace(changed[side], mode_3a=np.full(len(changed[side]), 0o7000, np.int32))
    if len(sides) == 1:  # the other side has the code once, and others
        (other,) = {"plots", "system"} - set(sides)
        once = np.where(changed[other].mode_3a == 102, 0o7000, changed[other].mode_3a)
        changed[other] = replace(changed[other], mode_3a=once.astype(np.int32))
    result = match(**changed)
    assert 0.9 < result.share.value < 1.0
    assert result.coded == 0
    assert np.isnan(result.same_code.value)
    assert set(causes(result)) <= {Unmatched.NO_CODE, Unmatched.NEVER_HELD}
    assert result.never_held == 0
    assert result.theirs_inside == 9  # without a code, the gap makes two aircraft of one of theirs


def test_swapped_codes_show_in_the_identity_and_not_in_the_share():
    code = WORLD.system.mode_3a
    swapped = np.where(code == 100, 101, np.where(code == 101, 100, code)).astype(np.int32)
    result = match(system=replace(WORLD.system, mode_3a=swapped))
    assert result.share.value == 1.0
    wrong = np.isin(WORLD.points.track_id[result.inside], [1, 2]).mean()
    assert result.same_code.value == pytest.approx(1.0 - wrong)


def test_a_track_far_outside_all_that_they_report_is_outside_their_sky():
    east = np.array([-np.sin(SITE[1]), np.cos(SITE[1]), 0.0])
    mine = WORLD.points.track_id == 2
    points = replace(WORLD.points, pos_ecef_m=WORLD.points.pos_ecef_m + mine[:, None] * 400_000.0 * east)
    result = match(points=points)
    assert set(causes(result)) == {Unmatched.OUTSIDE_THEIR_SKY}


def test_points_outside_their_recording_are_counted_apart():
    late = WORLD.system.t_ns > ZERO_NS + 100 * 10**9
    result = match(system=rows_of(WORLD.system, late))
    assert result.points_outside > 0.35 * len(WORLD.points)
    assert (result.cause[~result.inside] == -1).all()
    assert result.share.value == 1.0


def test_nothing_to_hold_against_gives_no_number():
    nothing = np.zeros(len(WORLD.system), bool)
    result = match(system=rows_of(WORLD.system, nothing))
    assert (result.points, result.points_outside) == (0, len(WORLD.points))
    assert np.isnan(result.share.value)
    result = match(points=rows_of(WORLD.points, np.zeros(len(WORLD.points), bool)))
    assert result.points == 0
    assert np.isnan(result.median_m.value)


def test_their_aircraft_that_we_never_had_are_told_where_we_look():
    shifted = rows_of(WORLD.system, of_aircraft(1))
    ghost = replace(
        shifted,
        track_number=shifted.track_number + 900,
        mode_3a=shifted.mode_3a + 900,
        lat_rad=shifted.lat_rad + 0.0008,
    )
    result = match(system=joined(WORLD.system, ghost))
    assert result.theirs_inside == 9
    assert result.never_held == 1
    assert result.share.value == 1.0


@pytest.mark.parametrize("side", ["plots", "system"])
def test_where_a_side_has_no_heights_their_aircraft_in_our_sky_are_told_by_the_map_alone(side):
    bare = replace(getattr(WORLD, side), height_m=np.full(len(getattr(WORLD, side)), np.nan))
    away = rows_of(WORLD.system, of_aircraft(1))
    away = replace(
        away, track_number=away.track_number + 900, mode_3a=away.mode_3a + 900, height_m=away.height_m + 5e3
    )
    result = match(**{side: bare})
    assert (result.theirs_inside, result.never_held) == (8, 0)
    system = joined(WORLD.system, away)
    assert match(system=system).theirs_inside == 8
    if side == "system":
        result = match(system=replace(system, height_m=np.full(len(system), np.nan)))
    else:
        result = match(system=system, plots=bare)
    assert result.theirs_inside == 9


@pytest.mark.parametrize("cause", Unmatched)
def test_every_cause_has_its_words(cause):
    assert len(cause.text.split()) > 4


@settings(max_examples=20)
@given(st.integers(-(10**6), 10**6))
def test_both_clocks_shifted_together_change_nothing(shift_s):
    shift = shift_s * 10**9
    result = match(
        points=replace(WORLD.points, t_ns=WORLD.points.t_ns + shift),
        system=replace(WORLD.system, t_ns=WORLD.system.t_ns + shift),
    )
    assert result.distance_m == pytest.approx(match().distance_m, abs=1e-6)


@settings(max_examples=20)
@given(st.floats(1.0, 5000.0), st.floats(1.0, 5000.0))
def test_a_wider_limit_never_loses_a_match(one_m, other_m):
    shares = [
        match_points(WORLD.points, replace(BIAS, time_s=TIME_S - 4.0), SITE, WORLD.plots, WORLD.system, limit)
        for limit in sorted((one_m, other_m))
    ]
    assert np.all(shares[1].matched >= shares[0].matched)
