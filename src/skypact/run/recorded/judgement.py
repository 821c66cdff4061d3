"""Judging what was tracked: by the codes that the tracker may not have seen, and against another system's tracks."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from skypact.errors import UsageError
from skypact.model.network import I8, U8
from skypact.model.recording import ABSENT, Plots, RadarSite, Recording, SystemTracks, TrackPoints
from skypact.run.recorded.follow import Followed
from skypact.score import Continuity, Match, RadarBias, continuity, estimate_bias, match_points

Columns = TypeVar("Columns", Plots, TrackPoints)

DAY_NS = 86_400 * 10**9


@dataclass(frozen=True)
class View:
    """What one radar had to do with the tracks: its plots, who took them, and the points that they updated."""

    number: int
    plots: Plots
    rows: I8
    """[plots] row in the recording's plots"""
    owner: U8
    points: TrackPoints
    """their `plot` is a row of this view's plots"""


@dataclass(frozen=True)
class Comparison:
    """One radar's points against the other system; `fault` says why there is none."""

    bias: RadarBias | None
    match: Match | None
    fault: str = ""
    days: int = 0
    """added to the other system's instants, because one of the recordings has no date"""


def views(followed: Followed) -> tuple[View, ...]:
    """A view of each radar, in the order of the radars."""
    prepared = followed.prepared
    plots = replace(prepared.recording.plots, t_ns=prepared.t_ns)
    out = []
    for k, radar in enumerate(prepared.radars):
        rows = np.sort(prepared.rows[prepared.sensor == k])
        place = np.full(len(plots), -1, np.int64)
        place[rows] = np.arange(len(rows))
        own: I8 = np.flatnonzero(place[followed.points.plot] >= 0)
        points = taken(followed.points, own)
        out.append(
            View(
                number=radar.number,
                plots=taken(plots, rows),
                rows=rows,
                owner=followed.owner[rows],
                points=replace(points, plot=place[points.plot]),
            )
        )
    return tuple(out)


def judge(followed: Followed) -> tuple[Continuity, ...]:
    """Purity, continuity and changes of code of the tracks as the plots of each radar show them, radar by radar."""
    return tuple(
        continuity(view.plots, view.owner, followed.confirmed, model.revisit_s)
        for view, model in zip(views(followed), followed.models, strict=True)
    )


def compare(followed: Followed, other: Recording) -> tuple[Comparison, ...]:
    """Biases of each radar against another system, and its points matched with the biases removed.

    A radar without a place, or one that shares too little with the other system, has a fault instead.
    """
    if len(other.system) == 0:
        raise UsageError(
            f"--compare {other.name}",
            "it holds no track updates (category 062)",
            "Give a recording of another system's tracks.",
        )
    days = _days_apart(followed, other)
    system = replace(other.system, t_ns=other.system.t_ns + days * DAY_NS)
    out = []
    for view, radar in zip(views(followed), followed.prepared.radars, strict=True):
        if radar.site is None:
            out.append(Comparison(None, None, f"where radar {radar.name} stands is not known: give --site"))
            continue
        out.append(replace(_compared(view, followed.confirmed, radar.site, system), days=days))
    return tuple(out)


def _days_apart(followed: Followed, other: Recording) -> int:
    """Whole days that bring a recording without a date, of either side, to the time of the other."""
    plots = followed.recording.plots
    if (plots.capture_ns != ABSENT).any() and (other.system.capture_ns != ABSENT).any():
        return 0
    theirs = other.system.t_ns[other.system.t_ns != ABSENT]
    if len(theirs) == 0:
        return 0
    apart_ns = np.median(followed.prepared.t_ns[followed.prepared.rows]) - np.median(theirs)
    return round(float(apart_ns) / DAY_NS)


def _compared(view: View, confirmed: U8, site: RadarSite, system: SystemTracks) -> Comparison:
    try:
        bias = estimate_bias(view.plots, view.owner, confirmed, site, system)
    except UsageError as fault:
        return Comparison(None, None, str(fault))
    return Comparison(bias, match_points(view.points, bias, site, view.plots, system))


def taken(columns: Columns, rows: I8) -> Columns:
    """The same columns with these rows alone."""
    return type(columns)(*(getattr(columns, column.name)[rows] for column in fields(columns)))
