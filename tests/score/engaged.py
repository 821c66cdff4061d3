"""The record of one aircraft, alerted because of and fired at, made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from skypact.model.codes import EventKind, ObjectClass
from skypact.model.record import COMMON_LEVEL, TABLES, Columns, empty
from skypact.run.build import Treatments
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import load


def manifest():
    loaded = load("gulf-small")
    request = Request(loaded, 1, 1, ("today",), Treatments(), 1, Path())
    return prepare_campaign(request)[1]


def row(table: Columns, k: int, **values: Any) -> None:
    for name, value in values.items():
        table[name][k] = value


def record(code: int, with_object: bool) -> dict[str, Columns]:
    """One aircraft, seen by nation 0; nation 0's place 0 is alerted and a battery fires because of its track 7."""
    where = np.array([3.9e6, 4.0e6, 2.9e6])
    second = 1_000_000_000
    tables = {name: empty(schema, 0) for name, schema in TABLES.items()}
    tables["objects"] = empty(TABLES["objects"], 1)
    row(
        tables["objects"],
        0,
        level=COMMON_LEVEL,
        object=5,
        object_class=ObjectClass.CIVIL,
        code=code,
        place=-1,
    )
    tables["truth"] = empty(TABLES["truth"], 4)
    tables["pictures"] = empty(TABLES["pictures"], 4)
    for k in range(4):
        away = 0.0 if with_object else 50_000.0
        row(
            tables["truth"],
            k,
            level=COMMON_LEVEL,
            t_ns=10 * k * second,
            seq=k,
            object=5,
            pos_ecef_m=where + away,
        )
        row(
            tables["pictures"], k, t_ns=10 * k * second, seq=k, picture=0, track=7, pos_ecef_m=where, status=2
        )
    tables["holders"] = empty(TABLES["holders"], 3)
    for nation in range(3):
        row(tables["holders"], nation, seq=nation, nation=nation, picture=0)
    tables["events"] = empty(TABLES["events"], 3)
    row(
        tables["events"],
        0,
        t_ns=10 * second,
        seq=0,
        kind=EventKind.ALERT,
        nation=0,
        place=0,
        other=3,
        track=7,
    )
    row(
        tables["events"], 1, t_ns=12 * second, seq=1, kind=EventKind.SHOT, nation=0, battery=0, track=7, place=1,
        other=1, value=20.0,
    )  # fmt: skip
    row(
        tables["events"], 2, t_ns=20 * second, seq=2, kind=EventKind.OUTCOME, nation=0, battery=0, track=7,
        object=5 if with_object else -1, other=0, value=1.0,
    )  # fmt: skip
    return tables
