"""Histograms of the pictures of a stack, and medians."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Index


class Histograms:
    """Counts of grey levels, for n pictures of as many pixels each.

    Attributes:
        size: Pixels of each picture.
        lowest: The level that is counted first.
        counts: Pixels of each level, of shape (n, levels).
    """

    def __init__(self, values: NDArray[np.integer], levels: int, lowest: int = 0) -> None:
        """Counts.

        Args:
            values: Integers of shape (n, ...), from `lowest` on.
            levels: Their number.
            lowest: The first of them.
        """
        n = len(values)
        # What a level is counted at, less the level.
        self._start = levels * np.arange(n)[:, None] - lowest
        places = self.places(values)
        self.size = places.shape[1]
        self.lowest = lowest
        # Pixels of the pictures before each one.
        self._before = self.size * np.arange(n)[:, None]
        counts = np.bincount(places.ravel(), minlength=levels * n)
        self.counts: Index = counts.reshape(n, levels)
        # Pixels of all pictures up to each level of each.
        self._below = counts.cumsum()

    def places(self, values: NDArray[np.integer]) -> NDArray[np.integer]:
        """Where levels, of shape (n, ...), count in the histograms one after the other."""
        flat = values.reshape(len(values), -1)
        if len(flat) > 1:
            return flat + self._start
        start = int(self._start[0, 0])
        # A type as narrow as that of the levels, which mostly are all of a large picture.
        return flat + flat.dtype.type(start) if start else flat

    def at_rank(self, ranks: Index) -> Index:
        """The levels of each picture's pixels of some ranks; the darkest pixel has rank 1.

        Args:
            ranks: Of shape (n, k), or (k,) for the same in every picture.

        Returns:
            Levels of shape (n, k).
        """
        found: Index = np.searchsorted(self._below, self._before + ranks)
        return found - self._start

    def up_to(self, levels: Index) -> Index:
        """The number of pixels that have at most a level, for one level of each picture."""
        number: Index = self._below[self._start[:, 0] + levels] - self._before[:, 0]
        return number


def twice_median(values: NDArray[Any]) -> NDArray[Any]:
    """Twice the median of each row, because it may lie between two whole numbers.

    Args:
        values: Numbers of shape (n, k), k at least 1.

    Returns:
        Shape (n, 1), of a type that holds twice any level.
    """
    low, high = (values.shape[1] - 1) // 2, values.shape[1] // 2
    ordered = np.partition(values, (low, high), axis=1)
    wide = np.promote_types(values.dtype, np.int16)
    return np.add(ordered[:, low : low + 1], ordered[:, high : high + 1], dtype=wide)


def median(values: NDArray[Any]) -> float:
    """The median of at least one number; `np.median` takes several times as long for a few."""
    return float(twice_median(values.reshape(1, -1))[0, 0]) / 2


def typical_size(sizes: Index) -> float:
    """The median of at least one size, each of which counts with its square."""
    ordered = np.sort(sizes)
    weight = (ordered**2).cumsum()
    return float(ordered[np.searchsorted(2 * weight, weight[-1])])
