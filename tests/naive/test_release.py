"""Every verdict of `share.releasable` is its naive twin's, and a broken enforcement is seen.

One million random messages through random policies: what a policy forbids reaches nobody.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.kernels import release as kernel
from skypact.model.codes import Content, Reason
from skypact.model.release import NO_CLASS, Items, Verdicts
from skypact.share import LevelRules, information_set, releasable, rules_for
from tests.naive.release import NATIONS, Answer, Book, Message, answer, inside, random_policy

enforcement = import_module("skypact.share.release")
N = len(NATIONS)
SLOW = bool(os.environ.get("NUMBA_DISABLE_JIT"))  # without the compiler a million messages would take minutes
Decide = Callable[[LevelRules, int, np.ndarray, Items, float, bool], Verdicts]
RECEIVERS = np.arange(N)


def rules_of(policy) -> LevelRules:
    return rules_for(policy, NATIONS, "pact", "pact", None, ())


def random_items(rng: np.random.Generator, sender: int, m: int) -> Items:
    """Mostly the sender's own, or with its own; some of others alone, of nobody, of a nation that is not there."""
    mine = np.uint32(1 << sender)
    sources = rng.integers(0, 1 << N, m).astype(np.uint32)
    kind = rng.random(m)
    sources = np.where(kind < 0.35, mine, np.where(kind < 0.6, 1 << rng.integers(0, N, m), sources))
    sources = np.where(kind > 0.99, sources | np.uint32(1 << 20), sources)
    return Items(
        Content(int(rng.integers(1, 6))),
        sources.astype(np.uint32),
        np.where(rng.random(m) < 0.1, NO_CLASS, rng.integers(0, 7, m)).astype(np.uint8),
        np.where(rng.random(m) < 0.03, np.nan, rng.uniform(0.0, 1.2, m)),
        rng.uniform(0.0, 1.2, m),
        np.where(rng.random(m) < 0.3, 0, rng.integers(0, 1 << N, m)).astype(np.uint32),
    )


def codes_of(mask: int) -> frozenset[str]:
    return frozenset(NATIONS[k] if k < N else "ZZZ" for k in range(32) if mask >> k & 1)


CODES = {mask: codes_of(mask) for mask in (*range(1 << N), *((1 << 20) + k for k in range(1 << N)))}


