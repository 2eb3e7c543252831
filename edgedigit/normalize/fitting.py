"""Brings ink to where MNIST's is: in a box of 20 x 20 pixels, its mass in the middle of 28 x 28."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.part import Part
from edgedigit.raster.morphology import dilated, dilated_by_cross, stroke_widths
from edgedigit.raster.resampling import UNIT_WEIGHT, Stack, Weights, resample, whole_weights

SIDE = 28
_BOX_SIDE = 20
_MIN_STROKE_BOX_PIXELS = 1.9
_PIXEL_CENTRES = np.arange(SIDE) + 0.5


def fit(part: Part, level: int) -> Stack:
    """Scales each picture's ink into the 20 x 20 box and centres its mass in 28 x 28.

    Strokes that would be thinner there than MNIST's are thickened first.

    Args:
        part: The part of n pictures that holds their ink.
        level: The smallest value that counts for the box; fainter edges may lie outside.

    Returns:
        uint8 of shape (n, 28, 28).
    """
    boxes = _boxes(part, level)
    steps = _widening_steps(part.inks, boxes)
    if steps.any():
        part = Part.of(_widened(part.whole(), steps))
        boxes = _boxes(part, level)
    values = part.inks.astype(np.float32)
    places = _places(part, boxes, values)
    fitted = np.zeros((len(values), SIDE, SIDE), np.uint8)
    scaled = []
    for number, (box, (y, x)) in enumerate(zip(boxes, places, strict=True)):
        if box.longest == _BOX_SIDE:
            down, across = y + part.top - box.top, x + part.left - box.left
            _shift(part.inks[number], down, across, fitted[number])
        else:
            scaled.append(number)
    if scaled:
        _, rows, columns = values.shape
        y_weights = np.zeros((len(scaled), SIDE, rows), np.float32)
        x_weights = np.zeros((len(scaled), SIDE, columns), np.float32)
        for number, y_weight, x_weight in zip(scaled, y_weights, x_weights, strict=True):
            box, (y, x) = boxes[number], places[number]
            _fill(y_weight, box.longest, y, box.top, part.top)
            _fill(x_weight, box.longest, x, box.left, part.left)
        fitted[scaled] = resample(values[scaled], y_weights, x_weights)
    return fitted


class _Box(NamedTuple):
    """A box around ink: its first row and column in the picture, and its longer side."""

    top: int
    left: int
    longest: int


def _boxes(part: Part, level: int) -> list[_Box]:
    """The boxes around the pixels of at least a level; that of a blank picture is the picture."""
    seen = part.inks >= level
    rows, columns = np.logical_or.reduce(seen, axis=2), np.logical_or.reduce(seen, axis=1)
    boxes = []
    for down, across in zip(map(bytes, rows), map(bytes, columns), strict=True):
        top, left = down.find(1), across.find(1)
        if top < 0:
            boxes.append(_Box(0, 0, max(part.height, part.width)))
        else:
            longest = max(down.rfind(1) - top, across.rfind(1) - left) + 1
            boxes.append(_Box(part.top + top, part.left + left, longest))
    return boxes


def _places(part: Part, boxes: list[_Box], values: NDArray[np.float32]) -> list[tuple[int, int]]:
    """The row and the column that each box's first ones come to lie in.

    Args:
        part: The ink.
        boxes: The boxes around it.
        values: The ink as float32.
    """
    n, height, width = values.shape
    sums = np.zeros((2, n, max(height, width)), np.float32)
    # Sums of whole numbers below 2**24 are exact, and over short sides take NumPy's reductions
    # several times as long.
    np.einsum("nij->ni", values, out=sums[0, :, :height])
    np.einsum("nij->nj", values, out=sums[1, :, :width])
    rows, columns = (sums @ _ramp(sums.shape[2])).tolist()
    places = []
    for box, (total, down), (_, across) in zip(boxes, rows, columns, strict=True):
        scale, twice = _BOX_SIDE / box.longest, 2 * max(total, 1)
        # Whole numbers, as large as they would be for all of the picture. Whole pixels, so that a
        # picture that fits already is not blurred. MNIST's centres of mass lie in the pixel right
        # of, and below, the middle.
        y, x = (down + 2 * part.top * total) / twice, (across + 2 * part.left * total) / twice
        offsets = SIDE / 2 - (y - box.top) * scale, SIDE / 2 - (x - box.left) * scale
        places.append((math.ceil(offsets[0]), math.ceil(offsets[1])))
    return places


def _widening_steps(inks: Stack, boxes: list[_Box]) -> NDArray[np.float64]:
    """How often the strokes of each picture are thickened, to be as thick as MNIST's in the box."""
    longest = np.array([box.longest for box in boxes])
    missing = _MIN_STROKE_BOX_PIXELS * longest / _BOX_SIDE - stroke_widths(inks >= 128)
    steps: NDArray[np.float64] = np.maximum(np.rint(missing / 2), 0)
    if steps.any():
        steps[~inks.any(axis=(1, 2))] = 0
    return steps


