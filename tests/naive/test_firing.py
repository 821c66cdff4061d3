"""Naive twins of `kernels.firing`: closed loops over dense samples, one shot at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.defend.settings import fire_arrays
from skypact.kernels.descent import fly_to_ground
from skypact.kernels.firing import (
    ballistic_path,
    candidate_rows,
    intercepts,
    level_path,
    resolve_rows,
    salvo_kill_chance,
    stakes,
)
from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.random import ASSESSMENT, SHOT, uniform
from skypact.kernels.reach import impact_probability
from skypact.model.codes import Assessment, ObjectClass, Outcome
from tests.defend.world import K0, K1, SETTINGS, battery_table
from tests.naive.test_envelope import naive_first
from tests.naive.test_impact import naive_rate
from tests.warn.world import BETA_KGPM2 as BETA
from tests.warn.world import before_impact, place_table, state, tracks


def naive_candidates(rows, remote, least):
    """Rows that may be engaged, each condition said once."""
    return [
        i
        for i, row in enumerate(rows)
        if row["status"] == 2
        and row["firm"]
        and row["kind"] > 0
        and row["code"] == 0
        and row["identity"] not in (1, 2)
        and (row["local"] or remote)
        and not row["barred"]
        and sum(row["prob"][:4]) >= least
    ]


CLASS_PROBS = [[0.9, 0, 0, 0, 0.1, 0, 0], [0.2, 0.2, 0.2, 0.2, 0.2, 0, 0], [0, 0.7, 0, 0, 0.3, 0, 0]]
row = st.fixed_dictionaries(
    {
        "status": st.sampled_from([2, 2, 2, 2, 0, 1, 3, 4]),
        "firm": st.sampled_from([1, 1, 1, 0]),
        "kind": st.sampled_from([1, 2, 1, 2, 0]),
        "code": st.sampled_from([0, 0, 0, 7]),
        "identity": st.integers(0, 4),
        "local": st.integers(0, 1),
        "barred": st.sampled_from([False, False, False, True]),
        "prob": st.sampled_from(CLASS_PROBS),
    }
)


@given(st.lists(row, max_size=20), st.booleans())
def test_candidates_are_those_of_a_plain_list_of_conditions(rows, remote):
    out = np.empty(len(rows), np.int32)

    def column(name, dtype):
        return np.array([r[name] for r in rows], dtype)

    n = candidate_rows(
        column("status", np.uint8),
        column("firm", np.uint8),
        column("local", np.uint8),
        column("identity", np.uint8),
        column("code", np.uint32),
        np.array([r["prob"] for r in rows], np.float32).reshape(len(rows), 7),
        column("kind", np.uint8),
        column("barred", np.bool_),
        0.8,
        remote,
        out,
    )
    assert out[:n].tolist() == naive_candidates(rows, remote, 0.8 - 1e-6)


def test_a_ballistic_path_follows_the_naive_flight():
    start = before_impact(29.4, 48.0, 90.0)
    path = np.empty((1024, 5))
    n = ballistic_path(start, 1 / BETA, 1800.0, path)
    now, t = start.copy(), 0.0
    for k in range(n):
        while t < path[k, 0] - 1e-9:
            now = now + 0.125 * naive_rate(now + 0.0625 * naive_rate(now, BETA), BETA)
            t += 0.125
        assert np.linalg.norm(path[k, 1:4] - now[:3]) < 60.0
        assert path[k, 4] == pytest.approx(geodetic_from_ecef(*now[:3].tolist())[2], abs=60.0)
    assert 85.0 < path[n - 1, 0] <= 90.5


def test_a_level_path_keeps_its_height_and_speed():
    path = np.empty((1024, 5))
    n = level_path(state(29.0, 48.0, 120.0, 40.0, 230.0), 2.0, 300.0, path)
    assert n == 151
    for k in range(n):
        assert geodetic_from_ecef(*path[k, 1:4].tolist())[2] == pytest.approx(120.0, abs=1.0)
    steps = np.linalg.norm(np.diff(path[:n, 1:4], axis=0), axis=1)
    assert steps == pytest.approx(460.0, rel=0.005)


def test_intercepts_are_those_found_pair_by_pair():
    starts = [before_impact(29.4, 48.0, s) for s in (25.0, 45.0, 70.0)] + [
        state(29.4, 47.7, 60.0, 90.0, 230.0)
    ]
    kind = np.array([1, 1, 1, 2], np.uint8)
    believed = np.array([0, 0, 0, 1], np.uint8)
    table = battery_table([(29.35, 48.05), (29.5, 47.9), (29.4, 48.2)], mean_speed_mps=2000.0)
    table.envelope_m[:, :, 2] = np.array([60e3, 90e3, 20e3])[:, None]
    table.flight[:, 1] = [100e3, 50.0]
    rows, mine = np.arange(4, dtype=np.int32), np.array([0, 2, 1], np.int32)
    able, free = np.ones((4, 3), np.bool_), np.array([True, True, False])
    able[1, 0] = False
    beta, _, values = fire_arrays(SETTINGS)
    when, begin, aim, again = (
        np.empty((4, 3)),
        np.zeros((4, 3)),
        np.zeros((4, 3, 3)),
        np.empty((4, 3), np.bool_),
    )
    found = intercepts(
        rows,
        np.array(starts),
        kind,
        believed,
        beta,
        able,
        free,
        mine,
        table.pos_ecef_m,
        table.envelope_m,
        table.flight,
        table.sector,
        np.full(3, np.inf),
        table.reaction_s,
        table.dwell_s,
        values,
        when,
        begin,
        aim,
        again,
    )
    path = np.empty((1024, 5))
    want = 0
    for a in range(4):
        n = (
            ballistic_path(starts[a], 1 / BETA, 1800.0, path)
            if a < 3
            else level_path(starts[a], 2.0, 300.0, path)
        )

        def first(b, launch, samples=n):
            q = mine[b]
            shape = (table.pos_ecef_m[q], table.envelope_m[q], table.flight[q], table.sector[q], math.inf)
            return naive_first(path[:samples], *shape, 0.0, 0.0, launch)

        for b in range(3):
            k = first(b, 8.0) if able[a, b] and free[b] else -1
            takes = np.linalg.norm(path[max(k, 0), 1:4] - table.pos_ecef_m[mine[b]]) / 2000.0
            if k < 0 or path[k, 0] - takes > 8.0 + SETTINGS.commit_s:
                assert math.isinf(when[a, b])
                continue
            want += 1
            assert when[a, b] == path[k, 0]
            assert begin[a, b] == pytest.approx(path[k, 0] - takes)
            assert np.array_equal(aim[a, b], path[k, 1:4])
            look = path[k, 0] + SETTINGS.assessment_s + SETTINGS.decision_s + 8.0
            assert again[a, b] == any(first(c, look) >= 0 for c in range(3) if able[a, c])
    assert found == want > 2


def test_stakes_are_the_sums_over_defended_places():
    picture = tracks([before_impact(29.4, 48.0, 60.0)], [int(ObjectClass.BALLISTIC)])
    places = place_table([(29.4, 48.0), (29.45, 48.1), (29.4, 48.0)], nation=[0, 1, 2], value=[3.0, 5.0, 7.0])
    places.defended[2] = False
    defends = np.array([[True, False, True], [True, True, False]])
    lat, lon, cov = (
        np.array([29.41 * math.pi / 180]),
        np.array([48.02 * math.pi / 180]),
        np.eye(2)[None] * 4000.0**2,
    )
    reach, stake = np.empty((1, 2)), np.empty((1, 2))
    stakes(
        np.array([0], np.int32),
        picture.mean_ecef,
        picture.cov_ecef,
        np.array([1], np.uint8),
        lat,
        lon,
        cov,
        places.nation,
        places.lat_rad,
        places.lon_rad,
        places.pos_ecef_m,
        places.radius_m,
        places.value,
        places.defended,
        np.array([0, 1], np.int32),
        defends,
        fire_arrays(SETTINGS)[1],
        reach,
        stake,
    )
    p = [
        impact_probability(lat[0], lon[0], 16e6, 0.0, 16e6, places.lat_rad[q], places.lon_rad[q], 12_000.0)
        for q in range(2)
    ]
    assert stake[0] == pytest.approx([3.0 * p[0], 3.0 * p[0] + 5.0 * p[1]])
    assert reach[0] == pytest.approx([p[0], 1.0 - (1.0 - p[0]) * (1.0 - p[1])])


def naive_resolve(i, rounds, common, handover, kill, there, victim, alive, held, ordinal):
    """One shot: a failure common to the salvo or every round missing, as one number to stay under."""
    if there < 0:
        outcome, dead = Outcome.NOTHING_THERE, False
    elif not alive:
        outcome, dead = Outcome.ALREADY_DEAD, True
    else:
        single = kill[victim] if kill[victim] > 0 or victim not in (4, 5) else kill[1]
        survive = 1.0
        for _ in range(rounds):
            survive *= 1.0 - single * handover
        u = uniform(K0, K1, SHOT, np.uint32(1), np.uint32(i), np.uint32(ordinal))
        dead = u < common * (1.0 - survive)
        outcome = Outcome.KILL if dead else Outcome.MISS
    if not held:
        return outcome, Assessment.UNKNOWN
    u = uniform(K0, K1, ASSESSMENT, np.uint32(1), np.uint32(i), np.uint32(ordinal))
    wrong = u < (0.1 if dead else 0.05)
    return outcome, Assessment.KILLED if dead != wrong else Assessment.MISSED


def test_shots_are_resolved_as_one_by_one():
    rng = np.random.default_rng(5)
    n = 20
    kill = np.array([[0.0] * 7, [0.7, 0.6, 0.5, 0.4, 0.0, 0.3, 0.0]])
    columns: dict[str, Any] = {
        "rounds": rng.integers(1, 4, n).astype(np.int32),
        "common": rng.uniform(0.5, 1.0, n),
        "handover": rng.uniform(0.3, 1.0, n),
        "there": rng.integers(-1, 3, n).astype(np.int32),
        "victim": rng.integers(0, 7, n).astype(np.uint8),
        "alive": rng.random(n) < 0.8,
        "held": rng.random(n) < 0.7,
        "ordinal": rng.integers(0, 3, n).astype(np.int32),
    }
    outcome, assessment = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    resolve_rows(
        np.ones(n, np.int32),
        columns["rounds"],
        columns["common"],
        columns["handover"],
        kill,
        columns["there"],
        np.arange(n, dtype=np.uint32),
        columns["victim"],
        columns["alive"],
        columns["held"],
        columns["ordinal"],
        0.05,
        0.1,
        K0,
        K1,
        outcome,
        assessment,
    )
    for i in range(n):
        one = {k: v[i] for k, v in columns.items()}
        want = naive_resolve(
            i,
            one["rounds"],
            one["common"],
            one["handover"],
            kill[1],
            one["there"],
            one["victim"],
            one["alive"],
            one["held"],
            one["ordinal"],
        )
        assert (outcome[i], assessment[i]) == want


def test_the_chance_of_a_salvo_is_that_of_two_draws_in_turn():
    rng = np.random.default_rng(2)
    common = rng.random(200_000) < 0.9
    hit = (rng.random((200_000, 3)) < 0.7 * 0.8).any(axis=1)
    assert salvo_kill_chance(0.7, 0.9, 0.8, 3) == pytest.approx((common & hit).mean(), abs=0.004)
    assert salvo_kill_chance(0.9, 1.0, 2.0, 1) == 1.0


def test_the_ground_ends_a_path_where_the_flight_ends():
    start = before_impact(29.4, 48.0, 60.0)
    path = np.empty((1024, 5))
    n = ballistic_path(start, 1 / BETA, 1800.0, path)
    _, x, y, z, t = fly_to_ground(tuple(start.tolist()), 1 / BETA, 2400.0, 1.0)
    assert -0.01 <= t - path[n - 1, 0] < 1.5
    assert np.linalg.norm(path[n - 1, 1:4] - np.array([x, y, z])) < 1500.0
