"""Registration of nations: the field by which each source's tracks are off, learnt from aircraft that several hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.kernels.field import (
    FIELD_TERMS,
    Places,
    common_rows,
    correct_rows,
    field_rows,
    note_compared,
)
from skypact.kernels.registration import absorb
from skypact.model.network import B1, F8, I4, I8, U4

SHARE = np.array([0.3, 0.1, 200_000.0, 0.5, 200_000.0, 10.0, 1.5])
"""Of a track's variance of position: what it has in common with all tracks of its source; what more per squared
length east and per squared length north; that length (m); the most that may be common. Then how far what was learnt
reaches: its length (m), how many times heights count, how many times the usual sigma a track may have. Chosen by what
made corrected tracks accurate and their covariance true in the scenario gulf (runs of seed 100)."""
DRIFT_S = 3_600.0
"""Time in which a field forgets: the drift of the catalogue's search radars."""
CORRELATED_S = 150.0
"""Errors of one pair of tracks are taken as new after this time; within it they count in proportion."""
PERIOD_NS = 30_000_000_000
"""Time between two registrations."""
LEAST_AIRCRAFT = 3
"""Aircraft with a code that a source must hold before its origin is set."""
REACH_M = 5_000.0
"""Tracks with one code further apart than this are not compared: a false code, or a track gone astray."""


@dataclass
class Registration:
    """The field of N sources: standardised, so that its prior is the same for all.

    A track of position covariance P is off by P^(1/2) (u + (q_e u_e + q_n u_n) / length): see kernels.field.
    """

    known: B1
    """[N] whether an origin is set"""
    origin_ecef_m: F8
    """[N, 3]"""
    frame: F8
    """[N, 3, 3] ENU from ECEF at the origin, vertical geocentric"""
    mean: F8
    """[N * 9] u, u_e, u_n of each source, east north up"""
    cov: F8
    """[N * 9, N * 9]"""
    prior: F8
    """[N * 9] variances before anything was compared"""
    typical_m: F8
    """[N] median sigma of the aircraft last compared"""
    near_begin: I8
    """[N + 1] where a source's rows of `near_ecef_m` begin; the next source's begin where they end"""
    near_ecef_m: F8
    """[k, 3] where the aircraft last compared were, of every source those of its own last time"""
    learned_ns: int = -(2**62)
    """Instant of the last registration"""


def new_registration(nations: int) -> Registration:
    """A registration of `nations` sources that has learnt nothing."""
    prior = np.tile(np.repeat(SHARE[[0, 1]], [3, 6]), nations)
    return Registration(
        np.zeros(nations, np.bool_),
        np.zeros((nations, 3)),
        np.zeros((nations, 3, 3)),
        np.zeros(nations * FIELD_TERMS),
        np.diag(prior),
        prior,
        np.zeros(nations),
        np.zeros(nations + 1, np.int64),
        np.zeros((0, 3)),
    )


def registration_due(registration: Registration, now_ns: int) -> bool:
    """Whether `PERIOD_NS` has passed since the last registration."""
    return now_ns - registration.learned_ns >= PERIOD_NS


def learn(registration: Registration, source: I4, mean: F8, cov: F8, code: U4, now_ns: int) -> int:
    """How many aircraft were compared: those of which two sources or more hold a track with the same code.

    All sources are estimated together, the picture's own among them, and each only as far as differences show it:
    what they have in common keeps its prior. So nobody's error is made the measure of the others'.
    Does nothing before `PERIOD_NS` has passed since the last time.

    Args:
        registration: changed in place.
        source: [n] nation of each track; mean: [n, 6]; cov: [n, 6, 6]; code: [n], 0 where none was read.
        now_ns: instant of all tracks.
    """
    if not registration_due(registration, now_ns):
        return 0
    since_s = (now_ns - registration.learned_ns) * 1e-9
    _set_origins(registration, source, mean, code)
    rows = common_rows(source, code)
    rows = rows[registration.known[source[rows]]]
    kept = np.exp(-since_s / DRIFT_S)
    registration.mean *= kept
    registration.cov *= kept * kept
    np.fill_diagonal(registration.cov, registration.cov.diagonal() + (1.0 - kept * kept) * registration.prior)
    first, registration.learned_ns = registration.learned_ns < -(2**61), now_ns
    if len(rows) == 0:
        return 0
    compared = source[rows], mean[rows], cov[rows]
    registration.near_begin, registration.near_ecef_m = note_compared(
        registration.near_begin, registration.near_ecef_m, *compared, registration.typical_m
    )
    noise, effect = np.empty((len(rows), 3, 3)), np.empty((len(rows), 3, FIELD_TERMS))
    places = _places(registration, np.full(len(registration.known), np.inf))
    field_rows(places, *compared, SHARE, noise, effect)
    noise *= CORRELATED_S / (PERIOD_NS * 1e-9 if first else min(since_s, CORRELATED_S))
    return absorb(
        registration.mean,
        registration.cov,
        FIELD_TERMS,
        code[rows].astype(np.int64),
        source[rows],
        np.ascontiguousarray(mean[rows, :3]),
        noise,
        effect,
        REACH_M,
    )


def corrected(
    registration: Registration, source: I4, mean: F8, cov: F8, factor: F8 | None = None
) -> tuple[F8, F8]:
    """The tracks without what is known of their sources' fields, and their covariance with what is not, new arrays.

    Args:
        registration: not changed.
        source: [n]; mean: [n, 6]; cov: [n, 6, 6].
        factor: [N] by what the covariances of each source are multiplied before; None for 1.
    """
    new_mean, new_cov = mean.copy(), cov.copy()
    believed = np.ones(len(registration.known)) if factor is None else factor
    places = _places(registration, registration.typical_m)
    correct_rows(places, registration.mean, registration.cov, believed, source, SHARE, new_mean, new_cov)
    return new_mean, new_cov


def _places(registration: Registration, typical_m: F8) -> Places:
    """What the kernels read of the sources, with the sigma that is taken as typical of each, [N]."""
    return (
        registration.origin_ecef_m,
        registration.frame,
        registration.known,
        registration.near_begin,
        registration.near_ecef_m,
        typical_m,
    )


def _set_origins(registration: Registration, source: I4, mean: F8, code: U4) -> None:
    """Give a source the mean place of its aircraft as origin, once it has enough of them."""
    aircraft = np.bincount(source[code != 0], minlength=len(registration.known))
    for n in np.flatnonzero(~registration.known & (aircraft >= LEAST_AIRCRAFT)):
        rows = np.flatnonzero((source == n) & (code != 0))
        place = mean[rows, :3].mean(axis=0)
        up = place / np.linalg.norm(place)
        east = np.array([-up[1], up[0], 0.0]) / np.hypot(up[0], up[1])
        registration.origin_ecef_m[n] = place
        registration.frame[n] = [east, np.cross(up, east), up]
        registration.known[n] = True
