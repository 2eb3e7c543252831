"""Undoes PNG's row filters (https://www.w3.org/TR/png-3/, section 9), some rows at a time."""

import struct
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from edgedigit.errors import DamagedError
from edgedigit.images.pixels import Grey

# Larger tiles no longer fit the cache.
MAX_ROWS = 512
"""As many rows are undone at a time."""
_TILE_COLUMNS = 2048
# Where an average diagonal has fewer, a loop over all bytes is quicker.
_MIN_DIAGONAL_BYTES = 32
_MAX_STORED_BYTES = 65_535

_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)
# Pillow's modes with so many bytes for each pixel.
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def unfilter(filters: Grey, rows: Grey, above: Grey, step: int, by_pillow: bool) -> Grey:
    """Undoes the filters of some rows of a picture, or of one pass of an interlaced one.

    Args:
        filters: The filter type of each row.
        rows: The filtered rows, H x bytes, H up to `MAX_ROWS`.
        above: The row above them, whose filter is undone; zeros above the first one.
        step: Bytes from a pixel to the one on its left, 1 to 4.
        by_pillow: Whether Pillow, which has to be there, may do what it is quicker at.

    Returns:
        H x bytes, C-contiguous.

    Raises:
        DamagedError: A filter type is unknown.
    """
    types = filters.tobytes()
    if max(types) > _PAETH:
        raise DamagedError("the PNG file's image data is damaged: unknown filter type")
    height, columns = len(rows), rows.shape[1] // step
    most = max(types)
    if most == _NONE:
        return np.ascontiguousarray(rows)
    if most >= _AVERAGE and by_pillow:
        return _unfilter_by_pillow(filters, rows, above, step)
    if not by_pillow and rows.size < _MIN_DIAGONAL_BYTES * (height + columns):
        lanes = [
            _unfilter_bytes(types, rows[:, lane::step].tobytes(), above[lane::step].tobytes())
            for lane in range(step)
        ]
        undone = np.frombuffer(b"".join(lanes), np.uint8).reshape(step, -1)
        return np.ascontiguousarray(undone.T).reshape(height, -1)
    if most < _AVERAGE:
        return _unfilter_rows(types, rows, above, step)
    # With a zero column on the left, as the specification has it.
    padded = np.zeros((height + 1, columns + 1, step), np.uint8)
    padded[0, 1:] = above.reshape(columns, step)
    padded[1:, 1:] = rows.reshape(height, columns, step)
    for x in range(0, columns, _TILE_COLUMNS):
        _unfilter_diagonally(filters, padded[:, x : x + _TILE_COLUMNS + 1])
    return padded[1:, 1:].reshape(height, -1)


