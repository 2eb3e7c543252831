"""Ink on paper of one level, as drawings, scans and made pictures have it: proven, not estimated.

Where the paper is exactly even all along the border and is most of a picture, it has no light to
take out and no noise, and all ink is on one side of it. Then the levels in the ink's box say all
that the steps for other pictures would find out of the whole.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.contrast import MIN_CONTRAST_LEVELS, full_contrast
from edgedigit.normalize.part import Part, around
from edgedigit.normalize.polarity import border, sample
from edgedigit.raster.morphology import counts
from edgedigit.raster.resampling import Stack


def ink_on_even_paper(pictures: Stack, ink: str) -> tuple[NDArray[np.bool_], Part | None]:
    """The ink of those pictures whose paper is even, the same as the other steps would make it.

    Args:
        pictures: uint8 of shape (n, height, width).
        ink: "dark", "light" or "auto".

    Returns:
        Which pictures are proven to be so, bool of shape (n,), and the ink of these; None where no
        picture is.
    """
    n, height, width = pictures.shape
    paper = pictures[:, 0, 0]
    marked = pictures != paper[:, None, None]
    rows, columns = np.logical_or.reduce(marked, axis=2), np.logical_or.reduce(marked, axis=1)
    even = ~(rows[:, 0] | rows[:, -1] | columns[:, 0] | columns[:, -1])
    if not even.any():
        return even, None
    # What the steps for polarity look at is paper for the most part too, and shows ink.
    seen = sample(marked)
    strips, seen_ink = border(seen), counts(seen)
    even &= 2 * counts(marked) < height * width
    even &= 2 * seen_ink < seen[0].size
    even &= 2 * counts(strips) < strips.shape[1]
    chosen = np.flatnonzero(even)
    if not len(chosen):
        return even, None
    if len(chosen) < n:
        pictures, paper, seen_ink = pictures[chosen], paper[chosen], seen_ink[chosen]
        rows, columns = rows[chosen], columns[chosen]
    down, across = around(rows), around(columns)
    cut = np.ascontiguousarray(pictures[:, down, across]).reshape(len(chosen), -1)
    # A blank picture is both.
    is_light = np.minimum.reduce(cut, axis=1) == paper
    is_dark = np.maximum.reduce(cut, axis=1) == paper
    if ink == "auto":
        told = is_light | (is_dark & (seen_ink > 0))
    else:
        told = is_dark if ink == "dark" else is_light
    # Modulo 256, as bytes are.
    above = cut - paper[:, None]
    if is_dark.any():
        np.negative(above, out=above, where=is_dark[:, None])
    strokes = _strokes(above, height * width).tolist()
    data, size = above.tobytes(), above.shape[1]
    inks = b"".join(
        data[size * number : size * (number + 1)].translate(_table(stroke))
        for number, stroke in enumerate(strokes)
    )
    shape = len(chosen), down.stop - down.start, across.stop - across.start
    stack = np.frombuffer(inks, np.uint8).reshape(shape)
    part = Part(stack, down.start, across.start, height, width)
    even[chosen] = told
    return even, part.only(told) if told.any() else None


def _strokes(above: Stack, size: int) -> NDArray[np.intp]:
    """How far above the paper the typical stroke of each picture is; 0 without enough contrast.

    As `contrast.stretch` finds it where the paper has no noise.

    Args:
        above: Levels above the paper, uint8 of shape (n, pixels); all other pixels are paper.
        size: Pixels of each whole picture.
    """
    n, inside = above.shape
    places = above if n == 1 else above + 256 * np.arange(n)[:, None]
    up_to = np.bincount(places.reshape(-1), minlength=256 * n).reshape(n, 256).cumsum(axis=1)
    peak = (up_to < inside - size // 1000).sum(axis=1)
    ink = inside - up_to[np.arange(n), peak // 2]
    stroke: NDArray[np.intp]
    stroke = np.maximum((up_to < (inside - ink // 2)[:, None]).sum(axis=1), 1)
    stroke[peak < MIN_CONTRAST_LEVELS] = 0
    return stroke


@lru_cache(maxsize=256)
def _table(stroke: int) -> bytes:
    """The ink of each level above the paper, at full contrast."""
    if not stroke:
        return bytes(256)
    return full_contrast(
        np.arange(256, dtype=np.float32), np.float32(0), np.float32(stroke)
    ).tobytes()
