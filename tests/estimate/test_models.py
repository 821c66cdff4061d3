"""Motion models, sensors and the single-object filter as a user meets them."""

import math
from typing import Any, cast

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.estimate import (
    Boost,
    Coast,
    ConstantAcceleration,
    ConstantVelocity,
    CoordinatedTurn,
    Planet,
    Reentry,
    Sensor,
    Singer,
    Switching,
    begin,
    filter_track,
    predict,
    update,
)
from skypact.kernels.multitarget import layout as lay
from skypact.kernels.multitarget.measurement import place

RADAR = Sensor("range_bearing_elevation", sigma=(30.0, 1e-3, 1e-3))
START = np.array([30e3, 40e3, 5e3, -150.0, 80.0, 0.0])
WIDE = np.diag([1e3] * 3 + [100.0] * 3) ** 2


def refused(call, *words):
    with pytest.raises(UsageError) as fault:
        call()
    for word in words:
        assert word in str(fault.value)


# ------------------------------------------------------------------------------------------------------ motion


@pytest.mark.parametrize(
    ("model", "size", "sigma", "value"),
    [
        (ConstantVelocity(3), 6, None, 0.0),
        (ConstantAcceleration(2, acc_sigma_mps2=7.0), 6, lay.ACC_SIGMA, 7.0),
        (Singer(3, sigma_mps2=4.0), 9, lay.ACC_SIGMA, 4.0),
        (CoordinatedTurn(3, turn_sigma_radps=0.2), 7, lay.TURN_SIGMA, 0.2),
        (Coast(), 6, None, 0.0),
        (Boost(axial_sigma_mps2=20.0), 7, lay.AXIAL_SIGMA, 20.0),
        (Reentry(2, log_drag_sigma=2.0), 5, lay.DRAG_SIGMA, 2.0),
    ],
)
def test_a_model_packs_its_state_and_prior(model, size, sigma, value):
    packed = model.pack()
    assert packed.shape[lay.DIMS] == model.dimensions
    assert packed.shape[lay.SIZE] == size
    assert packed.code.tolist() == [model.code]
    if sigma is not None:
        assert packed.param[0, sigma] == value
    assert packed.start.tolist() == [1.0]


def test_switching_models_share_one_state_and_one_prior():
    models = (ConstantVelocity(2), CoordinatedTurn(2, turn_sigma_radps=0.3), Singer(2, sigma_mps2=6.0))
    packed = Switching(models, rates_per_s=0.1, start=[0.5, 0.25, 0.25]).pack()
    assert packed.shape.tolist() == [2, 7, 4, 6, -1, -1]
    assert packed.param[:, lay.TURN_SIGMA].tolist() == [0.3] * 3
    assert packed.param[:, lay.ACC_SIGMA].tolist() == [6.0] * 3
    assert packed.rates == pytest.approx(np.full((3, 3), 0.05) - 0.15 * np.eye(3))
    assert packed.chance[0, 0] < 0.0
    assert packed.start.tolist() == [0.5, 0.25, 0.25]


def test_rates_count_off_the_diagonal_and_chances_stay_as_given():
    two = (ConstantVelocity(2, 1.0), ConstantVelocity(2, 9.0))
    assert Switching(two, rates_per_s=[[9.0, 0.1], [0.2, 9.0]]).pack().rates.tolist() == [
        [-0.1, 0.1],
        [0.2, -0.2],
    ]
    assert Switching(two, chance=[[0.9, 0.1], [0.3, 0.7]]).pack().chance.tolist() == [[0.9, 0.1], [0.3, 0.7]]


def test_what_is_wrong_with_a_model_is_said_all_at_once():
    refused(lambda: ConstantVelocity(4, -1.0), "ConstantVelocity", "dimensions is 4", "noise_m2ps3 is -1.0")
    refused(lambda: Singer(2, time_s=0.0, sigma_mps2=math.nan), "time_s is 0.0", "sigma_mps2 is nan")
    refused(lambda: Reentry(scale_height_m=-1.0, drag_per_m=0.0), "scale_height_m", "drag_per_m")
    refused(lambda: Planet(gm_m3ps2=0.0, spin_radps=math.inf), "gm_m3ps2", "spin_radps")
    refused(lambda: CoordinatedTurn(2, turn_noise_rad2ps3=-1.0), "turn_noise_rad2ps3")


