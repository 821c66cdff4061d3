"""The kernels of links and of coarse positions against plain Python that says the same as slowly as it can."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.frame import ecef_from_geodetic, geodetic_from_ecef
from skypact.kernels.coarsening import coarsen_points, coarsen_states, middle_of_cell
from skypact.kernels.link import send_rows
from skypact.kernels.random import LINK, philox, run_key
from skypact.model.link import NEVER_NS, Link, Links, Outage
from skypact.share import link_table, new_link_state

K0, K1 = run_key(3, 1)
S = 10**9


class NaiveLine:
    """One line as a clerk would keep it: a list of what was sent, looked through anew for every message."""

    def __init__(self, link: Link, windows: list[tuple[int, int]]) -> None:
        self.link, self.windows = link, windows
        self.free_ns = -NEVER_NS
        self.last_lost: bool | None = None

    def shut(self, t_ns: int) -> bool:
        return any(a <= t_ns < b for a, b in self.windows)

    def instants(self, begin: int, end: int) -> list[int]:
        """Every instant at which something can change from `begin` to `end`."""
        edges = [t for window in self.windows for t in window if begin < t < end]
        return sorted({begin, *edges})

    def send(self, words: tuple[float, ...], sent: int, size: int) -> tuple[int, int]:
        link = self.link
        took = 0
        if link.bandwidth_bps < math.inf:
            took = math.ceil(8.0 * size / link.bandwidth_bps * 1e9)
        start = max(sent, self.free_ns)
        edges = [*self.instants(sent, start), start]
        open_wait = sum(b - a for a, b in pairwise(edges) if not self.shut(a))
        if Fraction(open_wait) > Fraction(link.queue_s * 1e9):
            return NEVER_NS, NEVER_NS
        cut = False
        if link.store_and_forward:
            while any(self.shut(t) for t in self.instants(start, start + max(took, 1))):
                start = min(b for _, b in self.windows if b > start)
        else:
            cut = any(self.shut(t) for t in self.instants(sent, max(start + took, sent + 1)))
        self.free_ns = start + took
        if cut:
            return NEVER_NS, NEVER_NS
        chance = link.loss
        if link.burst and self.last_lost is not None:
            chance = (
                1.0 - 1.0 / link.burst if self.last_lost else link.loss / (link.burst * (1.0 - link.loss))
            )
        # From the bad state the draw says whether it is left, from the good one whether it is entered.
        self.last_lost = words[0] >= 1.0 - chance if link.burst and self.last_lost else words[0] < chance
        if self.last_lost:
            return NEVER_NS, NEVER_NS
        base = start + took + round(link.delay_s * 1e9)
        copy = base + int(-math.log(words[3]) * link.jitter_s * 1e9)
        first = base + int(-math.log(words[1]) * link.jitter_s * 1e9)
        return first, copy if words[2] < link.duplicate else NEVER_NS


LINKS = st.builds(
    Link,
    st.just("AAA"),
    st.just("BBB"),
    delay_s=st.sampled_from([0.0, 0.05, 1.0]),
    jitter_s=st.sampled_from([0.0, 0.3]),
    loss=st.sampled_from([0.0, 0.2, 0.5]),
    duplicate=st.sampled_from([0.0, 0.4]),
    burst=st.sampled_from([0.0, 2.0, 6.0]),
    bandwidth_bps=st.sampled_from([math.inf, 1e3, 64e3]),
    queue_s=st.sampled_from([0.5, 10.0, 1e6]),
    store_and_forward=st.booleans(),
)
SENDINGS = st.lists(st.tuples(st.integers(-3 * S, 20 * S), st.integers(1, 9_000)), min_size=1, max_size=30)
WINDOWS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=3)


@settings(max_examples=300)
@given(LINKS, SENDINGS, WINDOWS)
def test_a_line_carries_what_the_naive_one_carries(
    link: Link, sendings: list[tuple[int, int]], windows: list[tuple[int, int]]
) -> None:
    outages = tuple(Outage("AAA", "BBB", float(a), float(a + long)) for a, long in windows)
    table = link_table(Links((link,), outages), ("AAA", "BBB"))
    state = new_link_state(2)
    sent, size = np.array(sorted(sendings), np.int64).T.copy()
    out = np.empty((len(sent), 2), np.int64)
    send_rows(
        table.terms,
        table.store_and_forward,
        table.offset,
        table.from_ns,
        table.until_ns,
        state.free_ns,
        state.bad,
        0,
        np.ones(len(sent), np.int64),
        6,
        np.arange(len(sent)),
        sent,
        size,
        K0,
        K1,
        out,
    )
    line = NaiveLine(link, [(a * S, (a + long) * S) for a, long in windows])
    for i in range(len(sent)):
        drawn = philox(LINK, np.uint32(1), np.uint32(6), np.uint32(i), K0, K1)
        words = tuple((float(word) + 0.5) / 2.0**32 for word in drawn)
        assert tuple(out[i].tolist()) == line.send(words, int(sent[i]), int(size[i])), i


@given(st.floats(-1.4, 1.4), st.floats(-3.1, 3.1), st.sampled_from([500.0, 5e3, 50e3]))
def test_a_coarse_position_is_the_middle_of_its_cell_for_all_of_the_cell(
    lat: float, lon: float, side_m: float
) -> None:
    at = middle_of_cell(lat, lon, side_m)
    assert np.allclose(middle_of_cell(*at, side_m), at, atol=1e-12)
    north_m, east_m = (lat - at[0]) * 6_371_008.8, (lon - at[1]) * 6_371_008.8 * math.cos(at[0])
    assert abs(north_m) <= 0.5 * side_m * (1 + 1e-9)
    assert abs(east_m) <= 0.5 * side_m * (1 + 1e-9)
    within = middle_of_cell(at[0] + 0.4 * (lat - at[0]), at[1] + 0.4 * (lon - at[1]), side_m)
    assert np.allclose(within, at, atol=1e-12)


def test_coarse_states_keep_height_and_velocity_and_own_up_to_the_error_of_the_cell() -> None:
    rng = np.random.default_rng(4)
    lat, lon = rng.uniform(0.4, 0.6, 4_000), rng.uniform(0.8, 1.0, 4_000)
    height_m = rng.uniform(0.0, 1e5, 4_000)
    mean = np.concatenate([ecef_from_geodetic(lat, lon, height_m), rng.normal(size=(4_000, 3))], axis=1)
    cov = np.tile(np.eye(6), (4_000, 1, 1))
    side_m = np.where(np.arange(4_000) % 2 == 0, 5_000.0, 0.0)
    coarse, wide = mean.copy(), cov.copy()
    coarsen_states(coarse, wide, side_m)
    fine = side_m == 0.0
    assert np.array_equal(coarse[fine], mean[fine])
    assert np.array_equal(wide[fine], cov[fine])
    assert np.array_equal(coarse[:, 3:], mean[:, 3:])
    assert np.abs(geodetic_from_ecef(coarse[:, :3])[2] - height_m).max() < 1e-3
    error = (coarse - mean)[~fine, :3]
    spread = wide[~fine, :3, :3] - np.eye(3)
    # Two directions of side^2 / 12 each, none along the vertical; errors have that variance, on average over cells.
    assert np.allclose(np.trace(spread, axis1=1, axis2=2), 2.0 * 5_000.0**2 / 12.0)
    assert np.allclose(np.linalg.eigvalsh(spread)[:, 0], 0.0, atol=1e-3)
    assert abs((error**2).sum(axis=1).mean() / (2.0 * 5_000.0**2 / 12.0) - 1.0) < 0.05
    assert (np.linalg.eigvalsh(wide) > 0.99).all()


def test_coarse_points_on_the_ground_are_those_of_the_states() -> None:
    lat, lon = np.array([0.45, 0.46]), np.array([0.9, 0.91])
    cov = np.tile(np.eye(2), (2, 1, 1))
    coarsen_points(lat, lon, cov, np.array([5_000.0, 0.0]))
    assert (lat[0], lon[0]) == middle_of_cell(0.45, 0.9, 5_000.0)
    assert (lat[1], lon[1]) == (0.46, 0.91)
    assert np.allclose(cov[0], np.eye(2) * (1.0 + 5_000.0**2 / 12.0))
    assert np.array_equal(cov[1], np.eye(2))
