"""Naive twins of `kernels.alerting`: dictionaries, one place and rung at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.alerting import track_chances, update_rungs, warning_chances
from skypact.kernels.reach import course_probability, impact_probability
from skypact.model.codes import ObjectClass
from skypact.warn import AlertSettings, ImpactSettings, predict_impacts
from skypact.warn.settings import alert_array
from tests.warn.world import DEG, NOW_NS, before_impact, place_table, state, tracks

RUNGS = np.array([0.05, 0.2, 0.5])
PUBLIC = 1
VALUES = alert_array(AlertSettings())


class NaiveRung:
    """One place and rung: a plain state machine in seconds. At the public rung it tells of what has changed."""

    def __init__(self, rung, public=False):
        self.rung, self.public, self.on, self.low, self.arrival = rung, public, False, None, 0
        self.told = (0, 0, 0.0)

    def update(self, now, p, arrival, first):
        if not self.on:
            if p >= self.rung:
                self.on, self.low, self.arrival = True, None, arrival
                self.told = (now, first, p)
                return 1
            return None
        if p >= self.rung / 2:
            self.low = None
            self.arrival = max(self.arrival, arrival)
            when, what, how = self.told
            if self.public and now - when >= 15 and (abs(first - what) >= 30 or abs(p - how) >= 0.25):
                self.told = (now, first, p)
                return 2
            return None
        if self.low is None:
            self.low = now
        if now - self.low >= 60 or now > self.arrival + 30:
            self.on = False
            return 0
        return None


@given(
    st.lists(
        st.tuples(
            st.integers(1, 50),
            st.lists(st.tuples(st.floats(0.0, 0.99), st.integers(0, 200)), max_size=3),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_rungs_rise_and_clear_as_in_a_plain_state_machine(steps):
    rows = np.array([1], np.int32)
    in_force = np.zeros((2, 3), np.uint8)
    low, expected = np.full((2, 3), -1, np.int64), np.zeros((2, 3), np.int64)
    probability = np.zeros(2)
    event, event_p = np.empty((3, 5), np.int64), np.empty(3)
    told_ns, told_p = np.zeros((2, 2), np.int64), np.zeros(2)
    naive = [NaiveRung(float(r), k == PUBLIC) for k, r in enumerate(RUNGS)]
    now = 100
    for wait, drawn in steps:
        now += wait
        chances = [c if c >= 1e-3 else 0.0 for c, _ in drawn]
        arrivals = [now + ahead for _, ahead in drawn]
        count = len(chances)
        item = np.arange(count, dtype=np.int32)
        chance = np.array(chances).reshape(count, 1)
        arrival = np.array(arrivals, np.int64).reshape(count, 1) * 10**9
        n = update_rungs(
            now * 10**9,
            rows,
            RUNGS,
            VALUES,
            count,
            item,
            chance,
            arrival,
            in_force,
            low,
            expected,
            probability,
            PUBLIC,
            told_ns,
            told_p,
            event,
            event_p,
        )
        p = 1.0 - float(np.prod([1.0 - c for c in chances]))
        supported = max((a for a, c in zip(arrivals, chances, strict=True) if c), default=0)
        first = arrivals[chances.index(max(chances))] if any(chances) else 0
        want = [
            (k, r) for k, rung in enumerate(naive) if (r := rung.update(now, p, supported, first)) is not None
        ]
        assert [(int(e[1]), int(e[2])) for e in event[:n]] == want
        assert (event[:n, 0] == 1).all()
        assert abs(probability[1] - p) < 1e-12


def test_chances_of_tracks_are_those_computed_one_by_one():
    starts = [
        before_impact(29.4, 48.0, 200.0),
        state(29.4, 47.6, 60.0, 90.0, 230.0),
        state(29.0, 48.0, 11e3, 0.0, 240.0),
        before_impact(26.2, 50.6, 100.0),
    ]
    kinds = [
        int(ObjectClass.BALLISTIC),
        int(ObjectClass.CRUISE),
        int(ObjectClass.CIVIL),
        int(ObjectClass.ROCKET),
    ]
    picture = tracks(starts, kinds, class_prob=0.7, sigma=(3000.0, 20.0))
    impacts = predict_impacts(picture, ImpactSettings())
    places = place_table([(29.4, 48.0), (29.3, 48.1), (26.2, 50.6), (20.0, 40.0)])
    rows = np.array([0, 1, 2, 3], np.int32)
    item, chance, arrival = np.empty(4, np.int32), np.empty((4, 4)), np.empty((4, 4), np.int64)
    count = track_chances(
        NOW_NS,
        rows,
        places.lat_rad,
        places.lon_rad,
        places.pos_ecef_m,
        places.radius_m,
        picture.mean_ecef,
        picture.cov_ecef,
        picture.status,
        picture.class_prob,
        picture.identity,
        impacts.kind,
        impacts.lat_rad,
        impacts.lon_rad,
        impacts.cov_en_m2,
        impacts.t_ns,
        VALUES,
        item,
        chance,
        arrival,
    )
    assert item[:count].tolist() == [0, 1, 3]
    for k, i in enumerate(item[:count].tolist()):
        for j in range(4):
            prob = picture.class_prob[i].astype(float)
            if kinds[i] == ObjectClass.CRUISE:
                x, to_go = course_probability(
                    picture.mean_ecef[i],
                    picture.cov_ecef[i],
                    places.pos_ecef_m[j],
                    12_000.0,
                    600.0,
                    10 * DEG,
                    0.05,
                )
                want = (prob[ObjectClass.CRUISE] + prob[ObjectClass.DRONE]) * x
                if x > 0.0:
                    assert abs(arrival[k, j] - NOW_NS - to_go * 1e9) < 2
            else:
                c = impacts.cov_en_m2[i]
                x = impact_probability(
                    impacts.lat_rad[i],
                    impacts.lon_rad[i],
                    c[0, 0],
                    c[0, 1],
                    c[1, 1],
                    places.lat_rad[j],
                    places.lon_rad[j],
                    12_000.0,
                )
                want = (prob[ObjectClass.BALLISTIC] + prob[ObjectClass.ROCKET]) * x
                assert arrival[k, j] == impacts.t_ns[i]
            assert abs(chance[k, j] - want) < 1e-6


def test_warnings_join_as_a_plain_search_through_them_does():
    rng = np.random.default_rng(3)
    n = 12
    places = place_table([(29.4, 48.0)])
    rows = np.array([0], np.int32)
    sender = rng.integers(0, 4, n).astype(np.uint8)
    p = rng.uniform(0.2, 0.9, n).astype(np.float32)
    lat, lon = np.full(n, 29.4 * DEG), np.full(n, 48.0 * DEG)
    cov = np.tile(np.eye(2) * 1000.0**2, (n, 1, 1))
    t_ns = NOW_NS + rng.choice([100, 200], n) * 10**9
    sigma = np.full(n, 2.0)
    item, chance, arrival = np.empty(n, np.int32), np.empty((n, 1)), np.empty((n, 1), np.int64)
    none1, none2 = np.zeros(0), np.zeros((0, 2, 2))
    count = warning_chances(
        NOW_NS,
        rows,
        places.lat_rad,
        places.lon_rad,
        places.radius_m,
        np.zeros(0, np.uint8),
        none1,
        none1,
        none2,
        np.zeros(0, np.int64),
        none1,
        sender,
        p,
        lat,
        lon,
        cov,
        t_ns,
        sigma,
        VALUES,
        0,
        item,
        chance,
        arrival,
    )
    groups: list[dict] = []  # each: time, senders, largest chance
    mass = impact_probability(lat[0], lon[0], 1e6, 0.0, 1e6, places.lat_rad[0], places.lon_rad[0], 12_000.0)
    for i in range(n):
        match = next((g for g in groups if g["t"] == t_ns[i] and sender[i] not in g["by"]), None)
        if match is None:
            match = {"t": t_ns[i], "p": 0.0, "by": set()}
            groups.append(match)
        match["by"].add(sender[i])
        match["p"] = max(match["p"], float(p[i]) * mass)
    assert count == len(groups)
    assert np.allclose(chance[:count, 0], [g["p"] for g in groups], atol=1e-9)
    assert arrival[:count, 0].tolist() == [g["t"] for g in groups]
