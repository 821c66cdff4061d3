"""Many runs of a scenario's trackers, and what they say together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skypact import __version__
from skypact.run.build import Treatments, Wired, wire
from skypact.run.consistency.follow import follow_run
from skypact.run.consistency.sample import RunSamples, numbered
from skypact.run.library import Loaded
from skypact.score.confusion import Confusion
from skypact.score.consistency import (
    EllipseRow,
    FirstRow,
    PictureRow,
    StateRow,
    ellipse_rows,
    first_rows,
    picture_rows,
    state_rows,
)

LEVELS = ("national", "full")
TRACKERS = ("local", "pooled")
"""Each nation's own tracker, and the one of all detections that the level `full` pools."""
CITABLE_RUNS = 20


@dataclass(frozen=True)
class Consistency:
    """How the trackers of a scenario stand beside truth."""

    scenario: str
    title: str
    runs: int
    seed: int
    version: str
    states: tuple[StateRow, ...]
    impacts: tuple[EllipseRow, ...]
    launches: tuple[EllipseRow, ...]
    pictures: tuple[PictureRow, ...]
    firsts: tuple[FirstRow, ...]
    confusions: tuple[Confusion, ...]

    @property
    def preview(self) -> bool:
        """Whether the runs are too few to cite."""
        return self.runs < CITABLE_RUNS


Report = Callable[[int, float], None]
"""Called with runs done and the share done of the one under way."""


def wired_for(loaded: Loaded) -> Wired:
    """A scenario ready for its trackers: by themselves, and pooled as at `full`."""
    return wire(
        loaded.scenario, loaded.catalogue, loaded.airports, loaded.terrain, LEVELS, Treatments(), False
    )


def study(loaded: Loaded, runs: int, seed: int, report: Report | None = None) -> Consistency:
    """Run a scenario's trackers beside its truth: no level, no warning, no fire.

    Args:
        loaded: the scenario.
        runs: how many; run k is that of the campaign with the same seed.
        seed: the campaign's seed.
        report: told how far it is.
    """
    wired = wired_for(loaded)
    found: list[RunSamples] = []
    for run in range(runs):

        def inside(share: float, run: int = run) -> None:
            if report is not None:
                report(run, share)

        found.append(follow_run(wired, run, seed, inside))
        inside(1.0)
    if report is not None:
        report(runs, 0.0)
    return judged(numbered(found), loaded.scenario.name, loaded.scenario.title, runs, seed)


def judged(samples: RunSamples, name: str, title: str, runs: int, seed: int) -> Consistency:
    """The rows and intervals of the samples of `runs` runs."""
    confusions = [
        Confusion(
            tracker, bool(first), samples.classes[:, pooled, first], samples.identities[:, pooled, first]
        )
        for pooled, tracker in enumerate(TRACKERS)
        for first in range(2)
        if np.any(samples.classes[:, pooled])
    ]
    return Consistency(
        scenario=name,
        title=title,
        runs=runs,
        seed=seed,
        version=__version__,
        states=state_rows(samples.states, runs),
        impacts=ellipse_rows(samples.impacts, runs),
        launches=ellipse_rows(samples.launches, runs),
        pictures=picture_rows(samples.counts, runs),
        firsts=first_rows(samples.firsts, runs),
        confusions=tuple(confusions),
    )
