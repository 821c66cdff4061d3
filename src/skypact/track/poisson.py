"""The Poisson multi-Bernoulli filter and joint integrated probabilistic data association, as associators."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.multitarget import life as life_kernel
from skypact.kernels.multitarget import poisson as kernel
from skypact.kernels.multitarget.gate import gate_pairs, predict_together
from skypact.kernels.multitarget.joint import MOST_SHARED
from skypact.kernels.multitarget.layout import DIMS, RESOLUTION, Bank, Scan
from skypact.kernels.multitarget.resolution import effective_chances
from skypact.kernels.multitarget.undetected import age_density, expect_new
from skypact.model.network import F8, I8
from skypact.track.association import Engine, Setup, register
from skypact.track.engine import BankEngine
from skypact.track.estimates import Estimates, aged

_MEMORY = 0.9
"""Weight of the past in the running estimate of how much space scans cover."""
_LEAST_CLUTTER = 1e-100


@dataclass(frozen=True)
class Existence:
    """What both associators have in common: a track is a component that exists with some probability.

    Whatever the tracker's rule of life says, existence alone confirms and drops; `coast_misses`, `lost_sigma_m` and
    `look_chance` are the tracker's.

    Raises:
        UsageError: a setting is outside its range.
    """

    gate_sigmas: float = 5.0
    """Greatest Mahalanobis distance of a pair."""
    lifetime_s: float = 1000.0
    """Mean time that an object stays, once it is there; inf for ever."""
    report_existence: float = 0.5
    """Above it a track is confirmed; at or below, tentative (again)."""
    cutoff_m: float | None = None
    """c of the GOSPA metric: a track is confirmed instead where reporting it lowers the expected metric (p = 2,
    alpha = 2); vague tracks then need more existence."""
    likeliest_number: bool = False
    """Confirmed are instead as many tracks as there most likely are objects, those that exist most likely."""
    drop_existence: float = 1e-3
    """At or below it a track is dropped, and a detection begins none."""
    shared: int = 8
    """Groups of tracks with at most so many disputed detections are summed exactly; others, and for 0 all that have a
    loop, by belief propagation."""
    tolerance: float = 1e-3
    """How near belief propagation comes to its fixed point, in the logarithm of its messages."""

    def __post_init__(self) -> None:
        faults = [
            (not 0.0 < self.gate_sigmas < 1e3, f"gate_sigmas {self.gate_sigmas}", "Give a positive number."),
            (not self.lifetime_s > 0.0, f"lifetime_s {self.lifetime_s}", "Give a positive time."),
            (
                not 0.0 <= self.drop_existence < self.report_existence < 1.0,
                f"existence {self.drop_existence}, {self.report_existence}",
                "Give 0 <= drop_existence < report_existence < 1.",
            ),
            (
                self.cutoff_m is not None and not 0.0 < self.cutoff_m < math.inf,
                f"cutoff_m {self.cutoff_m}",
                "Give None or a positive length.",
            ),
            (not 0 <= self.shared <= MOST_SHARED, f"shared {self.shared}", f"Give 0 to {MOST_SHARED}."),
            (not 0.0 < self.tolerance < 1.0, f"tolerance {self.tolerance}", "Give a number in (0, 1)."),
        ]
        for wrong, found, advice in faults:
            if wrong:
                raise UsageError(type(self).__name__, found, advice)

    def pack(self, start: float) -> F8:
        """The settings as kernels read them: f8[poisson.N_POISSON]; start as of poisson.START."""
        out = np.zeros(kernel.N_POISSON)
        out[kernel.GATE2] = self.gate_sigmas**2
        out[kernel.DEATHS] = 1.0 / self.lifetime_s
        out[kernel.TOLERANCE], out[kernel.SWEEPS], out[kernel.SHARED] = self.tolerance, 500, self.shared
        out[kernel.START] = start
        out[kernel.BY_NUMBER] = self.likeliest_number
        out[kernel.CUTOFF] = 0.0 if self.cutoff_m is None else self.cutoff_m
        return out


@register("pmb")
@dataclass(frozen=True)
class PoissonMultiBernoulli(Existence):
    """The Poisson multi-Bernoulli filter, track-oriented and marginal (Williams, IEEE Trans. AES 51(3), 2015).

    Asks the sensor for its density of false detections.
    """

    density: float | None = None
    """Objects per m^d where nobody has looked yet. None: so many that a scan of unwatched space has as many true
    detections as false ones, wherever it is. There is one density for all space: every scan thins it out everywhere,
    whatever part its sensor covers, so that new tracks are believed too late where sensors share the space out;
    `unseen_chance` mends that in the mean."""
    births_per_s: float | None = None
    """Objects that appear per m^d and second; None: density / lifetime_s, as many as end."""
    unseen_chance: float | None = None
    """Share of the undetected in all space that a scan detects, low where it covers little of it; None: the sensor's
    chance of detection, as if every scan covered all."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.density is not None and not 0.0 < self.density < math.inf:
            raise UsageError(
                "PoissonMultiBernoulli", f"density {self.density}", "Give None or a positive density."
            )
        if self.births_per_s is not None and (
            self.density is None or not 0.0 <= self.births_per_s < math.inf
        ):
            found = f"births_per_s {self.births_per_s} with density {self.density}"
            raise UsageError("PoissonMultiBernoulli", found, "Give both, a density and a rate of at least 0.")
        if self.unseen_chance is not None and not 0.0 <= self.unseen_chance <= 1.0:
            found = f"unseen_chance {self.unseen_chance}"
            raise UsageError("PoissonMultiBernoulli", found, "Give None or a chance.")

    def engine(self, setup: Setup) -> Engine:
        """An engine without tracks."""
        births = self.births_per_s
        return PoissonEngine(setup, self, self.pack(-1.0), self.density, births, self.unseen_chance)


