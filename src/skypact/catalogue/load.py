"""From the catalogue's texts to `model.catalogue.Catalogue`, or all faults at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from skypact.catalogue.key import (
    ELEVATION_NEEDS,
    FENCE_NEEDS,
    INTERCEPTOR_KEYS,
    SENSOR_KEYS,
    SENSOR_MAY,
    SENSOR_NEEDS,
    THREAT_KEYS,
    THREAT_NEEDS,
    Key,
)
from skypact.catalogue.shape import ShapeEntry, shape_faults, shapes
from skypact.errors import Fault, InputError
from skypact.kernels.doppler import STAGGERED
from skypact.model.catalogue import Catalogue, InterceptorClass, SensorClass, ThreatClass, Value
from skypact.model.codes import HOSTILE_CLASSES, BeamPattern, ObjectClass, SensorKind
from skypact.model.document import Document, Path, Strict, choice, read_document, schema_faults, shown
from skypact.model.quantity import SI_UNIT, UNITS, units_of

FILES = ("sensors.yaml", "interceptors.yaml", "threats.yaml")
"""The texts that `load` needs, by name."""

_TARGETS = {kind.name.lower(): kind for kind in HOSTILE_CLASSES}
_CLASSES = {kind.name.lower(): kind for kind in THREAT_NEEDS}
_ORDERED = (
    ("range_min", "range_max"),
    ("altitude_min", "altitude_max"),
    ("elevation_min", "elevation_max"),
    ("elevation_min", "fence"),
    ("fence", "elevation_max"),
)


class ValueEntry(Strict):
    """A value as written: number, interval, unit, and where it is from."""

    value: float
    low: float
    high: float
    unit: str
    source: Annotated[str, Field(min_length=10)]
    dispute: str = ""


class SensorEntry(Strict):
    """A sensor class as written."""

    title: Annotated[str, Field(min_length=1)]
    kind: Literal["radar", "infrared", "acoustic", "cooperative", "direction", "multilateration"]
    rotates: bool
    measures_elevation: bool
    pattern: Literal["steered", "fan", "cosecant"] | None = None
    values: dict[str, ValueEntry]


class InterceptorEntry(Strict):
    """A class of defence unit as written."""

    title: Annotated[str, Field(min_length=1)]
    tier: Literal["upper", "medium", "short", "gun", "laser"]
    values: dict[str, ValueEntry]
    kill: dict[str, ValueEntry]
    envelope: ShapeEntry | None = None
    flight: ShapeEntry | None = None


class ThreatEntry(Strict):
    """A class of raid object or aircraft as written."""

    title: Annotated[str, Field(min_length=1)]
    object_class: Literal["ballistic", "cruise", "drone", "rocket", "civil", "friendly"]
    values: dict[str, ValueEntry]


_ENTRY: Mapping[str, type[SensorEntry | InterceptorEntry | ThreatEntry]] = {
    "sensors.yaml": SensorEntry,
    "interceptors.yaml": InterceptorEntry,
    "threats.yaml": ThreatEntry,
}
_KEYS = {"sensors.yaml": SENSOR_KEYS, "interceptors.yaml": INTERCEPTOR_KEYS, "threats.yaml": THREAT_KEYS}
_CHANCE = Key("kill", "share", 0.0, 1.0, above_least=True)


def load(texts: Mapping[str, str]) -> Catalogue:
    """The catalogue of the three texts named in `FILES`, every value in SI units.

    Args:
        texts: file name (as in `FILES`) -> YAML text.

    Raises:
        InputError: all faults of all texts: unknown, missing or impossible values, wrong units, values outside their
            interval, sources that are missing.
    """
    faults: list[Fault] = []
    documents: dict[str, Document] = {}
    for file in FILES:
        if file not in texts:
            faults.append(
                Fault(file, 1, "(file)", "no such file", f"the catalogue's files {', '.join(FILES)}")
            )
            continue
        document, found = read_document(texts[file], file)
        documents[file] = document
        faults += found + _check(file, document)
    if faults:
        raise InputError(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return Catalogue(
        {name: _sensor(name, SensorEntry.model_validate(part)) for name, part in _parts(documents[FILES[0]])},
        {
            name: _unit(name, InterceptorEntry.model_validate(part))
            for name, part in _parts(documents[FILES[1]])
        },
        {name: _threat(name, ThreatEntry.model_validate(part)) for name, part in _parts(documents[FILES[2]])},
    )


def _parts(document: Document) -> list[tuple[str, object]]:
    return [(str(path[0]), part) for path, part in document.each("*")]


def _sensor(name: str, entry: SensorEntry) -> SensorClass:
    kind = SensorKind[entry.kind.upper()]
    pattern = BeamPattern[(entry.pattern or "steered").upper()]
    values = _values(entry.values, SENSOR_KEYS)
    return SensorClass(name, entry.title, kind, entry.rotates, entry.measures_elevation, values, pattern)


def _unit(name: str, entry: InterceptorEntry) -> InterceptorClass:
    kill = {_TARGETS[target]: _si(written) for target, written in entry.kill.items()}
    values = _values(entry.values, INTERCEPTOR_KEYS)
    envelope, flight = shapes(entry.envelope, entry.flight, values)
    return InterceptorClass(name, entry.title, entry.tier, values, kill, envelope, flight)


def _threat(name: str, entry: ThreatEntry) -> ThreatClass:
    return ThreatClass(name, entry.title, _CLASSES[entry.object_class], _values(entry.values, THREAT_KEYS))


def _values(written: Mapping[str, ValueEntry], keys: Mapping[str, Key]) -> dict[str, Value]:
    return {keys[name].si_name: _si(entry) for name, entry in written.items()}


def _si(entry: ValueEntry) -> Value:
    dimension, factor = UNITS[entry.unit]
    numbers = (entry.value * factor, entry.low * factor, entry.high * factor)
    return Value(*numbers, SI_UNIT[dimension], entry.source, entry.dispute)


def _check(file: str, document: Document) -> list[Fault]:
    faults: list[Fault] = []
    for name, part in _parts(document):
        faults += schema_faults(_ENTRY[file], document, (name,))
        if isinstance(part, dict):
            faults += _value_faults(document, (name, "values"), part.get("values"), _KEYS[file])
            faults += _value_faults(
                document, (name, "kill"), part.get("kill"), dict.fromkeys(_TARGETS, _CHANCE)
            )
            faults += _missing(document, name, part, _needs(file, part))
            faults += _order_faults(document, name, part)
            faults += shape_faults(document, name, part) if file == FILES[1] else []
            if file == "sensors.yaml":
                faults += _sensor_faults(document, name, part)
    return faults


def _needs(file: str, part: Mapping[str, object]) -> frozenset[str]:
    """What the class must have; nothing where its kind itself is at fault."""
    if file == "interceptors.yaml":
        return frozenset(INTERCEPTOR_KEYS)
    if file == "threats.yaml":
        object_class = _CLASSES.get(str(part.get("object_class")))
        return THREAT_NEEDS[object_class] if isinstance(object_class, ObjectClass) else frozenset()
    needs = SENSOR_NEEDS.get(str(part.get("kind")), frozenset())
    if part.get("kind") == "radar" and part.get("measures_elevation") is True:
        needs |= ELEVATION_NEEDS
    if part.get("kind") == "radar" and part.get("pattern") == "steered":
        needs |= FENCE_NEEDS
    return needs


def _sensor_faults(document: Document, name: str, part: Mapping[str, object]) -> list[Fault]:
    """Faults of a sensor class as a whole: a radar's pattern and stagger, and values that its kind has no use for."""
    kind, values = str(part.get("kind")), part.get("values")
    faults: list[Fault] = []
    if kind == "radar" and part.get("pattern") is None:
        faults.append(document.fault((name, "pattern"), "nothing", "the key 'pattern': a radar needs it"))
    for end in ("low", "value", "high"):
        intervals = _si_number(values, "stagger", end)
        if intervals is not None and intervals not in (1, STAGGERED):
            faults.append(
                document.fault(
                    (name, "values", "stagger", end),
                    f"{intervals:g} pulse intervals",
                    f"1 or {STAGGERED}, for which a canceller's response is known",
                )
            )
    if kind in SENSOR_NEEDS and isinstance(values, dict):
        useful = _needs("sensors.yaml", part) | SENSOR_MAY[kind]
        faults += [
            document.fault(
                (name, "values", str(key)), f"the key '{key}'", f"no such value of the kind {kind}"
            )
            for key in values
            if key in SENSOR_KEYS and key not in useful
        ]
    return faults


