"""Times of arrival at stations that do not exist: for trying and for tests.

Eight stations within 90 km of a made-up place at 47 N, 9 E, and two files of messages, a quarter of an hour each, of
twelve aircraft that fly straight. A message every 20 s a flight, heard by five to eight stations within 260 km. Clock
errors are 45 ns and steps of 15.625 ns; station 3 is 120 ns late and station 6 80 ns early. Light is slowed by the
standard air. Reported positions lag 0.1 s behind, those of every fifth aircraft 1.0 s; their own random error is 8 m.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skypact.earth.frame import destination, ecef_from_geodetic, geodetic_from_ecef
from skypact.kernels import random as keyed
from skypact.kernels.multilateration import SPEED_OF_LIGHT_MPS, path_refractivity
from skypact.model.network import F8
from skypact.run.locate.reading import MESSAGE_COLUMNS, STATION_COLUMNS
from skypact.run.recorded.file import write_whole
from skypact.sense.location import STANDARD_REFRACTIVITY

STATIONS = 8
AIRCRAFT = 12
FILES = 2
SPAN_S, STEP_S = 900, 20
SIGMA_S, QUANTUM_NS = 45e-9, 15.625
LATE_S = {3: 120e-9, 6: -80e-9}
LAG_S, LONG_LAG_S = 0.1, 1.0
REPORT_SIGMA_M = 8.0
PRESSURE_ABOVE_M = 90.0
"""How much higher than the height above the ellipsoid the barometric one reads."""
REACH_M = 260_000.0

_LAT, _LON = math.radians(47.0), math.radians(9.0)
_KEY = keyed.run_key(7, 0)


def _uniform(purpose: int, a: int, b: int) -> tuple[float, float]:
    return keyed.uniform_pair(*_KEY, keyed.ARRIVAL_TIME, np.uint32(purpose), np.uint32(a), np.uint32(b))


def _normal(purpose: int, a: int, b: int) -> tuple[float, float]:
    return keyed.normal_pair(*_KEY, keyed.ARRIVAL_TIME, np.uint32(purpose), np.uint32(a), np.uint32(b))


def station_places() -> tuple[F8, F8, F8]:
    """Latitude, longitude (rad) and height (m) of the stations."""
    number = np.arange(STATIONS)
    bearing = 2.0 * math.pi * number / STATIONS + 0.4 * (number % 3)
    lat, lon = destination(_LAT, _LON, bearing, 90_000.0 - 9_000.0 * (number * 5 % 8))
    height: F8 = 300.0 + 90.0 * (number * 3 % 8).astype(np.float64)
    return lat, lon, height


def write_sample(folder: Path) -> list[str]:
    """Write sensors.csv and the files of messages; their names, the stations first."""
    lat, lon, height = station_places()
    rows = [
        (
            s + 1,
            f"{math.degrees(lat[s]):.8f}",
            f"{math.degrees(lon[s]):.8f}",
            f"{height[s]:.2f}",
            "synthetic",
            "TRUE",
        )
        for s in range(STATIONS)
    ]
    names = ["sensors.csv"]
    write_whole(folder / names[0], _csv(STATION_COLUMNS, rows))
    # The places as a reader of the file has them.
    lat, lon, height = (np.array([float(row[k]) for row in rows]) for k in (1, 2, 3))
    stations = ecef_from_geodetic(np.radians(lat), np.radians(lon), height)
    for file in range(FILES):
        names.append(f"messages-{file + 1}.csv")
        write_whole(folder / names[-1], _csv(MESSAGE_COLUMNS, _messages(file, stations, height)))
    return names


def _csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _messages(file: int, stations: F8, station_height_m: F8) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for step in range(SPAN_S // STEP_S):
        for aircraft in range(AIRCRAFT):
            number = (file * SPAN_S // STEP_S + step) * AIRCRAFT + aircraft
            t_s = STEP_S * (step + _uniform(1, aircraft, number)[0])
            heard = _heard(number, _place(file, aircraft, t_s), stations, station_height_m, t_s)
            if heard:
                lag_s = LONG_LAG_S if aircraft % 5 == 0 else LAG_S
                rows.append(
                    (
                        number,
                        f"{t_s + 0.02:.3f}",
                        aircraft,
                        *_report(file, aircraft, t_s - lag_s, number),
                        heard,
                    )
                )
    return rows


def _place(file: int, aircraft: int, t_s: float) -> F8:
    """ECEF position (m) of an aircraft, straight over the sphere at a speed and height of its own."""
    along, turn = _uniform(2, aircraft, file)
    level, pace = _uniform(3, aircraft, file)
    lat, lon = destination(_LAT, _LON, 2.0 * math.pi * along, 10_000.0 + 80_000.0 * turn)
    speed_mps = 180.0 + 70.0 * pace
    course = 2.0 * math.pi * (along + 0.3 + 0.4 * turn)
    lat, lon = destination(lat, lon, course, speed_mps * (t_s - 0.5 * SPAN_S))
    return ecef_from_geodetic(lat, lon, 4_000.0 + 8_000.0 * level)


def _report(file: int, aircraft: int, t_s: float, number: int) -> tuple[str, str, str, str]:
    lat, lon, height = geodetic_from_ecef(_place(file, aircraft, t_s))
    north, east = _normal(4, aircraft, number)
    lat_deg = math.degrees(float(lat) + REPORT_SIGMA_M * north / 6.371e6)
    lon_deg = math.degrees(float(lon) + REPORT_SIGMA_M * east / (6.371e6 * math.cos(float(lat))))
    return (
        f"{lat_deg:.7f}",
        f"{lon_deg:.7f}",
        f"{float(height) + PRESSURE_ABOVE_M:.2f}",
        f"{float(height):.2f}",
    )


def _heard(number: int, place: F8, stations: F8, station_height_m: F8, t_s: float) -> str:
    """The measurements of a message as JSON, empty where fewer than five stations hear it."""
    range_m = np.linalg.norm(stations - place, axis=1)
    height_m = float(geodetic_from_ecef(place)[2])
    entries = []
    for s in range(STATIONS):
        error, _ = _normal(5, s, number)
        if range_m[s] > REACH_M or _uniform(6, s, number)[0] < 0.2:
            continue
        slow, _ = path_refractivity(STANDARD_REFRACTIVITY, station_height_m[s], height_m, range_m[s])
        later_ns = 1e9 * (
            range_m[s] * (1.0 + slow) / SPEED_OF_LIGHT_MPS + LATE_S.get(s + 1, 0.0) + SIGMA_S * error
        )
        ticks = math.floor((round(t_s * 1e9) + later_ns) / QUANTUM_NS)
        entries.append([s + 1, math.floor(ticks * QUANTUM_NS), 60])
    return json.dumps(entries, separators=(",", ":")) if len(entries) >= 5 else ""
