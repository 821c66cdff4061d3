"""The mixture filter against every association summed one by one, and what must hold of any scan."""

import os
from itertools import product

import numpy as np
import pytest

from skypact.estimate.multibernoulli import Limits, empty_mixture, predict_mixture, update_mixture
from skypact.kernels.multitarget.decision import decide_best, decide_least
from skypact.kernels.multitarget.hypotheses import make_rows, merge_equal
from skypact.kernels.multitarget.layout import (
    CONSTANT_VELOCITY,
    EXTENDED,
    N_PARAM,
    N_SENSOR,
    NOISE,
    POSITION,
    TRACK_ID,
    TRACKS,
    Motion,
    Scan,
)
from skypact.kernels.multitarget.life import EXISTENCE, LOST_SIGMA, MOST_SCORE, N_LIFE, RULE, SPEED_SIGMA
from tests.naive.mixture import NaiveMixture, expected_error

COMPILED = pytest.mark.skipif(
    "NUMBA_DISABLE_JIT" in os.environ,
    reason="a property of many scans, not a twin: minutes without the compiler",
)

Q, SIGMA, SPEED, CHANCE, SURVIVAL = 0.5, 2.0, 3.0, 0.8, 0.97
FRESH, CLUTTER = 2e-4, 3e-4
WHOLE = Limits(
    gate2=1e9,
    most=10**15,
    least=0.0,
    least_leaf=0.0,
    faint=0.0,
    merge=0.0,
    independent=-1.0,
    least_component=0.0,
)
LIFE = np.zeros(N_LIFE)
LIFE[RULE], LIFE[LOST_SIGMA], LIFE[MOST_SCORE] = EXISTENCE, np.inf, 1e9
LIFE[SPEED_SIGMA:] = SPEED


def motion(modes=1):
    param = np.zeros((modes, N_PARAM))
    param[:, NOISE] = Q
    return Motion(
        shape=np.array([2, 4, -1, -1, -1, -1]),
        code=np.full(modes, CONSTANT_VELOCITY),
        param=param,
        rates=np.zeros((modes, modes)),
        chance=np.full((modes, modes), 1.0 / modes),
        start=np.full(modes, 1.0 / modes),
    )


def scan(t_s, z, clutter=CLUTTER, at_s=None):
    z = np.ascontiguousarray(z, np.float64).reshape(-1, 2)
    n = len(z)
    return Scan(
        kind=POSITION,
        sensor=np.zeros(N_SENSOR),
        t_s=np.full(n, t_s) if at_s is None else at_s,
        z=z,
        noise=SIGMA**2 * np.eye(2)[None],
        place=z.copy(),
        clutter=np.full(n, clutter),
    )


def step(state, t_s, z, limits=WHOLE, model=None, fresh=FRESH, chance=CHANCE, at_s=None):
    model = motion() if model is None else model
    seen = scan(t_s, z, at_s=at_s)
    predict_mixture(state, model, seen, t_s, SURVIVAL)
    leaves, components = len(state.leaves.t_s), len(state.undetected.t_s)
    return update_mixture(
        state,
        model,
        EXTENDED,
        seen,
        t_s,
        np.full(leaves, chance),
        np.full(components, chance),
        np.full(len(seen.z), fresh),
        limits,
        LIFE,
    )


def filtered(scans, limits=WHOLE, model=None, **settings):
    model = motion() if model is None else model
    state = empty_mixture(len(model.code), 4)
    for k, z in enumerate(scans):
        state = step(state, float(k), z, limits, model, **settings)
    return state


def with_components(state, components):
    """The state with Gaussian components of undetected objects."""
    n = len(components)
    bank = empty_mixture(1, 4).undetected
    counts = bank.counts.copy()
    counts[TRACKS] = n
    return state._replace(
        undetected=bank._replace(
            mean=np.array([[m] for _, m, _ in components]).reshape(n, 1, 4),
            cov=np.array([[p] for _, _, p in components]).reshape(n, 1, 4, 4),
            mode=np.ones((n, 1)),
            t_s=np.zeros(n),
            existence=np.array([w for w, _, _ in components], np.float64),
            score=np.zeros(n),
            tags=np.zeros((n, bank.tags.shape[1]), np.int64),
            recent=np.zeros(n, np.uint64),
            counts=counts,
        )
    )


