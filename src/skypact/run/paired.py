"""One paired run: one truth, sensed once, then every level of sharing in lockstep; returns its tables."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from skypact.defend import FireSettings
from skypact.earth.visibility import laser_weather
from skypact.errors import UsageError
from skypact.kernels.random import run_key
from skypact.model.codes import EventKind, ObjectClass
from skypact.model.detection import Sensed
from skypact.model.network import I4, I8
from skypact.model.record import COMMON_LEVEL, Columns
from skypact.model.scenario import QUIET_S
from skypact.model.truth import Truth
from skypact.model.warning import RUNGS
from skypact.run.build import Wired, free_to_fire
from skypact.run.exchange import tell_account
from skypact.run.level import new_levels
from skypact.run.log import EventLog, TableLog, joined
from skypact.run.outcome import object_row, true_states
from skypact.run.pipeline import step
from skypact.run.plan import Plan
from skypact.run.state import Level
from skypact.run.surroundings import draw_surroundings
from skypact.run.uncertain import drawn_world, parameter_rows
from skypact.sense import draw_biases, sense
from skypact.share import misreport_table
from skypact.track import TrackerSettings
from skypact.truth import draw_truth
from skypact.warn import AlertSettings, ImpactSettings


def run_pair(
    wired: Wired, run: int, seed: int, progress: Callable[[float], None] | None = None
) -> dict[str, Columns]:
    """The recorded tables of one paired run: a function of the scenario, the seed, the run and the levels alone.

    Args:
        wired: the scenario ready to run.
        run: number of the run; with the seed it keys every draw, and it picks the raid family in turn.
        seed: the campaign's seed.
        progress: called with the share done, 0..1.

    Returns:
        Tables by name, as in model.record.
    """
    plan, sensed = prepare(wired, run, seed)
    return evaluate(plan, sensed, run, progress)


def prepare(wired: Wired, run: int, seed: int) -> tuple[Plan, Sensed]:
    """Draw the world of a run and sense it once, for the raid in which nobody fires."""
    k0, k1 = run_key(seed, run)
    wired = drawn_world(wired, k0, k1)
    scenario = wired.scenario
    family = run % len(scenario.families) if scenario.families else -1
    truth = draw_truth(
        scenario, wired.catalogue, wired.network, wired.airports, wired.terrain, family, k0, k1
    )
    bias = draw_biases(wired.network.sensors, k0, k1)
    surroundings = draw_surroundings(wired, k0, k1)
    start_s, end_s = span_s(wired, truth)
    network = wired.network
    sensed = sense(network.sensors, network.sensing, bias, surroundings, truth, k0, k1, start_s, end_s, True)
    places, batteries = network.places, network.batteries
    nations = range(len(network.nations))
    raid = np.flatnonzero(np.isin(truth.object_class, RAID_CLASSES))
    plan = Plan(
        wired=wired,
        truth=truth,
        bias=bias,
        surroundings=surroundings,
        k0=k0,
        k1=k1,
        tracker=TrackerSettings(),
        impact=ImpactSettings(),
        alert=AlertSettings(public_rung=public_rung(wired)),
        fire=_fire_settings(wired),
        arrivals=raid[np.argsort(truth.end_s[raid], kind="stable")],
        own_places=tuple(np.flatnonzero(places.nation == n).astype(np.int32) for n in nations),
        own_batteries=tuple(
            np.flatnonzero(free_to_fire(batteries) & (batteries.nation == n)).astype(np.int32)
            for n in nations
        ),
        debris={},
        span_s=(start_s, end_s),
        misreports=misreport_table(scenario.links, scenario.nations),
    )
    return plan, sensed


def _fire_settings(wired: Wired) -> FireSettings:
    """The treatments that are on, and the weather that lasers meet."""
    excess_1pm, ceiling_m = laser_weather(wired.scenario.weather)
    return FireSettings(
        engage_on_remote=wired.treatments.engage_on_remote,
        laser_excess_1pm=excess_1pm,
        laser_ceiling_m=ceiling_m,
        free_from_s=wired.scenario.settings.free_from_s,
        free_until_s=wired.scenario.settings.free_until_s,
    )


RAID_CLASSES = (ObjectClass.BALLISTIC, ObjectClass.CRUISE, ObjectClass.DRONE, ObjectClass.ROCKET)


def span_s(wired: Wired, truth: Truth) -> tuple[float, float]:
    """First and last second of a run: sensors on before the first launch, until the slowest flight has ended."""
    settings = wired.scenario.settings
    raid = np.isin(truth.object_class, RAID_CLASSES)
    last_s = float(truth.end_s[raid].max()) + settings.tail_s if raid.any() else QUIET_S
    period = settings.snapshot_period_s
    return -settings.lead_in_s, float(np.ceil(last_s / period) * period)


def evaluate(
    plan: Plan,
    sensed: Sensed,
    run: int,
    progress: Callable[[float], None] | None = None,
    most_epochs: int | None = None,
    watch: Callable[[list[Level], int], None] | None = None,
) -> dict[str, Columns]:
    """The tables of every level evaluated on one sensed world; stop after `most_epochs` where given.

    `watch` is called after every epoch with the levels, which it must not change, and the instant (ns).
    """
    return tables_of(plan, sensed, play(plan, sensed, run, progress, most_epochs, watch=watch), run)


def play(
    plan: Plan,
    sensed: Sensed,
    run: int,
    progress: Callable[[float], None] | None = None,
    most_epochs: int | None = None,
    held: I4 | None = None,
    watch: Callable[[list[Level], int], None] | None = None,
) -> list[Level]:
    """Every level at the end of its raid; it begins with the rounds `held` [levels, batteries] where given.

    `watch` as for `evaluate`.
    """
    wired, settings = plan.wired, plan.wired.scenario.settings
    levels = new_levels(plan, sensed, run, held)
    start_s, end_s = span_s(wired, plan.truth)
    period_s = settings.picture_period_s
    epochs = min(math.ceil((end_s - start_s) / period_s), most_epochs or 10**9)
    for k in range(1, epochs + 1):
        now_s = start_s + k * period_s
        step(plan, levels, now_s)
        if watch is not None:
            watch(levels, round(now_s * 1e9))
        if now_s % settings.snapshot_period_s == 0.0:
            for level in levels:
                _snapshot(level, round(now_s * 1e9))
        if run == 0:
            for level in levels:
                _full_rate(level, round(now_s * 1e9))
        if progress is not None and k % 25 == 0:
            progress(k / epochs)
    for level in levels:
        tell_account(plan, level, round((start_s + epochs * period_s) * 1e9))
    return levels


def _snapshot(level: Level, now_ns: int) -> None:
    """Record each distinct picture of a level."""
    for view in level.views:
        tracks = view.tracks
        if tracks is None or view.sigma_pos_m is None or view.firm is None:
            continue
        level.pictures.add(
            len(tracks),
            {
                "t_ns": now_ns,
                "picture": view.number,
                "track": tracks.track_id,
                "pos_ecef_m": np.rint(tracks.mean_ecef[:, :3]),
                "speed_mps": np.minimum(np.rint(np.linalg.norm(tracks.mean_ecef[:, 3:], axis=1)), 65_535),
                "sigma_m": np.minimum(np.rint(view.sigma_pos_m), 65_535),
                "status": tracks.status,
                "object_class": tracks.class_prob.argmax(axis=1) if len(tracks) else tracks.status,
                "class_percent": np.rint(100.0 * tracks.class_prob.max(axis=1, initial=0.0)),
                "identity": tracks.identity,
                "firm": view.firm,
                "doubt_percent": np.rint(100.0 * view.state.doubt()) if view.fused else 0,
                "sources": tracks.sources,
            },
        )


_UPPER = np.triu_indices(6)


def _full_rate(level: Level, now_ns: int) -> None:
    """Record the tracks without a transponder code that were updated in this epoch, mean and covariance."""
    for view in level.views:
        tracks = view.tracks
        if tracks is None:
            continue
        rows = np.flatnonzero((tracks.code == 0) & (tracks.updated_ns > now_ns - 2_000_000_000))
        level.full_rate.add(
            len(rows),
            {
                "t_ns": now_ns,
                "picture": view.number,
                "track": tracks.track_id[rows],
                "mean_ecef": tracks.mean_ecef[rows],
                "cov_upper": tracks.cov_ecef[rows][:, _UPPER[0], _UPPER[1]],
            },
        )


def tables_of(plan: Plan, sensed: Sensed, levels: list[Level], run: int) -> dict[str, Columns]:
    """All tables of the run: what is common to the levels first, then level by level."""
    holders = []
    for level in levels:
        log = TableLog("holders", run, level.index)
        for view in level.views:
            log.add(len(view.holders), {"nation": view.holders, "picture": view.number})
        holders.append(log.columns())
    return {
        "events": joined(
            "events", [_common_events(plan, sensed, run), *(v.events.columns() for v in levels)]
        ),
        "objects": joined("objects", [_common_objects(plan, run), *(v.objects.columns() for v in levels)]),
        "truth": joined("truth", [_common_truth(plan, run), *(v.truth.columns() for v in levels)]),
        "pictures": joined("pictures", [v.pictures.columns() for v in levels]),
        "holders": joined("holders", holders),
        "tracks": joined("tracks", [v.full_rate.columns() for v in levels]),
        "parameters": parameter_rows(plan.wired, run),
    }


def _common_events(plan: Plan, sensed: Sensed, run: int) -> Columns:
    """Launches, and each nation's first detection of each object."""
    truth, sensors = plan.truth, plan.wired.network.sensors
    log = EventLog(run, COMMON_LEVEL)
    start_s, _ = span_s(plan.wired, truth)
    for i in np.argsort(truth.launch_s, kind="stable"):
        if truth.launch_s[i] >= start_s:
            log.add(EventKind.LAUNCH, round(truth.launch_s[i] * 1e9), object_key=int(truth.key[i]))
    found = sensed.detections
    real = np.flatnonzero(sensed.object >= 0)
    nation = sensors.nation[found.sensor[real]].astype(np.int64)
    pair = nation * len(truth.key) + sensed.object[real]
    order = np.lexsort((found.t_ns[real], pair))
    _, firsts = np.unique(pair[order], return_index=True)
    rows: I8 = real[order[firsts]]
    for row in rows[np.argsort(found.t_ns[rows], kind="stable")]:
        sensor = int(found.sensor[row])
        log.add(
            EventKind.FIRST_DETECTION,
            int(found.t_ns[row]),
            nation=int(sensors.nation[sensor]),
            object_key=int(truth.key[sensed.object[row]]),
            other=sensor,
        )
    return log.columns()


