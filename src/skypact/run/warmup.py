"""Compile every kernel that a run uses, by running a short piece of it: once, then from the cache."""

from __future__ import annotations

from skypact.run.build import Wired
from skypact.run.paired import evaluate, prepare

SAMPLE_EPOCHS = 20


def compile_kernels(wired: Wired) -> None:
    """Run a few epochs of the scenario and throw them away, so that workers find all kernels compiled."""
    plan, sensed = prepare(wired, 1, 0)
    evaluate(plan, sensed, 1, most_epochs=SAMPLE_EPOCHS)
