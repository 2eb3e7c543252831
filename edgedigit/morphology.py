"""Minima and maxima over the neighbours of each pixel: erosion, dilation and opening.

Pictures are laid out in one row of memory, with a margin between what is not to touch, so that
neighbours along either axis are a fixed step apart; windows grow by doubling.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Stack = TypeVar("_Stack", bound=NDArray[Any])
Masks = NDArray[np.bool_]


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
    reach = min(reach, stack.shape[axis] - 1)
    if stack.size == 0 or reach <= 0:
        return stack.copy()
    never_chosen = stack.min() if choose is np.maximum else stack.max()
    laid_out = _laid_out(stack, reach, axis, never_chosen)
    chosen = _windows(laid_out, 2 * reach + 1, _step(stack, axis), choose)
    return _stacked(chosen, stack, reach, axis)


def closed(masks: Masks, reach: int) -> Masks:
    """Fills gaps between left and right of up to twice the reach."""
    return extreme(extreme(masks, reach, 2, np.maximum), reach, 2, np.minimum)


def turned(masks: Masks) -> Masks:
    """Rows as columns."""
    return np.ascontiguousarray(masks.swapaxes(1, 2))


def stroke_widths(masks: Masks) -> NDArray[np.float64]:
    """How thick the strokes of each mask are on average, in pixels."""
    area = np.count_nonzero(masks, axis=(1, 2))
    edges = np.count_nonzero(masks[:, 1:] != masks[:, :-1], axis=(1, 2))
    edges += np.count_nonzero(masks[:, :, 1:] != masks[:, :, :-1], axis=(1, 2))
    # The edges of the pixels are 4 / pi times as long as the outline (Crofton).
    widths: NDArray[np.float64] = area * (8 / np.pi) / np.maximum(edges, 1)
    return widths


def opened(masks: NDArray[np.bool_], length: int, axis: int) -> NDArray[np.bool_]:
    """Keeps the pixels of straight runs of at least so many along an axis."""
    step, margin = _step(masks, axis), length - 1
    whole = _windows(_laid_out(masks, margin, axis, False), length, step, np.logical_and)
    return _stacked(_windows(whole, length, step, np.logical_or), masks, margin, axis)


def square(stack: _Stack, reach: int, choose: np.ufunc) -> _Stack:
    """Chooses among all pixels of the square around each pixel."""
    return extreme(extreme(stack, reach, 1, choose), reach, 2, choose)


def cross(stack: _Stack, choose: np.ufunc) -> _Stack:
    """Chooses among each pixel and the four beside it."""
    return choose(  # type: ignore[no-any-return]
        extreme(stack, 1, 1, choose), extreme(stack, 1, 2, choose)
    )


def _step(stack: NDArray[Any], axis: int) -> int:
    """How far apart in memory neighbours along an axis are laid out."""
    return stack.shape[2] if axis == 1 else 1


def _with_margin(stack: NDArray[Any], margin: int, axis: int) -> tuple[int, int, int]:
    n, height, width = stack.shape
    return (n, height + margin, width) if axis == 1 else (n, height, width + margin)


def _laid_out(stack: _Stack, margin: int, axis: int, filling: object) -> _Stack:
    """All pixels in a row, with a margin before, between and behind what lies along the axis."""
    _, height, width = stack.shape
    n, high, wide = _with_margin(stack, margin, axis)
    outside = margin * _step(stack, axis)
    laid_out = np.full(n * high * wide + 2 * outside, filling, stack.dtype)
    inside = laid_out[outside : len(laid_out) - outside].reshape(n, high, wide)
    inside[:, :height, :width] = stack
    return laid_out  # type: ignore[return-value]


def _windows(laid_out: _Stack, length: int, step: int, choose: np.ufunc) -> _Stack:
    """Chooses among so many pixels, a step apart, from each one on that has them all."""
    covered = 1
    while covered < length:
        more = min(covered, length - covered)
        laid_out = choose(laid_out[: -more * step], laid_out[more * step :])
        covered += more
    return laid_out


def _stacked(laid_out: _Stack, like: _Stack, margin: int, axis: int) -> _Stack:
    """The stack without the margins."""
    _, height, width = like.shape
    stack = laid_out.reshape(_with_margin(like, margin, axis))
    return stack[:, :height, :width]  # type: ignore[return-value]
