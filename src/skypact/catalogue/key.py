"""The quantities of each kind of class: dimension, bounds, and who must have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    whole: bool = False
    """True where only whole numbers are possible."""
    drawn: bool = True
    """False where a run with drawn parameters leaves the value alone: every object of the class draws its own in the
    interval, the scenario is built on it (reach of a raid, rounds that a unit was issued), it follows from others (a
    radar's gain from its beam), or what lies between means nothing (a radar's stagger)."""


def _positive(si_name: str, dimension: str, most: float = _INFINITY) -> Key:
    return Key(si_name, dimension, 0.0, most, above_least=True)


def _whole(name: str, least: float = 0.0, most: float = _INFINITY) -> Key:
    return Key(name, "number", least, most, whole=True)


def _share(name: str) -> Key:
    return Key(name, "share", 0.0, 1.0)


def _left(key: Key) -> Key:
    return replace(key, drawn=False)


_RIGHT = math.pi / 2
_TURN = 2.0 * math.pi

SENSOR_KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "range_max": _positive("range_max_m", "length"),
        "range_min": Key("range_min_m", "length"),
        "peak_power": _positive("peak_power_w", "power", 1e9),
        "pulse_width": _positive("pulse_width_s", "time", 0.1),
        "coherent_pulses": _whole("coherent_pulses", 1.0, 10_000.0),
        "pulses": _whole("pulses", 1.0, 1_000.0),
        "gain": _left(Key("gain_db", "level", 0.0, 80.0)),
        "frequency": Key("frequency_hz", "frequency", 1e6, 300e9),
        "system_temperature": _positive("system_temperature_k", "temperature", 100_000.0),
        "losses": Key("losses_db", "level", 0.0, 60.0),
        "pfa": _positive("pfa", "share", 0.01),
        "swerling": _whole("swerling", 0.0, 4.0),
        "revisit": _positive("revisit_s", "time"),
        "revisit_track": _positive("revisit_track_s", "time"),
        "revisit_cued": _positive("revisit_cued_s", "time"),
        "track_gain": Key("track_gain_db", "level", 0.0, 40.0),
        "beam_azimuth": _positive("beam_azimuth_rad", "angle", _TURN),
        "beam_elevation": _positive("beam_elevation_rad", "angle", math.pi),
        "fence": _positive("fence_rad", "angle", _RIGHT),
        "tilt": Key("tilt_rad", "angle", -_RIGHT, _RIGHT),
        "cell_range": _positive("cell_range_m", "length"),
        "prf": _positive("prf_hz", "frequency", 1e6),
        "canceller": _whole("canceller", 0.0, 2.0),
        "stagger": _left(_whole("stagger", 1.0, 4.0)),
        "mti_range": Key("mti_range_m", "length"),
        "improvement": Key("improvement_db", "level", 0.0, 120.0),
        "plots_max": _whole("plots_max"),
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
        "drift_range": Key("drift_range_m", "length"),
        "drift_bearing": Key("drift_bearing_rad", "angle", 0.0, _RIGHT),
        "drift_elevation": Key("drift_elevation_rad", "angle", 0.0, _RIGHT),
        "drift_clock": Key("drift_clock_s", "time"),
        "drift_time": _positive("drift_time_s", "time"),
        "false_plots": Key("false_plots", "number", 0.0, 450.0),
        "mast": Key("mast_m", "length"),
        "delay": Key("delay_s", "time"),
        "detection_probability": _share("detection_probability"),
        "code_probability": _share("code_probability"),
        "receivers": _whole("receivers", 4.0, 16.0),
        "baseline": _positive("baseline_m", "length"),
        "sigma_time": _positive("sigma_time_s", "time"),
    }
)

_EVERY_SENSOR = {"range_max", "revisit", "bias_clock", "delay"}
_RANGE_EQUATION = {
    "peak_power",
    "pulse_width",
    "coherent_pulses",
    "pulses",
    "gain",
    "frequency",
    "system_temperature",
    "losses",
    "pfa",
    "swerling",
}
_BEAM = {"beam_azimuth", "beam_elevation", "tilt", "elevation_min", "elevation_max", "sector"}
_CLUTTER = {"cell_range", "prf", "canceller", "stagger", "mti_range", "improvement", "plots_max"}
SENSOR_NEEDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "radar": frozenset(
            _EVERY_SENSOR
            | _RANGE_EQUATION
            | _BEAM
            | _CLUTTER
            | {"range_min", "sigma_range", "sigma_bearing", "bias_range", "bias_bearing", "mast"}
            | {"drift_range", "drift_bearing", "drift_clock", "drift_time", "code_probability"}
        ),
        "infrared": frozenset(
            _EVERY_SENSOR
            | {"sigma_bearing", "sigma_elevation", "bias_bearing", "bias_elevation"}
            | {"drift_bearing", "drift_elevation", "drift_time", "detection_probability", "false_plots"}
        ),
        "acoustic": frozenset(
            _EVERY_SENSOR
            | {"sigma_bearing", "bias_bearing", "drift_bearing", "drift_time", "mast"}
            | {"detection_probability", "false_plots"}
        ),
        "cooperative": frozenset(
            _EVERY_SENSOR
            | {"sigma_range", "sigma_bearing", "sigma_elevation", "mast", "detection_probability"}
            | {"code_probability", "false_plots"}
        ),
        "direction": frozenset(
            _EVERY_SENSOR
            | {"sigma_bearing", "bias_bearing", "drift_bearing", "drift_time", "mast"}
            | {"detection_probability", "false_plots"}
        ),
        "multilateration": frozenset(
            _EVERY_SENSOR
            | {"receivers", "baseline", "sigma_time", "mast", "detection_probability", "false_plots"}
        ),
    }
)
"""What a sensor class of each kind must have; a radar that measures elevation needs its sigma, bias and drift too."""

SENSOR_MAY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "radar": frozenset(
            {"revisit_track", "revisit_cued", "track_gain", "sigma_elevation", "bias_elevation"}
            | {"drift_elevation"}
        ),
        "infrared": frozenset({"elevation_min", "elevation_max", "drift_clock"}),
        "acoustic": frozenset({"drift_clock"}),
        "cooperative": frozenset({"drift_clock", "drift_time"}),
        "direction": frozenset({"drift_clock"}),
        "multilateration": frozenset(),
    }
)
"""What a sensor class of each kind may have beside what it must."""

FENCE_NEEDS = frozenset({"fence"})
"""What a radar with steered beams must have beside what every radar has, and no other may."""

ELEVATION_NEEDS = frozenset({"sigma_elevation", "bias_elevation", "drift_elevation"})
"""What a radar that measures elevation must have beside what every radar has."""

INTERCEPTOR_KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "range_min": Key("range_min_m", "length"),
        "range_max": _positive("range_max_m", "length"),
        "altitude_min": Key("altitude_min_m", "length"),
        "altitude_max": _positive("altitude_max_m", "length"),
        "mean_speed": _positive("mean_speed_mps", "speed", 299_792_458.0),
        "reaction": Key("reaction_s", "time"),
        "channels": _whole("channels", 1.0),
        "salvo": _whole("salvo", 1.0),
        "stock": _left(_whole("stock")),
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
        "rcs_side": _positive("rcs_side_m2", "area"),
        "emitter": _share("emitter"),
        "range_min": _left(Key("range_min_m", "length")),
        "range_max": _left(_positive("range_max_m", "length", 20_000_000.0)),
        "ballistic_coefficient": _left(_positive("ballistic_coefficient_kgpm2", "mass per area")),
        "boost_acceleration": _left(Key("boost_acceleration_mps2", "acceleration", 10.0, 1_000.0)),
        "loft": _left(Key("loft", "share", 0.5, 2.0)),
        "stages": _left(_whole("stages", 1.0, 4.0)),
        "exhaust_speed": _left(Key("exhaust_speed_mps", "speed", 1_000.0, 5_000.0)),
        "stage_coast": _left(Key("stage_coast_s", "time", 0.0, 60.0)),
        "burnout_speed": Key("burnout_speed", "share", 0.0, 0.1),
        "burnout_angle": Key("burnout_angle_rad", "angle", 0.0, 0.1),
        "scatter": Key("scatter_m", "length"),
        "speed": _left(_positive("speed_mps", "speed", 3_000.0)),
        "height": _left(_positive("height_m", "length")),
        "turn": _left(_positive("turn_mps2", "acceleration", 100.0)),
        "climb": _left(_positive("climb_rad", "angle", _RIGHT)),
        "popup_share": _share("popup_share"),
        "popup_height": _left(_positive("popup_height_m", "length")),
        "position_sigma": _left(_positive("position_sigma_m", "length")),
    }
)

_EVERY_THREAT = frozenset({"rcs", "rcs_side", "emitter"})
_RAID = _EVERY_THREAT | {"range_min", "range_max", "scatter"}
_FALLS = (
    _RAID
    | {"ballistic_coefficient", "boost_acceleration", "loft"}
    | {"stages", "exhaust_speed", "stage_coast", "burnout_speed", "burnout_angle"}
)
_FLIES = _RAID | {"speed", "height", "turn", "climb", "popup_share", "popup_height"}
_AIRCRAFT = _EVERY_THREAT | {"speed", "height", "turn", "climb", "position_sigma"}
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
