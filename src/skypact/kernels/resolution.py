"""What a radar cannot tell apart: echoes in one cell of range and beam give one plot."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

LEAST_COSINE = 0.05
"""Least cosine of elevation by which an angle across the beam is turned into one of bearing: overhead it has none."""

_TWO_PI = 2.0 * math.pi


class Echoes(NamedTuple):
    """Looks of one sensor, planned or already taken: arrays of one length."""

    t_s: NDArray[np.float64]
    look: NDArray[np.int64]
    object: NDArray[np.int32]
    gain_db: NDArray[np.float64]
    """Signal to noise that the look has over one in search."""
    found: NDArray[np.bool_]
    """Whether the look gave a detection; what follows is told of those that did."""
    range_m: NDArray[np.float64]
    bearing_rad: NDArray[np.float64]
    elevation_rad: NDArray[np.float64]
    power: NDArray[np.float64]
    """Received power over the mean noise, less the noise; 1 where the kind has none."""
    read: NDArray[np.float64]
    """The look's uniform that decides whether its code is read."""
    strongest: NDArray[np.int64]
    """Scratch."""


class Cell(NamedTuple):
    """The widths within which echoes are not told apart; those of time and bearing at elevation 0."""

    dwell_s: float
    longest_s: float
    """The dwell at the elevation where it is longest."""
    range_m: float
    bearing_rad: float
    elevation_rad: float
    """Infinite where elevation is not measured."""


@kernel
def same_cell(echoes: Echoes, a: int, b: int, cell: Cell) -> bool:
    """Whether two objects' echoes lie in one cell: nearer than its width in dwell, range, bearing and elevation.

    A beam of one width across spans the more of bearing the higher it points, by the cosine of elevation (of the middle
    of both echoes, at least `LEAST_COSINE`), and passes as much longer over what stands there.
    """
    if echoes.object[a] == echoes.object[b] or abs(echoes.range_m[a] - echoes.range_m[b]) >= cell.range_m:
        return False
    if abs(echoes.elevation_rad[a] - echoes.elevation_rad[b]) >= cell.elevation_rad:
        return False
    across = max(math.cos(0.5 * (echoes.elevation_rad[a] + echoes.elevation_rad[b])), LEAST_COSINE)
    if abs(echoes.t_s[a] - echoes.t_s[b]) * across >= cell.dwell_s:
        return False
    turn = (echoes.bearing_rad[a] - echoes.bearing_rad[b]) / _TWO_PI
    return bool(abs(turn - math.floor(turn + 0.5)) * _TWO_PI * across < cell.bearing_rad)


@kernel
def stronger(echoes: Echoes, a: int, b: int) -> bool:
    """Whether echo a is stronger than echo b; of equals the one with the lower row of truth."""
    if echoes.power[a] != echoes.power[b]:
        return bool(echoes.power[a] > echoes.power[b])
    return bool(echoes.object[a] < echoes.object[b])


@kernel
def find_strongest(echoes: Echoes, order: NDArray[np.int64], cell: Cell) -> None:
    """Fill `strongest` with the strongest echo in each echo's cell; `order` sorts the echoes by time.

    An echo whose strongest is another gives no plot: plots are the local maxima of what is received, as a peak
    detector reports them. The outcome for an echo hangs on the echoes within one cell of it and nothing else.
    """
    n = order.shape[0]
    first = 0
    for p in range(n):
        a = order[p]
        while echoes.t_s[order[first]] <= echoes.t_s[a] - cell.longest_s:
            first += 1
        best = a
        q = first
        while q < n and echoes.t_s[order[q]] < echoes.t_s[a] + cell.longest_s:
            b = order[q]
            if b != a and stronger(echoes, b, best) and same_cell(echoes, a, b, cell):
                best = b
            q += 1
        echoes.strongest[a] = best


@kernel
def centroid(
    echoes: Echoes, order: NDArray[np.int64], p: int, cell: Cell
) -> tuple[tuple[float, float, float], float]:
    """Range (m), bearing and elevation (rad), and power, of the plot of echo order[p], the strongest in its cell.

    Weighed by power over the echoes in its cell whose own strongest it is; powers add up.
    """
    n = order.shape[0]
    a = order[p]
    range_m = 0.0
    bearing = 0.0
    elevation = 0.0
    power = 0.0
    q = p
    while q > 0 and echoes.t_s[order[q - 1]] > echoes.t_s[a] - cell.longest_s:
        q -= 1
    while q < n and echoes.t_s[order[q]] < echoes.t_s[a] + cell.longest_s:
        b = order[q]
        q += 1
        if echoes.strongest[b] != a:
            continue
        weight = echoes.power[b]
        turn = (echoes.bearing_rad[b] - echoes.bearing_rad[a]) / _TWO_PI
        range_m += weight * (echoes.range_m[b] - echoes.range_m[a])
        bearing += weight * (turn - math.floor(turn + 0.5)) * _TWO_PI
        elevation += weight * (echoes.elevation_rad[b] - echoes.elevation_rad[a])
        power += weight
    place = (
        echoes.range_m[a] + range_m / power,
        echoes.bearing_rad[a] + bearing / power,
        echoes.elevation_rad[a] + elevation / power,
    )
    return place, power
