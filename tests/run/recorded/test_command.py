"""`skypact track` as a user has it: options, what is printed, what is written."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from skypact.errors import UsageError
from skypact.run.recorded.command import parse_clock, parse_editions, parse_radar, parse_sites


def skypact(*arguments, folder, status=0, **more):
    """Run the command and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", "from skypact.cli import main; main()", *map(str, arguments)],
        cwd=folder, capture_output=True, check=False, timeout=600, **more,
    )  # fmt: skip
    assert done.returncode == status, done.stderr.decode() + done.stdout.decode()
    return done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the sample, tracked and compared."""
    path = tmp_path_factory.mktemp("track")
    skypact("sample", "sample", folder=path)
    text, _ = skypact("track", "sample/radar.pcap", "--compare", "sample/system.pcap", folder=path)
    (path / "printed.txt").write_text(text, encoding="utf-8")
    return path


def summary(folder, name="radar"):
    return json.loads((folder / "skypact-tracks" / name / "summary.json").read_text(encoding="utf-8"))


def test_places_of_radars_are_read():
    assert parse_sites(["-26.75,-60.48,92"]) == {None: (math.radians(-26.75), math.radians(-60.48), 92.0)}
    assert parse_sites(["25/10=26,50,0", "25/11=26,51,0"])[25 * 256 + 11] == (
        math.radians(26), math.radians(51), 0.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "26,50", "91,0,0", "26,181,0", "26,50,x", "26,50,nan", "a=1,2,3", "1/2=1,2"]
)
def test_what_is_no_place_is_refused(text):
    with pytest.raises(UsageError):
        parse_sites([text])


def test_two_places_for_one_radar_are_refused():
    with pytest.raises(UsageError, match="two places"):
        parse_sites(["26,50,0", "26,51,0"])


def test_radars_clocks_and_editions_are_read_or_refused():
    assert parse_radar("226/232") == 226 * 256 + 232
    assert (parse_clock("radar"), parse_clock("capture")) == (False, True)
    assert parse_editions(["048=1.27"]) == {48: "1.27"}
    for parse, text in ((parse_radar, "226"), (parse_radar, "1/256"), (parse_clock, "gps")):
        with pytest.raises(UsageError):
            parse(text)
    with pytest.raises(UsageError, match=r"Known are 034: .*1\.27"):
        parse_editions(["048=9.9"])


def test_it_prints_radar_tracks_and_comparison(folder):
    text = (folder / "printed.txt").read_text(encoding="utf-8")
    for part in (
        "Radar 25/10 (SAC/SIC)", "4.800 s", "north markers", "primary", "I034/120", "with codes", "codes hidden",
        "purity", "continuity", "code changes", "gaps", "range bias", "bearing bias", "time bias",
        "ours minus theirs", "median distance", "2000 to 2110", "tracks.parquet",
    ):  # fmt: skip
        assert part in text, part


def test_the_summary_holds_what_is_printed(folder):
    found = summary(folder)
    radar = found["radars"][0]
    assert found["recording"]["records"] == {"034": 10296, "048": 3384, "062": 0}
    assert set(radar["tracked"]) == {"codes", "codes hidden"}
    hidden = radar["tracked"]["codes hidden"]
    assert hidden["purity"] > 0.95  # an aircraft is given a new code
    assert hidden["purity_new_codes_allowed"] > 0.99
    bias = hidden["comparison"]["bias"]
    assert bias["range_nm"]["value"] == pytest.approx(150 / 1852, abs=0.01)
    assert bias["bearing_deg"]["value"] == pytest.approx(0.30, abs=0.02)
    assert bias["time_s"]["value"] == pytest.approx(0.60, abs=0.1)
    assert hidden["comparison"]["match"]["share_matched"]["value"] > 0.97
    unmatched = sum(cause["points"] for cause in hidden["comparison"]["match"]["unmatched"])
    match = hidden["comparison"]["match"]
    assert unmatched == round(match["points_in_their_time"] * (1.0 - match["share_matched"]["value"]))


def test_the_files_hold_the_tracks(folder):
    out = folder / "skypact-tracks/radar"
    found = summary(folder)
    points = pq.read_table(out / "tracks.parquet")
    codes = found["radars"][0]["tracked"]["codes"]
    assert points.num_rows == codes["track_points"]
    ids = set(points.column("track_id").to_pylist())
    assert ids == {row["track_id"] for row in codes["tracks"]}
    lines = json.loads((out / "tracks.geojson").read_text(encoding="utf-8"))
    assert len(lines["features"]) == len(ids)
    assert set(found["files"].values()) == {file.name for file in out.iterdir()}


def test_the_same_command_writes_the_same_tracks(folder, tmp_path):
    skypact("track", folder / "sample/radar.pcap", "--out", tmp_path / "again", folder=tmp_path)
    one = pq.read_table(folder / "skypact-tracks/radar/tracks.parquet")
    two = pq.read_table(tmp_path / "again/tracks.parquet")
    assert one.equals(two)
    geo = (folder / "skypact-tracks/radar/tracks.geojson").read_bytes()
    assert (tmp_path / "again/tracks.geojson").read_bytes() == geo


def test_what_an_earlier_command_left_and_this_one_does_not_make_is_gone(folder, tmp_path):
    radar, system = folder / "sample/radar.pcap", folder / "sample/system.pcap"
    skypact("track", radar, "--no-codes", "--compare", system, "--out", "out", folder=tmp_path)
    (tmp_path / "out/mine.txt").write_text("kept")
    assert (tmp_path / "out/comparison-codes-hidden.png").exists()
    text, _ = skypact("track", radar, "--no-codes", "--clock", "capture", "--out", "out", folder=tmp_path)
    found = json.loads((tmp_path / "out/summary.json").read_text(encoding="utf-8"))
    assert {file.name for file in (tmp_path / "out").iterdir()} == {*found["files"].values(), "mine.txt"}
    assert "by the capture's clock" in " ".join(text.split())


def test_hidden_codes_go_into_a_folder_of_their_own_and_json_is_the_summary(folder):
    text, _ = skypact("track", "sample/radar.pcap", "--no-codes", "--json", folder=folder)
    assert json.loads(text) == summary(folder, "radar-no-codes")
    assert set(json.loads(text)["radars"][0]["tracked"]) == {"codes hidden"}


def test_without_a_place_it_says_so_and_writes_no_map(folder, tmp_path):
    from skypact.interop.asterix import decode, encode_block, records
    from skypact.interop.capture import Reader

    data = (folder / "sample/radar.pcap").read_bytes()
    reader = Reader("radar.pcap")
    got = reader.feed(data)
    tables = decode(got.data, got.begin, got.end).tables
    (tmp_path / "plots.ast").write_bytes(
        b"".join(encode_block(48, [record]) for record in records(tables[48]))
    )
    text, _ = skypact("track", "plots.ast", folder=tmp_path)
    assert "own plane" in text
    assert "(plots)" in text  # the revolution: there are no service messages
    out = tmp_path / "skypact-tracks/plots"
    assert not (out / "tracks.geojson").exists()
    names = pq.read_schema(out / "tracks.parquet").names
    assert {"x_m", "y_m"} <= set(names)
    assert "lat_deg" not in names


def test_a_pipe_is_read(folder, tmp_path):
    data = (folder / "sample/radar.pcap").read_bytes()
    text, _ = skypact("track", "-", "--out", "piped", folder=tmp_path, input=data)
    assert "Radar 25/10" in text
    one = pq.read_table(tmp_path / "piped/tracks.parquet")
    assert one.equals(pq.read_table(folder / "skypact-tracks/radar/tracks.parquet"))


def test_a_cut_recording_is_tracked_as_far_as_it_goes_and_said_to_be_cut(folder, tmp_path):
    data = (folder / "sample/radar.pcap").read_bytes()
    (tmp_path / "cut.pcap").write_bytes(data[: len(data) // 2 + 7])
    text, _ = skypact("track", "cut.pcap", folder=tmp_path)
    assert "Could not be read" in text
    found = summary(tmp_path, "cut")
    assert len(found["recording"]["faults"]) == 1
    assert 1000 < found["radars"][0]["plots"] < 3000


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"", "empty"), (b"range,bearing\n1,2\n" * 99, "text"), (b"\x1f\x8b\x08" + bytes(99), "gzip")],
)
def test_what_is_no_recording_is_one_message_and_status_2(content, part, tmp_path):
    (tmp_path / "bad.pcap").write_bytes(content)
    text, err = skypact("track", "bad.pcap", folder=tmp_path, status=2)
    assert text == ""
    assert part in err
    assert "Traceback" not in err
    assert not (tmp_path / "skypact-tracks").exists()


def test_a_missing_file_and_a_wrong_option_are_status_2(folder, tmp_path):
    _, err = skypact("track", "nowhere.pcap", folder=tmp_path, status=2)
    assert "nowhere.pcap" in err
    _, err = skypact("track", folder / "sample/radar.pcap", "--radar", "1/2", folder=tmp_path, status=2)
    assert "25/10" in err
    _, err = skypact(
        "track",
        folder / "sample/radar.pcap",
        "--compare",
        folder / "sample/radar.pcap",
        folder=tmp_path,
        status=2,
    )
    assert "no track updates" in err


@pytest.mark.parametrize("codes", [(), ("--no-codes",)])
def test_the_real_radar_is_tracked_and_agrees_with_the_operational_system(real_data, tmp_path, codes):
    asterix = real_data / "asterix"
    place = json.loads((asterix / "arg_site_226_232.json").read_text(encoding="utf-8"))["location"]
    site = f"{place['latitude']},{place['longitude']},{place['altitude']}"
    skypact(
        "track", asterix / "arg_260429.pcap", "--site", site, "--compare", asterix / "arg_fds260429.pcap",
        "--out", "out", *codes, folder=tmp_path,
    )  # fmt: skip
    found = json.loads((tmp_path / "out/summary.json").read_text(encoding="utf-8"))
    radar = found["radars"][0]
    assert radar["radar"] == "226/232"
    assert radar["revolution_s"] == pytest.approx(7.633, abs=0.002)
    assert radar["plots"] == 3541
    assert len(radar["tracked"]) == 2 - len(codes)
    for tracked in radar["tracked"].values():
        assert tracked["purity"] > 0.995
        assert tracked["continuity"] > 0.99
        assert tracked["swaps"] == 0
        match = tracked["comparison"]["match"]
        assert match["share_matched"]["value"] >= 0.90
        assert match["median_nm"]["value"] <= 0.15
        assert match["same_code"]["value"] > 0.99
        bias = tracked["comparison"]["bias"]
        assert abs(bias["range_nm"]["value"]) == pytest.approx(0.10, abs=0.03)
        assert abs(bias["bearing_deg"]["value"]) == pytest.approx(0.54, abs=0.03)
        assert np.isfinite(bias["time_s"]["low"])
