"""Decodes PNG files (https://www.w3.org/TR/png-3/) with the standard library and NumPy.

Some rows at a time are held, and of these the grey levels are kept. Files are read as Pillow reads
them, including what Pillow makes of odd ones, since a picture has to give the same pixels whether
Pillow is installed or not. More is refused: image data with a wrong checksum, missing rows (which
Pillow may leave black), and sides of more than 100,000 pixels.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.errors import DamagedError, TooLargeError, UnsupportedError
from edgedigit.images.orientation import find_orientation
from edgedigit.images.pixels import (
    SAMPLE_SIDE,
    Grey,
    Picture,
    Values,
    check_size,
    clearest_channel,
    luminance,
    sample_places,
)
from edgedigit.images.png_filters import MAX_ROWS, unfilter
from edgedigit.images.signatures import PNG_SIGNATURE
from edgedigit.raster.resampling import block_averages

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
_PIECE_BYTES = 1 << 16
# NumPy's calls cost little beside so many pixels, or beside as many rows as the filters take.
_BAND_PIXELS = 1 << 17
# Those of an animation too: its first frame need not be the picture.
_KNOWN_EXTRAS = (b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT")
_HELD = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"fcTL", *_TEXTS)
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

    @property
    def image_bytes(self) -> int:
        return sum(height * (1 + self.stride(width)) for *_, height, width in self.passes())

    def is_filled_by(self, frame: bytes) -> bool:
        """Whether the frame of an animation, given by its control chunk, is the whole picture."""
        return frame[4:20] == struct.pack(">4I", self.width, self.height, 0, 0)

    def stride(self, width: int) -> int:
        return (width * self.pixel_bits + 7) // 8


class _Chunk(NamedTuple):
    name: bytes
    body: bytes
    """Nothing for image data and what says nothing of it, which are not held."""
    start: int
    """Where its body begins in the file."""
    size: int
    """Bytes of its body that are there."""
    complete: bool
    intact: bool


class _File(NamedTuple):
    header: _Header
    pieces: list[tuple[int, int]]
    """Of its image data: where each begins, and how many bytes it has."""
    extras: dict[bytes, bytes]
    texts: dict[bytes, str]

    @property
    def has_alpha(self) -> bool:
        return self.header.colour in (_GREY_ALPHA, _RGB_ALPHA) or b"tRNS" in self.extras


def decode(
    file: BinaryIO, max_pixels: int, by_pillow: bool = False, largest_side: int | None = None
) -> Picture:
    """Decodes a PNG file of any colour type, depth and interlacing; of an animation, frame one.

    Args:
        file: The file, which is read twice.
        max_pixels: The most pixels that it may have.
        by_pillow: Whether Pillow, which has to be there, may do what it is quicker at.
        largest_side: What the longer side is reduced to at most, by averages of whole blocks, so
            that the whole picture is never held; None leaves it as it is.

    Returns:
        H x W; uint16 for 16 bit grey, otherwise uint8 (of deeper colours and of grey with alpha,
        the high byte). With the transparency and orientation that it names.

    Raises:
        DamagedError: The file is damaged or truncated.
        TooLargeError: It has more pixels than allowed, or a side of more than 100,000.
        UnsupportedError: It cannot be reduced: it is no larger, or its grey levels are known, or
            it stands upright, only once all of it is there.
    """
    png = _read_file(file, max_pixels)
    header = png.header
    block = 1 if largest_side is None else _block(png, largest_side)
    sample = None
    if not png.has_alpha and header.colour in (_RGB, _INDEXED):
        sample = np.zeros((SAMPLE_SIDE, SAMPLE_SIDE, 3), np.uint8)
    colour, alpha = _read_levels(file, png, by_pillow, block, sample)
    channel = None if sample is None else clearest_channel(sample)
    if channel is not None:
        colour, _ = _read_levels(file, png, by_pillow, block, channel=channel)
    return Picture(colour, alpha, _orientation(png))


def _block(png: _File, largest_side: int) -> int:
    """Of how many pixels a side the averages are."""
    header = png.header
    block = -(-max(header.width, header.height) // largest_side)
    is_deep = header.depth == 16 and header.colour == _GREY
    if block == 1 or header.interlaced or png.has_alpha or is_deep or _orientation(png) != 1:
        raise UnsupportedError("the picture cannot be reduced while it is read")
    return block


def without_foreign_chunks(data: bytes) -> bytes:
    """A PNG file without what says nothing of its pixels or orientation.

    Pillow keeps texts under the names that their writer chose, beside what it knows itself of a
    picture: one named "transparency" or "interlace" would change the pixels.

    Raises:
        DamagedError: It has more chunks than any program writes.
    """
    kept, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    for chunk in _chunks(io.BytesIO(data)):
        end = chunk.start + chunk.size + 4
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


def _read_file(file: BinaryIO, max_pixels: int) -> _File:
    chunks = _chunks(file)
    header = _read_header(next(chunks, None), max_pixels)
    pieces: list[tuple[int, int]] = []
    extras: dict[bytes, bytes] = {}
    texts: dict[bytes, str] = {}
    image_ended = False
    for chunk in chunks:
        image_ended = image_ended or (bool(pieces) and chunk.name != b"IDAT")
        # An animation's frames come after the picture that stands for it.
        if chunk.name == b"IEND" or (image_ended and chunk.name == b"fcTL"):
            break
        _check_chunk(chunk, image_ended)
        if chunk.name == b"IHDR" and not pieces:
            raise DamagedError("the PNG file is damaged: it has two headers")
        if chunk.name == b"fcTL" and not header.is_filled_by(chunk.body):
            raise DamagedError("the PNG file's first frame is not the whole picture")
        if chunk.name == b"IDAT":
            # Pillow, too, takes no notice of image data that something else interrupts.
            pieces += [] if image_ended else [(chunk.start, chunk.size)]
        elif chunk.name in _TEXTS:
            texts.update(_read_text(chunk))
        elif chunk.name in (b"tRNS", b"eXIf") or (chunk.name == b"PLTE" and not pieces):
            extras[chunk.name] = chunk.body
    if not pieces:
        raise DamagedError("the PNG file contains no image data")
    return _File(header, pieces, extras, texts)


def _chunks(file: BinaryIO) -> Iterator[_Chunk]:
    end = file.seek(0, io.SEEK_END)
    start = file.seek(len(PNG_SIGNATURE))
    for _ in range(_MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        length, name = struct.unpack(">I4s", head)
        start += 8
        if not name.replace(b"_", b"0").isalnum():
            yield _Chunk(name, b"", start, 0, complete=True, intact=False)
            return
        size = min(length, end - start)
        checksum, kept = zlib.crc32(name), []
        for part in _parts(file, size):
            checksum = zlib.crc32(part, checksum)
            kept += [part] if name in _HELD else []
        intact = file.read(4) == struct.pack(">I", checksum)
        yield _Chunk(name, b"".join(kept), start, size, size == length, intact)
        start += size + 4
    raise DamagedError(f"the PNG file is damaged: it has more than {_MAX_CHUNKS:,} chunks")


def _parts(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The next bytes of a file, up to its end."""
    while size and (part := file.read(min(size, _PIECE_BYTES))):
        size -= len(part)
        yield part


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


