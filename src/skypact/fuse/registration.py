"""Registration of sensors: constant or drifting biases estimated from plots of common objects, with covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.kernels.registration import PLOT_TERMS, absorb, common_places, plot_places, plot_rows
from skypact.model.network import F8, I4, I8

REACH_M = 50_000.0
"""Plots of one object further apart than this are not compared."""


@dataclass
class SensorBiases:
    """What is known of the biases of S sensors at one instant.

    The seven of a sensor are range (m), bearing, elevation (rad), clock (s) and position east, north, up (m), each
    measured (or assumed) minus true. A drifting bias is a stationary first-order Gauss-Markov process of its prior
    sigma and of `drift_s` (correlation exp(-t / drift_s)); with `walk` a random walk comes on top.
    """

    pos_ecef_m: F8
    """[S, 3] where the sensors are thought to stand"""
    rot_enu_from_ecef: F8
    """[S, 3, 3]"""
    sigma: F8
    """[S, 7] prior; 0: the bias is known to be 0"""
    drift_s: F8
    """[S, 7] infinite where the bias is constant"""
    walk: F8
    """[S, 7] variance a second of the random walk"""
    scaled_mean: F8
    """[7 S] in units of the prior sigma"""
    scaled_cov: F8
    """[7 S, 7 S]"""
    t_s: float = 0.0

    @property
    def mean(self) -> F8:
        """[S, 7] the estimate."""
        estimate: F8 = self.scaled_mean.reshape(-1, PLOT_TERMS) * self.sigma
        return estimate

    @property
    def cov(self) -> F8:
        """[7 S, 7 S] its covariance, sensor by sensor."""
        unit = self.sigma.reshape(-1)
        covariance: F8 = self.scaled_cov * unit[:, None] * unit[None, :]
        return covariance


def new_biases(
    pos_ecef_m: F8,
    rot_enu_from_ecef: F8,
    sigma: F8,
    drift_s: ArrayLike = np.inf,
    walk: ArrayLike = 0.0,
    t_s: float = 0.0,
) -> SensorBiases:
    """Biases of which only the prior is known; `drift_s` and `walk` broadcast to [S, 7].

    Raises:
        UsageError: shapes do not agree, or a sigma, a time or a walk has no meaning.
    """
    count = len(pos_ecef_m)
    if (
        pos_ecef_m.shape != (count, 3)
        or rot_enu_from_ecef.shape != (count, 3, 3)
        or sigma.shape != (count, 7)
    ):
        found = f"{pos_ecef_m.shape}, {rot_enu_from_ecef.shape} and {sigma.shape}"
        raise UsageError("new_biases", found, "Give arrays of shapes [S, 3], [S, 3, 3] and [S, 7].")
    drift = np.broadcast_to(np.asarray(drift_s, np.float64), sigma.shape).copy()
    rate = np.broadcast_to(np.asarray(walk, np.float64), sigma.shape).copy()
    if not (np.all(np.isfinite(sigma) & (sigma >= 0.0)) and np.all(drift > 0.0) and np.all(rate >= 0.0)):
        raise UsageError(
            "new_biases", "a value without meaning", "Give sigma and walk >= 0 and drift_s above 0."
        )
    size = count * PLOT_TERMS
    return SensorBiases(
        np.ascontiguousarray(pos_ecef_m, np.float64),
        np.ascontiguousarray(rot_enu_from_ecef, np.float64),
        np.ascontiguousarray(sigma, np.float64),
        drift,
        rate,
        np.zeros(size),
        np.eye(size),
        t_s,
    )


def advance_biases(biases: SensorBiases, t_s: float) -> None:
    """Predict the biases to `t_s`, in place: constant ones keep their variance, drifting ones go back to the prior.

    Raises:
        UsageError: `t_s` is before the biases' own time.
    """
    dt_s = t_s - biases.t_s
    if dt_s < 0.0:
        raise UsageError("advance_biases", f"{t_s} s after {biases.t_s} s", "Give instants in order of time.")
    kept = np.exp(-dt_s / biases.drift_s).reshape(-1)
    unit = np.where(biases.sigma > 0.0, biases.sigma, 1.0)
    gained = 1.0 - kept**2 + dt_s * (np.where(biases.sigma > 0.0, biases.walk, 0.0) / unit**2).reshape(-1)
    biases.scaled_mean *= kept
    biases.scaled_cov *= kept[:, None] * kept[None, :]
    np.fill_diagonal(biases.scaled_cov, biases.scaled_cov.diagonal() + gained)
    biases.t_s = t_s


def register(
    biases: SensorBiases, t_s: float, group: I8, sensor: I4, z: F8, sigma: F8, velocity_ecef_mps: F8
) -> int:
    """How many common objects the biases were updated by, at `t_s`; `biases` is changed in place.

    Plots are linearised at the mean place of their object and where the biases are now thought to be, all of one call
    at once. Clocks show as positions along the object's velocity.

    Args:
        biases: what is known so far.
        t_s: the instant that all plots state, not before the last call's.
        group: [m] number of the object of each plot; plots of one object stand together.
        sensor: [m] row of the sensor; one plot a sensor and object.
        z: [m, 3] range (m), bearing, elevation (rad).
        sigma: [m, 3] random errors; an elevation that was not measured is given as another's, with a sigma of 1 rad.
        velocity_ecef_mps: [m, 3] of the object, from any tracker.
    """
    advance_biases(biases, t_s)
    place = np.empty((len(sensor), 3))
    plot_places(biases.pos_ecef_m, biases.rot_enu_from_ecef, biases.mean, sensor, z, velocity_ecef_mps, place)
    _, noise, _ = _rows(biases, sensor, z, sigma, velocity_ecef_mps, place)
    common_places(group, place, noise)
    y, noise, effect = _rows(biases, sensor, z, sigma, velocity_ecef_mps, place)
    return absorb(biases.scaled_mean, biases.scaled_cov, PLOT_TERMS, group, sensor, y, noise, effect, REACH_M)


def register_tracks(biases: SensorBiases, t_s: float, group: I8, sensor: I4, mean: F8, cov: F8) -> int:
    """As `register`, from local estimates of single sensors: [m, 6] ECEF and the covariance of their random errors.

    Estimates of one track at two instants share their errors: give them at least as far apart as the track's memory,
    or with covariances widened by what is shared.
    """
    advance_biases(biases, t_s)
    place = np.ascontiguousarray(mean[:, :3])
    noise = np.ascontiguousarray(cov[:, :3, :3])
    common_places(group, place, noise)
    velocity = np.ascontiguousarray(mean[:, 3:])
    z = np.zeros((len(sensor), 3))
    _, _, effect = _rows(biases, sensor, z, z, velocity, place)
    y = np.ascontiguousarray(mean[:, :3])
    return absorb(biases.scaled_mean, biases.scaled_cov, PLOT_TERMS, group, sensor, y, noise, effect, REACH_M)


def _rows(biases: SensorBiases, sensor: I4, z: F8, sigma: F8, velocity: F8, place: F8) -> tuple[F8, F8, F8]:
    """Position, covariance and effect of the scaled biases of each plot, linearised at a place."""
    count = len(sensor)
    y, noise, effect = np.empty((count, 3)), np.empty((count, 3, 3)), np.empty((count, 3, PLOT_TERMS))
    pos, rot = biases.pos_ecef_m, biases.rot_enu_from_ecef
    plot_rows(pos, rot, biases.mean, sensor, z, sigma, velocity, place, y, noise, effect)
    effect *= biases.sigma[sensor][:, None, :]
    return y, noise, effect
