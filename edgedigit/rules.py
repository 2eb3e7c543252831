"""Takes the lines of ruled and squared paper, and of forms, out of a picture.

A rule is thin, long, and ends at the border; a digit's stroke that crosses it makes it locally
thick, which leaves the stroke whole, as in the removal of staff lines from sheet music (Dalitz,
Droettboom, Pranzas and Fujinaga, "A comparative study of staff removal algorithms", 2008).
"""

import numpy as np
from numpy.typing import NDArray

from edgedigit.components import Components, Index, find_components
from edgedigit.morphology import cross, extreme

Masks = NDArray[np.bool_]

# In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
_MIN_SIDE = 40
# Shares of the picture's side.
_THICKEST = 0.012
_SHORTEST = 0.25
_PIECES = 0.4
_STEEPEST = 0.12
# Ink left without the rules, as a share of the longer side, that is worth their removal.
_REST = 0.08


def remove_rules(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Blanks the rules in pictures that have something else as well.

    Args:
        inks: uint8 of shape (n, height, width), bright ink on 0.
        level: The smallest value that counts as ink.

    Returns:
        uint8 of the same shape.
    """
    height, width = inks.shape[1:]
    if min(height, width) < _MIN_SIDE:
        return inks
    masks = inks >= level
    thickest = max(2, round(_THICKEST * max(height, width)))
    thin, lines = _level_rules(masks, thickest)
    turned = _level_rules(masks.swapaxes(1, 2), thickest)
    upright_thin, upright_lines = (rules.swapaxes(1, 2) for rules in turned)
    # Where rules cross, neither is thin.
    rules = (lines & (thin | upright_lines)) | (upright_lines & upright_thin)
    if not rules.any():
        return inks
    rest = masks & ~rules
    worth = _longest_part(rest) >= _REST * max(height, width)
    # With their soft edges, as far as these are not a stroke's.
    soft = cross(rules, np.maximum)
    removed = (rules | (soft & ~rest)) & worth[:, None, None]
    return np.where(removed, 0, inks).astype(np.uint8)


def _level_rules(masks: Masks, thickest: int) -> tuple[Masks, Masks]:
    """Pixels of short upright runs, and the level rules that such pixels make up."""
    thin = masks & ~_opened(masks, thickest + 1)
    # Across what crosses the rule.
    reach = thickest + 1
    joined = extreme(extreme(thin, reach, 2, np.maximum), reach, 2, np.minimum)
    found = find_components(joined)
    width = masks.shape[2]
    length, rise = found.wide, found.high
    flat = rise <= 2 * thickest
    at_border = (found.left <= reach) | (found.right >= width - reach)
    rule = at_border & (length >= _SHORTEST * width)
    rule &= rise <= 2 * thickest + _STEEPEST * length
    # Strokes cut a rule into pieces, which lie in the same rows.
    rule |= at_border & flat & (_beside(found, flat) >= _PIECES * width)
    rule |= flat & (_beside(found, flat & rule) > 0)
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


def _opened(masks: Masks, length: int) -> Masks:
    """Pixels of upright runs of at least so many."""
    height = masks.shape[1]
    if height < length:
        return np.zeros_like(masks)
    whole = masks[:, : height - length + 1].copy()
    for shift in range(1, length):
        whole &= masks[:, shift : height - length + 1 + shift]
    result = np.zeros_like(masks)
    for shift in range(length):
        result[:, shift : height - length + 1 + shift] |= whole
    return result


def _longest_part(masks: Masks) -> NDArray[np.int64]:
    """The longer side of each mask's largest component; 0 where there is none."""
    found = find_components(masks)
    longest = np.zeros(len(masks), np.int64)
    np.maximum.at(longest, found.picture, np.maximum(found.high, found.wide))
    return longest