@register("jipda")
@dataclass(frozen=True)
class JointIntegrated(Existence):
    """Joint integrated probabilistic data association (Musicki and Evans, IEEE Trans. AES 40(3), 2004).

    Asks the sensor for its density of false detections.
    """

    start_existence: float = 0.02
    """Existence of the track that a detection of no other track begins."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 < self.start_existence < 1.0:
            found = f"start_existence {self.start_existence}"
            raise UsageError("JointIntegrated", found, "Give a number in (0, 1).")

    def engine(self, setup: Setup) -> Engine:
        """An engine without tracks."""
        return PoissonEngine(setup, self, self.pack(self.start_existence), None, None, None)


class PoissonEngine(BankEngine):
    """Tracks that exist with some probability, beside a uniform density of objects nobody has detected yet.

    Where no density is given, `unseen` counts detections of them, in units of the density of false ones.
    """

    def __init__(
        self,
        setup: Setup,
        settings: Existence,
        packed: F8,
        density: float | None,
        births_per_s: float | None,
        unseen_chance: float | None,
    ) -> None:
        super().__init__(setup)
        self.settings, self.packed, self.density = settings, packed, density
        self.unseen_chance = unseen_chance
        self.life[life_kernel.RULE] = life_kernel.EXISTENCE
        self.life[life_kernel.CONFIRM_EXISTENCE] = settings.report_existence
        self.life[life_kernel.DROP_EXISTENCE] = settings.drop_existence
        self.life[life_kernel.MOST_SCORE] = math.inf
        self.unseen = 1.0 if density is None else density
        self.births_per_s = self.unseen / settings.lifetime_s if births_per_s is None else births_per_s
        self.covered = np.zeros(2)
        """Running sums of new objects found, and of what the density let expect on one unit of space."""
        self.t_s = -math.inf
        self.owner: I8 = np.empty(0, np.int64)
        """[n] id of the track that most likely made each detection of the latest scan, 0 for none"""

    def advance(self, t_s: float, scan: Scan, chance: F8, unseen_chance: float) -> None:
        """Take one scan in; `unseen_chance` is that of objects that are no tracks yet, where the sensor looks."""
        n = len(scan.t_s)
        seen = unseen_chance if self.unseen_chance is None else self.unseen_chance
        self.make_room(n)
        self.owner = np.zeros(n, np.int64)
        self._age(t_s)
        expected = np.empty(n)
        if self.density is None:
            # a density of false detections of 0 leaves no doubt: what is not of a track is new
            np.multiply(np.maximum(scan.clutter, _LEAST_CLUTTER), self.unseen, out=expected)
            found = self.unseen
        else:
            speed = np.array(self.setup.speed_sigma_mps)
            expect_new(scan, int(self.setup.motion.shape[DIMS]), self.unseen, unseen_chance, speed, expected)
            found = self.unseen * unseen_chance
        setup, bank = self.setup, self.bank
        if scan.sensor[RESOLUTION] != 0.0:
            chance = effective_chances(bank, setup.motion, setup.form, scan, t_s, chance, bank.existence)
        told = np.zeros(kernel.N_TOLD)
        kernel.age_tracks(bank, t_s, self.packed[kernel.DEATHS])
        together = predict_together(bank, setup.motion, scan, t_s)
        pairs = gate_pairs(bank, setup.motion, setup.form, scan, self.packed[kernel.GATE2])
        kernel.settle_poisson(
            bank, setup.motion, setup.form, scan, t_s, together, pairs, chance, expected, self.packed, self.life,
            self.owner, told,
        )  # fmt: skip
        covered = seen / unseen_chance if unseen_chance > 0.0 else 1.0
        self._thin(seen, seen if self.density is None else covered, found, told)

    def _age(self, t_s: float) -> None:
        """Let undetected objects appear and end until an instant."""
        if self.t_s > -math.inf:
            deaths, dt_s = 1.0 / self.settings.lifetime_s, max(t_s - self.t_s, 0.0)
            self.unseen = age_density(self.unseen, self.births_per_s, deaths, dt_s)
        self.t_s = max(self.t_s, t_s)

    def _thin(self, seen: float, share: float, found: float, told: F8) -> None:
        """Take the detected from the undetected and put the recycled back, spread over the space that scans cover.

        That space is how many new objects were found over how many a unit of it let expect; `share` is how much of all
        space it is, in terms of `unseen`.
        """
        self.unseen *= 1.0 - seen
        self.covered *= _MEMORY
        self.covered += (told[kernel.NEW], found)
        if self.covered[0] > 0.0 and told[kernel.RECYCLED] > 0.0:
            self.unseen += float(share * told[kernel.RECYCLED] * self.covered[1] / self.covered[0])

    def estimates(self, t_s: float, least_status: int) -> Estimates:
        """The tracks of at least a status at an instant, oldest first; later on they exist less likely."""
        return aged(super().estimates(t_s, least_status), self.t_s, self.settings.lifetime_s)

    def snapshot(self) -> object:
        """The tracks and the undetected, copied."""
        return super().snapshot(), self.unseen, self.covered.copy(), self.t_s

    def restore(self, snapshot: object) -> None:
        """Hold what a snapshot holds."""
        if not isinstance(snapshot, tuple):
            raise UsageError("restore", type(snapshot).__name__, "Give a snapshot of this engine.")
        bank, unseen, covered, t_s = cast(tuple[Bank, float, F8, float], snapshot)
        super().restore(bank)
        self.unseen, self.covered, self.t_s = unseen, covered.copy(), t_s
