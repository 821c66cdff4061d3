"""The radars of a recording made ready to track: clocks, revolutions, places, and the plots that may be used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from skypact.errors import UsageError
from skypact.model.network import B1, F8, I8, U2, U4
from skypact.model.recording import ABSENT, PlotFlag, PlotKind, Plots, RadarMessage, RadarSite, Recording
from skypact.track import (
    Clock,
    Revolution,
    from_answers,
    from_north_markers,
    from_plots,
    from_rotation_item,
    from_sectors,
    label_plots,
    steady_clock,
)

ASSUMED_REVOLUTION = Revolution(10.0, float("nan"), "assumed")
NOT_OF_AIRCRAFT = PlotFlag.SIMULATED | PlotFlag.TEST | PlotFlag.FIELD_MONITOR


@dataclass(frozen=True)
class TrackOptions:
    """What a user may choose about tracking a recording."""

    sites: Mapping[int | None, RadarSite] = field(default_factory=dict)
    """places of radars by number (SAC * 256 + SIC); None stands for every radar not named"""
    radars: tuple[int, ...] = ()
    """numbers of the radars to be tracked; all if empty"""
    with_codes: bool = True
    """whether the tracker sees transponder codes"""
    together: bool = False
    """whether all radars feed one tracker instead of one each"""
    capture_clock: bool = False
    """whether instants are the capture's instead of the radar's"""


@dataclass(frozen=True)
class RecordedRadar:
    """One radar of a recording before its plots are tracked."""

    number: int
    """SAC * 256 + SIC"""
    site: RadarSite | None
    site_source: str
    """'given', 'I034/120' or 'unknown'"""
    revolution: Revolution
    clock: Clock

    @property
    def name(self) -> str:
        """'SAC/SIC'."""
        return radar_name(self.number)


@dataclass(frozen=True)
class Prepared:
    """A recording ready to track."""

    recording: Recording
    radars: tuple[RecordedRadar, ...]
    """those with plots that may be used, by number"""
    unusable: tuple[int, ...]
    """numbers of the others that were asked for"""
    t_ns: I8
    """[n plots] instants with steps of the clocks taken out, or the capture's"""
    rows: I8
    """the plots that may be used, by instant"""
    sensor: U2
    """[rows] row of `radars`"""
    code: U4
    """[n plots] who answered, as track.label_plots has it"""
    left_out: dict[str, int]
    """plots that may not be used, by reason"""


def radar_name(number: int) -> str:
    """'SAC/SIC' of a radar's number."""
    return f"{number >> 8}/{number & 0xFF}"


def prepare(recording: Recording, options: TrackOptions) -> Prepared:
    """The recording ready to track.

    Raises:
        UsageError: nothing to track, a radar that is not there, or one without a place where `together` needs it.
    """
    plots = recording.plots
    chosen = _chosen(recording, options)
    t_ns = plots.t_ns.copy()
    aside: B1 = np.zeros(len(plots), np.bool_)
    clocks = {}
    told = {number: _told_revolution(recording, number) for number in chosen}
    for number in chosen:
        own: I8 = np.flatnonzero((plots.radar == number) & (plots.t_ns != ABSENT))
        turn = told[number]
        clocks[number] = clock = steady_clock(
            plots.t_ns[own],
            plots.capture_ns[own],
            plots.bearing_rad[own],
            turn.period_s if turn else math.nan,
        )
        t_ns[own], aside[own] = clock.t_ns, clock.aside
    if options.capture_clock:
        _need_capture(recording)
        t_ns, aside = plots.capture_ns.copy(), np.zeros(len(plots), np.bool_)
    usable, left_out = _usable(recording, chosen, t_ns, aside)
    rows = np.flatnonzero(usable)
    if len(rows) == 0:
        found = "; ".join(f"{why}: {count}" for why, count in left_out.items()) or "no target reports"
        raise UsageError(
            recording.name, f"nothing to track ({found})", "Give a recording of category 048 target reports."
        )
    rows = rows[np.argsort(t_ns[rows], kind="stable")]
    code = label_plots(plots.mode_3a, plots.address)
    radars = []
    for number in np.unique(plots.radar[rows]).tolist():
        site, source = _site(recording, number, options.sites)
        mine = rows[plots.radar[rows] == number]
        revolution = told[number] or _seen_revolution(plots.bearing_rad[mine], t_ns[mine], code[mine])
        radars.append(RecordedRadar(number, site, source, revolution, clocks[number]))
    if options.together:
        _need_sites(recording.name, radars)
    return Prepared(
        recording=recording,
        radars=tuple(radars),
        unusable=tuple(number for number in chosen if number not in plots.radar[rows]),
        t_ns=t_ns,
        rows=rows,
        sensor=np.searchsorted([radar.number for radar in radars], plots.radar[rows]).astype(np.uint16),
        code=code,
        left_out=left_out,
    )


