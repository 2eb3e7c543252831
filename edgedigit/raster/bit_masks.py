"""Masks as one long integer, with which Python works 64 pixels at a time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class BitMasks(NamedTuple):
    """A stack of masks, row after row, with a margin behind each row and below each mask.

    Attributes:
        bits: The pixels, the first one in the lowest bit.
        number: The number of masks.
        size: Bits of each, a multiple of 8.
        stride: Bits from a row to the next.
    """

    bits: int
    number: int
    size: int
    stride: int

    def are_whole(self) -> NDArray[np.bool_]:
        """Whether each mask has one component for certain, 8-connected, or none: shape (n,).

        A component has a run of pixels that nothing touches from above, and one that nothing
        touches from below; so there is one where there is one such run.
        """
        whole: NDArray[np.bool_] = self._ends(self.bits << self.stride) <= 1
        if not whole.all():
            whole |= self._ends(self.bits >> self.stride) <= 1
        return whole

    def _ends(self, beside: int) -> NDArray[np.uint32]:
        """The number of each mask's runs that touch no pixel of the row beside them."""
        bits = self.bits
        touched = bits & (beside | beside << 1 | beside >> 1)
        after = bits << 1
        # One is added at the start of each run, and carried beyond its end where it is untouched.
        carried = (bits ^ touched) + (bits ^ (bits & after))
        return self._counts(carried & (after ^ (after & bits)))

    def _counts(self, bits: int) -> NDArray[np.uint32]:
        if self.number == 1:
            return np.array([bits.bit_count()], np.uint32)
        data = bits.to_bytes(self.number * self.size // 8, "little")
        each = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(self.number, -1)
        counts: NDArray[np.uint32] = each.sum(axis=1, dtype=np.uint32)
        return counts

    def reach(self, other: "BitMasks", pixels: int) -> bool:
        """Whether all pixels of the other masks lie in squares around pixels of these.

        Args:
            other: Masks of the same shape and margin.
            pixels: How far squares reach in each direction, at most the margin.
        """
        around = self.bits
        for _ in range(pixels):
            around |= around << self.stride | around >> self.stride
        for _ in range(pixels):
            around |= around << 1 | around >> 1
        return other.bits == other.bits & around


def bit_masks(masks: NDArray[np.bool_], margin: int) -> BitMasks:
    """Packs a stack of masks.

    Args:
        masks: bool of shape (n, height, width).
        margin: The least pixels behind each row, and below each mask, at least 1.
    """
    n, height, width = masks.shape
    rows, stride = height + margin, -(-(width + margin) // 8) * 8
    laid_out = np.zeros((n, rows, stride), np.bool_)
    laid_out[:, :height, :width] = masks
    data = np.packbits(laid_out.reshape(-1), bitorder="little").tobytes()
    return BitMasks(int.from_bytes(data, "little"), n, rows * stride, stride)
