"""A small recorded campaign in which things move: two nations, three levels, names that want to be code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.model.codes import EventKind, Identity, ObjectClass, Outcome, TrackStatus
from skypact.model.record import COMMON_LEVEL
from skypact.record import open_run, write_shard
from tests.record.tables import MANIFEST
from tests.score.hand import table

HOSTILE_NAME = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>&amp;'\""
SNAPSHOTS = np.arange(-60.0, 601.0, 10.0)
PUBLIC = 3
TODAY, PACT = 1, 2
BALLISTIC, DRONE, CIVIL = 11, 12, 13
FLIGHTS = {
    # key: class, launch_s, end_s, place, from, to (degrees north, east; metres)
    BALLISTIC: (ObjectClass.BALLISTIC, 0.0, 415.0, 0, (28.0, 50.0, 0.0), (22.918, 45.836, 0.0)),
    DRONE: (ObjectClass.DRONE, 20.0, 595.0, 2, (29.6, 50.9, 300.0), (28.648, 51.566, 300.0)),
    CIVIL: (ObjectClass.CIVIL, -60.0, 600.0, -1, (23.0, 51.0, 10e3), (28.0, 46.0, 10e3)),
}


def hostile_manifest(**changes):
    """The small manifest, every name of it hostile to a page."""
    places = tuple(replace(p, name=p.name + HOSTILE_NAME) for p in MANIFEST.places)
    batteries = tuple(replace(b, name=b.name + HOSTILE_NAME) for b in MANIFEST.batteries)
    sensors = tuple(replace(s, name=s.name + HOSTILE_NAME, class_name=HOSTILE_NAME) for s in MANIFEST.sensors)
    names = ("Aland" + HOSTILE_NAME, "Bland")
    fields = {"places": places, "batteries": batteries, "sensors": sensors, "nation_names": names}
    return replace(MANIFEST, **{"title": "Two nations" + HOSTILE_NAME, "runs": 2, **fields, **changes})


def place_of(key, t_s):
    """ECEF position of an object at an instant."""
    _, launch_s, end_s, _, begin, end = FLIGHTS[key]
    share = (t_s - launch_s) / (end_s - launch_s)
    lat, lon, height = np.array(begin) + share * (np.array(end) - np.array(begin))
    if key == BALLISTIC:
        height += 4 * 80e3 * share * (1 - share)
    return ecef_from_geodetic(np.radians(lat), np.radians(lon), height)


def objects():
    rows = [
        {
            "level": COMMON_LEVEL,
            "t_s": launch_s,
            "object": key,
            "object_class": kind,
            "launch_s": launch_s,
            "end_s": end_s,
            "place": place,
            "lat_rad": np.radians(end[0]),
            "lon_rad": np.radians(end[1]),
        }
        for key, (kind, launch_s, end_s, place, _, end) in FLIGHTS.items()
    ]
    return table("objects", rows)


def truth():
    rows = [
        {"level": COMMON_LEVEL, "t_s": t_s, "object": key, "pos_ecef_m": place_of(key, t_s)}
        for t_s in SNAPSHOTS
        for key, (_, launch_s, end_s, *_) in FLIGHTS.items()
        if launch_s <= t_s <= end_s
    ]
    return table("truth", rows)


def pictures(levels):
    """Each nation has its own picture: the ballistic object is held 100 s after launch, at the pact 50 s."""
    rows = []
    for level in range(levels):
        for nation in range(2):
            for t_s in SNAPSHOTS:
                for key, (kind, launch_s, end_s, *_) in FLIGHTS.items():
                    since = launch_s + (0.0 if key == CIVIL else 50.0 if level == PACT else 100.0)
                    if not since <= t_s <= end_s or (key == DRONE and nation == 0):
                        continue
                    identity = Identity.CIVIL if key == CIVIL else Identity.HOSTILE
                    rows.append(
                        {
                            "level": level,
                            "t_s": t_s,
                            "picture": 2 * level + nation,
                            "track": 1000 + key,
                            "pos_ecef_m": np.rint(place_of(key, t_s) + 300.0),
                            "sigma_m": 400,
                            "status": TrackStatus.CONFIRMED,
                            "object_class": kind,
                            "class_percent": 90,
                            "identity": identity,
                            "firm": t_s > since + 20.0,
                            "sources": 1 << nation,
                        }
                    )
    return table("pictures", rows)


def events(levels, seed):
    rows = []
    for level in range(levels):
        alert_s = (90.0 if level == PACT else 150.0) + seed
        common = {"level": level, "nation": 0}
        rows += [
            {**common, "kind": EventKind.ALERT, "t_s": alert_s, "place": 0, "other": PUBLIC},
            {**common, "kind": EventKind.ALERT, "t_s": alert_s + 30.0, "place": 0, "other": 0},
            {**common, "kind": EventKind.ALL_CLEAR, "t_s": 460.0, "place": 0, "other": PUBLIC},
            {**common, "kind": EventKind.SHOT, "t_s": 300.0, "battery": 0, "place": 2, "other": 1}
            | {"value": 350.0, "value2": 2e6, "track": 1000 + BALLISTIC},
        ]
        outcome = Outcome.KILL if level == PACT else Outcome.MISS
        rows += [
            {**common, "kind": EventKind.OUTCOME, "t_s": 352.0, "battery": 0, "place": 2, "value": 1.0}
            | {"object": BALLISTIC, "other": outcome},
            {**common, "kind": EventKind.ARRIVAL, "t_s": 415.0, "object": BALLISTIC, "place": 0}
            | {"value": float(level != PACT)},
            {"level": level, "nation": 1, "kind": EventKind.ARRIVAL, "t_s": 595.0, "object": DRONE}
            | {"place": 2, "value": 1.0},
        ]
    return table("events", rows)


def tables(levels=3, seed=0):
    """All tables of one run."""
    holders = [
        {"level": level, "nation": nation, "picture": 2 * level + nation}
        for level in range(levels)
        for nation in range(2)
    ]
    return {
        "objects": objects(),
        "truth": truth(),
        "pictures": pictures(levels),
        "events": events(levels, seed),
        "holders": table("holders", holders),
        "tracks": table("tracks", []),
    }


def record(folder, manifest, scenario_text="no scenario of this program"):
    """A campaign folder with two finished runs."""
    with open_run(folder, manifest, scenario_text):
        for run in range(2):
            made = tables(len(manifest.levels), seed=run)
            for columns in made.values():
                columns["run"][:] = run
            write_shard(folder, run, made)
    return folder
