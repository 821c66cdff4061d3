"""The layout of a bank of tracks, of the sensors it hears and of its settings, as the tracking kernels see them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MODES = 3
LEVEL, MANOEUVRE, BALLISTIC = 0, 1, 2

BIAS_SLOTS = 4
"""Sensors whose bias a track accounts for at once; a further one replaces the one longest unheard."""

HIT_RING = 8
"""Times of the latest hits kept a track: the largest `confirm_hits`."""


class BankArrays(NamedTuple):
    """A bank of C track rows; times in float seconds, state ECEF metres and metres a second."""

    mean: NDArray[np.float64]
    """[C, 3, 6] by mode"""
    cov: NDArray[np.float64]
    """[C, 3, 6, 6] by mode: random error alone"""
    mode: NDArray[np.float64]
    """[C, 3] mode probabilities"""
    bias_gain: NDArray[np.float64]
    """[C, 4, 6, 4] sensitivity of the estimate's error to the biases (range, bearing, elevation, clock) of a slot"""
    bias_sensor: NDArray[np.int32]
    """[C, 4] sensor row of a slot, -1 free"""
    bias_s: NDArray[np.float64]
    """[C, 4] when the slot's sensor last updated the track"""
    bias_var: NDArray[np.float64]
    """[C, 4, 4] variances of the slot's biases"""
    centre: NDArray[np.float64]
    """[C, 6] mixture mean at T_S"""
    gate: NDArray[np.float64]
    """[N_GATE, C] a column a row: what the coarse gate reads, side by side so that it is read many at once"""
    evidence: NDArray[np.float64]
    """[C, 7] remembered mean log likelihood of the kinematics by class"""
    life: NDArray[np.float64]
    """[C, N_LIFE]"""
    tags: NDArray[np.int64]
    """[C, N_TAGS]"""
    lists: NDArray[np.int32]
    """[2, C] rows in use, oldest first, `counts[ACTIVE]` of them; stack of rows not in use"""
    counts: NDArray[np.int64]
    """[N_COUNTS]"""
    clock: NDArray[np.float64]
    """[1] instant of the latest lifecycle, NaN before the first"""
    events: NDArray[np.int64]
    """[E, 3] track id, new status, old status of the `counts[EVENTS]` changes of the latest call"""


N_WORK = 7
"""Blocks of the scratch array [N_WORK, 4, 6] of a filter step."""


class Scratch(NamedTuple):
    """Room for the work on one track, so that none is made a track: what a kernel uses of it is its own affair."""

    work: NDArray[np.float64]
    """[N_WORK, 4, 6]"""
    used: NDArray[np.int32]
    """[4]"""
    mean: NDArray[np.float64]
    """[3, 6]"""
    cov: NDArray[np.float64]
    """[3, 6, 6]"""
    mode: NDArray[np.float64]
    """[3]"""
    bias_gain: NDArray[np.float64]
    """[4, 6, 4]"""
    classes: NDArray[np.float64]
    """[2, 8]"""
    reach: NDArray[np.float64]
    """[C]"""
    near: NDArray[np.bool_]
    """[C]"""


# life
T_S = 0  # of the state
REACH = 1  # bounds of one sigma of position (m) and velocity (m/s), for the coarse gate
BOOSTS = 3  # 1 where some mode that matters may be taken to boost, else 0
FIRST_S, UPDATED_S = 4, 5  # of the first and of the latest detection
HEARD_S = 6  # when the latest hit could first be used: what silence is counted from
LOOK_S = 7  # slowest revisit of the sensors lately heard
SILENCE = 8  # log chance that no code was read so far if the transponder works
APOGEE = 9  # greatest apogee (m) so far, less two sigma
HIT_S = 10  # when the latest HIT_RING hits were heard, newest first
N_LIFE = HIT_S + HIT_RING

# gate: the centre's six, then
G_T_S, G_REACH, G_REACH_MPS, G_BOOSTS = 6, 7, 8, 9
N_GATE = 10

# tags
STATUS, HITS, TRACK_ID, CODE, SOURCES = 0, 1, 2, 3, 4
N_TAGS = 5

# counts
ACTIVE, NEXT_ID, DROPPED_FULL, REFUSED_LATE, MERGED, EVENTS = 0, 1, 2, 3, 4, 5
ROWS = 6  # rows that have ever been in use: all others come after them
N_COUNTS = 7

# sensor pack [S, N_SENSOR]
SN_POS = 0
SN_ROT = 3
SN_RANGE_MAX = 12
SN_REVISIT = 13
SN_BIAS_VAR = 14
SN_LOG_NEW_3D = 18
SN_LOG_NEW_2D = 19
SN_LOG_NEW_ANGLES = 20
SN_LOG_NEW_BEARING = 21
SN_NATION = 22
SN_ELEVATION_MIN = 23
SN_ELEVATION_MAX = 24
SN_CODE_PROBABILITY = 25
SN_SIGMA = 26
SN_HEIGHT = 30
SN_DELAY = 31
N_SENSOR = 32

# settings vector
SET_Q_LEVEL = 0
SET_Q_MANOEUVRE = 1
SET_Q_BALLISTIC = 2
SET_BETA = 3
SET_DRAG_TIME = 4
SET_RATES = 5  # generator of the mode process, 9 numbers row by row
SET_GATE = 14  # chi-square gates of 1..4 dimensions
SET_CONFIRM_HITS = 18
SET_CONFIRM_LOOKS = 19
SET_DROP_LOOKS = 20
SET_COAST_LOOKS = 21
SET_LOST_LOOKS = 22
SET_BALLISTIC_PATIENCE = 23
SET_LOOK_MIN = 24
SET_LOST_SIGMA = 25
SET_LATE_MAX = 26
SET_MERGE_PERIOD = 27
SET_MERGE_DISTANCE = 28
SET_MERGE_GATE = 29
SET_CLASS_MEMORY = 30
SET_CLASS_LOOKS = 31
SET_SUSPECT = 32
SET_HOSTILE = 33
SET_SIGMA_LEVEL = 34
SET_SIGMA_CLIMB = 35
SET_SIGMA_MANOEUVRE = 36
SET_SIGMA_BALLISTIC = 37
SET_PLAIN_HEIGHT = 38
SET_PLAIN_HEIGHT_SIGMA = 39
SET_LAUNCH_HEIGHT = 40
SET_LAUNCH_HEIGHT_SIGMA = 41
SET_LAUNCH_SIGMA = 42
SET_CODE_BONUS = 43
SET_DEAD_SHARE = 44
SET_NEW_CODE = 45
SET_BOOST = 46
SET_BOOST_SHARE = 47
SET_BOOST_HOLD = 48
SET_LAUNCH_CLIMB = 49
SET_BOOST_GROWTH = 50
N_SETTINGS = 51

# model.codes as kernels need them
FREE, TENTATIVE, CONFIRMED, COASTING, LOST = 0, 1, 2, 3, 4
KIND_ACOUSTIC = 2
