"""Whether a filter's covariances can be believed: NEES and NIS with exact bounds, non-credibility, coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from skypact.errors import UsageError
from skypact.model.network import F8, I8
from skypact.score.interval import CONFIDENCE, binomial_bounds, share_of_sums


@dataclass(frozen=True)
class Anees:
    """Mean normalised squares over runs, for each dimension: 1 where errors are as large as was said."""

    mean: F8
    """[...] mean over runs divided by the number of dimensions (ANEES); above 1 the filter is over-confident."""
    low: float
    """Bounds that the mean keeps with the confidence asked for, if errors are normal as said and runs independent."""
    high: float
    inside: float
    """Share of `mean` within the bounds."""
    runs: int


@dataclass(frozen=True)
class Credibility:
    """How far an estimator's covariances are from its mean square error, in decibels; 0 is best in both."""

    noncredibility_db: float
    """Mean size of the log ratio: not negative."""
    inclination_db: float
    """Mean log ratio: positive where the estimator is over-confident, negative where it is too cautious."""


@dataclass(frozen=True)
class Coverage:
    """How often the truth lay in the ellipse that should hold it with a given probability."""

    share: float
    low: float
    """Exact bounds of the true share."""
    high: float
    held: int
    trials: int


def normalised_square(error: F8, cov: F8) -> F8:
    """The squares of errors in units of their covariance, e' P^-1 e: NEES of estimation errors, NIS of innovations.

    Source: Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001,
    section 5.4.2.

    Args:
        error: [..., n] errors, any units; angles wrapped.
        cov: [..., n, n] their covariances, positive definite.

    Returns:
        [...] not negative; of n dimensions chi-square with n degrees of freedom, if errors are normal as said.

    Raises:
        UsageError: shapes do not fit, or a covariance is not finite and positive definite.
    """
    error, cov = np.asarray(error, np.float64), np.asarray(cov, np.float64)
    if cov.shape[-1:] != error.shape[-1:] or cov.shape[-2:-1] != error.shape[-1:]:
        raise UsageError(
            "normalised squares", f"errors {error.shape}, covariances {cov.shape}", "Give [n, n] for [n]."
        )
    if not np.isfinite(error).all():
        raise UsageError("normalised squares", "an error is not finite", "Leave out what has no estimate.")
    lower = _cholesky(cov, "a covariance")
    white = np.linalg.solve(lower, error[..., None])[..., 0]
    return np.asarray((white**2).sum(axis=-1), np.float64)


def _cholesky(cov: F8, what: str) -> F8:
    """The lower triangular roots, or an error."""
    fault = f"{what} is not finite and positive definite"
    if not np.isfinite(cov).all():
        raise UsageError("a covariance", fault, "Leave out what has no estimate.")
    try:
        return np.asarray(np.linalg.cholesky(cov), np.float64)
    except np.linalg.LinAlgError:
        raise UsageError("a covariance", fault, "Leave out components that are known exactly.") from None


def anees(square: F8, dims: int, confidence: float = CONFIDENCE) -> Anees:
    """The mean normalised square over runs, per dimension, with exact two-sided bounds.

    With R independent runs R n times the mean is chi-square with R n degrees of freedom, n dimensions. For a single
    run, give its steps as runs: innovations of a consistent filter are independent (time-averaged NIS); estimation
    errors are not.

    Source: Bar-Shalom, Li and Kirubarajan 2001, section 5.4.2; divided by n as Li, Zhao and Jilkov, "Practical
    measures and test for credibility of an estimator", 2001 (ANEES).

    Args:
        square: [R, ...] of each run (and step) from `normalised_square`.
        dims: dimensions n of what was normalised.
        confidence: of the bounds.

    Raises:
        UsageError: no runs, or no dimensions.
    """
    square = np.asarray(square, np.float64)
    if square.ndim < 1 or not square.size or dims < 1:
        raise UsageError("ANEES", f"squares {square.shape} of {dims} dimensions", "Give one row a run.")
    runs = len(square)
    mean = np.asarray(square.mean(axis=0) / dims, np.float64)
    low, high = mean_square_bounds(dims, runs, confidence)
    return Anees(mean, low, high, float(((mean >= low) & (mean <= high)).mean()), runs)


