from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

from skypact.earth.frame import ecef_from_geodetic, enu_from_ecef
from skypact.errors import UsageError
from skypact.model.recording import ABSENT, RadarSite
from skypact.run.recorded.comparison import (
    ComparedTracks,
    comparison_figure,
    running_quartiles,
    write_comparison_picture,
)
from skypact.run.recorded.drawn import code_changes, detection_share, drawn_tracks, lone_points
from skypact.run.recorded.file import NM_M
from skypact.run.recorded.map import drawing, extent_around, height_colours, plot_plane, span_text
from skypact.run.recorded.picture import tracks_figure, write_tracks_picture
from tests.run.recorded.made import (
    RADAR,
    REVOLUTION_S,
    SITE,
    START_NS,
    line,
    many,
    plots_at,
    recording,
    spread,
    without_levels,
)


def drawn(figure: Figure) -> Figure:
    figure.draw_without_rendering()
    return figure


def artist(axes: Axes, gid: str):
    return next(child for child in axes.get_children() if child.get_gid() == gid)


def texts_of(figure: Figure) -> list[Text]:
    """Every text that is seen: matplotlib keeps labels of ticks beyond the limits, and does not draw them."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low - slack <= tick.get_loc() <= high + slack:
                    hidden |= {tick.label1, tick.label2}
    found = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    return [text for text in found if text not in hidden]


def boxes(figure: Figure, texts):
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    renderer = canvas.get_renderer()
    # Text.get_window_extent of an Annotation takes its arrow along; these have none.
    return [text.get_window_extent(renderer) for text in texts]


@pytest.fixture(scope="module")
def seven():
    lines = [
        line(
            20e3 + 3e3 * k,
            -60e3 + 18e3 * k,
            30.0 * k,
            60,
            first_s=20.0 * k,
            skip=range(20, 27) if k == 2 else (),
        )
        for k in range(7)
    ]
    codes = [0o2101 + k for k in range(6)] + [np.array([0o2000] * 30 + [0o2110] * 30)]
    return recording(lines, codes, lost=9)


@pytest.fixture(scope="module")
def seven_figure(seven):
    with drawing():
        yield drawn(tracks_figure(seven))


def test_tracks_are_drawn_where_they_are(seven, seven_figure):
    chart = seven_figure.axes[0]
    segments = np.array([np.asarray(part) for part in artist(chart, "tracks").get_segments()])
    enu = enu_from_ecef(seven.points.pos_ecef_m, *SITE)[:, :2] / NM_M
    expected = []
    for track in range(1, 8):
        rows = np.flatnonzero(seven.points.track_id == track)
        rows = rows[np.argsort(seven.points.t_ns[rows], kind="stable")]
        joined = np.diff(seven.points.t_ns[rows]) <= 2.5e9 * REVOLUTION_S
        expected += [(enu[a], enu[b]) for a, b, near in zip(rows[:-1], rows[1:], joined, strict=True) if near]
    order = np.lexsort(segments.reshape(len(segments), 4).T)
    wanted = np.array(expected).reshape(len(expected), 4)
    assert np.allclose(segments.reshape(-1, 4)[order], wanted[np.lexsort(wanted.T)], atol=1e-9)
    assert len(artist(chart, "gaps").get_segments()) == 1


def test_plots_are_drawn_where_they_are_and_apart_by_their_track(seven, seven_figure):
    chart = seven_figure.axes[0]
    own, lost = artist(chart, "plots in tracks").get_xydata(), artist(chart, "plots in no track").get_xydata()
    assert len(own) == len(seven.points)
    assert len(lost) == 9
    enu = enu_from_ecef(seven.points.pos_ecef_m, *SITE)[:, :2] / NM_M
    assert np.abs(own[seven.points.plot] - enu).max() < 0.02
    bearing = seven.plots.bearing_rad[-9:]
    slant = seven.plots.range_m[-9:, None] / NM_M
    assert np.allclose(lost, slant * np.stack([np.sin(bearing), np.cos(bearing)], axis=1))


def test_everything_is_inside_the_map_and_a_mile_is_as_long_up_as_across(seven_figure):
    chart = seven_figure.axes[0]
    (west, east), (south, north) = chart.get_xlim(), chart.get_ylim()
    for name in ("plots in tracks", "plots in no track", "radar"):
        x, y = artist(chart, name).get_xydata().T
        assert ((x > west) & (x < east) & (y > south) & (y < north)).all()
    across = chart.transData.transform([(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)])
    assert across[1, 0] - across[0, 0] == pytest.approx(across[2, 1] - across[0, 1], rel=1e-6)


def test_the_colour_of_a_line_is_its_height(seven, seven_figure):
    tracks = artist(seven_figure.axes[0], "tracks")
    levels = np.asarray(tracks.get_array())
    assert np.allclose(levels, 9000.0 / 30.48, atol=0.5)
    bar = next(axes for axes in seven_figure.axes if axes.get_ylabel().startswith("height"))
    assert bar.get_ylim() == pytest.approx((tracks.norm.vmin, tracks.norm.vmax))


def test_heights_are_told_apart_by_lightness_alone():
    red, green, blue = height_colours()(np.linspace(0.0, 1.0, 64))[:, :3].T
    lightness = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    assert (np.diff(lightness) < 0.0).all()


def test_a_height_that_was_never_measured_is_not_told(seven):
    blind = recording([line(20e3, 30e3, 90.0, 20)], [0o2101], height=False)
    assert np.isnan(drawn_tracks(blind)[0].height_fl).all()
    with drawing():
        figure = drawn(tracks_figure(blind))
    assert np.ma.getmaskarray(artist(figure.axes[0], "tracks").get_array()).all()
    assert not any("FL" in text.get_text() for text in texts_of(figure))
    assert not any(axes.get_ylabel().startswith("height") for axes in figure.axes)


def test_a_height_is_not_told_before_the_first_flight_level(seven):
    plot = seven.points.plot[seven.points.track_id == 1]
    late = without_levels(seven, plot[np.argsort(seven.plots.t_ns[plot])][:10])
    track = next(track for track in drawn_tracks(late) if track.track_id == 1)
    assert np.isnan(track.height_fl).tolist() == [True] * 10 + [False] * 50
    with drawing():
        figure = drawn(tracks_figure(late))
    assert np.ma.getmaskarray(artist(figure.axes[0], "tracks").get_array()).sum() == 10
    assert any("height not measured" in text.get_text() for text in texts_of(figure))


def test_the_timeline_has_a_line_a_track_with_its_gap_open(seven, seven_figure):
    timeline = seven_figure.axes[2]
    labels = [text.get_text() for text in timeline.get_yticklabels()]
    assert labels == [f"{0o2101 + k:04o}" for k in range(6)] + ["2000"]
    for row, track in enumerate(drawn_tracks(seven)):
        parts = [part for part in artist(timeline, "timeline").get_segments() if part[0][1] == row]
        covered = sum(part[1][0] - part[0][0] for part in parts) * 86_400.0
        gap = 32.0 if row == 2 else 0.0
        assert covered == pytest.approx((track.t_ns[-1] - track.t_ns[0]) / 1e9 - gap, abs=1e-3)


def test_a_new_code_is_marked_when_it_began(seven, seven_figure):
    mark = artist(seven_figure.axes[2], "new code")
    changed = seven.points.t_ns[
        (seven.points.track_id == 7) & (seven.plots.mode_3a[seven.points.plot] == 0o2110)
    ]
    assert mark.get_xdata()[0] * 86_400e9 == pytest.approx(changed.min(), abs=1e5)
    assert mark.get_ydata()[0] == 6
    assert "2110" in [text.get_text() for text in texts_of(seven_figure)]


def test_plots_of_every_revolution_add_up(seven, seven_figure):
    counts = seven_figure.axes[3]
    everything, own = artist(counts, "all plots"), artist(counts, "plots in tracks")
    assert everything.get_data().values.sum() == len(seven.plots)
    assert own.get_data().values.sum() == (seven.plot_track != 0).sum()


def test_the_title_says_what_it_is(seven_figure):
    words = " ".join(text.get_text() for text in texts_of(seven_figure))
    for part in (
        "made.pcap",
        "radar 25/10",
        "2026-03-02, 09:00:00 to 09:05:56 UTC",
        "7 confirmed tracks",
        "with transponder",
    ):
        assert part in words
    assert "not truth" in words


def overlaps(figure: Figure, least_px: float = 1.0) -> list[str]:
    """Pairs of texts of the figure that cover each other."""
    texts = texts_of(figure)
    found = []
    for (a, box), (b, other) in combinations(zip(texts, boxes(figure, texts), strict=True), 2):
        wide = min(box.x1, other.x1) - max(box.x0, other.x0)
        high = min(box.y1, other.y1) - max(box.y0, other.y0)
        if wide > least_px and high > least_px:
            found.append(f"{a.get_text()!r} and {b.get_text()!r}")
    return found


@pytest.mark.parametrize("tracks", [1, 2, 7, 60, 150])
def test_no_text_covers_another(tracks):
    with drawing():
        figure = drawn(tracks_figure(many(tracks, 30)))
        assert not overlaps(figure)


def test_all_texts_are_on_the_paper(seven_figure):
    for text, box in zip(texts_of(seven_figure), boxes(seven_figure, texts_of(seven_figure)), strict=True):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 2400 and box.y1 <= 1350
        assert inside, text.get_text()


def test_a_long_name_is_made_to_fit(seven):
    with drawing():
        figure = drawn(tracks_figure(replace(seven, name="a very long name of a recording " * 6)))
    assert max(box.x1 for box in boxes(figure, texts_of(figure))) <= 2400


def test_few_tracks_are_all_labelled_and_many_are_thinned():
    for tracks, least, most in ((5, 5, 5), (300, 20, 80)):
        with drawing():
            figure = drawn(tracks_figure(many(tracks, 20)))
        labels = [text for text in figure.axes[0].texts if "\nFL" in text.get_text()]
        assert least <= len(labels) <= most


def words_of(figure: Figure) -> str:
    return " ".join(text.get_text() for text in texts_of(figure))


@pytest.mark.parametrize("known", [True, False])
def test_what_a_radar_without_a_place_saw_is_told_and_not_drawn(seven, known):
    tracked = spread(seven, 1 * 256 + 2, [3, 5])
    if not known:
        tracked = replace(tracked, sites={})
    with drawing():
        figure = drawn(tracks_figure(tracked))
    assert not overlaps(figure)
    chart, words = figure.axes[0], words_of(figure)
    assert "plots and tracks of 1/2 not in the map: position not known" in words
    assert ("map in the own plane of 25/10: position not known" in words) != known
    labels = {text.get_text()[:4] for text in chart.texts if "\nFL" in text.get_text()}
    assert labels == {"2101", "2102", "2104", "2106", "2000"} - {"2000"} | {"2110"}
    own = artist(chart, "plots in tracks").get_xydata()
    there = np.isfinite(own[:, 0]).sum()
    assert there == len(seven.points) - 60 - 53
    assert f"plot in a track ({there})" in words
    assert np.isfinite([np.asarray(part) for part in artist(chart, "tracks").get_segments()]).all()
    assert len(figure.axes[2].get_yticklabels()) == 7


def test_tracks_that_are_not_drawn_take_no_place_among_the_labels():
    lines = [line(20e3 + 6e3 * k, 10e3 * k, 30.0, 8 + (k < 90) * 9) for k in range(94)]
    tracked = spread(recording(lines, [0o2101 + k for k in range(94)]), 3, range(1, 91))
    with drawing():
        figure = drawn(tracks_figure(tracked))
    assert len([text for text in figure.axes[0].texts if "\nFL" in text.get_text()]) == 4


@pytest.mark.parametrize(
    "lat_deg", [-89.95, -84.0, 0.0, 52.0, 66.0, 75.0, 80.0, 84.0, 87.0, 88.5, 89.9, 90.0]
)
@pytest.mark.parametrize("reach_m", [40e3, 250e3])
def test_the_graticule_is_read_at_every_latitude_or_left_away(lat_deg, reach_m):
    site = RadarSite(math.radians(lat_deg), math.radians(179.0), 0.0)
    lines = [line(x, y, 90.0, 5) for x in (-reach_m, reach_m) for y in (-reach_m, reach_m)]
    with drawing():
        figure = drawn(tracks_figure(recording(lines, [0o2101] * 4, site=site)))
    assert not overlaps(figure)
    meridians = [text for text in texts_of(figure) if text.get_text().endswith(("° E", "° W"))]
    assert len(meridians) <= 14
    if abs(lat_deg) <= 80.0:
        assert len(meridians) >= 2
    if abs(lat_deg) > 89.0:
        assert not meridians


def test_without_a_site_there_is_no_graticule():
    known, plane = (recording([line(2e4, 3e4, 90.0, 20)], [0o2101], known=known) for known in (True, False))
    for tracked, there in ((known, True), (plane, False)):
        with drawing():
            figure = drawn(tracks_figure(tracked))
        words = [text.get_text() for text in texts_of(figure)]
        assert any(word.endswith("° E") for word in words) == there
        assert any("position not known" in word for word in words) != there


@given(st.floats(-60.0, 60.0), st.floats(-179.0, 179.0), st.floats(0.0, 2 * math.pi), st.floats(20e3, 400e3))
def test_a_plot_with_height_is_drawn_under_its_aircraft(lat_deg, lon_deg, bearing_rad, range_m):
    site = RadarSite(math.radians(lat_deg), math.radians(lon_deg), 300.0)
    plots = plots_at([0], [range_m], [bearing_rad], [9000.0], [ABSENT])
    x, y = plot_plane(plots, {RADAR: site}, site)[0]
    up = -(x**2 + y**2) / (2 * 6.371e6) + 8700.0
    assert math.hypot(math.hypot(x, y), up) == pytest.approx(range_m, rel=2e-4)
    assert math.atan2(x, y) % (2 * math.pi) == pytest.approx(bearing_rad % (2 * math.pi), abs=1e-9)


def test_plots_of_two_radars_meet_in_one_map():
    other = RadarSite(SITE.lat_rad + 0.01, SITE.lon_rad + 0.01, 0.0)
    target = ecef_from_geodetic(SITE.lat_rad + 0.02, SITE.lon_rad, 9000.0)
    seen = [enu_from_ecef(target, *site) for site in (SITE, other)]
    plots = plots_at(
        [0, 0],
        [np.linalg.norm(enu) for enu in seen],
        [math.atan2(enu[0], enu[1]) for enu in seen],
        [9000.0, 9000.0],
        [ABSENT, ABSENT],
        radar=[RADAR, 7],
    )
    where = plot_plane(plots, {RADAR: SITE, 7: other}, SITE)
    assert np.allclose(where[0], where[1], atol=60.0)
    assert np.isnan(plot_plane(plots, {RADAR: SITE}, SITE)[1]).all()


@given(st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), max_size=20), st.floats(0.5, 2.0))
def test_the_map_holds_the_radar_and_every_point(points, shape):
    x, y = np.array(points).reshape(-1, 2).T
    extent = extent_around(x, y, shape)
    assert extent.holds(np.append(x, 0.0), np.append(y, 0.0)).all()
    assert (extent.east - extent.west) == pytest.approx(shape * (extent.north - extent.south))


@pytest.mark.parametrize(
    ("replies", "codes"),
    [
        ([1, 1, 1, 1], [(0, "0001")]),
        ([1, 1, 1, 2, 1, 1], [(0, "0001")]),
        ([1, 1, 1, ABSENT, 2, 2, ABSENT, 2], [(0, "0001"), (4, "0002")]),
        ([1, 1, 1, 2, 2, 2, 1, 1, 1], [(0, "0001"), (3, "0002"), (6, "0001")]),
        ([ABSENT, 7, 3, 7], [(1, "0007")]),
        ([ABSENT], []),
        ([], []),
    ],
)
def test_a_code_is_new_when_it_stays(replies, codes):
    assert list(code_changes(replies)) == codes


@given(st.lists(st.booleans(), min_size=2, max_size=200))
@settings(max_examples=50)
def test_the_share_of_looks_is_of_those_between_first_and_last_plot(seen):
    looks = [k for k, hit in enumerate([True, *seen, True]) if hit]
    skipped = [k for k in range(looks[-1] + 1) if k not in looks]
    tracked = recording([line(2e4, 3e4, 90.0, looks[-1] + 1, skip=skipped)], [0o2101])
    edges, share = detection_share(drawn_tracks(tracked))
    assert len(edges) == len(share) + 1
    share = share[np.isfinite(share)]
    assert ((share >= 0) & (share <= 1)).all()
    if len(share) == 1:
        assert share[0] == pytest.approx((len(looks) - 1) / looks[-1])
    if not skipped:
        assert (share == 1.0).all()


def test_the_share_of_looks_is_open_where_there_was_no_track():
    hour = 3600.0
    lines = [line(2e4, 3e4, 90.0, 100), line(2e4, 4e4, 90.0, 100, first_s=5 * hour)]
    tracked = recording(lines, [0o2101, 0o2102])
    edges, share = detection_share(drawn_tracks(tracked))
    middle_s = (0.5 * (edges[1:] + edges[:-1]) - START_NS) / 1e9
    silent = (middle_s > 0.25 * hour) & (middle_s < 4.75 * hour)
    assert silent.sum() > 50
    assert np.isnan(share[silent]).all()
    assert np.isfinite(share[[0, -1]]).all()
    with drawing():
        figure = drawn(tracks_figure(tracked))
    drawn_share = artist(figure.axes[4], "detection share").get_data()
    assert np.array_equal(drawn_share.values, share, equal_nan=True)
    assert np.allclose(drawn_share.edges * 86_400e9, edges, atol=1e6, rtol=0)


def test_points_that_no_line_shows_are_found():
    assert lone_points(np.array([True, False, True, True])).tolist() == [0, 3, 4]
    assert lone_points(np.empty(0, np.bool_)).tolist() == [0]


def test_a_recording_without_tracks_or_times_is_drawn(tmp_path):
    tracked = recording([line(2e4, 3e4, 90.0, 5)], [0o2101], lost=2)
    points = type(tracked.points)(
        *(getattr(tracked.points, k)[:0] for k in tracked.points.__dataclass_fields__)
    )
    bare = replace(tracked, points=points, plot_track=np.zeros(7, np.uint64))
    write_tracks_picture(tmp_path / "a.png", bare)
    timeless = replace(bare, plots=replace(bare.plots, t_ns=np.full(7, ABSENT, np.int64)))
    write_tracks_picture(tmp_path / "b.png", timeless)
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_a_picture_is_png_or_svg_and_nothing_else(tmp_path, seven):
    write_tracks_picture(tmp_path / "tracks.svg", seven)
    first = (tmp_path / "tracks.svg").read_bytes()
    assert b"<svg" in first
    write_tracks_picture(tmp_path / "tracks.svg", seven)
    assert (tmp_path / "tracks.svg").read_bytes() == first
    with pytest.raises(UsageError, match=r"\.png, \.svg"):
        write_tracks_picture(tmp_path / "tracks.bmp", seven)


def test_drawing_leaves_the_users_settings_alone(tmp_path, seven):
    with mpl.rc_context({"font.size": 31.0}):
        write_tracks_picture(tmp_path / "tracks.png", seven)
        assert mpl.rcParams["font.size"] == 31.0


def test_a_span_says_its_date_or_that_there_is_none():
    assert span_text(START_NS, START_NS + 60 * 10**9) == "2026-03-02, 09:00:00 to 09:01:00 UTC"
    assert span_text(0, 3600 * 10**9) == "00:00:00 to 01:00:00 UTC (date not known)"
    assert span_text(START_NS, START_NS + 86_400 * 10**9).endswith("to 2026-03-03 09:00:00 UTC")


# ------------------------------------------------------------------------------------------------- comparison

CAUSES = (
    "theirs never had this aircraft, or had it under another code, or lost it long before, or took it up later",
    "ours is farther than the limit from theirs",
    "outside the area of theirs",
)


def compared(tracks: int = 4, looks: int = 40) -> ComparedTracks:
    tracked = many(tracks, looks)
    points = tracked.points
    n = len(points)
    draw = np.random.Generator(np.random.Philox(3))
    cause = draw.choice(4, n, p=[0.8, 0.1, 0.07, 0.03]).astype(np.uint8)
    distance = np.where(cause == 1, np.nan, np.where(cause == 2, 4000.0, draw.rayleigh(150.0, n)))
    place = ecef_from_geodetic(SITE.lat_rad, SITE.lon_rad, 0.0)
    assert place.shape == (3,)
    return ComparedTracks(
        ours_name="ours.pcap",
        theirs_name="theirs.pcap",
        site=SITE,
        with_codes=True,
        track_id=points.track_id,
        t_ns=points.t_ns,
        pos_ecef_m=points.pos_ecef_m,
        distance_m=distance,
        cause=cause,
        causes=CAUSES,
        limit_m=1852.0,
        share=float((cause == 0).mean()),
        median_m=150.0,
        p95_m=400.0,
        their_track=np.arange(n, dtype=np.int32) // 20,
        their_t_ns=points.t_ns,
        their_lat_rad=np.where(np.arange(n) % 7 == 0, np.nan, SITE.lat_rad + 0.001 * np.arange(n) / n),
        their_lon_rad=np.full(n, SITE.lon_rad),
        pair_t_ns=points.t_ns,
        pair_bearing_rad=tracked.plots.bearing_rad[points.plot],
        residual_range_m=draw.normal(0.0, 60.0, n),
        residual_bearing_rad=np.radians(draw.normal(0.0, 0.05, n)),
        bias=(-190.0, math.radians(-0.54), 0.96),
        bias_half_width=(7.0, math.radians(0.006), 0.03),
    )


@pytest.fixture(scope="module")
def four():
    found = compared()
    with drawing():
        yield found, drawn(comparison_figure(found))


def test_unmatched_points_are_drawn_where_they_are_by_cause(four):
    found, figure = four
    enu = enu_from_ecef(found.pos_ecef_m, *SITE)[:, :2] / NM_M
    for cause in range(3):
        points = artist(figure.axes[0], f"cause {cause}")
        assert np.allclose(points.get_xydata(), enu[found.cause == cause + 1])
        bar = next(part for part in figure.axes[2].patches if part.get_gid() == f"bar {cause}")
        assert bar.get_width() == (found.cause == cause + 1).sum()
        assert mpl.colors.same_color(bar.get_facecolor(), points.get_color())


def test_matched_lines_join_matched_points_only(four):
    found, figure = four
    enu = enu_from_ecef(found.pos_ecef_m, *SITE)[:, :2] / NM_M
    good = {tuple(row) for row in np.round(enu[found.cause == 0], 9).tolist()}
    segments = artist(figure.axes[0], "matched").get_segments()
    assert len(segments) > 50
    for segment in segments:
        assert {tuple(row) for row in np.round(segment, 9).tolist()} <= good


def test_the_histogram_holds_every_distance_or_says_how_many_are_farther(four):
    found, figure = four
    known = found.distance_m[np.isfinite(found.distance_m)]
    heights = sum(patch.get_height() for patch in figure.axes[1].patches)
    farther = int((known > 1.25 * 1852.0).sum())
    assert heights == len(known) - farther
    words = [text.get_text() for text in texts_of(figure)]
    assert any(f"{farther:,} points farther" in word for word in words)
    lines = sorted(line.get_xdata()[0] for line in figure.axes[1].lines)
    assert lines == pytest.approx([150.0 / 1852, 400.0 / 1852, 1.0])


def test_residuals_are_drawn_over_time_and_bearing(four):
    found, figure = four
    panels = [axes for axes in figure.axes if "over" in axes.get_title(loc="left")]
    assert len(panels) == 4
    for axes in panels:
        x, y = artist(axes, "residuals").get_xydata().T
        of_range = "range" in axes.get_title(loc="left")
        assert np.allclose(y, found.residual_range_m if of_range else np.degrees(found.residual_bearing_rad))
        over_time = axes.get_title(loc="left").endswith("time")
        assert np.allclose(x, found.pair_t_ns / 86_400e9 if over_time else np.degrees(found.pair_bearing_rad))


@pytest.mark.parametrize("tracks", [1, 4, 100])
def test_no_text_of_a_comparison_covers_another(tracks):
    with drawing():
        figure = drawn(comparison_figure(compared(tracks, 30)))
        assert not overlaps(figure)
        for text, box in zip(texts_of(figure), boxes(figure, texts_of(figure)), strict=True):
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= 2400, text.get_text()


def test_biases_are_told_with_sign_and_interval(four):
    words = " ".join(text.get_text() for text in texts_of(four[1]))
    minus = "\N{MINUS SIGN}"
    assert f"range {minus}0.103 ± 0.004 NM" in words
    assert f"bearing {minus}0.540 ± 0.006°" in words
    assert "clock +0.96 ± 0.03 s" in words
    assert "95 % interval" in words


def test_biases_of_one_aircraft_have_no_interval(four):
    lone = replace(four[0], bias_half_width=(math.nan,) * 3)
    with drawing():
        words = words_of(drawn(comparison_figure(lone)))
    assert "±" not in words
    assert "interval not known" in words


def test_words_do_not_lie_on_the_bars_of_distances_even_if_most_are_far():
    found = compared(tracks=20)
    far = np.random.Generator(np.random.Philox(5)).uniform(0.0, 20_000.0, len(found.t_ns))
    mostly = replace(found, distance_m=far, median_m=1200.0, p95_m=1900.0)
    with drawing():
        figure = drawn(comparison_figure(mostly))
    assert not overlaps(figure)
    axes = figure.axes[1]
    texts = [text for text in axes.findobj(Annotation) if text.get_text()]
    assert len(texts) == 3
    bars = [
        bar.get_window_extent() for bar in axes.patches if isinstance(bar, Rectangle) and bar.get_height()
    ]
    assert len(bars) > 20
    for box in [*boxes(figure, texts), axes.xaxis.label.get_window_extent()]:
        assert not any(box.overlaps(bar) for bar in bars)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_picture_that_cannot_be_written_is_told(tmp_path, seven, four, suffix):
    path = tmp_path / f"a.{suffix}"
    path.mkdir()
    for write, what in ((write_tracks_picture, seven), (write_comparison_picture, four[0])):
        with pytest.raises(UsageError, match=r"writing .*a"):
            write(path, what)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_nothing_to_compare_is_drawn_all_the_same(tmp_path):
    found = compared()
    none = {name: getattr(found, name)[:0] for name in found.__dataclass_fields__
            if isinstance(getattr(found, name), np.ndarray)}  # fmt: skip
    bare = replace(found, **none, share=math.nan, median_m=math.nan, p95_m=math.nan)
    write_comparison_picture(tmp_path / "comparison.png", bare)
    assert (tmp_path / "comparison.png").stat().st_size > 10_000


@given(st.lists(st.floats(-1e3, 1e3), max_size=200))
def test_running_quartiles_lie_within_the_values(values):
    y = np.array(values)
    x = np.arange(len(y), dtype=np.float64)
    middle, quartiles = running_quartiles(x, y, bins=6)
    assert len(middle) == 6
    known = quartiles[np.isfinite(quartiles[:, 0])]
    assert (np.diff(known, axis=1) >= 0).all()
    if len(known):
        assert known.min() >= y.min()
        assert known.max() <= y.max()
        assert np.isfinite(quartiles).any(axis=1).sum() == (np.histogram(x, 6)[0] >= 5).sum()


def test_annotations_are_not_clipped_away(four):
    assert all(text.get_annotation_clip() is not True for text in four[1].findobj(Annotation))
