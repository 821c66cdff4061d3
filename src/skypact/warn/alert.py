"""Which places are warned: alerts raised and cleared on what the picture and received warnings say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.kernels.alerting import track_chances, update_rungs, warning_chances
from skypact.model.network import F8, I4, I8, U1, PlaceTable
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import RUNGS, AlertEvents, Warnings
from skypact.warn.settings import AlertSettings, alert_array

_RUNGS: F8 = np.array(RUNGS)
_NO_EVENTS = AlertEvents(
    place=np.zeros(0, np.int32),
    rung=np.zeros(0, np.uint8),
    raised=np.zeros(0, np.uint8),
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


def new_alert_state(n_places: int) -> AlertState:
    """The state in which no place is warned."""
    shape = (n_places, len(RUNGS))
    return AlertState(
        in_force=np.zeros(shape, np.uint8),
        low_since_ns=np.full(shape, -1, np.int64),
        expected_ns=np.zeros(shape, np.int64),
        probability=np.zeros(n_places),
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
    """Alerts raised and cleared now at the places of `rows`; usually none. Changes `state`.

    The probability that a place is reached is 1 - prod(1 - p_i) over confirmed and coasting tracks, not civil or
    friend, and over received warnings that are not of an object already counted (place and time of impact agree;
    two warnings of one sender are two objects). A ballistic p_i is the probability that the class is ballistic or
    rocket times the mass of the impact ellipse on the place; an air-breathing p_i is the probability that the class
    is cruise or drone times that of `kernels.alerting.course_probability`. An alert of a rung is raised when the
    probability reaches the rung, and cleared when it has stayed below half of it for `clear_after_s`, or is below
    half of it `after_arrival_s` after the last predicted arrival.

    Args:
        places: all places.
        rows: rows of `places` to decide on (a nation's own).
        tracks: the nation's picture at `now_ns`.
        impacts: made from `tracks`, row for row.
        warnings: received and not yet superseded, or None.
        state: changed.
        now_ns: the instant.
        settings: assumptions.

    Returns:
        Events in the order of `rows`, then rungs. `track_id` is that of the largest contribution, the sender's own
        number where that was a received warning.
    """
    n, r = len(tracks.track_id), len(rows)
    m = 0 if warnings is None else len(warnings.sender)
    values = alert_array(settings)
    item = np.empty(n + m, np.int32)
    chance = np.empty((n + m, r))
    arrival_ns = np.empty((n + m, r), np.int64)
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
        count = warning_chances(
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
        event,
        event_p,
    )
    if not events:
        return _NO_EVENTS
    return _alert_events(event[:events], event_p[:events], tracks, warnings)


def _alert_events(event: I8, probability: F8, tracks: Tracks, warnings: Warnings | None) -> AlertEvents:
    raised = event[:, 2] == 1
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
        raised=event[:, 2].astype(np.uint8),
        track_id=track_id,
        probability=probability.copy(),
        t_impact_ns=event[:, 4].copy(),
    )
