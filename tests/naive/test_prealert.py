"""Naive twins of `kernels.prealert`: distances by vectors, one launch and place at a time."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.prealert import ellipse_meets, seen_launches, told_launch
from skypact.model.codes import ObjectClass
from skypact.model.network import F8
from skypact.warn import ImpactSettings, PrealertSettings, predict_impacts
from skypact.warn.settings import prealert_array
from tests.warn.world import DEG, NOW_NS, before_impact, place_table, state, tracks

SETTINGS = PrealertSettings()
VALUES = prealert_array(SETTINGS)
SPOTS = [(29.4, 48.0), (26.2, 50.6), (21.5, 39.2), (24.5, 54.4)]
MISSILE, ROCKET, CRUISE = int(ObjectClass.BALLISTIC), int(ObjectClass.ROCKET), int(ObjectClass.CRUISE)


def naive_meets(offset_m: F8, cov: F8, radius_m: float, sigma: float) -> bool:
    inner = np.linalg.inv(cov + radius_m**2 * np.eye(2))
    return bool(offset_m @ inner @ offset_m <= sigma**2)


def naive_ground_m(ecef: F8, lat_deg: float, lon_deg: float) -> float:
    """Great-circle distance by the angle between two directions on a sphere."""
    x, y, z = ecef[:3]
    lat = math.atan2(z / (1.0 - 0.00669438), math.hypot(x, y))  # geodetic, near enough for heights in use
    one = np.array([math.cos(lat) * x, math.cos(lat) * y, math.sin(lat) * math.hypot(x, y)])
    la, lo = lat_deg * DEG, lon_deg * DEG
    other = np.array([math.cos(la) * math.cos(lo), math.cos(la) * math.sin(lo), math.sin(la)])
    cosine = float(one @ other / np.linalg.norm(one))
    return 6_371_008.8 * math.acos(max(-1.0, min(1.0, cosine)))


@given(
    st.floats(-80e3, 80e3),
    st.floats(-80e3, 80e3),
    st.floats(100.0, 40e3),
    st.floats(100.0, 40e3),
    st.floats(-0.95, 0.95),
    st.floats(1e3, 30e3),
)
def test_an_ellipse_meets_a_disc_as_by_matrices(east, north, sigma_e, sigma_n, rho, radius_m):
    lat = 27.0 * DEG
    cov = np.array([[sigma_e**2, rho * sigma_e * sigma_n], [rho * sigma_e * sigma_n, sigma_n**2]])
    at = lat + north / 6_378_137.0, 0.9 + east / 6_378_137.0 / math.cos(lat + 0.5 * north / 6_378_137.0)
    inner = np.linalg.inv(cov + radius_m**2 * np.eye(2))
    offset = np.array([east, north])
    if abs(offset @ inner @ offset - 9.0) < 1e-4:
        return
    assert ellipse_meets(at[0], at[1], cov, lat, 0.9, radius_m, 3.0) == naive_meets(
        offset, cov, radius_m, 3.0
    )


def test_launches_reach_the_nations_that_distances_say():
    places = place_table(SPOTS, nation=[0, 1, 2, 3])
    climbing = state(33.0, 47.0, 40e3, 200.0, 900.0, 900.0)
    starts = [
        before_impact(*SPOTS[1], 150.0),
        climbing,
        climbing,
        climbing,
        state(29.0, 48.0, 1e3, 0.0, 230.0),
    ]
    kinds = [MISSILE, MISSILE, ROCKET, ROCKET, CRUISE]
    for manoeuvre in (0.0, 0.9):
        picture = tracks(starts, kinds, class_prob=0.9, manoeuvre=manoeuvre)
        impacts = predict_impacts(picture, ImpactSettings())
        for hidden in (False, True):
            if hidden:
                impacts.kind[:] = 0
            row = np.empty(4, np.int64)
            launches = seen_launches(
                places.lat_rad,
                places.lon_rad,
                places.radius_m,
                places.nation,
                picture.mean_ecef,
                picture.status,
                picture.class_prob,
                picture.identity,
                impacts.kind,
                impacts.lat_rad,
                impacts.lon_rad,
                impacts.cov_en_m2,
                VALUES,
                row,
            )
            assert launches == 4
            for nation, spot in enumerate(SPOTS):
                reaching = []
                for i in range(4):
                    radius_m = places.radius_m[nation] + SETTINGS.margin_m
                    if impacts.kind[i] == 1:
                        lat = impacts.lat_rad[i]
                        middle = 0.5 * (lat + spot[0] * DEG)
                        offset = 6_378_137.0 * np.array(
                            [(impacts.lon_rad[i] - spot[1] * DEG) * math.cos(middle), lat - spot[0] * DEG]
                        )
                        near = naive_meets(offset, impacts.cov_en_m2[i], radius_m, SETTINGS.gate_sigma)
                    else:
                        reach_m = SETTINGS.rocket_reach_m if kinds[i] == ROCKET else SETTINGS.missile_reach_m
                        near = naive_ground_m(starts[i], *spot) <= reach_m + radius_m
                    if near:
                        reaching.append(i)
                assert row[nation] == (reaching[0] if reaching else -1)


def test_the_likeliest_warning_that_still_counts_is_taken():
    places = place_table(SPOTS)
    rows = np.array([0], np.int32)
    lat, lon = SPOTS[0][0] * DEG, SPOTS[0][1] * DEG

    def best(prob, seconds, offset_deg):
        n = len(prob)
        return told_launch(
            NOW_NS,
            rows,
            places.lat_rad,
            places.lon_rad,
            places.radius_m,
            np.array(prob, np.float32),
            lat + np.array(offset_deg) * DEG,
            np.full(n, lon),
            np.tile(np.eye(2) * 5000.0**2, (n, 1, 1)),
            NOW_NS + np.array(seconds, np.int64) * 10**9,
            np.full(n, 3.0),
            VALUES,
        )

    assert best([0.6, 0.9, 0.7], [100, 100, 100], [0.0, 0.0, 0.0]) == 1
    assert best([0.6, 0.9, 0.7], [100, -40, 100], [0.0, 0.0, 0.0]) == 2
    assert best([0.6, 0.9, 0.7], [100, 100, 100], [0.0, 2.0, 2.0]) == 0
    assert best([0.4, 0.9], [100, -38], [0.0, 0.0]) == 1
    assert best([0.4], [100], [0.0]) == -1
