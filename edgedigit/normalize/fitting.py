"""Brings ink to where MNIST's is: in a box of 20 x 20 pixels, its mass in the middle of 28 x 28."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.components import Index
from edgedigit.raster.morphology import cross, dilated, stroke_widths
from edgedigit.raster.resampling import UNIT_WEIGHT, Stack, Weights, resample, whole_weights

SIDE = 28
_BOX_SIDE = 20
_MIN_STROKE_BOX_PIXELS = 1.9
_PIXEL_CENTRES = np.arange(SIDE) + 0.5


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
    values = wide.astype(np.float32)
    y_weights, x_weights = _weights(box, _sums(values))
    return resample(values, y_weights[:, :, :height], x_weights[:, :, :width])


class _Box(NamedTuple):
    """Boxes around the ink of n pictures; that of a blank picture is the picture.

    Attributes:
        start: First row and first column of each, shape (2, n).
        longest: The longer side, shape (n,).
    """

    start: Index
    longest: Index


def _box(inks: Stack, level: int) -> _Box:
    """The box around the pixels of at least a level."""
    seen = _sums((inks >= level).astype(np.float32)) > 0
    start = seen.argmax(axis=2)
    end = seen.shape[2] - seen[..., ::-1].argmax(axis=2)
    return _Box(start, (end - start).max(axis=0))


def _sums(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sums of each row, and of each column: shape (2, n, longer side).

    Sums of whole numbers below 2**24 are exact.
    """
    n, height, width = values.shape
    sums = np.zeros((2, n, max(height, width)), np.float32)
    # Sums over short sides take NumPy's reductions several times as long.
    np.einsum("nij->ni", values, out=sums[0, :, :height])
    np.einsum("nij->nj", values, out=sums[1, :, :width])
    return sums


def _widened(inks: Stack, longest: Index) -> Stack:
    """Thickens strokes that would be thinner in the box than MNIST's are."""
    missing = _MIN_STROKE_BOX_PIXELS * longest / _BOX_SIDE - stroke_widths(inks >= 128)
    steps = np.rint(missing / 2)
    result = inks
    for step in range(1, int(steps.max(initial=0)) + 1):
        thin = steps >= step
        if result is inks:
            result = inks.copy()
        # A cross and a square in turn make an octagon.
        thick = result[thin]
        odd = step % 2 == 1
        result[thin] = cross(thick, np.maximum) if odd else dilated(thick, 1, 1)
    return result


@lru_cache(maxsize=64)
def _ramp(pixels: int) -> NDArray[np.float64]:
    """Ones, and twice the places of the pixels' middles: shape (pixels, 2)."""
    return np.stack([np.ones(pixels), 2 * np.arange(pixels) + 1], axis=1)


def _weights(box: _Box, mass: NDArray[np.float32]) -> Weights:
    """Triangle-filter weights that bring both axes into the box.

    Args:
        box: The boxes around the ink.
        mass: The sums of its rows, and of its columns: shape (2, n, pixels).

    Returns:
        Shape (2, n, 28, pixels).
    """
    pixels = mass.shape[2]
    moments = mass @ _ramp(pixels)
    centre = moments[..., 1] / (2 * np.maximum(moments[..., 0], 1))
    scale = _BOX_SIDE / box.longest
    # Whole pixels, so that a picture that fits already is not blurred. MNIST's centres of
    # mass lie in the pixel right of, and below, the middle.
    offset = np.ceil(SIDE / 2 - (centre - box.start) * scale)
    support = np.maximum(1 / scale, 1)
    source = (_PIXEL_CENTRES - offset[..., None]) / scale[:, None] + box.start[..., None]
    first = np.floor(source - support[:, None] - 0.5)
    # All pixels that any place of the result may see, along a first axis. Beyond the picture there
    # is paper, which weighs as much as what is inside.
    pixel = first + np.arange(int(2 * support.max()) + 3)[:, None, None, None]
    weights = pixel + 0.5
    weights -= source
    np.abs(weights, out=weights)
    weights /= support[:, None]
    np.maximum(np.subtract(1, weights, out=weights), 0, out=weights)
    weights *= UNIT_WEIGHT
    np.rint(weights, out=weights)
    weights /= weights.sum(axis=0)
    # The first and the last column take up what is not in the picture.
    spread = np.zeros((*source.shape, pixels + 2), np.float32)
    place = np.minimum(np.maximum(pixel, -1, out=pixel), pixels, out=pixel)
    place += np.arange(1, spread.size, pixels + 2).reshape(source.shape)
    spread.reshape(-1)[place.astype(np.intp)] = whole_weights(weights)
    return spread[..., 1:-1]
