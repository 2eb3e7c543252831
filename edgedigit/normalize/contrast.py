"""Brings ink of any contrast, pencil as well as marker, to full contrast."""

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.part import Part, around, soft_edge
from edgedigit.raster.components import Index
from edgedigit.raster.histograms import Histograms
from edgedigit.raster.resampling import Stack

Floats = NDArray[np.float32] | np.float32

MIN_CONTRAST_LEVELS = 14
_MAX_GRAINY_NOISE_RATIO = 4
_MIN_GRAINY_SIDE_PIXELS = 64
_MAX_LEVEL = 255


def stretch(
    differences: NDArray[np.int16], brightest: int | None = None, most_noise: float = np.inf
) -> Stack:
    """Brings ink on paper to full contrast; no ink makes all 0.

    The level of the paper's noise becomes 0, that of the typical stroke 255.

    Args:
        differences: Levels above the paper of each pixel, -255 to 255, of shape
            (n, height, width).
        brightest: So many of the brightest pixels may be glare or dirt; by default one in 1,000.
        most_noise: The paper's noise reaches at most such a share of the peak, as where a pattern
            is printed on it.

    Returns:
        uint8 of the same shape.
    """
    differences, tables, found = _contrast(differences, brightest, most_noise)
    return _looked_up(tables, found, differences)


def stretched_part(differences: NDArray[np.int16], level: int) -> Part:
    """What `stretch` makes of the part of pictures that has ink of a level, and its soft edges."""
    differences, tables, found = _contrast(differences)
    _, height, width = differences.shape
    margin = soft_edge(height, width) + 1
    # The brighter a pixel, the brighter its ink.
    brightest = np.maximum.reduce(differences, axis=2)
    rows = around(_looked_up(tables, found, brightest) >= level, margin)
    brightest = np.maximum.reduce(differences[:, rows], axis=1)
    columns = around(_looked_up(tables, found, brightest) >= level, margin)
    inks = _looked_up(tables, found, differences[:, rows, columns])
    return Part(inks, rows.start, columns.start, height, width)


def _looked_up(tables: Stack, found: Histograms, differences: NDArray[np.int16]) -> Stack:
    """The ink of levels, of the same shape; brackets for `take` take twice as long."""
    return tables.take(found.places(differences)).reshape(differences.shape)


def _contrast(
    differences: NDArray[np.int16], brightest: int | None = None, most_noise: float = np.inf
) -> tuple[NDArray[np.int16], Stack, Histograms]:
    """The differences or averages of them, the ink of each level, and where that is found."""
    found, noise, stroke, peak = _measured(differences, brightest, most_noise)
    # Faint pencil on grainy paper stands out better when neighbours are averaged.
    grainy = np.flatnonzero((noise > 0) & (peak < _MAX_GRAINY_NOISE_RATIO * noise))
    if len(grainy) and min(differences.shape[1:]) >= _MIN_GRAINY_SIDE_PIXELS:
        differences = differences.copy()
        differences[grainy] = _averaged(differences[grainy])
        found, noise, stroke, peak = _measured(differences, brightest, most_noise)
    # The new level of each level, to be looked up for each pixel.
    each = np.arange(found.lowest, _MAX_LEVEL + 1, dtype=np.float32)
    stretched = full_contrast(each, *(of[:, None].astype(np.float32) for of in (noise, stroke)))
    stretched[peak - noise < MIN_CONTRAST_LEVELS] = 0
    return differences, stretched.ravel(), found


def full_contrast(levels: Floats, noise: Floats, stroke: Floats) -> Stack:
    """Brings levels above the paper, float32, to where the noise is 0 and the stroke 255."""
    above = np.minimum(np.maximum(levels - noise, 0), stroke - noise)
    # Quotients of whole numbers as small as these are never rounded up to the next one.
    stretched: Stack = (above * 255 / (stroke - noise)).astype(np.uint8)
    return stretched


def _measured(
    differences: NDArray[np.int16], brightest: int | None, most_noise: float
) -> tuple[Histograms, Index, Index, Index]:
    """Histograms of levels above the paper, from the lowest one on, and what they tell.

    Args:
        differences: As for `stretch`, and so are the others.
        brightest: See there.
        most_noise: See there.

    Returns:
        The levels of the paper's noise, the typical stroke and the peak too, each of shape (n,).
    """
    lowest = int(differences.min())
    found = Histograms(differences, _MAX_LEVEL + 1 - lowest, lowest)
    size = found.size
    if brightest is None:
        brightest = size // 1000
    # At least a quarter of a picture is paper, whose noise its darkest pixels show.
    ranks = np.array([size // 10 + 1, size // 4 + 1, size - brightest])
    low, middle, peak = found.at_rank(ranks).T
    noise = np.maximum(middle + 7 * (middle - low), 0)
    if most_noise < np.inf:
        noise = np.minimum(noise, np.maximum((most_noise * peak).astype(np.int64), 0))
    half = np.minimum((noise + peak) // 2, _MAX_LEVEL)
    ink = size - found.up_to(half)
    stroke = found.at_rank((size - ink // 2)[:, None])[:, 0]
    return found, noise, np.maximum(stroke, noise + 1), peak


def _averaged(differences: NDArray[np.int16]) -> NDArray[np.int16]:
    """Each pixel with its neighbours, weighted 1 2 1 in both directions."""
    padded = np.pad(differences, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    both = rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]
    averaged: NDArray[np.int16] = (both + 8) // 16
    return averaged
