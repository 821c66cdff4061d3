"""A real radar held against a real tracker: bounds that would show a wrong sign, clock or pairing."""

from dataclasses import replace

import numpy as np
import pymap3d
import pytest

from skypact.model.recording import RadarSite
from skypact.run.recorded.reading import read_recording
from skypact.score import estimate_bias
from skypact.score.path import path_of, place_at, range_bearing
from tests.score.sky import without_codes

DEGREES = (-26.750555, -60.481666, 0.0)
SITE = RadarSite(np.radians(DEGREES[0]), np.radians(DEGREES[1]), 0.0)
NM_M = 1852.0


@pytest.fixture(scope="module")
def pair(real_data):
    folder = real_data / "asterix"
    ours, theirs = read_recording(folder / "arg_260429.pcap"), read_recording(folder / "arg_fds260429.pcap")
    return ours.plots, theirs.system


def estimated(plots, system):
    """Tracks made by code: whatever tracker is used later, the biases are the radar's."""
    return estimate_bias(
        plots, (plots.mode_3a + 1).astype(np.uint64), np.arange(1, 4097, dtype=np.uint64), SITE, system
    )


def test_a_real_radar_has_the_size_of_bias_that_is_published(pair):
    bias = estimated(*pair)
    assert bias.range_m == pytest.approx(0.10 * NM_M, abs=0.02 * NM_M)
    assert bias.bearing_rad == pytest.approx(np.radians(0.53), abs=np.radians(0.02))
    assert -0.4 < bias.time_s < 0.3
    assert bias.median_range_m < 0.05 * NM_M
    assert bias.median_bearing_rad < np.radians(0.04)
    assert bias.pairs > 2700
    assert bias.aircraft >= 15


def test_the_signs_are_those_of_a_plain_difference_of_reports_of_the_same_moment(pair):
    """Ours minus theirs where a plot and an update of one code lie within a quarter of a second."""
    plots, system = pair
    off = []
    for row in np.flatnonzero((plots.mode_3a >= 0) & ~np.isnan(plots.range_m)):
        near = np.flatnonzero(
            (system.mode_3a == plots.mode_3a[row])
            & (np.abs(system.t_ns - plots.t_ns[row]) < 250_000_000)
            & ~np.isnan(system.height_m)
        )
        for other in near[:1]:
            where = np.degrees(system.lat_rad[other]), np.degrees(system.lon_rad[other])
            azimuth, _, slant = pymap3d.geodetic2aer(*where, system.height_m[other], *DEGREES)
            turn = (np.degrees(plots.bearing_rad[row]) - azimuth + 180.0) % 360.0 - 180.0
            off.append((plots.range_m[row] - slant, np.radians(turn)))
    plain = np.median(np.array(off), axis=0)
    bias = estimated(plots, system)
    assert len(off) > 200
    assert bias.range_m == pytest.approx(plain[0], abs=0.02 * NM_M)
    assert bias.bearing_rad == pytest.approx(plain[1], abs=np.radians(0.02))


def test_position_alone_gives_the_same_biases_as_codes(pair):
    plots, system = pair
    coded = estimated(plots, system)
    owner = (plots.mode_3a + 1).astype(np.uint64)
    bare = estimate_bias(without_codes(plots), owner, np.arange(1, 4097, dtype=np.uint64), SITE, system)
    assert bare.range_m == pytest.approx(coded.range_m, abs=0.01 * NM_M)
    assert bare.bearing_rad == pytest.approx(coded.bearing_rad, abs=np.radians(0.01))
    assert bare.time_s == pytest.approx(coded.time_s, abs=0.2)


@pytest.mark.parametrize("offset_s", [37.0, 3600.0])
def test_a_wrong_clock_moves_the_time_bias_alone(pair, offset_s):
    plots, system = pair
    right, wrong = (
        estimated(replace(plots, t_ns=plots.t_ns + round(moved * 1e9)), system) for moved in (0.0, offset_s)
    )
    assert wrong.time_s - right.time_s == pytest.approx(offset_s, abs=0.01)
    assert wrong.range_m == pytest.approx(right.range_m, abs=1.0)


@pytest.mark.parametrize("time_s", [-0.96, 0.96])
def test_a_clock_almost_a_second_off_does_not_fit_the_recording(pair, time_s):
    """With the clock held there, what is left in range is far larger, whatever the other two biases."""
    plots, system = pair
    bias = estimated(plots, system)
    path = path_of(system, SITE)
    place_of_update = np.full(len(system), -1)
    place_of_update[path.row] = path.stretch
    at_s = {}
    for clock_s in (bias.time_s, time_s):
        t_ns = plots.t_ns[bias.plot] - round(clock_s * 1e9)
        place = place_at(path, place_of_update[bias.update], t_ns)
        height = np.where(np.isnan(place.height_m), plots.height_m[bias.plot], place.height_m)
        off = plots.range_m[bias.plot] - range_bearing(place, height)[0]
        off = off[place.held & ~np.isnan(off)]
        at_s[clock_s] = np.median(np.abs(off - np.median(off)))
    assert at_s[bias.time_s] == pytest.approx(bias.median_range_m, rel=0.05)
    assert at_s[time_s] > 1.5 * at_s[bias.time_s]


def test_the_place_of_a_real_radar_is_not_doubted_and_a_wrong_one_is(pair):
    right = estimated(*pair)
    assert right.site_doubt == ""
    assert np.hypot(*right.site_shift_m) < 150.0
    assert right.site_share < 0.3
    plots, system = pair
    north = RadarSite(SITE.lat_rad + 5000.0 / 6.371e6, SITE.lon_rad, SITE.height_m)
    owner = (plots.mode_3a + 1).astype(np.uint64)
    wrong = estimate_bias(plots, owner, np.arange(1, 4097, dtype=np.uint64), north, system)
    assert wrong.site_shift_m == pytest.approx((0.0, 5000.0), abs=250.0)
    assert "km south of" in wrong.site_doubt
