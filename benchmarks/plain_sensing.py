"""One second of radars and objects in plain NumPy: the peers of `sense.tick` and `sense.tick.culled`.

The one takes every radar's look at every object at once, array by array, as one would write it at first; the other
rejects pairs out of range or out of the beam before, as one who wants it fast would. Both do all the rest alike:
interpolation, sweep, geometry, terrain, the radar equation with aspect, beam, air, canceller and clutter, the exact
chance of detection, the same keyed draws, and resolution. They stop where the detections are known; ours also writes
the plots with their errors, biases and numbers, in order.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc, gammainccinv

from skypact.earth.frame import geodetic_from_ecef
from skypact.kernels.random import DETECTION
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M, MEAN_RADIUS_M
from skypact.model.codes import BeamPattern
from skypact.model.network import F8, I8, SensingTable, SensorTable, Surroundings
from skypact.model.truth import Truth

Key = tuple[np.uint32, np.uint32]
_DEG = math.pi / 180.0
_TWO_PI = 2.0 * math.pi


class World(NamedTuple):
    """What both sense."""

    sensors: SensorTable
    sensing: SensingTable
    around: Surroundings
    truth: Truth


def plain_tick(world: World, from_s: float, key: Key) -> set[tuple[int, int]]:
    """Which radar detects which object in the second from `from_s`: pairs of rows."""
    first = np.floor((from_s - world.sensing.scan_phase_s) / world.sensors.revisit_s).astype(np.int64)
    parts = [_plain_frame(world, first + step, from_s, key) for step in (0, 1)]
    s, i, t, place, power = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = _plain_maxima(world, s, t, place, power)
    return set(zip(s[kept].tolist(), i[kept].tolist(), strict=True))


def _path_at(truth: Truth, i: I8, t_s: F8) -> tuple[F8, F8]:
    """Positions and velocities by cubic Hermite interpolation; the samples start at 0 s."""
    row = np.floor(t_s).astype(np.int64)
    u = (t_s - row)[..., None]
    before, after = truth.state[truth.offset[i] + row], truth.state[truth.offset[i] + row + 1]
    p0, v0, p1, v1 = before[..., :3], before[..., 3:], after[..., :3], after[..., 3:]
    pos = (
        (1 + 2 * u) * (1 - u) ** 2 * p0
        + u * (1 - u) ** 2 * v0
        + u * u * (3 - 2 * u) * p1
        - u * u * (1 - u) * v1
    )
    vel = 6 * u * (u - 1) * (p0 - p1) + (1 - u) * (1 - 3 * u) * v0 + u * (3 * u - 2) * v1
    return pos, vel


def _plain_frame(world: World, frame: I8, from_s: float, key: Key) -> tuple[NDArray[Any], ...]:
    """All detections of one frame of each radar whose time lies in the second."""
    sensors, sensing = world.sensors, world.sensing
    start = (frame * sensors.revisit_s + sensing.scan_phase_s)[:, None]
    middle = start + sensors.revisit_s[:, None] / 2.0 + np.zeros((1, len(world.truth.key)))
    pos, vel = _path_at(world.truth, np.broadcast_to(np.arange(len(world.truth.key)), middle.shape), middle)
    rot = sensors.rot_enu_from_ecef
    enu = np.einsum("sij,snj->sni", rot, pos - sensors.pos_ecef_m[:, None])
    run = np.einsum("sij,snj->sni", rot, vel)
    t = _sweep_times(enu, run, start, sensors.revisit_s[:, None], *_left_and_width(sensors)[..., None])
    s, i = np.nonzero((t >= from_s) & (t < from_s + 1.0))
    return _plain_looks(world, s, i, frame[s], t[s, i], key)


def _left_and_width(sensors: SensorTable) -> F8:
    """Where each radar's sweep begins and how wide it is (rad), f8[2, S]."""
    width = sensors.sector_rad
    return np.stack([np.where(width >= _TWO_PI, 0.0, sensors.sector_centre_rad - width / 2.0), width])


