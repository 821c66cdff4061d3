"""What a misreporting nation says of its own tracks: applied to what it posts, never to what it uses itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skypact.kernels.frame import destination, ecef_from_geodetic
from skypact.kernels.random import GHOST, uniform, uniform_pair
from skypact.model.codes import N_CLASSES, NO_CODE, Identity, ObjectClass, TrackStatus
from skypact.model.link import NEVER_NS, Links, MisreportTable
from skypact.model.network import F4, F8
from skypact.model.scenario import Region
from skypact.model.track import Tracks

GHOST_TRACK = 2**47
"""Ghosts are numbered from here: no tracker numbers its tracks so high, and the number still fits a picture's key."""
GHOST_SIGMA_M, GHOST_SIGMA_MPS = 150.0, 5.0
"""Accuracy that is claimed for a ghost, one sigma of each component."""
GHOST_CERTAINTY = 0.9
"""Probability that is claimed for the class of a ghost, unless the misreport claims more."""
GHOST_FLIGHT_S = 900.0
"""How long a ghost flies before another takes its place."""

_SHIFT = np.uint32(0xFFFFFFFE)
_SPEED_MPS = {ObjectClass.CRUISE: (200.0, 260.0), ObjectClass.DRONE: (40.0, 60.0)}
_HEIGHT_M = {ObjectClass.CRUISE: (100.0, 1_500.0), ObjectClass.DRONE: (300.0, 2_000.0)}


def misreport_table(links: Links, nations: Sequence[str]) -> MisreportTable:
    """The misreports of a scenario as arrays, nations numbered in the order given."""
    rows = links.misreports
    row = {code: i for i, code in enumerate(nations)}

    def instant(t_s: float) -> int:
        return int(math.copysign(NEVER_NS, t_s)) if math.isinf(t_s) else round(t_s * 1e9)

    return MisreportTable(
        nation=np.array([row[m.nation] for m in rows], np.int64),
        from_ns=np.array([instant(m.from_s) for m in rows], np.int64),
        until_ns=np.array([instant(m.until_s) for m in rows], np.int64),
        ghosts=np.array([m.ghosts for m in rows], np.int64),
        covariance=np.array([m.covariance for m in rows], np.float64),
        shift_m=np.array([m.shift_m for m in rows], np.float64),
        certainty=np.array([m.certainty for m in rows], np.float64),
    )


def misreported(
    table: MisreportTable, nation: int, tracks: Tracks, region: Region, k0: np.uint32, k1: np.uint32
) -> Tracks:
    """What the nation says of its tracks at their instant: the tracks themselves where it is honest then.

    In turn for each misreport in force: positions shifted in one direction that is drawn for the nation, covariances
    multiplied, the most probable class made as probable as is claimed, and ghosts added.

    Args:
        table: who misreports, and when.
        nation: row of the nation that posts.
        tracks: its own; not changed.
        region: where ghosts begin to fly.
        k0, k1: key of the run.
    """
    now_ns = tracks.now_ns
    for m in np.flatnonzero((table.nation == nation) & (table.from_ns <= now_ns) & (now_ns < table.until_ns)):
        mean, cov = tracks.mean_ecef.copy(), tracks.cov_ecef * table.covariance[m]
        if table.shift_m[m] > 0.0:
            _shift(mean, float(table.shift_m[m]), nation, k0, k1)
        certainty = float(table.certainty[m])
        tracks = replace(
            tracks, mean_ecef=mean, cov_ecef=cov, class_prob=_surer(tracks.class_prob, certainty)
        )
        if table.ghosts[m] > 0:
            since_ns = int(table.from_ns[m])
            tracks = _joined(
                tracks, _ghosts(nation, int(table.ghosts[m]), since_ns, now_ns, certainty, region, k0, k1)
            )
    return tracks


def _shift(mean: F8, shift_m: float, nation: int, k0: np.uint32, k1: np.uint32) -> None:
    """Move positions along the ground at each, all on one bearing, in place."""
    bearing = 2.0 * math.pi * uniform(k0, k1, GHOST, np.uint32(nation), _SHIFT, np.uint32(0))
    up = mean[:, :3] / np.linalg.norm(mean[:, :3], axis=1, keepdims=True)
    east = np.stack([-up[:, 1], up[:, 0], np.zeros(len(up))], axis=1)
    east /= np.linalg.norm(east, axis=1, keepdims=True)
    north = np.cross(up, east)
    mean[:, :3] += shift_m * (math.sin(bearing) * east + math.cos(bearing) * north)


