"""Sizes that files claim, for what Pillow would take memory for before it tells a size."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from edgedigit.images.signatures import PNG_SIGNATURE


def webp_sizes(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """The canvas of a WebP file (https://developers.google.com/speed/webp/docs/riff_container).

    Args:
        file: The file, at its start.

    Yields:
        Width and height in pixels; nothing when the header is damaged.
    """
    start = file.read(30)
    if len(start) < 30:
        return
    kind = start[12:16]
    if kind == b"VP8X":
        low, middle, high, *rest = start[24:30]
        yield (low | middle << 8 | high << 16) + 1, (rest[0] | rest[1] << 8 | rest[2] << 16) + 1
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", start, 21)
        yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", start, 26)
        yield width & 0x3FFF, height & 0x3FFF


def ico_sizes(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """The pictures in an ICO file, by their own headers: the file's directory ends at 256 x 256.

    Args:
        file: The file, at its start.

    Yields:
        Width and height in pixels of each that has a header.
    """
    start = file.read(6)
    if len(start) < 6:
        return
    (count,) = struct.unpack_from("<H", start, 4)
    directory = file.read(16 * count)
    for position in range(12, len(directory) - 3, 16):
        file.seek(*struct.unpack_from("<I", directory, position))
        start = file.read(24)
        if len(start) < 24:
            continue
        if start.startswith(PNG_SIGNATURE):
            width, height = struct.unpack_from(">II", start, 16)
        else:
            width, height = struct.unpack_from("<II", start, 4)
            height //= 2  # the picture and its mask
        yield width, height
