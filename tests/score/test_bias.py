from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.score import PairedBy, estimate_bias
from skypact.score.path import path_of, place_at
from tests.score.sky import (
    BEARING_RAD,
    RANGE_M,
    SITE,
    TIME_S,
    ZERO_NS,
    joined,
    rows_of,
    sky,
    system_tracks,
    without_codes,
)

TRUE = (RANGE_M, BEARING_RAD, TIME_S)


def estimate(world, **changed):
    world = replace(world, **changed)
    return estimate_bias(world.plots, world.owner, world.confirmed, SITE, world.system)


def values(bias):
    return np.array([bias.range_m, bias.bearing_rad, bias.time_s])


def near_truth(bias, time_s=TIME_S):
    assert bias.range_m == pytest.approx(RANGE_M, abs=25.0)
    assert bias.bearing_rad == pytest.approx(BEARING_RAD, abs=np.radians(0.02))
    assert bias.time_s == pytest.approx(time_s, abs=0.25)


def test_without_noise_the_biases_come_back_exactly_and_are_ours_minus_theirs():
    bias = estimate(sky(noise=0.0, n=6, seconds=300.0))
    assert bias.range_m == pytest.approx(RANGE_M, abs=0.5)
    assert bias.bearing_rad == pytest.approx(BEARING_RAD, abs=1e-5)
    assert bias.time_s == pytest.approx(TIME_S, abs=0.005)
    assert bias.aircraft == 6
    assert bias.pairs >= 0.98 * bias.plots
    assert bias.how_paired == f"{bias.pairs} by Mode 3/A code"


@pytest.mark.slow
@pytest.mark.parametrize("shared_noise", [0.0, 1.0])
def test_the_95_percent_intervals_hold_the_truth_about_so_often(shared_noise):
    """40 seeds x 3 biases: a right interval misses 6 of 120 on average, and 15 or more with a chance of 1 in 1000."""
    held, z = [], []
    for seed in range(40):
        bias = estimate(sky(seed=seed, n=14, seconds=300.0, shared_noise=shared_noise))
        held += [i.low <= true <= i.high for i, true in zip(bias.intervals(), TRUE, strict=True)]
        error = np.array([bias.range_error_m, bias.bearing_error_rad, bias.time_error_s])
        z.append((values(bias) - TRUE) / error)
    assert len(held) - sum(held) < 15
    # Nor are they wide for safety: errors are about as large as the standard errors say.
    assert np.all(np.sqrt(np.mean(np.square(z), axis=0)) > 0.6)


def test_errors_that_an_aircraft_keeps_widen_the_interval():
    alone, shared = (estimate(sky(seed=3, shared_noise=noise)) for noise in (0.0, 1.0))
    assert shared.range_error_m > 2.0 * alone.range_error_m


@pytest.mark.parametrize("offset_s", [37.0, 3600.0, -3600.0, 40_000.0])
def test_a_wrong_clock_is_found_by_codes(offset_s):
    bias = estimate(sky(time_s=TIME_S + offset_s))
    near_truth(bias, TIME_S + offset_s)
    assert bias.paired_by[PairedBy.MODE_3A] == bias.pairs


@pytest.mark.parametrize("offset_s", [0.0, 37.0, 3600.0])
def test_without_codes_position_alone_pairs(offset_s):
    world = sky(time_s=TIME_S + offset_s, seconds=400.0)
    for changed in ({"plots": without_codes(world.plots)}, {"system": without_codes(world.system)}):
        bias = estimate(world, **changed)
        near_truth(bias, TIME_S + offset_s)
        assert bias.how_paired == f"{bias.pairs} by position alone"


def test_addresses_pair_before_codes():
    world = sky(seconds=300.0)
    ours = replace(world.plots, address=world.owner.astype(np.int32), mode_3a=world.plots.mode_3a * 0 + 512)
    theirs = replace(world.system, address=world.system.track_number)
    bias = estimate(world, plots=ours, system=theirs)
    near_truth(bias)
    assert bias.how_paired == f"{bias.pairs} by Mode S address"


def test_codes_do_not_pair_what_addresses_tell_apart():
    world = sky(seconds=300.0)
    bias = estimate(
        world,
        plots=replace(world.plots, address=world.owner.astype(np.int32) + 5000),
        system=replace(world.system, address=world.system.track_number),
    )
    assert bias.paired_by[PairedBy.POSITION] == bias.pairs


def test_one_code_for_all_is_sorted_out_by_place():
    world = sky(seconds=300.0)
    same = [replace(c, mode_3a=np.full(len(c), 512, np.int32)) for c in (world.plots, world.system)]
    bias = estimate(world, plots=same[0], system=same[1])
    near_truth(bias)
    assert bias.how_paired == f"{bias.pairs} by position alone"


