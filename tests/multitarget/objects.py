"""Motion and sensors in their plainest form, and worlds, for tests of the general tracker."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.multitarget import layout
from skypact.kernels.multitarget.layout import Bank, Motion, Scan
from skypact.kernels.multitarget.measurement import place
from skypact.track.engine import empty_bank


@dataclass(frozen=True)
class Cv:
    """Constant velocity; with several noises, as many models that objects switch between."""

    dimensions: int = 2
    noises_m2ps3: tuple[float, ...] = (1.0,)
    rate_per_s: float = 0.02

    def pack(self) -> Motion:
        models = len(self.noises_m2ps3)
        shape = np.full(layout.N_SHAPE, -1, np.int64)
        shape[:2] = self.dimensions, 2 * self.dimensions
        param = np.zeros((models, layout.N_PARAM))
        param[:, layout.NOISE] = self.noises_m2ps3
        rates = np.full((models, models), self.rate_per_s / max(models - 1, 1))
        np.fill_diagonal(rates, 0.0)
        rates -= np.diag(rates.sum(axis=1))
        return Motion(
            shape, np.zeros(models, np.int64), param, rates, np.full((models, models), -1.0),
            np.full(models, 1.0 / models),
        )  # fmt: skip


@dataclass(frozen=True)
class Eye:
    """A sensor in the origin of a flat frame."""

    kind: int = layout.POSITION
    sigma: tuple[float, ...] = (10.0, 10.0)
    dimensions: int = 2
    detection_chance: float = 0.9
    clutter_density: float = 1e-6
    noise: np.ndarray | None = None
    """[n, m, m] a covariance for each detection of the next scans"""
    row: np.ndarray = field(default_factory=lambda: np.zeros(layout.N_SENSOR))

    def scan(self, t_s, z) -> Scan:
        z = np.array(z, float).reshape(-1, len(self.sigma))
        if not np.all(np.isfinite(z)):
            raise UsageError("scan", "a detection that is not a number", "Leave it out.")
        n, d = len(z), self.dimensions
        row = self.row.copy()
        row[layout.ROTATION : layout.ROTATION + 9] = np.eye(3).ravel()
        noise = np.diag(np.square(self.sigma))[None] if self.noise is None else self.noise
        where = np.full((n, d), np.nan)
        pos, spread = np.zeros(3), np.zeros((3, 3))
        for j in range(n):
            if place(self.kind, row, d, z[j], noise[0 if len(noise) == 1 else j], pos, spread):
                where[j] = pos[:d]
        times = np.broadcast_to(np.asarray(t_s, float), n).copy()
        return Scan(self.kind, row, times, z, noise.copy(), where, np.full(n, self.clutter_density))


def bank_of(mean, cov, t_s=0.0) -> Bank:
    """A bank of tentative tracks of one mode: mean [T, n], cov [T, n, n]."""
    tracks, size = mean.shape
    bank = empty_bank(max(tracks, 1), 1, size)
    bank.mean[:tracks, 0], bank.cov[:tracks, 0] = mean, cov
    bank.mode[:tracks] = 1.0
    bank.t_s[:tracks] = t_s
    bank.existence[:tracks] = 1.0
    bank.tags[:tracks, layout.TRACK_ID] = np.arange(1, tracks + 1)
    bank.tags[:tracks, layout.STATUS] = layout.TENTATIVE
    bank.counts[:2] = tracks, tracks + 1
    return bank


def crossing(scans=25, seed=0, chance=1.0, clutter=0):
    """Two objects that cross at an angle: truth [scans, 2, 2] and detections scan by scan, one second apart."""
    rng = np.random.default_rng(seed)
    t = np.arange(scans)[:, None]
    first = np.c_[-240.0 + 20.0 * t, 10.0 * t]
    second = np.c_[-240.0 + 20.0 * t, 240.0 - 10.0 * t]
    truth = np.stack([first, second], axis=1)
    found = []
    for k in range(scans):
        seen = rng.random(2) < chance
        z = truth[k][seen] + rng.normal(0.0, 5.0, (seen.sum(), 2))
        false = rng.uniform(-1000.0, 1000.0, (rng.poisson(clutter), 2))
        both = np.concatenate([z, false])
        found.append(both[rng.permutation(len(both))])
    return truth, found
