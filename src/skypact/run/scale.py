"""How the numbers of a metric are written: one unit, so many digits, and a mark for what they allow to say."""

from __future__ import annotations

import math
from dataclasses import dataclass

from skypact.score import Metric

MARKS = {
    "better": ("▲", "bold green"),
    "worse": ("▼", "bold red"),
    "higher": ("↑", "bold"),
    "lower": ("↓", "bold"),
    "no relevant difference": ("=", ""),
    "identical": ("=", ""),
    "not resolved": ("?", "dim"),
}
"""By verdict, a sign and its style on a terminal."""


@dataclass(frozen=True)
class Scale:
    """A factor, the unit that the number then has, and digits after the point."""

    factor: float
    unit: str
    digits: int

    @property
    def change(self) -> str:
        """The unit of a difference: that of two shares is points."""
        return "points" if self.unit == "%" else self.unit

    def show(self, value: float, sign: bool = False) -> str:
        """The number, or a dash where there is none; a rounded zero has no sign."""
        if not math.isfinite(value):
            return "-"
        text = f"{value * self.factor:{'+' if sign else ''},.{self.digits}f}"
        return text if text.strip("+-0.") else text.lstrip("+-")

    def margin(self, value: float, low: float, high: float) -> str:
        """The interval as one margin either side of the value (the larger), empty where there is none."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        return f"±{self.show(max(high - value, value - low))}"


def scale_for(metric: Metric, largest: float, km_digits: int = 1) -> Scale:
    """One scale for all numbers of a metric, so that they can be compared by eye.

    Args:
        metric: the metric.
        largest: the largest of the numbers, in the metric's own unit.
        km_digits: digits after the point of kilometres.
    """
    if metric.unit == "%":
        return Scale(100.0, "%", metric.digits)
    if metric.unit == "m" and largest >= 3_000.0:
        return Scale(1e-3, "km", km_digits)
    if metric.unit == "USD" and largest >= 1e6:
        return Scale(1e-6, "million USD", 1)
    if metric.unit == "B" and largest >= 1e5:
        return Scale(1e-6, "MB", 1)
    return Scale(1.0, metric.unit or "a raid", metric.digits if largest < 100.0 else 0)
