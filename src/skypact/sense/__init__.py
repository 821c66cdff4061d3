"""Truth to detections: radar, infrared, acoustic and cooperative sensors. Pure functions over model nouns."""

from skypact.sense.sensing import draw_biases, sense

__all__ = ["draw_biases", "sense"]
