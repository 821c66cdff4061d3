import itertools
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.earth.frame import geodetic_from_ecef
from skypact.earth.terrain import flat_terrain
from skypact.errors import RecordError
from skypact.record import record_hash
from skypact.run import report_replay
from skypact.run.build import parse_treatments
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import builtin_text, load
from skypact.run.report import headline, page, write_report
from skypact.run.report_data import number, report_data
from skypact.run.report_map import (
    COVERAGE_AZIMUTHS,
    STEP_DEG,
    Box,
    box_around,
    circle,
    clipped_line,
    clipped_ring,
    coverage,
    land,
    sector_reach,
    simplified,
)
from skypact.run.report_replay import replay_of
from skypact.run.summary import summary_of
from skypact.score import summarise
from tests.record.tables import MANIFEST
from tests.run.report_unpack import unpacked
from tests.run.report_world import (
    BALLISTIC,
    CIVIL,
    FLIGHTS,
    HOSTILE_NAME,
    PACT,
    TODAY,
    hostile_manifest,
    place_of,
    record,
    tables,
)
from tests.score.made import column, scores

BOX = Box(20.0, 44.0, 31.0, 54.0)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    folder = record(tmp_path_factory.mktemp("report") / "run", hostile_manifest())
    summary = summary_of(folder)
    return folder, summary, write_report(folder, summary).read_text("utf-8")


def between(begin, end, html):
    """What stands in the page between two marks."""
    return html.partition(begin)[2].partition(end)[0]


def embedded(html, name):
    """The JSON that stands in the page under an id."""
    return json.loads(between(f'<script type="application/json" id="{name}">', "</script>", html))


def words():
    return json.loads(files("skypact").joinpath("data", "report", "text.json").read_text("utf-8"))


# ------------------------------------------------------------------------------------------------------ the page


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_page_asks_for_nothing_from_anywhere(campaign):
    _, _, html = campaign
    tags = Tags(html).found
    policy = next(a["content"] for _, a in tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert not {tag for tag, _ in tags} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "base",
    }
    assert not any({"src", "srcset", "style", "onload", "onerror"} & set(a) for _, a in tags)
    assert all(a["href"].startswith("#") for tag, a in tags if tag == "a")
    style = between("<style>", "</style>", html)
    assert "--ground" in style
    assert not re.search(r"@import|url\(", style)


def test_no_name_of_the_scenario_becomes_markup(campaign):
    _, summary, html = campaign
    assert [tag for tag, _ in Tags(html).found].count("script") == 4
    assert html.count("<script") == html.count("</script>") == 4
    data = embedded(html, "data")
    assert data["title"] == summary.title == "Two nations" + HOSTILE_NAME
    assert data["map"]["places"][0][0] == "a0" + HOSTILE_NAME


def test_no_place_of_the_template_is_left_unfilled(campaign):
    _, _, html = campaign
    assert "{{" not in html
    assert "}}" not in re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL)


def test_every_word_that_the_scripts_ask_for_exists():
    folder = files("skypact").joinpath("data", "report")
    text = words()
    asked = set()
    for entry in folder.iterdir():
        if entry.name.endswith(".js"):
            asked |= set(re.findall(r"(?:say\(|T\[)'([\w.]+)'", entry.read_text("utf-8")))
    assert len(asked) > 60
    assert asked <= set(text), sorted(asked - set(text))


def test_a_preview_says_so_with_the_command_that_would_do(campaign):
    _, summary, html = campaign
    assert summary.preview
    assert '<p class="preview" role="note">' in html
    assert f"<code>{summary.citable_command}</code>" in html
    citable = page(report_data(campaign[0], summary), replace(summary, preview=False))
    assert 'class="preview"' not in citable


def test_the_page_names_the_record_it_was_made_from(campaign):
    folder, _, html = campaign
    assert record_hash(folder) in between('<blockquote id="cite">', "</blockquote>", html)


def test_every_entry_of_the_summary_stands_in_the_data(campaign):
    _, summary, html = campaign
    data = embedded(html, "data")
    rows = (*summary.nations, "all")
    for entry in summary.entries:
        held = data["entries"][entry.metric][rows.index(entry.nation)][summary.levels.index(entry.level)]
        assert held[0] == number(entry.estimate.value)
        assert (held[5] is None) == (entry.difference is None)
        if entry.difference is not None:
            assert held[5][5] == entry.difference.verdict


def test_a_folder_that_is_no_record_is_refused(tmp_path, campaign):
    with pytest.raises(RecordError):
        write_report(tmp_path, campaign[1])


def test_a_campaign_of_one_level_has_a_report(tmp_path):
    folder = record(tmp_path / "one", hostile_manifest(levels=("today",)))
    html = write_report(folder, summary_of(folder)).read_text("utf-8")
    assert embedded(html, "data")["focus"] is None
    assert "At “today” the median warning of all nations together is" in html


