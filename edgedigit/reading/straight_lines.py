"""Straight thin lines of a page, of one slope and of the one at right angles to it.

Lines that slope are made level first, by a shear. Where a stroke crosses a line the ink is locally
thick, which leaves the stroke whole, as in the removal of staff lines from sheet music (Dalitz,
Droettboom, Pranzas and Fujinaga, "A comparative study of staff removal algorithms", 2008).
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Components, Index, find_components
from edgedigit.raster.morphology import Masks, closed, extreme, opened, turned

# The steepest slope, rows per column, and how many are tried.
_STEEPEST = 0.06
_SLOPES = 61
# The shortest run of pixels, in a row, that tells a slope.
_RUN = 4
# Noise breaks faint rules, by less than twice so many pixels.
_GAP = 2
# How much of a line no stroke covers.
_BARE = 0.4
# Share of the picture's side that a line from border to border covers.
_ACROSS = 0.6
# How near to the border it ends, in pixels.
_AT_BORDER = 4


class Lines(NamedTuple):
    """Straight thin lines of one direction, along the x axis.

    Attributes:
        slope: Rows per column, of all.
        found: The lines, made level.
        chosen: Which of the components are lines.
        thin: Pixels whose upright runs are short, made level too.
    """

    slope: float
    found: Components
    chosen: Index
    thin: Masks

    @property
    def left(self) -> Index:
        """First column of each."""
        return self.found.left[self.chosen]

    @property
    def right(self) -> Index:
        """The column after the last."""
        return self.found.right[self.chosen]

    @property
    def long(self) -> Index:
        """Columns from left to right."""
        return self.found.wide[self.chosen]

    @property
    def middle(self) -> NDArray[np.float64]:
        """The row in which each would cross column 0."""
        first = int(_shifts(self.found.shape[2], self.slope)[0])
        rows: NDArray[np.float64] = (self.found.top + self.found.bottom)[self.chosen] / 2 - first
        return rows

    def across(self) -> NDArray[np.bool_]:
        """Which lines lie, with others in the same rows, all across the picture."""
        top, bottom = self.found.top[self.chosen], self.found.bottom[self.chosen]
        same_row = (top < bottom[:, None]) & (bottom > top[:, None])
        width = self.found.shape[2]
        across: NDArray[np.bool_] = same_row @ self.long >= _ACROSS * width
        across &= (same_row & (self.left <= _AT_BORDER)).any(axis=1)
        across &= (same_row & (self.right >= width - _AT_BORDER)).any(axis=1)
        return across

    def only(self, kept: NDArray[np.bool_]) -> "Lines":
        """Some of the lines."""
        return self._replace(chosen=self.chosen[kept])

    def masks(self, kept: NDArray[np.bool_]) -> tuple[Masks, Masks]:
        """Some of the lines, and their pixels that no stroke crosses: shapes (1, height, width)."""
        one = np.zeros(len(self.found.first), np.bool_)
        one[self.chosen[kept]] = True
        lines = self.found.mask(one)
        return unsheared(lines, self.slope), unsheared(lines & self.thin, self.slope)


def straight_lines(masks: Masks, thickest: int, slope: float, shortest: int) -> Lines:
    """Straight lines of a slope, rows per column, in a mask of shape (1, height, width)."""
    level = sheared(masks, slope)
    thin = level & ~opened(level, thickest + 1, 1)
    # What crosses is bridged, and so are rows, for no line is quite straight.
    grown = extreme(thin, 1, 1, np.maximum)
    grown |= closed(grown, thickest) & level
    found = find_components(opened(closed(grown, _GAP), shortest, 2))
    flat = found.high <= thickest + 4 + _STEEPEST / 2 * found.wide
    chosen = np.flatnonzero(flat & (_bare(found, thin) >= _BARE * found.wide))
    return Lines(slope, found, chosen, thin)


def page_slope(masks: Masks, thickest: int) -> float:
    """How steep level lines are, rows per column: what gathers most ink in few rows and columns."""
    runs = [_thin_runs(masks, thickest, 1), _thin_runs(turned(masks), thickest, -1)]
    best, most = 0.0, -1.0
    for slope in sorted(np.linspace(-_STEEPEST, _STEEPEST, _SLOPES).tolist(), key=abs):
        gathered = 0.0
        for x, y, length, sign in runs:
            # Not to the even row, which would gather neighbours.
            rows = np.floor(y - sign * slope * x + 0.5).astype(np.int64)
            counts = np.bincount(rows - rows.min(initial=0), length)
            gathered += float((counts * counts).sum())
        if gathered > 1.02 * most:
            best, most = slope, gathered
    return best


def _thin_runs(
    masks: Masks, thickest: int, sign: int
) -> tuple[NDArray[np.float64], Index, NDArray[np.float64], int]:
    """Middle, row and length of the level runs of thin strokes, and the sign of their slope."""
    found = find_components(masks & ~opened(masks, thickest + 1, 1))
    length = found.ends - found.starts
    # Short runs belong to steep strokes.
    chosen = length >= _RUN
    middle = found.columns + length / 2
    return middle[chosen], found.rows[chosen], length[chosen].astype(np.float64), sign


def sheared(masks: Masks, slope: float) -> Masks:
    """Moves columns up by their share of the slope, or down if it is negative.

    Returns:
        As many rows more as the picture slopes by.
    """
    shift = _shifts(masks.shape[2], slope)
    _, height, width = masks.shape
    result = np.zeros((1, height + int(shift.max()), width), np.bool_)
    for start, end, down in _stretches(shift):
        result[:, down : down + height, start:end] = masks[:, :, start:end]
    return result


def unsheared(masks: Masks, slope: float) -> Masks:
    """What was sheared, as it was."""
    shift = _shifts(masks.shape[2], slope)
    height = masks.shape[1] - int(shift.max())
    result = np.empty((1, height, masks.shape[2]), np.bool_)
    for start, end, down in _stretches(shift):
        result[:, :, start:end] = masks[:, down : down + height, start:end]
    return result


def _shifts(width: int, slope: float) -> Index:
    """How far down each column goes, at least 0."""
    shift: Index = np.rint(-slope * np.arange(width)).astype(np.int64)
    return shift - int(shift.min())


def _stretches(shift: Index) -> Iterator[tuple[int, int, int]]:
    """Columns that go down equally far: the first, the one after the last, and how far."""
    edges = [0, *(np.flatnonzero(np.diff(shift)) + 1).tolist(), len(shift)]
    for start, end in pairwise(edges):
        yield start, end, int(shift[start])


def _bare(found: Components, thin: Masks) -> Index:
    """In how many columns, about, each component is thin."""
    rows, first, last = found.rows, found.columns, found.columns + found.ends - found.starts
    counts = np.zeros((thin.shape[1], thin.shape[2] + 1), np.int32)
    thin[0].cumsum(axis=1, out=counts[:, 1:])
    per_run = counts[rows, last] - counts[rows, first]
    total: Index = np.bincount(found.owner, per_run, len(found.first)).astype(np.int64)
    return total


def framed(
    levels: Lines, uprights: Lines, reach: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Lines that meet at least two others, which meet two as well: the borders of cells."""
    # Where each pair would cross, column and row; shape (levels, uprights).
    y = levels.middle[:, None] + levels.slope * uprights.middle
    x = uprights.middle + uprights.slope * y
    y = levels.middle[:, None] + levels.slope * x
    meets = (x >= levels.left[:, None] - reach) & (x <= levels.right[:, None] + reach)
    meets &= (y >= uprights.left - reach) & (y <= uprights.right + reach)
    while True:
        flat, steep = meets.sum(axis=1) >= 2, meets.sum(axis=0) >= 2
        fewer = meets & flat[:, None] & steep
        if (fewer == meets).all():
            return flat, steep
        meets = fewer


def pixels(
    levels: Lines, uprights: Lines, flat: NDArray[np.bool_], steep: NDArray[np.bool_]
) -> Masks:
    """The pixels of level and of upright lines."""
    lines, thin = levels.masks(flat)
    upright_lines, upright_thin = (turned(mask) for mask in uprights.masks(steep))
    # Where rules cross, neither is thin.
    return (lines & (thin | upright_lines)) | (upright_lines & upright_thin)
