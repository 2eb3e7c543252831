"""Pieces of ink that may be digits or parts of them, and how high a digit is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Boxes, Components, Index
from edgedigit.raster.histograms import typical_size

# Strokes are narrow; dark things, dots and dashes are not.
_MAX_STROKE_HEIGHTS = 0.5
_MIN_EDGE_CONTACT_SIDES = 0.5
_MIN_FRAMED_HEIGHT_SHARE = 0.3
_MAX_FRAME_INK_SHARE = 0.33
_MAX_FRAMES = 200

# Heights are those of a digit.
_MIN_PIECE_HEIGHTS = 0.1
_MAX_PIECE_HEIGHTS = 2.5
_MAX_FRAME_HEIGHTS = 1.4
_MAX_SOLID_HEIGHTS = 0.8
_MIN_CUT_HEIGHTS = 0.7
_MAX_SPECK_HEIGHTS = 0.5
_MIN_DIGIT_HEIGHTS = 0.6
_MAX_JOINED_HEIGHTS = 1.3
_MAX_JOINED_WIDTH_HEIGHTS = 1.4
_MAX_GAP_ABOVE_HEIGHTS = 0.3
_MAX_GAP_BESIDE_HEIGHTS = 0.12
_MIN_ABOVE_WIDTH_SHARE = 0.4


class Pieces(NamedTuple):
    """Connected pieces of ink; each array but the boxes is of shape (k,).

    Attributes:
        boxes: Where they are.
        stroke_width: The mean length of their runs in rows, in pixels.
        slim: Whether they may consist of strokes, as digits do, and dark things don't.
        edge: Whether they lie along the border of the picture, as the edge of a table does.
        frame: Whether they go around others, with little ink of their own.
    """

    boxes: Boxes
    stroke_width: NDArray[np.float64]
    slim: NDArray[np.bool_]
    edge: NDArray[np.bool_]
    frame: NDArray[np.bool_]

    def digit_height(self) -> float:
        """The height of a digit: what half of the ink is at least as high as; 0 without ink.

        Each piece counts with the square of its height, so that specks do not.
        """
        slim, edge, frame = self.slim, self.edge, self.frame
        for likely in (slim & ~edge & ~frame, slim & ~frame, slim, np.ones_like(slim)):
            if likely.any():
                return typical_size(self.boxes.height[likely])
        return 0.0

    def may_be_ink(self, height: float) -> NDArray[np.bool_]:
        """Which pieces may be digits of a height, marks or parts of them."""
        boxes, size = self.boxes, np.maximum(self.boxes.height, self.boxes.width)
        kept: NDArray[np.bool_] = size >= _MIN_PIECE_HEIGHTS * height
        kept &= (
            boxes.height <= np.where(self.frame, _MAX_FRAME_HEIGHTS, _MAX_PIECE_HEIGHTS) * height
        )
        kept &= np.minimum(self.stroke_width, boxes.height) <= _MAX_SOLID_HEIGHTS * height
        cut = self.slim & (boxes.height >= _MIN_CUT_HEIGHTS * height)
        kept &= ~self.edge | cut | (size < _MAX_SPECK_HEIGHTS * height)
        return kept


def pieces_of(found: Components) -> Pieces:
    """What the components of a mask look like."""
    boxes = found.boxes()
    stroke_width = boxes.area / np.bincount(found.owner, minlength=len(boxes.area))
    side = np.maximum(boxes.height, boxes.width)
    return Pieces(
        boxes,
        stroke_width,
        slim=stroke_width <= _MAX_STROKE_HEIGHTS * boxes.height,
        edge=_border_contact(found) >= _MIN_EDGE_CONTACT_SIDES * side,
        frame=_frames(boxes),
    )


def _border_contact(found: Components) -> Index:
    """How many pixels of the picture's border each component lies on."""
    _, height, width = found.shape
    lengths = found.ends - found.starts
    contact = (found.columns == 0).astype(np.int64) + (found.columns + lengths == width)
    contact += np.where((found.rows == 0) | (found.rows == height - 1), lengths, 0)
    total: Index = np.bincount(found.owner, contact, len(found.first)).astype(np.int64)
    return total


