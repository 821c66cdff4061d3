"""Tracking: detections of one nation (or of nations that share them) in, tracks out.

A `TrackBank` holds every track; `advance` feeds it, `snapshot` reads it. The filter is an interacting multiple model
of level flight, manoeuvre or boost, and ballistic flight (kernels.filter), association is the global nearest
neighbour (kernels.association), life is a table (track.lifecycle), and what an object probably is follows from how it
moves and whether it answers (kernels.identify).
"""

from skypact.track.bank import TrackBank, new_bank
from skypact.track.settings import TrackerSettings
from skypact.track.tracker import TrackEvents, advance, snapshot

__all__ = ["TrackBank", "TrackEvents", "TrackerSettings", "advance", "new_bank", "snapshot"]
