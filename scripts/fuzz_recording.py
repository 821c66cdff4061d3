"""Read a million damaged ASTERIX blocks: `python scripts/fuzz_recording.py --blocks 1000000`.

Prints what was found, how long it took and how much memory was in use on the way. The exit status is 0 only if
nothing crashed, no batch took longer than the limit, and memory did not grow. The same seed gives the same blocks:
a batch that fails is named and can be run alone (`--first`).
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the mutations are part of the tests

from tests.interop.mutate import mutated, pool, read_all

BATCH = 5_000
GROWTH_MIB = 48.0
"""More than the memory in use varies from batch to batch."""


def memory_mib() -> tuple[float, float]:
    """Memory in use now, and the most so far."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize() / 2**20, peak_kib / 1024


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description="Read damaged ASTERIX blocks.")
    parser.add_argument("--blocks", type=int, default=1_000_000, help="how many (default: a million)")
    parser.add_argument("--first", type=int, default=0, help="number of the first batch")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for a batch (default: 120)")
    asked = parser.parse_args()
    batches = max(-(-asked.blocks // BATCH), 1)
    marks = {max(batches * tenth // 10 - 1, 0): tenth for tenth in (1, 5, 10)}
    sound, found, peaks = pool(0), Counter[str](), []
    began_s = time.monotonic()
    for k in range(batches):
        seed = asked.first + k
        faulthandler.dump_traceback_later(asked.limit, exit=True)
        try:
            found += read_all(mutated(sound, min(BATCH, asked.blocks - k * BATCH), seed), seed)
        except Exception:
            print(f"batch {seed} failed: --first {seed} --blocks {BATCH} runs it alone", file=sys.stderr)
            raise
        faulthandler.cancel_dump_traceback_later()
        if k in marks:
            now, peak = memory_mib()
            peaks.append(peak)
            print(
                f"{(k + 1) * BATCH:>10,} blocks: {now:6.0f} MiB in use, {peak:6.0f} MiB at most", flush=True
            )
    took_s = time.monotonic() - began_s
    print(", ".join(f"{count:,} {what}" for what, count in found.items()))
    print(f"{took_s:.0f} s, {found['blocks'] / took_s:,.0f} blocks a second, each read in up to three files")
    grown = peaks[-1] - peaks[0]
    print(f"memory grew by {grown:.0f} MiB (at most {GROWTH_MIB:.0f} allowed)")
    return int(grown > GROWTH_MIB)


if __name__ == "__main__":
    sys.exit(main())
