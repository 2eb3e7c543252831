"""Finds the digits of a picture: its ink in pieces of a digit's size, line by line."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import Ink
from edgedigit.raster.components import Boxes, Components, Index, find_components
from edgedigit.raster.histograms import typical_size
from edgedigit.raster.morphology import dilated
from edgedigit.reading.ink import page_ink, reduce_page
from edgedigit.reading.ruled_lines import remove_page_rules

MIN_INK_LEVEL = 64
"""The faintest ink that counts; fainter one is soft edges."""

_SOFT_EDGE_PIXELS = 2
# More is noise or a photograph, or no page of digits.
_MAX_RUNS = 400_000
_MAX_PIECES = 3000
# Boxes of digits hardly overlap: more pixels in all, in pictures, are of a hatching perhaps.
_MAX_BOXES_PICTURES = 4

# Heights are those of a digit.
_MIN_PIECE_HEIGHTS = 0.1
_MAX_PIECE_HEIGHTS = 4.0
_MIN_DIGIT_HEIGHTS = 0.6
_MAX_JOINED_HEIGHTS = 1.3
_MAX_JOINED_WIDTH_HEIGHTS = 1.4
_MAX_GAP_ABOVE_HEIGHTS = 0.3
_MAX_GAP_BESIDE_HEIGHTS = 0.12
_MIN_ABOVE_WIDTH_SHARE = 0.4

_MIN_LINE_OVERLAP_SHARE = 0.4
_MIN_NEIGHBOUR_HEIGHTS = 0.3
_MAX_NEIGHBOUR_HEIGHTS = 5.0
_MAX_LINE_SLOPE = 0.1
_MIN_LINE_HEIGHT_SHARE = 0.4
_MIN_PAGE_HEIGHT_SHARE = 0.33


class Blob(NamedTuple):
    """One piece of ink: a digit, a part of one, or several that touch.

    Attributes:
        top: First row, in pixels of the working picture.
        left: First column.
        bottom: The row after the last.
        right: The column after the last.
        ink: uint8 of shape (bottom - top, right - left): this blob's pixels alone, bright on 0.
    """

    top: int
    left: int
    bottom: int
    right: int
    ink: NDArray[np.uint8]


class Layout(NamedTuple):
    """The digits of a picture in lines.

    Attributes:
        scale: Pixels of the original along a side of each pixel of the working picture.
        lines: From top to bottom; the blobs of each from left to right.
    """

    scale: int
    lines: list[list[Blob]]


def find_layout(grey: NDArray[np.uint8], ink: Ink = "auto") -> Layout:
    """Finds the digits of a picture.

    Args:
        grey: uint8 of shape (height, width).
        ink: "dark" or "light": how the ink is, compared to the paper; "auto" finds out.

    Returns:
        The blobs in lines; none for a blank picture, and for one that is no page of digits.
    """
    picture, scale = reduce_page(grey)
    inks = page_ink(picture, ink)
    seen = inks >= MIN_INK_LEVEL
    if np.count_nonzero(seen[:, 1:] & ~seen[:, :-1]) > _MAX_RUNS:
        return Layout(scale, [])
    inks = remove_page_rules(inks, MIN_INK_LEVEL)
    found = find_components((inks >= MIN_INK_LEVEL)[None])
    boxes = found.boxes()
    pieces = find_pieces(boxes)
    if not pieces.any():
        return Layout(scale, [])
    boxes = boxes.only(pieces)
    group = join_strokes(boxes)
    digits = boxes.joined(group, int(group.max()) + 1)
    if int((digits.height * digits.width).sum()) > _MAX_BOXES_PICTURES * inks.size:
        return Layout(scale, [])
    lines = [without_punctuation(digits, line) for line in find_lines(digits)]
    blobs = _cut_out(inks, found, np.flatnonzero(pieces), group)
    return Layout(scale, [[blobs[i] for i in line] for line in lines if len(line)])


def typical_height(boxes: Boxes) -> float:
    """The height of a digit: what half of the ink is at least as high as.

    Each box counts with the square of its longer side, so that specks do not.
    """
    return typical_size(np.maximum(boxes.height, boxes.width))


def find_pieces(boxes: Boxes) -> NDArray[np.bool_]:
    """Which components may be digits or parts of them.

    Returns:
        bool of shape (k,); all False where there are too many for a page of digits.
    """
    if not len(boxes.area):
        return np.zeros(0, np.bool_)
    size = np.maximum(boxes.height, boxes.width)
    typical = typical_height(boxes)
    pieces: NDArray[np.bool_] = size >= _MIN_PIECE_HEIGHTS * typical
    pieces &= boxes.height <= _MAX_PIECE_HEIGHTS * typical
    if np.count_nonzero(pieces) > _MAX_PIECES:
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
    tops, lefts = boxes.top.tolist(), boxes.left.tolist()
    bottoms, rights = boxes.bottom.tolist(), boxes.right.tolist()
    group = list(range(count))
    # Two halves of a single digit look like two digits, one right above the other.
    tall = boxes.height >= _MIN_DIGIT_HEIGHTS * typical
    alone = np.count_nonzero(tall) <= 2
    parts = np.flatnonzero(~tall | alone)
    gap, part, other = _near(boxes, parts, tall, typical)
    for i in np.lexsort((other, part, gap)).tolist():
        one, two = _leader(group, int(parts[part[i]])), _leader(group, int(other[i]))
        if one == two:
            continue
        top, left = min(tops[one], tops[two]), min(lefts[one], lefts[two])
        bottom, right = max(bottoms[one], bottoms[two]), max(rights[one], rights[two])
        heights = bottoms[one] - tops[one], bottoms[two] - tops[two]
        halves = alone and tall[parts[part[i]]] and tall[other[i]]
        if min(heights) >= _MIN_DIGIT_HEIGHTS * typical and not halves:
            continue
        widest = max(rights[one] - lefts[one], rights[two] - lefts[two])
        if bottom - top > max(_MAX_JOINED_HEIGHTS * typical, *heights) and not halves:
            continue
        if right - left > max(_MAX_JOINED_WIDTH_HEIGHTS * typical, widest):
            continue
        group[two] = one
        tops[one], lefts[one], bottoms[one], rights[one] = top, left, bottom, right
    leaders = np.array([_leader(group, i) for i in range(count)], np.int64)
    numbered: Index = np.unique(leaders, return_inverse=True)[1].reshape(-1)
    return numbered


def _near(
    boxes: Boxes, parts: Index, tall: NDArray[np.bool_], typical: float
) -> tuple[NDArray[np.float64], Index, Index]:
    """Pairs of a part and another box that may be strokes of one digit, with the gap between."""
    sides = boxes.top, boxes.left, boxes.bottom, boxes.right
    top, left, bottom, right = (side.astype(np.int32) for side in sides)
    y_gap = np.maximum(top[parts, None] - bottom, top - bottom[parts, None])
    x_gap = np.maximum(left[parts, None] - right, left - right[parts, None])
    narrower = np.minimum(boxes.width[parts, None], boxes.width)
    overlap = -x_gap >= _MIN_ABOVE_WIDTH_SHARE * narrower
    above = overlap & (y_gap <= _MAX_GAP_ABOVE_HEIGHTS * typical)
    beside = np.maximum(x_gap, y_gap) <= _MAX_GAP_BESIDE_HEIGHTS * typical
    near = above | beside
    halves = tall[parts, None] & tall
    near &= ~halves | (beside & overlap & (2 * -y_gap < typical))
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


def find_lines(boxes: Boxes) -> list[Index]:
    """Groups boxes into lines.

    Lines may slope, all alike; digits of a line need not stand on one level.

    Returns:
        Indices of the boxes of each line from left to right, the lines from top to bottom.
    """
    if not len(boxes.area):
        return []
    shift = np.rint(slope(boxes) * (boxes.left + boxes.right) / 2).astype(np.int64)
    top, bottom = boxes.top - shift, boxes.bottom - shift
    # The highest first, because they span their line and low ones may lie above or below it.
    order = np.argsort(top - bottom, kind="stable")
    lines: list[list[int]] = []
    tops: list[int] = []
    bottoms: list[int] = []
    for i in order.tolist():
        own_top, own_bottom = int(top[i]), int(bottom[i])
        best, most = -1, 0.0
        for line in range(len(lines)):
            shared = min(own_bottom, bottoms[line]) - max(own_top, tops[line])
            if shared > most:
                best, most = line, shared
        if best >= 0 and most >= _MIN_LINE_OVERLAP_SHARE * (own_bottom - own_top):
            lines[best].append(i)
            # The average of what is in the line, so that no digit that hangs low widens it.
            members = np.array(lines[best])
            tops[best] = int(np.median(top[members]))
            bottoms[best] = int(np.median(bottom[members]))
        else:
            lines.append([i])
            tops.append(own_top)
            bottoms.append(own_bottom)
    from_top = sorted(range(len(lines)), key=lambda line: tops[line] + bottoms[line])
    return [
        np.array(sorted(lines[k], key=lambda i: int(boxes.left[i] + boxes.right[i])))
        for k in from_top
    ]


def slope(boxes: Boxes) -> float:
    """The slope of the lines, rows per column: the median over neighbours."""
    typical = typical_height(boxes)
    tall = np.flatnonzero(2 * boxes.height >= typical)
    x = (boxes.left + boxes.right)[tall] / 2
    y = (boxes.top + boxes.bottom)[tall] / 2
    across = x - x[:, None]
    down = y - y[:, None]
    near = (across > _MIN_NEIGHBOUR_HEIGHTS * typical) & (np.abs(down) <= typical / 2)
    near &= across <= _MAX_NEIGHBOUR_HEIGHTS * typical
    if not near.any():
        return 0.0
    steep = float(np.median(down[near] / across[near]))
    return steep if abs(steep) <= _MAX_LINE_SLOPE else 0.0


def without_punctuation(boxes: Boxes, line: Index) -> Index:
    """A line without dots, commas and dashes, which are lower than its and the page's digits."""
    high = boxes.height[line]
    largest = np.partition(high, len(high) // 2)[len(high) // 2]
    lowest = max(_MIN_LINE_HEIGHT_SHARE * largest, _MIN_PAGE_HEIGHT_SHARE * typical_height(boxes))
    kept: Index = line[high >= lowest]
    return kept


def _cut_out(inks: NDArray[np.uint8], found: Components, chosen: Index, group: Index) -> list[Blob]:
    """Makes a blob of each group of components.

    Args:
        inks: uint8 of shape (height, width), bright ink on 0.
        found: The components of its ink.
        chosen: Which of them are used.
        group: The blob that each of these belongs to, numbered from 0 on.
    """
    height, width = inks.shape
    blob_of = np.full(len(found.first) + 1, -1)
    blob_of[chosen] = group
    of_run = blob_of[found.owner]
    order = np.argsort(of_run, kind="stable")
    order = order[np.searchsorted(of_run[order], 0) :]
    rows, first = found.rows[order], found.columns[order]
    last = first + (found.ends - found.starts)[order]
    ends = np.searchsorted(of_run[order], np.arange(group.max(initial=-1) + 1), "right").tolist()
    blobs = []
    start = 0
    soft = _SOFT_EDGE_PIXELS
    for end in ends:
        y, x, x_end = rows[start:end], first[start:end], last[start:end]
        start = end
        top, left = max(int(y.min()) - soft, 0), max(int(x.min()) - soft, 0)
        bottom = min(int(y.max()) + 1 + soft, height)
        right = min(int(x_end.max()) + soft, width)
        edges = np.zeros((bottom - top, right - left + 1), np.int8)
        edges[y - top, x - left] = 1
        edges[y - top, x_end - left] = -1
        own = edges.cumsum(axis=1, dtype=np.int8)[:, :-1].astype(np.bool_)
        around = inks[top:bottom, left:right]
        # Ink fainter than the level counts where it may be a soft edge.
        near = dilated(own[None], soft, soft)[0] & (own | (around < MIN_INK_LEVEL))
        blobs.append(Blob(top, left, bottom, right, around * near))
    return blobs
