"""Grey pictures of anything that a user passes: paths, bytes, file objects, arrays, PIL images."""

import contextlib
import errno
import io
import math
import os
import re
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np

from edgedigit.errors import DamagedError, ImageError, TooLargeError, UnsupportedError
from edgedigit.images import pillow_setup
from edgedigit.images.image_like import ImageLike
from edgedigit.images.pages import Pages
from edgedigit.images.pixels import (
    MNIST_PIXELS,
    Grey,
    Picture,
    Values,
    array_picture,
    check_array,
    to_grey,
    unflattened,
)
from edgedigit.images.region import Corners, Region, checked_region, cropped
from edgedigit.images.signatures import NETPBM, PNG, START_BYTES, FileType, find_file_type
from edgedigit.limits import (
    ALWAYS_ALLOWED_BYTES,
    FILE_BYTES_PER_PIXEL,
    MAX_PIXELS,
    MAX_SIDES_RATIO,
)

if TYPE_CHECKING:
    from PIL.Image import Image

# A stream cannot be read again, and shows by so much whether it is a picture.
_PEEK_BYTES = 1 << 20
# So much is read at once.
_SMALL_FILE_BYTES = 1 << 16
# Hundreds of such PNG files are read before Pillow is loaded, which is no quicker at them.
_SMALL_PNG_BYTES = 2048
_DATA_URL_START = b"data:"


class RegularPath(NamedTuple):
    """A path to what has to be a regular file: nobody waits for a pipe that took its place."""

    path: str

    def __fspath__(self) -> str:
        """The path itself."""
        return self.path


def as_grey(
    image: ImageLike,
    max_pixels: int = MAX_PIXELS,
    largest_side: int | None = None,
    region: Corners | None = None,
) -> Grey:
    """The same as `load_grey`, but quicker for an array that is grey already.

    It is copied even then: the caller's other threads may write to it while it is looked at.

    Raises:
        ImageError: As `load_grey`, and for an array one pixel high, which was another picture once.
    """
    if (
        region is None
        and type(image) is np.ndarray
        and image.dtype == np.uint8
        and image.ndim == 2
        and min(image.shape) > 1
        and image.flags.c_contiguous
        and 0 < image.size <= max_pixels
        and max(image.shape) <= MAX_SIDES_RATIO * min(image.shape)
    ):
        return image.copy()
    grey = load_grey(image, max_pixels, largest_side, region)
    shape = np.asarray(image).shape if hasattr(image, "__array__") else ()
    if len(shape) > 1 and shape[0] == 1 < shape[1] and math.prod(shape) != MNIST_PIXELS:
        raise ImageError(
            f"the array: it is a picture one pixel high, its shape is {shape}; pixels in a row, "
            "other than the 784 of MNIST, are brought to height x width with reshape"
        )
    return grey


def load_grey(
    image: ImageLike,
    max_pixels: int = MAX_PIXELS,
    largest_side: int | None = None,
    region: Corners | None = None,
) -> Grey:
    """Reads a picture of any kind as grey.

    Colours become ITU-R 601 luminance; values are read by what they are (see
    `pixels.eight_bits`); transparent pictures are laid on a background on which their ink
    stands out (see `pixels.composite`); the orientation in EXIF data is applied. A file's
    content decides its format, never its name. With Pillow installed, Pillow reads all but PNG and
    netpbm files, and PNG files that are damaged; without, both give the same pixels.
    What a program sets in Pillow for all of its process (a lower MAX_IMAGE_PIXELS,
    LOAD_TRUNCATED_IMAGES) holds for what Pillow reads.

    Args:
        image: A path (str or os.PathLike), the bytes of a file, a binary file object (read from
            where it stands), a data URL (str or bytes), a NumPy array or anything with
            `__array__` (H x W, or H x W x 1 to 4: grey, grey and alpha, RGB, RGBA; 784 values in
            a row, or with axes of length 1 about them, are 28 x 28), or a PIL image. It is not
            modified.
        max_pixels: The most pixels, width x height, that it may have. A file may have 8 bytes for
            each of them, and 64 MiB in any case.
        largest_side: What the caller reduces the longer side to, at most, by averages of whole
            blocks. A JPEG file may then be decoded at a half, a fourth or an eighth of its size,
            where hardly less is left in the end, and `load_unreduced` reads it whole. None reads
            all pixels of everything, and so does a region.
        region: The part of the picture as it is seen that is wanted, see `checked_region`; None
            is all of it.

    Returns:
        uint8, H x W, C-contiguous, at least 1 x 1, in memory of its own.

    Raises:
        TypeError, ValueError: It is nothing of that kind, or `region` is none.
        OSError: The file cannot be opened or read (FileNotFoundError, PermissionError, ...).
        DamagedError: It starts like a picture, but is damaged or truncated.
        UnsupportedError: It is a picture of a format that needs Pillow, or a plugin of it, or that
            is not read.
        TooLargeError: It has too many pixels or bytes, takes too much work to be decoded, or is
            more than 1,000 times as long as wide; no memory was taken for it.
        OutsideError: `region` has no pixel of it.
        ImageError: It is no picture at all.
    """
    return open_pages(image, max_pixels, largest_side, region).read(0)


