"""What an object probably is, from how it moves and whether it answers: recursive Bayes over seven classes.

Each class is a few kinds of flight, and a kind a box in speed, height, climb rate and apogee (the height that a
climb would reach in vacuum, the greatest so far), with soft edges that widen with the track's own uncertainty,
times how far the ballistic mode explains it. The boxes are notional, of the order that encyclopaedias give:
propeller drones about 50 m/s below 3 km; cruise missiles 200-280 m/s below 1 km; airliners 200-260 m/s at 9-13 km,
slower while climbing; light aircraft 40-95 m/s below 4 km (which, silent, resemble drones); ballistic missiles
above 600 m/s with an apogee of 40 km and more; artillery rockets lower and slower; wreckage falling at its terminal
speed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare
from skypact.kernels.motion import height_of

N_CLASSES = 7
BALLISTIC, CRUISE, DRONE, ROCKET, CIVIL, FRIENDLY, DEBRIS = range(N_CLASSES)
FIRST_FRIENDLY_CODE = 1_000_000
FIRST_CHANGING_CODE = 500_000
"""From here to the friendly block: codes that an aircraft may be given anew in flight (model.codes)."""
GRAVITY_MPS2 = 9.81
LEAST_LOG = -14.0
"""Least log likelihood of one look's kinematics: how much one look can count against a class."""
LOG_CODE_OF_RAIDER = math.log(1e-4)
"""Chance that a raid object or wreckage answers with a code."""
LOG_ANSWER = math.log(100.0)
"""Least odds of the class whose block a code is of against the next."""
LOG_WRONG_BLOCK = math.log(1e-4)
"""Chance that an aircraft answers with a code of the other block (civil, friendly)."""

PRIOR = np.array([0.08, 0.08, 0.08, 0.08, 0.52, 0.12, 0.04])

# A kind of flight a row: class, share in its class, how ballistic (0 flies, 1 falls freely, 0.5 either),
# then low, high and edge width of speed (m/s), height (m), climb rate (m/s) and apogee (m).
# The remembered evidence counts as about two looks, so a look takes the root of the share.
KINDS = np.array(
    [
        [BALLISTIC, 0.30, 0.5, 100, 3500, 100, 0, 90e3, 3e3, 80, 3200, 60, 15e3, 900e3, 10e3],  # boost
        [
            BALLISTIC,
            0.40,
            1.0,
            500,
            6500,
            200,
            20e3,
            800e3,
            8e3,
            -4000,
            3500,
            300,
            40e3,
            900e3,
            10e3,
        ],  # free flight
        [BALLISTIC, 0.30, 0.8, 400, 6000, 150, 0, 45e3, 3e3, -4500, -150, 60, 2e3, 400e3, 3e3],  # reentry
        [CRUISE, 1.00, 0.0, 180, 290, 20, 10, 900, 120, -25, 25, 5, 10, 1100, 200],
        [DRONE, 1.00, 0.0, 30, 85, 8, 30, 3000, 250, -8, 8, 2, 30, 3100, 300],
        [ROCKET, 0.40, 0.5, 100, 1300, 80, 0, 20e3, 2e3, 30, 1000, 30, 1e3, 45e3, 5e3],
        [ROCKET, 0.60, 0.9, 180, 1200, 60, 0, 45e3, 2e3, -900, 700, 50, 1e3, 45e3, 5e3],
        [
            CIVIL,
            0.45,
            0.0,
            190,
            275,
            15,
            7000,
            13.2e3,
            500,
            -12,
            12,
            3,
            7000,
            13.3e3,
            500,
        ],  # airliner en route
        [CIVIL, 0.25, 0.0, 70, 240, 15, 100, 9500, 400, -16, 18, 3, 100, 9.6e3, 400],  # climbing, descending
        [CIVIL, 0.30, 0.0, 38, 95, 8, 500, 4000, 250, -8, 8, 2, 500, 4100, 300],  # light aircraft
        [FRIENDLY, 1.00, 0.0, 110, 420, 30, 200, 14e3, 700, -60, 80, 15, 200, 14.5e3, 800],
        [DEBRIS, 1.00, 0.5, 25, 700, 40, 0, 60e3, 3e3, -650, -20, 15, 0, 70e3, 4e3],
    ],
    dtype=np.float64,
)


