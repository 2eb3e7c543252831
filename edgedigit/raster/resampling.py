"""Separable resampling of stacks of pictures, exact on every platform.

Weights are whole multiples of 1 / UNIT_WEIGHT. With them the sums inside float32 matrix products
are whole numbers of at most 2**24, so that no order of summation rounds.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stack = NDArray[np.uint8]
Weights = NDArray[np.float32]

UNIT_WEIGHT = 4096

# OpenBLAS, NumPy's usual one, wakes its threads for products of more multiplications than these.
# They take longer to come than such products do, and then go on waiting for more, busily.
_MAX_UNTHREADED_MULTIPLICATIONS = 1 << 18
# Fewer rows at a time than these are no quicker, though weights of more pixels are not 0 in more.
_MIN_BLOCK_ROWS = 4
# Their sums stay in the processor's cache.
_BLOCK_PIXELS = 1 << 18


def resample(
    pictures: NDArray[np.uint8 | np.float32], y_weights: Weights, x_weights: Weights
) -> Stack:
    """Resamples rows, then columns.

    Args:
        pictures: Whole numbers from 0 to 255, of shape (n, height, width).
        y_weights: Whole multiples of 1 / UNIT_WEIGHT, as whole numbers, of shape (rows, height) or
            (n, rows, height).
        x_weights: Likewise for the columns.

    Returns:
        uint8 of shape (n, rows, columns).
    """
    rows = _product(y_weights, pictures.astype(np.float32, copy=False))
    # Four more bits than a pixel has go into the second product.
    rows /= UNIT_WEIGHT // 16
    both = _product(x_weights, np.swapaxes(np.rint(rows, out=rows), -1, -2))
    both /= UNIT_WEIGHT * 16
    pixels: Stack = np.minimum(np.rint(both, out=both), 255).astype(np.uint8)
    return np.ascontiguousarray(np.swapaxes(pixels, -1, -2))


def _product(weights: Weights, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The matrix products weights @ pixels, by one thread, of weights that mostly are 0.

    Args:
        weights: Shape (rows, height) or (n, rows, height).
        pixels: Shape (n, height, width).
    """
    rows, height = weights.shape[-2:]
    count, _, width = pixels.shape
    product = np.empty((count, rows, width), np.float32)
    if rows * height * width <= _MAX_UNTHREADED_MULTIPLICATIONS:
        return np.matmul(weights, pixels, out=product)
    step = max(_MAX_UNTHREADED_MULTIPLICATIONS // (height * width), _MIN_BLOCK_ROWS)
    for row in range(0, rows, step):
        some = weights[..., row : row + step, :]
        used = np.flatnonzero(some.any(axis=tuple(range(some.ndim - 1))))
        seen = slice(used[0], used[-1] + 1) if len(used) else slice(0, 1)
        columns = max(_MAX_UNTHREADED_MULTIPLICATIONS // (step * (seen.stop - seen.start)), 1)
        for column in range(0, width, columns):
            place = slice(column, column + columns)
            out = product[:, row : row + step, place]
            np.matmul(some[..., seen], pixels[:, seen, place], out=out)
    return product


def block_averages(pictures: Stack, block: int) -> Stack:
    """Averages blocks of so many pixels per side; what is left over at the ends goes."""
    if block == 1:
        return pictures
    n, height, width = pictures.shape
    rows, columns = min(block, height), min(block, width)
    high, wide = height // rows, width // columns
    reduced = np.empty((n, high, wide), np.uint8)
    step = max(_BLOCK_PIXELS // (n * rows * width), 1)
    for row in range(0, high, step):
        some = pictures[:, row * rows : min(row + step, high) * rows, : wide * columns]
        reduced[:, row : row + step] = _averages(some, rows, columns)
    return reduced


def _averages(pictures: Stack, rows: int, columns: int) -> NDArray[np.unsignedinteger[Any]]:
    """Averages blocks of so many rows and columns."""
    # 257 pixels of 255 each are the most that 16 bits hold.
    wide: type[np.unsignedinteger[Any]] = np.uint16 if rows * columns <= 257 else np.uint32
    n, height, width = pictures.shape
    # Rows first, because sums of whole rows are several times faster than of small blocks.
    in_rows = pictures.reshape(n, height // rows, rows, width).sum(axis=2, dtype=wide)
    sums: NDArray[np.unsignedinteger[Any]] = in_rows[:, :, ::columns]
    for column in range(1, columns):
        sums = sums + in_rows[:, :, column::columns]
    return sums // wide(rows * columns)


def whole_weights(weights: NDArray[np.float64]) -> Weights:
    """Weights as whole numbers of 1 / UNIT_WEIGHT."""
    return np.rint(weights * UNIT_WEIGHT).astype(np.float32)


@lru_cache(maxsize=64)
def averaging_weights(pixels: int, cells: int) -> Weights:
    """Weights that average equal stretches of pixels: shape (cells, pixels)."""
    edges = np.arange(cells + 1) * pixels / cells
    place = np.arange(pixels)
    covered = np.minimum(edges[1:, None], place + 1) - np.maximum(edges[:-1, None], place)
    return _read_only(whole_weights(np.maximum(covered, 0) * (cells / pixels)))


@lru_cache(maxsize=64)
def interpolation_weights(cells: int, pixels: int) -> Weights:
    """Weights that interpolate between the centres of cells: shape (pixels, cells)."""
    place = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    return _read_only(whole_weights(np.maximum(1 - np.abs(place[:, None] - np.arange(cells)), 0)))


def _read_only(weights: Weights) -> Weights:
    """The same weights, which nobody may change, for others get them too."""
    weights.flags.writeable = False
    return weights
