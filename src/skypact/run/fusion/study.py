"""Every method of fusion in the setting of a scenario: one pass a run, the same tracks for all."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skypact import __version__
from skypact.errors import UsageError
from skypact.fuse import combined, correlated
from skypact.model.codes import INCONSISTENT, Combination, Content
from skypact.model.network import B1, F8, I8
from skypact.model.track import Tracks
from skypact.run.build import Treatments, Wired, wire
from skypact.run.consistency.follow import SEEN_S, Instant, phases_of
from skypact.run.fusion.sample import SINGLE, Cell, Tally, note_common
from skypact.run.fusion.world import (
    View,
    World,
    advance_world,
    bytes_sent,
    contributions,
    lately_seen,
    new_world,
    views_of,
)
from skypact.run.library import Loaded
from skypact.run.outcome import true_states
from skypact.run.paired import prepare, span_s
from skypact.score.interval import Estimate, mean_of_sums, median_estimate, ratio_spread

CENTRAL, MIXED = "full", "pact"
"""The level at which all detections are pooled, and the one at which those are that a member would release."""
LOOK_S, COMPARE_S = 30.0, 60.0
"""Times between looks at the tracks' errors, and at the picture error."""
CITABLE_RUNS = 20
Report = Callable[[int, float], None]
"""Called with runs done and the share done of the one under way."""


@dataclass(frozen=True)
class Line:
    """One row of the study: a method at a level."""

    level: str
    method: Combination

    @property
    def name(self) -> str:
        """What it is called; central is what one tracker makes of all detections."""
        return "central" if self.level == CENTRAL else self.method.name.lower()

    @property
    def inconsistent(self) -> bool:
        """Whether the method promises more than it knows."""
        return self.level != CENTRAL and self.method in INCONSISTENT


@dataclass(frozen=True)
class CellRow:
    """Normalised errors squared per dimension of one class in one phase."""

    object_class: int
    phase: int
    fused: bool
    """Whether of tracks in which several nations' information is"""
    looks: int
    broken: int
    """looks whose covariance is not positive definite: they are in no other number"""
    mixed: int
    """looks at tracks whose members, or the latest detections of one of them, are of different things"""
    position: Estimate
    whole: Estimate
    pure_position: Estimate
    """without the mixed"""
    pure_whole: Estimate


@dataclass(frozen=True)
class FusionRow:
    """What one method made of the tracks."""

    line: Line
    raid_rms_m: Estimate
    raid_median_m: Estimate
    raid_change: Estimate
    """of the median, run by run, as a share of that of covariance intersection or else of the first row"""
    traffic_rms_m: Estimate
    traffic_median_m: Estimate
    traffic_change: Estimate
    gospa_m: Estimate
    missed: float
    stray: float
    bytes_per_s: float
    ms_per_picture: float
    """Median processor time, correlation included; of central the mean of a tracker's epoch"""
    cells: tuple[CellRow, ...]


@dataclass(frozen=True)
class FusionStudy:
    """Methods of fusion beside truth."""

    scenario: str
    title: str
    level: str
    runs: int
    seed: int
    version: str
    rows: tuple[FusionRow, ...]

    @property
    def preview(self) -> bool:
        """Whether the runs are too few to cite."""
        return self.runs < CITABLE_RUNS


def lines_of(level: str, methods: Sequence[Combination]) -> tuple[Line, ...]:
    """The rows of a study: every method at the level, and central measurement fusion where detections are released."""
    rows = [Line(level, method) for method in methods]
    mixed = [Line(MIXED, Combination.COVARIANCE_INTERSECTION)] if level != MIXED else []
    return (*rows, *mixed, Line(CENTRAL, Combination.BEST))


def wired_for(loaded: Loaded, lines: Sequence[Line]) -> Wired:
    """A scenario ready for a study: nobody fires."""
    levels = tuple(dict.fromkeys(line.level for line in lines))
    return wire(
        loaded.scenario, loaded.catalogue, loaded.airports, loaded.terrain, levels, Treatments(), False
    )


def study(
    loaded: Loaded,
    runs: int,
    seed: int,
    methods: Sequence[Combination],
    level: str,
    report: Report | None = None,
) -> FusionStudy:
    """Make every nation's picture by every method from the same tracks and messages.

    Args:
        loaded: the scenario.
        runs: how many; run k is that of the campaign with the same seed.
        seed: the campaign's seed.
        methods: which.
        level: who shares what with whom.
        report: told how far it is.

    Raises:
        UsageError: no such level, or one at which nobody releases tracks.
    """
    lines = lines_of(level, methods)
    wired = wired_for(loaded, lines)
    if not any(line.content == Content.TRACKS for view in views_of(wired.levels[0]) for line in view.lines):
        raise UsageError(
            f"level {level}", "nobody releases tracks, so nothing is fused", "Choose pact, or tracks."
        )
    found = []
    for run in range(runs):

        def inside(share: float, run: int = run) -> None:
            if report is not None:
                report(run, share)

        found.append(study_run(wired, run, seed, lines, inside))
        inside(1.0)
    if report is not None:
        report(runs, 0.0)
    scenario = loaded.scenario
    return FusionStudy(scenario.name, scenario.title, level, runs, seed, __version__, judged(lines, found))


