"""A nation's picture, made from its own tracks and the latest messages received; never fed back into tracking."""

from skypact.fuse.combine import (
    covariance_intersection,
    ellipsoidal_intersection_inconsistent,
    independent_inconsistent,
    inverse_covariance_intersection,
    known_correlation,
    split_covariance_intersection,
)
from skypact.fuse.picture import (
    Contribution,
    PictureState,
    Stack,
    combined,
    correlated,
    fuse,
    held_locally,
    new_picture,
)
from skypact.fuse.quality import carried_to, firm, position_sigma, selected
from skypact.fuse.registration import (
    SensorBiases,
    advance_biases,
    new_biases,
    register,
    register_tracks,
)
from skypact.fuse.tracklet import with_tracklet

__all__ = [
    "Contribution",
    "PictureState",
    "SensorBiases",
    "Stack",
    "advance_biases",
    "carried_to",
    "combined",
    "correlated",
    "covariance_intersection",
    "ellipsoidal_intersection_inconsistent",
    "firm",
    "fuse",
    "held_locally",
    "independent_inconsistent",
    "inverse_covariance_intersection",
    "known_correlation",
    "new_biases",
    "new_picture",
    "position_sigma",
    "register",
    "register_tracks",
    "selected",
    "split_covariance_intersection",
    "with_tracklet",
]
