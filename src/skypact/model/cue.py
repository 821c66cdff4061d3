"""Cues: what one's own sensors are told to look for on the strength of another's track."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import F8, I4


@dataclass(frozen=True)
class CueTable:
    """Orders to look at objects, C rows; a sensor without a cued mode pays no heed."""

    sensor: I4
    object: I4
    """Row of truth: the cue is taken to bring the beam onto the object."""
    from_s: F8
    until_s: F8
