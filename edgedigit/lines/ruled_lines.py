"""Takes ruled lines and the borders of tables out of the ink, so that lines of digits are found.

A rule is thin, straight, horizontal or vertical, and much longer than the digits are high. Where a
stroke crosses it the ink is locally thick, which leaves the stroke whole, as in the removal of
staff lines from sheet music (Dalitz, Droettboom, Pranzas and Fujinaga, "A comparative study of
staff removal algorithms", 2008). A stroke that lies on a rule goes with it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.lines.pieces import pieces_of
from edgedigit.raster.components import Boxes, Components, Index, find_components
from edgedigit.raster.histograms import median
from edgedigit.raster.morphology import Masks, closed, dilated, opened, transposed

# In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
_MIN_SIDE_PIXELS = 34
_MIN_SUSPECT_SIDE_SHARE = 0.3
_MIN_PIECE_LENGTH_WIDTHS = 8
_MIN_SLIM_PIECES = 4
_MAX_FAINTNESS_RATIO = 2
_SOFT_EDGES_PIXELS = 1
_MIN_THICKNESS_PIXELS = 3
_MAX_THICKNESS_STROKES = 1.5
_MIN_LENGTH_THICKNESSES = 5
_MIN_SURE_LENGTH_THICKNESSES = 10
_MAX_SLOPE = 0.12
# Noise breaks faint rules, by at most twice so many pixels.
_GAP_REACH_PIXELS = 2
_MIN_THIN_SHARE = 0.6
_MIN_LENGTH_HEIGHTS = 2.5
_MIN_UPRIGHT_LENGTH_HEIGHTS = 1.7
_MIN_BORDER_LENGTH_HEIGHTS = 1.2
_MIN_ACROSS_SIDE_SHARE = 0.6
_MIN_COVERED_SHARE = 0.4
_MAX_BORDER_GAP_PIXELS = 4
_MIN_OTHER_PIECES = 2


class _Straight(NamedTuple):
    """Straight thin horizontal lines.

    Attributes:
        thin: bool of shape (1, height, width), the ink whose runs across are short.
        found: The components that the lines are among.
        boxes: Of these.
        is_line: Which of them are lines.
        thickest: Their greatest thickness, in pixels.
    """

    thin: Masks
    found: Components
    boxes: Boxes
    is_line: NDArray[np.bool_]
    thickest: int

    def mask(self, shortest: float, shortest_at_border: float) -> Masks:
        """The pixels of the lines of some length, also where strokes cross them."""
        at_border = (self.boxes.left == 0) | (self.boxes.right == self.thin.shape[2])
        long = self.boxes.width >= np.where(at_border, shortest_at_border, shortest)
        if self.thin.shape[2] >= shortest:
            long |= self._across()
        return self.found.mask(self.is_line & long)

    def _across(self) -> NDArray[np.bool_]:
        """Which lines lie, with others in line with them, all across the picture."""
        across = np.zeros(len(self.boxes.area), np.bool_)
        lines = np.flatnonzero(self.is_line)
        if not len(lines):
            return across
        width, boxes = self.thin.shape[2], self.boxes.only(lines)
        middle = (boxes.top + boxes.bottom) / 2 - self._slope() * (boxes.left + boxes.right) / 2
        order = np.argsort(middle, kind="stable")
        apart = np.diff(middle[order]) > self.thickest
        group = np.zeros(len(lines), np.int64)
        group[order[1:]] = apart.cumsum()
        rules = boxes.joined(group, int(group.max()) + 1)
        covered = np.bincount(group, boxes.width) >= _MIN_COVERED_SHARE * width
        covered &= (rules.left <= _MAX_BORDER_GAP_PIXELS) & (
            rules.right >= width - _MAX_BORDER_GAP_PIXELS
        )
        across[lines] = covered[group]
        return across

    def _slope(self) -> float:
        """That of the longest line, rows per column."""
        longest = int(np.where(self.is_line, self.boxes.width, 0).argmax())
        runs = self.found.owner == longest
        half = (self.found.ends - self.found.starts)[runs] / 2
        x, y = self.found.columns[runs] + half, self.found.rows[runs].astype(np.float64)
        x, y = x - np.average(x, weights=half), y - np.average(y, weights=half)
        return float((half * x * y).sum() / max(float((half * (x * x + half * half / 3)).sum()), 1))


def without_rules(inks: NDArray[np.uint8], found: Components, level: int) -> Components:
    """The components of some ink without its rules.

    Args:
        inks: uint8 of shape (height, width), bright ink on 0.
        found: The components of the ink of at least a level.
        level: This level.

    Returns:
        The very same ones where there are no rules.
    """
    boxes = found.boxes()
    if not _may_have_rules(found, boxes):
        return found
    # Faint rules, in pieces at the level of ink, hold together at a lower one.
    masks, thickest = (
        (inks >= level // _MAX_FAINTNESS_RATIO)[None],
        _thickest(found) + _SOFT_EDGES_PIXELS,
    )
    flat, upright = _straight(masks, thickest), _straight(transposed(masks), thickest)
    if not flat.is_line.any() and not upright.is_line.any():
        return found
    seen, surely = (inks >= level)[None], _MIN_SURE_LENGTH_THICKNESSES * thickest
    # Strokes are lines too, but short ones.
    bare = pieces_of(find_components(seen & ~_pixels(flat, upright, *3 * [surely])))
    digit = bare.digit_height()
    if np.count_nonzero(bare.boxes.height >= max(digit / 2, 2 * thickest)) >= _MIN_OTHER_PIECES:
        lengths = _MIN_LENGTH_HEIGHTS, _MIN_BORDER_LENGTH_HEIGHTS, _MIN_UPRIGHT_LENGTH_HEIGHTS
        rules = _pixels(flat, upright, *(digit * length for length in lengths))
    else:
        height, width = inks.shape
        across = _MIN_ACROSS_SIDE_SHARE * width
        rules = _pixels(flat, upright, across, across, height)
    return find_components(seen & ~rules) if rules.any() else found


def _pixels(
    flat: _Straight, upright: _Straight, across: float, at_border: float, down: float
) -> Masks:
    """The pixels of the lines of some lengths that no stroke crosses."""
    flats, uprights = flat.mask(across, at_border), transposed(upright.mask(down, down))
    # Where rules cross, neither is thin.
    return (flats & (flat.thin | uprights)) | (uprights & transposed(upright.thin))


def _may_have_rules(found: Components, boxes: Boxes) -> bool:
    """Whether there are components about as long as the picture, or many long and thin ones."""
    if min(found.shape[1:]) < _MIN_SIDE_PIXELS:
        return False
    longer, shorter = (choose(boxes.height, boxes.width) for choose in (np.maximum, np.minimum))
    long = bool((longer >= _MIN_SUSPECT_SIDE_SHARE * max(found.shape[1:])).any())
    slim = longer >= _MIN_PIECE_LENGTH_WIDTHS * np.maximum(shorter, 2)
    return long or int(np.count_nonzero(slim)) >= _MIN_SLIM_PIECES


def _thickest(found: Components) -> int:
    """The greatest thickness of a rule, in pixels: strokes are hardly thinner."""
    lengths = found.ends - found.starts
    short = lengths[lengths <= max(min(found.shape[1:]) // 8, 1)]
    stroke = median(short) if len(short) else 0.0
    return max(_MIN_THICKNESS_PIXELS, round(_MAX_THICKNESS_STROKES * stroke))


def _straight(masks: Masks, thickest: int) -> _Straight:
    """Straight thin lines, all but horizontal.

    Args:
        masks: bool of shape (1, height, width).
        thickest: Their greatest thickness, in pixels.
    """
    thin = masks & ~opened(masks, thickest + 1, 1)
    # What crosses is bridged, and so are rows, for no line is quite straight.
    grown = dilated(thin, 1, 0)
    grown |= closed(grown, thickest) & masks
    long = opened(closed(grown, _GAP_REACH_PIXELS), _MIN_LENGTH_THICKNESSES * thickest, 2)
    found = find_components(long)
    boxes = found.boxes()
    is_line = boxes.height <= thickest + 4 + _MAX_SLOPE * boxes.width
    is_line &= _thin_columns(found, thin) >= _MIN_THIN_SHARE * boxes.width
    return _Straight(thin, found, boxes, is_line, thickest)


def _thin_columns(found: Components, thin: Masks) -> Index:
    """The number of thin pixels in each component, in rows of its thickness."""
    counts = np.zeros((thin.shape[1], thin.shape[2] + 1), np.int32)
    thin[0].cumsum(axis=1, out=counts[:, 1:])
    last = found.columns + found.ends - found.starts
    per_run = counts[found.rows, last] - counts[found.rows, found.columns]
    total: Index = np.bincount(found.owner, per_run, len(found.first)).astype(np.int64)
    return total
