"""Printed numbers: a line in each of many fonts, and the windows of meters."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from train.drawing.photographs import expose, light

Grey = NDArray[np.uint8]

_LINE_DIGITS = 6
_METER_DIGITS = 4, 7
_FONT_PIXELS = 28, 120
_METER_FONT_PIXELS = 40, 120
# A sign that no font has: what stands for it stands for all that are missing.
_NO_SIGN = "\uffff"


def find_fonts(folder: Path | None) -> list[Path]:
    """Fonts with all ten digits, one of each family before a second one.

    Args:
        folder: Where .ttf and .otf files lie, in folders too; None finds none.
    """
    if folder is None:
        return []
    files = sorted(path for end in ("ttf", "otf") for path in folder.rglob(f"*.{end}"))
    families: dict[str, list[Path]] = {}
    for path in files:
        name = _family(path)
        if name:
            families.setdefault(name, []).append(path)
    turns = zip_longest(*families.values())
    return [path for turn in turns for path in turn if path is not None]


def printed_lines(fonts: Sequence[Path], seed: int) -> Iterator[tuple[Grey, str]]:
    """Six digits in each font, dark on light, and what they are."""
    for place, path in enumerate(fonts):
        rng = np.random.default_rng([seed, place])
        text = _number(rng, _LINE_DIGITS)
        font = ImageFont.truetype(path, int(rng.integers(*_FONT_PIXELS)))
        left, top, right, bottom = font.getbbox(text)
        margin = font.size * rng.uniform(0.2, 0.8)
        size = round(right - left + 2 * margin), round(bottom - top + 2 * margin)
        page = Image.new("L", size, int(rng.integers(190, 255)))
        ImageDraw.Draw(page).text(
            (margin - left, margin - top), text, int(rng.integers(0, 80)), font
        )
        yield _photograph(page, rng), text


def meter_windows(fonts: Sequence[Path], count: int, seed: int) -> Iterator[tuple[Grey, str]]:
    """White digits in black cells with gaps, in a grey frame, and what they are."""
    for place in range(count):
        rng = np.random.default_rng([seed, place, 1])
        text = _number(rng, int(rng.integers(*_METER_DIGITS, endpoint=True)))
        pixels = int(rng.integers(*_METER_FONT_PIXELS))
        # Pillow's own font where there is none.
        font: Any = (
            ImageFont.truetype(fonts[place % len(fonts)], pixels)
            if fonts
            else ImageFont.load_default(pixels)
        )
        yield _photograph(_window(text, font, pixels, rng), rng), text


def _window(text: str, font: Any, pixels: int, rng: np.random.Generator) -> Image.Image:
    boxes = [font.getbbox(digit) for digit in text]
    wide = round(max(box[2] - box[0] for box in boxes) * rng.uniform(1.3, 1.7))
    high = round(max(box[3] - box[1] for box in boxes) * rng.uniform(1.3, 1.7))
    gap = round(pixels * rng.uniform(0.08, 0.3))
    frame = round(pixels * rng.uniform(0.2, 0.7))
    size = 2 * frame + len(text) * (wide + gap) - gap, 2 * frame + high
    page = Image.new("L", size, int(rng.integers(110, 190)))
    draw = ImageDraw.Draw(page)
    black, white = int(rng.integers(0, 35)), int(rng.integers(205, 256))
    for place, (digit, box) in enumerate(zip(text, boxes, strict=True)):
        left, top = frame + place * (wide + gap), frame
        draw.rectangle((left, top, left + wide - 1, top + high - 1), black)
        x = left + (wide - box[2] - box[0]) / 2
        y = top + (high - box[3] - box[1]) / 2
        draw.text((x, y), digit, white, font)
    return page


def _photograph(page: Image.Image, rng: np.random.Generator) -> Grey:
    """A little turned, blurred, unevenly lit and noisy."""
    fill = int(np.asarray(page)[0, 0])
    turned = page.rotate(rng.normal(0, 0.6), Image.Resampling.BICUBIC, fillcolor=fill)
    blurred = turned.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1)))
    grey = np.asarray(blurred, float) * light((page.height, page.width), rng, rng.uniform(0, 0.3))
    return expose(grey, rng, rng.uniform(1, 5))


def _number(rng: np.random.Generator, length: int) -> str:
    return "".join(map(str, rng.integers(0, 10, length)))


def _family(path: Path) -> str | None:
    """A font's family; None for a file that is no font, or has not all ten digits."""
    try:
        font = ImageFont.truetype(path, 24)
        shapes = [bytes(font.getmask(sign)) for sign in "0123456789" + _NO_SIGN]
    except (OSError, ValueError):
        return None
    return font.getname()[0] if len(set(shapes)) == len(shapes) and all(shapes[:-1]) else None
