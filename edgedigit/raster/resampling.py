"""Separable resampling of stacks of pictures, exact on every platform.

Weights are whole multiples of 1 / UNIT_WEIGHT. With them the sums inside float32 matrix products
are whole numbers of at most 2**24, so that no order of summation rounds.
"""

import math
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stack = NDArray[np.uint8]
Weights = NDArray[np.float32]
# Rows of weights, these rows without columns that are 0, and their columns.
_Block = tuple[slice, Weights, slice]

UNIT_WEIGHT = 4096
# Powers of two, which round nothing: of the first product four more bits are kept than a pixel has.
_ROWS_SCALE, _COLUMNS_SCALE = np.float32(16 / UNIT_WEIGHT), np.float32(1 / (16 * UNIT_WEIGHT))

# OpenBLAS, NumPy's usual one, wakes its threads for products of more multiplications than these.
# They take longer to come than such products do, and then go on waiting for more, busily.
MAX_UNTHREADED_MULTIPLICATIONS = 1 << 18
# Fewer rows at a time than these are no quicker, though weights of more pixels are not 0 in more.
_MIN_BLOCK_ROWS = 4
# Their sums stay in the processor's cache.
_BLOCK_PIXELS = 1 << 18
# Weights are made once for pictures of a size, in full, 64 KiB, where they are so few. What is kept
# of others are their blocks, about as much each, up to so many pixels.
_MAX_FULL_WEIGHTS = 1 << 14
_MAX_CACHED_PIXELS = 1 << 12
_CACHED_SIZES = 32
# So few pixels for each of the result take at most 12 kB.
_MIN_KEPT_SCALE = 20 / 64


