"""What a recording tells of its radar: revolution, accuracy, elevation from a flight level."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.earth.frame import geodetic_from_ecef
from skypact.kernels.measurement import position_of
from skypact.model.recording import ABSENT, Plots, RadarSite
from skypact.track import (
    HEIGHT_SIGMA_M,
    RadarModel,
    from_north_markers,
    from_plots,
    from_rotation_item,
    from_sectors,
    plot_accuracy,
    recorded_detections,
    recorded_sensors,
)

SITE = RadarSite(math.radians(-26.75), math.radians(-60.48), 90.0)


def turning(period_s, bearings_rad, seconds=600.0, seed=1, wander=0.0):
    """Instants and bearings of plots at steady bearings from an antenna that turns."""
    rng = np.random.default_rng(seed)
    turns = int(seconds / period_s)
    start_s = np.concatenate([[0.0], np.cumsum(period_s * (1.0 + wander * rng.normal(size=turns)))])
    t_s = (start_s[:-1, None] + np.asarray(bearings_rad)[None, :] / (2 * math.pi) * period_s).ravel()
    bearing_rad = np.tile(bearings_rad, turns)
    kept = np.sort(rng.permutation(len(t_s))[: int(0.9 * len(t_s))])
    order = np.argsort(t_s[kept])
    return t_s[kept][order], bearing_rad[kept][order] + rng.normal(0.0, 0.001, len(kept))


@pytest.mark.parametrize("period_s", [1.5, 4.0, 4.8, 7.63, 12.0, 20.0])
def test_the_revolution_is_read_from_plots_alone(period_s):
    bearings = np.random.default_rng(3).uniform(0.0, 2 * math.pi, 12)
    found = from_plots(*turning(period_s, bearings, wander=0.001))
    assert found is not None
    assert found.period_s == pytest.approx(period_s, rel=3e-3)
    assert found.source == "plots"


def test_the_revolution_is_read_from_one_aircraft_and_not_taken_for_a_multiple():
    found = from_plots(*turning(7.63, [1.0]))
    assert found is not None
    assert found.period_s == pytest.approx(7.63, rel=3e-3)


def test_plots_that_follow_no_antenna_tell_no_revolution():
    rng = np.random.default_rng(1)
    assert from_plots(np.sort(rng.uniform(0.0, 600.0, 900)), rng.uniform(0.0, 6.28, 900)) is None
    assert from_plots(np.arange(5.0), np.zeros(5)) is None


def test_missed_north_markers_do_not_matter():
    t_s = np.delete(np.arange(100) * 7.6328125, [10, 11, 50])
    found = from_north_markers(t_s)
    assert found is not None
    assert found.period_s == pytest.approx(7.6328125)
    assert from_north_markers(t_s[:2]) is None


def test_the_revolution_is_read_from_sector_messages_and_from_the_rotation_item():
    t_s = np.arange(320) * 4.8 / 32
    found = from_sectors(t_s, np.arange(320) % 32 * 2 * math.pi / 32)
    assert found is not None
    assert found.period_s == pytest.approx(4.8)
    told = from_rotation_item(np.array([np.nan, 4.8, 4.8, 500.0]))
    assert told is not None
    assert told.period_s == 4.8
    assert from_rotation_item(np.array([np.nan])) is None


@given(
    st.floats(20.0, 200.0), st.floats(0.0005, 0.004), st.sampled_from([4.0, 8.0, 12.0]), st.integers(0, 10**6)
)
def test_accuracy_is_read_from_the_smoothness_of_tracks(sigma_m, sigma_rad, revolution_s, seed):
    rng = np.random.default_rng(seed)
    n, tracks = 150, 6
    parts = []
    for k in range(tracks):
        at = np.arange(n) * revolution_s + rng.uniform(0, revolution_s)
        heading, speed = rng.uniform(0, 6.28), rng.uniform(60.0, 240.0)
        x0, y0 = rng.uniform(-9e4, 9e4, 2)
        parts.append(
            [
                at,
                x0 + speed * math.sin(heading) * at,
                y0 + speed * math.cos(heading) * at,
                np.full(n, k + 1.0),
            ]
        )
    t_s, x, y, owner = np.concatenate(parts, axis=1)
    found = plot_accuracy(
        t_s,
        np.hypot(x, y) + rng.normal(0.0, sigma_m, n * tracks),
        np.arctan2(x, y) + rng.normal(0.0, sigma_rad, n * tracks),
        np.full(n * tracks, np.nan),
        owner.astype(np.uint64),
        1.5 * revolution_s,
    )
    assert found is not None
    assert found.sigma_range_m == pytest.approx(sigma_m, rel=0.25)
    assert found.sigma_bearing_rad == pytest.approx(sigma_rad, rel=0.25)


def straight_tracks(noise_m, tracks=6, n=150, revolution_s=5.0, seed=1):
    """Instants, ranges, bearings and owners of straight flights whose range errors are `noise_m(rng, size)`."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(tracks):
        at = np.arange(n) * revolution_s
        x, y = 4e4 + 1e4 * k + 100.0 * at, 5e4 - 120.0 * at
        parts.append([at, np.hypot(x, y) + noise_m(rng, n), np.arctan2(x, y), np.full(n, k + 1.0)])
    t_s, range_m, bearing_rad, owner = np.concatenate(parts, axis=1)
    return t_s, range_m, bearing_rad, owner.astype(np.uint64)


