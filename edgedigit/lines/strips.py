"""The grey strip of a line of writing, as the line network takes it; training goes the same way."""

import numpy as np
from numpy.typing import NDArray

from edgedigit.model import STRIP_COLUMNS_PER_ANSWER, STRIP_ROWS
from edgedigit.raster.resampling import block_averages

STRIP_MARGIN_COLUMNS = 8
"""Columns of paper, 0, behind a strip, so that its last sign ends before the strip does."""

# Paper and ink: these shares of a strip's pixels are at most so bright.
_PAPER_SHARE, _INK_SHARE = 0.05, 0.995
# A strip with less contrast has none that would be worth stretching.
_MIN_CONTRAST_LEVELS = 12


def cut_strip(
    grey: NDArray[np.uint8],
    box: tuple[float, float, float, float],
    slope: float = 0.0,
    is_dark: bool = True,
) -> NDArray[np.uint8]:
    """Cuts a strip out of a picture: 40 rows, as wide as its proportions are, ink bright.

    Args:
        grey: uint8 of shape (height, width).
        box: Left, top, right and bottom in pixels, the last two excluded; what lies outside of
            the picture repeats its border.
        slope: Of the strip, rows down for each column to the right; the box is where the middle
            column of the strip is.
        is_dark: Whether the ink is darker than the paper.

    Returns:
        uint8 of shape (40, columns), contrast stretched: paper about 0, ink about 255.
    """
    left, top, right, bottom = box
    scale = (bottom - top) / STRIP_ROWS
    columns = max(round((right - left) / scale), 1)
    block = max(int(scale), 1)
    drop = abs(slope) * (right - left) / 2
    height, width = grey.shape
    # With a margin of one block, so that interpolation has a neighbour.
    first_row = min(max(int((top - drop) // block - 1) * block, 0), height - 1)
    first_column = min(max(int(left // block - 1) * block, 0), width - 1)
    last_row, last_column = int(bottom + drop) + 2 * block, int(right) + 2 * block
    part = grey[first_row : max(last_row, 1), first_column : max(last_column, 1)]
    block = min(block, *part.shape)
    part = block_averages(part[None], block)[0]
    across = (np.arange(columns) + 0.5) * scale + left
    down = (np.arange(STRIP_ROWS, dtype=np.float32) + 0.5)[:, None] * scale + top
    if slope:
        down = down + slope * (across - (left + right) / 2)
    x = np.clip((across - first_column) / block - 0.5, 0, part.shape[1] - 1)
    y = np.clip((down - first_row) / block - 0.5, 0, part.shape[0] - 1)
    return _stretched(_interpolated(part, x, y), is_dark)


def padded_strip(strip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A strip as the line network takes it: uint8 of shape (1, 40, a multiple of four columns)."""
    columns = -(-(strip.shape[1] + STRIP_MARGIN_COLUMNS) // STRIP_COLUMNS_PER_ANSWER)
    padded = np.zeros((1, STRIP_ROWS, columns * STRIP_COLUMNS_PER_ANSWER), np.uint8)
    padded[0, :, : strip.shape[1]] = strip
    return padded


def _interpolated(
    picture: NDArray[np.uint8], x: NDArray[np.floating], y: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Bilinear samples of a picture: columns x of shape (n,), rows y of shape (m, n) or (m, 1)."""
    rows, columns = picture.shape
    before = np.minimum(x.astype(np.intp), max(columns - 2, 0))
    share = (x - before).astype(np.float32)
    after = np.minimum(before + 1, columns - 1)
    mixed = picture[:, before] * (1 - share) + picture[:, after] * share
    above = np.minimum(y.astype(np.intp), max(rows - 2, 0))
    lower = (y - above).astype(np.float32)
    below = np.minimum(above + 1, rows - 1)
    if y.shape[1] == 1:
        samples = mixed[above[:, 0]] * (1 - lower) + mixed[below[:, 0]] * lower
    else:
        column = np.arange(len(x))
        samples = mixed[above, column] * (1 - lower) + mixed[below, column] * lower
    return np.asarray(samples, np.float32)


def _stretched(strip: NDArray[np.float32], is_dark: bool) -> NDArray[np.uint8]:
    """Ink bright, and the contrast from paper to ink as large as it can be."""
    pixels = (strip + 0.5).astype(np.uint8)
    if is_dark:
        pixels = 255 - pixels
    counts = np.bincount(pixels.ravel(), minlength=256).cumsum()
    low, high = np.searchsorted(counts, [_PAPER_SHARE * counts[-1], _INK_SHARE * counts[-1]])
    levels = np.clip((np.arange(256) - low) * (255 / max(high - low, _MIN_CONTRAST_LEVELS)), 0, 255)
    stretched: NDArray[np.uint8] = levels.astype(np.uint8)[pixels]
    return stretched
