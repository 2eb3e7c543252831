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

from edgedigit.errors import DamagedError, TooLargeError
from edgedigit.images.orientation import find_orientation
from edgedigit.images.pixels import Grey, Picture, Values, check_size
from edgedigit.images.png_filters import unfilter
from edgedigit.images.signatures import PNG_SIGNATURE

_GREY, _RGB, _INDEXED, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _INDEXED: 1, _GREY_ALPHA: 2, _RGB_ALPHA: 4}
_BIT_DEPTHS = {
    _GREY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _INDEXED: (1, 2, 4, 8),
    _GREY_ALPHA: (8, 16),
    _RGB_ALPHA: (8, 16),
}
# First row and column of each pass, and the steps between its rows and columns.
_ADAM7_PASSES = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)
# No photo or scan is as long, and millions of rows of a few pixels would take minutes.
_MAX_SIDE_PIXELS = 100_000
# Of 8 KB each, as most programs write them, they hold half a gigabyte.
_MAX_CHUNKS = 1 << 16
_MAX_TEXT_BYTES = 1 << 20
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
# Those of an animation too: its first frame need not be the picture.
_KNOWN_EXTRAS = (b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT")
# The texts that may hold the orientation.
_EXIF_KEY, _XMP_KEY = b"Raw profile type exif", b"XML:com.adobe.xmp"
# The XMP packet as it was stored, UTF-8 or not; it counts where the text does not.
_RAW_XMP_KEY = b"xmp"


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
        for y, x, dy, dx in _ADAM7_PASSES if self.interlaced else ((0, 0, 1, 1),):
            height, width = len(range(y, self.height, dy)), len(range(x, self.width, dx))
            if height and width:
                yield slice(y, None, dy), slice(x, None, dx), height, width

    def is_filled_by(self, frame: bytes) -> bool:
        """Whether the frame of an animation, given by its control chunk, is the whole picture."""
        return frame[4:20] == struct.pack(">4I", self.width, self.height, 0, 0)

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


def decode(data: bytes, max_pixels: int) -> Picture:
    """Decodes a PNG file of any colour type, depth and interlacing; of an animation, frame one.

    Args:
        data: The whole file.
        max_pixels: The most pixels that it may have.

    Returns:
        H x W or H x W x 3; uint16 for 16 bit grey, otherwise uint8 (of deeper colours and of
        grey with alpha, the high byte). With the transparency and orientation that it names.

    Raises:
        DamagedError: The file is damaged or truncated.
        TooLargeError: It has more pixels than allowed, or a side of more than 100,000.
    """
    file = _read_file(data, max_pixels)
    samples = _read_samples(file.header, file.image_data)
    colour, alpha = _interpret(file.header, samples, file.extras)
    return Picture(colour, alpha, _orientation(file))


def without_foreign_chunks(data: bytes) -> bytes:
    """A PNG file without what says nothing of its pixels or orientation.

    Pillow keeps texts under the names that their writer chose, beside what it knows itself of a
    picture: one named "transparency" or "interlace" would change the pixels.

    Raises:
        DamagedError: It has more chunks than any program writes.
    """
    kept, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    for chunk in _chunks(data):
        end = position + 12 + len(chunk.body)
        if not chunk.complete or not chunk.intact or not _is_foreign(chunk):
            kept.append(data[position:end])
        position = end
    return b"".join([*kept, data[position:]])


def _is_foreign(chunk: _Chunk) -> bool:
    if chunk.name in _TEXTS:
        return chunk.body.partition(b"\0")[0] not in (_EXIF_KEY, _XMP_KEY)
    is_needed = chunk.name[:1].isupper()  # section 5.4: critical
    return not is_needed and chunk.name not in _KNOWN_EXTRAS


# Chunks (section 5 of the specification)


def _read_file(data: bytes, max_pixels: int) -> _File:
    chunks = _chunks(data)
    header = _read_header(next(chunks, None), max_pixels)
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
        if chunk.name == b"IHDR" and not image_data:
            raise DamagedError("the PNG file is damaged: it has two headers")
        if chunk.name == b"fcTL" and not header.is_filled_by(chunk.body):
            raise DamagedError("the PNG file's first frame is not the whole picture")
        if chunk.name == b"IDAT":
            # Pillow, too, takes no notice of image data that something else interrupts.
            image_data += [] if image_ended else [chunk.body]
        elif chunk.name in _TEXTS:
            texts.update(_read_text(chunk))
        elif chunk.name in (b"tRNS", b"eXIf") or (chunk.name == b"PLTE" and not image_data):
            extras[chunk.name] = chunk.body
    if not image_data:
        raise DamagedError("the PNG file contains no image data")
    return _File(header, b"".join(image_data), extras, texts)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    position = len(PNG_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if position + 8 > len(data):
            return
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if not re.fullmatch(rb"\w{4}", name):
            yield _Chunk(name, b"", complete=True, intact=False)
            return
        body = data[position + 8 : end]
        checksum = struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
        yield _Chunk(name, body, len(body) == length, data[end : end + 4] == checksum)
        position = end + 4
    raise DamagedError(f"the PNG file is damaged: it has more than {_MAX_CHUNKS:,} chunks")


def _check_chunk(chunk: _Chunk, image_ended: bool) -> None:
    """Checks what Pillow checks, and the checksum of image data."""
    if image_ended and chunk.complete:
        return
    # Image data that breaks off may still be enough; decoding it shows.
    if not chunk.complete and chunk.name != b"IDAT":
        raise DamagedError(f"the PNG file is truncated in its {_chunk_name(chunk.name)} chunk")
    if chunk.complete and not chunk.intact:
        raise DamagedError(f"the PNG file is damaged: wrong checksum of {_chunk_name(chunk.name)}")


def _chunk_name(name: bytes) -> str:
    return name.decode("ascii", "backslashreplace")


def _read_header(chunk: _Chunk | None, max_pixels: int) -> _Header:
    if chunk is None or len(chunk.body) < 13 or chunk.name != b"IHDR" or not chunk.intact:
        raise DamagedError("the PNG file's header is truncated or damaged")
    width, height, depth, colour, _, filtering, interlace = struct.unpack_from(
        ">IIBBBBB", chunk.body
    )
    if depth not in _BIT_DEPTHS.get(colour, ()) or filtering:
        raise DamagedError(f"PNG has no colour type {colour} of {depth} bits, filters {filtering}")
    check_size(width, height, max_pixels)
    if max(width, height) > _MAX_SIDE_PIXELS:
        raise TooLargeError(
            f"the picture is too large: {width} x {height} pixels, "
            f"a side has {_MAX_SIDE_PIXELS:,} at most"
        )
    return _Header(width, height, depth, colour, bool(interlace))


def _read_text(chunk: _Chunk) -> dict[bytes, str]:
    """The text by its key; nothing when it is damaged, or a text without meaning here."""
    key, _, body = chunk.body.partition(b"\0")
    if key not in (_EXIF_KEY, _XMP_KEY):
        return {}
    if chunk.name == b"tEXt":
        return {key: body.decode("latin-1")}
    if chunk.name == b"zTXt":
        # As in Pillow, a damaged one takes the place of an earlier text.
        return {key: (_unpacked(body[1:]) or b"").decode("latin-1")}
    packed, method, fields = body[:1], body[1:2], body[2:].split(b"\0", 2)
    if len(fields) < 3 or (packed != b"\0" and method != b"\0"):
        return {}
    text = fields[2] if packed == b"\0" else _unpacked(fields[2])
    if text is None:
        return {}
    stored = {_RAW_XMP_KEY: text.decode("latin-1")} if key == _XMP_KEY else {}
    try:
        for field in fields[:2]:  # the language, and the key in that language
            field.decode()
        return {**stored, key: text.decode()}
    except UnicodeDecodeError:
        return stored


def _unpacked(text: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(text, _MAX_TEXT_BYTES)
    except zlib.error:
        return None


def _orientation(file: _File) -> int:
    return find_orientation(
        file.extras.get(b"eXIf"),
        file.texts.get(_EXIF_KEY),
        file.texts.get(_XMP_KEY) or file.texts.get(_RAW_XMP_KEY, ""),
    )


# From image data to samples (sections 7 to 10)


def _read_samples(header: _Header, image_data: bytes) -> Values:
    """H x W x channels; 2 and 4 bits as they are, 16 bits of grey in full."""
    layout = list(header.passes())
    sizes = [height * (1 + header.stride(width)) for *_, height, width in layout]
    raw = np.frombuffer(_inflate(image_data, sum(sizes)), np.uint8)
    dtype = np.uint16 if header.depth == 16 and header.colour == _GREY else np.uint8
    if not header.interlaced:
        return _samples_of(header, raw, header.width, header.height).astype(dtype, copy=False)
    samples = np.empty((header.height, header.width, _CHANNELS[header.colour]), dtype)
    start = 0
    for size, (ys, xs, height, width) in zip(sizes, layout, strict=True):
        samples[ys, xs] = _samples_of(header, raw[start : start + size], width, height)
        start += size
    return samples


def _samples_of(header: _Header, raw: Grey, width: int, height: int) -> Values:
    """The samples of one pass."""
    lines = raw.reshape(height, -1)
    rows = unfilter(lines[:, 0], lines[:, 1:], max(1, header.pixel_bits // 8))
    return _unpack(header, rows, width)


def _inflate(image_data: bytes, size: int) -> bytes:
    """Inflates no more than the picture needs; Pillow ignores the rest as well."""
    try:
        raw = zlib.decompressobj().decompress(image_data, size)
    except zlib.error as error:
        raise DamagedError(f"the PNG file's image data is damaged: {error}") from error
    if len(raw) < size:
        raise DamagedError(f"the PNG file is truncated: {len(raw)} of {size} bytes are there")
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
        raise DamagedError("the PNG file's tRNS chunk is truncated")
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
        raise DamagedError(f"the PNG file's palette has {entries} entries, 256 are the most")
    padded = np.full((256, channels), fill, np.uint8)
    padded[:entries] = np.frombuffer(table, np.uint8, entries * channels).reshape(-1, channels)
    return padded
