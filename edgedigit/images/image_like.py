"""What a picture may be, for whoever writes or checks a program that passes one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray


class BinaryFile(Protocol):
    """A file that is open in binary mode."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, `size` at most; none at the end."""


class SupportsArray(Protocol):
    """A NumPy array, or what becomes one: a tensor, a column of a table."""

    def __array__(self) -> NDArray[Any]:
        """The array."""


class PillowImage(Protocol):
    """A `PIL.Image.Image`, whether Pillow is installed or not."""

    @property
    def mode(self) -> str:
        """What its values mean, such as "L" and "RGBA"."""

    def getexif(self) -> Any:
        """Its EXIF data."""


ImageLike: TypeAlias = (
    str
    | os.PathLike[str]
    | os.PathLike[bytes]
    | bytes
    | bytearray
    | memoryview
    | BinaryFile
    | SupportsArray
    | PillowImage
)
"""A path or a data URL, the bytes of a file, an open binary file, a NumPy array or what becomes
one, or a PIL image."""
