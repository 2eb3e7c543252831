"""Takes light and paper out of pictures: gradients, vignettes, shadows, colour."""

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.polarity import border
from edgedigit.raster.histograms import twice_median
from edgedigit.raster.morphology import counts, dilated, eroded
from edgedigit.raster.resampling import Stack, averaging_weights, interpolation_weights, resample

_LIGHT_SIDE_CELLS = 16
_FIT_ROUNDS = 4
# What is computed of so many stays in the processor's cache.
_BLOCK_PIXELS = 1 << 14
# In a tight crop the ink would be taken for light: light explains most cells, and well.
_MIN_EXPLAINED_SHARE = 0.3
_MIN_NEAR_CELLS_SHARE = 0.6
_MAX_NEAR_LEVELS = 10
_MAX_PAPER_SIDE_CELLS = 32
_MAX_STROKE_WIDTH_SHARE = 0.4
# Across the border of a shadow's picture both its sides are seen.
_MIN_SHADOW_CONTRAST_SHARE, _MAX_SHADOW_CONTRAST_SHARE = 0.2, 0.9
_MAX_SHADED_STROKE_WIDTH_SHARE = 0.3
# Where there is hardly any light, there is noise all the same.
_NOISE_LEVELS = 8

# Polynomials of degree 0 to 2 in cells numbered -15, -13, ..., 15, orthogonal to each other.
_CELL_NUMBERS = 2 * np.arange(_LIGHT_SIDE_CELLS) - _LIGHT_SIDE_CELLS + 1
_MEAN_SQUARED_NUMBER = (_LIGHT_SIDE_CELLS * _LIGHT_SIDE_CELLS - 1) // 3
_POLYNOMIALS = np.stack(
    [_CELL_NUMBERS**0, _CELL_NUMBERS, _CELL_NUMBERS * _CELL_NUMBERS - _MEAN_SQUARED_NUMBER]
)
# Down, right, their squares, diagonal: shape (5, cells).
_LIGHT_DEGREES = (1, 0), (0, 1), (2, 0), (0, 2), (1, 1)
_LIGHT_BASIS = np.array(
    [np.outer(_POLYNOMIALS[y], _POLYNOMIALS[x]).ravel() for y, x in _LIGHT_DEGREES], np.float64
)
_BASIS_NORMS = (_LIGHT_BASIS * _LIGHT_BASIS).sum(axis=1)


