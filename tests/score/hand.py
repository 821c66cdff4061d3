"""A record small enough to score by hand: two nations, three levels, one raid.

Places: 0 and 1 of AAA (1,000 people defended; 500 not), 2 of BBB (2,000, defended). Levels: national, today, pact.
Objects: 1 ballistic to place 0 (100 to 400 s), 2 cruise to place 1 (0 to 600 s), 3 rocket to place 0 (300 to 340 s),
4 drone to no place, 5 drone to place 2 (0 to 1,000 s), 10 and 12 civil (10 over AAA, 12 far away), 11 friendly over
AAA. Debris 1001 at level today.
"""

from __future__ import annotations

import math

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.model.codes import EventKind, ObjectClass, Outcome, TrackStatus
from skypact.model.record import COMMON_LEVEL, TABLES, empty
from tests.record.tables import manifest

NATIONAL, TODAY, PACT = range(3)
PUBLIC = 3
"""Row of 0.2 in RUNGS."""
MANIFEST = manifest()

OBJECTS = [
    # key, class, launch_s, end_s, place
    (1, ObjectClass.BALLISTIC, 100.0, 400.0, 0),
    (2, ObjectClass.CRUISE, 0.0, 600.0, 1),
    (3, ObjectClass.ROCKET, 300.0, 340.0, 0),
    (4, ObjectClass.DRONE, 0.0, 500.0, -1),
    (5, ObjectClass.DRONE, 0.0, 1000.0, 2),
    (10, ObjectClass.CIVIL, -300.0, 2000.0, -1),
    (11, ObjectClass.FRIENDLY, -300.0, 2000.0, -1),
    (12, ObjectClass.CIVIL, -300.0, 2000.0, -1),
]
AT = {  # where each stands for the whole of its flight: degrees, metres
    1: (23.0, 46.0, 50e3),
    2: (23.4, 46.0, 1e3),
    3: (23.1, 45.5, 5e3),
    4: (25.0, 48.0, 1e3),
    5: (28.7, 51.5, 1e3),
    10: (23.0, 45.6, 10e3),
    11: (23.5, 45.7, 8e3),
    12: (40.0, 60.0, 10e3),
    1001: (28.6, 51.4, 1e3),
}
SNAPSHOTS = (0.0, 200.0, 300.0, 500.0)


def point(key, east_m=0.0):
    """Where an object stands, moved by some metres along x."""
    lat, lon, height = AT[key]
    return ecef_from_geodetic(math.radians(lat), math.radians(lon), height) + np.array([east_m, 0.0, 0.0])


def table(name, rows):
    """A table from rows given as mappings; `seq` counts, what is not given is 0, -1 for keys, `run` 0."""
    made = empty(TABLES[name], len(rows))
    for column in ("object", "nation", "place", "battery", "other"):
        if column in made:
            made[column][:] = -1
    for k, row in enumerate(rows):
        for column, value in row.items():
            if column == "t_s":
                made["t_ns"][k] = round(value * 1e9)
            else:
                made[column][k] = value
    made["seq"][:] = np.arange(len(rows))
    return made


def event(kind, level, t_s, **columns):
    return {"kind": kind, "level": level, "t_s": t_s, **columns}


def alert(level, t_s, place, rung=PUBLIC):
    return event(EventKind.ALERT, level, t_s, place=place, nation=0 if place < 2 else 1, other=rung)


def clear(level, t_s, place, rung=PUBLIC):
    return event(EventKind.ALL_CLEAR, level, t_s, place=place, nation=0 if place < 2 else 1, other=rung)


def shot(level, number, battery, key, launch_s, intercept_s, outcome, rounds=2, track=0):
    """A shot and its outcome; key -1: it met nothing."""
    return [
        event(
            EventKind.SHOT,
            level,
            launch_s,
            nation=battery,
            battery=battery,
            track=track,
            place=rounds,
            other=number,
            value=intercept_s,
            value2=rounds * 1e6,
        ),
        event(
            EventKind.OUTCOME,
            level,
            intercept_s,
            nation=battery,
            battery=battery,
            track=track,
            object=key,
            place=rounds,
            other=outcome,
            value=number,
        ),
    ]


