"""The zones that alerts are for: places, hexagons over the ground of each nation's places, or named districts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.errors import UsageError
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import F8, I8, PlaceTable
from skypact.model.zone import Zones

MAX_ZONES = 20_000
_SAMPLES = 4_000
"""Points of a place's disc over which its people are spread."""
_GOLDEN_RAD = math.pi * (3.0 - math.sqrt(5.0))
_SLACK = 1.1
"""A hexagon may be so much wider in truth than on its nation's grid, far from the middle of that."""


def places_as_zones(places: PlaceTable) -> Zones:
    """Every place as a zone of its own."""
    return Zones(places, np.zeros((len(places.names), 0, 2)), apart=False)


def districts_as_zones(places: PlaceTable, districts: PlaceTable) -> Zones:
    """Every district as a zone; a negative population is that of the nation's places who live in it (notional).

    The people of a place are spread evenly over its disc; where districts overlap, they live in each.
    """
    people = districts.population.copy()
    for k in np.flatnonzero(people < 0).tolist():
        rows = np.flatnonzero(places.nation == districts.nation[k])
        share = [
            float(
                np.mean(_distance_m(*_disc(places, row), districts, np.array([k])) <= districts.radius_m[k])
            )
            for row in rows.tolist()
        ]
        people[k] = round(float(np.dot(share, places.population[rows])))
    return Zones(replace(districts, population=people), np.zeros((len(people), 0, 2)), apart=True)


def hexagons(places: PlaceTable, size_m: float, margin_m: float) -> Zones:
    """Hexagons that cover the discs of each nation's places, and what lies within a margin of them.

    Each nation has a grid of its own, on a plane that is true to scale at the mean latitude of its places: there
    hexagons are `size_m` wide from side to side, within 5% elsewhere in a nation of 1,000 km. A hexagon belongs to the
    territory where its centre lies within a margin of a place's disc, or so near that it may hold any of it. The people
    of a place are spread evenly over its disc (notional).

    Args:
        places: of all nations.
        size_m: distance of opposite sides.
        margin_m: see above.

    Returns:
        Zones in the order of nations, then of places; each is named after the place whose edge is nearest.

    Raises:
        UsageError: there would be more than `MAX_ZONES`.
    """
    parts = [
        _of_nation(places, np.flatnonzero(places.nation == n), size_m, margin_m)
        for n in np.unique(places.nation)
    ]
    place, lat, lon, people, corners, stretch = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    if len(place) > MAX_ZONES:
        raise UsageError(
            f"zones of {size_m / 1e3:g} km",
            f"{len(place):,} of them",
            f"Choose a size that makes {MAX_ZONES:,}.",
        )
    number = np.zeros(len(places.names), np.int64)
    names = []
    for row in place.tolist():
        number[row] += 1
        names.append(f"{places.names[row]} {number[row]}")
    area_m2 = size_m * size_m * math.sqrt(3.0) / 2.0 * stretch
    table = PlaceTable(
        names=tuple(names),
        nation=places.nation[place],
        lat_rad=lat,
        lon_rad=lon,
        pos_ecef_m=np.ascontiguousarray(ecef_from_geodetic(lat, lon, np.zeros(len(lat)))),
        radius_m=np.sqrt(area_m2 / math.pi),
        population=people,
        value=np.zeros(len(place)),
        defended=np.zeros(len(place), np.bool_),
    )
    return Zones(table, corners, apart=True)


