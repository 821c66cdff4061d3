"""Registration of nations: fields found from common aircraft, with a covariance that is true, and no further."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from skypact.fuse.align import CORRELATED_S, SHARE, Registration, corrected, learn, new_registration
from skypact.kernels.field import square_root

CENTRE = np.array([3.9e6, 4.2e6, 2.8e6])
UP = CENTRE / np.linalg.norm(CENTRE)
EAST = np.array([-UP[1], UP[0], 0.0]) / np.hypot(UP[0], UP[1])
AXES = np.array([EAST, np.cross(UP, EAST), UP])
COV = AXES.T @ np.diag([400.0**2, 300.0**2, 500.0**2]) @ AXES
STEP_NS = round(CORRELATED_S * 1e9)


def _stack(
    places: np.ndarray, error: np.ndarray, sources: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Tracks of the same aircraft from each source: nation, mean, cov, code."""
    count = len(places)
    mean = np.zeros((sources * count, 6))
    mean[:, :3] = (places[None] + error).reshape(-1, 3)
    cov = np.tile(np.eye(6), (sources * count, 1, 1))
    cov[:, :3, :3] = COV
    code = np.tile(np.arange(1, count + 1, dtype=np.uint32), sources)
    return np.repeat(np.arange(sources, dtype=np.int32), count), mean, cov, code


def _world(
    rng: np.random.Generator, aircraft: int, sources: int, looks: int
) -> tuple[Registration, np.ndarray, np.ndarray]:
    """What was learnt, the fields u [sources, 3] that were true, and where the aircraft were."""
    places = CENTRE + rng.uniform(-4e4, 4e4, (aircraft, 2)) @ AXES[:2]
    root = np.empty((3, 3))
    square_root(COV, root)
    field = rng.normal(size=(sources, 3)) * np.sqrt(SHARE[0])
    registration = new_registration(sources)
    for k in range(looks):
        own = rng.normal(size=(sources, aircraft, 3)) * np.sqrt(1 - SHARE[0])
        error = (own + field[:, None]) @ root.T
        learn(registration, *_stack(places, error, sources), k * STEP_NS)
    return registration, field @ root.T, places


def test_tracks_of_nations_come_nearer_to_the_truth_and_their_covariance_stays_true() -> None:
    runs = 300
    before, after, nees = np.empty(runs), np.empty(runs), np.empty(runs)
    for r in range(runs):
        rng = np.random.default_rng([7, r])
        registration, field, places = _world(rng, 12, 3, 4)
        error = field[1] + rng.normal(size=3) * np.sqrt(1 - SHARE[0]) @ np.linalg.cholesky(COV).T
        source, mean, cov, _ = _stack(places[:1], error[None, None], 1)
        new_mean, new_cov = corrected(registration, source + 1, mean, cov)
        left = new_mean[0, :3] - places[0]
        before[r], after[r] = error @ error, left @ left
        nees[r] = left @ np.linalg.solve(new_cov[0, :3, :3], left)
    assert np.mean(after) < 0.93 * np.mean(before)
    low, high = chi2.ppf([0.0005, 0.9995], 3 * runs)
    assert low < nees.sum() < high
    assert np.trace(new_cov[0, :3, :3]) < 0.93 * np.trace(COV)


def test_what_all_sources_have_in_common_keeps_its_variance_and_what_divides_them_does_not() -> None:
    registration, _, _ = _world(np.random.default_rng(2), 30, 2, 10)
    cov = registration.cov.reshape(2, 9, 2, 9)[:, :3, :, :3]
    common = cov[0, :, 0] + cov[0, :, 1] + cov[1, :, 0] + cov[1, :, 1]
    apart = cov[0, :, 0] - cov[0, :, 1] - cov[1, :, 0] + cov[1, :, 1]
    np.testing.assert_allclose(np.diag(common), 2 * SHARE[0], rtol=0.01)
    assert np.all(np.diag(apart) < 0.3 * 2 * SHARE[0])


def test_a_source_that_shares_no_aircraft_is_left_as_it_is_and_the_others_do_not_move_it() -> None:
    registration, _, places = _world(np.random.default_rng(3), 20, 2, 5)
    three = new_registration(3)
    source, mean, cov, code = _stack(places, np.zeros((3, 20, 3)), 3)
    code[source == 2] += 100
    mean[source == 1, :3] += 300.0
    learn(three, source, mean, cov, code, 0)
    moved, wider = corrected(three, source, mean, cov)
    np.testing.assert_array_equal(moved[source == 2], mean[source == 2])
    np.testing.assert_allclose(wider[source == 2], cov[source == 2], rtol=1e-9)
    assert np.all(np.linalg.norm((moved - mean)[source == 1, :3], axis=1) > 10.0)
    assert registration.known.all()


def test_what_is_unlike_the_aircraft_compared_is_hardly_moved() -> None:
    registration, _, places = _world(np.random.default_rng(4), 20, 2, 5)
    source, mean, cov, _ = _stack(places[:4], np.zeros((1, 4, 3)), 1)
    mean[1, :3] += 90e3 * UP  # ten times as high
    mean[2, :3] += 900e3 * EAST
    cov[3] *= 400.0  # a far less accurate sensor
    moved, after = corrected(registration, source, mean, cov)
    step = np.linalg.norm((moved - mean)[:, :3], axis=1)
    assert np.all(step[1:3] < 0.01 * step[0])
    assert step[3] < 2.0 * step[0]
    np.testing.assert_allclose(after[1:3], cov[1:3], rtol=1e-3)


@pytest.mark.parametrize("gap_s", [5.0, 29.9])
def test_nothing_is_learnt_twice_within_a_period(gap_s: float) -> None:
    registration, _, places = _world(np.random.default_rng(5), 8, 2, 2)
    before = registration.mean.copy()
    stack = _stack(places, np.ones((2, 8, 3)), 2)
    assert learn(registration, *stack, STEP_NS + round(gap_s * 1e9)) == 0
    np.testing.assert_array_equal(registration.mean, before)


def test_a_field_fades_when_nothing_is_compared_any_more() -> None:
    registration, _, _ = _world(np.random.default_rng(6), 20, 2, 5)
    known = np.diag(registration.cov).copy()
    nothing = np.zeros(0, np.int32), np.zeros((0, 6)), np.zeros((0, 6, 6)), np.zeros(0, np.uint32)
    learn(registration, *nothing, 5 * STEP_NS + 36_000 * 10**9)
    assert np.all(np.abs(registration.mean) < 1e-3)
    np.testing.assert_allclose(np.diag(registration.cov), registration.prior, rtol=1e-4)
    assert np.all(known <= registration.prior * (1 + 1e-9))
