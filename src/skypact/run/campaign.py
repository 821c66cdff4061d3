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
from skypact.errors import RunError
from skypact.model.manifest import BatteryEntry, Manifest, PlaceEntry, SensorEntry
from skypact.model.record import SCHEMA_VERSION
from skypact.record import finished_runs, open_run, write_shard
from skypact.run.build import Treatments, Wired, wire
from skypact.run.library import Loaded
from skypact.run.paired import public_rung, run_pair

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


Report = Callable[[int, int, Sequence[tuple[int, float]]], None]
"""Called with runs done, runs in all, and (run, share done) of each run under way."""


def prepare_campaign(request: Request) -> tuple[Wired, Manifest]:
    """The scenario wired, and the description that its folder will carry.

    Raises:
        UsageError: an unknown level, or an alert probability that is not recorded.
    """
    loaded = request.loaded
    wired = wire(
        loaded.scenario, loaded.catalogue, loaded.airports, loaded.terrain, request.levels, request.treatments
    )
    public_rung(wired)
    return wired, _manifest(wired, request)


def run_campaign(wired: Wired, manifest: Manifest, request: Request, report: Report) -> None:
    """Run what is missing in the folder; what is finished stays.

    Raises:
        RecordError: the folder belongs to another scenario, seed, version, levels or treatments.
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
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as fault:
        raise RunError(run, seed, f"{type(fault).__name__}: {fault}") from fault


_worker: tuple[Wired, Path, int, SynchronizedArray[float]] | None = None


def _start_worker(wired: Wired, folder: Path, seed: int, shares: SynchronizedArray[float]) -> None:
    global _worker  # noqa: PLW0603 - a worker process has one campaign for its whole life
    _worker = wired, folder, seed, shares


def _work(slot: int, run: int) -> int:
    if _worker is None:
        raise RuntimeError("a worker was not started by the campaign")
    wired, folder, seed, shares = _worker

    def progress(share: float) -> None:
        shares[slot] = share

    _one_run(wired, folder, seed, run, progress)
    shares[slot] = 1.0
    return run


def _run_in_processes(wired: Wired, request: Request, missing: list[int], report: Report) -> None:
    # A forked worker has the kernels already compiled; elsewhere workers load them from the cache.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    shares = context.Array("d", len(missing))
    failures: list[RunError] = []
    already = request.runs - len(missing)
    with ProcessPoolExecutor(
        min(request.workers, len(missing)),
        mp_context=context,
        initializer=_start_worker,
        initargs=(wired, request.folder, request.seed, shares),
    ) as pool:
        waiting: dict[Future[int], int] = {pool.submit(_work, k, run): run for k, run in enumerate(missing)}
        try:
            while waiting:
                finished, _ = wait(waiting, timeout=POLL_S, return_when=FIRST_COMPLETED)
                for future in finished:
                    run = waiting.pop(future)
                    failures += _failure(future, run, request.seed)
                running = [(run, shares[k]) for k, run in enumerate(missing) if 0.0 < shares[k] < 1.0]
                report(already + len(missing) - len(waiting), request.runs, running)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise
    if failures:
        raise failures[0]


def _failure(future: Future[int], run: int, seed: int) -> list[RunError]:
    try:
        future.result()
    except RunError as fault:
        return [fault]
    except BrokenProcessPool:
        return [RunError(run, seed, "a worker process died")]
    return []


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
    )
