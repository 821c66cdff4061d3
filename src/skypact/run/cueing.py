"""The treatment `cueing`: a nation's sensors are pointed by what its picture holds and they themselves do not.

A cue comes from the nation's own picture, so from what the policy gave it; what is not shared cues nobody. Where a
picture holds own detections alone there is nothing in it that the own sensors do not hold, and nothing is cued.
"""

from __future__ import annotations

import hashlib

import numpy as np

from skypact.fuse import carried_to, held_locally, selected
from skypact.model.codes import HOSTILE_CLASSES, EventKind, ImpactKind, TrackStatus
from skypact.model.cue import PointingTable
from skypact.model.detection import Detections, Sensed
from skypact.model.network import F8, I4, I8
from skypact.model.track import Impacts, Tracks
from skypact.run.exchange import tracks_of
from skypact.run.plan import Plan
from skypact.run.state import CUED, Level, View, add, own_pool
from skypact.sense import cues_met, in_reach, sense_cued

HOSTILE_PROBABILITY = 0.5
"""Summed probability of the raid classes from which a track looks hostile, as `run.response` judges."""
REACHED_SIGMAS = 3.0
"""A ballistic track goes to a place if its predicted impact is within the place's radius and so many sigmas of it."""


def look_by_cue(plan: Plan, level: Level, now_ns: int) -> None:
    """Let own sensors look, until now, where each picture of the last epoch wants them; their trackers get the rest.

    Called after the shots of the epoch have been settled, so that a beam meets what was still alive at its instant.
    """
    if not level.switches.cueing:
        return
    period_ns = round(plan.wired.scenario.settings.picture_period_s * 1e9)
    orders = [
        order for view in level.views for order in _view_orders(plan, level, view, now_ns - period_ns // 2)
    ]
    if not orders:
        return
    pointed = PointingTable(
        np.concatenate([order.sensor for order in orders]),
        np.concatenate([order.state_ecef for order in orders]),
        (now_ns - period_ns // 2) * 1e-9,
    )
    from_s, to_s = (now_ns - period_ns) * 1e-9, now_ns * 1e-9
    gone_s: F8 = np.asarray(level.dead_ns * 1e-9, np.float64)
    cues = cues_met(plan.scene, pointed, from_s, to_s, gone_s)
    sensors = plan.wired.network.sensors
    sensed = sense_cued(plan.scene, sensors, cues, from_s, to_s)
    if len(sensed.object):
        _record_first(plan, level, sensed)
        add(level, sensed.detections, sensors, plan.carriage, (CUED, _digest(sensed.detections), now_ns))


def _digest(seen: Detections) -> int:
    """A number that equal detections share and others do not."""
    content = b"".join(column.tobytes() for column in (seen.detection_id, seen.sensor, seen.t_ns, seen.z))
    return int.from_bytes(hashlib.blake2b(content, digest_size=16).digest(), "little")


def _view_orders(plan: Plan, level: Level, view: View, at_ns: int) -> list[PointingTable]:
    """What the holders of a picture want looked at.

    Args:
        at_ns: the middle of the epoch, to which the tracks are predicted.
    """
    tracks = view.tracks
    if tracks is None or view.impacts is None or view.sigma_pos_m is None:
        return []
    orders = []
    rows: I8 | None = None
    for nation in view.holders:
        own = level.cells[own_pool(nation)]
        if len(plan.own_cued[nation]) == 0 or tracks is own.tracks:
            continue
        if rows is None:
            rows = hostile_rows(tracks)
        missing = not_held(tracks, rows, tracks_of(own))
        if len(missing):
            orders.append(_orders(plan, nation, tracks, view.impacts, view.sigma_pos_m, missing, at_ns))
    return [order for order in orders if len(order.sensor)]


def _orders(
    plan: Plan, nation: int, tracks: Tracks, impacts: Impacts, sigma_pos_m: F8, rows: I8, at_ns: int
) -> PointingTable:
    """Which sensors of a nation are to look at which of these tracks."""
    mine, places, home = plan.own_cued[nation], plan.wired.network.places, plan.own_places[nation]
    carried = carried_to(selected(tracks, rows), at_ns).mean_ecef
    seen = in_reach(plan.scene, mine, carried)
    if not seen.any():
        return PointingTable(mine[:0], carried[:0], at_ns * 1e-9)
    order = threat_order(tracks, impacts, rows, places.pos_ecef_m[home], places.radius_m[home])
    site_ecef_m = plan.wired.network.sensors.pos_ecef_m[mine]
    range_m = np.linalg.norm(carried[None, :, :3] - site_ecef_m[:, None], axis=2)
    seen &= sigma_pos_m[rows][None, :] <= range_m * _half_beam(plan, mine)[:, None]
    seen = seen[:, order]
    seen &= np.cumsum(seen, axis=1) <= plan.cue.looks_at_once
    sensor, rank = np.nonzero(seen)
    return PointingTable(mine[sensor], carried[order[rank]], at_ns * 1e-9)


def hostile_rows(tracks: Tracks) -> I8:
    """Rows of the confirmed tracks of a picture that look hostile."""
    hostile = tracks.class_prob[:, list(HOSTILE_CLASSES)].sum(axis=1) >= HOSTILE_PROBABILITY
    rows: I8 = np.flatnonzero(hostile & (tracks.status == TrackStatus.CONFIRMED))
    return rows


def not_held(tracks: Tracks, rows: I8, local: Tracks) -> I8:
    """Those of `rows` on which no confirmed own track lies: a coasting one holds nothing.

    Args:
        tracks: the nation's picture.
        rows: of `tracks`.
        local: the nation's own tracks at the same instant.
    """
    if len(rows) == 0:
        return rows
    live = selected(local, np.flatnonzero(local.status == TrackStatus.CONFIRMED))
    missing: I8 = rows[held_locally(tracks, rows, live) == 0]
    return missing


def threat_order(tracks: Tracks, impacts: Impacts, rows: I8, place_ecef_m: F8, radius_m: F8) -> I8:
    """An order of `rows`: soonest predicted arrival at an own place first, then soonest end anywhere, then track id.

    A ballistic object arrives where and when it is predicted to come down, if that is within `REACHED_SIGMAS` of the
    place. An air-breathing one arrives after the distance over the speed at which it closes.

    Args:
        tracks, impacts: a picture.
        rows: of the tracks to be ordered.
        place_ecef_m: [p, 3] the nation's own places.
        radius_m: [p]
    """
    now_s = tracks.now_ns * 1e-9
    end_s = impacts.t_ns[rows] * 1e-9 - now_s
    ballistic = impacts.kind[rows] == ImpactKind.BALLISTIC
    end_s = np.where(ballistic, end_s, np.inf)
    spread_m = np.sqrt(np.trace(impacts.cov_en_m2[rows], axis1=1, axis2=2))
    miss_m = np.linalg.norm(impacts.pos_ecef_m[rows][:, None] - place_ecef_m[None], axis=2)
    reached = miss_m <= radius_m[None, :] + REACHED_SIGMAS * spread_m[:, None]
    falls_s = np.where(reached.any(axis=1), end_s, np.inf)
    gap_m = place_ecef_m[None] - tracks.mean_ecef[rows, None, :3]
    distance_m = np.maximum(np.linalg.norm(gap_m, axis=2), 1.0)
    closing_mps = np.einsum("rpj,rj->rp", gap_m, tracks.mean_ecef[rows, 3:]) / distance_m
    with np.errstate(divide="ignore"):
        flies_s = np.where(closing_mps > 0.0, distance_m / closing_mps, np.inf).min(axis=1, initial=np.inf)
    arrives_s = np.where(ballistic, falls_s, flies_s)
    order: I8 = np.lexsort((tracks.track_id[rows], end_s, arrives_s))
    return order


def _half_beam(plan: Plan, sensors: I4) -> F8:
    """Half the smaller of each radar's beam widths (rad): a track less certain than that is not worth a look."""
    sensing = plan.wired.network.sensing
    half: F8 = 0.5 * np.minimum(sensing.beam_azimuth_rad[sensors], sensing.beam_elevation_rad[sensors])
    return half


def _record_first(plan: Plan, level: Level, sensed: Sensed) -> None:
    """Record, at this level alone, the first detection of each object by a nation's cued looks."""
    found, sensors = sensed.detections, plan.wired.network.sensors
    for k in range(len(sensed.object)):
        sensor, row = int(found.sensor[k]), int(sensed.object[k])
        nation = int(sensors.nation[sensor])
        if (nation, row) in level.cued:
            continue
        level.cued.add((nation, row))
        level.events.add(
            EventKind.FIRST_DETECTION,
            int(found.t_ns[k]),
            nation=nation,
            object_key=int(plan.truth.key[row]),
            other=sensor,
        )
