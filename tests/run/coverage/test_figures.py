"""What the pictures of coverage hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.text import Text

from skypact.errors import UsageError
from skypact.kernels.random import run_key
from skypact.run.coverage.area import Layer, Seen, area_km2, chart_of, layers
from skypact.run.coverage.class_plot import AIR_M, SPACE_M, class_figure, plot_sensor_class
from skypact.run.coverage.picture import MAP_SHAPE, colours_of, coverage_figure
from skypact.run.coverage.relief import usual_surroundings
from skypact.run.coverage.vertical import vertical_figure
from skypact.run.library import load_catalogue
from skypact.run.mask import masks_with_relief
from skypact.run.recorded.map import drawing
from skypact.run.surroundings import draw_surroundings
from tests.run.coverage.made import site, wired
from tests.run.test_surroundings import COARSE, FINE


@pytest.fixture(scope="module")
def seen():
    world = wired(site("search_radar"), site("gap_filler_radar", "B", "QAT", lon_deg=45.9))
    return Seen(world, draw_surroundings(world, *run_key(0, 0)), (0, 1), (200.0,), 1.0, 0.5, 1)


@pytest.fixture(scope="module")
def drawn(seen):
    chart = chart_of(seen, MAP_SHAPE)
    return chart, layers(seen, chart, lambda _: None)[0]


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def test_the_map_names_radars_nations_and_areas(seen, drawn):
    chart, layer = drawn
    with drawing():
        figure = coverage_figure(seen, chart, layer)
    words = texts(figure)
    for expected in ("A", "B", "BHR", "QAT", "all", "50 km"):
        assert any(expected == word.strip() for word in words), expected
    assert any("200 m above the ground" in word for word in words)
    assert any("at least 50% in one look" in word for word in words)


def test_what_a_radar_sees_over_the_sea_is_a_disc_about_it(seen, drawn):
    chart, layer = drawn
    x, y = np.meshgrid(chart.x_km, chart.y_km)
    at = chart.plane.xy_km(seen.wired.network.sensors.lat_rad[0], seen.wired.network.sensors.lon_rad[0])
    away = np.hypot(x - at[0], y - at[1])
    reach = 76.7  # horizon of 20 m and 200 m on the 4/3 Earth
    own = layer.by_nation["BHR"]
    assert (own[(away > 6.0) & (away < reach - 3.0)] > 0.5).all()
    assert (own[away > reach + 3.0] == 0.0).all()
    np.testing.assert_array_equal(layer.by_all, np.maximum(own, layer.by_nation["QAT"]))


def test_a_nation_sees_what_the_best_of_its_radars_sees(seen, drawn):
    chart, layer = drawn
    world = wired(site("search_radar"), site("gap_filler_radar", "B", lon_deg=45.9))
    together = Seen(world, draw_surroundings(world, *run_key(0, 0)), (0, 1), (200.0,), 1.0, 0.5, 1)
    (found,) = layers(together, chart, lambda _: None)
    np.testing.assert_array_equal(found.by_nation["BHR"], layer.by_all)


def test_heights_are_above_the_ground_below_the_target():
    world = wired(site("search_radar"), terrain=FINE)
    plateau = Seen(world, draw_surroundings(world, *run_key(0, 0)), (0,), (200.0,), 1.0, 0.5, 1)
    chart = chart_of(plateau, MAP_SHAPE)
    (layer,) = layers(plateau, chart, lambda _: None)
    # An antenna 20 m above the plateau sees as far over it as one over the sea, but for clutter at the rim.
    seen_km2 = area_km2(layer.by_all, 0.5, chart)
    assert 0.6 * np.pi * 76.7**2 < seen_km2 < 1.02 * np.pi * 76.7**2


def test_the_chart_holds_all_that_is_seen_with_a_margin(drawn):
    _, layer = drawn
    some = layer.by_all >= 0.5
    assert not some[[0, -1]].any()
    assert not some[:, [0, -1]].any()
    rows = np.flatnonzero(some.any(axis=1))
    columns = np.flatnonzero(some.any(axis=0))
    assert max(len(rows) / some.shape[0], len(columns) / some.shape[1]) > 0.8


def test_a_nation_keeps_its_colour_when_it_is_drawn_alone(seen):
    alone = Seen(seen.wired, seen.surroundings, (1,), (200.0,), 1.0, 0.5, 1)
    assert alone.nations == ("QAT",)
    assert colours_of(alone)["QAT"] == colours_of(seen)["QAT"] != colours_of(seen)["BHR"]


def test_a_map_on_which_nothing_is_seen_is_drawn_too(seen, drawn):
    chart, layer = drawn
    nothing = {code: np.zeros_like(chance) for code, chance in layer.by_nation.items()}
    with drawing():
        figure = coverage_figure(seen, chart, Layer(200.0, nothing))
    assert texts(figure).count("0") == 3


def test_the_vertical_diagram_shows_two_bearings_rays_and_the_ground(seen):
    with drawing():
        figure = vertical_figure(seen, 0)
    assert len(figure.axes) == 2
    words = texts(figure)
    assert sum("where it sees" in word for word in words) == 2
    assert {"0°", "1°", "20°"} <= set(words)
    assert figure.axes[0].get_ylim()[1] == pytest.approx(20.0)


def test_the_usual_mask_is_the_middle_of_the_runs_on_coarse_land():
    world = wired(site("search_radar"), terrain=COARSE)
    usual = usual_surroundings(world, (0,)).masks.tan_elevation[0, :, 100]
    sensors, terrain = world.network.sensors, world.terrain
    middle_m = 0.5 * (world.scenario.settings.relief_low_m + world.scenario.settings.relief_high_m)
    runs = np.array(
        [
            masks_with_relief(sensors, terrain, middle_m, *run_key(5, r)).tan_elevation[0, :, 100]
            for r in range(10)
        ]
    )
    assert np.median(runs) == pytest.approx(float(np.median(usual)), abs=2e-4)
    assert usual.std() < 0.5 * runs.std()


def test_the_vertical_diagram_on_coarse_terrain_says_what_limits_it_below():
    for terrain, coarse in ((COARSE, True), (FINE, False)):
        world = wired(site("search_radar"), terrain=terrain)
        there = Seen(world, draw_surroundings(world, *run_key(0, 0)), (0,), (200.0,), 1.0, 0.5, 1)
        with drawing():
            words = " ".join(texts(vertical_figure(there, 0)))
        assert ("the median of draws" in words) == coarse
        assert ("the lower limit is the terrain with that relief" in words) == coarse


def height_lines(figure):
    """The lines of range against cross-section, without those that lead to names."""
    return [line for line in figure.axes[1].get_lines() if len(line.get_ydata()) > 2]


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


def test_the_picture_of_a_class_shows_size_against_height_and_range(catalogue):
    with drawing():
        figure = class_figure(catalogue.sensors["search_radar"])
    words = texts(figure)
    for rcs in ("0.01 m²", "0.1 m²", "1 m²", "10 m²"):
        assert rcs in words
    heights = figure.axes[0]
    assert heights.get_yscale() == "log"
    lines = [line.get_ydata() for line in height_lines(figure)]
    assert len(lines) == len(AIR_M)
    assert {f"{height:,.0f} m" for height in AIR_M} <= set(words)
    for low, high in pairwise(lines):
        assert np.nanmax(low) <= np.nanmax(high)
    for line in lines:
        known = np.asarray(line)[np.isfinite(line)]
        assert (np.diff(known) >= 0.0).all()


def test_a_class_with_a_face_is_drawn_along_its_normal(catalogue):
    with drawing():
        figure = class_figure(catalogue.sensors["early_warning_radar"])
    farthest_km = [np.nanmax(np.asarray(line.get_ydata())) for line in height_lines(figure)]
    assert max(farthest_km) > 400.0
    assert len(farthest_km) == len(SPACE_M)
    assert farthest_km[-1] > 100.0  # 300 km up
    assert figure.axes[0].get_ylim()[1] == pytest.approx(500e3)


def test_names_of_lines_that_run_together_keep_apart(catalogue):
    with drawing():
        figure = class_figure(catalogue.sensors["coastal_radar"])
    boxes = [text.get_window_extent() for text in figure.axes[1].texts]
    assert len(boxes) >= 5
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    drawn = [
        collection
        for collection in figure.axes[0].collections
        if len(np.atleast_1d(collection.get_linewidth())) and collection.get_paths()
    ]
    widths = [float(np.atleast_1d(collection.get_linewidth())[0]) for collection in drawn]
    assert len(widths) == 4
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1]


def test_the_cover_of_a_class_begins_at_its_least_range(catalogue):
    """The first column lies nearer than that, so that no stub of a line stands at the edge."""
    cls = catalogue.sensors["coastal_radar"]
    with drawing():
        figure = class_figure(cls)
    points = np.concatenate([path.vertices for c in figure.axes[0].collections for path in c.get_paths()])
    edge = points[(points[:, 0] < 1e-3 * cls.values["range_min_m"].value + 0.3) & (points[:, 1] < 200.0)]
    steps = np.diff(np.sort(np.log10(edge[:, 1])))
    assert edge[:, 1].min() < 11.0
    assert edge[:, 1].max() > 180.0
    assert steps.max() < 0.05
    assert not any("smooth" in word for word in texts(figure))


def test_a_class_is_plotted_into_the_file_asked_for(catalogue, tmp_path):
    path = tmp_path / "gap.svg"
    assert plot_sensor_class(catalogue.sensors["gap_filler_radar"], path) == path
    assert path.read_text().startswith("<?xml")


def test_only_radars_are_plotted(catalogue, tmp_path):
    with pytest.raises(UsageError, match="acoustic"):
        plot_sensor_class(catalogue.sensors["acoustic_post"], tmp_path / "a.png")
