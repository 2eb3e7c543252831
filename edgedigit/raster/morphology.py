"""Minima and maxima over the neighbours of each pixel: erosion, dilation, opening and closing.

Pictures are laid out in one row of memory, with a margin between what is not to touch, so that
neighbours along either axis are a fixed step apart; windows grow by doubling.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Stack = TypeVar("_Stack", bound=NDArray[Any])
Masks = NDArray[np.bool_]


def dilated(stack: _Stack, y_reach: int, x_reach: int) -> _Stack:
    """The greatest of the pixels in the rectangle around each one: what is bright or true grows.

    Args:
        stack: Pictures or masks, of shape (n, height, width).
        y_reach: Pixels up, and down.
        x_reach: Pixels to the left, and to the right.

    Returns:
        An array of the same shape and dtype. Beyond the border there is nothing to choose.
    """
    return _extreme(stack, y_reach, x_reach, np.maximum)


def dilated_by_cross(stack: _Stack) -> _Stack:
    """The greatest among each pixel and the four beside it; otherwise as `dilated`."""
    return np.maximum(dilated(stack, 1, 0), dilated(stack, 0, 1))  # type: ignore[no-any-return]


def thickened(stack: _Stack, steps: Sequence[int]) -> _Stack:
    """Bright strokes of each picture of a stack, so many pixels thicker on either side."""
    result = stack.copy()
    for step in range(1, max(steps) + 1):
        chosen = np.array(steps) >= step
        thin = result[chosen]
        # A cross and a square in turn make an octagon.
        result[chosen] = dilated_by_cross(thin) if step % 2 else dilated(thin, 1, 1)
    return result


def eroded(stack: _Stack, y_reach: int, x_reach: int) -> _Stack:
    """The least of the pixels in the rectangle around each one; otherwise as `dilated`."""
    return _extreme(stack, y_reach, x_reach, np.minimum)


def closed(masks: Masks, reach: int) -> Masks:
    """Masks with gaps between left and right filled, of up to twice the reach."""
    return eroded(dilated(masks, 0, reach), 0, reach)


def transposed(masks: Masks) -> Masks:
    """Masks with their rows as columns."""
    return np.ascontiguousarray(masks.swapaxes(1, 2))


def counts(masks: Masks) -> NDArray[np.uint32]:
    """Pixels of each mask; several times as fast as `np.count_nonzero` is along axes."""
    if len(masks) == 1:
        return np.array([np.count_nonzero(masks)], np.uint32)
    found: NDArray[np.uint32] = masks.reshape(len(masks), -1).sum(axis=1, dtype=np.uint32)
    return found


def opened(masks: Masks, length: int, axis: int) -> Masks:
    """The pixels of straight runs of at least so many along an axis: 1 is down, 2 is across."""
    margins = (length - 1, 0) if axis == 1 else (0, length - 1)
    step = masks.shape[2] if axis == 1 else 1
    whole = _windows(_laid_out(masks, *margins, False), length, step, np.logical_and)
    return _stacked(_windows(whole, length, step, np.logical_or), masks, *margins)


def _extreme(stack: _Stack, y_reach: int, x_reach: int, choose: np.ufunc) -> _Stack:
    """The chosen one of the pixels in the rectangle around each pixel."""
    _, height, width = stack.shape
    y_reach, x_reach = min(y_reach, height - 1), min(x_reach, width - 1)
    if stack.size == 0 or max(y_reach, x_reach) <= 0:
        return stack.copy()
    never_chosen = stack.min() if choose is np.maximum else stack.max()
    chosen = _laid_out(stack, y_reach, x_reach, never_chosen)
    chosen = _windows(chosen, 2 * x_reach + 1, 1, choose)
    chosen = _windows(chosen, 2 * y_reach + 1, width + x_reach, choose)
    return _stacked(chosen, stack, y_reach, x_reach)


def _laid_out(stack: _Stack, y_margin: int, x_margin: int, filling: object) -> _Stack:
    """All pixels in a row, with margins before, between and behind rows and pictures."""
    n, height, width = stack.shape
    high, wide = height + y_margin, width + x_margin
    outside = y_margin * wide + x_margin
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


def _stacked(laid_out: _Stack, like: _Stack, y_margin: int, x_margin: int) -> _Stack:
    """The stack without the margins."""
    n, height, width = like.shape
    stack = laid_out.reshape(n, height + y_margin, width + x_margin)
    return stack[:, :height, :width]  # type: ignore[return-value]