def _of_nation(places: PlaceTable, rows: I8, size_m: float, margin_m: float) -> tuple[I8, F8, F8, I8, F8, F8]:
    """A nation's hexagons: place, latitude, longitude, people, corners [n, 6, 2], true area over that on the grid."""
    lat0, lon0 = float(places.lat_rad[rows].mean()), float(places.lon_rad[rows].mean())
    cell = _cells(places, rows, size_m, margin_m, lat0, lon0)
    x, y = _centres(cell, size_m)
    lat, lon = lat0 + y / MEAN_RADIUS_M, lon0 + x / MEAN_RADIUS_M / math.cos(lat0)
    beyond_m = _distance_m(lat, lon, places, rows) - places.radius_m[rows]
    nearest = rows[beyond_m.argmin(axis=1)]
    order = np.lexsort((cell[:, 0], cell[:, 1], nearest))
    cell, lat, lon, nearest = cell[order], lat[order], lon[order], nearest[order]
    index = {(int(q), int(r)): k for k, (q, r) in enumerate(cell)}
    people = np.zeros(len(cell), np.int64)
    for row in rows.tolist():
        sample = _cell_of(*_on_grid(*_disc(places, row), lat0, lon0), size_m)
        share = np.diff(np.arange(len(sample) + 1) * int(places.population[row]) // len(sample))
        at = np.array([index[int(q), int(r)] for q, r in sample])
        np.add.at(people, at, share)
    angle = math.radians(30.0) + np.arange(6) * math.pi / 3.0
    corner_m = size_m / math.sqrt(3.0)
    corners = np.stack(
        [
            lat[:, None] + corner_m * np.sin(angle) / MEAN_RADIUS_M,
            lon[:, None] + corner_m * np.cos(angle) / MEAN_RADIUS_M / math.cos(lat0),
        ],
        axis=2,
    )
    return nearest, lat, lon, people, corners, np.cos(lat) / math.cos(lat0)


def _cells(places: PlaceTable, rows: I8, size_m: float, margin_m: float, lat0: float, lon0: float) -> I8:
    """The cells (q, r) of the grid that belong to a nation's territory, each once, [n, 2]."""
    found = []
    for row in rows.tolist():
        reach_m = places.radius_m[row] + max(margin_m, _SLACK * size_m / math.sqrt(3.0))
        steps = math.ceil(_SLACK * reach_m / (size_m * math.sqrt(3.0) / 2.0)) + 1
        x, y = _on_grid(places.lat_rad[row : row + 1], places.lon_rad[row : row + 1], lat0, lon0)
        middle = _cell_of(x, y, size_m)[0]
        dq, dr = (a.ravel() for a in np.meshgrid(*[np.arange(-2 * steps, 2 * steps + 1)] * 2, indexing="ij"))
        cell = middle + np.column_stack([dq, dr])
        cx, cy = _centres(cell, size_m)
        lat, lon = lat0 + cy / MEAN_RADIUS_M, lon0 + cx / MEAN_RADIUS_M / math.cos(lat0)
        found.append(cell[_distance_m(lat, lon, places, np.array([row]))[:, 0] <= reach_m])
    return np.asarray(np.unique(np.concatenate(found), axis=0))


def _disc(places: PlaceTable, row: int) -> tuple[F8, F8]:
    """Points spread evenly over a place's disc (Vogel, Mathematical Biosciences 44, 1979)."""
    k = np.arange(_SAMPLES)
    r_m, angle = places.radius_m[row] * np.sqrt((k + 0.5) / _SAMPLES), k * _GOLDEN_RAD
    lat = places.lat_rad[row] + r_m * np.sin(angle) / MEAN_RADIUS_M
    lon = places.lon_rad[row] + r_m * np.cos(angle) / MEAN_RADIUS_M / math.cos(places.lat_rad[row])
    return np.asarray(lat, np.float64), np.asarray(lon, np.float64)


def _on_grid(lat: F8, lon: F8, lat0: float, lon0: float) -> tuple[F8, F8]:
    """East and north (m) on a nation's plane."""
    return (lon - lon0) * math.cos(lat0) * MEAN_RADIUS_M, (lat - lat0) * MEAN_RADIUS_M


def _centres(cell: I8, size_m: float) -> tuple[F8, F8]:
    x = size_m * (cell[:, 0] + 0.5 * cell[:, 1])
    return x, np.asarray(size_m * math.sqrt(3.0) / 2.0 * cell[:, 1], np.float64)


def _cell_of(x: F8, y: F8, size_m: float) -> I8:
    """The cell (q, r) that holds each point, [n, 2]: the nearest centre, by rounding the three hexagonal axes."""
    r = y / (size_m * math.sqrt(3.0) / 2.0)
    q = x / size_m - 0.5 * r
    axes = np.stack([q, r, -q - r])
    near = np.rint(axes)
    off = np.abs(near - axes)
    worst = off.argmax(axis=0)
    others = near.sum(axis=0) - near[worst, np.arange(len(worst))]
    near[worst, np.arange(len(worst))] = -others
    return np.column_stack([near[0], near[1]]).astype(np.int64)


def _distance_m(lat: F8, lon: F8, places: PlaceTable, rows: I8) -> F8:
    """Distance of points from the centres of places, [n, rows]; on the plane that is true at each place."""
    north = (lat[:, None] - places.lat_rad[rows]) * MEAN_RADIUS_M
    east = (lon[:, None] - places.lon_rad[rows]) * np.cos(places.lat_rad[rows]) * MEAN_RADIUS_M
    return np.asarray(np.hypot(north, east))
