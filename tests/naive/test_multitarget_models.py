"""The general tracker's models and filter steps against plain ones: equations integrated, matrices dense."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag, expm

from skypact.kernels.multitarget import layout as lay
from skypact.kernels.multitarget.chain import (
    combine,
    mix,
    predict_track,
    predict_tracks,
    transition,
    workspace,
)
from skypact.kernels.multitarget.layout import Motion, Scan
from skypact.kernels.multitarget.measurement import components, measure, measured_size, place, residual
from skypact.kernels.multitarget.motion import predict_state
from skypact.kernels.multitarget.single import new_look, update_track
from skypact.kernels.multitarget.update import innovation, linearise, update_state
from tests.naive import models as naive

KINDS = range(8)
CENTRE = {lay.UNSCENTED: 1.0 / 3.0, lay.CUBATURE: 0.0}
EARTH_A, EARTH_J2, EARTH_GM = 6378137.0, 1.08262668355e-3, 3.986004418e14


def shape_of(d, *parts):
    shape, size = np.full(lay.N_SHAPE, -1, np.int64), 2 * d
    for part in (lay.ACC, lay.TURN, lay.DRAG, lay.AXIAL):
        if part in parts:
            shape[part] = size
            size += d if part == lay.ACC else 1
    shape[lay.DIMS], shape[lay.SIZE] = d, size
    return shape


def param_of(**changes):
    param = np.zeros(lay.N_PARAM)
    values = {
        "NOISE": 2.0, "MANOEUVRE_TIME": 15.0, "MANOEUVRE_SIGMA": 3.0, "TURN_NOISE": 1e-3, "DRAG_NOISE": 0.02,
        "AXIAL_NOISE": 4.0, "GM": EARTH_GM, "J2_TERM": EARTH_J2 * EARTH_A**2, "SPIN": 7.292115e-5,
        "SURFACE": EARTH_A, "FLATTENING": 1 / 298.257, "DRAG_LEVEL": 3e-4, "SCALE_HEIGHT": 7200.0,
        "ACC_SIGMA": 4.0, "TURN_SIGMA": 0.2, "DRAG_SIGMA": 1.5, "AXIAL_SIGMA": 30.0,
    } | changes  # fmt: skip
    for name, value in values.items():
        param[getattr(lay, name)] = value
    return param


def random_cov(rng, scale):
    root = rng.normal(size=(len(scale), len(scale)))
    return (root @ root.T + np.eye(len(scale))) * np.outer(scale, scale)


def state_of(rng, shape, high=False):
    """A state and its covariance; `high`: falling towards the Earth from 45 km."""
    d, n = shape[lay.DIMS], shape[lay.SIZE]
    mean, scale = rng.normal(size=n), np.ones(n)
    mean[:d] = rng.normal(size=d) * 3e4
    mean[d : 2 * d] = rng.normal(size=d) * 200.0
    if high:
        outward = rng.normal(size=d)
        outward[-1] *= 0.5
        mean[:d] = outward / np.linalg.norm(outward) * (EARTH_A + 4.5e4)
        mean[d : 2 * d] = rng.normal(size=d) * 300.0 - 1500.0 * outward / np.linalg.norm(outward)
    scale[:d], scale[d : 2 * d] = 100.0, 10.0
    for part, value, sigma in ((lay.TURN, 0.12, 0.03), (lay.DRAG, 0.3, 0.2), (lay.AXIAL, 40.0, 5.0)):
        if shape[part] >= 0:
            mean[shape[part]], scale[shape[part]] = value, sigma
    return mean, random_cov(rng, scale)


def predicted(code, param, shape, dt, mean, cov):
    x, p = mean.copy(), cov.copy()
    predict_state(code, param, shape, dt, x, p, workspace(1, shape[lay.SIZE]))
    return x, p


def unit(cov):
    """A covariance in units of its own standard deviations."""
    sigma = np.sqrt(np.diag(cov))
    return cov / np.outer(sigma, sigma)


def close(found, wanted, tolerance):
    """Whether covariances agree, relative to the standard deviations of `wanted`."""
    sigma = np.sqrt(np.maximum(np.diag(wanted), 1e-300))
    return np.abs((found - wanted) / np.outer(sigma, sigma)).max() < tolerance


PARTS = {1: (lay.ACC,), 2: (lay.ACC,), 3: (lay.TURN,), 4: (lay.AXIAL,), 6: (lay.DRAG,)}


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("code", range(7))
@pytest.mark.parametrize("dt", [0.7, -0.4, 2.5])
def test_every_model_follows_its_own_differential_equation(code, d, everything, dt):
    """Mean and covariance, forwards and backwards, alone or in a state with idle components."""
    parts = (lay.ACC, lay.TURN, lay.DRAG, lay.AXIAL) if everything else PARTS.get(code, ())
    shape, param = shape_of(d, *parts), param_of()
    mean, cov = state_of(np.random.default_rng(10 * code + d), shape, high=code >= lay.BOOST)
    x, p = predicted(code, param, shape, dt, mean, cov)
    x_naive, p_naive = naive.flow(code, param, shape, dt, mean, cov, steps=24)
    scale = np.sqrt(np.diag(p_naive))
    assert np.abs((x - x_naive) / scale).max() < 1e-4
    assert close(
        p,
        p_naive,
        1e-2 if code in (lay.BOOST, lay.REENTRY) else 1e-3 if code == lay.COORDINATED_TURN else 1e-6,
    )
    assert np.array_equal(p, p.T)


@pytest.mark.parametrize("code", range(7))
@pytest.mark.parametrize("dt", [0.5, -0.5])
def test_noise_alone_is_that_of_the_equation(code, dt):
    """From a state that is known exactly; of a turn and of flight to first order in the step."""
    shape, param = shape_of(3, *PARTS.get(code, ())), param_of()
    mean, cov = state_of(np.random.default_rng(code), shape, high=code >= lay.BOOST)
    _, p = predicted(code, param, shape, dt, mean, 0.0 * cov)
    _, p_naive = naive.flow(code, param, shape, dt, mean, 0.0 * cov, steps=24)
    assert close(p, p_naive, 0.02 if code >= lay.BOOST else 1e-5)


@pytest.mark.parametrize("code", [lay.CONSTANT_VELOCITY, lay.CONSTANT_ACCELERATION, lay.SINGER])
@given(dt=st.floats(-60.0, 60.0).filter(lambda t: abs(t) > 1e-2), steps=st.floats(1e-4, 2.0))
@settings(max_examples=40)
def test_linear_models_are_matrix_exponentials(code, dt, steps):
    """Transition by exp(A dt), noise by Van Loan's matrix (IEEE Trans. AC 23(3), 1978)."""
    time_s = abs(dt) / steps
    shape, param = shape_of(2, *PARTS.get(code, ())), param_of(MANOEUVRE_TIME=time_s)
    n = shape[lay.SIZE]
    a = np.array([naive.drift(code, param, shape, e) for e in np.eye(n)]).T
    noise = naive.diffusion(code, param, shape)
    # time in units of the step, so that the exponential is well scaled
    units = np.repeat([1.0, 1.0 / abs(dt), 1.0 / dt**2], 2)[:n]
    a_unit = a * (abs(dt) if code == lay.SINGER else dt) * np.outer(1.0 / units, units)
    block = expm(
        np.block([[-a_unit, noise * abs(dt) / np.outer(units, units)], [np.zeros((n, n)), a_unit.T]])
    )
    f = block[n:, n:].T
    q = f @ block[:n, n:]
    mean, cov = np.arange(1.0, n + 1.0), np.diag(np.arange(1.0, n + 1.0))
    turned = naive.turn_back(shape) if code == lay.SINGER and dt < 0.0 else np.eye(n)
    x, p = predicted(code, param, shape, dt, turned @ mean, cov)
    x, p = turned @ x, turned @ p @ turned
    assert x == pytest.approx(units * (f @ (mean / units)), rel=1e-6)
    p_unit = f @ (cov / np.outer(units, units)) @ f.T + q
    assert close(p / np.outer(units, units), p_unit, 1e-7)


