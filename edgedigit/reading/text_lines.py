"""Groups digits into lines of text, top to bottom, and leaves out punctuation."""

import numpy as np

from edgedigit.raster.components import Index
from edgedigit.reading.strokes import Boxes, typical_height

# Shares of the lower one's height by which neighbours in a line overlap at least.
_OVERLAP = 0.4
# How far apart neighbours that tell the slope are, in typical heights.
_REACH = 5.0
# The steepest line, rows per column.
_STEEPEST = 0.1
# What is lower than this share of its line is no digit.
_PUNCTUATION = 0.4
# What is lower than this share of the page's digits is none.
_SMALL = 0.33


def find_lines(boxes: Boxes) -> list[Index]:
    """Groups boxes into lines.

    Lines may slope, all alike; digits of a line need not stand on one level.

    Returns:
        Indices of the boxes of each line from left to right, the lines from top to bottom.
    """
    if not len(boxes.area):
        return []
    shift = np.rint(slope(boxes) * (boxes.left + boxes.right) / 2).astype(np.int64)
    top, bottom = boxes.top - shift, boxes.bottom - shift
    # The highest first, because they span their line and low ones may lie above or below it.
    order = np.argsort(top - bottom, kind="stable")
    lines: list[list[int]] = []
    tops: list[int] = []
    bottoms: list[int] = []
    for i in order.tolist():
        own_top, own_bottom = int(top[i]), int(bottom[i])
        best, most = -1, 0.0
        for line in range(len(lines)):
            shared = min(own_bottom, bottoms[line]) - max(own_top, tops[line])
            if shared > most:
                best, most = line, shared
        if best >= 0 and most >= _OVERLAP * (own_bottom - own_top):
            lines[best].append(i)
            # The average of what is in the line, so that no digit that hangs low widens it.
            members = np.array(lines[best])
            tops[best] = int(np.median(top[members]))
            bottoms[best] = int(np.median(bottom[members]))
        else:
            lines.append([i])
            tops.append(own_top)
            bottoms.append(own_bottom)
    from_top = sorted(range(len(lines)), key=lambda line: tops[line] + bottoms[line])
    return [
        np.array(sorted(lines[k], key=lambda i: int(boxes.left[i] + boxes.right[i])))
        for k in from_top
    ]


def slope(boxes: Boxes) -> float:
    """How steep the lines are, rows per column: the median over neighbours."""
    typical = typical_height(boxes)
    tall = np.flatnonzero(2 * boxes.high >= typical)
    x = (boxes.left + boxes.right)[tall] / 2
    y = (boxes.top + boxes.bottom)[tall] / 2
    across = x - x[:, None]
    down = y - y[:, None]
    near = (across > 0.3 * typical) & (across <= _REACH * typical) & (np.abs(down) <= typical / 2)
    if not near.any():
        return 0.0
    steep = float(np.median(down[near] / across[near]))
    return steep if abs(steep) <= _STEEPEST else 0.0


def without_punctuation(boxes: Boxes, line: Index) -> Index:
    """Leaves out dots, commas and dashes, which are lower than the digits of their line."""
    high = boxes.high[line]
    largest = np.partition(high, len(high) // 2)[len(high) // 2]
    lowest = max(_PUNCTUATION * largest, _SMALL * typical_height(boxes))
    kept: Index = line[high >= lowest]
    return kept