class FromHere(NamedTuple):
    """A file object that is read again from where it stood."""

    file: Any
    start: int


Again: TypeAlias = str | os.PathLike[str] | os.PathLike[bytes] | bytes | bytearray | FromHere
"""What can be read more than once."""


def again(image: ImageLike) -> Again | None:
    """What reads a picture again that is about to be read; None where nothing does."""
    if isinstance(image, np.ndarray):  # sooner than what follows finds out
        return None
    if isinstance(image, (str, os.PathLike, bytes, bytearray)):
        return image
    if isinstance(image, memoryview):
        return bytes(image)
    with contextlib.suppress(AttributeError, OSError, ValueError):
        if image.seekable():  # type: ignore[union-attr]
            return FromHere(image, image.tell())  # type: ignore[union-attr]
    return None


def load_unreduced(image: Again | None, max_pixels: int) -> Grey | None:
    """Reads a picture whole that may have been decoded at a reduced size.

    Args:
        image: What `again` gave before `load_grey` read it with a `largest_side`, without a region.
        max_pixels: As there.

    Returns:
        None where it was read whole then, or cannot be read again.
    """
    try:
        file_type = None if image is None else find_file_type(_start_of(image))
        if image is None or file_type is None or file_type.name != "JPEG":
            return None
        if isinstance(image, FromHere):
            image.file.seek(image.start)
            return load_grey(image.file, max_pixels)
        return load_grey(image, max_pixels)
    except (OSError, ValueError):  # an ImageError is a ValueError
        return None


def _start_of(image: Again) -> bytes:
    """The first bytes of a file."""
    if isinstance(image, FromHere):
        here = image.file.tell()
        image.file.seek(image.start)
        start = _take(image.file, START_BYTES)
        image.file.seek(here)
        return start
    if isinstance(image, str) and image.startswith("data:"):
        image = image.encode("utf-8", "surrogateescape")
    if isinstance(image, (bytes, bytearray)):
        return file_content(bytes(image))[:START_BYTES]
    with open(image, "rb", opener=_open_at_once) as file:
        is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        return file.read(START_BYTES) if is_file else b""


def load_reduced(path: RegularPath, max_pixels: int, largest_side: int) -> Grey:
    """Reads a large PNG file as `load_grey`, reduced by averages of whole blocks as it is read.

    Raises:
        OSError, ImageError: As `load_grey`; UnsupportedError for all that is not read so.
    """
    from edgedigit.images import png

    with open(path, "rb", opener=_open_at_once) as file:
        if find_file_type(file.read(START_BYTES)) is not PNG:
            raise UnsupportedError("no PNG file")
        _check_file(PNG, file.seek(0, io.SEEK_END), max_pixels)
        picture = png.decode(file, max_pixels, pillow_setup.is_available(), largest_side)
        return to_grey(picture)


