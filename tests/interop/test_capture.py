"""Capture files: every container, link layer and way to be damaged, down to the UDP payloads."""

from __future__ import annotations

import struct
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.interop.capture import Datagram, Reader, holds_blocks, pcap_of
from tests.interop import wire

BLOCK = bytes.fromhex("220011f6e2e8016c4d80000103d0") + bytes(3)
PAYLOADS = [bytes([34, 0, 3 + k, 0x80]) + bytes([k]) * (k - 1) for k in range(2, 9)]
FRAMES = [wire.ethernet(wire.ipv4(wire.udp(payload))) for payload in PAYLOADS]


def synthetic(n: int = 40, mtu: int = 65_535, seed: int = 1) -> bytes:
    random = np.random.default_rng(seed)
    return pcap_of(
        [Datagram(wire.T_NS + k * 10**7, random.bytes(int(random.integers(1, 400)))) for k in range(n)],
        mtu,
    )


# ---------------------------------------------------------------------------------------------------- containers


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_is_read_in_either_byte_order_and_resolution(order, nano):
    file = wire.pcap(FRAMES, order=order, nano=nano)
    chunks = wire.read(file)
    assert wire.payloads(chunks) == PAYLOADS
    assert wire.times(chunks) == [wire.T_NS + k * 10**6 for k in range(len(FRAMES))]
    assert [file[place : place + 3] for place in wire.places(chunks)] == [p[:3] for p in PAYLOADS]
    assert not wire.faults(chunks)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_several_sections_interfaces_and_clocks(order):
    second = wire.T_NS // 10**9
    other = ">" if order == "<" else "<"
    file = b"".join(
        [
            wire.png_section(order),
            wire.png_interface(1, order),
            wire.png_interface(1, order, resolution=9),
            wire.png_block(5, bytes(12), order),
            wire.png_packet(FRAMES[0], wire.T_NS // 1000, 0, order),
            wire.png_packet(FRAMES[1], wire.T_NS, 1, order),
            wire.png_simple(FRAMES[2], order),
            wire.png_section(other),
            wire.png_interface(101, other, resolution=0x80 | 10, offset_s=1000),
            wire.png_packet(wire.ipv4(wire.udp(PAYLOADS[3])), (second << 10) + 512, 0, other),
            wire.png_packet(wire.ipv4(wire.udp(PAYLOADS[4])), 2**64 - 1, 0, other),
        ]
    )
    chunks = wire.read(file)
    assert wire.payloads(chunks) == PAYLOADS[:5]
    assert wire.times(chunks) == [wire.T_NS, wire.T_NS, -1, (second + 1000) * 10**9 + 5 * 10**8, -1]
    assert not wire.faults(chunks)


def test_a_packet_of_an_interface_that_was_never_described_is_told():
    file = wire.png_section() + wire.png_packet(FRAMES[0], 5)
    assert wire.faults(wire.read(file)) == {
        "a packet of an interface that the file does not describe": (28, 1)
    }


def test_a_raw_file_gives_one_datagram_a_block_without_times():
    chunks = wire.read(BLOCK * 5)
    assert wire.payloads(chunks) == [BLOCK] * 5
    assert wire.times(chunks) == [-1] * 5
    assert wire.places(chunks) == [k * len(BLOCK) for k in range(5)]


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08\x00" + bytes(100), "gzip"),
        (b"PK\x03\x04" + bytes(100), "zip"),
        (b"\x28\xb5\x2f\xfd" + bytes(100), "zstd"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
        (b'{"tracks": []}', "JSON"),
        (b"time,range,azimuth\n1,2,3\n" * 100, "CSV"),
        ("Zeit;Höhe;Ort\n".encode() * 1000, "CSV"),
        (b"<kml></kml>", "XML"),
        (b"30 00 21 F7 82\n" * 9, "hexadecimal"),
        (b"plain words", "text"),
        (bytes(5000), "zeros"),
        (b"\xd4\xc3\xb2\xa1" + bytes(3), "cut off within its header"),
        (b"\x0a\x0d\x0d\x0a" + bytes(3), "cut off within its header"),
        (wire.pcap(FRAMES, link=127), "IEEE 802.11"),
        ((b"\x00" * 8 + BLOCK + b"\xa5" * 4) * 4, "FINAL"),
        (np.random.default_rng(3).bytes(3000), "no format that is known"),
        (np.random.default_rng(4).bytes(300_000), "no format that is known"),
    ],
)
def test_a_foreign_file_is_named_with_the_next_step(octets, words):
    with pytest.raises(UsageError, match=words) as raised:
        wire.read(octets)
    assert raised.value.next_step


