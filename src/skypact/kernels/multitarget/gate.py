"""Which detections of a scan each track may have made: the prediction, a search among places, the Mahalanobis distance.

The search is by cells (`grid`) and asks for boxes (`sight`) that hold all that can pass the gate: nothing is lost.
Where detections have instants of their own the boxes are interpolated, with a margin, between instants looked at: lost
is only what turns more than once between two of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import predict_tracks, workspace
from skypact.kernels.multitarget.grid import Grid, build_grid, search_grid
from skypact.kernels.multitarget.layout import (
    CONSTANT_VELOCITY,
    DIMS,
    MOST_MEASURED,
    POSITION,
    RANGE_BEARING,
    RANGE_BEARING_ELEVATION_RATE,
    TRACKS,
    Bank,
    Motion,
    Pairs,
    Scan,
)
from skypact.kernels.multitarget.sight import (
    Sight,
    bearing_at,
    compare,
    mixture_loglik,
    new_sight,
    see_tracks,
)

SAMPLED = 33
"""Tracks whose search distance is looked at to choose the edge of the cells."""
TOGETHER = 1024
"""Candidate pairs that are looked at together where each has an instant of its own."""
STRAIGHT_LOOKS, BENT_LOOKS = 2, 9
"""Instants of a scan at which a track is looked at for its box: moving straight, or not."""
SWEEP_MARGIN = 0.1
"""Share of a box by which it is widened for what lies between those instants."""


@kernel
def predict_bank(bank: Bank, motion: Motion, t_s: float) -> None:
    """Predict every track in place to an instant; a track that is there stays as it is, mode chances too."""
    predict_each(bank, motion, np.full(bank.counts[TRACKS], t_s))


@kernel
def predict_together(bank: Bank, motion: Motion, scan: Scan, t_s: float) -> bool:
    """Whether all detections of a scan are at its instant: every track is then predicted to it, else none."""
    for when_s in scan.t_s:
        if when_s != t_s:
            return False
    predict_bank(bank, motion, t_s)
    return True


@kernel
def predict_each(bank: Bank, motion: Motion, when_s: NDArray[np.float64]) -> None:
    """Predict each track in place to its own instant, when_s [T]; one that is there stays as it is."""
    work = workspace(bank.mean.shape[1], bank.mean.shape[2])
    predict_tracks(motion, bank.t_s, when_s, bank.mean, bank.cov, bank.mode, work)


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
    if n == 0 or tracks == 0:
        return _new_pairs(tracks, 0, modes)
    pairs = _new_pairs(tracks, max(2 * tracks, 64) + n, modes)
    span = np.array([scan.t_s.min(), scan.t_s.max()])
    steady = span[0] == span[1] and scan.noise.shape[0] == 1
    for i in range(tracks):
        steady = steady and bank.t_s[i] == span[0]
    gate = math.sqrt(gate2)
    work = workspace(modes, bank.mean.shape[2])
    sight = new_sight(tracks if steady else 0, modes, motion.shape[DIMS], scan.z.shape[1])
    if steady:
        see_tracks(form, scan, motion.shape, scan.noise, gate, bank.mean, bank.cov, tracks, sight, work)
        low, high = sight.low, sight.high
    else:
        low, high = sweep_boxes(bank, motion, form, scan, gate, span, work)
    grid = build_grid(scan.place, _usual_width(low, high))
    i = 0
    while i < tracks:
        if steady:
            i = _compare_steady(i, bank.mode, scan, sight, grid, gate2, pairs)
        else:
            i = _compare_apart(i, bank, motion, form, scan, low, high, grid, gate2, pairs, work)
        if i < tracks and pairs.start[i] + n > pairs.detection.size:
            pairs = _lengthened(pairs, pairs.detection.size + max(n, pairs.detection.size))
    used = pairs.start[tracks]
    return Pairs(
        pairs.start,
        pairs.detection[:used],
        pairs.distance2[:used],
        pairs.loglik[:used],
        pairs.mode_loglik[:used],
    )


@kernel
def _new_pairs(tracks: int, room: int, modes: int) -> Pairs:
    """Pairs of so many tracks, none yet."""
    return Pairs(
        np.zeros(tracks + 1, np.int64),
        np.empty(room, np.int64),
        np.empty(room),
        np.empty(room),
        np.empty((room, modes)),
    )


@kernel
def _lengthened(pairs: Pairs, room: int) -> Pairs:
    """The same pairs with more room."""
    longer = _new_pairs(pairs.start.size - 1, room, pairs.mode_loglik.shape[1])
    size = pairs.detection.size
    longer.start[:] = pairs.start
    longer.detection[:size], longer.distance2[:size] = pairs.detection, pairs.distance2
    longer.loglik[:size], longer.mode_loglik[:size] = pairs.loglik, pairs.mode_loglik
    return longer


@kernel
def _compare_steady(
    first: int, mode: NDArray[np.float64], scan: Scan, sight: Sight, grid: Grid, gate2: float, pairs: Pairs
) -> int:
    """The first track whose pairs there may be no room for; writes those of the tracks before it, from `first` on.

    For a scan of one instant and one covariance: what the sensor would measure of each track is known. Nothing here
    is called that is not compiled in, which would cost more than the comparison.
    """
    start, detection, distance2 = pairs.start, pairs.detection, pairs.distance2
    loglik, mode_loglik, z, low, high = pairs.loglik, pairs.mode_loglik, scan.z, sight.low, sight.high
    modes, bearing = mode.shape[1], bearing_at(scan.kind)
    left, each, found = np.empty(MOST_MEASURED), np.empty(modes), np.empty(z.shape[0], np.int64)
    tracks, used = start.size - 1, start[first]
    i = first
    while i < tracks and used + z.shape[0] <= detection.size:
        for k in range(search_grid(grid, low, high, i, found)):
            j = found[k]
            nearest = compare(bearing, z, j, sight, i, mode, left, each)
            if nearest < gate2:
                detection[used], distance2[used] = j, nearest
                loglik[used] = mixture_loglik(mode, i, each)
                for a in range(modes):
                    mode_loglik[used, a] = each[a]
                used += 1
        i += 1
        start[i] = used
    return i


@kernel
def _compare_apart(
    first: int,
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    grid: Grid,
    gate2: float,
    pairs: Pairs,
    work: NDArray[np.float64],
) -> int:
    """As `_compare_steady`, each track being taken at each detection's instant and with its covariance.

    Candidates are taken TOGETHER at a time or a few more: copies of their tracks are predicted and seen, then compared.
    """
    z, start, n = scan.z, pairs.start, scan.z.shape[0]
    tracks, modes = start.size - 1, bank.mean.shape[1]
    room = min(max(TOGETHER, n), pairs.detection.size - start[first])
    found = np.empty(n, np.int64)
    track, detection = np.empty(room, np.int64), np.empty(room, np.int64)
    count, end = 0, first
    while end < tracks and count + n <= room:
        for k in range(search_grid(grid, low, high, end, found)):
            track[count], detection[count] = end, found[k]
            count += 1
        end += 1
    t_s, mean, cov, mode = _copies(bank, track[:count])
    when_s, noise = (
        np.empty(count),
        np.empty((count if scan.noise.shape[0] > 1 else 1, *scan.noise.shape[1:])),
    )
    noise[0] = scan.noise[0]
    for e in range(count):
        when_s[e] = scan.t_s[detection[e]]
        if scan.noise.shape[0] > 1:
            noise[e] = scan.noise[detection[e]]
    predict_tracks(motion, t_s, when_s, mean, cov, mode, work)
    sight = new_sight(count, modes, motion.shape[DIMS], z.shape[1])
    see_tracks(form, scan, motion.shape, noise, 0.0, mean, cov, count, sight, work)
    bearing, left, each = bearing_at(scan.kind), np.empty(MOST_MEASURED), np.empty(modes)
    used, i = start[first], first
    for e in range(count):
        while i < track[e]:
            i += 1
            start[i] = used
        nearest = compare(bearing, z, detection[e], sight, e, mode, left, each)
        if nearest < gate2:
            pairs.detection[used], pairs.distance2[used] = detection[e], nearest
            pairs.loglik[used] = mixture_loglik(mode, e, each)
            pairs.mode_loglik[used] = each
            used += 1
    while i < end:
        i += 1
        start[i] = used
    return end


@kernel
def _copies(
    bank: Bank, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Instants, means, covariances and mode chances of tracks, a row each, copied."""
    modes, size = bank.mean.shape[1:]
    old_t_s, old_mean, old_cov, old_mode = bank.t_s, bank.mean, bank.cov, bank.mode
    t_s, mode = np.empty(rows.size), np.empty((rows.size, modes))
    mean, cov = np.empty((rows.size, modes, size)), np.empty((rows.size, modes, size, size))
    for e in range(rows.size):
        i = rows[e]
        t_s[e] = old_t_s[i]
        for k in range(modes):
            mode[e, k] = old_mode[i, k]
            for a in range(size):
                mean[e, k, a] = old_mean[i, k, a]
                for b in range(size):
                    cov[e, k, a, b] = old_cov[i, k, a, b]
    return t_s, mean, cov, mode