def remove_shading(pictures: Stack) -> Stack:
    """Takes out light that changes slowly over a picture: from one side, or a vignette.

    The light is a polynomial of second order, fitted to the averages of 16 x 16 cells. Cells far
    from the fit, which hold ink, pull no more than others (Huber, "Robust Statistics", 1981).
    """
    height, width = pictures.shape[1:]
    if min(height, width) < _LIGHT_SIDE_CELLS:
        return pictures
    # Drawings and scans have no light: along the border all is one level.
    outermost = border(pictures, 1)
    shaded = np.flatnonzero((outermost != outermost[:, :1]).any(axis=1))
    if not len(shaded):
        return pictures
    y_weights, x_weights = (averaging_weights(side, _LIGHT_SIDE_CELLS) for side in (height, width))
    cells = resample(pictures[shaded], y_weights, x_weights)
    light = _fitted(cells.astype(np.float64))
    shift = _light_at(light, _CELL_NUMBERS, _CELL_NUMBERS).astype(np.int16)
    rest, spread = _from_middle(cells - shift), _from_middle(cells.astype(np.int16))
    lit = rest.sum(axis=1) < (1 - _MIN_EXPLAINED_SHARE) * spread.sum(axis=1)
    lit &= counts(rest <= _MAX_NEAR_LEVELS) > _MIN_NEAR_CELLS_SHARE * rest.shape[1]
    if not lit.any():
        return pictures
    result = pictures.copy()
    light, chosen = light[lit], shaded[lit]
    y, x = _between_cells(height), _between_cells(width)
    step = max(_BLOCK_PIXELS // (len(chosen) * width), 1)
    for row in range(0, height, step):
        rows = slice(row, row + step)
        levels = pictures[chosen, rows] - _light_at(light, y[rows], x)
        result[chosen, rows] = np.clip(levels, 0, 255, out=levels)
    return result


def without_shadow(picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Takes out light of any shape from paper with dark ink, such as the sharp edge of a shadow.

    The light is a grey closing (Serra, "Image Analysis and Mathematical Morphology", 1982), which
    leaves straight edges where they are; the paper's share of it that ink keeps back is shown.

    Args:
        picture: uint8 of shape (height, width).

    Returns:
        Bright ink on 0, of the same shape; None where no shadow's edge runs to the border.
    """
    levels = border(picture[None], 1)[0]
    low, high = int(levels.min()), int(levels.max())
    contrast = (high - low) / max(high, 1)
    if not _MIN_SHADOW_CONTRAST_SHARE <= contrast <= _MAX_SHADOW_CONTRAST_SHARE:
        return None
    reach = max(round(_MAX_SHADED_STROKE_WIDTH_SHARE / 2 * min(picture.shape)), 1)
    light = eroded(dilated(picture[None], reach, reach), reach, reach)[0].astype(np.uint32)
    kept = 255 * (picture.astype(np.uint32) + _NOISE_LEVELS) // (light + _NOISE_LEVELS)
    ink: NDArray[np.uint8] = 255 - kept.astype(np.uint8)
    return ink


def above_paper(
    pictures: Stack, widest: float | None = None, grid: int = _MAX_PAPER_SIDE_CELLS
) -> NDArray[np.int16]:
    """The levels of pixels above the paper with its colour and its shadows.

    The paper is a grey opening (Serra, "Image Analysis and Mathematical Morphology", 1982) of
    the picture on a coarse grid: what is brighter than its surroundings and narrower than the
    widest stroke vanishes from it.

    Args:
        pictures: uint8 of shape (n, height, width), bright ink.
        widest: The widest stroke, in pixels; by default a share of the longer side.
        grid: Cells of the coarse grid, at most, along either side.
    """
    if widest is None:
        widest = _MAX_STROKE_WIDTH_SHARE * max(pictures.shape[1:])
    flat = pictures.reshape(len(pictures), -1)
    size = flat.shape[1]
    lowest = flat.min(axis=1)[:, None]
    # Most small pictures, and drawings and scans, have a single level of paper.
    even = 2 * counts(flat == lowest) > size
    paper = lowest[:, None]
    if not even.any():
        paper = _paper(pictures, widest, grid)
    elif not even.all():
        paper = np.repeat(lowest, size, axis=1).reshape(pictures.shape)
        paper[~even] = _paper(pictures[~even], widest, grid)
    result: NDArray[np.int16] = np.subtract(pictures, paper, dtype=np.int16)
    return result


def _fitted(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of the light in cells, shape (n, 5), as in `_LIGHT_BASIS`."""
    shown = cells
    for _ in range(_FIT_ROUNDS):
        # Sums of whole numbers are the same in any order.
        light: NDArray[np.float64] = shown.reshape(len(cells), -1) @ _LIGHT_BASIS.T
        light /= _BASIS_NORMS
        fit = _light_at(light, _CELL_NUMBERS, _CELL_NUMBERS)
        distance = cells - fit
        middle = twice_median(distance.reshape(len(cells), -1))[:, None] // 2
        reach = middle - _MAX_NEAR_LEVELS, middle + _MAX_NEAR_LEVELS
        shown = fit + np.minimum(np.maximum(distance, reach[0]), reach[1])
    return light


def _light_at(
    light: NDArray[np.float64], y: NDArray[np.number], x: NDArray[np.number]
) -> NDArray[np.float64]:
    """The light at rows y and columns x, 0 on average: whole, of shape (n, rows, columns)."""
    y = y[:, None]
    down, right, down_square, right_square, diagonal = light.T[..., None, None]
    rows = down * y + down_square * (y * y - _MEAN_SQUARED_NUMBER)
    columns = right * x + right_square * (x * x - _MEAN_SQUARED_NUMBER)
    there: NDArray[np.float64] = diagonal * y * x
    there += columns
    there += rows
    return np.rint(there, out=there)


def _between_cells(pixels: int) -> NDArray[np.float64]:
    """The places of pixels among the cells' numbers."""
    place = 2 * np.arange(pixels, dtype=np.float64) + 1
    return place * (_LIGHT_SIDE_CELLS / pixels) - _LIGHT_SIDE_CELLS


def _from_middle(cells: NDArray[np.int16]) -> NDArray[np.float64]:
    """Distances of the cells from their median, of shape (n, cells)."""
    flat = cells.reshape(len(cells), -1)
    distance: NDArray[np.float64] = np.abs(flat - twice_median(flat) / 2)
    return distance


def _paper(pictures: Stack, widest: float, grid: int) -> Stack:
    """The paper below bright ink, at every pixel."""
    height, width = pictures.shape[1:]
    rows, columns = min(height, grid), min(width, grid)
    cells = resample(pictures, averaging_weights(height, rows), averaging_weights(width, columns))
    # As many cells as span the widest stroke, in either direction.
    half = widest / 2
    y_reach, x_reach = max(1, round(half * rows / height)), max(1, round(half * columns / width))
    cells = dilated(eroded(cells, y_reach, x_reach), y_reach, x_reach)
    y_weights, x_weights = (
        interpolation_weights(rows, height),
        interpolation_weights(columns, width),
    )
    return resample(cells, y_weights, x_weights)
