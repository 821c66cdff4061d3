"""Lines of equal chance as polygons, for GIS programs."""

from __future__ import annotations

import json

import numpy as np
from matplotlib.figure import Figure

from skypact.model.network import F4, F8
from skypact.run.coverage.area import Layer, Seen, area_km2
from skypact.run.coverage.plane import Chart

_SPECK_CELLS = 4.0
"""Parts smaller than this many cells are left out."""

Polygon = list[F8]
"""Rings [n, 2] in the plane (km): the outer one, then its holes."""


def polygons(chance: F4, threshold: float, chart: Chart) -> list[Polygon]:
    """The parts of a map where the chance is at least the threshold."""
    ringed = np.pad(chance, 1)  # what reaches the edge is closed there
    x = chart.west + chart.cell_km * (np.arange(ringed.shape[1]) - 0.5)
    y = chart.south + chart.cell_km * (np.arange(ringed.shape[0]) - 0.5)
    if not (ringed >= threshold).any():
        return []
    axes = Figure().add_subplot()
    (path,) = axes.contourf(x, y, ringed, levels=[threshold, 2.0]).get_paths()
    found: list[Polygon] = []
    for ring in path.to_polygons():
        points = np.asarray(ring, np.float64)
        signed = _signed_area(points)
        if signed > 0.0:
            found.append([points])
        elif found:
            found[-1].append(points)
    least = _SPECK_CELLS * chart.cell_km**2
    return [
        [outer, *(hole for hole in holes if -_signed_area(hole) >= least)]
        for outer, *holes in found
        if _signed_area(outer) >= least
    ]


def geojson_text(seen: Seen, chart: Chart, maps: tuple[Layer, ...]) -> str:
    """A FeatureCollection: a MultiPolygon for each nation and height, and for all together; the radars as points."""
    table, nations = seen.wired.network.sensors, seen.wired.network.nations
    features: list[dict[str, object]] = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Point",
                "coordinates": [_degrees(table.lon_rad[s]), _degrees(table.lat_rad[s])],
            },
            "properties": {
                "radar": table.names[s],
                "class": table.class_names[s],
                "nation": nations[table.nation[s]],
                "antenna_height_m": round(float(table.height_m[s]), 1),
            },
        }
        for s in seen.radars
    ]
    for layer in maps:
        for code, chance in (*layer.by_nation.items(), ("all", layer.by_all)):
            parts = polygons(chance, seen.threshold, chart)
            about = {
                "nation": code,
                "height_above_ground_m": layer.height_m,
                "rcs_m2": seen.rcs_m2,
                "chance_at_least": seen.threshold,
                "area_km2": round(area_km2(chance, seen.threshold, chart)),
            }
            shape = {"type": "MultiPolygon", "coordinates": [_rings(part, chart) for part in parts]}
            features.append({"type": "Feature", "geometry": shape, "properties": about})
    rows = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    return '{"type":"FeatureCollection","features":[\n' + rows + "\n]}\n"


def _rings(part: Polygon, chart: Chart) -> list[list[list[float]]]:
    """The rings in degrees, closed; to a thousandth of a degree, finer than the cells."""
    found = []
    for ring in part:
        lat, lon = chart.plane.lat_lon(ring[:, 0], ring[:, 1])
        found.append([[_degrees(a), _degrees(b)] for a, b in zip(lon.tolist(), lat.tolist(), strict=True)])
    return found


def _degrees(angle_rad: float) -> float:
    return round(float(np.degrees(angle_rad)), 4)


def _signed_area(ring: F8) -> float:
    """Area (km2), positive where the ring runs anticlockwise."""
    x, y = ring[:, 0], ring[:, 1]
    return 0.5 * float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
