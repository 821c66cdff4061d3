"""Alerts as messages of the Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010): message <-> XML.

A message has no status and no public scope to set: every one is written as an exercise, and goes to a restricted
audience or to private addresses. What is read back must say the same, or is refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from xml.etree import ElementTree as ET

import numpy as np

from skypact.errors import UsageError

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
STATUS = "Exercise"
MAX_BYTES = 1_000_000
"""A longer text is not read."""
LANGUAGE, CATEGORY = "en-GB", "Security"
_LAST_S = 253_402_300_799
"""The end of the year 9999: an instant has four digits for the year."""
_TOKEN = re.compile(r"[^\s,<&]+")
_CONTROL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEGREE_DIGITS, _KM_DIGITS = 5, 3


class Kind(StrEnum):
    """What a message does to those before it."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Urgency(StrEnum):
    """How soon to act."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    """How grave it is where it happens."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MINOR = "Minor"


class Certainty(StrEnum):
    """How likely it is: LIKELY above one half, as the standard says."""

    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"


class Response(StrEnum):
    """What those in the area are asked to do."""

    SHELTER = "Shelter"
    PREPARE = "Prepare"
    MONITOR = "Monitor"
    ALL_CLEAR = "AllClear"


@dataclass(frozen=True)
class Restricted:
    """For those whom the rule names."""

    rule: str


@dataclass(frozen=True)
class Private:
    """For these addresses alone, at least one, without white space."""

    addresses: tuple[str, ...]


Audience: TypeAlias = Restricted | Private


@dataclass(frozen=True)
class Reference:
    """An earlier message."""

    sender: str
    identifier: str
    sent_s: int


@dataclass(frozen=True)
class Circle:
    """A disc on the ground, WGS-84."""

    lat_rad: float
    lon_rad: float
    radius_m: float


Corner: TypeAlias = tuple[float, float]
"""Latitude and longitude, rad, WGS-84."""


@dataclass(frozen=True)
class Area:
    """Where a message holds: the union of its polygons (three corners or more, not closed) and circles."""

    description: str
    polygons: tuple[tuple[Corner, ...], ...] = ()
    circles: tuple[Circle, ...] = ()


@dataclass(frozen=True)
class Info:
    """What a message says. Instants are whole seconds UTC since 1970."""

    event: str
    response: Response
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    headline: str
    description: str
    instruction: str
    expires_s: int
    areas: tuple[Area, ...]
    onset_s: int | None = None
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CapMessage:
    """One message. An alert refers to none before it; an update and a cancel refer to at least one."""

    identifier: str
    sender: str
    sent_s: int
    kind: Kind
    audience: Audience
    exercise: str
    """Name of the exercise; the standard asks for it in the note."""
    info: Info
    references: tuple[Reference, ...] = ()

    @property
    def reference(self) -> Reference:
        """How a later message refers to this one."""
        return Reference(self.sender, self.identifier, self.sent_s)


# ------------------------------------------------------------------------------------------------- writing


def encode(message: CapMessage) -> bytes:
    """The message as XML, UTF-8, always of status Exercise.

    Raises:
        UsageError: something that the standard does not allow: an identifier with white space, an update without a
            reference, a circle without a radius, a character that XML does not know, an instant before 1970.
    """
    if (message.kind == Kind.ALERT) == bool(message.references):
        raise UsageError(
            f"references of message {message.identifier}",
            f"{len(message.references)} of kind {message.kind}",
            "An alert refers to no message, an update and a cancel to one or more.",
        )
    root = ET.Element("alert", xmlns=NAMESPACE)
    _add(root, "identifier", _token(message.identifier, "identifier"))
    _add(root, "sender", _token(message.sender, "sender"))
    _add(root, "sent", _instant(message.sent_s))
    _add(root, "status", STATUS)
    _add(root, "msgType", message.kind)
    _add(root, "source", "Skypact simulation of notional forces")
    if isinstance(message.audience, Restricted):
        _add(root, "scope", "Restricted")
        _add(root, "restriction", message.audience.rule)
    else:
        _add(root, "scope", "Private")
        _add(root, "addresses", " ".join(_token(to, "address") for to in message.audience.addresses))
    _add(root, "note", message.exercise)
    if message.references:
        told = (f"{r.sender},{r.identifier},{_instant(r.sent_s)}" for r in message.references)
        _add(root, "references", " ".join(told))
    _add_info(ET.SubElement(root, "info"), message.info)
    ET.indent(root)
    return bytes(ET.tostring(root, "UTF-8", xml_declaration=True)) + b"\n"


def _add_info(parent: ET.Element, info: Info) -> None:
    _add(parent, "language", LANGUAGE)
    _add(parent, "category", CATEGORY)
    for name in ("event", "response", "urgency", "severity", "certainty"):
        _add(parent, "responseType" if name == "response" else name, getattr(info, name))
    if info.onset_s is not None:
        _add(parent, "onset", _instant(info.onset_s))
    _add(parent, "expires", _instant(info.expires_s))
    for name in ("headline", "description", "instruction"):
        _add(parent, name, getattr(info, name))
    for key, value in info.parameters:
        pair = ET.SubElement(parent, "parameter")
        _add(pair, "valueName", key)
        _add(pair, "value", value)
    for area in info.areas:
        _add_area(ET.SubElement(parent, "area"), area)


