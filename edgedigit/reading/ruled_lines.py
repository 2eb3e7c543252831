"""Takes ruled lines and the borders of tables and form fields out of a page.

A rule is a straight thin line, horizontal or vertical, that goes from border to border of the
picture, meets others at right angles to make cells, or is much longer than the digits are high.
Rules that are much fainter than the digits' ink are told by that too.

Lines that slope are made horizontal first, by a shear. Where a stroke crosses a line the ink is
locally thick, which leaves the stroke whole, as in the removal of staff lines from sheet music
(Dalitz, Droettboom, Pranzas and Fujinaga, "A comparative study of staff removal algorithms", 2008).
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Boxes, Components, Index, find_components
from edgedigit.raster.histograms import typical_size
from edgedigit.raster.morphology import (
    Masks,
    closed,
    cross,
    dilated,
    opened,
    stroke_widths,
    transposed,
)

# In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
_MIN_SIDE_PIXELS = 34
_MAX_FAINTNESS_RATIO = 2

_MIN_SUSPECT_LENGTH_SHARE = 0.3
_MIN_SUSPECT_HEIGHT_SHARE = 0.9
_MIN_FRAMED_HEIGHT_SHARE = 0.25
_MIN_FRAME_SIDE_PIXELS = 8
_MAX_FRAMES = 200
_MIN_PIECE_THICKNESS_PIXELS = 2

_MAX_THICKNESS_STROKES = 1.5
_MIN_LENGTH_THICKNESSES = 5
_MAX_SLOPE = 0.06
_SLOPE_STEPS = 61
# Shorter runs of a row belong to steep strokes.
_MIN_SLOPE_RUN_PIXELS = 4
# Noise breaks faint rules, by less than twice so many pixels.
_GAP_REACH_PIXELS = 2
_MIN_THIN_LENGTH_SHARE = 0.4
_MIN_ACROSS_WIDTH_SHARE = 0.6
_MAX_BORDER_GAP_PIXELS = 4

_MAX_DIGIT_HEIGHT_SHARE = 0.8
_MIN_INNER_LENGTH_HEIGHTS = 2.5
_MIN_OTHER_DIGITS = 2
_MIN_CELL_BORDER_SHARE = 0.9
_INK_PERCENTILE = 75
_MAX_FAINT_DARKNESS_SHARE = 0.45
_STROKE_DARKNESS_SHARE = 0.5
# A stroke, though others may be darker by far.
_MIN_STROKE_RULE_RATIO = 2.5
_SOFT_EDGE_PIXELS = 2
_MIN_REST_HEIGHT_SHARE = 0.02
# More lines side by side, all through the picture, than a number has digits.
_MIN_STRIPE_GAPS = 20
_MAX_STRIPE_UNEVENNESS_SHARE = 0.1
_MAX_STRIPE_UNEVENNESS_PIXELS = 2


class Lines(NamedTuple):
    """Straight thin lines of one direction; vertical ones in a picture of rows as columns.

    Attributes:
        slope: Rows per column, of all.
        boxes: The boxes of the lines, made horizontal.
        found: The components that they are among, made horizontal.
        chosen: Which of the components are lines.
        is_vertical: Whether rows are columns of the picture.
        thin: Pixels of the picture itself whose runs across the lines' direction are short.
    """

    slope: float
    boxes: Boxes
    found: Components
    chosen: Index
    is_vertical: bool
    thin: Masks

    def middle(self) -> NDArray[np.float64]:
        """The row in which each line would cross column 0."""
        first = int(_shifts(self.found.shape[2], self.slope)[0])
        rows: NDArray[np.float64] = (self.boxes.top + self.boxes.bottom) / 2 - first
        return rows

    def across(self) -> NDArray[np.bool_]:
        """Which lines lie, with others in the same rows, all across the picture."""
        boxes, width = self.boxes, self.found.shape[2]
        same_row = (boxes.top < boxes.bottom[:, None]) & (boxes.bottom > boxes.top[:, None])
        across: NDArray[np.bool_] = same_row @ boxes.width >= _MIN_ACROSS_WIDTH_SHARE * width
        across &= (same_row & (boxes.left <= _MAX_BORDER_GAP_PIXELS)).any(axis=1)
        across &= (same_row & (boxes.right >= width - _MAX_BORDER_GAP_PIXELS)).any(axis=1)
        return across

    def only(self, kept: NDArray[np.bool_]) -> "Lines":
        """Some of the lines."""
        return self._replace(boxes=self.boxes.only(kept), chosen=self.chosen[kept])

    def mask(self, kept: NDArray[np.bool_]) -> Masks:
        """The pixels of some lines in the picture, of shape (1, height, width)."""
        of_components = np.zeros(len(self.found.first), np.bool_)
        of_components[self.chosen[kept]] = True
        lines = _unsheared(self.found.mask(of_components), self.slope)
        return transposed(lines) if self.is_vertical else lines


def remove_page_rules(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Blanks long thin horizontal and vertical strokes.

    Args:
        inks: uint8 of shape (height, width), bright ink on 0.
        level: The smallest value that counts as ink.

    Returns:
        uint8 of the same shape; the same array where there are no rules, or nothing else. Stripes
        all over a picture are blanked even so, for they are no digits 1.
    """
    if min(inks.shape) < _MIN_SIDE_PIXELS:
        return inks
    masks = (inks >= level // _MAX_FAINTNESS_RATIO)[None]
    found = find_components(masks)
    boxes = found.boxes()
    suspect = _suspects(found.shape, boxes)
    if not suspect.any():
        return inks
    may_be = found.mask(suspect)
    thickest = max(3, round(_MAX_THICKNESS_STROKES * float(stroke_widths(may_be)[0])))
    slope, shortest = _page_slope(may_be, thickest), _MIN_LENGTH_THICKNESSES * thickest
    horizontals = _straight_lines(may_be, thickest, slope, shortest)
    verticals = _straight_lines(may_be, thickest, slope, shortest, is_vertical=True)
    if not len(horizontals.chosen) and not len(verticals.chosen):
        return inks
    every = (np.ones(len(lines.chosen), np.bool_) for lines in (horizontals, verticals))
    every_line = _pixels(horizontals, verticals, *every)
    bare, others = _heights(masks & ~every_line), boxes.height[~suspect]
    flat, steep = _rules(horizontals, verticals, masks, bare, others, thickest)
    rules = _pixels(horizontals, verticals, flat, steep)
    rules |= _cell_borders(horizontals.only(flat), masks, thickest)
    rules |= _faint_lines(inks[None], every_line, level)
    if not rules.any():
        return inks
    rest = _typical_height(_heights(masks & ~rules), thickest)
    if rest < _MIN_REST_HEIGHT_SHARE * min(inks.shape):
        striped = _are_stripes(horizontals) or _are_stripes(verticals)
        return np.zeros_like(inks) if striped else inks
    return np.where(_not_ink(inks[None], rules, level)[0], 0, inks).astype(np.uint8)


def _suspects(shape: tuple[int, int, int], boxes: Boxes) -> NDArray[np.bool_]:
    """Components that may have rules: long ones, and those with another inside of their box."""
    _, height, width = shape
    high, wide = boxes.height, boxes.width
    longest = np.maximum(high, wide)
    suspect: NDArray[np.bool_] = longest >= _MIN_SUSPECT_LENGTH_SHARE * max(height, width)
    suspect |= (2 * wide >= width) | (high >= _MIN_SUSPECT_HEIGHT_SHARE * height)
    large = np.minimum(high, wide) >= _MIN_FRAME_SIDE_PIXELS
    hollow = np.flatnonzero((2 * boxes.area < high * wide) & large)
    largest_first = np.argsort(-(high * wide)[hollow], kind="stable")
    framed = np.zeros_like(suspect)
    for frame in hollow[largest_first[:_MAX_FRAMES]].tolist():
        inside = (boxes.top > boxes.top[frame]) & (boxes.bottom < boxes.bottom[frame])
        inside &= (boxes.left > boxes.left[frame]) & (boxes.right < boxes.right[frame])
        inside &= high >= _MIN_FRAMED_HEIGHT_SHARE * high[frame]
        suspect[frame] |= inside.any()
        framed |= inside
    # What is in a cell without touching its border is no rule.
    suspect &= ~framed
    # Faint rules come in pieces. Vertical ones alone may be 1s.
    least = _MIN_PIECE_THICKNESS_PIXELS
    suspect |= wide >= _MIN_LENGTH_THICKNESSES * np.maximum(high, least)
    if suspect.any():
        suspect |= high >= _MIN_LENGTH_THICKNESSES * np.maximum(wide, least)
    return suspect


def _page_slope(masks: Masks, thickest: int) -> float:
    """The slope of horizontal lines, rows per column: what gathers most ink in few rows."""
    runs = [_thin_runs(masks, thickest, 1), _thin_runs(transposed(masks), thickest, -1)]
    best, most = 0.0, -1.0
    for slope in sorted(np.linspace(-_MAX_SLOPE, _MAX_SLOPE, _SLOPE_STEPS).tolist(), key=abs):
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
    """Middle, row and length of the horizontal runs of thin strokes, and their slope's sign."""
    found = find_components(masks & ~opened(masks, thickest + 1, 1))
    length = found.ends - found.starts
    chosen = length >= _MIN_SLOPE_RUN_PIXELS
    middle = found.columns + length / 2
    return middle[chosen], found.rows[chosen], length[chosen].astype(np.float64), sign


def _straight_lines(
    masks: Masks, thickest: int, slope: float, shortest: int, is_vertical: bool = False
) -> Lines:
    """Straight thin lines of a slope, or at right angles to it.

    Args:
        masks: bool of shape (1, height, width).
        thickest: Their greatest thickness, in pixels.
        slope: That of horizontal lines, rows per column.
        shortest: Their least length, in pixels.
        is_vertical: Whether vertical ones are looked for.
    """
    if is_vertical:
        masks, slope = transposed(masks), -slope
    straight = _sheared(masks, slope)
    thin = straight & ~opened(straight, thickest + 1, 1)
    # What crosses is bridged, and so are rows, for no line is quite straight.
    grown = dilated(thin, 1, 0)
    grown |= closed(grown, thickest) & straight
    found = find_components(opened(closed(grown, _GAP_REACH_PIXELS), shortest, 2))
    boxes = found.boxes()
    flat = boxes.height <= thickest + 4 + _MAX_SLOPE / 2 * boxes.width
    is_line = flat & (_thin_columns(found, thin) >= _MIN_THIN_LENGTH_SHARE * boxes.width)
    thin = _unsheared(thin, slope)
    return Lines(
        slope,
        boxes.only(is_line),
        found,
        np.flatnonzero(is_line),
        is_vertical,
        transposed(thin) if is_vertical else thin,
    )


def _thin_columns(found: Components, thin: Masks) -> Index:
    """The number of columns, about, in which each component is thin."""
    rows, first, last = found.rows, found.columns, found.columns + found.ends - found.starts
    counts = np.zeros((thin.shape[1], thin.shape[2] + 1), np.int32)
    thin[0].cumsum(axis=1, out=counts[:, 1:])
    per_run = counts[rows, last] - counts[rows, first]
    total: Index = np.bincount(found.owner, per_run, len(found.first)).astype(np.int64)
    return total


def _sheared(masks: Masks, slope: float) -> Masks:
    """Masks with columns moved up by the slope, with as many rows more as the picture slopes by."""
    shift = _shifts(masks.shape[2], slope)
    height = masks.shape[1]
    result = np.zeros((1, height + int(shift.max()), len(shift)), np.bool_)
    for start, end, down in _stretches(shift):
        result[:, down : down + height, start:end] = masks[:, :, start:end]
    return result


def _unsheared(masks: Masks, slope: float) -> Masks:
    """Masks with the shear taken back."""
    shift = _shifts(masks.shape[2], slope)
    height = masks.shape[1] - int(shift.max())
    result = np.empty((1, height, len(shift)), np.bool_)
    for start, end, down in _stretches(shift):
        result[:, :, start:end] = masks[:, down : down + height, start:end]
    return result


def _shifts(width: int, slope: float) -> Index:
    """The rows that each column goes down, at least 0."""
    shift: Index = np.rint(-slope * np.arange(width)).astype(np.int64)
    return shift - int(shift.min())


def _stretches(shift: Index) -> Iterator[tuple[int, int, int]]:
    """Columns that go down equally far: the first, the one after the last, and how far."""
    edges = [0, *(np.flatnonzero(np.diff(shift)) + 1).tolist(), len(shift)]
    for start, end in pairwise(edges):
        yield start, end, int(shift[start])


def _pixels(
    horizontals: Lines, verticals: Lines, flat: NDArray[np.bool_], steep: NDArray[np.bool_]
) -> Masks:
    """The pixels of some horizontal and some vertical lines that no stroke crosses."""
    flat_mask, steep_mask = horizontals.mask(flat), verticals.mask(steep)
    # Where rules cross, neither is thin.
    return (flat_mask & (horizontals.thin | steep_mask)) | (steep_mask & verticals.thin)


def _rules(
    horizontals: Lines, verticals: Lines, masks: Masks, bare: Index, others: Index, thickest: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the horizontal and the vertical lines are rules.

    Args:
        horizontals: The horizontal lines.
        verticals: The vertical ones.
        masks: All ink, of shape (1, height, width).
        bare: The heights of the ink without all lines.
        others: The heights of the pieces of ink that have no rules.
        thickest: The greatest thickness of rules, in pixels.
    """
    flat, steep = _framed(horizontals, verticals, 2 * thickest)
    # A 0 may be as square as a cell. Cells have something in them, or come in numbers.
    cell_height = verticals.boxes.width[steep].max(initial=0)
    if steep.sum() <= 2 and others.max(initial=0) < _MIN_FRAMED_HEIGHT_SHARE * cell_height:
        flat[:], steep[:] = False, False
    flat |= horizontals.across()
    high = _typical_height(bare, thickest)
    enough, shortest = max(high / 2, 2), _MIN_INNER_LENGTH_HEIGHTS * high
    beside = np.count_nonzero(others >= enough) >= _MIN_OTHER_DIGITS

    def rest_height(flat: NDArray[np.bool_], steep: NDArray[np.bool_]) -> float:
        rest = masks & ~_pixels(horizontals, verticals, flat, steep)
        return _typical_height(_heights(rest), thickest)

    # One that goes up and down all the picture may be a 1, if the other digits do so too, or the
    # stem of the only digit.
    if beside or flat.any() or _are_stripes(verticals):
        across = verticals.across()
        if rest_height(flat, steep | across) <= _MAX_DIGIT_HEIGHT_SHARE * masks.shape[1]:
            steep |= across
    # What ends inside the picture is long, compared with what is left without any line.
    if np.count_nonzero(bare >= enough) >= _MIN_OTHER_DIGITS:
        length = horizontals.boxes.width
        long = length >= shortest
        # Without all its straight strokes a 5 may be low.
        flat |= long & (length >= _MIN_INNER_LENGTH_HEIGHTS * rest_height(flat | long, steep))
    # Vertical ones may be 1s, unless digits stand beside them.
    if beside:
        steep |= verticals.boxes.width >= shortest
    return flat, steep


def _framed(
    horizontals: Lines, verticals: Lines, reach: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Lines that meet at least two others, which meet two as well: the borders of cells."""
    # Where each pair would cross, column and row; shape (horizontals, verticals).
    rows, columns = horizontals.middle()[:, None], verticals.middle()
    y = rows + horizontals.slope * columns
    x = columns + verticals.slope * y
    y = rows + horizontals.slope * x
    across, down = horizontals.boxes, verticals.boxes
    meets = (x >= across.left[:, None] - reach) & (x <= across.right[:, None] + reach)
    meets &= (y >= down.left - reach) & (y <= down.right + reach)
    while True:
        flat, steep = meets.sum(axis=1) >= 2, meets.sum(axis=0) >= 2
        fewer = meets & flat[:, None] & steep
        if (fewer == meets).all():
            return flat, steep
        meets = fewer


def _cell_borders(rules: Lines, masks: Masks, thickest: int) -> Masks:
    """The borders between cells in a row, which may be thicker than other lines.

    Args:
        rules: Horizontal rules, the upper and the lower borders of the cells.
        masks: All ink.
        thickest: The greatest thickness of those, in pixels.
    """
    middle = rules.middle()
    down = middle - middle.min(initial=np.inf)
    apart = float(down.max(initial=0))
    if apart <= 2 * thickest or (np.minimum(down, apart - down) > 2 * thickest).any():
        return np.zeros_like(masks)
    shortest = round(_MIN_CELL_BORDER_SHARE * apart)
    verticals = _straight_lines(masks, 2 * thickest, rules.slope, shortest, is_vertical=True)
    return _pixels(rules, verticals, *_framed(rules, verticals, 2 * thickest))


def _faint_lines(inks: NDArray[np.uint8], lines: Masks, level: int) -> Masks:
    """Lines that are much fainter than the ink, if there are many: rules in pieces."""
    dark = inks >= _MAX_FAINT_DARKNESS_SHARE * _darkness(inks[inks >= level])
    faint: Masks = lines & ~dilated(dark, _SOFT_EDGE_PIXELS, _SOFT_EDGE_PIXELS)
    return faint if np.count_nonzero(faint) >= max(inks.shape) else np.zeros_like(faint)


def _not_ink(inks: NDArray[np.uint8], rules: Masks, level: int) -> Masks:
    """The pixels of rules and their soft edges, and where rules are faint, all that is so faint."""
    edges = cross(rules, np.maximum) & ~(inks >= level)
    rule, ink = float(np.median(inks[rules])), _darkness(inks[~rules & (inks >= level)])
    if rule > _MAX_FAINT_DARKNESS_SHARE * ink:
        return rules | edges
    # Then strokes that rules cross, or run along, are left as they are.
    dark = inks >= min(rule + _STROKE_DARKNESS_SHARE * (ink - rule), _MIN_STROKE_RULE_RATIO * rule)
    near_strokes = dilated(dark, _SOFT_EDGE_PIXELS, _SOFT_EDGE_PIXELS)
    faint: Masks = ((rules | edges) & ~dark) | ~near_strokes
    return faint


def _darkness(inks: NDArray[np.uint8]) -> float:
    """The level of the digits' ink, of some ink; 0 where there is none."""
    return float(np.percentile(inks, _INK_PERCENTILE)) if len(inks) else 0.0


def _are_stripes(lines: Lines) -> bool:
    """Whether many lines all through the picture are evenly apart."""
    apart = np.diff(np.sort(lines.middle()[lines.across()]))
    if len(apart) < _MIN_STRIPE_GAPS:
        return False
    uneven = max(_MAX_STRIPE_UNEVENNESS_SHARE * apart.mean(), _MAX_STRIPE_UNEVENNESS_PIXELS)
    return bool(np.ptp(apart) <= uneven)


def _heights(masks: Masks) -> Index:
    """The heights of all components of a mask, in pixels."""
    return find_components(masks).boxes().height


def _typical_height(heights: Index, thickest: int) -> float:
    """The typical one of heights, so that specks do not count; 0 where nothing else is."""
    high = heights[heights > 2 * thickest]
    return typical_size(high) if len(high) else 0.0
