"""Truth to detections: radar, infrared, acoustic and cooperative sensors. Pure functions over model nouns."""

from skypact.sense.cueing import CueSettings, cues_met, in_reach, sense_cued, takes_cues
from skypact.sense.sensing import draw_biases, scene_of, sense

__all__ = [
    "CueSettings",
    "cues_met",
    "draw_biases",
    "in_reach",
    "scene_of",
    "sense",
    "sense_cued",
    "takes_cues",
]
