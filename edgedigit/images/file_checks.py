"""What a file says of itself, checked before a decoder takes memory or time for it.

Pillow and the libraries below it go through all that stands before the pixels, and some through
as many passes over them as the file asks for: neither its bytes nor its pixels bound that.
"""

import re
import struct
from collections.abc import Callable, Iterator

from edgedigit.errors import DamagedError, TooLargeError, UnsupportedError
from edgedigit.images.pixels import check_size
from edgedigit.images.signatures import FileType

# Pillow goes through them one by one; cameras write some dozens.
_MAX_SEGMENTS = 1 << 14
_MAX_GIF_BLOCKS = 1 << 16
_MAX_TIFF_ENTRIES = 1 << 10
_MAX_TIFF_VALUES = 1 << 16
_MAX_JUNK_BYTES = 1 << 16
# A scan without content costs 0.8 ns a pixel for each of its components; files have 6 to 20 such.
_MAX_SCAN_PIXELS = 1_500_000_000
_MIN_COMPONENT_SCANS = 32
# So many passes libtiff allows.
_TIFF_SCANS = 100
# Its decoder takes 70 ns a pixel and 200 ns a byte, several times as long as others.
_MAX_JPEG_2000_PIXELS = 12_000_000
_MAX_JPEG_2000_BYTES = 6_000_000
_MAX_JPEG_2000_TILES = 4096
_MAX_JPEG_2000_LAYERS = 256
_MAX_JPEG_2000_STARTS = 16

_JPEG_MARKER = re.compile(rb"\xff([^\0\xd0-\xd7\xff])", re.DOTALL)
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN, _TEMPORARY = 0xD8, 0xD9, 0xDA, 0x01
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_OTHER_FRAMES = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
_JPEG_2000_START = b"\xff\x4f\xff\x51"

_WIDTH, _HEIGHT, _COMPRESSION = 256, 257, 259
_TIFF_ARRAYS = {258, 273, 279, 320, 324, 325, 338, 339}
_TIFF_BYTE_KINDS = {1, 2, 7}
_TIFF_JPEG = {6, 7}


def check_file(data: bytes, file_type: FileType, max_pixels: int) -> None:
    """Refuses a file whose decoding would take much more than its bytes and pixels are worth.

    What is damaged otherwise passes: its decoder says so.

    Args:
        data: The file.
        file_type: Its type.
        max_pixels: The most pixels that it may have.

    Raises:
        DamagedError: Before its pixels stands more than any camera, scanner or program writes.
        TooLargeError: It has too many pixels, or too many passes over them.
        UnsupportedError: It is of a kind that nobody writes and that decoders are slow at.
    """
    check = _CHECKS.get(file_type.name)
    if check is not None:
        try:
            check(data, max_pixels)
        except (struct.error, IndexError, OverflowError):  # it breaks off
            return


