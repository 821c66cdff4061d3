"""The one way a kernel is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled without Python objects, cached on disk, with IEEE arithmetic unchanged."""
    compiled = njit(cache=True, error_model="numpy", nogil=True, fastmath=False)(function)
    return cast(Callable[P, R], compiled)
