"""Separable resampling of stacks of pictures, exact on every platform.

Weights are whole multiples of 1 / UNIT_WEIGHT. With them the sums inside float32 matrix products
are whole numbers of at most 2**24, so that no order of summation rounds.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

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
# So few, 64 KiB, are made once for pictures of a size: those of long ones would fill the memory.
_MAX_CACHED_WEIGHTS = 1 << 14
_CACHED_SIZES = 64


class Bands(NamedTuple):
    """Weights of which all but some beside each other are 0 in each row.

    Attributes:
        first: The first column that is stored of each row, shape (rows,).
        stored: float32 of shape (rows, band): the weights from there on.
        columns: How many columns there are.
    """

    first: NDArray[np.intp]
    stored: Weights
    columns: int

    def dense(self, rows: slice) -> tuple[Weights, slice]:
        """Some rows in full, and the columns that this is: the others are 0."""
        first, stored = self.first[rows], self.stored[rows]
        start, band = int(first.min()), stored.shape[1]
        weights = np.zeros((len(first), int(first.max()) + band - start), np.float32)
        place = first[:, None] - start + np.arange(band)
        np.put_along_axis(weights, place, stored, axis=1)
        return weights, slice(start, start + weights.shape[1])


def resample(
    pictures: NDArray[np.uint8 | np.float32],
    y_weights: Weights | Bands,
    x_weights: Weights | Bands,
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
    rows = _product(y_weights, pictures)
    # Four more bits than a pixel has go into the second product.
    rows /= UNIT_WEIGHT // 16
    both = _product(x_weights, np.swapaxes(np.rint(rows, out=rows), -1, -2))
    both /= UNIT_WEIGHT * 16
    pixels: Stack = np.minimum(np.rint(both, out=both), 255).astype(np.uint8)
    return np.ascontiguousarray(np.swapaxes(pixels, -1, -2))


def _product(
    weights: Weights | Bands, pixels: NDArray[np.uint8 | np.float32]
) -> NDArray[np.float32]:
    """The matrix products weights @ pixels, by one thread, of weights that mostly are 0.

    Args:
        weights: Shape (rows, height) or (n, rows, height).
        pixels: Shape (n, height, width).
    """
    rows = len(weights.first) if isinstance(weights, Bands) else weights.shape[-2]
    count, height, width = pixels.shape
    product = np.empty((count, rows, width), np.float32)
    if rows * height * width <= _MAX_UNTHREADED_MULTIPLICATIONS:
        full = _read_only(weights) if isinstance(weights, Bands) else weights
        return np.matmul(full, pixels.astype(np.float32, copy=False), out=product)
    for place, some, seen in _blocks(weights, height, width):
        columns = max(_MAX_UNTHREADED_MULTIPLICATIONS // (some.shape[-2] * some.shape[-1]), 1)
        for column in range(0, width, columns):
            across = slice(column, column + columns)
            block = pixels[:, seen, across].astype(np.float32, copy=False)
            np.matmul(some, block, out=product[:, place, across])
    return product


def _blocks(
    weights: Weights | Bands, height: int, width: int
) -> Iterator[tuple[slice, Weights, slice]]:
    """Rows of weights, these rows without the columns that are 0, and the columns that are not."""
    if isinstance(weights, Bands):
        rows = len(weights.first)
        # So that what is not 0 in them is about a square.
        step = math.isqrt(_MAX_UNTHREADED_MULTIPLICATIONS * rows // (height * width))
        step = max(step, _MIN_BLOCK_ROWS)
        for row in range(0, rows, step):
            place = slice(row, row + step)
            yield place, *weights.dense(place)
        return
    step = max(_MAX_UNTHREADED_MULTIPLICATIONS // (height * width), _MIN_BLOCK_ROWS)
    for row in range(0, weights.shape[-2], step):
        place = slice(row, row + step)
        some = weights[..., place, :]
        used = np.flatnonzero(some.any(axis=tuple(range(some.ndim - 1))))
        seen = slice(used[0], used[-1] + 1) if len(used) else slice(0, 1)
        yield place, some[..., seen], seen


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


def averaging_weights(pixels: int, cells: int) -> Weights | Bands:
    """Weights that average equal stretches of pixels: shape (cells, pixels)."""
    if pixels * cells <= _MAX_CACHED_WEIGHTS:
        return _kept_averaging(pixels, cells)
    return _averaging(pixels, cells)


def interpolation_weights(cells: int, pixels: int) -> Weights | Bands:
    """Weights that interpolate between the centres of cells: shape (pixels, cells)."""
    if pixels * cells <= _MAX_CACHED_WEIGHTS:
        return _kept_interpolation(cells, pixels)
    return _interpolation(cells, pixels)


@lru_cache(_CACHED_SIZES)
def _kept_averaging(pixels: int, cells: int) -> Weights:
    return _read_only(_averaging(pixels, cells))


@lru_cache(_CACHED_SIZES)
def _kept_interpolation(cells: int, pixels: int) -> Weights:
    return _read_only(_interpolation(cells, pixels))


def _averaging(pixels: int, cells: int) -> Bands:
    edges = np.arange(cells + 1) * pixels / cells
    band = min(-(-pixels // cells) + 1, pixels)
    first = np.minimum(edges[:-1].astype(np.intp), pixels - band)
    place = first[:, None] + np.arange(band)
    covered = np.minimum(edges[1:, None], place + 1) - np.maximum(edges[:-1, None], place)
    return Bands(first, whole_weights(np.maximum(covered, 0) * (cells / pixels)), pixels)


def _interpolation(cells: int, pixels: int) -> Bands:
    centre = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    band = min(2, cells)
    first = np.minimum(centre.astype(np.intp), cells - band)
    place = first[:, None] + np.arange(band)
    weights = np.maximum(1 - np.abs(centre[:, None] - place), 0)
    return Bands(first, whole_weights(weights), cells)


def _read_only(bands: Bands) -> Weights:
    """All of the weights, which nobody may change, for others get them too."""
    weights = np.zeros((len(bands.first), bands.columns), np.float32)
    some, columns = bands.dense(slice(None))
    weights[:, columns] = some
    weights.flags.writeable = False
    return weights
