"""A small world to track in: sensors, straight and ballistic flights, detections with noise, bias and false plots."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from skypact.kernels.frame import ecef_from_geodetic
from skypact.model.codes import SensorKind
from skypact.model.detection import Detections
from skypact.model.network import SensorTable

LAT, LON = math.radians(25.0), math.radians(51.0)
GM, OMEGA, J2, A = 3.986004418e14, 7.292115e-5, 1.08262668355e-3, 6378137.0


def rotation(lat, lon):
    """enu_from_ecef"""
    sa, ca, so, co = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    return np.array([[-so, co, 0.0], [-sa * co, -sa * so, ca], [ca * co, ca * so, sa]])


@dataclass
class Site:
    """A sensor; everything an owner knows of it."""

    lat: float = LAT
    lon: float = LON
    height: float = 30.0
    kind: int = SensorKind.RADAR
    nation: int = 0
    revisit: float = 4.0
    phase: float = 0.0
    rotates: bool = True
    range_max: float = 400e3
    sigma: tuple = (50.0, 0.002, 0.002)
    bias_sigma: tuple = (0.0, 0.0, 0.0, 0.0)
    false_plots: float = 0.0
    pd: float = 1.0
    elevation: bool = True
    ranges: bool = True
    code_probability: float = 0.0
    elevation_limits: tuple = (0.0, math.radians(60.0))


def table(sites):
    """The sites as the program's sensor table."""
    n = len(sites)

    def column(f, dtype=np.float64):
        return np.array([f(s) for s in sites], dtype)

    pos = np.array([ecef_from_geodetic(s.lat, s.lon, s.height) for s in sites])
    return SensorTable(
        names=tuple(f"s{i}" for i in range(n)),
        class_names=("site",) * n,
        nation=column(lambda s: s.nation, np.int8),
        kind=column(lambda s: s.kind, np.uint8),
        rotates=column(lambda s: s.rotates, np.bool_),
        measures_elevation=column(lambda s: s.elevation, np.bool_),
        lat_rad=column(lambda s: s.lat),
        lon_rad=column(lambda s: s.lon),
        height_m=column(lambda s: s.height),
        pos_ecef_m=pos.reshape(n, 3),
        rot_enu_from_ecef=np.array([rotation(s.lat, s.lon) for s in sites]).reshape(n, 3, 3),
        range_min_m=np.zeros(n),
        range_max_m=column(lambda s: s.range_max),
        revisit_s=column(lambda s: s.revisit),
        sigma_range_m=column(lambda s: s.sigma[0]),
        sigma_bearing_rad=column(lambda s: s.sigma[1]),
        sigma_elevation_rad=column(lambda s: s.sigma[2]),
        elevation_min_rad=column(lambda s: s.elevation_limits[0]),
        elevation_max_rad=column(lambda s: s.elevation_limits[1]),
        sector_centre_rad=np.zeros(n),
        sector_rad=np.full(n, 2.0 * math.pi),
        bias_sigma=column(lambda s: s.bias_sigma).reshape(n, 4),
        false_plots=column(lambda s: s.false_plots),
        delay_s=np.zeros(n),
        code_probability=column(lambda s: s.code_probability),
    )


@dataclass
class Flight:
    """States [m, 6] every second from `first_s`, ECEF."""

    first_s: int
    state: np.ndarray
    code: int = 0

    def at(self, t_s):
        """State at an instant, or None."""
        x = t_s - self.first_s
        if x < 0 or x > len(self.state) - 1:
            return None
        i = min(int(x), len(self.state) - 2)
        u = x - i
        a, b = self.state[i], self.state[i + 1]
        u2, u3 = u * u, u * u * u
        pos = (
            (2 * u3 - 3 * u2 + 1) * a[:3] + (u3 - 2 * u2 + u) * a[3:]
            + (3 * u2 - 2 * u3) * b[:3] + (u3 - u2) * b[3:]
        )  # fmt: skip
        return np.concatenate([pos, (1 - u) * a[3:] + u * b[3:]])


def from_enu(east_m, north_m, up_m, lat=LAT, lon=LON):
    """ECEF position of an ENU offset."""
    return np.array(ecef_from_geodetic(lat, lon, 0.0)) + rotation(lat, lon).T @ np.array(
        [east_m, north_m, up_m]
    )


def level_flight(
    east_m, north_m, height_m, speed, heading_deg, seconds, first_s=0, climb=0.0, turns=(), code=0
):
    """Great-circle-like flight at constant height (climb m/s); turns: (start, end, rate rad/s)."""
    lat = LAT + north_m / 6.37e6
    lon = LON + east_m / (6.37e6 * math.cos(LAT))
    heading = math.radians(heading_deg)
    height = height_m
    states = []
    for k in range(seconds + 1):
        pos = np.array(ecef_from_geodetic(lat, lon, height))
        vel = rotation(lat, lon).T @ np.array([speed * math.sin(heading), speed * math.cos(heading), climb])
        states.append(np.concatenate([pos, vel]))
        s2 = math.sin(lat) ** 2
        w = math.sqrt(1 - 0.00669437999 * s2)
        meridian, normal = A * (1 - 0.00669437999) / w**3 + height, A / w + height
        for start, end, rate in turns:
            if start <= k < end:
                heading += rate
        lat += speed * math.cos(heading) / meridian
        lon += speed * math.sin(heading) / (normal * math.cos(lat))
        height += climb
    return Flight(first_s, np.array(states), code)


