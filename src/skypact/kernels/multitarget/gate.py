"""Which detections of a scan each track may have made: the prediction, a search among places, the Mahalanobis distance.

The search is by cells (`grid`) and asks for boxes that hold all that can pass the gate (`sight`): nothing is lost.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import mix, predict_track, workspace
from skypact.kernels.multitarget.grid import build_grid, search_grid
from skypact.kernels.multitarget.layout import DIMS, MOST_MEASURED, TRACKS, Bank, Motion, Pairs, Scan
from skypact.kernels.multitarget.motion import predict_state
from skypact.kernels.multitarget.sight import (
    Sight,
    bearing_at,
    compare,
    mixture_loglik,
    new_sight,
    see_tracks,
)

Number = TypeVar("Number", np.float64, np.int64)

SAMPLED = 33
"""Tracks whose search distance is looked at to choose the edge of the cells."""
SWEEP_MARGIN = 0.1
"""Share of a box by which it is widened where a scan's first and last instant differ: paths bend between them."""


@kernel
def predict_bank(bank: Bank, motion: Motion, t_s: float) -> None:
    """Predict every track in place to an instant; a track that is there stays as it is, mode chances too."""
    predict_tracks(bank, motion, np.full(bank.counts[TRACKS], t_s))


@kernel
def predict_tracks(bank: Bank, motion: Motion, when_s: NDArray[np.float64]) -> None:
    """Predict each track in place to its own instant, when_s [T]; one that is there stays as it is."""
    mean, cov, mode, at_s = bank.mean, bank.cov, bank.mode, bank.t_s
    code, param, shape = motion.code, motion.param, motion.shape
    modes = mean.shape[1]
    work = workspace(modes, mean.shape[2])
    for i in range(when_s.size):
        dt_s = when_s[i] - at_s[i]
        if dt_s == 0.0:
            continue
        if modes > 1:
            mix(motion, dt_s, mean[i], cov[i], mode[i], work)
        for k in range(modes):
            predict_state(code[k], param[k], shape, dt_s, mean[i, k], cov[i, k], work)
        at_s[i] = when_s[i]


@kernel
def gate_pairs(bank: Bank, motion: Motion, form: int, scan: Scan, gate2: float) -> Pairs:
    """The pairs of track and detection whose squared Mahalanobis distance in some mode is below gate2.

    Tracks are taken at each detection's own instant: predict the bank to the scan's instant first where it has only
    one (`predict_bank`), which is much the faster. The bank is not changed. Detections that are not finite, and
    modes whose innovation covariance is not positive definite, are in no pair.

    Args:
        bank: tracks.
        motion: their models.
        form: EXTENDED, UNSCENTED or CUBATURE.
        scan: detections.
        gate2: squared distance, for example a quantile of chi-square with as many degrees as components.
    """
    tracks, modes, n = int(bank.counts[TRACKS]), bank.mean.shape[1], scan.z.shape[0]
    room = max(2 * tracks, 64)
    start = np.zeros(tracks + 1, np.int64)
    detection, distance2, loglik = np.empty(room, np.int64), np.empty(room), np.empty(room)
    mode_loglik = np.empty((room, modes))
    if n == 0 or tracks == 0:
        return Pairs(start, detection[:0], distance2[:0], loglik[:0], mode_loglik[:0])
    span = np.array([scan.t_s.min(), scan.t_s.max()])
    steady = span[0] == span[1] and scan.noise.shape[0] == 1
    for i in range(tracks):
        steady = steady and bank.t_s[i] == span[0]
    sight = search_boxes(bank, motion, form, scan, math.sqrt(gate2), span, steady)
    grid = build_grid(scan.place, _usual_width(sight))
    apart = _Apart(
        np.empty((1, modes, bank.mean.shape[2])),
        np.empty((1, modes, bank.mean.shape[2], bank.mean.shape[2])),
        np.empty((1, modes)),
        workspace(modes, bank.mean.shape[2]),
    )
    bearing, z = bearing_at(scan.kind), scan.z
    alone = new_sight(1, modes, motion.shape[DIMS], z.shape[1])
    left, each = np.empty(MOST_MEASURED), np.empty(modes)
    found = np.empty(n, np.int64)
    used = 0
    for i in range(tracks):
        for k in range(search_grid(grid, sight.low, sight.high, i, found)):
            j = found[k]
            if steady:
                nearest = compare(bearing, z, j, sight, i, left, each)
            else:
                see_alone(bank, motion, form, scan, i, j, apart, alone)
                nearest = compare(bearing, z, j, alone, 0, left, each)
            if not nearest < gate2:
                continue
            if used == room:
                detection, distance2 = _longer(detection), _longer(distance2)
                loglik, mode_loglik = _longer(loglik), _longer(mode_loglik)
                room *= 2
            detection[used], distance2[used] = j, nearest
            loglik[used] = (
                mixture_loglik(bank.mode, i, each) if steady else mixture_loglik(apart.mode, 0, each)
            )
            for a in range(modes):
                mode_loglik[used, a] = each[a]
            used += 1
        start[i + 1] = used
    return Pairs(start, detection[:used], distance2[:used], loglik[:used], mode_loglik[:used])


