"""One paired run of the built-in scenario `gulf`: four levels, all pictures of eleven nations."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from benchmarks.measure import Row, best_s
from skypact.model.detection import Sensed
from skypact.run.build import Treatments, Wired, wire
from skypact.run.carriage import Feed
from skypact.run.library import load
from skypact.run.paired import evaluate, prepare
from skypact.run.plan import Plan
from skypact.run.state import stream_for
from skypact.sense import sense
from skypact.track import advance, new_bank


def _wired() -> Wired:
    loaded = load("gulf")
    return wire(
        loaded.scenario,
        loaded.catalogue,
        loaded.airports,
        loaded.terrain,
        loaded.scenario.levels,
        Treatments(),
    )


def rows() -> list[Row]:
    """Rows of the run and of its two largest stages."""
    wired = _wired()
    evaluate(*prepare(wired, 1, 1), 1, most_epochs=40)
    begin = time.process_time()
    plan, sensed = prepare(wired, 0, 1)
    evaluate(plan, sensed, 0)
    paired_s = time.process_time() - begin
    # Linux counts the peak in kilobytes, macOS in bytes.
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    objects = len(plan.truth.key)
    return [
        Row(
            "run.gulf.paired_s",
            objects,
            "s",
            paired_s,
            None,
            None,
            f"run 0 of seed 1, peak memory {peak_mb:.0f} MB",
        ),
        _sensing(plan, objects),
        _tracking(plan, sensed),
    ]


def _sensing(plan: Plan, objects: int) -> Row:
    sensors, sensing = plan.wired.network.sensors, plan.wired.network.sensing

    def hour() -> object:
        return sense(
            sensors, sensing, plan.bias, plan.surroundings, plan.truth, plan.k0, plan.k1, 0.0, 3600.0, True
        )

    note = "an hour of all sensors"
    return Row(
        "sense.gulf.hour_ms", f"{len(sensors.names)}x{objects}", "ms", 1e3 * best_s(hour, 3), None, None, note
    )


def _tracking(plan: Plan, sensed: Sensed) -> Row:
    network = plan.wired.network
    everyone = tuple(range(len(network.nations)))
    stream = stream_for(tuple(Feed(n, 0.0) for n in everyone), sensed, network.sensors, len(plan.truth.key))
    count = int(np.searchsorted(stream.use_ns, 1_800_000_000_000))

    def half_hour() -> None:
        bank, low = new_bank(1024), 0
        for now_s in range(-300, 1801, 5):
            high = int(np.searchsorted(stream.use_ns, now_s * 1_000_000_000, side="right"))
            advance(bank, network.sensors, stream.detections, low, high, None, float(now_s), plan.tracker)
            low = high

    note = f"{count} detections of all sensors in one bank, half an hour"
    return Row(
        "track.gulf.half_hour_ms", len(plan.truth.key), "ms", 1e3 * best_s(half_hour, 2), None, None, note
    )