@pytest.mark.parametrize("side", ["plots", "system"])
def test_a_code_that_several_bear_at_once_on_either_side_pairs_nothing(side):
    world = sky(seconds=300.0)
    code = getattr(world, side).mode_3a
    spoilt = replace(getattr(world, side), mode_3a=np.where(code < 104, 512, code).astype(np.int32))
    other = "system" if side == "plots" else "plots"
    also = replace(
        getattr(world, other),
        mode_3a=np.where(getattr(world, other).mode_3a == 100, 512, getattr(world, other).mode_3a),
    )
    bias = estimate(world, **{side: spoilt, other: also})
    near_truth(bias)
    assert bias.how_paired == f"{bias.pairs} by Mode 3/A code"
    assert world.plots.mode_3a[bias.plot].min() == 104


def test_a_large_error_of_north_is_found_by_codes():
    bias = estimate(sky(bearing_rad=np.radians(12.0)))
    assert bias.bearing_rad == pytest.approx(np.radians(12.0), abs=np.radians(0.02))


def test_false_and_foreign_plots_do_not_move_the_result():
    world = sky(seed=5)
    random = np.random.Generator(np.random.Philox(9))
    wild = random.random(len(world.plots)) < 0.1
    shift = np.where(wild, random.normal(0.0, 3000.0, len(wild)), 0.0)
    near_truth(estimate(world, plots=replace(world.plots, range_m=world.plots.range_m + shift)))


def test_a_reused_track_number_is_two_tracks():
    world = sky(n=4, seconds=600.0)
    number = world.system.track_number
    early = world.system.t_ns < ZERO_NS + 250 * 10**9
    late = world.system.t_ns > ZERO_NS + 300 * 10**9
    keep = ((number <= 2) & early) | ((number > 2) & late)
    system = rows_of(replace(world.system, track_number=(number - 1) % 2 + 1), keep)
    assert len(path_of(system, SITE).begin) - 1 == 4
    near_truth(estimate(world, system=system))


def test_nothing_is_said_of_a_track_three_seconds_beyond_its_end():
    t_ns = ZERO_NS + np.array([0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 100, 104]) * 10**9
    lat = 47.5 + 200.0 * (t_ns - ZERO_NS) / 1e9 / 111e3
    still = np.zeros(len(t_ns))
    path = path_of(
        system_tracks(t_ns, still + 1, lat, still + 8.0, still + 9e3, (still, still + 200.0), still), SITE
    )
    assert len(path.begin) == 3
    asked = np.array([-3.5, -2.5, 6.0, 42.9, 43.1, 96.0, 98.0])
    place = place_at(path, np.array([0, 0, 0, 0, 0, 1, 1]), ZERO_NS + (asked * 1e9).astype(np.int64))
    assert place.held.tolist() == [False, True, True, True, False, False, True]
    north = place.surface_enu_m[:, 1] - path.surface_enu_m[0, 1]
    assert north[[1, 2, 3, 6]] == pytest.approx(200.0 * asked[[1, 2, 3, 6]], rel=0.003)


def test_a_turn_is_followed_between_updates():
    t_s = np.arange(0.0, 60.0, 8.0)
    fine_s = np.arange(0.0, 56.0, 0.5)
    rate, radius = np.radians(3.0), 4000.0

    def tracks(s):
        east, north = radius * np.cos(rate * s), radius * np.sin(rate * s)
        vel = -radius * rate * np.sin(rate * s), radius * rate * np.cos(rate * s)
        lat = 47.3 + np.degrees(north / 6_370_000.0)
        lon = 8.0 + np.degrees(east / (6_390_000.0 * np.cos(np.radians(47.3))))
        t_ns = ZERO_NS + (s * 1e9).astype(np.int64)
        return system_tracks(t_ns, s * 0 + 1, lat, lon, s * 0, vel, s * 0)

    path = path_of(tracks(t_s), SITE)
    true = path_of(tracks(fine_s), SITE)
    straight = path_of(replace(tracks(t_s), vel_east_mps=t_s * np.nan), SITE)
    off = [
        np.linalg.norm(
            place_at(p, fine_s.astype(np.int64) * 0, true.t_ns).surface_enu_m - true.surface_enu_m, axis=1
        )
        for p in (path, straight)
    ]
    assert off[0].max() < 25.0 < off[1].max()


def test_coasted_and_ending_messages_are_no_updates():
    world = sky(n=3, seconds=120.0)
    stale = np.arange(len(world.system)) % 3
    system = replace(
        world.system, coasting=(stale == 1).astype(np.uint8), ended=(stale == 2).astype(np.uint8)
    )
    path = path_of(system, SITE)
    assert set(path.row.tolist()) == set(np.flatnonzero(stale == 0).tolist())