def _common_objects(plan: Plan, run: int) -> Columns:
    log = TableLog("objects", run, COMMON_LEVEL)
    for i in range(len(plan.truth.key)):
        log.add(1, object_row(plan.truth, i) | {"t_ns": round(float(plan.truth.launch_s[i]) * 1e9)})
    return log.columns()


def _common_truth(plan: Plan, run: int) -> Columns:
    """Where everything truly is, every snapshot period, whether or not a level has shot it down."""
    truth = plan.truth
    start_s, end_s = span_s(plan.wired, truth)
    log = TableLog("truth", run, COMMON_LEVEL)
    for t_s in np.arange(start_s, end_s + 0.5, plan.wired.scenario.settings.snapshot_period_s):
        states = true_states(truth, t_s)
        rows = np.flatnonzero(~np.isnan(states[:, 0]))
        sample = np.minimum(
            truth.offset[rows] + (t_s - truth.first_s[rows]).astype(np.int64), truth.offset[rows + 1] - 1
        )
        log.add(
            len(rows),
            {
                "t_ns": round(t_s * 1e9),
                "object": truth.key[rows],
                "pos_ecef_m": states[rows, :3],
                "phase": truth.phase[sample],
            },
        )
    return log.columns()


def public_rung(wired: Wired) -> int:
    """Index in RUNGS of the probability at which the public is alerted.

    Raises:
        UsageError: the scenario's probability is not one of the rungs.
    """
    wanted = wired.scenario.settings.alert_probability
    if wanted not in RUNGS:
        raise UsageError(
            "alert_probability", f"{wanted} is not recorded", f"Choose one of {', '.join(map(str, RUNGS))}."
        )
    return RUNGS.index(wanted)