@bare
def features(mean: NDArray[np.float64], cov: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Write speed, height, climb rate and apogee of a state (mean [6], cov [6, 6]) and their sigmas into out[8]."""
    speed2 = mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5]
    speed = math.sqrt(speed2) + 1e-6
    r = math.sqrt(mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2])
    along, up_pos, up_vel, climb = 0.0, 0.0, 0.0, 0.0
    for i in range(3):
        ui = mean[i] / r
        climb += ui * mean[i + 3]
        for j in range(3):
            uj = mean[j] / r
            along += mean[i + 3] * mean[j + 3] * cov[i + 3, j + 3]
            up_pos += ui * uj * cov[i, j]
            up_vel += ui * uj * cov[i + 3, j + 3]
    height = height_of(mean[0], mean[1], mean[2])
    rise = max(climb, 0.0)
    out[0] = speed
    out[1] = height
    out[2] = climb
    out[3] = height + 0.5 * climb * climb / GRAVITY_MPS2
    out[4] = math.sqrt(max(along, 0.0)) / speed
    out[5] = math.sqrt(max(up_pos, 0.0))
    out[6] = math.sqrt(max(up_vel, 0.0))
    out[7] = math.sqrt(max(up_pos, 0.0) + (max(rise, out[6]) / GRAVITY_MPS2) ** 2 * max(up_vel, 0.0))


@bare
def kinematic_evidence(
    feature: NDArray[np.float64], mode: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Write the log likelihood of features [8] and mode probabilities [3] by class into out[7].

    A feature's density is flat within its box and falls with the fourth power of the distance outside, so that no
    single look decides; the edge is widened by the feature's own sigma. Apogee follows from the others and only
    counts where it lies outside.
    """
    for c in range(N_CLASSES):
        out[c] = 0.0
    for k in range(KINDS.shape[0]):
        falls = KINDS[k, 2]
        like = math.sqrt(KINDS[k, 1]) * 2.0 * (falls * mode[2] + (1.0 - falls) * (1.0 - mode[2]) + 0.02)
        outside = 1.0
        for f in range(4):
            low, high = KINDS[k, 3 + 3 * f], KINDS[k, 4 + 3 * f]
            edge = KINDS[k, 5 + 3 * f] + feature[4 + f]
            away = max(low - feature[f], feature[f] - high, 0.0)
            like *= edge * edge * edge * edge
            outside *= (edge * edge + away * away) ** 2
            if f < 3:
                outside *= high - low + 2.0 * edge
        out[int(KINDS[k, 0])] += like / outside
    best = 0.0
    for c in range(N_CLASSES):
        best = max(best, out[c])
    for c in range(N_CLASSES):
        out[c] = max(math.log(max(out[c], 1e-300) / max(best, 1e-290)), LEAST_LOG)


@bare
def remember(
    evidence: NDArray[np.float64], news: NDArray[np.float64], dt_s: float, memory_s: float, hits: int
) -> None:
    """Move the remembered mean evidence [7] towards the news [7]: at first a plain mean, then forgetting with memory_s.

    The first looks, whose velocities are hardly known, are forgotten sooner: a look weighs at least 3 / (hits + 2).
    """
    weight = min(max(3.0 / (hits + 2.0), 1.0 - math.exp(-max(dt_s, 0.0) / memory_s)), 1.0)
    for c in range(N_CLASSES):
        evidence[c] += weight * (news[c] - evidence[c])


@bare
def class_probabilities(
    evidence: NDArray[np.float64],
    looks: float,
    code: int,
    silence: float,
    dead_share: float,
    out: NDArray[np.float64],
) -> None:
    """Write the class probabilities into out[7].

    The remembered mean evidence counts as `looks` independent looks, because successive ones tell nearly the same.
    `silence` is the log chance that no code was read so far if there is a working transponder; `dead_share` the
    share of aircraft without one.
    """
    top = -math.inf
    for c in range(N_CLASSES):
        value = math.log(PRIOR[c]) + looks * evidence[c]
        aircraft = CIVIL <= c <= FRIENDLY
        if code == 0:
            if aircraft:
                value += math.log(dead_share + (1.0 - dead_share) * math.exp(silence))
        elif not aircraft:
            value += LOG_CODE_OF_RAIDER
        elif (code >= FIRST_FRIENDLY_CODE) != (c == FRIENDLY):
            value += LOG_WRONG_BLOCK
        out[c] = value
        top = max(top, value)
    if code != 0:
        # An answer outweighs how the object happens to move: the kinematics of aircraft are wide.
        own = FRIENDLY if code >= FIRST_FRIENDLY_CODE else CIVIL
        out[own] = max(out[own], top + LOG_ANSWER)
        top = out[own]
    total = 0.0
    for c in range(N_CLASSES):
        out[c] = math.exp(out[c] - top)
        total += out[c]
    for c in range(N_CLASSES):
        out[c] /= total


@bare
def identity_of(probability: NDArray[np.float64], code: int, suspect: float, hostile: float) -> int:
    """Identity (model.codes.Identity): the code's block, else the summed probability of the raid classes."""
    if code != 0:
        return 2 if code >= FIRST_FRIENDLY_CODE else 1
    raid = probability[BALLISTIC] + probability[CRUISE] + probability[DRONE] + probability[ROCKET]
    if raid >= hostile:
        return 4
    return 3 if raid >= suspect else 0


@bare
def may_change(code: int) -> bool:
    """Whether an aircraft that answers with this code may answer with another one later."""
    return bool(FIRST_CHANGING_CODE <= code < FIRST_FRIENDLY_CODE)


@bare
def in_conflict(code: int, other: int) -> bool:
    """Whether two transponder codes were both read and differ."""
    return bool(code != 0 and other != 0 and code != other)
