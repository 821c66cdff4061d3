"""Global nearest neighbour, as an associator of the general tracker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.multitarget import nearest as kernel
from skypact.kernels.multitarget.layout import Scan
from skypact.model.network import F8, I8
from skypact.track.association import Engine, Setup, register
from skypact.track.engine import BankEngine


@register("gnn")
@dataclass(frozen=True)
class GlobalNearestNeighbour:
    """Each scan the one assignment that costs least in total; a track takes one detection or none.

    Raises:
        UsageError: a setting is outside its range.
    """

    cost: Literal["distance", "likelihood"] = "distance"
    """distance: the Mahalanobis distance, a miss costing `gate_sigmas`. likelihood: minus the log likelihood ratio
    of the pair against a miss and a false detection; asks the sensor for its density of false detections. Better
    where objects switch between motion models: the distance is that of the nearest, which favours the vaguest."""
    gate_sigmas: float = 3.5
    """Greatest Mahalanobis distance of a pair."""
    staged: bool = True
    """Tentative tracks take only what the others left."""

    def __post_init__(self) -> None:
        if self.cost not in {"distance", "likelihood"}:
            raise UsageError("GlobalNearestNeighbour", f"cost {self.cost!r}", "Give distance or likelihood.")
        if not 0.0 < self.gate_sigmas < 1e3:
            found = f"gate_sigmas {self.gate_sigmas}"
            raise UsageError("GlobalNearestNeighbour", found, "Give a positive number of sigmas.")

    def engine(self, setup: Setup) -> Engine:
        """An engine without tracks.

        Raises:
            UsageError: the life rule asks for a probability of existence, which this associator has not.
        """
        if setup.life.rule == "existence":
            found = "life rule 'existence'"
            raise UsageError("GlobalNearestNeighbour", found, "Choose the rule m_of_n or score.")
        return NearestEngine(setup, self)


class NearestEngine(BankEngine):
    """Tracks under global nearest neighbour association."""

    def __init__(self, setup: Setup, settings: GlobalNearestNeighbour) -> None:
        super().__init__(setup)
        self.settings = np.zeros(kernel.N_NEAREST)
        self.settings[kernel.GATE2] = settings.gate_sigmas**2
        self.settings[kernel.COST] = (
            kernel.BY_DISTANCE if settings.cost == "distance" else kernel.BY_LIKELIHOOD
        )
        self.settings[kernel.STAGED] = settings.staged
        self.owner: I8 = np.empty(0, np.int64)
        """[n] id of the track that each detection of the latest scan updated or began, 0 for none"""

    def advance(self, t_s: float, scan: Scan, chance: F8, unseen_chance: float) -> None:  # noqa: ARG002
        """Take one scan in; objects that are no tracks yet have no part in it."""
        n = len(scan.t_s)
        self.make_room(n)
        self.owner = np.zeros(n, np.int64)
        setup = self.setup
        kernel.step_nearest(
            self.bank, setup.motion, setup.form, scan, t_s, chance, self.settings, self.life, self.owner
        )
