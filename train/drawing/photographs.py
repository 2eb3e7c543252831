"""Ink on paper as a user's camera sees it; the pictures that the project is measured by."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Colour = NDArray[np.float64]

_DIGIT_HEIGHT_PIXELS = 60, 300
_CANVAS_SIDE_DIGITS = 1.5, 4.0
_LIGHT_INK_SHARE = 0.2


def render_user_picture(ink: NDArray[np.uint8], rng: np.random.Generator) -> Rgb:
    """A digit as a user's photo.

    The digit is enlarged to a height of 60 to 300 pixels and put at random on a canvas whose
    sides are 1.5 to 4 times as long as the digit's longer one, with random colours of paper and
    ink (one in five is light on dark), an uneven light and sensor noise.

    Args:
        ink: uint8 array of shape (h, w), bright ink on 0, as in MNIST.
        rng: Source of all chance.

    Returns:
        uint8 array of shape (H, W, 3).

    Raises:
        TypeError: `ink` is not uint8.
        ValueError: `ink` is not two-dimensional or has no ink.
    """
    digit = enlarge(crop(ink), int(rng.integers(*_DIGIT_HEIGHT_PIXELS, endpoint=True)))
    height, width = (max(digit.shape) * rng.uniform(*_CANVAS_SIDE_DIGITS, 2)).astype(int)
    top = int(rng.integers(height - digit.shape[0] + 1))
    left = int(rng.integers(width - digit.shape[1] + 1))
    cover = np.zeros((height, width))
    cover[top : top + digit.shape[0], left : left + digit.shape[1]] = digit / 255
    picture = blend(cover, *random_colours(rng))
    picture *= light(cover.shape, rng, rng.uniform(0, 0.4))[..., None]
    return expose(picture, rng, rng.uniform(1, 8))


def user_jpegs(inks: NDArray[np.uint8], seed: int) -> Iterator[bytes]:
    """Digits as a user's JPEG files of quality 80, one by one.

    Args:
        inks: uint8 of shape (n, h, w), bright ink on 0, as in MNIST.
        seed: Of all chance, at least 0; what becomes of a digit depends on its place too, but not
            on the other digits.
    """
    for place, ink in enumerate(inks):
        yield jpeg_bytes(render_user_picture(ink, np.random.default_rng([seed, place])))


def jpeg_bytes(rgb: Rgb) -> bytes:
    """A uint8 picture of shape (H, W, 3) as a JPEG file of quality 80."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=80)
    return file.getvalue()


def crop(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The part of a picture of shape (h, w) that its ink fills.

    Raises:
        TypeError: `ink` is not uint8.
        ValueError: `ink` is not two-dimensional or has no ink.
    """
    if ink.dtype != np.uint8:
        raise TypeError(f"ink must be uint8, not {ink.dtype}")
    if ink.ndim != 2:
        raise ValueError(f"ink must have two dimensions, not {ink.ndim}")
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("the picture has no ink")
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def enlarge(ink: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """A picture at another height in pixels, smooth (bicubic), with the same proportions."""
    from PIL import Image

    width = max(1, round(ink.shape[1] * height / ink.shape[0]))
    scaled = Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(scaled)


def random_colours(rng: np.random.Generator) -> tuple[Colour, Colour]:
    """Colours of paper and ink, 0 to 255 each, with clear contrast."""
    bright = rng.uniform(165, 250) + rng.uniform(-20, 5, 3)
    dark = rng.uniform(15, 75) + rng.uniform(-15, 30, 3)
    # Blue and red pens: one of the ink's channels is far brighter.
    if rng.random() < 0.4:
        dark[rng.choice([0, 2])] += rng.uniform(30, 90)
    bright, dark = np.clip(bright, 0, 255), np.clip(dark, 0, 255)
    return (dark, bright) if rng.random() < _LIGHT_INK_SHARE else (bright, dark)


def blend(cover: NDArray[np.floating], paper: Colour, ink: Colour) -> NDArray[np.float64]:
    """Ink on paper.

    Args:
        cover: Shape (H, W): how much ink covers each pixel, 0 to 1.
        paper: Colour of shape (3,), or a whole picture of shape (H, W, 3); 0 to 255.
        ink: Colour of shape (3,).

    Returns:
        float64 array of shape (H, W, 3), 0 to 255.
    """
    picture = cover[..., None] * (ink - paper)
    picture += paper
    return picture


def light(shape: tuple[int, ...], rng: np.random.Generator, strength: float) -> NDArray[np.float64]:
    """Light that falls off across a picture of shape (H, W): 1 down to 1 - strength."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = (np.linspace(-1, 1, side) for side in shape)
    slope = x * np.cos(angle) + y[:, None] * np.sin(angle)
    falling: NDArray[np.float64] = 1 - strength * (slope - slope.min()) / (
        slope.max() - slope.min()
    )
    return falling


def expose(picture: NDArray[np.float64], rng: np.random.Generator, noise: float) -> Rgb:
    """A picture with a sensor's Gaussian noise, of a deviation in grey levels, as uint8."""
    # In place, because memory is what large pictures take their time for.
    noisy = rng.normal(0, noise, picture.shape)
    noisy += picture
    return np.clip(np.rint(noisy, out=noisy), 0, 255, out=noisy).astype(np.uint8)
