"""Every mistake one by one, with its cause: false alerts, and shots at what was no raid object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from skypact.model.codes import EventKind, Identity, ObjectClass, Outcome
from skypact.model.manifest import Manifest
from skypact.score.alert import alert_book, public_rung
from skypact.score.column import Table, real, rows, seconds, whole
from skypact.score.pairing import object_of_track, pairings, row_of_track
from skypact.score.verdict import Verdict, verdicts
from skypact.score.world import World, alive_rows, killed_s, world_of

LOOK_AHEAD_S = 10.0
"""A track that was in no snapshot yet when it caused an alert is looked for in the next."""

FALSE_ALERT, SHOT_AT_CIVIL, SHOT_AT_FRIEND, SHOT_AT_NOTHING = (
    "false alert",
    "shot at a civil aircraft",
    "shot at a friendly aircraft",
    "shot at nothing",
)
ENDS: Mapping[int, str] = {
    int(Outcome.MISS): "missed",
    int(Outcome.KILL): "killed",
    int(Outcome.NOTHING_THERE): "",
    int(Outcome.ALREADY_DEAD): "already dead",
}
"""How a shot at an object ends, by its outcome."""
KINDS = (FALSE_ALERT, SHOT_AT_CIVIL, SHOT_AT_FRIEND, SHOT_AT_NOTHING)


@dataclass(frozen=True)
class Mistake:
    """One mistake."""

    run: int
    level: str
    t_s: float
    nation: str
    kind: str
    where: str
    """the place alerted, or the battery that fired"""
    cause: str
    """what truly was under the track"""
    taken_for: str
    """what the nation's picture took it for, and how surely; empty where no snapshot holds the track"""
    object_key: int
    """the object that a shot met; -1 for alerts and for shots at nothing"""
    end: str
    """what became of that object: one of ENDS; empty for alerts"""


def mistakes(tables: Mapping[str, Table], manifest: Manifest) -> tuple[Mistake, ...]:
    """The mistakes of one run, level by level in order of time.

    The cause is what truly was under the track that led to the mistake, at the recorded snapshot nearest to it.

    Args:
        tables: events, objects, truth, pictures and holders of one run, as in `model.record`.
        manifest: the campaign's description.
    """
    world = world_of(tables, manifest)
    events, objects = tables["events"], tables["objects"]
    keys = whole(objects, "object").tolist()
    codes = dict(zip(keys, whole(objects, "code").tolist(), strict=True))
    classes = dict(zip(keys, whole(objects, "object_class").tolist(), strict=True))
    dead = [killed_s(events, level, manifest) for level in range(len(manifest.levels))]
    alive = {level: alive_rows(world, level, dead[level]) for level in range(len(manifest.levels))}
    held = pairings(tables["pictures"], tables["holders"], world, alive, manifest)
    found: list[Mistake] = []
    for level, name in enumerate(manifest.levels):

        def cause(nation: int, track: int, t_s: float, met: int, level: int = level) -> tuple[str, str]:
            pairing = held[level, nation]
            now, soon = (object_of_track(pairing, world, track, t) for t in (t_s, t_s + LOOK_AHEAD_S))
            rows = [row_of_track(pairing, world, track, t) for t in (t_s, t_s + LOOK_AHEAD_S)]
            row = max(rows) if rows[0] < 0 else rows[0]
            believed = _believed(tables["pictures"], int(pairing.row[row])) if row >= 0 else ""
            return _what(now if now >= 0 else soon, met, classes, codes), believed

        of_level = [
            *_false_alerts(events, level, manifest, world, dead[level], cause),
            *_wrong_shots(events, level, manifest, classes, cause),
        ]
        found += [Mistake(world.run, name, *line) for line in sorted(of_level)]
    return tuple(found)


def _believed(pictures: Table, row: int) -> str:
    """What a row of a picture takes its track for, in words."""
    kind = ObjectClass(int(whole(pictures, "object_class")[row])).name.lower()
    identity = Identity(int(whole(pictures, "identity")[row])).name.lower()
    return f"{kind} {int(whole(pictures, 'class_percent')[row])} %, {identity}"