def _frames(boxes: Boxes) -> NDArray[np.bool_]:
    """Which boxes go around another one of some height, with little ink of their own."""
    frames = np.zeros(len(boxes.area), np.bool_)
    hollow = np.flatnonzero(boxes.area < _MAX_FRAME_INK_SHARE * boxes.height * boxes.width)
    largest_first = hollow[np.argsort(-(boxes.height * boxes.width)[hollow], kind="stable")]
    for i in largest_first[:_MAX_FRAMES].tolist():
        inside = (boxes.top > boxes.top[i]) & (boxes.bottom < boxes.bottom[i])
        inside &= (boxes.left > boxes.left[i]) & (boxes.right < boxes.right[i])
        frames[i] = (inside & (boxes.height >= _MIN_FRAMED_HEIGHT_SHARE * boxes.height[i])).any()
    return frames


def join_strokes(boxes: Boxes, height: float) -> Index:
    """Groups the strokes of each digit: the bar of a 5, what a thin pen left broken.

    A part, lower than a digit, joins what is above, below or very near to it, as long as both
    together are no larger than a digit.

    Args:
        boxes: Of the pieces.
        height: Of a digit.

    Returns:
        The group of each box, numbered from 0 on.
    """
    count = len(boxes.area)
    tops, lefts = boxes.top.tolist(), boxes.left.tolist()
    bottoms, rights = boxes.bottom.tolist(), boxes.right.tolist()
    group = list(range(count))
    parts = np.flatnonzero(boxes.height < _MIN_DIGIT_HEIGHTS * height)
    gap, part, other = _near(boxes, parts, height)
    for i in np.lexsort((other, part, gap)).tolist():
        one, two = _leader(group, int(parts[part[i]])), _leader(group, int(other[i]))
        if one == two:
            continue
        top, left = min(tops[one], tops[two]), min(lefts[one], lefts[two])
        bottom, right = max(bottoms[one], bottoms[two]), max(rights[one], rights[two])
        heights = bottoms[one] - tops[one], bottoms[two] - tops[two]
        if min(heights) >= _MIN_DIGIT_HEIGHTS * height:
            continue
        widest = max(rights[one] - lefts[one], rights[two] - lefts[two])
        if bottom - top > max(_MAX_JOINED_HEIGHTS * height, *heights):
            continue
        if right - left > max(_MAX_JOINED_WIDTH_HEIGHTS * height, widest):
            continue
        group[two] = one
        tops[one], lefts[one], bottoms[one], rights[one] = top, left, bottom, right
    leaders = np.array([_leader(group, i) for i in range(count)], np.int64)
    numbered: Index = np.unique(leaders, return_inverse=True)[1].reshape(-1)
    return numbered


def _near(boxes: Boxes, parts: Index, height: float) -> tuple[NDArray[np.float64], Index, Index]:
    """Pairs of a part and another box that may be strokes of one digit, with the gap between."""
    sides = boxes.top, boxes.left, boxes.bottom, boxes.right
    top, left, bottom, right = (side.astype(np.int32) for side in sides)
    y_gap = np.maximum(top[parts, None] - bottom, top - bottom[parts, None])
    x_gap = np.maximum(left[parts, None] - right, left - right[parts, None])
    narrower = np.minimum(boxes.width[parts, None], boxes.width)
    overlap = -x_gap >= _MIN_ABOVE_WIDTH_SHARE * narrower
    above = overlap & (y_gap <= _MAX_GAP_ABOVE_HEIGHTS * height)
    near = above | (np.maximum(x_gap, y_gap) <= _MAX_GAP_BESIDE_HEIGHTS * height)
    near[np.arange(len(parts)), parts] = False
    part, other = np.nonzero(near)
    gap = np.maximum(np.maximum(x_gap, y_gap)[part, other], 0).astype(np.float64)
    return gap, part, other


def _leader(group: list[int], i: int) -> int:
    """The box that stands for the group of another one."""
    while group[i] != i:
        group[i] = group[group[i]]
        i = group[i]
    return i
