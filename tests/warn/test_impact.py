"""Predicted impacts: where, when, how surely, and for whom."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from skypact.kernels.descent import fly_to_ground
from skypact.kernels.frame import destination, distance_bearing, geodetic_from_ecef
from skypact.model.codes import Identity, ImpactKind, ObjectClass, TrackStatus
from skypact.warn import IMPACT_VALUES, ImpactSettings, new_logbook, predict_impacts
from tests.warn.world import BETA_KGPM2, DEG, NOW_NS, before_impact, covariance, state, tracks

SETTINGS = ImpactSettings()
BALLISTIC, CRUISE, CIVIL = int(ObjectClass.BALLISTIC), int(ObjectClass.CRUISE), int(ObjectClass.CIVIL)


def test_a_falling_object_is_predicted_where_and_when_it_falls():
    for seconds in (20.0, 120.0, 300.0):
        picture = tracks([before_impact(29.4, 48.0, seconds)], [BALLISTIC])
        impacts = predict_impacts(picture, SETTINGS)
        assert impacts.kind.tolist() == [ImpactKind.BALLISTIC]
        off_m, _ = distance_bearing(impacts.lat_rad[0], impacts.lon_rad[0], 29.4 * DEG, 48.0 * DEG)
        assert off_m < 30.0
        assert (impacts.t_ns[0] - NOW_NS) * 1e-9 == pytest.approx(seconds, abs=0.1)
        lat, lon, height = geodetic_from_ecef(*impacts.pos_ecef_m[0].tolist())
        assert (lat, lon) == pytest.approx((impacts.lat_rad[0], impacts.lon_rad[0]))
        assert abs(height) < 10.0


@pytest.mark.parametrize("seconds", [60.0, 240.0])
def test_the_impact_ellipse_and_time_hold_95_percent_of_sampled_flights(seconds):
    """Starts drawn from the covariance and coefficients from their spread, flown with the mean's own fine steps."""
    rng = np.random.default_rng(100)
    mean, cov, n = before_impact(29.4, 48.0, seconds), covariance(300.0, 8.0), 4000
    picture = replace(tracks([mean], [BALLISTIC]), cov_ecef=cov[None])
    settings = ImpactSettings(model_error=0.0)
    impacts = predict_impacts(picture, settings)
    east_north = np.empty((n, 2))
    time_s = np.empty(n)
    starts = rng.multivariate_normal(mean, cov, n)
    betas = BETA_KGPM2 * np.exp(settings.log_beta_sigma * rng.standard_normal(n))
    for i in range(n):
        ok, x, y, z, time_s[i] = fly_to_ground(tuple(starts[i].tolist()), 1.0 / betas[i], 2400.0, 1.0)
        assert ok
        lat, lon, _ = geodetic_from_ecef(x, y, z)
        distance, bearing = distance_bearing(impacts.lat_rad[0], impacts.lon_rad[0], lat, lon)
        east_north[i] = distance * math.sin(bearing), distance * math.cos(bearing)
    inverse = np.linalg.inv(impacts.cov_en_m2[0])
    inside = (np.einsum("ij,jk,ik->i", east_north, inverse, east_north) <= 5.991464547).mean()
    assert 0.93 < inside < 0.97
    off_s = time_s - (impacts.t_ns[0] - NOW_NS) * 1e-9
    assert 0.93 < (np.abs(off_s) <= 1.959964 * impacts.sigma_t_s[0]).mean() < 0.97


def test_the_ellipse_shrinks_as_the_impact_nears():
    areas = []
    for seconds in (300.0, 150.0, 50.0, 10.0):
        impacts = predict_impacts(tracks([before_impact(29.4, 48.0, seconds)], [BALLISTIC]), SETTINGS)
        areas.append(np.linalg.det(impacts.cov_en_m2[0]))
    assert all(a > b > 0.0 for a, b in pairwise(areas))


def test_the_model_error_adds_its_stated_share_of_the_way_to_go():
    picture = tracks([before_impact(29.4, 48.0, 240.0)], [BALLISTIC])
    without = predict_impacts(picture, ImpactSettings(model_error=0.0))
    with_it = predict_impacts(picture, ImpactSettings(model_error=0.01))
    lat, lon, _ = geodetic_from_ecef(*picture.mean_ecef[0, :3].tolist())
    to_go, _ = distance_bearing(lat, lon, 29.4 * DEG, 48.0 * DEG)
    added = with_it.cov_en_m2[0] - without.cov_en_m2[0]
    assert added == pytest.approx(
        np.diag([(0.01 * to_go) ** 2] * 2), rel=0.01, abs=1e-3 * (0.01 * to_go) ** 2
    )


def test_while_it_boosts_the_ellipse_is_wide_and_soon_no_prediction_at_all():
    climbing = before_impact(29.4, 48.0, 320.0)
    coasts = predict_impacts(tracks([climbing], [BALLISTIC]), SETTINGS)
    boosts = predict_impacts(tracks([climbing], [BALLISTIC], manoeuvre=0.9), SETTINGS)
    assert climbing[:3] @ climbing[3:] > 0.0
    assert boosts.kind[0] == ImpactKind.BALLISTIC
    assert np.trace(boosts.cov_en_m2[0]) > 100.0 * np.trace(coasts.cov_en_m2[0])
    assert boosts.sigma_t_s[0] > coasts.sigma_t_s[0]
    narrow = replace(SETTINGS, sigma_max_m=50e3)
    none = predict_impacts(tracks([climbing], [BALLISTIC], manoeuvre=0.9), narrow)
    assert none.kind[0] == ImpactKind.NONE
    assert none.t_ns[0] == 0
    assert not none.cov_en_m2.any()


