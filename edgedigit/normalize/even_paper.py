"""Ink on paper of one level, as drawings, scans and made pictures have it: proven, not estimated.

Where the paper is exactly even all along the border and is most of a picture, it has no light to
take out and no noise, and all ink is on one side of it. Then the levels in the ink's box say all
that the steps for other pictures would find out of the whole.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.contrast import MIN_CONTRAST_LEVELS, full_contrast
from edgedigit.normalize.polarity import border, border_width, sample, sample_step
from edgedigit.raster.part import Part
from edgedigit.raster.resampling import Stack


def ink_on_even_paper(pictures: Stack, ink: str) -> tuple[list[int], Part | None]:
    """The ink of those pictures whose paper is even, the same as the other steps would make it.

    Args:
        pictures: uint8 of shape (n, height, width).
        ink: "dark", "light" or "auto".

    Returns:
        The numbers of the pictures that are proven to be so, ascending, and the ink of these; None
        where no picture is.
    """
    n, height, width = pictures.shape
    paper = pictures[:, 0, 0]
    marked = pictures != paper[:, None, None]
    rows = np.logical_or.reduce(marked, axis=2).tobytes()
    columns = np.logical_or.reduce(marked, axis=1).tobytes()
    step = sample_step(height, width)
    high, wide = -(-height // step), -(-width // step)
    edge = border_width(high, wide)
    margin, last_row, last_column = edge * step, (high - edge) * step, (wide - edge) * step
    chosen, boxes = [], []
    for number in range(n):
        down = rows[number * height : (number + 1) * height]
        across = columns[number * width : (number + 1) * width]
        top, bottom = down.find(1), down.rfind(1) + 1
        left, right = across.find(1), across.rfind(1) + 1
        if bottom:  # it is not blank
            # Most boxes are so small, and so far from the border, that no pixels need be counted.
            most = 2 * (bottom - top) * (right - left)
            seen = 2 * -(-(bottom - top) // step) * -(-(right - left) // step)
            is_small = most < height * width and seen < high * wide
            is_inside = top >= margin <= left and bottom <= last_row and right <= last_column
            if not (is_small and is_inside):
                is_even = top and left and bottom < height and right < width
                if not (is_even and _is_mostly_paper(marked[number])):
                    continue
            boxes.append((top, left, bottom, right))
        chosen.append(number)
    if not chosen:
        return [], None
    tops, lefts, bottoms, rights = zip(*boxes, strict=True) if boxes else ([1], [1], [0], [0])
    down, across = slice(min(tops) - 1, max(bottoms) + 1), slice(min(lefts) - 1, max(rights) + 1)
    cut = pictures[:, down, across] if len(chosen) == n else pictures[chosen, down, across]
    shape = cut.shape[1:]
    cut = cut.reshape(len(chosen), -1)
    inside = cut.shape[1]
    places = cut if len(chosen) == 1 else cut + 256 * np.arange(len(chosen))[:, None]
    # Python finds a place in it sooner than NumPy begins to.
    up_to = np.bincount(places.reshape(-1), minlength=256 * len(chosen)).cumsum().data
    papers, data = paper.tolist(), cut.tobytes()
    proven, inks = [], []
    for place, number in enumerate(chosen):
        level, pixels = papers[number], up_to[256 * place : 256 * (place + 1)]
        start, end = inside * place, inside * (place + 1)
        # A blank picture is both.
        is_light, is_dark = not level or pixels[level - 1] == start, pixels[level] == end
        if ink == "auto":
            # What the step for polarity looks at shows dark ink too.
            is_told = is_light or (is_dark and sample(marked[number : number + 1]).any())
        else:
            is_told = is_dark if ink == "dark" else is_light
        if is_told:
            table = _table(_stroke(pixels, start, level, is_dark, height * width // 1000))
            # Of the levels above the paper; there are none below.
            table = table[level::-1] + bytes(255 - level) if is_dark else bytes(level) + table
            proven.append(number)
            inks.append(data[start:end].translate(table[:256]))
    if not proven:
        return [], None
    stack: Stack = np.ndarray((len(proven), *shape), np.uint8, b"".join(inks))
    return proven, Part(stack, down.start, across.start, height, width)


def _is_mostly_paper(marked: NDArray[np.bool_]) -> bool:
    """Whether most pixels are paper, and most of those that the step for polarity looks at.

    Args:
        marked: What is no paper, of shape (height, width).
    """
    seen = sample(marked[None])
    looked_at = marked, seen, border(seen)
    return all(2 * np.count_nonzero(some) < some.size for some in looked_at)


def _stroke(up_to: Sequence[int], before: int, paper: int, is_dark: bool, brightest: int) -> int:
    """How far a picture's typical stroke is from its paper; 0 without enough contrast.

    As `contrast.stretch` finds it where the paper has no noise. `up_to` tells how many pixels have
    at most each level, behind the pixels `before` of other pictures; all that are not counted are
    paper. So many as `brightest`, farthest from it, may be glare or dirt.
    """
    if is_dark:
        peak = paper - bisect_right(up_to, before + brightest, 0, paper)
        if peak < MIN_CONTRAST_LEVELS:
            return 0
        ink = up_to[paper - peak // 2 - 1] - before
        return paper - bisect_right(up_to, before + ink // 2, 0, paper)
    end = up_to[-1]
    peak = bisect_left(up_to, end - brightest, paper) - paper
    if peak < MIN_CONTRAST_LEVELS:
        return 0
    ink = end - up_to[paper + peak // 2]
    return bisect_left(up_to, end - ink // 2, paper) - paper


@lru_cache(maxsize=256)
def _table(stroke: int) -> bytes:
    """The ink of each level above the paper, at full contrast."""
    if not stroke:
        return bytes(256)
    return full_contrast(
        np.arange(256, dtype=np.float32), np.float32(0), np.float32(stroke)
    ).tobytes()
