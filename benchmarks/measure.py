"""One row of the benchmark table, and how a time is taken."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """A figure and, where there is one, its peer's, measured in the same process run.

    `unit` is s for run.* and defend.*, ms for earth.*, sense.*, track.* and score.*, µs for interop.* and
    fuse.*; times are processor time.
    """

    name: str
    size: int | str
    unit: str
    ours: float
    peer: float | None
    peer_name: str | None
    note: str

    @property
    def ratio(self) -> float | None:
        """Peer over ours: above 1 we are faster."""
        return None if self.peer is None else self.peer / self.ours


def best_s(action: Callable[[], object], repeats: int) -> float:
    """The least processor time of several repeats, after one that is not counted, seconds."""
    return min(_times_s(action, repeats))


def median_s(action: Callable[[], object], repeats: int) -> float:
    """The median processor time of several repeats, after one that is not counted, seconds."""
    return statistics.median(_times_s(action, repeats))


def _times_s(action: Callable[[], object], repeats: int) -> list[float]:
    action()
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        action()
        times.append(time.process_time() - begin)
    return times


def machine() -> str:
    """What was measured on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    return f"{model}, {os.cpu_count()} processors, Python {platform.python_version()}"


def versions() -> dict[str, str]:
    """Versions of what the figures depend on."""
    return {name: version(name) for name in ("skypact", "numpy", "numba", "scipy", "pyarrow", "libasterix")}
