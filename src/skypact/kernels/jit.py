"""The ways a kernel is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True, "fastmath": False}
# Stated for all, because a kernel would otherwise take over from its first caller whether it counts references.
_COUNTING = _OPTIONS | {"_nrt": True}
_BARE = _OPTIONS | {"_nrt": False}


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled without Python objects, cached on disk, with IEEE arithmetic unchanged."""
    compiled = njit(**_COUNTING)(function)
    return cast(Callable[P, R], compiled)


def bare(function: Callable[P, R]) -> Callable[P, R]:
    """As `kernel`, for what makes and returns no arrays: compiled without counting references to those it is given.

    For what runs once a track or a pair, where counting costs more than the work. Its caller keeps the arrays alive.
    An array made in such a kernel is an error of compilation.
    """
    compiled = njit(**_BARE)(function)
    return cast(Callable[P, R], compiled)
