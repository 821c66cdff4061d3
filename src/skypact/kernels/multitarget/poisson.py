"""One scan of the Poisson multi-Bernoulli filter in its track-oriented marginal form.

Objects never detected are a Poisson process; every other possible object is a Bernoulli component: it exists with some
probability, and is then where its Gaussian (by mode) says. A scan gives each component the mixture of a miss and of
every detection it may have made, weighed by the marginal chances of association, and puts the moments in the mixture's
place; and each detection begins a component of its own, which exists as far as the detection is of none of the others
and not false (TOMB/P: Williams, "Marginal multi-Bernoulli filters: RFS derivation of MHT, JIPDA, and
association-based MeMBer", IEEE Trans. AES 51(3), 2015, figs. 3 and 7). Without the density of undetected objects, new
components having one stated existence, this is JIPDA (Musicki and Evans, "Joint integrated probabilistic data
association", IEEE Trans. AES 40(3), 2004), as that paper's section IV shows.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.belief import marginals
from skypact.kernels.multitarget.choice import existence_needed, likeliest_number
from skypact.kernels.multitarget.component import blend_detections, mix_residuals
from skypact.kernels.multitarget.gate import predict_bank
from skypact.kernels.multitarget.layout import (
    COASTING,
    CONFIRMED,
    DIMS,
    MISSES,
    STATUS,
    TENTATIVE,
    TRACK_ID,
    TRACKS,
    Bank,
    Motion,
    Pairs,
    Scan,
)
from skypact.kernels.multitarget.life import (
    COAST_MISSES,
    CONFIRM_EXISTENCE,
    DROP_EXISTENCE,
    EXISTENCE,
    RULE,
    begin_tracks,
    note_looks,
    run_life,
)

# settings, f8[N_POISSON]
GATE2 = 0
"""Squared Mahalanobis distance below which a pair is possible."""
DEATHS = 1
"""Chance of an object to end, per second."""
TOLERANCE, SWEEPS, SHARED = 2, 3, 4
"""Of the association chances (`belief.marginals`)."""
START = 5
"""Existence of what a detection of no component begins (JIPDA); negative: by the density of undetected objects."""
CUTOFF = 6
"""GOSPA's c (m): a component is confirmed while reporting it lowers the expected metric; 0: by existence alone."""
BY_NUMBER = 7
"""1: as many components are confirmed as there most likely are objects, those that exist most likely."""
N_POISSON = 8

LEAST_CHANCE = 1e-9
"""Chances of detection and of not existing are kept above this: nothing observed makes sure."""

# told, f8[N_TOLD]
LOST, RECYCLED, SPENT, NEW = 0, 1, 2, 3
N_TOLD = 4


@kernel
def weigh_pairs(
    bank: Bank,
    pairs: Pairs,
    scan: Scan,
    chance: NDArray[np.float64],
    undetected: NDArray[np.float64],
    settings: NDArray[np.float64],
    pair_out: NDArray[np.float64],
    miss_out: NDArray[np.float64],
    new_out: NDArray[np.float64],
) -> int:
    """Sweeps needed for the chances of association of a scan; writes them (`belief.marginals`).

    A pair weighs r p L / (1 - r p) against its component's not being detected: r existence, p chance of detection,
    L likelihood. A detection left over weighs the density of false ones, plus that of undetected objects'
    unless START is set (2015, eqs. 64-69).
    """
    n = scan.z.shape[0]
    weight = np.empty(pairs.detection.size)
    outside = np.empty(n)
    for i in range(pairs.start.size - 1):
        seen = bank.existence[i] * min(max(chance[i], LEAST_CHANCE), 1.0 - LEAST_CHANCE)
        odds = seen / (1.0 - seen)
        for e in range(pairs.start[i], pairs.start[i + 1]):
            weight[e] = odds * math.exp(min(pairs.loglik[e], 700.0))
    for j in range(n):
        outside[j] = scan.clutter[j] + (undetected[j] if settings[START] < 0.0 else 0.0)
    return marginals(
        pairs.start, pairs.detection, weight, outside,
        settings[TOLERANCE], int(settings[SWEEPS]), int(settings[SHARED]), pair_out, miss_out, new_out,
    )  # fmt: skip


