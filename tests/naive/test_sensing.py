"""A slow, plain twin of sensing: every frame of every pair asked alone, every two echoes compared; the comparison."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import gamma

from skypact.kernels.random import (
    DETECTION,
    DRIFT,
    MEASUREMENT,
    MEASUREMENT_2,
    normal_pair,
    uniform_pair,
)
from skypact.model.cue import CueTable
from skypact.model.weather import calm
from skypact.sense import draw_biases, sense
from tests.naive.sensing import (
    Echo,
    NaivePath,
    World,
    geodetic,
    naive_exceedance,
    naive_identity,
    naive_sigma,
    naive_signal,
    other_chance,
    polar,
    u4,
)
from tests.sense.world import (
    DIRECTION,
    ELECTRONIC,
    K0,
    K1,
    MICROPHONE,
    MULTILATERATION,
    RADAR,
    RECEIVER,
    SATELLITE,
    columns_of,
    disturbances,
    no_clutter,
    no_loss,
    sensor_table,
    smooth_masks,
    some_objects,
    surroundings,
)


def naive_meeting(world: World, s: int, path: NaivePath, frame: int) -> float:
    """When the sweep of a frame meets an object: the straight line through bearing and its rate at mid-frame."""
    sensors = world.sensors
    revisit = float(sensors.revisit_s[s])
    start = frame * revisit + float(world.sensing.scan_phase_s[s])
    width = float(sensors.sector_rad[s])
    left = float(sensors.sector_centre_rad[s]) - width / 2
    if sensors.rotates[s] or width >= 2 * math.pi:
        left, width = 0.0, 2 * math.pi
    middle = min(max(start + revisit / 2, path.low), path.high)
    bearing = polar(sensors, s, path(middle))[1]
    before, after = (polar(sensors, s, path.line(middle, h))[1] for h in (-1e-3, 1e-3))
    rate = ((after - before + math.pi) % (2 * math.pi) - math.pi) / 2e-3
    if abs(rate) > width / revisit / 2:
        rate = 0.0
    angle = (bearing - left - width / 2 + math.pi) % (2 * math.pi) - math.pi + width / 2
    t = brentq(
        lambda x: angle + rate * (x - middle) - width * (x - start) / revisit,
        start - 50,
        start + 50,
        xtol=1e-12,
    )
    return float(t) if start <= t < start + revisit else math.nan


def naive_emission(world: World, s: int, path: NaivePath, t: float) -> float:
    """By bracketing: the path is held still before and after its life, and its ends are refused. Still standard air."""

    def miss(emitted: float) -> float:
        place = path(min(max(emitted, path.low), path.high))
        heights = np.linspace(world.sensors.height_m[s], geodetic(place)[2], 41)
        speed = np.mean(np.sqrt(1.4 * 287.05287 * (288.15 - 0.0065 * heights)))
        return float(np.linalg.norm(place - world.sensors.pos_ecef_m[s])) - float(speed) * (t - emitted)

    return float(brentq(miss, t - 5000.0, t, xtol=1e-9))


def is_off(world: World, s: int, t: float) -> bool:
    events = world.around.disturbances
    return any(
        events.sensor[d] == s
        and events.from_s[d] <= t
        and (events.effect[d] == 3 or (events.effect[d] == 0 and t < events.until_s[d]))
        for d in range(len(events.sensor))
    )


def naive_look(
    world: World, s: int, i: int, path: NaivePath, look: int, t: float, gain_db: float | None = None
) -> Echo | None:
    """What one look gives, or nothing; in search where no gain of another mode is told."""
    sensors, truth = world.sensors, world.truth
    kind, key = int(sensors.kind[s]), int(truth.key[i])
    high = path.high
    if kind == 1:
        high = min(high, float(truth.burnout_s[i])) if truth.burnout_s[i] > truth.launch_s[i] else -1e9
    seen = naive_emission(world, s, path, t) if kind == 2 else t
    if not path.low <= seen <= high or is_off(world, s, t):
        return None
    p = path(seen)
    place = polar(sensors, s, p)
    if not sensors.range_min_m[s] <= place[0] <= sensors.range_max_m[s]:
        return None
    draw, read = uniform_pair(K0, K1, DETECTION, u4(s), u4(key), u4(look))
    power = math.nan
    if kind == 0:
        snr = naive_signal(world, s, i, p, path.speed(seen), t, gain_db)
        pulses, case = int(world.sensing.pulses[s]), int(world.sensing.swerling[s])
        least = float(gamma.isf(world.sensing.pfa[s], pulses))
        if snr < 0.0 or draw >= naive_exceedance(least, snr, pulses, case):
            return None
        power = brentq(
            lambda x: naive_exceedance(x, snr, pulses, case) - draw, 0.5 * least, 1e5 * (1 + snr), xtol=1e-10
        )
        power -= pulses
    elif draw >= other_chance(world, s, i, p):
        return None
    return Echo(i, look, t, place, power, read)


def naive_echoes(world: World, s: int, i: int, path: NaivePath, t_from: float, t_to: float) -> list[Echo]:
    """All detections of an object by a sensor, each told by asking for every frame alone."""
    sensors, sensing = world.sensors, world.sensing
    kind, revisit, phase = int(sensors.kind[s]), float(sensors.revisit_s[s]), float(sensing.scan_phase_s[s])
    again, cued = float(sensing.revisit_track_s[s]), float(sensing.revisit_cued_s[s])
    tracks = [j * again for j in range(1, 100) if j * again < revisit - 1e-9]
    cues = [j * cued for j in range(100) if j * cued < revisit - 1e-9]
    number, gain = 1 + len(tracks) + len(cues), float(sensing.track_gain_db[s])
    found: list[Echo | None] = []

    @cache
    def search(frame: int) -> Echo | None:
        t = naive_meeting(world, s, path, frame)
        return None if math.isnan(t) else naive_look(world, s, i, path, frame * number, t)

    def tracked(frame: int, t: float) -> bool:
        return any((echo := search(frame - back)) is not None and echo.t < t for back in range(11))

    for frame in range(math.floor(t_from / revisit) - 4, math.ceil(t_to / revisit) + 4):
        if kind != 0:
            share = uniform_pair(K0, K1, DETECTION, u4(s), u4(int(world.truth.key[i])), u4(0x80000000))[0]
            found.append(naive_look(world, s, i, path, frame, (frame + share) * revisit + phase))
            continue
        found.append(search(frame))
        met = naive_meeting(world, s, path, frame)
        for j, later in enumerate(tracks):
            if not math.isnan(met) and tracked(frame, met + later):
                found.append(naive_look(world, s, i, path, frame * number + 1 + j, met + later, gain))
        for j, later in enumerate(cues):
            t = frame * revisit + phase + later
            orders = zip(
                world.cues.sensor, world.cues.object, world.cues.from_s, world.cues.until_s, strict=True
            )
            if any((c, o) == (s, i) and a <= t < b for c, o, a, b in orders) and not (
                tracks and tracked(frame, t)
            ):
                look = frame * number + 1 + len(tracks) + j
                found.append(naive_look(world, s, i, path, look, t, gain))
    return [echo for echo in found if echo is not None]


def naive_merge(world: World, s: int, echoes: list[Echo]) -> list[Echo]:
    """Every pair compared: local maxima of power, each drawn to its cell's centroid."""
    sensors, sensing = world.sensors, world.sensing
    if sensors.kind[s] != 0 or not sensing.cell_range_m[s] > 0:
        return echoes
    width = 2 * math.pi if sensors.rotates[s] else float(sensors.sector_rad[s])
    beam, sees_up = float(sensing.beam_azimuth_rad[s]), bool(sensors.measures_elevation[s])

    def together(a: Echo, b: Echo) -> bool:
        turn = (a.place[1] - b.place[1] + math.pi) % (2 * math.pi) - math.pi
        wide = beam / max(math.cos((a.place[2] + b.place[2]) / 2), 0.05)
        return (
            a.object != b.object
            and abs(a.t - b.t) < wide / width * sensors.revisit_s[s]
            and abs(turn) < wide
            and abs(a.place[0] - b.place[0]) < sensing.cell_range_m[s]
            and (not sees_up or abs(a.place[2] - b.place[2]) < sensing.beam_elevation_rad[s])
        )

    strongest = [max([a, *(b for b in echoes if together(a, b))], key=lambda e: e.power) for a in echoes]
    plots = []
    for a, best in zip(echoes, strongest, strict=True):
        if best is not a:
            continue
        parts = [b for b, its in zip(echoes, strongest, strict=True) if its is a]
        total = sum(b.power for b in parts)
        turns = [(b.place[1] - a.place[1] + math.pi) % (2 * math.pi) - math.pi for b in parts]
        place = (
            sum(b.power * b.place[0] for b in parts) / total,
            a.place[1] + sum(b.power * turn for b, turn in zip(parts, turns, strict=True)) / total,
            sum(b.power * b.place[2] for b in parts) / total,
        )
        plots.append(a._replace(place=place, power=total))
    return plots


