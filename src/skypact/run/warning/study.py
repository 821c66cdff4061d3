"""Zones of several sizes, alerted from the same pictures of the same raids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skypact import __version__
from skypact.errors import UsageError
from skypact.model.network import B1, F8, I8
from skypact.model.scenario import Scenario
from skypact.model.warning import RUNGS
from skypact.run.build import Treatments, zones_of
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import Loaded
from skypact.run.paired import evaluate, prepare
from skypact.run.summary import CITABLE_RUNS
from skypact.run.warning.sample import Sample, Watch, cut_of, samples
from skypact.score.alert import public_rung
from skypact.score.interval import CONFIDENCE, Estimate, mean_of_sums, pooled_quantile, share_of_sums

WARNED_S = 60.0
MAX_SIZES = 5
"""With the places, as many curves as there are colours that every kind of colour vision tells apart."""
Report = Callable[[int, float], None]
"""Called with runs done and the share done of the one under way."""


@dataclass(frozen=True)
class Point:
    """One alert probability at one size and level; counts are of a raid."""

    probability: float
    warning_median_s: Estimate
    warning_p5_s: Estimate
    warned_share: Estimate
    """of the people under attack, who had 60 s or more"""
    missed: Estimate
    correct: Estimate
    precautionary: Estimate
    false: Estimate
    in_vain: Estimate
    """people warned in vain"""
    person_hours: Estimate
    """people times hours under alert"""


@dataclass(frozen=True)
class Curve:
    """One size at one level, by alert probability."""

    level: str
    size_m: float | None
    """width of the hexagons; None: the places themselves"""
    zones: int
    points: tuple[Point, ...]
    """in the order of RUNGS"""

    @property
    def name(self) -> str:
        """What the zones are called."""
        return "places" if self.size_m is None else f"{self.size_m / 1e3:g} km"


@dataclass(frozen=True)
class ZoneStudy:
    """Zones of several sizes beside truth."""

    scenario: str
    title: str
    levels: tuple[str, ...]
    nations: tuple[str, ...]
    """those counted"""
    runs: int
    seed: int
    version: str
    confidence: float
    public: int
    """index in RUNGS of the probability that the public hears"""
    curves: tuple[Curve, ...]

    @property
    def preview(self) -> bool:
        """Whether the runs are too few to cite."""
        return self.runs < CITABLE_RUNS


def widths_m(text: str) -> tuple[float, ...]:
    """The widths of hexagons (m) that a list of kilometres names, each once, the smallest first.

    Raises:
        UsageError: a part is no number of kilometres from 1 to 200, or there are more than `MAX_SIZES`.
    """
    try:
        sizes = sorted({float(part) for part in text.split(",")})
    except ValueError as fault:
        raise UsageError(f"--sizes {text}", "not numbers", "Give kilometres, as 5,10,20,50.") from fault
    if not all(1.0 <= size <= 200.0 for size in sizes) or len(sizes) > MAX_SIZES:
        raise UsageError(f"--sizes {text}", "out of range", f"Give at most {MAX_SIZES}, from 1 to 200 km.")
    return tuple(1e3 * size for size in sizes)


def study(
    loaded: Loaded,
    runs: int,
    seed: int,
    levels: Sequence[str],
    sizes_m: Sequence[float],
    nations: Sequence[str] = (),
    report: Report | None = None,
) -> ZoneStudy:
    """Alert the places, and hexagons of each size, from the pictures of the same runs.

    Each run is that of a campaign with the same seed: its own zones alone decide what is released on alert.

    Args:
        loaded: the scenario.
        runs, seed: how many, and the campaign's seed.
        levels: who shares what with whom.
        sizes_m: widths of hexagons.
        nations: whose alerts and objects count; all where empty.
        report: told how far it is.

    Raises:
        UsageError: no such level or nation, no raid, or too many zones.
    """
    scenario = loaded.scenario
    _refuse(scenario, nations)
    request = Request(loaded, runs, seed, tuple(levels), Treatments(), 1, Path())
    wired, manifest = prepare_campaign(request)
    zones = [(size, zones_of(wired.network.places, size)) for size in (None, *sizes_m)]
    found: list[list[list[Sample]]] = []
    for run in range(runs):

        def inside(share: float, run: int = run) -> None:
            if report is not None:
                report(run + int(share), share % 1.0)

        plan, sensed = prepare(wired, run, seed)
        cuts = [cut_of(plan, of, size) for size, of in zones]
        watch = Watch(cuts, len(levels), run)
        tables = evaluate(plan, sensed, run, inside, watch=watch)
        found.append(samples(watch, cuts, tables, manifest))
        inside(1.0)
    counted = np.array([name in nations or not nations for name in manifest.nations])
    curves = tuple(
        Curve(level, size, len(of.table.names), points([run[at][k] for run in found], counted))
        for at, level in enumerate(levels)
        for k, (size, of) in enumerate(zones)
    )
    return ZoneStudy(
        scenario=scenario.name,
        title=scenario.title,
        levels=tuple(levels),
        nations=tuple(name for name in manifest.nations if name in nations or not nations),
        runs=runs,
        seed=seed,
        version=__version__,
        confidence=CONFIDENCE,
        public=public_rung(manifest),
        curves=curves,
    )


def _refuse(scenario: Scenario, nations: Sequence[str]) -> None:
    """Refuse what has nothing to be counted."""
    unknown = [nation for nation in nations if nation not in scenario.nations]
    if unknown:
        raise UsageError(
            f"--nation {' '.join(unknown)}",
            "not in this scenario",
            f"There are: {', '.join(scenario.nations)}.",
        )
    if not scenario.families:
        raise UsageError(scenario.name, "it has no raid", "Choose a scenario with raid families.")


def points(of_runs: Sequence[Sample], counted: B1) -> tuple[Point, ...]:
    """What the samples of all runs say at each alert probability.

    Args:
        of_runs: one a run, of the same level and size.
        counted: [N] whether a nation's alerts and objects count.
    """
    ones = np.ones(len(of_runs))
    here = [counted[sample.nation] for sample in of_runs]
    run = np.repeat(np.arange(len(of_runs), dtype=np.int64), [int(rows.sum()) for rows in here])
    people = [sample.people[rows] for sample, rows in zip(of_runs, here, strict=True)]
    under = np.array([part.sum() for part in people])
    made = []
    for rung, probability in enumerate(RUNGS):
        lead = [sample.warning_s[rows, rung] for sample, rows in zip(of_runs, here, strict=True)]
        every = np.concatenate(lead)
        warned = np.array([p[s >= WARNED_S].sum() for p, s in zip(people, lead, strict=True)])
        counts = [
            np.array([getattr(sample, name)[counted, rung].sum() for sample in of_runs])
            for name in ("correct", "precautionary", "false", "in_vain", "person_hours")
        ]
        missed = np.array([float(np.count_nonzero(s == 0.0)) for s in lead])
        made.append(
            Point(
                probability,
                _quantile(every, run, 0.5),
                _quantile(every, run, 0.05),
                share_of_sums(warned, under),
                mean_of_sums(missed, ones, counted=True),
                mean_of_sums(counts[0], ones, counted=True),
                mean_of_sums(counts[1], ones, counted=True),
                mean_of_sums(counts[2], ones, counted=True),
                mean_of_sums(counts[3], ones),
                mean_of_sums(counts[4], ones),
            )
        )
    return tuple(made)


def _quantile(values: F8, run: I8, q: float) -> Estimate:
    """A quantile of lead times, none negative."""
    found = pooled_quantile(values, run, q).spread().interval()
    return Estimate(found.value, max(found.low, 0.0), found.high, found.n, found.method)
