"""Trying a detection on a track: the track as it would be, and how well that explains the detection.

A track is predicted to the detection and updated in a scratch row; the score is the log of the innovation mixture's
likelihood over the density of new objects and false plots of the sensor (Sittler 1964; Reid 1979, eq. 16).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import (
    BALLISTIC,
    BIAS_SLOTS,
    COASTING,
    CODE,
    CONFIRMED,
    HITS,
    KIND_ACOUSTIC,
    MODES,
    SET_CODE_BONUS,
    SET_GATE,
    SET_NEW_CODE,
    SET_PLAIN_HEIGHT,
    SET_PLAIN_HEIGHT_SIGMA,
    SN_BIAS_VAR,
    SN_LOG_NEW_2D,
    SN_LOG_NEW_3D,
    SN_LOG_NEW_ANGLES,
    SN_LOG_NEW_BEARING,
    STATUS,
    T_S,
    TENTATIVE,
    BankArrays,
    Scratch,
)
from skypact.kernels.bias import add_bias, predict_bias_gain
from skypact.kernels.filter import anchor_height, predict_track, update_modes
from skypact.kernels.group import KIND, SENSOR, Group
from skypact.kernels.identify import in_conflict, may_change
from skypact.kernels.jit import bare, kernel
from skypact.kernels.measurement import linearise, linearise_sound, position_of, spherical_of
from skypact.kernels.motion import height_of

BALLISTIC_HEIGHT_FACTOR = 4.0
"""How much wider the assumed height of a plot without elevation is for the ballistic mode."""
TENTATIVE_SCORE = -1.5
COASTING_SCORE = -0.5
"""Log odds that a track of this status is an object that the sensor can see."""
CODE_GATE = 4.0
"""A matching code widens the squared gate by this."""
RANGE_RATE_SPAN_MPS = 2000.0


class Trials(NamedTuple):
    """Tracks as they would be after a detection: a scratch row a pair."""

    mean: NDArray[np.float64]
    cov: NDArray[np.float64]
    mode: NDArray[np.float64]
    bias_gain: NDArray[np.float64]
    score: NDArray[np.float64]
    chosen: NDArray[np.bool_]


@kernel
def make_trials(pairs: int) -> Trials:
    """Room for so many pairs."""
    return Trials(
        np.empty((pairs, MODES, 6)),
        np.empty((pairs, MODES, 6, 6)),
        np.empty((pairs, MODES)),
        np.empty((pairs, BIAS_SLOTS, 6, 4)),
        np.empty(pairs),
        np.empty(pairs, np.bool_),
    )


@bare
def log_new(site: NDArray[np.float64], var: NDArray[np.float64]) -> float:
    """Log density of new objects and false plots at a detection with variances `var` (1/m/rad/rad, by what it has)."""
    extra = -math.log(RANGE_RATE_SPAN_MPS) if var[3] > 0.0 else 0.0
    if var[0] > 0.0:
        return extra + float(site[SN_LOG_NEW_3D if var[2] > 0.0 else SN_LOG_NEW_2D])
    return extra + float(site[SN_LOG_NEW_ANGLES if var[2] > 0.0 else SN_LOG_NEW_BEARING])


@bare
def slot_of(sensors: NDArray[np.int32], heard_s: NDArray[np.float64], sensor: int) -> int:
    """The bias slot of a sensor in a track's four: its own, else a free one, else the one longest unheard."""
    choice = 0
    for s in range(BIAS_SLOTS):
        if sensors[s] == sensor:
            return s
    for s in range(BIAS_SLOTS):
        if sensors[s] < 0:
            return s
        if heard_s[s] < heard_s[choice]:
            choice = s
    return choice


