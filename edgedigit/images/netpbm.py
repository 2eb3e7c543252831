"""Decodes netpbm files (PBM, PGM, PPM; https://netpbm.sourceforge.net/doc/) with NumPy alone.

It reads them as Pillow does, including what Pillow makes of odd files, since a picture has to
give the same pixels whether Pillow is installed or not.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from edgedigit.errors import DamagedError, TooLargeError
from edgedigit.images.pixels import Grey, Picture, Values, check_size

_WHITESPACE = b" \t\n\v\f\r"
_MAX_TOKEN_BYTES = 10
# As text, a number takes 200 ns and a bit 20 ns, many times as long as in a binary file.
_MAX_PLAIN_NUMBERS = 5_000_000
_MAX_PLAIN_BITS = 50_000_000
# As Python objects, text takes up to sixty times as much.
_BLOCK_BYTES = 1 << 18


class _Header(NamedTuple):
    magic_number: bytes
    width: int
    height: int
    maxval: int
    end: int

    @property
    def channels(self) -> int:
        return 3 if self.magic_number in (b"P3", b"P6") else 1

    @property
    def samples(self) -> int:
        return self.width * self.height * self.channels


def decode(data: bytes, max_pixels: int) -> Picture:
    """Decodes the first picture of a PBM, PGM or PPM file, plain or binary.

    Args:
        data: The whole file; what follows the first picture is ignored.
        max_pixels: The most pixels that it may have.

    Returns:
        H x W, uint8, or uint16 for grey with more than 256 levels, stretched to 0..65535; or
        H x W x 3, uint8.

    Raises:
        DamagedError: The file is damaged or truncated.
        TooLargeError: It has more pixels than allowed, or more than anybody writes as text.
    """
    header = _read_header(data, max_pixels)
    samples: Values
    if header.magic_number == b"P1":
        samples = _plain_bits(header, data)
    elif header.magic_number == b"P4":
        samples = _binary_bits(header, data)
    elif header.magic_number in (b"P2", b"P3"):
        samples = _plain_numbers(header, data)
    else:
        samples = _binary_numbers(header, data)
    shape = (header.height, header.width, header.channels)
    return Picture(samples.reshape(shape if header.channels == 3 else shape[:2]))


def _read_header(data: bytes, max_pixels: int) -> _Header:
    magic_number, position = data[:2], 3
    numbers = []
    for _ in range(2 if magic_number in (b"P1", b"P4") else 3):
        token, position = _read_token(data, position)
        try:
            numbers.append(int(token))
        except ValueError:
            raise DamagedError(f"the netpbm header is damaged at {token!r}") from None
    check_size(numbers[0], numbers[1], max_pixels)
    maxval = numbers[2] if len(numbers) == 3 else 1
    if not 0 < maxval < 65536:
        raise DamagedError(f"the netpbm header's largest value, {maxval}, is not 1 to 65535")
    return _Header(magic_number, numbers[0], numbers[1], maxval, position)


def _read_token(data: bytes, position: int) -> tuple[bytes, int]:
    """Reads up to the single whitespace behind a token; a comment does not end the token."""
    token = b""
    while len(token) <= _MAX_TOKEN_BYTES and position < len(data):
        byte = data[position : position + 1]
        position += 1
        if byte == b"#":
            line_end = re.compile(rb"[\r\n]").search(data, position)
            position = line_end.end() if line_end else len(data)
        elif byte not in _WHITESPACE:
            token += byte
        elif token:
            break
    if not 0 < len(token) <= _MAX_TOKEN_BYTES:
        raise DamagedError("the netpbm header is truncated or damaged")
    return token, position


def _take(header: _Header, data: bytes, size: int) -> bytes:
    raster = data[header.end : header.end + size]
    if len(raster) < size:
        raise _truncated(size, len(raster))
    return raster


def _truncated(expected: int, found: int) -> DamagedError:
    return DamagedError(f"the netpbm file is truncated: {found} of {expected} values are there")


def _binary_bits(header: _Header, data: bytes) -> Grey:
    stride = (header.width + 7) // 8
    packed = np.frombuffer(_take(header, data, stride * header.height), np.uint8)
    bits = np.unpackbits(packed.reshape(header.height, stride), axis=1, count=header.width)
    return (1 - bits) * np.uint8(255)  # 1 is black


def _binary_numbers(header: _Header, data: bytes) -> Values:
    dtype = np.dtype(np.uint8 if header.maxval < 256 else ">u2")
    raster = _take(header, data, header.samples * dtype.itemsize)
    values: Values = _scale_table(header)[np.frombuffer(raster, dtype)]
    return values


def _scale_table(header: _Header) -> Values:
    """The grey level of each stored value, rounded half to even as Pillow's round() does."""
    wide = header.channels == 1 and header.maxval > 255
    top = 65535 if wide else 255
    stored = np.arange(256 if header.maxval < 256 else 65536)
    table = np.rint(stored / header.maxval * top).clip(max=top)
    return table.astype(np.uint16 if wide else np.uint8)


