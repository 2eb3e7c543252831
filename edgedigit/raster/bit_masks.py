"""Masks as long integers, with which Python works 64 pixels at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# In larger masks a flood takes longer than finding all components.
_MAX_FLOODED_BITS = 2048


class BitMask:
    """A mask, row after row, with a margin behind each row.

    Attributes:
        bits: The pixels, the first one in the lowest bit.
        height: The number of rows.
        width: Pixels of a row.
        stride: Bits from a row to the next, a multiple of 8.
    """

    __slots__ = "_box", "bits", "height", "stride", "width"

    def __init__(self, bits: int, height: int, width: int, stride: int) -> None:
        """Takes the pixels."""
        self.bits, self.height, self.width, self.stride = bits, height, width, stride
        self._box: tuple[int, int, int, int] | None = None

    @classmethod
    def joined(cls, masks: Sequence[BitMask]) -> BitMask:
        """The pixels of any of some masks that are laid out alike."""
        if len(masks) == 1:
            return masks[0]
        bits = 0
        for mask in masks:
            bits |= mask.bits
        return cls(bits, masks[0].height, masks[0].width, masks[0].stride)

    def box(self) -> tuple[int, int, int, int]:
        """Top, left, bottom and right, half-open, of the pixels; all 0 where there are none."""
        if self._box is None:
            self._box = self._found_box()
        return self._box

    def _found_box(self) -> tuple[int, int, int, int]:
        bits, stride = self.bits, self.stride
        if not bits:
            return 0, 0, 0, 0
        top = ((bits & -bits).bit_length() - 1) // stride
        bottom = (bits.bit_length() - 1) // stride + 1
        # One half of the rows is laid upon the other until one row is left.
        folded, rows = bits >> top * stride, bottom - top
        while rows > 1:
            rows = -(-rows // 2)
            folded = (folded >> rows * stride | folded) & (1 << rows * stride) - 1
        return top, (folded & -folded).bit_length() - 1, bottom, folded.bit_length()

    def is_whole(self) -> bool:
        """Whether there is one component for certain, 8-connected, or none.

        A component has a run of pixels that nothing touches from above, and one that nothing
        touches from below; so there is one where there is one such run.
        """
        bits, stride = self.bits, self.stride
        ends = _ends(bits, bits << stride)
        if not ends & ends - 1:
            return True
        below = _ends(bits, bits >> stride)
        if not below & below - 1:
            return True
        if self.height * stride > _MAX_FLOODED_BITS:
            return False
        flooded, before = ends & -ends, 0
        while flooded != before:
            before = flooded
            flooded |= flooded << 1 | flooded >> 1
            flooded = (flooded | flooded << stride | flooded >> stride) & bits
            if flooded & ends == ends:
                return True
        return False

    def dilated(self, pixels: int) -> BitMask:
        """All pixels in squares around the mask's.

        Args:
            pixels: How far squares reach in each direction, at most the margin.
        """
        around = self.bits
        for step in (self.stride, 1):
            reach = 0
            while reach < pixels:
                further = min(reach + 1, pixels - reach)
                around |= around << further * step | around >> further * step
                reach += further
        around &= (1 << self.height * self.stride) - 1
        return BitMask(around, self.height, self.width, self.stride)

    def reaches(self, other: BitMask, pixels: int) -> bool:
        """Whether `dilated` has all pixels of another mask, which is laid out alike."""
        near = self.bits | self.bits << self.stride | self.bits >> self.stride
        near |= near << 1 | near >> 1
        # Mostly it has, within a pixel.
        return not (other.bits & ~near and other.bits & ~self.dilated(pixels).bits)

    def only(self, other: BitMask) -> BitMask:
        """Its pixels that are another one's too, which is laid out alike."""
        return BitMask(self.bits & other.bits, self.height, self.width, self.stride)

    def without(self, other: BitMask) -> BitMask:
        """Its pixels that are not another one's, which is laid out alike."""
        return BitMask(self.bits & ~other.bits, self.height, self.width, self.stride)

    def stroke_width(self, is_cut: bool = True) -> float:
        """The average thickness of strokes, in pixels.

        Args:
            is_cut: Whether there may be pixels along the border.
        """
        bits, stride = self.bits, self.stride
        edges = (bits ^ bits << stride).bit_count() + (bits ^ bits << 1).bit_count()
        if is_cut:  # there is no edge
            column = ((1 << self.height * stride) - 1) // ((1 << stride) - 1)
            edges -= (bits & (1 << stride) - 1).bit_count()
            edges -= (bits >> (self.height - 1) * stride).bit_count()
            edges -= (bits & column).bit_count()
            edges -= (bits >> self.width - 1 & column).bit_count()
        # The edges of the pixels are 4 / pi times as long as the outline (Crofton).
        return bits.bit_count() * (8 / np.pi) / max(edges, 1)

    def array(self) -> NDArray[np.bool_]:
        """The mask as bool of shape (height, width)."""
        data = self.bits.to_bytes(self.height * self.stride // 8, "little")
        each = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return each.reshape(self.height, self.stride)[:, : self.width].view(np.bool_)


def _ends(bits: int, beside: int) -> int:
    """The last pixels of the runs that touch no pixel of the row beside them."""
    touched = bits & (beside | beside << 1 | beside >> 1)
    after = bits << 1
    # One is added at the start of each run, and carried beyond its end where it is untouched.
    carried = (bits ^ touched) + (bits ^ (bits & after))
    return (carried & (after ^ (after & bits))) >> 1


def bit_masks(
    pictures: NDArray[np.uint8], levels: Sequence[int], margin: int
) -> list[list[BitMask]]:
    """The pixels of at least each of some levels.

    Args:
        pictures: uint8 of shape (n, height, width).
        levels: The levels.
        margin: The least pixels behind each row, at least 1.

    Returns:
        For each picture, a mask for each level.
    """
    n, height, width = pictures.shape
    stride = -(-(width + margin) // 8) * 8
    laid_out = np.zeros((n, height, stride), np.uint8)
    laid_out[:, :, :width] = pictures
    marked = laid_out.reshape(n, 1, -1) >= np.array(levels, np.uint8)[:, None]
    data = np.packbits(marked, bitorder="little").tobytes()
    size = height * stride // 8
    each = [
        BitMask(int.from_bytes(data[start : start + size], "little"), height, width, stride)
        for start in range(0, len(data), size)
    ]
    return [each[start : start + len(levels)] for start in range(0, len(each), len(levels))]
