"""What a picture is good for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from skypact.kernels.carry import extrapolate
from skypact.model.codes import ImpactKind, TrackStatus
from skypact.model.network import F8, I8, U1
from skypact.model.track import Impacts, Tracks

FIRM_CLASS_PROBABILITY = 0.8
FIRM_SIGMA_M = 1_000.0
KNOWN_IMPACT_M = 20_000.0
"""An impact area counts as known when its larger one-sigma axis is below this (about a city and its suburbs)."""


def position_sigma(tracks: Tracks) -> F8:
    """Root mean position variance of each track, metres, [n]."""
    cov = tracks.cov_ecef
    sigma: F8 = np.sqrt((cov[:, 0, 0] + cov[:, 1, 1] + cov[:, 2, 2]) / 3.0)
    return sigma


def firm(tracks: Tracks, impacts: Impacts, sigma_pos_m: F8) -> U1:
    """1 for each firm track: confirmed, position sigma <= 1 km, and class (>= 0.8) or impact area known, [n]."""
    known_class = tracks.class_prob.max(axis=1, initial=0.0) >= FIRM_CLASS_PROBABILITY
    spread = np.maximum(impacts.cov_en_m2[:, 0, 0], impacts.cov_en_m2[:, 1, 1])
    known_impact = (impacts.kind == ImpactKind.BALLISTIC) & (spread <= KNOWN_IMPACT_M**2)
    held = (tracks.status == TrackStatus.CONFIRMED) | (tracks.status == TrackStatus.COASTING)
    result: U1 = (held & (sigma_pos_m <= FIRM_SIGMA_M) & (known_class | known_impact)).astype(np.uint8)
    return result


def carried_to(tracks: Tracks, now_ns: int) -> Tracks:
    """Received tracks extrapolated to `now_ns`, with the uncertainty that the wait has added."""
    if now_ns == tracks.now_ns or len(tracks) == 0:
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
    names = [column.name for column in fields(Tracks) if column.name != "now_ns"]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Tracks(now_ns=parts[0].now_ns, **columns)