def leaf_key(label, existence, mean):
    return (label, round(existence, 7), *np.round(mean, 5))


def hypotheses(state):
    """Weight of every global hypothesis: the product over clusters."""
    held, bank = state.held, state.leaves
    clusters = []
    for c in range(len(held.cluster) - 1):
        rows = []
        for h in range(held.cluster[c], held.cluster[c + 1]):
            leaves = held.leaf[held.start[h] : held.start[h + 1]]
            key = [leaf_key(bank.tags[i, TRACK_ID], bank.existence[i], bank.mean[i, 0]) for i in leaves]
            rows.append((np.exp(held.log_weight[h]), key))
        clusters.append(rows)
    return {
        frozenset(leaf for _, key in combination for leaf in key): float(np.prod([w for w, _ in combination]))
        for combination in product(*clusters)
    }


def scans_of(seed, sizes=(2, 3, 2), spread=6.0):
    random = np.random.default_rng(seed)
    return [random.normal(0.0, spread, (n, 2)) for n in sizes]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("components", [False, True])
def test_every_hypothesis_has_the_weight_that_enumeration_gives(seed, components):
    scans = scans_of(seed, ((2, 3, 2), (2, 0, 3), (1, 2, 2), (3, 2, 1))[seed], spread=3.0)
    naive, state = NaiveMixture(Q, SIGMA**2 * np.eye(2), SPEED), empty_mixture(1, 4)
    if components:
        first = [
            (0.3, np.array([1.0, 2.0, 0.5, 0.0]), np.diag([30.0, 20.0, 4.0, 4.0])),
            (0.1, np.array([-3.0, 0.0, 0.0, 1.0]), np.diag([10.0, 40.0, 2.0, 9.0])),
        ]
        naive.components, state = list(first), with_components(state, first)
    for k, z in enumerate(scans):
        naive.predict(float(k > 0), SURVIVAL)
        naive.update(z, CHANCE, FRESH, CLUTTER)
        state = step(state, float(k), z)
    wanted = {
        frozenset(
            leaf_key(leaf.label, naive.leaves[leaf].existence, naive.leaves[leaf].mean) for leaf in hypothesis
        ): w
        for hypothesis, w in naive.weight.items()
    }
    found = hypotheses(state)
    assert found.keys() == wanted.keys()
    assert [found[key] for key in wanted] == pytest.approx(list(wanted.values()), abs=1e-9)
    left = [w for w, _, _ in naive.components]
    assert sorted(state.undetected.existence) == pytest.approx(sorted(left), abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_the_track_of_each_detection_is_that_of_enumeration(seed):
    scans = scans_of(seed, (2, 3, 3), spread=9.0)
    naive = NaiveMixture(Q, SIGMA**2 * np.eye(2), SPEED)
    for k, z in enumerate(scans):
        naive.predict(float(k > 0), SURVIVAL)
        naive.update(z, CHANCE, FRESH, CLUTTER)
    wanted = []
    for j in range(3):
        old, begun = dict.fromkeys(range(1, 6), 0.0), 0.0
        for hypothesis, weight in naive.weight.items():
            for leaf in hypothesis:
                if leaf.history == (j,):
                    begun += weight * naive.leaves[leaf].existence
                elif leaf.history[-1] == j:
                    old[leaf.label] += weight
        rest = 1.0 - sum(old.values())
        best = max(old, key=lambda label: old[label])
        wanted.append(best if old[best] > rest else 6 + j if 2.0 * begun >= rest else 0)
    assert filtered(scans).owner.tolist() == wanted


@pytest.mark.parametrize("seed", range(3))
def test_the_report_of_the_heaviest_hypothesis_is_that_of_enumeration(seed):
    scans = scans_of(seed)
    naive = NaiveMixture(Q, SIGMA**2 * np.eye(2), SPEED)
    for k, z in enumerate(scans):
        naive.predict(float(k > 0), SURVIVAL)
        naive.update(z, CHANCE, FRESH, CLUTTER)
    best = max(naive.weight, key=lambda h: naive.weight[h])
    wanted = sorted(
        (leaf.label, *naive.leaves[leaf].mean) for leaf in best if naive.leaves[leaf].existence > 0.4
    )
    state = filtered(scans)
    report = decide_best(state.held, state.leaves, 0.4)
    found = sorted(
        (label, *mean) for label, mean in zip(report.tags[:, TRACK_ID], report.mean[:, 0], strict=True)
    )
    assert np.array(found) == pytest.approx(np.array(wanted), abs=1e-9)


def outcomes(state):
    """Weight and leaves of every global hypothesis of a state of one cluster."""
    held, bank = state.held, state.leaves
    assert len(held.cluster) == 2
    return [
        (
            np.exp(held.log_weight[h]),
            [
                (bank.existence[i], bank.mean[i, 0, :2], bank.cov[i, 0, :2, :2])
                for i in held.leaf[held.start[h] : held.start[h + 1]]
            ],
        )
        for h in range(len(held.log_weight))
    ]


@pytest.mark.parametrize("seed", range(6))
def test_no_small_change_of_the_decision_lowers_the_expected_error(seed):
    c = 10.0
    state = filtered(scans_of(seed, (2, 2, 2), spread=3.0), Limits(gate2=1e9, least=1e-3, independent=-1.0))
    report = decide_least(state.held, state.leaves, 2, c, 0.5, 200)
    cases, points = outcomes(state), report.mean[:, 0, :2]
    decided = expected_error(cases, points, c)
    common = decide_best(state.held, state.leaves, 0.5).mean[:, 0, :2]
    assert decided <= expected_error(cases, common, c) + 1e-9
    for x in range(len(points)):
        assert decided <= expected_error(cases, np.delete(points, x, axis=0), c) + 1e-9
        for shift in ((0.3, 0.0), (-0.3, 0.0), (0.0, 0.3), (0.0, -0.3)):
            moved = points.copy()
            moved[x] += shift
            assert decided <= expected_error(cases, moved, c) + 1e-3


def test_the_decision_does_not_care_which_track_is_where():
    """Two objects crossing: hypotheses that swap them report two objects, not four, and not their middle."""
    scans = [[[-8.0 + 4 * k, 8.0 - 4 * k], [-8.0 + 4 * k, -8.0 + 4 * k]] for k in range(5)]
    state = filtered(scans, Limits(independent=-1.0), fresh=2e-3)
    assert len(state.held.log_weight) > 2
    report = decide_least(state.held, state.leaves, 2, 10.0, 0.5, 20)
    assert len(report.mean) == 2
    assert np.sort(report.mean[:, 0, 1]) == pytest.approx([-8.0, 8.0], abs=2.0)


def crowd(seed, n=5, scans=6):
    """Objects, some close together, with misses and false detections."""
    random = np.random.default_rng(seed)
    places, speeds = random.uniform(-15, 15, (n, 2)), random.normal(0, 2, (n, 2))
    return [
        np.vstack(
            [
                (places + k * speeds + random.normal(0, SIGMA, (n, 2)))[random.random(n) < 0.8],
                random.uniform(-30, 30, (random.poisson(2), 2)),
            ]
        )
        for k in range(scans)
    ]


def table(state):
    """Weights and leaves without the tracks' numbers, and the report, sorted; of modes, which are alike, the first."""
    report = decide_least(state.held, state.leaves, 2, 20.0, 0.5, 20)
    mean, cov = report.mean[:, 0], report.cov[:, 0]
    order = np.lexsort(mean.T.round(6))
    return np.sort(state.held.log_weight), np.sort(state.leaves.existence), mean[order], cov[order]


@COMPILED
@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_detections_changes_nothing(seed):
    scans = crowd(seed)
    random = np.random.default_rng(seed + 50)
    mixed = [z[random.permutation(len(z))] for z in scans]
    for found, wanted in zip(table(filtered(mixed, Limits())), table(filtered(scans, Limits())), strict=True):
        assert found == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_weights_sum_to_one_and_a_hypothesis_holds_a_track_once(seed):
    state = empty_mixture(1, 4)
    for k, z in enumerate(crowd(seed)):
        state = step(state, float(k), z, Limits())
        held, bank = state.held, state.leaves
        assert np.all((bank.existence >= 0.0) & (bank.existence <= 1.0))
        assert np.all(np.linalg.eigvalsh(bank.cov[:, 0]) > 0.0)
        assert np.all(np.diff(bank.tags[:, TRACK_ID]) >= 0)
        assert set(held.leaf) == set(range(len(bank.t_s)))
        owner: dict[int, int] = {}
        for c in range(len(held.cluster) - 1):
            rows = slice(held.cluster[c], held.cluster[c + 1])
            assert np.exp(held.log_weight[rows]).sum() == pytest.approx(1.0)
            assert np.all(np.diff(held.log_weight[rows]) <= 0.0)
            seen = set()
            for h in range(held.cluster[c], held.cluster[c + 1]):
                leaves = held.leaf[held.start[h] : held.start[h + 1]]
                tracks = bank.tags[leaves, TRACK_ID].tolist()
                assert len(set(tracks)) == len(tracks)
                assert all(owner.setdefault(track, c) == c for track in tracks)
                assert tuple(leaves) not in seen
                seen.add(tuple(leaves))


@COMPILED
def test_moving_the_world_moves_the_tracks_with_it():
    scans, shift = crowd(3), np.array([1e4, -3e4])
    at_home, away = (table(filtered(z, Limits())) for z in (scans, [z + shift for z in scans]))
    assert away[0] == pytest.approx(at_home[0], abs=1e-6)
    assert away[2][:, :2] == pytest.approx(at_home[2][:, :2] + shift, abs=1e-5)
    assert away[2][:, 2:] == pytest.approx(at_home[2][:, 2:], abs=1e-5)


def test_two_crowds_far_apart_are_as_each_alone():
    here, there = crowd(1), [z + 1e5 for z in crowd(2)]
    both = filtered([np.vstack(pair) for pair in zip(here, there, strict=True)], Limits())
    alone = [filtered(scans, Limits()) for scans in (here, there)]
    assert len(both.held.log_weight) == sum(len(each.held.log_weight) for each in alone)
    wanted = np.concatenate([each.held.log_weight for each in alone])
    assert np.sort(both.held.log_weight) == pytest.approx(np.sort(wanted), abs=1e-9)


@COMPILED
@pytest.mark.parametrize("seed", range(3))
def test_merging_and_splitting_change_the_report_little(seed):
    scans = crowd(seed, n=3)
    whole = filtered(scans, Limits(least=1e-6, merge=0.0, independent=-1.0, most=2_000))
    small = filtered(scans, Limits())
    assert 2 * len(small.held.log_weight) < len(whole.held.log_weight)
    expected = [
        decide_least(each.held, each.leaves, 2, 20.0, 0.5, 20).mean[:, 0, :2] for each in (whole, small)
    ]
    assert len(expected[0]) == len(expected[1])
    order = [np.argsort(points[:, 0]) for points in expected]
    assert expected[1][order[1]] == pytest.approx(expected[0][order[0]], abs=1.0)


@COMPILED
def test_two_modes_alike_are_as_one():
    scans = crowd(4)
    one, two = (table(filtered(scans, Limits(), motion(modes))) for modes in (1, 2))
    for found, wanted in zip(two, one, strict=True):
        assert found == pytest.approx(wanted, abs=1e-8)


def test_recycled_tracks_stay_among_the_undetected_and_come_back():
    scans = [[[0.0, 0.0]], [[0.5, 0.0]], *[np.zeros((0, 2))] * 2]
    kept = filtered(scans, Limits(faint=0.3, recycle=True))
    assert len(kept.leaves.t_s) == 0
    assert 0.0 < kept.undetected.existence.sum() < 0.3
    again = step(kept, 4.0, [[1.0, 0.0]], Limits(faint=0.3, recycle=True))
    anew = step(empty_mixture(1, 4), 4.0, [[1.0, 0.0]], Limits(faint=0.3))
    assert again.leaves.existence[0] > anew.leaves.existence[0] + 0.1


def test_detections_at_their_own_instants_are_used_there():
    """A rotating antenna: a detection at 0.4 s of a scan whose instant is 1 s."""
    state = filtered([[[0.0, 0.0]], [[3.0, 0.0]], [[6.0, 0.0]]], Limits())
    early = step(state, 3.0, [[7.2, 0.0]], Limits(), at_s=np.array([2.4]))
    assert np.all(early.leaves.t_s == 3.0)
    report = decide_best(early.held, early.leaves, 0.4)
    assert report.mean[0, 0, :2] == pytest.approx([9.0, 0.0], abs=0.5)


@pytest.mark.parametrize(
    ("chance", "fresh"), [(1.0, FRESH), (0.0, FRESH), (CHANCE, 0.0), (1.0, 0.0), (CHANCE, 1e300)]
)
def test_chances_at_their_ends_leave_numbers(chance, fresh):
    state = filtered(crowd(5, scans=4), Limits(), chance=chance, fresh=fresh)
    for array in (state.held.log_weight, state.leaves.mean, state.leaves.cov, state.leaves.existence):
        assert np.all(np.isfinite(array))


def test_a_scan_of_copies_of_one_detection_and_an_empty_one_are_taken():
    state = filtered([np.zeros((6, 2)), np.zeros((6, 2)), np.zeros((0, 2)), np.zeros((1, 2))], Limits())
    assert np.exp(state.held.log_weight[: state.held.cluster[1]]).sum() == pytest.approx(1.0)


def test_equal_hypotheses_become_one_that_has_the_weight_of_all():
    random = np.random.default_rng(2)
    lists = [
        tuple(sorted(random.choice(4, random.integers(0, 4), replace=False).tolist())) for _ in range(40)
    ]
    weights = random.dirichlet(np.ones(len(lists)))
    rows = make_rows(len(lists), 4)
    for i, leaves in enumerate(lists):
        rows.leaf[i, : len(leaves)] = leaves
        rows.length[i] = len(leaves)
    rows.log_weight[:] = np.log(weights)
    count = merge_equal(rows, len(lists))
    found = {tuple(rows.leaf[i, : rows.length[i]].tolist()): np.exp(rows.log_weight[i]) for i in range(count)}
    wanted: dict[tuple[int, ...], float] = {}
    for leaves, weight in zip(lists, weights, strict=True):
        wanted[leaves] = wanted.get(leaves, 0.0) + weight
    assert count == len(found) == len(wanted)
    assert [found[leaves] for leaves in wanted] == pytest.approx(list(wanted.values()))


def test_moving_the_points_again_lowers_the_expected_error_further():
    """With no price on points none goes, and every move is downhill."""
    gained = []
    for seed in range(10):
        state = filtered(scans_of(seed, (2, 2), spread=3.0), Limits(gate2=1e9, independent=-1.0), fresh=2e-3)
        cases = outcomes(state)
        once, often = (decide_least(state.held, state.leaves, 2, 30.0, 0.0, sweeps) for sweeps in (1, 50))
        assert len(once.mean) == len(often.mean)
        gained.append(
            expected_error(cases, once.mean[:, 0, :2], 30.0)
            - expected_error(cases, often.mean[:, 0, :2], 30.0)
        )
    assert min(gained) > -1e-9
    assert max(gained) > 1e-3
