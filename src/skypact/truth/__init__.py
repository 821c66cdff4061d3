"""Where things really are, from launch to arrival: raids drawn at random, air traffic, debris."""

from skypact.truth.debris import debris_truth
from skypact.truth.draw import draw_truth

__all__ = ["debris_truth", "draw_truth"]