def mean_square_bounds(dims: int, runs: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Two-sided bounds of the mean normalised square per dimension over independent runs, exact for normal errors."""
    freedom, tail = dims * runs, 0.5 * (1.0 - confidence)
    low, high = (2.0 * special.gammaincinv(0.5 * freedom, share) for share in (tail, 1.0 - tail))
    return float(low / freedom), float(high / freedom)


def credibility(error: F8, cov: F8, mse: F8 | None = None) -> Credibility:
    """The non-credibility index and the inclination of an estimator over runs.

    Each run's normalised square by the estimator's own covariance is held against that by the mean square error:

        ratio = (e' P^-1 e) / (e' S^-1 e);  NCI = 10 mean |log10 ratio|;  inclination = 10 mean log10 ratio

    Unlike ANEES neither is ruled by a few large errors, and too cautious weighs as much as over-confident.

    Source: Li and Zhao, "Measuring estimator's credibility: noncredibility index", Fusion 2006; Li, Zhao and Jilkov,
    "Estimator's credibility and its measures", IFAC World Congress, 2002, equation 3.

    Args:
        error: [R, n] estimation errors of R runs.
        cov: [R, n, n] or [n, n] covariances that the estimator gave.
        mse: [n, n] true mean square error; where not given, the mean of e e' over these runs, which then must be
            more than n (and well more, to be near the truth).

    Raises:
        UsageError: an error is zero or not finite, or a matrix is not positive definite.
    """
    error = np.asarray(error, np.float64)
    if error.ndim != 2 or not len(error):
        raise UsageError("credibility", f"errors {error.shape}", "Give errors [R, n], one row a run.")
    if not error.any(axis=1).all():
        raise UsageError("credibility", "an error is exactly zero", "Leave out what was not estimated.")
    ideal = error.T @ error / len(error) if mse is None else np.asarray(mse, np.float64)
    decibel = 10.0 * np.log10(normalised_square(error, cov) / normalised_square(error, ideal))
    return Credibility(float(np.abs(decibel).mean()), float(decibel.mean()))


def ellipse_coverage(square: F8, dims: int, probability: float = 0.95, run: I8 | None = None) -> Coverage:
    """How often the truth lay in the ellipse of the given probability, with exact bounds (Clopper and Pearson 1934).

    Without `run` every square is a trial: give one error a run, or errors far apart in time. With it the bounds are
    those of as many trials as the squares are worth (`interval.share_of_sums`).

    Args:
        square: any shape, from `normalised_square`.
        dims: dimensions of what was normalised.
        probability: of the ellipse.
        run: the run of each square, in the same shape.

    Raises:
        UsageError: no trials, a probability outside of (0, 1), or not a run for each square.
    """
    square = np.ravel(np.asarray(square, np.float64))
    if not square.size or not 0.0 < probability < 1.0 or dims < 1:
        raise UsageError(
            "coverage", f"{square.size} squares, {probability}, {dims} dimensions", "Give at least one."
        )
    inside = square <= 2.0 * special.gammaincinv(0.5 * dims, probability)
    held = int(inside.sum())
    if run is None:
        low, high = binomial_bounds(held, square.size)
        return Coverage(held / square.size, low, high, held, square.size)
    run = np.unique(np.ravel(run), return_inverse=True)[1]
    if run.size != square.size:
        raise UsageError("coverage", f"{run.size} runs of {square.size} squares", "Give the run of each.")
    total = np.bincount(run).astype(np.float64)
    found = share_of_sums(np.bincount(run, inside).astype(np.float64), total)
    return Coverage(found.value, found.low, found.high, held, square.size)
