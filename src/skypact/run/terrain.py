"""Terrain from files: the packaged region, or an analyst's own GeoTIFF."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from pathlib import Path

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.errors import MissingPartError, UsageError


def load_region_terrain() -> Terrain:
    """The packaged terrain: 9.92 to 46.08 N, 23.92 to 66.08 E, nodes 5 arc minutes apart (some 9 km), coarse."""
    with (files("skypact") / "data" / "region" / "terrain.npz").open("rb") as file, np.load(file) as stored:
        return Terrain(
            np.ascontiguousarray(stored["heights_m"], dtype=np.int16),
            float(stored["lat0_deg"]),
            float(stored["lon0_deg"]),
            float(stored["step_deg"]),
            "packaged terrain (5 arc minutes)",
        )


def load_geotiff(path: Path) -> Terrain:
    """The terrain in the first band of a GeoTIFF; pixel centres become nodes, missing pixels become sea (0 m).

    Args:
        path: of a file in geographic co-ordinates (such as EPSG:4326), north up, square pixels, heights in metres.

    Raises:
        MissingPartError: rasterio is not installed.
        UsageError: the file cannot be read, or is not such a file.
    """
    try:
        rasterio = import_module("rasterio")
        unreadable = import_module("rasterio.errors").RasterioIOError
    except ModuleNotFoundError:
        raise MissingPartError("terrain from GeoTIFF", "pip install skypact[terrain]") from None
    try:
        with rasterio.open(path) as source:
            to_lon_lat, crs = source.transform, source.crs
            heights = np.asarray(source.read(1, masked=True).filled(0))
    except unreadable as fault:
        raise UsageError(f"terrain {path}", f"not readable ({fault})", "Give a GeoTIFF.") from fault
    step_deg, pixel_height_deg = float(to_lon_lat.a), -float(to_lon_lat.e)
    upright = to_lon_lat.b == to_lon_lat.d == 0.0 and step_deg > 0.0
    square = abs(step_deg - pixel_height_deg) * max(heights.shape) < 0.1 * step_deg
    if crs is None or not crs.is_geographic or not upright or not square:
        raise UsageError(
            f"terrain {path}",
            f"co-ordinates {crs}, pixels {step_deg} by {pixel_height_deg}",
            "Give latitude and longitude, north up, square pixels: gdalwarp -t_srs EPSG:4326 -tr STEP STEP.",
        )
    return Terrain(
        np.ascontiguousarray(np.rint(heights[::-1]), dtype=np.int16),
        float(to_lon_lat.f) - (heights.shape[0] - 0.5) * pixel_height_deg,
        float(to_lon_lat.c) + 0.5 * step_deg,
        step_deg,
        path.name,
    )
