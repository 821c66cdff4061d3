"""What a transponder answered, as the one code a track carries."""

from __future__ import annotations

import numpy as np

from skypact.model.codes import FIRST_CHANGING_CODE, FIRST_CIVIL_CODE, NO_CODE
from skypact.model.network import I4, U4
from skypact.model.recording import ABSENT


def label_plots(mode_3a: I4, address: I4) -> U4:
    """The code of every plot [n]: of its aircraft address, else of its Mode 3/A, else NO_CODE.

    A code says who answers, nothing about sides: all are civil ones. Addresses stand for life, Mode 3/A may be given
    anew in flight and is of that block (model.codes.FIRST_CHANGING_CODE). A plot with a Mode 3/A alone, which elsewhere
    in the recording comes with exactly one address, is of that address (an aircraft need not give its address in every
    reply). If it comes with several, as conspicuity codes do, the plot has no code: it may be of any of them.

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
    code = np.full(len(mode_3a), NO_CODE, np.uint32)
    code[squawk != ABSENT] = squawk[squawk != ABSENT].astype(np.uint32) + FIRST_CHANGING_CODE
    code[who != ABSENT] = (
        np.unique(who[who != ABSENT], return_inverse=True)[1].astype(np.uint32) + FIRST_CIVIL_CODE
    )
    return code