# -------------------------------------------------------------------------------------------------- the headline


def said(warning=None, columns=None, runs=30, **changes):
    summary = replace(summarise(scores(runs, columns, warning), MANIFEST), **changes)
    return " ".join(headline(words(), summary)).replace("\xa0", " "), summary


def warnings(gains, spread=1.0, runs=30):
    """Warning of two nations at three levels, the pact apart from the rest by a gain."""
    random = np.random.default_rng(1)
    made = 100.0 + random.normal(0.0, 5.0, (runs, 1, 2, 1)) + np.zeros((runs, 3, 2, 2))
    made[:, PACT] += np.array(gains)[None, :, None] + random.normal(0.0, spread, (runs, 2, 1))
    return made


def test_the_headline_tells_gain_from_loss_with_the_interval_the_verdict_came_from():
    text, summary = said(warnings((42.0, -30.0)))
    gain, loss = (summary.entry("pact", code, "warning_median_s").difference for code in MANIFEST.nations)
    assert (gain.verdict, loss.verdict) == ("better", "worse")
    bounds = f"[{gain.simultaneous_low:.0f}, {gain.simultaneous_high:.0f}]"
    assert f"Under “pact”, Aland gains {gain.value:.0f} s {bounds}" in text
    turned = f"[{-loss.simultaneous_high:.0f}, {-loss.simultaneous_low:.0f}]"
    assert f"Bland loses {-loss.value:.0f} s {turned} of median warning against “today”." in text


def test_the_headline_says_what_is_not_resolved_and_what_would_not_matter():
    text, _ = said(warnings((0.0, 3.0), spread=200.0))
    assert text.startswith("Under “pact”, no nation is shown to gain or lose median warning against “today”.")
    assert "With n = 30 it is not resolved for any of the 2 nations." in text
    assert " gains " not in text
    text, _ = said(warnings((42.0, 0.0), spread=np.array([[[1.0], [200.0]]])))
    assert "gains" in text
    assert "Not resolved with n = 30: Bland." in text
    text, _ = said(warnings((1.0, -1.0)))
    assert (
        "For Aland and Bland the change in median warning is smaller than the 10 s that would matter." in text
    )


def test_the_headline_names_airliners_fired_at_and_bounds_a_zero():
    text, _ = said()
    assert "No civil aircraft was fired at, at any level: 0 in 30 paired runs" in text
    fired = column(30)
    fired[:3, TODAY, 0] = 1.0
    text, _ = said(columns={"civil_engaged": fired})
    assert "Civil aircraft were fired at: 0.10 [" in text
    assert "at “today”." in text
    assert "No civil aircraft" not in text


def test_a_scenario_without_a_raid_is_about_false_alerts():
    text, _ = said(columns={"false_alerts": column(30, 2.0)}, families=())
    assert text.startswith("No raid was flown")
    assert "4.0 [4.0, 4.0] at “pact”" in text
    assert " gains " not in text


def test_one_run_is_one_run():
    text, _ = said(runs=1)
    assert "0 in 1 paired run, which" in text


def test_leakers_are_counted_in_the_direction_they_change():
    leakers = column(30, 5.0) + np.random.default_rng(2).normal(0.0, 0.1, (30, 3, 2))
    leakers[:, PACT] -= 2.0
    fewer, summary = said(columns={"leakers": leakers})
    apart = summary.entry("pact", "all", "leakers").difference
    bounds = f"[{-apart.simultaneous_high:.1f}, {-apart.simultaneous_low:.1f}]"
    assert f"{-apart.value:.1f} {bounds} fewer raid objects a raid" in fewer
    leakers[:, PACT] += 4.0
    more, summary = said(columns={"leakers": leakers})
    apart = summary.entry("pact", "all", "leakers").difference
    bounds = f"[{apart.simultaneous_low:.1f}, {apart.simultaneous_high:.1f}]"
    assert f"{apart.value:.1f} {bounds} more raid objects a raid" in more


def test_what_else_is_shown_for_all_nations_is_told_with_sign_and_verdict():
    gospa = column(30, 9e3) + np.random.default_rng(3).normal(0.0, 10.0, (30, 3, 2))
    gospa[:, PACT] -= 2_500.0
    text, _ = said(columns={"gospa_m": gospa})
    assert (
        "Shown for all nations together: picture error \u22122.5 km [\u22122.5, \u22122.5], better." in text
    )
    assert "Shown for" not in said()[0]


def test_only_finite_numbers_enter_the_json():
    assert number(math.nan) is None
    assert number(-math.inf) is None
    assert number(1.23456789) == 1.234568


# ------------------------------------------------------------------------------------------------- the replay


