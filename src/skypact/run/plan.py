"""What every stage of one paired run is given beside the state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.defend import FireSettings
from skypact.model.detection import Sensed
from skypact.model.network import F8, I4, I8, Surroundings
from skypact.model.truth import Truth
from skypact.run.build import Wired
from skypact.track import TrackerSettings
from skypact.warn import AlertSettings, ImpactSettings


@dataclass(frozen=True)
class Plan:
    """The world of one paired run: its truth, its keys, the settings of the stages."""

    wired: Wired
    truth: Truth
    bias: F8
    surroundings: Surroundings
    k0: np.uint32
    k1: np.uint32
    tracker: TrackerSettings
    impact: ImpactSettings
    alert: AlertSettings
    fire: FireSettings
    arrivals: I8
    """Rows of raid objects in order of arrival."""
    own_places: tuple[I4, ...]
    own_batteries: tuple[I4, ...]
    debris: dict[tuple[int, int], tuple[Truth, Sensed]]
    """Debris already sensed at another level, by (row of the object killed, instant): filled as kills happen."""
