"""Takes the lines of ruled and squared paper, and of forms, out of a picture.

A rule is thin, long, and ends at the border; a digit's stroke that crosses it makes it locally
thick, which leaves the stroke whole, as in the removal of staff lines from sheet music (Dalitz,
Droettboom, Pranzas and Fujinaga, "A comparative study of staff removal algorithms", 2008).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Components, Index, find_components
from edgedigit.raster.morphology import Masks, closed, cross, opened, turned

# In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
_MIN_SIDE = 40
# Shares of the picture's side.
_THICKEST = 0.012
_SHORTEST = 0.25
_PIECES = 0.4
_STEEPEST = 0.12
# Ink left without the rules, as a share of the longer side, that is worth their removal.
_REST = 0.08
# A rule beside the digit is known in smaller pictures too, and when it is thicker, for it goes all
# the way from top to bottom. The stem of a 9 may do so as well, but leaves no high part.
_BESIDE_MIN_SIDE = 20
_BESIDE_THICKEST = 0.1
_BESIDE_MOST = 6
_BESIDE_STEEPEST = 0.06
_BESIDE_REST = 0.6


def remove_rules(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Blanks the rules in pictures that have something else as well.

    Args:
        inks: uint8 of shape (n, height, width), bright ink on 0.
        level: The smallest value that counts as ink.

    Returns:
        uint8 of the same shape.
    """
    side = min(inks.shape[1:])
    if side >= _MIN_SIDE:
        # So near to two opposite sides there is ink where there are rules; gaps are bridged.
        margin = 2 * _thickest(inks) + 3
        may_be_ruled = _any(inks[:, :, :margin], level) & _any(inks[:, :, -margin:], level)
        may_be_ruled |= _any(inks[:, :margin], level) & _any(inks[:, -margin:], level)
        inks = _where(may_be_ruled, _without_ruling, inks, level)
    if side >= _BESIDE_MIN_SIDE:
        goes_through = _any(inks[:, :1], level) & _any(inks[:, -1:], level)
        inks = _where(goes_through, _without_beside, inks, level)
    return inks


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
    """Leaves out upright rules left and right of the picture's middle half."""
    _, height, width = inks.shape
    masks = inks >= level
    thickest = min(max(2, round(_BESIDE_THICKEST * width)), _BESIDE_MOST)
    # Lying down, as level rules.
    lying = turned(masks)
    thin = lying & ~opened(lying, thickest + 1, 1)
    joined = closed(thin, thickest + 1)
    # Closing lengthens what ends near the border.
    ends = np.r_[: thickest + 1, -thickest - 1 : 0]
    joined[:, :, ends] = thin[:, :, ends]
    found = find_components(joined)
    rule = (found.left == 0) & (found.right == height)
    rule &= found.high <= thickest + _BESIDE_STEEPEST * height
    rule &= 2 * np.abs(found.top + found.bottom - width) > width
    if not rule.any():
        return inks
    rules = turned(found.mask(rule) & thin)
    worth = _largest_part(masks & ~rules)[0] >= _BESIDE_REST * height
    return _blanked(inks, masks, rules, worth)


def _without_ruling(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Leaves out the lines of ruled and squared paper."""
    longest = max(inks.shape[1:])
    masks = inks >= level
    thickest = _thickest(inks)
    thin, lines = _level_rules(masks, thickest)
    upright_thin, upright_lines = map(turned, _level_rules(turned(masks), thickest))
    # Where rules cross, neither is thin.
    rules = (lines & (thin | upright_lines)) | (upright_lines & upright_thin)
    if not rules.any():
        return inks
    worth = np.maximum(*_largest_part(masks & ~rules)) >= _REST * longest
    return _blanked(inks, masks, rules, worth)


def _thickest(inks: NDArray[np.uint8]) -> int:
    """How thick the rules of ruled paper are at most."""
    longest: int = max(inks.shape[1:])
    return max(2, round(_THICKEST * longest))


def _blanked(
    inks: NDArray[np.uint8], masks: Masks, rules: Masks, worth: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Blanks rules with their soft edges, as far as these are not a stroke's."""
    removed = (rules | (cross(rules, np.maximum) & ~masks)) & worth[:, None, None]
    return np.where(removed, 0, inks).astype(np.uint8)


def _level_rules(masks: Masks, thickest: int) -> tuple[Masks, Masks]:
    """Pixels of short upright runs, and the level rules that such pixels make up."""
    thin = masks & ~opened(masks, thickest + 1, 1)
    # Across what crosses the rule.
    reach = thickest + 1
    found = find_components(closed(thin, reach))
    width = masks.shape[2]
    length, rise = found.wide, found.high
    flat = rise <= 2 * thickest
    at_border = (found.left <= reach) | (found.right >= width - reach)
    rule = at_border & (length >= _SHORTEST * width)
    rule &= rise <= 2 * thickest + _STEEPEST * length
    # Strokes cut a rule into pieces, which lie in the same rows.
    rule |= at_border & flat & (_beside(found, flat) >= _PIECES * width)
    rule |= flat & (_beside(found, flat & rule) > 0)
    # A stroke may end at the border, but rules do so on both sides of the picture.
    n = masks.shape[0]
    on_the_left = np.bincount(found.picture, rule & (found.left <= reach), n) > 0
    on_the_right = np.bincount(found.picture, rule & (found.right >= width - reach), n) > 0
    rule &= (on_the_left & on_the_right)[found.picture]
    return thin, found.mask(rule)


def _beside(found: Components, pieces: NDArray[np.bool_]) -> Index:
    """How long the pieces are together that lie in the middle row of each component."""
    n, height, _ = found.shape
    length = found.wide[pieces]
    rows = np.zeros((n, height + 1), np.int64)
    np.add.at(rows, (found.picture[pieces], found.top[pieces]), length)
    np.subtract.at(rows, (found.picture[pieces], found.bottom[pieces]), length)
    total: Index = rows.cumsum(axis=1)[found.picture, (found.top + found.bottom) // 2]
    return total


def _largest_part(masks: Masks) -> tuple[Index, Index]:
    """How high and how wide each mask's components are at most; 0 where there is none."""
    found = find_components(masks)
    high, wide = np.zeros((2, len(masks)), np.int64)
    np.maximum.at(high, found.picture, found.high)
    np.maximum.at(wide, found.picture, found.wide)
    return high, wide
