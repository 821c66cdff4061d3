"""Times of day made instants: the radar says the seconds since midnight, the recording says which day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from skypact.model.network import F8, I8
from skypact.model.recording import ABSENT

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
_FALL_NS = DAY_NS // 2
_RISE_NS = 23 * DAY_NS // 24
"""A rise of more than this is a late record from before midnight, not a pause of the recording."""


@dataclass(frozen=True)
class Clock:
    """How far the clocks of a recording without capture times have come."""

    last_ns: Mapping[int, int] = field(default_factory=dict)
    """by source (SAC * 256 + SIC): its latest instant in the order of the file"""
    latest_ns: int = ABSENT
    """of any source"""


def instants(time_s: F8, source: I8, capture_ns: I8, clock: Clock) -> tuple[I8, Clock]:
    """UTC instants of n records in the order of the file, and the clock after them.

    A record with a capture time is put on the day on which the two differ least, so that they differ by 12 h at
    most. The others begin on 1970-01-01; a source's day goes on when its time of day falls by more than 12 h, and back
    when it rises by more than 23 h (a late record from before midnight), but not before 1970. A source that is new is
    put on the day on which it is nearest to the latest instant.

    Args:
        time_s: seconds since midnight UTC, [0, 86400]; NaN or other values give ABSENT.
        source: SAC * 256 + SIC.
        capture_ns: UTC, or ABSENT.
        clock: as the records before have left it.
    """
    t_ns = np.full(len(time_s), ABSENT, np.int64)
    with np.errstate(invalid="ignore"):
        timed = (time_s >= 0.0) & (time_s <= 86_400.0)
    of_day_ns = np.zeros(len(time_s), np.int64)
    of_day_ns[timed] = np.rint(time_s[timed] * SECOND_NS).astype(np.int64) % DAY_NS  # 24:00 is 0:00
    captured = timed & (capture_ns != ABSENT)
    t_ns[captured] = _nearest(of_day_ns[captured], capture_ns[captured])
    rest = np.flatnonzero(timed & ~captured)
    if len(rest):
        t_ns[rest], clock = _rolled(of_day_ns[rest], source[rest], clock)
    return np.where(t_ns < 0, ABSENT, t_ns), clock


def _nearest(of_day_ns: I8, capture_ns: I8) -> I8:
    ahead_ns = (of_day_ns - capture_ns % DAY_NS + DAY_NS // 2) % DAY_NS - DAY_NS // 2
    return capture_ns + ahead_ns


def _rolled(of_day_ns: I8, source: I8, clock: Clock) -> tuple[I8, Clock]:
    """Instants by the order of the file alone, and the clock after them."""
    order = np.argsort(source, kind="stable")
    here_ns, who = of_day_ns[order], source[order]
    first = np.flatnonzero(np.diff(who, prepend=who[0] - 1))
    reference_ns = clock.latest_ns if clock.latest_ns >= 0 else int(of_day_ns[0])
    before_ns = np.roll(here_ns, 1)
    start_ns = np.empty(len(first), np.int64)
    for k, name in enumerate(who[first].tolist()):
        last_ns = clock.last_ns.get(name, ABSENT)
        if last_ns < 0:
            last_ns = max(int(_nearest(here_ns[first[k] : first[k] + 1], np.array([reference_ns]))[0]), 0)
        start_ns[k] = last_ns // DAY_NS
        before_ns[first[k]] = last_ns % DAY_NS
    step_ns = here_ns - before_ns
    days = (step_ns < -_FALL_NS).astype(np.int64) - (step_ns > _RISE_NS)
    days[first] += start_ns
    run = np.cumsum(days)
    run -= np.repeat(run[first] - days[first], np.diff(first, append=len(who)))
    t_ns = np.empty(len(who), np.int64)
    t_ns[order] = run * DAY_NS + here_ns
    end = np.append(first[1:], len(who)) - 1
    last = dict(zip(who[end].tolist(), t_ns[order[end]].tolist(), strict=True))
    return t_ns, Clock({**clock.last_ns, **last}, int(t_ns[-1]))
