"""The digit among a picture's ink: specks, neighbours and the paper's end are left out."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.part import InkMasks, Part, ink_masks, soft_edge
from edgedigit.raster.bit_masks import BitMask, bit_masks
from edgedigit.raster.components import Boxes, Components, Index, find_components
from edgedigit.raster.histograms import median
from edgedigit.raster.morphology import dilated

# Shares of the digit's area.
_MIN_PART_AREA_SHARE = 0.005
_MAX_SMALL_PART_AREA_SHARE = 0.12
_MIN_LARGE_PART_AREA_SHARE = 0.6
# Heights, widths and longer sides are those of the digit, of a line its own.
_MAX_SMALL_PART_GAP_SIDES = 0.12
_MAX_PART_GAP_SIDES = 0.22
_MAX_PART_OVERHANG_SIDES = 0.1
_MAX_DOT_SIDES = 0.3
_MIN_LINE_HEIGHTS = 8
_MAX_CUT_NEIGHBOUR_WIDTHS = 0.8
_MAX_EDGE_DEPTH_SHARE = 0.15

# Of the smaller digit to the larger one: a foot or a bar that is broken off is flat, noise is thin.
_MIN_SIDE_RATIO = 0.75
_MIN_HEIGHT_RATIO = 0.55
_MIN_AREA_RATIO = 0.2
# What the border cuts off is the part of a neighbour in a crop of one digit, unless nearly all of a
# digit is there, as in a tight crop of several.
_MIN_CUT_HEIGHT_RATIO = 0.85
_MIN_CUT_WIDTH_RATIO = 0.5
# The boxes of slanted digits in a row reach below each other. Gaps in the strokes of one digit
# mostly lie between its upper and its lower part, and are smaller than those between lines.
_MAX_SLANT_OVERLAP_SIDES = 0.05
_MIN_LINE_GAP_SIDES = 0.15
_MIN_ROW_OVERLAP_SHARE = 0.7
_MIN_COLUMN_OVERLAP_SHARE = 0.5
# So many spots, each about as wide as high and filled, are dots that strokes are made of.
_MIN_DOTS = 6
_MIN_DOT_SIDE_RATIO = 0.6
_MIN_DOT_AREA_SHARE = 0.65
_DOT_REACH_SIDES = 0.4


class Digits(NamedTuple):
    """The digit's ink of some of the pictures of a part.

    Attributes:
        numbers: Which pictures these are.
        part: Their digits' ink.
        masks: Where it is.
        several: Whether each picture shows several digits, as far as they do not touch and are
            not cut off.
    """

    numbers: list[int]
    part: Part
    masks: list[InkMasks]
    several: NDArray[np.bool_] | Literal[False]


def keep_digit(part: Part, level: int) -> Iterator[Digits]:
    """Blanks all ink but the digit's.

    The main component is a large one near the middle, rather whole than cut off by the border.
    With it stay its other strokes: parts that are close to it, as the bar of a 5 is, and smaller
    ones only over or under it, for a dot beside a digit is none of its strokes. Ink as large as
    the digit stays too, so that several digits are not taken for one; what the left or right
    border cuts off beside a digit that it leaves whole does not.

    Args:
        part: The ink of n pictures.
        level: The smallest value that counts as ink.

    Returns:
        Each picture once, with those that are alike.
    """
    # Ink fainter than the level counts where it may be a soft edge.
    soft = soft_edge(part.height, part.width)
    masks = ink_masks(part, level, soft)
    # Most pictures have one component, and nothing to choose from.
    certain: list[int] = []
    more: list[int] = []
    may_be_cut = _reaches_border(BitMask.joined([each.seen for each in masks]), part)
    for number, (_, seen, _) in enumerate(masks):
        is_cut = may_be_cut and _reaches_border(seen, part)
        (more if is_cut or not seen.is_whole() else certain).append(number)
    if more:
        yield _chosen(part.only(more), more, [masks[number] for number in more], level, soft)
    if certain:
        some = part.only(certain) if more else part
        yield _whole(some, certain, [masks[number] for number in certain], soft)


def _whole(part: Part, numbers: list[int], masks: list[InkMasks], soft: int) -> Digits:
    """The digits of pictures whose ink is one component, and soft edges."""
    inks = part.inks
    for place, (ink, seen, strokes) in enumerate(masks):
        if not seen.reaches(ink, soft):
            near = seen.dilated(soft)
            inks = inks.copy() if inks is part.inks else inks
            inks[place] *= near.array()
            masks[place] = InkMasks(near.only(ink), seen, strokes)
    return Digits(numbers, part._replace(inks=inks), masks, False)


def _reaches_border(seen: BitMask, part: Part) -> bool:
    """Whether a mask of a part has pixels along a side of the picture."""
    top, left, bottom, right = seen.box()
    return bool(seen.bits) and (
        part.top + top == 0
        or part.left + left == 0
        or part.top + bottom == part.height
        or part.left + right == part.width
    )


def _chosen(part: Part, numbers: list[int], masks: list[InkMasks], level: int, soft: int) -> Digits:
    """The digits of pictures whose ink may have more than one component."""
    others, several = _other_components(part, level)
    if others is not None:
        part = part._replace(inks=part.inks * ~others)
        gone = bit_masks(others.view(np.uint8), (1,), soft)
        masks = [
            InkMasks(*(mask.without(other) for mask in each))
            for each, (other,) in zip(masks, gone, strict=True)
        ]
    return _whole(part, numbers, masks, soft)._replace(several=several)


def _other_components(part: Part, level: int) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_]]:
    """What of a part is not its digits', and whether each picture has several of them."""
    whole, found, boxes = _components(part, level)
    others, several = None, np.zeros(len(part.inks), np.bool_)
    # The top, the left, the bottom, the right.
    at_border = np.array(
        [boxes.top == 0, boxes.left == 0, boxes.bottom == part.height, boxes.right == part.width]
    )
    has_more = bool((found.picture[1:] == found.picture[:-1]).any())
    # What lies along a whole side reaches the top or the bottom.
    if has_more or at_border[::2].any():
        chosen = ~_edges(part, boxes, at_border)
        if has_more:
            kept_components, further = _kept(part, found, boxes, at_border)
            chosen &= kept_components
            several[found.picture[further]] = True
        if not chosen.all():
            top, left = part.top - whole.top, part.left - whole.left
            _, rows, columns = part.inks.shape
            others = found.mask(~chosen)[:, top : top + rows, left : left + columns]
    return others, several


