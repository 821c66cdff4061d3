import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from skypact.errors import UsageError
from skypact.score import Gospa, Trajectories, gospa, ospa, ospa2, trajectory_gospa

C = 4.0
NEAR = 1e-6


def trajectories(rows, vel=None):
    """From rows (k, id, x)."""
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Trajectories(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2:], vel)


keys = st.tuples(st.integers(0, 3), st.integers(0, 2))
sets_of_rows = st.dictionaries(keys, st.integers(-6, 6), max_size=10)
changes = st.dictionaries(keys, st.none() | st.integers(-2, 2), max_size=10)


def as_paths(rows):
    return trajectories([(*key, x) for key, x in rows.items()])


def changed(rows, change):
    """The same rows moved a little, ended, or begun where there was none."""
    after = {key: rows.get(key, 0) + (change.get(key) or 0) for key in {**rows, **change}}
    return {key: x for key, x in after.items() if key not in change or change[key] is not None}


some = sets_of_rows.map(as_paths)
three = st.tuples(sets_of_rows, changes, changes).map(
    lambda made: tuple(
        map(as_paths, (made[0], changed(made[0], made[1]), changed(changed(made[0], made[1]), made[2])))
    )
)

places = st.lists(st.tuples(*[st.integers(-8, 8)] * 2), max_size=5)
shifts = st.lists(st.tuples(*[st.integers(-3, 3)] * 2), max_size=5)


def as_points(rows):
    return np.array(rows, np.float64).reshape(-1, 2)


def shifted(rows, shift):
    """The same points moved a little, as many as there are shifts."""
    return [(x + dx, y + dy) for (x, y), (dx, dy) in zip(rows, shift, strict=False)]


three_points = st.tuples(places, shifts, shifts).map(
    lambda made: tuple(
        map(as_points, (made[0], shifted(made[0], made[1]), shifted(shifted(made[0], made[1]), made[2])))
    )
)
orders = st.sampled_from([1.0, 2.0, 3.5])


