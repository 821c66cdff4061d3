"""A kernel that is compiled into those that call it.

A call of another kernel counts references to every array it passes, with atomic instructions, and that costs more than
a small matrix product. Compiled into its caller a kernel costs no call, and sizes given as numbers make its loops
straight code. For kernels of the innermost loops; each place of call is compiled anew, so that they should be few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As `kernels.jit.kernel`, but compiled into every kernel that calls it."""
    compiled = njit(cache=True, error_model="numpy", nogil=True, fastmath=False, forceinline=True)(function)
    return cast(Callable[P, R], compiled)


@inlined
def hold(arrays: object) -> None:
    """Nothing: named as the last use of a tuple of arrays, after all branches of a kernel.

    References counted once at its beginning and once at its end are left out by the compiler; those that end in
    several branches are not.
    """
