"""What a transponder answered, as the one code a track carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.model.codes import FIRST_CIVIL_CODE, NO_CODE
from skypact.model.network import I4, U4
from skypact.model.recording import ABSENT


@dataclass(frozen=True)
class Labels:
    """A code a plot, and what each code stands for.

    A label says who answers, nothing about sides: all are taken from the civil block.
    """

    code: U4
    """[n] NO_CODE or 1.."""
    mode_3a: I4
    """[k + 1] by code; ABSENT where the code stands for an aircraft address"""
    address: I4
    """[k + 1] by code; ABSENT where the code stands for a Mode 3/A"""

    def name(self, code: int) -> str:
        """'A2341' for a Mode 3/A (octal), six hexadecimal digits for an address, '' for none."""
        if code == NO_CODE:
            return ""
        if self.address[code] != ABSENT:
            return f"{self.address[code]:06X}"
        return f"A{self.mode_3a[code]:04o}"


def label_plots(mode_3a: I4, address: I4) -> Labels:
    """The code of every plot: of its aircraft address, else of its Mode 3/A.

    A plot with a Mode 3/A alone, which elsewhere in the recording comes with exactly one address, is of that address
    (an aircraft need not give its address in every reply). If it comes with several, as conspicuity codes do, the plot
    has no code: it may be of any of them.

    Args:
        mode_3a: i4[n] in [0, 4095], or ABSENT.
        address: i4[n] in [0, 2**24), or ABSENT.
    """
    both = (mode_3a != ABSENT) & (address != ABSENT)
    pairs = np.unique(np.stack([mode_3a[both], address[both]], axis=1), axis=0)
    shared, first, count = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    address_of = np.full(4096, ABSENT, np.int32)
    address_of[shared] = np.where(count == 1, pairs[first, 1], ABSENT)
    several = np.zeros(4096, np.bool_)
    several[shared[count > 1]] = True
    alone = (mode_3a != ABSENT) & (address == ABSENT)
    who = address.copy()
    who[alone] = address_of[mode_3a[alone]]
    squawk = np.where(alone & (who == ABSENT), mode_3a, ABSENT)
    squawk[alone & several[np.maximum(mode_3a, 0)]] = ABSENT
    key = np.where(who != ABSENT, who.astype(np.int64) + 4096, squawk.astype(np.int64))
    known = key != ABSENT
    keys, index = np.unique(key[known], return_inverse=True)
    code = np.full(len(mode_3a), NO_CODE, np.uint32)
    code[known] = index.astype(np.uint32) + FIRST_CIVIL_CODE
    is_address = keys >= 4096
    blank = np.full(FIRST_CIVIL_CODE, ABSENT, np.int32)
    return Labels(
        code=code,
        mode_3a=np.concatenate([blank, np.where(is_address, ABSENT, keys).astype(np.int32)]),
        address=np.concatenate([blank, np.where(is_address, keys - 4096, ABSENT).astype(np.int32)]),
    )
