"""Where and when the tracks of a picture will end."""

from __future__ import annotations

import numpy as np

from skypact.kernels.impact import predict_rows
from skypact.model.codes import N_CLASSES
from skypact.model.network import F8
from skypact.model.track import Impacts, Tracks
from skypact.warn.settings import ImpactSettings, impact_arrays

_NO_POINT: F8 = np.zeros((0, 6))


def predict_impacts(tracks: Tracks, settings: ImpactSettings) -> Impacts:
    """The predicted end of every track, row for row; kind NONE where nothing is known.

    BALLISTIC: the mean flown to height zero of the WGS-84 ellipsoid with J2, rotation and the drag of a notional
    ballistic coefficient of the believed class; the covariance by the Jacobian of that flight, plus the spread of the
    coefficient, plus a stated share of the way to go, plus, while it still climbs under power, the speed that it may
    yet gain. Where one sigma of the ellipse's longer axis exceeds `sigma_max_m`, there is no prediction.

    REACHABLE: an air-breathing object of a raid class without a code; the point is where its present course leads
    within the horizon and is not to be used alone.

    Only confirmed and coasting tracks are predicted; whoever shows a transponder code, or is identified as civil or
    friend, is not. The work is 15 to 60 us for a ballistic track and under 1 us for any other.

    Args:
        tracks: a picture or a nation's own tracks, predicted to `now_ns`.
        settings: assumptions.
    """
    n = len(tracks.track_id)
    kind = np.zeros(n, np.uint8)
    point = np.zeros((n, 6)) if n else _NO_POINT
    packed = np.zeros((n, 4))
    beta_kgpm2, values = impact_arrays(settings)
    if len(beta_kgpm2) != N_CLASSES:
        raise ValueError(
            f"beta_kgpm2: found {len(beta_kgpm2)} values; one for each of {N_CLASSES} classes is needed"
        )
    cov_en_m2 = np.zeros((n, 2, 2))
    t_ns = np.zeros(n, np.int64)
    sigma_t_s = np.zeros(n)
    found = n and predict_rows(
        tracks.mean_ecef,
        tracks.cov_ecef,
        tracks.status,
        tracks.class_prob,
        tracks.mode_prob,
        tracks.identity,
        tracks.code,
        beta_kgpm2,
        values,
        kind,
        point,
        packed,
    )
    if found:
        cov_en_m2[:, 0, 0] = packed[:, 0]
        cov_en_m2[:, 0, 1] = cov_en_m2[:, 1, 0] = packed[:, 1]
        cov_en_m2[:, 1, 1] = packed[:, 2]
        np.sqrt(packed[:, 3], out=sigma_t_s)
        t_ns = np.where(kind > 0, tracks.now_ns + np.rint(point[:, 5] * 1e9).astype(np.int64), 0)
        none = kind == 0
        point[none] = 0.0
        cov_en_m2[none] = 0.0
        sigma_t_s[none] = 0.0
    return Impacts(
        kind=kind,
        pos_ecef_m=point[:, :3],
        lat_rad=point[:, 3],
        lon_rad=point[:, 4],
        cov_en_m2=cov_en_m2,
        t_ns=t_ns,
        sigma_t_s=sigma_t_s,
    )