def compare(decide: Decide, policies: int, messages: int, seed: int) -> Counter[Reason]:
    """How often each reason was given; fails at the first verdict that is not the twin's."""
    rng = np.random.default_rng(seed)
    given: Counter[Reason] = Counter()
    batch = 100
    for _ in range(policies):
        policy = random_policy(rng)
        rules, book = rules_of(policy), Book(policy, policy.levels["pact"])
        for _ in range(messages // (batch * N)):
            sender = int(rng.integers(N))
            items = random_items(rng, sender, batch)
            now_s, on_alert = float(rng.integers(0, 14)), bool(rng.random() < 0.5)
            verdicts = decide(rules, sender, RECEIVERS, items, now_s, on_alert)
            given += judged(book, rules, sender, items, now_s, on_alert, verdicts)
    return given


def judged(
    book: Book, rules: LevelRules, sender: int, items: Items, now_s: float, on_alert: bool, verdicts: Verdicts
) -> Counter[Reason]:
    given: Counter[Reason] = Counter()
    columns = (
        verdicts.allowed,
        verdicts.reason,
        verdicts.rule,
        verdicts.delay_s,
        verdicts.accuracy_m,
        verdicts.nameless,
    )
    rows = [column.tolist() for column in columns]
    lineage = [CODES[mask] for mask in items.sources.tolist()]
    threatens = [CODES[mask] for mask in items.threatens.tolist()]
    kinds, lat, lon = items.object_class.tolist(), items.lat_rad.tolist(), items.lon_rad.tolist()
    for k, receiver in enumerate(NATIONS):
        for j in range(len(items)):
            message = Message(
                NATIONS[sender],
                receiver,
                items.content,
                lineage[j],
                kinds[j],
                lat[j],
                lon[j],
                threatens[j],
                now_s,
                on_alert,
            )
            wanted = answer(book, message)
            rule = rows[2][k][j]
            found = Answer(
                rows[0][k][j],
                rows[1][k][j],
                None if rule < 0 else rules.lines[rule],
                rows[3][k][j],
                rows[4][k][j],
                rows[5][k][j],
            )
            assert found == wanted, (message, found, wanted)
            given[wanted.reason] += 1
    return given


@pytest.mark.slow
def test_a_million_messages_get_the_verdict_that_the_policy_says() -> None:
    policies = 10 if SLOW else 200
    given = compare(releasable, policies=policies, messages=5_000, seed=1)
    assert given.total() == 5_000 * policies
    assert set(given) == set(Reason)  # every reason occurs
    assert min(given.values()) > 2 * policies
    allowed = sum(given[reason] for reason in (Reason.GRANTED, Reason.OVERRIDDEN))
    assert 0.03 < allowed / given.total() < 0.5


# ------------------------------------------------------------------------------- broken on purpose, and seen


def _table(column: int, value: int) -> Callable[[LevelRules], LevelRules]:
    def broken(rules: LevelRules) -> LevelRules:
        table = rules.table.copy()
        table[:, column] = value
        return replace(rules, table=table)

    return broken


def _measure(column: int, value: float) -> Callable[[LevelRules], LevelRules]:
    def broken(rules: LevelRules) -> LevelRules:
        measure = rules.measure.copy()
        measure[:, column] = value
        return replace(rules, measure=measure)

    return broken


def _nation(column: int, value: int) -> Callable[[LevelRules], LevelRules]:
    def broken(rules: LevelRules) -> LevelRules:
        nation = rules.nation.copy()
        nation[:, column] = value
        return replace(rules, nation=nation)

    return broken


def _no_region(rules: LevelRules) -> LevelRules:
    return _measure(kernel.SOUTH, -np.inf)(rules)


ALL = (1 << N) - 1
BROKEN_TABLES = {
    "bars are ignored": _nation(kernel.BARRED_FROM, 0),
    "a third may always carry past a bar": lambda rules: replace(rules, passing_through=True),
    "everybody may pass on": _table(kernel.ONWARD, ALL),
    "everybody passes on": _nation(kernel.PASSES_ON, ALL),
    "a line is for everybody": _table(kernel.RECEIVERS, ALL),
    "through one nation only is taken as direct": _table(kernel.THROUGH, -1),
    "'until' is ignored": _measure(kernel.UNTIL, np.inf),
    "'from' is ignored": _measure(kernel.FROM, -np.inf),
    "'when' is ignored": _table(kernel.ON_ALERT, 0),
    "classes are ignored": _table(kernel.CLASSES, 0),
    "regions are ignored": _no_region,
    "'threatening' is ignored": _table(kernel.THREATENING, 0),
    "delays are ignored": _measure(kernel.DELAY, 0.0),
    "positions stay fine": _measure(kernel.ACCURACY, 0.0),
    "identities are shown": _table(kernel.NAMELESS, 0),
    "everybody's caveats bend": _nation(kernel.LIFE_SAVING, 1),
    "caveats bend past a bar or a nothing": _nation(kernel.UNBENT_FOR, 0),
    "more is released than granted": _table(kernel.CONTENT, int(Content.DETECTIONS)),
}


def _own_bit_alone(rules, sender, receivers, items, now_s, on_alert):
    mine = np.where(items.sources >> sender & 1, 1 << sender, items.sources).astype(np.uint32)
    return releasable(rules, sender, receivers, replace(items, sources=mine), now_s, on_alert)


def _others_as_own(rules, sender, receivers, items, now_s, on_alert):
    mine = np.full(len(items), 1 << sender, np.uint32)
    return releasable(rules, sender, receivers, replace(items, sources=mine), now_s, on_alert)


BROKEN_CALLS = {
    "of a lineage only the sender's bit is looked at": _own_bit_alone,
    "what is another's goes as one's own": _others_as_own,
}


@pytest.mark.parametrize("fault", [*BROKEN_TABLES, *BROKEN_CALLS])
def test_an_enforcement_that_is_broken_is_seen(fault: str) -> None:
    if fault in BROKEN_CALLS:
        decide = BROKEN_CALLS[fault]
    else:
        broken = BROKEN_TABLES[fault]

        def decide(rules, *asked):
            return releasable(broken(rules), *asked)

    with pytest.raises(AssertionError):
        compare(decide, policies=40, messages=1_000, seed=7)


BROKEN_WORDS = {
    "the third is not asked for the bar": (
        "elif owner != sender and (nation[owner, BARRED_FROM]",
        "elif 0 and (nation[owner, BARRED_FROM]",
    ),
    "the sender is not asked whether it passes on": ("keeps = owner != sender and", "keeps = False and"),
    "the owner sends directly what goes by way of another": (
        "GRANTED if through < 0 else ONLY_THROUGH",
        "GRANTED",
    ),
    "another passes on what goes by way of one": ("if through >= 0 and through != sender:", "if False:"),
    "the end of a line is not seen": ("GRANTED if now_s < until_s else NO_LONGER", "GRANTED"),
    "a caveat bends for those who are to have nothing": (
        "aim[i] & ~nation[owner, UNBENT_FOR] if",
        "aim[i] if",
    ),
    "a caveat bends for tracks": (
        "bends = content == WARNINGS and nation[owner, LIFE_SAVING] != 0 and lenient",
        "bends = nation[owner, LIFE_SAVING] != 0 and lenient",
    ),
    "a later owner heals a refusal": (
        "(sources[j] >> owner) & 1 == 0 or reason[j] > OVERRIDDEN:",
        "(sources[j] >> owner) & 1 == 0:",
    ),
    "the last accuracy stands, not the coarsest": (
        "max(accuracy_m[j], measure[i, ACCURACY])",
        "measure[i, ACCURACY]",
    ),
    "what is nobody's goes": ("if every == GRANTED and sources[j] == 0:", "if False:"),
    "a status is a greater content": ("0 < asked < granted <= DETECTIONS", "0 < asked < granted"),
    "an unknown place counts as inside": (
        "south <= lat_rad[j] <= north",
        "not (lat_rad[j] < south or lat_rad[j] > north)",
    ),
}
"""What is written wrongly in the kernel -> the words, and what stands in their place."""


def rewritten(words: str, instead: str) -> Callable[..., None]:
    """The kernel `decide` of a source in which some words are others, not compiled."""
    source = Path(str(kernel.__file__)).read_text("utf-8")
    assert source.count(words) == 1, words
    source = source.replace(words, instead).replace("@kernel\n", "").replace("@bare\n", "")
    space: dict[str, Any] = {}
    exec(compile(source, "release.py", "exec"), space)
    return space["decide"]


@pytest.mark.parametrize("fault", BROKEN_WORDS)
def test_a_decision_that_is_written_wrongly_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enforcement, "decide", rewritten(*BROKEN_WORDS[fault]))
    with pytest.raises(AssertionError):
        compare(releasable, policies=150, messages=500, seed=7)


