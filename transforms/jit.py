"""Functions compiled by numba on first use; importing this takes its half second."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first use and keep the result: beside the source, else in the user's cache."""
    try:
        return cast(
            "Callable[P, R]", numba.njit(cache=True, error_model="numpy", nogil=True)(function)
        )
    except RuntimeError:  # neither place can be written: every process compiles for itself
        return part(function)


def part(function: Callable[P, R]) -> Callable[P, R]:
    """Compile as a part of the compiled functions that call it."""
    return cast("Callable[P, R]", numba.njit(error_model="numpy", nogil=True)(function))
