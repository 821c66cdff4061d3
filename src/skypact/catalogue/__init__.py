"""Sensors, interceptors and threats: notional or public classes, each value with unit, source and interval."""

from __future__ import annotations

from skypact.catalogue.load import FILES, load

__all__ = ["FILES", "load"]