def test_the_same_decision_in_the_same_words_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enforcement, "decide", rewritten("def decide(", "def decide("))
    assert compare(releasable, policies=4, messages=500, seed=7).total() == 2_000


def test_what_sees_the_broken_passes_the_sound() -> None:
    assert compare(releasable, policies=40, messages=1_000, seed=7).total() == 40_000


# ------------------------------------------------------------------------------------------- chains of hops


Held = tuple[int, int, bool]
"""What a nation holds of an object: its row, the lineage, whether its class is known."""


def walk(
    rules: LevelRules,
    rng: np.random.Generator,
    items: Items,
    content: Content,
    hops: int,
    keeps_class: bool = False,
):
    """Random forwards, each decided by the one function, each fused with what the sender holds or left alone.

    Who gets an object without its identity does not know its class, unless it fuses it with what does; `keeps_class`
    is wrong.

    Returns:
        What each nation came to hold; and the hops that were taken: sender, receiver, what was sent, and so received.
    """
    held: list[set[Held]] = [{(j, 1 << k, True) for j in range(len(items))} for k in range(N)]
    taken: list[tuple[int, int, Held, bool]] = []
    for _ in range(hops):
        sender, receiver = (int(k) for k in rng.integers(0, N, 2))
        choices = sorted(held[sender])
        j, lineage, known = choices[int(rng.integers(len(choices)))]
        if rng.random() < 0.6:
            others = [other for other in choices if other[0] == j]
            _, of, also = others[int(rng.integers(len(others)))]
            lineage, known = lineage | of, known or also
        one = Items(
            content,
            np.array([lineage], np.uint32),
            items.object_class[j : j + 1] if known else np.array([NO_CLASS], np.uint8),
            items.lat_rad[j : j + 1],
            items.lon_rad[j : j + 1],
            items.threatens[j : j + 1],
        )
        verdict = releasable(rules, sender, np.array([receiver]), one, 5.0, False)
        if verdict.allowed[0, 0]:
            shown = known and (keeps_class or not verdict.nameless[0, 0])
            held[receiver].add((j, lineage, shown))
            taken.append((sender, receiver, (j, lineage, known), shown))
    return held, taken