@pytest.mark.parametrize("filler", [b"\x00", b"\xff", None])
def test_endless_noise_after_a_sound_start_is_given_up(filler):
    random = np.random.default_rng(5)
    for start in (wire.pcap(FRAMES), wire.png_section() + wire.png_interface(), BLOCK * 10):
        reader = Reader()
        reader.feed(start)
        for _ in range(40):
            reader.feed(random.bytes(1 << 17) if filler is None else filler * (1 << 17))
            if reader.done:
                break
        assert reader.done
        assert not len(reader.feed(start))


# ---------------------------------------------------------------------------------------------------- link layers


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (1, wire.ethernet),
        (1, lambda packet: wire.ethernet(packet, tags=(0x8100,))),
        (1, lambda packet: wire.ethernet(packet, tags=(0x88A8, 0x8100))),
        (113, lambda packet: bytes(14) + b"\x08\x00" + packet),
        (113, lambda packet: bytes(14) + b"\x81\x00\x00\x05\x08\x00" + packet),
        (276, lambda packet: b"\x08\x00" + bytes(18) + packet),
        (101, lambda packet: packet),
        (228, lambda packet: packet),
        (0, lambda packet: b"\x02\x00\x00\x00" + packet),
        (0, lambda packet: b"\x00\x00\x00\x02" + packet),
        (108, lambda packet: b"\x00\x00\x00\x02" + packet),
    ],
)
def test_every_link_layer_leads_to_the_payload(link, frame):
    frames = [frame(wire.ipv4(wire.udp(payload))) for payload in PAYLOADS]
    chunks = wire.read(wire.pcap(frames, link))
    assert wire.payloads(chunks) == PAYLOADS
    assert not wire.faults(chunks)
    assert not wire.others(chunks)


def test_internet_protocol_6_with_extension_headers_is_read():
    body = wire.udp(PAYLOADS[0])
    hop, route = struct.pack(">BB6x", 43, 0), struct.pack(">BB14x", 17, 1)
    packets = [
        wire.ipv6(body),
        wire.ipv6(hop + route + body, 0),
        *wire.fragments6(body, 8),
        *wire.fragments6(body, 64),
    ]
    for frames, link in (
        ([wire.ethernet(packet, 0x86DD) for packet in packets], 1),
        (packets, 229),
        ([b"\x1e\0\0\0" + packet for packet in packets], 0),
    ):
        chunks = wire.read(wire.pcap(frames, link))
        assert wire.payloads(chunks) == PAYLOADS[:1] * 4
        assert not wire.faults(chunks)


def test_options_padding_and_a_missing_total_length_do_not_matter():
    body = wire.udp(PAYLOADS[0])
    packets = [wire.ipv4(body, options=bytes(40)), wire.ipv4(body), wire.ipv4(body, total=0)]
    chunks = wire.read(wire.pcap([wire.ethernet(packet) for packet in packets]))
    assert wire.payloads(chunks) == PAYLOADS[:1] * 3


def test_other_traffic_is_counted_by_kind():
    frames = [
        wire.ethernet(bytes(28), 0x0806),
        wire.ethernet(wire.ipv4(bytes(20), 6)),
        wire.ethernet(wire.ipv4(bytes(20), 6)),
        wire.ethernet(wire.ipv6(bytes(8), 58), 0x86DD),
        wire.ethernet(bytes(40), 38),
        wire.ethernet(bytes(40), 0x88CC),
        wire.ethernet(bytes(40), 0xABCD),
        wire.ethernet(wire.ipv4(bytes(8), 200)),
    ]
    chunks = wire.read(wire.pcap(frames))
    assert wire.others(chunks) == {
        "ARP": 1,
        "TCP": 2,
        "ICMPv6": 1,
        "IEEE 802.2 (LLC)": 1,
        "LLDP": 1,
        "Ethernet type 0xABCD": 1,
        "IP protocol 200": 1,
    }
    assert not wire.payloads(chunks)


def test_impossible_headers_are_faults_at_their_place():
    body = wire.udp(PAYLOADS[0])
    wrong_udp = struct.pack(">HHHH", 1, 2, 900, 0) + bytes(8)
    frames = [
        FRAMES[0],
        wire.ethernet(b"\x41" + wire.ipv4(body)[1:]),
        wire.ethernet(wire.ipv4(body, total=12)),
        wire.ethernet(wire.ipv4(wrong_udp)),
        wire.ethernet(wire.ipv4(struct.pack(">HHHH", 1, 2, 900, 0), total=1400)),
        FRAMES[1],
    ]
    chunks = wire.read(wire.pcap(frames))
    assert wire.payloads(chunks) == PAYLOADS[:2]
    first, last = 24 + 76 + 16 + 14, 24 + 4 * 76 + 16
    assert wire.faults(chunks) == {
        "an IP or UDP header with impossible lengths": (first, 3),
        "a packet that ends before its IP length": (last, 1),
    }