def test_braking_in_the_air_is_not_taken_for_a_boost():
    falling = before_impact(29.4, 48.0, 15.0)
    calm = predict_impacts(tracks([falling], [BALLISTIC]), SETTINGS)
    braking = predict_impacts(tracks([falling], [BALLISTIC], manoeuvre=0.6), SETTINGS)
    assert np.array_equal(calm.cov_en_m2, braking.cov_en_m2)


def test_a_cruise_missile_is_predicted_on_its_course_within_the_horizon():
    picture = tracks([state(29.0, 48.0, 60.0, 65.0, 230.0)], [CRUISE])
    impacts = predict_impacts(picture, SETTINGS)
    assert impacts.kind[0] == ImpactKind.REACHABLE
    lat, lon = destination(29.0 * DEG, 48.0 * DEG, 65.0 * DEG, 230.0 * SETTINGS.horizon_s)
    assert (impacts.lat_rad[0], impacts.lon_rad[0]) == pytest.approx((lat, lon), abs=1e-5)
    assert impacts.t_ns[0] == NOW_NS + int(SETTINGS.horizon_s * 1e9)


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": Identity.CIVIL},
        {"identity": Identity.FRIEND},
        {"code": 7},
        {"status": TrackStatus.TENTATIVE},
        {"status": TrackStatus.LOST},
    ],
)
@pytest.mark.parametrize("object_class", [BALLISTIC, CRUISE])
def test_nothing_is_predicted_for_aircraft_that_identify_themselves_or_tracks_not_in_force(
    changed, object_class
):
    start = (
        before_impact(29.4, 48.0, 100.0)
        if object_class == BALLISTIC
        else state(29.0, 48.0, 60.0, 65.0, 230.0)
    )
    assert predict_impacts(tracks([start], [object_class], **changed), SETTINGS).kind[0] == ImpactKind.NONE


def test_an_airliner_without_a_code_is_not_predicted_to_fall():
    picture = tracks([state(29.0, 48.0, 11e3, 65.0, 240.0)], [CIVIL])
    assert predict_impacts(picture, SETTINGS).kind[0] == ImpactKind.NONE


def test_rows_do_not_depend_on_each_other():
    starts = [
        before_impact(29.4, 48.0, 100.0),
        state(29.0, 48.0, 11e3, 65.0, 240.0),
        state(29.0, 48.0, 60.0, 65.0, 230.0),
        before_impact(26.2, 50.6, 200.0),
    ]
    classes = [BALLISTIC, CIVIL, CRUISE, BALLISTIC]
    together = predict_impacts(tracks(starts, classes), SETTINGS)
    for i in range(4):
        alone = predict_impacts(tracks([starts[i]], [classes[i]]), SETTINGS)
        for name in ("kind", "pos_ecef_m", "lat_rad", "lon_rad", "cov_en_m2", "t_ns", "sigma_t_s"):
            assert np.array_equal(getattr(together, name)[i], getattr(alone, name)[0])


@pytest.mark.parametrize("room", [1, 3, 512])
def test_a_book_of_flights_changes_no_prediction(room):
    """Whether or not there is room in it, for pictures in part alike, at one instant and at the next."""
    starts = [before_impact(lat, 48.0, 150.0) for lat in (29.0, 29.1, 29.2, 29.3)]
    never = state(29.0, 48.0, 500e3, 65.0, 12_000.0)
    book = new_logbook(room)
    for now_ns in (NOW_NS, NOW_NS + 5_000_000_000, NOW_NS):
        for part in ([0, 1, 2], [1, 2, 3], [3, 0]):
            rows = [*(starts[k] for k in part), never]
            picture = replace(tracks(rows, [BALLISTIC] * len(rows)), now_ns=now_ns)
            with_book = predict_impacts(picture, SETTINGS, None, book)
            alone = predict_impacts(picture, SETTINGS)
            for name in ("kind", "pos_ecef_m", "lat_rad", "lon_rad", "cov_en_m2", "t_ns", "sigma_t_s"):
                assert np.array_equal(getattr(with_book, name), getattr(alone, name)), name


def test_a_track_that_two_pictures_hold_alike_is_flown_once():
    book, changed = new_logbook(), new_logbook()
    picture = tracks([before_impact(29.0, 48.0, 150.0), before_impact(29.2, 48.0, 150.0)], [BALLISTIC] * 2)
    surer = replace(picture, cov_ecef=0.5 * picture.cov_ecef)
    for _ in range(2):
        predict_impacts(picture, SETTINGS, None, book)
        predict_impacts(picture, SETTINGS, None, changed)
        predict_impacts(surer, SETTINGS, None, changed)
    assert (book.state != 0).sum() == 2
    assert (changed.state != 0).sum() == 4
    book.found[:, 3] = 0.5  # what it holds is what is answered
    assert (predict_impacts(picture, SETTINGS, None, book).lat_rad == 0.5).all()


def test_no_tracks_give_no_impacts():
    assert len(predict_impacts(tracks([], []), SETTINGS).kind) == 0


def test_coefficients_of_the_wrong_number_are_refused():
    with pytest.raises(ValueError, match="beta_kgpm2"):
        predict_impacts(tracks([], []), ImpactSettings(beta_kgpm2=(1.0,)))


def test_every_assumption_lies_in_its_interval_and_names_its_source():
    for name, value in IMPACT_VALUES.items():
        assert value.low <= getattr(SETTINGS, name) <= value.high, name
        assert value.source
