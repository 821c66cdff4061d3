"""Detection by N square-law pulses, for study: chances, required signals, and the two formulas engineers know.

Everywhere `snr_db` is the mean signal to noise of one pulse, `pfa` the chance that noise alone crosses the threshold
in one look of `pulses` pulses, and `swerling` the case: 0 steady; 1 and 3 fluctuating from look to look, 2 and 4
from pulse to pulse; 1 and 2 a Rayleigh amplitude, 3 and 4 one dominant scatterer. Arguments broadcast as in NumPy; a
number comes back where all are numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.kernels.curve import chance_rows, marcum_rows, required_rows
from skypact.model.network import B1, F8, I8

MAX_PULSES = 1024
"""The most pulses for which these functions are checked."""


def detection_probability(
    snr_db: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1, swerling: ArrayLike = 1
) -> F8:
    """The chance of detection, exact (kernels.exceedance): to 1e-12 of itself where it is above 1e-30.

    Args:
        snr_db: at most 200; minus infinity is no signal.
        pfa: above 0, below 1.
        pulses: 1 to 1024.
        swerling: 0 to 4.

    Raises:
        UsageError: an argument is outside its range.
    """
    what = "detection_probability"
    _need(what, "snr_db at most 200", np.less_equal(snr_db, 200.0))
    snr, pfa_, n, case = _columns(what, snr_db, pfa, pulses, swerling)
    out = np.empty(snr.shape)
    chance_rows(10.0 ** (0.1 * snr.ravel()), pfa_.ravel(), n.ravel(), case.ravel(), out.reshape(-1))
    return _plain(out)


def required_snr_db(pd: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1, swerling: ArrayLike = 1) -> F8:
    """The signal to noise that gives a chance of detection: the inverse of `detection_probability`, to 1e-9 dB.

    Args:
        pd: above `pfa`, below 1.
        pfa: above 0.
        pulses: 1 to 1024.
        swerling: 0 to 4.

    Raises:
        UsageError: an argument is outside its range.
    """
    what = "required_snr_db"
    _need(what, "pd above pfa and below 1", np.less(pfa, pd) & np.less(pd, 1.0))
    chance, pfa_, n, case = _columns(what, pd, pfa, pulses, swerling)
    out = np.empty(chance.shape)
    required_rows(chance.ravel(), pfa_.ravel(), n.ravel(), case.ravel(), out.reshape(-1))
    return _plain(10.0 * np.log10(out))


def albersheim_snr_db(pd: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1) -> F8:
    """Albersheim's formula for the signal to noise that N pulses of a steady target require.

    Albersheim, "A closed-form approximation to Robertson's detection characteristics", Proc. IEEE 69(7), 1981; in this
    form Tufts and Cann, IEEE T-AES 19(4), 1983. Made for the linear detector, which it meets to 0.2 dB for pd from 0.3
    and pfa up to 1e-4; below that it asks too little, by 0.4 to 4 dB at pd 0.1. The square law differs from the linear
    detector by less than 0.2 dB, and for one pulse not at all.

    Args:
        pd: 0.1 to 0.9.
        pfa: 1e-7 to 1e-3.
        pulses: 1 to 8096.

    Raises:
        UsageError: an argument is outside the range for which the formula was made.
    """
    what = "albersheim_snr_db"
    _need(what, "pd from 0.1 to 0.9", _within(pd, 0.1, 0.9))
    _need(what, "pfa from 1e-7 to 1e-3", _within(pfa, 1e-7, 1e-3))
    _need(what, "whole pulses from 1 to 8096", _within(pulses, 1, 8096) & _whole(pulses))
    chance, false, n = (np.asarray(value, dtype=np.float64) for value in (pd, pfa, pulses))
    a = np.log(0.62 / false)
    b = np.log(chance / (1.0 - chance))
    snr_db = -5.0 * np.log10(n) + (6.2 + 4.54 / np.sqrt(n + 0.44)) * np.log10(a + 0.12 * a * b + 1.7 * b)
    return _plain(snr_db)


def shnidman_snr_db(pd: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1, swerling: ArrayLike = 1) -> F8:
    """Shnidman's formula for the signal to noise that N square-law pulses require, every case.

    Shnidman, "Determination of required SNR values", IEEE T-AES 38(3), 2002: within 0.5 dB for the most part; at worst,
    over the whole range, 0.3 dB in case 0, 0.6 dB in case 4, 0.8 dB in case 3 and 1.05 dB in cases 1 and 2.

    Args:
        pd: 0.1 to 0.99.
        pfa: 1e-9 to 1e-3.
        pulses: 1 to 100.
        swerling: 0 to 4.

    Raises:
        UsageError: an argument is outside the range for which the formula was made.
    """
    what = "shnidman_snr_db"
    _need(what, "pd from 0.1 to 0.99", _within(pd, 0.1, 0.99))
    _need(what, "pfa from 1e-9 to 1e-3", _within(pfa, 1e-9, 1e-3))
    _need(what, "pulses from 1 to 100", _within(pulses, 1, 100))
    chance, false, n, case = _columns(what, pd, pfa, pulses, swerling)
    alpha = np.where(n < 40, 0.0, 0.25)
    eta = np.sqrt(-0.8 * np.log(4.0 * false * (1.0 - false)))
    eta += np.sign(chance - 0.5) * np.sqrt(-0.8 * np.log(4.0 * chance * (1.0 - chance)))
    steady = eta * (eta + 2.0 * np.sqrt(0.5 * n + alpha - 0.25))
    degrees = np.choose(case, [np.inf, 1.0, n, 2.0, 2.0 * n])
    loss_db = ((17.7006 * chance - 18.4496) * chance + 14.5339) * chance - 3.525
    tail_db = np.exp(27.31 * chance - 25.14)
    tail_db += (chance - 0.8) * (0.7 * np.log(1e-5 / false) + (2.0 * n - 20.0) / 80.0)
    loss_db += np.where(chance > 0.872, tail_db, 0.0)
    return _plain(loss_db / degrees + 10.0 * np.log10(steady / n))


def marcum_q(m: ArrayLike, a: ArrayLike, b: ArrayLike) -> F8:
    """The generalised Marcum function Q_m(a, b) of whole order.

    The chance that the root of a non-central chi-square variable with 2 m degrees of freedom and non-centrality a^2
    exceeds b (Marcum, RAND RM-753, 1948). With a^2 = 2 N snr and b^2 = 2 threshold it is the chance of detection of
    N pulses of a steady target.

    Args:
        m: 1 to 1024.
        a: at least 0, finite.
        b: at least 0, finite.

    Raises:
        UsageError: an argument is outside its range.
    """
    what = "marcum_q"
    _need(what, "whole m from 1 to 1024", _within(m, 1, MAX_PULSES) & _whole(m))
    _need(what, "a and b from 0 to 1e15", _within(a, 0.0, 1e15) & _within(b, 0.0, 1e15))
    order, first, second = np.broadcast_arrays(
        np.asarray(m, np.int64), np.asarray(a, float), np.asarray(b, float)
    )
    out = np.empty(order.shape)
    marcum_rows(order.ravel(), first.ravel(), second.ravel(), out.reshape(-1))
    return _plain(out)


def _columns(
    what: str, value: ArrayLike, pfa: ArrayLike, pulses: ArrayLike, swerling: ArrayLike
) -> tuple[F8, F8, I8, I8]:
    """The four arguments that all curves share, checked but for the first, broadcast to new arrays."""
    _need(what, "pfa above 0 and below 1", np.greater(pfa, 0.0) & np.less(pfa, 1.0))
    _need(what, f"whole pulses from 1 to {MAX_PULSES}", _within(pulses, 1, MAX_PULSES) & _whole(pulses))
    _need(what, "swerling 0, 1, 2, 3 or 4", _within(swerling, 0, 4) & _whole(swerling))
    first, second, third, fourth = np.broadcast_arrays(value, pfa, pulses, swerling)
    return (
        np.array(first, np.float64),
        np.array(second, np.float64),
        np.array(third, np.int64),
        np.array(fourth, np.int64),
    )


def _within(value: ArrayLike, low: float, high: float) -> B1:
    number = np.asarray(value, dtype=np.float64)
    inside: B1 = (number >= low) & (number <= high)
    return inside


def _whole(value: ArrayLike) -> B1:
    number = np.asarray(value, dtype=np.float64)
    whole: B1 = number == np.floor(number)
    return whole


def _need(asked: str, wanted: str, holds: B1) -> None:
    if not np.all(holds):
        raise UsageError(
            asked, f"{np.size(holds) - np.count_nonzero(holds)} value(s) do not fit", f"Give {wanted}."
        )


def _plain(values: F8) -> F8:
    """The array, or its number where it has no dimension."""
    plain: F8 = values[()]
    return plain
