"""Whose places a track or a warning is about."""

from __future__ import annotations

import numpy as np

from skypact.kernels.alerting import warning_chances
from skypact.model.network import F8, I4, U4, PlaceTable
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import Warnings
from skypact.warn.alert import chances
from skypact.warn.settings import AlertSettings, alert_array

THREAT_PROBABILITY = 0.02
"""Probability of reaching a place from which a track threatens it: the lowest at which alerts are recorded."""


def threatened(places: PlaceTable, tracks: Tracks, impacts: Impacts, settings: AlertSettings) -> U4:
    """A bit per nation to one of whose places each track may go, [n]; as alerts are decided (`update_alerts`).

    Args:
        places: of all nations.
        tracks: a nation's own, or what it has been told.
        impacts: made from them, row for row.
        settings: assumptions.
    """
    rows = np.arange(len(places.names), dtype=np.int32)
    values = alert_array(settings)
    count, item, chance, _ = chances(places, rows, tracks, impacts, None, tracks.now_ns, values)
    return _bits(places, len(tracks), item[:count], chance[:count])


def warned_of(places: PlaceTable, warnings: Warnings, now_ns: int, settings: AlertSettings) -> U4:
    """A bit per nation to one of whose places the object of each warning may go, [m]; none for what has come down.

    Args:
        places: of all nations.
        warnings: of one sender or more.
        now_ns: the present.
        settings: assumptions.
    """
    rows, m = np.arange(len(places.names), dtype=np.int32), len(warnings)
    item, chance = np.empty(m, np.int32), np.empty((m, len(rows)))
    arrival_ns = np.empty((m, len(rows)), np.int64)
    nothing, no_ns = np.empty(0), np.empty(0, np.int64)
    count = warning_chances(
        now_ns,
        rows,
        places.lat_rad,
        places.lon_rad,
        places.radius_m,
        np.empty(0, np.uint8),
        nothing,
        nothing,
        np.empty((0, 2, 2)),
        no_ns,
        nothing,
        warnings.sender,
        warnings.class_prob,
        warnings.lat_rad,
        warnings.lon_rad,
        warnings.cov_en_m2,
        warnings.t_ns,
        warnings.sigma_t_s,
        alert_array(settings),
        0,
        item,
        chance,
        arrival_ns,
    )
    return _bits(places, m, -1 - item[:count], chance[:count])


def _bits(places: PlaceTable, n: int, item: I4, chance: F8) -> U4:
    bits = np.zeros(n, np.uint32)
    of_place = np.left_shift(np.uint32(1), places.nation.astype(np.uint32))
    for row, of_item in zip(item.tolist(), chance, strict=True):
        bits[row] |= np.bitwise_or.reduce(of_place[of_item >= THREAT_PROBABILITY], initial=0)
    return bits
