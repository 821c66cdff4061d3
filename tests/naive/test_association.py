"""Choosing pairs against all choices, the coarse gate against the fine one, bias slots, order of rows."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.association import choose_pairs, coarse_pairs
from skypact.kernels.bank import ACTIVE, HITS, N_WORK
from skypact.kernels.tracking import open_group, order_rows
from skypact.kernels.trial import Trials, score_pair, slot_of
from skypact.track import TrackerSettings, advance, new_bank
from tests.track.world import Site, level_flight, observe, table

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
    keep = np.flatnonzero((second.sensor == 1) & (second.t_ns >= 20 * 10**9)).astype(np.int32)
    pack = new_bank(1).sensor_pack(table([Site(), site]), SETTINGS)
    scored = 0
    for i in keep:
        group = open_group(
            pack, second.t_ns, second.sensor, second.kind, second.z, second.sigma, second.code,
            np.array([i], np.int32),
        )  # fmt: skip
        room = int(bank.arrays.counts[ACTIVE])
        det, row = np.empty(room, np.int32), np.empty(room, np.int32)
        for single in (False, True):
            found = set(row[: coarse_pairs(bank.arrays, group, single, SETTINGS.vector, det, row)])
            for a in range(room):
                r = int(bank.arrays.lists[0, a])
                if (bank.arrays.tags[r, HITS] == 1) != single:
                    continue
                trials = Trials(
                    np.empty((1, 3, 6)),
                    np.empty((1, 3, 6, 6)),
                    np.empty((1, 3)),
                    np.empty((1, 4, 6, 4)),
                    np.empty(1),
                    np.empty((N_WORK, 4, 6)),
                    np.empty(4, np.int32),
                )
                score_pair(bank.arrays, r, group, 0, SETTINGS.vector, trials, 0)
                if trials.score[0] > 0.0:
                    scored += 1
                    assert r in found
    assert scored >= 4
