"""The Kalman filter of one object, with any motion model or several and any sensor: for study, and to compare with.

Its kernels are the multi-target tracker's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.estimate.measurement import Sensor
from skypact.estimate.motion import SIGMA_OF, MotionModel
from skypact.kernels.multitarget.chain import combine, predict_track, workspace
from skypact.kernels.multitarget.layout import ACC, CUBATURE, DIMS, EXTENDED, SIZE, UNSCENTED, Motion, Scan
from skypact.kernels.multitarget.single import filter_all, new_look, update_track
from skypact.model.network import F8

Form = Literal["ekf", "ukf", "ckf"]
FORMS: dict[str, int] = {"ekf": EXTENDED, "ukf": UNSCENTED, "ckf": CUBATURE}


@dataclass(frozen=True, eq=False)
class Estimate:
    """What is known of one object at an instant: a Gaussian for each motion model."""

    t_s: float
    modes_mean: F8
    """[M, n] metres, seconds, radians; in the order of `skypact.estimate.motion`."""
    modes_cov: F8
    """[M, n, n]"""
    modes: F8
    """[M] probability of each model."""
    loglik: float = math.nan
    """Log likelihood of the measurement taken in last; NaN before the first, -inf where it could not be used."""
    distance2: float = math.nan
    """Its squared Mahalanobis distance from the nearest mode's prediction."""

    @property
    def mean(self) -> F8:
        """[n] mean of the mixture."""
        return self.modes @ self.modes_mean

    @property
    def cov(self) -> F8:
        """[n, n] covariance of the mixture."""
        mean, cov = np.empty(self.modes_mean.shape[1]), np.empty(self.modes_cov.shape[1:])
        combine(self.modes_mean, self.modes_cov, self.modes, mean, cov)
        return cov


@dataclass(frozen=True, eq=False)
class Filtered:
    """What a filter knew after each of T measurements."""

    t_s: F8
    mean: F8
    """[T, n]"""
    cov: F8
    """[T, n, n]"""
    modes: F8
    """[T, M]"""
    loglik: F8
    """[T]; NaN where nothing was measured."""
    distance2: F8
    """[T] squared Mahalanobis distance of each innovation, of the nearest mode's; NaN likewise."""
    last: Estimate


def begin(motion: MotionModel, t_s: float, mean: ArrayLike, cov: ArrayLike) -> Estimate:
    """An estimate from which to filter: the same Gaussian for every mode, with the models' start probabilities.

    Args:
        motion: a model, or several with `Switching`.
        t_s: instant.
        mean: [n], or only position and velocity: what else there is has then the mean 0.
        cov: [n, n], or of position and velocity: what else there is has then its prior.

    Raises:
        UsageError: sizes that do not fit, or a covariance that is not symmetric and without negative eigenvalues.
    """
    packed = motion.pack()
    d, n = int(packed.shape[DIMS]), int(packed.shape[SIZE])
    x, p = np.array(mean, np.float64), np.array(cov, np.float64)
    faults = []
    if x.shape not in {(n,), (2 * d,)} or not np.all(np.isfinite(x)):
        faults.append(f"mean is of shape {x.shape} or not finite; expected ({n},) or ({2 * d},)")
    if p.shape not in {(n, n), (2 * d, 2 * d)} or not _is_covariance(p):
        faults.append(
            f"cov is of shape {p.shape}, not a covariance of shape ({n}, {n}) or ({2 * d}, {2 * d})"
        )
    if not math.isfinite(t_s):
        faults.append(f"t_s is {t_s}")
    if faults:
        raise UsageError("begin", "; ".join(faults), "Correct these arguments.")
    full, spread = np.zeros(n), np.zeros((n, n))
    _prior(packed, spread)
    full[: x.size] = x
    spread[: len(p), : len(p)] = p
    m = len(packed.code)
    return Estimate(float(t_s), np.tile(full, (m, 1)), np.tile(spread, (m, 1, 1)), packed.start.copy())


def predict(motion: MotionModel, estimate: Estimate, t_s: float) -> Estimate:
    """The estimate at another instant, later or earlier.

    Raises:
        UsageError: the instant is not finite, or the estimate is not of these models.
    """
    packed = motion.pack()
    _check(packed, estimate)
    if not math.isfinite(t_s):
        raise UsageError("predict", f"t_s is {t_s}", "Give a finite instant.")
    mean, cov, modes = _copied(estimate)
    predict_track(packed, t_s - estimate.t_s, mean, cov, modes, workspace(*mean.shape))
    return Estimate(float(t_s), mean, cov, modes)


