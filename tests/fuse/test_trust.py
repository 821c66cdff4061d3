"""Trust: honest sources are left alone, liars are found out, ghosts too, and seeing alone is no offence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, chi2

from skypact.fuse import Contribution, correlated, fuse, new_picture
from skypact.fuse.trust import (
    ALARM_Z,
    FACTOR_MAX,
    INDEPENDENT_S,
    LEAST_COMPARISONS,
    MISSED,
    Trust,
    _beyond,
    compare,
    factors,
    new_trust,
)
from skypact.model.codes import Identity, ObjectClass, TrackStatus
from skypact.model.track import Tracks

CENTRE = np.array([3.9e6, 4.2e6, 2.8e6])
STEP_NS = round(INDEPENDENT_S * 1e9)
COV = np.zeros((6, 6))
COV[:3, :3] = [[200.0**2, 4000.0, 0], [4000.0, 300.0**2, 0], [0, 0, 250.0**2]]
COV[3:, 3:] = np.eye(3) * 25.0


def _epoch(
    rng: np.random.Generator, trust: Trust, k: int, aircraft: int, true: list[float], said: list[float]
) -> None:
    """One epoch of independent comparisons; of each source the true and the stated multiple of COV."""
    places = CENTRE + rng.uniform(-1e5, 1e5, (aircraft, 3))
    sources, low = len(true), np.linalg.cholesky(COV[:3, :3])
    mean = np.zeros((sources, aircraft, 6))
    for s in range(sources):
        mean[s, :, :3] = places + np.sqrt(true[s]) * rng.normal(size=(aircraft, 3)) @ low.T
    cov = np.repeat(np.array(said), aircraft)[:, None, None] * COV
    code = np.tile(np.arange(1, aircraft + 1, dtype=np.uint32), sources)
    source = np.repeat(np.arange(sources, dtype=np.int32), aircraft)
    compare(trust, source, mean.reshape(-1, 6), cov, code, 0, k * STEP_NS)


def test_honest_sources_are_hardly_ever_inflated() -> None:
    runs, looks, alarms = 200, 12, 0
    for r in range(runs):
        rng = np.random.default_rng([1, r])
        trust = new_trust(3)
        alarmed = False
        for k in range(looks):
            _epoch(rng, trust, k, 4, [1.0, 1.0, 1.0], [1.0, 1.0, 1.0])
            alarmed |= bool(np.any(trust.factor != 1.0))
        alarms += alarmed
    # 12 looks at a bound of odds 1 to 30,000, with the same data again and again: below one run in a hundred.
    assert alarms <= binom.ppf(0.999, runs, 0.01)


@pytest.mark.parametrize("sources", [2, 4])
def test_a_source_that_divides_its_covariance_by_25_is_inflated_back_within_60_comparisons(
    sources: int,
) -> None:
    runs, found = 60, []
    for r in range(runs):
        rng = np.random.default_rng([2, r])
        trust = new_trust(sources)
        said = [1.0, 1 / 25, *[1.0] * (sources - 2)]
        for k in range(3):
            _epoch(rng, trust, k, 30, [1.0] * sources, said)
        assert np.all(trust.count[1, 0] <= 60.0)
        np.testing.assert_array_equal(np.delete(trust.factor, 1), 1.0)
        found.append(trust.factor[1])
    missed = sum(f == 1.0 for f in found)
    assert missed <= binom.ppf(0.999, runs, 0.05)
    assert 20.0 < np.mean([f for f in found if f > 1.0]) < 35.0


def test_an_honest_source_of_which_a_liar_is_the_only_other_witness_is_not_dragged_down() -> None:
    rng, trust = np.random.default_rng(3), new_trust(3)
    for k in range(4):
        _epoch(rng, trust, k, 40, [1.0, 1.0, 1.0], [1.0, 1 / 25, 1.0])
    assert trust.factor[1] > 10.0
    # Source 2 now meets only the liar: nothing of 0 and 2 together.
    trust.count[[0, 2], [2, 0]] = trust.square[[0, 2], [2, 0]] = trust.power[[0, 2], [2, 0]] = 0.0
    assert factors(trust, 0)[2] == 1.0
    assert factors(trust, 0)[1] > 10.0


def test_the_holder_is_the_measure_and_few_comparisons_say_nothing() -> None:
    rng, trust = np.random.default_rng(4), new_trust(2)
    _epoch(rng, trust, 0, int(LEAST_COMPARISONS / (30 / INDEPENDENT_S)) - 1, [100.0, 1.0], [1.0, 1.0])
    assert np.all(trust.factor == 1.0)
    for k in range(1, 3):
        _epoch(rng, trust, k, 30, [100.0, 1.0], [1.0, 1.0])
    assert trust.factor[0] == 1.0
    assert trust.factor[1] > 1.0
    assert factors(trust, 1)[1] == 1.0
    assert factors(trust, 1)[0] == pytest.approx(100.0, rel=0.5)


def test_sums_and_verdict_equal_a_plain_loop() -> None:
    rng, trust = np.random.default_rng(5), new_trust(3)
    aircraft, said = 7, [1.0, 0.05, 2.0]
    mean = np.zeros((3, aircraft, 6))
    mean[:, :, :3] = CENTRE + rng.normal(size=(3, aircraft, 3)) * 500
    code = np.tile(np.arange(1, aircraft + 1, dtype=np.uint32), 3)
    code[-1] = 0  # the last aircraft is not read by source 2
    cov = np.repeat(said, aircraft)[:, None, None] * COV
    source = np.repeat(np.arange(3, dtype=np.int32), aircraft)
    for k in range(12):
        compare(trust, source, mean.reshape(-1, 6), cov, code, 0, k * STEP_NS)
    kept = np.exp(-INDEPENDENT_S / 3600.0)
    times = sum(kept**k for k in range(11)) + kept**11 * 30.0 / INDEPENDENT_S
    square, count, excess, power = np.zeros((4, 3, 3))
    for a in range(3):
        for b in range(3):
            for j in range(aircraft):
                if a == b or (j == aircraft - 1 and 2 in (a, b)):
                    continue
                own, other = said[a] * COV[:3, :3], said[b] * COV[:3, :3]
                d, inverse = mean[a, j, :3] - mean[b, j, :3], np.linalg.inv(own + other)
                count[a, b] += times
                square[a, b] += times * (d @ inverse @ d)
                excess[a, b] += times * (d @ inverse @ own @ inverse @ d - np.trace(inverse @ own))
                power[a, b] += times * np.trace(inverse @ own @ inverse @ own)
    for name, expected in (("square", square), ("count", count), ("excess", excess), ("power", power)):
        np.testing.assert_allclose(getattr(trust, name), expected, rtol=1e-9)
    bound = chi2.ppf(0.99997, 3 * count[~np.eye(3, dtype=bool)])
    freedom = 3 * count[~np.eye(3, dtype=bool)]
    part = 2 / (9 * freedom)
    np.testing.assert_allclose(freedom * (1 - part + ALARM_Z * np.sqrt(part)) ** 3, bound, rtol=0.01)
    said_by = np.full((3, 3), np.inf)
    for a in range(3):
        for b in range(3):
            if a == b or power[a, b] < 0.25 * power[a].max():
                continue
            free = 3 * count[a, b]
            limit = free * (1 - 2 / (9 * free) + ALARM_Z * np.sqrt(2 / (9 * free))) ** 3
            said_by[a, b] = 1 + excess[a, b] / power[a, b] if square[a, b] > limit else 1.0
    said_by = np.clip(said_by, 1.0, FACTOR_MAX, where=np.isfinite(said_by), out=said_by)
    wanted = np.ones(3)
    for a in (1, 2):
        heard = []
        for b in range(3):
            # A partner that is found wrong without this source has no say; the holder always has one.
            of_partner = [said_by[b, c] for c in range(3) if c not in (a, b) and np.isfinite(said_by[b, c])]
            unfit = b != 0 and of_partner and min(of_partner) > 1.0
            if np.isfinite(said_by[a, b]) and not unfit:
                heard.append(said_by[a, b])
        wanted[a] = min(heard, default=1.0)
    assert wanted[1] > 1.0
    np.testing.assert_allclose(trust.factor, wanted, rtol=1e-9)


def _shifted(shift_m: list[float], aircraft: int, epochs: int = 6) -> Trust:
    """Trust of three sources, of which the second holds each aircraft shifted by so much."""
    rng, trust = np.random.default_rng(6), new_trust(3)
    for k in range(epochs):
        mean = np.zeros((3, aircraft, 6))
        mean[:, :, :3] = CENTRE + rng.uniform(-1e5, 1e5, (aircraft, 3)) + rng.normal(0, 250, (3, aircraft, 3))
        mean[1, :, 0] += shift_m
        code = np.tile(np.arange(1, aircraft + 1, dtype=np.uint32), 3)
        source = np.repeat(np.arange(3, dtype=np.int32), aircraft)
        compare(trust, source, mean.reshape(-1, 6), np.tile(COV, (3 * aircraft, 1, 1)), code, 0, k * STEP_NS)
    return trust


@pytest.mark.parametrize("shift_km", [3.0, 15.0, 25.0, 60.0])
def test_a_source_that_is_shifted_is_found_however_far(shift_km: float) -> None:
    trust = _shifted([1e3 * shift_km] * 20, 20)
    # 3 km are ten sigma of the sum of both.
    assert trust.factor[1] > 50.0
    np.testing.assert_array_equal(np.delete(trust.factor, 1), 1.0)


def test_false_codes_of_a_source_that_is_right_elsewhere_are_not_held_against_it() -> None:
    trust = _shifted([60e3, 25e3, 0.0, 0.0, 0.0, 0.0], 6)
    assert np.all(trust.factor == 1.0)
    whole = _shifted([0.0] * 6, 6)
    np.testing.assert_allclose(trust.count[1], whole.count[1] * 4 / 6)
    np.testing.assert_array_equal(trust.count[0, 2], whole.count[0, 2])
    # Two aircraft alone do not tell a shift from a false code.
    assert _shifted([60e3, 60e3], 2).count[1, 0] == 0.0
    assert _shifted([60e3, 60e3, 60e3], 3).count[1, 0] > 0.0


def test_what_a_distrusted_source_says_of_classes_counts_as_little_as_it_is_believed() -> None:
    def pooled(factor: list[float]) -> np.ndarray:
        state = new_picture(3)
        state.trust = replace(state.trust, factor=np.array(factor), compared_ns=100 * 10**9)
        parts = [_tracks(np.zeros((1, 3)), 1, 100.0) for _ in range(3)]
        parts[1].class_prob[0] = np.roll(parts[1].class_prob[0], 1)
        parts[2] = replace(parts[2], class_prob=np.array([[0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]], np.float32))
        picture = fuse(state, [Contribution(n, part) for n, part in enumerate(parts)], 100 * 10**9)
        assert len(picture) == 1
        said = np.log([np.asarray(part.class_prob[0], np.float64) for part in parts])
        expected = np.exp(np.average(said, axis=0, weights=1.0 / np.array(factor)))
        np.testing.assert_allclose(picture.class_prob[0], expected / expected.sum(), rtol=1e-5)
        return picture.class_prob[0]

    equal = pooled([1.0, 1.0, 1.0])
    np.testing.assert_allclose(pooled([4.0, 4.0, 4.0]), equal, rtol=1e-6)
    assert pooled([1.0, 25.0, 1.0])[ObjectClass.DRONE] > equal[ObjectClass.DRONE] + 0.1


def _tracks(places: np.ndarray, first_id: int, now_s: float, *, alone_s: float = 100.0) -> Tracks:
    n = len(places)
    prob = np.full((n, 7), 0.1 / 6, np.float32)
    prob[:, ObjectClass.DRONE] = 0.9
    return Tracks(
        now_ns=round(now_s * 1e9),
        track_id=np.arange(first_id, first_id + n, dtype=np.uint64),
        slot=np.arange(n, dtype=np.int32),
        mean_ecef=np.hstack([CENTRE + places, np.tile([0.0, 40.0, 0.0], (n, 1))]),
        cov_ecef=np.tile(COV, (n, 1, 1)),
        status=np.full(n, TrackStatus.CONFIRMED, np.uint8),
        class_prob=prob,
        mode_prob=np.tile(np.array([1, 0, 0], np.float32), (n, 1)),
        identity=np.full(n, Identity.UNKNOWN, np.uint8),
        code=np.zeros(n, np.uint32),
        first_ns=np.full(n, round((now_s - alone_s) * 1e9), np.int64),
        updated_ns=np.full(n, round(now_s * 1e9), np.int64),
        sources=np.ones(n, np.uint32),
    )


def _status(
    real: np.ndarray, extra: np.ndarray, holders: int, alone_s: float = 100.0
) -> tuple[np.ndarray, Trust]:
    """Status of the extra tracks of source 2 in a picture to which sources 0 to `holders` bring the real ones."""
    state = new_picture(3)
    rng = np.random.default_rng(8)
    for k in range(2):
        parts = [
            Contribution(n, _tracks(real + rng.normal(0, 100, real.shape), 1, 100.0 + 30.0 * k))
            for n in range(holders)
        ]
        lone = _tracks(np.vstack([real, extra]), 1, 100.0 + 30.0 * k, alone_s=alone_s)
        stack = correlated(state, [*parts, Contribution(2, lone)], lone.now_ns)
    return stack.tracks.status[-len(extra) :], state.trust


UP = CENTRE / np.linalg.norm(CENTRE)
EAST = np.array([-UP[1], UP[0], 0.0]) / np.hypot(UP[0], UP[1])
NORTH = np.cross(UP, EAST)
REAL = np.array([0.0 * EAST, 15e3 * EAST, 15e3 * NORTH])
GHOSTS = np.array([3e3 * (k + 1) * EAST - 2e3 * (k + 1) * NORTH for k in range(12)])
AWAY = GHOSTS + 300e3 * EAST


def test_ghosts_amid_what_others_hold_are_found_and_real_tracks_of_the_same_source_stay() -> None:
    status, trust = _status(REAL, GHOSTS, 2)
    assert trust.inventing.tolist() == [False, False, True]
    assert np.all(status == TrackStatus.TENTATIVE)
    assert trust.seen[2] == 3
    assert trust.lone[2] == 12


def test_what_a_source_sees_where_others_do_not_never_counts_against_it() -> None:
    for real, extra, holders in ((REAL, AWAY, 2), (REAL, GHOSTS, 1)):
        status, trust = _status(real, extra, holders)
        assert not trust.inventing.any()
        assert trust.lone[2] == 0
        assert np.all(status == TrackStatus.CONFIRMED)
    status, trust = _status(REAL, GHOSTS, 2, alone_s=40.0)  # too young for others to have found them
    assert trust.lone[2] == 0
    status, trust = _status(REAL, GHOSTS[:3], 2)  # three may be bad luck
    assert trust.lone[2] == 3
    assert np.all(status == TrackStatus.CONFIRMED)


def test_a_track_that_others_confirm_later_no_longer_counts_as_lone() -> None:
    _, trust = _status(REAL, GHOSTS, 2)
    state = new_picture(3)
    state.trust = replace(trust)
    everything = np.vstack([REAL, GHOSTS])
    parts = [Contribution(n, _tracks(everything, 1, 300.0)) for n in range(3)]
    correlated(state, parts, parts[0].tracks.now_ns)
    assert state.trust.lone[2] == 0
    assert state.trust.seen[2] == 15
    assert not state.trust.inventing.any()


@pytest.mark.parametrize(("lone", "seen"), [(0, 0), (5, 0), (6, 0), (8, 3), (12, 5), (11, 20), (30, 20)])
def test_the_bound_on_lone_tracks_is_the_binomials(lone: int, seen: int) -> None:
    assert _beyond(lone, seen) == (binom.sf(lone - 1, lone + seen, MISSED) < 1e-3)
