"""The stages of response: warnings to places, shots by batteries."""

from __future__ import annotations

import numpy as np

from skypact.defend import Accord, decide
from skypact.fuse import held_locally
from skypact.model.codes import HOSTILE_CLASSES, Content, EventKind
from skypact.model.defence import Shots
from skypact.model.network import B1, U1
from skypact.model.simulated import simulated_picture
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import AlertChange, AlertEvents, PrealertEvent, Warnings
from skypact.run.coordination import announce, left_to_others
from skypact.run.exchange import joined_warnings, received_by, tracks_of
from skypact.run.origin import departed, note_origins
from skypact.run.plan import Plan, alert_settings
from skypact.run.state import Level, Shooting, View, own_pool
from skypact.warn import launches_within_reach, update_alerts, update_prealert


def warn(plan: Plan, level: Level, now_ns: int) -> None:
    """Tell each nation of launches, and raise, update and clear alerts for its zones.

    From its picture and the warnings it received.
    """
    places, zones = plan.wired.network.places, plan.wired.zones
    settings = alert_settings(zones, plan.alert)
    for view in level.views:
        tracks, impacts = seen(view)
        launches = launches_within_reach(places, len(plan.own_places), tracks, impacts, plan.prealert)
        for nation in view.holders:
            rows = plan.own_places[nation]
            if len(rows) == 0 and len(plan.own_zones[nation]) == 0:
                continue
            received = warnings_of(level, view, nation)
            told = update_prealert(
                places,
                rows,
                nation,
                int(launches[nation]),
                tracks,
                impacts,
                received,
                level.prealerts,
                now_ns,
                plan.prealert,
            )
            if told is not None:
                _record_prealert(level, nation, told, now_ns)
            changes = update_alerts(
                zones.table,
                plan.own_zones[nation],
                tracks,
                impacts,
                received,
                level.alerts[nation],
                now_ns,
                settings,
            )
            _record_alerts(level, nation, changes, now_ns)


_KINDS = {
    AlertChange.CLEARED: EventKind.ALL_CLEAR,
    AlertChange.RAISED: EventKind.ALERT,
    AlertChange.UPDATED: EventKind.ALERT_UPDATE,
}


def _record_alerts(level: Level, nation: int, changes: AlertEvents, now_ns: int) -> None:
    for k in range(len(changes.place)):
        level.events.add(
            _KINDS[AlertChange(int(changes.change[k]))],
            now_ns,
            nation=nation,
            place=int(changes.place[k]),
            other=int(changes.rung[k]),
            track=int(changes.track_id[k]),
            value=float(changes.probability[k]),
            value2=_known_s(int(changes.t_impact_ns[k])),
        )


def _record_prealert(level: Level, nation: int, told: PrealertEvent, now_ns: int) -> None:
    level.events.add(
        EventKind.PRE_ALERT if told.begins else EventKind.PRE_ALERT_END,
        now_ns,
        nation=nation,
        track=told.track_id,
        other=int(told.told),
        value=told.probability,
        value2=_known_s(told.t_impact_ns),
    )


def _known_s(t_ns: int) -> float:
    """A predicted arrival as the record has it, s: NaN where it is not known."""
    return t_ns * 1e-9 if t_ns else float("nan")


def defend(plan: Plan, level: Level, now_ns: int) -> None:
    """Let each nation's batteries decide on its own picture."""
    batteries, places = plan.wired.network.batteries, plan.wired.network.places
    for view in level.views:
        tracks, impacts = seen(view)
        note_origins(view, tracks, plan.home_airport_ecef_m, plan.fire)
        hostile = tracks.class_prob[:, list(HOSTILE_CLASSES)].sum(axis=1) >= 0.5
        if not hostile.any():
            continue
        from_home = departed(view, tracks)
        for nation in view.holders:
            mine = plan.own_batteries[nation]
            if len(mine) == 0 or view.sigma_pos_m is None or view.firm is None:
                continue
            picture = simulated_picture(
                tracks, impacts, _local(level, view, nation, hostile), view.sigma_pos_m, view.firm, from_home
            )
            accord = _accord(plan, level, nation, tracks) if level.switches.coordinated_fire else None
            shots = decide(batteries, mine, picture, places, level.fire, now_ns, accord, level.fire_settings)
            for k in range(len(shots.battery)):
                _launch(plan, level, nation, _one(shots, k), tracks, picture.local, now_ns)


def _accord(plan: Plan, level: Level, nation: int, tracks: Tracks) -> Accord:
    """What a nation keeps to at a level where fire is co-ordinated."""
    shared = level.rules.content > Content.NOTHING
    return Accord(
        plan.wired.coordination[level.index],
        left_to_others(level, nation, tracks),
        shared[nation] | shared[:, nation],
    )


def seen(view: View) -> tuple[Tracks, Impacts]:
    """A picture and its impacts at the present epoch."""
    if view.tracks is None or view.impacts is None:
        raise RuntimeError("a picture is read before it has been made")
    return view.tracks, view.impacts


def warnings_of(level: Level, view: View, nation: int) -> Warnings | None:
    """Warnings that have reached a nation."""
    parts = [
        message.payload
        for message in received_by(level, view, nation, Content.WARNINGS)
        if isinstance(message.payload, Warnings) and len(message.payload)
    ]
    return joined_warnings(parts) if parts else None


def _local(level: Level, view: View, nation: int, hostile: B1) -> U1:
    """1 where the nation's own sensors hold the track now; looked up for hostile-looking tracks alone."""
    tracks, _ = seen(view)
    if view.pool == own_pool(nation) and tracks is level.cells[view.pool].tracks:
        return np.ones(len(tracks), np.uint8)
    local = np.zeros(len(tracks), np.uint8)
    rows = np.flatnonzero(hostile)
    local[rows] = held_locally(tracks, rows, tracks_of(level.cells[own_pool(nation)]))
    return local


def _launch(
    plan: Plan, level: Level, nation: int, shot: Shots, tracks: Tracks, local: U1, now_ns: int
) -> None:
    battery = int(shot.battery[0])
    rounds = int(shot.rounds[0])
    level.shots_fired += 1
    intercept_ns = int(shot.intercept_ns[0])
    shooting = Shooting(shot, level.shots_fired, nation, now_ns, intercept_ns)
    level.flying.append(shooting)
    if level.switches.coordinated_fire:
        announce(plan, level, shooting, tracks, local, now_ns)
    level.events.add(
        EventKind.SHOT,
        now_ns,
        nation=nation,
        battery=battery,
        track=int(shot.track_id[0]),
        place=rounds,
        other=level.shots_fired,
        value=intercept_ns * 1e-9,
        value2=rounds * float(plan.wired.network.batteries.price_usd[battery]),
    )


def _one(shots: Shots, k: int) -> Shots:
    return Shots(*(getattr(shots, name)[k : k + 1] for name in Shots.__dataclass_fields__))
