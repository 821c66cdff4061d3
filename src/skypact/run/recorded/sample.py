"""A small recording of a radar that does not exist, with the tracks of another system: for trying and for tests.

Of `radar.pcap` (categories 034 and 048): one secondary radar with a primary channel, SAC/SIC 25/10, near the airport
of Bahrain, 25 minutes at 4.8 s a revolution, 32 sectors, its position in I034/120. It sees twelve flights up to
120 NM, each look with a chance of 0.96: overflights, a departure, an arrival and a holding; two that cross 400 ft apart
in height within seconds (2103, 2104); one whose code changes from 2000 to 2110 after ten minutes; one that is hidden
for 40 s (4401); one without transponder; one that comes into reach (2111), one that leaves it (2112). Noise is 40 m and
0.06 degrees, Mode C is in steps of 25 ft; one reply in a hundred is garbled, one in a hundred not validated; half a
false plot a revolution.

Of `system.pcap` (category 062): the tracks of another system, SAC/SIC 25/100, every 4 s, with smooth errors of some
25 m; it has three flights more (3301 to 3303), beyond the radar's reach.

Against that system the radar measures 150 m too far and 0.30 degrees too far clockwise, and its clock is 0.60 s fast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skypact.earth.frame import (
    geodetic_from_ecef,
    range_bearing_elevation_from_ecef,
    rot_enu_from_ecef,
)
from skypact.errors import UsageError
from skypact.interop.asterix import Record, encode_block, record_of
from skypact.interop.asterix.record import Physical
from skypact.interop.capture import Datagram, pcap_of
from skypact.kernels import random as keyed
from skypact.model.network import F8, I4, I8
from skypact.model.recording import ABSENT, PlotKind, RadarMessage
from skypact.run.recorded.file import FOOT_M, NM_M, code_text, write_whole
from skypact.run.recorded.flight import DURATION_S, FLIGHTS, SITE, Flight, path_of

START_NS = int(np.datetime64("2026-01-15T10:00:00", "ns").astype(np.int64))
RADAR, SYSTEM = {"SAC": 25, "SIC": 10}, {"SAC": 25, "SIC": 100}
REVOLUTION_S = 4.8
SECTORS = 32
REACH_M = 120 * NM_M
BIAS_RANGE_M, BIAS_BEARING_RAD, BIAS_CLOCK_S = 150.0, math.radians(0.30), 0.60
"""Of the radar, measured minus true."""
SIGMA_RANGE_M, SIGMA_BEARING_RAD = 40.0, math.radians(0.06)
DETECTION_CHANCE = 0.96
GARBLED_CHANCE = NOT_VALIDATED_CHANCE = 0.01
FALSE_PLOTS = 0.5
"""a revolution"""
SYSTEM_STEP_S = 4
SYSTEM_ERROR_M = 18.0
"""amplitude of each of two waves, east and north"""

_BUNDLE = 4
_DELAY_S, _SYSTEM_DELAY_S = 0.9, 0.5
_ELEVATION_MAX_RAD = math.radians(45.0)
_COMBINED_M = 60 * NM_M
_STEEP = 1.0 / 32.0
_TENTATIVE = 2
_RADAR_PORTS = (("192.0.2.10", 8600), ("239.255.0.48", 8600))
_SYSTEM_PORTS = (("192.0.2.100", 8600), ("239.255.0.62", 8600))


@dataclass(frozen=True)
class Sample:
    """The two recordings and what is true of them."""

    radar: bytes
    system: bytes
    """pcap files"""
    flights: tuple[Flight, ...]
    plot_flight: I4
    """[plots in the order of the recording] row of `flights`, -1 for a false plot"""
    plot_t_s: F8
    """[plots] true seconds since START_NS at which they were measured"""


@dataclass(frozen=True)
class SamplePaths:
    """Where the sample was written."""

    radar: Path
    system: Path


@dataclass(frozen=True)
class _Plot:
    """A target report before it is encoded."""

    t_s: float
    flight: int
    range_m: float
    bearing_rad: float
    items: dict[str, Physical]


def write_sample(folder: Path, seed: int = 1) -> SamplePaths:
    """Write `radar.pcap` and `system.pcap` into a folder, which is made where it does not exist.

    Raises:
        UsageError: they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        found = fault.strerror or str(fault)
        raise UsageError(f"folder {folder}", found, "Choose a folder that can be made.") from fault
    sample = make_sample(seed)
    paths = SamplePaths(folder / "radar.pcap", folder / "system.pcap")
    write_whole(paths.radar, sample.radar)
    write_whole(paths.system, sample.system)
    return paths


