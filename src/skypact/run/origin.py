"""Which tracks of a picture took off at home: judged when a track is first seen, remembered while it lives."""

from __future__ import annotations

import numpy as np

from skypact.defend import FireSettings, took_off
from skypact.model.network import B1, F8
from skypact.model.track import Tracks
from skypact.run.state import View


def note_origins(view: View, tracks: Tracks, airport_ecef_m: F8, settings: FireSettings) -> None:
    """Judge every track that is new in a picture, whether or not it shows a code: it may lose it.

    Args:
        view: the picture; its memory is changed.
        tracks: it at the present epoch.
        airport_ecef_m: [k, 3] airports of the scenario's nations.
        settings: assumptions.
    """
    new = [row for row, track in enumerate(tracks.track_id.tolist()) if track not in view.took_off]
    if new:
        departed = took_off(tracks.mean_ecef[new, :3], tracks.mean_ecef[new, 3:], airport_ecef_m, settings)
        view.took_off |= dict(zip(tracks.track_id[new].tolist(), departed.tolist(), strict=True))


def join_origins(view: View, old: int, new: int) -> None:
    """Let a track that another has been joined to have taken off if either has."""
    view.took_off[new] = view.took_off.pop(old, False) or view.took_off.get(new, False)


def departed(view: View, tracks: Tracks) -> B1:
    """Which tracks of a picture took off at home, [n]; all of them have been noted."""
    return np.array([view.took_off[track] for track in tracks.track_id.tolist()], np.bool_)
