"""Numbers read at many places of one array of octets at once."""

from __future__ import annotations

import numpy as np

from skypact.model.network import I8, U1


def big16(data: U1, at: I8, end: I8 | int) -> I8:
    """Two octets, most significant first, at each place; -1 where they do not lie before `end`."""
    return _whole(data, at, end, (8, 0))


def big32(data: U1, at: I8, end: I8 | int) -> I8:
    """Four octets, most significant first, at each place; -1 where they do not lie before `end`."""
    return _whole(data, at, end, (24, 16, 8, 0))


def little32(data: U1, at: I8, end: I8 | int) -> I8:
    """Four octets, least significant first, at each place; -1 where they do not lie before `end`."""
    return _whole(data, at, end, (0, 8, 16, 24))


def octet(data: U1, at: I8, end: I8 | int) -> I8:
    """The octet at each place; -1 where it does not lie before `end`."""
    return _whole(data, at, end, (0,))


def _whole(data: U1, at: I8, end: I8 | int, shifts: tuple[int, ...]) -> I8:
    inside = (at >= 0) & (at + len(shifts) <= np.minimum(end, len(data)))
    if not inside.any():
        return np.full(len(at), -1, np.int64)
    start = np.where(inside, at, 0)
    value = np.zeros(len(at), np.int64)
    for k, shift in enumerate(shifts):
        value |= data[np.minimum(start + k, len(data) - 1)].astype(np.int64) << shift
    return np.where(inside, value, -1)