def update(
    motion: MotionModel, estimate: Estimate, z: ArrayLike, sensor: Sensor, form: Form = "ekf"
) -> Estimate:
    """The estimate after one measurement [m] at its instant, with log likelihood and squared distance.

    Raises:
        UsageError: a measurement that is not finite or does not fit, or an unknown form.
    """
    packed = motion.pack()
    _check(packed, estimate, sensor)
    scan = sensor.scan(estimate.t_s, np.array(z, np.float64).reshape(1, -1))
    mean, cov, modes = _copied(estimate)
    look = new_look(*mean.shape)
    loglik, distance2 = update_track(_form(form), packed.shape, scan, 0, mean, cov, modes, look)
    return Estimate(estimate.t_s, mean, cov, modes, loglik, distance2)


def filter_track(
    motion: MotionModel,
    start: Estimate,
    t_s: ArrayLike,
    z: ArrayLike,
    sensor: Sensor,
    form: Form = "ekf",
    *,
    noise: ArrayLike | None = None,
) -> Filtered:
    """One object's whole history: predicted to and updated at each of T instants.

    Args:
        motion: a model, or several with `Switching`.
        start: where to begin (`begin`).
        t_s: [T] instants, in any order, of any spacing.
        z: [T, m] measurements of one sensor; a row of NaN: nothing was measured then.
        sensor: what was measured.
        form: extended, unscented or cubature.
        noise: [T, m, m] where the measurements' covariances differ from the sensor's.

    Raises:
        UsageError: something does not fit.
    """
    packed = motion.pack()
    _check(packed, start, sensor)
    points = np.array(z, np.float64).reshape(-1, sensor.size)
    seen = np.logical_not(np.all(np.isnan(points), axis=1))
    whole = sensor.scan(t_s, np.where(seen[:, None], points, 0.0), noise=noise)
    points[np.logical_not(seen)] = math.nan
    scan = Scan(whole.kind, whole.sensor, whole.t_s, points, whole.noise, whole.place, whole.clutter)
    steps, (m, n) = len(points), start.modes_mean.shape
    mean, cov, modes = _copied(start)
    out = np.empty((steps, n)), np.empty((steps, n, n)), np.empty((steps, m)), np.empty((steps, 2))
    filter_all(_form(form), packed, scan, start.t_s, mean, cov, modes, *out)
    last_s = float(scan.t_s[-1]) if steps else start.t_s
    return Filtered(
        scan.t_s, out[0], out[1], out[2], out[3][:, 0], out[3][:, 1], Estimate(last_s, mean, cov, modes)
    )


def _prior(motion: Motion, spread: F8) -> None:
    """Write the priors of what goes beyond position and velocity onto the diagonal."""
    d, n = int(motion.shape[DIMS]), len(spread)
    for part, sigma in SIGMA_OF.items():
        first = int(motion.shape[part])
        if first >= 0:
            for k in range(first, min(first + (d if part == ACC else 1), n)):
                spread[k, k] = motion.param[0, sigma] ** 2


def _copied(estimate: Estimate) -> tuple[F8, F8, F8]:
    return estimate.modes_mean.copy(), estimate.modes_cov.copy(), estimate.modes.copy()


def _form(form: str) -> int:
    if form not in FORMS:
        raise UsageError("form", f"{form!r}", f"Give one of {', '.join(FORMS)}.")
    return FORMS[form]


def _check(motion: Motion, estimate: Estimate, sensor: Sensor | None = None) -> None:
    wanted = (len(motion.code), int(motion.shape[SIZE]))
    if estimate.modes_mean.shape != wanted:
        found = f"an estimate of (models, components) {estimate.modes_mean.shape} for motion of {wanted}"
        raise UsageError("estimate", found, "Begin with the same motion: begin(motion, ...).")
    if sensor is not None and sensor.dimensions != motion.shape[DIMS]:
        found = f"a sensor in {sensor.dimensions} dimensions, motion in {motion.shape[DIMS]}"
        raise UsageError("sensor", found, "Give the sensor dimensions=" + str(int(motion.shape[DIMS])) + ".")


def _is_covariance(cov: F8) -> bool:
    return bool(
        np.all(np.isfinite(cov))
        and np.allclose(cov, cov.T)
        and np.linalg.eigvalsh(cov).min() >= -1e-9 * max(float(np.trace(cov)), 0.0)
    )