def _surer(class_prob: F4, certainty: float) -> F4:
    """Class probabilities with the greatest of each row raised to `certainty`, the others lowered in proportion."""
    made = class_prob.copy()
    if len(made) == 0 or certainty <= 0.0:
        return made
    top = made.argmax(axis=1)
    rows = np.flatnonzero(made[np.arange(len(made)), top] < certainty)
    rest = 1.0 - made[rows, top[rows]]
    made[rows] *= ((1.0 - certainty) / rest)[:, None]
    made[rows, top[rows]] = certainty
    return made


def _joined(tracks: Tracks, ghosts: Tracks) -> Tracks:
    names = [name for name in Tracks.__dataclass_fields__ if name != "now_ns"]
    return Tracks(
        tracks.now_ns, *(np.concatenate([getattr(tracks, name), getattr(ghosts, name)]) for name in names)
    )


def _ghosts(
    nation: int,
    count: int,
    since_ns: int,
    now_ns: int,
    certainty: float,
    region: Region,
    k0: np.uint32,
    k1: np.uint32,
) -> Tracks:
    """The ghosts of a nation at an instant: each flies straight and level from a point drawn in the region.

    Ghost g in flight number f is keyed by (nation, g, f): place, bearing, class, speed and height. At `since_ns` each
    is in another part of its flight, so that not all change places at once.
    """
    mean, track_id = np.empty((count, 6)), np.empty(count, np.uint64)
    kind, first_ns = np.empty(count, np.int64), np.empty(count, np.int64)
    flight_ns = round(GHOST_FLIGHT_S * 1e9)
    for g in range(count):
        flown_ns = now_ns - since_ns + flight_ns * g // count
        flight, on_way_ns = divmod(flown_ns, flight_ns)
        first_ns[g] = max(now_ns - on_way_ns, since_ns)
        track_id[g] = GHOST_TRACK + (flight * count + g)
        mean[g], kind[g] = _flying(nation, g, int(flight), on_way_ns * 1e-9, region, k0, k1)
    sure = max(certainty, GHOST_CERTAINTY)
    class_prob = np.full((count, N_CLASSES), (1.0 - sure) / (N_CLASSES - 1), np.float32)
    class_prob[np.arange(count), kind] = sure
    variance = np.repeat([GHOST_SIGMA_M**2, GHOST_SIGMA_MPS**2], 3)
    return Tracks(
        now_ns=now_ns,
        track_id=track_id,
        slot=np.zeros(count, np.int32),
        mean_ecef=mean,
        cov_ecef=np.tile(np.diag(variance), (count, 1, 1)),
        status=np.full(count, TrackStatus.CONFIRMED, np.uint8),
        class_prob=class_prob,
        mode_prob=np.tile(np.array([0.98, 0.01, 0.01], np.float32), (count, 1)),
        identity=np.full(count, Identity.HOSTILE, np.uint8),
        code=np.full(count, NO_CODE, np.uint32),
        first_ns=first_ns,
        updated_ns=np.full(count, now_ns, np.int64),
        sources=np.full(count, 1 << nation, np.uint32),
    )


def _flying(
    nation: int, ghost: int, flight: int, on_way_s: float, region: Region, k0: np.uint32, k1: np.uint32
) -> tuple[F8, int]:
    """State of a ghost so long after its take-off, ECEF m and m/s, and its class."""
    key = (GHOST, np.uint32(nation), np.uint32(ghost))
    u_lat, u_lon = uniform_pair(k0, k1, *key, np.uint32(3 * flight))
    u_bearing, u_class = uniform_pair(k0, k1, *key, np.uint32(3 * flight + 1))
    u_speed, u_height = uniform_pair(k0, k1, *key, np.uint32(3 * flight + 2))
    kind = ObjectClass.CRUISE if u_class < 0.5 else ObjectClass.DRONE
    slow, fast = _SPEED_MPS[kind]
    low, high = _HEIGHT_M[kind]
    speed_mps, height_m = slow + u_speed * (fast - slow), low + u_height * (high - low)
    lat = region.south_rad + u_lat * (region.north_rad - region.south_rad)
    lon = region.west_rad + u_lon * (region.east_rad - region.west_rad)
    bearing = 2.0 * math.pi * u_bearing
    states = [
        ecef_from_geodetic(*destination(lat, lon, bearing, speed_mps * (on_way_s + dt)), height_m)
        for dt in (0.0, 1.0)
    ]
    here, there = np.array(states[0]), np.array(states[1])
    return np.concatenate([here, there - here]), int(kind)
