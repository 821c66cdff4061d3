"""What a link can carry."""

from __future__ import annotations

import numpy as np

from skypact.model.codes import HOSTILE_CLASSES, TrackStatus
from skypact.model.network import I8
from skypact.model.track import Tracks


def within_capacity(tracks: Tracks, capacity: int) -> I8:
    """Rows of the confirmed tracks that one message carries: all that fit, the most threatening first.

    Args:
        tracks: a nation's own tracks.
        capacity: how many tracks the message holds.

    Returns:
        Row indices, in ascending order.
    """
    rows = np.flatnonzero(tracks.status >= TrackStatus.CONFIRMED)
    if len(rows) > capacity:
        threat = tracks.class_prob[rows][:, list(HOSTILE_CLASSES)].sum(axis=1)
        rows = np.sort(rows[np.argsort(-threat, kind="stable")[:capacity]])
    return rows