def study_run(
    wired: Wired,
    run: int,
    seed: int,
    lines: Sequence[Line],
    progress: Callable[[float], None] | None = None,
    most_epochs: int | None = None,
) -> list[Tally]:
    """What every line noted in one run: a function of scenario, seed, run and lines, but for the time it took.

    Args:
        wired: the scenario at the levels of the lines, in the order of their first line.
        run: number of the run.
        seed: the campaign's seed.
        lines: methods and levels.
        progress: called with the share done, 0..1.
        most_epochs: stop after so many where given.
    """
    plan, sensed = prepare(wired, run, seed)
    levels = dict.fromkeys(line.level for line in lines)
    views = {level: views_of(rules) for level, rules in zip(levels, wired.levels, strict=True)}
    world = new_world(plan, sensed, [view for of in views.values() for view in of])
    period_s = wired.scenario.settings.picture_period_s
    start_s, end_s = span_s(wired, plan.truth)
    epochs = min(math.ceil((end_s - start_s) / period_s), most_epochs or 10**9)
    tallies = [Tally() for _ in lines]
    for k in range(1, epochs + 1):
        now_s = start_s + k * period_s
        advance_world(world, now_s)
        look = now_s % LOOK_S == 0.0
        instant = Instant(now_s, true_states(plan.truth, now_s), phases_of(plan, now_s)) if look else None
        _make(world, views, lines, tallies, instant, round(now_s * 1e9))
        if progress is not None and k % 25 == 0:
            progress(k / epochs)
    for line, tally in zip(lines, tallies, strict=True):
        tally.bytes_per_s = bytes_sent(world, views[line.level]) / (epochs * period_s)
        if line.level == CENTRAL:
            tally.spent_s = [world.spent_s[view.pool] / epochs for view in views[CENTRAL]]
    return tallies


def _make(
    world: World,
    views: Mapping[str, list[View]],
    lines: Sequence[Line],
    tallies: Sequence[Tally],
    instant: Instant | None,
    now_ns: int,
) -> None:
    """Make every picture of an instant, and note it where there is truth to hold it against."""
    kinds = world.plan.truth.object_class.astype(np.int64)
    made: dict[int, list[F8 | None]] = {}
    for level, of in views.items():
        wanted = [i for i, line in enumerate(lines) if line.level == level]
        for view in of:
            pictures = _pictures(world, view, [lines[i].method for i in wanted], instant is not None, now_ns)
            if instant is None:
                continue
            should = _should(world, view, instant) if instant.now_s % COMPARE_S == 0.0 else None
            for i, (tracks, thing, mixed, seconds) in zip(wanted, pictures, strict=True):
                best = tallies[i].look(tracks, thing, mixed, kinds, instant)
                if should is not None:
                    tallies[i].compare(tracks, should)
                if seconds > 0.0:
                    tallies[i].spent_s.append(seconds)
                for holder in view.holders:
                    made.setdefault(holder, [None] * len(lines))[i] = best
    for of_holder in made.values():
        errors_m = [errors for errors in of_holder if errors is not None]
        if len(errors_m) == len(lines):
            note_common(tallies, errors_m, kinds)


def _should(world: World, view: View, instant: Instant) -> F8:
    """What should be in a picture: what its nations' sensors lately detected and still flies."""
    seen = lately_seen(world, view, instant.now_s, SEEN_S)
    rows = np.flatnonzero(seen & ~np.isnan(instant.state[:, 0]))
    return np.asarray(instant.state[rows], np.float64)


def _pictures(
    world: World, view: View, methods: Sequence[Combination], every: bool, now_ns: int
) -> list[tuple[Tracks, I8, B1, float]]:
    """A view's picture by each method, whose track each row is, if it is of several things, its processor time, s.

    Between looks only what remembers is made: which tracks belong together, and tracklets.
    """
    parts, things, impure = contributions(world, view, now_ns)
    if len(parts) == 1:
        return [(parts[0].tracks, things, impure, 0.0) for _ in methods]
    begin = time.process_time()
    stack = correlated(view.state, parts, now_ns)
    shared_s = time.process_time() - begin
    lowest, highest = (np.full(len(stack.row_id), start, np.int64) for start in (2**62, -1))
    np.minimum.at(lowest, stack.row, things[stack.origin])
    np.maximum.at(highest, stack.row, things[stack.origin])
    mixed = lowest != highest
    mixed[stack.row[impure[stack.origin]]] = True
    row_of = np.zeros(len(things), np.int64)
    row_of[stack.origin] = stack.row
    found = []
    for method in methods:
        if every or method == Combination.TRACKLETS:
            begin = time.process_time()
            tracks = combined(view.state, stack, now_ns, method)
            spent_s = shared_s + time.process_time() - begin
            found.append((tracks, things[tracks.slot], mixed[row_of[tracks.slot]], spent_s))
    return found


