"""Brings ink to where MNIST's is: in a box of 20 x 20 pixels, its mass in the middle of 28 x 28."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.part import Part
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
    return fit_part(Part.of(inks), level)


def fit_part(part: Part, level: int) -> Stack:
    """The same for the part of pictures that holds their ink."""
    box = _box(part, level)
    steps = _widening_steps(part.inks, box.longest)
    if steps.any():
        steps[~part.inks.any(axis=(1, 2))] = 0
        part = Part.of(_widened(part.whole(), steps))
        box = _box(part, level)
    values = part.inks.astype(np.float32)
    places = _places(part, box, _sums(values))
    fitted = np.zeros((len(values), SIDE, SIDE), np.uint8)
    for number, place in enumerate(places):
        if place.longest == _BOX_SIDE:
            down = int(place.y_offset) + part.top - place.top
            across = int(place.x_offset) + part.left - place.left
            _shift(part.inks[number], down, across, fitted[number])
    scaled = [number for number, place in enumerate(places) if place.longest != _BOX_SIDE]
    if scaled:
        _, rows, columns = values.shape
        y_weights = np.zeros((len(scaled), SIDE, rows), np.float32)
        x_weights = np.zeros((len(scaled), SIDE, columns), np.float32)
        for number, y, x in zip(scaled, y_weights, x_weights, strict=True):
            place = places[number]
            _fill(y, place.longest, place.y_offset, place.top, part.top, part.height)
            _fill(x, place.longest, place.x_offset, place.left, part.left, part.width)
        fitted[scaled] = resample(values[scaled], y_weights, x_weights)
    return fitted


class _Box(NamedTuple):
    """Boxes around the ink of n pictures; that of a blank picture is the picture.

    Attributes:
        start: First row and first column of each in the picture, shape (2, n).
        longest: The longer side, shape (n,).
    """

    start: Index
    longest: Index


def _box(part: Part, level: int) -> _Box:
    """The box around the pixels of at least a level."""
    seen = part.inks >= level
    sides = []
    for first, marked in ((part.top, seen.any(axis=2)), (part.left, seen.any(axis=1))):
        start, end = marked.argmax(axis=1), marked.shape[1] - marked[:, ::-1].argmax(axis=1)
        sides.append((start + first, end - start))
    start, length = (np.array(values) for values in zip(*sides, strict=True))
    longest = length.max(axis=0)
    blank = ~marked.any(axis=1)
    if blank.any():
        start[:, blank] = 0
        longest[blank] = max(part.height, part.width)
    return _Box(start, longest)


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


def _widening_steps(inks: Stack, longest: Index) -> NDArray[np.float64]:
    """How often the strokes of each picture are thickened, to be as thick as MNIST's in the box."""
    missing = _MIN_STROKE_BOX_PIXELS * longest / _BOX_SIDE - stroke_widths(inks >= 128)
    steps: NDArray[np.float64] = np.maximum(np.rint(missing / 2), 0)
    return steps


def _widened(inks: Stack, steps: NDArray[np.float64]) -> Stack:
    """Thickens the strokes of each picture so often."""
    result = inks.copy()
    for step in range(1, int(steps.max()) + 1):
        thin = steps >= step
        # A cross and a square in turn make an octagon.
        thick = result[thin]
        odd = step % 2 == 1
        result[thin] = cross(thick, np.maximum) if odd else dilated(thick, 1, 1)
    return result


@lru_cache(maxsize=64)
def _ramp(pixels: int) -> NDArray[np.float64]:
    """Ones, and twice the places of the pixels' middles: shape (pixels, 2)."""
    return np.stack([np.ones(pixels), 2 * np.arange(pixels) + 1], axis=1)


class _Place(NamedTuple):
    """Where a picture's ink lies, and where its box's first row and column come to lie."""

    longest: int
    top: int
    left: int
    y_offset: float
    x_offset: float


def _places(part: Part, box: _Box, mass: NDArray[np.float32]) -> list[_Place]:
    """The places of n pictures.

    Args:
        part: Their ink.
        box: The boxes around it.
        mass: The sums of its rows, and of its columns: shape (2, n, pixels).
    """
    moments = mass @ _ramp(mass.shape[2])
    first = np.array([[part.top], [part.left]])
    start, total = box.start, moments[..., 0]
    # Whole numbers, as large as they would be for all of the picture.
    centre = (moments[..., 1] + 2 * first * total) / (2 * np.maximum(total, 1))
    scale = _BOX_SIDE / box.longest
    # Whole pixels, so that a picture that fits already is not blurred. MNIST's centres of
    # mass lie in the pixel right of, and below, the middle.
    offset = np.ceil(SIDE / 2 - (centre - start) * scale)
    return list(map(_Place, box.longest.tolist(), *start.tolist(), *offset.tolist()))


def _fill(
    weights: Weights, longest: int, offset: float, start: int, first: int, pixels: int
) -> None:
    """Sets what is not 0 of the weights that bring an axis of a part into the box.

    Args:
        weights: Zeros of shape (28, pixels of the part).
        longest: The longer side of the box around the ink.
        offset: Where the box comes to lie.
        start: Where it lies in the picture.
        first: Where the part lies in the picture.
        pixels: How many the picture has.
    """
    place, some = _axis_weights(longest, offset, start, pixels)
    begin, end = max(place, first), min(place + some.shape[1], first + weights.shape[1])
    weights[:, begin - first : end - first] = some[:, begin - place : end - place]


def _axis_weights(longest: int, offset: float, start: int, pixels: int) -> tuple[int, Weights]:
    """Triangle-filter weights that bring one axis into the box.

    Returns:
        The first pixel of the picture that weighs anything, and the weights from there on, of
        shape (28, pixels that do).
    """
    if longest <= _MAX_KEPT_LONGEST_PIXELS:
        return _kept_axis_weights(longest, offset, start, pixels)
    return _new_axis_weights(longest, offset, start, pixels)


def _new_axis_weights(longest: int, offset: float, start: int, pixels: int) -> tuple[int, Weights]:
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
    inside = slice(max(-first, 0), max(pixels - first, 0))
    return max(first, 0), np.ascontiguousarray(whole_weights(weights)[inside].T)


# So few pixels take at most 12 kB.
_MAX_KEPT_LONGEST_PIXELS = 64
_kept_axis_weights = lru_cache(maxsize=256)(_new_axis_weights)


def _shift(ink: Stack, down: int, across: int, fitted: Stack) -> None:
    """Copies ink, which fills the box already, to where it belongs."""
    rows, columns = ink.shape
    top, left = max(down, 0), max(across, 0)
    bottom, right = min(down + rows, SIDE), min(across + columns, SIDE)
    fitted[top:bottom, left:right] = ink[top - down : bottom - down, left - across : right - across]