def free_fall(state, beta=0.0):
    """d state / dt of ballistic flight in ECEF, with drag of an exponential atmosphere where beta > 0."""
    p, v = state[:3], state[3:]
    r = np.linalg.norm(p)
    k = 1.5 * J2 * A**2 / r**2
    w = 5 * p[2] ** 2 / r**2
    g = -GM / r**3 * p * np.array([1 + k * (1 - w), 1 + k * (1 - w), 1 + k * (3 - w)])
    spin = np.array([0.0, 0.0, OMEGA])
    a = g - np.cross(spin, np.cross(spin, p)) - 2 * np.cross(spin, v)
    if beta:
        height = r - A * (1 - p[2] ** 2 / r**2 / 298.257)
        a = a - 0.5 * 1.225 * math.exp(-height / 7200.0) * np.linalg.norm(v) * v / beta
    return np.concatenate([v, a])


def ballistic_flight(pos, vel, seconds, first_s=0, beta=0.0):
    """Free flight from a position and velocity (ECEF), RK4 at 0.25 s, until `seconds` or below the ground."""
    x = np.concatenate([pos, vel])
    states = [x]
    for _ in range(seconds):
        for _ in range(4):
            h = 0.25
            k1 = free_fall(x, beta)
            k2 = free_fall(x + h / 2 * k1, beta)
            k3 = free_fall(x + h / 2 * k2, beta)
            k4 = free_fall(x + h * k3, beta)
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if np.linalg.norm(x[:3]) < 6.36e6:
            break
        states.append(x)
    return Flight(first_s, np.array(states))


@dataclass
class Log:
    """Detections being made."""

    rows: list = field(default_factory=list)

    def table(self):
        """Sorted detections and, apart, the flight of each (-1 false)."""
        rows = sorted(self.rows, key=lambda r: (r[0], r[1]))
        n = len(rows)
        t_ns = np.array([round(r[0] * 1e9) for r in rows], np.int64)
        return (
            Detections(
                t_ns=t_ns,
                ready_ns=t_ns.copy(),
                sensor=np.array([r[1] for r in rows], np.uint16),
                kind=np.array([r[2] for r in rows], np.uint8),
                z=np.array([r[3] for r in rows]).reshape(n, 4),
                sigma=np.array([r[4] for r in rows]).reshape(n, 4),
                snr_db=np.full(n, 15.0, np.float32),
                code=np.array([r[5] for r in rows], np.uint32),
                detection_id=np.arange(n, dtype=np.uint64),
            ),
            np.array([r[6] for r in rows], np.int32),
        )


def observe(sites, flights, seconds, rng, bias=None, first_s=0):
    """Detections of all sites of all flights over [first_s, first_s + seconds), and the flight of each."""
    tables = table(sites)
    bias = np.zeros((len(sites), 4)) if bias is None else bias
    log = Log()
    for s, site in enumerate(sites):
        origin, rot = tables.pos_ecef_m[s], tables.rot_enu_from_ecef[s]
        looks = range(int(first_s / site.revisit) - 1, int((first_s + seconds) / site.revisit) + 1)
        for look in looks:
            for f, flight in enumerate(flights):
                t = look * site.revisit + site.phase
                t_true = _seen_at(site, flight, t, origin, rot)
                x = flight.at(t_true)
                if x is None or not first_s <= t_true < first_s + seconds or rng.random() > site.pd:
                    continue
                e, n, u = rot @ (x[:3] - origin)
                r = math.sqrt(e * e + n * n + u * u)
                elevation = math.asin(u / r)
                if r > site.range_max or not -0.2 < elevation < 1.5:
                    continue
                z = np.array([r, math.atan2(e, n), elevation]) + bias[s, :3] + rng.normal(size=3) * site.sigma
                code = flight.code if rng.random() < site.code_probability else 0
                _add(log, site, s, t_true + bias[s, 3], z, code, f)
            for _ in range(rng.poisson(site.false_plots)):
                t = look * site.revisit + site.phase + rng.random() * site.revisit
                if first_s <= t < first_s + seconds:
                    z = np.array([
                        site.range_max * math.sqrt(rng.random()), rng.uniform(-math.pi, math.pi), rng.uniform(0, 0.3)
                    ])  # fmt: skip
                    _add(log, site, s, t, z, 0, -1)
    return log.table()


def _seen_at(site, flight, t, origin, rot):
    if not site.rotates:
        return t
    x = flight.at(t)
    if x is None:
        return t
    e, n, _ = rot @ (x[:3] - origin)
    return t + (math.atan2(e, n) % (2 * math.pi)) / (2 * math.pi) * site.revisit


def _add(log, site, s, t, z, code, f):
    full = np.full(4, np.nan)
    sigma = np.full(4, np.nan)
    full[:3] = z
    sigma[:3] = site.sigma
    if not site.elevation:
        full[2] = sigma[2] = np.nan
    if not site.ranges:
        full[0] = sigma[0] = np.nan
    full[1] = (full[1] + math.pi) % (2 * math.pi) - math.pi
    log.rows.append((t, s, site.kind, full, sigma, code, f))
