"""A recording through the tracker: the plots second by second into the very bank that a simulation feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from skypact.model.codes import NO_CODE, TrackStatus
from skypact.model.detection import Detections
from skypact.model.network import B1, F8, I8, U8, SensorTable
from skypact.model.recording import Recording, TrackPoints
from skypact.run.recorded.radar import Prepared, TrackOptions, prepare
from skypact.track import (
    OWN_PLANE,
    Accuracy,
    RadarModel,
    TrackBank,
    TrackerSettings,
    advance,
    new_bank,
    plot_accuracy,
    recorded_detections,
    recorded_sensors,
    snapshot,
)

ASSUMED_ACCURACY = Accuracy(100.0, 0.0026, 0)
"""Of a radar whose plots have not told it: 100 m and 0.15 degrees."""
PASSES = 4
SETTLED = 0.1
"""The recording is tracked again until the accuracies found change by less than this share."""
CAPACITY = 4096
SETTINGS = TrackerSettings()
"""The tracker's own defaults, as in a simulation."""

Progress = Callable[[str, float], None]
"""What is being done, and the share of it that is done."""


@dataclass(frozen=True)
class Followed:
    """A recording tracked; `owner` has a row a plot of the recording."""

    prepared: Prepared
    options: TrackOptions
    models: tuple[RadarModel, ...]
    """[radars] what the tracker was told of each in the last pass"""
    accuracies: tuple[Accuracy, ...]
    """[radars] residuals 0: assumed"""
    owner: U8
    """[n plots] the track that took each, 0 for none"""
    confirmed: U8
    """ids of the tracks that were ever confirmed, ascending"""
    points: TrackPoints
    dropped_full: int
    """tracks given up because there were too many at once"""
    passes: int

    @property
    def recording(self) -> Recording:
        """What was tracked."""
        return self.prepared.recording

    @property
    def held(self) -> B1:
        """[n plots] whether a confirmed track took the plot."""
        return np.isin(self.owner, self.confirmed)


def follow(
    recording: Recording, options: TrackOptions, progress: Progress = lambda _what, _share: None
) -> Followed:
    """The recording tracked.

    The tracker first runs with an assumed accuracy and as if every plot were false; what its tracks then show of
    accuracy, false plots and codes is used for the next run, until the accuracies have settled. Each radar has a
    tracker of its own unless `options.together`.

    Raises:
        UsageError: as `radar.prepare`.
    """
    prepared = prepare(recording, options)
    models = [
        RadarModel(radar.site or OWN_PLANE, radar.revolution.period_s, *ASSUMED_ACCURACY[:2], rate, 0.0)
        for radar, rate in zip(prepared.radars, _plots_a_look(prepared), strict=True)
    ]
    for passes in range(1, PASSES + 1):
        tracked = _track(prepared, options, models, partial(progress, f"Tracking, pass {passes}"))
        found = [_fit(prepared, tracked, k, model) for k, model in enumerate(models)]
        better = [
            _refined(prepared, options, tracked, k, model, fit)
            for k, (model, fit) in enumerate(zip(models, found, strict=True))
        ]
        settled = all(_near(a, b) for a, b in zip(models, better, strict=True))
        if settled or passes == PASSES:
            break
        models = better
    return Followed(
        prepared=prepared,
        options=options,
        models=tuple(models),
        accuracies=tuple(fit or ASSUMED_ACCURACY for fit in found),
        owner=tracked.owner,
        confirmed=tracked.confirmed,
        points=tracked.points,
        dropped_full=tracked.dropped_full,
        passes=passes,
    )


@dataclass(frozen=True)
class _Tracked:
    """One pass over the recording."""

    owner: U8
    confirmed: U8
    points: TrackPoints
    dropped_full: int


