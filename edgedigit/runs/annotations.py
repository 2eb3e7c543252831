"""Pictures with a box around each digit and mark that was read, and the answer above it."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from edgedigit.errors import EdgeDigitError, ImageError
from edgedigit.images import open_pages, pillow_setup
from edgedigit.results import OTHER_SIGN, ReadDigit, ReadMark
from edgedigit.runs.refused_copies import RefusedCopies

if TYPE_CHECKING:
    from edgedigit.results import FileResult, Reading

_READ_COLOUR = (0, 110, 220)
_REFUSED_COLOUR = (215, 60, 0)


class Annotations:
    """A folder of annotated pictures: `board.annotated.png` is that of `board.jpg`.

    `scan.page2.annotated.png` is that of the second page of `scan.tif`.
    """

    def __init__(self, folder: str, max_pixels: int) -> None:
        """Makes the folder.

        Args:
            folder: The folder; pictures in it are never overwritten.
            max_pixels: As for `open_pages`, which reads the pictures.

        Raises:
            EdgeDigitError: Pillow is not installed, or the folder cannot be written to.
        """
        if not pillow_setup.is_available():
            raise EdgeDigitError('--annotate needs Pillow: pip install "edgedigit[images]"')
        self._max_pixels = max_pixels
        self._copies = RefusedCopies(folder)
        self.identity, self.keep, self.close = (
            self._copies.identity,
            self._copies.keep,
            self._copies.close,
        )

    def save(self, result: FileResult[Any], image: bytes | None, reading: Reading) -> None:
        """Draws what was read into a picture, in grey; it has no name until `keep`.

        Args:
            result: The result for the picture.
            image: What was read in place of the file, or None.
            reading: What was read in it.

        Raises:
            OutputError: It cannot be written.
        """
        path, page = result.path, result.page
        try:
            pages = open_pages(path if image is None else image, self._max_pixels)
            grey = pages.read(page - 1)
        except (ImageError, OSError, MemoryError):  # it changed since, or is gone
            return
        from PIL import Image, ImageDraw, ImageFont

        picture = Image.fromarray(grey).convert("RGB")
        draw = ImageDraw.Draw(picture)
        for line in reading.lines:
            # A mark's own box is too small to go by.
            height = max(sign.box.bottom - sign.box.top for sign in line)
            thick, size = max(1, height // 40), max(10, height // 3)
            # Beside the ink: above the boxes, or below them; in them where there is no other room.
            is_above = min(sign.box.top for sign in line) - thick > size
            lowest = max(sign.box.bottom for sign in line) + thick
            is_below = not is_above and lowest + size <= picture.height
            for sign in line:
                box, (text, colour) = sign.box, _shown(sign)
                draw.rectangle(
                    (
                        box.left - thick,
                        box.top - thick,
                        box.right - 1 + thick,
                        box.bottom - 1 + thick,
                    ),
                    outline=colour,
                    width=thick,
                )
                y = box.top - 2 * thick if is_above else box.top + thick
                y = box.bottom + 2 * thick if is_below else y
                anchor = "lb" if is_above else "lt"
                draw.text((box.left, y), text, colour, ImageFont.load_default(size), anchor)
        data = io.BytesIO()
        picture.save(data, "PNG")
        name = "standard-input" if path == "-" else os.path.splitext(path)[0]
        name += f".page{page}" if page > 1 else ""
        self._copies.save(f"{name}.annotated.png", data.getvalue())


def _shown(sign: ReadDigit | ReadMark) -> tuple[str, tuple[int, int, int]]:
    """What stands above a sign's box, and its colour."""
    if isinstance(sign, ReadDigit) and sign.prediction.refusal is not None:
        return f"{sign.prediction.best}?", _REFUSED_COLOUR
    return sign.text, _REFUSED_COLOUR if sign.text == OTHER_SIGN else _READ_COLOUR
