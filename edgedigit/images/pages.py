"""How many pages, or frames, a file holds, and where: found without decoding anything.

Bounded, since a megabyte may hold 50,000 of them. A picture in another size, as phones and cameras
put beside the one that they took, is no page.
"""

import contextlib
import struct
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from edgedigit.limits import MAX_PAGES

PageT = TypeVar("PageT")

_MAX_DIRECTORIES = 1 << 14
_MAX_GIF_BLOCKS = 1 << 20
_SUBFILE_TYPE_TAG = 254
_REDUCED, _MASK = 1, 4


class Pages(NamedTuple, Generic[PageT]):
    """The pages of a file, or the frames of an animation."""

    total: int
    """At least 1; `MAX_PAGES` + 1 stands for all that is more than `MAX_PAGES`."""
    read: Callable[[int], PageT]
    """Reads one of them, counted from 0; in their order is quickest."""


def find_tiff_pages(data: bytes) -> list[int]:
    """Where the directories of a TIFF file's pages begin, the first one whatever it is.

    Thumbnails and masks are left out. A directory that lies outside of the file is a page too,
    which is cut off.
    """
    order, is_big = _tiff_kind(data)
    place_form, count_form, entry_bytes = ("Q", "Q", 20) if is_big else ("L", "H", 12)
    place = 8 if is_big else 4
    pages: list[int] = []
    seen = {0}
    with contextlib.suppress(struct.error, IndexError, OverflowError):
        while len(pages) <= MAX_PAGES and len(seen) <= _MAX_DIRECTORIES:
            (start,) = struct.unpack_from(order + place_form, data, place)
            if start in seen:
                break
            seen.add(start)
            if not pages or not _is_beside_a_page(data, start, order, count_form):
                pages.append(start)
            (entries,) = struct.unpack_from(order + count_form, data, start)
            place = start + struct.calcsize(order + count_form) + entries * entry_bytes
    return pages or [0]


def _is_beside_a_page(data: bytes, start: int, order: str, count_form: str) -> bool:
    """Whether a directory is that of a thumbnail or a mask, as its first entry says."""
    place = start + struct.calcsize(order + count_form)
    try:
        tag, kind = struct.unpack_from(order + "HH", data, place)
        value_place = place + (12 if count_form == "Q" else 8)
        (value,) = struct.unpack_from(order + ("H" if kind == 3 else "L"), data, value_place)
    except (struct.error, IndexError, OverflowError):  # it breaks off
        return False
    return tag == _SUBFILE_TYPE_TAG and bool(value & (_REDUCED | _MASK))


def with_tiff_page_first(data: bytes, start: int) -> bytes:
    """A TIFF file whose first page is the one whose directory begins there."""
    order, is_big = _tiff_kind(data)
    place, form = (8, order + "Q") if is_big else (4, order + "L")
    rest = memoryview(data)[place + struct.calcsize(form) :]
    return b"".join([data[:place], struct.pack(form, start), rest])  # copied once


def _tiff_kind(data: bytes) -> tuple[str, bool]:
    """The order of its bytes, and whether it is a BigTIFF."""
    return "<" if data.startswith(b"II") else ">", 43 in data[2:4]


class GifFrames(NamedTuple):
    """What a GIF file says of its frames."""

    total: int
    width: int
    """How far they reach, in pixels; a frame may stick out of the canvas."""
    height: int


def find_gif_frames(data: bytes) -> GifFrames:
    """Goes through the blocks of a GIF file, up to where it breaks off."""
    count = width = height = 0
    with contextlib.suppress(struct.error, IndexError, OverflowError):
        width, height = struct.unpack_from("<HH", data, 6)
        position = 13 + _gif_table_bytes(data[10])
        is_data = False
        for _ in range(_MAX_GIF_BLOCKS):
            kind = data[position]
            if is_data:
                is_data = kind > 0
                position += 1 + kind
            elif kind == ord(","):
                count += 1
                left, top, wide, high = struct.unpack_from("<4H", data, position + 1)
                width, height = max(width, left + wide), max(height, top + high)
                position += 11 + _gif_table_bytes(data[position + 9])
                is_data = True
            elif kind == ord("!"):
                position += 2
                is_data = True
            else:
                position += 1
            if count > MAX_PAGES or (kind == ord(";") and not is_data):
                break
    return GifFrames(max(count, 1), width, height)


def _gif_table_bytes(flags: int) -> int:
    return 6 << (flags & 7) if flags & 0x80 else 0
