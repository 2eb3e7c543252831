"""Takes light and paper out of pictures: gradients, vignettes, shadows, colour."""

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.polarity import border
from edgedigit.raster.histograms import twice_median
from edgedigit.raster.morphology import counts, dilated, eroded
from edgedigit.raster.resampling import Stack, averaging_weights, interpolation_weights, resample

_LIGHT_SIDE_CELLS = 16
_MAX_FIT_ROUNDS = 8
# What is computed of so many stays in the processor's cache.
_BLOCK_PIXELS = 1 << 14
# In a tight crop the ink would be taken for light: light explains most cells, and well.
_MIN_EXPLAINED_SHARE = 0.3
_MIN_NEAR_CELLS_SHARE = 0.6
_MAX_NEAR_LEVELS = 10
_MAX_PAPER_SIDE_CELLS = 32
_MAX_STROKE_WIDTH_SHARE = 0.4
_MIN_TWO_TONES_SHARE = 0.85
# Across the border of a shadow's picture both its sides are seen.
_MIN_SHADOW_CONTRAST_SHARE, _MAX_SHADOW_CONTRAST_SHARE = 0.2, 0.9
_MIN_SIDE_OF_SHADOW_SHARE = 0.1
_MAX_SHADED_STROKE_WIDTH_SHARE = 0.3
# Where there is hardly any light, there is noise all the same.
_NOISE_LEVELS = 8
_MIN_SHADED_INK_LEVEL = 96
_MIN_SHADED_INK_SHARE = 0.005

