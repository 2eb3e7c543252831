"""Takes ruled lines and the borders of tables and form fields out of a page.

A rule is straight, thin, level or upright, and goes from border to border of the picture, meets
others at right angles to make cells, or is much longer than the digits are high. Where a stroke
crosses it the ink is locally thick, which leaves the stroke whole, as in the removal of staff
lines from sheet music (Dalitz, Droettboom, Pranzas and Fujinaga, "A comparative study of staff
removal algorithms", 2008). Rules that slope are made level first, by a shear.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.components import Components, Index, find_components
from edgedigit.morphology import Masks, closed, cross, extreme, opened, square, stroke_widths, turned
from edgedigit.page_pieces import boxes_of, typical_height

# In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
_MIN_SIDE = 40
# Rules may be fainter than ink is, by so much.
_FAINT = 2
# Ink that may be rules is as long as this share of the picture, or has as high a part in its box.
_LONG = 0.3
_INSIDE = 0.25
_MOST_AROUND = 200
_HIGH = 0.9
# The thickness, at least, that the length of a piece of a rule is measured by.
_PIECE = 2
# Rules are up to so many times as thick as the strokes of the ink that has them.
_THICKEST = 1.5
# The shortest rule, in times of the thickest, and the steepest, rows per column.
_SHORTEST = 5
_STEEPEST = 0.06
_SLOPES = 61
# The shortest run of pixels, in a row, that tells a slope.
_RUN = 4
# Noise breaks faint rules, by less than twice so many pixels.
_GAP = 2
# How much of a rule no stroke covers.
_BARE = 0.4
# Shares of the picture's side that a rule from border to border covers, and such a digit at most.
_ACROSS = 0.6
_DIGIT = 0.8
# How near to the border it ends, in pixels.
_AT_BORDER = 4
# How many times as long as the digits are high a rule is that ends inside the picture.
_INNER = 2.5
# As many digits at least are to be seen then.
_SEVERAL = 2
# Rules that are no more than such a share of the ink tell what is faint: what is no nearer to the
# ink than so, except for soft edges.
_FAINTER = 0.45
_CUT = 0.5
_DARK = 75
_SOFT = 2
_FULL = 0.9
_MANY = 1.0
# Ink left without the rules, as a share of the shorter side, that is worth their removal.
_WORTH = 0.02


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

    def masks(self, kept: NDArray[np.bool_]) -> tuple[Masks, Masks]:
        """Some of the lines, and their pixels that no stroke crosses: shapes (1, height, width)."""
        one = np.zeros(len(self.found.first), np.bool_)
        one[self.chosen[kept]] = True
        lines = self.found.mask(one)
        return unsheared(lines, self.slope), unsheared(lines & self.thin, self.slope)


def remove_page_rules(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Blanks long thin level and upright strokes.

    Args:
        inks: uint8 of shape (height, width), bright ink on 0.
        level: The smallest value that counts as ink.

    Returns:
        uint8 of the same shape; the same array where there are no rules.
    """
    height = inks.shape[0]
    if min(inks.shape) < _MIN_SIDE:
        return inks
    masks = (inks >= level // _FAINT)[None]
    found = find_components(masks)
    suspect = suspects(found)
    if not suspect.any():
        return inks
    may_be = found.mask(suspect)
    thickest = max(3, round(_THICKEST * float(stroke_widths(may_be)[0])))
    slope = page_slope(may_be, thickest)
    levels = straight_lines(may_be, thickest, slope, _SHORTEST * thickest)
    uprights = straight_lines(turned(may_be), thickest, -slope, _SHORTEST * thickest)
    if not len(levels.chosen) and not len(uprights.chosen):
        return inks
    framed = _framed(levels, uprights, 2 * thickest)
    # A 0 may be as square as a cell. Cells have something in them, or come in numbers.
    free = found.high[~suspect].max(initial=0)
    if framed[1].sum() <= 2 and free < _INSIDE * uprights.long[framed[1]].max(initial=0):
        framed = (np.zeros_like(framed[0]), np.zeros_like(framed[1]))
    flat = framed[0] | levels.across()
    steep = uprights.across()
    rest = masks & ~_pixels(levels, uprights, flat, steep | framed[1])
    digit = _height(rest, thickest)
    # One that goes up and down all the picture may be a 1, if the other digits do so too.
    steep &= digit <= _DIGIT * height
    steep |= framed[1]
    # What ends inside the picture is long, compared with what is left without any line.
    bare = masks & ~_pixels(levels, uprights, _all(levels), _all(uprights))
    inner = _INNER * _height(bare, thickest)
    enough = inner / _INNER / 2
    if np.count_nonzero(find_components(bare).high >= max(enough, 2)) >= _SEVERAL:
        long = levels.long >= inner
        # Without its bar, a 5 may be low.
        others = masks & ~_pixels(levels, uprights, flat | long, steep)
        flat |= long & (levels.long >= _INNER * _height(others, thickest))
    # Upright ones may be 1s, unless digits stand beside them.
    if np.count_nonzero(found.high[~suspect] >= max(enough, 2)) >= _SEVERAL:
        steep |= uprights.long >= inner
    rules = _pixels(levels, uprights, flat, steep)
    rules |= _between(levels._replace(chosen=levels.chosen[flat]), masks, thickest)
    rules |= _faint_lines(inks[None], _pixels(levels, uprights, _all(levels), _all(uprights)), level)
    if not rules.any() or _height(masks & ~rules, thickest) < _WORTH * min(inks.shape):
        return inks
    removed = rules | (cross(rules, np.maximum) & ~(inks >= level))
    removed = _faint(inks[None], rules, removed, level)
    return np.where(removed[0], 0, inks).astype(np.uint8)


def _between(levels: Lines, masks: Masks, thickest: int) -> Masks:
    """Thick upright lines from the first of some level rules to the last, as between cells."""
    if len(levels.chosen) < 2:
        return np.zeros_like(masks)
    down = levels.middle - levels.middle.min()
    band = float(down.max())
    if (np.minimum(down, band - down) > 2 * thickest).any():
        return np.zeros_like(masks)
    uprights = straight_lines(
        turned(masks), 2 * thickest, -levels.slope, max(round(_FULL * band), 2 * thickest)
    )
    flat, steep = _framed(levels, uprights, 2 * thickest)
    return _pixels(levels, uprights, flat, steep)


def _faint_lines(inks: NDArray[np.uint8], lines: Masks, level: int) -> Masks:
    """Lines that are much fainter than the ink, if there are many."""
    ink = float(np.percentile(inks[inks >= level], _DARK))
    faint = lines & ~square(inks >= _FAINTER * ink, _SOFT, np.maximum)
    return faint & (np.count_nonzero(faint) >= _MANY * max(inks.shape))


def _faint(inks: NDArray[np.uint8], rules: Masks, removed: Masks, level: int) -> Masks:
    """What is as faint as rules that are much fainter than the ink beside them, and no more."""
    rule = float(np.median(inks[rules]))
    ink = float(np.percentile(inks[~rules & (inks >= level)], _DARK))
    if rule > _FAINTER * ink:
        return removed
    dark = inks >= rule + _CUT * (ink - rule)
    return (removed & ~dark) | ~square(dark, _SOFT, np.maximum)


def suspects(found: Components) -> NDArray[np.bool_]:
    """Components that may have rules: long ones, and those with another inside of their box."""
    _, height, width = found.shape
    high, wide = found.high, found.wide
    suspect: NDArray[np.bool_] = np.maximum(high, wide) >= _LONG * max(height, width)
    suspect |= (2 * wide >= width) | (high >= _HIGH * height)
    hollow = np.flatnonzero((2 * found.area < high * wide) & (high >= 8) & (wide >= 8))
    around = hollow[np.argsort(-(high * wide)[hollow], kind="stable")[:_MOST_AROUND]]
    framed = np.zeros_like(suspect)
    for frame in around.tolist():
        inside = (found.top > found.top[frame]) & (found.bottom < found.bottom[frame])
        inside &= (found.left > found.left[frame]) & (found.right < found.right[frame])
        inside &= high >= _INSIDE * high[frame]
        suspect[frame] |= inside.any()
        framed |= inside
    # What is in a cell without touching its border is no rule.
    suspect &= ~framed
    # Faint rules come in pieces. Upright ones alone may be 1s.
    suspect |= wide >= _SHORTEST * np.maximum(high, _PIECE)
    if suspect.any():
        suspect |= high >= _SHORTEST * np.maximum(wide, _PIECE)
    return suspect


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
            rows = np.rint(y - sign * slope * x).astype(np.int64)
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


def _framed(
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


def _pixels(
    levels: Lines, uprights: Lines, flat: NDArray[np.bool_], steep: NDArray[np.bool_]
) -> Masks:
    """The pixels of level and of upright lines."""
    lines, thin = levels.masks(flat)
    upright_lines, upright_thin = (turned(mask) for mask in uprights.masks(steep))
    # Where rules cross, neither is thin.
    return (lines & (thin | upright_lines)) | (upright_lines & upright_thin)


def _all(lines: Lines) -> NDArray[np.bool_]:
    return np.ones(len(lines.chosen), np.bool_)


def _height(masks: Masks, thickest: int) -> float:
    """The typical height of what is left; 0 where nothing is."""
    found = find_components(masks)
    digits = found.high > 2 * thickest
    if not digits.any():
        return 0.0
    return typical_height(boxes_of(found, digits))
