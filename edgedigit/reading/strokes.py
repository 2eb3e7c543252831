"""Which components of a page are pieces of digits, and which of these make up one digit."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Components, Index

# Shares of the typical height.
_SPECK = 0.1
_HUGE = 4.0
_PART = 0.6
_JOINED_HEIGHT = 1.3
_JOINED_WIDTH = 1.4
_GAP = 0.3
_GAP_BESIDE = 0.12
# Share of the narrower one's width that two strokes of a digit have above each other.
_ABOVE = 0.4
# A page with more pieces than these is none of digits.
_MOST = 3000


class Boxes(NamedTuple):
    """Boxes around ink, each attribute of shape (k,), half-open; area counts the ink's pixels."""

    top: Index
    left: Index
    bottom: Index
    right: Index
    area: Index

    @property
    def high(self) -> Index:
        """Rows from top to bottom."""
        return self.bottom - self.top

    @property
    def wide(self) -> Index:
        """Columns from left to right."""
        return self.right - self.left


def boxes_of(found: Components, chosen: NDArray[np.bool_]) -> Boxes:
    """The boxes of some components."""
    sides = found.top, found.left, found.bottom, found.right, found.area
    return Boxes(*(side[chosen] for side in sides))


def typical_height(boxes: Boxes) -> float:
    """The height of a digit: what half of the ink is at least as high as.

    Each box counts with the square of its longer side, so that specks do not.
    """
    return typical_size(np.maximum(boxes.high, boxes.wide))


def typical_size(sizes: Index) -> float:
    """The median of sizes, each of which counts with its square; of at least one."""
    ordered = np.sort(sizes)
    weight = (ordered**2).cumsum()
    return float(ordered[np.searchsorted(2 * weight, weight[-1])])


def find_pieces(found: Components) -> NDArray[np.bool_]:
    """Chooses the components that may be digits or parts of them.

    Args:
        found: The components of one mask.

    Returns:
        bool of shape (k,); all False where there are too many for a page of digits.
    """
    boxes = boxes_of(found, np.ones(len(found.first), np.bool_))
    if not len(boxes.area):
        return np.zeros(0, np.bool_)
    size = np.maximum(boxes.high, boxes.wide)
    typical = typical_height(boxes)
    pieces: NDArray[np.bool_] = (size >= _SPECK * typical) & (boxes.high <= _HUGE * typical)
    if np.count_nonzero(pieces) > _MOST:
        pieces[:] = False
    return pieces


def join_strokes(boxes: Boxes) -> Index:
    """Groups the strokes of each digit: the bar of a 5, what a thin pen left broken.

    A part, lower than a digit, joins what is above, below or very near to it, as long as both
    together are no larger than a digit. Where there is nothing else, so do two halves.

    Returns:
        The group of each box, numbered from 0 on.
    """
    typical = typical_height(boxes)
    count = len(boxes.area)
    sides = [[int(v) for v in side] for side in boxes[:4]]
    group = list(range(count))
    # Two halves of a single digit look like two digits, one right above the other.
    tall = boxes.high >= _PART * typical
    alone = np.count_nonzero(tall) <= 2
    parts = np.flatnonzero(~tall | alone)
    gap, part, other = _near(boxes, parts, tall, typical)
    for i in np.lexsort((other, part, gap)).tolist():
        one, two = _leader(group, int(parts[part[i]])), _leader(group, int(other[i]))
        if one == two:
            continue
        top, left = (min(sides[k][one], sides[k][two]) for k in (0, 1))
        bottom, right = (max(sides[k][one], sides[k][two]) for k in (2, 3))
        lower = min(sides[2][one] - sides[0][one], sides[2][two] - sides[0][two])
        halves = alone and tall[parts[part[i]]] and tall[other[i]]
        if lower >= _PART * typical and not halves:
            continue
        highest = max(sides[2][one] - sides[0][one], sides[2][two] - sides[0][two])
        widest = max(sides[3][one] - sides[1][one], sides[3][two] - sides[1][two])
        if bottom - top > max(_JOINED_HEIGHT * typical, highest) and not halves:
            continue
        if right - left > max(_JOINED_WIDTH * typical, widest):
            continue
        group[two] = one
        sides[0][one], sides[1][one], sides[2][one], sides[3][one] = top, left, bottom, right
    leaders = np.array([_leader(group, i) for i in range(count)], np.int64)
    numbered: Index = np.unique(leaders, return_inverse=True)[1].reshape(-1)
    return numbered


def joined_boxes(boxes: Boxes, group: Index) -> Boxes:
    """The box around each group."""
    count = int(group.max(initial=-1)) + 1
    top, left = np.full((2, count), np.iinfo(np.int64).max)
    bottom, right, area = np.zeros((3, count), np.int64)
    np.minimum.at(top, group, boxes.top)
    np.minimum.at(left, group, boxes.left)
    np.maximum.at(bottom, group, boxes.bottom)
    np.maximum.at(right, group, boxes.right)
    np.add.at(area, group, boxes.area)
    return Boxes(top, left, bottom, right, area)


def _near(
    boxes: Boxes, parts: Index, tall: NDArray[np.bool_], typical: float
) -> tuple[NDArray[np.float64], Index, Index]:
    """Pairs of a part and another box that may be strokes of one digit, with the gap between."""
    top, left, bottom, right = (side.astype(np.int32) for side in boxes[:4])
    y_gap = np.maximum(top[parts, None] - bottom, top - bottom[parts, None])
    x_gap = np.maximum(left[parts, None] - right, left - right[parts, None])
    narrower = np.minimum(boxes.wide[parts, None], boxes.wide)
    above = (-x_gap >= _ABOVE * narrower) & (y_gap <= _GAP * typical)
    beside = np.maximum(x_gap, y_gap) <= _GAP_BESIDE * typical
    near = above | beside
    halves = tall[parts, None] & tall
    near &= ~halves | (beside & (-x_gap >= _ABOVE * narrower) & (2 * -y_gap < typical))
    near[np.arange(len(parts)), parts] = False
    part, other = np.nonzero(near)
    gap = np.maximum(np.maximum(x_gap, y_gap)[part, other], 0).astype(np.float64)
    return gap, part, other


def _leader(group: list[int], i: int) -> int:
    while group[i] != i:
        group[i] = group[group[i]]
        i = group[i]
    return i