class Bands:
    """Weights of which all but some beside each other are 0 in each row.

    Attributes:
        rows: How many rows there are.
        columns: How many columns there are.
    """

    def __init__(self, first: NDArray[np.intp], stored: Weights, columns: int) -> None:
        """Takes the weights.

        Args:
            first: The first column that is stored of each row, shape (rows,).
            stored: float32 of shape (rows, band): the weights from there on.
            columns: How many columns there are.
        """
        self.rows, self.columns = len(first), columns
        self._first, self._stored = first, stored
        self._full: Weights | None = None

    @property
    def full(self) -> Weights:
        """All of them, of shape (rows, columns)."""
        if self._full is not None:
            return self._full
        weights = np.zeros((self.rows, self.columns), np.float32)
        ((_, some, columns),) = self._blocks(self.rows)
        weights[:, columns] = some
        if weights.size <= _MAX_FULL_WEIGHTS:
            self._full = weights
        return weights

    @cached_property
    def blocks(self) -> list[_Block]:
        """Some rows each, so that what is not 0 in them is about a square for square pictures."""
        longer = max(self.rows, self.columns)
        step = math.isqrt(MAX_UNTHREADED_MULTIPLICATIONS * self.rows // (self.columns * longer))
        count = -(-self.rows // max(step, _MIN_BLOCK_ROWS))
        # A last block of few rows would take nearly as long as the others.
        return self._blocks(-(-self.rows // count))

    def _blocks(self, step: int) -> list[_Block]:
        band = self._stored.shape[1]
        blocks = []
        for row in range(0, self.rows, step):
            rows = slice(row, row + step)
            first, stored = self._first[rows], self._stored[rows]
            start = int(first.min())
            weights = np.zeros((len(first), int(first.max()) + band - start), np.float32)
            place = first[:, None] - start + np.arange(band)
            np.put_along_axis(weights, place, stored, axis=1)
            blocks.append((rows, weights, slice(start, start + weights.shape[1])))
        return blocks


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
    n, _, width = pictures.shape
    rows, columns = _outputs(y_weights), _outputs(x_weights)
    in_rows = np.empty((n, rows, width), np.float32)
    for place, some, seen in _blocks(y_weights, width):
        step, some = _most_beside(some), some * _ROWS_SCALE
        for column in range(0, width, step):
            across = slice(column, column + step)
            block = pictures[:, seen, across].astype(np.float32, copy=False)
            np.matmul(some, block, out=in_rows[:, place, across])
    np.rint(in_rows, out=in_rows)
    resampled = np.empty((n, rows, columns), np.uint8)
    for place, some, seen in _blocks(x_weights, rows):
        step, some = _most_beside(some), some * _COLUMNS_SCALE
        for row in range(0, rows, step):
            down = slice(row, row + step)
            both = np.matmul(in_rows[:, down, seen], np.swapaxes(some, -1, -2))
            np.rint(both, out=both)
            # The minimum with one number takes several times as long as the greatest.
            if both.max(initial=0) > 255:
                np.minimum(both, 255, out=both)
            resampled[:, down, place] = both
    return resampled


def _outputs(weights: Weights | Bands) -> int:
    rows: int = weights.rows if isinstance(weights, Bands) else weights.shape[-2]
    return rows


def _most_beside(weights: Weights) -> int:
    """How many rows or columns may be multiplied by weights at a time, by one thread."""
    multiplications: int = weights.shape[-2] * weights.shape[-1]
    return max(MAX_UNTHREADED_MULTIPLICATIONS // multiplications, 1)


def _blocks(weights: Weights | Bands, beside: int) -> Iterable[_Block]:
    """Rows of weights, these rows without the columns that are 0, and the columns that are not.

    Args:
        weights: Shape (rows, columns) or (n, rows, columns), most of which are 0.
        beside: How many products of each row are wanted for each picture.
    """
    if isinstance(weights, Bands):
        rows, columns = weights.rows, weights.columns
        if rows * columns * beside > MAX_UNTHREADED_MULTIPLICATIONS:
            return weights.blocks
        return [(slice(rows), weights.full, slice(columns))]
    rows, columns = weights.shape[-2:]
    if rows * columns * beside <= MAX_UNTHREADED_MULTIPLICATIONS:
        return [(slice(rows), weights, slice(columns))]
    step = max(MAX_UNTHREADED_MULTIPLICATIONS // (columns * beside), _MIN_BLOCK_ROWS)
    blocks = []
    for row in range(0, rows, step):
        place = slice(row, row + step)
        some = weights[..., place, :]
        used = np.flatnonzero(some.any(axis=tuple(range(some.ndim - 1))))
        seen = slice(used[0], used[-1] + 1) if len(used) else slice(0, 1)
        blocks.append((place, some[..., seen], seen))
    return blocks


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


def averaging_weights(pixels: int, cells: int) -> Bands:
    """Weights that average equal stretches of pixels: shape (cells, pixels)."""
    kept = pixels <= _MAX_CACHED_PIXELS
    return _kept_averaging(pixels, cells) if kept else _averaging(pixels, cells)


def interpolation_weights(cells: int, pixels: int) -> Bands:
    """Weights that interpolate between the centres of cells: shape (pixels, cells)."""
    kept = pixels <= _MAX_CACHED_PIXELS
    return _kept_interpolation(cells, pixels) if kept else _interpolation(cells, pixels)


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


def fill_triangles(weights: Weights, scale: float, offset: int, start: int) -> None:
    """Sets what is not 0 of the weights of a triangle filter, which is wider where it reduces.

    Beyond the pixels there is paper, which weighs as much as what is inside.

    Args:
        weights: Zeros of shape (outputs, pixels), which are set.
        scale: How many outputs there are for each pixel.
        offset: The output that `start` comes to lie at.
        start: A pixel.
    """
    outputs, pixels = weights.shape
    made = _kept_triangles if scale >= _MIN_KEPT_SCALE else _triangles
    first, some = made(outputs, scale, offset)
    first += start
    begin, end = max(first, 0), min(first + some.shape[1], pixels)
    if begin < end:
        weights[:, begin:end] = some[:, begin - first : end - first]


def _triangles(outputs: int, scale: float, offset: int) -> tuple[int, Weights]:
    """The first pixel that weighs anything, and the weights from there on to the last one."""
    support = max(1 / scale, 1)
    source = (np.arange(outputs) + 0.5 - offset) / scale
    first = np.floor(source - support - 0.5).astype(np.intp)
    pixel = first[:, None] + np.arange(int(2 * support) + 3)
    weights = np.maximum(1 - np.abs(pixel + 0.5 - source[:, None]) / support, 0)
    weights = np.rint(weights * UNIT_WEIGHT)
    weights /= weights.sum(axis=1, keepdims=True)
    pixel -= first[0]
    every = np.zeros((outputs, pixel[-1, -1] + 1), np.float32)
    np.put_along_axis(every, pixel, whole_weights(weights), axis=1)
    return int(first[0]), every


_kept_averaging = lru_cache(_CACHED_SIZES)(_averaging)
_kept_interpolation = lru_cache(_CACHED_SIZES)(_interpolation)
_kept_triangles = lru_cache(8 * _CACHED_SIZES)(_triangles)
