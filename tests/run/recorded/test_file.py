from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.earth.frame import enu_from_ecef, geodetic_from_ecef
from skypact.errors import UsageError
from skypact.model.recording import ABSENT
from skypact.run.recorded.file import (
    address_text,
    code_text,
    geojson_text,
    instant_text,
    kinematics,
    parquet_table,
    write_geojson,
    write_parquet,
    write_whole,
    write_with,
)
from tests.run.recorded.made import (
    SIGMAS_M,
    SITE,
    START_NS,
    geographic,
    line,
    recording,
    spread,
    without_levels,
)


@pytest.fixture(scope="module")
def two():
    lines = [line(20e3, 30e3, 90.0, 20), line(-50e3, 10e3, 180.0, 12, 150.0, first_s=7.5)]
    return recording(lines, [0o2101, np.array([ABSENT] + [0o7000] * 11)], lost=3)


def test_a_row_is_a_track_point_in_order_of_track_and_time(two, tmp_path):
    write_parquet(tmp_path / "tracks.parquet", two)
    table = pq.read_table(tmp_path / "tracks.parquet")
    assert table.num_rows == 32
    order = np.lexsort((two.points.t_ns, two.points.track_id))
    assert table["track_id"].to_pylist() == two.points.track_id[order].tolist()
    assert table["t"].cast(pa.int64()).to_pylist() == two.points.t_ns[order].tolist()
    assert table.schema.field("t").type == pa.timestamp("ns", "UTC")
    lat, lon, height = geodetic_from_ecef(two.points.pos_ecef_m[order])
    assert np.allclose(table["lat_deg"], np.degrees(lat), atol=1e-12)
    assert np.allclose(table["lon_deg"], np.degrees(lon), atol=1e-12)
    assert np.allclose(table["height_m"], height)
    plot = two.points.plot[order]
    assert np.allclose(table["range_m"], two.plots.range_m[plot])
    assert np.allclose(table["bearing_deg"], np.degrees(two.plots.bearing_rad[plot]))
    assert table["byte_offset"].to_pylist() == two.plots.byte_offset[plot].tolist()
    assert table["mode_3a"].to_pylist() == ["2101"] * 20 + [None] + ["7000"] * 11
    assert table["address"].to_pylist() == [None] * 32
    assert set(table["radar"].to_pylist()) == {"25/10"}


def test_motion_is_told_as_it_was_made(two):
    moving = kinematics(two)
    first = two.points.track_id == 1
    # The lines are straight in the radar's plane; the local vertical and north differ by the distance over the Earth's
    # radius, under a hundredth here.
    assert np.allclose(moving.speed_mps[first], 200.0, rtol=1e-3)
    assert np.allclose(np.degrees(moving.course_rad[first]), 90.0, atol=0.7)
    assert np.allclose(np.degrees(moving.course_rad[~first]), 180.0, atol=0.7)
    assert np.abs(moving.climb_mps).max() < 2.0
    assert np.allclose(moving.sigma_horizontal_m, SIGMAS_M[0], rtol=1e-3)


def test_columns_say_their_units_and_the_file_what_it_is(two):
    schema = parquet_table(two).schema
    units = {field.name: field.metadata[b"unit"].decode() for field in schema}
    assert units["height_m"] == "m"
    assert units["lat_deg"] == "deg"
    assert units["t"] == "ns"
    for field in schema:
        suffix = field.name.rpartition("_")[2]
        if suffix in {"m", "deg", "mps"}:
            assert units[field.name] == {"m": "m", "deg": "deg", "mps": "m/s"}[suffix]
    about = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert about["recording"] == "made.pcap"
    assert about["note"] == "exercise/analysis: a radar recording, not truth"
    assert "50.000000,8.500000,100.0" in about["site"]
    assert "plane" not in about


def test_without_a_site_there_are_metres_in_the_radars_plane_and_no_place_on_earth(two):
    lines = [line(20e3, 30e3, 90.0, 20)]
    plane = recording(lines, [0o2101], known=False)
    table = parquet_table(plane)
    assert not {"lat_deg", "lon_deg"} & set(table.column_names)
    assert np.allclose(table["x_m"], lines[0][1][:, 0], atol=1e-3)
    assert np.allclose(table["y_m"], lines[0][1][:, 1], atol=1e-3)
    assert np.allclose(table["course_deg"], 90.0, atol=1e-6)
    assert b"25/10 is not known" in table.schema.metadata[b"plane"]
    with pytest.raises(UsageError, match="position is not known"):
        geojson_text(plane)


def test_radars_with_and_without_a_place_stand_in_one_file(two):
    mixed = spread(two, 1 * 256 + 2, [2])
    table = parquet_table(mixed)
    placed = np.array(table["track_id"]) == 1
    assert [value is not None for value in table["lat_deg"].to_pylist()] == placed.tolist()
    assert [value is None for value in table["x_m"].to_pylist()] == placed.tolist()
    assert [feature["id"] for feature in json.loads(geojson_text(mixed))["features"]] == [1]


