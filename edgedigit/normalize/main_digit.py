"""The digit among a picture's ink: specks, neighbours and the paper's end are left out."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.bit_masks import bit_masks
from edgedigit.raster.components import Boxes, Components, find_components
from edgedigit.raster.histograms import median
from edgedigit.raster.morphology import dilated
from edgedigit.raster.part import InkMasks, Part, ink_masks, soft_edge

# Areas and sides are those of the digit.
_MIN_LARGE_PART_AREA_RATIO = 0.6
_MIN_PART_AREA_RATIO = 0.06
_MAX_PART_GAP_SIDES = 0.22
# Of the area, by how many sides of the picture a component reaches; with three it spans one, as the
# edge of a table or of the page does.
_WEIGHT_BY_SIDES = np.array([1, 0.35, 0.35, 0.1, 0.35])
# A further digit is as large at least; a bar or a foot that is broken off is flatter.
_MIN_DIGIT_AREA_RATIO = 0.2
_MIN_DIGIT_HEIGHT_RATIO = 0.6
# What the border cuts off is the part of a neighbour in a crop of one digit, unless nearly all of a
# digit is there, as in a tight crop of several.
_MIN_CUT_DIGIT_HEIGHT_RATIO = 0.85
_MIN_CUT_DIGIT_WIDTH_RATIO = 0.5
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

    The main component is the largest one, rather whole than cut off by the border. With it stay
    its other strokes: parts that are close to it, as the bar of a 5 is. Ink as large as the digit
    stays too, so that several digits are not taken for one.

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
    for number, (_, seen, _) in enumerate(masks):
        (certain if not seen.bits or seen.is_whole() else more).append(number)
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


def _chosen(part: Part, numbers: list[int], masks: list[InkMasks], level: int, soft: int) -> Digits:
    """The digits of pictures whose ink has more than one component."""
    whole, found, boxes = _components(part, level)
    kept, further = _kept(part, found, boxes)
    if not kept.all():
        top, left = part.top - whole.top, part.left - whole.left
        _, rows, columns = part.inks.shape
        others = found.mask(~kept)[:, top : top + rows, left : left + columns]
        part = part._replace(inks=part.inks * ~others)
        gone = bit_masks(others.view(np.uint8), (1,), soft)
        masks = [
            InkMasks(*(mask.without(other) for mask in each))
            for each, (other,) in zip(masks, gone, strict=True)
        ]
    several = np.bincount(found.picture[further], minlength=len(numbers)) > 0
    return _whole(part, numbers, masks, soft)._replace(several=several)


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
    part: Part, found: Components, boxes: Boxes
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which components are kept, and which are further digits."""
    n = len(part.inks)
    reached = (boxes.top == 0).astype(np.intp) + (boxes.left == 0)
    reached += (boxes.bottom == part.height).astype(np.intp) + (boxes.right == part.width)
    cut = reached > 0
    order = np.lexsort((-boxes.area * _WEIGHT_BY_SIDES[reached], found.picture))
    main = order[np.searchsorted(found.picture[order], np.arange(n))]
    own = main[found.picture]
    size = boxes.area / boxes.area[own]
    kept: NDArray[np.bool_] = own == np.arange(len(own))
    # What is small is dirt; what the border cuts off a neighbour, unless the digit is cut off too.
    may_belong = (~cut | cut[own]) & (size > _MIN_PART_AREA_RATIO)
    # Twice, because a part may hang on another part.
    for _ in range(2):
        around = boxes.only(kept).joined(found.picture[kept], n).only(found.picture)
        gap = np.maximum(
            np.maximum(boxes.top - around.bottom, around.top - boxes.bottom),
            np.maximum(boxes.left - around.right, around.left - boxes.right),
        )
        near = gap <= _MAX_PART_GAP_SIDES * np.maximum(around.height, around.width)
        kept |= may_belong & (near | (size >= _MIN_LARGE_PART_AREA_RATIO))
    high = boxes.height / boxes.height[own]
    further = (size >= _MIN_DIGIT_AREA_RATIO) & (high >= _MIN_DIGIT_HEIGHT_RATIO)
    whole = high >= _MIN_CUT_DIGIT_HEIGHT_RATIO
    whole &= boxes.width >= _MIN_CUT_DIGIT_WIDTH_RATIO * boxes.width[own]
    # A frame reaches all sides.
    further &= ~cut | (whole & (reached < 4))
    return kept, further & (own != np.arange(len(own)))
