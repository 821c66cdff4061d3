"""Why a nation is worse off at a level: attributions by what happened on the way, read from the record.

An attribution compares, object by object, what the nation's picture and people got at the level and at the
baseline, and names the first step of the chain (held, firm, alert, shot, kill) at which the level fell behind.
It says what differed, not that nothing else would have helped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.model.network import B1, F8
from skypact.model.record import Columns
from skypact.score.column import real, whole
from skypact.score.metric import Metric

_SOME_S = 1.0
"""Differences of less than this are ties: it is well below an epoch of the picture."""


@dataclass(frozen=True)
class Reason:
    """One attribution: what happened, and how much of it there was in a run, on average."""

    text: str
    per_run: float


@dataclass(frozen=True)
class Cause:
    """A nation that is worse off at a level than at the baseline, by one metric, with what the record says of it."""

    nation: str
    level: str
    metric: str
    difference: float
    resolved: bool
    """Whether the simultaneous interval lies beyond the threshold of relevance."""
    reasons: tuple[Reason, ...]


def reasons_for(
    metric: Metric, objects: tuple[Columns, Columns], rows: tuple[Columns, Columns], rung: int, runs: int
) -> tuple[Reason, ...]:
    """The attributions of a metric, largest first; empty where the record has no intermediate quantity for it.

    Args:
        metric: the metric that is worse.
        objects: OBJECT_ROWS of one nation at the level and at the baseline, object for object.
        rows: ROWS of that nation at the level and at the baseline, run for run.
        rung: index in RUNGS of the alerts that the public hears.
        runs: number of runs.
    """
    if metric.kind == "quantile" or metric.key.startswith(("people_", "warned_")):
        return _ranked(_warning_reasons(objects[0], objects[1], rung), runs)
    if metric.key.startswith("held"):
        return _ranked(_held_reasons(*objects), runs)
    if metric.key in ("leakers", "arrivals"):
        return _ranked(_leak_reasons(*objects, intact=metric.key), runs)
    parts = _PARTS.get(metric.key, ())
    changes = [(text, float(np.nanmean(real(rows[0], name) - real(rows[1], name)))) for name, text in parts]
    return tuple(
        Reason(text, change) for text, change in sorted(changes, key=lambda part: -part[1]) if change > 0.0
    )


_PARTS: dict[str, Sequence[tuple[str, str]]] = {
    "gospa_m": (
        ("gospa_missed", "more objects missed at any time"),
        ("gospa_false", "more false tracks at any time"),
        ("gospa_localisation_m", "m more of position error"),
    ),
    "rounds": (
        ("late_rounds", "more rounds fired at what was already killed"),
        ("doubled_rounds", "more rounds fired at what another nation's shot was flying to"),
        ("stray_rounds", "more rounds fired where no raid object was"),
        ("shots", "more shots fired in all"),
    ),
    "price_usd": (("rounds", "more rounds fired"),),
    "overkill_rounds": (
        ("late_rounds", "more rounds fired at what was already killed"),
        ("doubled_rounds", "more rounds fired at what another nation's shot was flying to"),
    ),
    "false_alerts": (("alerts", "more alerts raised"), ("gospa_false", "more false tracks at any time")),
    "alert_hours": (("alerts", "more alerts raised"), ("false_alerts", "more false alerts")),
    "civil_engaged": (("gospa_false", "more false tracks at any time"), ("shots", "more shots fired in all")),
    "friendly_engaged": (
        ("gospa_false", "more false tracks at any time"),
        ("shots", "more shots fired in all"),
    ),
    "common_rmse_m": (("gospa_localisation_m", "m more of position error"),),
}


def _ranked(cases: Sequence[tuple[str, B1]], runs: int) -> tuple[Reason, ...]:
    """Objects counted by the first case that holds for them, the most frequent first."""
    taken = np.zeros(len(cases[0][1]), np.bool_)
    counted = []
    for text, where in cases:
        counted.append(Reason(text, float(np.count_nonzero(where & ~taken)) / max(runs, 1)))
        taken |= where
    return tuple(sorted((reason for reason in counted if reason.per_run > 0.0), key=lambda r: -r.per_run))


def _later(level: F8, base: F8) -> B1:
    """Where an instant is later at the level, or never came though it did at the baseline."""
    return np.asarray((level > base + _SOME_S) | (np.isnan(level) & ~np.isnan(base)))


def _warning_reasons(level: Columns, base: Columns, rung: int) -> list[tuple[str, B1]]:
    """Objects whose warning is shorter at the level, by what came later or was taken back."""
    now, then = real(level, "warning_s")[:, rung], real(base, "warning_s")[:, rung]
    worse = now < then - _SOME_S
    alert, alert_base = real(level, "first_alert_s"), real(base, "first_alert_s")
    withdrawn = ~np.isnan(alert) & (alert < real(level, "end_s") - now - _SOME_S)
    killed_first = np.isnan(alert) & ~np.isnan(real(level, "kill_s"))
    held_later = _later(real(level, "first_held_s"), real(base, "first_held_s"))
    firm_later = _later(real(level, "first_firm_s"), real(base, "first_firm_s"))
    later = _later(alert, alert_base)
    return [
        ("objects killed before any alert", worse & killed_first),
        ("objects whose alert was raised as early but withdrawn", worse & withdrawn & ~later),
        ("objects alerted later because a track was on them later", worse & later & held_later),
        ("objects alerted later because their track became firm later", worse & later & firm_later),
        ("objects never alerted though held as early", worse & np.isnan(alert)),
        ("objects alerted later though held and firm as early", worse & later),
        ("objects warned less for other reasons", worse),
    ]


def _held_reasons(level: Columns, base: Columns) -> list[tuple[str, B1]]:
    """Objects firm later at the level, by whether a track was on them at all."""
    later = _later(real(level, "first_firm_s"), real(base, "first_firm_s"))
    held = real(level, "first_held_s")
    firm = real(level, "first_firm_s")
    return [
        ("objects that its picture never held", later & np.isnan(held)),
        ("objects held but never firm", later & np.isnan(firm)),
        ("objects held later", later & _later(held, real(base, "first_held_s"))),
        ("objects held as early but firm later", later),
    ]


def _leak_reasons(level: Columns, base: Columns, intact: str) -> list[tuple[str, B1]]:
    """Objects that get through at the level and not at the baseline, by what stopped the shot."""
    if intact == "leakers":
        more = (whole(level, "leaked") > 0) & (whole(base, "leaked") == 0)
    else:
        more = np.isnan(real(level, "kill_s")) & ~np.isnan(real(base, "kill_s"))
    rounds, rounds_base = real(level, "rounds"), real(base, "rounds")
    return [
        ("objects let through with all defending stock spent", more & (whole(level, "stock_spent") > 0)),
        (
            "objects never fired at and never firm",
            more & (rounds == 0) & np.isnan(real(level, "first_firm_s")),
        ),
        ("objects never fired at though firm", more & (rounds == 0)),
        ("objects fired at with fewer rounds, all missing", more & (rounds < rounds_base)),
        ("objects fired at with as many rounds, all missing", more),
    ]
