"""A slow, plain twin of a look: no skipping, no shared geometry, scalar Python."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import map_coordinates
from scipy.special import gammainc, gammaincc
from scipy.stats import ncx2

from skypact.model.cue import CueTable
from skypact.model.network import SensingTable, SensorTable, Surroundings
from skypact.model.truth import Truth
from tests.sense.world import K0, K1

A, F = 6378137.0, 1.0 / 298.257223563
E2 = F * (2.0 - F)
WORD = 0xFFFFFFFF


def u4(number: int) -> np.uint32:
    return np.uint32(number & WORD)


def geodetic(p: np.ndarray) -> tuple[float, float, float]:
    """By iteration on latitude (Heiskanen and Moritz 1967)."""
    lon = math.atan2(p[1], p[0])
    across = math.hypot(p[0], p[1])
    lat = math.atan2(p[2], across * (1.0 - E2))
    for _ in range(30):
        normal = A / math.sqrt(1.0 - E2 * math.sin(lat) ** 2)
        lat = math.atan2(p[2] + E2 * normal * math.sin(lat), across)
    normal = A / math.sqrt(1.0 - E2 * math.sin(lat) ** 2)
    return lat, lon, across * math.cos(lat) + p[2] * math.sin(lat) - normal * (1.0 - E2 * math.sin(lat) ** 2)


def sphere_distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Haversine."""
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2.0 * 6371008.8 * math.asin(math.sqrt(h))


def polar(sensors: SensorTable, s: int, p: np.ndarray) -> tuple[float, float, float]:
    lat, lon = sensors.lat_rad[s], sensors.lon_rad[s]
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    d = p - sensors.pos_ecef_m[s]
    r = float(np.linalg.norm(d))
    return r, math.atan2(d @ east, d @ np.cross(up, east)) % (2 * math.pi), math.asin((d @ up) / r)


def apparent(sensors: SensorTable, s: int, p: np.ndarray) -> tuple[float, float]:
    """Ground range and tangent of elevation over the 4/3 Earth."""
    lat, lon, height = geodetic(p)
    ground = max(sphere_distance(sensors.lat_rad[s], sensors.lon_rad[s], lat, lon), 1.0)
    return ground, (height - sensors.height_m[s]) / ground - ground / (2.0 * 4.0 / 3.0 * 6371000.0)


def naive_gain(
    sensors: SensorTable, sensing: SensingTable, s: int, bearing: float, elevation: float
) -> float:
    """Two-way beam gain: cos^3 off a fixed face by the angle between two vectors, Gaussian in dB, cosecant."""
    tilt, beam = float(sensing.tilt_rad[s]), float(sensing.beam_elevation_rad[s])
    if sensing.pattern[s] == 0:
        if sensors.rotates[s] or sensors.sector_rad[s] >= 2 * math.pi:
            return 1.0
        centre = float(sensors.sector_centre_rad[s])
        face, ray = (
            np.array([math.cos(e) * math.sin(b), math.cos(e) * math.cos(b), math.sin(e)])
            for b, e in ((centre, tilt), (bearing, elevation))
        )
        return max(float(face @ ray), 0.0) ** 3
    shoulder = tilt + beam / 2
    if sensing.pattern[s] == 2 and elevation > shoulder:
        if elevation > sensors.elevation_max_rad[s]:
            return 0.0
        return (0.5 / (math.sin(elevation) / math.sin(shoulder)) ** 2) ** 2
    return 10.0 ** (-24.0 * math.log10(2.0) * ((elevation - tilt) / beam) ** 2 / 10.0 * 10.0 / 3.0)


def naive_canceller(sensing: SensingTable, s: int, rate: float) -> float:
    """Mean over the pulses of |x_n - x_(n-1)|^2 or |x_n - 2 x_(n-1) + x_(n-2)|^2 over its mean for random phases."""
    order = int(sensing.canceller[s])
    if order == 0:
        return 1.0
    ratios = np.array([25.0, 30.0, 27.0, 31.0] if sensing.stagger[s] == 4 else [1.0])
    times = np.concatenate([[0.0], np.cumsum(np.tile(ratios / ratios.mean(), 6))])
    echo = np.exp(2j * math.pi * rate / float(sensing.blind_speed_mps[s]) * times)
    output = np.abs(np.diff(echo, n=order)) ** 2
    count = len(ratios)
    return float(output[count : 2 * count].mean() / (2.0 if order == 1 else 6.0))


