"""How accurate the tracker is on drawn scenarios: `python -m benchmarks.accuracy cart2d`.

The figure is the GOSPA metric (p = 2, alpha = 2) of what is reported after each scan against the truth of that scan,
averaged over scans, with start-up and without it. A run of the scenario is the unit: intervals are Student's, 95%.
Settings were chosen on seeds 100 to 139; what is shown comes from seeds 0 to 2, for which others have published
figures, and from twenty seeds that nothing was chosen on.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmarks import scenario
from benchmarks.scenario import Scenario
from benchmarks.williams import williams
from skypact.estimate import ConstantVelocity, Sensor
from skypact.track import JointIntegrated, PoissonMultiBernoulli, Tracker
from skypact.track.association import Associator

TARGETS = 50
STARTED = 10
"""Scans after which start-up counts as over."""
PUBLISHED_SEEDS = range(3)
FRESH_SEEDS = range(200, 220)
PMB = PoissonMultiBernoulli(density=1.0 / 250.0**2, lifetime_s=1e4, cutoff_m=50.0)
"""Knows how densely targets lie before the first scan, as the published figure's filter does, and the metric."""
PLAIN_PMB = PoissonMultiBernoulli()
JIPDA = JointIntegrated(cutoff_m=50.0)
PUBLISHED = {
    "perfect association": (67.0, 63.1),
    "another PMB": (75.5, 66.3),
    "Stone Soup, GNN, tuned": (85.0, 71.2),
    "Stone Soup, JPDA, tuned": (85.8, 70.6),
}
"""Means over seeds 0 to 2: all scans, and after start-up."""


@dataclass(frozen=True)
class Belief:
    """What a tracker takes for the sensor's chance of detection and, times the true one, its density of clutter."""

    label: str = "as they are"
    detection_chance: float = 0.9
    clutter_factor: float = 1.0


MISTAKEN = (
    Belief("half the clutter", clutter_factor=0.5),
    Belief("twice the clutter", clutter_factor=2.0),
    Belief("half the misses", detection_chance=0.95),
    Belief("twice the misses", detection_chance=0.8),
)


def gospa_by_scan(
    world: Scenario, association: str | Associator, belief: Belief | None = None
) -> NDArray[np.float64]:
    """GOSPA of what the tracker reports after each scan, [scans]."""
    held = Belief() if belief is None else belief
    sensor = Sensor(
        measures="position",
        sigma=world.sigma,
        dimensions=2,
        detection_chance=held.detection_chance,
        clutter_density=world.clutter_density * held.clutter_factor,
    )
    motion = ConstantVelocity(dimensions=2, noise_m2ps3=world.noise_m2ps3)
    tracker = Tracker(motion, association, speed_sigma_mps=world.speed_sigma_mps)
    out = np.empty(len(world.scans))
    for k, z in enumerate(world.scans):
        report = tracker.step(k * world.dt_s, z, sensor)
        out[k] = scenario.gospa(report.pos_m, world.pos_m[k], world.cut_m)
    return out


def averages(
    association: str | Associator, seeds: Sequence[int], belief: Belief | None = None, targets: int = TARGETS
) -> NDArray[np.float64]:
    """GOSPA of runs of cart2d averaged over all scans and over those after start-up, [runs, 2]."""
    runs = [gospa_by_scan(scenario.cart2d(targets, seed=seed), association, belief) for seed in seeds]
    return np.array([(run.mean(), run[STARTED:].mean()) for run in runs])


def interval(values: NDArray[np.float64]) -> float:
    """Half the width of Student's 95% interval of the mean of independent values."""
    n = len(values)
    return float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / math.sqrt(n))


def shown(values: NDArray[np.float64]) -> str:
    """Mean and interval of both columns, [runs, 2]."""
    return "   ".join(f"{column.mean():6.1f} +- {interval(column):3.1f}" for column in values.T)


def cart2d() -> None:
    """Print the figures of cart2d with 50 targets."""
    print(
        f"cart2d, {TARGETS} targets, 50 scans: mean GOSPA (c = 50 m) of all scans, and from scan {STARTED} on"
    )
    print("seeds 0 to 2")
    for name, (whole, settled) in PUBLISHED.items():
        print(f"  {name:32s} {whole:6.1f}   {settled:6.1f}")
    for name, association in (("PMB", PMB), ("PMB, default settings", PLAIN_PMB), ("JIPDA", JIPDA)):
        whole, settled = averages(association, PUBLISHED_SEEDS).mean(axis=0)
        print(f"  {name:32s} {whole:6.1f}   {settled:6.1f}")
    print(f"seeds {FRESH_SEEDS[0]} to {FRESH_SEEDS[-1]}, 95% intervals")
    for name, association in (("PMB", PMB), ("PMB, default settings", PLAIN_PMB), ("JIPDA", JIPDA)):
        print(f"  {name:32s} {shown(averages(association, FRESH_SEEDS))}")
    for belief in MISTAKEN:
        print(f"  {'PMB, assumes ' + belief.label:32s} {shown(averages(PMB, FRESH_SEEDS, belief))}")


SCENARIOS: dict[str, Callable[[], None]] = {"cart2d": cart2d, "williams": williams}


def main(names: Sequence[str]) -> int:
    """Print the figures of the named scenarios; all without a name. The exit status."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        print(f"unknown scenario {unknown[0]}; there are: {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    for name in names or SCENARIOS:
        SCENARIOS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
