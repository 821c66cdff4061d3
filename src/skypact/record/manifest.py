"""The manifest of a run folder, written as JSON and read back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from skypact.model.manifest import (
    BatteryEntry,
    Manifest,
    ParameterEntry,
    PlaceEntry,
    SensorEntry,
    ZoneEntry,
)
from skypact.model.record import SCHEMA_VERSION

_ENTRIES = {
    "places": PlaceEntry,
    "sensors": SensorEntry,
    "batteries": BatteryEntry,
    "parameters": ParameterEntry,
    "zones": ZoneEntry,
}
_LATER = frozenset({"parameters", "zones"})
"""Lists that a folder of an earlier program may lack."""


def manifest_to_json(manifest: Manifest) -> str:
    """The manifest as indented JSON, keys in the order of its fields."""
    return json.dumps(asdict(manifest), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def manifest_from_json(text: str) -> Manifest:
    """The manifest that the text holds.

    Raises:
        ValueError: the text is not JSON or lacks a field; the message names it.
    """
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    if document.get("schema_version") != SCHEMA_VERSION:
        found = document.get("schema_version")
        raise ValueError(f"schema version {found}, this program reads {SCHEMA_VERSION}")
    try:
        fields: dict[str, Any] = {key: _frozen(value) for key, value in document.items()}
        for key, entry in _ENTRIES.items():
            fields[key] = tuple(
                entry(**{name: _frozen(value) for name, value in item.items()})
                for item in (document.get(key, ()) if key in _LATER else document[key])
            )
        return Manifest(**fields)
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"its fields are not those of a manifest ({fault})") from fault


def _frozen(value: object) -> object:
    """Lists as tuples."""
    return tuple(value) if isinstance(value, list) else value
