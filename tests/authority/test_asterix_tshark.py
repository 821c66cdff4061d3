"""ASTERIX against Wireshark's tshark: every field of every record, by name, in the order of the octets."""

from __future__ import annotations

import random
import re
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from skypact.interop.asterix import decode, encode_block, records
from skypact.interop.asterix.grammar import grammar_of
from skypact.interop.asterix.layout import VALUE, Kind, Shape
from skypact.interop.asterix.text import UNKNOWN, text_of
from tests.interop.blocks import FILES, capture_of, joined, random_record, real_spans

PORT = 8600
EDITIONS = {34: "1.28", 48: "1.30", 62: "1.18"}
# tshark 4.0 shows these without their sign.
UNSIGNED_THERE = {"034_120_HGT", "048_090_FL", "062_340_HEIGHT_VALUE"}


def shown_by_tshark(tshark, blocks, tmp_path):
    """The messages of each block as lists of (name, what is shown)."""
    capture = tmp_path / "blocks.pcap"
    capture.write_bytes(capture_of(blocks, PORT))
    command = [tshark, "-r", str(capture), "-d", f"udp.port=={PORT},asterix", "-T", "pdml"]
    for category, edition in EDITIONS.items():
        command += ["-o", f"asterix.i{category:03d}_version:Version {edition}"]
    done = subprocess.run(command, capture_output=True, check=True)
    text = re.sub(r"[^\t\n\r -\ud7ff\ue000-\ufffd]", UNKNOWN, done.stdout.decode("utf-8", "replace"))
    for packet in ET.fromstring(text).iter("packet"):
        messages = [field for field in packet.iter("field") if field.get("name") == "asterix.message"]
        yield [list(leaves(message)) for message in messages]


def leaves(message):
    for field in message.iter("field"):
        found = re.fullmatch(r"asterix\.(\d{3}_)(?:V\d+_\d+_)?((?!V\d)\w+_\w+)", field.get("name"))
        if found and not len(field):
            name = (
                (found[1] + found[2])
                .replace("030_CODE", "030_VALUE")
                .replace("380_MB_VALUE", "380_MB_MBDATA")
            )
            yield name, field.get("show")


def our_leaves(item, entry, path):
    """(name, field, number) of every field of an entry, in the order of the octets."""
    if item.shape is Shape.COMPOUND:
        for sub in item.subitems:
            if sub is not None and sub.name in entry:
                yield from our_leaves(sub, entry[sub.name], f"{path}_{sub.name}")
    elif item.shape is not Shape.EXPLICIT:
        for part in entry if item.shape in {Shape.CHAINED, Shape.REPETITIVE} else [entry]:
            fields = {VALUE: part} if item.single else part
            for bits in (bits for fixed in item.bits for bits in fixed):
                if bits.key in fields and bits.field.kind is not Kind.SPARE:
                    yield f"{path}_{bits.key}", bits.field, fields[bits.key]


def same(name, field, number, shown):
    if field.kind in {Kind.ASCII, Kind.ICAO}:
        text = text_of(field, number)
        return UNKNOWN in text or shown.rstrip() == text
    found = int(shown, 16) if shown.startswith("0x") else float(shown)
    if name == "062_380_MB_MBDATA":
        return int(shown) >> 8 == number
    if name in UNSIGNED_THERE and number < 0:
        return found == (number + (1 << field.bits)) * field.scale
    scale = 1.0 if field.switch or field.kind is Kind.OCTAL else field.scale
    return found == pytest.approx(number * scale, rel=1e-12, abs=1e-12)


def compare(tshark, blocks, tmp_path):
    """How many fields agree; every one must."""
    compared = 0
    shown = shown_by_tshark(tshark, blocks, tmp_path)
    for block, messages in zip(blocks, shown, strict=True):
        table = decode(*joined([block]), EDITIONS).tables[block[0]]
        assert len(table) == len(messages)
        for record, theirs in zip(records(table), messages, strict=True):
            items = [
                item for item in table.grammar.category.items if item is not None and item.name in record
            ]
            ours = [
                leaf
                for item in items
                for leaf in our_leaves(item, record[item.name], f"{block[0]:03d}_{item.name}")
                if "380_MB_BDS" not in leaf[0]
            ]
            assert [leaf[0] for leaf in ours] == [name for name, _ in theirs]
            for (name, field, number), (_, text) in zip(ours, theirs, strict=True):
                assert same(name, field, number, text), (name, number, text)
            compared += len(ours)
    return compared


def shown_whole(record):
    """A record of what tshark 4.0 reads: it shows only the first of a chain, and loses its way in I062/510."""
    record.pop("510", None)
    if isinstance(record.get("030"), list):
        record["030"] = record["030"][:1]
    return record or {"010": {}}


def test_random_records_read_as_tshark_reads_them(tshark, tmp_path):
    rng = random.Random(62)
    blocks = []
    for category, edition in EDITIONS.items():
        layout = grammar_of(category, edition).category
        for _ in range(40):
            made = [shown_whole(random_record(layout, rng)) for _ in range(3)]
            blocks.append(encode_block(category, made, edition))
    assert compare(tshark, blocks, tmp_path) > 5000


@pytest.mark.parametrize("name", FILES)
def test_real_records_read_as_tshark_reads_them(real_data, tshark, tmp_path, name):
    data, begin, end = real_spans(real_data / "asterix" / name)
    spread = np.linspace(0, len(begin) - 1, 300).astype(int)
    blocks = [data[begin[k] : end[k]].tobytes() for k in spread.tolist()]
    assert compare(tshark, blocks, tmp_path) > 2000
