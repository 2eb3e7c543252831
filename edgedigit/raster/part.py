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

    def wider(self, pixels: int) -> Part:
        """With so many more rows and columns on each side, where the pictures have them."""
        n, rows, columns = self.inks.shape
        top, left = max(self.top - pixels, 0), max(self.left - pixels, 0)
        bottom = min(self.top + rows + pixels, self.height)
        right = min(self.left + columns + pixels, self.width)
        inks = np.zeros((n, bottom - top, right - left), np.uint8)
        down, across = self.top - top, self.left - left
        inks[:, down : down + rows, across : across + columns] = self.inks
        return Part(inks, top, left, self.height, self.width)

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


def soft_edge(height: int, width: int) -> int:
    """How far the soft edges of ink reach in a picture of so many pixels."""
    return 2 + max(height, width) // 128


def around(marked: NDArray[np.bool_], margin: int = 1) -> slice:
    """From the first place that is marked in any of n rows to the last, and so many around.

    Args:
        marked: bool of shape (n, places).
        margin: How many.
    """
    places = marked[0].tobytes() if len(marked) == 1 else marked.any(axis=0).tobytes()
    first = places.find(1)
    return slice(max(first - margin, 0), min(places.rfind(1) + 1 + margin, len(places)))