def test_geojson_is_what_the_standard_says(two, tmp_path):
    write_geojson(tmp_path / "tracks.geojson", two)
    found = json.loads((tmp_path / "tracks.geojson").read_text())
    assert found["type"] == "FeatureCollection"
    assert "crs" not in found
    assert [feature["geometry"]["type"] for feature in found["features"]] == ["LineString", "LineString"]
    first = found["features"][0]
    lat, lon, height = geodetic_from_ecef(two.points.pos_ecef_m[two.points.track_id == 1])
    expected = np.stack([np.degrees(lon), np.degrees(lat), height], axis=1)
    assert np.allclose(first["geometry"]["coordinates"], expected, atol=0.051)
    assert np.allclose(np.array(first["geometry"]["coordinates"])[:, :2], expected[:, :2], atol=5.1e-7)
    about = first["properties"]
    assert about["mode_3a"] == ["2101"]
    assert about["points"] == 20
    assert about["first"] == "2026-03-02T09:00:01.000Z"
    assert about["last"] == "2026-03-02T09:01:17.000Z"
    assert about["mean_speed_kn"] == pytest.approx(200.0 / (1852 / 3600), rel=1e-3)


def rows_of(tracked, track):
    """Rows of a track's points, in order of time, and of their plots."""
    rows = np.flatnonzero(tracked.points.track_id == track)
    rows = rows[np.argsort(tracked.points.t_ns[rows], kind="stable")]
    return rows, tracked.points.plot[rows]


def test_a_track_without_any_flight_level_has_no_height_anywhere(two):
    blind = without_levels(two, rows_of(two, 2)[1])
    table = parquet_table(blind)
    second = np.array(table["track_id"]) == 2
    for name in ("height_m", "climb_mps"):
        assert [value is None for value in table[name].to_pylist()] == second.tolist()
        assert not np.isnan(table[name].drop_null()).any()
    seen, unseen = json.loads(geojson_text(blind))["features"]
    assert {len(at) for at in seen["geometry"]["coordinates"]} == {3}
    assert {len(at) for at in unseen["geometry"]["coordinates"]} == {2}
    assert unseen["geometry"]["type"] == "LineString"
    assert (unseen["properties"]["lowest_m"], unseen["properties"]["highest_m"]) == (None, None)
    assert seen["properties"]["lowest_m"] > 8000.0


def test_a_height_is_told_from_the_first_flight_level_on_and_kept(two):
    _, plot = rows_of(two, 1)
    late = without_levels(two, [*plot[:7], *plot[9:]])
    heights = parquet_table(late)["height_m"].to_pylist()[:20]
    assert [height is None for height in heights] == [True] * 7 + [False] * 13
    before = json.loads(geojson_text(two))["features"][0]
    after = json.loads(geojson_text(late))["features"][0]
    flat, high = after["geometry"]["coordinates"]
    whole = before["geometry"]["coordinates"]
    assert flat == [at[:2] for at in whole[:8]]
    assert high == whole[7:]
    told = [at[2] for at in high]
    assert (after["properties"]["lowest_m"], after["properties"]["highest_m"]) == (min(told), max(told))


def test_a_flight_level_from_before_the_first_point_counts(two):
    _, plot = rows_of(two, 1)
    kept = np.flatnonzero(~np.isin(two.points.plot, plot[:3]))
    points = type(two.points)(*(getattr(two.points, k)[kept] for k in two.points.__dataclass_fields__))
    tentative = without_levels(replace(two, points=points), [plot[0], *plot[2:]])
    assert tentative.height_known().all()
    never = without_levels(tentative, plot[:3])
    assert never.height_known().tolist() == (points.track_id == 2).tolist()


@given(st.integers(1, 9), st.sets(st.integers(0, 8)), st.booleans())
def test_every_line_of_a_track_has_heights_throughout_or_not_at_all(count, lost, across):
    lon = 179.95 + 0.02 * np.arange(count) if across else 0.02 * np.arange(count)
    lon = (lon + 180.0) % 360.0 - 180.0
    tracked = without_levels(geographic(np.full(count, 10.0), lon), [k for k in lost if k < count])
    feature = json.loads(geojson_text(tracked))["features"][0]
    geometry = feature["geometry"]
    if count == 1:
        assert len(geometry["coordinates"]) == (2 if 0 in lost else 3)
        return
    many = geometry["type"] == "MultiLineString"
    parts = geometry["coordinates"] if many else [geometry["coordinates"]]
    sizes = [{len(at) for at in part} for part in parts]
    assert all(len(part) >= 2 for part in parts)
    assert all(len(size) == 1 for size in sizes)
    first = min(set(range(count)) - lost, default=count)
    assert ({2} in sizes) == (first > 0)
    assert ({3} in sizes) == (first < count - 1 or first == 0)
    for before, after in itertools.pairwise(parts):
        assert before[-1][:2] == after[0][:2] or before[-1][0] == -after[0][0]


