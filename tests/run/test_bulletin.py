"""What a nation's warning service would have sent: a chain of messages an alert, of its own alerts alone."""

from __future__ import annotations

import pytest

from skypact.errors import UsageError
from skypact.interop.cap import CapMessage, Certainty, Kind, Private, Response, Restricted, Urgency, encode
from skypact.model.codes import EventKind
from skypact.run.bulletin import PARTICIPANTS, BulletinRequest, Terms, audience_of, bulletins, terms_of
from skypact.run.extract import known_to
from tests.interop.test_cap import faults
from tests.score.hand import MANIFEST, PUBLIC, TODAY, table

NATION = MANIFEST.nations[0]
START_S = 946_684_800
TERMS = Terms("hand", "today", START_S, PARTICIPANTS)


def said(
    *rows: tuple[EventKind, float, int, float, float], rung: int = PUBLIC, nation: int = 0
) -> list[CapMessage]:
    """The messages of events given as (kind, seconds, place, probability, arrival)."""
    events = table(
        "events",
        [
            {
                "kind": kind,
                "level": TODAY,
                "t_s": t_s,
                "place": place,
                "nation": 0 if place < 2 else 1,
                "other": rung if place >= 0 else 0,
                "value": p,
                "value2": arrival_s,
            }
            for kind, t_s, place, p, arrival_s in rows
        ],
    )
    none = {name: table(name, []) for name in ("holders", "pictures", "tracks")}
    known = known_to({"events": events, **none}, nation, TODAY)
    return list(bulletins(known["events"], MANIFEST, MANIFEST.nations[nation], 7, TERMS))


RAISED = (EventKind.ALERT, 100.0, 0, 0.31, 400.0)
CHANGED = (EventKind.ALERT_UPDATE, 130.0, 0, 0.74, 385.0)
CLEARED = (EventKind.ALL_CLEAR, 430.0, 0, 0.0, float("nan"))
NAN = float("nan")


def test_an_alert_its_update_and_its_end_are_a_chain_and_each_refers_to_all_before() -> None:
    chain = said(RAISED, CHANGED, CLEARED)
    assert [message.kind for message in chain] == [Kind.ALERT, Kind.UPDATE, Kind.CANCEL]
    assert [len(message.references) for message in chain] == [0, 1, 2]
    assert chain[2].references == (chain[0].reference, chain[1].reference)
    assert len({message.identifier for message in chain}) == 3
    assert [message.sent_s - START_S for message in chain] == [100, 130, 430]
    assert not any(faults(encode(message)) for message in chain)


def test_urgency_certainty_and_onset_are_those_of_the_prediction() -> None:
    first, second, last = said(RAISED, CHANGED, CLEARED)
    assert (first.info.certainty, second.info.certainty) == (Certainty.POSSIBLE, Certainty.LIKELY)
    assert (first.info.onset_s, second.info.onset_s, last.info.onset_s) == (
        START_S + 400,
        START_S + 385,
        None,
    )
    assert first.info.expires_s > START_S + 400
    assert (first.info.urgency, last.info.urgency) == (Urgency.IMMEDIATE, Urgency.PAST)
    (far,) = said((EventKind.ALERT, 100.0, 0, 0.9, 900.0))
    assert far.info.urgency == Urgency.EXPECTED
    assert last.info.response == Response.ALL_CLEAR


def test_another_alert_of_the_same_place_begins_a_chain_of_its_own() -> None:
    again = (EventKind.ALERT, 500.0, 0, 0.5, 700.0)
    chain = said(RAISED, CLEARED, again)
    assert chain[2].kind == Kind.ALERT
    assert chain[2].references == ()


def test_what_the_public_does_not_hear_is_no_message() -> None:
    assert said(RAISED, CLEARED, rung=PUBLIC + 1) == []
    assert said(CHANGED, CLEARED) == []
    assert len(said(RAISED, RAISED)) == 1


def test_a_pre_alert_is_for_all_places_of_the_nation_and_ends() -> None:
    launch = (EventKind.PRE_ALERT, 60.0, -1, 0.8, NAN)
    over = (EventKind.PRE_ALERT_END, 200.0, -1, NAN, NAN)
    first, between, last = said(launch, RAISED, over)
    assert [area.description for area in first.info.areas] == [
        place.name for place in MANIFEST.places if place.nation == NATION
    ]
    assert (first.info.response, between.info.response) == (Response.PREPARE, Response.SHELTER)
    assert between.references == ()
    assert last.references == (first.reference,)
    assert last.info.response == Response.MONITOR  # the alert of a place is still in force
    assert "Shelter may be left" not in last.info.instruction
    assert first.info.expires_s > last.sent_s
    assert not any(faults(encode(message)) for message in (first, between, last))


def test_a_nation_has_messages_of_its_own_alerts_alone() -> None:
    assert said(RAISED, nation=1) == []
    (other,) = said(RAISED, (EventKind.ALERT, 110.0, 2, 0.4, 500.0), nation=1)
    assert other.identifier == f"hand.today.run7.{MANIFEST.nations[1]}.0001"


def test_the_audience_is_restricted_or_private_and_nothing_else() -> None:
    assert audience_of(None, ()) == PARTICIPANTS
    assert audience_of("Staff only", ()) == Restricted("Staff only")
    assert audience_of(None, ("a@exercise.invalid",)) == Private(("a@exercise.invalid",))
    with pytest.raises(UsageError, match="one scope"):
        audience_of("Staff only", ("a@exercise.invalid",))


@pytest.mark.parametrize(
    "request_",
    [
        BulletinRequest("today", exercise="two words"),
        BulletinRequest("today", start="2030-01-01T00:00:00Z"),
        BulletinRequest("today", start="2030-13-01T00:00:00+00:00"),
    ],
)
def test_terms_that_no_message_can_hold_are_refused(request_: BulletinRequest) -> None:
    with pytest.raises(UsageError):
        terms_of(request_, MANIFEST)