def _sweep_times(enu: F8, run: F8, start: F8, revisit: F8, left: F8, width: F8) -> F8:
    """When the sweep of a frame meets what is here, and moves so, in mid-frame; NaN where not in that frame."""
    middle = start + revisit / 2.0
    rate = (enu[..., 1] * run[..., 0] - enu[..., 0] * run[..., 1]) / (enu[..., 0] ** 2 + enu[..., 1] ** 2)
    rate = np.where(np.abs(rate) > 0.5 * width / revisit, 0.0, rate)
    turn = (np.arctan2(enu[..., 0], enu[..., 1]) - left - width / 2.0) / _TWO_PI
    angle = (turn - np.floor(turn + 0.5)) * _TWO_PI + width / 2.0
    t = middle + (angle - width / revisit * (middle - start)) / (width / revisit - rate)
    return np.where((t >= start) & (t < start + revisit), t, np.nan)


def culled_tick(world: World, from_s: float, key: Key) -> set[tuple[int, int]]:
    """The same as `plain_tick`; pairs out of range or out of the beam are rejected by one position of each object."""
    sensors, sensing = world.sensors, world.sensing
    near_s, near_i = np.nonzero(_may_meet(world, from_s))
    first = np.floor((from_s - sensing.scan_phase_s) / sensors.revisit_s).astype(np.int64)
    parts = []
    for frame in (first, first + 1):
        starts = frame * sensors.revisit_s + sensing.scan_phase_s
        now = starts[near_s] < from_s + 1.0
        s, i = near_s[now], near_i[now]
        start, revisit = starts[s], sensors.revisit_s[s]
        pos, vel = _path_at(world.truth, i, start + revisit / 2.0)
        rot = sensors.rot_enu_from_ecef[s]
        enu = np.einsum("nij,nj->ni", rot, pos - sensors.pos_ecef_m[s])
        run = np.einsum("nij,nj->ni", rot, vel)
        t = _sweep_times(enu, run, start, revisit, *_left_and_width(sensors)[:, s])
        met = (t >= from_s) & (t < from_s + 1.0)
        parts.append(_plain_looks(world, s[met], i[met], frame[s[met]], t[met], key))
    s, i, t, place, power = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = _plain_maxima(world, s, t, place, power)
    return set(zip(s[kept].tolist(), i[kept].tolist(), strict=True))


def _may_meet(world: World, from_s: float) -> NDArray[np.bool_]:
    """Which radar may meet which object in the second: within its range, near the bearings that it sweeps."""
    sensors, sensing = world.sensors, world.sensing
    count = len(world.truth.key)
    pos, vel = _path_at(world.truth, np.arange(count), np.full(count, from_s + 0.5))
    enu = (pos - sensors.pos_ecef_m[:, None]) @ np.swapaxes(sensors.rot_enu_from_ecef, 1, 2)
    speed = 1.2 * np.sqrt((vel**2).sum(axis=1)) + 50.0
    revisit = sensors.revisit_s[:, None]
    left, width = _left_and_width(sensors)[..., None]
    share = (from_s + 0.5 - sensing.scan_phase_s[:, None]) / revisit % 1.0
    bearing = np.arctan2(enu[..., 0], enu[..., 1])
    off = np.abs((bearing - left - width * share + math.pi) % _TWO_PI - math.pi)
    ground = np.maximum(np.hypot(enu[..., 0], enu[..., 1]), 1.0)
    moves = np.arcsin(np.minimum(speed * (revisit + 1.0) / ground, 1.0))
    swept = off <= 0.5 * width / revisit + moves
    swept |= moves > 1.5
    swept |= (width < _TWO_PI) & (np.minimum(share, 1.0 - share) * revisit < 0.6)
    near = (enu**2).sum(axis=-1) <= (sensors.range_max_m[:, None] + speed) ** 2
    return np.asarray(near & swept)


