"""Brings a picture of one or many digits to bright ink on 0, whatever its paper and light."""

import math

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import Ink
from edgedigit.normalize.contrast import stretch
from edgedigit.normalize.light import above_paper, remove_shading
from edgedigit.normalize.pipeline import reduce
from edgedigit.raster.histograms import Histograms
from edgedigit.raster.resampling import (
    averaging_weights,
    block_averages,
    interpolation_weights,
    resample,
)

MIN_INK_LEVEL = 64
"""The faintest ink that counts; fainter one is soft edges."""

_MAX_PIXELS = 3_200_000
_MIN_PAPER_SIDE_CELLS = 64
_MAX_PAPER_SIDE_CELLS = 256
_OBJECT_PAPER_SIDE_CELLS = 512
_MAX_STROKE_WIDTH_SHARE = 0.4
_MAX_SLIM_STROKE_WIDTH_SHARE = 0.1
# A picture so long is a line of digits, none of them longer than this.
_STRIP_HEIGHTS = 2
# Glare or dirt, at most, for a page may hold little ink.
_MAX_GLARE_PIXELS = 50
# Patterned paper would be taken for noise, and ink with it.
_MAX_NOISE_PEAK_SHARE = 0.4
_SURROUNDINGS_WEIGHT = 2
_SURROUNDINGS_SIDE_CELLS = 16


def reduce_page(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Averages whole blocks of pixels until a page is small enough to work on.

    Args:
        grey: uint8 of shape (height, width).

    Returns:
        The picture, and how many pixels per side each of its pixels was.
    """
    height, width = grey.shape
    scale = math.isqrt(max(height * width - 1, 0) // _MAX_PIXELS) + 1
    scale = min(scale, height, width)
    return block_averages(grey[None], scale)[0], scale


def is_page_ink_dark(grey: NDArray[np.uint8], ink: Ink = "auto") -> bool:
    """Whether ink is darker than the paper, as `page_ink` finds out of the reduced page."""
    return _evenly_lit(reduce_page(grey)[0], ink)[1]


def page_ink(
    grey: NDArray[np.uint8], ink: Ink = "auto", has_objects: bool = False
) -> tuple[NDArray[np.uint8], bool]:
    """Takes paper and light out of a picture, and brings its ink to full contrast.

    Args:
        grey: uint8 of shape (height, width).
        ink: "dark" or "light": how the ink is, compared to the paper; "auto" finds out.
        has_objects: Whether hard shadows and dark things lie on the paper, which are then told from
            ink by being wide; takes longer, and leaves out broad strokes too.

    Returns:
        uint8 of the same shape, bright ink on 0, all 0 for a blank picture; and whether ink is
        darker than the paper.
    """
    shorter, longer = sorted(grey.shape)
    picture, dark = _evenly_lit(grey, ink)
    if dark:
        picture = 255 - picture
    widest = _MAX_SLIM_STROKE_WIDTH_SHARE if has_objects else _MAX_STROKE_WIDTH_SHARE
    widest *= min(longer, _STRIP_HEIGHTS * shorter)
    brightest = min(grey.size // 1000, _MAX_GLARE_PIXELS)
    # Cells of a strip are not much longer than high.
    grid = max(_MIN_PAPER_SIDE_CELLS, _STRIP_HEIGHTS * longer // shorter)
    grid = _OBJECT_PAPER_SIDE_CELLS if has_objects else min(grid, _MAX_PAPER_SIDE_CELLS)
    levels = above_paper(picture, widest, grid)
    return stretch(levels, brightest, _MAX_NOISE_PEAK_SHARE)[0], dark


def _evenly_lit(grey: NDArray[np.uint8], ink: Ink) -> tuple[NDArray[np.uint8], bool]:
    """A picture without shading, of shape (1, height, width), and whether its ink is dark."""
    picture = remove_shading(grey[None])
    return picture, _is_dark(picture) if ink == "auto" else ink == "dark"


def _is_dark(picture: NDArray[np.uint8]) -> bool:
    """Whether the ink of a picture, of shape (1, height, width), is darker than the paper."""
    reduced = reduce(picture)
    # Digits are a small part of a page, and of most lines: how far ink lies from the middle tells,
    # and where one half lies in the shadow, how far from what is around it.
    found = Histograms(reduced, 256)
    middle = int(found.at_rank(np.array([(found.size + 1) // 2, found.size // 2 + 1])).sum()) // 2
    from_middle = _balance(found, -middle)
    from_around = _balance(Histograms(reduced.astype(np.int16) - _surroundings(reduced), 511, -255))
    return from_middle + _SURROUNDINGS_WEIGHT * from_around < 0


def _balance(found: Histograms, lowest: int = -255) -> float:
    """From -1, all is below the paper, to 1, all is above; far counts more than much.

    Args:
        found: How many pixels are at each distance from the paper.
        lowest: The distance that is counted first.
    """
    cubes = found.counts[0] * np.arange(lowest, lowest + found.counts.shape[1]) ** 3
    return float(cubes.sum()) / max(float(np.abs(cubes).sum()), 1)


def _surroundings(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The average of the surroundings of each pixel, of the same shape (1, height, width)."""
    height, width = picture.shape[1:]
    rows, columns = min(height, _SURROUNDINGS_SIDE_CELLS), min(width, _SURROUNDINGS_SIDE_CELLS)
    cells = resample(picture, averaging_weights(height, rows), averaging_weights(width, columns))
    y_weights, x_weights = (
        interpolation_weights(rows, height),
        interpolation_weights(columns, width),
    )
    return resample(cells, y_weights, x_weights)
