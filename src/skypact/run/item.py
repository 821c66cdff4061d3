"""What the policy is told of the things that would be sent."""

from __future__ import annotations

import numpy as np

from skypact.earth.frame import geodetic_from_ecef
from skypact.model.codes import Content, Disturbance
from skypact.model.message import Payload, Status
from skypact.model.network import U4
from skypact.model.release import NO_CLASS, Items
from skypact.model.track import Tracks
from skypact.model.warning import RUNGS, Warnings
from skypact.run.plan import Plan
from skypact.run.state import Level
from skypact.share import believed_class
from skypact.warn import predict_impacts, threatened, warned_of

_SILENCED = (Disturbance.OFF, Disturbance.LOST)


def items_of(plan: Plan, level: Level, content: Content, payload: Payload, now_ns: int) -> Items:
    """The items of a payload as the policy sees them; where they are and whom they threaten only if a line asks."""
    count = len(payload)
    kinds = np.full(count, NO_CLASS, np.uint8)
    lat = lon = np.full(count, np.nan)
    if isinstance(payload, Tracks) and count:
        kinds = believed_class(payload.class_prob)
        if level.rules.asks_place:
            lat, lon, _ = geodetic_from_ecef(payload.mean_ecef[:, :3])
    elif isinstance(payload, Warnings):
        kinds, lat, lon = payload.object_class, payload.lat_rad, payload.lon_rad
    threatens = np.zeros(count, np.uint32)
    if count and level.rules.asks_threat:
        threatens = _threatened(plan, payload, now_ns)
    return Items(content, payload.sources, kinds, lat, lon, threatens)


def _threatened(plan: Plan, payload: Payload, now_ns: int) -> U4:
    places = plan.wired.network.places
    if isinstance(payload, Tracks):
        impacts = predict_impacts(payload, plan.impact, plan.wired.terrain, plan.logbook)
        return threatened(places, payload, impacts, plan.alert)
    if isinstance(payload, Warnings):
        return warned_of(places, payload, now_ns, plan.alert)
    return np.zeros(len(payload), np.uint32)


def on_alert(plan: Plan, level: Level, nation: int) -> bool:
    """Whether a nation has an alert in force for one of its own zones, at the probability that the public hears."""
    rung = RUNGS.index(plan.wired.scenario.settings.alert_probability)
    return bool(level.alerts[nation].in_force[plan.own_zones[nation], rung].any())


def status_of(plan: Plan, level: Level, nation: int, content: Content, now_ns: int) -> Status:
    """Which of a nation's sensors work, or how many rounds each of its batteries has ready."""
    network = plan.wired.network
    if content == Content.SENSOR_STATUS:
        rows = np.flatnonzero(network.sensors.nation == nation).astype(np.int32)
        now_s, events = now_ns * 1e-9, plan.surroundings.disturbances
        under = (events.from_s <= now_s) & (now_s < events.until_s) & np.isin(events.effect, _SILENCED)
        value = (~np.isin(rows, events.sensor[under])).astype(np.float64)
    else:
        rows = np.flatnonzero(network.batteries.nation == nation).astype(np.int32)
        value = level.fire.stock[rows].astype(np.float64)
    return Status(
        rows,
        value,
        np.full(len(rows), now_ns, np.int64),
        np.full(len(rows), 1 << nation, np.uint32),
    )