def _check_plain(header: _Header, most: int) -> None:
    if header.samples > most:
        raise TooLargeError(
            f"the plain netpbm file is too large: {header.samples:,} numbers, the limit is "
            f"{most:,}; save as a binary one"
        )


def _plain_bits(header: _Header, data: bytes) -> Grey:
    _check_plain(header, _MAX_PLAIN_BITS)
    digits = _without_comments(header, data).translate(None, _WHITESPACE)
    if digits.strip(b"01"):
        raise DamagedError("a plain PBM file holds only 0 and 1, this one holds something else")
    if len(digits) < header.samples:
        raise _truncated(header.samples, len(digits))
    bits = np.frombuffer(digits, np.uint8, header.samples) - np.uint8(ord("0"))
    return (1 - bits) * np.uint8(255)


def _plain_numbers(header: _Header, data: bytes) -> Values:
    _check_plain(header, _MAX_PLAIN_NUMBERS)
    text = _without_comments(header, data)
    table = _scale_table(header)
    blocks: list[Values] = []
    missing = header.samples
    # Up to whitespace, so that no number is cut in two.
    for block in _blocks(text, rb"\s"):
        values = _numbers(block, missing, header.maxval)
        blocks.append(table[values])
        missing -= len(values)
        if not missing:
            break
    if missing:
        raise _truncated(header.samples, header.samples - missing)
    return np.concatenate(blocks)


def _numbers(text: bytes, most: int, maxval: int) -> Values:
    tokens = list(islice(text.split(), most))
    if max(map(len, tokens), default=0) > _MAX_TOKEN_BYTES:
        raise DamagedError(f"the netpbm file holds a number of more than {_MAX_TOKEN_BYTES} digits")
    try:
        values = np.array(list(map(int, tokens)), np.int64)
    except ValueError:
        raise DamagedError("the netpbm file holds something that is not a number") from None
    if len(values) and not 0 <= values.min() <= values.max() <= maxval:
        raise DamagedError(f"the netpbm file holds values beyond 0 to {maxval}, its own limits")
    return values


def _without_comments(header: _Header, data: bytes) -> bytes:
    # The line's end goes with the comment, as in Pillow: "1#\n2" is 12. No comment goes beyond
    # its line.
    lines = _blocks(data[header.end :], rb"[\r\n]")
    return b"".join(re.sub(rb"#[^\r\n]*[\r\n]?", b"", block) for block in lines)


def _blocks(text: bytes, ends: bytes) -> Iterator[bytes]:
    """Cuts a text into blocks that end where `ends`, a regular expression, matches."""
    position = 0
    while position < len(text):
        end = re.compile(ends).search(text, position + _BLOCK_BYTES)
        start, position = position, end.end() if end else len(text)
        yield text[start:position]
