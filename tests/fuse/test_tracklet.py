"""Tracklets: equal to central fusion where theory says so, and consistent where a picture uses them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.fuse import Contribution, carried_to, fuse, new_picture, selected, with_tracklet
from skypact.kernels.carry import Q_LEVEL, Q_RISE
from skypact.model.codes import Combination, TrackStatus
from skypact.model.track import Tracks
from skypact.score.consistency import mean_estimate
from tests.fuse.test_picture import tracks

F = np.kron(np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(2))
Q_UNIT = np.kron(np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]]), np.eye(2))
H = np.hstack([np.eye(2), np.zeros((2, 2))])
PRIOR = np.diag([1e4, 1e4, 1e2, 1e2])
SIGMAS = (1.0, 3.0, 2.0)


def _updated(x: np.ndarray, p: np.ndarray, z: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    gain = p @ H.T @ np.linalg.inv(H @ p @ H.T + sigma**2 * np.eye(2))
    return x + gain @ (z - H @ x), (np.eye(4) - gain @ H) @ p


def _followed(
    rng: np.random.Generator, density: float, every: int, steps: int = 40
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Three sensors' filters reporting every so many steps: their fusion beside the central filter.

    Returns:
        [reports, 4] tracklet errors and central errors; lists of their covariances.
    """
    q = density * Q_UNIT
    truth = rng.multivariate_normal(np.zeros(4), PRIOR)
    local = [(np.zeros(4), PRIOR.copy()) for _ in SIGMAS]
    told = list(local)
    fused, central = (np.zeros(4), PRIOR.copy()), (np.zeros(4), PRIOR.copy())
    errors, central_errors, covs, central_covs = [], [], [], []
    for step in range(1, steps + 1):
        truth = F @ truth + rng.multivariate_normal(np.zeros(4), q)
        fused, central = ((F @ x, F @ p @ F.T + q) for x, p in (fused, central))
        told = [(F @ x, F @ p @ F.T + q) for x, p in told]
        for k, sigma in enumerate(SIGMAS):
            z = H @ truth + rng.normal(0, sigma, 2)
            local[k] = _updated(F @ local[k][0], F @ local[k][1] @ F.T + q, z, sigma)
            central = _updated(central[0], central[1], z, sigma)
        if step % every == 0:
            for k, report in enumerate(local):
                fused = with_tracklet(*fused, *report, *told[k])
            told = list(local)
            errors.append(fused[0] - truth)
            central_errors.append(central[0] - truth)
            covs.append(fused[1])
            central_covs.append(central[1])
    return np.array(errors), np.array(central_errors), covs, central_covs


def test_tracklets_at_full_rate_equal_one_filter_fed_with_all_measurements() -> None:
    errors, central, covs, central_covs = _followed(np.random.default_rng(1), density=1.0, every=1)
    np.testing.assert_allclose(errors, central, atol=1e-9)
    np.testing.assert_allclose(covs, central_covs, atol=1e-9)


def test_tracklets_at_a_reduced_rate_equal_it_only_without_process_noise() -> None:
    errors, central, covs, central_covs = _followed(np.random.default_rng(2), density=0.0, every=5)
    np.testing.assert_allclose(errors, central, atol=1e-9)
    np.testing.assert_allclose(covs, central_covs, atol=1e-9)
    errors, central, _, _ = _followed(np.random.default_rng(2), density=1.0, every=5)
    assert np.abs(errors - central).max() > 1e-3


def test_tracklets_at_a_reduced_rate_lose_little_and_promise_too_much() -> None:
    own, best, run = [], [], []
    for k in range(100):
        errors, central, covs, _ = _followed(np.random.default_rng(100 + k), density=1.0, every=5)
        own.append(np.einsum("ni,nij,nj->n", errors, np.linalg.inv(covs), errors) / 4.0)
        best.append([np.square(errors[:, :2]).sum(), np.square(central[:, :2]).sum()])
        run.append(np.full(len(errors), k))
    nees = mean_estimate(np.concatenate(own), np.concatenate(run), 100)
    # What five steps of motion do to all three alike is taken to befall each by itself.
    assert nees.low > 1.2
    assert nees.high < 1.6
    lost = np.sqrt(np.sum(best, axis=0)[0] / np.sum(best, axis=0)[1])
    assert 1.0 < lost < 1.1


