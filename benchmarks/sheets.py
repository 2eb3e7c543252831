"""Contact sheets: many small pictures on one, each below a line of text."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_COLUMNS = 6
_MAX_PICTURES = 120
_TEXT_PIXELS = 13
_GAP_PIXELS = 6


class Captioned(NamedTuple):
    """A picture and what stands above it."""

    picture: Image.Image
    caption: str


def small(picture: np.ndarray | Image.Image, side: int = 200) -> Image.Image:
    """A copy in colour that is at most so wide and high; uint8 (H, W) or (H, W, 3), or Pillow's."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image = image.convert("RGB")
    image.thumbnail((side, side))
    return image


def write_sheet(path: Path, pictures: Sequence[Captioned], columns: int = _COLUMNS) -> None:
    """Writes the first 120 pictures side by side as a PNG file; its folder is made."""
    pictures = pictures[:_MAX_PICTURES]
    font = ImageFont.load_default(_TEXT_PIXELS)
    strip = _TEXT_PIXELS + _GAP_PIXELS
    wide = _GAP_PIXELS + max(
        max(one.picture.width, round(font.getlength(one.caption))) for one in pictures
    )
    rows = [pictures[start : start + columns] for start in range(0, len(pictures), columns)]
    heights = [strip + _GAP_PIXELS + max(one.picture.height for one in row) for row in rows]
    sheet = Image.new("RGB", (wide * min(columns, len(pictures)), sum(heights)), "#446")
    draw = ImageDraw.Draw(sheet)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for place, one in enumerate(row):
            draw.text((place * wide + 2, top + 1), one.caption, "white", font)
            sheet.paste(one.picture, (place * wide + 2, top + strip))
        top += height
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def file_name(title: str) -> str:
    """A name for a file: words with "_" between them."""
    return "_".join(re.findall(r"\w+", title))
