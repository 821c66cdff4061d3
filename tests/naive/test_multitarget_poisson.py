"""One scan of the Poisson multi-Bernoulli filter against dense NumPy over every joint event, and what it decides."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels.multitarget import layout, life, poisson
from skypact.kernels.multitarget.chain import predict_track, workspace
from skypact.kernels.multitarget.choice import clipped_error, existence_needed, likeliest_number
from skypact.kernels.multitarget.component import apply_detection
from skypact.kernels.multitarget.gate import gate_pairs, predict_together
from skypact.kernels.multitarget.undetected import age_density, expect_new, space_of
from skypact.track.engine import copied, empty_bank
from tests.multitarget.objects import Cv, Eye
from tests.naive.test_multitarget_belief import enumerated

CLUTTER, UNDETECTED, CHANCE, DROP = 1e-4, 3e-5, 0.85, 1e-4


def lifelong(drop=DROP, confirm=0.5):
    out = np.zeros(life.N_LIFE)
    out[life.RULE] = life.EXISTENCE
    out[life.DROP_EXISTENCE], out[life.CONFIRM_EXISTENCE] = drop, confirm
    out[life.COAST_MISSES], out[life.LOST_SIGMA], out[life.MOST_SCORE] = 1, np.inf, np.inf
    out[life.SPEED_SIGMA :] = 10.0
    return out


def options(start=-1.0, deaths=0.0, cutoff=0.0):
    out = np.zeros(poisson.N_POISSON)
    out[poisson.GATE2], out[poisson.DEATHS], out[poisson.START] = 1e3, deaths, start
    out[poisson.TOLERANCE], out[poisson.SWEEPS], out[poisson.SHARED] = 1e-9, 1000, 12
    out[poisson.CUTOFF] = cutoff
    return out


def world(seed, tracks=3, detections=3, modes=1):
    """A bank at 0 s and a scan near it."""
    random = np.random.default_rng(seed)
    bank = empty_bank(tracks + detections, modes, 4)
    bank.mean[:tracks] = random.normal(0.0, 12.0, (tracks, modes, 4))
    for i, k in itertools.product(range(tracks), range(modes)):
        root = random.normal(0.0, 3.0, (4, 4)) + 4.0 * np.eye(4)
        bank.cov[i, k] = root @ root.T
    bank.mode[:tracks] = random.dirichlet(np.ones(modes), tracks)
    bank.existence[:tracks] = random.uniform(0.05, 0.999, tracks)
    bank.tags[:tracks, layout.TRACK_ID] = np.arange(1, tracks + 1)
    bank.tags[:tracks, layout.STATUS] = layout.TENTATIVE
    bank.counts[:2] = tracks, tracks + 1
    eye = Eye(sigma=(5.0, 5.0), clutter_density=CLUTTER)
    return bank, eye.scan(0.0, random.normal(0.0, 12.0, (detections, 2)))


def step(bank, motion, scan, t_s=0.0, chance=None, undetected=UNDETECTED, settings_=None, life_=None):
    """A copy of the bank after the scan, whose each detection is, and what the step told."""
    bank, n = copied(bank, len(bank.t_s)), len(scan.t_s)
    owner, told = np.empty(n, np.int64), np.empty(poisson.N_TOLD)
    chance = np.full(bank.counts[layout.TRACKS], CHANCE) if chance is None else chance
    packed = options() if settings_ is None else settings_
    poisson.age_tracks(bank, t_s, packed[poisson.DEATHS])
    together = predict_together(bank, motion, scan, t_s)
    pairs = gate_pairs(bank, motion, layout.EXTENDED, scan, packed[poisson.GATE2])
    poisson.settle_poisson(
        bank, motion, layout.EXTENDED, scan, t_s, together, pairs, chance, np.full(n, undetected),
        packed, lifelong() if life_ is None else life_, owner, told,
    )  # fmt: skip
    return bank, owner, told


def naive(bank, scan, undetected=UNDETECTED):
    """Existence, mode chances, means and covariances after the scan: existing components, then the detections'."""
    tracks, n, modes = int(bank.counts[layout.TRACKS]), len(scan.z), bank.mode.shape[1]
    h = np.eye(2, 4)
    table, likelihood = np.zeros((tracks, n)), np.zeros((tracks, n, modes))
    for i, j, k in itertools.product(range(tracks), range(n), range(modes)):
        s = h @ bank.cov[i, k] @ h.T + scan.noise[0 if len(scan.noise) == 1 else j]
        v = scan.z[j] - h @ bank.mean[i, k]
        likelihood[i, j, k] = math.exp(-0.5 * v @ np.linalg.solve(s, v)) / math.sqrt(
            np.linalg.det(2.0 * np.pi * s)
        )
    for i in range(tracks):
        r = bank.existence[i]
        table[i] = r * CHANCE * (likelihood[i] @ bank.mode[i]) / (1.0 - r + r * (1.0 - CHANCE))
    chance, new = enumerated(table, np.full(n, CLUTTER + undetected))
    out = []
    for i in range(tracks):
        r = bank.existence[i]
        r_missed = r * (1.0 - CHANCE) / (1.0 - r * CHANCE)
        parts = [
            (chance[i, -1] * r_missed * bank.mode[i, k], k, bank.mean[i, k], bank.cov[i, k])
            for k in range(modes)
        ]
        for j, k in itertools.product(range(n), range(modes)):
            noise = scan.noise[0 if len(scan.noise) == 1 else j]
            gain = bank.cov[i, k] @ h.T @ np.linalg.inv(h @ bank.cov[i, k] @ h.T + noise)
            share = bank.mode[i, k] * likelihood[i, j, k] / (likelihood[i, j] @ bank.mode[i])
            mean = bank.mean[i, k] + gain @ (scan.z[j] - h @ bank.mean[i, k])
            parts.append((chance[i, j] * share, k, mean, bank.cov[i, k] - gain @ h @ bank.cov[i, k]))
        existence = sum(part[0] for part in parts)
        mode, means, covs = np.zeros(modes), np.zeros((modes, 4)), np.zeros((modes, 4, 4))
        for k in range(modes):
            own = [part for part in parts if part[1] == k]
            mode[k] = sum(part[0] for part in own)
            means[k] = sum(part[0] * part[2] for part in own) / mode[k]
            covs[k] = (
                sum(part[0] * (part[3] + np.outer(part[2] - means[k], part[2] - means[k])) for part in own)
                / mode[k]
            )
        out.append((existence, mode / existence, means, covs))
    begun = undetected / (undetected + CLUTTER) * new
    return out, begun


