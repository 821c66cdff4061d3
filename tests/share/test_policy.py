"""Release: refused unless granted, never past a bar, and the same picture for the same information."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.model.codes import Content
from skypact.model.release import NO_CLASS, Items
from skypact.model.scenario import LegalBar, Policy, Release
from skypact.share import information_set, releasable, rules_for

NATIONS = ("AAA", "BBB", "CCC", "DDD")


def _policy(releases: tuple[Release, ...] = (), bars: tuple[LegalBar, ...] = ()) -> Policy:
    readings = {
        "DDD": {
            "reluctant": (),
            "willing": (Release("DDD", ("AAA",), Content.TRACKS, 6.0, "assumption"),),
        }
    }
    return Policy({"today": (), "pact": releases}, bars, readings, {"DDD": "willing"}, 1.0)


def _rules(
    level: str, policy: Policy, base: str | None = None, hub: str | None = None, without: tuple[str, ...] = ()
):
    return rules_for(policy, NATIONS, level, base or level, hub, without)


def may(rules, sender: int, receiver: int, content: Content, sources: int) -> bool:
    """Whether one item of which nothing is known but its lineage may go from the one to the other."""
    items = Items(
        content,
        np.array([sources], np.uint32),
        np.array([NO_CLASS], np.uint8),
        np.array([np.nan]),
        np.array([np.nan]),
        np.zeros(1, np.uint32),
    )
    verdicts = releasable(rules, sender, np.array([receiver]), items, 0.0, False)
    return bool(verdicts.allowed[0, 0])


RELEASES = (
    Release("AAA", ("BBB", "CCC"), Content.TRACKS, 4.0, "assumption"),
    Release("BBB", ("AAA",), Content.DETECTIONS, 2.0, "assumption"),
    Release("CCC", ("DDD",), Content.WARNINGS, 8.0, "assumption"),
)
BAR = (LegalBar("AAA", "CCC", "a law"),)


def test_nobody_releases_anything_at_the_national_level() -> None:
    rules = _rules("national", _policy(RELEASES))
    for nation in range(4):
        assert [line.nation for line in information_set(rules, nation)] == [nation]


def test_a_release_grants_what_it_says_and_what_is_less() -> None:
    rules = _rules("pact", _policy(RELEASES))
    assert may(rules, 0, 1, Content.TRACKS, 0b1)
    assert may(rules, 0, 1, Content.WARNINGS, 0b1)
    assert not may(rules, 0, 1, Content.DETECTIONS, 0b1)
    assert not may(rules, 0, 3, Content.WARNINGS, 0b1)
    assert not may(rules, 0, 1, Content.NOTHING, 0b1)
    assert rules.delay_s[0, 1] == 4.0


def test_the_reading_in_force_adds_what_the_disputed_member_releases() -> None:
    assert _rules("pact", _policy()).content[3, 0] == Content.TRACKS
    assert _rules("today", _policy()).content[3, 0] == Content.NOTHING


def test_a_bar_refuses_direct_release_and_anything_that_contains_the_barred() -> None:
    rules = _rules("pact", _policy(RELEASES, BAR))
    assert not may(rules, 0, 2, Content.TRACKS, 0b1)
    assert may(rules, 0, 1, Content.TRACKS, 0b1)
    # BBB may send its own tracks to AAA, but not one that contains information of CCC, nor of DDD, who did not say so.
    assert may(rules, 1, 0, Content.TRACKS, 0b10)
    assert not may(rules, 1, 0, Content.TRACKS, 0b110)
    assert not may(rules, 1, 0, Content.TRACKS, 0b1010)


def test_full_ignores_bars_and_gives_all_nations_one_picture() -> None:
    rules = _rules("full", _policy(RELEASES, BAR))
    assert len({information_set(rules, nation) for nation in range(4)}) == 1
    assert all(
        line.content == Content.DETECTIONS and line.delay_s == 1.0 for line in information_set(rules, 0)
    )


def test_a_member_that_is_left_out_neither_sends_nor_receives() -> None:
    rules = _rules("full+without:BBB", _policy(), base="full", without=("BBB",))
    assert [line.nation for line in information_set(rules, 1)] == [1]
    assert [line.nation for line in information_set(rules, 0)] == [0, 2, 3]


def test_through_a_hub_everything_that_passes_takes_two_hops() -> None:
    rules = _rules("hub:BBB", _policy(), base="hub", hub="BBB")
    assert rules.delay_s[0, 1] == rules.delay_s[1, 0] == 1.0
    assert rules.delay_s[0, 2] == 2.0


def test_a_level_nobody_wrote_is_refused_with_the_written_ones() -> None:
    with pytest.raises(UsageError, match="today, pact"):
        _rules("tomorrow", _policy())


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(list(Content)[:4]), st.floats(0, 60)),
        max_size=12,
    ),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3),
    st.integers(0, 15),
)
def test_nothing_is_released_that_no_line_grants_or_that_a_bar_forbids(
    lines: list[tuple[int, int, Content, float]], bars: list[tuple[int, int]], sources: int
) -> None:
    releases = tuple(Release(NATIONS[a], (NATIONS[b],), c, d, "assumption") for a, b, c, d in lines if a != b)
    law = tuple(LegalBar(NATIONS[a], NATIONS[b], "a law") for a, b in bars if a != b)
    rules = rules_for(Policy({"pact": releases}, law, {}, {}, 1.0), NATIONS, "pact", "pact", None, ())
    barred = {frozenset((a, b)) for a, b in bars if a != b}
    for sender in range(4):
        for receiver in range(4):
            if sender == receiver:
                continue
            granted = max(
                (c for a, b, c, _ in lines if (a, b) == (sender, receiver)), default=Content.NOTHING
            )
            for content in (Content.WARNINGS, Content.TRACKS, Content.DETECTIONS):
                allowed = content <= granted and frozenset((sender, receiver)) not in barred
                assert may(rules, sender, receiver, content, 1 << sender) == allowed
                # No line here lets anybody pass on what is another's: such an item goes nowhere.
                assert may(rules, sender, receiver, content, sources) == (allowed and sources == 1 << sender)
    assert np.array_equal(rules.barred, rules.barred.T)


def test_the_summary_of_who_gets_what_is_what_the_one_function_allows() -> None:
    rules = _rules("pact", _policy(RELEASES, BAR))
    for sender in range(4):
        for receiver in set(range(4)) - {sender}:
            granted = [c for c in list(Content)[:4] if may(rules, sender, receiver, c, 1 << sender)]
            assert rules.content[sender, receiver] == max(granted, default=Content.NOTHING)
    assert rules.content[0, 1] == Content.TRACKS
    assert rules.content[0, 2] == Content.NOTHING  # barred