def _add_area(parent: ET.Element, area: Area) -> None:
    _add(parent, "areaDesc", area.description)
    for polygon in area.polygons:
        if len(polygon) < 3:
            raise UsageError(
                f"polygon of {area.description}", f"{len(polygon)} corners", "Give three or more."
            )
        _add(parent, "polygon", " ".join(_point(*corner) for corner in (*polygon, polygon[0])))
    for circle in area.circles:
        if not circle.radius_m > 0.0:
            raise UsageError(
                f"circle of {area.description}", f"radius {circle.radius_m:g} m", "Give a radius."
            )
        radius_km = _decimal(circle.radius_m / 1e3, _KM_DIGITS)
        _add(parent, "circle", f"{_point(circle.lat_rad, circle.lon_rad)} {radius_km}")


def _add(parent: ET.Element, name: str, text: str) -> None:
    if not text or _CONTROL.search(text):
        raise UsageError(f"element {name}", repr(text), "Give a text of characters that XML can hold.")
    ET.SubElement(parent, name).text = str(text)


def _token(text: str, what: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise UsageError(f"{what} '{text}'", "white space, a comma, < or &", "Leave these out.")
    return text


def _instant(t_s: int) -> str:
    """An instant as the schema wants it: whole seconds, and +00:00 for UTC."""
    if not 0 <= t_s <= _LAST_S:
        raise UsageError(
            f"instant {t_s} s", "before 1970 or after 9999", "Choose a start of the exercise between."
        )
    return f"{np.datetime64(t_s, 's')}+00:00"


def _point(lat_rad: float, lon_rad: float) -> str:
    lat, lon = math.degrees(lat_rad), math.degrees(lon_rad)
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        raise UsageError(f"point {lat:g},{lon:g}", "not on the Earth", "Give degrees within 90 and 180.")
    return f"{_decimal(lat, _DEGREE_DIGITS)},{_decimal(lon, _DEGREE_DIGITS)}"


def _decimal(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}"


# ------------------------------------------------------------------------------------------------- reading


def decode(data: bytes) -> CapMessage:
    """The message that `encode` wrote.

    Raises:
        UsageError: the text is too long, holds a document type or entities, is no XML, lacks an element, or is not an
            exercise with a restricted or private audience.
    """
    # A zero byte: another encoding than UTF-8, in which a document type would not be seen.
    if len(data) > MAX_BYTES or b"<!" in data or b"\0" in data:
        raise UsageError(
            "CAP message", "too long, not UTF-8, or with a document type", "Give a message of this program."
        )
    try:
        root = ET.fromstring(data)
        return _message(root)
    except (ET.ParseError, ValueError, LookupError) as fault:
        raise UsageError(
            "CAP message", f"cannot be read ({fault})", "Give a message of this program."
        ) from fault


def _message(root: ET.Element) -> CapMessage:
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise ValueError(f"its root is {root.tag}")
    if _text(root, "status") != STATUS:
        raise ValueError(f"status {_text(root, 'status')}: only {STATUS} is read")
    return CapMessage(
        identifier=_text(root, "identifier"),
        sender=_text(root, "sender"),
        sent_s=_seconds(_text(root, "sent")),
        kind=Kind(_text(root, "msgType")),
        audience=_audience(root),
        exercise=_text(root, "note"),
        info=_info(_child(root, "info")),
        references=tuple(_reference(part) for part in _optional(root, "references").split()),
    )


def _audience(root: ET.Element) -> Audience:
    scope = _text(root, "scope")
    if scope == "Restricted":
        return Restricted(_text(root, "restriction"))
    if scope == "Private":
        return Private(tuple(_text(root, "addresses").split()))
    raise ValueError(f"scope {scope}: only Restricted and Private are read")


def _reference(text: str) -> Reference:
    sender, identifier, sent = text.split(",")
    return Reference(sender, identifier, _seconds(sent))


def _info(parent: ET.Element) -> Info:
    onset = _optional(parent, "onset")
    return Info(
        event=_text(parent, "event"),
        response=Response(_text(parent, "responseType")),
        urgency=Urgency(_text(parent, "urgency")),
        severity=Severity(_text(parent, "severity")),
        certainty=Certainty(_text(parent, "certainty")),
        headline=_text(parent, "headline"),
        description=_text(parent, "description"),
        instruction=_text(parent, "instruction"),
        expires_s=_seconds(_text(parent, "expires")),
        areas=tuple(_area(area) for area in parent.findall(f"{{{NAMESPACE}}}area")),
        onset_s=_seconds(onset) if onset else None,
        parameters=tuple(
            (_text(pair, "valueName"), _text(pair, "value"))
            for pair in parent.findall(f"{{{NAMESPACE}}}parameter")
        ),
    )


def _area(parent: ET.Element) -> Area:
    polygons = [text.text or "" for text in parent.findall(f"{{{NAMESPACE}}}polygon")]
    circles = [(text.text or "").split() for text in parent.findall(f"{{{NAMESPACE}}}circle")]
    return Area(
        _text(parent, "areaDesc"),
        tuple(tuple(_corner(point) for point in polygon.split()[:-1]) for polygon in polygons),
        tuple(Circle(*_corner(centre), float(radius) * 1e3) for centre, radius in circles),
    )


def _corner(text: str) -> Corner:
    lat, lon = text.split(",")
    return math.radians(float(lat)), math.radians(float(lon))


def _seconds(text: str) -> int:
    if not text.endswith("+00:00"):
        raise ValueError(f"instant {text}: not +00:00")
    return int(np.datetime64(text.removesuffix("+00:00"), "s").astype(np.int64))


def _child(parent: ET.Element, name: str) -> ET.Element:
    found = parent.find(f"{{{NAMESPACE}}}{name}")
    if found is None:
        raise LookupError(f"no element {name}")
    return found


def _text(parent: ET.Element, name: str) -> str:
    return _child(parent, name).text or ""


def _optional(parent: ET.Element, name: str) -> str:
    return parent.findtext(f"{{{NAMESPACE}}}{name}", "")