@pytest.mark.parametrize("apart", [False, True], ids=["one noise", "a noise for each"])
@pytest.mark.parametrize("modes", [1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_a_scan_does_what_the_sum_over_all_events_says(seed, modes, apart):
    tracks, detections = np.random.default_rng(seed).integers(1, 5, 2)
    bank, scan = world(seed, tracks, detections, modes)
    if apart:
        random = np.random.default_rng(seed)
        noise = np.array([np.diag(random.uniform(10.0, 60.0, 2)) for _ in scan.t_s])
        scan = scan._replace(noise=noise)
    found, _, told = step(bank, Cv(noises_m2ps3=(1.0,) * modes).pack(), scan)
    wanted, begun = naive(bank, scan)
    rows = [i for i in range(tracks) if wanted[i][0] > DROP]
    for row, i in enumerate(rows):
        existence, mode, mean, cov = wanted[i]
        assert found.tags[row, layout.TRACK_ID] == i + 1
        assert found.existence[row] == pytest.approx(existence, rel=1e-6)
        assert found.score[row] == pytest.approx(math.log(existence / (1.0 - existence)), abs=1e-5)
        assert found.mode[row] == pytest.approx(mode, rel=1e-6)
        assert found.mean[row] == pytest.approx(mean, rel=1e-6, abs=1e-6)
        assert found.cov[row] == pytest.approx(cov, rel=1e-6, abs=1e-5)
    kept = [r for r in begun if r > DROP]
    count = int(found.counts[layout.TRACKS])
    assert count == len(rows) + len(kept)
    assert found.existence[len(rows) : count] == pytest.approx(kept, rel=1e-6)
    assert told[poisson.NEW] == pytest.approx(begun.sum())
    whole = sum(part[0] for part in wanted) + begun.sum()
    assert found.existence[:count].sum() + told[poisson.RECYCLED] == pytest.approx(whole)


@pytest.mark.parametrize("modes", [1, 3])
def test_detections_at_their_own_instants_are_applied_at_those_instants(modes):
    """One component and one sure detection later than it: predict, update, predict to the scan's instant."""
    motion = Cv(noises_m2ps3=tuple(0.5 + np.arange(modes))).pack()
    bank, scan = world(4, 1, 1, modes)
    bank.existence[0] = 1.0 - 1e-9
    scan = scan._replace(t_s=np.array([0.7]), z=bank.mean[0, :1, :2] + 1.0, clutter=np.array([1e-30]))
    found, owner, _ = step(bank, motion, scan, 2.0, undetected=1e-30)
    mean, cov, mode, work = bank.mean[0], bank.cov[0], bank.mode[0], workspace(modes, 4)
    predict_track(motion, 0.7, mean, cov, mode, work)
    apply_detection(motion.shape, layout.EXTENDED, scan, 0, mean, cov, mode, work)
    predict_track(motion, 1.3, mean, cov, mode, work)
    assert found.mean[0] == pytest.approx(mean)
    assert found.cov[0] == pytest.approx(cov)
    assert found.mode[0] == pytest.approx(mode)
    assert found.t_s[0] == 2.0
    assert owner[0] == 1


def test_a_place_nobody_looks_at_changes_nothing_but_by_motion_and_death():
    bank, scan = world(1)
    found, _, _ = step(
        bank, Cv().pack(), scan._replace(t_s=np.full(3, 2.0), z=scan.z + 1e5), 2.0,
        chance=np.zeros(3), settings_=options(deaths=0.1),
    )  # fmt: skip
    assert found.existence[:3] == pytest.approx(bank.existence[:3] * math.exp(-0.2))
    assert found.mean[:3, 0, :2] == pytest.approx(bank.mean[:3, 0, :2] + 2.0 * bank.mean[:3, 0, 2:])


def test_with_a_stated_start_the_density_of_undetected_objects_counts_for_nothing():
    bank, scan = world(2)
    one, _, _ = step(bank, Cv().pack(), scan, settings_=options(start=0.3))
    other, _, _ = step(bank, Cv().pack(), scan, settings_=options(start=0.3), undetected=1.0)
    wanted, _ = naive(bank, scan, 0.0)
    assert np.array_equal(one.existence, other.existence)
    assert one.existence[:3] == pytest.approx([part[0] for part in wanted])
    far, _, _ = step(bank, Cv().pack(), scan._replace(z=scan.z + 1e5), settings_=options(start=0.3))
    assert far.existence[3:6] == pytest.approx(np.full(3, 0.3))


def test_what_is_faint_is_dropped_not_begun_and_recycled():
    bank, scan = world(3)
    full, _, _ = step(bank, Cv().pack(), scan, life_=lifelong(0.0))
    kept, _, told = step(bank, Cv().pack(), scan, life_=lifelong(0.4))
    count = int(full.counts[layout.TRACKS])
    strong = full.existence[:count][full.existence[:count] > 0.4]
    assert kept.existence[: kept.counts[layout.TRACKS]] == pytest.approx(strong)
    assert 0 < len(strong) < count
    assert told[poisson.RECYCLED] == pytest.approx(full.existence[:count].sum() - strong.sum())


def test_status_says_what_to_report_each_scan_anew():
    bank, scan = world(5)
    bank.existence[:3] = 0.9, 0.3, 0.9
    far = scan._replace(z=scan.z + 1e5)
    found, _, _ = step(bank, Cv().pack(), far, chance=np.array([0.5, 0.5, 0.95]), undetected=0.0)
    assert list(found.tags[:3, layout.STATUS]) == [layout.COASTING, layout.TENTATIVE, layout.TENTATIVE]
    bank.tags[1, layout.STATUS] = layout.CONFIRMED
    again, _, _ = step(bank, Cv().pack(), far, chance=np.array([0.5, 0.5, 0.95]), undetected=0.0)
    assert again.tags[1, layout.STATUS] == layout.TENTATIVE
    by_number = options()
    by_number[poisson.BY_NUMBER] = 1.0
    most, _, _ = step(bank, Cv().pack(), far, chance=np.zeros(3), undetected=0.0, settings_=by_number)
    assert list(most.tags[:3, layout.STATUS] == layout.TENTATIVE) == [False, True, False]
    vague, _, _ = step(bank, Cv().pack(), far, chance=np.zeros(3), settings_=options(cutoff=1.0))
    assert np.all(vague.tags[:3, layout.STATUS] == layout.TENTATIVE)


def test_detections_that_are_not_numbers_and_full_banks_break_nothing():
    bank, scan = world(6)
    scan.z[0] = np.nan
    found, owner, _ = step(bank, Cv().pack(), scan)
    assert np.all(np.isfinite(found.mean))
    assert owner[0] == 0
    full = copied(bank, 3)
    found, _, told = step(full, Cv().pack(), scan)
    assert found.counts[layout.DROPPED_FULL] > 0
    assert told[poisson.RECYCLED] > 0.0
    empty, _, told = step(bank, Cv().pack(), Eye(sigma=(5.0, 5.0)).scan(0.0, np.empty((0, 2))))
    assert empty.existence[:3] == pytest.approx(
        bank.existence[:3] * (1 - CHANCE) / (1 - CHANCE * bank.existence[:3])
    )


# ------------------------------------------------------------------------------------------------ the undetected


@given(st.floats(0.0, 10.0), st.floats(0.0, 1.0), st.floats(0.0, 0.5), st.floats(0.0, 20.0))
def test_the_undetected_appear_and_end_as_their_equation_says(density, births, deaths, dt_s):
    steps, value = 4000, density
    for _ in range(steps):
        value += (births - deaths * value) * dt_s / steps
    assert age_density(density, births, deaths, dt_s) == pytest.approx(value, rel=0.01, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "d", "z"),
    [
        (layout.POSITION, 2, (300.0, -40.0)),
        (layout.RANGE_BEARING, 2, (900.0, 0.7)),
        (layout.RANGE_BEARING_ELEVATION, 3, (900.0, 0.7, 0.4)),
    ],
)
def test_a_unit_of_measurement_stands_for_the_space_that_its_places_fill(kind, d, z):
    sensor = np.zeros(layout.N_SENSOR)
    sensor[layout.ROTATION : layout.ROTATION + 9] = np.eye(3).ravel()
    eye, z = Eye(kind, (1.0,) * len(z), d), np.array(z)
    moves = np.array([
        (eye.scan(0.0, z + h).place[0] - eye.scan(0.0, z - h).place[0]) / 2e-4 for h in 1e-4 * np.eye(len(z))
    ])  # fmt: skip
    assert space_of(kind, sensor, d, z) == pytest.approx(abs(np.linalg.det(moves)), rel=1e-4)


def test_expected_new_detections_sum_over_range_rates_to_those_without():
    rates = np.linspace(-300.0, 300.0, 2001)
    rated = Eye(layout.RANGE_BEARING_RATE, (5.0, 0.01, 3.0)).scan(
        0.0, np.c_[np.full(2001, 800.0), np.full(2001, 0.3), rates]
    )
    plain = Eye(layout.RANGE_BEARING, (5.0, 0.01)).scan(0.0, [[800.0, 0.3]])
    speed, many, one = np.full(3, 40.0), np.empty(2001), np.empty(1)
    expect_new(rated, 2, 1e-6, 0.9, speed, many)
    expect_new(plain, 2, 1e-6, 0.9, speed, one)
    assert one[0] == pytest.approx(1e-6 * 0.9 * 800.0)
    assert many.sum() * (rates[1] - rates[0]) == pytest.approx(one[0], rel=1e-6)
    assert math.sqrt((many @ rates**2) / many.sum()) == pytest.approx(math.hypot(40.0, 3.0), rel=1e-4)


# -------------------------------------------------------------------------------------------------- the decision


@given(st.lists(st.floats(0.0, 1.0), max_size=9))
@settings(max_examples=60)
def test_the_likeliest_number_is_that_of_all_combinations(existence):
    chance = np.zeros(len(existence) + 1)
    for event in itertools.product((0, 1), repeat=len(existence)):
        chance[sum(event)] += np.prod(
            [r if there else 1.0 - r for r, there in zip(existence, event, strict=True)]
        )
    assert chance[likeliest_number(np.array(existence))] == pytest.approx(chance.max())


@pytest.mark.parametrize("sigma_m", [1.0, 10.0, 30.0, 80.0])
@pytest.mark.parametrize("existence", [0.3, 0.52, 0.6, 0.95])
def test_reporting_follows_the_expected_cost(sigma_m, existence):
    """Against the GOSPA costs of drawn errors: pair or not, missed, false."""
    c = 50.0
    error2 = np.sum(np.random.default_rng(1).normal(0.0, sigma_m, (200_000, 2)) ** 2, axis=1)
    clipped = np.minimum(error2, c * c).mean()
    assert clipped_error(2.0 * sigma_m**2, c) == pytest.approx(clipped, rel=0.01)
    reported, left_out = existence * clipped + (1.0 - existence) * c * c / 2, existence * c * c / 2
    needed = existence_needed(2.0 * sigma_m**2, 0.5, c)
    if abs(existence - needed) > 0.01:
        assert (existence > needed) == (reported < left_out)
    assert existence_needed(2.0 * sigma_m**2, 0.5, 0.0) == 0.5