def test_a_packet_cut_by_the_snap_length_is_used_only_where_its_payload_is_whole():
    big = wire.ethernet(wire.ipv4(wire.udp(bytes(200))))
    whole = wire.ethernet(wire.ipv4(wire.udp(PAYLOADS[0]))) + bytes(40)
    file = wire.pcap([]) + b"".join(
        struct.pack("<IIII", 1, 0, 64, len(frame)) + frame[:64] for frame in (big, whole, big)
    )
    chunks = wire.read(file)
    assert wire.payloads(chunks) == PAYLOADS[:1]
    assert wire.faults(chunks) == {"a packet cut short by the capture (snap length) before its end": (40, 2)}


# ------------------------------------------------------------------------------------------------------ fragments

BIG = bytes(range(256)) * 4
PIECES = wire.fragments4(wire.udp(BIG), 200)


@given(st.permutations(range(len(PIECES))))
def test_fragments_are_put_together_in_any_order(order):
    frames = [wire.ethernet(PIECES[k]) for k in order]
    chunks = wire.read(wire.pcap([FRAMES[0], *frames, FRAMES[1]]))
    assert wire.payloads(chunks) == [PAYLOADS[0], BIG, PAYLOADS[1]]
    assert wire.times(chunks)[1] == wire.T_NS + len(frames) * 10**6
    assert not wire.faults(chunks)


@given(st.lists(st.sampled_from(range(len(PIECES))), max_size=8))
def test_fragments_that_come_twice_change_nothing(again):
    numbers = sorted([*range(len(PIECES)), *again])
    chunks = wire.read(wire.pcap([wire.ethernet(PIECES[k]) for k in numbers]))
    assert wire.payloads(chunks) == [BIG]
    assert not wire.faults(chunks)


@given(st.lists(st.tuples(st.integers(0, 128), st.integers(1, 40)), max_size=12))
def test_overlapping_fragments_that_agree_are_put_together(extra):
    body = wire.udp(BIG)
    lying = [
        wire.ipv4(body[8 * at : 8 * (at + n)], part=0x2000 | at, number=7)
        for at, n in extra
        if 8 * (at + n) < len(body)
    ]
    chunks = wire.read(wire.pcap([wire.ethernet(packet) for packet in lying + PIECES]))
    assert wire.payloads(chunks) == [BIG]


def test_fragments_that_contradict_each_other_are_told_and_the_first_is_kept():
    other = wire.ipv4(b"\xee" * 200, part=0x2000 | 25)
    chunks = wire.read(
        wire.pcap([wire.ethernet(packet) for packet in [PIECES[1], other, PIECES[0], *PIECES[2:]]])
    )
    assert wire.payloads(chunks) == [BIG]
    assert [count for _, count in wire.faults(chunks).values()] == [1]


def test_incomplete_packets_are_given_up_by_age_and_at_the_end():
    first = wire.ethernet(wire.fragments4(wire.udp(BIG), 200, number=1)[0])
    late = [wire.ethernet(packet) for packet in wire.fragments4(wire.udp(BIG), 200, number=2)]
    chunks = wire.read(wire.pcap([first, *late[:-1]], step_ns=40 * 10**9))
    assert not wire.payloads(chunks)
    ((place, count),) = wire.faults(chunks).values()
    assert (place, count) == (24 + 16 + 14 + 20, 6)


def test_many_incomplete_packets_do_not_pile_up():
    frames = [wire.ethernet(wire.fragments4(wire.udp(BIG), 200, number=number)[0]) for number in range(500)]
    reader = Reader()
    early = [reader.feed(wire.pcap(frames, step_ns=1000))]
    assert sum(count for _, count in wire.faults(early).values()) >= 300
    assert sum(count for _, count in wire.faults([*early, reader.close()]).values()) == 500


def test_the_writer_fragments_what_its_mtu_cannot_hold():
    datagrams = [Datagram(wire.T_NS, BIG * 20), Datagram(wire.T_NS + 1000, BLOCK)]
    chunks = wire.read(pcap_of(datagrams, mtu=576))
    assert wire.payloads(chunks) == [BIG * 20, BLOCK]
    assert wire.times(wire.read(pcap_of([Datagram(wire.T_NS + 1, b"x")], nanoseconds=True))) == [
        wire.T_NS + 1
    ]


# -------------------------------------------------------------------------------------------------------- damage

