"""Takes the lines of ruled and squared paper, and of forms, out of a picture.

A rule is thin, long, and ends at the border; a digit's stroke that crosses it makes it locally
thick, which leaves the stroke whole, as in the removal of staff lines from sheet music (Dalitz,
Droettboom, Pranzas and Fujinaga, "A comparative study of staff removal algorithms", 2008).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.part import Part
from edgedigit.raster.components import Boxes, Components, Index, find_components
from edgedigit.raster.morphology import Masks, closed, cross, opened, transposed

# In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
_MIN_RULED_SIDE_PIXELS = 40
_MAX_THICKNESS_SHARE = 0.012
_MIN_LENGTH_SHARE = 0.25
_MIN_PIECES_LENGTH_SHARE = 0.4
_MAX_SLOPE = 0.12
_MIN_REST_SHARE = 0.08
# A rule beside the digit is known in smaller pictures too, and when it is thicker, for it goes all
# the way from top to bottom. The stem of a 9 may do so as well, but leaves no high part.
_MIN_BESIDE_SIDE_PIXELS = 20
_MAX_BESIDE_THICKNESS_SHARE = 0.1
_MAX_BESIDE_THICKNESS_PIXELS = 6
_MAX_BESIDE_SLOPE = 0.06
_MIN_BESIDE_REST_SHARE = 0.6


def remove_rules(part: Part, level: int) -> Part:
    """Blanks the rules in pictures that have something else as well.

    Args:
        part: The ink of n pictures.
        level: The smallest value that counts as ink.
    """
    side = min(part.height, part.width)
    # So near to two opposite sides there is ink where there are rules; gaps are bridged.
    margin = 2 * _thickest(part.height, part.width) + 3 if side >= _MIN_RULED_SIDE_PIXELS else 1
    _, rows, columns = part.inks.shape
    is_off_top_or_bottom = part.top >= margin or part.top + rows <= part.height - margin
    is_off_left_or_right = part.left >= margin or part.left + columns <= part.width - margin
    if is_off_top_or_bottom and (side < _MIN_RULED_SIDE_PIXELS or is_off_left_or_right):
        return part
    inks = part.whole()
    if side >= _MIN_RULED_SIDE_PIXELS:
        may_be_ruled = _any(inks[:, :, :margin], level) & _any(inks[:, :, -margin:], level)
        may_be_ruled |= _any(inks[:, :margin], level) & _any(inks[:, -margin:], level)
        inks = _where(may_be_ruled, _without_ruling, inks, level)
    if side >= _MIN_BESIDE_SIDE_PIXELS:
        goes_through = _any(inks[:, :1], level) & _any(inks[:, -1:], level)
        inks = _where(goes_through, _without_beside, inks, level)
    return part if inks is part.inks else Part.of(inks)


def _any(inks: NDArray[np.uint8], level: int) -> NDArray[np.bool_]:
    """Whether each picture has ink."""
    has_ink: NDArray[np.bool_] = inks.max(axis=(1, 2)) >= level
    return has_ink


def _where(
    chosen: NDArray[np.bool_],
    remove: Callable[[NDArray[np.uint8], int], NDArray[np.uint8]],
    inks: NDArray[np.uint8],
    level: int,
) -> NDArray[np.uint8]:
    """Removes from the chosen pictures alone."""
    if not chosen.any():
        return inks
    if chosen.all():
        return remove(inks, level)
    result = inks.copy()
    result[chosen] = remove(inks[chosen], level)
    return result


def _without_beside(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Leaves out vertical rules left and right of the picture's middle half."""
    _, height, width = inks.shape
    masks = inks >= level
    thickest = max(2, round(_MAX_BESIDE_THICKNESS_SHARE * width))
    thickest = min(thickest, _MAX_BESIDE_THICKNESS_PIXELS)
    # Lying down, as horizontal rules.
    lying = transposed(masks)
    thin = lying & ~opened(lying, thickest + 1, 1)
    joined = closed(thin, thickest + 1)
    # Closing lengthens what ends near the border.
    ends = np.r_[: thickest + 1, -thickest - 1 : 0]
    joined[:, :, ends] = thin[:, :, ends]
    found = find_components(joined)
    boxes = found.boxes()
    rule = (boxes.left == 0) & (boxes.right == height)
    rule &= boxes.height <= thickest + _MAX_BESIDE_SLOPE * height
    rule &= 2 * np.abs(boxes.top + boxes.bottom - width) > width
    if not rule.any():
        return inks
    rules = transposed(found.mask(rule) & thin)
    worth = _largest_part(masks & ~rules)[0] >= _MIN_BESIDE_REST_SHARE * height
    return _blanked(inks, masks, rules, worth)


