"""The part of pictures that holds all of their ink: beyond it there is even paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.bit_masks import BitMask, bit_masks
from edgedigit.raster.resampling import Stack

_STROKE_LEVEL = 128


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
        rows = around(np.maximum.reduce(inks, axis=2) > 0)
        columns = around(np.maximum.reduce(inks[:, rows], axis=1) > 0)
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

    def only(self, chosen: Sequence[int] | NDArray[np.bool_]) -> Part:
        """The part of some of the pictures, by their numbers or a mask."""
        return self._replace(inks=self.inks[chosen])


class InkMasks(NamedTuple):
    """Where a picture's part has ink.

    Attributes:
        any: Ink of any level.
        seen: Ink of at least a level that counts.
        strokes: Ink that is more than a soft edge.
    """

    any: BitMask
    seen: BitMask
    strokes: BitMask


def ink_masks(part: Part, level: int, margin: int = 1) -> list[InkMasks]:
    """The masks of each picture.

    Args:
        part: The ink.
        level: The smallest value that counts.
        margin: As for `bit_masks`.
    """
    masks = bit_masks(part.inks, (1, level, _STROKE_LEVEL), margin)
    return [InkMasks(*each) for each in masks]


def around(marked: NDArray[np.bool_]) -> slice:
    """From the place before the first that is marked to the one behind the last.

    Args:
        marked: bool of shape (n, places); those marked in one row are marked.
    """
    places = marked[0].tobytes() if len(marked) == 1 else marked.any(axis=0).tobytes()
    first = places.find(1)
    return slice(max(first - 1, 0), min(places.rfind(1) + 2, len(places)))