def _check_jpeg(data: bytes, max_pixels: int) -> None:
    """ITU-T T.81, annex B."""
    position, junk, scans, pixels = 2, 0, 0, 0
    is_progressive = False
    for _ in range(_MAX_SEGMENTS):
        marker = _JPEG_MARKER.search(data, position)
        if marker is None:
            return
        if not scans:
            junk += marker.start() - position
            if junk > _MAX_JUNK_BYTES:
                raise DamagedError("damaged JPEG file: it holds much that is no segment")
        code, position = marker[1][0], marker.end()
        if code == _END_OF_IMAGE:
            return
        if code in (_START_OF_IMAGE, _TEMPORARY):
            continue
        (length,) = struct.unpack_from(">H", data, position)
        if code in _OTHER_FRAMES:
            raise UnsupportedError("JPEG files that are lossless, hierarchical or arithmetic-coded")
        if code in (_BASELINE, _EXTENDED, _PROGRESSIVE):
            height, width = struct.unpack_from(">HH", data, position + 3)
            check_size(width, height, max_pixels)
            pixels, is_progressive = width * height, code == _PROGRESSIVE
        elif code == _START_OF_SCAN:
            if not is_progressive:
                return
            scans += data[position + 2]
            if scans > max(_MIN_COMPONENT_SCANS, _MAX_SCAN_PIXELS // max(pixels, 1)):
                raise TooLargeError(f"the JPEG file has too many scans for {pixels:,} pixels")
        position += max(length, 2)
    raise DamagedError(f"damaged JPEG file: it has more than {_MAX_SEGMENTS:,} segments")


def _check_gif(data: bytes, max_pixels: int) -> None:
    """https://www.w3.org/Graphics/GIF/spec-gif89a.txt."""
    if any(count == _MAX_GIF_BLOCKS for count, _ in enumerate(_gif_blocks(data))):
        raise DamagedError("damaged GIF file: no picture within its first blocks")


def _gif_blocks(data: bytes) -> Iterator[int]:
    """Where each block begins that stands before the first picture."""
    position = 13 + (6 << (data[10] & 7) if data[10] & 0x80 else 0)
    while data[position] not in b",;":
        yield position
        if data[position] == ord("!"):
            position += 2
            while data[position]:
                yield position
                position += 1 + data[position]
        position += 1


def _check_tiff(data: bytes, max_pixels: int) -> None:
    """TIFF 6.0, section 2; BigTIFF has the same in wider fields."""
    order = "<" if data.startswith(b"II") else ">"
    is_big = 43 in data[2:4]
    if is_big:
        start, count_form, entry_form = struct.unpack_from(order + "Q", data, 8)[0], "Q", "HHQQ"
    else:
        start, count_form, entry_form = struct.unpack_from(order + "L", data, 4)[0], "H", "HHLL"
    (entries,) = struct.unpack_from(order + count_form, data, start)
    if entries > _MAX_TIFF_ENTRIES:
        raise DamagedError(f"damaged TIFF file: {entries:,} entries")
    start += struct.calcsize(order + count_form)
    value_place = struct.calcsize(order + entry_form[:-1])
    sides, is_jpeg = {}, False
    for number in range(entries):
        place = start + number * struct.calcsize(order + entry_form)
        tag, kind, count, value = struct.unpack_from(order + entry_form, data, place)
        if count > _MAX_TIFF_VALUES and (tag in _TIFF_ARRAYS or kind not in _TIFF_BYTE_KINDS):
            raise DamagedError(f"damaged TIFF file: {count:,} values in entry {tag}")
        if kind == 3:  # a short stands at the start of the field
            (value,) = struct.unpack_from(order + "H", data, place + value_place)
        if tag in (_WIDTH, _HEIGHT):
            sides[tag] = value
        is_jpeg |= tag == _COMPRESSION and value in _TIFF_JPEG
    if is_jpeg and b"\xff\xc2" in data:
        pixels = sides.get(_WIDTH, 1) * sides.get(_HEIGHT, 1)
        if pixels > _MAX_SCAN_PIXELS // _TIFF_SCANS:
            raise TooLargeError(f"the TIFF file has progressive JPEG data for {pixels:,} pixels")


def _check_webp(data: bytes, max_pixels: int) -> None:
    """The canvas, see https://developers.google.com/speed/webp/docs/riff_container."""
    kind = data[12:16]
    if kind == b"VP8X":
        low, middle, high, *rest = data[24:30]
        width = (low | middle << 8 | high << 16) + 1
        height = (rest[0] | rest[1] << 8 | rest[2] << 16) + 1
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    check_size(width, height, max_pixels)


def _check_jpeg_2000(data: bytes, max_pixels: int) -> None:
    """ITU-T T.800, annex A; what a box before it claims need not be so."""
    if len(data) > _MAX_JPEG_2000_BYTES:
        raise TooLargeError(
            f"the JPEG 2000 file is too large: {len(data):,} bytes, the limit is "
            f"{_MAX_JPEG_2000_BYTES:,}; save as PNG"
        )
    for number, start in enumerate(_places(data, _JPEG_2000_START)):
        if number == _MAX_JPEG_2000_STARTS:
            raise DamagedError("damaged JPEG 2000 file: it has many codestreams")
        length, _, right, bottom, left, top, wide, high, _, _, components = struct.unpack_from(
            ">HHIIIIIIIIH", data, start + 4
        )
        check_size(right - left, bottom - top, min(max_pixels, _MAX_JPEG_2000_PIXELS))
        tiles = -(-right // max(wide, 1)) * -(-bottom // max(high, 1))
        if components > 4 or tiles > _MAX_JPEG_2000_TILES:
            raise UnsupportedError(f"JPEG 2000 with {components:,} components, {tiles:,} tiles")
        coding = data.find(b"\xff\x52", start + 4 + length)
        if coding >= 0:
            (layers,) = struct.unpack_from(">H", data, coding + 6)
            if layers > _MAX_JPEG_2000_LAYERS:
                raise UnsupportedError(f"JPEG 2000 with {layers:,} layers")


def _places(data: bytes, part: bytes) -> Iterator[int]:
    place = data.find(part)
    while place >= 0:
        yield place
        place = data.find(part, place + 1)


_CHECKS: dict[str, Callable[[bytes, int], None]] = {
    "JPEG": _check_jpeg,
    "GIF": _check_gif,
    "TIFF": _check_tiff,
    "WebP": _check_webp,
    "JPEG 2000": _check_jpeg_2000,
}