def naive_drift(world: World, s: int, t: float) -> np.ndarray:
    """Range, bearing, elevation, clock."""
    time = float(world.sensing.drift_time_s[s])
    turns = t / time + uniform_pair(K0, K1, DRIFT, u4(s), u4(0), u4(2))[0]
    knot = math.floor(turns)
    phi = (turns - knot) * math.pi / 2
    knots = [
        np.array([n for pair in (0, 1) for n in normal_pair(K0, K1, DRIFT, u4(s), u4(k), u4(pair))])
        for k in (knot, knot + 1)
    ]
    return np.asarray((math.cos(phi) * knots[0] + math.sin(phi) * knots[1]) * world.sensing.drift_sigma[s])


def naive_row(world: World, bias: np.ndarray, s: int, echo: Echo) -> list[float]:
    """t_ns, sensor, code, object, snr_db, z (3), sigma (3)."""
    kind, i = int(world.sensors.kind[s]), echo.object
    key = int(world.truth.key[i])
    sigma = naive_sigma(world, s, i, echo.place[0], echo.place[2], echo.power)
    n0, n1 = normal_pair(K0, K1, MEASUREMENT, u4(s), u4(key), u4(echo.look))
    n2 = normal_pair(K0, K1, MEASUREMENT_2, u4(s), u4(key), u4(echo.look))[0]
    wrong = bias[s] + naive_drift(world, s, echo.t)
    own = np.zeros(3) if kind == 3 else wrong[:3]
    z = np.array(echo.place) + own + np.array(sigma[:3]) * (n0, n1, n2)
    known = kind in (3, 5) or (kind == 0 and echo.read < world.sensors.code_probability[s])
    code = int(world.truth.code[i]) if known and echo.t < world.truth.silent_s[i] else 0
    if kind == 5:  # its fix has a twin of its own
        z, sigma = np.full(3, math.nan), [math.nan] * 4
    snr_db = 10 * math.log10(echo.power) if kind == 0 else math.nan
    return [
        round((echo.t + wrong[3]) * 1e9),
        s,
        code,
        i,
        snr_db,
        z[0],
        z[1] % (2 * math.pi),
        z[2],
        *sigma[:3],
    ]


