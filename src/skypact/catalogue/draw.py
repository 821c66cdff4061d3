"""Catalogues whose values are drawn from their intervals, so that results carry what is not known of a class.

A value is drawn once a run for all units of its class. Its draw is keyed by the run and by the names of class and
value, so that neither the order of a file nor what else it holds changes it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from skypact.catalogue.key import INTERCEPTOR_KEYS, SENSOR_KEYS, THREAT_KEYS, Key
from skypact.kernels.pattern import search_rows
from skypact.kernels.random import PARAMETER, uniform
from skypact.model.catalogue import Catalogue, InterceptorClass, SensorClass, ThreatClass, Value
from skypact.model.codes import ObjectClass, SensorKind
from skypact.model.quantity import LIGHT_MPS

DECADE = 10.0
"""A positive interval whose ends lie further apart than this factor is drawn in logarithms."""

_RULES: Mapping[str, Mapping[str, Key]] = {
    group: {key.si_name: key for key in keys.values()}
    for group, keys in (
        ("sensors", SENSOR_KEYS),
        ("interceptors", INTERCEPTOR_KEYS),
        ("threats", THREAT_KEYS),
    )
}
_KILL = Key("kill", "share")
_KILL_PREFIX = "kill."
_PAIRS = (
    ("range_min_m", "range_max_m"),
    ("altitude_min_m", "altitude_max_m"),
    ("elevation_min_rad", "elevation_max_rad"),
    ("elevation_min_rad", "fence_rad"),
    ("fence_rad", "elevation_max_rad"),
)
_TURN = 2.0 * math.pi
_HALVINGS = 40
_REVISITS = ("revisit_s", "revisit_track_s", "revisit_cued_s")


Class: TypeAlias = SensorClass | InterceptorClass | ThreatClass


@dataclass(frozen=True)
class Parameter:
    """The name of a value that runs may draw: `key` is the SI name, or `kill.` and an object class."""

    group: str
    """sensors, interceptors or threats"""
    class_name: str
    key: str


def parameters(catalogue: Catalogue) -> tuple[Parameter, ...]:
    """The values that `drawn` draws, in the order of their names: those that have an interval and are not left alone.

    Left alone are what every object draws for itself in the interval of its class, the reach of raid objects, the
    rounds that a unit was issued, and the gain of radars, which follows from their beams (`catalogue.key.Key.drawn`).
    """
    found = [
        Parameter(group, name, key)
        for group, kinds in _groups(catalogue).items()
        for name, kind in kinds.items()
        for key, value in _values(kind).items()
        if _may(group, key, value)
    ]
    return tuple(sorted(found, key=lambda p: (p.group, p.class_name, p.key)))


def value_of(catalogue: Catalogue, parameter: Parameter) -> Value:
    """The value that a parameter names.

    Raises:
        KeyError: the catalogue has none of that name.
    """
    return _values(_groups(catalogue)[parameter.group][parameter.class_name])[parameter.key]


def drawn(catalogue: Catalogue, k0: np.uint32, k1: np.uint32) -> Catalogue:
    """The catalogue of one run: every value of `parameters` drawn from its interval, all others as they are.

    Half the draws lie below the nominal value and half above, evenly on each side; evenly in logarithms where the
    interval spans more than a decade. Whole numbers are rounded. What belongs together stays together: see
    `_kept_together` and `_one_radar`. Intervals, units and sources are those of the catalogue.

    Args:
        catalogue: with the nominal values.
        k0, k1: the run's key.
    """
    nominal = _groups(catalogue)

    def values(group: str, name: str) -> dict[str, Value]:
        before = _values(nominal[group][name])
        new = {
            key: replace(value, value=_drawn(value, group, name, key, k0, k1))
            if _may(group, key, value)
            else value
            for key, value in before.items()
        }
        return _kept_together(before, new)

    sensors = {
        name: _one_radar(kind, replace(kind, values=values("sensors", name)))
        for name, kind in catalogue.sensors.items()
    }
    interceptors = {}
    for name, unit in catalogue.interceptors.items():
        new = values("interceptors", name)
        kill = {target: new.pop(_kill_key(target)) for target in unit.kill}
        interceptors[name] = replace(unit, values=new, kill=kill)
    threats = {
        name: replace(kind, values=values("threats", name)) for name, kind in catalogue.threats.items()
    }
    return Catalogue(sensors, interceptors, threats)


def _groups(catalogue: Catalogue) -> Mapping[str, Mapping[str, Class]]:
    return {
        "sensors": catalogue.sensors,
        "interceptors": catalogue.interceptors,
        "threats": catalogue.threats,
    }


def _values(kind: Class) -> Mapping[str, Value]:
    """The values of a class by key, chances to kill among them."""
    if not isinstance(kind, InterceptorClass):
        return kind.values
    return {**kind.values, **{_kill_key(target): chance for target, chance in kind.kill.items()}}


def _kill_key(target: ObjectClass) -> str:
    return _KILL_PREFIX + target.name.lower()


def _rule(group: str, key: str) -> Key:
    return _KILL if key.startswith(_KILL_PREFIX) else _RULES[group][key]


def _may(group: str, key: str, value: Value) -> bool:
    """Whether runs draw the value."""
    return value.low < value.high and _rule(group, key).drawn


def _drawn(value: Value, group: str, name: str, key: str, k0: np.uint32, k1: np.uint32) -> float:
    digest = hashlib.blake2b(f"{group}/{name}/{key}".encode(), digest_size=8).digest()
    a, b = (np.uint32(int.from_bytes(part, "little")) for part in (digest[:4], digest[4:]))
    found = split_uniform(value, uniform(k0, k1, PARAMETER, a, b, np.uint32(0)))
    return float(round(found)) if _rule(group, key).whole else found


def split_uniform(value: Value, share: float) -> float:
    """The number below which a draw from a value's interval lies with the chance `share` (0 to 1).

    The nominal value is the median; each half is even, in logarithms where the interval spans more than a decade.
    """
    part, (start, end) = (
        (2.0 * share, (value.low, value.value))
        if share < 0.5
        else (2.0 * share - 1.0, (value.value, value.high))
    )
    if value.low > 0.0 and value.high > DECADE * value.low:
        return float(start * (end / start) ** part)
    return start + part * (end - start)


def _kept_together(nominal: Mapping[str, Value], new: dict[str, Value]) -> dict[str, Value]:
    """The drawn values of one class with what belongs together put right.

    - Where a least value was drawn at or above its greatest, both stay nominal.
    - A broadside cross-section is at least the one nose on.
    - Track and cued looks come at least as often as those of search.
    - Pulses follow at a rate at which the greatest range is unambiguous.
    """

    def put(key: str, number: float) -> None:
        new[key] = replace(new[key], value=number)

    for least, most in _PAIRS:
        if least in new and most in new and new[least].value >= new[most].value:
            put(least, nominal[least].value)
            put(most, nominal[most].value)
    if "rcs_side_m2" in new:
        put("rcs_side_m2", max(new["rcs_side_m2"].value, new["rcs_m2"].value))
    for slower, faster in pairwise(key for key in _REVISITS if key in new):
        put(faster, min(new[faster].value, new[slower].value))
    if "prf_hz" in new:
        put("prf_hz", min(new["prf_hz"].value, 0.5 * LIGHT_MPS / new["range_max_m"].value))
    return new


def _one_radar(nominal: SensorClass, kind: SensorClass) -> SensorClass:
    """A radar whose gain and search follow what was drawn.

    - A narrower beam has more gain.
    - Fewer pulses go in a direction where the frame has no time for them.
    - The search has its whole energy up to where the frame has the time for it, down to the least of the fence.
    """
    if kind.kind != SensorKind.RADAR:
        return kind
    new = dict(kind.values)
    wider = math.prod(
        new[key].value / nominal.values[key].value for key in ("beam_azimuth_rad", "beam_elevation_rad")
    )
    gain = new["gain_db"]
    new["gain_db"] = replace(gain, value=gain.value - 10.0 * math.log10(wider))
    width_rad = _TURN if kind.rotates else new["sector_rad"].value
    column = new["prf_hz"].value * new["revisit_s"].value * new["beam_azimuth_rad"].value / width_rad
    fence = new.get("fence_rad")
    rows = 1.0 if fence is None else _rows(new, fence.low)
    room = max(math.floor(column / rows), 1)
    for key, others in (("pulses", new["coherent_pulses"].value), ("coherent_pulses", 1.0)):
        most = max(math.floor(room / others), 1)
        new[key] = replace(new[key], value=min(new[key].value, float(most)))
    if fence is not None:
        rows = column / (new["pulses"].value * new["coherent_pulses"].value)
        new["fence_rad"] = replace(fence, value=_highest_fence(new, rows))
    return replace(kind, values=new)


def _rows(radar: Mapping[str, Value], fence_rad: float) -> float:
    """Rows of whole beams that a search up to this fence costs."""
    lowest, highest = radar["elevation_min_rad"].value, radar["elevation_max_rad"].value
    return float(search_rows(lowest, fence_rad, highest, radar["beam_elevation_rad"].value))


def _highest_fence(radar: Mapping[str, Value], rows: float) -> float:
    """The highest fence, from the least of its interval to the one drawn, that costs no more than so many rows."""
    low, high = radar["fence_rad"].low, radar["fence_rad"].value
    if _rows(radar, high) <= rows:
        return high
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _rows(radar, middle) <= rows else (low, middle)
    return low