def test_what_is_wrong_with_switching_is_said_all_at_once():
    two = (ConstantVelocity(2), ConstantVelocity(3))
    refused(lambda: Switching(two), "dimensions [2, 3]", "exactly one of rates_per_s and chance")
    same = (ConstantVelocity(2), ConstantVelocity(2))
    refused(lambda: Switching(same[:1], rates_per_s=1.0), "models has 1")
    refused(lambda: Switching(same, rates_per_s=[[0, -1], [1, 0]], start=[1.0, 1.0]), "negative", "start")
    refused(lambda: Switching(same, rates_per_s=np.zeros((3, 3))), "(3, 3)")
    refused(lambda: Switching(same, chance=[[0.5, 0.4], [0.5, 0.5]]), "rows sum to 1")


# ------------------------------------------------------------------------------------------------------ sensors


def test_a_sensor_finds_its_own_dimensions():
    assert Sensor("position", sigma=(1.0, 2.0)).dimensions == 2
    assert Sensor("position", noise=np.eye(3)).dimensions == 3
    assert RADAR.dimensions == 3
    assert Sensor("range_bearing", sigma=(10.0, 1e-3)).dimensions == 2
    assert Sensor("range_bearing", sigma=(10.0, 1e-3), dimensions=3).size == 2
    assert Sensor("range_difference", sigma=5.0, second_m=(1e3, 0.0, 0.0)).dimensions == 3


def test_what_is_wrong_with_a_sensor_is_said_all_at_once():
    refused(lambda: Sensor(cast(Any, "sonar"), sigma=1.0), "sonar", "range_bearing")
    refused(
        lambda: Sensor("range_bearing", sigma=(1.0, -1.0), origin_m=(math.nan, 0.0), detection_chance=0.0),
        "sigma", "origin_m", "detection_chance is 0.0",
    )  # fmt: skip
    refused(lambda: Sensor("bearing"), "exactly one of sigma and noise")
    refused(lambda: Sensor("position", noise=[[1.0, 2.0], [2.0, 1.0]]), "noise is not symmetric and positive")
    refused(lambda: Sensor("position", noise=np.zeros((2, 2))), "positive definite")
    refused(lambda: Sensor("range_difference", sigma=1.0), "second_m")
    refused(lambda: Sensor("bearing_elevation", sigma=1e-3, dimensions=2), "2 dimensions")
    refused(lambda: Sensor("bearing", sigma=1e-3, rot_enu_from_frame=np.ones((2, 2))), "rot_enu_from_frame")
    refused(
        lambda: Sensor("bearing", sigma=1e-3, clutter_density=-1.0, new_range_m=0.0), "clutter", "new_range_m"
    )
    refused(lambda: Sensor("bearing", sigma=1e-3, bias=[0.1, 0.2], dimensions=5), "dimensions is 5")


def test_what_is_wrong_with_a_scan_is_said_all_at_once():
    refused(lambda: RADAR.scan(math.nan, [[1.0, 2.0]]), "t_s is not finite", "shape (1, 2)")
    refused(lambda: RADAR.scan(0.0, [[1.0, 0.0, 0.0], [math.nan, 0.0, 0.0]]), "1 rows", "row 1")
    refused(lambda: RADAR.scan([0.0, 1.0], [[1.0, 0.0, 0.0]]), "t_s is of shape (2,)")
    refused(lambda: RADAR.scan(0.0, [[1.0, 0.0, 0.0]], clutter=-1.0, noise=np.eye(2)), "clutter", "noise")


def test_a_state_too_short_or_not_finite_shows_nothing():
    rated = Sensor("range_bearing_elevation_rate", sigma=(30.0, 1e-3, 1e-3, 1.0))
    refused(lambda: rated.expect([1e3, 2e3, 3e3]), "shape (3,)", "at least 6")
    refused(lambda: RADAR.expect([1e3, 2e3]), "at least 3")
    refused(lambda: RADAR.expect([[1e3, 2e3, 3e3]]), "shape (1, 3)")
    refused(lambda: RADAR.expect([1e3, 2e3, math.nan]), "nan")
    assert rated.expect(START)[1].shape == (4, 6)
    assert RADAR.expect(START[:3])[1].shape == (3, 3)


def test_a_sensor_in_space_is_of_three_dimensions():
    assert Sensor("range_bearing", sigma=(10.0, 1e-3), origin_m=(1e3, 2e3, 30.0)).dimensions == 3
    assert Sensor("range_bearing", sigma=(10.0, 1e-3), origin_m=(1e3, 2e3)).dimensions == 2
    assert Sensor("position", sigma=10.0, origin_m=(1.0, 2.0, 3.0)).dimensions == 3
    assert Sensor("position", sigma=(10.0, 10.0), origin_m=(1.0, 2.0, 3.0)).dimensions == 2
    assert (
        Sensor("range_bearing", sigma=(10.0, 1e-3)).pack()[lay.ORIGIN : lay.ORIGIN + 3].tolist() == [0.0] * 3
    )


