"""Brings ink of any contrast, pencil as well as marker, to full contrast."""

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.histograms import Histograms
from edgedigit.raster.part import Part, around, soft_edge
from edgedigit.raster.resampling import Stack

Floats = NDArray[np.float32] | np.float32

MIN_CONTRAST_LEVELS = 14
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
    return _looked_up(*_contrast(differences, brightest, most_noise), differences)


def stretched_part(differences: NDArray[np.int16], level: int) -> Part:
    """What `stretch` makes of the part of pictures that has ink of a level, and its soft edges."""
    tables, found = _contrast(differences)
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
) -> tuple[Stack, Histograms]:
    """The ink of each level, and where that is found."""
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
    stroke = np.maximum(stroke, noise + 1)
    # The new level of each level, to be looked up for each pixel.
    each = np.arange(found.lowest, _MAX_LEVEL + 1, dtype=np.float32)
    stretched = full_contrast(each, *(of[:, None].astype(np.float32) for of in (noise, stroke)))
    stretched[peak - noise < MIN_CONTRAST_LEVELS] = 0
    return stretched.ravel(), found


def full_contrast(levels: Floats, noise: Floats, stroke: Floats) -> Stack:
    """Brings levels above the paper, float32, to where the noise is 0 and the stroke 255."""
    above = np.minimum(np.maximum(levels - noise, 0), stroke - noise)
    # Quotients of whole numbers as small as these are never rounded up to the next one.
    stretched: Stack = (above * 255 / (stroke - noise)).astype(np.uint8)
    return stretched
