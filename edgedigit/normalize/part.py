"""The part of pictures that holds all of their ink: beyond it there is even paper."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.resampling import Stack


class Part(NamedTuple):
    """The same part of n pictures of one shape.

    It has a row and a column without ink on each side that is not a side of the pictures.

    Attributes:
        inks: uint8 of shape (n, rows, columns), bright ink on 0.
        top: The pictures' row that is its first.
        left: The pictures' column that is its first.
        height: Rows of the pictures.
        width: Columns of the pictures.
    """

    inks: Stack
    top: int
    left: int
    height: int
    width: int

    @classmethod
    def of(cls, inks: Stack) -> Part:
        """The part of pictures, uint8 of shape (n, height, width), in which they have ink."""
        _, height, width = inks.shape
        rows = around(inks.max(axis=2, initial=0).any(axis=0))
        columns = around(inks[:, rows].max(axis=1, initial=0).any(axis=0))
        return cls(inks[:, rows, columns], rows.start, columns.start, height, width)

    def whole(self) -> Stack:
        """The pictures, uint8 of shape (n, height, width)."""
        if self.inks.shape[1:] == (self.height, self.width):
            return self.inks
        inks = np.zeros((len(self.inks), self.height, self.width), np.uint8)
        rows, columns = self.window
        inks[:, rows, columns] = self.inks
        return inks

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and the columns of the pictures that it is."""
        _, rows, columns = self.inks.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)

    def only(self, chosen: NDArray[np.intp]) -> Part:
        """The part of some of the pictures, by their numbers."""
        return self._replace(inks=self.inks[chosen])


def around(marked: NDArray[np.bool_]) -> slice:
    """From the one before the first that is marked to the one behind the last, as far as there."""
    places = np.flatnonzero(marked)
    if not len(places):
        return slice(0, 1)
    return slice(max(int(places[0]) - 1, 0), int(places[-1]) + 2)
