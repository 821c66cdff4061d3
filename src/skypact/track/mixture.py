"""The Poisson multi-Bernoulli mixture filter, as an associator of the general tracker."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from skypact.errors import UsageError
from skypact.estimate.multibernoulli import (
    Limits,
    Mixture,
    empty_mixture,
    gather,
    predict_mixture,
    update_mixture,
)
from skypact.kernels.multitarget.decision import decide_best, decide_least
from skypact.kernels.multitarget.hypotheses import Hypotheses
from skypact.kernels.multitarget.layout import (
    COASTING,
    CONFIRMED,
    DIMS,
    DROPPED_FULL,
    FREE,
    MISSES,
    RESOLUTION,
    SIZE,
    STATUS,
    TENTATIVE,
    TRACK_ID,
    Bank,
    Scan,
)
from skypact.kernels.multitarget.life import COAST_MISSES
from skypact.kernels.multitarget.reduction import leaf_weights
from skypact.kernels.multitarget.report import report_tracks
from skypact.kernels.multitarget.resolution import effective_chances
from skypact.kernels.multitarget.undetected import age_density, expect_new
from skypact.model.network import F8, I8
from skypact.track.association import Engine, Setup, register
from skypact.track.estimates import Estimates, aged

_SWEEPS = 20
_LEAST_CLUTTER = 1e-100


@register("pmbm")
@dataclass(frozen=True)
class PoissonMultiBernoulliMixture:
    """The Poisson multi-Bernoulli mixture filter (Garcia-Fernandez and others, IEEE Trans. AES 54(4), 2018).

    Keeps alternative histories of detections apart until later scans tell which is right. Whatever the tracker's
    rule of life says, existence alone confirms and drops; `coast_misses` and `look_chance` are the tracker's. Asks the
    sensor for its density of false detections.

    Raises:
        UsageError: a setting is outside its range.
    """

    gate_sigmas: float = 5.0
    """Greatest Mahalanobis distance of a pair."""
    lifetime_s: float = 1000.0
    """Mean time that an object stays, once it is there; inf for ever."""
    density: float | None = None
    """Objects per m^d where nobody has looked yet. None: so many that a scan of unwatched space has as many true
    detections as false ones, wherever it is. There is one density for all space: every scan thins it out everywhere,
    whatever part its sensor covers, so that new tracks are believed too late where sensors share the space out;
    `unseen_chance` mends that in the mean."""
    births_per_s: float | None = None
    """New objects per m^d and second. None: density / lifetime_s."""
    report_existence: float = 0.5
    """A track is confirmed whose existence within the heaviest hypothesis of its cluster is above it; reported is
    its existence over all. With `cutoff_m`, the price of a reported point in c^2, which is 0.5 in GOSPA with
    alpha = 2."""
    cutoff_m: float | None = None
    """c of the GOSPA metric: the report is the set of points of least expected error (p = 2, alpha = 2) over all
    hypotheses. Where these differ only in which track is where, its points are no single track's."""
    unseen_chance: float | None = None
    """Share of the undetected in all space that a scan detects, low where it covers little of it; None: the sensor's
    chance of detection, as if every scan covered all."""
    hypotheses: int = 200
    """Hypotheses of a cluster of tracks at most."""
    least_weight: float = 1e-4
    """Weight, relative to the heaviest hypothesis of its cluster, below which one is dropped."""
    drop_existence: float = 1e-4
    """At or below it a track is dropped, and a detection begins none."""
    merge: float = 1e-3
    """Divergence (nats) up to which one-track hypotheses are merged; 0 for never."""
    independent: float = 1e-3
    """Mutual information (nats) up to which tracks count as independent; below 0 clusters are never split."""

    def __post_init__(self) -> None:
        faults = [
            (not 0.0 < self.gate_sigmas < 1e3, f"gate_sigmas {self.gate_sigmas}", "Give a positive number."),
            (not self.lifetime_s > 0.0, f"lifetime_s {self.lifetime_s}", "Give a positive time."),
            (
                self.density is not None and not 0.0 < self.density < math.inf,
                f"density {self.density}",
                "Give None or a positive density.",
            ),
            (
                self.births_per_s is not None
                and not (self.density is not None and 0.0 <= self.births_per_s < math.inf),
                f"births_per_s {self.births_per_s}",
                "Give None, or a density and births of at least 0.",
            ),
            (
                not 0.0 < self.report_existence < 1.0,
                f"report_existence {self.report_existence}",
                "Give a chance.",
            ),
            (
                self.cutoff_m is not None and not 0.0 < self.cutoff_m < math.inf,
                f"cutoff_m {self.cutoff_m}",
                "Give None or a positive length.",
            ),
            (
                self.unseen_chance is not None and not 0.0 <= self.unseen_chance <= 1.0,
                f"unseen_chance {self.unseen_chance}",
                "Give None or a chance.",
            ),
        ]
        for wrong, found, advice in faults:
            if wrong:
                raise UsageError(type(self).__name__, found, advice)
        self.limits()

    def limits(self) -> Limits:
        """What keeps the mixture small."""
        return Limits(
            gate2=self.gate_sigmas**2,
            most=self.hypotheses,
            least=self.least_weight,
            least_leaf=0.1 * self.drop_existence,
            faint=self.drop_existence,
            merge=self.merge,
            independent=self.independent,
        )

    def engine(self, setup: Setup) -> Engine:
        """An engine without tracks."""
        return MixtureEngine(setup, self)