class _Apart(NamedTuple):
    """One track as predicted to another instant, and scratch."""

    mean: NDArray[np.float64]
    """[1, M, n]"""
    cov: NDArray[np.float64]
    mode: NDArray[np.float64]
    """[1, M]"""
    work: NDArray[np.float64]


@kernel
def predict_apart(bank: Bank, motion: Motion, i: int, t_s: float, apart: _Apart) -> None:
    """Write track i as predicted to an instant; the bank stays as it is."""
    apart.mean[0] = bank.mean[i]
    apart.cov[0] = bank.cov[i]
    apart.mode[0] = bank.mode[i]
    if t_s != bank.t_s[i]:
        predict_track(motion, t_s - bank.t_s[i], apart.mean[0], apart.cov[0], apart.mode[0], apart.work)


@kernel
def see_alone(
    bank: Bank, motion: Motion, form: int, scan: Scan, i: int, j: int, apart: _Apart, alone: Sight
) -> None:
    """Write what the sensor would measure of track i at detection j's instant and with its covariance."""
    predict_apart(bank, motion, i, scan.t_s[j], apart)
    noise = scan.noise[0 if scan.noise.shape[0] == 1 else j]
    see_tracks(
        form, scan.kind, scan.sensor, motion.shape, noise, 0.0, apart.mean, apart.cov, 1, alone, apart.work
    )


@kernel
def search_boxes(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    gate: float,
    span: NDArray[np.float64],
    steady: bool,
) -> Sight:
    """What the sensor would measure of every track, with boxes for all detections that a gate of so many sigmas passes.

    `span` [2] are the scan's first and last instant. Where they differ, or the covariances do, the boxes hold for both
    ends and for the greatest covariance: between the ends, position and spread stay within theirs as far as the
    path is straight, and SWEEP_MARGIN is for what it bends. The rest is then not to be used.
    """
    tracks, modes, size = int(bank.counts[TRACKS]), bank.mean.shape[1], bank.mean.shape[2]
    m, d = scan.z.shape[1], motion.shape[DIMS]
    noise = scan.noise[0].copy()
    if scan.noise.shape[0] > 1:
        noise[:] = 0.0
        for j in range(scan.noise.shape[0]):
            for a in range(m):
                noise[a, a] = max(noise[a, a], scan.noise[j, a, a])
    sight = new_sight(tracks, modes, d, m)
    work = workspace(modes, size)
    if steady:
        see_tracks(
            form, scan.kind, scan.sensor, motion.shape, noise, gate, bank.mean, bank.cov, tracks, sight, work
        )
        return sight
    apart = _Apart(np.empty((1, modes, size)), np.empty((1, modes, size, size)), np.empty((1, modes)), work)
    alone = new_sight(1, modes, d, m)
    for i in range(tracks):
        alone.low[:] = np.inf
        alone.high[:] = -np.inf
        for k in range(2 if span[1] > span[0] else 1):
            predict_apart(bank, motion, i, span[k], apart)
            see_tracks(
                form, scan.kind, scan.sensor, motion.shape, noise, gate, apart.mean, apart.cov, 1, alone, work
            )
        for a in range(d):
            width = alone.high[0, a] - alone.low[0, a]
            more = SWEEP_MARGIN * width if span[1] > span[0] and width < np.inf else 0.0
            sight.low[i, a] = alone.low[0, a] - more
            sight.high[i, a] = alone.high[0, a] + more
    return sight


@kernel
def _usual_width(sight: Sight) -> float:
    """The median width of the search boxes of some tracks, metres."""
    tracks = sight.low.shape[0]
    width = np.zeros(min(tracks, SAMPLED))
    for k in range(width.size):
        i = (k * tracks) // width.size
        for a in range(2):
            if sight.high[i, a] - sight.low[i, a] > width[k]:
                width[k] = sight.high[i, a] - sight.low[i, a]
    width.sort()
    return float(width[width.size // 2])


@kernel
def _longer(array: NDArray[Number]) -> NDArray[Number]:
    """A copy twice as long."""
    return np.concatenate((array, np.empty_like(array)))