def _plain_looks(world: World, s: I8, i: I8, frame: I8, t: F8, key: Key) -> tuple[NDArray[Any], ...]:
    """Which of these looks detect, with their place and power."""
    sensors, sensing, truth = world.sensors, world.sensing, world.truth
    pos, vel = _path_at(truth, i, t)
    away = pos - sensors.pos_ecef_m[s]
    east, north, up = np.einsum("nij,nj->in", sensors.rot_enu_from_ecef[s], away)
    range_m = np.sqrt(east**2 + north**2 + up**2)
    bearing = np.arctan2(east, north) % _TWO_PI
    lat, lon, height = geodetic_from_ecef(pos)
    half = np.sin((lat - sensors.lat_rad[s]) / 2.0) ** 2
    half += np.cos(lat) * np.cos(sensors.lat_rad[s]) * np.sin((lon - sensors.lon_rad[s]) / 2.0) ** 2
    ground = 2.0 * MEAN_RADIUS_M * np.arcsin(np.sqrt(half))
    tangent = (height - sensors.height_m[s]) / ground - ground / (2.0 * EFFECTIVE_RADIUS_M)
    elevation = np.arctan(tangent)
    masks = world.around.masks
    azimuths, cells = masks.tan_elevation.shape[1:]
    row = np.floor(bearing / _TWO_PI * azimuths + 0.5).astype(int) % azimuths
    hidden = masks.tan_elevation[s, row, np.minimum((ground / masks.cell_m).astype(int), cells - 1)]
    seen = (range_m <= sensors.range_max_m[s]) & (range_m >= sensors.range_min_m[s]) & (tangent >= hidden)
    seen &= (elevation >= sensors.elevation_min_rad[s]) & (elevation <= sensors.elevation_max_rad[s])
    off = (bearing - sensors.sector_centre_rad[s] + math.pi) % _TWO_PI - math.pi
    seen &= np.abs(off) <= sensors.sector_rad[s] / 2.0
    rate = (vel * away).sum(axis=1) / range_m
    snr = _plain_signal(world, s, i, (ground, range_m, bearing, elevation, off), rate, vel)
    pulses = sensing.pulses[s].astype(float)
    power = gammainccinv(pulses, sensing.pfa[s])
    draw = _uniform(s, truth.key[i], frame, key)
    found = seen & (draw < _exceedance(power, snr, pulses))
    place = np.stack([range_m, bearing, np.arctan2(up, np.hypot(east, north))], axis=1)
    strength = np.stack([draw, snr, pulses], axis=1)
    return s[found], i[found], t[found], place[found], strength[found]


def _plain_signal(world: World, s: I8, i: I8, where: tuple[F8, ...], rate: F8, vel: F8) -> F8:
    """Mean signal to noise of a burst."""
    sensing, truth = world.sensing, world.truth
    ground, range_m, bearing, elevation, off = where
    cos2 = rate**2 / (vel**2).sum(axis=1)
    rcs = truth.rcs_m2[i] / (cos2 + (1.0 - cos2) / np.sqrt(truth.rcs_side_ratio[i])) ** 2
    snr = 10.0 ** (sensing.snr_db_100km_1m2[s] / 10.0) * rcs * (1e5 / range_m) ** 4
    tilt, beam = sensing.tilt_rad[s], sensing.beam_elevation_rad[s]
    face = np.sin(elevation) * np.sin(tilt) + np.cos(elevation) * np.cos(tilt) * np.cos(off)
    gauss = np.exp(-8.0 * math.log(2.0) * ((elevation - tilt) / beam) ** 2)
    with np.errstate(divide="ignore", over="ignore"):
        fall = (0.5 * (np.sin(tilt + beam / 2.0) / np.sin(elevation)) ** 2) ** 2
    fan = np.where(elevation > tilt + beam / 2.0, fall, gauss)
    snr *= np.where(sensing.pattern[s] == BeamPattern.STEERED, np.maximum(face, 0.0) ** 3, fan)
    snr *= 10.0 ** (-0.1 * _plain_loss(world, s, elevation, range_m))
    ratios = np.array([25.0, 30.0, 27.0, 31.0]) / 28.25
    phase = _TWO_PI * rate / sensing.blind_speed_mps[s]
    now, before = phase[:, None] * ratios, phase[:, None] * np.roll(ratios, 1)
    real, imaginary = np.cos(before) + np.cos(now) - 2.0, np.sin(now) - np.sin(before)
    cancelled = (real**2 + imaginary**2).mean(axis=1) / 6.0
    snr *= np.where(ground < sensing.mti_range_m[s], cancelled, 1.0)
    clutter, masks = world.around.clutter, world.around.masks
    rows, cells = clutter.residue.shape[1:]
    cell = (range_m / clutter.cell_m).astype(int)
    residue = clutter.residue[
        s, np.floor(bearing / _TWO_PI * rows + 0.5).astype(int) % rows, np.minimum(cell, cells - 1)
    ]
    azimuths, columns = masks.tan_elevation.shape[1:]
    row = np.floor(bearing / _TWO_PI * azimuths + 0.5).astype(int) % azimuths
    surface = np.arctan(
        masks.tan_elevation[s, row, np.minimum((range_m / masks.cell_m).astype(int), columns - 1)]
    )
    lobe = np.maximum(np.exp(-8.0 * math.log(2.0) * ((elevation - surface) / beam) ** 2), 1e-5)
    lobe = np.where(sensing.pattern[s] == BeamPattern.STEERED, lobe, 1.0)
    return np.asarray(snr / (1.0 + np.where(cell < cells, residue * lobe, 0.0)))


