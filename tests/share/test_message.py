"""Messages: what is composed of what the policy allows, how it is numbered, and what a mailbox makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.fuse import Contribution, fuse, new_picture
from skypact.kernels.identify import PRIOR
from skypact.kernels.random import run_key
from skypact.model.codes import HOSTILE_CLASSES, Content, Identity, ObjectClass, TrackStatus
from skypact.model.link import Link, Links, perfect_links
from skypact.model.message import Message, Payload, Status
from skypact.model.release import NO_CLASS, Verdicts
from skypact.model.track import Tracks
from skypact.model.warning import Warnings
from skypact.share import (
    Mailbox,
    believed_class,
    compose,
    deliver,
    link_table,
    new_delivery,
    new_outbox,
    post,
)
from skypact.share.message import UNKNOWN_CLASS
from tests.share.world import tracks_at, verdicts_of, warnings_at

S = 10**9
K0, K1 = run_key(5, 1)


def _tracks(payload: Payload) -> Tracks:
    assert isinstance(payload, Tracks)
    return payload


def _only(outbox, items, verdicts, now_ns: int = 0, capacity: int = 10**9) -> Message:
    """The one message to the one group of receivers."""
    (posting,) = compose(outbox, items, verdicts, now_ns, now_ns, capacity)
    (message,) = posting.messages
    return message


def test_a_message_has_the_allowed_confirmed_tracks_under_numbers_of_its_own() -> None:
    tracks = tracks_at(5, 0)
    tracks.status[3] = TrackStatus.TENTATIVE
    verdicts = verdicts_of(1, 5)
    verdicts.allowed[0, 1] = False
    message = _only(new_outbox(0, 0, Content.TRACKS, [2]), tracks, verdicts, 7 * S)
    sent = _tracks(message.payload)
    assert sent.track_id.tolist() == [1, 2, 3]
    assert sent.slot.tolist() == [0, 1, 2]
    assert sent.first_ns.tolist() == [7 * S] * 3
    assert sorted(sent.mean_ecef[:, 0]) == sorted(tracks.mean_ecef[[0, 2, 4], 0])
    assert (message.made_ns, message.sent_ns, message.size_bytes) == (7 * S, 7 * S, 40 + 3 * 250)


def test_a_track_keeps_its_number_when_it_has_been_withheld_for_a_while() -> None:
    outbox = new_outbox(0, 0, Content.TRACKS, [2])
    verdicts = verdicts_of(1, 4)
    before = _tracks(_only(outbox, tracks_at(4, 0), verdicts).payload)
    verdicts.allowed[0, :3] = False
    _only(outbox, tracks_at(4, 0), verdicts, 5 * S)
    verdicts.allowed[0] = True
    after = _tracks(_only(outbox, tracks_at(4, 0), verdicts, 10 * S).payload)
    assert np.array_equal(before.track_id, after.track_id)
    assert np.array_equal(before.mean_ecef, after.mean_ecef)
    assert after.first_ns.tolist() == [0] * 4


def test_a_full_message_takes_the_most_threatening_of_what_is_released() -> None:
    tracks = tracks_at(8, 0)
    threat = tracks.class_prob[:, list(HOSTILE_CLASSES)].sum(axis=1)
    verdicts = verdicts_of(1, 8)
    verdicts.allowed[0, threat.argmax()] = False
    sent = _tracks(_only(new_outbox(0, 0, Content.TRACKS, [1]), tracks, verdicts, capacity=3).payload)
    released = np.sort(np.delete(threat, threat.argmax()))[::-1][:3]
    assert np.array_equal(np.sort(sent.class_prob[:, list(HOSTILE_CLASSES)].sum(axis=1))[::-1], released)


def test_a_coarse_and_nameless_release_gives_away_neither_place_nor_name() -> None:
    tracks = tracks_at(3, 0)
    verdicts = verdicts_of(1, 3, accuracy_m=5_000.0, nameless=True)
    sent = _tracks(_only(new_outbox(0, 0, Content.TRACKS, [1]), tracks, verdicts).payload)
    assert np.array_equal(sent.class_prob, np.tile(PRIOR.astype(np.float32), (3, 1)))
    assert (sent.code == 0).all()
    assert (sent.identity == Identity.UNKNOWN).all()
    assert not np.isin(sent.mean_ecef[:, :3], tracks.mean_ecef[:, :3]).any()
    widened = np.trace(sent.cov_ecef[:, :3, :3] - tracks.cov_ecef[:, :3, :3], axis1=1, axis2=2)
    assert np.allclose(widened, 2.0 * 5_000.0**2 / 12.0)
    assert (tracks.code != 0).any()  # what the owner holds has not changed


def test_of_a_track_whose_identity_is_withheld_no_class_is_believed_however_it_is_sent_on() -> None:
    tracks = tracks_at(4, 0)
    verdicts = verdicts_of(1, 4, accuracy_m=5_000.0)
    verdicts.nameless[0, [1, 3]] = True
    sent = _tracks(_only(new_outbox(0, 0, Content.TRACKS, [1]), tracks, verdicts).payload)
    nameless = sent.code == 0
    assert nameless.sum() == 2
    assert ((believed_class(sent.class_prob) == NO_CLASS) == nameless).all()
    assert (believed_class(tracks.class_prob) == tracks.class_prob.argmax(axis=1)).all()
    relay = new_outbox(1, 0, Content.TRACKS, [2])
    (posting,) = compose(relay, sent, verdicts_of(1, 4), 0, 5 * S, before=(0, 0))
    again = _tracks(posting.messages[0].payload)
    assert ((believed_class(again.class_prob) == NO_CLASS) == (again.code == 0)).all()
    # A picture of tracks of which none has a class has tracks that have none; one look is enough to have one.
    fused = fuse(new_picture(3), [Contribution(2, again), Contribution(0, again)], 0)
    assert (believed_class(fused.class_prob) == NO_CLASS).sum() == 2
    barely = UNKNOWN_CLASS * np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.001], np.float32)
    assert believed_class(barely[None] / barely.sum()).tolist() == [ObjectClass.CIVIL]


def test_a_nameless_warning_keeps_its_danger_and_loses_its_class() -> None:
    warnings = warnings_at(3)
    verdicts = verdicts_of(1, 3, nameless=True, accuracy_m=5_000.0)
    sent = _only(new_outbox(0, 0, Content.WARNINGS, [1]), warnings, verdicts).payload
    assert isinstance(sent, Warnings)
    assert (sent.object_class == NO_CLASS).all()
    assert sorted(sent.class_prob) == sorted(warnings.class_prob)
    assert sent.track_id.tolist() == [1, 2, 3]
    assert not np.isin(sent.lat_rad, warnings.lat_rad).any()


def test_what_came_in_other_messages_goes_on_in_other_messages_under_numbers_of_one_line() -> None:
    """Each as if the other had not come, but that an item keeps its number when it comes by the other."""
    outbox = new_outbox(1, 0, Content.TRACKS, [2])
    slow, fast = (0, 20 * S), (0, 0)

    def passed(count: int, epoch: int, before: tuple[int, int]) -> Message:
        tracks = tracks_at(count, epoch)
        made_ns, now_ns = epoch * 5 * S - before[1], epoch * 5 * S
        (posting,) = compose(
            outbox, tracks, verdicts_of(1, count, delay_s=4.0), made_ns, now_ns, before=before
        )
        (message,) = posting.messages
        return message

    first, other, later = passed(2, 4, slow), passed(3, 4, fast), passed(2, 5, slow)
    assert [m.number for m in (first, other, later)] == [0, 0, 1]
    assert first.line == later.line == (1, 0, Content.TRACKS, 4 * S, *slow)
    assert len({m.stream for m in (first, other)}) == len({first.line, other.line}) == 2
    assert [m.made_ns for m in (first, other)] == [0, 20 * S]
    assert _tracks(first.payload).track_id.tolist() == [1, 2]
    assert _tracks(other.payload).track_id.tolist() == [1, 2, 3]
    # Another giver's item 1 is another item.
    another = compose(outbox, tracks_at(1, 4), verdicts_of(1, 1), 0, 0, before=(3, 0))[0].messages[0]
    assert _tracks(another.payload).track_id.tolist() == [4]
    mailbox = Mailbox()
    for message in (first, other):
        mailbox.receive(message, message.sent_ns)
    assert [len(m) for m in mailbox.arrived(24 * S)] == [3, 2]
    assert [len(m) for m in mailbox.usable(24 * S)] == [3, 0]


def test_status_goes_item_by_item() -> None:
    status = Status(
        np.array([4, 7], np.int32), np.array([1.0, 0.0]), np.array([0, 0]), np.array([1, 1], np.uint32)
    )
    verdicts = verdicts_of(1, 2)
    verdicts.allowed[0, 0] = False
    message = _only(new_outbox(0, 0, Content.SENSOR_STATUS, [1]), status, verdicts)
    assert isinstance(message.payload, Status)
    assert message.payload.item.tolist() == [7]
    assert message.size_bytes == 60


def test_items_with_other_hold_backs_go_in_other_messages_and_an_emptied_one_says_so() -> None:
    outbox, tracks = new_outbox(0, 0, Content.TRACKS, [1]), tracks_at(3, 0)
    verdicts = verdicts_of(1, 3)
    verdicts.delay_s[0] = [4.0, 0.0, 4.0]
    (posting,) = compose(outbox, tracks, verdicts, 0, 0)
    assert [(m.delay_ns, m.sent_ns, m.number, len(_tracks(m.payload))) for m in posting.messages] == [
        (0, 0, 0, 1),
        (4 * S, 4 * S, 0, 2),
    ]
    assert len({m.stream for m in posting.messages}) == 2
    verdicts.delay_s[0] = 4.0
    (posting,) = compose(outbox, tracks, verdicts, 5 * S, 5 * S)
    assert [(m.sent_ns, m.number, len(_tracks(m.payload))) for m in posting.messages] == [
        (5 * S, 1, 0),
        (9 * S, 1, 3),
    ]
    assert (
        compose(new_outbox(0, 0, Content.TRACKS, [1]), tracks, verdicts_of(1, 3, False), 0, 0)[0].messages
        == ()
    )


def test_what_is_passed_on_keeps_the_instant_of_its_information() -> None:
    outbox = new_outbox(1, 0, Content.TRACKS, [2])
    (posting,) = compose(outbox, tracks_at(2, 0), verdicts_of(1, 2), 5 * S, 8 * S)
    (message,) = posting.messages
    assert (message.sender, message.origin, message.made_ns, message.sent_ns) == (1, 0, 5 * S, 8 * S)


@given(st.integers(0, 10**6), st.integers(1, 8))
def test_receivers_that_share_a_composition_get_what_each_would_get_alone(seed: int, epochs: int) -> None:
    rng = np.random.default_rng(seed)
    together = new_outbox(0, 0, Content.TRACKS, [1, 2, 3])
    alone = [new_outbox(0, 0, Content.TRACKS, [r]) for r in (1, 2, 3)]
    for epoch in range(epochs):
        tracks = tracks_at(6, epoch)
        verdicts = verdicts_of(3, 6)
        if rng.random() < 0.6:
            verdicts.allowed[rng.integers(3), rng.integers(6)] = False
            verdicts.delay_s[rng.integers(3), rng.integers(6)] = 4.0
        shared = {
            receiver: posting.messages
            for posting in compose(together, tracks, verdicts, epoch * S, epoch * S, 5)
            for receiver in posting.receivers
        }
        for i, outbox in enumerate(alone):
            row = Verdicts(*(getattr(verdicts, name)[i : i + 1] for name in Verdicts.__dataclass_fields__))
            (posting,) = compose(outbox, tracks, row, epoch * S, epoch * S, 5)
            assert bytes_of(shared[i + 1]) == bytes_of(posting.messages)


def bytes_of(messages: tuple[Message, ...]) -> list[bytes]:
    """All that is in messages, byte by byte."""
    said = []
    for m in messages:
        head = (*m.identity, m.stream, m.made_ns, m.sent_ns, m.size_bytes)
        columns = [np.asarray(getattr(m.payload, name)) for name in m.payload.__dataclass_fields__]
        said.append(repr(head).encode() + b"|".join(column.tobytes() for column in columns))
    return said


# ------------------------------------------------------------------------------------------------- mailbox


def _message(number: int, made_ns: int, delay_ns: int = 0, sender: int = 0) -> Message:
    payload = replace(tracks_at(2, number), now_ns=made_ns, track_id=np.array([1, 2], np.uint64))
    return Message(sender, 0, Content.TRACKS, delay_ns, number, 0, made_ns, made_ns + delay_ns, 540, payload)


ARRIVALS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(0, 40)), max_size=40)
"""(line, number, how late the copy is in s): loss is what is not in the list."""


@given(ARRIVALS, st.randoms(use_true_random=False), st.lists(st.integers(0, 120), max_size=5))
def test_a_mailbox_holds_what_the_set_of_distinct_arrivals_says_whatever_their_order(
    arrivals: list[tuple[int, int, int]], order, asked: list[int]
) -> None:
    sent = [(_message(n, n * 5 * S, sender=line), (n * 5 + late) * S) for line, n, late in arrivals]
    shuffled = [*sent, *order.sample(sent, len(sent) // 2)]  # some received twice
    order.shuffle(shuffled)
    mailbox = Mailbox()
    for message, at_ns in shuffled:
        mailbox.receive(message, at_ns)
    for now_s in sorted({*asked, 120}):
        newest: dict[int, int] = {}
        for message, at_ns in sent:
            if at_ns <= now_s * S:
                newest[message.sender] = max(newest.get(message.sender, -1), message.number)
        fresh = {line: n for line, n in newest.items() if n * 5 >= now_s - 60}
        assert {m.sender: m.number for m in mailbox.usable(now_s * S)} == fresh
    for message, at_ns in shuffled:
        mailbox.receive(message, at_ns)  # receiving all again changes nothing
    assert {m.sender: m.number for m in mailbox.usable(120 * S)} == fresh


@given(ARRIVALS, st.randoms(use_true_random=False))
def test_arriving_one_by_one_ends_as_arriving_together(arrivals: list[tuple[int, int, int]], order) -> None:
    sent = [(_message(n, n * 5 * S, sender=line), (n * 5 + late) * S) for line, n, late in arrivals]
    live = Mailbox()
    seen: dict[int, int] = {}
    for message, at_ns in sorted(sent, key=lambda entry: entry[1]):
        live.receive(message, at_ns)
        for m in live.usable(at_ns, stale_ns=10**15):
            assert m.number >= seen.get(m.sender, -1)  # what is older never comes back
            seen[m.sender] = m.number
    order.shuffle(sent)
    later = Mailbox()
    for message, at_ns in sent:
        later.receive(message, at_ns)
    end_ns, ever = 200 * S, 10**15
    assert [m.identity for m in live.usable(end_ns, ever)] == [m.identity for m in later.usable(end_ns, ever)]


def test_what_has_been_superseded_is_forgotten() -> None:
    mailbox = Mailbox()
    for number in range(50):
        mailbox.receive(_message(number, number * 5 * S), number * 5 * S)
        mailbox.usable(number * 5 * S)
        for old in range(number):
            mailbox.receive(_message(old, old * 5 * S), old * 5 * S)
    assert [len(inbox.waiting) for inbox in mailbox.lines.values()] == [1]


def test_what_has_been_sent_a_minute_ago_is_stale_however_long_it_was_held_back() -> None:
    mailbox = Mailbox()
    mailbox.receive(_message(0, 0, delay_ns=300 * S), 301 * S)
    assert [m.number for m in mailbox.usable(301 * S)] == [0]
    assert [m.number for m in mailbox.usable(360 * S)] == [0]
    assert mailbox.usable(360 * S + 1) == ()
    status = replace(_message(0, 0), content=Content.SENSOR_STATUS)
    mailbox.receive(status, 0)
    assert [m.content for m in mailbox.usable(600 * S)] == [Content.SENSOR_STATUS]
    assert mailbox.usable(601 * S) == ()


def test_of_an_item_in_two_messages_the_newer_information_alone_is_used() -> None:
    mailbox = Mailbox()
    mailbox.receive(_message(3, 10 * S), 10 * S)
    mailbox.receive(_message(2, 5 * S, delay_ns=4 * S), 9 * S)
    fast, slow = mailbox.usable(10 * S)
    assert (len(_tracks(fast.payload)), len(_tracks(slow.payload))) == (2, 0)
    other = Mailbox()
    other.receive(_message(3, 10 * S), 10 * S)
    other.receive(_message(2, 5 * S, delay_ns=4 * S, sender=1), 9 * S)
    assert [len(_tracks(m.payload)) for m in other.usable(10 * S)] == [2, 2]
    assert [len(_tracks(m.payload)) for m in mailbox.arrived(10 * S)] == [2, 2]


def test_a_message_of_which_nothing_is_repeated_stays_as_it_is() -> None:
    slow = _message(2, 5 * S, delay_ns=4 * S)
    slow = replace(slow, payload=replace(_tracks(slow.payload), track_id=np.array([3, 4], np.uint64)))
    mailbox = Mailbox()
    mailbox.receive(_message(3, 10 * S), 10 * S)
    mailbox.receive(slow, 9 * S)
    assert mailbox.usable(10 * S)[1] is slow


# ------------------------------------------------------------------------------------------------ delivery


def test_a_hold_back_does_not_hold_up_what_is_sent_meanwhile() -> None:
    table = link_table(Links((Link("AAA", "BBB", bandwidth_bps=8_000.0, queue_s=1e6),)), ("AAA", "BBB"))
    delivery, outbox = new_delivery(2), new_outbox(0, 0, Content.TRACKS, [1])
    slow_then_fast = verdicts_of(1, 1, delay_s=30.0), verdicts_of(1, 1)
    for epoch, verdicts in enumerate(slow_then_fast):
        post(delivery, compose(outbox, tracks_at(1, 0), verdicts, epoch * 5 * S, epoch * 5 * S))
        deliver(delivery, table, epoch * 5 * S, K0, K1)
    (arrived,) = delivery.mailboxes[1].usable(6 * S)
    assert arrived.made_ns == 5 * S
    assert [c.message.delay_ns for c in deliver(delivery, table, 60 * S, K0, K1)] == [30 * S, 30 * S]


@pytest.mark.parametrize("late_ns", [0, 2 * S])
def test_over_perfect_links_a_message_is_used_from_the_end_of_its_hold_back(late_ns: int) -> None:
    delivery, outbox = new_delivery(3), new_outbox(0, 0, Content.TRACKS, [1, 2])
    verdicts = verdicts_of(2, 4, delay_s=late_ns * 1e-9)
    post(delivery, compose(outbox, tracks_at(4, 0), verdicts, 0, 0))
    deliver(delivery, perfect_links(3), 5 * S, K0, K1)
    for box in delivery.mailboxes[1:]:
        assert box.usable(late_ns - 1) == ()
        assert [m.made_ns for m in box.usable(late_ns)] == [0]
    assert delivery.mailboxes[0].usable(5 * S) == ()
