"""Large pictures in which there is nothing to read, or too much of something else."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Grey = NDArray[np.uint8]

_PICTURE_SHAPE = 3000, 4000
_SPECK_COUNT = 10_000


def bad_pictures(rng: np.random.Generator) -> dict[str, Grey]:
    """Pictures of 12 megapixels by what they show; uint8 of shape (3000, 4000)."""
    return {
        "blank": np.full(_PICTURE_SHAPE, 230, np.uint8),
        "noisy paper": _grey(rng.normal(220, 6, _PICTURE_SHAPE)),
        "noise": rng.integers(0, 256, _PICTURE_SHAPE, np.uint8),
        "a photograph": photograph(rng),
        "a grid of lines": grid(),
        "10,000 specks": specks(rng),
        "a page of letters": letters(rng),
        "stripes": np.tile(
            np.repeat(np.uint8([20, 230]), 3), (_PICTURE_SHAPE[0], _PICTURE_SHAPE[1] // 6 + 1)
        )[:, : _PICTURE_SHAPE[1]],
    }


def photograph(rng: np.random.Generator) -> Grey:
    """Light, shapes and texture at all scales, as in a photograph of no paper."""
    height, width = _PICTURE_SHAPE
    picture = np.zeros(_PICTURE_SHAPE, np.float32)
    for cells in (2, 4, 8, 16, 32, 64, 128, 256, 512):
        coarse = rng.normal(0, 1, (cells, cells)).astype(np.float32)
        finer = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        picture += np.asarray(finer) / cells**0.7
    # Things with edges stand before a background.
    return _grey(128 + 60 * picture + 50 * (picture > 0.3) - 40 * (picture < -0.5))


def grid() -> Grey:
    """Squared paper, and no more."""
    picture = np.full(_PICTURE_SHAPE, 235, np.uint8)
    for offset in range(3):
        picture[20 + offset :: 60] = 70
        picture[:, 20 + offset :: 60] = 70
    return picture


def specks(rng: np.random.Generator) -> Grey:
    """Dots of up to a digit's size all over the paper."""
    page = Image.new("L", _PICTURE_SHAPE[::-1], 235)
    draw = ImageDraw.Draw(page)
    for x, y, radius in rng.uniform(
        (0, 0, 2), (_PICTURE_SHAPE[1], _PICTURE_SHAPE[0], 12), (_SPECK_COUNT, 3)
    ):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), 40)
    return np.asarray(page)


def letters(rng: np.random.Generator) -> Grey:
    """A printed page of words without digits."""
    page = Image.new("L", _PICTURE_SHAPE[::-1], 240)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(60)
    alphabet = list("abcdefghijklmnopqrstuvwxyz")
    for top in range(100, _PICTURE_SHAPE[0] - 100, 90):
        words = ["".join(rng.choice(alphabet, rng.integers(2, 10))) for _ in range(14)]
        draw.text((150, top), " ".join(words), 30, font)
    return np.asarray(page)


def _grey(values: NDArray[np.floating]) -> Grey:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