def naive_loss(around: Surroundings, s: int, elevation: float, range_m: float) -> float:
    """Bilinear in the coordinates in which the nodes are even."""
    table = around.loss.loss_db[s]
    x = np.interp(math.asinh(math.degrees(elevation)) * 15.0 + 45.0, [0.0, 123.0], [0.0, 123.0])
    y = np.interp(math.log1p(range_m / 2_000.0) * 20.0, [0.0, 125.0], [0.0, 125.0])
    return float(map_coordinates(table.astype(float), [[x], [y]], order=1)[0])


def naive_signal(
    world: World, s: int, i: int, p: np.ndarray, v: np.ndarray, t: float, gain_db: float | None
) -> float:
    """Mean signal to noise of one burst; -1 out of view. In search where no gain of another mode is told."""
    sensors, sensing, around, truth = world.sensors, world.sensing, world.around, world.truth
    r, bearing, _ = polar(sensors, s, p)
    off = (bearing - sensors.sector_centre_rad[s] + math.pi) % (2 * math.pi) - math.pi
    ground, tangent = apparent(sensors, s, p)
    elevation = math.atan(tangent)
    if abs(off) > sensors.sector_rad[s] / 2 or not in_sight(world, s, p):
        return -1.0
    if not sensors.elevation_min_rad[s] <= elevation <= sensors.elevation_max_rad[s]:
        return -1.0
    sight = (p - sensors.pos_ecef_m[s]) / r
    rate = float(v @ sight)
    cos2 = (rate / np.linalg.norm(v)) ** 2 if np.linalg.norm(v) > 0 else 1.0
    # A spheroid of half-axes 1 across and c along: pi c^2 / (sin^2 + c^2 cos^2)^2, scaled to its value nose on.
    c2 = math.sqrt(truth.rcs_side_ratio[i])
    rcs = truth.rcs_m2[i] * (c2 / ((1.0 - cos2) + c2 * cos2)) ** 2
    snr = 10 ** (sensing.snr_db_100km_1m2[s] / 10) * rcs * (1e5 / r) ** 4
    snr *= naive_gain(sensors, sensing, s, bearing, elevation) * 10 ** (
        -naive_loss(around, s, elevation, r) / 10
    )
    fence = float(sensing.fence_rad[s])
    energy = 10.0 ** ((gain_db or 0.0) / 10.0)
    if gain_db is None and not math.isnan(fence):
        energy = min(1.0, math.sin(fence) / max(math.sin(elevation), 1e-9)) ** 2
    if ground < sensing.mti_range_m[s]:
        snr *= naive_canceller(sensing, s, rate)
    noise = 1.0
    events = around.disturbances
    for d in np.flatnonzero((events.sensor == s) & (events.effect == 1)):
        turn = (bearing - events.bearing_rad[d] + math.pi) % (2 * math.pi) - math.pi
        if events.from_s[d] <= t < events.until_s[d] and abs(turn) <= events.width_rad[d] / 2:
            noise += events.level[d]
    rows, cells = around.clutter.residue[s].shape
    if r < cells * around.clutter.cell_m:
        residue = around.clutter.residue[s, round(bearing / (2 * math.pi) * rows) % rows]
        ground_row = around.masks.tan_elevation[s]
        az = math.floor(bearing / (2 * math.pi) * len(ground_row) + 0.5) % len(ground_row)
        stands = ground_row[az, min(int(r / around.masks.cell_m), ground_row.shape[1] - 1)]
        above = (elevation - math.atan(stands)) / sensing.beam_elevation_rad[s]
        weight = max(2.0 ** (-8.0 * above**2), 1e-5) if sensing.pattern[s] == 0 else 1.0
        noise += energy * residue[int(r / around.clutter.cell_m)] * weight
        noise += energy * around.clutter.rain[s, int(r / around.clutter.cell_m)]
    return energy * snr / noise


def in_sight(world: World, s: int, p: np.ndarray) -> bool:
    masks = world.around.masks
    _, bearing, _ = polar(world.sensors, s, p)
    ground, tangent = apparent(world.sensors, s, p)
    rows, cells = masks.tan_elevation.shape[1:]
    row = math.floor(bearing / (2 * math.pi) * rows + 0.5) % rows
    return bool(tangent >= masks.tan_elevation[s, row, min(int(ground / masks.cell_m), cells - 1)])


