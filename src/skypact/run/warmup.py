"""Compile every kernel that a run uses: once, then they come from the cache."""

from __future__ import annotations

import os
from pathlib import Path

from skypact.run.build import Treatments
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import load
from skypact.run.paired import run_pair
from skypact.score import score_run

SAMPLE = "gulf-small"
"""A small scenario in which all happens that compiles a kernel: launches, shots, debris, cues, fusion, alerts."""


ALL, TRACKER = "kernels", "tracker"
"""What may be compiled: all kernels, or those that tracking a recording uses."""


def kernels_are_compiled(part: str = ALL) -> bool:
    """Whether the cache in use holds all kernels, or the part of them."""
    return any(stamp is not None and stamp.exists() for stamp in (_stamp(ALL), _stamp(part)))


def compile_kernels() -> None:
    """Run and score the sample once, and throw it away."""
    loaded = load(SAMPLE)
    scenario = loaded.scenario
    request = Request(loaded, 1, scenario.seed, scenario.levels, Treatments(cueing=True), 1, Path())
    wired, manifest = prepare_campaign(request)
    score_run(run_pair(wired, 0, scenario.seed), manifest)
    note_compiled(ALL)


def note_compiled(part: str) -> None:
    """Remember that the cache in use holds these kernels."""
    stamp = _stamp(part)
    if stamp is not None:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()


def _stamp(part: str) -> Path | None:
    """The file that says so; None where there is no cache to write to."""
    folder = os.environ.get("NUMBA_CACHE_DIR")
    return Path(folder) / f"skypact-{part}-compiled" if folder else None
