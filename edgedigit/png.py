"""Decodes PNG files (https://www.w3.org/TR/png-3/) with the standard library and NumPy.

It reads them as Pillow does, including what Pillow makes of odd files, since a picture has to
give the same pixels whether Pillow is installed or not. It refuses more: image data with a wrong
checksum, missing rows (which Pillow may leave black), and sides of more than 100,000 pixels.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from edgedigit.errors import ImageError
from edgedigit.exif import exif_orientation, xmp_orientation
from edgedigit.pixels import Grey, Picture, Values, check_size
from edgedigit.png_filters import unfilter

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_GREY, _RGB, _INDEXED, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _INDEXED: 1, _GREY_ALPHA: 2, _RGB_ALPHA: 4}
_DEPTHS = {
    _GREY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _INDEXED: (1, 2, 4, 8),
    _GREY_ALPHA: (8, 16),
    _RGB_ALPHA: (8, 16),
}
# First row and column of each Adam7 pass, and the steps between its rows and columns.
_ADAM7 = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)
# No photo or scan is as long, and millions of rows of a few pixels would take minutes.
_MAX_SIDE = 100_000
_MAX_TEXT = 1 << 20


class _Header(NamedTuple):
    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def pixel_bits(self) -> int:
        return self.depth * _CHANNELS[self.colour]

    def passes(self) -> Iterator[tuple[slice, slice, int, int]]:
        """The rows and columns that each pass fills, and how many they are."""
        for y, x, dy, dx in _ADAM7 if self.interlaced else ((0, 0, 1, 1),):
            height, width = len(range(y, self.height, dy)), len(range(x, self.width, dx))
            if height and width:
                yield slice(y, None, dy), slice(x, None, dx), height, width

    def stride(self, width: int) -> int:
        return (width * self.pixel_bits + 7) // 8


class _Chunk(NamedTuple):
    name: bytes
    body: bytes
    complete: bool
    intact: bool


class _File(NamedTuple):
    header: _Header
    image_data: bytes
    extras: dict[bytes, bytes]
    texts: dict[bytes, str]


def decode(data: bytes) -> Picture:
    """Decodes a PNG file of any colour type, depth and interlacing; of an animation, frame one.

    Args:
        data: The whole file.

    Returns:
        H x W or H x W x 3; uint16 for 16 bit grey, otherwise uint8 (of deeper colours and of
        grey with alpha, the high byte). With the transparency and orientation that it names.

    Raises:
        ImageError: The file is damaged, truncated or too large.
    """
    file = _read_file(data)
    samples = _read_samples(file.header, file.image_data)
    colour, alpha = _interpret(file.header, samples, file.extras)
    return Picture(colour, alpha, _orientation(file))


# Chunks (section 5 of the specification)


def _read_file(data: bytes) -> _File:
    chunks = _chunks(data)
    header = _read_header(next(chunks, None))
    image_data: list[bytes] = []
    extras: dict[bytes, bytes] = {}
    texts: dict[bytes, str] = {}
    image_ended = False
    for chunk in chunks:
        image_ended = image_ended or (bool(image_data) and chunk.name != b"IDAT")
        # An animation's frames come after the picture that stands for it.
        if chunk.name == b"IEND" or (image_ended and chunk.name == b"fcTL"):
            break
        _check_chunk(chunk, image_ended)
        if chunk.name == b"IDAT":
            # Pillow, too, takes no notice of image data that something else interrupts.
            image_data += [] if image_ended else [chunk.body]
        elif chunk.name in (b"tEXt", b"zTXt", b"iTXt"):
            texts.update([_read_text(chunk)])
        elif chunk.name in (b"PLTE", b"tRNS", b"eXIf"):
            extras[chunk.name] = chunk.body
    if not image_data:
        raise ImageError("the PNG file contains no image data")
    return _File(header, b"".join(image_data), extras, texts)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if not re.fullmatch(rb"\w{4}", name):
            yield _Chunk(name, b"", complete=True, intact=False)
            return
        body = data[position + 8 : end]
        checksum = struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
        yield _Chunk(name, body, len(body) == length, data[end : end + 4] == checksum)
        position = end + 4


def _check_chunk(chunk: _Chunk, image_ended: bool) -> None:
    """Checks what Pillow checks, and the checksum of image data."""
    if image_ended and chunk.complete:
        return
    # Image data that breaks off may still be enough; decoding it shows.
    if not chunk.complete and chunk.name != b"IDAT":
        raise ImageError(f"the PNG file is truncated in its {_printable(chunk.name)} chunk")
    if chunk.complete and not chunk.intact:
        raise ImageError(f"the PNG file is damaged: wrong checksum of {_printable(chunk.name)}")


def _printable(name: bytes) -> str:
    return name.decode("ascii", "backslashreplace")


def _read_header(chunk: _Chunk | None) -> _Header:
    if chunk is None or len(chunk.body) < 13 or chunk.name != b"IHDR" or not chunk.intact:
        raise ImageError("the PNG file's header is truncated or damaged")
    width, height, depth, colour, _, filtering, interlace = struct.unpack_from(
        ">IIBBBBB", chunk.body
    )
    if depth not in _DEPTHS.get(colour, ()) or filtering:
        raise ImageError(f"PNG has no colour type {colour} of {depth} bits, filters {filtering}")
    check_size(width, height)
    if max(width, height) > _MAX_SIDE:
        raise ImageError(f"the picture is too large: {width} x {height} pixels")
    return _Header(width, height, depth, colour, bool(interlace))


def _read_text(chunk: _Chunk) -> tuple[bytes, str]:
    """Key and text of a text chunk; an empty text when it is damaged."""
    key, _, body = chunk.body.partition(b"\0")
    packed = chunk.name == b"zTXt"
    if chunk.name == b"iTXt":
        packed = body[:1] == b"\1"
        body = b"".join(body[2:].split(b"\0", 2)[2:])
    elif packed:
        body = body[1:]
    try:
        text = zlib.decompressobj().decompress(body, _MAX_TEXT) if packed else body
    except zlib.error:
        text = b""
    return key, text.decode("utf-8" if chunk.name == b"iTXt" else "latin-1", "replace")


def _orientation(file: _File) -> int:
    """Looks where Pillow looks: in EXIF, in ImageMagick's text form of it, in XMP."""
    exif = file.extras.get(b"eXIf")
    found = None
    if exif is not None:
        found = exif_orientation(exif)
    elif b"Raw profile type exif" in file.texts:
        lines = file.texts[b"Raw profile type exif"].split("\n")
        try:
            found = exif_orientation(bytes.fromhex("".join(lines[3:])))
        except ValueError:
            found = 1
    if found is None:
        found = xmp_orientation(file.texts.get(b"XML:com.adobe.xmp", ""))
    return found or 1


