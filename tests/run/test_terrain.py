"""Terrain from files."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from skypact.errors import MissingPartError, UsageError
from skypact.run.terrain import load_geotiff

HEIGHTS = np.array([[300, 400, -9999], [100, 200, 250]], np.int16)  # north up


def write(path, *, crs="EPSG:4326", transform=None, heights=HEIGHTS):
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=heights.shape[0],
        width=heights.shape[1],
        count=1,
        dtype=heights.dtype,
        crs=crs,
        transform=transform or from_origin(50.0, 27.0, 0.25, 0.25),
        nodata=-9999,
    ) as file:
        file.write(heights, 1)
    return path


def test_pixel_centres_become_nodes_south_first_and_gaps_become_sea(tmp_path):
    terrain = load_geotiff(write(tmp_path / "a.tif"))
    np.testing.assert_array_equal(terrain.heights_m, [[100, 200, 250], [300, 400, 0]])
    assert (terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg) == (26.625, 50.125, 0.25)
    assert terrain.name == "a.tif"
    assert terrain.height_m(np.radians(26.875), np.radians(50.375)) == pytest.approx(400.0)


def test_real_heights_are_rounded_to_metres(tmp_path):
    terrain = load_geotiff(write(tmp_path / "a.tif", heights=np.array([[1.6, 2.4], [3.0, 4.0]], np.float32)))
    np.testing.assert_array_equal(terrain.heights_m, [[3, 4], [2, 2]])


@pytest.mark.parametrize(
    "change",
    [{"crs": "EPSG:32639"}, {"transform": from_origin(50.0, 27.0, 0.25, 0.2)}],
    ids=["metres", "oblong pixels"],
)
def test_other_grids_are_refused_with_the_command_that_helps(tmp_path, change):
    with pytest.raises(UsageError, match="gdalwarp"):
        load_geotiff(write(tmp_path / "a.tif", **change))


def test_a_file_that_is_not_there_or_no_image_is_an_input_error(tmp_path):
    (tmp_path / "b.tif").write_text("no image")
    for name in ("none.tif", "b.tif"):
        with pytest.raises(UsageError, match="not readable"):
            load_geotiff(tmp_path / name)


def test_without_rasterio_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingPartError, match=r"pip install skypact\[terrain\]"):
        load_geotiff(tmp_path / "a.tif")
