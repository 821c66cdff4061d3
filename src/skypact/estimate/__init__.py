"""Estimation on its own: motion, filters, gating and assignment, as track and fuse use them."""

from skypact.estimate.assignment import assign
from skypact.estimate.filter import MODE_NAMES, Modes, imm_predict, imm_update, mixture, white_acceleration
from skypact.estimate.gate import chi_square_gate, squared_distance

__all__ = [
    "MODE_NAMES",
    "Modes",
    "assign",
    "chi_square_gate",
    "imm_predict",
    "imm_update",
    "mixture",
    "squared_distance",
    "white_acceleration",
]