@kernel
def sweep_boxes(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    gate: float,
    span: NDArray[np.float64],
    work: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners [T, d] of boxes for all detections that a gate of so many sigmas passes, whatever their instants.

    `span` [2] are the scan's first and last instant; the boxes hold for the greatest covariance of its detections and
    for instants from one end to the other (`_sweep_box`).
    """
    tracks, d, m = int(bank.counts[TRACKS]), motion.shape[DIMS], scan.z.shape[1]
    noise = scan.noise[:1].copy()
    if scan.noise.shape[0] > 1:
        noise[:] = 0.0
        for j in range(scan.noise.shape[0]):
            for a in range(m):
                noise[0, a, a] = max(noise[0, a, a], scan.noise[j, a, a])
    looks, rows = _sweep_looks(motion, scan.kind, span), np.arange(tracks)
    low, high = np.empty((tracks, d, looks)), np.empty((tracks, d, looks))
    for k in range(looks):
        at_s = np.full(tracks, span[0] + (span[1] - span[0]) * k / max(looks - 1, 1))
        t_s, mean, cov, mode = _copies(bank, rows)
        predict_tracks(motion, t_s, at_s, mean, cov, mode, work)
        sight = new_sight(tracks, mode.shape[1], d, m)
        see_tracks(form, scan, motion.shape, noise, gate, mean, cov, tracks, sight, work)
        low[:, :, k], high[:, :, k] = sight.low, sight.high
    least, most = np.empty((tracks, d)), np.empty((tracks, d))
    for i in range(tracks):
        for a in range(d):
            least[i, a], most[i, a] = _sweep_box(low[i, a], high[i, a])
    return least, most


@kernel
def _sweep_looks(motion: Motion, kind: int, span: NDArray[np.float64]) -> int:
    """At how many instants of a scan a track's box is looked at: few suffice where what is expected moves straight."""
    if span[1] == span[0]:
        return 1
    for code in motion.code:
        if code != CONSTANT_VELOCITY:
            return BENT_LOOKS
    return (
        STRAIGHT_LOOKS
        if kind == POSITION or RANGE_BEARING <= kind <= RANGE_BEARING_ELEVATION_RATE
        else BENT_LOOKS
    )


@kernel
def _sweep_box(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[float, float]:
    """The ends, along one axis, of a box that holds boxes [k] looked at in turn and those between them.

    A parabola through three looks leaves the straight line between two of them by an eighth of their second
    difference; twice that is added, and SWEEP_MARGIN of the width.
    """
    least, most = low.min(), high.max()
    if not (least > -np.inf and most < np.inf):
        return -np.inf, np.inf
    bend = 0.0
    for k in range(1, low.size - 1):
        bend = max(bend, abs(low[k + 1] - 2.0 * low[k] + low[k - 1]))
        bend = max(bend, abs(high[k + 1] - 2.0 * high[k] + high[k - 1]))
    more = SWEEP_MARGIN * (most - least) + 0.25 * bend if low.size > 1 else 0.0
    return least - more, most + more


@kernel
def _usual_width(low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """The median width of the search boxes [T, d] of some tracks, metres."""
    tracks = low.shape[0]
    width = np.zeros(min(tracks, SAMPLED))
    for k in range(width.size):
        i = (k * tracks) // width.size
        for a in range(2):
            if high[i, a] - low[i, a] > width[k]:
                width[k] = high[i, a] - low[i, a]
    width.sort()
    return float(width[width.size // 2])
