"""Which nations are told to be ready: a launch was detected whose reach holds one of their places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.kernels.prealert import seen_launches, told_launch
from skypact.model.network import B1, I4, I8, PlaceTable
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import PrealertEvent, Warnings
from skypact.warn.settings import PrealertSettings, prealert_array


@dataclass
class PrealertState:
    """What changes: pre-alerts in force, one a nation."""

    in_force: B1
    """[N]"""
    last_ns: I8
    """[N] when something was last within reach"""


def new_prealert_state(nations: int) -> PrealertState:
    """The state in which no nation has been told of a launch."""
    return PrealertState(np.zeros(nations, np.bool_), np.zeros(nations, np.int64))


def launches_within_reach(
    places: PlaceTable, nations: int, tracks: Tracks, impacts: Impacts, settings: PrealertSettings
) -> I8:
    """For each nation the row of the likeliest launch of a picture that may reach one of its places, [N]; -1 none.

    Args:
        places: of all nations.
        nations: N.
        tracks: a picture.
        impacts: made from it, row for row.
        settings: assumptions.
    """
    row = np.full(nations, -1, np.int64)
    if len(tracks) and len(places.names):
        seen_launches(
            places.lat_rad,
            places.lon_rad,
            places.radius_m,
            places.nation,
            tracks.mean_ecef,
            tracks.status,
            tracks.class_prob,
            tracks.identity,
            impacts.kind,
            impacts.lat_rad,
            impacts.lon_rad,
            impacts.cov_en_m2,
            prealert_array(settings),
            row,
        )
    return row


def update_prealert(
    places: PlaceTable,
    rows: I4,
    nation: int,
    seen: int,
    tracks: Tracks,
    impacts: Impacts,
    warnings: Warnings | None,
    state: PrealertState,
    now_ns: int,
    settings: PrealertSettings,
) -> PrealertEvent | None:
    """The pre-alert of one nation that begins or ends now, if any. Changes `state`.

    It begins when a launch that the nation sees, or a received warning, may reach one of its places, and ends when
    nothing has for `over_after_s`.

    Args:
        places: of all nations.
        rows: those of the nation.
        nation: its row in the state.
        seen: the launch that it sees, a row of `tracks` (`launches_within_reach`), or -1.
        tracks, impacts: the nation's picture, and made from it, row for row.
        warnings: received and not yet superseded, or None.
        state: changed.
        now_ns: the instant.
        settings: assumptions.
    """
    told = _told(places, rows, warnings, now_ns, settings) if seen < 0 and warnings is not None else -1
    if seen < 0 and told < 0:
        if not state.in_force[nation] or now_ns - state.last_ns[nation] < settings.over_after_s * 1e9:
            return None
        state.in_force[nation] = False
        return PrealertEvent(begins=False)
    state.last_ns[nation] = now_ns
    if state.in_force[nation]:
        return None
    state.in_force[nation] = True
    if seen >= 0:
        thrown = float(tracks.class_prob[seen, 0] + tracks.class_prob[seen, 3])
        return PrealertEvent(True, int(tracks.track_id[seen]), thrown, int(impacts.t_ns[seen]))
    if warnings is None:
        return None
    return PrealertEvent(
        True, int(warnings.track_id[told]), float(warnings.class_prob[told]), int(warnings.t_ns[told]), True
    )


def _told(places: PlaceTable, rows: I4, warnings: Warnings, now_ns: int, settings: PrealertSettings) -> int:
    """The row of the likeliest warning that may reach a place of `rows`, or -1."""
    return told_launch(
        now_ns,
        rows,
        places.lat_rad,
        places.lon_rad,
        places.radius_m,
        warnings.class_prob,
        warnings.lat_rad,
        warnings.lon_rad,
        warnings.cov_en_m2,
        warnings.t_ns,
        warnings.sigma_t_s,
        prealert_array(settings),
    )
