"""Cuts through ink where it is thin: paths from the top of a blob to its bottom.

A cut is the path that crosses the least ink, as the seams of Avidan and Shamir ("Seam carving for
content-aware image resizing", 2007), each within a narrow band, upright or slanted, so that there
are cuts all over the blob, and not the same one many times.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgedigit.reading.layout import INK, Blob

# Lengths are in heights of a digit: from band to band, from a band's middle to its side, between
# cuts, and the most ink that a cut may cross.
_STEP = 0.1
_REACH = 0.15
_APART = 0.1
_THICKEST = 0.5
# How far bands go to the right for each row that they go up.
_SLANTS = (-0.15, 0.15, 0.45)
# Least ink of what is cut off from a blob as wide as high, as a share of all.
_LEAST = 0.18
# Most cuts of a blob as wide as high, and of each further height.
_CUTS = 9
_MORE_CUTS = 4
# Rows, at most, in which a path is looked for.
_ROWS = 32
# What a step to the side costs, and to be at the side of the band, compared to a pixel of ink.
_SIDEWAYS = 0.02
_OFF = 0.1


# Where a blob can be cut, from left to right: the first column right of each cut, in each row, of
# shape (cuts, height). The blob's left and right side are cuts too.
Cuts = NDArray[np.int64]


def no_cuts(blob: Blob) -> Cuts:
    """The sides of a blob alone."""
    high, wide = blob.ink.shape
    return np.array([[0] * high, [wide] * high])


def find_cuts(blob: Blob, height: int) -> Cuts:
    """Finds the places where a blob could be several digits that touch.

    Args:
        blob: What to cut.
        height: The height of a digit, in pixels.
    """
    high, wide = blob.ink.shape
    block = -(-max(high, height) // _ROWS)
    ink = _averaged(blob.ink, block)
    unit = height / block
    seams, crossed = _seams(ink, unit)
    chosen = _chosen(ink, seams, crossed, unit)
    columns = np.minimum(seams[chosen] * block, wide).repeat(block, axis=1)[:, :high]
    left, right = no_cuts(blob)
    cuts: Cuts = np.vstack([left, columns, right])
    return cuts


def between(blob: Blob, left: NDArray[np.int64], right: NDArray[np.int64]) -> Blob | None:
    """The part of a blob between two of its cuts; None if they cross, or there is no ink."""
    if (left > right).any():
        return None
    start, stop = int(left.min()), int(right.max())
    column = np.arange(start, stop)
    ink = blob.ink[:, start:stop] * ((column >= left[:, None]) & (column < right[:, None]))
    if ink.max(initial=0) < INK:
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    y, x = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    top, left_side = blob.top + y.start, blob.left + start + x.start
    part = ink[y, x]
    return Blob(top, left_side, top + part.shape[0], left_side + part.shape[1], part)


def extent(blob: Blob) -> tuple[int, int]:
    """Height and width of the ink, in pixels, without soft edges; at least 1."""
    seen = blob.ink >= INK
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return 1, 1
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1


def join(blobs: Sequence[Blob]) -> Blob:
    """One blob of several."""
    if len(blobs) == 1:
        return blobs[0]
    top, left = min(blob.top for blob in blobs), min(blob.left for blob in blobs)
    bottom, right = max(blob.bottom for blob in blobs), max(blob.right for blob in blobs)
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for blob in blobs:
        place = ink[blob.top - top : blob.bottom - top, blob.left - left : blob.right - left]
        np.maximum(place, blob.ink, out=place)
    return Blob(top, left, bottom, right, ink)


def _averaged(ink: NDArray[np.uint8], block: int) -> NDArray[np.float32]:
    """Means of blocks of pixels, 1 for full ink."""
    high, wide = (-(-side // block) for side in ink.shape)
    padded = np.zeros((high * block, wide * block), np.float32)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    means: NDArray[np.float32] = padded.reshape(high, block, wide, block).mean(axis=(1, 3)) / 255
    return means


def _seams(ink: NDArray[np.float32], unit: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The lightest path in each band: its columns, shape (bands, rows), and its ink in units."""
    high, wide = ink.shape
    middles = np.arange(0, wide, max(_STEP * unit, 1))
    shifts = np.array(_SLANTS)[:, None] * ((high - 1) / 2 - np.arange(high))
    reach = max(round(_REACH * unit), 1)
    offsets = np.arange(-reach, reach + 1)
    # Shape (bands, rows, columns of a band).
    columns = np.rint(middles[:, None, None] + shifts).astype(np.int64).reshape(-1, high, 1)
    columns = columns + offsets
    # Beside the blob there is paper, on both sides.
    around = np.pad(ink, ((0, 0), (1, 1)))
    bands = around[np.arange(high)[:, None], np.clip(columns, -1, wide) + 1]
    steps = bands + (_OFF * np.abs(offsets) / reach).astype(np.float32)
    total = np.full((len(bands), len(offsets) + 2), np.inf, np.float32)
    total[:, 1:-1] = steps[:, 0]
    sideways = np.array([_SIDEWAYS, 0, _SIDEWAYS], np.float32)[:, None, None]
    came = np.empty((high, len(bands), len(offsets)), np.int8)
    for row in range(1, high):
        ways = np.stack([total[:, :-2], total[:, 1:-1], total[:, 2:]]) + sideways
        came[row] = ways.argmin(axis=0) - 1
        total[:, 1:-1] = ways.min(axis=0) + steps[:, row]
    place, band = total[:, 1:-1].argmin(axis=1), np.arange(len(bands))
    path = np.empty((len(bands), high), np.int64)
    crossed = np.zeros(len(bands))
    for row in range(high - 1, -1, -1):
        path[:, row] = columns[band, row, place]
        crossed += bands[band, row, place]
        place = place + came[row, band, place] if row else place
    return np.clip(path, 0, wide), crossed / unit


def _chosen(
    ink: NDArray[np.float32],
    seams: NDArray[np.int64],
    crossed: NDArray[np.float64],
    unit: float,
) -> NDArray[np.int64]:
    """The lightest paths that lie apart and have enough ink on both sides, from left to right."""
    high, wide = ink.shape
    # How much ink lies left of each pixel of its row.
    left_of = np.concatenate([np.zeros((high, 1)), ink.cumsum(axis=1)], axis=1)
    left = left_of[np.arange(high), seams].sum(axis=1)
    total = left_of[:, -1].sum()
    many = max(wide / unit, 1)
    worth = np.minimum(left, total - left) >= _LEAST * total / many
    most = _CUTS + int((many - 1) * _MORE_CUTS)
    chosen: list[int] = []
    for index in np.argsort(crossed, kind="stable"):
        if crossed[index] > _THICKEST or len(chosen) == most:
            break
        apart = np.abs(seams[chosen] - seams[index]).mean(axis=1)
        if worth[index] and (apart >= _APART * unit).all():
            chosen.append(int(index))
    return np.array(sorted(chosen, key=lambda index: float(left[index])), np.int64)