def make_sample(seed: int = 1) -> Sample:
    """The two recordings; the same seed gives the same bytes."""
    key = keyed.run_key(seed, 0)
    revolutions = int(DURATION_S / REVOLUTION_S)
    plots = [
        plot for row, flight in enumerate(FLIGHTS) if flight.in_reach for plot in _plots(row, flight, key)
    ]
    plots += [plot for revolution in range(revolutions) for plot in _false_plots(revolution, key)]
    bundle_s = REVOLUTION_S * _BUNDLE / SECTORS
    plots.sort(key=lambda plot: (int(plot.t_s / bundle_s), plot.t_s, plot.flight))
    return Sample(
        radar=pcap_of(_radar_datagrams(plots, revolutions)),
        system=pcap_of(_system_datagrams(key)),
        flights=FLIGHTS,
        plot_flight=np.array([plot.flight for plot in plots], np.int32),
        plot_t_s=np.array([plot.t_s for plot in plots]),
    )


# ------------------------------------------------------------------------------------------------------ radar


def look_times(flight: Flight) -> F8:
    """True seconds at which the antenna points at a flight, in order, while it flies.

    The antenna points where the radar measures: its north is `BIAS_BEARING_RAD` off. The bearing is followed without
    jumps at north, so that a flight that passes there is met as often as it is.
    """
    path = path_of(flight)
    turns = np.unwrap(_bearing(path.pos_ecef_m)) / (2.0 * math.pi)
    knots_s = np.arange(flight.first_s, flight.last_s + 1.0)
    low = math.floor(flight.first_s / REVOLUTION_S - turns.max()) - 1
    high = math.ceil(flight.last_s / REVOLUTION_S - turns.min()) + 1
    look = np.arange(low, high + 1, dtype=np.float64)
    t_s: F8 = look * REVOLUTION_S
    for _ in range(8):
        turn = _bearing(path.at(t_s)[0]) / (2.0 * math.pi)
        turn += np.rint(np.interp(t_s, knots_s, turns) - turn)
        t_s = (look + turn) * REVOLUTION_S
    last_s = min(flight.last_s, int(DURATION_S / REVOLUTION_S) * REVOLUTION_S)
    return t_s[(t_s >= flight.first_s) & (t_s < last_s)]


def _bearing(pos_ecef_m: F8) -> F8:
    """Bearing as the radar measures it, without noise."""
    return range_bearing_elevation_from_ecef(pos_ecef_m, *SITE)[1] + BIAS_BEARING_RAD


def _plots(row: int, flight: Flight, key: tuple[np.uint32, np.uint32]) -> list[_Plot]:
    """The target reports of a flight."""
    t_s = look_times(flight)
    pos_ecef_m, _ = path_of(flight).at(t_s)
    range_m, bearing_rad, elevation_rad = range_bearing_elevation_from_ecef(pos_ecef_m, *SITE)
    height_m = geodetic_from_ecef(pos_ecef_m)[2]
    low_s, high_s = flight.hidden_s
    seen = (range_m <= REACH_M) & (elevation_rad <= _ELEVATION_MAX_RAD) & ~((t_s >= low_s) & (t_s < high_s))
    plots = []
    for look in np.flatnonzero(seen).tolist():
        a, b = np.uint32(row), np.uint32(look)
        if keyed.uniform(*key, keyed.DETECTION, a, b, np.uint32(0)) > DETECTION_CHANCE:
            continue
        noise = keyed.normal_pair(*key, keyed.MEASUREMENT, a, b, np.uint32(0))
        at_s = float(t_s[look])
        plots.append(
            _Plot(
                t_s=at_s,
                flight=row,
                range_m=float(range_m[look]) + BIAS_RANGE_M + SIGMA_RANGE_M * noise[0],
                bearing_rad=float(bearing_rad[look]) + BIAS_BEARING_RAD + SIGMA_BEARING_RAD * noise[1],
                items=_reply(flight, at_s, float(height_m[look]), float(range_m[look]), key, a, b),
            )
        )
    return plots


