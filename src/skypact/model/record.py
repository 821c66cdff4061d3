"""Column schemas of the record: one place. Version them: readers refuse what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION = 1

Columns: TypeAlias = dict[str, NDArray[np.generic]]
"""A table in memory: column name -> array, all of one length."""

EVENTS: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "t_ns": "i8",
    "seq": "u4",
    "kind": "u1",
    "nation": "i1",
    "object": "i8",
    "track": "u8",
    "place": "i4",
    "battery": "i4",
    "other": "i4",
    "value": "f8",
    "value2": "f8",
}
"""One row an event (model.codes.EventKind). `object` is the truth key or -1, `level` the index in the scenario's
levels (255: common to all levels). By kind:
LAUNCH (level 255): object. FIRST_DETECTION (255): nation, object, other = sensor; per nation that owns the sensor.
With cueing also at a level: the first by a look that was cued there, whether or not it is the earlier.
TRACK_STATE: nation, track, other = new status (model.codes.TrackStatus), value = old; of local tracks.
MESSAGE_SENT/RECEIVED/LOST, a line a minute: nation = sender (of this hop), other = receiver, place = Content, track =
number of messages, value = items in them, value2 = their bytes. MESSAGE_REFUSED/CAVEAT_OVERRIDDEN, likewise: track =
message epochs at which something was withheld, or released to save lives against a caveat, value = these items.
ALERT/ALL_CLEAR: nation, place, other = rung (index in model.warning.RUNGS), track, value = probability, value2 =
predicted arrival in seconds (NaN unknown). ALERT_UPDATE: the same, at the rung that the public hears.
PRE_ALERT/PRE_ALERT_END: nation, track, other = 1 if another nation's warning caused it, value = probability that it is
a missile or rocket, value2 = predicted arrival (NaN unknown).
SHOT: nation, battery, track, place = rounds, value = intercept time in seconds, value2 = price of the rounds,
other = shot number. OUTCOME: battery, track, object, other = model.codes.Outcome, place = rounds, value = shot number.
ASSESSED: battery, track, other = model.codes.Assessment, value = shot number. ARRIVAL: object, place (the place
reached, -1 none), nation of the place or -1, value = 1 if intact (not killed)."""

OBJECTS: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "t_ns": "i8",
    "seq": "u4",
    "object": "i8",
    "object_class": "u1",
    "type_index": "u2",
    "nation": "i1",
    "code": "u4",
    "launch_s": "f8",
    "end_s": "f8",
    "place": "i4",
    "lat_rad": "f8",
    "lon_rad": "f8",
    "family": "u1",
}
"""One row an object of a run (level 255; debris: its level; t_ns is the launch): where its flight ends if not
intercepted."""

TRUTH: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "t_ns": "i8",
    "seq": "u4",
    "object": "i8",
    "pos_ecef_m": "f4x3",
    "phase": "u1",
}
"""Truth every snapshot period, un-intercepted (level 255); who is dead when is in the events."""

PICTURES: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "t_ns": "i8",
    "seq": "u4",
    "picture": "u2",
    "track": "u4",
    "pos_ecef_m": "i4x3",
    "speed_mps": "u2",
    "sigma_m": "u2",
    "status": "u1",
    "object_class": "u1",
    "class_percent": "u1",
    "identity": "u1",
    "firm": "u1",
    "doubt_percent": "u1",
    "sources": "u2",
}
"""Each distinct picture every snapshot period. Positions are rounded to 1 m; sigma saturates at 65,535 m. Doubt is the
largest probability that what one source says of a track is of another; 0 where a single tracker made the picture."""

HOLDERS: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "t_ns": "i8",
    "seq": "u4",
    "nation": "i1",
    "picture": "u2",
}
"""Which picture each nation held at each level (t_ns 0)."""

TRACKS: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "t_ns": "i8",
    "seq": "u4",
    "picture": "u2",
    "track": "u4",
    "mean_ecef": "f4x6",
    "cov_upper": "f4x21",
}
"""Full-rate tracks of the pictures of run 0."""

PARAMETERS: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "t_ns": "i8",
    "seq": "u4",
    "parameter": "u2",
    "value": "f8",
}
"""What a run drew of the catalogue, where that was asked for (level 255, t_ns 0): one row a parameter of
`model.manifest.Manifest.parameters`, value in its SI unit."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "events": EVENTS,
    "objects": OBJECTS,
    "truth": TRUTH,
    "pictures": PICTURES,
    "holders": HOLDERS,
    "tracks": TRACKS,
    "parameters": PARAMETERS,
}

OPTIONAL = frozenset({"parameters"})
"""Tables that a record leaves out where they are empty."""

COMMON_LEVEL = 255


def empty(schema: Mapping[str, str], rows: int) -> Columns:
    """A table of the schema with `rows` zeroed rows; "f4x3" is a column of shape [rows, 3]."""
    columns: Columns = {}
    for name, kind in schema.items():
        base, _, width = kind.partition("x")
        shape = (rows, int(width)) if width else (rows,)
        columns[name] = np.zeros(shape, np.dtype("<" + base))
    return columns