def test_axes_that_are_a_mirror_or_tilt_the_plane_are_refused():
    mirror = [[0.0, 1.0], [1.0, 0.0]]
    refused(lambda: Sensor("bearing", sigma=1e-3, rot_enu_from_frame=mirror), "rotation")
    refused(lambda: Sensor("bearing", sigma=1e-3, rot_enu_from_frame=-np.eye(3)), "rotation")
    tilted = [[1.0, 0.0, 0.0], [0.0, 0.8, 0.6], [0.0, -0.6, 0.8]]
    refused(lambda: Sensor("bearing", sigma=1e-3, dimensions=2, rot_enu_from_frame=tilted), "tilts")
    assert Sensor("bearing", sigma=1e-3, rot_enu_from_frame=tilted).dimensions == 3
    turned = [[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]]
    flat = Sensor("bearing", sigma=1e-3, dimensions=2, rot_enu_from_frame=turned)
    assert flat.expect([30.0, 40.0])[0][0] == pytest.approx(math.atan2(0.6 * 30.0 + 0.8 * 40.0, 0.0))


def test_a_bias_has_one_number_for_each_component():
    for bias in ([1.0], [1.0, 2.0, 3.0]):
        refused(lambda bias=bias: Sensor("position", sigma=(1.0, 1.0), bias=bias), "bias", "not 2 finite")


def test_an_empty_scan_is_a_scan():
    for nothing in (np.empty((0, 3)), np.empty(0)):
        scan = RADAR.scan(1.0, nothing)
        assert scan.z.shape == (0, 3)
        assert scan.place.shape == (0, 3)


