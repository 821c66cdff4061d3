"""Chains by several processes: each keeps what it has finished, so that a killed command loses what is under way."""

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

from skypact.errors import RunError
from skypact.model.manifest import Manifest
from skypact.run.build import Wired
from skypact.run.endurance.chain import follow_chain
from skypact.run.endurance.folder import write_chain

POLL_S = 0.25

Report = Callable[[float], None]
"""Called with the chains done, in fractions too."""


@dataclass(frozen=True)
class Task:
    """What every chain of a study has in common."""

    wired: Wired
    manifest: Manifest
    seed: int
    raids: int
    control: bool
    folder: Path


def run_chains(task: Task, missing: Sequence[int], workers: int, report: Report) -> None:
    """Follow the chains and keep each when it is finished.

    Raises:
        RunError: a chain failed, or a worker was killed; finished chains are kept.
    """
    if workers < 2 or len(missing) < 2:
        for k, chain in enumerate(missing):

            def inside(share: float, k: int = k) -> None:
                report(k + share)

            _one_chain(task, chain, inside)
            inside(1.0)
        return
    _in_processes(task, missing, workers, report)


def _one_chain(task: Task, chain: int, progress: Report) -> None:
    try:
        found = follow_chain(task.wired, task.manifest, task.seed, chain, task.raids, task.control, progress)
        write_chain(task.folder, found)
    except (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError) as fault:
        raise RunError(chain, task.seed, f"{type(fault).__name__}: {fault}") from fault


def _in_processes(task: Task, missing: Sequence[int], workers: int, report: Report) -> None:
    # A forked worker has the kernels already compiled; elsewhere workers load them from the cache.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    shares = context.Array("d", len(missing))
    with ProcessPoolExecutor(
        min(workers, len(missing)), mp_context=context, initializer=_start, initargs=(task, shares)
    ) as pool:
        waiting: dict[Future[None], int] = {
            pool.submit(_work, k, chain): chain for k, chain in enumerate(missing)
        }
        try:
            while waiting:
                finished, _ = wait(waiting, timeout=POLL_S, return_when=FIRST_COMPLETED)
                for future in finished:
                    chain = waiting.pop(future)
                    try:
                        future.result()
                    except BrokenProcessPool as fault:
                        raise RunError(chain, task.seed, "its worker process was killed") from fault
                report(sum(shares[k] for k in range(len(missing))))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


@dataclass(frozen=True)
class _Worker:
    """What a worker process has for its whole life."""

    task: Task
    shares: SynchronizedArray[float]
    parent: int


_worker: _Worker | None = None


def _start(task: Task, shares: SynchronizedArray[float]) -> None:
    global _worker  # noqa: PLW0603 - a worker process has one study for its whole life
    _worker = _Worker(task, shares, os.getppid())


def _work(slot: int, chain: int) -> None:
    mine = _worker
    if mine is None:
        raise RuntimeError("a worker was not started by the study")

    def progress(share: float) -> None:
        if os.getppid() != mine.parent:
            os._exit(1)  # the command was killed and with it the lock on the folder: write nothing more
        mine.shares[slot] = share

    _one_chain(mine.task, chain, progress)
    mine.shares[slot] = 1.0
