"""Minima and maxima over the neighbours of each pixel: erosion and dilation."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Stack = TypeVar("_Stack", bound=NDArray[Any])


def extreme(stack: _Stack, reach: int, axis: int, choose: np.ufunc) -> _Stack:
    """Chooses among each pixel and those up to so many before and behind it along an axis.

    Args:
        stack: Pictures or masks, of shape (n, height, width).
        reach: How many pixels to each side.
        axis: 1 is up and down, 2 is left and right.
        choose: `np.maximum` lets what is bright or true grow, `np.minimum` lets it shrink.

    Returns:
        An array of the same shape and dtype. Beyond the border there is nothing to choose.
    """
    result = stack.copy()
    target, source = np.moveaxis(result, axis, 0), np.moveaxis(stack, axis, 0)
    for shift in range(1, min(reach, len(source) - 1) + 1):
        choose(target[shift:], source[:-shift], out=target[shift:])
        choose(target[:-shift], source[shift:], out=target[:-shift])
    return result


def square(stack: _Stack, reach: int, choose: np.ufunc) -> _Stack:
    """Chooses among all pixels of the square around each pixel."""
    return extreme(extreme(stack, reach, 1, choose), reach, 2, choose)


def cross(stack: _Stack, choose: np.ufunc) -> _Stack:
    """Chooses among each pixel and the four beside it."""
    result = extreme(stack, 1, 1, choose)
    return choose(result, extreme(stack, 1, 2, choose), out=result)  # type: ignore[no-any-return]
