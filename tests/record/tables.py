"""Random tables of every schema, and a manifest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from skypact.model.manifest import BatteryEntry, Manifest, PlaceEntry, SensorEntry
from skypact.model.record import SCHEMA_VERSION, TABLES, empty


def random_table(name, rows, seed=0):
    """A table with every column filled, keys unique, NaN among the floats."""
    random = np.random.default_rng(seed)
    table = empty(TABLES[name], rows)
    for values in table.values():
        if values.dtype.kind == "f":
            values[...] = random.normal(0.0, 1e6, values.shape)
            values[random.random(values.shape) < 0.1] = np.nan
        else:
            limits = np.iinfo(str(values.dtype))
            values[...] = random.integers(limits.min, limits.max, values.shape, values.dtype, endpoint=True)
    table["seq"][:] = random.permutation(rows)
    table["run"][:] = 3
    return table


def random_tables(rows=50, seed=0):
    return {name: random_table(name, rows + k, seed + k) for k, name in enumerate(TABLES)}


MANIFEST = Manifest(
    schema_version=SCHEMA_VERSION,
    version="0.1.0",
    scenario="two",
    title="Two nations",
    seed=1,
    runs=20,
    levels=("national", "today", "pact"),
    treatments=("information",),
    nations=("AAA", "BBB"),
    nation_names=("Aland", "Bland"),
    families=("mass", "lone"),
    alert_probability=0.2,
    zero_ns=0,
    places=(
        PlaceEntry("a0", "AAA", 0.4, 0.8, 10e3, 1000, 1.0, True),
        PlaceEntry("a1", "AAA", 0.41, 0.8, 10e3, 500, 1.0, False),
        PlaceEntry("b0", "BBB", 0.5, 0.9, 10e3, 2000, 1.0, True),
    ),
    sensors=(SensorEntry("s0", "radar", "AAA", "AAA", 0.4, 0.8, 3e5),),
    batteries=(
        BatteryEntry("u0", "upper", "upper", "AAA", 0.4, 0.8, 1e5, 3, 1e6, ("AAA",)),
        BatteryEntry("u1", "upper", "upper", "BBB", 0.5, 0.9, 1e5, 8, 1e6, ("BBB",)),
    ),
)


def manifest(**changes: Any) -> Manifest:
    """The manifest with some fields changed."""
    return replace(MANIFEST, **changes)
