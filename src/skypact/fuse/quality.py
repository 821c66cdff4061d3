"""What a picture is good for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from skypact.kernels.carry import extrapolate
from skypact.kernels.quality import firm_rows, position_sigmas
from skypact.model.codes import ImpactKind, TrackStatus
from skypact.model.network import F8, I8, U1
from skypact.model.track import Impacts, Tracks

FIRM_CLASS_PROBABILITY = np.float32(0.8)
FIRM_SIGMA_M = 1_000.0
KNOWN_IMPACT_M = 20_000.0
"""An impact area counts as known when its larger one-sigma axis is below this (about a city and its suburbs)."""
_HELD = int(TrackStatus.CONFIRMED), int(TrackStatus.COASTING)
_COLUMNS = tuple(column.name for column in fields(Tracks))[1:]


def position_sigma(tracks: Tracks) -> F8:
    """Root mean position variance of each track, metres, [n]."""
    sigma_m = np.empty(len(tracks))
    position_sigmas(tracks.cov_ecef, sigma_m)
    return sigma_m


def firm(tracks: Tracks, impacts: Impacts, sigma_pos_m: F8) -> U1:
    """1 for each firm track: confirmed, position sigma <= 1 km, and class (>= 0.8) or impact area known, [n]."""
    result = np.empty(len(tracks), np.uint8)
    firm_rows(
        _HELD,
        int(ImpactKind.BALLISTIC),
        FIRM_CLASS_PROBABILITY,
        FIRM_SIGMA_M,
        KNOWN_IMPACT_M,
        tracks.status,
        tracks.class_prob,
        impacts.kind,
        impacts.cov_en_m2,
        sigma_pos_m,
        result,
    )
    return result


def carried_to(tracks: Tracks, now_ns: int) -> Tracks:
    """Received tracks extrapolated to `now_ns`, with the uncertainty that the wait has added."""
    if now_ns == tracks.now_ns:
        return tracks
    if len(tracks) == 0:
        return replace(tracks, now_ns=now_ns)
    mean, cov = np.empty_like(tracks.mean_ecef), np.empty_like(tracks.cov_ecef)
    extrapolate(
        tracks.mean_ecef, tracks.cov_ecef, tracks.mode_prob, (now_ns - tracks.now_ns) * 1e-9, mean, cov
    )
    return replace(tracks, now_ns=now_ns, mean_ecef=mean, cov_ecef=cov)


def selected(tracks: Tracks, rows: I8) -> Tracks:
    """The tracks of the given rows."""
    return Tracks(
        tracks.now_ns,
        tracks.track_id[rows],
        tracks.slot[rows],
        tracks.mean_ecef[rows],
        tracks.cov_ecef[rows],
        tracks.status[rows],
        tracks.class_prob[rows],
        tracks.mode_prob[rows],
        tracks.identity[rows],
        tracks.code[rows],
        tracks.first_ns[rows],
        tracks.updated_ns[rows],
        tracks.sources[rows],
    )


def stacked(parts: Sequence[Tracks]) -> Tracks:
    """The tracks of all parts, one part after the other, at the instant of the first."""
    if len(parts) == 1:
        return parts[0]
    return Tracks(
        parts[0].now_ns, *(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS)
    )