def _without_ruling(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Leaves out the lines of ruled and squared paper."""
    longest = max(inks.shape[1:])
    masks = inks >= level
    thickest = _thickest(*inks.shape[1:])
    thin, lines = _horizontal_rules(masks, thickest)
    vertical_thin, vertical_lines = map(transposed, _horizontal_rules(transposed(masks), thickest))
    # Where rules cross, neither is thin.
    rules = (lines & (thin | vertical_lines)) | (vertical_lines & vertical_thin)
    if not rules.any():
        return inks
    worth = np.maximum(*_largest_part(masks & ~rules)) >= _MIN_REST_SHARE * longest
    return _blanked(inks, masks, rules, worth)


def _thickest(height: int, width: int) -> int:
    """The greatest thickness of the rules of ruled paper, in pixels."""
    return max(2, round(_MAX_THICKNESS_SHARE * max(height, width)))


def _blanked(
    inks: NDArray[np.uint8], masks: Masks, rules: Masks, worth: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Blanks rules with their soft edges, as far as these are not a stroke's."""
    removed = (rules | (cross(rules, np.maximum) & ~masks)) & worth[:, None, None]
    return np.where(removed, 0, inks).astype(np.uint8)


def _horizontal_rules(masks: Masks, thickest: int) -> tuple[Masks, Masks]:
    """Pixels of short vertical runs, and the horizontal rules that such pixels make up."""
    thin = masks & ~opened(masks, thickest + 1, 1)
    # Across what crosses the rule.
    reach = thickest + 1
    found = find_components(closed(thin, reach))
    boxes = found.boxes()
    n, _, width = masks.shape
    flat = boxes.height <= 2 * thickest
    at_left, at_right = boxes.left <= reach, boxes.right >= width - reach
    at_border = at_left | at_right
    rule = at_border & (boxes.width >= _MIN_LENGTH_SHARE * width)
    rule &= boxes.height <= 2 * thickest + _MAX_SLOPE * boxes.width
    # Strokes cut a rule into pieces, which lie in the same rows.
    pieces_length = _length_beside(found, boxes, flat)
    rule |= at_border & flat & (pieces_length >= _MIN_PIECES_LENGTH_SHARE * width)
    rule |= flat & (_length_beside(found, boxes, flat & rule) > 0)
    # A stroke may end at the border, but rules do so on both sides of the picture.
    on_the_left = np.bincount(found.picture, rule & at_left, n) > 0
    on_the_right = np.bincount(found.picture, rule & at_right, n) > 0
    rule &= (on_the_left & on_the_right)[found.picture]
    return thin, found.mask(rule)


def _length_beside(found: Components, boxes: Boxes, pieces: NDArray[np.bool_]) -> Index:
    """The length of all pieces together that lie in the middle row of each component."""
    n, height, _ = found.shape
    picture, length = found.picture[pieces], boxes.width[pieces]
    rows = np.zeros((n, height + 1), np.int64)
    np.add.at(rows, (picture, boxes.top[pieces]), length)
    np.subtract.at(rows, (picture, boxes.bottom[pieces]), length)
    total: Index = rows.cumsum(axis=1)[found.picture, (boxes.top + boxes.bottom) // 2]
    return total


def _largest_part(masks: Masks) -> tuple[Index, Index]:
    """The greatest height and width of each mask's components; 0 where there is none."""
    found = find_components(masks)
    boxes = found.boxes()
    high, wide = np.zeros((2, len(masks)), np.int64)
    np.maximum.at(high, found.picture, boxes.height)
    np.maximum.at(wide, found.picture, boxes.width)
    return high, wide
