"""Recordings of network traffic, or of ASTERIX blocks as they are: octets in, datagrams out.

pcap and pcapng; Ethernet with tags, Linux cooked captures, raw IP and loopback; IPv4 with fragments, IPv6; UDP.
Checksums are not verified: a capture on the sender often precedes them.
"""

from skypact.interop.capture.blocks import holds_blocks
from skypact.interop.capture.datagram import Datagrams, Faults, no_datagrams
from skypact.interop.capture.reader import Reader
from skypact.interop.capture.writer import Datagram, pcap_of

__all__ = ["Datagram", "Datagrams", "Faults", "Reader", "holds_blocks", "no_datagrams", "pcap_of"]