def test_the_same_tracks_give_the_same_bytes(two):
    shuffled = np.random.Generator(np.random.Philox(1)).permutation(len(two.points))
    points = type(two.points)(
        *(getattr(two.points, name)[shuffled] for name in two.points.__dataclass_fields__)
    )
    assert geojson_text(two) == geojson_text(replace(two, points=points))


def test_a_track_of_one_point_is_a_point(two):
    found = json.loads(geojson_text(recording([line(1e4, 1e4, 0.0, 1)], [0o1])))
    assert found["features"][0]["geometry"]["type"] == "Point"
    assert len(found["features"][0]["geometry"]["coordinates"]) == 3


def test_no_tracks_are_empty_files(two):
    none = replace(two.points, **{k: getattr(two.points, k)[:0] for k in two.points.__dataclass_fields__})
    empty = replace(two, points=none)
    assert parquet_table(empty).num_rows == 0
    assert json.loads(geojson_text(empty))["features"] == []


@given(
    st.lists(st.integers(-6, 6), min_size=2, max_size=30),
    st.floats(-80.0, 80.0),
)
def test_a_line_never_crosses_the_antimeridian(steps, lat_deg):
    lon = (180.0 + np.cumsum(steps) * 0.7 + 180.0 + 0.1) % 360.0 - 180.0
    lat = np.full(len(lon), lat_deg) + 0.01 * np.arange(len(lon))
    geometry = json.loads(geojson_text(geographic(lat, lon)))["features"][0]["geometry"]
    many = geometry["type"] == "MultiLineString"
    parts = [np.array(part) for part in (geometry["coordinates"] if many else [geometry["coordinates"]])]
    for part in parts:
        assert len(part) >= 2
        assert np.abs(np.diff(part[:, 0])).max() < 180.0
    for before, after in itertools.pairwise(parts):
        assert before[-1][0] == -after[0][0]
        assert abs(before[-1][0]) == 180.0
        assert before[-1][1:].tolist() == after[0][1:].tolist()
    inner = np.concatenate([part[np.abs(part[:, 0]) < 180.0] for part in parts])
    assert np.allclose(inner[:, 0], lon[np.abs(np.round(lon, 6)) < 180.0], atol=1e-6)


def test_a_crossing_is_cut_where_the_line_meets_the_antimeridian():
    found = json.loads(geojson_text(geographic(np.array([10.0, 11.0]), np.array([179.0, -178.0]), 9000.0)))
    west, east = found["features"][0]["geometry"]["coordinates"]
    assert west[-1] == pytest.approx([180.0, 10.0 + 1.0 / 3.0, 9000.0], abs=1e-5)
    assert east[0] == pytest.approx([-180.0, 10.0 + 1.0 / 3.0, 9000.0], abs=1e-5)


@given(st.integers(0, 4095), st.integers(0, 2**24 - 1))
def test_codes_and_addresses_read_back(code, address):
    code_written, address_written = code_text(code) or "", address_text(address) or ""
    assert (len(code_written), int(code_written, 8)) == (4, code)
    assert (len(address_written), int(address_written, 16)) == (6, address)


def test_what_is_absent_has_no_text():
    assert code_text(ABSENT) is None
    assert address_text(ABSENT) is None


def test_instants_are_utc_to_the_millisecond():
    assert instant_text(START_NS + 1_234_567_890) == "2026-03-02T09:00:01.234Z"


def test_a_failed_write_leaves_what_was_there_and_nothing_beside_it(tmp_path):
    path = tmp_path / "tracks.geojson"
    write_whole(path, b"old")

    def interrupted(part):
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_with(path, interrupted)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["missing/tracks.parquet", "file/tracks.parquet"])
def test_a_folder_that_cannot_be_written_to_is_told(two, tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Choose a folder"):
        write_parquet(tmp_path / name, two)


@pytest.mark.parametrize("write", [write_parquet, write_geojson])
def test_a_file_that_cannot_be_replaced_is_told_and_leaves_nothing_behind(two, tmp_path, write):
    (tmp_path / "tracks").mkdir()
    with pytest.raises(UsageError, match=r"writing .*tracks"):
        write(tmp_path / "tracks", two)
    assert [path.name for path in tmp_path.iterdir()] == ["tracks"]


def test_positions_agree_with_the_plots_they_came_from(two):
    enu = enu_from_ecef(two.points.pos_ecef_m, *SITE)
    assert np.allclose(np.linalg.norm(enu, axis=1), two.plots.range_m[two.points.plot])
    bearing = np.arctan2(enu[:, 0], enu[:, 1]) % (2.0 * math.pi)
    assert np.allclose(bearing, two.plots.bearing_rad[two.points.plot])
