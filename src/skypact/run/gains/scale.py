"""The scale of a metric's numbers and of the smallest change that matters."""

from __future__ import annotations

import math

from skypact.run.gains.study import Gains
from skypact.run.scale import Scale, scale_for
from skypact.score import Metric

KM_DIGITS = 2
"""Changes are smaller than what changes."""


def scale_of(gains: Gains, metric: Metric) -> Scale:
    """One scale for all numbers of a metric, so that they can be compared by eye."""
    largest = max(
        (
            abs(entry.estimate.value)
            for group in gains.groups
            for entry in group.entries
            if entry.metric == metric.key and math.isfinite(entry.estimate.value)
        ),
        default=0.0,
    )
    return scale_for(metric, largest, KM_DIGITS)


def threshold_text(metric: Metric, scale: Scale) -> str:
    """The smallest difference that matters, in the unit of the differences."""
    return f"{metric.threshold * scale.factor:g} {scale.change}"
