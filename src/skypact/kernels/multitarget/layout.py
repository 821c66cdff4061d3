"""How the general tracker's kernels see models, sensors, tracks and the pairs of a scan.

A state is [position (d), velocity (d), acceleration (d), turn rate, log drag, axial acceleration], d = 2 or 3, of which
only what some model of the tracker uses is there. Frames: a flat local one (x east, y north, z up) or ECEF (d = 3);
metres, seconds, radians.

A component that a model does not use is idle in it: its prediction has the mean 0 and the prior variance, independent
of the rest. An object that changes to a model that uses it so draws it from its prior, and mixing stays unbiased
(the remedy of Yuan, Lian and Han, IEEE Trans. AES 48(2), 2012, in its simplest form).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# where a state's components begin: shape i8[N_SHAPE]; -1 where the state has no such component
DIMS, SIZE, ACC, TURN, DRAG, AXIAL = 0, 1, 2, 3, 4, 5
N_SHAPE = 6

# motion models
CONSTANT_VELOCITY, CONSTANT_ACCELERATION, SINGER, COORDINATED_TURN, BOOST, COAST, REENTRY = range(7)

# parameters of a motion model, f8[N_PARAM]; what a model does not use is 0
NOISE = 0
"""Spectral density of what drives the model: acceleration (m2/s3) or its derivative (m2/s5)."""
MANOEUVRE_TIME, MANOEUVRE_SIGMA = 1, 2  # Singer: time constant (s), sigma of acceleration (m/s2)
TURN_NOISE, DRAG_NOISE, AXIAL_NOISE = 3, 4, 5  # rad2/s3; 1/s; m2/s5
GM, J2_TERM, SPIN = 6, 7, 8  # m3/s2; J2 a^2 (m2); rotation of the frame (rad/s)
SURFACE, FLATTENING = 9, 10  # radius (m) from which height counts, its flattening
DRAG_LEVEL, SCALE_HEIGHT = (
    11,
    12,
)  # deceleration is DRAG_LEVEL exp(log drag - height / SCALE_HEIGHT) v^2; 1/m, m
ACC_SIGMA, TURN_SIGMA, DRAG_SIGMA, AXIAL_SIGMA = 13, 14, 15, 16  # priors of idle components
N_PARAM = 17


class Motion(NamedTuple):
    """The motion models of a tracker."""

    shape: NDArray[np.int64]
    """[N_SHAPE]"""
    code: NDArray[np.int64]
    """[M]"""
    param: NDArray[np.float64]
    """[M, N_PARAM]"""
    rates: NDArray[np.float64]
    """[M, M] generator of the mode process, 1/s, rows sum to 0"""
    chance: NDArray[np.float64]
    """[M, M] transition chances of one step instead, where its [0, 0] is not negative: taken as they are, whatever
    the time between steps"""
    start: NDArray[np.float64]
    """[M] mode probabilities of a new track"""


# what a sensor measures
POSITION, RANGE_BEARING, RANGE_BEARING_ELEVATION, RANGE_BEARING_RATE, RANGE_BEARING_ELEVATION_RATE = range(5)
BEARING, BEARING_ELEVATION, RANGE_DIFFERENCE = 5, 6, 7
MOST_MEASURED = 4
"""Components of the longest measurement."""

# one sensor, f8[N_SENSOR]
ORIGIN = 0  # position (m), three numbers (two used where d = 2)
ROTATION = 3  # local (east, north, up) from the frame's axes, row by row; the identity in a flat frame
VELOCITY = 12  # of the sensor, m/s
SECOND = 15  # the other station of a range difference (m): measured is |x - origin| - |x - second|
BIAS = 18  # known bias of each component, taken from the measurement before use
NEW_RANGE, NEW_RANGE_SIGMA = 22, 23  # m, where the range is not measured: what a new track assumes
NEW_ELEVATION, NEW_ELEVATION_SIGMA = 24, 25  # rad, the same of elevation (d = 3)
RESOLUTION = 26  # of each component: two objects so far apart share half of their plots; 0: never
N_SENSOR = 30

# how a nonlinear measurement is used
EXTENDED, UNSCENTED, CUBATURE = 0, 1, 2


class Scan(NamedTuple):
    """The detections of one sensor: n rows of m components."""

    kind: int
    sensor: NDArray[np.float64]
    """[N_SENSOR]"""
    t_s: NDArray[np.float64]
    """[n]"""
    z: NDArray[np.float64]
    """[n, m]"""
    noise: NDArray[np.float64]
    """[n, m, m] covariance; [1, m, m] where all share one"""
    place: NDArray[np.float64]
    """[n, d] where each detection lies, as far as it tells (`measurement.place`)"""
    clutter: NDArray[np.float64]
    """[n] density of false detections at each, per unit of the measurement's volume"""


class Bank(NamedTuple):
    """Tracks: C rows of which the first `counts[TRACKS]` are in use, oldest first."""

    mean: NDArray[np.float64]
    """[C, M, n]"""
    cov: NDArray[np.float64]
    """[C, M, n, n]"""
    mode: NDArray[np.float64]
    """[C, M] mode probabilities"""
    t_s: NDArray[np.float64]
    """[C] the instant of mean and cov"""
    existence: NDArray[np.float64]
    """[C] probability that the object exists; 1 where the associator has no such notion"""
    score: NDArray[np.float64]
    """[C] log likelihood ratio of object against clutter (Sittler 1964)"""
    tags: NDArray[np.int64]
    """[C, N_TAGS]"""
    recent: NDArray[np.uint64]
    """[C] the latest 64 looks, bit 0 the last: 1 where the track was hit"""
    counts: NDArray[np.int64]
    """[N_COUNTS]"""


TRACK_ID, STATUS, HITS, MISSES, LOOKS = 0, 1, 2, 3, 4  # MISSES: looks since the latest hit
N_TAGS = 5
TRACKS, NEXT_ID, DROPPED_FULL = 0, 1, 2
N_COUNTS = 3

FREE, TENTATIVE, CONFIRMED, COASTING, LOST = 0, 1, 2, 3, 4
"""model.codes.TrackStatus as kernels need it."""


class Pairs(NamedTuple):
    """Which detections each track may have made: rows of tracks, compressed, detections in rising order."""

    start: NDArray[np.int64]
    """[T + 1]"""
    detection: NDArray[np.int64]
    """[E]"""
    distance2: NDArray[np.float64]
    """[E] squared Mahalanobis distance of the innovation (of the nearest mode)"""
    loglik: NDArray[np.float64]
    """[E] log likelihood of the detection given the track: the mode mixture's"""
    mode_loglik: NDArray[np.float64]
    """[E, M]"""
