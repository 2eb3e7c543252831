"""Picture files of every kind that the decoders read, valid and damaged, and ways to read them."""

import importlib.util
import io
import struct
import sys
import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit.errors import ImageError
from edgedigit.images import load_grey, png
from edgedigit.images.pixels import to_grey
from edgedigit.images.signatures import START_BYTES, find_file_type
from edgedigit.limits import MAX_PIXELS

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
]


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, depth: int = 8, colour: int = 0, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png_file(
    samples: NDArray[np.integer],
    depth: int = 8,
    colour: int = 0,
    *,
    interlace: bool = False,
    filters: Sequence[int] = (0,),
    before: bytes = b"",
    after: bytes = b"",
    level: int = 6,
) -> bytes:
    """Encodes samples (H x W x channels, or H x W) as they are; `filters` repeat down the rows."""
    pixels = samples.reshape(samples.shape[0], samples.shape[1], CHANNELS[colour])
    passes = [pixels[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlace else [pixels]
    raw = b"".join(_filtered(p, depth, filters) for p in passes if p.size)
    height, width = pixels.shape[:2]
    ihdr = header(width, height, depth, colour, int(interlace))
    idat = chunk(b"IDAT", zlib.compress(raw, level))
    return SIGNATURE + ihdr + before + idat + after + chunk(b"IEND")


def _filtered(pixels: NDArray[np.integer], depth: int, filters: Sequence[int]) -> bytes:
    rows = _packed(pixels, depth)
    step = max(1, depth * pixels.shape[2] // 8)
    padded = np.pad(rows.astype(np.int16), ((1, 0), (step, 0)))
    here, left, above, corner = (
        padded[1:, step:],
        padded[1:, :-step],
        padded[:-1, step:],
        padded[:-1, :-step],
    )
    estimates = [0 * here, left, above, (left + above) // 2, _paeth(left, above, corner)]
    out = []
    for y in range(len(rows)):
        kind = filters[y % len(filters)]
        out.append(
            bytes([kind]) + ((here[y] - estimates[kind][y]) & 255).astype(np.uint8).tobytes()
        )
    return b"".join(out)


def _packed(pixels: NDArray[np.integer], depth: int) -> NDArray[np.uint8]:
    rows = pixels.reshape(len(pixels), -1)
    if depth == 16:
        return rows.astype(">u2").view(np.uint8)
    if depth == 8:
        return rows.astype(np.uint8)
    bits = (rows[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(len(rows), -1).astype(np.uint8), axis=1)


def _paeth(
    left: NDArray[np.int16], above: NDArray[np.int16], corner: NDArray[np.int16]
) -> NDArray[np.int16]:
    nearest = np.where(abs(left - corner) <= abs(left + above - 2 * corner), above, corner)
    closest_left = abs(above - corner) <= np.minimum(
        abs(left - corner), abs(left + above - 2 * corner)
    )
    return np.where(closest_left, left, nearest)


def tiff_orientation(value: int, order: str = ">", kind: int = 3, count: int = 1) -> bytes:
    """The smallest EXIF block with an orientation; the value lies where `kind` says."""
    start = b"MM\0*" if order == ">" else b"II*\0"
    form = {1: "B3x", 3: "H2x", 4: "L"}[kind]
    entry = struct.pack(order + "HHL" + form, 0x0112, kind, count, value)
    return start + struct.pack(order + "LH", 8, 1) + entry + bytes(4)


def turned(array: NDArray[np.integer], orientation: int) -> NDArray[np.integer]:
    """What EXIF's orientation makes of an array; nothing for values that it does not define."""
    return {
        2: array[:, ::-1],
        3: array[::-1, ::-1],
        4: array[::-1],
        5: array.T,
        6: np.rot90(array, -1),
        7: array[::-1, ::-1].T,
        8: np.rot90(array),
    }.get(orientation, array)


def netpbm_file(kind: int, values: NDArray[np.integer], maxval: int | None = None) -> bytes:
    """Writes H x W or H x W x 3 values as P1 to P6; `maxval` is for all but P1 and P4."""
    height, width = values.shape[:2]
    start = b"P%d\n%d %d\n" % (kind, width, height) + (b"%d\n" % maxval if maxval else b"")
    if kind < 4:
        return start + b" ".join(b"%d" % value for value in values.ravel()) + b"\n"
    if kind == 4:
        return start + np.packbits(values.astype(np.uint8), axis=1).tobytes()
    return start + values.astype(">u2" if maxval and maxval > 255 else np.uint8).tobytes()


def load_without_pillow(image: object, **options: int) -> NDArray[np.uint8]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "PIL", None)
        return load_grey(image, **options)


def load_with_pillow(data: bytes, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Reads a file with Pillow, also where the package would do without it."""
    from edgedigit.images import pillow_reader

    kind = find_file_type(data[:START_BYTES])
    if kind is None or kind.plugin is None:
        raise ImageError("not a picture")
    return to_grey(pillow_reader.open_pages(data, kind, max_pixels).read(0))


def load_in_bands(data: bytes, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Reads a PNG file as large ones are read, but three rows at a time: Pillow does a part."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png, "MAX_ROWS", 3)
        by_pillow = importlib.util.find_spec("PIL") is not None
        return to_grey(png.decode(io.BytesIO(data), max_pixels, by_pillow))


def load_both_ways(data: bytes) -> NDArray[np.uint8]:
    """Reads a file without Pillow and, where it is installed, with it: the same pixels.

    A PNG file is read in bands too.
    """
    grey = load_without_pillow(data)
    if data.startswith(SIGNATURE):
        np.testing.assert_array_equal(load_in_bands(data), grey)
    if importlib.util.find_spec("PIL"):
        np.testing.assert_array_equal(load_with_pillow(data), grey)
    return grey
