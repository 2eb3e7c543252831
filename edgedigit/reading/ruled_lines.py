"""Takes ruled lines and the borders of tables and form fields out of a page.

A rule is a straight thin line, level or upright, that goes from border to border of the picture,
meets others at right angles to make cells, or is much longer than the digits are high. Rules that
are much fainter than the digits' ink are told by that too.
"""

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Components, Index, find_components
from edgedigit.raster.morphology import Masks, cross, square, stroke_widths, turned
from edgedigit.reading.straight_lines import Lines, framed, page_slope, pixels, straight_lines
from edgedigit.reading.strokes import typical_size

# In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
_MIN_SIDE = 34
# Rules may be fainter than ink is, by so much.
_FAINT = 2
# Ink that may be rules is as long as this share of the picture, or has as high a part in its box.
_LONG = 0.3
_INSIDE = 0.25
_MOST_AROUND = 200
_HIGH = 0.9
# The thickness, at least, that the length of a piece of a rule is measured by.
_PIECE = 2
# Rules are up to so many times as thick as the strokes of the ink that has them, and so many times
# as long as thick.
_THICKEST = 1.5
_SHORTEST = 5
# The share of the picture's height that a digit takes at most where upright rules cross it.
_DIGIT = 0.8
# How many times as long as the digits are high a rule is that ends inside the picture.
_INNER = 2.5
# As many digits at least are to be seen then.
_SEVERAL = 2
# The share of the way from one rule to another that an upright one between them covers.
_FULL = 0.9
# The ink that is darker than this percentage of all is the digits'.
_DARK = 75
# Rules of such a share of its darkness, at most, are faint; strokes come nearer to it than so.
_FAINTER = 0.45
_CUT = 0.5
# Ink so many times as dark as rules is a stroke, though others may be darker by far.
_CLEAR = 2.5
# How far the soft edges of strokes reach, in pixels.
_SOFT = 2
# Ink left without the rules, as a share of the shorter side, that is worth their removal.
_WORTH = 0.02
# More lines side by side, all through the picture, than a number has digits.
_STRIPES = 20
# How much their distances differ at most, as a share, and in pixels.
_EVEN = 0.1, 2


