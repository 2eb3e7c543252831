"""Which ink is the digit: specks, neighbours, frames and lines under it are left out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.several import further_digits
from edgedigit.raster.components import Components, Index, find_components
from edgedigit.raster.morphology import square

# Shares of the main component's area, or of its longer side.
_SPECK = 0.005
_SMALL = 0.12
_LARGE = 0.6
_SMALL_GAP = 0.12
_GAP = 0.22
# How many times longer than high a line below or above a digit at least is.
_LINE = 8
# Longest foot, in widths of the digit, and longest bar, in its longer sides.
_FOOT = 1.25
_BAR = 1.1
# How far into the picture, as a share of it, its edge reaches at most.
_EDGE = 0.15
# How many times longer than wide a piece of a rule that spans the picture at least is.
_STRIP = 5
# Widest part of a neighbour that the border cuts off, in widths of the digit.
_PART = 0.8
# The longer side of a dot, at most, as a share of the digit's.
_DOT = 0.3
# How near to the sides of its box a frame's pixels lie, and how much of each side they cover.
_MARGIN = 0.1
_COVERED = 0.85
# The smallest thing in a frame that is worth leaving the frame out.
_FRAMED = 0.3
# How far beside the digit, as a share of its longer side, a small part still is over or under it.
_BESIDE = 0.1


class Selected(NamedTuple):
    """The ink that is the digit's, and whether there are others.

    Attributes:
        inks: uint8 of shape (n, height, width), all other ink blanked.
        several: bool of shape (n,): whether the picture shows several digits, as far as they do
            not touch and are not cut off.
    """

    inks: NDArray[np.uint8]
    several: NDArray[np.bool_]


def keep_digit(inks: NDArray[np.uint8], level: int) -> Selected:
    """Blanks all ink but the digit's.

    The main component is a large one near the middle, rather whole than cut off by the border.
    With it stay its other strokes: parts that are close to it, as the bar of a 5 is, and smaller
    ones only over or under it, for a dot beside a digit is none of its strokes. Ink as large as
    the digit stays too, so that several digits are not taken for one; what the left or right
    border cuts off beside a digit that it leaves whole, and pieces of upright rules, do not.

    Args:
        inks: uint8 of shape (n, height, width), bright ink on 0.
        level: The smallest value that counts as ink.
    """
    seen = inks >= level
    found = find_components(seen)
    several = np.zeros(len(inks), np.bool_)
    # Most pictures have one component, and nothing to choose from; what lies along a whole side
    # reaches the top or the bottom.
    has_more = bool((found.picture[1:] == found.picture[:-1]).any())
    if has_more or seen[:, (0, -1)].any():
        at_border = _at_border(found)
        chosen = ~_edges(found, at_border)
        if has_more:
            kept_components, further = _kept(found, at_border)
            chosen &= kept_components
            several[found.picture[further]] = True
        if not chosen.all():
            others = found.mask(~chosen)
            inks, seen = inks * ~others, seen & ~others
    # Ink fainter than the level counts where it may be a soft edge.
    return Selected(inks * square(seen, 2 + max(inks.shape[1:]) // 128, np.maximum), several)


def _at_border(found: Components) -> NDArray[np.bool_]:
    """Whether each component touches the top, the left, the bottom, the right: shape (4, k)."""
    _, height, width = found.shape
    return np.array([found.top == 0, found.left == 0, found.bottom == height, found.right == width])


def _kept(
    found: Components, at_border: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which components are kept, and which are further digits."""
    n, height, width = found.shape
    side = max(height, width)
    cut: NDArray[np.bool_] = np.any(at_border, axis=0)
    off_centre = np.maximum(
        np.abs(found.top + found.bottom - height), np.abs(found.left + found.right - width)
    ) / (2 * side)
    strips = _strips(found)
    # What spans a whole side of the picture is the edge of a table or of the page.
    spans = (at_border.sum(axis=0) == 3) | strips
    score = found.area / (1 + (3 * off_centre) ** 2) * np.where(spans, 0.1, np.where(cut, 0.35, 1))
    frames, lines = _frames(found), _lines(found)
    score[frames | lines] *= 1e-6
    order = np.lexsort((-score, found.picture))
    first = np.searchsorted(found.picture[order], np.arange(n))
    # A blank picture has no main component; no component asks for its.
    main = order[np.minimum(first, len(order) - 1)]
    own = main[found.picture]
    kept: NDArray[np.bool_] = own == np.arange(len(own))
    may_belong = ~frames & ~(lines & _longer(found, own)) & ~_neighbours(found, own)
    may_belong &= ~strips | (found.high == height)[own]
    # Twice, because a part may hang on another part.
    for _ in range(2):
        kept |= _belongs(found, own, cut, *_boxes(found, kept)) & may_belong
    printed = frames | lines | strips
    return kept, further_digits(found, own, cut) & ~printed & ~printed[own]


