"""Tracking: detections of one nation (or of nations that share them) in, tracks out.

A `TrackBank` holds every track; `advance` feeds it, `snapshot` reads it. The filter is an interacting multiple model
of level flight, manoeuvre or boost, and ballistic flight (kernels.filter), association is the global nearest
neighbour (kernels.association), life is a table (track.lifecycle), and what an object probably is follows from how it
moves and whether it answers (kernels.identify).

The general tracker stands beside it: `Tracker` follows objects of any motion models through scans of any sensors, with
an associator chosen by name (track.association), in a flat frame or ECEF, and is used alone.

What a recording of a real radar tells of it is read here too: its revolution, the steps of its clock, the accuracy of
its plots, who answered. With them its plots become the same detections that simulated radars give.
"""

from skypact.track.accuracy import Accuracy, plot_accuracy
from skypact.track.association import registered
from skypact.track.bank import TrackBank, new_bank
from skypact.track.clock import Clock, steady_clock
from skypact.track.estimates import Estimates
from skypact.track.label import label_plots
from skypact.track.life import Life
from skypact.track.mixture import PoissonMultiBernoulliMixture
from skypact.track.multitarget import Tracker
from skypact.track.nearest import GlobalNearestNeighbour
from skypact.track.poisson import JointIntegrated, PoissonMultiBernoulli
from skypact.track.recorded import (
    BIAS_SIGMA,
    HEIGHT_SIGMA_M,
    OWN_PLANE,
    RadarModel,
    recorded_detections,
    recorded_sensors,
)
from skypact.track.revolution import (
    Revolution,
    from_answers,
    from_north_markers,
    from_plots,
    from_rotation_item,
    from_sectors,
)
from skypact.track.settings import TrackerSettings
from skypact.track.tracker import TrackEvents, advance, snapshot

__all__ = [
    "BIAS_SIGMA",
    "HEIGHT_SIGMA_M",
    "OWN_PLANE",
    "Accuracy",
    "Clock",
    "Estimates",
    "GlobalNearestNeighbour",
    "JointIntegrated",
    "Life",
    "PoissonMultiBernoulli",
    "PoissonMultiBernoulliMixture",
    "RadarModel",
    "Revolution",
    "TrackBank",
    "TrackEvents",
    "Tracker",
    "TrackerSettings",
    "advance",
    "from_answers",
    "from_north_markers",
    "from_plots",
    "from_rotation_item",
    "from_sectors",
    "label_plots",
    "new_bank",
    "plot_accuracy",
    "recorded_detections",
    "recorded_sensors",
    "registered",
    "snapshot",
    "steady_clock",
]
