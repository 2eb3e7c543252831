"""Which ink is the digit: specks, dots and neighbours cut off by the border are left out."""

import numpy as np
from numpy.typing import NDArray

from edgedigit.components import Components, Index, find_components
from edgedigit.morphology import square

# Shares of the main component's area, or of its longer side.
_SPECK = 0.005
_SMALL = 0.12
_LARGE = 0.6
_SMALL_GAP = 0.12
_GAP = 0.22
# How far beside the digit, as a share of its longer side, a small part still is over or under it.
_BESIDE = 0.1


def keep_digit(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Blanks all ink but the digit's.

    The main component is a large one near the middle, rather whole than cut off by the border.
    With it stay its other strokes: parts that are close to it, as the bar of a 5 is, and smaller
    ones only over or under it, for a dot beside a digit is none of its strokes. Ink as large as
    the digit stays too, so that several digits are not taken for one.

    Args:
        inks: uint8 of shape (n, height, width), bright ink on 0.
        level: The smallest value that counts as ink.

    Returns:
        uint8 of the same shape.
    """
    found = find_components(inks >= level)
    kept = found.mask(_kept(found))
    # Ink fainter than the level counts where it may be a soft edge.
    return inks * square(kept, 2 + max(inks.shape[1:]) // 128, np.maximum)


def _kept(found: Components) -> NDArray[np.bool_]:
    n, height, width = found.shape
    side = max(height, width)
    cut = (found.top == 0) | (found.left == 0) | (found.bottom == height) | (found.right == width)
    off_centre = np.maximum(
        np.abs(found.top + found.bottom - height), np.abs(found.left + found.right - width)
    ) / (2 * side)
    if not len(cut):
        return np.zeros(0, bool)
    score = found.area / (1 + (3 * off_centre) ** 2) * np.where(cut, 0.35, 1)
    order = np.lexsort((-score, found.picture))
    first = np.searchsorted(found.picture[order], np.arange(n))
    # A blank picture has no main component; no component asks for its.
    main = order[np.minimum(first, len(order) - 1)]
    own = main[found.picture]
    kept: NDArray[np.bool_] = own == np.arange(len(own))
    # Twice, because a part may hang on another part.
    for _ in range(2):
        kept |= _belongs(found, own, cut, *_boxes(found, kept))
    return kept


def _boxes(found: Components, kept: NDArray[np.bool_]) -> tuple[Index, Index, Index, Index]:
    """The box around what is kept of each component's picture: top, bottom, left, right."""
    n, height, width = found.shape
    picture = found.picture[kept]
    top, left = np.full(n, height), np.full(n, width)
    bottom, right = np.zeros(n, np.int64), np.zeros(n, np.int64)
    np.minimum.at(top, picture, found.top[kept])
    np.minimum.at(left, picture, found.left[kept])
    np.maximum.at(bottom, picture, found.bottom[kept])
    np.maximum.at(right, picture, found.right[kept])
    own = found.picture
    return top[own], bottom[own], left[own], right[own]


def _belongs(
    found: Components,
    own: Index,
    cut: NDArray[np.bool_],
    top: Index,
    bottom: Index,
    left: Index,
    right: Index,
) -> NDArray[np.bool_]:
    longest = np.maximum(bottom - top, right - left)
    size = found.area / found.area[own]
    gap = np.maximum(
        np.maximum(found.top - bottom, top - found.bottom),
        np.maximum(found.left - right, left - found.right),
    )
    middle = (found.left + found.right) / 2
    beside = np.maximum(left - middle, middle - right) > _BESIDE * longest
    small = (gap <= _SMALL_GAP * longest) & ~beside & (size > _SPECK)
    medium = gap <= _GAP * longest
    belongs = np.where(size < _SMALL, small, np.where(size < _LARGE, medium, True))
    # What the border cuts off is a neighbour, unless the digit is cut off as well.
    belongs &= ~cut | cut[own]
    return belongs