def _edges(found: Components, at_border: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What lies along one whole side of the picture: the paper's end, or a shadow's."""
    _, height, width = found.shape
    narrow = np.minimum(found.high / height, found.wide / width) <= _EDGE
    edges: NDArray[np.bool_] = (at_border.sum(axis=0) == 3) & narrow
    return edges


def _strips(found: Components) -> NDArray[np.bool_]:
    """Pieces of upright rules: narrow, from top to bottom, outside of the middle half."""
    _, height, width = found.shape
    strips: NDArray[np.bool_] = found.high == height
    strips &= found.high >= _STRIP * found.wide
    strips &= 2 * np.abs(found.left + found.right - width) > width
    return strips


def _neighbours(found: Components, own: Index) -> NDArray[np.bool_]:
    """What the left or right border cuts off, beside a digit that neither does."""
    at_side = (found.left == 0) | (found.right == found.shape[2])
    # A level stroke may be the bar of a 5.
    neighbours: NDArray[np.bool_] = at_side & ~at_side[own] & (found.high > found.wide)
    # As wide as the digit, it may be a whole one in a tight crop of several.
    neighbours &= found.wide < _PART * found.wide[own]
    return neighbours


def _lines(found: Components) -> NDArray[np.bool_]:
    """Level lines; an upright one may be a 1."""
    lines: NDArray[np.bool_] = found.wide >= _LINE * found.high
    return lines


def _longer(found: Components, own: Index) -> NDArray[np.bool_]:
    """What is longer than the bar of the digit above it, or the foot below it, could be."""
    wide, high = found.wide, found.high
    is_below = found.top + found.bottom > (found.top + found.bottom)[own]
    longest = np.where(is_below, _FOOT * wide[own], _BAR * np.maximum(wide, high)[own])
    longer: NDArray[np.bool_] = wide > longest
    return longer


def _frames(found: Components) -> NDArray[np.bool_]:
    """Components that run along all four sides of their box, around another one."""
    high, wide = found.high, found.wide
    hollow = (2 * found.area < high * wide) & _has_company(found)
    if not hollow.any():
        return hollow
    runs = hollow[found.owner]
    row, first, own = found.rows[runs], found.columns[runs], found.owner[runs]
    last = first + (found.ends - found.starts)[runs]
    y_margin, x_margin = _MARGIN * high, _MARGIN * wide
    count = len(high)
    # Rows with a run at the left and at the right, pixels in the rows at the top and the bottom.
    sides = [
        np.bincount(own, first <= (found.left + x_margin)[own], count) / high,
        np.bincount(own, last >= (found.right - x_margin)[own], count) / high,
        np.bincount(own, (last - first) * (row <= (found.top + y_margin)[own]), count) / wide,
        np.bincount(own, (last - first) * (row >= (found.bottom - 1 - y_margin)[own]), count)
        / wide,
    ]
    frames: NDArray[np.bool_] = np.min(sides, axis=0) >= _COVERED
    for frame in np.flatnonzero(frames):
        inside = found.picture == found.picture[frame]
        inside &= (found.top > found.top[frame]) & (found.bottom < found.bottom[frame])
        inside &= (found.left > found.left[frame]) & (found.right < found.right[frame])
        frames[frame] = (inside & (high >= _FRAMED * high[frame])).any()
    return frames


def _has_company(found: Components) -> NDArray[np.bool_]:
    """Whether there are other components in each one's picture."""
    number = np.bincount(found.picture, minlength=found.shape[0])
    company: NDArray[np.bool_] = number[found.picture] > 1
    return company


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
    # A full stop: low, and beside the digit.
    low = found.top + found.bottom > top + bottom
    dot = low & (middle > right) & (np.maximum(found.high, found.wide) < _DOT * longest)
    small = (gap <= _SMALL_GAP * longest) & ~beside & (size > _SPECK)
    medium = gap <= _GAP * longest
    belongs = np.where(size < _SMALL, small, np.where(size < _LARGE, medium, True))
    # What the border cuts off is a neighbour, unless the digit is cut off as well.
    belongs &= (~cut | cut[own]) & ~dot
    return belongs
