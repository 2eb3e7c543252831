"""The boxes of the signs of a line, from the ink around the places where the network saw them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edgedigit.lines.ink import MIN_INK_LEVEL
from edgedigit.lines.layout import Layout, Line
from edgedigit.raster.part import around
from edgedigit.results import Box

# How far a sign may reach from its middle, in heights of its line, and the least it covers.
_MAX_REACH_HEIGHTS = 0.8
_MIN_REACH_HEIGHTS = 0.1


def sign_boxes(layout: Layout, line: Line, centres: Sequence[float]) -> list[Box]:
    """A box for each sign: its ink between the columns of least ink on both sides.

    Args:
        layout: The picture's ink.
        line: The line.
        centres: The middles of its signs from left to right, in pixels of the original picture.

    Returns:
        In pixels of the original picture.
    """
    scale = layout.scale
    height, width = layout.ink.shape
    top, bottom = max(line.top // scale, 0), min(-(-line.bottom // scale), height)
    middles = [min(max(int(centre / scale), 0), width - 1) for centre in centres]
    high = max(bottom - top, 1)
    reach, least = round(_MAX_REACH_HEIGHTS * high) + 1, round(_MIN_REACH_HEIGHTS * high) + 1
    # The line, from as far as its first sign may reach.
    start = max(middles[0] - reach, 0)
    seen = layout.ink[top:bottom, start : middles[-1] + reach] >= MIN_INK_LEVEL
    middles, width = [middle - start for middle in middles], width - start
    columns = np.add.reduce(seen, axis=0, dtype=np.int32)
    cuts = [0]
    for one, other in pairwise(middles):
        cuts.append(_lightest(columns, one, other))
    cuts.append(min(middles[-1] + reach, width))
    boxes = []
    for place, middle in enumerate(middles):
        left = max(cuts[place], middle - reach)
        right = min(max(cuts[place + 1], left + 1), middle + reach, width)
        box = trimmed(seen[:, left:right])
        if box is None:
            left, right = max(middle - least, 0), min(middle + least, width)
            box = 0, 0, bottom - top, right - left
        boxes.append(
            Box(
                left=(start + left + box[1]) * scale,
                top=(top + box[0]) * scale,
                right=(start + left + box[3]) * scale,
                bottom=(top + box[2]) * scale,
            )
        )
    return boxes


def _lightest(columns: NDArray[np.integer], one: int, other: int) -> int:
    """The column of least ink between two; of those with as little the nearest to their middle."""
    if other <= one + 1:
        return max(other, one)
    between = columns[one + 1 : other]
    places = (between == between.min()).nonzero()[0]
    middle = (len(between) - 1) / 2
    return int(one + 1 + places[np.abs(places - middle).argmin()])


def trimmed(seen: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Top, left, bottom and right of what is seen, the last two excluded."""
    rows = around(np.logical_or.reduce(seen[None], axis=2), 0)
    if not rows.stop:
        return None
    columns = around(np.logical_or.reduce(seen[None], axis=1), 0)
    return rows.start, columns.start, rows.stop, columns.stop
