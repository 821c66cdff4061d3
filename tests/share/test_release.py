"""The one function, case by case: what a diplomat would read in a line is what is released."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from skypact.model.codes import Content, ObjectClass, Reason
from skypact.model.release import NO_CLASS, Items
from skypact.model.scenario import LegalBar, Policy, Region, Release
from skypact.share import Source, governing, information_set, releasable, rules_for

NATIONS = ("AAA", "BBB", "CCC", "DDD")
A, B, C, D = range(4)
EVERYONE = {code: tuple(other for other in NATIONS if other != code) for code in NATIONS}


def line(sender: str, to: str, content: Content = Content.TRACKS, **terms) -> Release:
    """A line to nations named in one word, as "BC"."""
    onward = tuple(letter * 3 for letter in terms.pop("onward", ""))
    delay_s = terms.pop("delay_s", 2.0)
    return Release(
        sender, tuple(letter * 3 for letter in to), content, delay_s, "assumption", onward=onward, **terms
    )


def level(*lines: Release, bars: str = "", **terms):
    law = tuple(LegalBar(pair[0] * 3, pair[1] * 3, "a law") for pair in bars.split())
    policy = Policy({"pact": lines}, law, {}, {}, 1.0, **terms)
    return rules_for(policy, NATIONS, "pact", "pact", None, ())


def items(
    content: Content = Content.TRACKS,
    sources: int = 1,
    kind: int = ObjectClass.DRONE,
    threatens: int = 0,
    at=(0.5, 0.5),
) -> Items:
    return Items(
        content,
        np.array([sources], np.uint32),
        np.array([kind], np.uint8),
        np.array([at[0]]),
        np.array([at[1]]),
        np.array([threatens], np.uint32),
    )


def why(rules, sender: int, receiver: int, what: Items | None = None, now_s=0.0, on_alert=False) -> Reason:
    verdicts = releasable(rules, sender, np.array([receiver]), what or items(), now_s, on_alert)
    reason = Reason(int(verdicts.reason[0, 0]))
    assert verdicts.allowed[0, 0] == (reason <= Reason.OVERRIDDEN)
    if reason > Reason.OVERRIDDEN:  # whoever overlooks the refusal gives away as little as can be
        assert math.isinf(verdicts.delay_s[0, 0])
        assert math.isinf(verdicts.accuracy_m[0, 0])
        assert verdicts.nameless[0, 0]
    return reason


def test_the_default_is_to_refuse() -> None:
    rules = level(line("AAA", "B"))
    assert why(rules, A, B) == Reason.GRANTED
    assert why(rules, A, A) == Reason.OWN
    assert why(rules, A, C) == Reason.NOT_GRANTED
    assert why(rules, B, A) == Reason.NOT_PASSED_ON  # what is AAA's own, sent back to it
    assert why(rules, B, A, items(sources=1 << B)) == Reason.NOT_GRANTED
    assert why(rules, A, B, items(sources=0)) == Reason.NO_LINEAGE
    assert why(rules, A, B, items(sources=1 | 1 << 20)) == Reason.NOT_GRANTED
    assert why(rules, A, B, items(Content.DETECTIONS)) == Reason.NOT_GRANTED
    assert why(rules, A, B, items(Content.NOTHING)) == Reason.NOT_GRANTED
    for stranger in (-1, 4, 40, 1_000):
        assert why(rules, A, stranger) == Reason.NOT_GRANTED
        assert why(rules, stranger, A) == Reason.NOT_GRANTED


def test_ordered_contents_include_the_lesser_and_statuses_stand_apart() -> None:
    rules = level(line("AAA", "B", Content.DETECTIONS), line("AAA", "C", Content.MAGAZINE_STATUS))
    for content in (Content.WARNINGS, Content.TRACKS, Content.DETECTIONS):
        assert why(rules, A, B, items(content)) == Reason.GRANTED
        assert why(rules, A, C, items(content)) == Reason.NOT_GRANTED
    assert why(rules, A, B, items(Content.SENSOR_STATUS)) == Reason.NOT_GRANTED
    assert why(rules, A, B, items(Content.MAGAZINE_STATUS)) == Reason.NOT_GRANTED
    assert why(rules, A, C, items(Content.MAGAZINE_STATUS)) == Reason.GRANTED
    assert why(rules, A, C, items(Content.SENSOR_STATUS)) == Reason.NOT_GRANTED


@pytest.mark.parametrize(
    ("terms", "fits", "reason"),
    [
        ({"classes": (ObjectClass.BALLISTIC,)}, {"kind": ObjectClass.BALLISTIC}, Reason.WRONG_CLASS),
        ({"region": Region(0.0, 0.4, 0.0, 1.0)}, {"at": (0.2, 0.2)}, Reason.OUTSIDE_REGION),
        ({"threatening": True}, {"threatens": 1 << B}, Reason.NOT_THREATENING),
    ],
)
def test_a_line_for_some_objects_is_for_no_others(terms, fits, reason) -> None:
    rules = level(line("AAA", "B", **terms))
    assert why(rules, A, B, items(**fits)) == Reason.GRANTED
    assert why(rules, A, B, items()) == reason
    unknown: dict[str, Any] = {"kind": NO_CLASS, "at": (math.nan, math.nan), "threatens": 1 << C}
    assert why(rules, A, B, items(**unknown)) == reason


def test_a_line_for_some_time_is_for_no_other() -> None:
    rules = level(line("AAA", "B", from_s=10.0, until_s=20.0), line("AAA", "C", on_alert=True))
    found = [why(rules, A, B, now_s=t) for t in (9.9, 10.0, 19.9, 20.0, math.nan)]
    assert found == [Reason.NOT_YET, Reason.GRANTED, Reason.GRANTED, Reason.NO_LONGER, Reason.NOT_YET]
    assert why(rules, A, C) == Reason.NOT_ON_ALERT
    assert why(rules, A, C, on_alert=True) == Reason.GRANTED


def test_what_is_not_to_be_passed_on_stays_and_what_may_be_needs_one_who_does() -> None:
    rules = level(line("AAA", "B", onward="C"), passes_on={"BBB": ("CCC", "DDD")})
    assert why(rules, B, C) == Reason.GRANTED
    assert why(rules, B, D) == Reason.NOT_TO_BE_PASSED_ON
    assert why(rules, C, D) == Reason.NOT_TO_BE_PASSED_ON
    assert why(rules, A, C) == Reason.NOT_GRANTED  # it may be passed on to CCC; AAA itself gives CCC nothing
    assert why(level(line("AAA", "B", onward="C")), B, C) == Reason.NOT_PASSED_ON
    # Whom the owner gives it to directly, another may still not give it to.
    assert why(level(line("AAA", "BC"), passes_on=EVERYONE), B, C) == Reason.NOT_TO_BE_PASSED_ON


def test_a_chain_goes_as_far_as_its_owner_says() -> None:
    rules = level(line("AAA", "B", onward="CD"), passes_on=EVERYONE)
    assert why(rules, B, C) == why(rules, C, D) == why(rules, D, C) == Reason.GRANTED
    assert information_set(rules, D) == (
        Source(A, Content.TRACKS, 4.0, (B,)),
        Source(D, Content.DETECTIONS, 0.0),
    )
    only_c_forwards = level(line("AAA", "B", onward="CD"), passes_on={"BBB": ("CCC",), "CCC": ("DDD",)})
    assert information_set(only_c_forwards, D)[0] == Source(A, Content.TRACKS, 6.0, (B, C))
    assert why(only_c_forwards, B, D) == Reason.NOT_PASSED_ON


def test_a_fused_item_goes_no_wider_and_no_finer_than_its_narrowest_part() -> None:
    rules = level(
        line("AAA", "BD", accuracy_m=5_000.0, onward="D", delay_s=9.0),
        line("BBB", "CD", nameless=True, delay_s=1.0),
        passes_on={"BBB": ("CCC", "DDD")},
    )
    both = items(sources=0b11)
    assert why(rules, B, D, items(sources=0b10)) == Reason.GRANTED
    assert why(rules, B, C, items(sources=0b10)) == Reason.GRANTED
    assert why(rules, B, C, both) == Reason.NOT_TO_BE_PASSED_ON
    verdict = releasable(rules, B, np.array([D]), both, 0.0, False)
    assert verdict.allowed[0, 0]
    assert (verdict.delay_s[0, 0], verdict.accuracy_m[0, 0], verdict.nameless[0, 0]) == (9.0, 5_000.0, True)
    assert rules.lines[verdict.rule[0, 0]].sender == "AAA"  # the line that holds it back longest


def test_through_one_nation_only_is_through_that_nation_only_and_it_sees_what_it_carries() -> None:
    rules = level(line("AAA", "C", through="BBB"), passes_on=EVERYONE)
    assert why(rules, A, C) == Reason.ONLY_THROUGH
    assert why(rules, A, B) == Reason.GRANTED
    assert why(rules, B, C) == Reason.GRANTED
    assert why(rules, B, D) == Reason.NOT_TO_BE_PASSED_ON
    assert why(rules, D, C) == Reason.NOT_GRANTED
    assert information_set(rules, C)[0] == Source(A, Content.TRACKS, 4.0, (B,))
    assert information_set(rules, B)[0] == Source(A, Content.TRACKS, 2.0)
    # A carrier that does not carry is not given it for nothing.
    assert why(level(line("AAA", "C", through="BBB")), A, B) == Reason.NOT_GRANTED


def test_through_one_nation_holds_for_passing_on_too() -> None:
    rules = level(line("AAA", "C", through="BBB", onward="D"), passes_on=EVERYONE)
    assert why(rules, B, D) == Reason.GRANTED
    assert why(rules, C, D) == Reason.ONLY_THROUGH


def test_what_threatens_those_behind_a_carrier_is_given_to_the_carrier() -> None:
    rules = level(line("AAA", "CD", through="BBB", threatening=True), passes_on={"BBB": ("CCC",)})
    assert why(rules, A, B, items(threatens=1 << C)) == Reason.GRANTED
    assert why(rules, A, B, items(threatens=1 << B | 1 << D)) == Reason.NOT_THREATENING  # DDD is out of reach
    assert why(rules, B, C, items(threatens=1 << C)) == Reason.GRANTED


@pytest.mark.parametrize("passing", [False, True])
def test_a_legal_bar_is_never_crossed_directly_and_through_a_third_by_one_reading_only(passing: bool) -> None:
    rules = level(
        line("AAA", "B", onward="C"),
        line("BBB", "C"),
        line("AAA", "C"),
        bars="AC",
        passes_on=EVERYONE,
        passing_through=passing,
    )
    assert why(rules, A, C) == why(rules, C, A) == Reason.BARRED
    assert why(rules, B, C, items(sources=0b11)) == (Reason.GRANTED if passing else Reason.BARRED_THROUGH)
    assert why(rules, B, C, items(sources=0b10)) == Reason.GRANTED
    assert [source.nation for source in information_set(rules, C)] == ([A, B, C] if passing else [B, C])


def test_a_bar_with_the_hub_leaves_a_nation_outside() -> None:
    policy = Policy({}, (LegalBar("AAA", "BBB", "a law"),), {}, {}, 1.0)
    rules = rules_for(policy, NATIONS, "hub:BBB", "hub", "BBB", ())
    assert [source.nation for source in information_set(rules, A)] == [A]
    assert [source.nation for source in information_set(rules, C)] == [B, C, D]


def test_nothing_is_more_than_silence_it_stops_passing_on_and_no_caveat_bends_for_it() -> None:
    given = line("AAA", "B", onward="CD")
    silent = level(given, passes_on=EVERYONE)
    said = level(given, line("AAA", "C", Content.NOTHING), passes_on=EVERYONE)
    assert why(silent, B, C) == Reason.GRANTED
    assert why(said, B, C) == Reason.NOT_TO_BE_PASSED_ON
    assert why(said, B, D) == Reason.GRANTED
    # It takes nothing from what another line gives directly.
    assert why(level(line("AAA", "B"), line("AAA", "BCD", Content.NOTHING)), A, B) == Reason.GRANTED


def test_of_several_lines_the_soonest_governs_then_the_finest_then_the_one_that_names() -> None:
    lines = (
        line("AAA", "B", delay_s=5.0),
        line("AAA", "B", delay_s=1.0, accuracy_m=9_000.0),
        line("AAA", "B", delay_s=1.0, accuracy_m=1_000.0, nameless=True),
        line("AAA", "B", delay_s=1.0, accuracy_m=1_000.0),
        line("AAA", "B", delay_s=0.0, classes=(ObjectClass.CRUISE,)),
    )
    for order in (lines, lines[::-1]):
        rules = level(*order)
        for kind, wanted in ((ObjectClass.DRONE, lines[3]), (ObjectClass.CRUISE, lines[4])):
            verdict = releasable(rules, A, np.array([B]), items(kind=kind), 0.0, False)
            assert rules.lines[verdict.rule[0, 0]] == wanted


# ------------------------------------------------------------------------------------------------ to save lives

WARNED: dict[str, Any] = {"content": Content.WARNINGS, "threatens": 1 << C}


@pytest.mark.parametrize(
    "caveat",
    [
        {"classes": (ObjectClass.BALLISTIC,)},
        {"region": Region(0.0, 0.1, 0.0, 0.1)},
        {"on_alert": True},
        {"classes": (ObjectClass.BALLISTIC,), "region": Region(0.0, 0.1, 0.0, 0.1), "on_alert": True},
    ],
)
def test_a_caveat_bends_for_a_warning_of_what_threatens_the_receiver(caveat) -> None:
    rules = level(line("AAA", "C", **caveat), life_saving=("AAA",))
    assert why(rules, A, C, items(**WARNED)) == Reason.OVERRIDDEN
    assert why(rules, A, C, items(Content.TRACKS, threatens=1 << C)) > Reason.OVERRIDDEN
    assert why(rules, A, C, items(Content.WARNINGS, threatens=1 << B)) > Reason.OVERRIDDEN
    assert why(rules, A, B, items(Content.WARNINGS, threatens=1 << B)) == Reason.NOT_GRANTED
    assert why(level(line("AAA", "C", **caveat)), A, C, items(**WARNED)) > Reason.OVERRIDDEN


def test_not_to_be_passed_on_bends_too_but_only_by_one_who_passes_on() -> None:
    given = line("AAA", "B")
    assert (
        why(level(given, life_saving=("AAA",), passes_on=EVERYONE), B, C, items(**WARNED))
        == Reason.OVERRIDDEN
    )
    assert why(level(given, life_saving=("AAA",)), B, C, items(**WARNED)) == Reason.NOT_PASSED_ON
    assert (
        why(level(given, life_saving=("BBB",), passes_on=EVERYONE), B, C, items(**WARNED)) > Reason.OVERRIDDEN
    )


def test_nothing_bends_past_a_bar_a_nothing_a_time_or_a_way() -> None:
    saving: dict[str, Any] = {"life_saving": NATIONS, "passes_on": EVERYONE}
    warned = items(**WARNED)
    given = line("AAA", "B")
    assert why(level(given, bars="AC", **saving), B, C, warned) == Reason.BARRED_THROUGH
    allowed = level(given, bars="AC", passing_through=True, **saving)
    assert why(allowed, B, C, warned) == Reason.NOT_TO_BE_PASSED_ON
    assert why(level(given, bars="BC", **saving), B, C, warned) == Reason.BARRED
    nothing = line("AAA", "C", Content.NOTHING)
    assert why(level(given, nothing, **saving), B, C, warned) == Reason.NOT_TO_BE_PASSED_ON
    only_drones = line("AAA", "C", classes=(ObjectClass.CRUISE,))
    assert why(level(only_drones, nothing, **saving), A, C, warned) == Reason.WRONG_CLASS
    early = level(line("AAA", "C", from_s=5.0, classes=(ObjectClass.CRUISE,)), **saving)
    assert why(early, A, C, warned) == Reason.NOT_YET
    assert why(level(line("AAA", "C", through="BBB"), **saving), A, C, warned) == Reason.ONLY_THROUGH


def test_what_is_overridden_is_named_before_what_is_granted() -> None:
    rules = level(
        line("AAA", "BC", classes=(ObjectClass.CRUISE,), onward="C"),
        line("BBB", "C", delay_s=50.0),
        life_saving=("AAA",),
        passes_on=EVERYONE,
    )
    verdict = releasable(rules, B, np.array([C]), items(Content.WARNINGS, 0b11, threatens=1 << C), 0.0, False)
    assert verdict.reason[0, 0] == Reason.OVERRIDDEN
    assert rules.lines[verdict.rule[0, 0]].sender == "AAA"
    assert verdict.delay_s[0, 0] == 50.0


# ------------------------------------------------------------------------------------------ information sets


def test_conditional_lines_leave_room_for_lesser_contents_on_other_terms() -> None:
    rules = level(
        line("AAA", "BC", classes=(ObjectClass.BALLISTIC,)), line("AAA", "BC", Content.WARNINGS, delay_s=7.0)
    )
    tracks, warnings, own = (
        information_set(rules, B)[1],
        *[source for source in information_set(rules, B) if source.content != Content.TRACKS],
    )
    assert (tracks.content, tracks.delay_s) == (Content.TRACKS, 2.0)
    assert tracks.terms != ()
    assert (warnings.content, warnings.delay_s) == (Content.WARNINGS, 7.0)
    assert own == Source(B, Content.DETECTIONS, 0.0)
    plain = level(line("AAA", "B"), line("AAA", "B", Content.WARNINGS, delay_s=1.0))
    assert [source.content for source in information_set(plain, B)] == [Content.TRACKS, Content.DETECTIONS]


def test_terms_are_equal_for_two_receivers_exactly_when_the_filters_are() -> None:
    rules = level(
        line("AAA", "BC", classes=(ObjectClass.BALLISTIC,)), line("AAA", "D", classes=(ObjectClass.DRONE,))
    )
    terms = [information_set(rules, k)[0].terms for k in (B, C, D)]
    assert terms[0] == terms[1] != terms[2]
    threat = level(line("AAA", "BC", threatening=True))
    assert information_set(threat, B)[0].terms != information_set(threat, C)[0].terms
    assert information_set(level(line("AAA", "BC")), B)[0].terms == ()
    assert len({information_set(rules, k) for k in range(4)}) == 4  # hashable, and each has its own besides


def test_a_way_without_conditions_is_taken_before_a_sooner_one_with() -> None:
    rules = level(
        line("AAA", "D", classes=(ObjectClass.DRONE,), delay_s=0.0),
        line("AAA", "B", onward="D", delay_s=3.0),
        passes_on=EVERYONE,
    )
    source = information_set(rules, D)[0]
    assert (source.path, source.delay_s) == ((B,), 6.0)
    assert governing(rules, source, D) == ((1,), (1,))


def test_an_unconditional_line_that_is_slower_than_a_conditional_one_is_told_by_its_terms() -> None:
    rules = level(line("AAA", "B", delay_s=9.0), line("AAA", "B", classes=(ObjectClass.DRONE,), delay_s=1.0))
    source = information_set(rules, B)[0]
    assert source.delay_s == 9.0
    assert source.terms != ()


def test_statuses_stand_beside_what_else_comes() -> None:
    rules = level(line("AAA", "B"), line("AAA", "B", Content.SENSOR_STATUS, delay_s=30.0))
    assert information_set(rules, B)[:2] == (
        Source(A, Content.TRACKS, 2.0),
        Source(A, Content.SENSOR_STATUS, 30.0),
    )
    assert rules.content[A, B] == Content.TRACKS
    assert level(line("AAA", "B", Content.SENSOR_STATUS)).content[A, B] == Content.NOTHING


def test_a_hub_is_lines_of_the_language() -> None:
    rules = rules_for(Policy({}, (), {}, {}, 1.0), NATIONS, "hub:BBB", "hub", "BBB", ())
    written = level(
        *(
            line(code, "ABCD".replace(code[0], ""), through="BBB", delay_s=1.0)
            for code in ("AAA", "CCC", "DDD")
        ),
        line("BBB", "ACD", delay_s=1.0),
        passes_on={"BBB": ("AAA", "CCC", "DDD")},
    )
    assert rules.sets == written.sets
    assert information_set(rules, A)[2] == Source(C, Content.TRACKS, 2.0, (B,))


def test_who_is_left_out_neither_receives_sends_nor_carries() -> None:
    policy = Policy(
        {"pact": (line("AAA", "BC"), line("CCC", "D", through="BBB"), line("DDD", "A", onward="BC"))},
        (),
        {},
        {},
        1.0,
        passes_on=EVERYONE,
    )
    rules = rules_for(policy, NATIONS, "pact+without:BBB", "pact", None, ("BBB",))
    assert [(s.nation, s.path) for s in information_set(rules, D)] == [(D, ())]
    assert [s.nation for s in information_set(rules, B)] == [B]
    assert [s.nation for s in information_set(rules, C)] == [A, C, D]
    assert why(rules, A, B, items()) == Reason.NOT_GRANTED


def test_many_receivers_and_items_are_the_same_as_one_by_one() -> None:
    rules = level(
        line("AAA", "BC", classes=(ObjectClass.DRONE,), accuracy_m=2_000.0),
        line("AAA", "D", onward="B", nameless=True),
        bars="AC",
        passes_on=EVERYONE,
    )
    rng = np.random.default_rng(2)
    m = 50
    many = Items(
        Content.TRACKS,
        rng.integers(0, 16, m).astype(np.uint32),
        rng.integers(0, 7, m).astype(np.uint8),
        rng.uniform(0, 1, m),
        rng.uniform(0, 1, m),
        rng.integers(0, 16, m).astype(np.uint32),
    )
    together = releasable(rules, A, np.arange(4), many, 0.0, False)
    for k in range(4):
        for j in range(m):
            one = Items(many.content, *(getattr(many, name)[j : j + 1] for name in list(vars(many))[1:]))
            alone = releasable(rules, A, np.array([k]), one, 0.0, False)
            for column, of_all in vars(together).items():
                assert getattr(alone, column)[0, 0] == of_all[k, j], column
    assert releasable(rules, A, np.arange(0), many, 0.0, False).allowed.shape == (0, m)
    assert releasable(rules, A, np.arange(4), replace(many, **_empty(many)), 0.0, False).allowed.shape == (
        4,
        0,
    )


def _empty(many: Items) -> dict[str, Any]:
    return {name: getattr(many, name)[:0] for name in list(vars(many))[1:]}
