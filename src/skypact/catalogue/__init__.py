"""Sensors, interceptors and threats: notional or public classes, each value with unit, source and interval."""

from __future__ import annotations

from skypact.catalogue.draw import Parameter, drawn, parameters, split_uniform, value_of
from skypact.catalogue.load import FILES, load

__all__ = ["FILES", "Parameter", "drawn", "load", "parameters", "split_uniform", "value_of"]