def events():
    first = EventKind.FIRST_DETECTION
    rows = [
        event(first, COMMON_LEVEL, 130.0, object=1, nation=0, other=0),
        event(first, COMMON_LEVEL, 120.0, object=1, nation=1, other=0),
        event(first, COMMON_LEVEL, 50.0, object=2, nation=0, other=0),
        alert(TODAY, 250, 0),
        alert(TODAY, 260, 0),
        clear(TODAY, 700, 0),
        alert(TODAY, 200, 1),
        clear(TODAY, 300, 1),
        alert(TODAY, 550, 1),
        clear(TODAY, 650, 1),
        alert(TODAY, 500, 2),
        clear(TODAY, 600, 2),
        alert(TODAY, 2000, 2),
        clear(TODAY, 2100, 2),
        alert(TODAY, 100, 0, rung=0),
        alert(PACT, 100, 0),
        alert(PACT, 100, 1),
        alert(PACT, 2000, 0),
        *shot(TODAY, 1, 0, 1, 300, 340, Outcome.MISS),
        *shot(TODAY, 2, 1, 1, 320, 350, Outcome.MISS),
        *shot(TODAY, 3, 1, 5, 560, 590, Outcome.KILL),
        *shot(TODAY, 4, 1, 5, 595, 610, Outcome.ALREADY_DEAD, rounds=1),
        *shot(TODAY, 5, 0, -1, 310, 330, Outcome.NOTHING_THERE, rounds=1, track=2**32 + 77),
        *shot(TODAY, 6, 1, 12, 700, 720, Outcome.MISS, rounds=1),
        event(EventKind.MESSAGE_SENT, TODAY, 60, nation=0, other=1, place=2, track=30, value=90, value2=9000),
        event(EventKind.MESSAGE_SENT, TODAY, 60, nation=0, other=1, place=2, value=1, value2=100),
        event(
            EventKind.MESSAGE_RECEIVED, TODAY, 62, nation=0, other=1, place=2, track=30, value=90, value2=9000
        ),
        event(EventKind.MESSAGE_REFUSED, TODAY, 60, nation=1, other=0, place=0, track=7),
    ]
    return table("events", rows)


def objects():
    rows = [
        {
            "level": COMMON_LEVEL,
            "object": key,
            "object_class": kind,
            "launch_s": launch_s,
            "end_s": end_s,
            "place": place,
            "family": 1,
            "t_s": launch_s,
        }
        for key, kind, launch_s, end_s, place in OBJECTS
    ]
    fallen = {
        "level": TODAY,
        "object": 1001,
        "object_class": ObjectClass.DEBRIS,
        "launch_s": 340.0,
        "end_s": 600.0,
    }
    return table("objects", [*rows, fallen | {"place": 2, "family": 1}])


def truth():
    rows = [
        {"level": COMMON_LEVEL, "t_s": t, "object": key, "pos_ecef_m": point(key)}
        for t in SNAPSHOTS
        for key, _, launch_s, end_s, _ in OBJECTS
        if launch_s <= t < end_s
    ]
    return table("truth", [*rows, {"level": TODAY, "t_s": 500.0, "object": 1001, "pos_ecef_m": point(1001)}])


def seen(level, picture, t_s, track, key, east_m=0.0, firm=1, status=TrackStatus.CONFIRMED):
    return {
        "level": level,
        "picture": picture,
        "t_s": t_s,
        "track": track,
        "pos_ecef_m": np.rint(point(key, east_m)),
        "firm": firm,
        "status": status,
    }


def pictures():
    """AAA: picture 0 alone, 1 today; at pact both nations hold picture 2."""
    rows = [
        seen(NATIONAL, 0, 300, 9, 2, 400.0, firm=0),
        *(seen(TODAY, 1, t, 77, 10, 40.0) for t in SNAPSHOTS),
        seen(TODAY, 1, 200, 1, 1, 30.0, firm=0),
        seen(TODAY, 1, 300, 1, 1, 60.0),
        seen(TODAY, 1, 300, 2, 2, 80.0, firm=0),
        seen(TODAY, 1, 500, 2, 2, 100.0, status=TrackStatus.COASTING),
        seen(TODAY, 1, 300, 3, 3, 100.0),
        seen(TODAY, 1, 300, 4, 10, 20e3),
        seen(TODAY, 1, 300, 5, 4, 10e3),
        seen(TODAY, 1, 300, 6, 5, 10.0),
        seen(TODAY, 1, 500, 8, 1001, 10.0),
        seen(TODAY, 1, 500, 7, 2, 20e3, status=TrackStatus.TENTATIVE),
        *(seen(PACT, 2, t, 2, 2, 50.0) for t in SNAPSHOTS),
        *(seen(PACT, 2, t, 5, 5, 70.0) for t in SNAPSHOTS),
    ]
    return table("pictures", rows)


def holders():
    held = [(NATIONAL, 0, 0), (NATIONAL, 1, 3), (TODAY, 0, 1), (TODAY, 1, 3), (PACT, 0, 2), (PACT, 1, 2)]
    return table("holders", [{"level": level, "nation": n, "picture": picture} for level, n, picture in held])


def tables():
    return {
        "events": events(),
        "objects": objects(),
        "truth": truth(),
        "pictures": pictures(),
        "holders": holders(),
    }
