"""What a file is that holds neither packets nor ASTERIX blocks, in words that tell what to do with it."""

from __future__ import annotations

_CONVERT = "Convert it: editcap -F pcap FILE new.pcap"
_UNPACK = "Unpack it first"
_EXPORT = "Export the recording as pcap, pcapng or a raw file of ASTERIX blocks"

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip", _UNPACK),
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"PK\x05\x06", "an empty zip archive", "Give the recording itself"),
    (b"\x28\xb5\x2f\xfd", "zstd", _UNPACK),
    (b"BZh", "bzip2", _UNPACK),
    (b"\xfd7zXZ\x00", "xz", _UNPACK),
    (b"\x04\x22\x4d\x18", "lz4", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\xa1\xb2\xcd\x34", "pcap in a variant that is not read", _CONVERT),
    (b"\x34\xcd\xb2\xa1", "pcap in a variant that is not read", _CONVERT),
    (b"snoop\x00", "a snoop capture", _CONVERT),
    (b"XCP\x00", "a NetXRay capture", _CONVERT),
    (b"GMBU", "a Microsoft Network Monitor capture", _CONVERT),
    (b"\x89HDF\r\n\x1a\n", "HDF5", _EXPORT),
    (b"CDF\x01", "NetCDF", _EXPORT),
    (b"CDF\x02", "NetCDF", _EXPORT),
    (b"PAR1", "Parquet", _EXPORT),
    (b"ARROW1", "Arrow", _EXPORT),
    (b"\x93NUMPY", "a NumPy array", _EXPORT),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"%PDF", "PDF", _EXPORT),
    (b"\x89PNG", "a PNG picture", _EXPORT),
    (b"\xff\xd8\xff", "a JPEG picture", _EXPORT),
    (b"GIF8", "a GIF picture", _EXPORT),
    (b"\x7fELF", "a program", _EXPORT),
    (b"MZ\x90", "a program", _EXPORT),
)
_TEXT = frozenset(range(32, 127)) | frozenset(b"\t\n\r\x0c\x1b") | frozenset(range(128, 256))
_FINAL_PADDING = b"\xa5\xa5\xa5\xa5"
HEAD = 4096
"""Octets that are looked at."""


def known_foreign(head: bytes) -> tuple[str, str] | None:
    """What the first octets say a file is, and what to do next; None where no format is certain.

    Args:
        head: the first octets of the file; 512 are enough.
    """
    for magic, name, next_step in _MAGIC:
        if head.startswith(magic):
            return name, f"{next_step}."
    if head[257:262] == b"ustar":
        return "a tar archive", f"{_UNPACK}."
    return None


def likely_foreign(head: bytes) -> tuple[str, str]:
    """What a file seems to be in which no ASTERIX blocks were found, and what to do next."""
    known = known_foreign(head)
    if known is not None:
        return known
    head = head[:HEAD]
    if not any(head):
        return "only zeros", f"{_EXPORT}."
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text (UTF-16)", f"{_EXPORT}."
    if all(octet in _TEXT for octet in head) and _is_utf8(head):
        return _text_kind(head.removeprefix(b"\xef\xbb\xbf").lstrip()), f"{_EXPORT}."
    if head.count(_FINAL_PADDING) >= 2:
        return "the FINAL format (A5 A5 A5 A5 after each block)", f"{_EXPORT}."
    return "of no format that is known here", f"{_EXPORT}."


def _is_utf8(head: bytes) -> bool:
    try:
        head[:-3].decode("utf-8") if len(head) >= HEAD else head.decode("utf-8")
    except UnicodeDecodeError as fault:
        return len(head) >= HEAD and fault.start >= HEAD - 8
    return True


def _text_kind(text: bytes) -> str:
    start = text[:256]
    if start[:1] in (b"{", b"["):
        return "text (JSON)"
    if start[:1] == b"<":
        return "text (XML or HTML)"
    line = text.split(b"\n", 1)[0]
    if any(line.count(mark) >= 2 for mark in (b",", b";", b"\t")):
        return "text (CSV)"
    if not text.strip(b"0123456789abcdefABCDEF \r\n\t:"):
        return "text (hexadecimal digits)"
    return "text"
