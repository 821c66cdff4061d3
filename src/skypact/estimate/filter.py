"""The interacting multiple model filter of the tracker, one track at a time, for study and for other rooms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skypact.kernels.bank import BIAS_SLOTS, MODES
from skypact.kernels.filter import combine, predict_track, update_modes
from skypact.kernels.measurement import linearise
from skypact.model.network import F8

MODE_NAMES = ("level flight", "manoeuvre or boost", "ballistic flight")


class Modes(NamedTuple):
    """A track's modes: means [3, 6], covariances [3, 6, 6], probabilities [3]; ECEF, m and m/s."""

    mean: F8
    cov: F8
    probability: F8


def white_acceleration(dt_s: float, density_m2ps3: float) -> tuple[F8, F8]:
    """Transition matrix and noise covariance, [6, 6] each, of nearly constant velocity over dt.

    Continuous white noise acceleration: Bar-Shalom, Li and Kirubarajan (2001), eq. 6.2.2-12.
    """
    eye = np.eye(3)
    F = np.block([[eye, dt_s * eye], [np.zeros((3, 3)), eye]])
    cross = 0.5 * dt_s**2 * eye
    Q = density_m2ps3 * np.block([[dt_s**3 / 3.0 * eye, cross], [cross, dt_s * eye]])
    return F, Q


def imm_predict(modes: Modes, dt_s: float, settings: F8, mixes: bool = True) -> Modes:
    """The modes mixed (if `mixes`) and predicted over dt; `settings` is TrackerSettings.vector."""
    out = Modes(np.empty((MODES, 6)), np.empty((MODES, 6, 6)), np.empty(MODES))
    predict_track(modes.mean, modes.cov, modes.probability, mixes, dt_s, settings, *out, np.empty((2, 3, 3)))
    return out


def imm_update(
    modes: Modes, z: F8, sigma: F8, origin_ecef_m: F8, rot_enu_from_ecef: F8
) -> tuple[Modes, float]:
    """The modes updated with one measurement of a sensor without bias, and its log likelihood.

    Args:
        modes: as predicted to the measurement's time.
        z: f8[4] range_m, bearing_rad, elevation_rad, range_rate_mps; NaN where not measured.
        sigma: f8[4] standard deviations.
        origin_ecef_m: f8[3] the sensor.
        rot_enu_from_ecef: f8[3, 3].
    """
    out = Modes(modes.mean.copy(), modes.cov.copy(), modes.probability.copy())
    measured = ~np.isnan(z)
    var = np.where(measured, sigma, 0.0) ** 2
    point = modes.probability @ modes.mean
    value, rows = np.empty(4), np.empty((4, 6))
    linearise(point, origin_ecef_m, rot_enu_from_ecef, value, rows)
    loglik, _ = update_modes(
        *out,
        np.zeros((BIAS_SLOTS, 6, 4)),
        np.zeros((BIAS_SLOTS, 4)),
        np.full(BIAS_SLOTS, -1, np.int32),
        0,
        np.where(measured, z, 0.0),
        var,
        point,
        value,
        rows,
        np.zeros(3),
        np.full(4, np.inf),
        np.empty((3, 4, 6)),
    )
    return out, float(loglik)


def mixture(modes: Modes) -> tuple[F8, F8]:
    """Mean [6] and covariance [6, 6] of the mode mixture."""
    mean, cov = np.empty(6), np.empty((6, 6))
    combine(*modes, mean, cov)
    return mean, cov
