"""Connected components of a stack of masks, by runs of pixels, for all pictures at once.

Runs of a row are joined with those of the row above that they touch, also diagonally; the smallest
number spreads through joined runs by hooking and pointer jumping (Shiloach and Vishkin, "An
O(log n) parallel connectivity algorithm", 1982), which NumPy does without a loop over pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.lazy import Lazy

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Components:
    """The components of n masks, in the order of their first pixels, mask by mask.

    Attributes:
        shape: Of the stack of masks.
        starts: First pixel of each run in the stack, laid out with a column and a row of margin.
        ends: The one after the last.
        owner: Which component each run belongs to.
        first: The first run of each component.
    """

    shape: tuple[int, int, int]
    starts: Index
    ends: Index
    owner: Index
    first: Index

    @Lazy
    def picture(self) -> Index:
        """Which mask each component lies in, ascending."""
        _, height, width = self.shape
        return self.starts[self.first] // ((height + 1) * (width + 1))

    @Lazy
    def area(self) -> Index:
        """Pixels of each component."""
        lengths = self.ends - self.starts
        return np.bincount(self.owner, lengths, len(self.first)).astype(np.int64)

    @Lazy
    def top(self) -> Index:
        """First row of each component; `bottom` is the one after the last."""
        return self.rows[self.first]

    @Lazy
    def bottom(self) -> Index:
        """The row after the last."""
        return self._extreme(np.maximum, self.rows) + 1

    @Lazy
    def left(self) -> Index:
        """First column of each component; `right` is the one after the last."""
        return self._extreme(np.minimum, self.columns)

    @Lazy
    def right(self) -> Index:
        """The column after the last."""
        return self._extreme(np.maximum, self.columns + self.ends - self.starts)

    @Lazy
    def rows(self) -> Index:
        """The row that each run lies in."""
        _, height, width = self.shape
        return self.starts // (width + 1) % (height + 1)

    @Lazy
    def columns(self) -> Index:
        """The column that each run starts in."""
        return self.starts % (self.shape[2] + 1)

    @property
    def high(self) -> Index:
        """Rows from top to bottom."""
        return self.bottom - self.top

    @property
    def wide(self) -> Index:
        """Columns from left to right."""
        return self.right - self.left

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

    def _extreme(self, choose: np.ufunc, of_runs: Index) -> Index:
        result = of_runs[self.first]
        choose.at(result, self.owner, of_runs)
        return result


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
    return Components(masks.shape, starts, ends, owner, np.flatnonzero(is_first))


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
    """Where each label leads to, from label to label."""
    while ((further := label[label]) != label).any():
        label = further
    return label
