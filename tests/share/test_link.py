"""Links: what arrives, when, how often; what outages, queues and perfect links do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skypact.kernels.random import run_key
from skypact.model.link import NEVER_NS, CutOff, Link, Links, LinkTable, Outage, perfect_links
from skypact.share import cut_off, link_table, new_link_state, plot_arrivals, transmit_all

NATIONS = ("AAA", "BBB", "CCC")
K0, K1 = run_key(1, 7)
S = 1_000_000_000
RARE = 1e-6
"""A bound that a right program breaks once in a million tests."""


def _table(*outages: tuple[float, float], **terms: float | bool) -> LinkTable:
    """The link from AAA to BBB with the given terms and outages; all other links perfect."""
    windows = tuple(Outage("AAA", "BBB", begin, end) for begin, end in outages)
    return link_table(Links((Link("AAA", "BBB", **terms),), windows), NATIONS)  # type: ignore[arg-type]


def _stream(table: LinkTable, sent_ns, size_bytes=250, stream: int = 3, state=None):
    """Arrivals [k, 2] of messages 0, 1, ... from AAA to BBB."""
    sent = np.asarray(sent_ns, np.int64)
    size = np.broadcast_to(np.asarray(size_bytes, np.int64), sent.shape).copy()
    state = new_link_state(3) if state is None else state
    to = np.ones(len(sent), np.int64)
    return transmit_all(table, state, 0, to, stream, np.arange(len(sent)), sent, size, K0, K1)


def _one(table: LinkTable, sender: int, receiver: int, stream: int, *rest: int) -> tuple[int, ...]:
    """Arrivals of one message, given its number, instant and size: none, one or two."""
    number, sent_ns, size = (np.array([value], np.int64) for value in rest)
    to = np.array([receiver], np.int64)
    arrivals = transmit_all(table, new_link_state(3), sender, to, stream, number, sent_ns, size, K0, K1)
    return tuple(t for t in arrivals[0].tolist() if t < NEVER_NS)


def test_on_a_perfect_link_a_message_arrives_once_at_the_instant_it_is_sent() -> None:
    table = perfect_links(3)
    assert table.perfect.all()
    arrivals = _stream(table, np.arange(1_000) * S)
    assert np.array_equal(arrivals[:, 0], np.arange(1_000) * S)
    assert (arrivals[:, 1] == NEVER_NS).all()
    assert _one(table, 0, 2, 5, 9, 77, 10**9) == (77,)


def test_links_that_are_not_named_are_perfect_and_others_say_what_they_are() -> None:
    table = _table(delay_s=0.5, jitter_s=0.25, loss=0.1, duplicate=0.2, bandwidth_bps=64e3)
    assert not table.perfect[0, 1]
    assert table.perfect.sum() == 8
    for column, value in (("delay_s", 0.5), ("jitter_s", 0.25), ("loss", 0.1), ("duplicate", 0.2)):
        assert getattr(table, column)[0, 1] == value
        assert getattr(table, column)[1, 0] == 0.0
    assert table.bandwidth_bps[0, 1] == 64e3
    assert math.isinf(table.bandwidth_bps[1, 0])
    assert not cut_off(perfect_links(3), 1, 0.0, 60.0).perfect[[0, 1, 1, 2], [1, 0, 2, 1]].any()


@pytest.mark.parametrize("loss", [0.01, 0.3])
def test_the_share_of_lost_messages_is_within_exact_binomial_bounds(loss: float) -> None:
    n = 100_000
    lost = int((_stream(_table(loss=loss), np.arange(n) * S)[:, 0] == NEVER_NS).sum())
    low, high = stats.binom.ppf([RARE / 2, 1 - RARE / 2], n, loss)
    assert low <= lost <= high


def test_the_share_of_copies_is_within_exact_binomial_bounds() -> None:
    n = 100_000
    arrivals = _stream(_table(loss=0.2, duplicate=0.001), np.arange(n) * S)
    came = arrivals[:, 0] < NEVER_NS
    copied = int((arrivals[:, 1] < NEVER_NS).sum())
    assert not (arrivals[~came, 1] < NEVER_NS).any()
    low, high = stats.binom.ppf([RARE / 2, 1 - RARE / 2], int(came.sum()), 0.001)
    assert low <= copied <= high


def test_the_jitter_is_exponential_about_its_mean_and_lets_messages_overtake() -> None:
    n = 100_000
    sent = np.arange(n) * (S // 5)
    arrivals = _stream(_table(delay_s=0.1, jitter_s=0.3), sent)[:, 0]
    beyond_s = (arrivals - sent) * 1e-9 - 0.1
    low, high = stats.gamma.ppf([RARE / 2, 1 - RARE / 2], n, scale=0.3 / n)
    assert low <= beyond_s.mean() <= high
    assert stats.kstest(beyond_s, stats.expon(scale=0.3).cdf).pvalue > RARE
    assert (np.diff(arrivals) < 0).mean() > 0.1


def test_a_message_and_its_copy_have_jitter_of_their_own() -> None:
    arrivals = _stream(_table(jitter_s=0.3, duplicate=1.0), np.arange(20_000) * S)
    ahead = (arrivals - np.arange(20_000)[:, None] * S) * 1e-9
    assert (arrivals[:, 1] < arrivals[:, 0]).mean() == pytest.approx(0.5, abs=0.02)
    assert abs(np.corrcoef(ahead.T)[0, 1]) < 0.04


def test_losses_in_bursts_have_the_stated_share_and_mean_length() -> None:
    n, loss, burst = 200_000, 0.1, 5.0
    lost = _stream(_table(loss=loss, burst=burst), np.arange(n) * S)[:, 0] == NEVER_NS
    starts = np.flatnonzero(lost[1:] & ~lost[:-1])
    # Bursts are geometric with variance b (b - 1); the share follows within what so many bursts allow.
    mean = lost[1:].sum() / len(starts)
    assert mean == pytest.approx(burst, abs=5.0 * math.sqrt(burst * (burst - 1.0) / len(starts)))
    assert lost.mean() == pytest.approx(loss, abs=5.0 * loss * math.sqrt(2.0 / len(starts)))


def test_luck_depends_on_who_sends_to_whom_and_on_the_number_alone() -> None:
    terms = {"jitter_s": 0.3, "loss": 0.2, "duplicate": 0.2}
    lines = tuple(Link(a, b, **terms) for a in NATIONS for b in NATIONS if a != b)  # type: ignore[arg-type]
    table = link_table(Links(lines), NATIONS)
    together = transmit_all(
        table,
        new_link_state(3),
        0,
        np.array([1, 2]),
        4,
        np.array([8, 8]),
        np.array([S, S]),
        np.array([250, 250]),
        K0,
        K1,
    )
    for i, receiver in enumerate((1, 2)):
        alone = _one(table, 0, receiver, 4, 8, S, 250)
        assert alone == tuple(t for t in together[i].tolist() if t < NEVER_NS)
    seen = {
        _one(table, s, r, stream, number, 0, 250)
        for s, r in ((0, 1), (1, 0), (0, 2))
        for stream in (1, 2)
        for number in range(5)
    }
    assert len(seen) > 20  # 30 different draws, some of them lost


SENDINGS = st.lists(st.tuples(st.integers(0, 20 * S), st.integers(1, 50_000)), min_size=1, max_size=40)


@given(SENDINGS, st.sampled_from([1e3, 64e3, 1e6]), st.sampled_from([1.0, 10.0, 1e9]))
def test_a_queue_keeps_the_order_carries_no_more_than_its_rate_and_is_bounded(
    sendings: list[tuple[int, int]], rate_bps: float, queue_s: float
) -> None:
    sent, size = np.array(sorted(sendings)).T
    arrivals = _stream(_table(bandwidth_bps=rate_bps, queue_s=queue_s), sent, size)[:, 0]
    came = arrivals < NEVER_NS
    times, bytes_ = arrivals[came], size[came]
    takes_ns = np.ceil(8.0 * bytes_ / rate_bps * 1e9).astype(np.int64)
    assert (np.diff(times) >= takes_ns[1:]).all()
    assert (times - sent[came] >= takes_ns).all()
    assert (times - takes_ns - sent[came] <= queue_s * 1e9).all()
    if queue_s == 1e9:
        assert came.all()
        idle = times - takes_ns == sent[came]
        assert (idle | np.concatenate([[False], times[:-1] == (times - takes_ns)[1:]])).all()


WINDOWS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=1, max_size=4)


@given(SENDINGS, WINDOWS, st.sampled_from([math.inf, 64e3]))
def test_without_store_and_forward_nothing_arrives_that_was_sent_in_an_outage(
    sendings: list[tuple[int, int]], windows: list[tuple[int, int]], rate_bps: float
) -> None:
    table = _table(
        *[(float(a), float(a + long)) for a, long in windows],
        bandwidth_bps=rate_bps,
        delay_s=0.5,
        queue_s=1e9,
    )
    sent, size = np.array(sorted(sendings)).T
    arrivals = _stream(table, sent, size)[:, 0]
    for t_ns, arrival_ns, bytes_ in zip(sent.tolist(), arrivals.tolist(), size.tolist(), strict=True):
        within = any(a * S <= t_ns < (a + long) * S for a, long in windows)
        if within:
            assert arrival_ns == NEVER_NS
        elif math.isinf(rate_bps):
            assert arrival_ns == t_ns + S // 2
        elif arrival_ns < NEVER_NS:  # neither waiting nor going out while an outage began
            assert not any(t_ns < a * S < arrival_ns - S // 2 for a, _ in windows), bytes_


@given(SENDINGS, WINDOWS, st.sampled_from([math.inf, 64e3]))
def test_with_store_and_forward_all_arrives_and_nothing_goes_out_in_an_outage(
    sendings: list[tuple[int, int]], windows: list[tuple[int, int]], rate_bps: float
) -> None:
    table = _table(
        *[(float(a), float(a + long)) for a, long in windows],
        bandwidth_bps=rate_bps,
        queue_s=1e9,
        store_and_forward=True,
    )
    sent, size = np.array(sorted(sendings)).T
    arrivals = _stream(table, sent, size)[:, 0]
    assert (arrivals < NEVER_NS).all()
    assert (np.diff(arrivals) >= 0).all()
    for t_ns, arrival_ns in zip(sent.tolist(), arrivals.tolist(), strict=True):
        assert arrival_ns >= t_ns
        assert not any(a * S < arrival_ns < (a + long) * S for a, long in windows)
        if math.isinf(rate_bps) and not any(a * S <= t_ns < (a + long) * S for a, long in windows):
            assert arrival_ns == max(t_ns, arrivals[sent < t_ns].max(initial=0))


def test_waiting_for_the_end_of_an_outage_does_not_fill_the_queue_but_what_waits_with_it_does() -> None:
    table = _table((10.0, 610.0), bandwidth_bps=8_000.0, queue_s=3.0, store_and_forward=True)
    arrivals = _stream(table, np.arange(9, 30) * S, 1_000)[:, 0]  # each takes a second to send
    assert arrivals[1:5].tolist() == [611 * S, 612 * S, 613 * S, 614 * S]
    assert (arrivals[5:] == NEVER_NS).all()


@pytest.mark.parametrize("store", [False, True])
def test_plots_over_a_link_that_is_perfect_but_for_an_outage_are_as_if_it_were_not_outside_it(
    store: bool,
) -> None:
    ready = np.array([3, 10 * S - 1, 10 * S, 19 * S, 20 * S - 1, 20 * S, NEVER_NS], np.int64)
    use_ns = plot_arrivals(_table((10.0, 20.0), store_and_forward=store), 0, 1, ready, 5 * S, 80, K0, K1)
    shut = (ready >= 10 * S) & (ready < 20 * S)
    assert np.array_equal(use_ns[~shut], ready[~shut])
    assert (use_ns[shut] == (20 * S if store else NEVER_NS)).all()
    live = _stream(_table((10.0, 20.0), store_and_forward=store), ready)[:, 0]
    assert np.array_equal(live, use_ns)


def test_of_a_message_of_plots_that_comes_twice_the_earlier_copy_counts() -> None:
    ready = np.arange(20_000) * 5 * S
    once, twice = (
        plot_arrivals(_table(jitter_s=0.3, duplicate=share), 0, 1, ready, 5 * S, 80, K0, K1)
        for share in (0.0, 1.0)
    )
    assert (twice <= once).all()
    # The lesser of two exponential times has half the mean.
    assert (twice - ready).mean() == pytest.approx(0.15e9, rel=0.05)
    assert (once - ready).mean() == pytest.approx(0.3e9, rel=0.05)


def test_outages_that_touch_are_one_and_a_cut_off_nation_is_cut_off_both_ways() -> None:
    touching = (Outage("AAA", "BBB", 10.0, 12.0), Outage("AAA", "BBB", 5.0, 10.0))
    joined = link_table(Links(outages=touching), NATIONS)
    assert (joined.from_ns.tolist(), joined.until_ns.tolist()) == ([5 * S], [12 * S])
    links = Links(
        outages=touching,
        cut_off=(CutOff("AAA", 8.0, 20.0),),
    )
    table = link_table(links, NATIONS)
    assert table.from_ns.tolist() == [5 * S, 8 * S, 8 * S, 8 * S]
    assert table.until_ns.tolist() == [20 * S] * 4
    assert np.array_equal(~table.perfect, np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]], np.bool_))
    assert cut_off(table, 2, 30.0, 40.0).offset[-1] == 8


def test_plots_over_a_perfect_link_are_used_when_they_are_ready() -> None:
    ready = np.array([5, 3, NEVER_NS, 17], np.int64)
    assert np.array_equal(plot_arrivals(perfect_links(3), 0, 1, ready, 5 * S, 80, K0, K1), ready)


@given(st.lists(st.integers(-60 * S, 60 * S), min_size=1, max_size=60))
def test_plots_go_with_the_next_message_and_share_its_fate(ready: list[int]) -> None:
    table = _table(delay_s=0.5, jitter_s=0.2, loss=0.3, duplicate=0.3, bandwidth_bps=8_000.0, queue_s=1e9)
    ready_ns = np.array(ready)
    use_ns = plot_arrivals(table, 0, 1, ready_ns, 5 * S, 80, K0, K1)
    due = -(-ready_ns // (5 * S))
    for message in np.unique(due):
        mine = due == message
        assert len(set(use_ns[mine].tolist())) == 1
        sending_ns = (40 + 80 * int(mine.sum())) * 1_000_000  # a millisecond a byte
        assert (use_ns[mine] >= message * 5 * S + sending_ns + S // 2).all()
    shuffled = np.random.default_rng(0).permutation(len(ready))
    again = plot_arrivals(table, 0, 1, ready_ns[shuffled], 5 * S, 80, K0, K1)
    assert np.array_equal(again, use_ns[shuffled])


def test_plots_are_lost_with_their_message_and_what_never_left_never_arrives() -> None:
    ready = np.sort(np.random.default_rng(3).integers(0, 50_000 * S, 200_000))
    use_ns = plot_arrivals(_table(loss=0.25), 0, 1, ready, 5 * S, 80, K0, K1)
    message = -(-ready // (5 * S))
    first = np.unique(message, return_index=True)[1]
    low, high = stats.binom.ppf([RARE / 2, 1 - RARE / 2], len(first), 0.25)
    assert low <= (use_ns[first] == NEVER_NS).sum() <= high
    second_hop = plot_arrivals(_table(delay_s=1.0), 0, 1, use_ns, 5 * S, 80, K0, K1)
    assert np.array_equal(second_hop == NEVER_NS, use_ns == NEVER_NS)
