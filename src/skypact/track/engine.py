"""What engines whose tracks are one bank have in common: room, reading, snapshots."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.multitarget.layout import (
    DIMS,
    DROPPED_FULL,
    FREE,
    N_COUNTS,
    N_TAGS,
    NEXT_ID,
    SIZE,
    STATUS,
    TRACK_ID,
    TRACKS,
    Bank,
    Scan,
)
from skypact.kernels.multitarget.report import list_tracks, report_tracks
from skypact.model.network import F8, I8
from skypact.track.association import Setup
from skypact.track.estimates import Estimates

LEAST_ROOM = 64


def empty_bank(capacity: int, modes: int, size: int) -> Bank:
    """A bank without tracks; ids begin at 1."""
    counts = np.zeros(N_COUNTS, np.int64)
    counts[NEXT_ID] = 1
    return Bank(
        mean=np.zeros((capacity, modes, size)),
        cov=np.zeros((capacity, modes, size, size)),
        mode=np.zeros((capacity, modes)),
        t_s=np.zeros(capacity),
        existence=np.zeros(capacity),
        score=np.zeros(capacity),
        tags=np.zeros((capacity, N_TAGS), np.int64),
        recent=np.zeros(capacity, np.uint64),
        counts=counts,
    )


def copied(bank: Bank, rows: int) -> Bank:
    """A bank of `rows` rows with the tracks of another, which must fit."""
    tracks = int(bank.counts[TRACKS])
    other = empty_bank(rows, *bank.mean.shape[1:])
    for new, old in zip(other[:-1], bank[:-1], strict=True):
        new[:tracks] = old[:tracks]
    other.counts[:] = bank.counts
    return other


class BankEngine(ABC):
    """An engine of tracks in one bank, which grows as needed up to the setup's capacity."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.life = setup.life.pack(setup.speed_sigma_mps)
        modes, size = len(setup.motion.code), int(setup.motion.shape[SIZE])
        self.bank = empty_bank(min(LEAST_ROOM, setup.capacity), modes, size)

    @abstractmethod
    def advance(self, t_s: float, scan: Scan, chance: F8, unseen_chance: float) -> None:
        """Take one scan in."""

    @property
    def tracks(self) -> int:
        """How many tracks there are, of every status."""
        return int(self.bank.counts[TRACKS])

    @property
    def dropped_full(self) -> int:
        """How many new tracks were given up because the bank was full."""
        return int(self.bank.counts[DROPPED_FULL])

    def make_room(self, more: int) -> None:
        """Make the bank long enough for so many new tracks, as far as the capacity allows."""
        need = min(self.tracks + more, self.setup.capacity)
        if need > len(self.bank.t_s):
            self.bank = copied(self.bank, min(max(need, 2 * len(self.bank.t_s)), self.setup.capacity))

    def means(self, t_s: float) -> F8:
        """State means [T, n] of every track predicted to an instant, oldest first."""
        return self._read(t_s, FREE).mean

    def estimates(self, t_s: float, least_status: int) -> Estimates:
        """The tracks of at least a status at an instant, oldest first."""
        return self._read(t_s, least_status)

    def _read(self, t_s: float, least_status: int) -> Estimates:
        bank, motion = self.bank, self.setup.motion
        listed: I8 = np.empty(self.tracks, np.int64)
        rows = listed[: list_tracks(bank, least_status, listed)]
        modes, size = bank.mean.shape[1:]
        mean, cov = np.empty((len(rows), size)), np.empty((len(rows), size, size))
        mode = np.empty((len(rows), modes))
        report_tracks(bank, motion, t_s, rows, mean, cov, mode)
        tags = bank.tags.take(rows, axis=0)
        return Estimates(
            t_s=t_s,
            track_id=tags[:, TRACK_ID].copy(),
            status=tags[:, STATUS].astype(np.uint8),
            mean=mean,
            cov=cov,
            existence=bank.existence.take(rows),
            score=bank.score.take(rows),
            mode_prob=mode,
            dimensions=int(motion.shape[DIMS]),
        )

    def snapshot(self) -> object:
        """The bank's tracks, copied."""
        return copied(self.bank, max(self.tracks, 1))

    def restore(self, snapshot: object) -> None:
        """Hold the tracks of a snapshot."""
        if not isinstance(snapshot, Bank):
            raise UsageError("restore", type(snapshot).__name__, "Give a snapshot of this engine.")
        self.bank = copied(snapshot, len(snapshot.t_s))