def permits(book: Book, owner: str, holder: str, content: Content, rows: Message) -> bool:
    """Whether anything in the owner's written policy lets the holder have this: no matter from whom it came."""
    if owner == holder:
        return True
    if book.barred(owner, holder) and not book.passing:
        return False
    for line in book.lines.get(owner, ()):
        named = {*line.receivers, *set(line.onward) - book.nothing.get(owner, set())}
        ordered = content <= line.content <= Content.DETECTIONS
        if not (ordered or content == line.content) or not line.from_s <= rows.now_s < line.until_s:
            continue
        bends = (
            content == Content.WARNINGS
            and owner in book.life_saving
            and holder not in book.nothing.get(owner, set())
        )
        if holder in named or holder == line.through or (bends and holder in rows.threatens):
            fits = not line.classes or rows.object_class in [int(kind) for kind in line.classes]
            fits = fits and (line.region is None or inside(line.region, rows))
            if fits or bends:
                return True
    return False


def hold_against_policy(book: Book, items: Items, content: Content, held: list[set[Held]]) -> None:
    """Fails where a nation holds what an owner in it does not let it have."""
    for k, holder in enumerate(NATIONS):
        for j, lineage, _ in held[k]:
            message = Message(
                holder,
                holder,
                content,
                CODES[lineage],
                int(items.object_class[j]),
                float(items.lat_rad[j]),
                float(items.lon_rad[j]),
                CODES[int(items.threatens[j])],
                5.0,
                False,
            )
            for owner in CODES[lineage]:
                assert permits(book, owner, holder, content, message), (owner, holder, message)


def hold_hops_against_policy(
    book: Book, items: Items, content: Content, taken: list[tuple[int, int, Held, bool]]
) -> None:
    """Fails where an object of no known class went by a line for stated classes, or came named by a nameless one."""
    for sender, receiver, (j, lineage, known), shown in taken:
        if sender == receiver:
            continue
        message = Message(
            NATIONS[sender],
            NATIONS[receiver],
            content,
            CODES[lineage],
            int(items.object_class[j]) if known else NO_CLASS,
            float(items.lat_rad[j]),
            float(items.lon_rad[j]),
            CODES[int(items.threatens[j])],
            5.0,
            False,
        )
        wanted = answer(book, message)
        assert wanted.allowed, message
        assert not (shown and wanted.nameless), message