def _missing(document: Document, name: str, part: Mapping[str, object], needs: Iterable[str]) -> list[Fault]:
    values = part.get("values")
    if not isinstance(values, dict):
        return []
    return [
        document.fault((name, "values", key), "nothing", f"the key '{key}': a class of this kind needs it")
        for key in sorted(set(needs) - set(values))
    ]


def _value_faults(document: Document, path: Path, values: object, keys: Mapping[str, Key]) -> list[Fault]:
    faults: list[Fault] = []
    for name, entry in values.items() if isinstance(values, dict) else ():
        at = (*path, str(name))
        if name not in keys:
            faults.append(document.fault(at, f"the unknown key '{name}'", choice(str(name), keys)))
        elif isinstance(entry, dict):
            faults += _entry_faults(document, at, entry, keys[name])
    return faults


def _entry_faults(document: Document, at: Path, entry: Mapping[str, object], key: Key) -> list[Fault]:
    """Faults of one value: its source, its unit, its interval, its possibility."""
    faults: list[Fault] = []
    unit, source = entry.get("unit"), entry.get("source")
    if isinstance(source, str) and source.strip().rstrip(":") in ("assumption", ""):
        faults.append(
            document.fault((*at, "source"), shown(source), "a citation, or 'assumption: ' and the reason")
        )
    if not isinstance(unit, str):
        return faults
    dimension, factor = UNITS.get(unit, ("", 1.0))
    if dimension != key.dimension:
        units = ", ".join(units_of(key.dimension))
        faults.append(document.fault((*at, "unit"), shown(unit), f"a unit of {key.dimension}: {units}"))
        return faults
    numbers = {part: _number(entry.get(part)) for part in ("low", "value", "high")}
    for part, number in numbers.items():
        if number is not None and key.whole and number != round(number):
            faults.append(document.fault((*at, part), f"{number:g} {unit}", "a whole number"))
        elif number is not None and not _possible(number * factor, key):
            faults.append(document.fault((*at, part), f"{number:g} {unit}", _bounds(key, unit, factor)))
    low, value, high = numbers["low"], numbers["value"], numbers["high"]
    if low is not None and value is not None and high is not None and not low <= value <= high:
        faults.append(document.fault(at, f"{value:g} in [{low:g}, {high:g}]", "low <= value <= high"))
    return faults


