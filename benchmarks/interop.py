"""ASTERIX decoded to the columns that a tracker takes, against libasterix on the same blocks."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Row, best_s
from skypact.interop.asterix import Decoded, Record, decode, encode_block, record_of
from skypact.model.network import F8, I8, U1

REAL = ("arg_260429.pcap", "arg_fds260429.pcap")
RECORDS = 100_000
PEER_EACH = 25
"""The peer decodes every so many of the blocks: it takes milliseconds for each record."""

Wanted = tuple[int, str, str | None, str]
"""Category, item, subitem, field."""
WANTED: tuple[Wanted, ...] = (
    *((34, item, None, "VALUE") for item in ("000", "030", "020", "041")),
    *((number, "010", None, field) for number in (34, 48, 62) for field in ("SAC", "SIC")),
    *((48, "020", None, field) for field in ("TYP", "SIM", "SPI", "RAB", "TST")),
    *((48, "040", None, field) for field in ("RHO", "THETA")),
    *((48, "070", None, field) for field in ("V", "G", "L", "MODE3A")),
    *((48, "090", None, field) for field in ("V", "G", "FL")),
    *((48, "130", subitem, "VALUE") for subitem in ("SRL", "SRR", "SAM")),
    (48, "140", None, "VALUE"),
    (48, "161", None, "TRN"),
    (48, "220", None, "VALUE"),
    *((62, item, None, "VALUE") for item in ("040", "070", "136")),
    *((62, "060", None, field) for field in ("V", "G", "MODE3A")),
    *((62, "080", None, field) for field in ("CNF", "TSE", "CST")),
    *((62, "105", None, field) for field in ("LAT", "LON")),
    *((62, "185", None, field) for field in ("VX", "VY")),
    (62, "380", "ADR", "VALUE"),
)


def _plot(rng: np.random.Generator, time_s: float) -> Record:
    plot: dict[str, Any] = {
        "010": {"SAC": 25, "SIC": 7},
        "140": time_s,
        "020": {"TYP": 5 if rng.random() < 0.7 else 2},
        "040": {"RHO": rng.uniform(1.0, 250.0), "THETA": rng.uniform(0.0, 359.9)},
        "070": {"MODE3A": int(rng.integers(4096))},
        "090": {"FL": round(rng.uniform(0.0, 450.0))},
        "130": {"SRL": 1.1, "SRR": int(rng.integers(1, 20)), "SAM": int(rng.integers(-90, -20))},
        "161": {"TRN": int(rng.integers(4096))},
        "042": {"X": rng.uniform(-200.0, 200.0), "Y": rng.uniform(-200.0, 200.0)},
        "200": {"GSP": rng.uniform(0.02, 0.15), "HDG": rng.uniform(0.0, 359.9)},
        "170": {"CNF": 0, "RAD": 2},
    }
    if plot["020"]["TYP"] == 5:
        plot |= {
            "220": int(rng.integers(1, 1 << 24)),
            "240": "SKY1234",
            "230": {"COM": 1, "ARC": 1, "AIC": 1},
        }
        plot["250"] = [{"MBDATA": int(rng.integers(1 << 56)), "BDS1": k, "BDS2": 0} for k in (4, 5, 6)]
    return record_of(48, plot)


def _track(rng: np.random.Generator, time_s: float) -> Record:
    return record_of(
        62,
        {
            "010": {"SAC": 25, "SIC": 2},
            "015": 1,
            "070": time_s,
            "105": {"LAT": rng.uniform(-60.0, 60.0), "LON": rng.uniform(-179.0, 179.0)},
            "100": {"X": rng.uniform(-4e5, 4e5), "Y": rng.uniform(-4e5, 4e5)},
            "185": {"VX": rng.uniform(-300.0, 300.0), "VY": rng.uniform(-300.0, 300.0)},
            "060": {"MODE3A": int(rng.integers(4096))},
            "380": {"ADR": int(rng.integers(1, 1 << 24)), "ID": "SKY1234", "MHG": rng.uniform(0.0, 359.9)},
            "040": int(rng.integers(65536)),
            "080": {"CNF": 0, "TSE": 0, "AMA": 0, "CST": int(rng.random() < 0.1)},
            "290": {"SSR": 4.5, "MDS": 3.0},
            "200": {"LONG": 1},
            "295": {"MFL": 4.5, "MDA": 3.0, "MHG": 2.0},
            "136": rng.uniform(0.0, 450.0),
            "135": {"CTB": rng.uniform(0.0, 450.0)},
            "220": rng.uniform(-3000.0, 3000.0),
            "500": {"APC": {"X": 80.0, "Y": 60.0}, "ATV": {"X": 3.0, "Y": 3.0}},
        },
    )


def _made() -> tuple[list[bytes], int]:
    """Datagrams of sector messages, plots and tracks as a radar and a tracker send them, and how many records."""
    rng = np.random.default_rng(48)
    datagrams, count = [], 0
    while count < 4000:
        time_s = 40_000.0 + count / 100.0
        sector = record_of(
            34, {"010": {"SAC": 25, "SIC": 7}, "000": 2, "030": time_s, "020": 90.0, "041": 7.6}
        )
        plots = [_plot(rng, time_s) for _ in range(int(rng.integers(1, 12)))]
        tracks = [_track(rng, time_s) for _ in range(int(rng.integers(1, 8)))]
        datagrams += [encode_block(34, [sector]), encode_block(48, plots), encode_block(62, tracks)]
        count += 1 + len(plots) + len(tracks)
    repeats = RECORDS // count
    return datagrams * repeats, count * repeats


def _real(folder: Path) -> list[bytes]:
    """The UDP payloads of the real captures (classic pcap, Ethernet, IPv4)."""
    found = []
    for name in REAL:
        octets = (folder / name).read_bytes()
        at = 24
        while at < len(octets):
            frame = at + 16
            head = frame + 14 + (octets[frame + 14] & 15) * 4 + 8
            found.append(octets[head : frame + 14 + int.from_bytes(octets[frame + 16 : frame + 18])])
            at = frame + int.from_bytes(octets[at + 8 : at + 12], "little")
    return found


def _ours(data: U1, begin: I8, end: I8) -> tuple[Decoded, dict[Wanted, F8]]:
    decoded = decode(data, begin, end)
    columns = {
        (number, item, subitem, field): decoded.tables[number].value(item, field, subitem)
        for number, item, subitem, field in WANTED
    }
    return decoded, columns


def _peer(datagrams: list[bytes]) -> Iterator[tuple[int, dict[Wanted, float]]]:
    """Each record that libasterix finds, with the wanted fields that it has."""
    generated, base = importlib.import_module("asterix.generated"), importlib.import_module("asterix.base")
    newest = {number: generated.manifest["CATS"][number][-1] for number in (34, 48, 62)}
    for datagram in datagrams:
        for block in base.RawDatablock.parse(base.Bits.from_bytes(datagram)):
            number = block.get_category()
            for record in newest[number].cv_uap.parse(block.get_raw_records()):
                found = {}
                for key in WANTED:
                    if key[0] == number:
                        value = _peer_value(base, record, key)
                        if value is not None:
                            found[key] = value
                yield number, found


def _peer_value(base: Any, record: Any, key: Wanted) -> float | None:  # noqa: ANN401 - a library without types
    _, item, subitem, field = key
    entry = record.get_item(item)
    if entry is not None and subitem is not None:
        entry = entry.variation.get_item(subitem)
    if entry is None:
        return None
    variation = entry.variation
    if field != "VALUE":
        inner = variation.get_item(field)
        if inner is None:
            return None
        variation = getattr(inner, "variation", inner)
    content = variation.content
    return (
        float(content.as_quantity())
        if isinstance(content, base.ContentQuantity)
        else float(variation.as_uint())
    )


def _row(size: str, datagrams: list[bytes]) -> Row:
    lengths = np.array([len(datagram) for datagram in datagrams], np.int64)
    end = np.cumsum(lengths)
    data = np.frombuffer(b"".join(datagrams), np.uint8)
    decoded, _ = _ours(data, end - lengths, end)
    if decoded.faults or decoded.unknown:
        raise ArithmeticError(f"ASTERIX {size}: {decoded.faults} {decoded.unknown}")
    count = sum(len(table) for table in decoded.tables.values())
    sample = datagrams[::PEER_EACH]
    peer_records = _check(size, sample)
    ours_us = 1e6 / count * best_s(partial(_ours, data, end - lengths, end), 10)
    peer_us = 1e6 / peer_records * best_s(lambda: list(_peer(sample)), 1)
    note = f"a record with {len(WANTED)} fields; {1e6 / ours_us:,.0f} records/s, peer {1e6 / peer_us:,.0f}"
    return Row("interop.asterix.decode", size, "µs", ours_us, peer_us, "libasterix", note)


def _check(size: str, sample: list[bytes]) -> int:
    """How many records the sample has; every wanted field must be the same in both."""
    lengths = np.array([len(datagram) for datagram in sample], np.int64)
    end = np.cumsum(lengths)
    _, columns = _ours(np.frombuffer(b"".join(sample), np.uint8), end - lengths, end)
    nth = {34: 0, 48: 0, 62: 0}
    for number, theirs in _peer(sample):
        for key, column in columns.items():
            if key[0] == number:
                ours, peer = column[nth[number]], theirs.get(key, np.nan)
                if not (ours == peer or (np.isnan(ours) and np.isnan(peer))):
                    raise ArithmeticError(f"ASTERIX {size}, {key}: {ours} here, {peer} by libasterix")
        nth[number] += 1
    return sum(nth.values())


def rows() -> list[Row]:
    """A row for made blocks, and one for the real recordings where they are."""
    made, count = _made()
    found = [_row(f"{count:,} made records", made)]
    folder = (
        Path(os.environ.get("SKYPACT_REAL_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
        / "asterix"
    )
    if all((folder / name).is_file() for name in REAL):
        found.append(_row("70,547 real records", _real(folder)))
    return found
