"""Finds the lines of numbers in a picture: where they are, not what stands in them.

What the layout leaves out is lost; a rule, a frame or dirt inside of a line's box is not.
"""

import math
from bisect import insort
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.lines.ink import MIN_INK_LEVEL, page_ink, reduce_page
from edgedigit.lines.pieces import join_strokes, pieces_of
from edgedigit.lines.ruled_lines import without_rules
from edgedigit.normalize import Ink
from edgedigit.raster.components import Boxes, Index, find_components
from edgedigit.raster.histograms import median
from edgedigit.raster.resampling import block_averages

# More is noise or a photograph, or no page of digits.
_MAX_RUNS = 400_000
_MAX_PIECES = 3000
# Boxes of digits hardly overlap: more pixels in all, in pictures, are of a hatching perhaps.
_MAX_BOXES_PICTURES = 4

_MIN_CLEAR_INK_SHARE = 0.95
# Digits of this height are found as well in a picture that is reduced to about so many pixels.
_COARSE_PIXELS = 1 << 16
_MIN_COARSE_HEIGHT_PIXELS = 32

# Heights are those of a digit.
_MIN_BODY_HEIGHTS = 0.45
_MIN_SINGLE_HEIGHTS = 0.6
_SMALLER_DISTANCE_HEIGHTS = 0.25
_MIN_SMALLER_PIXELS = 6
# More is a texture, or small print.
_MAX_SMALLER_PIECES, _MAX_SMALLER_LINES = 30, 16
_MAX_BAR_WIDTH_HEIGHTS = 0.25
_MIN_FLAT_WIDTH_HEIGHTS = 2.5
_MAX_FLAT_THICKNESS_HEIGHTS = 0.2
_MAX_DOUBTFUL_PIECES = 3
_MIN_SIDE_PIXELS = 3
_SIDE_HEIGHTS = 0.15
_MIN_SIDE_CONTRAST_SHARE = 0.3
_MIN_LINE_OVERLAP_SHARE = 0.4
_MIN_NEIGHBOUR_HEIGHTS = 0.3
_MAX_NEIGHBOUR_HEIGHTS = 5.0
_MAX_PAGE_SLOPE = 0.2
_MAX_NEIGHBOURS = 1000
_MAX_GAP_END_HEIGHTS = 2.0
_MIN_END_OVERLAP_SHARE = 0.25
_MIN_INNER_SIDE_SHARE = 0.6
# Of a line of few digits the slope is left at 0: its digits may as well stand unevenly.
_SLOPE_PRIOR_SQUARED_HEIGHTS = 4.0
_MAX_MARK_GAP_HEIGHTS = 1.5
_MAX_MARK_ABOVE_HEIGHTS = 0.2
_MAX_MARK_BELOW_HEIGHTS = 0.4


class Line(NamedTuple):
    """A line of digits and marks.

    Attributes:
        left: The first column of its ink, in pixels of the picture, without a margin.
        top: The first row.
        right: The column after the last.
        bottom: The row after the last.
        slope: Rows down for each column to the right.
        pieces: Connected pieces of ink of about a digit's size, from left to right, in pixels of
            the working picture.
    """

    left: int
    top: int
    right: int
    bottom: int
    slope: float
    pieces: Boxes


class Layout(NamedTuple):
    """The lines of a picture.

    Attributes:
        scale: Pixels of the original along a side of each pixel of the working picture.
        ink: uint8 of shape (height, width), the working picture's ink, bright on 0.
        is_dark: Whether ink is darker than the paper.
        lines: From top to bottom.
    """

    scale: int
    ink: NDArray[np.uint8]
    is_dark: bool
    lines: list[Line]