def _reply(
    flight: Flight,
    t_s: float,
    height_m: float,
    range_m: float,
    key: tuple[np.uint32, np.uint32],
    a: np.uint32,
    b: np.uint32,
) -> dict[str, Physical]:
    """Kind, code, height and address of a target report."""
    code = flight.code_at(t_s)
    if code == ABSENT:
        return {"020": {"TYP": int(PlotKind.PRIMARY)}}
    garbled, validated = keyed.uniform_pair(*key, keyed.TRANSPONDER, a, b, np.uint32(0))
    bit, both = keyed.uniform_pair(*key, keyed.TRANSPONDER, a, b, np.uint32(1))
    level = round(height_m / FOOT_M / 25.0) * 0.25
    mode_3a: dict[str, Physical] = {"MODE3A": code_text(code) or ""}
    if garbled < GARBLED_CHANCE:
        mode_3a = {"G": 1, "MODE3A": code_text(code ^ 1 << int(12 * bit)) or ""}
    mode_c: dict[str, Physical] = {"FL": level}
    if validated < NOT_VALIDATED_CHANCE:
        mode_c = {"V": 1, "FL": level + 0.25 * round(80 * (bit - 0.5))}
    kind = PlotKind.SECONDARY
    if flight.address != ABSENT:
        kind = PlotKind.MODE_S_ROLL_CALL
    elif range_m < _COMBINED_M and both < 0.5:
        kind = PlotKind.COMBINED
    items: dict[str, Physical] = {"020": {"TYP": int(kind)}, "070": mode_3a, "090": mode_c}
    return items if flight.address == ABSENT else items | {"220": flight.address}


def _false_plots(revolution: int, key: tuple[np.uint32, np.uint32]) -> list[_Plot]:
    """Reports of nothing, even over the area in reach: most primary, some with a code of nobody's."""
    a = np.uint32(revolution)
    plots = []
    for ordinal in range(keyed.poisson(FALSE_PLOTS, *key, keyed.FALSE_PLOT, a, np.uint32(0))):
        b = np.uint32(ordinal)
        turn, area = keyed.uniform_pair(*key, keyed.FALSE_PLOT, a, b, np.uint32(1))
        kind, code = keyed.uniform_pair(*key, keyed.FALSE_PLOT, a, b, np.uint32(2))
        items: dict[str, Physical] = {"020": {"TYP": int(PlotKind.PRIMARY)}}
        if kind < 0.3:
            answer = {"MODE3A": code_text(int(4096 * code)) or ""}
            items = {"020": {"TYP": int(PlotKind.SECONDARY)}, "070": answer}
        range_m = REACH_M * math.sqrt(_STEEP + (1.0 - _STEEP) * area)
        plots.append(_Plot((revolution + turn) * REVOLUTION_S, -1, range_m, 2.0 * math.pi * turn, items))
    return plots


