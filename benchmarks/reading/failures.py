"""What edgedigit reads wrong, drawn."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import edgedigit
from benchmarks.reading.scores import without
from benchmarks.reading.sets import NumberSet, Sample
from benchmarks.sheets import Captioned, file_name, small, write_sheet
from edgedigit.results import Reading

_SIDE_PIXELS = 600
_SMALL_SIDE_PIXELS = 260


class Failures:
    """Writes a picture of each failure, and a sheet of those of each set."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written yet; `folder` is made when something is."""
        self._folder = folder
        self._sheets: dict[str, list[Captioned]] = {}

    def add(self, numbers: NumberSet, place: int, sample: Sample) -> None:
        """Reads a picture of a set again, and writes what is read where."""
        self.add_picture(numbers.name, place, sample)

    def add_picture(self, title: str, place: int, sample: Sample) -> None:
        """The same for a picture of what has another title."""
        reading = edgedigit.read(sample.picture)
        caption = _caption(sample, reading)
        drawn = annotated(sample.picture, reading, caption)
        folder = self._folder / file_name(title)
        folder.mkdir(parents=True, exist_ok=True)
        drawn.save(folder / f"{place}.png")
        shown = Captioned(small(sample.picture, _SMALL_SIDE_PIXELS), f"{place}: {caption}")
        self._sheets.setdefault(title, []).append(shown)

    def write_sheets(self) -> None:
        """Writes a sheet for each title so far."""
        for title, pictures in self._sheets.items():
            write_sheet(self._folder / f"{file_name(title)}.png", pictures, columns=5)


def annotated(picture: NDArray[np.uint8], reading: Reading, caption: str) -> Image.Image:
    """A grey picture below a caption, with a box round each sign that was read.

    Args:
        picture: uint8 of shape (H, W).
        reading: What was read.
        caption: What stands above it.
    """
    scale = max(1, _SIDE_PIXELS // max(picture.shape))
    page = Image.fromarray(picture).convert("RGB")
    page = page.resize((page.width * scale, page.height * scale), Image.Resampling.NEAREST)
    size = max(14, page.width // 60)
    font = ImageFont.load_default(size)
    strip = int(1.5 * size)
    wide = max(page.width, int(font.getlength(caption)) + 8)
    drawn = Image.new("RGB", (wide, page.height + 2 * strip))
    drawn.paste(page, (0, strip))
    draw = ImageDraw.Draw(drawn)
    draw.text((4, 2), caption, "white", font)
    for line in reading.lines:
        for sign in line:
            left, top, right, bottom = (scale * side for side in sign.box)
            colour = "red" if sign.text == "?" else "lime"
            draw.rectangle((left, strip + top, right - 1, strip + bottom - 1), outline=colour)
            draw.text((left, strip + bottom), sign.text, "magenta", font)
    return drawn


def _caption(sample: Sample, reading: Reading) -> str:
    """The label and the answer, or those lines of a page that differ."""
    wanted, found = sample.text.split("\n"), without(reading.text, sample.ignored).split("\n")
    label = "/".join(line for line in wanted if line not in found) or "nothing more"
    answer = "/".join(line for line in found if line not in wanted) or "nothing"
    refused = f", {reading.refusal}" if reading.refusal else ""
    return f"{label} -> {answer} ({reading.confidence:.2f}{refused})"