def walks(count: int, broken: Callable[[LevelRules], LevelRules], keeps_class: bool = False) -> Counter[str]:
    """What happened in so many random walks, all held against their policies."""
    rng = np.random.default_rng(11)
    seen: Counter[str] = Counter()
    for _ in range(count):
        policy = random_policy(rng)
        book = Book(policy, policy.levels["pact"])
        items, content = random_items(rng, 0, 3), Content(int(rng.integers(1, 4)))
        held, taken = walk(broken(rules_of(policy)), rng, items, content, 400, keeps_class)
        hold_against_policy(book, items, content, held)
        hold_hops_against_policy(book, items, content, taken)
        for sender, receiver, (_, lineage, known), _ in taken:
            if sender != receiver:
                assert not book.barred(NATIONS[sender], NATIONS[receiver])
                seen["hops"] += 1
                seen["of several nations"] += lineage.bit_count() > 1
                seen["of others"] += lineage != 1 << sender
                seen["back to its origin"] += lineage >> receiver & 1
                seen["of no known class"] += not known
    return seen


def test_whatever_arrives_over_many_hops_is_allowed_by_every_owner_in_it() -> None:
    seen = walks(150, lambda rules: rules)
    assert seen["hops"] > 2_000
    assert seen["of others"] > 500
    assert seen["of several nations"] > 60
    assert seen["back to its origin"] > 100
    assert seen["of no known class"] > 200


@pytest.mark.parametrize(
    "fault",
    [
        "everybody may pass on",
        "bars are ignored",
        "a line is for everybody",
        "classes are ignored",
        "regions are ignored",
        "'until' is ignored",
        "caveats bend past a bar or a nothing",
    ],
)
def test_a_chain_that_is_not_enforced_is_seen(fault: str) -> None:
    with pytest.raises(AssertionError):
        walks(150, BROKEN_TABLES[fault])


def test_a_chain_that_remembers_a_class_it_was_not_told_is_seen() -> None:
    with pytest.raises(AssertionError):
        walks(150, lambda rules: rules, keeps_class=True)


# --------------------------------------------------------------------------------- to save lives, and no further


def test_a_caveat_bends_only_for_a_warning_that_threatens_the_receiver_and_never_past_a_bar() -> None:
    rng = np.random.default_rng(3)
    bent = 0
    for _ in range(150):
        policy = random_policy(rng)
        rules, strict = rules_of(policy), rules_of(replace(policy, life_saving=()))
        book = Book(policy, policy.levels["pact"])
        sender = int(rng.integers(N))
        items = replace(random_items(rng, sender, 60), content=Content.WARNINGS)
        asked = (sender, RECEIVERS, items, 4.0, False)
        with_it, without = releasable(rules, *asked), releasable(strict, *asked)
        flagged = with_it.reason == Reason.OVERRIDDEN
        assert not without.allowed[flagged].any()
        assert np.array_equal(with_it.allowed & ~flagged, without.allowed)
        assert not (without.reason == Reason.OVERRIDDEN).any()
        for k, j in np.argwhere(flagged):
            line = rules.lines[with_it.rule[k, j]]
            receiver = NATIONS[k]
            sake = (
                book.carried(line)
                if receiver == line.through and sender == NATIONS.index(line.sender)
                else {receiver}
            )
            assert line.sender in policy.life_saving
            assert CODES[int(items.threatens[j])] & sake
            assert not book.barred(NATIONS[sender], receiver)
            for owner in CODES[int(items.sources[j])]:
                assert owner == NATIONS[sender] or policy.passing_through or not book.barred(owner, receiver)
            bent += 1
        for content in (Content.TRACKS, Content.DETECTIONS, Content.SENSOR_STATUS):
            other = replace(items, content=content)
            assert not (
                releasable(rules, sender, RECEIVERS, other, 4.0, False).reason == Reason.OVERRIDDEN
            ).any()
    assert bent > 300


# ------------------------------------------------------------------------- what can come, and what does come


