"""Separable resampling of stacks of pictures, exact on every platform.

Weights are whole multiples of 1 / UNIT. With them the sums inside float32 matrix products are
whole numbers of at most 2**24, so that no order of summation rounds.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stack = NDArray[np.uint8]
Weights = NDArray[np.float32]

UNIT = 4096


def resample(
    pictures: NDArray[np.uint8 | np.float32], y_weights: Weights, x_weights: Weights
) -> Stack:
    """Resamples rows, then columns.

    Args:
        pictures: Whole numbers from 0 to 255, of shape (n, height, width).
        y_weights: Whole numbers, UNIT being 1, of shape (rows, height), or (n, rows, height).
        x_weights: Likewise for the columns.

    Returns:
        uint8 of shape (n, rows, columns).
    """
    rows = np.matmul(y_weights, pictures.astype(np.float32, copy=False))
    # Four more bits than a pixel has go into the second product.
    rows /= UNIT // 16
    both = np.matmul(np.rint(rows, out=rows), np.swapaxes(x_weights, -1, -2))
    both /= UNIT * 16
    pixels: Stack = np.minimum(np.rint(both, out=both), 255).astype(np.uint8)
    return pixels


def block_averages(pictures: Stack, block: int) -> Stack:
    """Averages blocks of so many pixels per side; what is left over at the ends goes."""
    if block == 1:
        return pictures
    height, width = pictures.shape[1:]
    rows, columns = min(block, height), min(block, width)
    height, width = height // rows * rows, width // columns * columns
    # Row by row, because sums of whole rows are several times faster than of small blocks.
    # 257 rows of 255 each are the most that 16 bits hold.
    wide: type[np.unsignedinteger[Any]] = np.uint16 if rows <= 257 else np.uint32
    total: NDArray[np.unsignedinteger[Any]] = pictures[:, 0:height:rows].astype(wide)
    for row in range(1, rows):
        total = np.add(total, pictures[:, row:height:rows], out=total)
    sums = total[:, :, 0:width:columns].astype(np.uint32)
    for column in range(1, columns):
        sums += total[:, :, column:width:columns]
    reduced: Stack = (sums // (rows * columns)).astype(np.uint8)
    return reduced


def whole(weights: NDArray[np.float64]) -> Weights:
    """Weights as whole numbers, UNIT being 1."""
    return np.rint(weights * UNIT).astype(np.float32)


@lru_cache(maxsize=64)
def averages(pixels: int, cells: int) -> Weights:
    """Weights that average equal stretches of pixels: shape (cells, pixels)."""
    edges = np.arange(cells + 1) * pixels / cells
    place = np.arange(pixels)
    covered = np.minimum(edges[1:, None], place + 1) - np.maximum(edges[:-1, None], place)
    return _kept(whole(np.maximum(covered, 0) * (cells / pixels)))


@lru_cache(maxsize=64)
def between(cells: int, pixels: int) -> Weights:
    """Weights that interpolate between the centres of cells: shape (pixels, cells)."""
    place = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    return _kept(whole(np.maximum(1 - np.abs(place[:, None] - np.arange(cells)), 0)))


def _kept(weights: Weights) -> Weights:
    """The same; nobody may change what others get too."""
    weights.flags.writeable = False
    return weights