@kernel
def age_tracks(bank: Bank, t_s: float, deaths_per_s: float) -> None:
    """Let components end between their instants and t_s: existence falls at a rate."""
    existence, at_s = bank.existence, bank.t_s
    for i in range(bank.counts[TRACKS]):
        left = math.exp(-deaths_per_s * max(t_s - at_s[i], 0.0)) if deaths_per_s > 0.0 else 1.0
        existence[i] = min(existence[i] * left, 1.0 - LEAST_CHANCE)


@kernel
def settle_poisson(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    t_s: float,
    together: bool,
    pairs: Pairs,
    chance: NDArray[np.float64],
    undetected: NDArray[np.float64],
    settings: NDArray[np.float64],
    life: NDArray[np.float64],
    owner: NDArray[np.int64],
    told: NDArray[np.float64],
) -> None:
    """Take in one scan, its pairs gated: associate, update, let every component live, begin new ones.

    Under the rule `existence` a component's status says what to report: confirmed (coasting while it misses) where
    its existence is above what life[CONFIRM_EXISTENCE] or settings[CUTOFF] ask for, else tentative, each scan anew;
    below life[DROP_EXISTENCE] it is dropped, or not begun.

    Args:
        bank: changed in place; needs room for a new component of each detection.
        motion: models.
        form: EXTENDED, UNSCENTED or CUBATURE.
        scan: detections, each at its own instant, and the density of false ones.
        t_s: the scan's instant: where all are afterwards.
        together: whether all detections are at that instant, as `gate.predict_together` found.
        pairs: gated pairs, after `age_tracks` and `gate.predict_together`.
        chance: [tracks] that the sensor detects each, were it there; 0 where the sensor does not look.
        undetected: [n] density of detections of undetected objects (`undetected.expect_new`).
        settings: [N_POISSON].
        life: [life.N_LIFE].
        owner: [n] written: id of the component that most likely made the detection, the one begun included; 0 for none.
        told: [N_TOLD] written: components dropped; the existence that went with them and with detections that began
            nothing, to be spread over the undetected (recycling: Williams, FUSION 2012); sweeps; existence in sum of
            all that detections were of beside the components.
    """
    tracks, n = int(bank.counts[TRACKS]), scan.z.shape[0]
    pair, miss, new = np.empty(pairs.detection.size), np.empty(tracks), np.empty(n)
    told[SPENT] = weigh_pairs(bank, pairs, scan, chance, undetected, settings, pair, miss, new)
    hit = np.empty(tracks, np.bool_)
    _settle_existence(bank, pairs, chance, pair, miss, new, hit, owner)
    if together and scan.noise.shape[0] == 1:
        mix_residuals(bank, motion, form, scan, pairs, pair, miss)
    else:
        blend_detections(bank, motion, form, scan, pairs, pair, miss, t_s)
    note_looks(bank, hit, chance, np.zeros(tracks), life)
    told[LOST], told[RECYCLED] = _drop(bank, motion.shape[DIMS], life)
    told[NEW], rest = _begin(bank, motion, scan, undetected, new, settings, life, owner)
    told[RECYCLED] += rest
    if not together:
        predict_bank(bank, motion, t_s)
    if int(life[RULE]) == EXISTENCE:
        _judge(bank, motion.shape[DIMS], settings, life)


@kernel
def _settle_existence(
    bank: Bank,
    pairs: Pairs,
    chance: NDArray[np.float64],
    pair: NDArray[np.float64],
    miss: NDArray[np.float64],
    new: NDArray[np.float64],
    hit: NDArray[np.bool_],
    owner: NDArray[np.int64],
) -> None:
    """Change every existence to that of after the scan, and with it its score, the log odds (eqs. 76-77).

    `miss` [T] becomes the chance of existing and having made no detection; `hit` [T] is written: whether it more
    likely made one than not; `owner` [n]: of each detection its likeliest component, 0 where `new` [n] is likelier.
    """
    best = new.copy()
    owner[:] = 0
    for i in range(miss.size):
        seen = 0.0
        for e in range(pairs.start[i], pairs.start[i + 1]):
            j = pairs.detection[e]
            seen += pair[e]
            if pair[e] > best[j]:
                best[j], owner[j] = pair[e], bank.tags[i, TRACK_ID]
        r = bank.existence[i]
        p = min(max(chance[i], 0.0), 1.0 - LEAST_CHANCE)
        miss[i] *= r * (1.0 - p) / (1.0 - r * p)
        hit[i] = seen > 0.5
        r = min(seen + miss[i], 1.0 - LEAST_CHANCE)
        bank.existence[i] = r
        bank.score[i] = math.log(max(r, LEAST_CHANCE**2) / (1.0 - r))


