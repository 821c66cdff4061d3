"""A nation's picture, made from its own tracks and the latest messages received; never fed back into tracking."""

from skypact.fuse.combine import covariance_intersection
from skypact.fuse.picture import Contribution, PictureState, fuse, held_locally, new_picture
from skypact.fuse.quality import carried_to, firm, position_sigma, selected

__all__ = [
    "Contribution",
    "PictureState",
    "carried_to",
    "covariance_intersection",
    "firm",
    "fuse",
    "held_locally",
    "new_picture",
    "position_sigma",
    "selected",
]