def test_single_large_errors_are_not_taken_for_nothing():
    def noise_m(rng, n):
        return np.where(rng.random(n) < 0.1, 60.0, 5.0) * rng.normal(size=n)

    t_s, range_m, bearing_rad, owner = straight_tracks(noise_m)
    found = plot_accuracy(t_s, range_m, bearing_rad, np.zeros(len(t_s)), owner, 7.5)
    assert found is not None
    assert 15.0 < found.sigma_range_m < 40.0  # the middle alone tells 5, the root mean square is 20


def test_short_tracks_of_plots_that_happen_to_line_up_tell_nothing():
    t_s, range_m, bearing_rad, owner = straight_tracks(lambda rng, n: 20.0 * rng.normal(size=n))
    rng = np.random.default_rng(2)
    short = 6 * 200
    found = plot_accuracy(
        np.concatenate([t_s, np.tile(np.arange(6) * 5.0, 200)]),
        np.concatenate([range_m, 9e4 + rng.normal(0.0, 2_000.0, short)]),
        np.concatenate([bearing_rad, 1.0 + rng.normal(0.0, 0.02, short)]),
        np.zeros(len(t_s) + short),
        np.concatenate([owner, 100 + np.repeat(np.arange(200), 6)]).astype(np.uint64),
        7.5,
    )
    alone = plot_accuracy(t_s, range_m, bearing_rad, np.zeros(len(t_s)), owner, 7.5)
    assert found == alone


def test_too_few_hits_tell_no_accuracy():
    t_s, rest = np.linspace(0.0, 76.0, 20), np.zeros(20)
    assert plot_accuracy(t_s, np.linspace(5e4, 6e4, 20), rest, rest, np.ones(20, np.uint64), 6.0) is None
    none = np.empty(0)
    assert plot_accuracy(none, none, none, none, none.astype(np.uint64), 6.0) is None


def plots_of(range_m, bearing_rad, height_m):
    n = len(range_m)
    zero, absent = np.zeros(n, np.int64), np.full(n, ABSENT, np.int32)
    return Plots(
        t_ns=np.arange(n) * 10**9, capture_ns=zero, radar=zero.astype(np.uint16), kind=zero.astype(np.uint8),
        flags=zero.astype(np.uint8), range_m=range_m, bearing_rad=bearing_rad, height_m=height_m,
        mode_3a=absent, address=absent, byte_offset=zero,
    )  # fmt: skip


def test_a_flight_level_becomes_the_elevation_that_reaches_it():
    range_m = np.array([80e3, 200e3, 400e3, 100e3, 3_000.0, 50e3])
    bearing_rad = np.array([0.1, 3.0, 6.2, 4.0, 1.0, 2.0])
    height_m = np.array([3_000.0, 10_000.0, 11_000.0, np.nan, 9_000.0, 120.0])
    plots = plots_of(range_m, bearing_rad, height_m)
    model = RadarModel(SITE, 7.6, 20.0, 0.001, 0.1, 0.9)
    rows = np.arange(6)
    found = recorded_detections(
        plots, rows, plots.t_ns, np.zeros(6, np.uint16), [model], np.zeros(6, np.uint32)
    )
    sensors = recorded_sensors([model], ["1/2"], found)
    assert np.flatnonzero(np.isnan(found.z[:, 2])).tolist() == [3, 4]  # unknown; nearer than the height
    assert np.isnan(found.sigma[[3, 4], 2]).all()
    for i in (0, 1, 2, 5):
        pos = np.empty(3)
        r, b, e = found.z[i, :3]
        position_of(r, b, e, sensors.pos_ecef_m[0], sensors.rot_enu_from_ecef[0], pos)
        assert geodetic_from_ecef(pos)[2] == pytest.approx(height_m[i], abs=0.01)
        ground_m = range_m[i] * math.cos(found.z[i, 2])
        assert found.sigma[i, 2] * ground_m == pytest.approx(HEIGHT_SIGMA_M)
    assert (found.z[:, 1] >= -math.pi).all()
    assert (found.z[:, 1] < math.pi).all()
    assert sensors.range_max_m[0] == 400e3
    assert sensors.elevation_min_rad[0] == np.nanmin(found.z[:, 2])
