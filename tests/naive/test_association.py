"""Choosing pairs against all choices, the coarse gate against the fine one, bias slots, order of rows."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.association import FEW_PAIRS, choose_pairs
from skypact.kernels.bank import ACTIVE, G_BOOSTS, HITS
from skypact.kernels.gate import coarse_pairs
from skypact.kernels.group import fill_group, make_group, order_rows
from skypact.kernels.trial import make_trials, score_pair, slot_of
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from tests.track.world import (
    LAT,
    LON,
    Flight,
    Site,
    ballistic_flight,
    from_enu,
    level_flight,
    observe,
    rotation,
    table,
)

SETTINGS = TrackerSettings()


def naive_best(score, pair_det, pair_row):
    """The greatest total score of any set of pairs that uses no detection and no row twice."""
    best = 0.0
    good = [p for p in range(len(score)) if score[p] > 0.0]
    for size in range(1, len(good) + 1):
        for chosen in itertools.combinations(good, size):
            if len({pair_det[p] for p in chosen}) == size == len({pair_row[p] for p in chosen}):
                best = max(best, sum(score[p] for p in chosen))
    return best


pairs = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-3, 9)), max_size=9, unique_by=lambda p: p[:2]
)


@given(pairs)
def test_the_choice_has_the_greatest_total_score(given_pairs):
    det = np.array([p[0] for p in given_pairs], np.int32)
    row = np.array([p[1] for p in given_pairs], np.int32)
    score = np.array([float(p[2]) for p in given_pairs])
    chosen = np.empty(len(score), np.bool_)
    choose_pairs(score, det, row, 5, 5, chosen)
    assert len(set(det[chosen])) == chosen.sum() == len(set(row[chosen]))
    assert score[chosen].sum() == naive_best(score, det, row)


@pytest.mark.parametrize("alone", [3, FEW_PAIRS + 6])
@given(given_pairs=pairs)
def test_pairs_that_do_not_compete_are_chosen_beside_those_that_do(alone, given_pairs):
    det = np.array([p[0] for p in given_pairs] + [5 + k for k in range(alone)], np.int32)
    row = np.array([p[1] for p in given_pairs] + [5 + k for k in range(alone)], np.int32)
    score = np.array([float(p[2]) for p in given_pairs] + [1.0] * alone)
    chosen, n = np.empty(len(score), np.bool_), len(given_pairs)
    choose_pairs(score, det, row, 5 + alone, 5 + alone, chosen)
    assert chosen[n:].all()
    assert len(set(det[chosen])) == chosen.sum() == len(set(row[chosen]))
    assert score[:n][chosen[:n]].sum() == naive_best(score[:n], det[:n], row[:n])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12), st.data())
def test_rows_come_by_second_and_then_by_sensor(events, data):
    t_ns = np.array([e[0] * 500_000_000 for e in events], np.int64)
    sensor = np.array([e[1] for e in events], np.uint16)
    n = len(events)
    use = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), np.bool_)
    rows, end = np.empty(n, np.int32), np.empty(n, np.int32)
    groups = order_rows(t_ns, sensor, use, 0, n, rows, end)
    wanted, seen = [], [i for i in range(n) if use[i] or n == 0]
    for second in sorted({int(t_ns[i] // 10**9) for i in seen}):
        inside = [i for i in seen if t_ns[i] // 10**9 == second]
        wanted += [
            [i for i in inside if sensor[i] == s] for s in dict.fromkeys(int(sensor[i]) for i in inside)
        ]
    begin, found = 0, []
    for g in range(groups):
        found.append(list(rows[begin : end[g]]))
        begin = end[g]
    assert found == wanted


def test_a_sensor_keeps_its_slot_and_a_new_one_takes_the_stalest():
    sensors, heard = np.array([3, 5, -1, -1], np.int32), np.array([9.0, 4.0, -math.inf, -math.inf])
    assert slot_of(sensors, heard, 5) == 1
    assert slot_of(sensors, heard, 8) == 2
    full = np.array([3, 5, 6, 7], np.int32)
    assert slot_of(full, np.array([9.0, 4.0, 2.0, 8.0]), 8) == 2


@pytest.mark.parametrize(
    "site", [Site(), Site(elevation=False), Site(ranges=False), Site(elevation=False, ranges=False)]
)
def test_the_coarse_gate_leaves_out_no_pair_that_scores(site):
    """Every pair of a small bank with a second of detections is tried: those that score are among the coarse ones."""
    rng = np.random.default_rng(3)
    flights = [level_flight(20e3 * k - 60e3, 50e3 + 3e3 * k, 3e3, 200.0, 40.0 * k, 30) for k in range(6)]
    first, _ = observe([Site()], flights, 20, rng)
    bank = new_bank(32)
    advance(bank, table([Site()]), first, 0, len(first.t_ns), None, 20.0, SETTINGS)
    second, _ = observe([Site(), site], flights, 24, rng)
    keep = np.flatnonzero((second.sensor == 1) & (second.t_ns >= 20 * 10**9))
    pack = new_bank(1).sensor_pack(table([Site(), site]), SETTINGS)
    assert scored_pairs(bank, pack, second, keep) >= 4


@pytest.mark.parametrize("elevation", [True, False])
def test_the_quick_look_over_all_rows_leaves_out_no_pair_of_the_gate(elevation):
    """Rows that may boost are never left out by it: with that said of all, the gate alone decides on the same pairs."""
    rng = np.random.default_rng(6)
    site = Site(elevation=elevation)
    flights = [level_flight(9e3 * k - 60e3, 30e3 + 14e3 * k, 3e3, 200.0, 40.0 * k, 30) for k in range(14)]
    log, _ = observe([site], flights, 24, rng)
    bank, count = new_bank(32), int(np.searchsorted(log.t_ns, 20 * 10**9))
    advance(bank, table([site]), log, 0, count, None, 20.0, SETTINGS)
    pack = bank.sensor_pack(table([site]), SETTINGS)
    rows, group = np.arange(count, count + 3, dtype=np.int32), make_group(3)
    fill_group(group, pack, log.t_ns, log.sensor, log.kind, log.z, log.sigma, log.code, rows, 0, 3)
    found, looked_at = [], []
    for boosts in (0.0, 1.0):
        bank.arrays.gate[G_BOOSTS] = boosts
        det, row = np.full((2, 6 * len(bank)), -1, np.int32)
        numbers = coarse_pairs(bank.arrays, group, SETTINGS.vector, bank.scratch, det, row)
        found.append((*numbers, det.tolist(), row.tolist()))
        looked_at.append(int(bank.scratch.near[: len(bank)].sum()))
    assert found[0] == found[1]
    assert found[0][1] > 0
    assert looked_at[0] < looked_at[1]


def scored_pairs(bank, pack, log, keep):
    """How many pairs of the rows `keep` with any track score; each of them passes the coarse gate."""
    scored = 0
    for i in keep:
        group, trials = make_group(1), make_trials(1)
        fill_group(
            group,
            pack,
            log.t_ns,
            log.sensor,
            log.kind,
            log.z,
            log.sigma,
            log.code,
            np.array([i], np.int32),
            0,
            1,
        )
        room = int(bank.arrays.counts[ACTIVE])
        det, row = np.empty(2 * room, np.int32), np.empty(2 * room, np.int32)
        singles, others = coarse_pairs(bank.arrays, group, SETTINGS.vector, bank.scratch, det, row)
        near = {True: set(row[len(row) - singles :]), False: set(row[:others])}
        for r in bank.arrays.lists[0, :room].tolist():
            score_pair(bank.arrays, r, group, 0, SETTINGS.vector, trials, bank.scratch, 0)
            if trials.score[0] > 0.0:
                scored += 1
                assert r in near[bool(bank.arrays.tags[r, HITS] == 1)]
    return scored


@pytest.mark.parametrize("wait", [6, 10, 20, 30])
def test_the_coarse_gate_leaves_out_no_boost_that_scores(wait):
    """A boosting track and plots all along its course `wait` seconds later: what scores is among the coarse pairs."""
    scored = 0
    for push in (20.0, 40.0, 75.0):
        rng = np.random.default_rng(4)
        site = Site(revisit=2.0, rotates=False, range_max=900e3, elevation_limits=(0.0, 1.5))
        flight = steady_boost(push, 90)
        plots, _ = observe([site], [flight], 24, rng)
        bank = new_bank(32)
        advance(bank, table([site]), plots, 0, len(plots.t_ns), None, 24.0, SETTINGS)
        pack = new_bank(1).sensor_pack(table([site]), SETTINGS)
        last = flight.at(22)
        u = last[3:] / np.linalg.norm(last[3:])
        for part in np.linspace(-0.5, 3.0, 71):
            pos = last[:3] + wait * last[3:] + part * 0.5 * 60.0 * wait**2 * u
            moved = Flight(0, np.tile(np.concatenate([pos, last[3:]]), (60, 1)))
            later, _ = observe([site], [moved], 60, rng)
            keep = np.flatnonzero(later.t_ns == (22 + wait) * 10**9)
            scored += scored_pairs(bank, pack, later, keep)
    assert scored > 30


def steady_boost(push, seconds, steep=0.9, bearing=0.5):
    """From rest on the ground at a constant net acceleration, burnt out at 2,450 m/s."""
    along = rotation(LAT, LON).T @ np.array(
        [math.cos(steep) * math.sin(bearing), math.cos(steep) * math.cos(bearing), math.sin(steep)]
    )
    t = np.arange(int(2450.0 / push) + 1.0)[:, None]
    burn = np.hstack([from_enu(0.0, 100e3, 0.0) + 0.5 * push * t**2 * along, push * t * along])
    coast = ballistic_flight(burn[-1, :3], burn[-1, 3:], max(seconds - len(t) + 1, 1))
    return Flight(0, np.vstack([burn, coast.state[1:]]))


@pytest.mark.parametrize("push", [60.0, 75.0])
def test_a_strong_boost_is_confirmed_at_the_third_look_of_a_slow_radar(push):
    sites = [Site(revisit=20.0, range_max=600e3, elevation_limits=(0.0, 1.5))]
    for seed in range(4):
        plots, _ = observe(sites, [steady_boost(push, 100)], 100, np.random.default_rng(seed))
        bank, sensors, low, first = new_bank(16), table(sites), 0, None
        for k in range(1, 101):
            high = int(np.searchsorted(plots.t_ns, k * 10**9))
            advance(bank, sensors, plots, low, high, None, float(k), SETTINGS)
            low = high
            if first is None and len(snapshot(bank, float(k), SETTINGS)):
                first = k
        assert first is not None
        assert first <= 45