@bare
def score_pair(
    bank: BankArrays,
    row: int,
    group: Group,
    i: int,
    settings: NDArray[np.float64],
    trials: Trials,
    scratch: Scratch,
    p: int,
) -> None:
    """Write the trial of track `row` with detection i and its score into scratch row p.

    At or below 0 the pair is worse than a new track. Codes in conflict forbid it, unless both may be given anew. Where
    range or elevation is missing the update is done again about its own result, because the first place of
    linearisation is poor across the gap.
    """
    trials.score[p] = -math.inf
    code, own = group.code[i], bank.tags[row, CODE]
    anew = in_conflict(code, own)
    if anew and not (bank.tags[row, STATUS] == CONFIRMED and may_change(code) and may_change(own)):
        return
    mean, cov, mode, bias_gain = trials.mean[p], trials.cov[p], trials.mode[p], trials.bias_gain[p]
    z, var, origin, rot = group.z[i], group.var[i], group.origin, group.rot
    passes = 1 if var[0] > 0.0 and var[2] > 0.0 else 2
    work, used = scratch.work, scratch.used
    rows, bias_var = work[3], work[4]
    point, value, noise, held, gates = work[5, 0], work[5, 1], work[5, 2], work[5, 3], work[6, 0]
    wider = CODE_GATE if code != 0 and own == code else 1.0
    for c in range(4):
        gates[c] = wider * settings[SET_GATE + c]
        noise[c] = var[c]
    for a in range(3):
        held[a] = 0.0
    slot = slot_of(bank.bias_sensor[row], bank.bias_s[row], int(group.head[SENSOR]))
    dt = group.t_s[i] - bank.life[row, T_S]
    mixes = bank.tags[row, HITS] > 1
    flat = var[0] > 0.0 and var[2] <= 0.0
    predicted = (scratch.mean, scratch.cov, scratch.mode, scratch.bias_gain)
    loglik = 0.0
    for attempt in range(passes):
        if attempt == 0:
            predict_track(
                bank.mean[row], bank.cov[row], bank.mode[row], mixes, dt, settings, mean, cov, mode, work
            )
            _open_slot(
                bank.bias_gain[row], bank.bias_var[row], bank.bias_sensor[row], slot, int(group.head[SENSOR]),
                group.site, dt, cov, bias_gain, bias_var, used,
            )  # fmt: skip
            if passes > 1:
                _copy_track(mean, cov, mode, bias_gain, predicted)
            _expansion_point(z, var, origin, rot, mean, cov, mode, point)
        else:
            _copy_track(*predicted, (mean, cov, mode, bias_gain))
        if group.head[KIND] == KIND_ACOUSTIC:
            linearise_sound(point, origin, rot, value, rows)
        else:
            linearise(point, origin, rot, value, rows)
        if flat:
            _allow_for_height(point, cov, mode, var, value, noise, held)
        elif var[0] <= 0.0:
            _allow_for_range(point, origin, cov, mode, dt, var, noise, held)
            if var[2] > 0.0 and _crosses(bank.bias_sensor[row], int(group.head[SENSOR])):
                held[:] = 0.0
        loglik, _ = update_modes(
            mean, cov, mode, bias_gain, bias_var, used, slot, z, noise, point, value, rows, held, gates, work
        )
        if loglik == -math.inf:
            return
        for a in range(6):
            point[a] = mode[0] * mean[0, a] + mode[1] * mean[1, a] + mode[2] * mean[2, a]
    if flat:
        for j in range(MODES):
            sigma = settings[SET_PLAIN_HEIGHT_SIGMA] * (BALLISTIC_HEIGHT_FACTOR if j == BALLISTIC else 1.0)
            height = height_of(mean[j, 0], mean[j, 1], mean[j, 2])
            anchor_height(mean[j], cov[j], held, height, settings[SET_PLAIN_HEIGHT], sigma, work[0, 0])
    score = loglik - log_new(group.site, var)
    if bank.tags[row, STATUS] == TENTATIVE:
        score += TENTATIVE_SCORE
    elif bank.tags[row, STATUS] == COASTING:
        score += COASTING_SCORE
    if code != 0 and code == own:
        score += settings[SET_CODE_BONUS]
    elif anew:
        score -= settings[SET_NEW_CODE]
    trials.score[p] = score


