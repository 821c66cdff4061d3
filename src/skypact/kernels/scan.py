"""When a sensor looks at an object.

Frame k of a sensor starts at k * revisit + phase, for any integer k: nothing depends on when a run starts. A radar
sweeps its search clockwise and evenly in a frame: the whole circle from north where the antenna turns or the sector is
all round, else its sector from the left edge. It meets an object when the beam points at it. Other sensors look at
each object once a frame, at a share of the frame that is the object's own.

A radar with a track mode looks again, every `REVISIT_TRACK` after it has met an object in search, and one with a cued
mode every `REVISIT_CUED` of its frame. Every look has a number: the frame times `slots`, plus its place in the frame.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    BEAM_AZIMUTH,
    PHASE,
    REVISIT,
    REVISIT_CUED,
    REVISIT_TRACK,
    ROTATES,
    ROTATION,
    SECTOR,
    SECTOR_CENTRE,
    X,
    Y,
    Z,
)
from skypact.kernels.path import state_at

_TWO_PI = 2.0 * math.pi
_LEAST_M2 = 1.0


@kernel
def track_slots(site: NDArray[np.float64], physics: NDArray[np.float64]) -> int:
    """Looks in track mode between two of search; 0 where there is no such mode."""
    if not physics[REVISIT_TRACK] > 0.0:
        return 0
    return max(int(math.ceil(site[REVISIT] / physics[REVISIT_TRACK] - 1e-9)) - 1, 0)


@kernel
def cued_slots(site: NDArray[np.float64], physics: NDArray[np.float64]) -> int:
    """Looks of a frame at an object for which there is a cue; 0 where there is no such mode."""
    if not physics[REVISIT_CUED] > 0.0:
        return 0
    return int(math.ceil(site[REVISIT] / physics[REVISIT_CUED] - 1e-9))


@kernel
def slots(site: NDArray[np.float64], physics: NDArray[np.float64]) -> int:
    """Numbers that a frame takes: one of search, then those of track mode, then those of cued mode."""
    return 1 + track_slots(site, physics) + cued_slots(site, physics)


@kernel
def most_slots(sites: NDArray[np.float64], physics: NDArray[np.float64]) -> int:
    """The most numbers that a frame of any of these sensors takes."""
    most = 1
    for s in range(sites.shape[0]):
        most = max(most, slots(sites[s], physics[s]))
    return most


@kernel
def frame_at(site: NDArray[np.float64], physics: NDArray[np.float64], t_s: float) -> int:
    """The frame in which an instant lies."""
    return int(math.floor((t_s - physics[PHASE]) / site[REVISIT]))


@kernel
def sweep_of(site: NDArray[np.float64]) -> tuple[float, float]:
    """Bearing at which a radar's search begins and the angle that it sweeps clockwise in a frame (rad)."""
    if site[ROTATES] != 0.0 or site[SECTOR] >= _TWO_PI:
        return 0.0, _TWO_PI
    return site[SECTOR_CENTRE] - 0.5 * site[SECTOR], site[SECTOR]


@kernel
def dwell_s(site: NDArray[np.float64], physics: NDArray[np.float64]) -> float:
    """How long a radar's search takes to sweep its own beam width (s) at elevation 0."""
    _, width = sweep_of(site)
    return float(site[REVISIT] * physics[BEAM_AZIMUTH] / width)


@kernel
def meeting_time(
    site: NDArray[np.float64],
    states: NDArray[np.float64],
    begin: int,
    end: int,
    first_s: int,
    start_s: float,
    low_s: float,
    high_s: float,
    state: NDArray[np.float64],
) -> float:
    """When the sweep of a frame that starts at `start_s` meets an object (s); NaN where it does not in that frame.

    The bearing is extrapolated from mid-frame (clamped to the flight, low_s..high_s) at its rate there, held where that
    is over half the sweep's own. The object's path is rows begin..end of `states`, from first_s on; `state` is scratch.
    """
    revisit_s = site[REVISIT]
    left, width = sweep_of(site)
    middle_s = min(max(start_s + 0.5 * revisit_s, low_s), high_s)
    state_at(states, begin, end, first_s, middle_s, state)
    dx = state[0] - site[X]
    dy = state[1] - site[Y]
    dz = state[2] - site[Z]
    east = site[ROTATION] * dx + site[ROTATION + 1] * dy + site[ROTATION + 2] * dz
    north = site[ROTATION + 3] * dx + site[ROTATION + 4] * dy + site[ROTATION + 5] * dz
    ve = site[ROTATION] * state[3] + site[ROTATION + 1] * state[4] + site[ROTATION + 2] * state[5]
    vn = site[ROTATION + 3] * state[3] + site[ROTATION + 4] * state[4] + site[ROTATION + 5] * state[5]
    speed = width / revisit_s
    rate = (north * ve - east * vn) / max(east * east + north * north, _LEAST_M2)
    if abs(rate) > 0.5 * speed:
        rate = 0.0
    turn = (math.atan2(east, north) - left - 0.5 * width) / _TWO_PI
    angle = (turn - math.floor(turn + 0.5)) * _TWO_PI + 0.5 * width
    t_s = middle_s + (angle - speed * (middle_s - start_s)) / (speed - rate)
    if t_s < start_s or t_s >= start_s + revisit_s:
        return math.nan
    return float(t_s)
