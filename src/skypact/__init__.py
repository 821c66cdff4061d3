"""Skypact: the open laboratory for shared air defence (simulation, analysis, training)."""

__version__ = "0.1.0"