def naive_detections(world: World, bias: np.ndarray, t_from: float, t_to: float) -> dict[int, list[float]]:
    """By number of the detection."""
    rows: dict[int, list[float]] = {}
    truth = world.truth
    for s, kind in enumerate(world.sensors.kind.tolist()):
        echoes = []
        for i in range(len(truth.key)):
            deaf = kind == 2 and truth.object_class[i] not in (1, 2, 4, 5)
            silent = (kind in (3, 5) and truth.code[i] == 0) or (kind == 4 and not truth.emits[i])
            if not deaf and not silent:
                met = naive_echoes(world, s, i, NaivePath(truth, i), t_from, t_to)
                echoes += [e for e in met if kind not in (3, 5) or e.t <= truth.silent_s[i]]
        numbers = {}
        for echo in naive_merge(world, s, echoes):
            if t_from <= echo.t < t_to:
                numbers[naive_identity(s, echo.look, int(truth.key[echo.object]), False)] = echo
        most = int(world.sensing.plots_max[s])
        if most > 0:
            numbers = keep_most(world, s, numbers, most)
        rows |= {number: naive_row(world, bias, s, echo) for number, echo in numbers.items()}
    return rows


def keep_most(world: World, s: int, numbers: dict[int, Echo], most: int) -> dict[int, Echo]:
    """The strongest of each frame, told apart as finely as a recorded strength tells them."""
    kept: dict[int, Echo] = {}
    frames = {
        n: math.floor((e.t - world.sensing.scan_phase_s[s]) / world.sensors.revisit_s[s])
        for n, e in numbers.items()
    }
    for frame in set(frames.values()):
        own = [n for n in numbers if frames[n] == frame]
        own.sort(key=lambda n: (-np.float32(10 * math.log10(numbers[n].power)), n))
        kept |= {n: numbers[n] for n in own[:most]}
    return kept


