"""Ink on paper of one level, as drawings, scans and made pictures have it: proven, not estimated.

Where the paper is exactly even all along the border and is most of a picture, it has no light to
take out and no noise, and all ink is on one side of it. Then the ink's box says all that the steps
for other pictures would find out of the whole.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.contrast import stretch
from edgedigit.normalize.part import Part, around
from edgedigit.normalize.polarity import border, sample
from edgedigit.raster.resampling import Stack


class OnEvenPaper(NamedTuple):
    """Ink on even paper.

    Attributes:
        pictures: The numbers of the pictures that are proven to be so, shape (n,).
        part: Their ink.
    """

    pictures: NDArray[np.intp]
    part: Part


def ink_on_even_paper(pictures: Stack, ink: str) -> OnEvenPaper | None:
    """The ink of those pictures whose paper is even, the same as the other steps would make it.

    Args:
        pictures: uint8 of shape (n, height, width).
        ink: "dark", "light" or "auto".

    Returns:
        None where there is no such picture.
    """
    _, height, width = pictures.shape
    paper = pictures[:, :1, :1]
    marked = pictures != paper
    rows, columns = marked.any(axis=2), marked.any(axis=1)
    even = ~(rows[:, 0] | rows[:, -1] | columns[:, 0] | columns[:, -1])
    # What the steps for polarity look at is paper for the most part too, and shows ink.
    seen = sample(marked)
    even &= 2 * _counts(marked) < height * width
    has_ink = _counts(seen)
    even &= 2 * has_ink < seen[0].size
    strips = border(seen)
    even &= 2 * _counts(strips) < strips.shape[1]
    chosen = np.flatnonzero(even)
    if not len(chosen):
        return None
    down, across = around(rows[chosen].any(axis=0)), around(columns[chosen].any(axis=0))
    cut = np.ascontiguousarray(pictures[chosen, down, across])
    paper = paper[chosen, 0]
    flat = cut.reshape(len(cut), -1)
    dark = (flat.max(axis=1, keepdims=True) == paper)[:, 0]
    light = (flat.min(axis=1, keepdims=True) == paper)[:, 0]
    # A blank picture is both.
    told = light | (dark & (has_ink[chosen] > 0))
    if ink != "auto":
        told &= dark if ink == "dark" else light
    if not told.all():
        chosen, cut, paper, dark = chosen[told], cut[told], paper[told], dark[told]
        if not len(chosen):
            return None
    # Modulo 256, as unsigned integers are.
    differences = cut - paper[:, None]
    np.negative(differences, out=differences, where=dark[:, None, None])
    outside = height * width - differences[0].size
    inks = stretch(differences, paper=outside)
    return OnEvenPaper(chosen, Part(inks, down.start, across.start, height, width))


def _counts(masks: NDArray[np.bool_]) -> NDArray[np.uint32]:
    counts: NDArray[np.uint32] = masks.reshape(len(masks), -1).sum(axis=1, dtype=np.uint32)
    return counts
