"""Which places are warned: alerts raised and cleared on what the picture and received warnings say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.kernels.alerting import track_chances, update_rungs, warning_chances
from skypact.model.network import F8, I4, I8, U1, PlaceTable
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import RUNGS, AlertChange, AlertEvents, Warnings
from skypact.warn.settings import AlertSettings, alert_array

_RUNGS: F8 = np.array(RUNGS)
_NO_EVENTS = AlertEvents(
    place=np.zeros(0, np.int32),
    rung=np.zeros(0, np.uint8),
    change=np.zeros(0, np.uint8),
    track_id=np.zeros(0, np.uint64),
    probability=np.zeros(0),
    t_impact_ns=np.zeros(0, np.int64),
)


@dataclass
class AlertState:
    """What changes: alerts in force, P places by the rungs of `model.warning.RUNGS`.

    One state may serve all nations of a level, since each updates the rows of its own places.
    """

    in_force: U1
    """[P, R] 1 while the alert is in force."""
    low_since_ns: I8
    """[P, R] since when the probability is below half the rung; -1 where it is not."""
    expected_ns: I8
    """[P, R] the latest arrival that supported the alert."""
    probability: F8
    """[P] at the last update."""
    told_ns: I8
    """[P, 2] when the public was last told of the place, and of which arrival."""
    told_probability: F8
    """[P] what it was told then."""


def new_alert_state(n_places: int) -> AlertState:
    """The state in which no place is warned."""
    shape = (n_places, len(RUNGS))
    return AlertState(
        in_force=np.zeros(shape, np.uint8),
        low_since_ns=np.full(shape, -1, np.int64),
        expected_ns=np.zeros(shape, np.int64),
        probability=np.zeros(n_places),
        told_ns=np.zeros((n_places, 2), np.int64),
        told_probability=np.zeros(n_places),
    )


def update_alerts(
    places: PlaceTable,
    rows: I4,
    tracks: Tracks,
    impacts: Impacts,
    warnings: Warnings | None,
    state: AlertState,
    now_ns: int,
    settings: AlertSettings,
) -> AlertEvents:
    """The alerts raised, updated and cleared now at the places of `rows`; usually none. Changes `state`.

    A place is reached with 1 - prod(1 - p_i) over confirmed and coasting tracks, not civil or friend, and over
    received warnings of objects not yet counted (place and time of impact differ; two warnings of one sender are two
    objects). A ballistic p_i is the probability of the classes ballistic and rocket times the mass of the impact
    ellipse on the place; an air-breathing p_i that of cruise and drone times `kernels.reach.course_probability`. A
    rung is raised when the probability reaches it, and cleared when that has stayed below half of it for
    `clear_after_s`, or is below half of it `after_arrival_s` after the last predicted arrival. At the rung that the
    public hears an alert is updated when its arrival or probability is no longer what was told.

    Args:
        places: all places.
        rows: rows of `places` to decide on (a nation's own).
        tracks, impacts: the nation's picture at `now_ns`, and made from it, row for row.
        warnings: received and not yet superseded, or None.
        state: changed.
        now_ns: the instant.
        settings: assumptions.

    Returns:
        Events in the order of `rows`, then rungs. `track_id` is that of the largest contribution, the sender's own
        number where that was a received warning.
    """
    values = alert_array(settings)
    r = len(rows)
    count, item, chance, arrival_ns = chances(places, rows, tracks, impacts, warnings, now_ns, values)
    event = np.empty((r * len(RUNGS), 5), np.int64)
    event_p = np.empty(r * len(RUNGS))
    events = update_rungs(
        now_ns,
        rows,
        _RUNGS,
        values,
        count,
        item,
        chance,
        arrival_ns,
        state.in_force,
        state.low_since_ns,
        state.expected_ns,
        state.probability,
        settings.public_rung,
        state.told_ns,
        state.told_probability,
        event,
        event_p,
    )
    if not events:
        return _NO_EVENTS
    return _alert_events(event[:events], event_p[:events], tracks, warnings)


def chances(
    places: PlaceTable,
    rows: I4,
    tracks: Tracks,
    impacts: Impacts,
    warnings: Warnings | None,
    now_ns: int,
    values: F8,
) -> tuple[int, I4, F8, I8]:
    """How many objects may reach a place of `rows`, and for each: item, chance [, rows] and arrival_ns [, rows]."""
    n, m = len(tracks.track_id), 0 if warnings is None else len(warnings.sender)
    item = np.empty(n + m, np.int32)
    chance = np.empty((n + m, len(rows)))
    arrival_ns = np.empty((n + m, len(rows)), np.int64)
    count = 0
    if n:
        count = track_chances(
            now_ns,
            rows,
            places.lat_rad,
            places.lon_rad,
            places.pos_ecef_m,
            places.radius_m,
            tracks.mean_ecef,
            tracks.cov_ecef,
            tracks.status,
            tracks.class_prob,
            tracks.identity,
            impacts.kind,
            impacts.lat_rad,
            impacts.lon_rad,
            impacts.cov_en_m2,
            impacts.t_ns,
            values,
            item,
            chance,
            arrival_ns,
        )
    if warnings is not None and m:
        count = _join(places, rows, impacts, warnings, now_ns, values, count, item, chance, arrival_ns)
    return count, item, chance, arrival_ns


def _join(
    places: PlaceTable,
    rows: I4,
    impacts: Impacts,
    warnings: Warnings,
    now_ns: int,
    values: F8,
    count: int,
    item: I4,
    chance: F8,
    arrival_ns: I8,
) -> int:
    """The number of objects after the received warnings have joined the `count` tracks."""
    return warning_chances(
        now_ns,
        rows,
        places.lat_rad,
        places.lon_rad,
        places.radius_m,
        impacts.kind,
        impacts.lat_rad,
        impacts.lon_rad,
        impacts.cov_en_m2,
        impacts.t_ns,
        impacts.sigma_t_s,
        warnings.sender,
        warnings.class_prob,
        warnings.lat_rad,
        warnings.lon_rad,
        warnings.cov_en_m2,
        warnings.t_ns,
        warnings.sigma_t_s,
        values,
        count,
        item,
        chance,
        arrival_ns,
    )


def _alert_events(event: I8, probability: F8, tracks: Tracks, warnings: Warnings | None) -> AlertEvents:
    raised = event[:, 2] != AlertChange.CLEARED
    source = event[:, 3]
    track_id = np.zeros(len(event), np.uint64)
    own = raised & (source >= 0)
    track_id[own] = tracks.track_id[source[own]]
    if warnings is not None:
        received = raised & (source < 0)
        track_id[received] = warnings.track_id[-1 - source[received]]
    return AlertEvents(
        place=event[:, 0].astype(np.int32),
        rung=event[:, 1].astype(np.uint8),
        change=event[:, 2].astype(np.uint8),
        track_id=track_id,
        probability=probability.copy(),
        t_impact_ns=event[:, 4].copy(),
    )