DAMAGED = {
    "pcap": wire.pcap(FRAMES * 3),
    "pcapng": wire.png_section()
    + wire.png_interface()
    + b"".join(wire.png_packet(f, 10**15) for f in FRAMES * 3),
    "blocks": b"".join(bytes([34, 0, 12 + k, 0x80, 1, 2]) + bytes([k]) * (6 + k) for k in range(12)),
    "fragments": synthetic(8, mtu=100),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_file_cut_at_any_byte_keeps_what_came_before(kind):
    file = DAMAGED[kind]
    whole = wire.payloads(wire.read(file))
    assert len(whole) > 5
    seen = 0
    for cut in range(1, len(file)):
        try:
            found = wire.payloads(wire.read(file[:cut]))
        except UsageError:
            assert cut < 64
            continue
        assert found == whole[: len(found)]
        assert len(found) >= seen
        seen = len(found)
    assert seen >= len(whole) - 1


@pytest.mark.parametrize("kind", DAMAGED)
@given(st.lists(st.integers(1, 300), max_size=30))
@settings(max_examples=30)
def test_any_split_into_pieces_gives_the_same_datagrams(kind, sizes):
    whole, split = wire.read(DAMAGED[kind]), wire.read(DAMAGED[kind], sizes)
    assert wire.payloads(split) == wire.payloads(whole)
    assert wire.times(split) == wire.times(whole)
    assert wire.places(split) == wire.places(whole)
    assert wire.faults(split) == wire.faults(whole)


@given(
    st.sampled_from(sorted(DAMAGED)),
    st.lists(
        st.tuples(st.integers(0, 5000), st.integers(0, 2), st.binary(max_size=20)), min_size=1, max_size=6
    ),
    st.lists(st.integers(1, 400), max_size=12),
)
@settings(max_examples=300)
def test_a_damaged_file_is_read_alike_in_one_piece_or_many_and_never_fails_otherwise(kind, wounds, sizes):
    file = bytearray(DAMAGED[kind])
    for place, way, octets in wounds:
        at = place % len(file)
        file[at : at + (0 if way == 0 else len(octets))] = octets if way < 2 else b""
    try:
        whole = wire.read(bytes(file))
    except UsageError:
        return
    split = wire.read(bytes(file), sizes)
    assert wire.payloads(split) == wire.payloads(whole)
    assert wire.places(split) == wire.places(whole)
    assert wire.faults(split) == wire.faults(whole)


@given(
    st.sampled_from(
        [b"", wire.pcap([]), wire.pcap([], link=101), wire.pcap([], 0), wire.png_section(), BLOCK * 3]
    ),
    st.binary(max_size=600),
)
@settings(max_examples=300)
def test_any_octets_end_in_datagrams_or_in_a_usage_error(start, octets):
    try:
        chunks = wire.read(start + octets)
    except UsageError:
        return
    for chunk in chunks:
        assert (chunk.begin <= chunk.end).all()
        assert (chunk.end <= len(chunk.data)).all()


@given(st.binary(min_size=20, max_size=120), st.sampled_from([1, 113, 276, 101, 0]))
@settings(max_examples=300)
def test_any_packet_on_any_link_is_survived(packet, link):
    six = b"\x60" + packet[1:6] + b"\x2c" + packet[7:]
    frames = [
        packet,
        wire.ethernet(b"\x45" + packet[1:]),
        wire.ethernet(six, 0x86DD),
        wire.ethernet(packet, 0x8100),
    ]
    wire.read(wire.pcap(frames, link))
    wire.read(wire.pcap(frames))


def test_a_pcap_is_entered_again_after_foreign_octets():
    sound, at = wire.pcap(FRAMES * 10), 24 + 30 * 76
    assert len(sound[at:]) % 76 == 0
    junk = np.random.default_rng(1).bytes(3000)
    chunks = wire.read(sound[:at] + junk + sound[at:])
    assert wire.payloads(chunks) == PAYLOADS * 10
    assert wire.faults(chunks) == {"octets skipped: no packet header where one should be": (at, 3000)}


def test_a_pcapng_is_entered_again_after_foreign_octets():
    head = wire.png_section() + wire.png_interface()
    body = b"".join(wire.png_packet(frame, 10**15) for frame in FRAMES)
    junk = np.random.default_rng(1).bytes(999)
    chunks = wire.read(head + body + junk + body)
    assert wire.payloads(chunks) == PAYLOADS * 2
    assert wire.faults(chunks) == {
        "octets skipped: no pcapng block where one should be": (len(head + body), 999)
    }


@pytest.mark.parametrize(
    "junk", [b"\x00" * 50, b"\x22\xff\xff\xff" * 9, b"\x00\x00\x00", np.random.default_rng(2).bytes(700)]
)
def test_a_raw_file_is_entered_again_after_foreign_octets(junk):
    chunks = wire.read(BLOCK * 6 + junk + BLOCK * 6)
    assert wire.payloads(chunks) == [BLOCK] * 12
    assert wire.faults(chunks) == {
        "octets skipped: no ASTERIX block where one should be": (6 * len(BLOCK), len(junk))
    }


@pytest.mark.parametrize("length", [b"\xff\xff", b"\x00\x30", b"\x00\x55", b"\x00\x08", b"\x00\x00"])
def test_a_block_with_a_lying_length_costs_no_other(length):
    lying = BLOCK[:1] + length + BLOCK[3:]
    chunks = wire.read(BLOCK * 6 + lying + BLOCK * 6)
    assert wire.payloads(chunks).count(BLOCK) == 12
    assert min(place for place, _ in wire.faults(chunks).values()) in range(6 * len(BLOCK), 7 * len(BLOCK))


def test_a_raw_file_may_begin_within_a_block():
    chunks = wire.read(BLOCK[5:] + BLOCK * 6)
    assert wire.payloads(chunks) == [BLOCK] * 6
    assert wire.faults(chunks) == {
        "octets skipped: no ASTERIX block where one should be": (0, len(BLOCK) - 5)
    }


def test_blocks_of_categories_that_nobody_knows_are_stepped_over():
    odd = b"\xc8" + BLOCK[1:]
    assert wire.payloads(wire.read(BLOCK * 4 + odd + BLOCK + odd + BLOCK * 3)) == [
        *[BLOCK] * 4,
        odd,
        BLOCK,
        odd,
        *[BLOCK] * 3,
    ]


def test_datagrams_without_blocks_are_told_apart():
    inside = [
        BLOCK,
        BLOCK + BLOCK,
        BLOCK[:9],
        bytes([200, 0, 4, 1]),
        b"",
        b"\x22",
        b"GET / HTTP/1.1",
        bytes(12),
        BLOCK + b"\0",
    ]
    frames = [wire.ethernet(wire.ipv4(wire.udp(payload))) for payload in inside]
    found = wire.read(wire.pcap(frames))[0]
    assert holds_blocks(found).tolist() == [True, True, True, True, False, False, False, False, True]


# -------------------------------------------------------------------------------------------------------- a peer


def by_tshark(tshark: str, file: str) -> list[tuple[str, bytes]]:
    """Time and payload of every UDP datagram, as Wireshark's dissectors see them."""
    done = subprocess.run(
        [tshark, "-r", file, "-T", "fields", "-e", "frame.time_epoch", "-e", "udp.payload", "-Y", "udp"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [(time, bytes.fromhex(payload)) for time, payload in rows if payload]


@pytest.mark.parametrize("mtu", [65_535, 1500, 300, 68])
def test_tshark_finds_the_same_datagrams_in_what_the_writer_wrote(tshark, tmp_path, mtu):
    file = tmp_path / "made.pcap"
    file.write_bytes(synthetic(60, mtu))
    chunks = wire.read(file.read_bytes())
    ours = [
        (f"{t_ns // 10**9}.{t_ns % 10**9:09d}", payload)
        for t_ns, payload in zip(wire.times(chunks), wire.payloads(chunks), strict=True)
    ]
    assert len(ours) == 60
    assert by_tshark(tshark, str(file)) == ours


def test_tshark_sees_no_wrong_checksum_in_what_the_writer_wrote(tshark, tmp_path):
    file = tmp_path / "made.pcap"
    file.write_bytes(synthetic(30, 300))
    fields = ["-T", "fields", "-e", "ip.checksum.status", "-e", "udp.checksum.status"]
    done = subprocess.run(
        [tshark, "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", *fields],
        capture_output=True,
        text=True,
        check=True,
    )
    states = {state for line in done.stdout.splitlines() for state in line.split("\t")}
    assert states <= {"1", ""}
    assert "1" in states


@pytest.mark.parametrize("name", ["arg_260429.pcap", "arg_fds260429.pcap"])
def test_tshark_finds_the_same_datagrams_in_the_real_recordings(tshark, real_data, name):
    file = real_data / "asterix" / name
    chunks = wire.read(file.read_bytes())
    theirs = by_tshark(tshark, str(file))
    assert wire.payloads(chunks) == [payload for _, payload in theirs]
    assert [t_ns // 1000 for t_ns in wire.times(chunks)] == [
        int(time.replace(".", "")[:16]) for time, _ in theirs
    ]
