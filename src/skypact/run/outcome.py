"""The stage of outcomes: shots that meet their object, debris, arrivals, and what shooters come to believe."""

from __future__ import annotations

import numpy as np

from skypact.defend import apply_assessment, resolve
from skypact.earth.frame import geodetic_from_ecef
from skypact.fuse import carried_to
from skypact.kernels.path import positions_at, state_at
from skypact.model.codes import EventKind, Outcome
from skypact.model.detection import Sensed
from skypact.model.network import B1, F8
from skypact.model.truth import Truth
from skypact.run.exchange import tracks_of
from skypact.run.plan import Plan
from skypact.run.state import DEBRIS, KILLED, Cell, Level, Shooting, add, change_tracker, own_pool
from skypact.sense import sense
from skypact.truth import debris_truth

BASKET_M = 3_000.0
"""A salvo meets the true object nearest to where its track is, if within this distance (notional)."""
HELD_M = 5_000.0
"""The shooter's own sensors hold the object if one of their tracks lies this near to it."""
DEBRIS_KEY = 0x4000_0000


def land_shots(plan: Plan, level: Level, now_ns: int) -> None:
    """Settle every salvo whose time has come, in order of that time."""
    due = sorted((s for s in level.flying if s.due_ns <= now_ns), key=lambda s: (s.due_ns, s.number))
    if not due:
        return
    level.flying = [s for s in level.flying if s.due_ns > now_ns]
    for shooting in due:
        _settle(plan, level, shooting)


def believe_assessments(level: Level, now_ns: int) -> None:
    """Let shooters act on assessments that are ready."""
    ready = [s for s in level.awaiting if s.due_ns <= now_ns]
    if not ready:
        return
    level.awaiting = [s for s in level.awaiting if s.due_ns > now_ns]
    for shooting in ready:
        battery, track_id = int(shooting.shots.battery[0]), int(shooting.shots.track_id[0])
        apply_assessment(level.fire, battery, track_id, shooting.assessment, now_ns)
        level.events.add(
            EventKind.ASSESSED,
            now_ns,
            nation=shooting.nation,
            battery=battery,
            track=track_id,
            other=shooting.assessment,
            value=float(shooting.number),
        )


def record_arrivals(plan: Plan, level: Level, now_ns: int) -> None:
    """Record every raid object whose un-intercepted flight has ended, intact or not."""
    truth, places = plan.truth, plan.wired.network.places
    while level.arrived < len(plan.arrivals):
        i = int(plan.arrivals[level.arrived])
        end_ns = round(truth.end_s[i] * 1e9)
        if end_ns > now_ns:
            return
        place = int(truth.place[i])
        level.events.add(
            EventKind.ARRIVAL,
            end_ns,
            object_key=int(truth.key[i]),
            place=place,
            nation=int(places.nation[place]) if place >= 0 else -1,
            value=float(level.dead_ns[i] > end_ns),
        )
        level.arrived += 1


def true_states(truth: Truth, t_s: float) -> F8:
    """Where every object is at an instant, [objects, 6]; NaN where it is not flying."""
    count = len(truth.key)
    states = np.empty((count, 6))
    pos, vel = np.empty((count, 3)), np.empty((count, 3))
    alive = np.empty(count, np.bool_)
    positions_at(truth.state, truth.offset, truth.first_s, truth.launch_s, truth.end_s, t_s, pos, vel, alive)
    states[:, :3], states[:, 3:] = pos, vel
    return states


def _settle(plan: Plan, level: Level, shooting: Shooting) -> None:
    """Find what was truly there, draw the outcome, tell the record, the raid and (later) the shooter."""
    truth, shot = plan.truth, shooting.shots
    battery, t_ns = int(shot.battery[0]), shooting.due_ns
    states = true_states(truth, t_ns * 1e-9)
    gap = np.linalg.norm(states[:, :3] - _track_position(level, shooting, t_ns), axis=1)
    row = _met(gap, level.dead_ns > t_ns)
    key = int(truth.key[row]) if row >= 0 else 0
    ordinal = level.ordinals.get((battery, key), 0)
    level.ordinals[battery, key] = ordinal + 1
    alive = row >= 0 and level.dead_ns[row] > t_ns
    held = row >= 0 and _held(level, shooting.nation, states[row, :3], t_ns)
    result = resolve(
        shot,
        plan.wired.network.batteries,
        np.array([row], np.int32),
        np.array([key], np.uint32),
        np.array([truth.object_class[row] if row >= 0 else 0], np.uint8),
        np.array([alive]),
        np.array([held]),
        np.array([ordinal], np.int32),
        plan.k0,
        plan.k1,
        plan.fire,
    )
    outcome = int(result.outcome[0])
    level.events.add(
        EventKind.OUTCOME,
        t_ns,
        nation=shooting.nation,
        battery=battery,
        track=int(shot.track_id[0]),
        object_key=key if row >= 0 else -1,
        place=int(shot.rounds[0]),
        other=outcome,
        value=float(shooting.number),
    )
    shooting.assessment = int(result.assessment[0])
    shooting.due_ns = int(result.assessed_ns[0])
    level.awaiting.append(shooting)
    if outcome == Outcome.KILL:
        kill(plan, level, row, t_ns, states[row])


