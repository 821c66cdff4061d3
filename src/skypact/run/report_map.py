"""The still part of the report's map: land and borders cut to the scenario, and how far its sensors see."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from skypact.earth.frame import destination
from skypact.earth.masking import min_visible_height_m, terrain_mask
from skypact.earth.terrain import Terrain
from skypact.model.network import F8

STEP_DEG = 0.002
"""The map's grid: some 200 m, and what positions are rounded to."""
MARGIN_DEG = 1.0
LAND_MARGIN_DEG = 6.0
"""Land is drawn this far beyond the map's edges: a pane is seldom of the map's shape."""
SIMPLIFIED_DEG = 0.008
"""Coasts and borders keep their shape within this."""

COVERAGE_HEIGHTS_M = (100, 3_000)
COVERAGE_AZIMUTHS = 120
COVERAGE_PARTS = 8
"""Samples of fine ground a cell, lest summits be missed."""
COVERAGE_CELL_M = 2_000.0

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Box:
    """The map's edges, degrees."""

    south: float
    west: float
    north: float
    east: float

    def grid(self, lat_deg: F8, lon_deg: F8) -> tuple[F8, F8]:
        """East and north of the south-west corner, in steps of the map's grid, rounded."""
        return np.rint((lon_deg - self.west) / STEP_DEG), np.rint((lat_deg - self.south) / STEP_DEG)


def box_around(lat_deg: F8, lon_deg: F8) -> Box:
    """The box of the points with a margin; a region about the Gulf where there are none."""
    if not len(lat_deg):
        return Box(22.0, 45.0, 32.0, 58.0)
    south, north = float(lat_deg.min()) - MARGIN_DEG, float(lat_deg.max()) + MARGIN_DEG
    west, east = float(lon_deg.min()) - MARGIN_DEG, float(lon_deg.max()) + MARGIN_DEG
    return Box(max(south, -89.0), west, min(north, 89.0), east)


def land(box: Box, nations: Sequence[str]) -> dict[str, Any]:
    """Land, the scenario's countries and all land borders about the box, as lines of grid steps.

    Returns:
        `land` and `countries[code]`: closed rings; `borders`: open lines; `labels`: (name, x, y) of every country
        whose largest part in the box is large enough to carry its name. A line is [x0, y0, dx, dy, dx, dy, ...].
    """
    m = LAND_MARGIN_DEG
    wide = Box(box.south - m, box.west - m, box.north + m, box.east + m)
    text = files("skypact").joinpath("data", "region", "borders.json").read_text(encoding="utf-8")
    out: dict[str, Any] = {"land": [], "countries": {}, "borders": [], "labels": []}
    for feature in json.loads(text)["features"]:
        about, parts = feature["properties"], feature["geometry"]["coordinates"]
        if about["kind"] == "border":
            cut = [piece for line in parts for piece in clipped_line([(p[0], p[1]) for p in line], wide)]
            out["borders"] += [_steps(simplified(piece), box) for piece in cut]
            continue
        rings = [clipped_ring([(p[0], p[1]) for p in ring], wide) for part in parts for ring in part]
        rings = [simplified(ring) for ring in rings if len(ring) > 3]
        steps = [_steps(ring, box) for ring in rings if len(ring) > 3]
        if about["kind"] == "land":
            out["land"] += steps
            continue
        if about["iso3"] in nations:
            out["countries"][about["iso3"]] = steps
        label = _label(rings)
        if label is not None:
            x, y = box.grid(np.array([label[1]]), np.array([label[0]]))
            out["labels"].append([about["name"], int(x[0]), int(y[0]), about["iso3"] in nations])
    return out


def clipped_ring(ring: Ring, box: Box) -> Ring:
    """The part of a closed ring (lon, lat) within the box (Sutherland and Hodgman 1974); empty where none is."""
    for axis, edge, sign in ((0, box.west, 1), (0, box.east, -1), (1, box.south, 1), (1, box.north, -1)):
        kept: Ring = []
        for i, point in enumerate(ring):
            before = ring[i - 1]
            inside, was_inside = sign * (point[axis] - edge) >= 0, sign * (before[axis] - edge) >= 0
            if inside != was_inside:
                kept.append(_crossing(before, point, axis, edge))
            if inside:
                kept.append(point)
        ring = kept
    return ring


def clipped_line(line: Ring, box: Box) -> list[Ring]:
    """The pieces of an open line (lon, lat) with an end in the box; they may reach out of it by one point."""
    inside = [box.west <= x <= box.east and box.south <= y <= box.north for x, y in line]
    pieces: list[Ring] = []
    for i in range(1, len(line)):
        if inside[i] or inside[i - 1]:
            if not pieces or pieces[-1][-1] is not line[i - 1]:
                pieces.append([line[i - 1]])
            pieces[-1].append(line[i])
    return pieces


