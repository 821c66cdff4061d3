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


@dataclass(frozen=True)
class PointingTable:
    """Orders to point beams along predicted paths, C rows: all that whoever gives a cue can say."""

    sensor: I4
    state_ecef: F8
    """[C, 6] m, m/s where the object is expected at `at_s`, and how it then moves"""
    at_s: float
    """The instant of the states; before and after it the paths go straight on."""
