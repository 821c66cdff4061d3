"""The kernel of false positions against plain NumPy, and what it means on a round Earth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.frame import ecef_from_geodetic, geodetic_from_ecef, rot_enu_from_ecef
from skypact.kernels.looks import COOPERATIVE, KIND, RADAR, ROTATION, SITE_WIDTH, X
from skypact.kernels.position import misplace, shifted

DEG = math.pi / 180.0


def site(kind, lat, lon):
    row = np.zeros(SITE_WIDTH)
    row[KIND] = kind
    row[X : X + 3] = ecef_from_geodetic(lat * DEG, lon * DEG, 20.0)
    row[ROTATION : ROTATION + 9] = np.asarray(rot_enu_from_ecef(lat * DEG, lon * DEG)).ravel()
    return row


def seen(row, pos):
    east, north, up = row[ROTATION : ROTATION + 9].reshape(3, 3) @ (pos - row[X : X + 3])
    level = math.hypot(east, north)
    return math.hypot(level, up), math.atan2(east, north) % (2.0 * math.pi), math.atan2(up, level)


def moved(pos, east_m, north_m):
    up = pos / np.linalg.norm(pos)
    east = np.cross([0.0, 0.0, 1.0], up)
    east /= np.linalg.norm(east)
    there = pos + east_m * east + north_m * np.cross(up, east)
    return there * np.linalg.norm(pos) / np.linalg.norm(there)


def plain(sites, tracks, t_s, sensor, row, faults, z):
    """What `misplace` does, one detection after another; a track is (first second, states)."""
    heard = np.ones(len(t_s), np.bool_)
    z = z.copy()
    for n in range(len(t_s)):
        at = sites[sensor[n]]
        if at[KIND] != COOPERATIVE or row[n] < 0:
            continue
        first, states = tracks[row[n]]
        pos = states[int(t_s[n] - first), :3]
        for direction, cos_radius, from_s, until_s, jammed, east_m, north_m in faults:
            if not from_s <= t_s[n] < until_s or direction @ pos < cos_radius * np.linalg.norm(pos):
                continue
            if jammed:
                heard[n] = False
            else:
                true, false = seen(at, pos), seen(at, moved(pos, east_m, north_m))
                z[n, :3] += np.array(false) - true
                z[n, 1] %= 2.0 * math.pi
            break
    return heard, z


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_it_does_what_the_plain_code_does(seed):
    rng = np.random.default_rng(seed)
    sites = np.array(
        [site(kind, *rng.uniform((24.0, 48.0), (28.0, 53.0))) for kind in (COOPERATIVE, RADAR, COOPERATIVE)]
    )
    tracks = []
    for _ in range(3):
        lat, lon = rng.uniform((24.0, 48.0), (28.0, 53.0))
        pos = np.array([ecef_from_geodetic((lat + 0.01 * k) * DEG, lon * DEG, 9e3) for k in range(30)])
        tracks.append((int(rng.integers(-5, 5)), np.hstack([pos, np.gradient(pos, axis=0)])))
    count = 60
    sensor, row = rng.integers(0, 3, count).astype(np.uint16), rng.integers(-1, 3, count).astype(np.int32)
    t_s = np.array([tracks[i][0] + float(rng.integers(0, 30)) for i in row])
    faults = []
    for _ in range(2):
        lat, lon = rng.uniform((24.0, 48.0), (28.0, 53.0))
        middle = np.array(ecef_from_geodetic(lat * DEG, lon * DEG, 0.0))
        from_s = rng.uniform(-5.0, 20.0)
        radius = math.cos(rng.uniform(0.01, 0.05))
        faults.append(
            (
                middle / np.linalg.norm(middle),
                radius,
                from_s,
                from_s + 20.0,
                rng.uniform() < 0.4,
                *rng.normal(0, 3e4, 2),
            )
        )
    z = np.column_stack(
        [rng.uniform(1e4, 3e5, count), rng.uniform(0.0, 6.2, (count, 2)), np.full(count, np.nan)]
    )
    wanted, wanted_z = plain(sites, tracks, t_s, sensor, row, faults, z)
    heard = np.empty(count, np.bool_)
    offset = np.cumsum([0, *(len(states) for _, states in tracks)]).astype(np.int64)
    toward, cosine, begin_s, end_s, jammed, east_m, north_m = (np.array(c) for c in zip(*faults, strict=True))
    first = np.array([track[0] for track in tracks], np.int32)
    states = np.vstack([track[1] for track in tracks])
    where = (toward, cosine, begin_s, end_s)
    misplace(sites, states, offset, first, t_s, sensor, row, *where, jammed, east_m, north_m, z, heard)
    np.testing.assert_array_equal(heard, wanted)
    np.testing.assert_allclose(z, wanted_z, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("east_m", "north_m"), [(30e3, 0.0), (0.0, -30e3), (20e3, 20e3)])
def test_a_false_place_lies_as_far_off_as_stated_and_as_high_as_the_true_one(east_m, north_m):
    state = np.array([*ecef_from_geodetic(26.0 * DEG, 51.0 * DEG, 9e3), 0.0, 0.0, 0.0])
    out = np.empty(3)
    shifted(state, east_m, north_m, out)
    assert np.linalg.norm(out - state[:3]) == pytest.approx(math.hypot(east_m, north_m), rel=1e-3)
    lat, lon, height = geodetic_from_ecef(out)
    assert math.copysign(1.0, lat - 26.0 * DEG) == math.copysign(1.0, north_m) or north_m == 0.0
    assert math.copysign(1.0, lon - 51.0 * DEG) == math.copysign(1.0, east_m) or east_m == 0.0
    assert height == pytest.approx(
        9e3, abs=120.0
    )  # the ellipsoid is not a sphere: 85 m over 30 km to the south
