"""Link layers: where the Internet packet of a captured frame begins, and of which protocol it is."""

from __future__ import annotations

import numpy as np

from skypact.interop.capture.frame import Frames
from skypact.interop.capture.octet import big16, big32, little32, octet
from skypact.model.network import I8

IPV4, IPV6 = 0x0800, 0x86DD
_VLAN = np.array([0x8100, 0x88A8, 0x9100], np.int64)
_TAGS_MOST = 4
_TYPED: dict[int, tuple[int, int]] = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
"""Link type -> place of the protocol type, place of the packet: Ethernet, Linux cooked captures 1 and 2."""
_BARE = (12, 14, 101, 228, 229)
_LOOPBACK = (0, 108)
_FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
"""Address families of the systems that write loopback captures."""
CUT, UNREAD_LINK = -1, -2
"""Instead of a protocol type: the frame ends before it; the link type is not read."""
_KINDS = {
    0x0806: "ARP",
    0x8035: "RARP",
    0x8863: "PPPoE",
    0x8864: "PPPoE",
    0x8847: "MPLS",
    0x8848: "MPLS",
    0x8809: "Ethernet slow protocols",
    0x88CC: "LLDP",
    0x88F7: "PTP",
}
_LINK_NAMES = {
    9: "PPP",
    105: "IEEE 802.11",
    127: "IEEE 802.11 radiotap",
    147: "USER0",
    189: "USB",
    201: "Bluetooth",
    220: "USB",
    227: "CAN",
    249: "USBPcap",
}


def internet(frames: Frames) -> tuple[I8, I8]:
    """Place of each frame's packet in `frames.data`, and its protocol type (Ethernet's numbers, CUT, UNREAD_LINK)."""
    at, kind = frames.begin.copy(), np.full(len(frames.begin), UNREAD_LINK, np.int64)
    for link in np.unique(frames.link).tolist():
        mine = frames.link == link
        begin, end = frames.begin[mine], frames.end[mine]
        if link in _TYPED:
            type_at, packet_at = _TYPED[link]
            kind[mine] = big16(frames.data, begin + type_at, end)
            at[mine] = begin + packet_at
        elif link in _BARE:
            version = octet(frames.data, begin, end) >> 4
            kind[mine] = np.select([version == 4, version == 6], [IPV4, IPV6], CUT)
        elif link in _LOOPBACK:
            little, big = little32(frames.data, begin, end), big32(frames.data, begin, end)
            family = np.minimum(little, big)
            kind[mine] = np.select([family == known for known in _FAMILIES], list(_FAMILIES.values()), CUT)
            at[mine] = begin + 4
    for _ in range(_TAGS_MOST):
        tagged = np.isin(kind, _VLAN)
        if not tagged.any():
            break
        kind[tagged] = big16(frames.data, at[tagged] + 2, frames.end[tagged])
        at[tagged] += 4
    return at, kind


def kind_name(kind: int) -> str:
    """What a protocol type other than IP is called."""
    if kind < 1536:
        return "IEEE 802.2 (LLC)"
    return _KINDS.get(kind, f"Ethernet type 0x{kind:04X}")


def link_name(link: int) -> str:
    """What a link type that is not read is called."""
    return f"link type {link} ({_LINK_NAMES[link]})" if link in _LINK_NAMES else f"link type {link}"


def is_read(link: int) -> bool:
    """Whether packets of that link type are read."""
    return link in _TYPED or link in _BARE or link in _LOOPBACK