def _radar_datagrams(plots: list[_Plot], revolutions: int) -> list[Datagram]:
    """A datagram for every few sectors: their messages in one block, the reports made in them in another."""
    bundle_s = REVOLUTION_S * _BUNDLE / SECTORS
    reports: list[list[Record]] = [[] for _ in range(revolutions * SECTORS // _BUNDLE)]
    for plot in plots:
        reports[min(int(plot.t_s / bundle_s), len(reports) - 1)].append(_report(plot))
    datagrams = []
    for k, inside in enumerate(reports):
        services = [_service(k * _BUNDLE + j) for j in range(_BUNDLE)]
        first = [_north(k * _BUNDLE // SECTORS)] if k * _BUNDLE % SECTORS == 0 else []
        payload = encode_block(34, first + services) + (encode_block(48, inside) if inside else b"")
        sent_ns = START_NS + round(((k + 1) * bundle_s + _DELAY_S) * 1e9)
        datagrams.append(Datagram(sent_ns, payload, *_RADAR_PORTS))
    return datagrams


def _report(plot: _Plot) -> Record:
    bearing_deg = math.degrees(plot.bearing_rad) % 360.0
    items: dict[str, Physical] = {
        "010": RADAR,
        "140": _time_of_day(plot.t_s + BIAS_CLOCK_S),
        "040": {"RHO": plot.range_m / NM_M, "THETA": bearing_deg},
    }
    return record_of(48, items | plot.items)


def _north(revolution: int) -> Record:
    position = {
        "HGT": SITE.height_m,
        "LAT": math.degrees(SITE.lat_rad),
        "LON": math.degrees(SITE.lon_rad),
    }
    items: dict[str, Physical] = {
        "010": RADAR,
        "000": int(RadarMessage.NORTH),
        "030": _time_of_day(revolution * REVOLUTION_S + BIAS_CLOCK_S),
        "041": REVOLUTION_S,
        "120": position,
    }
    return record_of(34, items)


def _service(sector: int) -> Record:
    """The message that the antenna enters a sector."""
    items: dict[str, Physical] = {
        "010": RADAR,
        "000": int(RadarMessage.SECTOR),
        "030": _time_of_day(sector * REVOLUTION_S / SECTORS + BIAS_CLOCK_S),
        "020": sector % SECTORS * 360.0 / SECTORS,
    }
    return record_of(34, items)


def _time_of_day(t_s: float) -> float:
    return START_NS % (86_400 * 10**9) / 1e9 + t_s


# ----------------------------------------------------------------------------------------------------- system


def _system_datagrams(key: tuple[np.uint32, np.uint32]) -> list[Datagram]:
    """A datagram for every cycle of the other system."""
    cycles = range(0, DURATION_S + 1, SYSTEM_STEP_S)
    updates: dict[int, list[Record]] = {cycle: [] for cycle in cycles}
    for row, flight in enumerate(FLIGHTS):
        t_s = np.array([cycle for cycle in cycles if flight.first_s <= cycle <= flight.last_s])
        for cycle, record in zip(t_s.tolist(), _updates(row, flight, t_s, key), strict=True):
            updates[cycle].append(record)
    return [
        Datagram(START_NS + round((cycle + _SYSTEM_DELAY_S) * 1e9), encode_block(62, inside), *_SYSTEM_PORTS)
        for cycle, inside in updates.items()
        if inside
    ]


def _updates(row: int, flight: Flight, t_s: I8, key: tuple[np.uint32, np.uint32]) -> list[Record]:
    """The updates of one track: first tentative, the last marked as such."""
    pos_ecef_m, vel_ecef_mps = path_of(flight).at(t_s.astype(np.float64))
    lat, lon, height_m = geodetic_from_ecef(pos_ecef_m)
    rot = rot_enu_from_ecef(lat, lon)
    error_enu_m = np.stack([_wave(t_s, row, 0, key), _wave(t_s, row, 1, key), np.zeros(len(t_s))], axis=1)
    lat, lon, _ = geodetic_from_ecef(pos_ecef_m + np.einsum("nji,nj->ni", rot, error_enu_m))
    velocity = np.einsum("nij,nj->ni", rot, vel_ecef_mps)
    records = []
    for k, second in enumerate(t_s.tolist()):
        ended = k == len(t_s) - 1 and flight.last_s < DURATION_S
        items: dict[str, Physical] = {
            "010": SYSTEM,
            "070": _time_of_day(second),
            "105": {"LAT": math.degrees(lat[k]), "LON": math.degrees(lon[k])},
            "185": {"VX": float(velocity[k, 0]), "VY": float(velocity[k, 1])},
            "040": 101 + row,
            "080": {"CNF": int(k < _TENTATIVE)} | ({"TSE": 1} if ended else {}),
            "136": float(height_m[k]) / FOOT_M / 100.0,
        }
        code = flight.code_at(second)
        if code != ABSENT:
            items["060"] = {"MODE3A": code_text(code) or ""}
        if flight.address != ABSENT:
            items["380"] = {"ADR": flight.address}
        records.append(record_of(62, items))
    return records


def _wave(t_s: I8, row: int, axis: int, key: tuple[np.uint32, np.uint32]) -> F8:
    """A smooth error (m): two waves of three to eight minutes."""
    error_m = np.zeros(len(t_s))
    for wave in range(2):
        place = np.uint32(2 * axis + wave)
        phase, pace = keyed.uniform_pair(*key, keyed.MEASUREMENT_2, np.uint32(row), place, np.uint32(0))
        error_m += SYSTEM_ERROR_M * np.sin(2.0 * math.pi * (t_s / (180.0 + 300.0 * pace) + phase))
    return error_m
