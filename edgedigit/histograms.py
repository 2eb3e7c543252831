"""How often each level occurs in each picture of a stack."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


class Histograms:
    """Counts levels from 0 on, for n pictures of as many pixels each.

    Attributes:
        places: Where each pixel counts, in the n histograms one after the other: shape (n, pixels).
        counts: Pixels of each level, of shape (n, levels).
    """

    def __init__(self, values: NDArray[np.integer], levels: int, lowest: int = 0) -> None:
        """Counts.

        Args:
            values: Integers of shape (n, ...), from `lowest` on.
            levels: How many there are.
            lowest: Counts as level 0.
        """
        n = len(values)
        start = levels * np.arange(n)[:, None]
        self.places: Index = values.reshape(n, -1) + (start - lowest)
        counts = np.bincount(self.places.ravel(), minlength=levels * n)
        self.counts: Index = counts.reshape(n, levels)
        self._start = start

    def at_rank(self, ranks: Index) -> Index:
        """The levels of each picture's pixels of some ranks; the darkest pixel has rank 1.

        Args:
            ranks: Of shape (n, k), or (k,) for the same in every picture.

        Returns:
            Levels of shape (n, k).
        """
        n, size = self.places.shape
        before = size * np.arange(n)[:, None]
        found: Index = np.searchsorted(self._below, before + ranks)
        return found - self._start

    def up_to(self, levels: Index) -> Index:
        """How many pixels have at most a level, for one level of each picture."""
        n, size = self.places.shape
        number: Index = self._below[self._start[:, 0] + levels] - size * np.arange(n)
        return number

    @cached_property
    def _below(self) -> Index:
        return self.counts.cumsum()