def _met(gap_m: F8, alive: B1) -> int:
    """Row of the object that a salvo meets: the nearest alive within the basket, else the nearest dead; -1 none."""
    for among in (alive, ~alive):
        rows = np.flatnonzero(among & (gap_m <= BASKET_M))
        if len(rows):
            return int(rows[np.argmin(gap_m[rows])])
    return -1


def _track_position(level: Level, shooting: Shooting, t_ns: int) -> F8:
    """Where the shooter's picture puts the object at an instant; the first aim if the track is lost."""
    tracks = level.view_of(shooting.nation).tracks
    point: F8 = shooting.shots.aim_ecef_m[0]
    if tracks is not None:
        rows = np.flatnonzero(tracks.track_id == shooting.shots.track_id[0])
        if len(rows):
            mean = tracks.mean_ecef[rows[0]]
            point = mean[:3] + (t_ns - tracks.now_ns) * 1e-9 * mean[3:]
    return point


def _held(level: Level, nation: int, pos_ecef_m: F8, t_ns: int) -> bool:
    """Whether one of the nation's own tracks, carried to the instant, lies on the object."""
    own = carried_to(tracks_of(level.cells[own_pool(nation)]), t_ns).mean_ecef[:, :3]
    return bool(np.any(np.linalg.norm(own - pos_ecef_m, axis=1) < HELD_M))


def kill(plan: Plan, level: Level, row: int, t_ns: int, state: F8) -> None:
    """Take an object out of a level's raid from `t_ns` on and put its debris there instead."""
    level.dead_ns[row] = t_ns

    def forget(cell: Cell) -> None:
        cell.use = cell.use & ~((cell.stream.object == row) & (cell.stream.detections.t_ns > t_ns))

    for pool in list(level.cells):
        if level.cells[pool].stream.last_ns[row] > t_ns:
            change_tracker(level, pool, (KILLED, row, t_ns), forget)
    fallen, sensed = _debris(plan, row, t_ns, state)
    _record_debris(plan, level, fallen)
    add(level, sensed.detections, plan.wired.network.sensors, plan.carriage, (DEBRIS, row, t_ns))


def _debris(plan: Plan, row: int, t_ns: int, state: F8) -> tuple[Truth, Sensed]:
    known = plan.debris.get((row, t_ns))
    if known is not None:
        return known
    t_s = t_ns * 1e-9
    key = np.array([int(plan.truth.key[row]) | DEBRIS_KEY], np.uint32)
    fallen = debris_truth(
        state[None, :3], state[None, 3:], np.array([t_s]), key, plan.k0, plan.k1, plan.wired.terrain
    )
    sensed = sense(
        plan.wired.network.sensors,
        plan.wired.network.sensing,
        plan.bias,
        plan.surroundings,
        fallen,
        plan.k0,
        plan.k1,
        t_s,
        float(fallen.end_s[0]),
        False,
    )
    plan.debris[row, t_ns] = fallen, sensed
    return fallen, sensed


def _record_debris(plan: Plan, level: Level, fallen: Truth) -> None:
    from_ns = round(float(fallen.launch_s[0]) * 1e9)
    level.objects.add(1, object_row(fallen, 0) | {"t_ns": from_ns})
    period_s = plan.wired.scenario.settings.snapshot_period_s
    first = np.ceil(fallen.launch_s[0] / period_s) * period_s
    out = np.empty(6)
    for t_s in np.arange(first, fallen.end_s[0], period_s):
        if state_at(fallen.state, fallen.offset[0], fallen.offset[1], fallen.first_s[0], t_s, out):
            level.truth.add(
                1,
                {
                    "t_ns": round(t_s * 1e9),
                    "object": int(fallen.key[0]),
                    "pos_ecef_m": out[None, :3],
                    "phase": 2,
                },
            )


def object_row(truth: Truth, i: int) -> dict[str, object]:
    """One object as a row of the recorded table of objects."""
    lat, lon, _ = geodetic_from_ecef(truth.end_ecef_m[i])
    return {
        "object": int(truth.key[i]),
        "object_class": int(truth.object_class[i]),
        "type_index": int(truth.type_index[i]),
        "nation": int(truth.nation[i]),
        "code": int(truth.code[i]),
        "launch_s": float(truth.launch_s[i]),
        "end_s": float(truth.end_s[i]),
        "place": int(truth.place[i]),
        "lat_rad": float(lat),
        "lon_rad": float(lon),
        "family": truth.family & 0xFF,
    }
