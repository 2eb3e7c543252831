"""Connected components of a stack of masks, by runs of pixels, for all pictures at once.

Runs of a row are joined with those of the row above that they touch, also diagonally; the smallest
number spreads through joined runs by hooking and pointer jumping (Shiloach and Vishkin, "An
O(log n) parallel connectivity algorithm", 1982), which NumPy does without a loop over pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Components:
    """The components of n masks; all arrays but the runs' have one entry for a component.

    Attributes:
        picture: Which mask it lies in, ascending.
        area: Pixels.
        top: First row; `bottom` is the one after the last, `left` and `right` likewise.
        starts: First pixel of each run in the stack, laid out with a column and a row of margin.
        ends: The one after the last.
        owner: Which component each run belongs to.
    """

    shape: tuple[int, int, int]
    picture: Index
    area: Index
    top: Index
    bottom: Index
    left: Index
    right: Index
    starts: Index
    ends: Index
    owner: Index

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
        edges = np.zeros(n * (height + 1) * (width + 1) + 1, np.int8)
        runs = chosen[self.owner]
        edges[self.starts[runs]] = 1
        edges[self.ends[runs]] = -1
        filled = edges.cumsum(dtype=np.int8)[:-1].astype(bool)
        return filled.reshape(n, height + 1, width + 1)[:, :height, :width]


def find_components(masks: NDArray[np.bool_]) -> Components:
    """Finds the components of each mask, 8-connected.

    Args:
        masks: bool of shape (n, height, width).
    """
    n, height, width = masks.shape
    # A margin on the right and below, so that nothing joins across rows and pictures.
    laid_out = np.zeros((n, height + 1, width + 1), np.int8)
    laid_out[:, :height, :width] = masks
    edges = np.diff(laid_out.ravel(), prepend=np.int8(0))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    owner = _joined(starts, ends, width + 1)
    row, left = np.divmod(starts, width + 1)
    picture, row = np.divmod(row, height + 1)
    count = int(owner.max(initial=-1)) + 1
    first = np.full(count, n, np.int64)
    np.minimum.at(first, owner, picture)
    top, leftmost = np.full(count, height), np.full(count, width)
    bottom, right = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.minimum.at(top, owner, row)
    np.maximum.at(bottom, owner, row + 1)
    np.minimum.at(leftmost, owner, left)
    np.maximum.at(right, owner, left + ends - starts)
    area = np.bincount(owner, ends - starts, count).astype(np.int64)
    return Components(masks.shape, first, area, top, bottom, leftmost, right, starts, ends, owner)


def _joined(starts: Index, ends: Index, stride: int) -> Index:
    """Numbers of the components that the runs belong to, from 0 in order of first appearance."""
    # The runs of the row above that touch: those that end at or after the start, and begin
    # before or at the end.
    low = np.searchsorted(ends, starts - stride, "left")
    high = np.searchsorted(starts, ends - stride, "right")
    touching = np.maximum(high - low, 0)
    below = np.repeat(np.arange(len(starts)), touching)
    above = np.arange(len(below)) - np.repeat(touching.cumsum() - touching - low, touching)
    label = np.arange(len(starts))
    while True:
        one, other = label[below], label[above]
        smaller = np.minimum(one, other)
        if np.array_equal(one, other):
            break
        np.minimum.at(label, one, smaller)
        np.minimum.at(label, other, smaller)
        while not np.array_equal(label, jumped := label[label]):
            label = jumped
    return np.unique(label, return_inverse=True)[1].reshape(-1)
