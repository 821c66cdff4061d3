"""Tracks, warnings and verdicts that tests of messages are made with."""

from __future__ import annotations

import numpy as np

from skypact.model.codes import N_CLASSES, TrackStatus
from skypact.model.release import Verdicts
from skypact.model.track import Tracks
from skypact.model.warning import Warnings


def tracks_at(count: int, epoch: int, seed: int = 0) -> Tracks:
    """Tracks 1 to `count` as they are at an epoch of 5 s: every column differs from row to row."""
    rows = [np.random.default_rng((seed, i, epoch)) for i in range(count)]
    place = [np.array([3.5e6, 4.4e6, 2.9e6]) + rng.normal(scale=1e5, size=3) for rng in rows]
    now_ns = epoch * 5_000_000_000
    return Tracks(
        now_ns=now_ns,
        track_id=np.arange(1, count + 1, dtype=np.uint64),
        slot=np.arange(count, dtype=np.int32)[::-1].copy(),
        mean_ecef=np.array([np.concatenate([at, [200.0, 0.0, 10.0]]) for at in place]).reshape(count, 6),
        cov_ecef=np.array([np.eye(6) * (1e4 + i) for i in range(count)]).reshape(count, 6, 6),
        status=np.full(count, TrackStatus.CONFIRMED, np.uint8),
        class_prob=np.array([rng.dirichlet(np.ones(N_CLASSES)) for rng in rows], np.float32).reshape(
            count, N_CLASSES
        ),
        mode_prob=np.array([rng.dirichlet(np.ones(3)) for rng in rows], np.float32).reshape(count, 3),
        identity=np.full(count, 3, np.uint8),
        code=np.arange(1, count + 1, dtype=np.uint32),
        first_ns=now_ns - np.arange(count) * 7,
        updated_ns=now_ns - np.arange(count),
        sources=np.ones(count, np.uint32),
    )


def warnings_at(count: int) -> Warnings:
    """Warnings of tracks 1 to `count`."""
    rng = np.random.default_rng(count)
    return Warnings(
        sender=np.zeros(count, np.uint8),
        track_id=np.arange(11, count + 11, dtype=np.uint64),
        object_class=np.zeros(count, np.uint8),
        class_prob=rng.uniform(0.5, 1.0, count).astype(np.float32),
        lat_rad=rng.uniform(0.4, 0.5, count),
        lon_rad=rng.uniform(0.8, 0.9, count),
        cov_en_m2=np.tile(np.eye(2) * 1e6, (count, 1, 1)),
        t_ns=np.full(count, 300_000_000_000, np.int64),
        sigma_t_s=np.full(count, 5.0),
        sources=np.ones(count, np.uint32),
    )


def verdicts_of(
    receivers: int,
    items: int,
    allowed: bool = True,
    delay_s: float = 0.0,
    accuracy_m: float = 0.0,
    nameless: bool = False,
) -> Verdicts:
    """Verdicts that are alike for all receivers and items; change single ones in place."""
    shape = (receivers, items)
    return Verdicts(
        allowed=np.full(shape, allowed),
        reason=np.zeros(shape, np.uint8),
        rule=np.zeros(shape, np.int32),
        delay_s=np.full(shape, delay_s),
        accuracy_m=np.full(shape, accuracy_m),
        nameless=np.full(shape, nameless),
    )
