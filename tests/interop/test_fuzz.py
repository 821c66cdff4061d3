"""Damaged blocks through every container: no crash, no hang, nothing impossible comes out."""

from __future__ import annotations

import faulthandler
from collections import Counter

from tests.interop.mutate import mutated, pool, read_all

BLOCKS, BATCH = 20_000, 2_000


def test_twenty_thousand_damaged_blocks_are_survived():
    blocks = pool(0)
    found: Counter[str] = Counter()
    faulthandler.dump_traceback_later(600, exit=True)
    try:
        for seed in range(BLOCKS // BATCH):
            found += read_all(mutated(blocks, BATCH, seed), seed)
    finally:
        faulthandler.cancel_dump_traceback_later()
    assert found["blocks"] == BLOCKS
    assert found["records"] > BLOCKS / 2
    assert found["faults"] > BLOCKS / 4


def test_the_sound_blocks_that_the_damaged_ones_are_made_of_have_no_fault():
    blocks = [block for block in pool(1) if len(block) <= 65_507]
    found = read_all(blocks[:500], 1)
    assert found["records"] >= 500
    assert found["files refused"] == 0
