"""Brings a picture of one or many digits to bright ink on 0, whatever its paper and light."""

import math

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import Ink
from edgedigit.normalize.contrast import stretch
from edgedigit.normalize.light import above_paper, level
from edgedigit.normalize.pipeline import reduce
from edgedigit.normalize.polarity import is_ink_dark
from edgedigit.raster.resampling import averages, between, block_averages, resample

# Larger pictures are reduced to at most so many pixels.
_PIXELS = 3_200_000
# Paper is estimated on so many cells per side of a page.
_GRID = 64
_MOST_CELLS = 256
# What is wider than this share of the picture's side is paper or shadow.
_WIDEST_STROKE = 0.4
# A picture this many times as long as high is a line of digits, none longer than this.
_STRIP = 2
# So many of the brightest pixels may be glare or dirt, at most, for a page may hold little ink.
_BRIGHTEST = 50
# Share of what lies far from the middle by which one side has to outweigh the other.
_CLEAR = 0.7
# What is around a pixel is averaged in so many cells per side.
_AROUND = 16


def reduce_page(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Averages whole blocks of pixels until a page is small enough to work on.

    Args:
        grey: uint8 of shape (height, width).

    Returns:
        The picture, and how many pixels per side each of its pixels was.
    """
    height, width = grey.shape
    scale = math.isqrt(max(height * width - 1, 0) // _PIXELS) + 1
    scale = min(scale, height, width)
    return block_averages(grey[None], scale)[0], scale


def page_ink(grey: NDArray[np.uint8], ink: Ink = "auto") -> NDArray[np.uint8]:
    """Takes paper and light out of a picture, and brings its ink to full contrast.

    Args:
        grey: uint8 of shape (height, width).
        ink: "dark" or "light": how the ink is, compared to the paper; "auto" finds out.

    Returns:
        uint8 of the same shape, bright ink on 0; a blank picture is all 0.
    """
    height, width = grey.shape
    picture = level(grey[None])
    dark = _is_dark(picture) if ink == "auto" else ink == "dark"
    if dark:
        picture = 255 - picture
    widest = _WIDEST_STROKE * min(max(height, width), _STRIP * min(height, width))
    brightest = min(grey.size // 1000, _BRIGHTEST)
    # Cells of a strip are not much longer than high.
    grid = min(max(_GRID, _STRIP * max(height, width) // min(height, width)), _MOST_CELLS)
    inks: NDArray[np.uint8] = stretch(above_paper(picture, widest, grid), brightest)[0]
    return inks


def _is_dark(picture: NDArray[np.uint8]) -> bool:
    """Whether the ink of a picture, of shape (1, height, width), is darker than the paper."""
    reduced = reduce(picture)
    # Digits are a small part of a page, and of most lines: how far ink lies from the middle tells,
    # or in a shadow, how far from what is around it.
    balance = _balance(reduced.astype(np.int64) - int(np.median(reduced)))
    if abs(balance) < _CLEAR:
        balance = _balance(reduced.astype(np.int64) - _around(reduced))
    return balance < 0 if abs(balance) >= _CLEAR else bool(is_ink_dark(reduced)[0])


def _balance(distance: NDArray[np.int64]) -> float:
    """From -1, all is below the paper, to 1, all is above; far counts more than much."""
    cubes = distance**3
    return float(cubes.sum()) / max(float(np.abs(cubes).sum()), 1)


def _around(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The average of what is around each pixel, of the same shape (1, height, width)."""
    height, width = picture.shape[1:]
    rows, columns = min(height, _AROUND), min(width, _AROUND)
    cells = resample(picture, averages(height, rows), averages(width, columns))
    return resample(cells, between(rows, height), between(columns, width))
