"""Warnings and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from skypact.model.network import F4, F8, I4, I8, U1, U4, U8

RUNGS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Alert probabilities at which alerts are recorded, so that levels can be compared at an equal false-alert rate.

The scenario's own `alert_probability` must be one of them; only that one is an alert that the public hears.
"""


@dataclass(frozen=True)
class Warnings:
    """Impact predictions released by other nations (content WARNINGS), m rows, with their sender and track."""

    sender: U1
    track_id: U8
    object_class: U1
    class_prob: F4
    """Probability that the object is of a hostile class."""
    lat_rad: F8
    lon_rad: F8
    cov_en_m2: F8
    """[m, 2, 2]"""
    t_ns: I8
    sigma_t_s: F8
    sources: U4

    def __len__(self) -> int:
        return len(self.track_id)


class AlertChange(IntEnum):
    """What became of an alert."""

    CLEARED = 0
    RAISED = 1
    UPDATED = 2


@dataclass(frozen=True)
class AlertEvents:
    """Alerts raised, updated and cleared at one instant: e rows."""

    place: I4
    rung: U1
    """Index into RUNGS."""
    change: U1
    """AlertChange"""
    track_id: U8
    """The track that caused it (0 for an all-clear)."""
    probability: F8
    t_impact_ns: I8
    """Predicted arrival; 0 where not known or an all-clear."""


@dataclass(frozen=True)
class PrealertEvent:
    """A nation is told of a launch whose reach holds one of its places, or that this is over."""

    begins: bool
    track_id: int = 0
    """The track that caused it; the sender's own number where a warning did."""
    probability: float = float("nan")
    """That it is a missile or rocket."""
    t_impact_ns: int = 0
    """Predicted arrival; 0 where not known."""
    told: bool = False
    """Whether another nation's warning caused it."""
