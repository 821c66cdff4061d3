"""Many paired runs: worker processes, live progress, and a folder that a killed campaign resumes from."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path

from skypact import __version__
from skypact.errors import RunError, SkypactError
from skypact.model.manifest import BatteryEntry, Manifest, PlaceEntry, SensorEntry, ZoneEntry
from skypact.model.record import SCHEMA_VERSION
from skypact.model.zone import Zones
from skypact.record import finished_runs, open_run, write_shard
from skypact.run.build import Treatments, Wired, wire
from skypact.run.library import Loaded
from skypact.run.paired import public_rung, run_pair
from skypact.run.uncertain import parameter_entries

POLL_S = 0.25


@dataclass(frozen=True)
class Request:
    """What a campaign was asked for."""

    loaded: Loaded
    runs: int
    seed: int
    levels: tuple[str, ...]
    treatments: Treatments
    workers: int
    folder: Path
    uncertain: bool = False
    """Whether each run draws the parameters of its classes from their intervals."""


Report = Callable[[int, int, Sequence[tuple[int, float]]], None]
"""Called with runs done, runs in all, and (run, share done) of each run under way."""


def prepare_campaign(request: Request) -> tuple[Wired, Manifest]:
    """The scenario wired, and the description that its folder will carry.

    Raises:
        UsageError: an unknown level, or an alert probability that is not recorded.
    """
    loaded = request.loaded
    wired = wire(
        loaded.scenario,
        loaded.catalogue,
        loaded.airports,
        loaded.terrain,
        request.levels,
        request.treatments,
        request.uncertain,
    )
    public_rung(wired)
    return wired, _manifest(wired, request)


def run_campaign(wired: Wired, manifest: Manifest, request: Request, report: Report) -> None:
    """Run what is missing in the folder; what is finished stays.

    Raises:
        RecordError: the folder belongs to another scenario, seed, version, levels, treatments or drawing of parameters.
        RunError: a run failed or a worker died; the other runs are recorded first.
    """
    open_run(request.folder, manifest, request.loaded.scenario.text)
    done = set(finished_runs(request.folder))
    missing = [run for run in range(request.runs) if run not in done]
    total = request.runs
    if not missing:
        report(total, total, ())
        return
    if request.workers <= 1 or len(missing) == 1:
        for k, run in enumerate(missing):

            def inside(share: float, run: int = run, k: int = k) -> None:
                report(total - len(missing) + k, total, ((run, share),))

            _one_run(wired, request.folder, request.seed, run, inside)
        report(total, total, ())
        return
    _run_in_processes(wired, request, missing, report)


def _one_run(wired: Wired, folder: Path, seed: int, run: int, progress: Callable[[float], None]) -> None:
    try:
        write_shard(folder, run, run_pair(wired, run, seed, progress))
    except (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError) as fault:
        raise RunError(run, seed, f"{type(fault).__name__}: {fault}") from fault


@dataclass(frozen=True)
class _Worker:
    """What a worker process has for its whole life."""

    wired: Wired
    folder: Path
    seed: int
    shares: SynchronizedArray[float]
    parent: int


_worker: _Worker | None = None


def _start_worker(wired: Wired, folder: Path, seed: int, shares: SynchronizedArray[float]) -> None:
    global _worker  # noqa: PLW0603 - a worker process has one campaign for its whole life
    _worker = _Worker(wired, folder, seed, shares, os.getppid())


def _work(slot: int, run: int) -> int:
    mine = _worker
    if mine is None:
        raise RuntimeError("a worker was not started by the campaign")

    def progress(share: float) -> None:
        if os.getppid() != mine.parent:
            os._exit(1)  # the campaign was killed and with it the lock on the folder: write nothing more
        mine.shares[slot] = share

    _one_run(mine.wired, mine.folder, mine.seed, run, progress)
    mine.shares[slot] = 1.0
    return run


LIVES = 3
"""Pools of workers that a campaign may use up: a worker killed from outside costs what it was running, no more."""


def _run_in_processes(wired: Wired, request: Request, missing: list[int], report: Report) -> None:
    failures: dict[int, SkypactError] = {}
    left = list(missing)
    for life in range(LIVES):
        done = set(finished_runs(request.folder))
        left = [run for run in left if run not in done and run not in failures]
        if not left:
            break
        if _one_pool(wired, request, left, report, failures) and life == LIVES - 1:
            raise RunError(
                left[0], request.seed, f"worker processes died {LIVES} times while runs {left} were open"
            )
    if failures:
        raise next(iter(failures.values()))


def _one_pool(
    wired: Wired, request: Request, left: list[int], report: Report, failures: dict[int, SkypactError]
) -> bool:
    """Whether a worker of the pool died; what runs failed by themselves is put into `failures`."""
    # A forked worker has the kernels already compiled; elsewhere workers load them from the cache.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    shares = context.Array("d", len(left))
    already = request.runs - len(left)
    died = False
    with ProcessPoolExecutor(
        min(request.workers, len(left)),
        mp_context=context,
        initializer=_start_worker,
        initargs=(wired, request.folder, request.seed, shares),
    ) as pool:
        waiting: dict[Future[int], int] = {pool.submit(_work, k, run): run for k, run in enumerate(left)}
        try:
            while waiting:
                finished, _ = wait(waiting, timeout=POLL_S, return_when=FIRST_COMPLETED)
                for future in finished:
                    run = waiting.pop(future)
                    try:
                        future.result()
                    except SkypactError as fault:
                        failures[run] = fault
                    except BrokenProcessPool:
                        died = True
                running = [(run, shares[k]) for k, run in enumerate(left) if 0.0 < shares[k] < 1.0]
                report(already + len(left) - len(waiting), request.runs, running)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise
    return died


def default_workers(runs: int) -> int:
    """As many workers as processors, at most one a run."""
    return max(1, min(runs, len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1))


def _manifest(wired: Wired, request: Request) -> Manifest:
    scenario, network = wired.scenario, wired.network
    sensors, batteries = network.sensors, network.batteries
    return Manifest(
        schema_version=SCHEMA_VERSION,
        version=__version__,
        scenario=scenario.name,
        title=scenario.title,
        seed=request.seed,
        runs=request.runs,
        levels=request.levels,
        treatments=request.treatments.names,
        nations=scenario.nations,
        nation_names=scenario.nation_names,
        families=tuple(family.name for family in scenario.families),
        alert_probability=scenario.settings.alert_probability,
        zero_ns=0,
        places=tuple(
            PlaceEntry(p.name, p.nation, p.lat_rad, p.lon_rad, p.radius_m, p.population, p.value, p.defended)
            for p in scenario.places
        ),
        sensors=tuple(
            SensorEntry(
                s.name, s.class_name, s.nation, s.host, s.lat_rad, s.lon_rad, float(sensors.range_max_m[i])
            )
            for i, s in enumerate(scenario.sensors)
        ),
        batteries=tuple(
            BatteryEntry(
                b.name,
                b.class_name,
                batteries.tiers[i],
                b.nation,
                b.lat_rad,
                b.lon_rad,
                float(batteries.range_max_m[i]),
                int(batteries.stock[i]),
                float(batteries.price_usd[i]),
                b.defends,
            )
            for i, b in enumerate(scenario.batteries)
        ),
        uncertain=wired.uncertain,
        parameters=parameter_entries(wired),
        zones=zone_entries(wired.zones, wired.network.nations),
    )


def zone_entries(zones: Zones, nations: Sequence[str]) -> tuple[ZoneEntry, ...]:
    """The zones as a manifest has them; none where they are the places."""
    if not zones.apart:
        return ()
    table = zones.table
    return tuple(
        ZoneEntry(
            name,
            nations[int(table.nation[k])],
            float(table.lat_rad[k]),
            float(table.lon_rad[k]),
            float(table.radius_m[k]),
            int(table.population[k]),
            tuple(zones.corner_rad[k, :, 0].tolist()),
            tuple(zones.corner_rad[k, :, 1].tolist()),
        )
        for k, name in enumerate(table.names)
    )