def open_pages(
    image: ImageLike,
    max_pixels: int = MAX_PIXELS,
    largest_side: int | None = None,
    region: Corners | None = None,
) -> Pages[Grey]:
    """Finds the pages of a picture file, or the frames of an animation, each to be read as grey.

    TIFF, GIF, WebP and AVIF files may have several; all else is one page, a PIL image too. The
    arguments are those of `load_grey`, and so is what is raised, here or by reading a page.
    `max_pixels` is the limit of each page; all of them may have `PAGES_PIXELS_RATIO` times as many.
    """
    part = checked_region(region)
    if part is not None:
        largest_side = None
    if isinstance(image, str) and image.startswith("data:"):
        image = image.encode("utf-8", "surrogateescape")
    if isinstance(image, (str, os.PathLike)):
        return _named(_path_text(image), part, _read_path, image, max_pixels, largest_side)
    if isinstance(image, (bytes, bytearray, memoryview)):
        data = bytes(image)
        name = "the data URL" if data.startswith(_DATA_URL_START) else "the bytes"
        return _named(name, part, _read_bytes, data, max_pixels, largest_side)
    if pillow_setup.is_image(image):
        return _named("the PIL image", part, _read_image, image, max_pixels)
    if isinstance(image, np.ma.MaskedArray) and np.ma.is_masked(image):
        raise TypeError("an array must have no masked values, image.filled(value) gives them one")
    if hasattr(image, "__array__"):
        return _named("the array", part, _read_array, np.asarray(image), max_pixels)
    if callable(getattr(image, "read", None)):
        return _named(_object_name(image), part, _read_stream, image, max_pixels, largest_side)
    raise TypeError(
        "a picture is a path, bytes, a binary file object, a NumPy array or a PIL image, not "
        + type(image).__name__
    )


def _named(
    name: str,
    region: Region | None,
    open_it: Callable[..., Pages[Picture]],
    source: object,
    *limits: int | None,
) -> Pages[Grey]:
    try:
        pages = open_it(source, *limits)
    except ImageError as error:
        raise type(error)(f"{name}: {error}") from error

    def read(number: int) -> Grey:
        try:
            if number >= pages.total:
                raise ImageError(f"it has no page {number + 1}")
            return cropped(to_grey(pages.read(number)), region)
        except ImageError as error:
            raise type(error)(f"{name}: {error}") from error

    return Pages(pages.total, read)


def _path_text(path: str | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """The path as text that any terminal takes; names need not be UTF-8."""
    return os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _object_name(file: object) -> str:
    name = getattr(file, "name", None)
    return _path_text(name) if isinstance(name, str) else "the file object"


def _read_image(image: "Image", max_pixels: int) -> Pages[Picture]:
    from edgedigit.images import pillow_reader

    return Pages(1, lambda _: pillow_reader.read_image(image, max_pixels))


def _read_array(array: Values, max_pixels: int) -> Pages[Picture]:
    array = unflattened(array)
    check_array(array, max_pixels)
    return Pages(1, lambda _: array_picture(array))


def _read_path(
    path: str | os.PathLike[str] | os.PathLike[bytes], max_pixels: int, largest_side: int | None
) -> Pages[Picture]:
    opener = _open_at_once if isinstance(path, RegularPath) else None
    with open(path, "rb", buffering=0, opener=opener) as raw:
        status = os.fstat(raw.fileno())
        if stat.S_ISREG(status.st_mode):
            size = status.st_size
            is_small = 0 < size <= _SMALL_FILE_BYTES
            file = io.BytesIO(raw.read(size)) if is_small else io.BufferedReader(raw)
            return _decode(file, size, max_pixels, largest_side)
        if opener is not None:
            raise OSError(errno.EINVAL, "not a regular file")
        return _read_stream(raw, max_pixels, largest_side)  # perhaps without an end


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # Windows needs none


def _read_bytes(data: bytes, max_pixels: int, largest_side: int | None) -> Pages[Picture]:
    data = file_content(data)
    return _decode(io.BytesIO(data), len(data), max_pixels, largest_side)


def file_content(data: bytes) -> bytes:
    """The bytes of a file as they are; of a data URL (RFC 2397, in base64), those of its content.

    Raises:
        ImageError: It starts like a data URL, and is none of that kind.
        DamagedError: Its base64 is damaged.
    """
    if not data.startswith(_DATA_URL_START):
        return data
    import base64

    head, comma, content = data.partition(b",")
    if not comma or not head.endswith(b";base64"):
        raise ImageError('a picture\'s is "data:image/png;base64,..."')
    content = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda escape: bytes.fromhex(escape[1].decode()), content
    )
    try:
        return base64.b64decode(re.sub(rb"\s", b"", content), validate=True)
    except ValueError as error:
        raise DamagedError(f"damaged base64: {error}") from error