class MixtureEngine:
    """A mixture, a uniform density of objects nobody has detected yet, and what is reported of them.

    Where no density is given, `unseen` counts detections of undetected objects, in units of the density of false ones.
    """

    def __init__(self, setup: Setup, settings: PoissonMultiBernoulliMixture) -> None:
        self.setup, self.settings = setup, settings
        self.limits = replace(settings.limits(), capacity=setup.capacity)
        self.life = setup.life.pack(setup.speed_sigma_mps)
        self.mixture = empty_mixture(len(setup.motion.code), int(setup.motion.shape[SIZE]))
        self.unseen = 1.0 if settings.density is None else settings.density
        self.t_s = -math.inf
        self.report = self.mixture.leaves

    @property
    def owner(self) -> I8:
        """[n] id of the track that most likely made each detection of the latest scan, 0 for none."""
        return self.mixture.owner

    @property
    def tracks(self) -> int:
        """How many leaves there are: for each of them a scan asks for the chance of detection."""
        return len(self.mixture.leaves.t_s)

    @property
    def dropped_full(self) -> int:
        """How many new tracks were given up for want of room."""
        return int(self.mixture.leaves.counts[DROPPED_FULL])

    def means(self, t_s: float) -> F8:
        """State means [L, n] of every leaf predicted to an instant."""
        return self._read(self.mixture.leaves, t_s, FREE).mean

    def advance(self, t_s: float, scan: Scan, chance: F8, unseen_chance: float = 0.9) -> None:
        """Take one scan in.

        Args:
            t_s: its instant.
            scan: detections.
            chance: [L] of detection of each leaf.
            unseen_chance: of detection of objects that are no tracks yet.
        """
        settings, setup = self.settings, self.setup
        seen = unseen_chance if settings.unseen_chance is None else settings.unseen_chance
        survival = 1.0
        if self.t_s > -math.inf:
            dt_s = max(t_s - self.t_s, 0.0)
            survival = math.exp(-dt_s / settings.lifetime_s)
            births = (1.0 if settings.density is None else settings.density) / settings.lifetime_s
            if settings.births_per_s is not None:
                births = settings.births_per_s
            self.unseen = age_density(self.unseen, births, 1.0 / settings.lifetime_s, dt_s)
        self.t_s = max(self.t_s, t_s)
        fresh = np.empty(len(scan.t_s))
        if settings.density is None:
            np.multiply(np.maximum(scan.clutter, _LEAST_CLUTTER), self.unseen, out=fresh)
        else:
            speed = np.array(setup.speed_sigma_mps)
            expect_new(scan, int(setup.motion.shape[DIMS]), self.unseen, unseen_chance, speed, fresh)
        predict_mixture(self.mixture, setup.motion, scan, t_s, survival)
        if scan.sensor[RESOLUTION] != 0.0:
            leaves = self.mixture.leaves
            weight = leaf_weights(self.mixture.held, len(leaves.t_s)) * leaves.existence
            chance = effective_chances(leaves, setup.motion, setup.form, scan, t_s, chance, weight)
        none = np.empty(0)
        self.mixture = update_mixture(
            self.mixture, setup.motion, setup.form, scan, t_s, chance, none, fresh, self.limits, self.life,
        )  # fmt: skip
        self.unseen *= 1.0 - seen
        self.report = self._decide()

    def _decide(self) -> Bank:
        """What is reported: one row a track, by number; those decided on are confirmed or coast."""
        held, leaves = self.mixture.held, self.mixture.leaves
        settings, d = self.settings, int(self.setup.motion.shape[DIMS])
        if settings.cutoff_m is None:
            chosen = decide_best(held, leaves, settings.report_existence)
        else:
            chosen = decide_least(held, leaves, d, settings.cutoff_m, settings.report_existence, _SWEEPS)
        coasting = chosen.tags[:, MISSES] >= self.life[COAST_MISSES]
        chosen.tags[:, STATUS] = np.where(coasting, COASTING, CONFIRMED)
        weight = leaf_weights(held, len(leaves.t_s)) * leaves.existence
        ids, first, track = np.unique(leaves.tags[:, TRACK_ID], return_index=True, return_inverse=True)
        existence = np.bincount(track, weight, len(ids))
        if settings.cutoff_m is None:
            # the decision is within the heaviest hypothesis; what is told of a track is over all
            chosen.existence[:] = existence[np.searchsorted(ids, chosen.tags[:, TRACK_ID])]
        heaviest = np.lexsort((-weight, track))[first]
        left = ~np.isin(ids, chosen.tags[:, TRACK_ID])
        others = gather((leaves, heaviest[left]))
        others.tags[:, STATUS] = TENTATIVE
        others.existence[:] = existence[left]
        ordered = np.argsort(
            np.concatenate([chosen.tags[:, TRACK_ID], others.tags[:, TRACK_ID]]), kind="stable"
        )
        both = gather((chosen, np.arange(len(chosen.t_s))), (others, np.arange(len(others.t_s))))
        return gather((both, ordered))

    def estimates(self, t_s: float, least_status: int) -> Estimates:
        """The tracks of at least a status at an instant, oldest first; later on they exist less likely."""
        report = self._read(self.report, t_s, least_status)
        return aged(report, self.t_s, self.settings.lifetime_s)

    def _read(self, bank: Bank, t_s: float, least_status: int) -> Estimates:
        motion = self.setup.motion
        rows: I8 = np.flatnonzero(bank.tags[:, STATUS] >= least_status)
        modes, size = bank.mean.shape[1:]
        mean, cov = np.empty((len(rows), size)), np.empty((len(rows), size, size))
        mode = np.empty((len(rows), modes))
        report_tracks(bank, motion, t_s, rows, mean, cov, mode)
        return Estimates(
            t_s=t_s,
            track_id=bank.tags[rows, TRACK_ID],
            status=bank.tags[rows, STATUS].astype(np.uint8),
            mean=mean,
            cov=cov,
            existence=bank.existence[rows],
            score=bank.score[rows],
            mode_prob=mode,
            dimensions=int(motion.shape[DIMS]),
        )

    def snapshot(self) -> object:
        """All that changes, copied."""
        return _copied(self.mixture), self.unseen, self.t_s, self.report

    def restore(self, snapshot: object) -> None:
        """Hold what a snapshot holds."""
        if not (isinstance(snapshot, tuple) and len(snapshot) == 4 and isinstance(snapshot[0], Mixture)):
            raise UsageError("restore", type(snapshot).__name__, "Give a snapshot of this engine.")
        mixture, self.unseen, self.t_s, self.report = snapshot
        self.mixture = _copied(mixture)


def _copied(mixture: Mixture) -> Mixture:
    leaves, undetected = (
        gather((bank, np.arange(len(bank.t_s)))) for bank in (mixture.leaves, mixture.undetected)
    )
    return Mixture(Hypotheses._make([column.copy() for column in mixture.held]), leaves, undetected)