def renamed(paths, seed):
    """The same set with other numbers and rows in another order."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(paths.k))
    names = random.permutation(100)
    return Trajectories(paths.k[order], names[paths.id[order]], paths.pos_m[order])


@given(three, st.permutations(range(3)), st.sampled_from([0.5, 1.0, 3.0]), st.sampled_from([1.0, 2.0]))
@settings(max_examples=120)
def test_trajectory_gospa_is_a_metric(sets, order, gamma, p):
    a, b, c = (sets[which] for which in order)

    def distance(one, other):
        return trajectory_gospa(one, other, C, gamma, p).total

    assert distance(a, renamed(a, 1)) == pytest.approx(0.0, abs=NEAR)
    assert distance(a, b) == pytest.approx(distance(b, a), abs=NEAR)
    assert distance(a, c) <= distance(a, b) + distance(b, c) + NEAR


@given(three, st.permutations(range(3)), st.integers(1, 5), *[st.sampled_from([1.0, 2.0])] * 2)
@settings(max_examples=150)
def test_ospa2_is_a_metric_in_every_window(sets, order, window, p, q):
    a, b, c = (sets[which] for which in order)
    at = np.arange(6)

    def distance(one, other):
        return ospa2(one, other, C, window, p, q, at).total

    assert distance(a, renamed(a, 2)) == pytest.approx(0.0, abs=0.0)
    assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-12)
    assert (distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9).all()


@pytest.mark.parametrize("metric", [gospa, ospa])
@given(three_points, st.permutations(range(3)), orders)
@settings(max_examples=150)
def test_gospa_and_ospa_are_metrics_of_every_order(metric, sets, order, p):
    a, b, c = (sets[which] for which in order)

    def distance(one, other):
        return metric(one, other, 5.0, p).total

    assert distance(a, a[::-1]) == 0.0
    assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-12)
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9


@given(some, some)
@settings(max_examples=60)
def test_different_sets_are_apart_even_where_every_snapshot_is_the_same(a, b):
    same = sorted(map(tuple, paths(a))) == sorted(map(tuple, paths(b)))
    assert (trajectory_gospa(a, b, C, 0.7, 2.0).total < NEAR) == same
    assert (ospa2(a, b, C, 4, at=np.array([3])).total[0] == 0.0) == same


def paths(one):
    rows = sorted(zip(one.id, one.k, one.pos_m[:, 0], strict=True))
    return [[(k, x) for j, k, x in rows if j == i] for i in np.unique(one.id)]


@given(some, some, st.sampled_from([1.0, 2.0]))
@settings(max_examples=60)
def test_without_a_price_of_switches_trajectory_gospa_is_gospa_of_each_snapshot(a, b, p):
    def at(one, k):
        return one.pos_m[one.k == k]

    found = trajectory_gospa(a, b, C, 0.0, p)
    wanted = [gospa(at(a, k), at(b, k), C, p) for k in found.k]
    for part in ("localisation", "missed", "false"):
        assert getattr(found, f"{part}_k").sum() == pytest.approx(
            sum(getattr(g, part) for g in wanted), abs=1e-6
        )
    assert found.total**p == pytest.approx(sum(g.total**p for g in wanted), abs=1e-6)


def test_the_parts_of_each_snapshot_say_when():
    """Object 0 is held by track 0, then by 1 after a snapshot without; track 2 is on nothing."""
    truth = trajectories([(k, 0, 0.0) for k in range(6)])
    est = trajectories([(0, 0, 1.0), (1, 0, 1.0), (3, 1, 1.0), (4, 1, 1.0), (5, 1, 2.0), (1, 2, 99.0)])
    found = trajectory_gospa(est, truth, C, 1.0, 2.0)
    half = C**2 / 2
    assert found.localisation_k == pytest.approx([1, 1, 0, 1, 1, 4])
    assert found.missed_k == pytest.approx([0, 0, half, 0, 0, 0])
    assert found.false_k == pytest.approx([0, half, 0, 0, 0, 0])
    assert found.switching_k == pytest.approx([0, 0, 0, 1, 0, 0])
    assert found.per_step() == pytest.approx((found.total**2 / 6) ** 0.5)


def test_a_switch_dearer_than_what_it_saves_is_not_made():
    truth = trajectories([(k, 0, 0.0) for k in range(4)])
    est = trajectories([*((k, 0, 1.0) for k in range(4)), (3, 1, 0.0)])
    assert trajectory_gospa(est, truth, C, 1.5, 1.0).switching == 0.0
    assert trajectory_gospa(est, truth, C, 0.5, 1.0).switching == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(3))
def test_a_program_is_solved_only_where_paths_meet(seed, monkeypatch):
    """Fifty objects far apart, each with its track: no linear program is needed."""
    random = np.random.default_rng(seed)
    k, number = np.repeat(np.arange(20), 50), np.tile(np.arange(50), 20)
    x = np.asarray(number * 3.0 * C, np.float64)
    truth = Trajectories(k, number, x[:, None])
    est = Trajectories(k, number, (x + random.normal(0.0, 0.1, len(x)))[:, None])

    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr("skypact.score.alignment.linprog", never)
    assert trajectory_gospa(est, truth, C, 1.0).switching == 0.0
    crowded = Trajectories(k, number, x[:, None] / 30.0)
    with pytest.raises(AssertionError):
        trajectory_gospa(
            crowded, Trajectories(k[k % 3 > 0], number[k % 3 > 0], x[k % 3 > 0, None] / 31.0), C, 1.0
        )


def test_nothing_is_at_no_distance_from_nothing():
    nothing = trajectories([])
    assert trajectory_gospa(nothing, nothing, C, 1.0).total == 0.0
    assert trajectory_gospa(nothing, nothing, C, 1.0).per_step(1) == 0.0
    assert ospa2(nothing, nothing, C, 3).total.tolist() == []
    assert ospa2(nothing, nothing, C, 3, at=np.array([1, 2])).total.tolist() == [0.0, 0.0]
    assert ospa(np.zeros((0, 2)), np.zeros((0, 2)), C).total == 0.0
    one = trajectories([(0, 0, 0.0), (1, 0, 0.0)])
    assert trajectory_gospa(nothing, one, C, 1.0, 1.0).missed == pytest.approx(C)
    assert trajectory_gospa(one, nothing, C, 1.0, 1.0).false == pytest.approx(C)
    assert ospa2(nothing, one, C, 3).total.tolist() == [C, C]


def test_a_far_off_point_is_near_nothing():
    truth = trajectories([(0, 0, 0.0)])
    found = trajectory_gospa(trajectories([(0, 0, 1e300)]), truth, C, 1.0, 2.0)
    assert found.total == pytest.approx(C)
    assert gospa(np.array([[1e300, 0.0]]), np.zeros((1, 2)), C).total == pytest.approx(C)


@pytest.mark.parametrize("metric", [gospa, ospa])
@pytest.mark.parametrize("fault", [np.nan, np.inf, -np.inf])
def test_positions_that_are_no_numbers_are_refused(metric, fault):
    """As in a set of trajectories: an estimate that is NaN is a defect of the tracker, not a false track."""
    bad, good = np.array([[0.0, 0.0], [fault, 0.0]]), np.zeros((1, 2))
    for est, truth in ((bad, good), (good, bad), (bad[:, ::-1], good)):
        with pytest.raises(UsageError, match="not finite"):
            metric(est, truth, C)


@pytest.mark.parametrize("p", [40.0, 100.0, 400.0])
def test_high_orders_give_a_total_even_where_its_powers_are_beyond_all_numbers(p):
    """5 km to the power 100 is no float; the metric itself is near the cut-off."""
    est, truth = np.array([[0.0, 0.0], [9e3, 0.0]]), np.array([[1e3, 0.0], [3e3, 0.0]])
    wanted = 5e3 * (0.2**p + 0.5 + 0.5) ** (1.0 / p)
    found = gospa(est, truth, 5e3, p)
    assert found.total == pytest.approx(wanted)
    assert found.missed == found.false > 1e100
    assert gospa(est, est, 5e3, p) == Gospa(0.0, 0.0, 0.0, 0.0)
    assert ospa(est, truth, 5e3, p).total == pytest.approx(5e3 * ((1.0 + 0.2**p) / 2.0) ** (1.0 / p))
    one, other = trajectories([(0, 0, 0.0), (0, 1, 9e3)]), trajectories([(0, 0, 1e3), (0, 1, 3e3)])
    path = trajectory_gospa(one, other, 5e3, 1e3, p)
    assert path.total == pytest.approx(wanted)
    assert path.switching == 0.0
    assert path.missed == path.missed_k[0] == pytest.approx(found.missed)


def test_a_price_of_switches_beyond_all_numbers_is_refused():
    one = trajectories([(0, 0, 0.0)])
    with pytest.raises(UsageError, match="gamma"):
        trajectory_gospa(one, one, 1.0, 1e10, 100.0)


def test_false_tracks_beside_the_truth_never_make_the_mean_over_snapshots_better():
    """Ten objects missed, then a false track long after they have landed."""
    truth = trajectories([(k, number, 100.0 * number) for k in range(5, 15) for number in range(10)])
    late = trajectories([(k, 0, 0.0) for k in range(40, 140)])
    blind = trajectory_gospa(trajectories([]), truth, C, 1.0)
    wild = trajectory_gospa(late, truth, C, 1.0)
    assert blind.per_step() == pytest.approx((10.0 * C**2 / 2.0) ** 0.5)
    assert wild.per_step() > blind.per_step()
    assert wild.per_step(200) > blind.per_step(200)
    assert blind.per_step(40) == pytest.approx(blind.per_step() / 2.0)
    for window in (0, -1, 2.5):
        with pytest.raises(UsageError):
            blind.per_step(window)  # type: ignore[arg-type]


def test_a_mean_over_snapshots_needs_truth_or_a_window():
    alone = trajectory_gospa(trajectories([(3, 0, 0.0)]), trajectories([]), C, 1.0)
    with pytest.raises(UsageError):
        alone.per_step()
    assert alone.per_step(2) == pytest.approx((C**2 / 4.0) ** 0.5)


def crossing(seed, n=5, steps=8):
    """So many trajectories in one crowd that they must be solved together."""
    random = np.random.default_rng(seed)
    k, number = np.repeat(np.arange(steps), n), np.tile(np.arange(n), steps)
    return Trajectories(k, number, random.normal(0.0, 2.0, (len(k), 1)))


def test_a_solver_that_breaks_a_rule_by_its_tolerance_is_asked_only_so_often(monkeypatch):
    solve, calls = linprog, []

    def loose(*args, **options):
        calls.append(1)
        assert len(calls) < 20, "the same program again and again"
        done = solve(*args, **options)
        done.x = np.where(done.x > 0.25, done.x, np.maximum(done.x, 1.5e-7))
        return done

    one, other = crossing(1), crossing(2)
    wanted = trajectory_gospa(one, other, 3.0, 1.0, 1.0).total
    monkeypatch.setattr("skypact.score.alignment.linprog", loose)
    assert trajectory_gospa(one, other, 3.0, 1.0, 1.0).total == pytest.approx(wanted, abs=1e-4)
    assert calls


def test_a_program_that_is_not_solved_to_its_optimum_is_an_error(monkeypatch):
    solve = linprog

    def halted(*args, **options):
        done = solve(*args, **options)
        done.status, done.message = 1, "Iteration limit reached"
        return done

    monkeypatch.setattr("skypact.score.alignment.linprog", halted)
    with pytest.raises(UsageError, match="Iteration limit"):
        trajectory_gospa(crossing(1), crossing(2), 3.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("k", "number", "pos", "vel"),
    [
        pytest.param([0, 1], [0], np.zeros((2, 1)), None, id="lengths"),
        pytest.param([0, 1], [0, 0], np.zeros(2), None, id="positions without a second axis"),
        pytest.param([0, 1], [0, 0], np.zeros((2, 0)), None, id="no components"),
        pytest.param([0, 1], [0, 0], np.zeros((2, 2)), np.zeros((2, 3)), id="velocities of another shape"),
        pytest.param([0, 1], [0, 0], np.array([[0.0], [np.nan]]), None, id="a NaN"),
        pytest.param(
            [0, 1], [0, 0], np.zeros((2, 1)), np.array([[0.0], [np.inf]]), id="an infinite velocity"
        ),
        pytest.param([3, 3], [7, 7], np.zeros((2, 1)), None, id="twice in a snapshot"),
        pytest.param([0.0, 1.0], [0, 0], np.zeros((2, 1)), None, id="snapshots that are no whole numbers"),
    ],
)
def test_what_is_no_set_of_trajectories_is_refused(k, number, pos, vel):
    with pytest.raises(UsageError):
        Trajectories(np.array(k), np.array(number), pos, vel)


@pytest.mark.parametrize(
    ("c", "gamma", "p"),
    [
        (0.0, 1.0, 2.0),
        (-1.0, 1.0, 2.0),
        (np.inf, 1.0, 2.0),
        (np.nan, 1.0, 2.0),
        (1.0, -1.0, 2.0),
        (1.0, 1.0, 0.5),
    ],
)
def test_parameters_of_no_metric_are_refused(c, gamma, p):
    one = trajectories([(0, 0, 0.0)])
    with pytest.raises(UsageError):
        trajectory_gospa(one, one, c, gamma, p)


def test_windows_and_frames_that_do_not_fit_are_refused():
    one = trajectories([(0, 0, 0.0)])
    flat = Trajectories(np.array([0]), np.array([0]), np.zeros((1, 2)))
    for window in (0, -1, 1.5):
        with pytest.raises(UsageError):
            ospa2(one, one, C, window)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        ospa2(one, one, C, 2, at=np.array([3, 1]))
    for score in (lambda: trajectory_gospa(one, flat, C, 1.0), lambda: ospa2(one, flat, C, 1)):
        with pytest.raises(UsageError):
            score()
    with pytest.raises(UsageError):
        gospa(np.zeros((1, 2)), np.zeros((1, 3)), C)