def other_chance(world: World, s: int, i: int, p: np.ndarray) -> float:
    sensors = world.sensors
    r, _, elevation = polar(sensors, s, p)
    _, _, height = geodetic(p)
    own = float(world.sensing.detection_probability[s])
    kind = int(sensors.kind[s])
    if kind == 1:
        if not sensors.elevation_min_rad[s] <= elevation <= sensors.elevation_max_rad[s]:
            return 0.0
        stretch = np.array([1.0, 1.0, 1.0 / (1.0 - F)])
        a, b = sensors.pos_ecef_m[s] * stretch, p * stretch
        steps = a + np.linspace(0.0, 1.0, 20001)[:, None] * (b - a)
        return own if height >= 10_000.0 and np.linalg.norm(steps, axis=1).min() >= A - 1.0 else 0.0
    if kind == 2:
        low = height - sensors.height_m[s] <= 1500.0
        return own * (1.0 - (r / sensors.range_max_m[s]) ** 2) if low else 0.0
    return own if in_sight(world, s, p) else 0.0


def naive_exceedance(power: float, snr: float, pulses: int, swerling: int) -> float:
    """Cases 0 to 2 of N pulses, 3 of one, in closed form (Marcum 1947, Swerling 1954)."""
    total = pulses * snr
    if swerling == 0 or snr == 0.0:
        return float(ncx2.sf(2.0 * power, 2 * pulses, 2.0 * total))
    if swerling == 2 or (swerling == 1 and pulses == 1):
        return float(gammaincc(pulses, power / (1.0 + snr)))
    if swerling == 1:
        more = 1.0 + 1.0 / total
        slow = more ** (pulses - 1) * gammainc(pulses - 1, power / more) * math.exp(-power / (1.0 + total))
        return float(gammaincc(pulses - 1, power) + slow)
    b = 1.0 + snr / 2.0
    return math.exp(-power / b) * (1.0 + (1.0 - 1.0 / b) * power / b)


def naive_sigma(world: World, s: int, i: int, r: float, elevation: float, received: float) -> list[float]:
    sensors, sensing, kind = world.sensors, world.sensing, int(world.sensors.kind[s])
    floors = [
        float(sensors.sigma_range_m[s]),
        float(sensors.sigma_bearing_rad[s]),
        float(sensors.sigma_elevation_rad[s]),
    ]
    across = max(math.cos(elevation), 0.05)
    if kind == 0:
        cells = (sensing.cell_range_m[s], sensing.beam_azimuth_rad[s], sensing.beam_elevation_rad[s])
        floors = [
            math.hypot(f, c / (1.6 * math.sqrt(2.0 * received))) for f, c in zip(floors, cells, strict=True)
        ]
        floors[1] /= across
    if kind == 3:
        own = float(world.truth.position_sigma_m[i])
        floors = [math.hypot(f, o) for f, o in zip(floors, (own, own / r / across, own / r), strict=True)]
    measured = [kind in (0, 3), True, kind in (1, 3) or (kind == 0 and bool(sensors.measures_elevation[s]))]
    return [f if known else math.nan for f, known in zip(floors, measured, strict=True)] + [math.nan]


def naive_identity(sensor: int, look: int, word: int, false: bool) -> int:
    """Philox 2x32-10 under each word of the key in turn, with Python's integers."""
    low, high = word, sensor * 2**20 + (look + 262144) * 2 + int(false)
    for start in (int(K0), int(K1)):
        key = start
        for _ in range(10):
            product = 0xD256D193 * low
            low, high = (product >> 32) ^ key ^ high, product & WORD
            key = (key + 0x9E3779B9) & WORD
    return high << 32 | low


class NaivePath:
    """One object's flight by SciPy's Hermite spline."""

    def __init__(self, truth: Truth, i: int) -> None:
        rows = truth.state[truth.offset[i] : truth.offset[i + 1]]
        t = truth.first_s[i] + np.arange(len(rows), dtype=np.float64)
        self.spline = CubicHermiteSpline(t, rows[:, :3], rows[:, 3:])
        self.low = max(float(truth.launch_s[i]), t[0])
        self.high = min(float(truth.end_s[i]), t[-1])

    def __call__(self, t: float) -> np.ndarray:
        return np.asarray(self.spline(t))

    def speed(self, t: float) -> np.ndarray:
        return np.asarray(self.spline(t, 1))

    def line(self, t: float, dt: float) -> np.ndarray:
        """Where the object would be after dt at its velocity of t."""
        return self(t) + dt * self.speed(t)


class Echo(NamedTuple):
    """A look that gave a detection."""

    object: int
    look: int
    t: float
    place: tuple[float, float, float]
    power: float
    read: float


class World(NamedTuple):
    """All that is sensed from."""

    sensors: SensorTable
    sensing: SensingTable
    around: Surroundings
    truth: Truth
    cues: CueTable