def _widened(inks: Stack, steps: NDArray[np.float64]) -> Stack:
    """Thickens the strokes of each picture so often."""
    result = inks.copy()
    for step in range(1, int(steps.max()) + 1):
        thin = steps >= step
        # A cross and a square in turn make an octagon.
        thick = result[thin]
        odd = step % 2 == 1
        result[thin] = dilated_by_cross(thick) if odd else dilated(thick, 1, 1)
    return result


@lru_cache(maxsize=64)
def _ramp(pixels: int) -> NDArray[np.float64]:
    """Ones, and twice the places of the pixels' middles: shape (pixels, 2)."""
    return np.stack([np.ones(pixels), 2 * np.arange(pixels) + 1], axis=1)


def _fill(weights: Weights, longest: int, offset: int, start: int, first: int) -> None:
    """Sets what is not 0 of the weights that bring an axis of a part into the box.

    Args:
        weights: Zeros of shape (28, pixels of the part).
        longest: The longer side of the box around the ink.
        offset: Where the box comes to lie.
        start: Where it lies in the picture.
        first: Where the part lies in the picture.
    """
    weights_for = _kept_axis_weights if longest <= _MAX_KEPT_LONGEST_PIXELS else _axis_weights
    place, some = weights_for(longest, offset, start)
    begin, end = max(place, first), min(place + some.shape[1], first + weights.shape[1])
    if begin < end:
        weights[:, begin - first : end - first] = some[:, begin - place : end - place]


def _axis_weights(longest: int, offset: int, start: int) -> tuple[int, Weights]:
    """Triangle-filter weights that bring one axis into the box.

    Returns:
        The first pixel that weighs anything, which may lie outside of the picture, and the weights
        from there on, of shape (28, pixels that do).
    """
    scale = _BOX_SIDE / longest
    support = max(1 / scale, 1)
    source = (_PIXEL_CENTRES - offset) / scale + start
    # All pixels that any place of the result may see. Beyond the picture there is paper, which
    # weighs as much as what is inside.
    first = int(np.floor(source[0] - support - 0.5))
    pixel = np.arange(first, int(source[-1] + support) + 2)[:, None]
    weights = pixel + 0.5 - source
    np.abs(weights, out=weights)
    weights /= support
    np.maximum(np.subtract(1, weights, out=weights), 0, out=weights)
    weights *= UNIT_WEIGHT
    np.rint(weights, out=weights)
    weights /= weights.sum(axis=0)
    return first, np.ascontiguousarray(whole_weights(weights).T)


# So few pixels take at most 12 kB.
_MAX_KEPT_LONGEST_PIXELS = 64
_kept_axis_weights = lru_cache(maxsize=256)(_axis_weights)


def _shift(ink: Stack, down: int, across: int, fitted: Stack) -> None:
    """Copies ink, which fills the box already, to where it belongs."""
    rows, columns = ink.shape
    top, left = max(down, 0), max(across, 0)
    bottom, right = min(down + rows, SIDE), min(across + columns, SIDE)
    fitted[top:bottom, left:right] = ink[top - down : bottom - down, left - across : right - across]
