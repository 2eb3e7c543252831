"""Anything that a user passes as a picture, read as 8 bit grey."""

import os
import re
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from edgedigit import netpbm, pillow, png
from edgedigit.errors import ImageError
from edgedigit.pixels import MAX_PIXELS, Grey, Picture, array_picture, to_grey

__all__ = ["MAX_PIXELS", "Grey", "load_grey"]

_T = TypeVar("_T")

# A picture of MAX_PIXELS in the widest format stays below; a film does not fill the memory.
_MAX_BYTES = 2_000_000_000

# Formats that Pillow would read, by how their files start.
_FORMATS = {
    "JPEG": rb"\xff\xd8\xff",
    "GIF": rb"GIF8[79]a",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "WebP": rb"RIFF.{4}WEBP",
    "AVIF": rb".{4}ftypavi[fs]",
    "HEIC": rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "BMP": rb"BM.{12}",
    "PFM": rb"Pf\s",
    "PSD": rb"8BPS",
    "QOI": rb"qoif",
    "ICO": rb"\x00\x00\x01\x00",
}


def load_grey(image: object) -> Grey:
    """Reads a picture of any kind as grey.

    Colours become ITU-R 601 luminance; values are read by what they are (see
    `pixels.eight_bits`); transparent pictures are laid on a background on which their ink
    stands out (see `pixels.composite`); the orientation in EXIF data is applied. A file's
    content decides its format, never its name. With Pillow installed, Pillow reads every file;
    without, PNG and netpbm files are read, and give the same pixels.

    Args:
        image: A path (str or os.PathLike), the bytes of a file, a binary file object (read from
            where it stands), a NumPy array or anything with `__array__` (H x W, or H x W x 1 to
            4: grey, grey and alpha, RGB, RGBA), or a PIL image. It is not modified.

    Returns:
        uint8, H x W, C-contiguous, at least 1 x 1, in memory of its own.

    Raises:
        TypeError: It is nothing of that kind.
        OSError: The file cannot be opened or read (FileNotFoundError, PermissionError, ...).
        ImageError: It is not a picture, or it is damaged, truncated or too large.
    """
    if isinstance(image, (str, os.PathLike)):
        return _named(_printable(image), _decode, _read_path(image))
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _named("the bytes", _decode, bytes(image))
    if pillow.is_image(image):
        return _named("the PIL image", pillow.read_image, image)
    if hasattr(image, "__array__"):
        return _named("the array", array_picture, np.asarray(image))
    if callable(getattr(image, "read", None)):
        return _named(_object_name(image), _decode, _read_object(image))
    raise TypeError(
        "a picture is a path, bytes, a binary file object, a NumPy array or a PIL image, not "
        + type(image).__name__
    )


def _named(name: str, read: Callable[[_T], Picture], source: _T) -> Grey:
    try:
        return to_grey(read(source))
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error


def _read_path(path: str | os.PathLike[str] | os.PathLike[bytes]) -> bytes:
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > _MAX_BYTES:
            raise ImageError(f"{_printable(path)}: {size:,} bytes are too many for a picture")
        return file.read()


def _read_object(file: object) -> bytes:
    data = file.read()  # type: ignore[attr-defined]
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(
            f"a file object has to be open in binary mode, its read() gave {type(data).__name__}"
        )
    return bytes(data)


def _printable(path: str | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """The path as text that any terminal takes; names need not be UTF-8."""
    return os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _object_name(file: object) -> str:
    name = getattr(file, "name", None)
    return _printable(name) if isinstance(name, str) else "the file object"


def _decode(data: bytes) -> Picture:
    if not data:
        raise ImageError("the file is empty")
    if pillow.is_available():
        return pillow.decode(data)
    if data.startswith(png.SIGNATURE):
        return png.decode(data)
    if netpbm.is_netpbm(data):
        return netpbm.decode(data)
    raise ImageError(_missing_pillow(data))


def _missing_pillow(data: bytes) -> str:
    for name, start in _FORMATS.items():
        if re.match(start, data, re.DOTALL):
            also = " and the pillow-heif plugin" if name == "HEIC" else ""
            return f'{name} files need Pillow{also}: pip install "edgedigit[images]"'
    return "not a picture, or of a format that edgedigit does not know"