def _components(part: Part, level: int) -> tuple[Part, Components, Boxes]:
    """The components of a part, or of a wider one where dots are joined, and their boxes."""
    seen = part.inks >= level
    found = find_components(seen)
    boxes = found.boxes().moved(part.top, part.left)
    longer = np.maximum(boxes.height, boxes.width)
    dots = np.minimum(boxes.height, boxes.width) >= _MIN_DOT_SIDE_RATIO * longer
    dots &= boxes.area >= _MIN_DOT_AREA_SHARE * boxes.height * boxes.width
    numbers = np.flatnonzero(np.bincount(found.picture[dots], minlength=len(seen)) >= _MIN_DOTS)
    sides = (median(longer[dots & (found.picture == number)]) for number in numbers)
    reaches = [round(_DOT_REACH_SIDES * side) for side in sides]
    if not any(reaches):  # there are none, or they are single pixels
        return part, found, boxes
    part = part.wider(max(part.height, part.width))
    seen = part.inks >= level
    for number, reach in zip(numbers, reaches, strict=True):
        # What the border does not cut off is not to reach it.
        seen[number, 1:-1, 1:-1] = dilated(seen[number : number + 1], reach, reach)[0, 1:-1, 1:-1]
    found = find_components(seen)
    return part, found, found.boxes()