@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.49, 0.51, 2.0, -3.0])
def test_a_turn_is_a_rotation_whatever_its_rate(x):
    shape, param = shape_of(2, lay.TURN), param_of(NOISE=0.0, TURN_NOISE=0.0)
    mean = np.array([5.0, 6.0, 30.0, -40.0, x])
    after, _ = predicted(lay.COORDINATED_TURN, param, shape, 1.0, mean, np.eye(5))
    steps = np.linspace(0.0, x, 20001)
    turned = np.array([np.cos(steps) * 30 + np.sin(steps) * 40, np.sin(steps) * 30 - np.cos(steps) * 40])
    assert after[2:4] == pytest.approx(turned[:, -1], rel=1e-12)
    assert after[:2] == pytest.approx(mean[:2] + np.trapezoid(turned, dx=1.0 / 20000.0), rel=1e-7)


@pytest.mark.parametrize(
    ("code", "time_s"), [(0, 15.0), (1, 15.0), (2, 15.0), (2, 0.3), (3, 15.0), (5, 15.0)]
)
def test_two_steps_are_one(code, time_s):
    """Of a turn, whose covariance is linearised, in the mean; of Singer's model also over ten time constants."""
    shape, param = shape_of(3, *PARTS.get(code, ())), param_of(MANOEUVRE_TIME=time_s)
    mean, cov = state_of(np.random.default_rng(5), shape, high=code >= lay.BOOST)
    once = predicted(code, param, shape, 3.0, mean, cov)
    twice = predicted(code, param, shape, 1.9, *predicted(code, param, shape, 1.1, mean, cov))
    assert twice[0] == pytest.approx(once[0], rel=1e-9)
    assert close(twice[1], once[1], 1e-2 if code == lay.COORDINATED_TURN else 1e-6)


