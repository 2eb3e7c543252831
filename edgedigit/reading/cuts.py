"""Cuts through ink where it is thin: paths from the top of a blob to its bottom.

A cut is the path that crosses the least ink, as the seams of Avidan and Shamir ("Seam carving for
content-aware image resizing", 2007), each within a narrow band, vertical or slanted, so that there
are cuts all over the blob, and not the same one many times.
"""

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Index
from edgedigit.reading.layout import MIN_INK_LEVEL, Blob

# Heights are those of a digit.
_BAND_STEP_HEIGHTS = 0.1
_BAND_REACH_HEIGHTS = 0.15
_MIN_CUT_GAP_HEIGHTS = 0.1
_MAX_CROSSED_INK_HEIGHTS = 0.5
_BAND_SLANTS_COLUMNS_PER_ROW = -0.15, 0.15, 0.45
# For a blob as wide as high.
_MIN_SIDE_INK_SHARE = 0.18
_MAX_CUTS = 9
_MAX_CUTS_PER_FURTHER_HEIGHT = 4
_MAX_PATH_ROWS = 32
# Compared to a pixel of ink.
_SIDEWAYS_STEP_COST = 0.02
_BAND_SIDE_COST = 0.1


def find_cuts(blob: Blob, height: int) -> Index:
    """Finds the places where a blob could be several digits that touch.

    Args:
        blob: The blob to cut.
        height: The height of a digit, in pixels.

    Returns:
        int64 of shape (cuts, rows of the blob), from left to right: the first column right of
        each cut, in each row. The blob's left and right side are cuts too.
    """
    high, wide = blob.ink.shape
    block = -(-max(high, height) // _MAX_PATH_ROWS)
    ink = _averaged(blob.ink, block)
    unit = height / block
    seams, crossed = _seams(ink, unit)
    chosen = _chosen(ink, seams, crossed, unit)
    columns = np.minimum(seams[chosen] * block, wide).repeat(block, axis=1)[:, :high]
    cuts: Index = np.pad(columns, ((1, 1), (0, 0)), constant_values=((0, wide), (0, 0)))
    return cuts


def part_between(blob: Blob, left: Index, right: Index) -> Blob | None:
    """The part of a blob between two of its cuts; None if they cross, or there is no ink."""
    if (left > right).any():
        return None
    start, stop = int(left.min()), int(right.max())
    column = np.arange(start, stop)
    ink = blob.ink[:, start:stop] * ((column >= left[:, None]) & (column < right[:, None]))
    if ink.max(initial=0) < MIN_INK_LEVEL:
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    y, x = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    top, left_side = blob.top + y.start, blob.left + start + x.start
    part = ink[y, x]
    return Blob(top, left_side, top + part.shape[0], left_side + part.shape[1], part)


def _averaged(ink: NDArray[np.uint8], block: int) -> NDArray[np.float32]:
    """Means of blocks of pixels, 1 for full ink."""
    high, wide = (-(-side // block) for side in ink.shape)
    padded = np.zeros((high * block, wide * block), np.float32)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    means: NDArray[np.float32] = padded.reshape(high, block, wide, block).mean(axis=(1, 3)) / 255
    return means


def _seams(ink: NDArray[np.float32], unit: float) -> tuple[Index, NDArray[np.float64]]:
    """The lightest path in each band: its columns, shape (bands, rows), and its ink in units."""
    high, wide = ink.shape
    middles = np.arange(0, wide, max(_BAND_STEP_HEIGHTS * unit, 1))
    shifts = np.array(_BAND_SLANTS_COLUMNS_PER_ROW)[:, None] * ((high - 1) / 2 - np.arange(high))
    reach = max(round(_BAND_REACH_HEIGHTS * unit), 1)
    offsets = np.arange(-reach, reach + 1)
    # Shape (bands, rows, columns of a band).
    columns = np.rint(middles[:, None, None] + shifts).astype(np.int64).reshape(-1, high, 1)
    columns = columns + offsets
    # Beside the blob there is paper, on both sides.
    around = np.pad(ink, ((0, 0), (1, 1)))
    bands = around[np.arange(high)[:, None], np.clip(columns, -1, wide) + 1]
    steps = bands + (_BAND_SIDE_COST * np.abs(offsets) / reach).astype(np.float32)
    total = np.full((len(bands), len(offsets) + 2), np.inf, np.float32)
    total[:, 1:-1] = steps[:, 0]
    sideways = np.array([_SIDEWAYS_STEP_COST, 0, _SIDEWAYS_STEP_COST], np.float32)[:, None, None]
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
    seams: Index,
    crossed: NDArray[np.float64],
    unit: float,
) -> Index:
    """The lightest paths that lie apart and have enough ink on both sides, from left to right."""
    high, wide = ink.shape
    # How much ink lies left of each pixel of its row.
    left_of = np.concatenate([np.zeros((high, 1)), ink.cumsum(axis=1)], axis=1)
    left = left_of[np.arange(high), seams].sum(axis=1)
    total = left_of[:, -1].sum()
    many = max(wide / unit, 1)
    worth = np.minimum(left, total - left) >= _MIN_SIDE_INK_SHARE * total / many
    most = _MAX_CUTS + int((many - 1) * _MAX_CUTS_PER_FURTHER_HEIGHT)
    chosen: list[int] = []
    for index in np.argsort(crossed, kind="stable"):
        if crossed[index] > _MAX_CROSSED_INK_HEIGHTS or len(chosen) == most:
            break
        apart = np.abs(seams[chosen] - seams[index]).mean(axis=1)
        if worth[index] and (apart >= _MIN_CUT_GAP_HEIGHTS * unit).all():
            chosen.append(int(index))
    return np.array(sorted(chosen, key=lambda index: float(left[index])), np.int64)
