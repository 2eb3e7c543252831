"""Encodes grey pictures as PNG files (https://www.w3.org/TR/png-3/)."""

import struct
import zlib

import numpy as np

from edgedigit.images.pixels import Grey
from edgedigit.images.signatures import PNG_SIGNATURE


def encode_png(grey: Grey) -> bytes:
    """A grey picture as a PNG file.

    Args:
        grey: uint8 of shape (height, width).
    """
    height, width = grey.shape
    # Each row starts with the number of its filter: none.
    rows = np.pad(grey, ((0, 0), (1, 0)))
    return b"".join(
        [
            PNG_SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