def test_singers_acceleration_forgets_itself_backwards_as_forwards():
    """After many time constants it is its prior, whatever it was; and two steps back are one."""
    shape, param = shape_of(3, lay.ACC), param_of(MANOEUVRE_TIME=5.0)
    mean, cov = state_of(np.random.default_rng(5), shape)
    for dt in (-300.0, 300.0):
        x, p = predicted(lay.SINGER, param, shape, dt, mean, cov)
        assert np.abs(x[6:]).max() < 1e-12
        assert p[6:, 6:] == pytest.approx(3.0**2 * np.eye(3), abs=1e-9)
        assert np.abs(x[:3]).max() < 1e6
    once = predicted(lay.SINGER, param, shape, -3.0, mean, cov)
    twice = predicted(lay.SINGER, param, shape, -1.9, *predicted(lay.SINGER, param, shape, -1.1, mean, cov))
    assert twice[0] == pytest.approx(once[0], rel=1e-9)
    assert close(twice[1], once[1], 1e-9)


@pytest.mark.parametrize("turns", [1.0, -1.0])
def test_an_orbit_of_six_hours_is_keplers_ellipse(turns):
    """Without spin and flattening, against Kepler's equation; to 20 m and 0.02 m/s at 7 km/s."""
    shape, param = shape_of(3), param_of(J2_TERM=0.0, SPIN=0.0, NOISE=0.0)
    semi_m, e, dt = 7.8e6, 0.1, turns * 6.0 * 3600.0
    rate = math.sqrt(EARTH_GM / semi_m**3)

    def at(t_s):
        anomaly = rate * t_s
        for _ in range(60):
            anomaly -= (anomaly - e * math.sin(anomaly) - rate * t_s) / (1.0 - e * math.cos(anomaly))
        across = math.sqrt(1.0 - e * e)
        pos = semi_m * np.array([math.cos(anomaly) - e, across * math.sin(anomaly), 0.0])
        swift = semi_m * rate / (1.0 - e * math.cos(anomaly))
        vel = swift * np.array([-math.sin(anomaly), across * math.cos(anomaly), 0.0])
        lean = np.array([[1.0, 0.0, 0.0], [0.0, 0.6, -0.8], [0.0, 0.8, 0.6]])
        return lean @ pos, lean @ vel

    x, p = predicted(lay.COAST, param, shape, dt, np.concatenate(at(100.0)), np.diag([1.0] * 3 + [1e-6] * 3))
    pos, vel = at(100.0 + dt)
    assert np.linalg.norm(x[:3] - pos) < 20.0
    assert np.linalg.norm(x[3:] - vel) < 0.02
    assert np.linalg.eigvalsh(unit(p)).min() > 0.0


def test_a_prediction_over_years_comes_to_an_end():
    shape, param = shape_of(3), param_of()
    mean = np.array([7e6, 0.0, 0.0, 0.0, 7500.0, 0.0])
    x, _ = predicted(lay.COAST, param, shape, 1e9, mean, np.eye(6))
    assert np.all(np.isfinite(x))


def test_no_time_changes_nothing_but_idle_components():
    shape, param = shape_of(3, lay.ACC, lay.TURN), param_of()
    mean, cov = state_of(np.random.default_rng(6), shape)
    x, p = predicted(lay.CONSTANT_VELOCITY, param, shape, 0.0, mean, cov)
    assert np.array_equal(x[:6], mean[:6])
    assert np.array_equal(p[:6, :6], cov[:6, :6])
    assert np.array_equal(x[6:], np.zeros(4))
    assert np.array_equal(p[6:, 6:], np.diag([16.0, 16.0, 16.0, 0.2**2]))
    assert not p[:6, 6:].any()


def test_drag_without_measure_stays_finite():
    """Log drag of an absurd size stops the object; backwards it is held at what the step can tell."""
    shape, param = shape_of(3, lay.DRAG), param_of()
    mean = np.array([EARTH_A + 1e4, 0.0, 0.0, -2000.0, 10.0, 0.0, 200.0])
    for dt in (1.0, -1.0, 30.0, -30.0):
        x, p = predicted(lay.REENTRY, param, shape, dt, mean, np.eye(7))
        assert np.all(np.isfinite(x))
        assert np.all(np.isfinite(p))


# ---------------------------------------------------------------------------------------------- measurements


def sensor_of(rng, d, bias=True):
    sensor = np.zeros(lay.N_SENSOR)
    q, _ = np.linalg.qr(rng.normal(size=(d, d)))
    rot = block_diag(q, np.eye(3 - d)) if d == 2 else q
    sensor[lay.ORIGIN : lay.ORIGIN + d] = rng.normal(size=d) * 1e3
    sensor[lay.ROTATION : lay.ROTATION + 9] = rot.ravel()
    sensor[lay.VELOCITY : lay.VELOCITY + d] = rng.normal(size=d) * 50.0
    sensor[lay.SECOND : lay.SECOND + d] = rng.normal(size=d) * 2e4
    sensor[lay.NEW_RANGE], sensor[lay.NEW_RANGE_SIGMA] = 3e4, 5e3
    sensor[lay.NEW_ELEVATION], sensor[lay.NEW_ELEVATION_SIGMA] = 0.1, 0.05
    if bias:
        sensor[lay.BIAS : lay.BIAS + 4] = rng.normal(size=4) * 0.01
    return sensor


def scenes():
    return [(kind, d) for kind in KINDS for d in (2, 3) if components(kind, d) > 0]


