"""Lines on a wide paper, with and without a dark object that lies beside them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from train.drawing.number_lines import NumberPicture, SingleDigits, compose

_MAX_OBJECT_SHARE = 0.25
# Of the picture's side that it lies along, and of how deep it may be at most.
_LENGTH_SHARE = 0.4, 1.0
_MIN_DEPTH_SHARE = 0.4
_DIGIT_HEIGHT_PIXELS = 30, 120
# Between the object and the digits.
_GAP_HEIGHTS = 0.4
_OBJECT_LEVEL = 5, 60
_EDGE_BLUR_PIXELS = 1.0
_NOISE_LEVELS = 3.0


class LinePair(NamedTuple):
    """A line twice, and what it says.

    Attributes:
        without: uint8 of shape (H, W): the line on a wide paper.
        beside: The same with a dark object.
        text: The digits.
    """

    without: NDArray[np.uint8]
    beside: NDArray[np.uint8]
    text: str


def beside_dark_objects(digits: SingleDigits, count: int, seed: int) -> Iterator[LinePair]:
    """Dark digits on light paper; the object reaches in from one of the picture's sides."""
    place = found = 0
    while found < count:
        rng = np.random.default_rng([seed, place])
        place += 1
        height = float(rng.uniform(*_DIGIT_HEIGHT_PIXELS))
        wide = round(height * rng.uniform(8, 11)), round(height * rng.uniform(10, 14))
        sample = compose("apart", digits, rng, length=5, height=height, shape=wide)
        if sample.picture[sample.ink].mean() < sample.picture[~sample.ink].mean():
            found += 1
            yield LinePair(sample.picture, _with_object(sample, height, rng), sample.text)


def _with_object(
    sample: NumberPicture, height: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Puts a bar, a corner or something round where most paper is free."""
    rows, columns = sample.picture.shape
    left, top = (min(box[side] for box in sample.boxes) for side in (0, 1))
    right, bottom = (max(box[side] for box in sample.boxes) for side in (2, 3))
    gap = round(_GAP_HEIGHTS * height)
    free = {
        "left": (left - gap) * rows,
        "right": (columns - right - gap) * rows,
        "top": (top - gap) * columns,
        "bottom": (rows - bottom - gap) * columns,
    }
    side = max(free, key=lambda name: free[name])
    is_upright = side in ("left", "right")
    along, across = (rows, columns) if is_upright else (columns, rows)
    length = round(along * rng.uniform(*_LENGTH_SHARE))
    most = min(_MAX_OBJECT_SHARE * sample.picture.size / length, free[side] / along)
    deep = max(2, round(rng.uniform(_MIN_DEPTH_SHARE, 1) * most))
    start = int(rng.integers(along - length + 1))
    first, last = (0, deep) if side in ("left", "top") else (across - deep, across)
    box = (
        (first, start, last, start + length) if is_upright else (start, first, start + length, last)
    )
    mask = Image.new("L", (columns, rows), 0)
    draw = ImageDraw.Draw(mask)
    shape = rng.integers(3)
    if shape == 0:
        draw.rectangle(box, 255)
    elif shape == 1:
        draw.ellipse(box, 255)
    else:
        corners = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
        del corners[int(rng.integers(4))]
        draw.polygon(corners, 255)
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(_EDGE_BLUR_PIXELS)), float) / 255
    dark = rng.uniform(*_OBJECT_LEVEL) + rng.normal(0, _NOISE_LEVELS, soft.shape)
    mixed = sample.picture + soft * (dark - sample.picture)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
