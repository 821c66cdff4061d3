"""Where and when the tracks of a picture will end."""

from __future__ import annotations

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels.impact import Ground, predict_rows
from skypact.kernels.logbook import N_ASKED, N_FOUND, Logbook
from skypact.model.codes import N_CLASSES
from skypact.model.track import Impacts, Tracks
from skypact.warn.settings import ImpactSettings, impact_arrays

_SEA = Ground(np.zeros((2, 2), np.int16), 0.0, 0.0, 1.0)


def ground_of(terrain: Terrain | None) -> Ground:
    """A terrain as the kernels read it; without one height zero of the ellipsoid everywhere."""
    if terrain is None:
        return _SEA
    return Ground(terrain.heights_m, terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg)


def new_logbook(flights: int = 512) -> Logbook:
    """An empty book of flights predicted at one instant; what has no room in it is flown anew each time."""
    return Logbook(
        head=np.zeros(2, np.int64),
        state=np.zeros(2 * flights, np.uint8),
        asked=np.empty((2 * flights, N_ASKED)),
        found=np.empty((2 * flights, N_FOUND)),
    )


def predict_impacts(
    tracks: Tracks, settings: ImpactSettings, terrain: Terrain | None = None, book: Logbook | None = None
) -> Impacts:
    """The predicted end of every confirmed or coasting track, row for row; kind NONE where nothing is known.

    BALLISTIC: the mean flown to the ground of the terrain with J2, rotation and the drag of a notional
    ballistic coefficient of the believed class; the covariance by the Jacobian of that flight, plus the spread of the
    coefficient, plus a stated share of the way to go, plus, while it still climbs under power, the speed that it may
    yet gain. Where one sigma of the ellipse's longer axis exceeds `sigma_max_m`, there is no prediction.

    NONE too for whoever shows a transponder code or is identified as civil or friend.

    REACHABLE: an air-breathing object of a raid class; the point is where its present course leads within the horizon
    and is not to be used alone.

    Args:
        tracks: a picture or a nation's own tracks, predicted to `now_ns`.
        settings: assumptions.
        terrain: the ground; without it height zero of the WGS-84 ellipsoid. Beyond its edge, that of the nearest edge.
        book: flights already predicted with these settings and terrain at the same instant; it is changed, the result
            is the same with and without.
    """
    n = len(tracks.track_id)
    beta_kgpm2, values = impact_arrays(settings)
    if len(beta_kgpm2) != N_CLASSES:
        raise ValueError(
            f"beta_kgpm2: found {len(beta_kgpm2)} values; one for each of {N_CLASSES} classes needed"
        )
    impacts = Impacts(
        kind=np.zeros(n, np.uint8),
        pos_ecef_m=np.zeros((n, 3)),
        lat_rad=np.zeros(n),
        lon_rad=np.zeros(n),
        cov_en_m2=np.zeros((n, 2, 2)),
        t_ns=np.zeros(n, np.int64),
        sigma_t_s=np.zeros(n),
    )
    if n:
        predict_rows(
            tracks.now_ns,
            tracks.mean_ecef,
            tracks.cov_ecef,
            tracks.status,
            tracks.class_prob,
            tracks.mode_prob,
            tracks.identity,
            tracks.code,
            beta_kgpm2,
            values,
            ground_of(terrain),
            new_logbook(n) if book is None else book,
            impacts.kind,
            impacts.pos_ecef_m,
            impacts.lat_rad,
            impacts.lon_rad,
            impacts.cov_en_m2,
            impacts.t_ns,
            impacts.sigma_t_s,
        )
    return impacts