def test_every_kind_has_its_components():
    sizes = [[components(kind, d) for kind in KINDS] for d in (2, 3)]
    assert sizes == [[2, 2, 0, 3, 0, 1, 0, 1], [3, 2, 3, 3, 4, 1, 2, 1]]


@pytest.mark.parametrize(("kind", "d"), scenes())
def test_a_measurement_is_as_defined_and_its_rows_are_its_derivatives(kind, d):
    rng = np.random.default_rng(100 * kind + d)
    sensor, shape = sensor_of(rng, d), shape_of(d, lay.ACC)
    m, n = components(kind, d), shape[lay.SIZE]
    for _ in range(5):
        state, _ = state_of(rng, shape)
        value, rows = np.zeros(4), np.full((4, n), 7.0)
        measure(kind, sensor, shape, state, value, rows)
        assert value[:m] == pytest.approx(naive.shown(kind, sensor, d, state), rel=1e-12)
        numerical = naive.derivative(
            lambda y, value=value: naive.difference(kind, naive.shown(kind, sensor, d, y), value[:m]),
            state, np.r_[np.full(d, 1.0), np.full(n - d, 0.1)],
        )  # fmt: skip
        assert rows[:m] == pytest.approx(numerical, rel=1e-5, abs=1e-8)
        assert not rows[:m, measured_size(kind, d) :].any()


@pytest.mark.parametrize(("kind", "d"), scenes())
def test_a_residual_takes_the_shorter_way_and_has_no_bias(kind, d):
    rng = np.random.default_rng(7)
    sensor, shape = sensor_of(rng, d), shape_of(d)
    state, _ = state_of(rng, shape)
    m = components(kind, d)
    value, rows, out = np.zeros(4), np.zeros((4, 2 * d)), np.zeros(4)
    measure(kind, sensor, shape, state, value, rows)
    gap = rng.normal(size=m) * 0.2
    z = naive.shown(kind, sensor, d, state) + gap
    z[naive.ANGLES[kind]] += 2.0 * math.pi * rng.integers(-3, 4)
    residual(kind, m, z, value, out)
    assert out[:m] == pytest.approx(gap, abs=1e-9)


@pytest.mark.parametrize(("kind", "d"), scenes())
def test_a_place_is_where_the_measurement_came_from_as_widely_as_its_noise(kind, d):
    rng = np.random.default_rng(8)
    sensor, shape = sensor_of(rng, d), shape_of(d)
    state, _ = state_of(rng, shape)
    m = components(kind, d)
    z = naive.shown(kind, sensor, d, state)
    scale = {lay.POSITION: np.full(3, 10.0)}.get(kind, np.array([10.0, 1e-3, 1e-3, 1.0]))[:m]
    if kind in (lay.BEARING, lay.BEARING_ELEVATION):
        scale = np.array([1e-3, 1e-3])[:m]
    noise = random_cov(rng, scale)
    pos, spread = np.zeros(3), np.zeros((3, 3))
    placed = place(kind, sensor, d, z, noise, pos, spread)
    assert placed == (kind != lay.RANGE_DIFFERENCE)
    if not placed:
        return
    full = pos[:d]
    ranged = kind == lay.POSITION or lay.RANGE_BEARING <= kind <= lay.RANGE_BEARING_ELEVATION_RATE
    raised = d == 2 or kind in (
        lay.POSITION, lay.RANGE_BEARING_ELEVATION, lay.RANGE_BEARING_ELEVATION_RATE, lay.BEARING_ELEVATION,
    )  # fmt: skip
    if ranged and raised:
        assert full == pytest.approx(state[:d], rel=1e-9)
    again = naive.shown(kind, sensor, d, np.r_[full, np.zeros(d)])
    steady = min(
        m, 3 if kind == lay.RANGE_BEARING_ELEVATION_RATE else 2 if kind == lay.RANGE_BEARING_RATE else m
    )
    assert naive.difference(kind, again, z)[:steady] == pytest.approx(np.zeros(steady), abs=1e-6)
    # by measuring again: H spread H' is the noise of what was measured
    rows = naive.derivative(
        lambda y: naive.difference(kind, naive.shown(kind, sensor, d, y), again),
        np.r_[full, np.zeros(d)], np.full(2 * d, 0.1),
    )[:steady, :d]  # fmt: skip
    seen = rows @ spread[:d, :d] @ rows.T
    assert close(seen, noise[:steady, :steady], 0.15)
    assert np.linalg.eigvalsh(unit(spread[:d, :d])).min() > 0.0


def test_a_wide_place_is_as_wide_as_a_sample():
    """A bearing whose range is hardly known spreads with the mean square range."""
    sensor = np.zeros(lay.N_SENSOR)
    sensor[lay.ROTATION : lay.ROTATION + 9] = np.eye(3).ravel()
    sensor[lay.NEW_RANGE], sensor[lay.NEW_RANGE_SIGMA] = 3e4, 1.5e4
    pos, spread = np.zeros(3), np.zeros((3, 3))
    assert place(lay.BEARING, sensor, 2, np.array([0.3]), np.array([[0.02**2]]), pos, spread)
    rng = np.random.default_rng(9)
    r, b = rng.normal(3e4, 1.5e4, 400_000), rng.normal(0.3, 0.02, 400_000)
    sample = np.cov(r * np.sin(b), r * np.cos(b))
    assert close(spread[:2, :2], sample, 0.02)


