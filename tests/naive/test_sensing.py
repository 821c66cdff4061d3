"""A slow, plain twin of sensing: no skipping, no shared geometry, scalar Python; and the comparison."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import brentq
from scipy.stats import gamma, ncx2

from skypact.kernels.detectability import detection_chance, exceedance, received_power
from skypact.kernels.random import (
    DETECTION,
    FALSE_PLOT,
    MEASUREMENT,
    MEASUREMENT_2,
    normal_pair,
    poisson,
    uniform_pair,
)
from skypact.model.network import MaskTable, SensorTable
from skypact.model.truth import Truth
from skypact.sense import draw_biases, sense
from tests.sense.world import (
    DEG,
    ELECTRONIC,
    K0,
    K1,
    MICROPHONE,
    RADAR,
    RECEIVER,
    SATELLITE,
    columns_of,
    sensor_table,
    smooth_masks,
    some_objects,
)

A, F = 6378137.0, 1.0 / 298.257223563
E2 = F * (2.0 - F)
SOUND = 340.294
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


def naive_chance(sensors: SensorTable, masks: MaskTable, s: int, p: np.ndarray, snr: float) -> float:
    r, bearing, elevation = polar(sensors, s, p)
    lat, lon, height = geodetic(p)
    own = float(sensors.detection_probability[s])
    kind = int(sensors.kind[s])
    if not sensors.range_min_m[s] <= r <= sensors.range_max_m[s]:
        return 0.0
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
    if kind == 0:
        off = (bearing - sensors.sector_centre_rad[s] + math.pi) % (2 * math.pi) - math.pi
        if abs(off) > sensors.sector_rad[s] / 2:
            return 0.0
    ground = max(sphere_distance(sensors.lat_rad[s], sensors.lon_rad[s], lat, lon), 1.0)
    tangent = (height - sensors.height_m[s]) / ground - ground / (2.0 * 4.0 / 3.0 * 6371000.0)
    if kind == 0 and not sensors.elevation_min_rad[s] <= math.atan(tangent) <= sensors.elevation_max_rad[s]:
        return 0.0
    rows, cells = masks.tan_elevation.shape[1:]
    row = math.floor(bearing / (2 * math.pi) * rows + 0.5) % rows
    if tangent < masks.tan_elevation[s, row, min(int(ground / masks.cell_m), cells - 1)]:
        return 0.0
    return own if kind == 3 else naive_exceedance(-math.log(sensors.pfa[s]), snr, int(sensors.swerling[s]))


def naive_exceedance(power: float, snr: float, swerling: int) -> float:
    """Swerling 1 and 3 (1954): |signal + noise|^2 of a gamma-distributed signal of shape 1 or 2."""
    if swerling == 1:
        return math.exp(-power / (1.0 + snr))
    b = 1.0 + snr / 2.0
    return math.exp(-power / b) * (1.0 / b + (1.0 - 1.0 / b) * (1.0 + power / b))


def naive_sigma(sensors: SensorTable, s: int, elevation: float, snr: float) -> list[float]:
    kind = int(sensors.kind[s])
    floors = [
        float(sensors.sigma_range_m[s]),
        float(sensors.sigma_bearing_rad[s]),
        float(sensors.sigma_elevation_rad[s]),
    ]
    if kind == 0:
        cells = (5.0 * floors[0], float(sensors.beam_azimuth_rad[s]), float(sensors.beam_elevation_rad[s]))
        floors = [math.hypot(f, c / (1.6 * math.sqrt(2.0 * snr))) for f, c in zip(floors, cells, strict=True)]
        floors[1] /= max(math.cos(elevation), 0.05)
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


def naive_look_time(sensors: SensorTable, s: int, path: NaivePath, key: int, look: int) -> float:
    revisit = float(sensors.revisit_s[s])
    start = look * revisit + float(sensors.scan_phase_s[s])
    if sensors.kind[s] == 0 and sensors.rotates[s]:
        t = start + revisit / 2
        for _ in range(2):
            t = start + polar(sensors, s, path(min(max(t, path.low), path.high)))[1] / (2 * math.pi) * revisit
        return t
    return start + uniform_pair(K0, K1, DETECTION, u4(s), u4(key), u4(0x80000000))[0] * revisit


def naive_emission(sensors: SensorTable, s: int, path: NaivePath, t: float) -> float:
    """By bracketing: the path is held still before and after its life, and its ends are refused."""

    def miss(emitted: float) -> float:
        place = path(min(max(emitted, path.low), path.high))
        return float(np.linalg.norm(place - sensors.pos_ecef_m[s])) - SOUND * (t - emitted)

    return float(brentq(miss, t - 5000.0, t, xtol=1e-9))


def naive_detections(
    sensors: SensorTable, bias: np.ndarray, masks: MaskTable, truth: Truth, t_from: float, t_to: float
) -> dict[int, list[float]]:
    """detection_id -> t_ns, sensor, code, object, snr_db, z (3), sigma (3)."""
    found: dict[int, list[float]] = {}
    for i in range(len(truth.key)):
        path, key, cls = NaivePath(truth, i), int(truth.key[i]), int(truth.object_class[i])
        for s in range(len(sensors.kind)):
            kind = int(sensors.kind[s])
            high = path.high
            if kind == 1:
                high = (
                    min(high, float(truth.burnout_s[i])) if truth.burnout_s[i] > truth.launch_s[i] else -1e9
                )
            if (kind == 2 and cls not in (1, 2, 4, 5)) or (kind == 3 and truth.code[i] == 0):
                continue
            revisit = float(sensors.revisit_s[s])
            looks = range(math.floor(t_from / revisit) - 3, math.ceil(t_to / revisit) + 3)
            for look in looks:
                t = naive_look_time(sensors, s, path, key, look)
                if not t_from <= t < t_to:
                    continue
                seen = t
                if kind == 2:
                    seen = naive_emission(sensors, s, path, t)
                if not path.low <= seen <= high:
                    continue
                p = path(seen)
                r, bearing, elevation = polar(sensors, s, p)
                snr = 10 ** (sensors.snr_db_100km_1m2[s] / 10) * truth.rcs_m2[i] * (1e5 / r) ** 4
                chance = naive_chance(sensors, masks, s, p, float(snr))
                draw, read = uniform_pair(K0, K1, DETECTION, u4(s), u4(key), u4(look))
                if draw >= chance:
                    continue
                found[naive_identity(s, look, key, False)] = naive_row(
                    sensors, bias, truth, i, s, look, t, (r, bearing, elevation), (draw, read), float(snr)
                )
    return found


def naive_row(sensors, bias, truth, i, s, look, t, seen, draws, snr) -> list[float]:
    kind, key = int(sensors.kind[s]), int(truth.key[i])
    (r, bearing, elevation), (draw, read) = seen, draws
    snr_db, received = math.nan, math.nan
    if kind == 0:
        case = int(sensors.swerling[s])
        received = (
            brentq(lambda v: naive_exceedance(v, snr, case) - draw, 0.0, 1e4 * (1.0 + snr), xtol=1e-9) - 1
        )
        snr_db = 10 * math.log10(received)
    sigma = naive_sigma(sensors, s, elevation, received)
    n0, n1 = normal_pair(K0, K1, MEASUREMENT, u4(s), u4(key), u4(look))
    n2 = normal_pair(K0, K1, MEASUREMENT_2, u4(s), u4(key), u4(look))[0]
    b = np.zeros(3) if kind == 3 else bias[s, :3]
    z = [
        r + b[0] + sigma[0] * n0,
        (bearing + b[1] + sigma[1] * n1) % (2 * math.pi),
        elevation + b[2] + sigma[2] * n2,
    ]
    known = kind == 3 or (kind == 0 and read < sensors.code_probability[s])
    return [round((t + bias[s, 3]) * 1e9), s, int(truth.code[i]) if known else 0, i, snr_db, *z, *sigma[:3]]


SENSORS = sensor_table(
    {**RADAR, "bias_sigma": (30.0, 1e-3, 1e-3, 0.02)},
    {**ELECTRONIC, "sector_rad": 2.0, "sector_centre_rad": 6.0, "bias_sigma": (10.0, 1e-3, 2e-3, 0.01)},
    {
        **RADAR,
        "measures_elevation": False,
        "range_max_m": 60_000.0,
        "elevation_min_rad": 0.002,
        "revisit_s": 12.0,
    },
    {**SATELLITE, "bias_sigma": (0.0, 1e-4, 1e-4, 0.05)},
    {**MICROPHONE, "bias_sigma": (0.0, 0.01, 0.0, 0.1)},
    {**RECEIVER, "bias_sigma": (20.0, 1e-3, 1e-3, 0.01), "revisit_s": 5.0},
)


def masks_with_a_hill() -> MaskTable:
    masks = smooth_masks(SENSORS)
    masks.tan_elevation[:, 3, 20:] = 0.02
    return masks


def test_sensing_equals_its_plain_twin() -> None:
    masks, truth = masks_with_a_hill(), some_objects(20)
    bias = draw_biases(SENSORS, K0, K1)
    fast = columns_of(sense(SENSORS, bias, masks, truth, K0, K1, 5.0, 125.0, False))
    slow = naive_detections(SENSORS, bias, masks, truth, 5.0, 125.0)
    assert set(fast["detection_id"].tolist()) == set(slow)
    rows = np.array([slow[number] for number in fast["detection_id"].tolist()])
    assert len(rows) > 500
    assert {0, 1, 2, 3, 4, 5} == set(fast["sensor"].tolist())
    np.testing.assert_allclose(fast["t_ns"], rows[:, 0], rtol=0, atol=20_000)
    for column, name in ((1, "sensor"), (2, "code"), (3, "object")):
        np.testing.assert_array_equal(fast[name], rows[:, column])
    np.testing.assert_allclose(fast["snr_db"], rows[:, 4], atol=1e-4)
    np.testing.assert_allclose(fast["z"][:, :3], rows[:, 5:8], rtol=1e-8, atol=1e-7)
    np.testing.assert_allclose(fast["sigma"][:, :3], rows[:, 8:11], rtol=1e-6)
    assert np.isnan(fast["z"][:, 3]).all()


def test_false_plots_equal_their_plain_twin() -> None:
    sensors = sensor_table(
        {"false_plots": 3.0, "elevation_min_rad": 0.0},
        {
            **ELECTRONIC,
            "false_plots": 1.5,
            "sector_rad": 2.0,
            "sector_centre_rad": 1.0,
            "measures_elevation": False,
        },
        {**MICROPHONE, "false_plots": 0.3},
        {**RECEIVER, "false_plots": 3.0},
        {**SATELLITE, "false_plots": 2.0},
    )
    bias = np.full((5, 4), 0.01)
    fast = columns_of(sense(sensors, bias, smooth_masks(sensors), some_objects(0), K0, K1, -33.0, 77.0, True))
    slow = {}
    for s in (0, 1, 2, 4):
        for look in range(-100, 100):
            for j in range(poisson(float(sensors.false_plots[s]), K0, K1, FALSE_PLOT, u4(s), u4(look))):
                a, b = uniform_pair(K0, K1, FALSE_PLOT, u4(s), u4(look), u4(4 * j))
                c, d = uniform_pair(K0, K1, FALSE_PLOT, u4(s), u4(look), u4(4 * j + 1))
                e, _ = uniform_pair(K0, K1, FALSE_PLOT, u4(s), u4(look), u4(4 * j + 2))
                width, centre = (
                    (sensors.sector_rad[s], sensors.sector_centre_rad[s]) if s < 2 else (2 * math.pi, 0.0)
                )
                bearing = (centre + (a - 0.5) * width) % (2 * math.pi)
                part = bearing / (2 * math.pi) if s == 0 else d
                t = (look + part) * sensors.revisit_s[s] + sensors.scan_phase_s[s]
                r = math.sqrt((1 - b) * sensors.range_min_m[s] ** 2 + b * sensors.range_max_m[s] ** 2)
                on_disc = math.asin(-1.0 + c * (1.0 - math.sqrt(1.0 - (A / (A + 35_786_000.0)) ** 2)))
                elevation = {0: c * 60.0 * DEG, 4: on_disc}.get(s, math.nan)
                z = (r if s < 2 else math.nan, bearing, elevation)
                snr = 10 * math.log10(math.log(1e6) - math.log(e) - 1.0) if s < 2 else math.nan
                if -33.0 <= t < 77.0:
                    slow[naive_identity(s, look, j, True)] = [t + 0.01, snr, *z]
    assert set(fast["detection_id"].tolist()) == set(slow)
    assert len(slow) > 60
    rows = np.array([slow[number] for number in fast["detection_id"].tolist()])
    np.testing.assert_allclose(fast["t_ns"] * 1e-9, rows[:, 0], atol=1e-8)
    np.testing.assert_allclose(fast["snr_db"], rows[:, 1], rtol=1e-5)
    np.testing.assert_allclose(fast["z"][:, :3], rows[:, 2:], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("swerling", "shape"), [(1, 1), (3, 2)])
@pytest.mark.parametrize("snr", [0.5, 8.0, 60.0])
@pytest.mark.parametrize("pfa", [1e-3, 1e-6])
def test_detection_chance_equals_marcums_integral_over_the_fluctuation(swerling, shape, snr, pfa) -> None:
    power = -math.log(pfa)

    def weighed(x: float) -> float:
        return float(ncx2.sf(2.0 * power, 2.0, 2.0 * x) * gamma.pdf(x, shape, scale=snr / shape))

    integral = quad(weighed, 0.0, 12.0 * snr + 60.0, epsabs=1e-12, limit=400)[0]
    assert detection_chance(snr, pfa, swerling) == pytest.approx(integral, rel=2e-5)


@pytest.mark.parametrize("swerling", [1, 3])
@pytest.mark.parametrize("snr", [1e-6, 0.1, 3.0, 100.0, 1e6])
@pytest.mark.parametrize("chance", [1e-9, 1e-3, 0.3, 0.9, 0.9999])
def test_received_power_is_the_inverse_of_exceedance(swerling: int, snr: float, chance: float) -> None:
    assert exceedance(received_power(chance, snr, swerling), snr, swerling) == pytest.approx(chance, rel=1e-9)