@kernel
def _drop(bank: Bank, d: int, life: NDArray[np.float64]) -> tuple[float, float]:
    """How many components are lost, and their existence in sum."""
    tracks = bank.counts[TRACKS]
    had = bank.existence[:tracks].copy()
    row_of = np.empty(tracks, np.int64)
    lost = run_life(bank, d, life, row_of)
    gone = 0.0
    for i in range(tracks):
        if row_of[i] < 0 and had[i] > 0.0:
            gone += had[i]
    return float(lost), gone


@kernel
def _begin(
    bank: Bank,
    motion: Motion,
    scan: Scan,
    undetected: NDArray[np.float64],
    new: NDArray[np.float64],
    settings: NDArray[np.float64],
    life: NDArray[np.float64],
    owner: NDArray[np.int64],
) -> tuple[float, float]:
    """Begin a component of each detection where it exists enough; existence in sum of all, and of those not begun."""
    n = new.size
    existence, use, row_of = np.zeros(n), np.zeros(n, np.bool_), np.empty(n, np.int64)
    for j in range(n):
        r = settings[START]
        if r < 0.0:
            density = undetected[j] + scan.clutter[j]
            r = undetected[j] / density if density > 0.0 else 0.0
        if not r > 0.0:
            continue
        finite = True
        for k in range(scan.z.shape[1]):
            finite = finite and math.isfinite(scan.z[j, k])
        existence[j] = min(r * new[j], 1.0 - LEAST_CHANCE) if finite else 0.0
        use[j] = existence[j] > life[DROP_EXISTENCE]
    begin_tracks(bank, motion, scan, use, life, row_of)
    whole, rest = 0.0, 0.0
    for j in range(n):
        i, r = row_of[j], existence[j]
        whole += r
        if i < 0:
            rest += r
            continue
        bank.existence[i] = r
        bank.score[i] = math.log(r / (1.0 - r))
        if owner[j] == 0 and 2.0 * r >= new[j]:
            owner[j] = bank.tags[i, TRACK_ID]
    return whole, rest


@kernel
def _judge(bank: Bank, d: int, settings: NDArray[np.float64], life: NDArray[np.float64]) -> None:
    """Set every component's status by whether it is to be reported now."""
    tracks = int(bank.counts[TRACKS])
    chosen = np.zeros(tracks, np.bool_)
    if settings[BY_NUMBER] != 0.0:
        order = np.argsort(-bank.existence[:tracks], kind="mergesort")
        for k in range(likeliest_number(bank.existence[:tracks])):
            chosen[order[k]] = True
    else:
        for i in range(tracks):
            variance = 0.0
            for a in range(d):
                mean = 0.0
                for k in range(bank.mode.shape[1]):
                    mean += bank.mode[i, k] * bank.mean[i, k, a]
                for k in range(bank.mode.shape[1]):
                    variance += bank.mode[i, k] * (bank.cov[i, k, a, a] + (bank.mean[i, k, a] - mean) ** 2)
            needed = existence_needed(variance, life[CONFIRM_EXISTENCE], settings[CUTOFF])
            chosen[i] = bank.existence[i] > needed
    for i in range(tracks):
        if not chosen[i]:
            bank.tags[i, STATUS] = TENTATIVE
        elif bank.tags[i, MISSES] >= life[COAST_MISSES]:
            bank.tags[i, STATUS] = COASTING
        else:
            bank.tags[i, STATUS] = CONFIRMED
