"""Global nearest neighbour, as an associator of the general tracker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.multitarget import nearest as kernel
from skypact.kernels.multitarget.gate import gate_pairs, predict_each, predict_together
from skypact.kernels.multitarget.layout import RESOLUTION, STATUS, TENTATIVE, Bank, Motion, Scan
from skypact.kernels.multitarget.merged import join_misses, join_pairs
from skypact.kernels.multitarget.midpoint import update_joined
from skypact.kernels.multitarget.resolution import meet_partners
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
        step_nearest(
            self.bank, setup.motion, setup.form, scan, t_s, chance, self.settings, self.life, self.owner
        )


def step_nearest(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    t_s: float,
    chance: F8,
    settings: F8,
    life: F8,
    owner: I8,
) -> int:
    """How many tracks one scan ended: associates, updates, lets every track live, begins new ones.

    Where the sensor has a resolution, tracks that missed may be in a plot in common. Only those that were confirmed
    once have partners: what never was resolved as an object of its own would otherwise live on beside another.
    Stages are kernels of their own: one for all would take a minute to compile.

    Args:
        bank: changed in place; tracks begin as long as it has room.
        motion: models.
        form: EXTENDED, UNSCENTED or CUBATURE.
        scan: detections, each at its own instant.
        t_s: the scan's instant: where tracks without a detection are afterwards.
        chance: [tracks] that the sensor detects each track, were it there.
        settings: [nearest.N_NEAREST].
        life: [life.N_LIFE].
        owner: [n] written: id of the track that each detection updated or began, 0 for none.
    """
    gate2 = float(settings[kernel.GATE2])
    together = predict_together(bank, motion, scan, t_s)
    pairs = gate_pairs(bank, motion, form, scan, gate2)
    choice = kernel.choose_nearest(bank, pairs, scan, t_s, chance, settings, owner)
    joined, judged = None, chance
    if scan.sensor[RESOLUTION] != 0.0:
        use = (bank.tags[: chance.size, STATUS] != TENTATIVE) & (chance > 0.0)
        partners = meet_partners(bank, motion, form, scan, t_s, use)
        joined = np.empty(chance.size, np.int64)
        judged = join_misses(
            bank, motion, form, scan, gate2, partners, chance, choice.detection_of, joined, choice.told
        )
        join_pairs(bank, motion, form, scan, gate2, partners, chance, choice, joined, judged, owner)
        choice.at_s[joined >= 0] = scan.t_s[joined[joined >= 0]]
    if not together:
        predict_each(bank, motion, choice.at_s)
    if joined is not None:
        update_joined(bank, motion, form, scan, joined, choice.detection_of)
    return kernel.settle_nearest(bank, motion, form, scan, judged, life, choice, owner)