def remove_page_rules(inks: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Blanks long thin level and upright strokes.

    Args:
        inks: uint8 of shape (height, width), bright ink on 0.
        level: The smallest value that counts as ink.

    Returns:
        uint8 of the same shape; the same array where there are no rules, or nothing else. Stripes
        all over a picture are blanked even so, for they are no digits 1.
    """
    if min(inks.shape) < _MIN_SIDE:
        return inks
    masks = (inks >= level // _FAINT)[None]
    found = find_components(masks)
    suspect = suspects(found)
    if not suspect.any():
        return inks
    may_be = found.mask(suspect)
    thickest = max(3, round(_THICKEST * float(stroke_widths(may_be)[0])))
    slope, shortest = page_slope(may_be, thickest), _SHORTEST * thickest
    levels = straight_lines(may_be, thickest, slope, shortest)
    uprights = straight_lines(turned(may_be), thickest, -slope, shortest)
    if not len(levels.chosen) and not len(uprights.chosen):
        return inks
    flat, steep = _rules(levels, uprights, masks, found.high[~suspect], thickest)
    rules = pixels(levels, uprights, flat, steep)
    rules |= _between(levels.only(flat), masks, thickest)
    rules |= _faint_lines(inks[None], pixels(levels, uprights, _all(levels), _all(uprights)), level)
    if not rules.any():
        return inks
    if _height(masks & ~rules, thickest) < _WORTH * min(inks.shape):
        striped = _are_stripes(levels) or _are_stripes(uprights)
        return np.zeros_like(inks) if striped else inks
    return np.where(_not_ink(inks[None], rules, level)[0], 0, inks).astype(np.uint8)


def _rules(
    levels: Lines, uprights: Lines, masks: Masks, others: Index, thickest: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the level and the upright lines are rules.

    Args:
        levels: The level lines.
        uprights: The upright ones.
        masks: All ink, of shape (1, height, width).
        others: How high the pieces of ink are that have no rules.
        thickest: How thick rules are, at most.
    """
    flat, steep = framed(levels, uprights, 2 * thickest)
    # A 0 may be as square as a cell. Cells have something in them, or come in numbers.
    if steep.sum() <= 2 and others.max(initial=0) < _INSIDE * uprights.long[steep].max(initial=0):
        flat[:], steep[:] = False, False
    flat |= levels.across()
    bare = masks & ~pixels(levels, uprights, _all(levels), _all(uprights))
    high = _height(bare, thickest)
    enough = max(high / 2, 2)
    beside = np.count_nonzero(others >= enough) >= _SEVERAL
    across = uprights.across()
    rest = masks & ~pixels(levels, uprights, flat, steep | across)
    # One that goes up and down all the picture may be a 1, if the other digits do so too, or the
    # stem of the only digit.
    sure = beside or flat.any() or _are_stripes(uprights)
    if sure and _height(rest, thickest) <= _DIGIT * masks.shape[1]:
        steep |= across
    # What ends inside the picture is long, compared with what is left without any line.
    if np.count_nonzero(find_components(bare).high >= enough) >= _SEVERAL:
        long = levels.long >= _INNER * high
        # Without all its straight strokes a 5 may be low.
        rest = masks & ~pixels(levels, uprights, flat | long, steep)
        flat |= long & (levels.long >= _INNER * _height(rest, thickest))
    # Upright ones may be 1s, unless digits stand beside them.
    if beside:
        steep |= uprights.long >= _INNER * high
    return flat, steep


def _between(levels: Lines, masks: Masks, thickest: int) -> Masks:
    """The borders between cells in a row, which may be thicker than other lines.

    Args:
        levels: Level rules, the upper and the lower borders of the cells.
        masks: All ink.
        thickest: How thick those are, at most.
    """
    down = levels.middle - levels.middle.min(initial=np.inf)
    apart = float(down.max(initial=0))
    if apart <= 2 * thickest or (np.minimum(down, apart - down) > 2 * thickest).any():
        return np.zeros_like(masks)
    uprights = straight_lines(turned(masks), 2 * thickest, -levels.slope, round(_FULL * apart))
    return pixels(levels, uprights, *framed(levels, uprights, 2 * thickest))


def _faint_lines(inks: NDArray[np.uint8], lines: Masks, level: int) -> Masks:
    """Lines that are much fainter than the ink, if there are many: rules in pieces."""
    dark = inks >= _FAINTER * _darkness(inks[inks >= level])
    faint: Masks = lines & ~square(dark, _SOFT, np.maximum)
    return faint if np.count_nonzero(faint) >= max(inks.shape) else np.zeros_like(faint)


def _not_ink(inks: NDArray[np.uint8], rules: Masks, level: int) -> Masks:
    """The pixels of rules and their soft edges, and where rules are faint, all that is so faint."""
    edges = cross(rules, np.maximum) & ~(inks >= level)
    rule, ink = float(np.median(inks[rules])), _darkness(inks[~rules & (inks >= level)])
    if rule > _FAINTER * ink:
        return rules | edges
    # Then strokes that rules cross, or run along, are left as they are.
    dark = inks >= min(rule + _CUT * (ink - rule), _CLEAR * rule)
    faint: Masks = ((rules | edges) & ~dark) | ~square(dark, _SOFT, np.maximum)
    return faint


def _darkness(inks: NDArray[np.uint8]) -> float:
    """What the digits' ink reaches, of some ink; 0 where there is none."""
    return float(np.percentile(inks, _DARK)) if len(inks) else 0.0


def _are_stripes(lines: Lines) -> bool:
    """Whether many lines all through the picture are evenly apart."""
    apart = np.diff(np.sort(lines.only(lines.across()).middle))
    if len(apart) < _STRIPES:
        return False
    share, least = _EVEN
    return bool(np.ptp(apart) <= max(share * apart.mean(), least))


def suspects(found: Components) -> NDArray[np.bool_]:
    """Components that may have rules: long ones, and those with another inside of their box."""
    _, height, width = found.shape
    high, wide = found.high, found.wide
    suspect: NDArray[np.bool_] = np.maximum(high, wide) >= _LONG * max(height, width)
    suspect |= (2 * wide >= width) | (high >= _HIGH * height)
    hollow = np.flatnonzero((2 * found.area < high * wide) & (high >= 8) & (wide >= 8))
    around = hollow[np.argsort(-(high * wide)[hollow], kind="stable")[:_MOST_AROUND]]
    framed = np.zeros_like(suspect)
    for frame in around.tolist():
        inside = (found.top > found.top[frame]) & (found.bottom < found.bottom[frame])
        inside &= (found.left > found.left[frame]) & (found.right < found.right[frame])
        inside &= high >= _INSIDE * high[frame]
        suspect[frame] |= inside.any()
        framed |= inside
    # What is in a cell without touching its border is no rule.
    suspect &= ~framed
    # Faint rules come in pieces. Upright ones alone may be 1s.
    suspect |= wide >= _SHORTEST * np.maximum(high, _PIECE)
    if suspect.any():
        suspect |= high >= _SHORTEST * np.maximum(wide, _PIECE)
    return suspect


def _all(lines: Lines) -> NDArray[np.bool_]:
    return np.ones(len(lines.chosen), np.bool_)


def _height(masks: Masks, thickest: int) -> float:
    """The typical height of what is left, so that specks do not count; 0 where nothing is."""
    high = find_components(masks).high
    high = high[high > 2 * thickest]
    return typical_size(high) if len(high) else 0.0
