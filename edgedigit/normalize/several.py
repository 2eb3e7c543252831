"""Whether there are several digits: ink of a digit's size beside, above or below the digit."""

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Components, Index

# How unlike in size two digits are at most: the smaller one's longer side, its height and its area
# as shares of the larger one's. A foot or a bar that is broken off is flat, noise is thin.
_LONGER = 0.75
_HIGH = 0.55
_AREA = 0.2
# The same for what the border cuts off: it is the part of a neighbour in a crop of one digit,
# unless nearly all of a digit is there, as in a tight crop of several.
_CUT_HIGH = 0.85
_CUT_WIDE = 0.5
# How far the boxes of slanted digits in a row reach below each other, and the smallest gap between
# lines, in the digit's longer sides. Gaps in the strokes of one digit mostly lie between its upper
# and its lower part, and are smaller.
_REACH = 0.05
_LINE_GAP = 0.15
# How much of the lower one lies beside the other one, and of the narrower one below or above it.
_BESIDE = 0.7
_BELOW = 0.5


def further_digits(found: Components, own: Index, cut: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which components are as much of a digit as the one that is taken for it, and apart from it.

    Args:
        found: The components.
        own: The component that is taken for the digit of each one's picture.
        cut: Whether the border cuts each component off.

    Returns:
        bool, for each component; of lines and frames it is to be told elsewhere.
    """
    high, wide = found.high, found.wide
    longer = np.maximum(high, wide)
    unit = longer[own]
    alike = _alike(longer, own, _LONGER) & _alike(high, own, _HIGH)
    alike &= found.area > _AREA * found.area[own]
    alike &= ~cut | (_alike(high, own, _CUT_HIGH) & (wide >= _CUT_WIDE * wide[own]))
    # Negative where they overlap.
    x_gap = np.maximum(found.left - found.right[own], found.left[own] - found.right)
    y_gap = np.maximum(found.top - found.bottom[own], found.top[own] - found.bottom)
    in_row = (x_gap > -_REACH * unit) & (-y_gap >= _BESIDE * np.minimum(high, high[own]))
    in_column = (y_gap > _LINE_GAP * unit) & (-x_gap >= _BELOW * np.minimum(wide, wide[own]))
    # A thin stroke lies beside itself: the gap to its own box is minus its width.
    further: NDArray[np.bool_] = alike & (in_row | in_column) & (own != np.arange(len(own)))
    return further


def _alike(size: Index, own: Index, least: float) -> NDArray[np.bool_]:
    """Whether a size is that of the digit, up to a ratio, in either direction."""
    alike: NDArray[np.bool_] = (size >= least * size[own]) & (size[own] >= least * size)
    return alike
