"""Where the tracks of a picture were launched."""

from __future__ import annotations

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels.descent import height_above_ellipsoid
from skypact.kernels.launch import launch_rows
from skypact.model.codes import Identity, ObjectClass, TrackStatus
from skypact.model.network import I8
from skypact.model.track import Launches, Tracks
from skypact.warn.impact import ground_of
from skypact.warn.settings import LaunchSettings

THROWN = (ObjectClass.BALLISTIC, ObjectClass.ROCKET)


def launch_points(
    tracks: Tracks, settings: LaunchSettings, terrain: Terrain | None = None, rows: I8 | None = None
) -> Launches:
    """The launch points of tracks believed to be missiles or rockets, row for row; not known for all others.

    A track's free flight is followed back to where a boost of the believed class, straight behind it, begins on the
    ground; a track that still boosts lies on that line itself. The covariance is that of the state, and of what is not
    known of the drag, of the boost's length and of its bend, each through its Jacobian by differences. What falls back
    through the air below `air_top_m` keeps no launch point: drag forgets it. Where one sigma of the longer axis exceeds
    `sigma_max_m`, it is not known either.

    Args:
        tracks: a picture or a nation's own tracks.
        settings: assumptions.
        terrain: the ground; without it height zero of the WGS-84 ellipsoid. Beyond its edge, that of the nearest edge.
        rows: those of the tracks whose launch is asked for; all by default.
    """
    n = len(tracks)
    launches = Launches(
        known=np.zeros(n, np.bool_),
        pos_ecef_m=np.zeros((n, 3)),
        lat_lon_rad=np.zeros((n, 2)),
        cov_en_m2=np.zeros((n, 2, 2)),
    )
    thrown = tracks.class_prob[:, THROWN].sum(axis=1) >= settings.class_min
    thrown &= (tracks.code == 0) & ~np.isin(tracks.identity, (Identity.CIVIL, Identity.FRIEND))
    thrown &= np.isin(tracks.status, (TrackStatus.CONFIRMED, TrackStatus.COASTING))
    climbs = np.einsum("ni,ni->n", tracks.mean_ecef[:, :3], tracks.mean_ecef[:, 3:]) > 0.0
    for i in np.flatnonzero(thrown & ~climbs):
        thrown[i] = height_above_ellipsoid(*tracks.mean_ecef[i, :3].tolist()) > settings.air_top_m
    if rows is not None:
        asked = np.zeros(n, np.bool_)
        asked[rows] = True
        thrown &= asked
    row = np.flatnonzero(thrown)
    rocket = (
        tracks.class_prob[row, ObjectClass.ROCKET] > tracks.class_prob[row, ObjectClass.BALLISTIC]
    ).astype(int)
    sigma = np.full((len(row), 3), settings.log_beta_sigma)
    sigma[:, 1] = np.array(settings.log_size_sigma)[rocket]
    sigma[:, 2] = settings.bend_sigma_rad
    launch_rows(
        tracks.mean_ecef,
        tracks.cov_ecef,
        row,
        1.0 / np.array(settings.beta_kgpm2)[rocket],
        np.where(tracks.mode_prob[row, 1] >= settings.boost_min, -1.0, np.array(settings.size_s2pm)[rocket]),
        sigma,
        np.array([settings.time_max_s, settings.sigma_max_m]),
        ground_of(terrain),
        launches.known,
        launches.pos_ecef_m,
        launches.lat_lon_rad,
        launches.cov_en_m2,
    )
    return launches
