"""The general tracker, scan by scan, against Stone Soup's tracker with the same logic on the same detections.

The peer runs in an environment of its own, `.cache/peer`, made from pinned versions the first time; where that cannot
be made the rows go without its figures. Both trackers confirm at three updates, hold starting tracks for two scans and
others for four without one, so that they give the same tracks and differ in time alone; GOSPA is checked first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks import scenario
from benchmarks.accuracy import PMB
from benchmarks.measure import Row
from benchmarks.scenario import Scenario
from skypact.estimate import ConstantVelocity, Sensor, Switching
from skypact.score import gospa
from skypact.track import GlobalNearestNeighbour, Life, Tracker
from skypact.track.association import Associator
from skypact.track.multitarget import MotionModel

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parent / ".cache/peer"
PEER_NAME = "Stone Soup 1.9.1"
NO_PEER = "the peer could not be installed here, so it was not measured"
SAME = Life(confirm_hits=3, drop_misses=2, lost_misses=4)
"""The peer's logic: confirmed at three updates, held for two scans without one, then deleted after four."""
RUNS = 3
"""Times that this tracker is given a scenario: the figure is the median of their means."""
SLOW, FEW = 400, 6
"""Targets from which the peer takes too long for fifty scans, as it does with a radar, which its tree does not index:
it is given so many."""


@dataclass(frozen=True)
class Outcome:
    """Processor time of each scan, ms, and GOSPA of the tracks held after it."""

    ms: np.ndarray
    gospa: np.ndarray


def sensor_of(world: Scenario) -> Sensor:
    """The scenario's sensor."""
    return Sensor(
        measures="position" if world.kind == "cart2d" else "range_bearing_elevation",
        sigma=world.sigma,
        dimensions=world.pos_m.shape[2],
        detection_chance=0.9,
        clutter_density=world.clutter_density,
    )


def motion_of(world: Scenario, models: int = 1) -> MotionModel:
    """The scenario's motion; or several models about it, between which a target changes every fifty seconds."""
    d = world.pos_m.shape[2]
    if models == 1:
        return ConstantVelocity(dimensions=d, noise_m2ps3=world.noise_m2ps3)
    noises = world.noise_m2ps3 * np.geomspace(0.1, 100.0, models)
    rates = np.full((models, models), 0.02 / (models - 1))
    np.fill_diagonal(rates, -0.02)
    return Switching(
        tuple(ConstantVelocity(dimensions=d, noise_m2ps3=float(noise)) for noise in noises), rates_per_s=rates
    )


def track(
    world: Scenario, association: str | Associator = "gnn", life: Life | None = None, models: int = 1
) -> Outcome:
    """What this tracker makes of a scenario."""
    sensor = sensor_of(world)
    tracker = Tracker(motion_of(world, models), association, life=life, speed_sigma_mps=world.speed_sigma_mps)
    ms, metric = [], []
    for k, z in enumerate(world.scans):
        before = time.process_time()
        held = tracker.step(k * world.dt_s, z, sensor)
        ms.append(1e3 * (time.process_time() - before))
        metric.append(gospa(held.pos_m, world.pos_m[k], world.cut_m).total)
    return Outcome(np.array(ms), np.array(metric))


@cache
def peer_python() -> str | None:
    """The interpreter of the peer's environment, made if it is not there yet; None where it cannot be made."""
    python = ENVIRONMENT / "bin/python"
    ready = ENVIRONMENT / ".ready"
    wanted = (HERE / "peer/requirements.txt").read_text("utf-8")
    if ready.is_file() and ready.read_text("utf-8") == wanted:
        return str(python)
    install = ["-m", "pip", "--disable-pip-version-check", "-q", "install", "--require-hashes"]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        subprocess.run([str(python), *install, "-r", str(HERE / "peer/requirements.txt")], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    ready.write_text(wanted, "utf-8")
    return str(python)


def peer(world: Scenario, scans: int, options: Sequence[str] = ()) -> Outcome | None:
    """What the peer makes of a scenario's first scans, or None where there is no peer."""
    python = peer_python()
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.npz"
        used = world.scans[:scans]
        np.savez(
            path,
            kind=world.kind,
            dt_s=world.dt_s,
            noise_m2ps3=world.noise_m2ps3,
            z=np.concatenate(used),
            count=[len(z) for z in used],
            sigma=world.sigma,
            clutter_density=world.clutter_density,
            speed_sigma_mps=world.speed_sigma_mps,
        )
        command = [python, str(HERE / "peer/stone_soup.py"), str(path), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    metric = [
        gospa(np.array(line["pos_m"]).reshape(-1, truth.shape[1]), truth, world.cut_m).total
        for line, truth in zip(lines, world.pos_m, strict=False)
    ]
    return Outcome(np.array([line["ms"] for line in lines]), np.array(metric))


def _row(
    name: str,
    world: Scenario,
    association: str | Associator = "gnn",
    models: int = 1,
    options: Sequence[str] | None = None,
) -> Row:
    """A row; with `options`, beside the peer's time, GOSPA being equal scan by scan over as many as it was given.

    Not where the peer converts a radar's measurements first: that is another filter, and both metrics are told.
    """
    size = world.pos_m.shape[1]
    life = SAME if association == "gnn" else None
    track(world, association, life, models)  # loads the compiled kernels
    own = track(world, association, life, models)
    again = [track(world, association, life, models).ms.mean() for _ in range(RUNS - 1)]
    ours, quality = (
        float(np.median([own.ms.mean(), *again])),
        f"GOSPA {own.gospa.mean():.1f} m, {own.gospa[10:].mean():.1f} m from scan 10",
    )
    if options is None:
        return Row(name, size, "ms", ours, None, None, quality)
    quick = size < SLOW and world.kind == "cart2d"
    scans = len(world.scans) if quick else FEW
    other = peer(world, scans, options)
    if other is None:
        return Row(name, size, "ms", ours, None, None, f"{quality}; {NO_PEER}")
    if "--converted" in options:
        note = (
            f"the peer given positions, each with its covariance, so that its tree indexes them; GOSPA of the first "
            f"{scans} scans {own.gospa[:scans].mean():.1f} m, the peer's {other.gospa.mean():.1f} m"
        )
        return Row(name, size, "ms", ours, float(other.ms.mean()), PEER_NAME, note)
    apart = float(np.abs(own.gospa[:scans] - other.gospa).max())
    if apart > 1e-3:
        raise ArithmeticError(f"{name} {size}: GOSPA differs from the peer's by up to {apart} m")
    note = f"{quality}; GOSPA of every scan as the peer's"
    if scans < len(world.scans):
        note += f", which was given the first {scans}"
    return Row(name, size, "ms", ours, float(other.ms.mean()), PEER_NAME, note)


def rows() -> list[Row]:
    """A row for each scenario, association and size: mean processor time of a scan over fifty, median of three runs."""
    found = [
        _row("track.cart2d.gnn", scenario.cart2d(size), options=() if size <= 1_000 else None)
        for size in (10, 200, 1_000, 10_000)
    ]
    radar = scenario.radar3d(200)
    found += [_row("track.radar3d.ekf", radar, options=(way,)) for way in ("--exact", "--converted")]
    found.append(_row("track.radar3d.ekf", scenario.radar3d(10_000)))
    world = scenario.cart2d(1_000)
    found.append(_row("track.cart2d.imm4", world, GlobalNearestNeighbour(cost="likelihood"), models=4))
    found.append(_row("track.cart2d.pmb", world, PMB))
    return found
