"""`skypact locate`: what is read, what is found, what is written, and what is said of bad input."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from matplotlib.image import imread
from rich.console import Console

from skypact.errors import InputError, UsageError
from skypact.kernels.multilateration import SOLVED
from skypact.run.locate.command import FILES, locate, make_sample, print_result, request_of
from skypact.run.locate.reading import MOST_FAULTS, read_messages, read_stations
from skypact.run.locate.sample import LATE_S, PRESSURE_ABOVE_M, SIGMA_S, write_sample
from skypact.run.locate.study import Variant, offsets_by_part, study


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    names = write_sample(folder)
    assert names == ["sensors.csv", "messages-1.csv", "messages-2.csv"]
    return folder


@pytest.fixture(scope="module")
def read(sample):
    stations = read_stations(sample / "sensors.csv")
    return read_messages([sample / "messages-1.csv", sample / "messages-2.csv"], stations), stations


@pytest.fixture(scope="module")
def calibrated(read):
    arrivals, stations = read
    return study(arrivals, stations, "reported", calibrate=True)


def test_the_sample_is_the_same_every_time(sample, tmp_path):
    for name in write_sample(tmp_path):
        assert (tmp_path / name).read_bytes() == (sample / name).read_bytes()


def test_rows_of_the_files_become_messages_and_arrivals(sample, read):
    arrivals, stations = read
    with (sample / "messages-2.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    start = len(arrivals) - len(rows)
    assert set(arrivals.source[:start].tolist()) == {0}
    assert set(arrivals.source[start:].tolist()) == {1}
    for k in (0, len(rows) - 1):
        i, row = start + k, rows[k]
        assert arrivals.number[i] == int(row["id"])
        assert arrivals.aircraft[i] == int(row["aircraft"])
        assert np.degrees(arrivals.lat_rad[i]) == pytest.approx(float(row["latitude"]))
        assert np.degrees(arrivals.lon_rad[i]) == pytest.approx(float(row["longitude"]))
        assert arrivals.height_m[i] == float(row["geoAltitude"])
        assert arrivals.pressure_height_m[i] == float(row["baroAltitude"])
        rest = slice(arrivals.first[i], arrivals.first[i + 1])
        expected = json.loads(row["measurements"])
        assert stations.number[arrivals.station[rest]].tolist() == [entry[0] for entry in expected]
        assert arrivals.t_ns[rest].tolist() == [entry[1] for entry in expected]


def test_station_offsets_and_timing_error_of_the_sample_are_found(calibrated):
    to_ns = 1e9 / 299_792_458.0
    offset_ns = calibrated.errors.offset_m * to_ns
    for number, expected in ((3, LATE_S[3]), (6, LATE_S[6])):
        row = calibrated.stations.number.tolist().index(number)
        others = np.median(np.delete(offset_ns, [2, 5]))
        assert offset_ns[row] - others == pytest.approx(1e9 * expected, abs=25.0)
    assert calibrated.results[0].sigma_s == pytest.approx(SIGMA_S, rel=0.15)
    assert calibrated.results[-1].sigma_s > 1.3 * calibrated.results[0].sigma_s


def test_times_that_are_no_nanoseconds_are_said(read):
    arrivals, stations = read
    micro = type(arrivals)(**{**vars(arrivals), "t_ns": arrivals.t_ns // 1_000})
    with pytest.raises(UsageError, match="nanoseconds"):
        study(micro, stations, "reported", calibrate=False)


def test_poor_clocks_are_no_fault_of_the_unit(read):
    """A microsecond of error is much, but positions tell of it and the residuals are said."""
    arrivals, stations = read
    late = np.random.default_rng(2).normal(0.0, 1_000.0, len(arrivals.t_ns)).astype(np.int64)
    poor = type(arrivals)(**{**vars(arrivals), "t_ns": arrivals.t_ns + late})
    best = study(poor, stations, "reported", calibrate=False).results[0]
    assert best.sigma_s == pytest.approx(1e-6, rel=0.2)
    assert (best.located.status == SOLVED).mean() > 0.95


def test_a_message_whose_times_do_not_agree_is_counted_and_has_no_place(sample, tmp_path):
    lines = (sample / "messages-1.csv").read_text().splitlines()
    rows = [next(csv.reader([line])) for line in lines[1:]]
    heard = json.loads(rows[0][7])
    for entry in heard[:3]:
        entry[1] += 40_000 * entry[0]
    rows[0][7] = json.dumps(heard)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = tmp_path / "wrong.csv"
    path.write_text(lines[0] + "\n" + text.getvalue())
    request = request_of([path], sample / "sensors.csv", "reported", False, tmp_path / "out")
    found = locate(request)
    assert found["variants"][0]["outcomes"]["times do not agree"] == 1
    table = pq.read_table(request.folder / "located.parquet")
    assert table["outcome"][0].as_py() == "times do not agree"
    assert table["lat_deg"][0].as_py() is None
    said = io.StringIO()
    print_result(found, request.folder, False, Console(file=said, width=120))
    assert "1 times do not agree" in said.getvalue()
    assert "error ns" in said.getvalue()
    late = {each["station"]: each for each in found["stations"]}
    assert 1.0 < late[3]["offset_error_ns"] < 15.0


def test_what_helps_helps(calibrated):
    by_text = {result.variant.text: np.nanmedian(result.horizontal_m) for result in calibrated.results}
    best = by_text["reported height, calibrated"]
    assert best < 0.85 * by_text["reported height"]
    assert best < 0.95 * by_text["no height, calibrated"]
    assert best < by_text["reported height, light as in a vacuum, calibrated"]
    assert best < 45.0
    upward = {result.variant.text: np.nanmedian(result.error_enu_m[:, 2]) for result in calibrated.results}
    assert abs(upward["reported height, calibrated"]) < 5.0
    assert 20.0 < upward["barometric height, calibrated"] < PRESSURE_ABOVE_M


def test_late_reports_show_along_the_course_only(calibrated):
    late = calibrated.arrivals.aircraft % 5 == 0
    lag = calibrated.lag_s
    assert np.nanmedian(lag[late]) == pytest.approx(1.0, abs=0.06)
    assert np.nanmedian(lag[~late]) == pytest.approx(0.1, abs=0.04)
    assert abs(np.nanmedian(calibrated.across_m)) < 5.0
    inside = np.abs(calibrated.across_m) < 1.96 * calibrated.across_sigma_m
    have = np.isfinite(calibrated.across_m)
    # The reports' own error of 8 m and the offsets' errors are not in the covariance.
    assert 0.85 < inside[have].mean() < 0.98


def test_calibration_never_uses_the_message_that_it_corrects(read):
    """Messages of the second file that lie about a station change the offsets of the first alone."""
    arrivals, stations = read
    lied = arrivals.t_ns.copy()
    own = np.repeat(arrivals.source, np.diff(arrivals.first)) == 1
    lied[own & (stations.number[arrivals.station] == 2)] += 5_000
    changed = type(arrivals)(**{**vars(arrivals), "t_ns": lied})
    variant = Variant("reported", calibrated=True)
    before, after = (offsets_by_part(each, stations, variant) for each in (arrivals, changed))
    np.testing.assert_array_equal(after[1], before[1])
    assert np.abs(after[0] - before[0]).max() > 1_000.0


def test_one_file_is_calibrated_by_its_other_quarters(sample, read):
    _, stations = read
    arrivals = read_messages([sample / "messages-1.csv"], stations)
    found = study(arrivals, stations, "reported", calibrate=True)
    assert found.results[0].sigma_s < found.results[-1].sigma_s


def test_the_command_writes_table_picture_and_summary(sample, tmp_path):
    messages = [sample / "messages-1.csv", sample / "messages-2.csv"]
    request = request_of(messages, sample / "sensors.csv", "none", False, tmp_path / "out")
    found = locate(request)
    assert {path.name for path in request.folder.iterdir()} == set(FILES.values())
    assert json.loads((request.folder / "summary.json").read_text()) == found
    table = pq.read_table(request.folder / "located.parquet")
    assert table.num_rows == found["messages"]
    outcomes = table["outcome"].to_pylist()
    variant = found["variants"][0]
    assert variant["variant"] == "no height"
    assert outcomes.count("located") == variant["outcomes"]["located"]
    error = np.hypot(table["error_east_m"], table["error_north_m"])
    solved = np.array(outcomes) == "located"
    assert np.median(error[solved]) == pytest.approx(variant["horizontal"]["median"], abs=0.06)
    with (request.folder / "located.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found["messages"]
    assert float(rows[0]["lat_deg"]) == pytest.approx(table["lat_deg"][0].as_py())
    picture = imread(request.folder / "located.png")
    assert picture.shape[1] > 2_000
    assert picture[..., :3].std() > 0.05

    text = io.StringIO()
    print_result(found, request.folder, False, Console(file=text, width=120))
    for words in (
        "no height",
        "reported height",
        "By geometry",
        "Along and across",
        "Stations",
        "located.png",
    ):
        assert words in text.getvalue()
    text = io.StringIO()
    print_result(found, request.folder, True, Console(file=text, width=120))
    assert json.loads(text.getvalue()) == found


def test_the_sample_command_says_how_to_go_on(tmp_path):
    text = io.StringIO()
    make_sample(tmp_path / "sample", Console(file=text, width=200))
    said = text.getvalue()
    assert f"skypact locate {tmp_path}/sample/messages-1.csv" in said
    assert f"--sensors {tmp_path}/sample/sensors.csv" in said


def test_all_faults_are_told_at_once_with_their_lines(sample, tmp_path):
    lines = (sample / "messages-1.csv").read_text().splitlines()
    cells = next(csv.reader([lines[1]]))
    bad = [
        lines[0],
        ",".join(["x", *cells[1:7], '"[]"']),
        ",".join([*cells[:3], "91", *cells[4:7], '"[[1,5],[99,6]]"']),
        ",".join([*cells[:7], '"[[1,5],[1,6],[2,7.5]]"']),
        ",".join([*cells[:7], '"[[1,5],[1,6],[2,-7]]"']),
    ]
    path = tmp_path / "bad.csv"
    path.write_text("\n".join(bad) + "\n")
    stations = read_stations(sample / "sensors.csv")
    with pytest.raises(InputError) as raised:
        read_messages([path, sample / "messages-2.csv"], stations)
    faults = raised.value.faults
    assert [(fault.line, fault.field) for fault in faults] == [
        (2, "id"),
        (2, "measurements"),
        (3, "latitude"),
        (3, "measurements"),
        (4, "measurements"),
        (5, "measurements"),
        (5, "measurements"),
    ]
    assert "station 99" in faults[3].found
    assert raised.value.exit_status == 2


def test_more_faults_than_anybody_reads_are_counted(sample, tmp_path):
    lines = (sample / "messages-1.csv").read_text().splitlines()
    path = tmp_path / "bad.csv"
    path.write_text("\n".join([lines[0]] + ["x" + line for line in lines[1:]]) + "\n")
    with pytest.raises(InputError) as raised:
        read_messages([path], read_stations(sample / "sensors.csv"))
    assert len(raised.value.faults) == MOST_FAULTS + 1
    assert f"{len(lines) - 1 - MOST_FAULTS} more faults" in raised.value.faults[-1].found


def test_stations_without_a_place_are_left_out_and_bad_ones_told(tmp_path):
    path = tmp_path / "sensors.csv"
    head = "serial,latitude,longitude,height,type,good\n"
    path.write_text(head + "1,47,9,300,A,TRUE\n2,0,0,0,B,FALSE\n3,46,8,200,C,FALSE\n")
    stations = read_stations(path)
    assert stations.number.tolist() == [1, 3]
    assert stations.good.tolist() == [True, False]
    path.write_text(head + "1,47,9,300,A,TRUE\n1,46,8,high,C,FALSE\n")
    with pytest.raises(InputError) as raised:
        read_stations(path)
    assert [fault.field for fault in raised.value.faults] == ["height", "serial"]
    path.write_text(head + "2,0,0,0,B,FALSE\n")
    with pytest.raises(UsageError, match="no station"):
        read_stations(path)


@pytest.mark.parametrize(
    ("content", "error"), [(b"", InputError), (b"a,b\n1,2\n", InputError), (b"\xff\xfe\x00", UsageError)]
)
def test_what_is_no_such_file_is_one_clear_message(content, error, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(error, match=r"bad\.csv"):
        read_stations(path)
    with pytest.raises(UsageError, match=r"missing\.csv"):
        read_stations(tmp_path / "missing.csv")


def test_a_message_without_reported_place_or_height_is_located_all_the_same(sample, tmp_path):
    lines = (sample / "messages-1.csv").read_text().splitlines()
    rows = [next(csv.reader([line])) for line in lines[1:40]]
    text = io.StringIO()
    writer = csv.writer(text)
    for k, row in enumerate(rows):
        writer.writerow([*row[:3], "", "", "", "" if k % 2 else row[6], row[7]])
    path = tmp_path / "mute.csv"
    path.write_text(lines[0] + "\n" + text.getvalue())
    stations = read_stations(sample / "sensors.csv")
    found = study(read_messages([path], stations), stations, "reported", calibrate=False)
    assert np.isfinite(found.results[0].located.pos_ecef_m[:, 0]).mean() > 0.9
    assert np.isnan(found.results[0].horizontal_m).all()
    request = request_of([path], sample / "sensors.csv", "reported", False, tmp_path / "out")
    summary = locate(request)
    assert summary["variants"][0]["horizontal"]["median"] is None
    print_result(summary, request.folder, False, Console(file=io.StringIO(), width=120))


@pytest.mark.parametrize(
    ("messages", "stations", "height", "words"),
    [
        ([], "s", "none", "no file"),
        (["m"], None, "none", "no stations"),
        (["m"], "s", "high", "--height high"),
    ],
)
def test_a_command_that_lacks_something_says_what(messages, stations, height, words, tmp_path):
    with pytest.raises(UsageError, match=words):
        request_of(
            [tmp_path / name for name in messages],
            None if stations is None else tmp_path / stations,
            height,
            False,
            None,
        )


def test_a_folder_that_cannot_be_made_is_said(sample, tmp_path):
    (tmp_path / "taken").write_text("")
    request = request_of(
        [sample / "messages-1.csv"], sample / "sensors.csv", "none", False, tmp_path / "taken"
    )
    with pytest.raises(UsageError, match="taken"):
        locate(request)
