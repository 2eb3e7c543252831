"""Brings ink to where MNIST's is: in a box of 20 x 20 pixels, its mass in the middle of 28 x 28."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.histograms import Index
from edgedigit.morphology import cross, square, stroke_widths
from edgedigit.resampling import UNIT, Stack, Weights, resample, whole

SIDE = 28
BOX = 20

# Thinnest strokes, in pixels of the result, that are left as they are.
_STROKE = 1.9
# Where the pixels of the result lie.
_PLACES = np.arange(SIDE) + 0.5


def fit(inks: Stack, level: int) -> Stack:
    """Scales each picture's ink into the 20 x 20 box and centres its mass in 28 x 28.

    Strokes that would be thinner there than MNIST's are thickened first.

    Args:
        inks: uint8 of shape (n, height, width), bright ink on 0.
        level: The smallest value that counts for the box; fainter edges may lie outside.

    Returns:
        uint8 of shape (n, 28, 28).
    """
    _, height, width = inks.shape
    box = _box(inks, level)
    wide = _widened(inks, box.longest)
    if wide is not inks:
        box = _box(wide, level)
    # Sums of whole numbers below 2**24 are exact.
    values = wide.astype(np.float32)
    mass = np.zeros((2, len(inks), max(height, width)), np.int64)
    mass[0, :, :height], mass[1, :, :width] = values.sum(axis=2), values.sum(axis=1)
    y_weights, x_weights = _weights(box, mass)
    return resample(values, y_weights[:, :, :height], x_weights[:, :, :width])


class _Box(NamedTuple):
    """First row and first column of the ink, shape (2, n), and its longer side, at least 1."""

    start: Index
    longest: Index


def _box(inks: Stack, level: int) -> _Box:
    top, bottom = _extent(inks.max(axis=2) >= level)
    left, right = _extent(inks.max(axis=1) >= level)
    longest = np.maximum(np.maximum(bottom - top, right - left), 1)
    return _Box(np.stack([top, left]), longest)


def _extent(seen: NDArray[np.bool_]) -> tuple[Index, Index]:
    """First index that is seen, and the one after the last."""
    return seen.argmax(axis=1), seen.shape[1] - seen[:, ::-1].argmax(axis=1)


def _widened(inks: Stack, longest: Index) -> Stack:
    """Thickens strokes that would be thinner in the box than MNIST's are."""
    missing = _STROKE * longest / BOX - stroke_widths(inks >= 128)
    steps = np.where(missing > 0, np.rint(missing / 2), 0).astype(np.int64)
    result = inks
    for step in range(1, int(steps.max(initial=0)) + 1):
        thin = steps >= step
        if result is inks:
            result = inks.copy()
        # A cross and a square in turn make an octagon.
        thick = result[thin]
        odd = step % 2 == 1
        result[thin] = cross(thick, np.maximum) if odd else square(thick, 1, np.maximum)
    return result


def _weights(box: _Box, mass: Index) -> Weights:
    """Triangle-filter weights that bring both axes into the box.

    Args:
        box: Where the ink lies.
        mass: How much of it lies in each row, and in each column: shape (2, n, pixels).

    Returns:
        Shape (2, n, 28, pixels).
    """
    pixels = mass.shape[2]
    total = np.maximum(mass.sum(axis=2), 1)
    centre = (mass * (2 * np.arange(pixels) + 1)).sum(axis=2) / (2 * total)
    scale = BOX / box.longest
    # Whole pixels, so that a picture that fits already is not blurred. MNIST's centres of
    # mass lie in the pixel right of, and below, the middle.
    offset = np.ceil(SIDE / 2 - (centre - box.start) * scale)
    support = np.maximum(1 / scale, 1)
    source = (_PLACES - offset[..., None]) / scale[:, None] + box.start[..., None]
    first = np.floor(source - support[:, None] - 0.5).astype(np.int64)
    # All pixels that any place of the result may see. Beyond the picture there is paper, which
    # weighs as much as what is inside.
    pixel = first[..., None] + np.arange(int(2 * support.max()) + 3)
    weights = np.abs(pixel + 0.5 - source[..., None])
    weights /= support[:, None, None]
    weights = np.rint(np.maximum(1 - weights, 0) * UNIT)
    weights /= weights.sum(axis=3, keepdims=True)
    # The first and the last column take up what is not in the picture.
    spread = np.zeros((*source.shape, pixels + 2), np.float32)
    column = np.minimum(np.maximum(pixel, -1), pixels) + 1
    row = np.arange(0, spread.size, pixels + 2).reshape(*source.shape, 1)
    spread.reshape(-1)[row + column] = whole(weights)
    return spread[..., 1:-1]
