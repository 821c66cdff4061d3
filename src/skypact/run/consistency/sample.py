"""What is noted of a tracker beside truth, and what a run's trackers noted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from skypact.earth.frame import rot_enu_from_ecef
from skypact.model.network import B1, F8, I8
from skypact.score.confusion import empty_counts
from skypact.score.consistency import (
    SETTLED_HITS,
    Counts,
    Ellipses,
    Firsts,
    States,
    squares_or_nan,
)

Block = tuple[F8 | I8 | B1, ...]


@dataclass(frozen=True)
class RunSamples:
    """All that the trackers of one run noted; the run's number is not yet in it."""

    states: States
    impacts: Ellipses
    launches: Ellipses
    counts: Counts
    firsts: Firsts
    classes: F8
    """[pooled, first firm, true class, believed class] looks, or objects"""
    identities: F8


@dataclass
class Sampler:
    """What is noted of one tracker."""

    pooled: bool
    state_blocks: list[Block] = field(default_factory=list)
    point_blocks: dict[bool, list[Block]] = field(default_factory=lambda: {False: [], True: []})
    confusion: dict[bool, tuple[F8, F8]] = field(
        default_factory=lambda: {first: empty_counts() for first in (False, True)}
    )
    epochs: int = 0
    sums: F8 = field(default_factory=lambda: np.zeros(4))
    """GOSPA, squared distances, missed, stray"""
    first_block: Block = ()
    false_tracks: int = 0
    hours: float = 0.0

    def states(self, kind: I8, phase: I8, hits: I8, mixed: B1, error: F8, cov: F8) -> None:
        """Note the errors of n tracks, [n, 6], and their covariances."""
        if len(kind):
            position = squares_or_nan(error[:, :3], cov[:, :3, :3])
            self.state_blocks.append((kind, phase, hits, mixed, position, squares_or_nan(error, cov)))

    def ellipses(
        self, launch: bool, kind: I8, t_s: F8, off_ecef_m: F8, lat_lon_rad: F8, cov_en_m2: F8
    ) -> None:
        """Note how far n points on the ground, launches or impacts, were off."""
        if len(kind):
            rot = rot_enu_from_ecef(lat_lon_rad[:, 0], lat_lon_rad[:, 1])
            off = np.einsum("nij,nj->ni", rot[:, :2], off_ecef_m)
            square = squares_or_nan(off, cov_en_m2)
            longer = np.full(len(kind), np.nan)
            good = ~np.isnan(square)
            longer[good] = np.sqrt(np.linalg.eigvalsh(cov_en_m2[good])[:, 1])
            block = (kind, t_s, square, np.linalg.norm(off, axis=1), longer)
            self.point_blocks[launch].append(block)

    def confuse(self, first_firm: bool, kind: int, believed: int, identity: int) -> None:
        """Note what a track of a true class is taken for."""
        classes, identities = self.confusion[first_firm]
        classes[kind, believed] += 1.0
        identities[kind, identity] += 1.0

    def picture(self, square_m2: float, missed: int, stray: int, cutoff_m: float) -> None:
        """Note the parts of one picture error."""
        self.epochs += 1
        total = np.sqrt(square_m2 + 0.5 * cutoff_m**2 * (missed + stray))
        self.sums += (total, square_m2, missed, stray)

    def finish(self, kinds: I8, first_s: F8, false_tracks: int, hours: float) -> None:
        """Note the objects that were ever detected, and how long the tracker worked."""
        seen = np.flatnonzero(~np.isnan(first_s[:, 0]))
        since = first_s[seen, 1:] - first_s[seen, :1]
        self.first_block = (kinds[seen].astype(np.int64), since[:, 0], since[:, 1])
        self.false_tracks, self.hours = false_tracks, hours


def gathered(samplers: Sequence[Sampler]) -> RunSamples:
    """What the trackers of a run noted, together; the run is numbered 0."""
    confusion = [[[np.zeros_like(part) for part in empty_counts()] for _ in range(2)] for _ in range(2)]
    for own in samplers:
        for first in (False, True):
            for part in range(2):
                confusion[own.pooled][first][part] += own.confusion[first][part]
    state, pooled = _together([(own, own.state_blocks) for own in samplers], 6)
    return RunSamples(
        states=States(
            run=np.zeros(len(pooled), np.int64),
            pooled=pooled,
            object_class=state[0].astype(np.int64),
            phase=state[1].astype(np.int64),
            settled=state[2] >= SETTLED_HITS,
            mixed=state[3] > 0.0,
            position=state[4],
            whole=state[5],
        ),
        impacts=_ellipses(samplers, False),
        launches=_ellipses(samplers, True),
        counts=_counts(samplers),
        firsts=_firsts(samplers),
        classes=np.array([[confusion[p][f][0] for f in range(2)] for p in range(2)]),
        identities=np.array([[confusion[p][f][1] for f in range(2)] for p in range(2)]),
    )


def numbered(runs: Sequence[RunSamples]) -> RunSamples:
    """The samples of all runs, each with the number of its run."""
    joined = {}
    for name in ("states", "impacts", "launches", "counts", "firsts"):
        parts = [getattr(run, name) for run in runs]
        columns = {
            column.name: np.concatenate([getattr(part, column.name) for part in parts])
            for column in fields(parts[0])
        }
        columns["run"] = np.concatenate([np.full(len(part), k, np.int64) for k, part in enumerate(parts)])
        joined[name] = type(parts[0])(**columns)
    return RunSamples(
        **joined,
        classes=np.stack([run.classes for run in runs]),
        identities=np.stack([run.identities for run in runs]),
    )


def _together(blocks: Sequence[tuple[Sampler, list[Block]]], width: int) -> tuple[list[F8], B1]:
    """The columns of all blocks, and whether each row is of a pooled tracker."""
    columns = [
        np.concatenate(
            [np.asarray(block[c], np.float64) for _, own in blocks for block in own] or [np.empty(0)]
        )
        for c in range(width)
    ]
    pooled: B1 = np.concatenate(
        [np.full(len(block[0]), sampler.pooled) for sampler, own in blocks for block in own]
        or [np.empty(0, np.bool_)]
    )
    return columns, pooled


def _ellipses(samplers: Sequence[Sampler], launch: bool) -> Ellipses:
    columns, pooled = _together([(own, own.point_blocks[launch]) for own in samplers], 5)
    run = np.zeros(len(pooled), np.int64)
    return Ellipses(run, pooled, columns[0].astype(np.int64), *columns[1:])


def _firsts(samplers: Sequence[Sampler]) -> Firsts:
    columns, pooled = _together([(own, [own.first_block]) for own in samplers], 3)
    return Firsts(np.zeros(len(pooled), np.int64), pooled, columns[0].astype(np.int64), *columns[1:])


def _counts(samplers: Sequence[Sampler]) -> Counts:
    sums = np.array([own.sums for own in samplers]).reshape(-1, 4)
    return Counts(
        run=np.zeros(len(samplers), np.int64),
        pooled=np.array([own.pooled for own in samplers], np.bool_),
        hours=np.array([own.hours for own in samplers]),
        false_tracks=np.array([own.false_tracks for own in samplers], np.float64),
        epochs=np.array([own.epochs for own in samplers], np.float64),
        gospa_m=sums[:, 0],
        located_m2=sums[:, 1],
        missed=sums[:, 2],
        stray=sums[:, 3],
    )