def _kept(
    part: Part, found: Components, boxes: Boxes, at_border: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which components are kept, and which are further digits; `at_border` has shape (4, k)."""
    n, height, width = len(part.inks), part.height, part.width
    cut: NDArray[np.bool_] = np.any(at_border, axis=0)
    off_centre = np.maximum(
        np.abs(boxes.top + boxes.bottom - height), np.abs(boxes.left + boxes.right - width)
    ) / (2 * max(height, width))
    # What spans a whole side of the picture is the edge of a table or of the page.
    spans = at_border.sum(axis=0) == 3
    score = boxes.area / (1 + (3 * off_centre) ** 2) * np.where(spans, 0.1, np.where(cut, 0.35, 1))
    # A vertical line may be a 1.
    lines = boxes.width >= _MIN_LINE_HEIGHTS * boxes.height
    score[lines] *= 1e-6
    order = np.lexsort((-score, found.picture))
    first = np.searchsorted(found.picture[order], np.arange(n))
    # A blank picture has no main component; no component asks for its.
    main = order[np.minimum(first, len(order) - 1)]
    own = main[found.picture]
    kept: NDArray[np.bool_] = own == np.arange(len(own))
    if (kept | (boxes.area / boxes.area[own] <= _MIN_PART_AREA_SHARE)).all():
        return kept, np.zeros_like(kept)  # the others are specks
    neighbours = _cut_neighbours(boxes, own, at_border[1] | at_border[3])
    # Twice, because a part may hang on another part.
    for _ in range(2):
        around = boxes.only(kept).joined(found.picture[kept], n).only(found.picture)
        before, kept = kept, kept | (_belongs(boxes, own, cut, around) & ~neighbours)
        if (kept == before).all():
            break
    return kept, _further_digits(boxes, own, cut) & ~lines & ~lines[own]


def _edges(part: Part, boxes: Boxes, at_border: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Components along one whole side of the picture: the paper's end, or a shadow's."""
    depth = np.minimum(boxes.height / part.height, boxes.width / part.width)
    edges: NDArray[np.bool_] = (at_border.sum(axis=0) == 3) & (depth <= _MAX_EDGE_DEPTH_SHARE)
    return edges


def _cut_neighbours(boxes: Boxes, own: Index, at_side: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Components that the left or right border cuts off, beside a digit that neither does."""
    # A horizontal stroke may be the bar of a 5.
    neighbours: NDArray[np.bool_] = at_side & ~at_side[own] & (boxes.height > boxes.width)
    # As wide as the digit, it may be a whole one in a tight crop of several.
    neighbours &= boxes.width < _MAX_CUT_NEIGHBOUR_WIDTHS * boxes.width[own]
    return neighbours


def _belongs(boxes: Boxes, own: Index, cut: NDArray[np.bool_], around: Boxes) -> NDArray[np.bool_]:
    """Which components are strokes of the digit, or as large as it.

    Args:
        boxes: The components' boxes.
        own: The main component of each one's picture.
        cut: Whether the border cuts each component off.
        around: For each, the box around what is kept of its picture.
    """
    longest = np.maximum(around.height, around.width)
    size = boxes.area / boxes.area[own]
    gap = np.maximum(
        np.maximum(boxes.top - around.bottom, around.top - boxes.bottom),
        np.maximum(boxes.left - around.right, around.left - boxes.right),
    )
    middle = (boxes.left + boxes.right) / 2
    overhang = np.maximum(around.left - middle, middle - around.right)
    beside = overhang > _MAX_PART_OVERHANG_SIDES * longest
    # A full stop: low, and beside the digit.
    dot = (boxes.top + boxes.bottom > around.top + around.bottom) & (middle > around.right)
    dot &= np.maximum(boxes.height, boxes.width) < _MAX_DOT_SIDES * longest
    small = (gap <= _MAX_SMALL_PART_GAP_SIDES * longest) & ~beside & (size > _MIN_PART_AREA_SHARE)
    medium = (gap <= _MAX_PART_GAP_SIDES * longest) | (size >= _MIN_LARGE_PART_AREA_SHARE)
    belongs: NDArray[np.bool_] = np.where(size < _MAX_SMALL_PART_AREA_SHARE, small, medium)
    # What the border cuts off is a neighbour, unless the digit is cut off as well.
    belongs &= (~cut | cut[own]) & ~dot
    return belongs


def _further_digits(boxes: Boxes, own: Index, cut: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which components are as much of a digit as the one that is taken for it, and apart from it.

    Args:
        boxes: The components' boxes; lines among them are told elsewhere.
        own: The component that is taken for the digit of each one's picture.
        cut: Whether the border cuts each component off.
    """
    high, wide = boxes.height, boxes.width
    longer = np.maximum(high, wide)
    unit = longer[own]
    alike = _alike(longer, own, _MIN_SIDE_RATIO) & _alike(high, own, _MIN_HEIGHT_RATIO)
    alike &= boxes.area > _MIN_AREA_RATIO * boxes.area[own]
    whole = _alike(high, own, _MIN_CUT_HEIGHT_RATIO) & (wide >= _MIN_CUT_WIDTH_RATIO * wide[own])
    alike &= ~cut | whole
    # Negative where they overlap.
    x_gap = np.maximum(boxes.left - boxes.right[own], boxes.left[own] - boxes.right)
    y_gap = np.maximum(boxes.top - boxes.bottom[own], boxes.top[own] - boxes.bottom)
    in_row = -y_gap >= _MIN_ROW_OVERLAP_SHARE * np.minimum(high, high[own])
    in_row &= x_gap > -_MAX_SLANT_OVERLAP_SIDES * unit
    in_column = -x_gap >= _MIN_COLUMN_OVERLAP_SHARE * np.minimum(wide, wide[own])
    in_column &= y_gap > _MIN_LINE_GAP_SIDES * unit
    # A thin stroke lies beside itself: the gap to its own box is minus its width.
    further: NDArray[np.bool_] = alike & (in_row | in_column) & (own != np.arange(len(own)))
    return further


def _alike(size: Index, own: Index, ratio: float) -> NDArray[np.bool_]:
    """Whether a size is that of the digit, up to a ratio, in either direction."""
    alike: NDArray[np.bool_] = (size >= ratio * size[own]) & (size[own] >= ratio * size)
    return alike
