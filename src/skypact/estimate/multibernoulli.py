"""One scan of the Poisson multi-Bernoulli mixture filter.

Garcia-Fernandez, Williams, Granstrom and Svensson, "Poisson multi-Bernoulli mixture filter: direct derivation and
implementation", IEEE Trans. AES 54(4), 2018. The intensity of undetected objects is a density that hardly changes over
the reach of one detection, and Gaussian components, where births are concentrated or faint tracks are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.multitarget.gate import gate_pairs, predict_bank, predict_each
from skypact.kernels.multitarget.growth import grow, number_codes
from skypact.kernels.multitarget.hypotheses import Hypotheses
from skypact.kernels.multitarget.layout import (
    DROPPED_FULL,
    N_COUNTS,
    N_TAGS,
    NEXT_ID,
    TRACK_ID,
    TRACKS,
    Bank,
    Motion,
    Pairs,
    Scan,
)
from skypact.kernels.multitarget.life import begin_tracks, note_looks
from skypact.kernels.multitarget.mixture import (
    LEAST_MISS,
    found_tracks,
    no_hypotheses,
    order_pairs,
    read_codes,
    weigh_branches,
)
from skypact.kernels.multitarget.nearest import update_tracks
from skypact.kernels.multitarget.reduction import faint_tracks, leaf_weights, merge_leaves, reduce
from skypact.model.network import B1, F8, I8

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Limits:
    """What keeps the mixture small. All but the gate and `most` may be 0: nothing is then left out or merged.

    Raises:
        UsageError: a limit is outside its range.
    """

    gate2: float = 20.0
    """Squared Mahalanobis distance below which a leaf may have made a detection."""
    most: int = 200
    """Hypotheses of a cluster of tracks at most."""
    least: float = 1e-4
    """Weight, relative to the heaviest hypothesis of its cluster, below which one is dropped."""
    least_leaf: float = 1e-5
    """Chance of existence below which a leaf is dropped."""
    faint: float = 1e-4
    """Chance of existence below which a track, over all hypotheses, is dropped or recycled."""
    merge: float = 1e-3
    """Divergence (nats) up to which leaves of a track are merged."""
    independent: float = 1e-3
    """Mutual information (nats) up to which tracks count as independent; below 0 clusters are never split."""
    recycle: bool = False
    """Whether faint tracks become components of the undetected objects; else they are dropped."""
    least_component: float = 1e-5
    """Expected number of objects below which such a component is dropped."""
    most_components: int = 100
    """Components at most."""
    capacity: int = 1_000_000
    """Tracks at most; beyond it new ones are given up and counted (layout.DROPPED_FULL)."""

    def __post_init__(self) -> None:
        if not (self.gate2 > 0.0 and self.most >= 1 and self.most_components >= 0):
            found = f"gate2 {self.gate2}, most {self.most}, most_components {self.most_components}"
            raise UsageError("Limits", found, "Give a positive gate, at least 1 hypothesis and 0 components.")
        shares = (self.least, self.least_leaf, self.faint)
        if not all(0.0 <= share < 1.0 for share in shares) or not self.merge >= 0.0:
            found = f"least, least_leaf, faint {shares}, merge {self.merge}"
            raise UsageError("Limits", found, "Give chances in [0, 1) and a divergence of at least 0.")
        if math.isnan(self.independent) or not self.least_component >= 0.0:
            found = f"independent {self.independent}, least_component {self.least_component}"
            raise UsageError("Limits", found, "Give numbers.")


class Mixture(NamedTuple):
    """The state of the filter."""

    held: Hypotheses
    """Global hypotheses: rows of leaves."""
    leaves: Bank
    """One-track hypotheses, by track."""
    undetected: Bank
    """Gaussian components of the intensity of undetected objects; `existence` is the expected number in each."""
    owner: I8 = np.empty(0, np.int64)
    """[n] id of the track that most likely made each detection of the latest scan, the one begun included; 0: none"""


def empty_mixture(modes: int, size: int) -> Mixture:
    """A mixture without tracks: nothing was detected yet. Track ids begin at 1."""
    leaves = _new_bank(0, modes, size)
    leaves.counts[NEXT_ID] = 1
    return Mixture(no_hypotheses(), leaves, _new_bank(0, modes, size))


def _new_bank(rows: int, modes: int, size: int) -> Bank:
    counts = np.zeros(N_COUNTS, np.int64)
    counts[TRACKS] = rows
    return Bank(
        mean=np.zeros((rows, modes, size)),
        cov=np.zeros((rows, modes, size, size)),
        mode=np.zeros((rows, modes)),
        t_s=np.zeros(rows),
        existence=np.zeros(rows),
        score=np.zeros(rows),
        tags=np.zeros((rows, N_TAGS), np.int64),
        recent=np.zeros(rows, np.uint64),
        counts=counts,
    )


def gather(*parts: tuple[Bank, I8]) -> Bank:
    """A bank of rows taken out of others; its counts are those of the first."""
    counts = parts[0][0].counts.copy()
    counts[TRACKS] = sum(len(rows) for _, rows in parts)

    def taken(column: int) -> Any:  # noqa: ANN401 - columns are of several types
        return np.concatenate([bank[column][rows] for bank, rows in parts])

    return Bank._make([*(taken(column) for column in range(len(Bank._fields) - 1)), counts])


def predict_mixture(state: Mixture, motion: Motion, scan: Scan, t_s: float, survival: float) -> None:
    """Predict leaves and components to a scan in place: existence, and states where the scan has one instant.

    Args:
        state: changed.
        motion: models.
        scan: detections about to be taken in.
        t_s: the scan's instant.
        survival: chance that what existed at the scan before still exists.
    """
    for bank in (state.leaves, state.undetected):
        bank.existence[:] *= survival
        if np.all(scan.t_s == t_s):
            predict_bank(bank, motion, t_s)


def _move_to(bank: Bank, motion: Motion, when_s: F8) -> None:
    if np.any(bank.t_s != when_s):
        predict_each(bank, motion, when_s)


def _gate(bank: Bank, motion: Motion, form: int, scan: Scan, gate2: float) -> Pairs:
    pairs = gate_pairs(bank, motion, form, scan, gate2)
    order_pairs(pairs)
    return pairs


def _found(
    state: Mixture, motion: Motion, form: int, scan: Scan, chance: F8, fresh: F8, limits: Limits, life: F8
) -> tuple[Bank, F8]:
    """The tracks that the detections found, row by row, and their log weights."""
    n = len(scan.z)
    born = _new_bank(n, *state.leaves.mean.shape[1:])
    born.counts[TRACKS] = 0
    born.counts[NEXT_ID] = 1
    row_of = np.empty(n, np.int64)
    begin_tracks(born, motion, scan, np.ones(n, np.bool_), life, row_of)
    own = np.where(row_of >= 0, row_of, np.arange(n))
    born = gather((born, own))
    row_of = np.where(row_of >= 0, np.arange(n), -1)
    components = state.undetected
    seen = _gate(components, motion, form, scan, limits.gate2)
    parts = gather((components, np.repeat(np.arange(len(components.t_s)), np.diff(seen.start))))
    if len(seen.detection):
        _move_to(parts, motion, scan.t_s[seen.detection])
        update_tracks(parts, motion, form, scan, seen.detection)
    existence, weight = np.empty(n), np.empty(n)
    found_tracks(
        born, row_of, fresh, scan.clutter, parts, seen, chance, components.existence, existence, weight
    )
    born.existence[:] = existence
    return born, weight


def _give_up(born: Bank, leaves: Bank, limits: Limits) -> int:
    """How many new tracks there is no room for: their existence becomes 0."""
    room = limits.capacity - len(np.unique(leaves.tags[:, TRACK_ID]))
    worthy = np.flatnonzero((born.existence >= limits.least_leaf) & (born.existence > 0.0))
    lost = worthy[max(room, 0) :]
    born.existence[lost] = 0.0
    return len(lost)


def update_mixture(
    state: Mixture,
    motion: Motion,
    form: int,
    scan: Scan,
    t_s: float,
    chance: F8,
    chance_undetected: F8,
    fresh: F8,
    limits: Limits,
    life: F8,
) -> Mixture:
    """The mixture after a scan; the one before, predicted (`predict_mixture`), is used up.

    Args:
        state: before.
        motion: models.
        form: EXTENDED, UNSCENTED or CUBATURE.
        scan: detections, all finite.
        t_s: the scan's instant: where all leaves are afterwards.
        chance: [L] that the sensor detects each leaf's object if it exists.
        chance_undetected: [G] the same of each component.
        fresh: [n] density of first detections of undetected objects at each detection, apart from the components',
            per unit of the measurement's volume.
        limits: what is left out and merged.
        life: [life.N_LIFE] how a new track begins.
    """
    n, leaves = len(scan.z), state.leaves
    born, weight = _found(state, motion, form, scan, chance_undetected, fresh, limits, life)
    dropped = _give_up(born, leaves, limits)
    pairs = _gate(leaves, motion, form, scan, limits.gate2)
    branches = weigh_branches(
        pairs, leaves.existence, chance, born.existence, weight, limits.least_leaf, limits.least
    )
    held = grow(state.held, branches, n, limits.most, limits.least)
    codes = number_codes(held, len(branches.kept))
    source, pair = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
    old = read_codes(codes, branches, source, pair)
    source_old, pair = source[:old], pair[:old]
    after = gather((leaves, source_old), (born, source[old:]))
    next_id = leaves.counts[NEXT_ID]
    after.tags[old:, TRACK_ID] = np.arange(next_id, next_id + len(codes) - old)
    after.counts[NEXT_ID] = next_id + len(codes) - old
    after.counts[DROPPED_FULL] += dropped
    hit = pair >= 0
    detection_of = np.full(len(codes), -1, np.int64)
    detection_of[:old][hit] = branches.detection[pair[hit]]
    owner = _owners(held, after, old, np.concatenate([detection_of[:old], source[old:]]), n)
    told = branches.miss[source_old]
    told[hit] += branches.score[pair[hit]]
    p, r = chance[source_old], leaves.existence[source_old]
    after.existence[:old] = np.where(hit, 1.0, r * (1.0 - p) / np.maximum(1.0 - r * p, LEAST_MISS))
    when_s = after.t_s.copy()
    when_s[detection_of >= 0] = scan.t_s[detection_of[detection_of >= 0]]
    _move_to(after, motion, when_s)
    update_tracks(after, motion, form, scan, detection_of)
    note_looks(after, hit, p, told, life)
    _move_to(after, motion, np.full(len(codes), t_s))
    return _reduced(Mixture(held, after, state.undetected, owner), motion, t_s, chance_undetected, limits)


def _owners(held: Hypotheses, after: Bank, old: int, made: I8, n: int) -> I8:
    """The id of each detection's likeliest track [n], 0 for none, by the weights of all hypotheses.

    The first `old` leaves are of earlier tracks, the others of the tracks that detections began; made [L] is the
    detection of each, -1 for none. Where no earlier track is as likely as all else, one that was begun counts if it is
    likelier an object than not.
    """
    weight = leaf_weights(held, len(made))
    taken, begun = np.flatnonzero(made[:old] >= 0), np.arange(old, len(made))
    span = int(after.counts[NEXT_ID])
    key, place = np.unique(made[taken] * span + after.tags[taken, TRACK_ID], return_inverse=True)
    detection, track = key // span, key % span
    chance = np.bincount(place, weight[taken], len(key))
    rest = 1.0 - np.bincount(detection, chance, n)
    own: F8 = np.zeros(n)
    own[made[begun]] = weight[begun] * after.existence[begun]
    owner: I8 = np.zeros(n, np.int64)
    owner[made[begun]] = after.tags[begun, TRACK_ID]
    owner[2.0 * own < rest - _ROUNDING] = 0
    best = np.lexsort((track, -chance, detection))
    best = best[np.unique(detection[best], return_index=True)[1]]
    best = best[chance[best] > rest[detection[best]]]
    owner[detection[best]] = track[best]
    return owner


def _reduced(state: Mixture, motion: Motion, t_s: float, chance: F8, limits: Limits) -> Mixture:
    """The mixture with leaves merged, faint tracks gone, clusters split."""
    held, leaves = state.held, state.leaves
    count = len(leaves.t_s)
    weight = leaf_weights(held, count)
    faint = faint_tracks(leaves, count, weight, limits.faint)
    components = _components(state, weight, faint, motion, t_s, chance, limits)
    head = merge_leaves(leaves, count, weight, limits.merge)
    held = reduce(held, leaves, head, faint, limits.independent)
    return Mixture(held, gather((leaves, number_codes(held, count))), components, state.owner)


def _components(
    state: Mixture, weight: F8, faint: B1, motion: Motion, t_s: float, chance: F8, limits: Limits
) -> Bank:
    """The components of what is undetected after a scan: those that nothing detected, and leaves of faint tracks."""
    old, count = state.undetected, len(state.undetected.t_s)
    expected = old.existence * (1.0 - chance)
    if limits.recycle:
        expected = np.concatenate([expected, np.where(faint, weight * state.leaves.existence, 0.0)])
    best = np.argsort(-expected, kind="stable")[: limits.most_components]
    best = best[(expected[best] >= limits.least_component) & (expected[best] > 0.0)]
    out = gather((old, best[best < count]), (state.leaves, best[best >= count] - count))
    out.existence[:] = np.concatenate([expected[best[best < count]], expected[best[best >= count]]])
    _move_to(out, motion, np.full(len(best), t_s))
    return out