def test_what_is_packed_is_what_was_recorded_on_the_maps_grid():
    held = unpacked(replay_of(tables(), MANIFEST, BOX))
    path = held["truth"][BALLISTIC]
    assert [row["t_s"] for row in path] == list(np.arange(0.0, 411.0, 10.0))
    for row in path:
        lat, lon, height_m = geodetic_from_ecef(place_of(BALLISTIC, row["t_s"]))
        assert abs(math.degrees(lat) - BOX.south - row["y"] * STEP_DEG) <= 0.501 * STEP_DEG
        assert abs(math.degrees(lon) - BOX.west - row["x"] * STEP_DEG) <= 0.501 * STEP_DEG
        assert abs(height_m - 100 * row["height"]) <= 51.0


def test_a_pictures_tracks_keep_class_firmness_identity_and_sources():
    held = unpacked(replay_of(tables(), MANIFEST, BOX))
    by_class = {path[0]["flags"] & 7: path for path in held["pictures"][2 * PACT + 1]}
    assert set(by_class) == {kind for kind, *_ in FLIGHTS.values()}
    ballistic = by_class[0]
    assert [row["t_s"] for row in ballistic][:2] == [50.0, 60.0]
    assert [row["flags"] >> 3 & 1 for row in ballistic][:4] == [0, 0, 0, 1]
    assert {row["flags"] >> 4 & 7 for row in ballistic} == {4}
    assert {row["sources"] for row in ballistic} == {2}
    assert all(50 * 2 ** (row["sigma"] / 2) == 400 for row in ballistic)


def test_a_small_picture_is_shown_whole():
    stated = replay_of(tables(), MANIFEST, BOX).header["thinning"]
    assert (stated["raid_s"], stated["coded_s"]) == (10.0, 10.0)
    assert stated["kept"] == stated["rows"]


def test_a_large_picture_is_thinned_in_its_coded_traffic_first_and_says_so(monkeypatch):
    whole = replay_of(tables(), MANIFEST, BOX).header["thinning"]["rows"]
    monkeypatch.setattr(report_replay, "MOST_ROWS", int(0.7 * whole))
    replay = replay_of(tables(), MANIFEST, BOX)
    stated = replay.header["thinning"]
    assert stated["kept"] <= 0.7 * whole
    assert stated["raid_s"] == 10.0
    assert stated["coded_s"] > 10.0
    civil = next(
        path for path in unpacked(replay)["pictures"][0] if path[0]["flags"] & 7 == FLIGHTS[CIVIL][0]
    )
    assert set(np.diff([row["t_s"] for row in civil])) == {stated["coded_s"]}


def test_a_picture_too_large_even_so_is_thinned_throughout(monkeypatch):
    monkeypatch.setattr(report_replay, "MOST_ROWS", 1)
    stated = replay_of(tables(), MANIFEST, BOX).header["thinning"]
    assert (stated["raid_s"], stated["coded_s"]) == (60.0, 240.0)


def test_what_never_enters_the_map_is_left_out():
    only_west = Box(20.0, 44.0, 31.0, 46.5)
    held = unpacked(replay_of(tables(), MANIFEST, only_west))
    assert set(held["truth"]) == {BALLISTIC, CIVIL}


def test_events_become_spans_shots_kills_and_arrivals():
    level = replay_of(tables(), MANIFEST, BOX).header["levels"]
    assert level[TODAY]["alerts"] == [[0, 150.0, 460.0]]
    assert level[PACT]["alerts"] == [[0, 90.0, 460.0]]
    assert level[PACT]["shots"] == [[0, 300.0, 352.0, 2, 0, 1]]
    assert level[TODAY]["kills"] == []
    assert level[PACT]["kills"] == [(0, 352.0)]
    assert level[PACT]["arrivals"] == [[0, 415.0, 0, 0], [1, 595.0, 2, 1]]


# --------------------------------------------------------------------------------------------------- the map


@given(st.lists(st.tuples(st.floats(40, 60), st.floats(15, 35)), min_size=3, max_size=12))
def test_a_clipped_ring_lies_in_the_box(ring):
    for x, y in clipped_ring(ring, BOX):
        assert BOX.west - 1e-9 <= x <= BOX.east + 1e-9
        assert BOX.south - 1e-9 <= y <= BOX.north + 1e-9


def test_clipping_cuts_what_is_outside_and_keeps_what_is_inside():
    inside = [(45.0, 21.0), (46.0, 21.0), (46.0, 22.0)]
    assert set(clipped_ring(inside, BOX)) == set(inside)
    assert clipped_ring([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], BOX) == []
    half = clipped_ring([(53.0, 22.0), (55.0, 22.0), (55.0, 24.0), (53.0, 24.0)], BOX)
    assert {(54.0, 22.0), (54.0, 24.0)} <= set(half)
    assert clipped_line([(43.0, 22.0), (45.0, 22.0), (46.0, 22.0), (60.0, 22.0), (61.0, 22.0)], BOX) == [
        [(43.0, 22.0), (45.0, 22.0), (46.0, 22.0), (60.0, 22.0)]
    ]