def find_layout(grey: NDArray[np.uint8], ink: Ink = "auto") -> Layout:
    """Finds the lines of a picture.

    Args:
        grey: uint8 of shape (height, width).
        ink: "dark" or "light": how the ink is, compared to the paper; "auto" finds out.

    Returns:
        The lines; none for a blank picture, and for one that is no page of digits.
    """
    picture, scale = reduce_page(grey)
    block = math.isqrt(max(picture.size - 1, 0) // _COARSE_PIXELS) + 1
    if 1 < block <= min(picture.shape):
        coarse = block_averages(picture[None], block)[0]
        inks, is_dark = page_ink(coarse, ink)
        lines, share = _lines(coarse, inks)
        lowest = min((median(line.pieces.height) for line in lines), default=0.0)
        if lowest >= _MIN_COARSE_HEIGHT_PIXELS and share >= _MIN_CLEAR_INK_SHARE:
            return _layout(scale * block, inks, is_dark, lines, grey)
    inks, is_dark = page_ink(picture, ink)
    lines, share = _lines(picture, inks)
    if share < _MIN_CLEAR_INK_SHARE:
        # What else there is may be a dark thing or a hard shadow, and lines may be lost in it.
        further, dark = page_ink(picture, ink, has_objects=True)
        more, further_share = _lines(picture, further)
        if further_share > share:
            inks, is_dark, lines = further, dark, more
    return _layout(scale, inks, is_dark, lines, grey)


def _layout(
    scale: int, ink: NDArray[np.uint8], is_dark: bool, lines: list[Line], grey: NDArray[np.uint8]
) -> Layout:
    """The layout of a picture by the lines of its working picture."""
    return Layout(scale, ink, is_dark, [_scaled(line, scale, grey.shape) for line in lines])


def smaller_lines(layout: Layout, shape: tuple[int, ...]) -> Layout:
    """What may be lines too, with digits less than half as high as those of a layout; or dirt.

    Args:
        layout: Of a picture.
        shape: The picture's, (height, width).

    Returns:
        The same layout, with those lines in place of its own.
    """
    if not layout.lines:
        return layout
    rest, scale = layout.ink.copy(), layout.scale
    heights = [median(line.pieces.height) for line in layout.lines]
    for line, height in zip(layout.lines, heights, strict=True):
        around = round(_SMALLER_DISTANCE_HEIGHTS * height)
        top, bottom = line.top // scale - around, -(-line.bottom // scale) + around
        left, right = line.left // scale - around, -(-line.right // scale) + around
        rest[max(top, 0) : bottom, max(left, 0) : right] = 0
    highest = _MIN_BODY_HEIGHTS * min(heights)
    found = [_scaled(line, scale, shape) for line in _lines(None, rest)[0]]
    smaller = [
        line
        for line in found
        if 1 < len(line.pieces.area) <= _MAX_SMALLER_PIECES
        and _MIN_SMALLER_PIXELS <= median(line.pieces.height) < highest
        # What goes around a line is a row of cells.
        and not any(_overlap(line, own) for own in layout.lines)
    ]
    return layout._replace(lines=smaller[:_MAX_SMALLER_LINES])


def _overlap(one: Line, other: Line) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    return across > 0 and min(one.bottom, other.bottom) > max(one.top, other.top)


def _scaled(line: Line, scale: int, shape: tuple[int, ...]) -> Line:
    """A line of the working picture, in pixels of the original one."""
    return line._replace(
        left=line.left * scale,
        top=line.top * scale,
        right=min(line.right * scale, shape[1]),
        bottom=min(line.bottom * scale, shape[0]),
    )


def _lines(picture: NDArray[np.uint8] | None, inks: NDArray[np.uint8]) -> tuple[list[Line], float]:
    """The lines of the ink of a working picture, and which share of the ink they hold.

    Where there is no ink or far too much, it is no use to look for more, and the share is 1.

    Args:
        picture: The working picture, uint8 of shape (height, width); None where nothing is known of
            what lies beside the ink.
        inks: Its ink, of the same shape, bright on 0.
    """
    seen = inks >= MIN_INK_LEVEL
    if not seen.any() or np.count_nonzero(seen[:, 1:] & ~seen[:, :-1]) > _MAX_RUNS:
        return [], 1.0
    found = without_rules(inks, find_components(seen[None]), MIN_INK_LEVEL)
    every = pieces_of(found)
    height = every.digit_height()
    kept = every.may_be_ink(height)
    if np.count_nonzero(kept) > _MAX_PIECES:
        return [], 1.0
    if not kept.any():
        return [], 0.0
    boxes = every.boxes.only(kept)
    group = join_strokes(boxes, height)
    pieces = boxes.joined(group, int(group.max()) + 1)
    edge = np.bincount(group[every.edge[kept]], minlength=len(pieces.area)) > 0
    if int((pieces.height * pieces.width).sum()) > _MAX_BOXES_PICTURES * seen.size:
        return [], 0.0
    high = pieces.height >= _MIN_BODY_HEIGHTS * height
    high &= ~_flat(pieces, height)
    bodies, marks = np.flatnonzero(high), np.flatnonzero(~high)
    lines = [bodies[line] for line in find_lines(pieces.only(bodies), height)]
    # What lies along the border is an edge, a bar that the border cuts off is a piece of a rule,
    # and what is low and alone is dirt, unless there is nothing else.
    cut = (pieces.top == 0) | (pieces.bottom == len(inks))
    edge |= cut & (pieces.width < _MAX_BAR_WIDTH_HEIGHTS * height)
    low = pieces.height < _MIN_SINGLE_HEIGHTS * height
    lines = [
        line for line in lines if not (edge[line].all() or (low[line[0]] and len(line) == 1))
    ] or lines
    slopes = [line_slope(pieces.only(line), height) for line in lines]
    whole = _with_marks(pieces, lines, slopes, marks)
    found_lines = [
        _line(pieces.only(members[pieces.left[members].argsort(kind="stable")]), slope)
        for members, slope in zip(whole, slopes, strict=True)
    ]
    found_lines = [
        line
        for line in found_lines
        if picture is None
        or len(line.pieces.area) > _MAX_DOUBTFUL_PIECES
        or _stands_free(line, picture, inks)
    ] or found_lines
    ink = sum(int(line.pieces.area.sum()) for line in found_lines)
    return found_lines, ink / int(every.boxes.area.sum())


def _flat(pieces: Boxes, height: float) -> NDArray[np.bool_]:
    """Which pieces are long and thin, though they may slope: pieces of rules."""
    flat: NDArray[np.bool_] = pieces.width >= _MIN_FLAT_WIDTH_HEIGHTS * height
    flat &= pieces.height < height
    return flat & (pieces.area <= _MAX_FLAT_THICKNESS_HEIGHTS * height * pieces.width)


def _stands_free(line: Line, picture: NDArray[np.uint8], inks: NDArray[np.uint8]) -> bool:
    """Whether there is paper on all sides of a line, as far as the picture shows them.

    The corner of a dark thing may look like ink, but on one side there is more of the same.

    Args:
        line: A line of the working picture.
        picture: This picture, uint8 of shape (height, width).
        inks: Its ink, of the same shape.
    """
    left, top, right, bottom = line[:4]
    margin = max(_MIN_SIDE_PIXELS, round(_SIDE_HEIGHTS * (bottom - top)))
    inside = picture[top:bottom, left:right]
    ink = float(inside[inks[top:bottom, left:right] >= MIN_INK_LEVEL].mean())
    sides = (
        picture[max(top - margin, 0) : top, left:right],
        picture[bottom : bottom + margin, left:right],
        picture[top:bottom, max(left - margin, 0) : left],
        picture[top:bottom, right : right + margin],
    )
    contrasts = [float(side.mean()) - ink for side in sides if side.size]
    if not contrasts:
        return True
    clearest = max(contrasts, key=abs)
    lowest = min(contrast * np.sign(clearest) for contrast in contrasts)
    return bool(clearest and lowest >= _MIN_SIDE_CONTRAST_SHARE * abs(clearest))


def _line(pieces: Boxes, slope: float) -> Line:
    """The line that some pieces, from left to right, are."""
    left, top = int(pieces.left.min()), int(pieces.top.min())
    return Line(left, top, int(pieces.right.max()), int(pieces.bottom.max()), slope, pieces)


def find_lines(boxes: Boxes, height: float) -> list[Index]:
    """Groups digits into lines.

    Lines may slope, all alike; digits of a line need not stand on one level.

    Args:
        boxes: Of the digits.
        height: Of a digit.

    Returns:
        The numbers of the boxes of each line from left to right, the lines from top to bottom.
    """
    shift = np.rint(_page_slope(boxes, height) * (boxes.left + boxes.right) / 2).astype(np.int64)
    top, bottom = boxes.top - shift, boxes.bottom - shift
    # The highest first, because they span their line and low ones may lie above or below it.
    order = np.argsort(top - bottom, kind="stable")
    lines: list[list[int]] = []
    levels: list[tuple[list[int], list[int]]] = []  # where their boxes begin and end, in order
    tops, bottoms = np.zeros((2, len(top)), np.int64)  # of each line; there may be thousands
    for i in order.tolist():
        own_top, own_bottom = int(top[i]), int(bottom[i])
        count = len(lines)
        shared = np.minimum(own_bottom, bottoms[:count]) - np.maximum(own_top, tops[:count])
        best = int(shared.argmax()) if count else 0
        if count and shared[best] >= max(1, _MIN_LINE_OVERLAP_SHARE * (own_bottom - own_top)):
            lines[best].append(i)
            # The median of what is in the line, so that no digit that hangs low widens it.
            insort(levels[best][0], own_top)
            insort(levels[best][1], own_bottom)
            tops[best], bottoms[best] = map(_median, levels[best])
        else:
            lines.append([i])
            levels.append(([own_top], [own_bottom]))
            tops[count], bottoms[count] = own_top, own_bottom
    found = [np.array(sorted(line, key=lambda i: int(boxes.left[i]))) for line in lines]
    found = _merged(boxes, _chained(boxes, found, height), top, bottom)
    return sorted(found, key=lambda line: median(top[line] + bottom[line]))


def _median(ordered: list[int]) -> int:
    """The median, towards 0 where it lies between two."""
    middle = len(ordered) // 2
    return int((ordered[~middle] + ordered[middle]) / 2)


def _chained(boxes: Boxes, lines: list[Index], height: float) -> list[Index]:
    """Lines, with those joined of which one begins beside where the other one ends."""
    lines = sorted(lines, key=lambda line: int(boxes.left[line[0]]))
    joined: list[Index] = []
    ends = np.zeros(len(lines), np.int64)  # the last box of each of them
    for line in lines:
        first, last = line[0], ends[: len(joined)]
        gap = boxes.left[first] - boxes.right[last]
        shared = np.minimum(boxes.bottom[first], boxes.bottom[last]) - np.maximum(
            boxes.top[first], boxes.top[last]
        )
        lower = np.minimum(boxes.height[first], boxes.height[last])
        fits = (-height / 2 <= gap) & (gap <= _MAX_GAP_END_HEIGHTS * height)
        fits &= shared >= _MIN_END_OVERLAP_SHARE * lower
        if fits.any():
            k = int(fits.argmax())
            joined[k] = np.concatenate([joined[k], line])
        else:
            k = len(joined)
            joined.append(line)
        ends[k] = joined[k][boxes.right[joined[k]].argmax()]
    return joined


def _merged(boxes: Boxes, lines: list[Index], top: Index, bottom: Index) -> list[Index]:
    """Lines, with those joined to another one that lie for the most part within its box.

    Args:
        boxes: Of the digits.
        lines: The numbers of the boxes of each line.
        top: The top of each box, with the slope of the page taken out.
        bottom: Likewise.
    """
    merged: list[Index] = []
    tops, bottoms, lefts, rights = np.zeros((4, len(lines)), np.int64)  # of each of them
    for line in sorted(lines, key=lambda line: -int(boxes.height[line].sum())):
        count = len(merged)
        own_top, own_bottom = top[line].min(), bottom[line].max()
        own_left, own_right = boxes.left[line].min(), boxes.right[line].max()
        high = np.minimum(own_bottom, bottoms[:count]) - np.maximum(own_top, tops[:count])
        wide = np.minimum(own_right, rights[:count]) - np.maximum(own_left, lefts[:count])
        fits = high >= _MIN_INNER_SIDE_SHARE * (own_bottom - own_top)
        fits &= wide >= _MIN_INNER_SIDE_SHARE * (own_right - own_left)
        if fits.any():
            k = int(fits.argmax())
            merged[k] = np.concatenate([merged[k], line])
            tops[k], bottoms[k] = min(own_top, tops[k]), max(own_bottom, bottoms[k])
            lefts[k], rights[k] = min(own_left, lefts[k]), max(own_right, rights[k])
        else:
            merged.append(line)
            tops[count], bottoms[count] = own_top, own_bottom
            lefts[count], rights[count] = own_left, own_right
    return merged


def _page_slope(boxes: Boxes, height: float) -> float:
    """The slope of the lines, rows per column: the median over neighbours."""
    tall = np.flatnonzero(2 * boxes.height >= height)[:_MAX_NEIGHBOURS]
    x = (boxes.left + boxes.right)[tall] / 2
    y = (boxes.top + boxes.bottom)[tall] / 2
    across = x - x[:, None]
    down = y - y[:, None]
    near = (across > _MIN_NEIGHBOUR_HEIGHTS * height) & (np.abs(down) <= height / 2)
    near &= across <= _MAX_NEIGHBOUR_HEIGHTS * height
    if not near.any():
        return 0.0
    steep = median(down[near] / across[near])
    return steep if abs(steep) <= _MAX_PAGE_SLOPE else 0.0


def line_slope(boxes: Boxes, height: float) -> float:
    """The slope of a line, rows per column: least squares over the middles of its digits."""
    x, y = (boxes.left + boxes.right) / 2, (boxes.top + boxes.bottom) / 2
    across = x - x.mean()
    prior = _SLOPE_PRIOR_SQUARED_HEIGHTS * height * height
    return float((across * (y - y.mean())).sum() / ((across * across).sum() + prior))


def _with_marks(
    pieces: Boxes, lines: list[Index], slopes: list[float], marks: Index
) -> list[Index]:
    """The lines with the marks that stand in them or near their ends."""
    gaps = np.full((len(lines), len(marks)), np.inf)
    x, y = (pieces.left + pieces.right)[marks] / 2, (pieces.top + pieces.bottom)[marks] / 2
    for row, line, slope in zip(gaps, lines, slopes, strict=True):
        shift = slope * (pieces.left + pieces.right)[line] / 2
        top, bottom = median(pieces.top[line] - shift), median(pieces.bottom[line] - shift)
        high = bottom - top
        level = y - slope * x
        beside = (level >= top - _MAX_MARK_ABOVE_HEIGHTS * high) & (
            level <= bottom + _MAX_MARK_BELOW_HEIGHTS * high
        )
        left, right = pieces.left[line].min(), pieces.right[line].max()
        order = np.argsort(np.abs(x - (left + right) / 2), kind="stable")
        for i in order[beside[order]].tolist():
            gap = max(left - pieces.right[marks[i]], pieces.left[marks[i]] - right, 0)
            if gap > _MAX_MARK_GAP_HEIGHTS * high:
                continue
            row[i] = gap + abs(level[i] - (top + bottom) / 2)
            left = min(left, pieces.left[marks[i]])
            right = max(right, pieces.right[marks[i]])
    if not len(lines):
        return lines
    nearest = np.where(np.isfinite(gaps).any(axis=0), gaps.argmin(axis=0), -1)
    return [np.concatenate([line, marks[nearest == k]]) for k, line in enumerate(lines)]
