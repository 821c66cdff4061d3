"""Policy, messages, links and passing on together: what is withheld along a chain leaves no trace at either end.

What is passed on goes through the stage of a run that does so, on a level of the small scenario.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.fuse import carried_to
from skypact.fuse.quality import stacked
from skypact.kernels.random import run_key
from skypact.model.codes import N_CLASSES, Content, ObjectClass
from skypact.model.link import Link, Links
from skypact.model.scenario import Policy, Release
from skypact.model.track import Tracks
from skypact.run import exchange
from skypact.run.account import new_account
from skypact.run.build import Treatments, wire
from skypact.run.level import new_levels
from skypact.run.library import load
from skypact.run.paired import prepare
from skypact.run.plan import Plan
from skypact.run.state import Level
from skypact.share import deliver, link_table, new_delivery, new_outbox
from skypact.share import mailbox as mailbox_module
from tests.share.test_message import bytes_of
from tests.share.world import tracks_at

S = 10**9
BHR, QAT, SAU = range(3)
NATIONS = ("BHR", "QAT", "SAU")
BALLISTIC, CRUISE, DRONE, ROCKET, CIVIL, FRIENDLY, DEBRIS = ObjectClass


def _line(sender: str, receiver: str, kind: ObjectClass, delay_s: float, **terms) -> Release:
    return Release(sender, (receiver,), Content.TRACKS, delay_s, "assumption", classes=(kind,), **terms)


LINES = (
    _line("BHR", "QAT", BALLISTIC, 2.0, onward=("SAU",)),
    _line("BHR", "QAT", CRUISE, 12.0, onward=("SAU",)),
    _line("BHR", "QAT", CIVIL, 0.0),
    _line("BHR", "QAT", FRIENDLY, 12.0),
    _line("BHR", "SAU", DRONE, 4.0, accuracy_m=5e3),
    _line("QAT", "SAU", ROCKET, 0.0),
)
RELEASED = {BHR: (BALLISTIC, CRUISE, DRONE), QAT: (ROCKET,)}
NOBODYS, THE_RELAYS = (DEBRIS,), (CIVIL, FRIENDLY, DEBRIS)
"""Classes of which BHR and QAT give nobody anything; those of which SAU has nothing, but QAT what is of BHR."""
TERMS = {"delay_s": 0.1, "jitter_s": 0.4, "loss": 0.1, "duplicate": 0.1, "bandwidth_bps": 8_000.0}
K0, K1 = run_key(21, 0)
EPOCHS, SHOWN, MOST, ROOM = 8, 5, 4, 6
"""With room a message holds all that is told: what goes on cannot depend on what else filled the message."""


def _table(*perfect: tuple[str, str]):
    poor = [(a, b) for a in NATIONS for b in NATIONS if a != b and (a, b) not in perfect]
    return link_table(Links(tuple(Link(a, b, **TERMS) for a, b in poor)), NATIONS)  # type: ignore[arg-type]


ALL_POOR, GOOD_TO_THE_RELAY = _table(), _table(("BHR", "QAT"))


@functools.cache
def _world(most: int) -> tuple[Plan, Level]:
    """The small scenario with the lines above, and at most so many tracks in a message."""
    loaded = load("gulf-small")
    policy = Policy({"today": (), "pact": LINES}, (), {}, {}, 1.0, passes_on={"QAT": NATIONS})
    few = replace(loaded.scenario.settings, link_tracks=most)
    scenario = replace(loaded.scenario, policy=policy, settings=few)
    wired = wire(scenario, loaded.catalogue, loaded.airports, loaded.terrain, ("pact",), Treatments())
    plan, sensed = prepare(wired, 0, 1)
    return plan, new_levels(plan, sensed, 0)[0]


def held(nation: int, k: int, seed: int, hidden: int, kinds: tuple[ObjectClass, ...]) -> Tracks:
    """What a nation holds at an epoch. What is withheld is drawn by `hidden` too: other objects of such kinds.

    Objects that are told of now and then are at other times of such a kind, or not there.
    """
    open_, secret = np.random.default_rng((seed, nation, k)), np.random.default_rng((seed, nation, hidden, k))
    ids = np.random.default_rng((seed, nation, hidden)).permutation(1_000) + 1
    count = SHOWN + int(secret.integers(0, 6))
    told = np.append(open_.random(SHOWN) < 0.7, np.zeros(count - SHOWN, np.bool_))
    tracks = tracks_at(count, k, seed + 7 * nation)
    other = tracks_at(count, k, int(secret.integers(10**6)))
    for name in Tracks.__dataclass_fields__:
        if name != "now_ns":
            getattr(tracks, name)[~told] = getattr(other, name)[~told]
    kind = np.where(
        told, np.append(open_.choice(RELEASED[nation], SHOWN), told[SHOWN:]), secret.choice(kinds, count)
    )
    tracks.class_prob[:] = 0.2 / (N_CLASSES - 1)
    tracks.class_prob[np.arange(count), kind] = 0.8
    tracks.track_id[:], tracks.slot[:] = ids[:count], secret.permutation(count)
    tracks.first_ns[:] = secret.integers(-100 * S, 0, count)
    tracks.sources[:] = 1 << nation
    order = secret.permutation(np.flatnonzero(told | (secret.random(count) < 0.7)))
    columns = {name: getattr(tracks, name)[order] for name in Tracks.__dataclass_fields__ if name != "now_ns"}
    return replace(tracks, **columns)


def received(
    seed: int, hidden: int, kinds: tuple[ObjectClass, ...] = NOBODYS, links=ALL_POOR, most: int = MOST
) -> dict[tuple[int, int, int], list[object]]:
    """By sender, origin and receiver, all that comes: byte by byte and with its arrival."""
    plan, level = _world(most)
    own = [
        new_outbox(BHR, BHR, Content.TRACKS, [QAT, SAU]),
        new_outbox(QAT, QAT, Content.TRACKS, [SAU]),
    ]
    relay = new_outbox(QAT, BHR, Content.TRACKS, [SAU])
    level = replace(level, delivery=new_delivery(3), account=new_account(3), links=links, forwarded={})
    got: dict[tuple[int, int, int], list[object]] = {}

    def carry(now_ns: int) -> None:
        for carried in deliver(level.delivery, links, now_ns, K0, K1):
            message = carried.message
            for receiver, arrives_ns in zip(carried.receivers, carried.arrives_ns.tolist(), strict=True):
                way = (message.sender, message.origin, receiver)
                got.setdefault(way, []).append((bytes_of((message,)), arrives_ns))

    for k in range(EPOCHS):
        now_ns = k * 5 * S
        for outbox in own:
            exchange._send(plan, level, outbox, held(outbox.sender, k, seed, hidden, kinds), now_ns, now_ns)
        carry(now_ns)
        exchange._pass_on(plan, level, relay, now_ns)
        carry(now_ns)
    return got


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_along_a_chain_nothing_shows_of_what_each_nation_withholds(seed: int, hidden: int) -> None:
    assert received(seed, 0) == received(seed, hidden)


def _third_learns(seed: int, hidden: int) -> bool:
    """Whether SAU can tell what QAT has of BHR that SAU may not have."""
    first, second = (received(seed, h, THE_RELAYS, GOOD_TO_THE_RELAY, ROOM) for h in (0, hidden))
    return any(first.get(way) != second.get(way) for way in {*first, *second} if way[2] == SAU)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_what_a_relay_has_and_may_not_pass_on_changes_no_byte_and_no_instant_of_what_it_passes_on(
    seed: int, hidden: int
) -> None:
    assert not _third_learns(seed, hidden)


def test_the_chain_carries_information_by_every_way_and_the_relay_has_more_or_less() -> None:
    ways: set[tuple[int, int, int]] = set()
    for seed in range(5):
        ways |= received(seed, 0).keys()
    assert ways == {(BHR, BHR, QAT), (BHR, BHR, SAU), (QAT, QAT, SAU), (QAT, BHR, SAU)}
    relays = [received(5, hidden, THE_RELAYS, GOOD_TO_THE_RELAY, ROOM)[BHR, BHR, QAT] for hidden in range(4)]
    assert all(relays[0] != other for other in relays[1:])


def _put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that has come goes on in one message, as of the newest."""

    def pass_on(plan, level, outbox, now_ns):
        got = [m for m in level.delivery.mailboxes[outbox.sender].usable(now_ns) if m.origin == outbox.origin]
        if got:
            made_ns = max(message.made_ns for message in got)
            tracks = stacked([carried_to(message.payload, made_ns) for message in got])
            exchange._send(plan, level, outbox, replace(tracks, now_ns=made_ns), made_ns, now_ns)

    monkeypatch.setattr(exchange, "_pass_on", pass_on)


def _repeats_left_out_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item that has come again by a line that may not go on is left out of the one that may."""
    box = mailbox_module.Mailbox
    right = box.arrived

    def arrived(self, now_ns, stale_ns=mailbox_module.STALE_NS):
        return list(mailbox_module._without_repeats(right(self, now_ns, stale_ns)))

    monkeypatch.setattr(box, "arrived", arrived)


@pytest.mark.parametrize("leak", [_put_together, _repeats_left_out_before])
def test_a_relay_that_leaks_is_caught(leak, monkeypatch: pytest.MonkeyPatch) -> None:
    leak(monkeypatch)
    assert any(_third_learns(seed, 1) for seed in range(20))