SECOND = 1_000_000_000
ORIGIN = np.array([3.9e6, 4.2e6, 2.8e6])
LEVEL = np.array([1.0, 0.0, 0.0], np.float32)
G = np.kron(np.array([[1.0, 5.0], [0.0, 1.0]]), np.eye(3))
NOISE = Q_LEVEL * np.kron(np.array([[125 / 3, 25 / 2], [25 / 2, 5.0]]), np.eye(3))
NOISE += Q_RISE * np.kron(np.array([[625 / 12, 125 / 6], [125 / 6, 25 / 2]]), np.eye(3))
H3 = np.hstack([np.eye(3), np.zeros((3, 3))])


class World:
    """One aircraft followed every five seconds by filters of three nations, which all assume what pictures assume."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.now_s = 0
        self.truth = np.r_[ORIGIN, 200.0, 0.0, 0.0]
        start = np.diag([200.0**2] * 3 + [30.0**2] * 3)
        self.local = [
            (self.truth + self.rng.multivariate_normal(np.zeros(6), start), start) for _ in range(3)
        ]
        self.seen_ns = [0, 0, 0]

    def step(self, seen: tuple[int, ...] = (0, 1, 2)) -> None:
        self.now_s += 5
        self.truth = G @ self.truth + self.rng.multivariate_normal(np.zeros(6), NOISE)
        for k, (mean, cov) in enumerate(self.local):
            x, p = G @ mean, G @ cov @ G.T + NOISE
            if k in seen:
                sigma = (30.0, 60.0, 40.0)[k]
                gain = p @ H3.T @ np.linalg.inv(H3 @ p @ H3.T + sigma**2 * np.eye(3))
                z = self.truth[:3] + self.rng.normal(0, sigma, 3)
                x = x + gain @ (z - x[:3])
                p = (np.eye(6) - gain @ H3) @ p
                self.seen_ns[k] = self.now_s * SECOND
            self.local[k] = (x, p)

    def part(self, k: int, shift_m: float = 0.0, track: int = 1) -> Contribution:
        x, p = self.local[k]
        tracks = Tracks(
            now_ns=self.now_s * SECOND,
            track_id=np.array([track], np.uint64),
            slot=np.zeros(1, np.int32),
            mean_ecef=(x + np.r_[0.0, shift_m, 0.0, 0.0, 0.0, 0.0])[None],
            cov_ecef=p[None].copy(),
            status=np.full(1, TrackStatus.CONFIRMED, np.uint8),
            class_prob=np.full((1, 7), 1 / 7, np.float32),
            mode_prob=LEVEL[None],
            identity=np.zeros(1, np.uint8),
            code=np.zeros(1, np.uint32),
            first_ns=np.zeros(1, np.int64),
            updated_ns=np.array([self.seen_ns[k]], np.int64),
            sources=np.array([1 << k], np.uint32),
        )
        return Contribution(k, tracks)

    def nees(self, picture: Tracks) -> float:
        error = picture.mean_ecef[0] - self.truth
        return float(error @ np.linalg.solve(picture.cov_ecef[0], error)) / 6.0


def test_a_picture_of_tracklets_is_better_than_its_best_member_and_not_over_confident() -> None:
    values, runs, gain = [], [], []
    for run in range(60):
        world, state = World(run), new_picture(3)
        for k in range(20):
            world.step()
            parts = [world.part(n) for n in range(3)]
            picture = fuse(state, parts, world.now_s * SECOND, Combination.TRACKLETS)
            assert len(picture) == 1
            if k > 4:
                values.append(world.nees(picture))
                runs.append(run)
        gain.append(np.trace(picture.cov_ecef[0, :3, :3]) / np.trace(world.local[0][1][:3, :3]))
    found = mean_estimate(np.array(values), np.array(runs), 60)
    assert found.high < 1.3
    assert max(gain) < 0.9


def test_lost_messages_gaps_and_a_source_that_goes_leave_the_picture_consistent() -> None:
    values, runs, split = [], [], 0
    for run in range(60):
        world, state, rng = World(100 + run), new_picture(3), np.random.default_rng(run)
        for k in range(30):
            world.step(seen=tuple(np.flatnonzero(rng.random(3) < 0.7)))
            there = [n for n in (1, 2) if rng.random() < 0.6 and not (n == 2 and k > 15) and not 8 < k < 12]
            parts = [world.part(n) for n in (0, *there)]
            picture = fuse(state, parts, world.now_s * SECOND, Combination.TRACKLETS)
            split += len(picture) > 1
            values.append(world.nees(picture))
            runs.append(run)
    assert mean_estimate(np.array(values), np.array(runs), 60).high < 1.3
    # A track that comes back is joined where it lies inside the gate, in all but 0.23% of cases.
    assert split <= 5


def test_a_track_that_leaves_its_row_takes_what_it_said_with_it() -> None:
    world, state = World(7), new_picture(3)
    for _ in range(8):
        world.step()
        fuse(state, [world.part(n) for n in range(3)], world.now_s * SECOND, Combination.TRACKLETS)
    world.step()
    parts = [world.part(0), world.part(1), world.part(2, shift_m=30_000.0)]
    picture = fuse(state, parts, world.now_s * SECOND, Combination.TRACKLETS)
    assert len(picture) == 2
    alone = fuse(new_picture(3), parts[:2], world.now_s * SECOND)
    np.testing.assert_allclose(picture.cov_ecef[0], alone.cov_ecef[0], rtol=1e-9)
    world.step()
    parts = [world.part(n) for n in range(3)]
    again = fuse(state, parts, world.now_s * SECOND, Combination.TRACKLETS)
    assert set(again.sources.tolist()) == {0b111}, "joined again"
    smallest = np.linalg.inv(sum(np.linalg.inv(part.tracks.cov_ecef[0]) for part in parts))
    assert np.linalg.eigvalsh(again.cov_ecef[0] - smallest).min() > -1e-6, (
        "more certain than all three together"
    )


def test_a_row_begins_anew_where_its_best_report_contradicts_it() -> None:
    world, state = World(8), new_picture(3)
    for _ in range(8):
        world.step()
        fuse(state, [world.part(n) for n in range(2)], world.now_s * SECOND, Combination.TRACKLETS)
    world.step()
    jumped = [world.part(n, shift_m=5_000.0) for n in range(2)]
    picture = fuse(state, jumped, world.now_s * SECOND, Combination.TRACKLETS)
    expected = fuse(new_picture(3), jumped, world.now_s * SECOND)
    np.testing.assert_allclose(picture.mean_ecef, expected.mean_ecef, atol=1e-6)


def test_a_report_without_a_new_measurement_adds_nothing() -> None:
    world, state = World(9), new_picture(3)
    for _ in range(4):
        world.step()
        before = fuse(state, [world.part(n) for n in range(2)], world.now_s * SECOND, Combination.TRACKLETS)
    world.step(seen=())
    world.local = [(x, 0.5 * p) for x, p in world.local]  # a tracker that has only changed its mind
    after = fuse(state, [world.part(n) for n in range(2)], world.now_s * SECOND, Combination.TRACKLETS)
    np.testing.assert_allclose(after.cov_ecef[0], G @ before.cov_ecef[0] @ G.T + NOISE, rtol=1e-9)


@pytest.mark.parametrize("learns", ["registration", "trust"])
def test_what_becomes_known_of_sources_is_no_measurement_of_their_tracks(learns: str) -> None:
    rng, state, period_s = np.random.default_rng(11), new_picture(3), 30 if learns == "registration" else 5
    places = np.hstack([rng.uniform(-4e4, 4e4, (12, 2)), np.zeros((12, 1))])
    codes = list(range(7000, 7012))
    parts = [
        tracks(places + rng.normal(0, 150, 3) + rng.normal(0, 250, (12, 3)), n, sigma_m=300.0, code=codes)
        for n in range(3)
    ]
    before = None
    for k in range(8):
        now_ns = (10 + period_s * k) * SECOND
        # Trackers that have only predicted, though they claim new measurements.
        parts = [replace(carried_to(part, now_ns), updated_ns=np.full(12, now_ns)) for part in parts]
        if learns == "trust" and k > 1:
            state.trust.factor[1] = 1.0 + k
        here = [Contribution(n, part) for n, part in enumerate(parts)]
        picture = fuse(state, here, now_ns, Combination.TRACKLETS)
        assert len(picture) == 12
        if before is not None:
            expected = carried_to(before, now_ns)
            np.testing.assert_allclose(picture.cov_ecef, expected.cov_ecef, rtol=1e-7, atol=1e-6)
            np.testing.assert_allclose(picture.mean_ecef, expected.mean_ecef, atol=1e-4)
        before = picture
    left = state.registration.cov.diagonal() / state.registration.prior
    assert left.min() < 0.5 if learns == "registration" else state.trust.factor[1] == 8.0


@pytest.mark.parametrize("method", list(Combination))
def test_every_method_makes_the_same_picture_tracks_of_the_same_lineage(method: Combination) -> None:
    world, state, other = World(10), new_picture(3), new_picture(3)
    for _ in range(4):
        world.step()
        parts = [world.part(n) for n in range(3)]
        picture = fuse(state, parts, world.now_s * SECOND, method)
        default = fuse(other, parts, world.now_s * SECOND)
        assert list(picture.track_id) == list(default.track_id)
        assert list(picture.sources) == list(default.sources)
        assert len(selected(picture, np.array([0]))) == 1
