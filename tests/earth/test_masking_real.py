"""What 9 km cells cannot decide: masks on the packaged terrain against masks on 30 arc seconds (1 km)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.earth.frame import destination
from skypact.earth.masking import is_visible, terrain_mask
from skypact.run.terrain import load_geotiff, load_region_terrain

SITES = {
    "Riyadh": (24.69, 46.72),
    "Kuwait": (29.35, 47.52),
    "Al Udeid": (25.12, 51.31),
    "Al Dhafra": (24.25, 54.55),
    "Muscat": (23.59, 58.28),
    "Khamis Mushait": (18.30, 42.80),
    "Amman": (31.95, 35.93),
    "Tehran": (35.69, 51.42),
}
MAST_M = 15.0
RELIEFS_M = (0.0, 10.0, 20.0, 40.0)
ABOVE_GROUND_M = (100.0, 1000.0)


def tell(capsys, text):
    """Show the comparison, whether or not pytest shows output."""
    with capsys.disabled():
        print(f"\n{text}")  # noqa: T201 - a comparison for the reader, not only for the assertion


@pytest.fixture(scope="module")
def fine(real_data):
    return load_geotiff(real_data / "terrain" / "dted0_30s.tif")


def test_the_packaged_terrain_is_the_fine_one_smoothed(fine, capsys):
    coarse = load_region_terrain()
    lat, lon = np.meshgrid(
        np.radians(np.arange(11, 45, 0.5)), np.radians(np.arange(25, 65, 0.5)), indexing="ij"
    )
    offsets = np.radians(np.linspace(-1 / 24, 1 / 24, 11))
    mean = np.mean([fine.height_m(lat + north, lon + east) for north in offsets for east in offsets], axis=0)
    apart = (coarse.height_m(lat, lon) - mean)[mean > 5.0]
    tell(
        capsys,
        f"packaged terrain less the 9 km mean of 30 arc seconds, on land: mean {apart.mean():.1f} m, "
        f"standard deviation {apart.std():.1f} m, median size {np.median(np.abs(apart)):.1f} m",
    )
    assert abs(apart.mean()) < 10.0
    assert apart.std() < 50.0


def test_how_far_masks_on_nine_kilometre_cells_are_from_those_on_one_kilometre(fine, capsys):
    """Cells of 1 degree by 2 km within 300 km of a radar, targets 100 and 1,000 m above the fine ground."""
    coarse = load_region_terrain()
    bearing, distance = np.meshgrid(np.radians(np.arange(360.0)), np.arange(4e3, 300e3, 2e3), indexing="ij")
    lines = [f"{'':16s}{'above ground':>13s}{'1 km sees':>11s}  9 km sees / differs, by added relief"]
    differ, shown = [], []
    for name, (lat_deg, lon_deg) in SITES.items():
        site = (math.radians(lat_deg), math.radians(lon_deg))
        lat, lon = destination(*site, bearing, distance)
        known = fine.covers(lat, lon)
        ground = fine.height_m(lat[known], lon[known])
        near, far = bearing[known], distance[known]
        exact = terrain_mask(fine, *site, MAST_M, max_range_m=300e3, dr_m=1000.0, parts=4)
        masks = [
            terrain_mask(coarse, *site, MAST_M, max_range_m=300e3, relief_m=relief, key=(1, 2, 0))
            for relief in RELIEFS_M
        ]
        for above in ABOVE_GROUND_M:
            seen = is_visible(exact, far, near, ground + above)
            guesses = [is_visible(mask, far, near, ground + above) for mask in masks]
            cells = "  ".join(
                f"{relief:.0f} m: {guess.mean():.3f}/{(guess != seen).mean():.3f}"
                for relief, guess in zip(RELIEFS_M, guesses, strict=True)
            )
            lines.append(f"{name:16s}{above:11.0f} m{seen.mean():11.3f}  {cells}")
            shown.append([guess.mean() - seen.mean() for guess in guesses])
            differ.append([(guess != seen).mean() for guess in guesses])
            assert 0.01 < seen.mean() < 0.7
    shares = np.array(differ)
    lines.append("mean share that differs: " + ", ".join(f"{value:.3f}" for value in shares.mean(axis=0)))
    lines.append(
        "mean share seen too much: " + ", ".join(f"{value:+.3f}" for value in np.mean(shown, axis=0))
    )
    tell(capsys, "\n".join(lines))
    assert shares[:, 0].max() < 0.35
    assert shares[:, 0].mean() < 0.12