@pytest.mark.parametrize(
    ("measures", "dimensions", "z"),
    [
        ("position", 2, [[3.0, -4.0]]),
        ("range_bearing", 2, [[500.0, 2.0], [-1.0, 0.3]]),
        ("range_bearing", 3, [[5e4, -2.5]]),
        ("range_bearing_elevation", 3, [[7e3, 1.0, 0.4], [7e3, -1.0, -0.2]]),
        ("range_bearing_elevation_rate", 3, [[7e3, 1.0, 0.4, 50.0]]),
        ("bearing", 2, [[0.7]]),
        ("bearing_elevation", 3, [[0.7, 0.1]]),
        ("range_difference", 2, [[100.0]]),
    ],
)
def test_detections_of_a_scan_lie_where_a_track_would_begin(measures, dimensions, z):
    m, d = len(z[0]), dimensions
    turn = np.array([[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    sensor = Sensor(
        measures,
        sigma=[1.0] * m,
        dimensions=d,
        origin_m=(100.0, -50.0, 20.0)[:d],
        rot_enu_from_frame=turn[:d, :d],
        bias=[0.01] * m,
        second_m=(0.0, 9.0) if measures == "range_difference" else None,
    )
    found = sensor.scan(0.0, z).place
    for row, where in zip(np.array(z), found, strict=True):
        pos, spread = np.zeros(3), np.zeros((3, 3))
        if place(sensor.kind, sensor.pack(), d, row, np.eye(m), pos, spread):
            assert where == pytest.approx(pos[:d], rel=1e-14, abs=1e-9)
        else:
            assert np.all(np.isnan(where))


def test_a_scan_says_where_its_detections_lie():
    turned = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    sensor = Sensor(
        "range_bearing_elevation", sigma=(30.0, 1e-3, 1e-3), origin_m=(1e3, 2e3, 30.0), rot_enu_from_frame=turned,
        bias=(50.0, 0.01, -0.01), clutter_density=2e-9,
    )  # fmt: skip
    value, rows = sensor.expect(START)
    scan = sensor.scan(3.0, value[None])
    assert scan.place[0] == pytest.approx(START[:3])
    assert rows.shape == (3, 6)
    assert scan.clutter.tolist() == [2e-9]
    assert scan.noise.shape == (1, 3, 3)
    assert value[0] == pytest.approx(np.linalg.norm(START[:3] - [1e3, 2e3, 30.0]) + 50.0)
    pair = Sensor("range_difference", sigma=5.0, second_m=(1e3, 0.0))
    assert np.isnan(pair.scan(0.0, [100.0]).place).all()


# ------------------------------------------------------------------------------------------------------ filters


def path(seed=0, steps=40, dt=2.0):
    """Instants, states of a straight flight, and what the radar shows of it."""
    rng = np.random.default_rng(seed)
    t_s = dt * np.arange(1, steps + 1)
    states = np.array([np.r_[START[:3] + t * START[3:], START[3:]] for t in t_s])
    z = np.array([RADAR.expect(x)[0] for x in states]) + rng.normal(size=(steps, 3)) * np.array(
        [30.0, 1e-3, 1e-3]
    )
    return t_s, states, z


@pytest.mark.parametrize("form", ["ekf", "ukf", "ckf"])
def test_a_radar_track_finds_speed_from_places(form):
    t_s, states, z = path()
    model = ConstantVelocity(3, 0.1)
    found = filter_track(model, begin(model, 0.0, START * [1, 1, 1, 0, 0, 0], WIDE), t_s, z, RADAR, form)
    error = found.mean[-1] - states[-1]
    assert np.linalg.norm(error[3:]) < 10.0
    assert error @ np.linalg.solve(found.cov[-1], error) < 22.0
    assert np.isfinite(found.loglik).all()


def test_the_whole_filter_is_its_steps():
    t_s, _, z = path(steps=12)
    z[5] = math.nan
    imm = Switching((ConstantVelocity(3, 0.1), CoordinatedTurn(3), Singer(3)), rates_per_s=0.05)
    now = start = begin(imm, 0.0, START, WIDE)
    found = filter_track(imm, start, t_s, z, RADAR, "ukf")
    for k, t in enumerate(t_s):
        now = predict(imm, now, t)
        if k != 5:
            now = update(imm, now, z[k], RADAR, "ukf")
            assert found.loglik[k] == now.loglik
            assert found.distance2[k] == now.distance2
        assert found.mean[k] == pytest.approx(now.mean)
        assert found.cov[k] == pytest.approx(now.cov)
        assert found.modes[k] == pytest.approx(now.modes)
    assert math.isnan(found.loglik[5])
    assert found.last.mean == pytest.approx(now.mean)


def test_what_a_motion_does_not_begin_with_has_its_prior():
    imm = Switching((ConstantVelocity(3), CoordinatedTurn(3, turn_sigma_radps=0.2)), rates_per_s=0.1)
    start = begin(imm, 5.0, START, WIDE)
    assert start.modes_mean.shape == (2, 7)
    assert start.cov[6, 6] == pytest.approx(0.04)
    full = begin(imm, 5.0, np.r_[START, 0.1], np.diag(np.r_[np.diag(WIDE), 1e-6]))
    assert full.mean[6] == pytest.approx(0.1)


def test_a_turning_target_is_told_from_a_straight_one():
    """A level turn of 3 degrees a second: the mode that turns takes over, and the rate is found."""
    rate = math.radians(3.0)
    t_s = np.arange(1.0, 61.0)
    angle = rate * np.maximum(t_s - 20.0, 0.0)
    vel = 100.0 * np.c_[np.cos(angle), np.sin(angle)]
    pos = np.cumsum(vel, axis=0)
    z = pos + np.random.default_rng(0).normal(0.0, 5.0, pos.shape)
    imm = Switching(
        (ConstantVelocity(2, 0.01), CoordinatedTurn(2, 0.01, turn_noise_rad2ps3=1e-6)),
        rates_per_s=0.05, start=[0.9, 0.1],
    )  # fmt: skip
    start = begin(imm, 0.0, [0.0, 0.0, 100.0, 0.0], np.diag([50.0, 50.0, 20.0, 20.0]) ** 2)
    found = filter_track(imm, start, t_s, z, Sensor("position", sigma=5.0, dimensions=2))
    assert found.modes[15, 0] > 0.6
    assert found.modes[45:, 1].min() > 0.7
    assert found.last.modes_mean[1, 4] == pytest.approx(rate, abs=0.01)


def test_an_update_that_cannot_be_made_changes_nothing():
    model = ConstantVelocity(2)
    start = begin(model, 0.0, [1e200, 0.0, 0.0, 0.0], np.eye(4) * 1e307)
    after = update(model, start, [0.0, 0.0], Sensor("position", sigma=1.0, dimensions=2))
    assert after.loglik == -math.inf
    assert np.array_equal(after.mean, start.mean)


def test_what_does_not_fit_a_filter_is_refused():
    model, flat = ConstantVelocity(3), ConstantVelocity(2)
    start = begin(model, 0.0, START, WIDE)
    refused(lambda: begin(model, 0.0, [1.0], WIDE), "mean is of shape (1,)")
    refused(lambda: begin(model, math.nan, START, -WIDE), "t_s is nan", "cov")
    refused(lambda: predict(model, start, math.inf), "t_s is inf")
    refused(lambda: predict(flat, start, 1.0), "(1, 6)", "(1, 4)")
    refused(
        lambda: update(model, start, [1.0, 2.0], Sensor("position", sigma=1.0, dimensions=2)), "2 dimensions"
    )
    refused(lambda: update(model, start, [1.0, 2.0, math.nan], RADAR), "not finite")
    refused(lambda: update(model, start, [1.0, 2.0, 3.0], RADAR, cast(Any, "particle")), "particle", "ekf")