def test_a_range_that_is_not_positive_has_no_place():
    sensor = sensor_of(np.random.default_rng(1), 3)
    pos, spread = np.zeros(3), np.zeros((3, 3))
    z, noise = np.array([-5.0, 0.1, 0.1]), np.eye(3)
    assert not place(lay.RANGE_BEARING_ELEVATION, sensor, 3, z, noise, pos, spread)
    z[0] = math.nan
    assert not place(lay.RANGE_BEARING_ELEVATION, sensor, 3, z, noise, pos, spread)


# ---------------------------------------------------------------------------------------------- the filter's steps


def linearised(form, kind, sensor, shape, mean, cov):
    n = shape[lay.SIZE]
    value, rows, extra = np.zeros(4), np.zeros((4, n)), np.zeros((4, 4))
    linearise(form, kind, sensor, shape, mean, cov, value, rows, extra, workspace(1, n))
    return value, rows, extra


@pytest.mark.parametrize("form", CENTRE)
@pytest.mark.parametrize(("kind", "d"), scenes())
def test_sigma_points_give_the_statistical_regression(form, kind, d):
    rng = np.random.default_rng(kind)
    sensor, shape = sensor_of(rng, d), shape_of(d, lay.TURN)
    mean, cov = state_of(rng, shape)
    cov[:d] *= 20.0
    cov[:, :d] *= 20.0
    m = components(kind, d)
    value, rows, extra = linearised(form, kind, sensor, shape, mean, cov)
    wanted = naive.regression(CENTRE[form], kind, sensor, d, measured_size(kind, d), mean, cov)
    assert value[:m] == pytest.approx(wanted[0], rel=1e-9, abs=1e-9)
    assert rows[:m] == pytest.approx(wanted[1], rel=1e-6, abs=1e-9)
    s = wanted[1] @ cov @ wanted[1].T + wanted[2]
    assert np.abs((extra[:m, :m] - wanted[2]) / np.sqrt(np.outer(np.diag(s), np.diag(s)))).max() < 1e-9


def test_sigma_points_meet_the_moments_that_a_sample_has_and_the_extended_form_misses():
    """Near a radar, where range curves: mean and variance of range by a million draws."""
    sensor, shape = np.zeros(lay.N_SENSOR), shape_of(2)
    sensor[lay.ROTATION : lay.ROTATION + 9] = np.eye(3).ravel()
    mean, cov = np.array([300.0, 400.0, 0.0, 0.0]), np.diag([120.0**2, 90.0**2, 1.0, 1.0])
    draws = np.random.default_rng(0).multivariate_normal(mean, cov, 1_000_000)
    r = np.hypot(draws[:, 0], draws[:, 1])
    errors = {}
    for form in (lay.EXTENDED, lay.UNSCENTED, lay.CUBATURE):
        value, rows, extra = linearised(form, lay.RANGE_BEARING, sensor, shape, mean, cov)
        errors[form] = abs(value[0] - r.mean()), abs((rows @ cov @ rows.T + extra)[0, 0] / r.var() - 1.0)
    assert errors[lay.EXTENDED][0] > 9.0
    for form in (lay.UNSCENTED, lay.CUBATURE):
        assert errors[form][0] < 0.6
        assert errors[form][1] < 0.04


@pytest.mark.parametrize(("kind", "d"), scenes())
@pytest.mark.parametrize("form", [lay.EXTENDED, lay.UNSCENTED])
def test_an_update_is_the_textbooks(form, kind, d):
    rng = np.random.default_rng(20 + kind)
    sensor, shape = sensor_of(rng, d), shape_of(d, lay.ACC)
    mean, cov = state_of(rng, shape)
    m, n = components(kind, d), shape[lay.SIZE]
    noise = random_cov(rng, np.array([30.0, 1e-3, 1e-3, 2.0])[:m])
    _, rows, extra = linearised(form, kind, sensor, shape, mean, cov)
    cross, inverse = np.zeros((n, 4)), np.zeros((4, 4))
    logdet = innovation(m, rows, cov, noise, extra, cross, inverse)
    h, r = rows[:m], noise + extra[:m, :m]
    s = h @ cov @ h.T + r
    assert logdet == pytest.approx(np.linalg.slogdet(s)[1], rel=1e-9)
    assert inverse[:m, :m] @ s == pytest.approx(np.eye(m), abs=1e-6)
    assert cross[:, :m] == pytest.approx(cov @ h.T, rel=1e-9, abs=1e-9)
    left = np.zeros(4)
    left[:m] = rng.normal(size=m) * np.sqrt(np.diag(s))
    x, p = mean.copy(), cov.copy()
    update_state(m, left, rows, noise, extra, cross, inverse, x, p, workspace(1, n))
    gain = np.linalg.solve(s, h @ cov).T
    keep = np.eye(n) - gain @ h
    assert x == pytest.approx(mean + gain @ left[:m], rel=1e-8, abs=1e-8)
    assert close(p, keep @ cov @ keep.T + gain @ r @ gain.T, 1e-8)
    assert np.array_equal(p, p.T)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_an_innovation_that_is_not_definite_is_infinite(m, bad):
    rows, cov, extra = np.zeros((4, 6)), np.eye(6), np.zeros((4, 4))
    rows[:m, :m] = np.eye(m)
    cov[m - 1, m - 1] = bad
    with np.errstate(all="ignore"):
        found = innovation(m, rows, cov, np.zeros((m, m)), extra, np.zeros((6, 4)), np.zeros((4, 4)))
    assert found == math.inf


