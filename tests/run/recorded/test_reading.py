"""Recordings read from files: what comes out, what is kept of a damaged one, what is said of a foreign one."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.interop.asterix import Physical, encode_block, record_of
from skypact.interop.capture import Datagram, Reader, pcap_of
from skypact.model.recording import ABSENT, Recording
from skypact.run.recorded import reading as shell
from skypact.run.recorded.reading import read_recording
from tests.interop import wire

SOURCE = {"SAC": 1, "SIC": 2}
MIDNIGHT_NS = 20_573 * 86_400 * 10**9
START_S = 86_400 - 60


def block(category: int, k: int, records: int = 1) -> bytes:
    """A block whose records are `k` steps of 0.5 s after the start."""
    time_s = (START_S + k / 2) % 86_400
    known: dict[int, dict[str, Physical]] = {
        34: {"000": 1, "030": time_s, "041": 4.0},
        48: {
            "140": time_s,
            "020": {"TYP": 2},
            "040": {"RHO": 10.0 + k / 10, "THETA": 45.0},
            "070": {"MODE3A": 0o1200 + k},
        },
        62: {"070": time_s, "105": {"LAT": 20.0, "LON": 40.0}, "040": k % 60_000, "080": {}},
    }
    return encode_block(category, [record_of(category, {"010": SOURCE, **known[category]})] * records)


def blocks(n: int = 240) -> list[bytes]:
    return [block((34, 48, 62)[k % 3], k, 1 + k % 2) for k in range(n)]


def capture(payloads: list[bytes], mtu: int = 65_535) -> bytes:
    start_ns = MIDNIGHT_NS - 60 * 10**9
    datagrams = [Datagram(start_ns + k * 5 * 10**8 + 10**7, payload) for k, payload in enumerate(payloads)]
    return pcap_of(datagrams, mtu)


def put(folder: Path, octets: bytes, name: str = "made") -> Path:
    path = folder / name
    path.write_bytes(octets)
    return path


def rows(read: Recording) -> list[list[float]]:
    """All columns, without where and when they were captured; NaN as a number, which equals itself."""
    return [
        np.nan_to_num(column, nan=-1e300).tolist()
        for noun in (read.plots, read.messages, read.system)
        for name, column in vars(noun).items()
        if name not in {"capture_ns", "byte_offset"}
    ]


def read_octets(octets: bytes, **asked) -> Recording:
    """As from a file, without one."""
    gathered = shell._Gathered("made", None, asked.get("limit", shell.LIMIT))
    gathered.add(gathered.reader.feed(octets), len(octets))
    gathered.add(gathered.reader.close(), 0)
    return gathered.recording()


# ------------------------------------------------------------------------------------------------- what comes out


def test_every_record_comes_out_with_its_instant_and_its_place(tmp_path):
    file = capture(blocks())
    read = read_recording(put(tmp_path, file))
    assert read.container == "pcap"
    assert read.records == {34: 120, 48: 120, 62: 120}
    assert (len(read.messages), len(read.plots), len(read.system)) == (120, 120, 120)
    assert (read.unknown, read.faults, read.bytes_read) == ({}, (), len(file))
    assert read.messages.t_ns[0] == MIDNIGHT_NS - 60 * 10**9
    assert (np.diff(read.plots.t_ns) >= 0).all()
    assert (read.plots.capture_ns - read.plots.t_ns == 10**7).all()
    fspec = file[read.plots.byte_offset[0] :][:4]
    assert fspec == block(48, 1)[3:7]


@pytest.mark.parametrize("piece", [97, 1 << 10, 1 << 20])
def test_container_pieces_and_fragments_do_not_change_what_is_read(tmp_path, monkeypatch, piece):
    monkeypatch.setattr(shell, "PIECE", piece)
    payloads = blocks()
    wanted = rows(read_recording(put(tmp_path, capture(payloads))))
    packets = [wire.ethernet(wire.ipv4(wire.udp(payload))) for payload in payloads]
    start_us = (MIDNIGHT_NS - 60 * 10**9) // 1000
    pcapng = wire.png_section() + wire.png_interface()
    pcapng += b"".join(wire.png_packet(packet, start_us + k * 500_000) for k, packet in enumerate(packets))
    assert rows(read_recording(put(tmp_path, capture(payloads, mtu=52)))) == wanted
    assert rows(read_recording(put(tmp_path, pcapng))) == wanted
    raw = read_recording(put(tmp_path, b"".join(payloads)))
    assert raw.container == "ASTERIX blocks"
    assert (raw.plots.capture_ns == ABSENT).all()
    assert rows(raw)[0] == [t_ns - MIDNIGHT_NS + 86_400 * 10**9 for t_ns in wanted[0]]
    assert rows(raw)[1:9] == wanted[1:9]


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(capture(blocks()))))
    read = read_recording("-")
    assert read.name == "standard input"
    assert sum(read.records.values()) == 360


def test_progress_is_told_after_every_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(shell, "PIECE", 1000)
    told: list[tuple[int, int, int]] = []
    file = capture(blocks())
    read_recording(put(tmp_path, file), progress=lambda *figures: told.append(figures))
    assert [octets for octets, _, _ in told] == [*range(1000, len(file), 1000), len(file)]
    assert {size for _, _, size in told} == {len(file)}
    assert told[-1][1] == 360


def test_what_else_is_in_the_file_is_counted(tmp_path):
    frames = [
        wire.ethernet(wire.ipv4(wire.udp(payload)))
        for payload in [*blocks(9), b"GET / HTTP/1.1", b"\x15\x00\x05\x80\x01"]
    ]
    frames += [wire.ethernet(bytes(28), 0x0806), wire.ethernet(wire.ipv4(bytes(20), 6))]
    read = read_recording(put(tmp_path, wire.pcap(frames)))
    assert read.unknown == {"ARP": 1, "TCP": 1, "UDP without ASTERIX blocks": 1, "category 021": 1}
    assert not read.faults


# ---------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "empty"),
        (b"\x1f\x8b" + bytes(50), "gzip"),
        (b"a,b,c\n1,2,3\n", "CSV"),
        (wire.pcap([]), "no record of category 034, 048 or 062 in this pcap"),
        (wire.pcap([wire.ethernet(wire.ipv4(bytes(20), 6))] * 3), r"found instead: TCP \(3\)"),
        (b"\x15\x00\x08\x80\x01\x02\x03\x04" * 5, r"category 021 \(5\)"),
        (wire.pcap([])[:-4] + b"\x7f\x00\x00\x00", "radiotap"),
    ],
)
def test_a_file_without_a_record_is_an_error_that_tells_what_it_is(tmp_path, octets, words):
    with pytest.raises(UsageError, match=words) as raised:
        read_recording(put(tmp_path, octets))
    assert raised.value.next_step


def test_what_is_no_file_is_an_error_that_tells_why(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="no such file"):
        read_recording(tmp_path / "missing.pcap")
    with pytest.raises(UsageError, match="folder"):
        read_recording(tmp_path)
    with pytest.raises(UsageError, match="cannot be opened"):
        read_recording("nul\0octet")
    with pytest.raises(UsageError, match="limit"):
        read_recording(tmp_path, limit=0)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="piped"):
        read_recording("-")


def test_a_file_that_may_not_be_read_is_an_error(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match="may not read"):
        read_recording(tmp_path / "made")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_endless_noise_ends(device):
    with pytest.raises(UsageError):
        read_recording(device)


def test_a_record_that_is_not_sound_is_told_by_its_place_in_the_file(tmp_path):
    payloads = blocks(30)
    bad = bytes([48, 0, 8, 0x80, 1, 2, 0x01, 0x01])
    file = capture([*payloads[:10], bad, *payloads[10:]])
    read = read_recording(put(tmp_path, file))
    assert read.records[48] == 15 + 1
    (fault,) = read.faults
    assert fault.byte_offset == file.index(bad) + 6
    assert "FSPEC" in fault.reason


def test_damage_in_the_middle_costs_only_what_it_hit(tmp_path):
    file = bytearray(capture(blocks()))
    middle = len(file) // 2
    file[middle : middle + 300] = np.random.default_rng(1).bytes(300)
    read = read_recording(put(tmp_path, bytes(file)))
    assert sum(read.records.values()) >= 340
    assert read.faults
    assert all(middle - 100 <= fault.byte_offset <= middle + 400 for fault in read.faults)


@given(st.integers(25, len(capture(blocks(30)))))
@settings(max_examples=60)
def test_a_cut_file_keeps_what_could_be_read(cut):
    whole, file = read_octets(capture(blocks(30))), capture(blocks(30))[:cut]
    try:
        read = read_octets(file)
    except UsageError as fault:
        assert "no record" in str(fault)  # noqa: PT017 - either outcome is right
        return
    for ours, all_ in zip(rows(read), rows(whole), strict=True):
        assert ours == all_[: len(ours)]
    if cut < len(capture(blocks(30))) and read.faults:
        assert [fault.reason for fault in read.faults] == ["the file ends within a packet"]


def test_a_limit_stops_an_endless_recording_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(shell, "PIECE", 1 << 12)
    path = put(tmp_path, capture(blocks()))
    whole, some = read_recording(path), read_recording(path, limit=100)
    in_order = [(34, 48, 62)[k % 3] for k in range(240) for _ in range(1 + k % 2)][:100]
    assert some.records == {category: in_order.count(category) for category in (34, 48, 62)}
    assert some.bytes_read < whole.bytes_read
    assert [fault.reason for fault in some.faults] == ["reading stopped after 100 records, the limit"]
    for ours, all_ in zip(rows(some), rows(whole), strict=True):
        assert ours == all_[: len(ours)]
    assert not read_recording(path, limit=360).faults


def test_an_interrupt_keeps_what_was_read(tmp_path, monkeypatch):
    monkeypatch.setattr(shell, "PIECE", 4000)
    path = put(tmp_path, capture(blocks()))
    whole, calls = read_recording(path), []

    def interrupt(octets: int, records: int, size: int) -> None:
        calls.append(octets)
        if len(calls) == 3:
            raise KeyboardInterrupt

    some = read_recording(path, progress=interrupt)
    assert 0 < sum(some.records.values()) < 360
    assert [fault.reason for fault in some.faults] == ["reading stopped by an interrupt"]
    for ours, all_ in zip(rows(some), rows(whole), strict=True):
        assert ours == all_[: len(ours)]


def test_a_failing_disk_keeps_what_was_read(monkeypatch):
    class Failing(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 12_000:
                raise OSError(5, "Input/output error")
            return super().read1(4000)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Failing(capture(blocks()))))
    read = read_recording("-")
    assert 0 < sum(read.records.values()) < 360
    assert "reading failed: Input/output error" in [fault.reason for fault in read.faults]


# ------------------------------------------------------------------------------------------------ real recordings


def test_the_real_pair_is_read_whole(real_data):
    ours = read_recording(real_data / "asterix/arg_260429.pcap")
    theirs = read_recording(real_data / "asterix/arg_fds260429.pcap")
    assert ours.records == {34: 16_366, 48: 3_541, 62: 0}
    assert theirs.records == {34: 0, 48: 0, 62: 50_640}
    for read in (ours, theirs):
        assert (read.unknown, read.faults) == ({}, ())
    assert set(ours.plots.radar.tolist()) == {226 * 256 + 232}
    assert np.isfinite(ours.plots.range_m).all()
    for noun in (ours.plots, ours.messages, theirs.system):
        assert (np.abs(noun.t_ns - noun.capture_ns) < 5 * 10**9).all()
    norths = ours.messages.t_ns[ours.messages.kind == 1]
    assert np.median(np.diff(norths)) / 1e9 == pytest.approx(7.63, abs=0.02)


def test_the_real_pair_as_raw_blocks_gives_the_same_records(real_data, tmp_path):
    reader = Reader()
    found = reader.feed((real_data / "asterix/arg_260429.pcap").read_bytes())
    raw = read_recording(put(tmp_path, b"".join(found.payload(k) for k in range(len(found)))))
    wanted = read_recording(real_data / "asterix/arg_260429.pcap")
    assert raw.records == wanted.records
    day_ns = 86_400 * 10**9
    assert (raw.plots.t_ns == wanted.plots.t_ns % day_ns).all()
    assert rows(raw)[1:9] == rows(wanted)[1:9]
