"""The quantities of each kind of class: dimension, bounds, and who must have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from skypact.model.codes import ObjectClass

_INFINITY = math.inf


@dataclass(frozen=True)
class Key:
    """A quantity as the file names it: the name in the program, the dimension, the possible values in SI units."""

    si_name: str
    dimension: str
    least: float = 0.0
    most: float = _INFINITY
    above_least: bool = False
    """True where `least` itself is impossible."""


def _positive(si_name: str, dimension: str, most: float = _INFINITY) -> Key:
    return Key(si_name, dimension, 0.0, most, above_least=True)


_RIGHT = math.pi / 2
_TURN = 2.0 * math.pi

SENSOR_KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "range_max": _positive("range_max_m", "length"),
        "range_min": Key("range_min_m", "length"),
        "snr_100km_1m2": Key("snr_db_100km_1m2", "level", -50.0, 150.0),
        "pfa": _positive("pfa", "share", 0.01),
        "swerling": Key("swerling", "number", 1.0, 3.0),
        "revisit": _positive("revisit_s", "time"),
        "beam_azimuth": _positive("beam_azimuth_rad", "angle", _TURN),
        "beam_elevation": _positive("beam_elevation_rad", "angle", math.pi),
        "sigma_range": _positive("sigma_range_m", "length"),
        "sigma_bearing": _positive("sigma_bearing_rad", "angle", _RIGHT),
        "sigma_elevation": _positive("sigma_elevation_rad", "angle", _RIGHT),
        "elevation_min": Key("elevation_min_rad", "angle", -_RIGHT, _RIGHT),
        "elevation_max": Key("elevation_max_rad", "angle", -_RIGHT, _RIGHT),
        "sector": _positive("sector_rad", "angle", _TURN),
        "bias_range": Key("bias_range_m", "length"),
        "bias_bearing": Key("bias_bearing_rad", "angle", 0.0, _RIGHT),
        "bias_elevation": Key("bias_elevation_rad", "angle", 0.0, _RIGHT),
        "bias_clock": Key("bias_clock_s", "time"),
        "false_plots": Key("false_plots", "number", 0.0, 450.0),
        "mast": Key("mast_m", "length"),
        "delay": Key("delay_s", "time"),
        "detection_probability": Key("detection_probability", "share", 0.0, 1.0),
        "code_probability": Key("code_probability", "share", 0.0, 1.0),
    }
)

_EVERY_SENSOR = {"range_max", "revisit", "bias_clock", "false_plots", "delay"}
_BEAM = {"beam_azimuth", "beam_elevation", "sigma_bearing", "bias_bearing"}
SENSOR_NEEDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "radar": frozenset(
            _EVERY_SENSOR
            | _BEAM
            | {"range_min", "snr_100km_1m2", "pfa", "swerling", "sigma_range", "bias_range", "mast"}
            | {"elevation_min", "elevation_max", "sector", "code_probability"}
        ),
        "infrared": frozenset(
            _EVERY_SENSOR
            | {"sigma_bearing", "sigma_elevation", "bias_bearing", "bias_elevation"}
            | {"detection_probability"}
        ),
        "acoustic": frozenset(
            _EVERY_SENSOR | {"sigma_bearing", "bias_bearing", "mast", "detection_probability"}
        ),
        "cooperative": frozenset(
            _EVERY_SENSOR
            | {"sigma_range", "sigma_bearing", "sigma_elevation", "mast", "detection_probability"}
            | {"code_probability"}
        ),
    }
)
"""What a sensor class of each kind must have; a radar that measures elevation needs its sigma and bias too."""

INTERCEPTOR_KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "range_min": Key("range_min_m", "length"),
        "range_max": _positive("range_max_m", "length"),
        "altitude_min": Key("altitude_min_m", "length"),
        "altitude_max": _positive("altitude_max_m", "length"),
        "mean_speed": _positive("mean_speed_mps", "speed", 299_792_458.0),
        "reaction": Key("reaction_s", "time"),
        "channels": Key("channels", "number", 1.0),
        "salvo": Key("salvo", "number", 1.0),
        "stock": Key("stock", "number"),
        "reload": Key("reload_s", "time"),
        "price": Key("price_usd", "price"),
        "dwell": Key("dwell_s", "time"),
        "track_sigma": _positive("track_sigma_m", "length"),
        "salvo_common": _positive("salvo_common", "share", 1.0),
    }
)

THREAT_KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "rcs": _positive("rcs_m2", "area"),
        "range_min": Key("range_min_m", "length"),
        "range_max": _positive("range_max_m", "length", 20_000_000.0),
        "ballistic_coefficient": _positive("ballistic_coefficient_kgpm2", "mass per area"),
        "boost_acceleration": Key("boost_acceleration_mps2", "acceleration", 10.0, 1_000.0),
        "loft": Key("loft", "share", 0.5, 2.0),
        "scatter": Key("scatter_m", "length"),
        "speed": _positive("speed_mps", "speed", 3_000.0),
        "height": _positive("height_m", "length"),
    }
)

_FALLS = frozenset(
    {"rcs", "range_min", "range_max", "ballistic_coefficient", "boost_acceleration", "loft", "scatter"}
)
_FLIES = frozenset({"rcs", "range_min", "range_max", "speed", "height", "scatter"})
_AIRCRAFT = frozenset({"rcs", "speed", "height"})
THREAT_NEEDS: Mapping[ObjectClass, frozenset[str]] = MappingProxyType(
    {
        ObjectClass.BALLISTIC: _FALLS,
        ObjectClass.ROCKET: _FALLS,
        ObjectClass.CRUISE: _FLIES,
        ObjectClass.DRONE: _FLIES,
        ObjectClass.CIVIL: _AIRCRAFT,
        ObjectClass.FRIENDLY: _AIRCRAFT,
    }
)
"""What a class of raid object or aircraft must have."""
