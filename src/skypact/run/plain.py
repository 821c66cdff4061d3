"""Results as data that JSON can hold."""

from __future__ import annotations

import math

import numpy as np


def plain(value: object) -> object:
    """The same with numbers that JSON can hold: NaN and infinity become None, NumPy's scalars Python's own."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
