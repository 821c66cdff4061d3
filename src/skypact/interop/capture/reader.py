"""A recording read piece by piece: octets in, datagrams out, whatever the container."""

from __future__ import annotations

from skypact.errors import UsageError
from skypact.interop.capture import blocks as raw
from skypact.interop.capture.blocks import Blocks
from skypact.interop.capture.datagram import Datagrams, Faults, no_datagrams
from skypact.interop.capture.foreign import known_foreign, likely_foreign
from skypact.interop.capture.link import is_read, link_name
from skypact.interop.capture.packet import Packets
from skypact.interop.capture.pcap import FILE_HEADER, MAGIC, Pcap
from skypact.interop.capture.pcapng import BLOCK_HEADER, Pcapng

_PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_FORMATS = "pcap, pcapng or ASTERIX blocks"
_SIGNATURE = 512
"""Octets by which a foreign file is known."""


class Reader:
    """Reads one recording: feed it the file in pieces of any size, then close it.

    Memory does not grow with the file: at most one packet or block, or the octets of a stretch that makes no sense,
    wait for the next piece, beside a bounded number of fragments.

    Args:
        name: what the errors call the recording.
    """

    def __init__(self, name: str = "recording") -> None:
        self._name = name
        self._waiting = bytearray()
        self._wanted = 4
        self._base = 0
        self._container: Pcap | Pcapng | Blocks | None = None
        self._packets = Packets()

    @property
    def container(self) -> str:
        """'pcap', 'pcapng' or 'ASTERIX blocks'; empty until that is known."""
        return self._container.name if self._container else ""

    @property
    def done(self) -> bool:
        """The rest of the file cannot be read; more octets are ignored."""
        return self._container is not None and self._container.done

    def feed(self, octets: bytes) -> Datagrams:
        """The datagrams that these octets complete.

        Raises:
            UsageError: the file is no recording that can be read.
        """
        self._waiting += octets
        return self._read(final=False)

    def close(self) -> Datagrams:
        """The datagrams that only the end of the file completes.

        Raises:
            UsageError: the file is no recording that can be read.
        """
        return self._read(final=True)

    def _read(self, final: bool) -> Datagrams:
        if self._container is None and not self._recognise(final):
            return no_datagrams()
        if self.done or self._container is None:
            self._waiting.clear()
            return no_datagrams()
        faults = Faults()
        octets, base = bytes(self._waiting), self._base
        if isinstance(self._container, Blocks):
            found, taken = self._container.walk(octets, base, final, faults)
        else:
            frames, taken = self._container.walk(octets, base, final, faults)
            found = self._packets.datagrams(frames, base, faults)
            if final or self._container.done:
                self._packets.close(faults)
        del self._waiting[:taken]
        self._base += taken
        return Datagrams(
            found.data,
            found.begin,
            found.end,
            found.capture_ns,
            found.file_offset,
            found.other,
            faults.as_tuple(),
        )

    def _recognise(self, final: bool) -> bool:
        """Whether the container is known by now."""
        n = len(self._waiting)
        if n < self._wanted and not final:
            return False
        head = bytes(self._waiting[: raw.NEEDED])
        if not head:
            raise UsageError(f"reading {self._name}", "the file is empty", "Give a recording.")
        if head[:4] in MAGIC:
            return self._open_pcap(head, final)
        if head[:4] == _PCAPNG_MAGIC:
            return self._open_pcapng(head, final)
        if n < _SIGNATURE and not final:
            self._wanted = _SIGNATURE
            return False
        known = known_foreign(head)
        if known is not None:
            raise self._foreign(*known)
        first = raw.first_block(head, final)
        if first < 0:
            if n < raw.NEEDED and not final:
                self._wanted = min(2 * n, raw.NEEDED)
                return False
            raise self._foreign(*likely_foreign(head))
        self._container = Blocks(first, head)
        return True

    def _open_pcap(self, head: bytes, final: bool) -> bool:
        if len(head) < FILE_HEADER:
            self._wanted = FILE_HEADER
            return self._too_short("pcap", len(head)) if final else False
        container = Pcap(head)
        if not is_read(container.link):
            raise self._foreign(
                f"pcap of {link_name(container.link)}",
                "Capture on an Ethernet interface, or convert the file to Ethernet or raw IP.",
            )
        del self._waiting[:FILE_HEADER]
        self._base = FILE_HEADER
        self._container = container
        return True

    def _open_pcapng(self, head: bytes, final: bool) -> bool:
        if len(head) < BLOCK_HEADER:
            self._wanted = BLOCK_HEADER
            return self._too_short("pcapng", len(head)) if final else False
        self._container = Pcapng()
        return True

    def _too_short(self, container: str, n: int) -> bool:
        raise UsageError(
            f"reading {self._name}",
            f"a {container} file cut off within its header ({n} octets)",
            "Copy the file again.",
        )

    def _foreign(self, found: str, next_step: str) -> UsageError:
        return UsageError(
            f"reading {self._name}", f"this is {found}, not a recording that can be read", next_step
        )
