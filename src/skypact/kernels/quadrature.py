"""Gauss and Legendre's rule of four points on [0, 1]: exact for polynomials up to the seventh degree."""

from __future__ import annotations

NODES = (0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970263)
WEIGHTS = (0.17392742256872692, 0.32607257743127307, 0.32607257743127307, 0.17392742256872692)
