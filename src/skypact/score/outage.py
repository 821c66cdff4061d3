"""What being cut off costs: a level's picture error beside that of the same level with a nation's links down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skypact.model.manifest import Manifest
from skypact.model.network import B1, F8
from skypact.score.column import Table, whole
from skypact.score.interval import Estimate, ratio_spread
from skypact.score.pairing import error_over_time, pairings
from skypact.score.world import alive_rows, killed_s, world_of

RELEVANT_M = 500.0
"""A smaller difference of the picture error would not matter: the threshold of that metric."""
AFTER_S = 600.0
"""How long after the cut its consequences are looked for."""


@dataclass(frozen=True)
class CutRun:
    """Picture errors of one run at two levels: N nations, T snapshots."""

    t_s: F8
    connected_m: F8
    """[N, T] at the level without the cut; NaN for a nation without a region"""
    cut_m: F8
    """[N, T] at the level with it"""


@dataclass(frozen=True)
class CutRow:
    """What the cut costs one nation: paired differences of its picture error (m), and its way back (s)."""

    nation: str
    connected_m: Estimate
    """the picture error during the same time without the cut"""
    before_m: Estimate
    during_m: Estimate
    after_m: Estimate
    """in the ten minutes after the cut"""
    recovery_s: Estimate
    """seconds after the cut in which the difference is relevant: up to the last such snapshot of the ten minutes; of
    runs that lasted so long"""
    unrecovered: int
    """in how many of these it was relevant to the end: they count with ten minutes"""


def cut_run(tables: Mapping[str, Table], manifest: Manifest, connected: str, cut: str) -> CutRun:
    """The picture errors over time of one run at two of its levels.

    Args:
        tables: events, objects, truth, pictures and holders of the run.
        manifest: the campaign's.
        connected: name of the level without the cut.
        cut: name of the level with it.
    """
    world = world_of(tables, manifest)
    levels = [manifest.levels.index(name) for name in (connected, cut)]
    alive = {at: alive_rows(world, at, killed_s(tables["events"], at, manifest)) for at in levels}
    here = np.isin(whole(tables["holders"], "level"), levels)
    holders = {name: values[here] for name, values in tables["holders"].items()}
    held = pairings(tables["pictures"], holders, world, alive, manifest)
    errors = [
        np.array([error_over_time(held[at, n], world, alive[at], n) for n in range(len(manifest.nations))])
        for at in levels
    ]
    return CutRun(world.t_s, errors[0], errors[1])


def cut_rows(
    runs: Sequence[CutRun], nations: Sequence[str], from_s: float, until_s: float
) -> tuple[CutRow, ...]:
    """What a cut in [from_s, until_s) costs each nation, with intervals over the runs.

    Nations without a region have no picture error and no row. A run that ends before the cut is left out.
    """
    told = [run for run in runs if run.t_s[-1] > from_s]
    rows = []
    for n, nation in enumerate(nations):
        apart = [run.cut_m[n] - run.connected_m[n] for run in told]
        if not told or all(np.isnan(difference).all() for difference in apart):
            continue
        spans = [
            [run.t_s < from_s, (run.t_s >= from_s) & (run.t_s < until_s), _after(run, until_s)]
            for run in told
        ]
        before, during, after = (
            _estimate([_mean(d, span[k]) for d, span in zip(apart, spans, strict=True)]) for k in range(3)
        )
        connected = [_mean(run.connected_m[n], span[1]) for run, span in zip(told, spans, strict=True)]
        late = [_late_s(d, run, until_s) for d, run in zip(apart, told, strict=True)]
        never = sum(seconds >= AFTER_S for seconds in late)
        rows.append(CutRow(nation, _estimate(connected), before, during, after, _estimate(late), never))
    return tuple(rows)


def mean_errors(runs: Sequence[CutRun]) -> CutRun:
    """The picture errors averaged over the runs that are still under way at each instant."""
    longest = max(runs, key=lambda run: len(run.t_s)).t_s
    shape = (len(runs), len(runs[0].connected_m), len(longest))
    both = np.full((2, *shape), np.nan)
    for k, run in enumerate(runs):
        both[0, k, :, : len(run.t_s)], both[1, k, :, : len(run.t_s)] = run.connected_m, run.cut_m
    there = ~np.isnan(both)
    total = np.where(there, both, 0.0).sum(axis=1)
    number = there.sum(axis=1)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return CutRun(longest, mean[0], mean[1])


def _after(run: CutRun, until_s: float) -> B1:
    later: B1 = (run.t_s >= until_s) & (run.t_s < until_s + AFTER_S)
    return later


def _mean(values: F8, here: B1) -> float:
    return float(values[here].mean()) if here.any() else np.nan


def _late_s(difference: F8, run: CutRun, until_s: float) -> float:
    """Seconds after the cut until the last snapshot of the ten minutes with a relevant difference; 0 without one.

    All ten minutes where the last snapshot has one, NaN where the run ended before they were over.
    """
    after = np.flatnonzero(_after(run, until_s))
    if not len(after) or run.t_s[-1] < until_s + AFTER_S:
        return np.nan
    relevant = after[difference[after] > RELEVANT_M]
    if not len(relevant):
        return 0.0
    return AFTER_S if relevant[-1] == after[-1] else float(run.t_s[relevant[-1]] - until_s)


def _estimate(values: Sequence[float]) -> Estimate:
    return ratio_spread(np.array(values), np.ones(len(values))).interval()
