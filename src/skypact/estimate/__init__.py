"""Estimation on its own: motion, sensors, filters, gating and assignment, as track and fuse use them."""

from skypact.estimate.assignment import assign
from skypact.estimate.filter import MODE_NAMES, Modes, imm_predict, imm_update, mixture, white_acceleration
from skypact.estimate.gate import chi_square_gate, squared_distance
from skypact.estimate.kalman import Estimate, Filtered, begin, filter_track, predict, update
from skypact.estimate.measurement import Sensor
from skypact.estimate.motion import (
    EARTH,
    Boost,
    Coast,
    ConstantAcceleration,
    ConstantVelocity,
    CoordinatedTurn,
    Planet,
    Reentry,
    Singer,
    Switching,
)

__all__ = [
    "EARTH",
    "MODE_NAMES",
    "Boost",
    "Coast",
    "ConstantAcceleration",
    "ConstantVelocity",
    "CoordinatedTurn",
    "Estimate",
    "Filtered",
    "Modes",
    "Planet",
    "Reentry",
    "Sensor",
    "Singer",
    "Switching",
    "assign",
    "begin",
    "chi_square_gate",
    "filter_track",
    "imm_predict",
    "imm_update",
    "mixture",
    "predict",
    "squared_distance",
    "update",
    "white_acceleration",
]
