"""Chains of raids over several days, resumed where they were interrupted, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skypact import __version__
from skypact.errors import RecordError, UsageError
from skypact.model.manifest import Manifest
from skypact.model.scenario import Days
from skypact.record import open_run
from skypact.record.digest import combined_digest
from skypact.run.build import Treatments, Wired
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.endurance.chain import Chain
from skypact.run.endurance.folder import finished_chains, forget_parts, read_chain
from skypact.run.endurance.pool import Report, Task, run_chains
from skypact.run.endurance.supply import can_run_out, held_first
from skypact.run.library import Loaded
from skypact.run.summary import CITABLE_RUNS
from skypact.score.endurance import Chains, EnduranceRow, by_day, endurance_rows
from skypact.score.interval import CONFIDENCE
from skypact.score.run import baseline_row

MOST_RAIDS = 1_000


@dataclass(frozen=True)
class EnduranceRequest:
    """What a study of several days was asked for."""

    loaded: Loaded
    days: int
    chains: int
    seed: int
    levels: tuple[str, ...]
    workers: int
    folder: Path
    threshold: float | None = None
    """share stopped below which protection has fallen; by default half of what the rounds of the first day stop"""
    control: bool = True
    """Whether every raid is fought with the rounds of the first day too."""


@dataclass(frozen=True)
class Endurance:
    """How long each nation's protection lasts."""

    scenario: str
    title: str
    seed: int
    version: str
    hash: str
    """of the records of all raids"""
    days: int
    chains: int
    supply: Days
    families: tuple[str, ...]
    """raid families, which come in turn; a chain begins with each in turn"""
    baseline: str
    levels: tuple[str, ...]
    nations: tuple[str, ...]
    confidence: float
    threshold: float | None
    control: bool
    rows: tuple[EnduranceRow, ...]

    @property
    def preview(self) -> bool:
        """Whether the chains are too few to cite."""
        return self.chains < CITABLE_RUNS

    def row(self, nation: str, level: str) -> EnduranceRow:
        """The row of a nation, or of ALL, at a level.

        Raises:
            KeyError: there is none.
        """
        found = next((row for row in self.rows if (row.nation, row.level) == (nation, level)), None)
        if found is None:
            raise KeyError(f"{nation} at {level}")
        return found


def endurance_of(request: EnduranceRequest, report: Report = lambda _done: None) -> Endurance:
    """Follow the chains that the folder lacks, and put all of them together.

    Raises:
        RecordError: the folder belongs to another scenario, seed, version, levels or number of days.
        RunError: a chain failed; finished ones are kept.
        UsageError: an unknown level, no raid in the scenario, or too many raids.
    """
    scenario = request.loaded.scenario
    raids = request.days * scenario.days.raids_per_day
    _refuse(request, raids)
    # A chain is to the folder what a run is to that of a campaign.
    wired, manifest = prepare_campaign(
        Request(request.loaded, request.chains, request.seed, request.levels, Treatments(), 1, request.folder)
    )
    with open_run(request.folder, manifest, scenario.text):
        forget_parts(request.folder)
        done = [chain for chain in finished_chains(request.folder) if chain < request.chains]
        for chain in done:
            _require_alike(request, read_chain(request.folder, chain), raids)
        missing = [chain for chain in range(request.chains) if chain not in done]
        report(float(len(done)))
        task = Task(wired, manifest, request.seed, raids, request.control, request.folder)
        run_chains(task, missing, request.workers, lambda share: report(len(done) + share))
        chains = [read_chain(request.folder, chain) for chain in range(request.chains)]
    return _together(request, wired, manifest, chains)


def _refuse(request: EnduranceRequest, raids: int) -> None:
    """Raise UsageError where there is nothing to study, or too much."""
    scenario = request.loaded.scenario
    if not scenario.families:
        raise UsageError(
            f"scenario {scenario.name}", "it has no raid family", "Name a scenario with raids, such as gulf."
        )
    if raids > MOST_RAIDS:
        raise UsageError(
            f"--days {request.days}", f"{raids} raids a chain", f"Ask for at most {MOST_RAIDS} raids."
        )


def _require_alike(request: EnduranceRequest, chain: Chain, raids: int) -> None:
    """Raise RecordError where a finished chain is not one that this request would make."""
    found, asked = len(chain.digests), raids
    if found != asked:
        raise RecordError(
            str(request.folder),
            f"its chains have {found} raids, not {asked}",
            "Choose another folder, or ask for as many days",
        )
    if request.control and chain.fresh is None:
        raise RecordError(
            str(request.folder), "its chains have no control", "Choose another folder, or add --no-control"
        )


def _together(
    request: EnduranceRequest, wired: Wired, manifest: Manifest, found: Sequence[Chain]
) -> Endurance:
    scenario = wired.scenario
    baseline = baseline_row(manifest)
    rows = endurance_rows(_chains(wired, found, request.control), manifest, baseline, request.threshold)
    raids = len(found[0].digests)
    digests = {chain.number * raids + r: text for chain in found for r, text in enumerate(chain.digests)}
    return Endurance(
        scenario=scenario.name,
        title=scenario.title,
        seed=request.seed,
        version=__version__,
        hash=combined_digest(digests),
        days=request.days,
        chains=request.chains,
        supply=scenario.days,
        families=manifest.families,
        baseline=manifest.levels[baseline],
        levels=manifest.levels,
        nations=tuple(dict.fromkeys(row.nation for row in rows)),
        confidence=CONFIDENCE,
        threshold=request.threshold,
        control=request.control,
        rows=rows,
    )


def _chains(wired: Wired, found: Sequence[Chain], control: bool) -> Chains:
    """The chains as arrays, the raids of a day added up."""
    batteries, days = wired.network.batteries, wired.scenario.days
    per_day = days.raids_per_day
    daily = [by_day(chain.raids, per_day) for chain in found]
    fresh = None
    if control:
        stacked = np.stack([chain.fresh for chain in found if chain.fresh is not None])
        fresh = stacked.reshape(len(found), -1, per_day, *stacked.shape[2:]).sum(axis=2)
    return Chains(
        scored=np.stack([day.scored for day in daily]),
        stopped=np.stack([day.stopped for day in daily]),
        fired=np.stack([day.fired for day in daily]),
        left=np.stack([chain.left[per_day - 1 :: per_day] for chain in found]).astype(np.int64),
        first=held_first(batteries, days).astype(np.int64),
        counted=can_run_out(batteries),
        fresh=fresh,
    )
