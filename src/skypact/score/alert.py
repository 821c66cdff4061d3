"""Alerts as spans of time, warning seconds, and false alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skypact.model.codes import EventKind
from skypact.model.manifest import Manifest
from skypact.model.network import F8, I8
from skypact.model.warning import RUNGS
from skypact.score.column import Table, seconds, whole
from skypact.score.world import NEVER_S, Scored

GRACE_S = 120.0
"""An alert is not false where an object arrives this long after it was cleared."""


@dataclass(frozen=True)
class Spans:
    """Alerts of one zone at one rung, in order of time; `clear_s` is infinite where it was in force to the end."""

    raise_s: F8
    clear_s: F8


AlertBook = Mapping[tuple[int, int], Spans]
"""(zone, rung) -> its alerts. A zone is an index of `Manifest.alerted`: a place, where alerts are for places."""


def public_rung(manifest: Manifest) -> int:
    """Index in RUNGS of the alerts that the public hears."""
    return int(np.argmin(np.abs(np.array(RUNGS) - manifest.alert_probability)))


def alert_book(events: Table, level: int, manifest: Manifest) -> AlertBook:
    """The alerts of a level by place and rung; raising what is already in force changes nothing."""
    kinds = whole(events, "kind")
    mine = np.flatnonzero(
        (whole(events, "level") == level) & ((kinds == EventKind.ALERT) | (kinds == EventKind.ALL_CLEAR))
    )
    t_s = seconds(events, manifest.zero_ns)[mine]
    place, rung = whole(events, "place")[mine], whole(events, "other")[mine]
    raised = kinds[mine] == EventKind.ALERT
    order = np.lexsort((whole(events, "seq")[mine], t_s))
    spans: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for k in order:
        book = spans.setdefault((int(place[k]), int(rung[k])), [])
        in_force = bool(book) and book[-1][1] == NEVER_S
        if raised[k] and not in_force:
            book.append((float(t_s[k]), NEVER_S))
        elif not raised[k] and in_force:
            book[-1] = (book[-1][0], float(t_s[k]))
    return {key: Spans(*np.array(book).T) for key, book in spans.items() if book}


def warning_seconds(book: AlertBook, scored: Scored, dead_s: F8) -> F8:
    """Warning of each scored object at each rung, seconds [k, rungs]: 0 where the place was not under alert.

    Un-intercepted arrival minus the beginning of the alert for its place that stays in force until the object
    arrives, or, where it is killed first, until then: an alert cleared because the danger is over was an alert.

    Args:
        book: the level's alerts.
        scored: k objects.
        dead_s: [k] when each is killed at this level, infinite where it is not.
    """
    warning = np.zeros((len(scored.key), len(RUNGS)))
    last_s = np.minimum(scored.end_s, dead_s)
    for k in range(len(scored.key)):
        for rung in range(len(RUNGS)):
            spans = book.get((int(scored.zone[k]), rung))
            if spans is not None:
                in_force = (spans.raise_s <= last_s[k]) & (spans.clear_s >= last_s[k])
                if in_force.any():
                    warning[k, rung] = scored.end_s[k] - spans.raise_s[in_force].min()
    return warning


def first_alerts(book: AlertBook, scored: Scored, dead_s: F8, rung: int) -> F8:
    """The beginning (s) of the first alert for its place in force at any time of an object's flight; NaN if none."""
    first = np.full(len(scored.key), np.nan)
    last_s = np.minimum(scored.end_s, dead_s)
    for k in range(len(scored.key)):
        spans = book.get((int(scored.zone[k]), rung))
        if spans is not None:
            during = (spans.raise_s <= last_s[k]) & (spans.clear_s >= scored.launch_s[k])
            if during.any():
                first[k] = spans.raise_s[during].min()
    return first


def alert_totals(book: AlertBook, rung: int, nation_of: I8, nations: int, last_s: float) -> tuple[F8, F8]:
    """Number of alerts of each nation at a rung [N], and the hours its places were under alert until `last_s` [N]."""
    count, hours = np.zeros(nations), np.zeros(nations)
    for (place, at), spans in book.items():
        if at == rung:
            count[nation_of[place]] += len(spans.raise_s)
            lasted_s = np.minimum(spans.clear_s, last_s) - spans.raise_s
            hours[nation_of[place]] += np.maximum(lasted_s, 0.0).sum() / 3600.0
    return count, hours