def _read_levels(
    file: BinaryIO,
    png: _File,
    by_pillow: bool,
    block: int,
    sample: Grey | None = None,
    channel: int | None = None,
) -> tuple[Values, Grey | None]:
    """The grey levels, or those of a channel of red, green and blue, and alpha where there is any.

    Args:
        file: The file.
        png: What it says of itself.
        by_pillow: As for `decode`.
        block: Of so many pixels a side the averages are wanted; 1 where there is alpha.
        sample: What the middles of fields of the picture are put in, as `clearest_channel` takes
            them.
        channel: 0 to 2; None is the luminance.
    """
    header = png.header
    high, wide = min(block, header.height), min(block, header.width)
    shape = header.height // high, header.width // wide
    levels = alpha = None
    for ys, xs, samples in _bands(file, png, by_pillow, block):
        some, some_alpha = _interpret(png, samples, channel)
        if sample is not None:
            _take_sample(sample, png, ys, xs, samples)
        if block > 1:
            rows = len(some) // high
            if not rows:  # left over at the end
                break
            some = block_averages(some[None, : rows * high], block)[0]
            ys = slice(ys.start // high, ys.start // high + rows)
        if some.shape == shape:
            return some, some_alpha
        if levels is None:  # there is image data at all
            levels = np.empty(shape, some.dtype)
            alpha = np.empty(shape, np.uint8) if png.has_alpha else None
        levels[ys, xs] = some
        if alpha is not None and some_alpha is not None:
            alpha[ys, xs] = some_alpha
    assert levels is not None
    return levels, alpha


def _bands(
    file: BinaryIO, png: _File, by_pillow: bool, block: int
) -> Iterator[tuple[slice, slice, Values]]:
    """Some rows of each pass, one after the other: H x W x channels, and where they belong.

    They are whole blocks, up to the end. 2 and 4 bits are as they are, 16 bits of grey in full.
    """
    header = png.header
    # Filters work on each byte of a pixel by itself: the low ones of colours may go at once.
    is_high = header.depth == 16 and header.colour != _GREY
    bytes_apart = 2 if is_high else 1
    step = max(1, header.pixel_bits // 8) // bytes_apart
    data = _Inflated(file, png)
    for ys, xs, height, width in header.passes():
        stride = header.stride(width)
        above = np.zeros(stride // bytes_apart, np.uint8)
        count = min(max(_BAND_PIXELS // width, 1), MAX_ROWS) if by_pillow else MAX_ROWS
        count = max(count // block, 1) * block
        for top in range(0, height, count):
            some = min(count, height - top)
            lines = np.frombuffer(data.read(some * (1 + stride)), np.uint8).reshape(some, -1)
            rows = unfilter(lines[:, 0], lines[:, 1::bytes_apart], above, step, by_pillow)
            above = rows[-1].copy()
            first, every = ys.start + top * ys.step, ys.step
            place = slice(first, first + some * every, every)
            yield place, xs, _unpack(header, rows, width)


class _Inflated:
    """Inflates no more than the picture needs; Pillow ignores the rest as well."""

    def __init__(self, file: BinaryIO, png: _File) -> None:
        self._header = png.header
        self._parts = _image_data(file, png.pieces)
        self._stream = zlib.decompressobj()
        self._found = 0

    def read(self, size: int) -> bytes:
        """So many bytes more."""
        found: list[bytes] = []
        is_at_end = False
        while size:
            data = self._stream.unconsumed_tail
            if not data:
                data = next(self._parts, b"")
                is_at_end = not data
            try:
                found.append(self._stream.decompress(data, size))
            except zlib.error as error:
                raise DamagedError(f"the PNG file's image data is damaged: {error}") from error
            size -= len(found[-1])
            self._found += len(found[-1])
            if not found[-1] and (is_at_end or self._stream.eof):
                raise DamagedError(
                    f"the PNG file is truncated: {self._found} of {self._header.image_bytes} bytes "
                    "are there"
                )
        return b"".join(found)


def _image_data(file: BinaryIO, pieces: list[tuple[int, int]]) -> Iterator[bytes]:
    for start, size in pieces:
        file.seek(start)
        yield from _parts(file, size)


def _unpack(header: _Header, rows: Grey, width: int) -> Values:
    shape = (len(rows), width, _CHANNELS[header.colour])
    if header.depth == 16 and header.colour == _GREY:
        return rows.view(">u2").astype(np.uint16).reshape(shape)
    if header.depth >= 8:
        return rows.reshape(shape)
    shifts = np.arange(8 - header.depth, -1, -header.depth, dtype=np.uint8)
    values = (rows[:, :, None] >> shifts) & np.uint8((1 << header.depth) - 1)
    return values.reshape(len(rows), -1, 1)[:, :width]


# From samples to colours (sections 6 and 11.3.2)


def _interpret(png: _File, samples: Values, channel: int | None) -> tuple[Values, Grey | None]:
    """The levels and alpha of samples, see `_read_levels`."""
    header, extras = png.header, png.extras
    if header.colour == _INDEXED:
        indices, alpha = samples[..., 0], None
        if b"tRNS" in extras:
            alpha = _padded(extras[b"tRNS"], 1, 255)[:, 0][indices]
        return _levels_of(_palette(png)[None], channel)[0][indices], alpha
    if header.depth < 8:
        samples = samples * np.uint8(255 // ((1 << header.depth) - 1))
    alpha = None
    if header.colour in (_GREY_ALPHA, _RGB_ALPHA):
        alpha = samples[..., -1]
    elif b"tRNS" in extras:
        transparent = np.array(_transparent_values(header, extras[b"tRNS"]), samples.dtype)
        alpha = (samples != transparent).any(axis=2) * np.uint8(255)
    is_grey = header.colour in (_GREY, _GREY_ALPHA)
    return samples[..., 0] if is_grey else _levels_of(samples[..., :3], channel), alpha


def _levels_of(colours: Grey, channel: int | None) -> Grey:
    return luminance(colours) if channel is None else colours[..., channel]


def _take_sample(sample: Grey, png: _File, ys: slice, xs: slice, samples: Grey) -> None:
    """Puts those of its places that some rows hold in a sample, see `_read_levels`."""
    rows, at_rows = _held_places(png.header.height, ys, samples.shape[0])
    if len(rows):
        columns, at_columns = _held_places(png.header.width, xs, samples.shape[1])
        some = samples[at_rows[:, None], at_columns]
        is_rgb = png.header.colour == _RGB
        sample[rows[:, None], columns] = some if is_rgb else _palette(png)[some[..., 0]]


def _held_places(side: int, part: slice, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which places of a sample lie in a part of a side of so many pixels, and where in it."""
    at, beside = np.divmod(sample_places(side) - part.start, part.step)
    numbers = np.flatnonzero((beside == 0) & (at >= 0) & (at < count))
    return numbers, at[numbers]


def _palette(png: _File) -> Grey:
    # Indices beyond the palette are errors in the specification, and black in Pillow.
    return _padded(png.extras.get(b"PLTE", b""), 3, 0)


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


def _padded(table: bytes, channels: int, fill: int) -> Grey:
    entries = len(table) // channels
    if entries > 256:
        raise DamagedError(f"the PNG file's palette has {entries} entries, 256 are the most")
    padded = np.full((256, channels), fill, np.uint8)
    padded[:entries] = np.frombuffer(table, np.uint8, entries * channels).reshape(-1, channels)
    return padded
