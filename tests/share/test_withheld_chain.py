"""Policy, messages, links and passing on together: what is withheld along a chain leaves no trace at either end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.frame import geodetic_from_ecef
from skypact.kernels.random import run_key
from skypact.model.codes import N_CLASSES, Content, ObjectClass
from skypact.model.link import Link, Links
from skypact.model.release import Items
from skypact.model.scenario import Policy, Release
from skypact.model.track import Tracks
from skypact.share import (
    compose,
    deliver,
    link_table,
    new_delivery,
    new_outbox,
    post,
    releasable,
    rules_for,
)
from tests.share.test_message import bytes_of
from tests.share.world import tracks_at

S = 10**9
AAA, BBB, CCC = range(3)
NATIONS = ("AAA", "BBB", "CCC")
MISSILES = (ObjectClass.BALLISTIC, ObjectClass.CRUISE)
LINES = (
    Release("AAA", ("BBB",), Content.TRACKS, 2.0, "assumption", classes=MISSILES, onward=("CCC",)),
    Release("AAA", ("CCC",), Content.TRACKS, 4.0, "assumption", classes=(ObjectClass.DRONE,), accuracy_m=5e3),
    Release("BBB", ("CCC",), Content.TRACKS, 0.0, "assumption", threatening=True),
)
POLICY = Policy({"pact": LINES}, (), {}, {}, 1.0, passes_on={"BBB": NATIONS})
RULES = rules_for(POLICY, NATIONS, "pact", "pact", None, ())
TERMS = {"delay_s": 0.1, "jitter_s": 0.4, "loss": 0.1, "duplicate": 0.1, "bandwidth_bps": 8_000.0}
TABLE = link_table(
    Links(tuple(Link(a, b, **TERMS) for a in NATIONS for b in NATIONS if a != b)),  # type: ignore[arg-type]
    NATIONS,
)
K0, K1 = run_key(21, 0)
EPOCHS, SHOWN, MOST = 6, 5, 4
RELEASED = (*MISSILES, ObjectClass.DRONE)


def held(nation: int, k: int, seed: int, hidden: int) -> tuple[Tracks, np.ndarray]:
    """What a nation holds at an epoch, and whom each object threatens; what is withheld is drawn by `hidden` too.

    Of AAA that is whatever is neither missile nor drone, of BBB whatever does not threaten CCC.
    """
    open_, secret = np.random.default_rng((seed, nation)), np.random.default_rng((seed, nation, hidden, k))
    ids = np.random.default_rng((seed, nation, hidden)).permutation(1_000) + 1
    more = int(secret.integers(0, 6))
    count = SHOWN + more
    tracks = tracks_at(count, k, seed + 7 * nation)
    other = tracks_at(more, k, int(secret.integers(10**6)))
    for name in Tracks.__dataclass_fields__:
        if name != "now_ns":
            getattr(tracks, name)[SHOWN:] = getattr(other, name)
    shown = open_.choice(RELEASED, SHOWN)
    withheld = secret.choice([c for c in ObjectClass if c not in RELEASED], more)
    kind = np.concatenate([shown, withheld])
    tracks.class_prob[:] = 0.2 / (N_CLASSES - 1)
    tracks.class_prob[np.arange(count), kind] = 0.8
    threatens = np.zeros(count, np.uint32)
    threatens[:SHOWN] = 1 << CCC
    tracks.track_id[:], tracks.slot[:] = ids[:count], secret.permutation(count)
    tracks.first_ns[:] = secret.integers(-100 * S, 0, count)
    tracks.sources[:] = 1 << nation
    order = secret.permutation(count)
    columns = {name: getattr(tracks, name)[order] for name in Tracks.__dataclass_fields__ if name != "now_ns"}
    return replace(tracks, **columns), threatens[order]


def _items(tracks: Tracks, threatens: np.ndarray) -> Items:
    lat, lon, _ = geodetic_from_ecef(tracks.mean_ecef[:, :3])
    kind = tracks.class_prob.argmax(axis=1).astype(np.uint8)
    return Items(Content.TRACKS, tracks.sources, kind, np.atleast_1d(lat), np.atleast_1d(lon), threatens)


def received(seed: int, hidden: int) -> tuple[list[object], set[tuple[int, int]]]:
    """All that BBB and CCC get, byte by byte and with its arrival; and by which (sender, origin) anything came."""
    delivery = new_delivery(3)
    own = {
        AAA: new_outbox(AAA, AAA, Content.TRACKS, [BBB, CCC]),
        BBB: new_outbox(BBB, BBB, Content.TRACKS, [CCC]),
    }
    relay = new_outbox(BBB, AAA, Content.TRACKS, [CCC])
    passed: tuple[int, ...] = ()
    got: list[object] = []
    ways: set[tuple[int, int]] = set()

    def send(outbox, tracks, threatens, made_ns: int, now_ns: int) -> None:
        to = np.array(outbox.receivers)
        verdicts = releasable(RULES, outbox.sender, to, _items(tracks, threatens), now_ns * 1e-9, False)
        post(delivery, compose(outbox, tracks, verdicts, made_ns, now_ns, MOST))

    for k in range(EPOCHS):
        now_ns = k * 5 * S
        for nation, outbox in own.items():
            send(outbox, *held(nation, k, seed, hidden), now_ns, now_ns)
        for message in delivery.mailboxes[BBB].usable(now_ns):
            if isinstance(message.payload, Tracks) and (message.number,) != passed:
                passed = (message.number,)
                nobody = np.zeros(len(message.payload), np.uint32)
                send(relay, message.payload, nobody, message.made_ns, now_ns)
        for carried in deliver(delivery, TABLE, now_ns, K0, K1):
            got.append((bytes_of((carried.message,)), carried.receivers, carried.arrives_ns.tolist()))
            if len(carried.message.payload):
                ways.add((carried.message.sender, carried.message.origin))
    return got, ways


@settings(max_examples=80)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_along_a_chain_nothing_shows_of_what_each_nation_withholds(seed: int, hidden: int) -> None:
    assert received(seed, 0)[0] == received(seed, hidden)[0]


def test_the_chain_carries_information_by_every_way() -> None:
    ways = set().union(*(received(seed, 0)[1] for seed in range(20)))
    assert ways == {(AAA, AAA), (BBB, BBB), (BBB, AAA)}
    assert len({len(held(AAA, 1, 5, hidden)[0]) for hidden in range(10)}) > 3