# From image data to samples (sections 7 to 10)


def _read_samples(header: _Header, image_data: bytes) -> Values:
    """H x W x channels; 2 and 4 bits as they are, 16 bits of grey in full."""
    layout = list(header.passes())
    sizes = [height * (1 + header.stride(width)) for *_, height, width in layout]
    raw = np.frombuffer(_inflate(image_data, sum(sizes)), np.uint8)
    full = header.depth == 16 and header.colour == _GREY
    shape = (header.height, header.width, _CHANNELS[header.colour])
    samples = np.empty(shape, np.uint16 if full else np.uint8)
    start = 0
    for size, (ys, xs, height, width) in zip(sizes, layout, strict=True):
        lines = raw[start : start + size].reshape(height, -1)
        rows = unfilter(lines[:, 0], lines[:, 1:], max(1, header.pixel_bits // 8))
        samples[ys, xs] = _unpack(header, rows, width)
        start += size
    return samples


def _inflate(image_data: bytes, size: int) -> bytes:
    """Inflates no more than the picture needs; Pillow ignores the rest as well."""
    try:
        raw = zlib.decompressobj().decompress(image_data, size)
    except zlib.error as error:
        raise ImageError(f"the PNG file's image data is damaged: {error}") from error
    if len(raw) < size:
        raise ImageError(f"the PNG file is truncated: {len(raw)} of {size} bytes are there")
    return raw


def _unpack(header: _Header, rows: Grey, width: int) -> Values:
    shape = (len(rows), width, _CHANNELS[header.colour])
    if header.depth == 8:
        return rows.reshape(shape)
    if header.depth == 16:
        if header.colour == _GREY:
            return rows.view(">u2").reshape(shape)
        return rows[:, ::2].reshape(shape)
    shifts = np.arange(8 - header.depth, -1, -header.depth, dtype=np.uint8)
    values = (rows[:, :, None] >> shifts) & np.uint8((1 << header.depth) - 1)
    return values.reshape(len(rows), -1, 1)[:, :width]


# From samples to colours (sections 6 and 11.3.2)


def _interpret(
    header: _Header, samples: Values, extras: dict[bytes, bytes]
) -> tuple[Values, Grey | None]:
    if header.colour == _INDEXED:
        return _look_up(samples[..., 0], extras)
    if header.colour in (_GREY_ALPHA, _RGB_ALPHA):
        colour = samples[..., 0] if header.colour == _GREY_ALPHA else samples[..., :3]
        return colour, samples[..., -1].astype(np.uint8, copy=False)
    if header.depth < 8:
        samples = samples * np.uint8(255 // ((1 << header.depth) - 1))
    alpha = None
    if b"tRNS" in extras:
        transparent = np.array(_transparent_values(header, extras[b"tRNS"]), samples.dtype)
        alpha = (samples != transparent).any(axis=2) * np.uint8(255)
    return (samples if header.colour == _RGB else samples[..., 0]), alpha


def _transparent_values(header: _Header, trns: bytes) -> tuple[int, ...]:
    channels = _CHANNELS[header.colour]
    if len(trns) < 2 * channels:
        raise ImageError("the PNG file's tRNS chunk is truncated")
    values: tuple[int, ...] = struct.unpack_from(f">{channels}H", trns)
    if header.depth == 1:
        return (255 if values[0] else 0,)
    if header.depth == 16 and header.colour == _GREY:
        return values
    # Right for 8 bits only. Pillow compares with the low byte of what the file says for the
    # other depths too (and there the pixels are stretched, or their high byte): so must this.
    return tuple(value & 255 for value in values)


def _look_up(indices: Grey, extras: dict[bytes, bytes]) -> tuple[Grey, Grey | None]:
    palette = _padded(extras.get(b"PLTE", b""), 3, 0)
    # Indices beyond the palette are errors in the specification, and black in Pillow.
    alpha = None
    if b"tRNS" in extras:
        alpha = _padded(extras[b"tRNS"], 1, 255)[:, 0][indices]
    return palette[indices], alpha


def _padded(table: bytes, channels: int, fill: int) -> Grey:
    entries = len(table) // channels
    if entries > 256:
        raise ImageError(f"the PNG file's palette has {entries} entries, 256 are the most")
    padded = np.full((256, channels), fill, np.uint8)
    padded[:entries] = np.frombuffer(table, np.uint8, entries * channels).reshape(-1, channels)
    return padded
