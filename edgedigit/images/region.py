"""A part of a picture, in pixels or in shares of its sides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from numbers import Integral, Real
from typing import TYPE_CHECKING, NamedTuple

from edgedigit.errors import OutsideError
from edgedigit.images.pixels import Grey

if TYPE_CHECKING:
    from edgedigit.results import Box

Corners = tuple[float, float, float, float]
"""What a caller passes for a region: left, top, right and bottom."""

_NUMBER_PATTERN = r"-?([0-9]+\.?|[0-9]*\.[0-9]+)"
REGION_PATTERN = f"^{_NUMBER_PATTERN}(,{_NUMBER_PATTERN}){{3}}$"
"""Of the texts that `parse_region` takes."""
_EXPECTED = "four ints (pixels), or four floats from 0 to 1 (shares of width and height)"


class Region(NamedTuple):
    """A part of a picture as it is seen: all four are int (pixels) or all float (shares).

    Right and bottom are excluded, and larger than left and top.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __str__(self) -> str:
        """As the command line takes it."""
        return ",".join(map(str, self))

    def box(self, width: int, height: int) -> Box:
        """The region's pixels in a picture; what lies beyond its border is left out.

        Args:
            width: The picture's width in pixels, at least 1; so is `height`.
            height: The picture's height.

        Raises:
            OutsideError: The region has no pixel of the picture.
        """
        from edgedigit.results import Box  # slow to import, and most pictures are looked at whole

        left, right = _span(self.left, self.right, width)
        top, bottom = _span(self.top, self.bottom, height)
        if left >= right or top >= bottom:
            raise OutsideError(
                f"the region {self} lies outside of the picture, which has {width} x {height} "
                "pixels"
            )
        return Box(left, top, right, bottom)


def checked_region(region: Corners | None) -> Region | None:
    """Reads a region that a caller passes.

    Args:
        region: Left, top, right and bottom: four ints, or four floats from 0 to 1; NumPy's too.
            None, which is the whole picture, stays so.

    Raises:
        TypeError: It is not four numbers, or some are int and others float.
        ValueError: A share is not from 0 to 1, or left is not less than right, or top than bottom.
    """
    return None if region is None else _checked(region)


def _checked(region: object) -> Region:
    if isinstance(region, str | bytes) or not isinstance(region, Iterable):
        raise TypeError(f"region must be {_EXPECTED}, not {type(region).__name__}")
    numbers = tuple(region)
    kinds = set(map(_kind, numbers))
    if len(numbers) != 4 or kinds not in ({int}, {float}):
        raise TypeError(f"region must be {_EXPECTED}, not {region!r}")
    found = Region(*map(int if kinds == {int} else float, numbers))
    if kinds == {float} and not all(0 <= share <= 1 for share in found):
        raise ValueError(f"shares of a region are from 0 to 1, not {found}; pixels are ints")
    if not (found.left < found.right and found.top < found.bottom):
        raise ValueError(f"a region has left < right and top < bottom, not {found}")
    return found


def _kind(number: object) -> type | None:
    """Whether a number, which may be NumPy's, is a whole one; None for what is no number."""
    if isinstance(number, bool):
        return None
    if isinstance(number, Integral):
        return int
    return float if isinstance(number, Real) else None


def parse_region(text: str) -> Region:
    """Reads a region as the command line and the HTTP API take it.

    Args:
        text: L,T,R,B: four whole numbers are pixels; where one has a point, all are shares.

    Raises:
        ValueError: It is no such text, or the region is none.
    """
    if not re.fullmatch(REGION_PATTERN, text):
        raise ValueError(f"{text!r} is not LEFT,TOP,RIGHT,BOTTOM, in pixels or in shares as 0.5")
    kind = float if "." in text else int
    return _checked([kind(part) for part in text.split(",")])


def cropped(grey: Grey, region: Region | None) -> Grey:
    """The part of a picture in a region, in memory of its own; the picture itself for None.

    Args:
        grey: uint8, H x W.
        region: The region.

    Raises:
        OutsideError: The region has no pixel of the picture.
    """
    if region is None:
        return grey
    box = region.box(grey.shape[1], grey.shape[0])
    return grey[box.top : box.bottom, box.left : box.right].copy()


def _span(start: float, stop: float, side: int) -> tuple[int, int]:
    """The pixels of one side that a region has; a share has one at the least."""
    if isinstance(start, int) and isinstance(stop, int):
        return max(start, 0), min(stop, side)
    # The nearest pixels' edges, so that neighbouring shares have no pixel in common.
    first = min(int(start * side + 0.5), side - 1)
    return first, max(int(stop * side + 0.5), first + 1)
