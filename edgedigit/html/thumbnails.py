"""Small copies of pictures, as PNG files in data URIs."""

import base64
import struct
import zlib

import numpy as np

from edgedigit.images.pixels import Grey
from edgedigit.images.signatures import PNG_START
from edgedigit.normalize.pipeline import reduce
from edgedigit.raster.resampling import averaging_weights, resample

SIDE = 64


def data_uri(grey: Grey) -> str:
    """A picture, no larger than a thumbnail, for the `src` of an <img>."""
    return "data:image/png;base64," + base64.b64encode(png_file(shrunk(grey))).decode("ascii")


def shrunk(grey: Grey) -> Grey:
    """Averages a picture until its longer side is 64 pixels; a smaller one stays as it is.

    Args:
        grey: uint8 of shape (height, width).

    Returns:
        uint8 of the same proportions, as far as whole pixels allow.
    """
    longest = max(grey.shape)
    if longest <= SIDE:
        return grey
    height, width = (max(1, round(side * SIDE / longest)) for side in grey.shape)
    pictures = reduce(grey[np.newaxis])
    _, rows, columns = pictures.shape
    small: Grey = resample(
        pictures, averaging_weights(rows, height), averaging_weights(columns, width)
    )[0]
    return small


def png_file(grey: Grey) -> bytes:
    """A grey picture as a PNG file.

    Args:
        grey: uint8 of shape (height, width).
    """
    height, width = grey.shape
    # Each row starts with the number of its filter: none.
    rows = np.pad(grey, ((0, 0), (1, 0)))
    return b"".join(
        [
            PNG_START,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
