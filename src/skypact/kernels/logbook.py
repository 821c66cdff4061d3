"""The flights predicted at one instant: a track that several pictures hold alike, to the bit, is flown once.

A table of hashes with open addressing (Knuth, The Art of Computer Programming 3, section 6.4). What is asked is
compared whole, so that an entry is what a new flight would give.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare

FREE, NO_END, ENDS = 0, 1, 2
"""What a slot holds: nothing, a flight without a predicted end, one with."""
N_ASKED = 44
"""Mean [6], covariance [36], inverse ballistic coefficient, chance of a boost."""
N_FOUND = 10
"""Point [6] and covariance [4] of the end, as `impact.predict_ballistic` writes them."""


class Logbook(NamedTuple):
    """Room for the flights of one instant: half as many as there are slots, S, so that a search soon ends."""

    head: NDArray[np.int64]
    """[2] the instant (ns), how many slots are in use"""
    state: NDArray[np.uint8]
    """[S]"""
    asked: NDArray[np.float64]
    """[S, N_ASKED]"""
    found: NDArray[np.float64]
    """[S, N_FOUND]"""


@bare
def open_page(book: Logbook, now_ns: int) -> None:
    """Forget the flights of any other instant."""
    if book.head[0] != now_ns:
        book.head[0], book.head[1] = now_ns, 0
        book.state[:] = FREE


@bare
def slot_for(
    book: Logbook, mean: NDArray[np.float64], cov: NDArray[np.float64], inverse_beta: float, boost: float
) -> int:
    """The slot of a flight: one that holds it, else a free one with what is asked written; -1 without room."""
    slots = book.state.size
    mixed = 0
    for a in range(3):
        mixed = (mixed * 1_000_003) ^ int(4096.0 * mean[a])
    slot = (mixed ^ (mixed >> 17)) % slots
    while book.state[slot] != FREE:
        if _is_asked(book.asked[slot], mean, cov, inverse_beta, boost):
            return slot
        slot = (slot + 1) % slots
    if 2 * book.head[1] >= slots:
        return -1
    book.head[1] += 1
    asked = book.asked[slot]
    for a in range(6):
        asked[a] = mean[a]
        for b in range(6):
            asked[6 + 6 * a + b] = cov[a, b]
    asked[42], asked[43] = inverse_beta, boost
    return slot


@bare
def _is_asked(
    asked: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    inverse_beta: float,
    boost: float,
) -> bool:
    if asked[42] != inverse_beta or asked[43] != boost:
        return False
    for a in range(6):
        if asked[a] != mean[a]:
            return False
    for a in range(6):
        for b in range(6):
            if asked[6 + 6 * a + b] != cov[a, b]:
                return False
    return True