def judged(lines: Sequence[Line], runs: Sequence[Sequence[Tally]]) -> tuple[FusionRow, ...]:
    """The rows and intervals of the tallies of all runs, by run and then line."""
    methods = [line.method for line in lines]
    default = Combination.COVARIANCE_INTERSECTION
    usual = [run[methods.index(default) if default in methods else 0] for run in runs]
    return tuple(_row(line, [run[i] for run in runs], usual) for i, line in enumerate(lines))


def _row(line: Line, tallies: Sequence[Tally], usual: Sequence[Tally]) -> FusionRow:
    gospa = np.array([tally.gospa for tally in tallies])
    (raid, traffic), (usual_raid, usual_traffic) = _errors(tallies), _errors(usual)
    spent_s = [seconds for tally in tallies for seconds in tally.spent_s]
    return FusionRow(
        line=line,
        raid_rms_m=_rms(raid),
        raid_median_m=_median(raid),
        raid_change=_change(raid, usual_raid),
        traffic_rms_m=_rms(traffic),
        traffic_median_m=_median(traffic),
        traffic_change=_change(traffic, usual_traffic),
        gospa_m=mean_of_sums(gospa[:, 1], gospa[:, 0]),
        missed=float(gospa[:, 2].sum() / max(gospa[:, 0].sum(), 1.0)),
        stray=float(gospa[:, 3].sum() / max(gospa[:, 0].sum(), 1.0)),
        bytes_per_s=float(np.mean([tally.bytes_per_s for tally in tallies])),
        ms_per_picture=1e3 * float(np.median(spent_s)) if spent_s else 0.0,
        cells=_cells([tally.squares for tally in tallies]),
    )


def _errors(tallies: Sequence[Tally]) -> tuple[list[F8], list[F8]]:
    """Errors of raid objects and of aircraft, by run."""
    raid = [np.concatenate([*tally.raid_m, np.empty(0)]) for tally in tallies]
    return raid, [np.concatenate([*tally.traffic_m, np.empty(0)]) for tally in tallies]


def _change(errors_m: Sequence[F8], usual_m: Sequence[F8]) -> Estimate:
    """By what share the median is above the usual one, run by run; runs without a look say nothing."""
    pairs = [
        (np.median(of), np.median(other)) for of, other in zip(errors_m, usual_m, strict=True) if len(of)
    ]
    return ratio_spread(np.array([of / other - 1.0 for of, other in pairs]), np.ones(len(pairs))).interval()


def _rms(errors_m: Sequence[F8]) -> Estimate:
    """The root of the mean square, its interval that of the mean square over runs."""
    square = mean_of_sums(
        np.array([np.square(of).sum() for of in errors_m]), np.array([float(len(of)) for of in errors_m])
    )
    low, high = (math.sqrt(max(bound, 0.0)) for bound in (square.low, square.high))
    return Estimate(math.sqrt(square.value), low, high, square.n, square.method)


def _median(errors_m: Sequence[F8]) -> Estimate:
    run = np.repeat(np.arange(len(errors_m)), [len(of) for of in errors_m])
    return median_estimate(np.concatenate(errors_m), run)


def _cells(squares: Sequence[dict[Cell, F8]]) -> tuple[CellRow, ...]:
    rows = []
    for kind, phase, fused in sorted({(cell[0], cell[1], cell[2] > SINGLE) for of in squares for cell in of}):
        single, pure, mixed = (
            np.array([of.get((kind, phase, made), np.zeros(4)) for of in squares]) for made in range(3)
        )
        looks = pure + mixed if fused else single
        rows.append(
            CellRow(
                kind,
                phase,
                fused,
                int(looks[:, 0].sum()),
                int(looks[:, 1].sum()),
                int(mixed[:, 0].sum()) if fused else 0,
                *_anees(looks),
                *_anees(pure if fused else single),
            )
        )
    return tuple(rows)


def _anees(table: F8) -> tuple[Estimate, Estimate]:
    """The normalised squares per dimension of position, and of position and velocity, over runs."""
    sound = table[:, 0] - table[:, 1]
    return mean_of_sums(table[:, 2] / 3.0, sound), mean_of_sums(table[:, 3] / 6.0, sound)
