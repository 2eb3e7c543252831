"""Finds the digits of a picture: its ink in pieces of a digit's size, line by line."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import Ink
from edgedigit.raster.components import Components, find_components
from edgedigit.raster.morphology import square
from edgedigit.reading.ink import page_ink, reduce_page
from edgedigit.reading.ruled_lines import remove_page_rules
from edgedigit.reading.strokes import boxes_of, find_pieces, join_strokes, joined_boxes
from edgedigit.reading.text_lines import find_lines, without_punctuation

# Ink levels (of 255) that count; fainter ones are soft edges.
INK = 64
# How far soft edges reach, in pixels.
_SOFT = 2
# More runs of ink than these are noise or a photograph.
_MOST_RUNS = 400_000
# Boxes of digits hardly overlap; with so many times the picture's pixels in all they are of
# something else, a hatching perhaps.
_MOST_BOXES = 4


class Blob(NamedTuple):
    """One piece of ink: a digit, a part of one, or several that touch.

    Attributes:
        top: First row, in pixels of the working picture.
        left: First column.
        bottom: The row after the last.
        right: The column after the last.
        ink: uint8 of shape (bottom - top, right - left): this blob's pixels alone, bright on 0.
    """

    top: int
    left: int
    bottom: int
    right: int
    ink: NDArray[np.uint8]


class Layout(NamedTuple):
    """What a picture's ink is made of.

    Attributes:
        scale: How many pixels per side of the original each pixel of the working picture is.
        lines: From top to bottom; the blobs of each from left to right.
    """

    scale: int
    lines: list[list[Blob]]


def find_layout(grey: NDArray[np.uint8], ink: Ink = "auto") -> Layout:
    """Finds the digits of a picture.

    Args:
        grey: uint8 of shape (height, width).
        ink: "dark" or "light": how the ink is, compared to the paper; "auto" finds out.

    Returns:
        The blobs in lines; none for a blank picture, and for one that is no page of digits.
    """
    picture, scale = reduce_page(grey)
    inks = page_ink(picture, ink)
    seen = inks >= INK
    if np.count_nonzero(seen[:, 1:] & ~seen[:, :-1]) > _MOST_RUNS:
        return Layout(scale, [])
    inks = remove_page_rules(inks, INK)
    found = find_components((inks >= INK)[None])
    pieces = find_pieces(found)
    if not pieces.any():
        return Layout(scale, [])
    boxes = boxes_of(found, pieces)
    group = join_strokes(boxes)
    joined = joined_boxes(boxes, group)
    if int((joined.high * joined.wide).sum()) > _MOST_BOXES * inks.size:
        return Layout(scale, [])
    lines = [without_punctuation(joined, line) for line in find_lines(joined)]
    blobs = cut_out(inks, found, np.flatnonzero(pieces), group)
    return Layout(scale, [[blobs[i] for i in line] for line in lines if len(line)])


def cut_out(
    inks: NDArray[np.uint8],
    found: Components,
    chosen: NDArray[np.int64],
    group: NDArray[np.int64],
) -> list[Blob]:
    """Makes a blob of each group of components.

    Args:
        inks: uint8 of shape (height, width), bright ink on 0.
        found: The components of its ink.
        chosen: Which of them are used.
        group: The blob that each of these belongs to, numbered from 0 on.
    """
    height, width = inks.shape
    blob_of = np.full(len(found.first) + 1, -1)
    blob_of[chosen] = group
    of_run = blob_of[found.owner]
    order = np.argsort(of_run, kind="stable")
    order = order[np.searchsorted(of_run[order], 0) :]
    rows, first = found.rows[order], found.columns[order]
    last = first + (found.ends - found.starts)[order]
    ends = np.searchsorted(of_run[order], np.arange(group.max(initial=-1) + 1), "right").tolist()
    blobs = []
    start = 0
    for end in ends:
        y, x, x_end = rows[start:end], first[start:end], last[start:end]
        start = end
        top, left = max(int(y.min()) - _SOFT, 0), max(int(x.min()) - _SOFT, 0)
        bottom = min(int(y.max()) + 1 + _SOFT, height)
        right = min(int(x_end.max()) + _SOFT, width)
        edges = np.zeros((bottom - top, right - left + 1), np.int8)
        edges[y - top, x - left] = 1
        edges[y - top, x_end - left] = -1
        own = edges.cumsum(axis=1, dtype=np.int8)[:, :-1].astype(np.bool_)
        around = inks[top:bottom, left:right]
        # Ink fainter than the level counts where it may be a soft edge.
        soft = square(own[None], _SOFT, np.maximum)[0] & (own | (around < INK))
        blobs.append(Blob(top, left, bottom, right, around * soft))
    return blobs
