"""Shots beside truth: rounds, price, overkill, and aircraft that were fired at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from skypact.model.codes import EventKind, ObjectClass
from skypact.model.manifest import Manifest
from skypact.model.network import B1, F8, I8
from skypact.score.column import Table, real, rows, seconds, whole


@dataclass(frozen=True)
class ShotList:
    """The shots (salvos) of a level, q rows in order of launch."""

    nation: I8
    """that owns the battery"""
    battery: I8
    rounds: F8
    price_usd: F8
    launch_s: F8
    intercept_s: F8
    object: I8
    """key of the object it met or was aimed at; -1 where there was none"""
    late: B1
    """launched after its object had truly been killed"""
    doubled: B1
    """launched at an object that another nation's shot was already flying to"""


def shots_of(
    events: Table,
    level: int,
    manifest: Manifest,
    dead_s: Mapping[int, float],
    aimed_at: Callable[[int, int, float], int],
) -> ShotList:
    """The shots of a level.

    A shot belongs to the object that its outcome names; where it met nothing, to the object under its track in
    the shooter's picture when it was launched. Overkill is `late` or `doubled`; rounds that were already in
    flight when the object was killed are not overkill.

    Args:
        events: recorded events.
        level: index of the level.
        manifest: the campaign's.
        dead_s: when each killed object died, by key.
        aimed_at: (nation, track, instant in s) -> key of the object under that track, or -1.
    """
    kinds = whole(events, "kind")
    here = whole(events, "level") == level
    shot = rows(events, here & (kinds == EventKind.SHOT))
    met = rows(events, here & (kinds == EventKind.OUTCOME))
    order = np.lexsort((whole(shot, "seq"), whole(shot, "t_ns")))
    shot = {name: values[order] for name, values in shot.items()}
    row = {name: n for n, name in enumerate(manifest.nations)}
    owner = np.array([row[entry.nation] for entry in manifest.batteries], np.int64)
    battery, launch_s = whole(shot, "battery"), seconds(shot, manifest.zero_ns)
    nation = owner[battery]

    names = zip(
        whole(met, "battery").tolist(), np.rint(real(met, "value")).astype(np.int64).tolist(), strict=True
    )
    named = dict(zip(names, whole(met, "object").tolist(), strict=True))
    numbers, tracks = whole(shot, "other").tolist(), whole(shot, "track").tolist()
    objects = np.full(len(battery), -1, np.int64)
    for q, (unit, number) in enumerate(zip(battery.tolist(), numbers, strict=True)):
        objects[q] = named.get((unit, number), -1)
        if objects[q] < 0:
            objects[q] = aimed_at(int(nation[q]), tracks[q], float(launch_s[q]))
    intercept_s = real(shot, "value")
    late = np.array(
        [t > dead_s.get(key, np.inf) for t, key in zip(launch_s, objects.tolist(), strict=True)], np.bool_
    )
    return ShotList(
        nation=nation,
        battery=battery,
        rounds=real(shot, "place"),
        price_usd=real(shot, "value2"),
        launch_s=launch_s,
        intercept_s=intercept_s,
        object=objects,
        late=late,
        doubled=_doubled(objects, nation, launch_s, intercept_s, late),
    )


def _doubled(objects: I8, nation: I8, launch_s: F8, intercept_s: F8, late: B1) -> B1:
    """Whether each shot (in order of launch) went to an object that another nation's shot was flying to."""
    doubled = np.zeros(len(objects), np.bool_)
    for q in np.flatnonzero((objects >= 0) & ~late).tolist():
        other = (objects[:q] == objects[q]) & (nation[:q] != nation[q])
        doubled[q] = np.any(other & (intercept_s[:q] > launch_s[q]))
    return doubled


def fire_totals(shots: ShotList, object_class: Mapping[int, int], nation: int) -> dict[str, float]:
    """What a nation fired: shots, rounds, price, overkill and its two parts, rounds at nothing, aircraft engaged."""
    mine = shots.nation == nation
    kinds = np.array([object_class.get(key, -1) for key in shots.object.tolist()], np.int64)

    def total(values: F8, where: B1) -> float:
        return float(values[mine & where].sum())

    every, one = np.ones(len(mine), np.bool_), np.ones(len(mine))
    return {
        "shots": total(one, every),
        "rounds": total(shots.rounds, every),
        "price_usd": total(shots.price_usd, every),
        "overkill_rounds": total(shots.rounds, shots.late | shots.doubled),
        "late_rounds": total(shots.rounds, shots.late),
        "doubled_rounds": total(shots.rounds, shots.doubled),
        "stray_rounds": total(shots.rounds, ~np.isin(kinds, np.arange(ObjectClass.CIVIL))),
        "civil_engaged": total(one, kinds == ObjectClass.CIVIL),
        "friendly_engaged": total(one, kinds == ObjectClass.FRIENDLY),
    }


def rounds_at(shots: ShotList, keys: I8) -> F8:
    """Rounds fired at each object by all nations together, [k]."""
    return np.array([shots.rounds[shots.object == key].sum() for key in keys], np.float64)


def spent_by(shots: ShotList, stock: F8, until_s: F8, mine: B1) -> B1:
    """Whether a set of batteries had launched all its stock by each instant, [k]; False where it had none.

    Args:
        shots: the level's.
        stock: [B] rounds of each battery at the start.
        until_s: [k] instants.
        mine: [B] the batteries in question.
    """
    have = stock[mine].sum()
    rounds, launch_s = shots.rounds[mine[shots.battery]], shots.launch_s[mine[shots.battery]]
    fired = np.array([rounds[launch_s <= t].sum() for t in until_s], np.float64)
    return np.asarray((fired >= have) & (have > 0))