def _order_faults(document: Document, name: str, part: Mapping[str, object]) -> list[Fault]:
    """Faults where a value is not below the one that it must be below."""
    faults: list[Fault] = []
    values = part.get("values")
    for low, high in _ORDERED:
        least, most = _si_number(values, low), _si_number(values, high)
        if least is not None and most is not None and least >= most:
            at = (name, "values", low)
            faults.append(document.fault(at, f"{low} at or above {high}", f"{low} below {high}"))
    return faults


def _si_number(values: object, key: str, part: str = "value") -> float | None:
    entry = values.get(key) if isinstance(values, dict) else None
    if not isinstance(entry, dict):
        return None
    number = _number(entry.get(part))
    _, factor = UNITS.get(str(entry.get("unit")), ("", 1.0))
    return None if number is None else number * factor


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _possible(si_value: float, key: Key) -> bool:
    tolerance = 1e-9 * max(1.0, abs(key.least))
    if si_value < key.least - tolerance or si_value > key.most * (1.0 + 1e-9):
        return False
    return not (key.above_least and si_value <= key.least)


def _bounds(key: Key, unit: str, factor: float) -> str:
    least = f"{'above' if key.above_least else 'at least'} {key.least / factor:.4g} {unit}"
    return least if key.most == float("inf") else f"{least} and at most {key.most / factor:.4g} {unit}"