def _read_stream(file: object, max_pixels: int, largest_side: int | None) -> Pages[Picture]:
    """Reads to the end, but no further than the limit, and only what starts like a picture."""
    data = _take(file, _PEEK_BYTES)
    if len(data) == _PEEK_BYTES and _may_be_read(data):
        data += _take(file, _byte_limit(max_pixels) + 1 - _PEEK_BYTES)
    return _read_bytes(data, max_pixels, largest_side)


def _take(file: object, size: int) -> bytes:
    """Reads `size` bytes, fewer only at the end; a single read() may give less before that."""
    parts: list[bytes] = []
    while size > 0:
        part = file.read(min(size, _PEEK_BYTES))  # type: ignore[attr-defined]
        if not isinstance(part, (bytes, bytearray, memoryview)):
            raise TypeError(
                "a file object has to be open in binary mode, "
                f"its read() gave {type(part).__name__}"
            )
        if not len(part):
            break
        parts.append(bytes(part))
        size -= len(parts[-1])
    return b"".join(parts)


def _may_be_read(start: bytes) -> bool:
    file_type = find_file_type(start[:START_BYTES])
    if pillow_setup.is_available():
        return file_type is not None and file_type.plugin is not None
    return file_type in (PNG, NETPBM)


def _byte_limit(max_pixels: int) -> int:
    return max(ALWAYS_ALLOWED_BYTES, FILE_BYTES_PER_PIXEL * max_pixels)


def _decode(file: BinaryIO, size: int, max_pixels: int, largest_side: int | None) -> Pages[Picture]:
    start = file.read(START_BYTES)
    if not start:
        raise ImageError("the file is empty")
    file.seek(0)
    file_type = find_file_type(start)
    if file_type is None:
        raise ImageError("not a picture, or of a format that edgedigit does not know")
    _check_file(file_type, size, max_pixels)
    if file_type is PNG:
        picture = _decode_png(file, size, max_pixels)
        return Pages(1, lambda _: picture)
    if file_type is NETPBM:
        data = file.read(size)
        return Pages(1, lambda _: _decode_netpbm(data, max_pixels))
    if pillow_setup.is_available():
        from edgedigit.images import pillow_reader

        return pillow_reader.open_pages(file.read(size), file_type, max_pixels, largest_side)
    needs = f"{file_type.name} files need {file_type.needs}"
    raise UnsupportedError(f'{needs}: pip install "edgedigit[images]"')


def _decode_netpbm(data: bytes, max_pixels: int) -> Picture:
    from edgedigit.images import netpbm  # Pillow takes 11 s for each megabyte of comments

    return netpbm.decode(data, max_pixels)


def _decode_png(file: BinaryIO, size: int, max_pixels: int) -> Picture:
    from edgedigit.images import png

    is_small = size <= _SMALL_PNG_BYTES
    try:
        return png.decode(file, max_pixels, not is_small and pillow_setup.is_available())
    except (DamagedError, TooLargeError):
        if not pillow_setup.is_available():
            raise
    # Pillow takes what is damaged in some ways, or long.
    from edgedigit.images import pillow_reader

    file.seek(0)
    return pillow_reader.open_pages(file.read(size), PNG, max_pixels).read(0)


def _check_file(file_type: FileType, size: int, max_pixels: int) -> None:
    if file_type.plugin is None:
        raise UnsupportedError(
            f"{file_type.name} files are not read: save as PNG, or pass what Pillow opens"
        )
    limit = _byte_limit(max_pixels)
    if size > limit:
        raise TooLargeError(
            f"the file is too large: {size:,} bytes, the limit is {limit:,} "
            f"({FILE_BYTES_PER_PIXEL} for each of the {max_pixels:,} of max_pixels)"
        )
