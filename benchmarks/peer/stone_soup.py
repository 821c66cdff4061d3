"""The peer on a scenario: Stone Soup, in an environment of its own. One JSON line a scan: processor time and tracks.

A program by itself, which benchmarks/tracker.py runs: it imports nothing of this project and is handed the world as a
file of arrays. Its logic: tracks start from detections that nothing took, with the measured position and a prior of
velocity, are held by the initiator until their third update, and deleted after a number of scans without one.
Association is its GNN with 2-D assignment, the pairs gated by a k-d tree where the measurement is a position.

The peer differentiates the radar's measurement by finite differences, whose rounding moves its covariances by up to a
few thousandths; `--exact` gives it the derivative in closed form instead. Its tree does not index a radar's
measurements; `--converted` turns them into positions first, each with its own covariance, so that it does.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
import time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

World = dict[str, Any]
"""kind, dt_s, noise_m2ps3, scans (a list of [k, m]), sigma, clutter_density, speed_sigma_mps."""


def soup(module: str, name: str) -> Any:  # noqa: ANN401  # the peer has no types, and is not installed where types are checked
    """A class of the peer."""
    return getattr(importlib.import_module(f"stonesoup.{module}"), name)


def exact_derivative(_self: object, state: Any, **_: object) -> Any:  # noqa: ANN401
    """The derivative of elevation, bearing and range, in closed form."""
    x, y, z = np.asarray(state.state_vector, float).ravel()[[0, 2, 4]]
    ground2 = x * x + y * y
    ground, r2 = np.sqrt(ground2), ground2 + z * z
    rows = np.zeros((3, 6))
    rows[0, [0, 2, 4]] = [-x * z / (r2 * ground), -y * z / (r2 * ground), ground / r2]
    rows[1, [0, 2, 4]] = [-y / ground2, x / ground2, 0.0]
    rows[2, [0, 2, 4]] = np.array([x, y, z]) / np.sqrt(r2)
    return rows


def converted(world: World) -> World:
    """The world with positions instead of range, bearing and elevation, and the peer's model of each of them.

    To first order in the errors, as the peer's own initiator converts them. The tree asks that all models be one; they
    say that they are, and each is used with its own covariance.
    """
    linear = soup("models.measurement.linear", "LinearGaussian")
    alike = {"__eq__": lambda _, other: isinstance(other, linear), "__hash__": lambda _: 0}
    position = type("Position", (linear,), alike)
    scans, models = [], []
    for scan in world["scans"]:
        r, bearing, elevation = scan.T
        east, north, up = np.sin(bearing), np.cos(bearing), np.sin(elevation)
        flat, nil = np.cos(elevation), np.zeros(len(r))
        axes = [
            np.array([flat * east, flat * north, up]),
            r * np.array([flat * north, -flat * east, nil]),
            r * np.array([-up * east, -up * north, flat]),
        ]
        scans.append((r * axes[0]).T)
        root = np.stack([axis.T * sigma for axis, sigma in zip(axes, world["sigma"], strict=True)], axis=2)
        models.append([position(6, (0, 2, 4), cov) for cov in root @ root.transpose(0, 2, 1)])
    widest = max(float(np.sqrt(model.covar().max())) for model in models[0])
    reach = 6.0 * widest + 3.5 * float(world["speed_sigma_mps"][0]) * world["dt_s"]
    return world | {"kind": "cart3d", "scans": scans, "models": models, "reach_m": reach}


def build(world: World, delete: int, hold: int, jpda: bool, exact: bool) -> Any:  # noqa: ANN401
    """The peer's tracker and its detections, before any clock runs."""
    d = len(world["speed_sigma_mps"])
    cv = soup("models.transition.linear", "ConstantVelocity")
    trans = soup("models.transition.linear", "CombinedLinearGaussianTransitionModel")(
        [cv(world["noise_m2ps3"])] * d
    )
    speeds = np.array(world["speed_sigma_mps"])
    spread = np.zeros(2 * d)
    spread[1::2] = speeds**2
    prior = soup("types.state", "GaussianState")([[0]] * (2 * d), np.diag(spread))
    mapping = tuple(range(0, 2 * d, 2))
    plain = world["kind"] == "radar3d"
    limit = 4 * 60.0**2 if d == 2 else np.inf
    if not plain:
        noise = np.diag(np.square(world["sigma"]))
        model = soup("models.measurement.linear", "LinearGaussian")(2 * d, mapping, noise)
        filters = ("KalmanPredictor", "KalmanUpdater")
    else:
        noise = np.diag(np.square([world["sigma"][2], world["sigma"][1], world["sigma"][0]]))
        polar = soup("models.measurement.nonlinear", "CartesianToElevationBearingRange")
        if exact:
            polar.jacobian = exact_derivative
        model = polar(6, mapping, noise)
        filters = ("ExtendedKalmanPredictor", "ExtendedKalmanUpdater")
    predictor = soup("predictor.kalman", filters[0])(trans)
    updater = soup("updater.kalman", filters[1])(model)
    near = soup("hypothesiser.distance", "DistanceHypothesiser")(
        predictor, updater, soup("measures", "Mahalanobis")(), missed_distance=3.5
    )
    reach_m = world.get("reach_m", 15 * world["sigma"][0])
    tree = {"predictor": predictor, "updater": updater, "max_distance": reach_m}
    gnn = (
        soup("dataassociator.neighbour", "GNNWith2DAssignment")(near)
        if plain
        else soup("dataassociator.tree", "DetectionKDTreeGNN2D")(near, **tree)
    )
    associator, kind = gnn, "MultiTargetTracker"
    if jpda:
        tree_first = soup("dataassociator.tree", "DetectionKDTreeMixIn")
        efficient = type("Jpda", (tree_first, soup("dataassociator.probability", "JPDAwithEHM2")), {})
        weigh = soup("hypothesiser.probability", "PDAHypothesiser")(
            predictor,
            updater,
            clutter_spatial_density=world["clutter_density"],
            prob_detect=0.9,
            prob_gate=0.998,
        )
        associator, kind = efficient(weigh, **tree), "MultiTargetMixtureTracker"
    by_steps = soup("deleter.time", "UpdateTimeStepsDeleter")
    deleter = soup("deleter.multi", "CompositeDeleter")(
        [by_steps(delete), soup("deleter.error", "CovarianceBasedDeleter")(limit)], intersect=False
    )
    initiator = soup("initiator.simple", "MultiMeasurementInitiator")(
        prior, by_steps(hold), gnn, updater, measurement_model=model, min_points=3
    )
    return soup("tracker.simple", kind)(initiator, deleter, reader(world, model), associator, updater)


