"""Four targets that meet: the closely spaced scenario, and how accurate and fast the mixture filter is on it.

Parameters: J. L. Williams, "Marginal multi-Bernoulli filters: RFS derivation of MHT, JIPDA, and association-based
MeMBer", IEEE Trans. AES 51(3), 2015, scenario 1, with the rates of appearance (three objects expected before the first
scan, 0.005 a scan after it) and the velocity prior (1 m/s) of the open implementation by Garcia-Fernandez, Williams,
Granstrom and Svensson (IEEE Trans. AES 54(4), 2018). Truth is drawn once, all targets near the middle at mid-time, and
followed to both ends; the first one dies at mid-time. The measurements of run i are drawn with seed 1000 + i. Of where
targets appear the filter is told no more than the area: anywhere in it alike.

The figure is the root mean square over scans and runs of GOSPA (p = 2, alpha = 2, c = 10) over the targets alive. The
limits of the filter and the price of a reported point were chosen on runs 100 to 219; shown are runs 0 to 11, for
which others have published figures, and twenty runs that nothing was chosen on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmarks.measure import Row
from benchmarks.scenario import gospa
from skypact.estimate import ConstantVelocity, Sensor
from skypact.track import Tracker
from skypact.track.mixture import PoissonMultiBernoulliMixture

F8 = NDArray[np.float64]
SCANS, TARGETS, Q = 81, 4, 0.02
MID = 40
DIES_AT_SCAN = np.array([40, 81, 81, 81])  # alive while the scan's number is below
SIDE_M, CLUTTER, SEEN, SURVIVES = 300.0, 10, 0.9, 0.99
CUT_M = 10.0
PUBLISHED_RUNS = range(12)
FRESH_RUNS = range(400, 420)
PUBLISHED = {"PHD": 5.73, "GNN, tuned": 3.55, "JPDA, tuned": 3.63, "PMB": 3.42, "PMBM, 9 runs": 2.86}
_STEP = np.kron(np.eye(2), np.array([[1.0, 1.0], [0.0, 1.0]]))
_ROOT = np.linalg.cholesky(Q * np.kron(np.eye(2), np.array([[1 / 3, 0.5], [0.5, 1.0]])))
PMBM = PoissonMultiBernoulliMixture(
    lifetime_s=-1.0 / math.log(SURVIVES),
    density=3.0 / SIDE_M**2,
    births_per_s=0.005 / SIDE_M**2,
    cutoff_m=CUT_M,
    report_existence=0.4,
)


def truth() -> F8:
    """States [x, vx, y, vy] of the targets, (81, 4, 4)."""
    rng = np.random.default_rng(9)
    states = np.zeros((SCANS, TARGETS, 4))
    x = np.sqrt(0.1) * rng.standard_normal((TARGETS, 4)) + np.array([150, 0, 150, 0.0])
    states[MID] = x
    forward = backward = x
    inverse = np.linalg.inv(_STEP)
    for t in range(1, MID + 1):
        forward = forward @ _STEP.T + rng.standard_normal((TARGETS, 4)) @ _ROOT.T
        backward = (backward + rng.standard_normal((TARGETS, 4)) @ _ROOT.T) @ inverse.T
        states[MID + t], states[MID - t] = forward, backward
    return states


def alive(scan: int) -> NDArray[np.bool_]:
    """Which targets exist at the scan, (4,)."""
    return scan < DIES_AT_SCAN


def measurements(states: F8, run: int) -> list[F8]:
    """Per scan the unlabelled positions, detections first, (n, 2)."""
    rng = np.random.default_rng(1000 + run)
    scans = []
    for k in range(SCANS):
        seen = (rng.random(TARGETS) < SEEN) & alive(k)
        z = states[k][seen][:, [0, 2]] + rng.standard_normal((int(seen.sum()), 2))
        clutter = rng.uniform(0, SIDE_M, (rng.poisson(CLUTTER), 2))
        scans.append(np.vstack([z, clutter]))
    return scans


def squared_errors(settings: PoissonMultiBernoulliMixture, runs: Sequence[int]) -> tuple[F8, float]:
    """Squared GOSPA of each run and scan, [runs, scans], and processor time a scan, ms."""
    states = truth()
    sensor = Sensor(
        measures="position",
        sigma=(1.0, 1.0),
        dimensions=2,
        detection_chance=SEEN,
        clutter_density=CLUTTER / SIDE_M**2,
    )
    out = np.empty((len(runs), SCANS))
    spent_s = 0.0
    for i, run in enumerate(runs):
        tracker = Tracker(ConstantVelocity(dimensions=2, noise_m2ps3=Q), settings, speed_sigma_mps=1.0)
        for k, z in enumerate(measurements(states, run)):
            begin = time.process_time()
            report = tracker.step(float(k), z, sensor)
            spent_s += time.process_time() - begin
            out[i, k] = gospa(report.pos_m, states[k][alive(k)][:, [0, 2]], CUT_M) ** 2
    return out, 1e3 * spent_s / out.size


def williams() -> None:
    """Print the figures."""
    print(f"closely spaced targets: RMS GOSPA (c = 10 m) over {SCANS} scans")
    for name, figure in PUBLISHED.items():
        print(f"  {name:28s} {figure:5.2f}")
    squared_errors(PMBM, (0,))
    for name, runs in (("runs 0 to 11", PUBLISHED_RUNS), ("runs 400 to 419", FRESH_RUNS)):
        squares, ms = squared_errors(PMBM, runs)
        by_run = np.sqrt(squares.mean(axis=1))
        half = student.ppf(0.975, len(runs) - 1) * np.std(by_run, ddof=1) / math.sqrt(len(runs))
        print(
            f"  {'PMBM, ' + name:28s} {math.sqrt(squares.mean()):5.2f}   mean over runs {by_run.mean():.2f} +- "
            f"{half:.2f} (95%), {ms:.2f} ms a scan"
        )


def rows() -> list[Row]:
    """The row of processor time a scan."""
    squared_errors(PMBM, (0,))
    squares, ms = squared_errors(PMBM, PUBLISHED_RUNS)
    note = f"mean over {SCANS} scans of runs 0 to 11; RMS GOSPA {math.sqrt(squares.mean()):.2f} (published PMBM: 2.86)"
    return [Row("track.williams.pmbm", TARGETS, "ms", ms, None, None, note)]


if __name__ == "__main__":
    williams()