def simplified(line: Ring, tolerance_deg: float = SIMPLIFIED_DEG) -> Ring:
    """The line with the points left out that lie within the tolerance of it (Douglas and Peucker 1973)."""
    points = np.array(line)
    keep = np.zeros(len(points), np.bool_)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        start, along = points[first], points[last] - points[first]
        away = points[first + 1 : last] - start
        length = math.hypot(*along)
        gap = np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length if length else np.hypot(*away.T)
        far = int(gap.argmax())
        if gap[far] > tolerance_deg:
            keep[first + 1 + far] = True
            spans += [(first, first + 1 + far), (first + 1 + far, last)]
    return [line[i] for i in np.flatnonzero(keep)]


def circle(lat_rad: float, lon_rad: float, radius_m: float, box: Box) -> list[int]:
    """The geodesic circle about a point, as a line of grid steps."""
    return _outline(lat_rad, lon_rad, np.full(COVERAGE_AZIMUTHS, radius_m), box)


def coverage(
    terrain: Terrain, lat_rad: float, lon_rad: float, antenna_above_ground_m: float, reach: F8, box: Box
) -> list[list[int]]:
    """Where the terrain first hides a target, at each of COVERAGE_HEIGHTS_M above the ground, as lines of grid steps.

    Without sub-grid relief, and whatever the target's size: a limit, not a promise.

    Args:
        terrain: the ground; beyond its edge a smooth sea is taken.
        lat_rad, lon_rad: the site.
        antenna_above_ground_m: height of the antenna.
        reach: [COVERAGE_AZIMUTHS] the sensor's own limit in each direction, m (0 outside its sector).
        box: of the map.
    """
    mask = terrain_mask(
        terrain,
        lat_rad,
        lon_rad,
        antenna_above_ground_m,
        max_range_m=max(float(reach.max()), 2 * COVERAGE_CELL_M),
        n_az=COVERAGE_AZIMUTHS,
        dr_m=COVERAGE_CELL_M,
        parts=1 if terrain.coarse else COVERAGE_PARTS,
    )
    lowest_m = min_visible_height_m(mask)
    bearing = 2 * math.pi * np.arange(COVERAGE_AZIMUTHS) / COVERAGE_AZIMUTHS
    range_m = COVERAGE_CELL_M * np.arange(lowest_m.shape[1])
    lat, lon = destination(lat_rad, lon_rad, bearing[:, None], range_m[None, :])
    ground_m = np.zeros(lat.shape)
    known = terrain.covers(lat, lon)
    ground_m[known] = terrain.height_m(lat[known], lon[known])
    outlines = []
    for height_m in COVERAGE_HEIGHTS_M:
        hidden = lowest_m > ground_m + height_m
        first = np.where(hidden.any(axis=1), hidden.argmax(axis=1) - 1, hidden.shape[1] - 1)
        outlines.append(_outline(lat_rad, lon_rad, np.minimum(range_m[first], reach), box))
    return outlines


def sector_reach(range_m: float, centre_rad: float, width_rad: float) -> F8:
    """The limit in each direction [COVERAGE_AZIMUTHS] of a sensor that looks into a sector, m."""
    bearing = 2 * math.pi * np.arange(COVERAGE_AZIMUTHS) / COVERAGE_AZIMUTHS
    off = np.abs((bearing - centre_rad + math.pi) % (2 * math.pi) - math.pi)
    return np.where(off <= 0.5 * width_rad + 1e-9, range_m, 0.0)


def _outline(lat_rad: float, lon_rad: float, range_m: F8, box: Box) -> list[int]:
    """The points at these ranges all round, as a line of grid steps."""
    bearing = 2 * math.pi * np.arange(len(range_m)) / len(range_m)
    lat, lon = destination(lat_rad, lon_rad, bearing, range_m)
    return _steps(zip(np.degrees(lon).tolist(), np.degrees(lat).tolist(), strict=True), box)


def _crossing(a: tuple[float, float], b: tuple[float, float], axis: int, edge: float) -> tuple[float, float]:
    """Where the segment a-b meets the line on which the axis has this value."""
    share = (edge - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + share * (b[1 - axis] - a[1 - axis])
    return (edge, other) if axis == 0 else (other, edge)


def _steps(line: Iterable[tuple[float, float]], box: Box) -> list[int]:
    """The line in grid steps, each point but the first relative to the one before; points that coincide once."""
    points = np.array(list(line))
    x, y = box.grid(points[:, 1], points[:, 0])
    grid = np.stack([x, y], axis=1).astype(np.int64)
    delta = np.diff(grid, axis=0)
    return [*grid[0].tolist(), *delta[delta.any(axis=1)].ravel().tolist()]


def _label(rings: list[Ring]) -> tuple[float, float] | None:
    """Where a country's name goes: the centroid of its largest part; None where that is tiny."""
    largest, at = 0.02, None
    for ring in rings:
        if len(ring) < 3:
            continue
        x, y = np.array(ring).T
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        area = float(cross.sum()) / 2
        if abs(area) > largest:
            largest = abs(area)
            centre = [float(((v + np.roll(v, -1)) * cross).sum()) / (6 * area) for v in (x, y)]
            at = centre[0], centre[1]
    return at