def test_one_aircraft_gives_numbers_without_intervals_and_says_so():
    world = sky(seconds=600.0, n=2)
    bias = estimate(world, confirmed=world.confirmed[:1])
    assert bias.aircraft == 1
    assert bias.few_aircraft
    assert np.isnan([i.low for i in bias.intervals()]).all()
    assert bias.range_m == pytest.approx(RANGE_M, abs=150.0)


def test_a_break_in_our_track_or_in_theirs_does_not_make_two_aircraft_of_one():
    world = sky(n=5, seconds=400.0)
    middle = ZERO_NS + 200 * 10**9
    owner = np.where(world.plots.t_ns > middle + 50 * 10**9, world.owner + 100, world.owner).astype(np.uint64)
    number = np.where(world.system.t_ns > middle, world.system.track_number + 50, world.system.track_number)
    bias = estimate(
        world,
        owner=owner,
        confirmed=np.unique(owner),
        system=replace(world.system, track_number=number.astype(np.int32)),
    )
    assert bias.aircraft == 5


def test_without_any_height_an_assumed_one_is_used():
    world = sky(seconds=300.0)
    bias = estimate(
        world,
        plots=replace(world.plots, height_m=world.plots.height_m * np.nan),
        system=replace(world.system, height_m=world.system.height_m * np.nan),
    )
    assert bias.pairs > 0.5 * bias.plots
    assert bias.bearing_rad == pytest.approx(BEARING_RAD, abs=np.radians(0.02))


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda w: {"confirmed": w.confirmed[:0]}, "0 plots with time and position"),
        (
            lambda w: {"system": rows_of(w.system, np.zeros(len(w.system), bool))},
            "no update of a confirmed track",
        ),
        (lambda w: {"plots": replace(w.plots, t_ns=w.plots.t_ns + 3 * 86400 * 10**9)}, "no time in common"),
        (lambda w: {"system": sky(seed=77).system}, "no offset of the clocks"),
        (
            lambda w: {"system": sky(seed=77).system, "plots": without_codes(w.plots)},
            "no offset of the clocks",
        ),
        (lambda w: {"system": replace(w.system, lon_rad=w.system.lon_rad + 1.0)}, "no offset of the clocks"),
    ],
)
def test_where_nothing_can_be_compared_the_error_says_what_was_found(spoil, found):
    world = sky(seconds=200.0)
    with pytest.raises(UsageError, match=found) as caught:
        estimate(world, **spoil(world))
    assert caught.value.next_step


def test_where_codes_agree_but_places_never_do_the_error_asks_for_the_site():
    world = sky(seconds=200.0)
    away = replace(world.system, lon_rad=world.system.lon_rad + 1.0)
    with pytest.raises(UsageError, match=r"check --site$"):
        estimate(world, system=away)
    with pytest.raises(UsageError, match="same hours and sky"):
        estimate(world, system=replace(away, mode_3a=away.mode_3a + 900))


WORLD = sky(seed=11, n=6, seconds=200.0)
PLAIN = estimate(WORLD)


@settings(max_examples=15)
@given(st.floats(-3000.0, 3000.0))
def test_a_constant_added_to_our_clock_is_added_to_its_bias(shift_s):
    moved = replace(WORLD.plots, t_ns=WORLD.plots.t_ns + round(shift_s * 1e9))
    bias = estimate(WORLD, plots=moved)
    assert bias.time_s == pytest.approx(PLAIN.time_s + shift_s, abs=2e-3)
    assert bias.range_m == pytest.approx(PLAIN.range_m, abs=0.5)


@settings(max_examples=15)
@given(st.floats(-10.0, 10.0), st.floats(-1000.0, 1000.0))
def test_turning_and_stretching_our_plots_is_added_to_the_biases(turn_deg, more_m):
    turned = replace(
        WORLD.plots,
        bearing_rad=np.mod(WORLD.plots.bearing_rad + np.radians(turn_deg), 2 * np.pi),
        range_m=WORLD.plots.range_m + more_m,
    )
    bias = estimate(WORLD, plots=turned)
    assert bias.bearing_rad == pytest.approx(PLAIN.bearing_rad + np.radians(turn_deg), abs=2e-6)
    assert bias.range_m == pytest.approx(PLAIN.range_m + more_m, abs=0.5)


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_their_records_does_not_matter(random):
    order = np.arange(len(WORLD.system))
    random.shuffle(order)
    assert values(estimate(WORLD, system=rows_of(WORLD.system, order))) == pytest.approx(
        values(PLAIN), rel=1e-9
    )


def test_their_other_aircraft_do_not_matter():
    others = sky(seed=50, n=20, seconds=200.0).system
    others = replace(others, track_number=others.track_number + 500, mode_3a=others.mode_3a + 900)
    bias = estimate(WORLD, system=joined(WORLD.system, others))
    assert values(bias) == pytest.approx(values(PLAIN), rel=1e-9)