def _track(
    prepared: Prepared, options: TrackOptions, models: list[RadarModel], progress: Callable[[float], None]
) -> _Tracked:
    """The recording through new banks: one for all radars, or one each with track ids of its own."""
    count = len(prepared.radars)
    groups = [range(count)] if options.together else [range(k, k + 1) for k in range(count)]
    owner = np.zeros(len(prepared.recording.plots), np.uint64)
    confirmed: list[int] = []
    points: list[TrackPoints] = []
    dropped, base = 0, 0
    names = [radar.name for radar in prepared.radars]
    done = 0
    for group in groups:
        own = np.flatnonzero(np.isin(prepared.sensor, group))
        rows = prepared.rows[own]
        zero_ns = (int(prepared.t_ns[rows[0]]) // 10**9 - 1) * 10**9
        code = prepared.code[rows]
        detections = recorded_detections(
            prepared.recording.plots, rows, prepared.t_ns[rows] - zero_ns, prepared.sensor[own], models,
            code if options.with_codes else np.full_like(code, NO_CODE),
        )  # fmt: skip
        sensors = recorded_sensors(models, names, detections)
        part = _run_bank(
            sensors, detections, rows, zero_ns, base, _shifted(progress, done, len(prepared.rows))
        )
        done += len(rows)
        owner[rows] = part.owner
        confirmed += part.confirmed.tolist()
        points.append(part.points)
        dropped += part.dropped_full
        base = int(part.owner.max(initial=np.uint64(base)))
    return _Tracked(owner, np.array(sorted(confirmed), np.uint64), _joined(points), dropped)


def _shifted(progress: Callable[[float], None], done: int, total: int) -> Callable[[int], None]:
    """Progress of a part, told as that of the whole."""
    return lambda count: progress((done + count) / total)


def _run_bank(
    sensors: SensorTable,
    detections: Detections,
    rows: I8,
    zero_ns: int,
    base: int,
    progress: Callable[[int], None],
) -> _Tracked:
    """One bank fed second by second; its tracks are numbered from base + 1."""
    bank = new_bank(CAPACITY)
    second = detections.t_ns // 10**9
    owner = np.zeros(len(rows), np.uint64)
    confirmed: set[int] = set()
    log = _PointLog(rows, zero_ns, base)
    low = 0
    while low < len(rows):
        high = int(np.searchsorted(second, second[low], side="right"))
        now_s = float(second[low] + 1)
        changes = advance(bank, sensors, detections, low, high, None, now_s, SETTINGS)
        owner[low:high] = changes.owner
        confirmed.update(changes.track_id[changes.new == TrackStatus.CONFIRMED].tolist())
        log.add(bank, now_s, low, changes.owner)
        if low // 5000 != high // 5000:
            progress(high)
        low = high
    numbered = np.where(owner > 0, owner + np.uint64(base), owner)
    return _Tracked(
        numbered, np.array(sorted(confirmed), np.uint64) + np.uint64(base), log.points(), bank.dropped_full
    )


class _PointLog:
    """The points of confirmed tracks as they come."""

    def __init__(self, rows: I8, zero_ns: int, base: int) -> None:
        self.rows, self.zero_ns, self.base = rows, zero_ns, base
        self.parts: list[tuple[I8, U8, I8, F8, F8]] = []

    def add(self, bank: TrackBank, now_s: float, low: int, owner: U8) -> None:
        """Note every confirmed track that one of the plots [low, low + len(owner)) updated."""
        latest = dict(zip(owner.tolist(), range(low, low + len(owner)), strict=True))
        tracks = snapshot(bank, now_s, SETTINGS)
        plot = np.array([latest.get(track, -1) for track in tracks.track_id.tolist()], np.int64)
        new = np.flatnonzero((plot >= 0) & (tracks.status == TrackStatus.CONFIRMED))
        if len(new):
            at_ns = np.full(len(new), self.zero_ns + tracks.now_ns, np.int64)
            self.parts.append(
                (
                    at_ns,
                    tracks.track_id[new],
                    self.rows[plot[new]],
                    tracks.mean_ecef[new],
                    tracks.cov_ecef[new],
                )
            )

    def points(self) -> TrackPoints:
        """All of them."""
        if not self.parts:
            return _no_points()
        t_ns, track_id, plot, mean, cov = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        return TrackPoints(
            t_ns, track_id + np.uint64(self.base), plot, mean[:, :3], mean[:, 3:], cov[:, :3, :3]
        )


def _no_points() -> TrackPoints:
    none = np.empty(0, np.int64)
    return TrackPoints(
        none, none.astype(np.uint64), none, np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3, 3))
    )


def _joined(parts: list[TrackPoints]) -> TrackPoints:
    """Points of several banks by instant."""
    whole = [part for part in parts if len(part)]
    if not whole:
        return _no_points()
    order = np.argsort(np.concatenate([part.t_ns for part in whole]), kind="stable")
    return TrackPoints(
        *(
            np.concatenate([getattr(part, name) for part in whole])[order]
            for name in TrackPoints.__dataclass_fields__
        )
    )


def _fit(prepared: Prepared, tracked: _Tracked, radar: int, model: RadarModel) -> Accuracy | None:
    """The accuracy of a radar's plots as its confirmed tracks show it."""
    plots = prepared.recording.plots
    rows = prepared.rows[prepared.sensor == radar]
    held = np.where(np.isin(tracked.owner[rows], tracked.confirmed), tracked.owner[rows], np.uint64(0))
    return plot_accuracy(
        (prepared.t_ns[rows] - prepared.t_ns[rows[0]]) * 1e-9,
        plots.range_m[rows],
        plots.bearing_rad[rows],
        plots.height_m[rows] - model.site.height_m,
        held,
        1.5 * model.revisit_s,
    )


def _plots_a_look(prepared: Prepared) -> list[float]:
    """[radars] plots a revolution, of those revolutions that had any."""
    rates = []
    for k, radar in enumerate(prepared.radars):
        t_ns = prepared.t_ns[prepared.rows[prepared.sensor == k]]
        turn = (t_ns - t_ns[0]) * 1e-9 // radar.revolution.period_s
        rates.append(len(t_ns) / len(np.unique(turn)))
    return rates


def _refined(
    prepared: Prepared,
    options: TrackOptions,
    tracked: _Tracked,
    radar: int,
    model: RadarModel,
    accuracy: Accuracy | None,
) -> RadarModel:
    """The model with what a pass has shown: accuracy, plots a look in no track, share of plots with a code."""
    rows = prepared.rows[prepared.sensor == radar]
    held = np.isin(tracked.owner[rows], tracked.confirmed)
    false_plots = _plots_a_look(prepared)[radar] * float((~held).mean())
    read = 0.0
    if options.with_codes and held.any():
        read = float((prepared.code[rows[held]] != NO_CODE).mean())
    better = replace(model, false_plots=false_plots, code_probability=read)
    if accuracy is None:
        return better
    return replace(better, sigma_range_m=accuracy.sigma_range_m, sigma_bearing_rad=accuracy.sigma_bearing_rad)


def _near(one: RadarModel, other: RadarModel) -> bool:
    """Whether two models differ too little to track again."""
    return (
        abs(one.sigma_range_m / other.sigma_range_m - 1.0) < SETTLED
        and abs(one.sigma_bearing_rad / other.sigma_bearing_rad - 1.0) < SETTLED
        and abs(one.code_probability - other.code_probability) < SETTLED
    )