@bare
def _copy_track(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    bias_gain: NDArray[np.float64],
    out: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> None:
    """Write a track's modes and sensitivities into arrays of the same shapes."""
    for j in range(MODES):
        out[2][j] = mode[j]
        for a in range(6):
            out[0][j, a] = mean[j, a]
            for b in range(6):
                out[1][j, a, b] = cov[j, a, b]
    for s in range(BIAS_SLOTS):
        for a in range(6):
            for c in range(4):
                out[3][s, a, c] = bias_gain[s, a, c]


@bare
def _allow_for_height(
    point: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    var: NDArray[np.float64],
    value: NDArray[np.float64],
    noise: NDArray[np.float64],
    up: NDArray[np.float64],
) -> None:
    """Allow a plot without elevation for the unknown height: write the local vertical, correct range and its variance.

    Slant range curves with height: its second-order mean and variance under the height's spread (Athans, Wishner and
    Bertolini 1968) enter, so that a long track does not read a height out of that curve.
    """
    r = math.sqrt(point[0] ** 2 + point[1] ** 2 + point[2] ** 2)
    for a in range(3):
        up[a] = point[a] / r
    spread = 0.0
    for j in range(MODES):
        for a in range(3):
            for b in range(3):
                spread += mode[j] * up[a] * cov[j, a, b] * up[b]
    curve = spread * math.cos(value[2]) ** 2 / max(value[0], 1.0)
    value[0] += 0.5 * curve
    noise[0] = var[0] + 0.5 * curve * curve


@bare
def _allow_for_range(
    point: NDArray[np.float64],
    origin: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    dt: float,
    var: NDArray[np.float64],
    noise: NDArray[np.float64],
    sight: NDArray[np.float64],
) -> None:
    """Allow angles without range for the unknown range: write the line of sight and widen the angles' variance.

    Along the line of sight nothing is learned, unless it crosses what another sensor told. Motion across it turns the
    angle by v dt / r: what the range's spread makes of that turn is added, so that the speed across is not read more
    surely than the range allows.
    """
    r2, v2, radial = 0.0, 0.0, 0.0
    for a in range(3):
        sight[a] = point[a] - origin[a]
        r2 += sight[a] * sight[a]
    r = math.sqrt(r2)
    for a in range(3):
        sight[a] /= r
        v2 += point[a + 3] * point[a + 3]
        radial += point[a + 3] * sight[a]
    spread = 0.0
    for j in range(MODES):
        for a in range(3):
            for b in range(3):
                spread += mode[j] * sight[a] * cov[j, a, b] * sight[b]
    turn2 = spread * max(v2 - radial * radial, 0.0) * dt * dt / (r2 * r2)
    for c in range(1, 3):
        noise[c] = var[c] + turn2 if var[c] > 0.0 else 0.0


@bare
def _crosses(sensors: NDArray[np.int32], sensor: int) -> bool:
    """Whether a track's slots hold another sensor: a line of sight then crosses what that one told, and places."""
    for s in range(BIAS_SLOTS):
        if sensors[s] >= 0 and sensors[s] != sensor:
            return True
    return False


@bare
def _open_slot(
    bias_gain: NDArray[np.float64],
    bias_var: NDArray[np.float64],
    sensors: NDArray[np.int32],
    slot: int,
    sensor: int,
    site: NDArray[np.float64],
    dt: float,
    cov: NDArray[np.float64],
    gain_out: NDArray[np.float64],
    var_out: NDArray[np.float64],
    used: NDArray[np.int32],
) -> None:
    """Write a track's predicted sensitivities with room for the sensor in `slot`.

    What a sensor that is put out knew becomes random error of every mode (cov [3, 6, 6]). Free slots are left out.
    """
    out = sensors[slot] >= 0 and sensors[slot] != sensor
    for s in range(BIAS_SLOTS):
        used[s] = sensors[s] if not out or s == slot else -1
        if sensors[s] < 0 and s != slot:
            continue
        for c in range(4):
            var_out[s, c] = bias_var[s, c]
            for a in range(6):
                gain_out[s, a, c] = bias_gain[s, a, c]
    predict_bias_gain(gain_out, sensors, dt)
    if out:
        for j in range(MODES):
            add_bias(cov[j], gain_out, var_out, used)
        for s in range(BIAS_SLOTS):
            used[s] = sensors[s]
    for c in range(4):
        var_out[slot, c] = site[SN_BIAS_VAR + c]
        if sensors[slot] != sensor:
            for a in range(6):
                gain_out[slot, a, c] = 0.0
    used[slot] = sensor


@bare
def _expansion_point(
    z: NDArray[np.float64],
    var: NDArray[np.float64],
    origin: NDArray[np.float64],
    rot: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    point: NDArray[np.float64],
) -> None:
    """Write where to linearise: the prediction; where that is worse than the measurement, the latter's components."""
    spread = 0.0
    for a in range(6):
        point[a] = mode[0] * mean[0, a] + mode[1] * mean[1, a] + mode[2] * mean[2, a]
    for j in range(MODES):
        spread += mode[j] * (cov[j, 0, 0] + cov[j, 1, 1] + cov[j, 2, 2])
    r = z[0] if var[0] > 0.0 else spherical_of(point, origin, rot)[0]
    if spread > var[0] + r * r * (var[1] + var[2]):
        _, bearing, elevation = spherical_of(point, origin, rot)
        if var[1] > 0.0:
            bearing = z[1]
        if var[2] > 0.0:
            elevation = z[2]
        position_of(r, bearing, elevation, origin, rot, point)