def test_an_innovation_that_repeats_itself_is_infinite():
    rows, extra = np.zeros((4, 6)), np.zeros((4, 4))
    rows[:2, 0] = 1.0
    found = innovation(2, rows, np.eye(6), np.zeros((2, 2)), extra, np.zeros((6, 4)), np.zeros((4, 4)))
    assert found == math.inf


# ---------------------------------------------------------------------------------------------- several models


def motion_of(rates, noises=(1.0, 50.0, 4.0), chance=None, codes=None, shape=None):
    m = len(rates)
    param = np.array([param_of(NOISE=q) for q in noises[:m]])
    fixed = np.full((m, m), -1.0) if chance is None else np.array(chance)
    codes = np.zeros(m, np.int64) if codes is None else np.array(codes)
    return Motion(
        shape_of(2) if shape is None else shape, codes, param, np.array(rates), fixed, np.full(m, 1 / m)
    )


def generator(rng, m, scale):
    rates = rng.exponential(scale, (m, m))
    np.fill_diagonal(rates, 0.0)
    return rates - np.diag(rates.sum(axis=1))


@given(seed=st.integers(0, 1000), m=st.integers(1, 7), dt=st.floats(-1e4, 1e4), scale=st.floats(1e-6, 10.0))
def test_chances_of_change_are_the_generators_exponential(seed, m, dt, scale):
    rates = generator(np.random.default_rng(seed), m, scale)
    work = workspace(m, 4)
    transition(motion_of(rates, noises=np.ones(m)), dt, work, work[3:], 5)
    found = work[3:, :m, 5]
    assert found == pytest.approx(expm(rates * abs(dt)), abs=1e-9)
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert found.min() >= 0.0


def modes_of(rng, m, n=4):
    return (
        rng.normal(size=(m, n)) * 100,
        np.stack([random_cov(rng, np.ones(n)) for _ in range(m)]),
        rng.dirichlet(np.ones(m)),
    )


@pytest.mark.parametrize("fixed", [False, True])
def test_mixing_is_the_textbooks(fixed):
    rng = np.random.default_rng(3)
    rates, chance = generator(rng, 3, 0.1), rng.dirichlet(np.ones(3), size=3)
    motion = motion_of(rates, chance=chance if fixed else None)
    mean, cov, mode = modes_of(rng, 3)
    p = chance if fixed else expm(rates * 2.0)
    after = mode @ p
    weight = mode[:, None] * p / after
    mean_naive = weight.T @ mean
    cov_naive = [
        sum(
            weight[i, j] * (cov[i] + np.outer(mean[i] - mean_naive[j], mean[i] - mean_naive[j]))
            for i in range(3)
        )
        for j in range(3)
    ]
    mix(motion, 2.0, mean, cov, mode, workspace(3, 4))
    assert mode == pytest.approx(after)
    assert mean == pytest.approx(mean_naive)
    assert cov == pytest.approx(np.array(cov_naive))


def test_mixing_keeps_the_mixture():
    rng = np.random.default_rng(4)
    mean, cov, mode = modes_of(rng, 3)
    before, after = (np.zeros(4), np.zeros((4, 4))), (np.zeros(4), np.zeros((4, 4)))
    combine(mean, cov, mode, *before)
    mix(motion_of(generator(rng, 3, 0.3)), 1.0, mean, cov, mode, workspace(3, 4))
    combine(mean, cov, mode, *after)
    assert after[0] == pytest.approx(before[0])
    assert after[1] == pytest.approx(before[1])


def test_a_mode_that_nothing_leads_to_has_no_chance():
    rng = np.random.default_rng(5)
    mean, cov, mode = modes_of(rng, 2)
    kept = mean[1].copy()
    mix(motion_of(np.zeros((2, 2)), chance=[[1.0, 0.0], [1.0, 0.0]]), 1.0, mean, cov, mode, workspace(2, 4))
    assert mode == pytest.approx([1.0, 0.0])
    assert np.array_equal(mean[1], kept)
    assert np.all(np.isfinite(cov))


def test_a_workspace_remembers_chances_only_of_the_same_step():
    rng = np.random.default_rng(6)
    motion, work = motion_of(generator(rng, 3, 0.2)), workspace(3, 4)
    start = modes_of(rng, 3)
    for dt in (1.0, 1.0, 3.0, -1.0, 1.0):
        used, fresh = [a.copy() for a in start], [a.copy() for a in start]
        predict_track(motion, dt, used[0], used[1], used[2], work)
        predict_track(motion, dt, fresh[0], fresh[1], fresh[2], workspace(3, 4))
        assert all(np.array_equal(a, b) for a, b in zip(used, fresh, strict=True))