TABLES = sensor_table(
    {
        **RADAR,
        "bias_sigma": (30.0, 1e-3, 1e-3, 0.02),
        "drift_sigma": (15.0, 1e-3, 1e-3, 0.01),
        "drift_time_s": 40.0,
        "cell_range_m": 3_000.0,
        "beam_azimuth_rad": 0.3,
        "plots_max": 9,
        "scan_phase_s": 5.0,
        "fence_rad": 0.2,
    },
    {
        **ELECTRONIC,
        "sector_rad": 2.0,
        "sector_centre_rad": 6.0,
        "tilt_rad": 0.3,
        "bias_sigma": (10.0, 1e-3, 2e-3, 0.01),
        "revisit_track_s": 1.5,
        "revisit_cued_s": 1.3,
        "track_gain_db": 4.0,
        "snr_db_100km_1m2": 8.0,
        "fence_rad": 0.05,
        "cell_range_m": 60.0,
    },
    {
        **RADAR,
        "measures_elevation": False,
        "range_max_m": 60_000.0,
        "elevation_min_rad": 0.002,
        "revisit_s": 12.0,
        "pulses": 6,
        "swerling": 1,
        "pattern": 2,
        "beam_elevation_rad": 0.1,
        "tilt_rad": 0.03,
        "canceller": 2,
        "stagger": 4,
        "mti_range_m": 40_000.0,
        "snr_db_100km_1m2": 12.0,
    },
    {**SATELLITE, "bias_sigma": (0.0, 1e-4, 1e-4, 0.05)},
    {**MICROPHONE, "bias_sigma": (0.0, 0.01, 0.0, 0.1)},
    {**RECEIVER, "bias_sigma": (20.0, 1e-3, 1e-3, 0.01), "revisit_s": 5.0},
    {
        **RADAR,
        "pattern": 1,
        "beam_elevation_rad": 0.2,
        "canceller": 1,
        "mti_range_m": 1e6,
        "swerling": 2,
        "pulses": 3,
    },
    {**DIRECTION, "revisit_s": 8.0, "drift_sigma": (0.0, 1e-3, 0.0, 0.0)},
    {**MULTILATERATION, "revisit_s": 8.0},
)


def a_rough_world() -> World:
    masks = smooth_masks(TABLES.sensors)
    masks.tan_elevation[:, 3, 20:] = 0.02
    rng = np.random.default_rng(4)
    count = len(TABLES.sensors.kind)
    loss, clutter = no_loss(TABLES.sensors), no_clutter(TABLES.sensors)
    loss.loss_db[:] = rng.uniform(0.0, 3.0, loss.loss_db.shape)
    clutter = replace(
        clutter,
        residue=rng.exponential(1.0, (count, 12, 30)).astype(np.float32),
        rain=rng.exponential(0.5, (count, 30)).astype(np.float32),
    )
    events = disturbances(
        {
            "sensor": 0,
            "effect": 1,
            "from_s": 40.0,
            "until_s": 90.0,
            "bearing_rad": 1.0,
            "width_rad": 2.0,
            "level": 300.0,
        },
        {"sensor": 2, "effect": 0, "from_s": 30.0, "until_s": 50.0},
        {"sensor": 5, "effect": 3, "from_s": 80.0, "until_s": 81.0},
    )
    cues = CueTable(
        np.array([1, 1], np.int32), np.array([2, 7], np.int32), np.array([20.0, 0.0]), np.array([60.0, 99.0])
    )
    around = surroundings(TABLES, masks, loss, clutter, replace(calm(), rain_top_m=1e6), events)
    truth = replace(some_objects(20), rcs_side_ratio=np.linspace(0.5, 9.0, 20), emits=np.arange(20) % 3 == 0)
    truth.silent_s[::16] = 60.0
    return World(*TABLES, around, truth, cues)


def test_sensing_equals_its_plain_twin() -> None:
    world = a_rough_world()
    bias = draw_biases(world.sensors, K0, K1)
    sensed = sense(
        world.sensors, world.sensing, bias, world.around, world.truth, K0, K1, 5.0, 125.0, False, world.cues
    )
    fast = columns_of(sensed)
    slow = naive_detections(world, bias, 5.0, 125.0)
    assert set(fast["detection_id"].tolist()) == set(slow)
    rows = np.array([slow[number] for number in fast["detection_id"].tolist()])
    assert (np.bincount(fast["sensor"], minlength=9) > 15).all()
    np.testing.assert_allclose(fast["t_ns"], rows[:, 0], rtol=0, atol=20_000)
    for column, name in ((1, "sensor"), (2, "code"), (3, "object")):
        np.testing.assert_array_equal(fast[name], rows[:, column])
    np.testing.assert_allclose(fast["snr_db"], rows[:, 4], atol=2e-3)
    fixed = fast["sensor"] == 8
    np.testing.assert_allclose(fast["z"][~fixed, :3], rows[~fixed, 5:8], rtol=2e-7, atol=2e-6)
    np.testing.assert_allclose(fast["sigma"][~fixed, :3], rows[~fixed, 8:11], rtol=2e-4)
    assert np.isnan(fast["z"][:, 3]).all()