def _what(key: int, met: int, classes: Mapping[int, int], codes: Mapping[int, int]) -> str:
    """What was there, in words; `met` is the aircraft that a shot met, -1 where none did."""
    if key < 0:
        return "no object: false plots, or a track gone astray"
    if met >= 0 and key != met:
        return f"another object, {_what(key, -1, classes, codes)}: the salvo met the aircraft beside it"
    kind, code = classes[key], codes[key]
    if kind in (ObjectClass.CIVIL, ObjectClass.FRIENDLY):
        owner = "civil" if kind == ObjectClass.CIVIL else "friendly"
        return (
            f"a {owner} aircraft with a dead transponder"
            if code == 0
            else f"a {owner} aircraft, code not read"
        )
    if kind == ObjectClass.DEBRIS:
        return "debris"
    return f"a {ObjectClass(kind).name.lower()} object that went elsewhere or had been killed"


_Line = tuple[float, str, str, str, str, str, int, str]
_CauseOf = Callable[[int, int, float, int], tuple[str, str]]


def _false_alerts(
    events: Table, level: int, manifest: Manifest, world: World, dead: Mapping[int, float], cause: _CauseOf
) -> list[_Line]:
    """Alerts that the public heard although nothing came, as `score.verdict` counts them."""
    rung = public_rung(manifest)
    raised = (whole(events, "level") == level) & (whole(events, "kind") == EventKind.ALERT)
    alerts = rows(events, raised & (whole(events, "other") == rung))
    place, t_s = whole(alerts, "place"), seconds(alerts, manifest.zero_ns)
    book = {key: spans for key, spans in alert_book(events, level, manifest).items() if key[1] == rung}
    alive = alive_rows(world, level, dead)
    lines = []
    for (at, _), of_alerts in verdicts(book, world, alive, dead, manifest).items():
        for begin_s, verdict in zip(book[at, rung].raise_s, of_alerts, strict=True):
            if verdict == Verdict.CORRECT:
                continue
            event = int(np.flatnonzero((place == at) & (t_s == begin_s))[0])
            nation = int(whole(alerts, "nation")[event])
            why = cause(nation, int(whole(alerts, "track")[event]), float(begin_s), -1)
            where = manifest.alerted[at].name
            lines.append((float(begin_s), manifest.nations[nation], FALSE_ALERT, where, *why, -1, ""))
    return lines


def _wrong_shots(
    events: Table, level: int, manifest: Manifest, classes: Mapping[int, int], cause: _CauseOf
) -> list[_Line]:
    """Shots whose outcome names an aircraft, or nothing."""
    met = rows(events, (whole(events, "level") == level) & (whole(events, "kind") == EventKind.OUTCOME))
    kinds = {
        -1: SHOT_AT_NOTHING,
        int(ObjectClass.CIVIL): SHOT_AT_CIVIL,
        int(ObjectClass.FRIENDLY): SHOT_AT_FRIEND,
    }
    launches = rows(events, (whole(events, "level") == level) & (whole(events, "kind") == EventKind.SHOT))
    launch_s = dict(
        zip(whole(launches, "other").tolist(), seconds(launches, manifest.zero_ns).tolist(), strict=True)
    )
    lines = []
    for k, key in enumerate(whole(met, "object").tolist()):
        kind = kinds.get(classes.get(key, -1))
        if kind is None:
            continue
        nation, battery = int(whole(met, "nation")[k]), int(whole(met, "battery")[k])
        t_s = launch_s[round(float(real(met, "value")[k]))]
        why = cause(nation, int(whole(met, "track")[k]), t_s, key)
        where, end = manifest.batteries[battery].name, ENDS[int(whole(met, "other")[k])]
        lines.append((t_s, manifest.nations[nation], kind, where, *why, key, end))
    return lines