@given(st.lists(st.floats(0, 5), min_size=2, max_size=40), st.floats(0.01, 0.3))
def test_points_left_out_of_a_simplified_line_lay_within_the_tolerance(heights, tolerance):
    line = list(zip(map(float, range(len(heights))), heights, strict=True))
    kept = [round(x) for x, _ in simplified(line, tolerance)]
    assert (kept[0], kept[-1]) == (0, len(line) - 1)
    for a, b in itertools.pairwise(kept):
        slope = (heights[b] - heights[a]) / (b - a)
        for i in range(a + 1, b):
            off = abs(heights[i] - heights[a] - slope * (i - a)) / math.hypot(1.0, slope)
            assert off <= tolerance + 1e-9


def test_the_map_holds_the_countries_and_their_neighbours_names():
    made = land(BOX, ("BHR", "QAT"))
    assert set(made["countries"]) == {"BHR", "QAT"}
    assert made["land"]
    assert made["borders"]
    members = {name for name, _, _, member in made["labels"] if member}
    assert "Qatar" in members
    assert any(name == "Saudi Arabia" and not member for name, _, _, member in made["labels"])


def test_the_box_has_a_margin_about_every_point():
    box = box_around(np.array([25.0, 26.0]), np.array([50.0, 51.5]))
    assert (box.south, box.west, box.north, box.east) == (24.0, 49.0, 27.0, 52.5)
    assert box_around(np.zeros(0), np.zeros(0)).north > box_around(np.zeros(0), np.zeros(0)).south


def ranges_m(line, lat_deg, lon_deg):
    """Distances from a point to those of a line of grid steps (small angles)."""
    x, y = np.cumsum(np.array(line).reshape(-1, 2), axis=0).T
    north = BOX.south + y * STEP_DEG - lat_deg
    east = (BOX.west + x * STEP_DEG - lon_deg) * np.cos(np.radians(lat_deg))
    return np.hypot(north, east) * 111_195.0


def test_a_range_circle_has_its_radius():
    made = ranges_m(circle(math.radians(25.0), math.radians(50.0), 50e3, BOX), 25.0, 50.0)
    assert made == pytest.approx(50e3, rel=0.01)


def test_coverage_over_the_sea_ends_at_the_radar_horizon():
    """4/3 Earth: sqrt(2 k R) (sqrt(antenna) + sqrt(target)), ITU-R P.310."""
    sea = flat_terrain(15.0, 40.0, 35.0, 60.0)
    reach = sector_reach(300e3, 0.0, 2 * math.pi)
    low, high = coverage(sea, math.radians(25.0), math.radians(50.0), 20.0, reach, BOX)
    horizon_m = math.sqrt(2 * 4 / 3 * 6_371_008.8) * (math.sqrt(20.0) + math.sqrt(100.0))
    assert ranges_m(low, 25.0, 50.0) == pytest.approx(horizon_m, abs=3_000.0)
    assert np.median(ranges_m(high, 25.0, 50.0)) > 240e3


def test_a_sector_sees_nothing_behind_it():
    reach = sector_reach(100e3, math.pi / 2, math.radians(120.0))
    bearings = 360.0 * np.arange(COVERAGE_AZIMUTHS) / COVERAGE_AZIMUTHS
    assert np.array_equal(reach > 0.0, np.abs(bearings - 90.0) <= 60.0)


# --------------------------------------------------------------------------------- beside a scenario that is read


def test_a_readable_scenario_gives_levels_sensors_and_terrain(tmp_path):
    loaded = load("gulf-small")
    levels = ("national", "today", "pact")
    request = Request(loaded, 2, 1, levels, parse_treatments(()), 1, tmp_path / "run")
    _, manifest = prepare_campaign(request)
    folder = record(tmp_path / "run", manifest, builtin_text("gulf-small"))
    data = report_data(folder, summary_of(folder)).document
    assert {"today", "pact"} <= set(data["definitions"])
    assert all(basis for lines in data["definitions"].values() for *_, basis in lines)
    assert data["map"]["terrain"][1] is True
    kinds = {sensor[2] for sensor in data["map"]["sensors"]}
    assert {"radar", "cooperative"} <= kinds
    assert all(len(sensor[6]) == 3 for sensor in data["map"]["sensors"])
    assert [title for _, title in data["families"]] == [family.title for family in loaded.scenario.families]


def test_without_a_readable_scenario_sensors_show_their_range_alone(campaign):
    data = embedded(campaign[2], "data")
    assert data["definitions"] == {}
    assert data["map"]["terrain"] is None
    assert [len(sensor[6]) for sensor in data["map"]["sensors"]] == [1]