def test_a_track_is_each_of_its_modes_after_mixing():
    rng = np.random.default_rng(7)
    shape = shape_of(2, lay.ACC, lay.TURN)
    motion = motion_of(generator(rng, 3, 0.2), codes=[0, 1, 3], shape=shape)
    mean, cov, mode = modes_of(rng, 3, 7)
    mixed = [a.copy() for a in (mean, cov, mode)]
    mix(motion, 1.5, mixed[0], mixed[1], mixed[2], workspace(3, 7))
    predict_track(motion, 1.5, mean, cov, mode, workspace(3, 7))
    for j in range(3):
        x, p = predicted(motion.code[j], motion.param[j], shape, 1.5, mixed[0][j], mixed[1][j])
        assert mean[j] == pytest.approx(x)
        assert cov[j] == pytest.approx(p)


@pytest.mark.parametrize("form", [lay.EXTENDED, lay.UNSCENTED])
def test_modes_are_weighed_by_their_likelihoods(form):
    """Each mode's textbook update; the mixture's log likelihood, and the nearest mode's distance."""
    rng = np.random.default_rng(9)
    sensor, kind, noise = sensor_of(rng, 2), lay.RANGE_BEARING, np.diag([30.0, 2e-3]) ** 2
    mean, cov, mode = modes_of(rng, 3)
    mean[:, :2] += 2e4
    z = naive.shown(kind, sensor, 2, mean[1]) + np.array([25.0, 1e-3])
    logs, distances, wanted = [], [], []
    for j in range(3):
        value, rows, extra = linearised(form, kind, sensor, shape_of(2), mean[j], cov[j])
        h, left = rows[:2], naive.difference(kind, z, value[:2])
        s = h @ cov[j] @ h.T + noise + extra[:2, :2]
        gain = np.linalg.solve(s, h @ cov[j]).T
        distances.append(left @ np.linalg.solve(s, left))
        logs.append(-0.5 * (distances[-1] + np.linalg.slogdet(2.0 * math.pi * s)[1]))
        wanted.append(mean[j] + gain @ left)
    weight = mode * np.exp(logs)
    one = Scan(kind, sensor, np.zeros(1), z[None], noise[None], np.zeros((1, 2)), np.zeros(1))
    loglik, nearest = update_track(form, shape_of(2), one, 0, mean, cov, mode, new_look(3, 4))
    assert loglik == pytest.approx(math.log(weight.sum()))
    assert nearest == pytest.approx(min(distances))
    assert mode == pytest.approx(weight / weight.sum())
    assert mean == pytest.approx(np.array(wanted))


@pytest.mark.parametrize("codes", [[0], [3], [4], [0, 1, 3]])
def test_all_tracks_are_predicted_as_one_by_one(codes):
    rng = np.random.default_rng(8)
    m = len(codes)
    shape = shape_of(3, lay.ACC, lay.TURN, lay.AXIAL)
    n = shape[lay.SIZE]
    motion = motion_of(generator(rng, m, 0.2), codes=codes, shape=shape)
    tracks = [np.stack(part) for part in zip(*(modes_of(rng, m, n) for _ in range(4)), strict=True)]
    tracks[0][:, :, 0] += EARTH_A
    tracks[2] /= tracks[2].sum(axis=1, keepdims=True)
    t_s = np.array([1.0, 4.0, 2.5, 6.0])
    single = [a.copy() for a in tracks]
    for i in (0, 2, 3):
        predict_track(motion, 4.0 - t_s[i], single[0][i], single[1][i], single[2][i], workspace(m, n))
    predict_tracks(motion, t_s, np.full(t_s.size, 4.0), tracks[0], tracks[1], tracks[2], workspace(m, n))
    assert all(np.array_equal(a, b) for a, b in zip(single, tracks, strict=True))
    assert np.array_equal(t_s, np.full(4, 4.0))


# ---------------------------------------------------------------------------------------------- properties


@given(
    seed=st.integers(0, 10_000),
    wide=st.floats(-3.0, 9.0),
    fine=st.floats(-9.0, 3.0),
    form=st.sampled_from([lay.EXTENDED, lay.UNSCENTED, lay.CUBATURE]),
    scene=st.sampled_from(scenes()),
)
@settings(max_examples=300)
def test_covariances_stay_definite_with_extreme_numbers(seed, wide, fine, form, scene):
    """Thirty steps with standard deviations from a nanometre to a million kilometres."""
    kind, d = scene
    rng = np.random.default_rng(seed)
    sensor, shape = sensor_of(rng, d), shape_of(d)
    mean, _ = state_of(rng, shape)
    m = components(kind, d)
    cov = random_cov(rng, np.r_[np.full(d, 10.0**wide), np.full(d, 10.0 ** (wide / 2))])
    noise = random_cov(rng, np.array([10.0**fine, 10.0 ** (fine - 3), 10.0 ** (fine - 3), 10.0**fine])[:m])
    param, work = param_of(NOISE=10.0 ** (fine - 1)), workspace(1, 2 * d)
    cross, inverse = np.zeros((2 * d, 4)), np.zeros((4, 4))
    for _ in range(30):
        predict_state(lay.CONSTANT_VELOCITY, param, shape, 0.5, mean, cov, work)
        _, rows, extra = linearised(form, kind, sensor, shape, mean, cov)
        if innovation(m, rows, cov, noise, extra, cross, inverse) == math.inf:
            continue
        left = np.zeros(4)
        update_state(m, left, rows, noise, extra, cross, inverse, mean, cov, work)
        assert np.diag(cov).min() > 0.0
        assert np.linalg.eigvalsh(unit(cov)).min() > -1e-13
        assert np.linalg.eigvalsh(extra[:m, :m]).min() >= -1e-12 * np.trace(extra[:m, :m])


