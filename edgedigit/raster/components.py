"""Connected components of a stack of masks, by runs of pixels, for all pictures at once.

Runs of a row are joined with those of the row above that they touch, also diagonally; the smallest
number spreads through joined runs by hooking and pointer jumping (Shiloach and Vishkin, "An
O(log n) parallel connectivity algorithm", 1982), which NumPy does without a loop over pixels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


class Boxes:
    """Boxes around ink, in pixels, half-open; each attribute is int64 of shape (k,).

    Attributes:
        top: The first row.
        left: The first column.
        bottom: The row after the last.
        right: The column after the last.
        area: Pixels of ink.
        height: Rows from top to bottom.
        width: Columns from left to right.
    """

    def __init__(self, top: Index, left: Index, bottom: Index, right: Index, area: Index) -> None:
        """Makes boxes of their sides."""
        self.top, self.left, self.bottom, self.right, self.area = top, left, bottom, right, area
        self.height, self.width = bottom - top, right - left

    def only(self, chosen: NDArray[np.bool_] | Index) -> "Boxes":
        """Some of the boxes, by a mask of shape (k,) or by their numbers."""
        sides = self.top, self.left, self.bottom, self.right, self.area
        return Boxes(*(side[chosen] for side in sides))

    def moved(self, down: int, right: int) -> "Boxes":
        """The boxes so many pixels further down and right."""
        top, bottom = self.top + down, self.bottom + down
        return Boxes(top, self.left + right, bottom, self.right + right, self.area)

    def joined(self, group: Index, count: int) -> "Boxes":
        """The box around each of so many groups; `group` says which one each box belongs to."""
        top, left = np.full((2, count), np.iinfo(np.int64).max)
        bottom, right, area = np.zeros((3, count), np.int64)
        np.minimum.at(top, group, self.top)
        np.minimum.at(left, group, self.left)
        np.maximum.at(bottom, group, self.bottom)
        np.maximum.at(right, group, self.right)
        np.add.at(area, group, self.area)
        return Boxes(top, left, bottom, right, area)


class Components(NamedTuple):
    """The components of n masks, in the order of their first pixels, mask by mask.

    Attributes:
        shape: Of the stack of masks.
        starts: First pixel of each run in the stack, laid out with a column and a row of margin.
        ends: The one after the last.
        rows: The row that each run lies in.
        columns: The column that each run starts in.
        owner: Which component each run belongs to.
        first: The first run of each component.
        picture: Which mask each component lies in, ascending.
    """

    shape: tuple[int, int, int]
    starts: Index
    ends: Index
    rows: Index
    columns: Index
    owner: Index
    first: Index
    picture: Index

    def boxes(self) -> Boxes:
        """The box of each component."""
        lengths = self.ends - self.starts
        bottom, left = self.rows[self.first], self.columns[self.first]
        right = left + lengths[self.first]
        np.maximum.at(bottom, self.owner, self.rows)
        np.minimum.at(left, self.owner, self.columns)
        np.maximum.at(right, self.owner, self.columns + lengths)
        area = np.bincount(self.owner, lengths, len(self.first)).astype(np.int64)
        return Boxes(self.rows[self.first], left, bottom + 1, right, area)

    def mask(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The pixels of some components, as a stack of masks."""
        n, height, width = self.shape
        runs = chosen[self.owner]
        starts, ends = self.starts[runs], self.ends[runs]
        lengths = ends - starts
        # The pixels of run after run: each one's number, moved to where its run is.
        pixels = np.repeat(ends - lengths.cumsum(), lengths)
        pixels += np.arange(len(pixels))
        filled = np.zeros(n * (height + 1) * (width + 1), np.bool_)
        filled[pixels] = True
        return filled.reshape(n, height + 1, width + 1)[:, :height, :width]


def find_components(masks: NDArray[np.bool_]) -> Components:
    """Finds the components of each mask, 8-connected.

    Args:
        masks: bool of shape (n, height, width).
    """
    n, height, width = masks.shape
    # A margin on the right and below, so that nothing joins across rows and pictures.
    laid_out = np.zeros(1 + n * (height + 1) * (width + 1), np.bool_)
    laid_out[1:].reshape(n, height + 1, width + 1)[:, :height, :width] = masks
    edges = np.flatnonzero(laid_out[1:] != laid_out[:-1])
    starts, ends = edges[::2], edges[1::2]
    label = _joined(starts, ends, width + 1)
    is_first = label == np.arange(len(label))
    owner = (is_first.cumsum() - 1)[label]
    first = np.flatnonzero(is_first)
    lines, columns = np.divmod(starts, width + 1)
    picture = lines[first] // (height + 1)
    return Components(
        masks.shape, starts, ends, lines % (height + 1), columns, owner, first, picture
    )


def _joined(starts: Index, ends: Index, stride: int) -> Index:
    """The first run of the component that each run belongs to."""
    # The runs of the row above that touch: those that end at or after the start, and begin
    # before or at the end.
    low = np.searchsorted(ends, starts - stride, "left")
    high = np.searchsorted(starts, ends - stride, "right")
    touching = np.maximum(high - low, 0)
    own = np.arange(len(starts))
    label = _followed(np.where(touching > 0, low, own))
    # The first one above is followed; where there are more, components meet.
    more = np.maximum(touching - 1, 0)
    below = np.repeat(own, more)
    above = np.arange(len(below)) - np.repeat(more.cumsum() - more - low - 1, more)
    while True:
        one, other = label[below], label[above]
        apart = one != other
        if not apart.any():
            return label
        below, above, one, other = below[apart], above[apart], one[apart], other[apart]
        smaller = np.minimum(one, other)
        np.minimum.at(label, one, smaller)
        np.minimum.at(label, other, smaller)
        label = _followed(label)


def _followed(label: Index) -> Index:
    """The label at the end of each one's chain of labels."""
    while ((further := label[label]) != label).any():
        label = further
    return label
