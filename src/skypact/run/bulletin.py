"""What a nation's warning service would have sent in a run: its alerts as messages of an exercise."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skypact.errors import UsageError
from skypact.interop.cap import (
    Area,
    Audience,
    CapMessage,
    Certainty,
    Circle,
    Info,
    Kind,
    Private,
    Response,
    Restricted,
    Severity,
    Urgency,
    encode,
)
from skypact.model.codes import EventKind
from skypact.model.manifest import Manifest, PlaceEntry, ZoneEntry
from skypact.model.record import Columns
from skypact.record import finished_runs, read_manifest
from skypact.run.extract import knowledge
from skypact.score.alert import public_rung

IMMEDIATE_S = 600.0
"""Urgency is immediate where the predicted arrival is nearer than this, or not known."""
LASTS_S = 300
LAUNCH_LASTS_S = 3_600
"""A message expires so long after the predicted arrival, or after it was sent where none is known."""
LIKELY = 0.5
"""Certainty is `Likely` above this probability (the standard's own words), `Possible` up to it."""
PARTICIPANTS = Restricted("Participants of the exercise only. Simulated data: no real event.")
DEFAULT_START = "2000-01-01T00:00:00+00:00"
_EXERCISE = re.compile(r"[A-Za-z0-9._-]{1,60}")
_START = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


@dataclass(frozen=True)
class Terms:
    """How the messages of an exercise are made."""

    exercise: str
    """its name: in every note and identifier"""
    level: str
    start_s: int
    """UTC instant of the scenario's second 0, seconds since 1970"""
    audience: Audience


@dataclass(frozen=True)
class BulletinRequest:
    """What was asked of a record; an empty tuple or None leaves the choice to the record."""

    level: str
    nations: tuple[str, ...] = ()
    run: int | None = None
    exercise: str = ""
    start: str = DEFAULT_START
    audience: Audience = PARTICIPANTS


def export_cap(folder: Path, request: BulletinRequest, out: Path) -> int:
    """Write every message of the nations asked for, each nation in a folder of its own; the number of messages.

    A nation's messages are made from what it knew itself and nothing else: `run.extract.knowledge`.

    Args:
        folder: a run folder.
        request: level, nations, runs and terms.
        out: folder to write, which must not exist.

    Raises:
        RecordError: the folder is no run folder, or damaged.
        UsageError: there is no such level, nation or run, the terms are not such as a message can hold, `out` exists,
            or a picture holds what the level's policy forbids.
    """
    manifest = read_manifest(folder)
    if request.level not in manifest.levels:
        raise UsageError(
            f"--level {request.level}", "not in this record", f"There are: {', '.join(manifest.levels)}."
        )
    unknown = [nation for nation in request.nations if nation not in manifest.nations]
    if unknown:
        raise UsageError(
            f"--nation {' '.join(unknown)}",
            "not in this record",
            f"There are: {', '.join(manifest.nations)}.",
        )
    runs = finished_runs(folder)
    if request.run is not None and request.run not in runs:
        raise UsageError(f"--run {request.run}", "not a finished run", f"There are {len(runs)}, from 0 on.")
    if out.exists():
        raise UsageError(str(out), "it exists", "Name a folder that does not.")
    terms, count = terms_of(request, manifest), 0
    asked = runs if request.run is None else [request.run]
    for nation in request.nations or manifest.nations:
        for run, known in knowledge(folder, manifest, nation, request.level, asked):
            target = out / nation / f"run-{run:05d}"
            for number, message in enumerate(bulletins(known["events"], manifest, nation, run, terms), 1):
                target.mkdir(parents=True, exist_ok=True)
                (target / f"{number:04d}-{message.kind.lower()}.xml").write_bytes(encode(message))
                count += 1
    return count


def audience_of(restriction: str | None, addresses: tuple[str, ...]) -> Audience:
    """Who may have the messages: the addresses, or those whom the rule names; the participants where nothing is said.

    Raises:
        UsageError: both are given.
    """
    if restriction is not None and addresses:
        raise UsageError("--restriction --address", "a message has one scope", "Give one of them.")
    if addresses:
        return Private(addresses)
    return Restricted(restriction) if restriction is not None else PARTICIPANTS


def terms_of(request: BulletinRequest, manifest: Manifest) -> Terms:
    """The terms that a request states.

    Raises:
        UsageError: the exercise's name has other characters than letters, digits, points and dashes, or the start is
            not an instant of UTC.
    """
    exercise = request.exercise or manifest.scenario
    if not _EXERCISE.fullmatch(exercise):
        raise UsageError(f"--exercise {exercise}", "not a name", "Use letters, digits, points and dashes.")
    try:
        if not _START.fullmatch(request.start):
            raise ValueError(request.start)
        start_s = int(np.datetime64(request.start.removesuffix("+00:00"), "s").astype(np.int64))
    except ValueError as fault:
        raise UsageError(
            f"--start {request.start}", "not an instant of UTC", f"Write it as {DEFAULT_START}."
        ) from fault
    return Terms(exercise, request.level, start_s, request.audience)


def bulletins(
    events: Columns, manifest: Manifest, nation: str, run: int, terms: Terms
) -> Iterator[CapMessage]:
    """The messages of one nation in one run, in order of time.

    An alert that the public hears begins a chain; every later message of the chain refers to all before it, so that
    who missed one is not left with it.

    Args:
        events: what the nation knew of itself at one level, as `run.extract.known_to` gives it.
        manifest: the campaign's.
        nation: its code.
        run: number of the run.
        terms: exercise, start and audience.
    """
    rung = public_rung(manifest)
    chains: dict[int, list[CapMessage]] = {}
    number = 0
    for row in np.lexsort((events["seq"], events["t_ns"])).tolist():
        kind, place = EventKind(int(events["kind"][row])), int(events["place"][row])
        if kind not in _KINDS or (kind in _OF_PLACES and int(events["other"][row]) != rung):
            continue
        chain = chains.setdefault(place, [])
        if (_KINDS[kind] == Kind.ALERT) == bool(chain):
            continue
        number += 1
        sent_s = terms.start_s + round((int(events["t_ns"][row]) - manifest.zero_ns) / 1e9)
        arrival_s = float(events["value2"][row])
        said = _Said(
            kind,
            sent_s,
            terms.start_s + round(arrival_s) if math.isfinite(arrival_s) else None,
            float(events["value"][row]),
            _areas(manifest, nation, place),
            nation,
        )
        message = CapMessage(
            identifier=f"{terms.exercise}.{terms.level}.run{run}.{nation}.{number:04d}",
            sender=f"{nation.lower()}@exercise.invalid",
            sent_s=sent_s,
            kind=_KINDS[kind],
            audience=terms.audience,
            exercise=terms.exercise,
            info=_info(said),
            references=tuple(earlier.reference for earlier in chain),
        )
        yield message
        chain.append(message)
        if message.kind == Kind.CANCEL:
            del chains[place]


# ------------------------------------------------------------------------------------------------- the words

_KINDS = {
    EventKind.ALERT: Kind.ALERT,
    EventKind.ALERT_UPDATE: Kind.UPDATE,
    EventKind.ALL_CLEAR: Kind.CANCEL,
    EventKind.PRE_ALERT: Kind.ALERT,
    EventKind.PRE_ALERT_END: Kind.CANCEL,
}
_OF_PLACES = (EventKind.ALERT, EventKind.ALERT_UPDATE, EventKind.ALL_CLEAR)
_PARTED = " (EXERCISE, SIMULATED)"


@dataclass(frozen=True)
class _Said:
    """One event of the record, as a message tells it."""

    kind: EventKind
    sent_s: int
    arrival_s: int | None
    probability: float
    areas: tuple[Area, ...]
    nation: str


def _info(said: _Said) -> Info:
    """What the message of an event says."""
    if said.kind in (EventKind.ALL_CLEAR, EventKind.PRE_ALERT_END):
        return _over(said)
    launch = said.kind == EventKind.PRE_ALERT
    where = said.nation if launch else said.areas[0].description
    soon = said.arrival_s is None or said.arrival_s - said.sent_s < IMMEDIATE_S
    expected = f", expected at {_clock(said.arrival_s)} UTC" if said.arrival_s is not None else ""
    expires_s = max(said.sent_s, said.arrival_s or said.sent_s) + (LAUNCH_LASTS_S if launch else LASTS_S)
    return Info(
        event=("Missile launch" if launch else "Air raid") + _PARTED,
        response=Response.PREPARE if launch else Response.SHELTER,
        urgency=Urgency.IMMEDIATE if soon and not launch else Urgency.EXPECTED,
        severity=Severity.SEVERE if launch else Severity.EXTREME,
        certainty=Certainty.LIKELY if said.probability > LIKELY and not launch else Certainty.POSSIBLE,
        headline=f"Exercise: {'launch detected' if launch else 'air raid'}, {where}",
        description=(
            f"Simulated. A missile or rocket has been launched whose reach holds places of {where}{expected}."
            if launch
            else f"Simulated. An object may come down on {where}{expected}; probability {said.probability:.2f}."
        ),
        instruction="Exercise only. " + ("Be ready to take shelter." if launch else "Take shelter."),
        onset_s=None if said.arrival_s is None else max(said.arrival_s, said.sent_s),
        expires_s=expires_s,
        areas=said.areas,
        parameters=(("probability", f"{said.probability:.4f}"),),
    )


def _over(said: _Said) -> Info:
    """The end of an alert lets people out of shelter; that of a launch warning does not: alerts may be in force."""
    launch = said.kind == EventKind.PRE_ALERT_END
    where = said.nation if launch else said.areas[0].description
    return Info(
        event=("Missile launch" if launch else "Air raid") + _PARTED,
        response=Response.MONITOR if launch else Response.ALL_CLEAR,
        urgency=Urgency.PAST,
        severity=Severity.MINOR,
        certainty=Certainty.UNLIKELY,
        headline=f"Exercise: {'launch warning over' if launch else 'all clear'}, {where}",
        description=(
            f"Simulated. No launch holds places of {where} in its reach any more. Alerts for places stay in force."
            if launch
            else f"Simulated. Nothing is expected any more on {where}."
        ),
        instruction="Exercise only. " + ("Follow the alerts." if launch else "Shelter may be left."),
        expires_s=said.sent_s + LASTS_S,
        areas=said.areas,
    )


def _clock(t_s: int) -> str:
    return f"{t_s // 3600 % 24:02d}:{t_s // 60 % 60:02d}:{t_s % 60:02d}"


def _areas(manifest: Manifest, nation: str, place: int) -> tuple[Area, ...]:
    """The place or zone alerted, or all places of the nation where the alert is for all of it."""
    if place < 0:
        return tuple(_disc(p) for p in manifest.places if p.nation == nation)
    told = manifest.alerted[place]
    if isinstance(told, ZoneEntry) and told.corner_lat_rad:
        corners = tuple(zip(told.corner_lat_rad, told.corner_lon_rad, strict=True))
        return (Area(told.name, polygons=(corners,)),)
    return (_disc(told),)


def _disc(told: PlaceEntry | ZoneEntry) -> Area:
    return Area(told.name, circles=(Circle(told.lat_rad, told.lon_rad, told.radius_m),))
