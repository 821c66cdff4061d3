"""A class of the catalogue as people read it: its values in handy units, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from skypact.catalogue.key import INTERCEPTOR_KEYS, SENSOR_KEYS, THREAT_KEYS
from skypact.errors import UsageError
from skypact.kernels.aspect import cross_section
from skypact.model.catalogue import Catalogue, InterceptorClass, SensorClass, ThreatClass, Value
from skypact.model.codes import SensorKind
from skypact.model.document import choice
from skypact.run import radar

Class: TypeAlias = SensorClass | InterceptorClass | ThreatClass

CHANCE = 0.8
RCS_M2 = (0.01, 0.1, 1.0, 10.0)
"""Cross-sections for which a radar's reach is told."""

_WRITTEN = {
    key.si_name: name for keys in (SENSOR_KEYS, INTERCEPTOR_KEYS, THREAT_KEYS) for name, key in keys.items()
}
_HANDY: Mapping[str, tuple[tuple[float, str, float], ...]] = {
    "m": ((10_000.0, "km", 1e-3), (0.0, "m", 1.0)),
    "s": (
        (600.0, "min", 1.0 / 60.0),
        (0.1, "s", 1.0),
        (1e-3, "ms", 1e3),
        (1e-6, "us", 1e6),
        (1e-12, "ns", 1e9),
        (0.0, "s", 1.0),
    ),
    "rad": ((math.radians(0.001), "deg", math.degrees(1.0)), (1e-9, "urad", 1e6), (0.0, "deg", 1.0)),
    "W": ((1e6, "MW", 1e-6), (1e3, "kW", 1e-3), (0.0, "W", 1.0)),
    "Hz": ((1e9, "GHz", 1e-9), (1e6, "MHz", 1e-6), (0.0, "Hz", 1.0)),
}
"""SI unit -> (from this magnitude on, the unit shown, factor to it), largest first."""


def class_of(catalogue: Catalogue, name: str) -> Class:
    """The class of a name, of whichever group.

    Raises:
        UsageError: the catalogue has none of that name.
    """
    groups: tuple[Mapping[str, Class], ...] = (catalogue.sensors, catalogue.interceptors, catalogue.threats)
    for group in groups:
        if name in group:
            return group[name]
    names = [known for group in groups for known in group]
    raise UsageError(f"class {name}", "the catalogue has none of that name", f"Name {choice(name, names)}.")


def written_values(cls: Class) -> dict[str, Value]:
    """The values of a class by the names that the catalogue's files use, chances to kill among them."""
    found = {_WRITTEN[key]: value for key, value in cls.values.items()}
    if isinstance(cls, InterceptorClass):
        found |= {f"kill.{target.name.lower()}": chance for target, chance in cls.kill.items()}
    return found


def tables(cls: Class) -> dict[str, tuple[str, str]]:
    """What the tables of a defence unit say, row by row: name of the row -> figures and source; empty without them."""
    if not isinstance(cls, InterceptorClass):
        return {}
    found: dict[str, tuple[str, str]] = {}
    if cls.envelope is not None:
        for height_m, near_m, far_m in cls.envelope_m():
            figures = f"{1e-3 * near_m:.4g} to {1e-3 * far_m:.4g} km"
            found[f"reach at {1e-3 * height_m:.4g} km of altitude"] = figures, cls.envelope.source
    if cls.flight is not None:
        for range_m, time_s in cls.flight_s()[1:]:
            found[f"flight to {1e-3 * range_m:.4g} km"] = f"{time_s:.4g} s", cls.flight.source
    return found


def handy(value: Value) -> tuple[str, str]:
    """A value and its interval in the unit that suits its size: "470 km" and "250 to 500"; no interval is empty."""
    largest = max(abs(value.value), abs(value.low), abs(value.high))
    size = abs(value.value) or largest
    unit, factor = next(
        ((unit, factor) for least, unit, factor in _HANDY.get(value.unit, ()) if size >= least),
        (value.unit, 1.0),
    )
    unit = "" if unit in ("1", "count") else f" {unit}"
    low, nominal, high = (_figure(number * factor) for number in (value.low, value.value, value.high))
    return f"{nominal}{unit}", "" if value.low == value.high else f"{low} to {high}"


def _figure(number: float) -> str:
    """A number with four figures at most, thousands apart."""
    if number != 0.0 and abs(number) < 1e-3:
        return f"{number:.1e}"
    text = f"{number:,.0f}" if abs(number) >= 1_000.0 else f"{number:.4g}"
    return text


def derived(cls: Class) -> dict[str, float]:
    """What follows from the values of a class, by a name that ends in its unit."""
    if isinstance(cls, SensorClass):
        return _of_radar(cls) if cls.kind == SensorKind.RADAR else {}
    if isinstance(cls, InterceptorClass):
        dwell_s, reaction_s = cls.values["dwell_s"].value, cls.values["reaction_s"].value
        until = "reaction, flight to the greatest range and dwell, s"
        if dwell_s == 0.0:
            until = "reaction and flight to the greatest range, s"
        return {
            until: reaction_s + cls.flight_s()[-1][1] + dwell_s,
            "price of all rounds, USD": cls.values["price_usd"].value * cls.values["stock"].value,
        }
    nose, side = cls.values["rcs_m2"].value, cls.values["rcs_side_m2"].value
    return {
        f"cross-section at {angle} deg off the nose, m2": cross_section(
            nose, side / nose, math.cos(math.radians(angle))
        )
        for angle in (0, 30, 60, 90)
    }


def _of_radar(cls: SensorClass) -> dict[str, float]:
    found = {
        "signal to noise of a burst (1 m2 at 100 km), dB": radar.radar_constant_db(cls),
        f"signal to noise needed (chance {CHANCE:g} a look), dB": radar.needed_snr_db(cls, CHANCE),
    }
    found |= {
        f"{CHANCE:.0%} range in free space, {rcs:g} m2, km": 1e-3 * radar.reach_m(cls, rcs, CHANCE)
        for rcs in RCS_M2
    }
    if "track_gain_db" in cls.values:
        found |= {
            f"the same in track mode, {rcs:g} m2, km": 1e-3 * radar.reach_m(cls, rcs, CHANCE, track=True)
            for rcs in RCS_M2
        }
    return found | {
        "time of its frame that the search fills, %": 100.0 * radar.search_share(cls),
        "unambiguous range, km": 1e-3 * radar.unambiguous_range_m(cls),
        "first blind speed without stagger, m/s": radar.blind_speed_mps(cls),
        "duty, %": 100.0 * radar.duty(cls),
        "mean power, kW": 1e-3 * radar.mean_power_w(cls),
    }