@given(seed=st.integers(0, 1000), form=st.sampled_from([lay.EXTENDED, lay.UNSCENTED, lay.CUBATURE]))
@settings(max_examples=40)
def test_turning_and_moving_the_world_moves_the_estimate_with_it(seed, form):
    """A radar and its target together, with the radar's axes turned too. Sigma points lie along the columns of a
    Cholesky factor, which do not turn with the world: for them it is only moved."""
    rng = np.random.default_rng(seed)
    shape = shape_of(3)
    sensor = sensor_of(rng, 3)
    mean, cov = state_of(rng, shape)
    q, _ = np.linalg.qr(rng.normal(size=(3, 3))) if form == lay.EXTENDED else (np.eye(3), None)
    both, shift = block_diag(q, q), np.r_[rng.normal(size=3) * 1e4, np.zeros(3)]
    moved = sensor.copy()
    moved[lay.ORIGIN : lay.ORIGIN + 3] = q @ sensor[lay.ORIGIN : lay.ORIGIN + 3] + shift[:3]
    moved[lay.VELOCITY : lay.VELOCITY + 3] = q @ sensor[lay.VELOCITY : lay.VELOCITY + 3]
    rot = sensor[lay.ROTATION : lay.ROTATION + 9].reshape(3, 3)
    moved[lay.ROTATION : lay.ROTATION + 9] = (rot @ q.T).ravel()
    noise = np.diag([20.0, 1e-3, 1e-3, 1.0]) ** 2
    gap = rng.normal(size=4) * np.array([20.0, 1e-3, 1e-3, 1.0])
    z = naive.shown(lay.RANGE_BEARING_ELEVATION_RATE, sensor, 3, mean) + gap
    results = []
    turned = both @ cov @ both.T
    for s, x, p in (
        (sensor, mean.copy(), cov.copy()),
        (moved, both @ mean + shift, np.ascontiguousarray(turned + turned.T) / 2),
    ):
        predict_state(lay.CONSTANT_VELOCITY, param_of(), shape, 0.0, x, p, workspace(1, 6))
        value, rows, extra = linearised(form, lay.RANGE_BEARING_ELEVATION_RATE, s, shape, x, p)
        cross, inverse, left = np.zeros((6, 4)), np.zeros((4, 4)), np.zeros(4)
        innovation(4, rows, p, noise, extra, cross, inverse)
        residual(lay.RANGE_BEARING_ELEVATION_RATE, 4, z, value, left)
        update_state(4, left, rows, noise, extra, cross, inverse, x, p, workspace(1, 6))
        results.append((x, p))
    (x0, p0), (x1, p1) = results
    assert np.abs((both.T @ (x1 - shift) - x0) / np.sqrt(np.diag(p0))).max() < 1e-6
    assert close(both.T @ p1 @ both, p0, 1e-6)


@given(seed=st.integers(0, 1000))
@settings(max_examples=40)
def test_updates_with_independent_measurements_commute(seed):
    """Two positions, taken in either order or at once by their information."""
    rng = np.random.default_rng(seed)
    shape = shape_of(3)
    mean, cov = state_of(rng, shape)
    z = mean[:3] + rng.normal(size=(2, 3)) * 50.0
    noise = [random_cov(rng, np.full(3, 30.0)) for _ in range(2)]
    sensor = np.zeros(lay.N_SENSOR)
    found = []
    for order in ((0, 1), (1, 0)):
        x, p = mean.copy(), cov.copy()
        for k in order:
            value, rows, extra = linearised(lay.EXTENDED, lay.POSITION, sensor, shape, x, p)
            cross, inverse, left = np.zeros((6, 4)), np.zeros((4, 4)), np.zeros(4)
            innovation(3, rows, p, noise[k], extra, cross, inverse)
            residual(lay.POSITION, 3, z[k], value, left)
            update_state(3, left, rows, noise[k], extra, cross, inverse, x, p, workspace(1, 6))
        found.append((x, p))
    h = np.eye(3, 6)
    information = np.linalg.inv(cov) + sum(h.T @ np.linalg.inv(r) @ h for r in noise)
    p_once = np.linalg.inv(information)
    x_once = p_once @ (
        np.linalg.solve(cov, mean) + sum(h.T @ np.linalg.solve(r, y) for r, y in zip(noise, z, strict=True))
    )
    for x, p in found:
        assert np.abs((x - x_once) / np.sqrt(np.diag(p_once))).max() < 1e-6
        assert close(p, p_once, 1e-6)
