"""What is withheld from a receiver leaves no trace in what it gets: not a byte, a number or an instant.

Two histories are made that differ in everything withheld from one receiver and in nothing that is released to it. All
that it is sent must be equal, with the instants at which links bring it. Enforcements that are broken on purpose in one
place each must be caught.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels.random import run_key
from skypact.model.codes import HOSTILE_CLASSES, N_CLASSES, Content
from skypact.model.link import Link, Links
from skypact.model.release import Verdicts
from skypact.model.track import Tracks
from skypact.model.warning import Warnings
from skypact.share import delivery as delivery_module
from skypact.share import message as message_module
from skypact.share.delivery import deliver, new_delivery, post
from skypact.share.link import link_table, transmit_all
from skypact.share.message import compose, new_outbox
from tests.share.test_message import bytes_of
from tests.share.world import tracks_at, verdicts_of

S = 10**9
ITEMS, EPOCHS, CAPACITY = 5, 5, 4
RECEIVERS = (1, 2, 3)
FOCUS = 0
"""Row of the verdicts whose receiver, nation 1, must learn nothing."""
NATIONS = ("AAA", "BBB", "CCC", "DDD")
LINE = {"delay_s": 0.1, "jitter_s": 0.3, "loss": 0.1, "duplicate": 0.2, "bandwidth_bps": 4_000.0}
TABLE = link_table(Links(tuple(Link("AAA", to, **LINE) for to in NATIONS[1:])), NATIONS)  # type: ignore[arg-type]
K0, K1 = run_key(11, 0)


@dataclass(frozen=True)
class Epoch:
    """What the sender holds at an epoch, and what is decided on it for each receiver."""

    tracks: Tracks
    verdicts: Verdicts


def history(seed: int, hidden: int) -> list[Epoch]:
    """A history whose released part is drawn by `seed` alone; all that is withheld from FOCUS is drawn by `hidden`."""
    open_, secret = np.random.default_rng(seed), np.random.default_rng((seed, hidden))
    ids = secret.permutation(10_000)[: ITEMS + 40] + 1
    nameless = open_.random(ITEMS) < 0.3
    coarse_m = np.where(open_.random(ITEMS) < 0.3, 5_000.0, 0.0)
    delay_s = open_.choice([0.0, 4.0], ITEMS)
    told = open_.random((EPOCHS, ITEMS)) < 0.7
    return [_epoch(k, seed, told[k], nameless, coarse_m, delay_s, ids, secret) for k in range(EPOCHS)]


def _epoch(k: int, seed: int, told, nameless, coarse_m, delay_s, ids, secret) -> Epoch:
    more = int(secret.integers(0, 7))
    count = ITEMS + more
    tracks = tracks_at(count, k, seed)
    other = tracks_at(count, k, int(secret.integers(10**6)))
    kept = np.concatenate([told, np.zeros(more, np.bool_)])
    for name in Tracks.__dataclass_fields__:
        if name != "now_ns":
            getattr(tracks, name)[~kept] = getattr(other, name)[~kept]
    tracks.track_id[:] = ids[:count]
    tracks.slot[:] = secret.permutation(50)[:count]
    tracks.first_ns[:] = secret.integers(-100 * S, 0, count)
    hidden_names = np.flatnonzero(np.concatenate([nameless, np.zeros(more, np.bool_)]))
    for i in hidden_names:
        tracks.class_prob[i] = secret.dirichlet(np.ones(N_CLASSES))
        tracks.code[i], tracks.identity[i] = secret.integers(0, 9), secret.integers(0, 5)
    verdicts = verdicts_of(len(RECEIVERS), count)
    verdicts.allowed[:] = secret.random(verdicts.allowed.shape) < 0.6
    verdicts.delay_s[:] = secret.choice([0.0, 4.0, 15.0], verdicts.delay_s.shape)
    verdicts.allowed[FOCUS] = kept
    verdicts.delay_s[FOCUS] = np.where(kept, np.concatenate([delay_s, np.full(more, np.inf)]), np.inf)
    verdicts.accuracy_m[FOCUS, :ITEMS], verdicts.nameless[FOCUS, :ITEMS] = coarse_m, nameless
    # Items that are not told may not be there at all.
    there = np.flatnonzero(kept | (secret.random(count) < 0.7))
    order = secret.permutation(there)
    columns = {name: getattr(tracks, name)[order] for name in Tracks.__dataclass_fields__ if name != "now_ns"}
    rows = {name: getattr(verdicts, name)[:, order] for name in Verdicts.__dataclass_fields__}
    return Epoch(replace(tracks, **columns), Verdicts(**rows))


Composer = Callable[..., Any]


def warned_of(tracks: Tracks) -> Warnings:
    """A warning of every track, with what is its own."""
    return Warnings(
        sender=np.zeros(len(tracks), np.uint8),
        track_id=tracks.track_id,
        object_class=tracks.class_prob.argmax(axis=1).astype(np.uint8),
        class_prob=tracks.mode_prob[:, 0],
        lat_rad=tracks.mean_ecef[:, 0] * 1e-7,
        lon_rad=tracks.mean_ecef[:, 1] * 1e-7,
        cov_en_m2=tracks.cov_ecef[:, :2, :2],
        t_ns=tracks.updated_ns,
        sigma_t_s=tracks.mean_ecef[:, 5],
        sources=tracks.sources,
    )


def received(
    epochs: list[Epoch], composer: Composer = compose, content: Content = Content.TRACKS
) -> list[object]:
    """All that the receiver of FOCUS gets: every message with its bytes, and the instants of arrival."""
    outbox, delivery = new_outbox(0, 0, content, RECEIVERS), new_delivery(len(NATIONS))
    got: list[object] = []
    for k, epoch in enumerate(epochs):
        now_ns = k * 5 * S
        items = epoch.tracks if content == Content.TRACKS else warned_of(epoch.tracks)
        post(delivery, composer(outbox, items, epoch.verdicts, now_ns, now_ns, CAPACITY))
        for carried in deliver(delivery, TABLE, now_ns, K0, K1):
            if RECEIVERS[FOCUS] in carried.receivers:
                at = carried.arrives_ns[carried.receivers.index(RECEIVERS[FOCUS])].tolist()
                got.append((bytes_of((carried.message,)), at))
        got += [bytes_of((message,)) for message in delivery.mailboxes[RECEIVERS[FOCUS]].usable(now_ns)]
    return got


def leaks(seed: int, hidden: int, composer: Composer = compose) -> bool:
    return received(history(seed, 0), composer) != received(history(seed, hidden), composer)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_changing_what_is_withheld_leaves_every_byte_number_and_instant(seed: int, hidden: int) -> None:
    assert not leaks(seed, hidden)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_so_it_is_with_warnings(seed: int, hidden: int) -> None:
    first, second = (received(history(seed, h), content=Content.WARNINGS) for h in (0, hidden))
    assert first == second


def test_the_histories_differ_in_what_is_withheld_and_release_something() -> None:
    first, second = history(4, 0), history(4, 1)
    assert any(len(a.tracks) != len(b.tracks) for a, b in zip(first, second, strict=True))
    assert len(received(first)) > EPOCHS


# ------------------------------------------------------------------------------------- enforcements that leak


def _capacity_before_filter(monkeypatch: pytest.MonkeyPatch) -> Composer:
    def composer(outbox, items, verdicts, made_ns, now_ns, capacity):
        threat = items.class_prob[:, list(HOSTILE_CLASSES)].sum(axis=1)
        best = np.argsort(-threat, kind="stable")[:capacity]
        allowed = verdicts.allowed & np.isin(np.arange(len(items)), best)
        return compose(outbox, items, replace(verdicts, allowed=allowed), made_ns, now_ns, capacity)

    return composer


def _numbers_before_filter(monkeypatch: pytest.MonkeyPatch) -> Composer:
    right = message_module._numbered

    def numbered(numbering, giver, items, *rest):
        known = numbering.numbers.setdefault(giver, {})
        for track in items.track_id.tolist():
            if track not in known:
                known[track] = len(numbering.first_ns)
                numbering.first_ns.append(0)
        return right(numbering, giver, items, *rest)

    monkeypatch.setattr(message_module, "_numbered", numbered)
    return compose


def _keeps(column: str) -> Callable[[pytest.MonkeyPatch], Composer]:
    def mutant(monkeypatch: pytest.MonkeyPatch) -> Composer:
        right = message_module._as_numbered

        def as_numbered(payload, number, numbering):
            return replace(right(payload, number, numbering), **{column: getattr(payload, column)})

        monkeypatch.setattr(message_module, "_as_numbered", as_numbered)
        return compose

    return mutant


def _owner_order(monkeypatch: pytest.MonkeyPatch) -> Composer:
    monkeypatch.setattr(message_module, "_bytes", lambda seen, row: b"")
    return compose


def _threat_by_true_class(monkeypatch: pytest.MonkeyPatch) -> Composer:
    """Nameless tracks chosen by the class that is left out of them."""

    def composer(outbox, items, verdicts, made_ns, now_ns, capacity):
        threat = items.class_prob[:, list(HOSTILE_CLASSES)].sum(axis=1)
        allowed = verdicts.allowed.copy()
        for row in allowed:
            rows = np.flatnonzero(row)
            row[rows[np.argsort(-threat[rows], kind="stable")[capacity:]]] = False
        return compose(outbox, items, replace(verdicts, allowed=allowed), made_ns, now_ns, capacity)

    return composer


def _one_pipe_for_all(monkeypatch: pytest.MonkeyPatch) -> Composer:
    def through_one(links, state, sender, *rest):
        state.free_ns[sender, :] = state.free_ns[sender].max()
        return transmit_all(links, state, sender, *rest)

    monkeypatch.setattr(delivery_module, "transmit_all", through_one)
    return compose


def _size_of_all(monkeypatch: pytest.MonkeyPatch) -> Composer:
    """Messages as large as if nothing were withheld."""

    def composer(outbox, items, verdicts, made_ns, now_ns, capacity):
        return [
            replace(p, messages=tuple(replace(m, size_bytes=40 + 250 * len(items)) for m in p.messages))
            for p in compose(outbox, items, verdicts, made_ns, now_ns, capacity)
        ]

    return composer


MUTANTS = {
    "capacity before the filter": _capacity_before_filter,
    "numbers before the filter": _numbers_before_filter,
    "the owner's slot": _keeps("slot"),
    "the owner's first instant": _keeps("first_ns"),
    "the owner's number": _keeps("track_id"),
    "the owner's order": _owner_order,
    "the class left out": _threat_by_true_class,
    "one pipe for all receivers": _one_pipe_for_all,
    "the size of all": _size_of_all,
}


@pytest.mark.parametrize("leak", MUTANTS)
def test_an_enforcement_that_leaks_is_caught(leak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    composer = MUTANTS[leak](monkeypatch)
    assert any(leaks(seed, 1, composer) for seed in range(60))