def _unfilter_by_pillow(filters: Grey, rows: Grey, above: Grey, step: int) -> Grey:
    """Any filters: the rows become image data, below the one above them, that Pillow decodes."""
    from PIL import Image

    lines = np.zeros((len(rows) + 1, rows.shape[1] + 1), np.uint8)
    lines[0, 1:], lines[1:, 0], lines[1:, 1:] = above, filters, rows
    size, mode = (rows.shape[1] // step, len(lines)), _MODES[step]
    image = Image.frombytes(mode, size, _stored(lines.tobytes()), "zip", mode, 0)
    return np.asarray(image)[1:].reshape(len(rows), -1)


def _stored(data: bytes) -> bytes:
    """A zlib stream (RFC 1950) of stored blocks, up to its checksum, which Pillow does not read."""
    parts = [b"\x78\x01"]
    for start in range(0, len(data), _MAX_STORED_BYTES):
        part = data[start : start + _MAX_STORED_BYTES]
        is_last = start + len(part) == len(data)
        parts += [struct.pack("<BHH", is_last, len(part), len(part) ^ 0xFFFF), part]
    return b"".join(parts)


def _unfilter_rows(types: bytes, rows: Grey, above: Grey, step: int) -> Grey:
    """None, Sub and Up."""
    undone = np.array(rows)
    for filter_type, row in zip(types, undone, strict=True):
        if filter_type == _SUB:
            pixels = row.reshape(-1, step)
            np.add.accumulate(pixels, axis=0, out=pixels)
        elif filter_type == _UP:
            row += above
        above = row
    return undone


def _unfilter_bytes(types: bytes, lane: bytes, above: bytes) -> bytes:
    """Any filters, byte by byte, but what is 0 all about stays so.

    Args:
        types: The filter type of each row.
        lane: One byte of each pixel, row by row.
        above: The same of the row above.
    """
    columns = len(above)
    nothing = bytes(columns)
    low_bits = int.from_bytes(b"\x7f" * columns, "little")
    undone = []
    start = 0
    for filter_type in types:
        row = lane[start : start + columns]
        start += columns
        if row == nothing and (above == nothing or filter_type in (_UP, _PAETH)):
            pass
        elif filter_type == _NONE:
            above = row
        elif filter_type == _UP:
            ours, theirs = int.from_bytes(row, "little"), int.from_bytes(above, "little")
            # The highest bits are added without the carry, which would reach the next byte.
            sums = (ours & low_bits) + (theirs & low_bits) ^ (ours ^ theirs) & ~low_bits
            above = sums.to_bytes(columns, "little")
        elif filter_type == _SUB:
            above = bytes([total & 255 for total in accumulate(row)])
        elif filter_type == _PAETH:
            above = _undo_paeth(row, above)
        else:
            first = columns - max(len(row.lstrip(b"\0")), len(above.lstrip(b"\0")))
            above = nothing[:first] + _undo_average(row[first:], above[first:])
        undone.append(above)
    return b"".join(undone)


def _undo_average(row: bytes, above: bytes) -> bytearray:
    left = 0
    undone = bytearray()
    for value, up in zip(row, above, strict=True):
        left = value + (left + up >> 1) & 255
        undone.append(left)
    return undone


def _undo_paeth(row: bytes, above: bytes) -> bytes:
    # As long as nothing is added, what is above is repeated: it is as near as the corner's own.
    first, end = len(row) - len(row.lstrip(b"\0")), len(row.rstrip(b"\0"))
    left = corner = above[first - 1] if first else 0
    undone = bytearray(above[:first])
    for place in range(first, len(row)):
        if place >= end and left == corner:
            return bytes(undone) + above[place:]
        up = above[place]
        if up <= corner >= left:
            nearest = left if left < up else up
        elif up >= corner <= left:
            nearest = up if left < up else left
        else:
            to_left, to_up = abs(up - corner), abs(left - corner)
            to_corner = abs(to_left - to_up)
            if to_left <= to_up and to_left <= to_corner:
                nearest = left
            else:
                nearest = up if to_up <= to_corner else corner
        left, corner = row[place] + nearest & 255, up
        undone.append(left)
    return bytes(undone)


def _unfilter_diagonally(types: Grey, tile: Grey) -> None:
    """Any filters, in place.

    A pixel needs its neighbours on the left, above, and above that on the left. All pixels of
    one anti-diagonal have theirs on the two before, so that a diagonal is done at once: in
    `skewed`, row r lies r lines further down, and each line is a diagonal.

    Args:
        types: The filter types of all rows but the first.
        tile: Rows x columns x bytes; its first row and column are done.
    """
    rows, columns, step = tile.shape
    skewed = np.zeros((rows + columns - 1, rows * step), np.int16)
    line, item = skewed.strides
    straight = as_strided(skewed, tile.shape, (line + step * item, line, item))
    straight[:] = tile
    masks = _Masks.of(types, step)
    for t in range(2, rows + columns - 1):
        low, high = max(1, t - columns + 1) * step, min(rows, t) * step
        skewed[t, low:high] += _estimate(
            skewed[t - 1, low:high],
            skewed[t - 1, low - step : high - step],
            skewed[t - 2, low - step : high - step],
            masks.cut(low, high),
        )
        skewed[t, low:high] &= 255
    tile[1:, 1:] = straight[1:, 1:]


class _Masks(NamedTuple):
    """The neighbours that count in each row: all bits set, or none."""

    left: NDArray[np.int16]
    above: NDArray[np.int16]
    corner: NDArray[np.int16]
    average: NDArray[np.bool_]

    @classmethod
    def of(cls, types: Grey, step: int) -> "_Masks":
        each = np.repeat(np.concatenate(([_NONE], types)), step)
        left, above, corner = (
            -np.isin(each, chosen).astype(np.int16)
            for chosen in ((_SUB, _PAETH), (_UP, _PAETH), (_PAETH,))
        )
        return cls(left, above, corner, each == _AVERAGE)

    def cut(self, low: int, high: int) -> "_Masks":
        part = slice(low, high)
        return _Masks(self.left[part], self.above[part], self.corner[part], self.average[part])


def _estimate(
    left: NDArray[np.int16], above: NDArray[np.int16], corner: NDArray[np.int16], masks: _Masks
) -> NDArray[np.int16]:
    """Paeth's choice (section 9.4); with a single neighbour that counts, it is that neighbour.

    So the same sums serve None, Sub and Up, and Average, whose mean takes the place of the left.
    """
    a = np.where(masks.average, (left + above) >> 1, left & masks.left)
    b = above & masks.above
    c = corner & masks.corner
    to_a, to_b = b - c, a - c
    to_c = np.abs(to_a + to_b)
    np.abs(to_a, out=to_a)
    np.abs(to_b, out=to_b)
    nearest = np.where(to_b <= to_c, b, c)
    return np.where(to_a <= np.minimum(to_b, to_c), a, nearest)