def _plain_loss(world: World, s: I8, elevation: F8, range_m: F8) -> F8:
    table = world.around.loss.loss_db
    x = np.clip(np.arcsinh(elevation / _DEG) * 15.0 + 45.0, 0.0, table.shape[1] - 1.0)
    y = np.clip(np.log1p(range_m / 2e3) * 20.0, 0.0, table.shape[2] - 1.0)
    a, b = np.minimum(x.astype(int), table.shape[1] - 2), np.minimum(y.astype(int), table.shape[2] - 2)
    u, v = x - a, y - b
    low = table[s, a, b] * (1.0 - v) + table[s, a, b + 1] * v
    high = table[s, a + 1, b] * (1.0 - v) + table[s, a + 1, b + 1] * v
    return np.asarray(low * (1.0 - u) + high * u)


def _exceedance(power: F8, snr: F8, pulses: F8) -> F8:
    """Swerling 1 of two pulses or more (Swerling 1954)."""
    more = 1.0 + 1.0 / np.maximum(pulses * snr, 1e-12)
    slow = gammainc(pulses - 1.0, power / more) * np.exp(-power / (1.0 + pulses * snr))
    with np.errstate(over="ignore", invalid="ignore"):
        chance = gammaincc(pulses - 1.0, power) + more ** (pulses - 1.0) * slow
    return np.where(snr > 1e-9, chance, 0.0)


def _uniform(s: I8, object_key: NDArray[np.uint32], look: I8, key: Key) -> F8:
    """Philox 4x32-10 of (DETECTION, sensor, key, look)."""
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    x = [
        np.full(len(s), DETECTION, np.uint64),
        s.astype(np.uint64),
        object_key.astype(np.uint64),
        look.astype(np.uint64) & low,
    ]
    k0, k1 = (np.uint64(word) for word in key)
    for _ in range(10):
        one, two = np.uint64(0xD2511F53) * x[0], np.uint64(0xCD9E8D57) * x[2]
        x = [(two >> shift) ^ x[1] ^ k0, two & low, (one >> shift) ^ x[3] ^ k1, one & low]
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & low, (k1 + np.uint64(0xBB67AE85)) & low
    return (x[0].astype(np.float64) + 0.5) / 4294967296.0


def _plain_maxima(world: World, s: I8, t: F8, place: F8, strength: F8) -> NDArray[np.bool_]:
    """Which detections are the strongest in their cell."""
    sensors, sensing = world.sensors, world.sensing
    kept = np.ones(len(s), np.bool_)
    for radar in range(len(sensors.kind)):
        own = np.flatnonzero(s == radar)
        gap = place[own][:, None] - place[own]
        turn = (gap[..., 1] + math.pi) % _TWO_PI - math.pi
        dwell = sensing.beam_azimuth_rad[radar] / sensors.sector_rad[radar] * sensors.revisit_s[radar]
        across = np.maximum(np.cos(0.5 * (place[own][:, None] + place[own])[..., 2]), 0.05)
        near = np.abs(gap[..., 0]) < sensing.cell_range_m[radar]
        near &= np.abs(turn) * across < sensing.beam_azimuth_rad[radar]
        near &= np.abs(t[own][:, None] - t[own]) * across < dwell
        if sensors.measures_elevation[radar]:
            near &= np.abs(gap[..., 2]) < sensing.beam_elevation_rad[radar]
        for a, b in zip(*np.nonzero(np.triu(near, 1)), strict=True):
            power = [_power(*strength[own[x]]) for x in (a, b)]
            kept[own[a if power[0] < power[1] else b]] = False
    return kept


def _power(draw: float, snr: float, pulses: float) -> float:
    """The power that is exceeded with this chance, by halving."""
    low, high = 0.0, 1e3 * (1.0 + pulses * snr)
    for _ in range(80):
        middle = 0.5 * (low + high)
        chance = _exceedance(np.array([middle]), np.array([snr]), np.array([pulses]))[0]
        low, high = (middle, high) if chance > draw else (low, middle)
    return low