def reader(world: World, model: Any) -> Any:  # noqa: ANN401
    """The detections, made before the tracker asks for them."""
    detection = soup("types.detection", "Detection")
    elevation, bearing = soup("types.angle", "Elevation"), soup("types.angle", "Bearing")

    def vector(z: Any) -> Any:  # noqa: ANN401
        if world["kind"] != "radar3d":
            return z.reshape(-1, 1)
        return np.array([[elevation(z[2])], [bearing(0.5 * np.pi - z[1])], [z[0]]], dtype=object)

    begin = dt.datetime(2030, 1, 1)  # noqa: DTZ001  # the peer's times have no zone
    times = [begin + dt.timedelta(seconds=k * world["dt_s"]) for k in range(len(world["scans"]))]
    models = world.get("models", [[model] * len(scan) for scan in world["scans"]])
    scans = [
        (
            t,
            {
                detection(vector(z), timestamp=t, measurement_model=one)
                for z, one in zip(scan, own, strict=True)
            },
        )
        for t, scan, own in zip(times, world["scans"], models, strict=True)
    ]
    generator = soup("buffered_generator", "BufferedGenerator").generator_method

    def detections_gen(_self: object) -> Any:  # noqa: ANN401
        yield from scans

    base = soup("reader.base", "DetectionReader")
    return type("Prebuilt", (base,), {"detections_gen": generator(detections_gen)})()


def load(path: str) -> World:
    """The world from a file of arrays; scans are rows of `z`, scan by scan as `count` says."""
    with np.load(path) as file:
        world: World = {name: file[name] for name in file.files}
    world["kind"] = str(world["kind"])
    for name in ("dt_s", "noise_m2ps3", "clutter_density"):
        world[name] = float(world[name])
    world["scans"] = np.split(world["z"], np.cumsum(world["count"])[:-1])
    return world


def main() -> None:
    """Track, and print for each scan its processor time (ms) and the positions held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world")
    parser.add_argument("--delete", type=int, default=4)
    parser.add_argument("--hold", type=int, default=2)
    parser.add_argument("--jpda", action="store_true")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--converted", action="store_true")
    arguments = parser.parse_args()
    world = load(arguments.world)
    if arguments.converted:
        world = converted(world)
    tracker = build(world, arguments.delete, arguments.hold, arguments.jpda, arguments.exact)
    steps = iter(tracker)
    for _ in world["scans"]:
        before = time.process_time()
        _, tracks = next(steps)
        ms = 1e3 * (time.process_time() - before)
        held = [np.asarray(track.state.state_vector, float).ravel()[::2].tolist() for track in tracks]
        print(json.dumps({"ms": ms, "pos_m": held}), flush=True)


if __name__ == "__main__":
    main()