def test_an_information_set_names_whatever_can_come_and_every_hop_of_it_is_released() -> None:
    rng = np.random.default_rng(5)
    conditional = relayed = 0
    policies = 10 if SLOW else 80
    for _ in range(policies):
        policy = random_policy(rng)
        rules = rules_of(policy)
        for origin in range(N):
            for content in list(Content)[1:]:
                reached = _reach(rules, rng, origin, content)
                for receiver in range(N):
                    if receiver == origin:
                        continue
                    lines = [
                        line
                        for line in information_set(rules, receiver)
                        if line.nation == origin
                        and (
                            line.content >= content
                            if content <= Content.DETECTIONS
                            else line.content == content
                        )
                        and (content > Content.DETECTIONS or line.content <= Content.DETECTIONS)
                    ]
                    if receiver in reached:
                        assert lines, (policy, origin, receiver, content)
                    for line in lines:
                        if line.terms:
                            conditional += 1
                            continue
                        relayed += bool(line.path)
                        way = [origin, *line.path, receiver]
                        late_s = 0.0
                        for here, there in pairwise(way):
                            late_s += _unknown_object(rules, here, there, origin, line.content)
                        assert late_s <= line.delay_s
    assert conditional > policies
    assert SLOW or relayed > 30


def _unknown_object(rules: LevelRules, sender: int, receiver: int, origin: int, content: Content) -> float:
    """The delay of an item of which nothing is known; it must be released."""
    nowhere = np.array([np.nan])
    items = Items(
        content,
        np.array([1 << origin], np.uint32),
        np.array([NO_CLASS], np.uint8),
        nowhere,
        nowhere,
        np.zeros(1, np.uint32),
    )
    verdict = releasable(rules, sender, np.array([receiver]), items, 1e6, False)
    assert verdict.allowed[0, 0]
    return float(verdict.delay_s[0, 0])


def _reach(rules: LevelRules, rng: np.random.Generator, origin: int, content: Content) -> set[int]:
    """The nations that some item of the origin's own can come to, at some time."""
    held = {origin}
    for now_s in (0.0, 3.0, 6.0, 9.0):
        items = replace(
            random_items(rng, origin, 40), content=content, sources=np.full(40, 1 << origin, np.uint32)
        )
        for _ in range(N):
            for sender in list(held):
                allowed = releasable(rules, sender, RECEIVERS, items, now_s, True).allowed
                held |= {int(k) for k in np.flatnonzero(allowed.any(axis=1))}
    return held


def test_verdicts_are_counted_compared_and_classes_named_as_numpy_does() -> None:
    rng = np.random.default_rng(3)
    reason = rng.choice([0, 2, 2, 5], (4, 30)).astype(np.uint8)
    refused, overridden = (reason > Reason.OVERRIDDEN).sum(axis=1), (reason == Reason.OVERRIDDEN).sum(axis=1)
    np.testing.assert_array_equal(kernel.tally(reason), np.stack([refused, overridden], axis=1))
    columns = [np.tile(rng.random(30) < 0.5, (4, 1)), np.full((4, 30), np.inf), np.zeros((4, 30))]
    columns.append(columns[0].copy())
    assert kernel.alike(*columns)
    for column in columns:
        kept, column[3, 29] = column[3, 29], not column[3, 29]
        assert not kernel.alike(*columns)
        column[3, 29] = kept
    unknown = np.array([0.2, 0.3, 0.5], np.float32)
    prob = np.vstack([np.tile(unknown, (5, 1)), rng.random((5, 3))]).astype(np.float32)
    prob[0, 1] += np.float32(1e-7)
    prob[1, 1] += np.float32(1e-5)
    kind = np.empty(10, np.uint8)
    kernel.likeliest(prob, unknown, np.float32(1e-6), NO_CLASS, kind)
    nothing = (np.abs(prob - unknown) < np.float32(1e-6)).all(axis=1)
    np.testing.assert_array_equal(kind, np.where(nothing, NO_CLASS, prob.argmax(axis=1)))
    assert nothing.tolist() == [True, False, True, True, True, *[False] * 5]
