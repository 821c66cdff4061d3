"""Tracks: what a nation believes. A picture has the same columns."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import B1, F4, F8, I4, I8, U1, U4, U8


@dataclass(frozen=True)
class Tracks:
    """n tracks predicted to the instant `now_ns`.

    The covariance is held whole inside the program; a wire or a file packs its upper triangle (`pack_upper`).
    """

    now_ns: int
    track_id: U8
    slot: I4
    """Row of the maker's bank: stable while the track lives, so that followers may index by it."""
    mean_ecef: F8
    """[n, 6] m, m/s"""
    cov_ecef: F8
    """[n, 6, 6]"""
    status: U1
    class_prob: F4
    """[n, N_CLASSES]"""
    mode_prob: F4
    """[n, 3] of level flight, manoeuvre (or boost), ballistic flight"""
    identity: U1
    code: U4
    first_ns: I8
    updated_ns: I8
    sources: U4
    """A bit per nation whose information is in the track (the lineage)."""

    def __len__(self) -> int:
        return len(self.track_id)


@dataclass(frozen=True)
class Launches:
    """Where each of n tracks was launched, row for row with the tracks; zeros where it is not known."""

    known: B1
    pos_ecef_m: F8
    """[n, 3] on the ground"""
    lat_lon_rad: F8
    """[n, 2]"""
    cov_en_m2: F8
    """[n, 2, 2] east, north"""


@dataclass(frozen=True)
class Impacts:
    """Where each of n tracks is predicted to end, row for row with the tracks it was made from.

    BALLISTIC: a point of impact with covariance. REACHABLE: an air-breathing object that can still go to many
    places; the point is then where its present course leads within the horizon, and is not to be used alone.
    """

    kind: U1
    pos_ecef_m: F8
    """[n, 3] on the ellipsoid"""
    lat_rad: F8
    lon_rad: F8
    cov_en_m2: F8
    """[n, 2, 2] east, north"""
    t_ns: I8
    sigma_t_s: F8