def _chosen(recording: Recording, options: TrackOptions) -> list[int]:
    """The numbers of the radars to track, ascending."""
    there: list[int] = np.unique(recording.plots.radar).tolist()
    placed = [number for number in options.sites if number is not None]
    missing = [number for number in (*options.radars, *placed) if number not in there]
    if missing:
        found = ", ".join(radar_name(number) for number in there) or "no target reports at all"
        raise UsageError(
            f"radar {', '.join(radar_name(number) for number in missing)}",
            f"not in {recording.name}, which has {found}",
            "Name one of these.",
        )
    return sorted(options.radars) if options.radars else there


def _need_capture(recording: Recording) -> None:
    if (recording.plots.capture_ns == ABSENT).any():
        raise UsageError(
            "--clock capture", f"{recording.name} has no capture times", "Leave the radar's own clock."
        )


def _usable(recording: Recording, numbers: list[int], t_ns: I8, aside: B1) -> tuple[B1, dict[str, int]]:
    """Which plots the tracker may have, and how many may not, each for the first reason that holds."""
    plots = recording.plots
    reasons = {
        "of another radar": ~np.isin(plots.radar, numbers),
        "simulated, test or field monitor": (plots.flags & NOT_OF_AIRCRAFT) != 0,
        "no detection": plots.kind == PlotKind.NONE,
        "without position": ~(np.isfinite(plots.range_m) & np.isfinite(plots.bearing_rad))
        | (plots.range_m <= 0.0),
        "without time": t_ns == ABSENT,
        "time that no neighbour agrees with": aside,
        "recorded twice": _again(plots, t_ns),
    }
    usable: B1 = np.ones(len(plots), np.bool_)
    left_out = {}
    for reason, out in reasons.items():
        count = int((usable & out).sum())
        if count:
            left_out[reason] = count
        usable &= ~out
    return usable, left_out


def _again(plots: Plots, t_ns: I8) -> B1:
    """[n] plots that a radar's recording has before, to the bit: two networks carried it, or a port was mirrored."""
    at_ns = np.where(plots.t_ns == ABSENT, t_ns, plots.t_ns)
    columns = (plots.byte_offset, plots.bearing_rad, plots.range_m, at_ns, plots.radar)
    order = np.lexsort(columns)
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for column in columns[1:]:
        same &= column[order[1:]] == column[order[:-1]]
    again: B1 = np.zeros(len(order), np.bool_)
    again[order[1:]] = same
    return again


def _site(
    recording: Recording, number: int, given: Mapping[int | None, RadarSite]
) -> tuple[RadarSite | None, str]:
    """The place of a radar: as given, else as its own service messages say."""
    site = given.get(number, given.get(None))
    if site is not None:
        return site, "given"
    messages = recording.messages
    told = np.flatnonzero((messages.radar == number) & np.isfinite(messages.lat_rad))
    if len(told) == 0:
        return None, "unknown"
    last = told[-1]
    return (
        RadarSite(
            float(messages.lat_rad[last]), float(messages.lon_rad[last]), float(messages.height_m[last])
        ),
        "I034/120",
    )


def _need_sites(name: str, radars: list[RecordedRadar]) -> None:
    without = [radar.name for radar in radars if radar.site is None]
    if without:
        raise UsageError(
            "--together",
            f"{name} does not say where radar {', '.join(without)} stands",
            f"Add --site {without[0]}=LAT,LON,HEIGHT_M, or track each radar by itself.",
        )


def _told_revolution(recording: Recording, number: int) -> Revolution | None:
    """The radar's revolution by its own service messages, the surest first; None where they do not tell it."""
    messages = recording.messages
    own = np.flatnonzero((messages.radar == number) & (messages.t_ns != ABSENT))
    own = own[np.argsort(messages.t_ns[own], kind="stable")]
    north = own[messages.kind[own] == RadarMessage.NORTH]
    sector = own[(messages.kind[own] == RadarMessage.SECTOR) & np.isfinite(messages.sector_rad[own])]
    zero = int(messages.t_ns[own[0]]) if len(own) else 0
    return (
        from_north_markers((messages.t_ns[north] - zero) * 1e-9)
        or from_sectors((messages.t_ns[sector] - zero) * 1e-9, messages.sector_rad[sector])
        or from_rotation_item(messages.rotation_s[own])
    )


def _seen_revolution(bearing_rad: F8, t_ns: I8, code: U4) -> Revolution:
    """The radar's revolution by its plots [n], ascending in time."""
    t_s: F8 = np.asarray((t_ns - t_ns[0]) * 1e-9, np.float64)
    return from_plots(t_s, bearing_rad) or from_answers(t_s, code) or ASSUMED_REVOLUTION