# Polynomials of degree 0 to 2 in cells numbered -15, -13, ..., 15, orthogonal to each other.
_CELL_NUMBERS = 2 * np.arange(_LIGHT_SIDE_CELLS) - _LIGHT_SIDE_CELLS + 1
_MEAN_SQUARED_NUMBER = (_LIGHT_SIDE_CELLS * _LIGHT_SIDE_CELLS - 1) // 3
_POLYNOMIALS = np.stack(
    [_CELL_NUMBERS**0, _CELL_NUMBERS, _CELL_NUMBERS * _CELL_NUMBERS - _MEAN_SQUARED_NUMBER]
)
# Even, down, right, their squares, diagonal: shape (6, cells).
_LIGHT_DEGREES = (0, 0), (1, 0), (0, 1), (2, 0), (0, 2), (1, 1)
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
    terms = _terms(light, _CELL_NUMBERS, _CELL_NUMBERS)
    shift = _rounded(*terms, _CELL_NUMBERS, np.empty((2, *cells.shape))).astype(np.int16)
    rest, spread = _from_middle(cells - shift), _from_middle(cells.astype(np.int16))
    lit = rest.sum(axis=1) < (1 - _MIN_EXPLAINED_SHARE) * spread.sum(axis=1)
    near = counts(rest <= _MAX_NEAR_LEVELS)
    lit &= near > _MIN_NEAR_CELLS_SHARE * rest.shape[1]
    if not lit.any():
        return pictures
    result = pictures.copy()
    light, chosen = light[lit], shaded[lit]
    x = _between_cells(width)
    down, across, slopes = _terms(light, _between_cells(height), x)
    step = min(max(_BLOCK_PIXELS // (len(chosen) * width), 1), height)
    # Memory that is fetched anew for each block would take longer than the computing.
    rooms = np.empty((4, len(chosen), step, width))
    levels, shifts = np.empty((2, len(chosen), step, width), np.int16)
    rooms[2], rooms[3] = across, x
    # NumPy takes several times as long for the greater of a number and each of an array.
    least, most = np.zeros_like(levels), np.full_like(levels, 255)
    for row in range(0, height, step):
        rows = slice(row, min(row + step, height))
        count = rows.stop - row
        level, shift = levels[:, :count], shifts[:, :count]
        room = rooms[:, :, :count]
        shift[...] = _rounded(down[:, rows], room[2], slopes[:, rows], room[3], room)
        level[...] = pictures[chosen, rows]
        level -= shift
        np.maximum(level, least[:, :count], out=level)
        result[chosen, rows] = np.minimum(level, most[:, :count], out=level)
    return result


def without_shadow(picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Takes out light of any shape from paper with dark ink, such as the sharp edge of a shadow.

    The light is a grey closing (Serra, "Image Analysis and Mathematical Morphology", 1982), which
    leaves straight edges where they are; the paper's share of it that ink keeps back is shown.

    Args:
        picture: uint8 of shape (height, width).

    Returns:
        Bright ink on 0, of the same shape; None where no shadow's edge runs to the border, or
        there is no ink.
    """
    levels = border(picture[None], 1)[0]
    low, high = int(levels.min()), int(levels.max())
    shaded = np.count_nonzero(2 * levels.astype(np.int16) < low + high) / len(levels)
    contrast = (high - low) / max(high, 1)
    if not _MIN_SHADOW_CONTRAST_SHARE <= contrast <= _MAX_SHADOW_CONTRAST_SHARE:
        return None
    if not _MIN_SIDE_OF_SHADOW_SHARE <= shaded <= 1 - _MIN_SIDE_OF_SHADOW_SHARE:
        return None
    reach = max(round(_MAX_SHADED_STROKE_WIDTH_SHARE / 2 * min(picture.shape)), 1)
    light = eroded(dilated(picture[None], reach, reach), reach, reach)[0].astype(np.uint32)
    kept = 255 * (picture.astype(np.uint32) + _NOISE_LEVELS) // (light + _NOISE_LEVELS)
    ink: NDArray[np.uint8] = 255 - kept.astype(np.uint8)
    dark = np.count_nonzero(ink >= _MIN_SHADED_INK_LEVEL)
    return ink if dark >= _MIN_SHADED_INK_SHARE * ink.size else None


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
    # Most small pictures, and drawings and scans of two tones, have a single level of paper.
    at_lowest = counts(flat == lowest)
    even = 2 * at_lowest > size
    if not even.all():
        two_toned = at_lowest + counts(flat == flat.max(axis=1)[:, None])
        is_two_toned = two_toned > _MIN_TWO_TONES_SHARE * size
        even |= is_two_toned & (at_lowest > (1 - _MIN_TWO_TONES_SHARE) * size)
    paper = lowest[:, None]
    if not even.any():
        paper = _paper(pictures, widest, grid)
    elif not even.all():
        paper = np.repeat(lowest, size, axis=1).reshape(pictures.shape)
        paper[~even] = _paper(pictures[~even], widest, grid)
    result: NDArray[np.int16] = np.subtract(pictures, paper, dtype=np.int16)
    return result


def _fitted(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of the light in cells, shape (n, 5), as in `_LIGHT_BASIS` without even."""
    # Sixteenths of a grey level; sums of whole numbers are the same in any order.
    data = 16 * cells.reshape(len(cells), -1)
    shown = data
    light: NDArray[np.float64]
    for _ in range(_MAX_FIT_ROUNDS):
        light = (shown @ _LIGHT_BASIS.T) / _BASIS_NORMS
        np.rint(light[:, 0], out=light[:, 0])
        # One term after the other, along an axis along which NumPy adds in order.
        fit = np.add.reduce(light[..., None] * _LIGHT_BASIS, axis=1)
        np.rint(fit, out=fit)
        distance = data - fit
        reach = np.maximum(twice_median(np.abs(distance)), 16)
        before, shown = shown, fit + np.minimum(np.maximum(distance, -reach), reach)
        if (shown == before).all():
            break
    return light[:, 1:] / np.float64(16)


def _terms(
    light: NDArray[np.float64], y: NDArray[np.number], x: NDArray[np.number]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What the light has of rows y, of columns x, and of both: the last is to be multiplied by x.

    Returns:
        Of shapes (n, len(y), 1), (n, 1, len(x)) and (n, len(y), 1).
    """
    down, right, down_square, right_square, diagonal = (c[:, None] for c in light.T)
    rows = down * y + down_square * (y * y - _MEAN_SQUARED_NUMBER)
    columns = right * x + right_square * (x * x - _MEAN_SQUARED_NUMBER)
    return rows[..., None], columns[:, None], (diagonal * y)[..., None]


def _rounded(
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    slopes: NDArray[np.float64],
    x: NDArray[np.number],
    room: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The light, 0 on average: shape (n, rows, columns), in the first of the room for two."""
    # Laid out in full before they are added and multiplied, which is quicker than row by row.
    there: NDArray[np.float64] = room[0]
    slope = room[1]
    there[...] = rows
    there += columns
    slope[...] = slopes
    slope *= x
    there += slope
    np.rint(there, out=there)
    return there


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
