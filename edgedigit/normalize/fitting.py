"""Brings ink to where MNIST's is: in a box of 20 x 20 pixels, its mass in the middle of 28 x 28."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.bit_masks import BitMask
from edgedigit.raster.morphology import thickened
from edgedigit.raster.part import InkMasks, Part, ink_masks
from edgedigit.raster.resampling import (
    MAX_UNTHREADED_MULTIPLICATIONS,
    Stack,
    fill_triangles,
    resample,
)

SIDE = 28
_BOX_SIDE = 20
_MIN_STROKE_BOX_PIXELS = 1.9
# Of so many pixels of 255 the sum, each one twice as often as its place says, is below 2**24.
_MAX_FLOAT32_RAMP_PIXELS = 256


def fit(part: Part, level: int, masks: Sequence[InkMasks] | None = None) -> Stack:
    """Scales each picture's ink into the 20 x 20 box and centres its mass in 28 x 28.

    Strokes that would be thinner there than MNIST's are thickened first.

    Args:
        part: The part of n pictures that holds their ink.
        level: The smallest value that counts for the box; fainter edges may lie outside.
        masks: Its `ink_masks`, where they are known.

    Returns:
        uint8 of shape (n, 28, 28).
    """
    masks = ink_masks(part, level) if masks is None else masks
    boxes = [_box(each.seen, part) for each in masks]
    inked = BitMask.joined([each.any for each in masks])
    top, left, bottom, right = inked.box()
    is_cut = not (top and left and bottom < inked.height and right < inked.width)
    steps = [_widening_steps(*each, is_cut) for each in zip(masks, boxes, strict=True)]
    if not any(steps):
        return _placed(part, boxes, inked)
    fitted = np.empty((len(steps), SIDE, SIDE), np.uint8)
    thin = [number for number, step in enumerate(steps) if step]
    wide = [number for number, step in enumerate(steps) if not step]
    thick = part.only(thin).wider(max(steps))
    thick = thick._replace(inks=thickened(thick.inks, [steps[number] for number in thin]))
    masks = ink_masks(thick, level)
    # Once is enough, whatever came of it.
    fitted[thin] = _placed(
        thick,
        [_box(each.seen, thick) for each in masks],
        BitMask.joined([each.any for each in masks]),
    )
    if wide:
        fitted[wide] = _placed(part.only(wide), [boxes[number] for number in wide], inked)
    return fitted


class _Box(NamedTuple):
    """A box around ink: its first row and column in the picture, and its longer side."""

    top: int
    left: int
    longest: int


def _box(seen: BitMask, part: Part) -> _Box:
    """The box around the ink that counts; that of a picture without any is the picture."""
    if not seen.bits:
        return _Box(0, 0, max(part.height, part.width))
    top, left, bottom, right = seen.box()
    return _Box(part.top + top, part.left + left, max(bottom - top, right - left))


def _placed(part: Part, boxes: Sequence[_Box], inked: BitMask) -> Stack:
    """Brings ink, as thick as it is, to its place.

    Args:
        part: The ink.
        boxes: The box around each picture's.
        inked: Where any of them has ink.
    """
    fitted = np.zeros((len(boxes), SIDE, SIDE), np.uint8)
    if not inked.bits:
        return fitted
    top, left, bottom, right = inked.box()
    inks = part.inks[:, top:bottom, left:right]
    part = Part(inks, part.top + top, part.left + left, part.height, part.width)
    values = inks.astype(np.float32)
    places = _places(part, boxes, values)
    scaled = []
    for number, (box, (y, x)) in enumerate(zip(boxes, places, strict=True)):
        if box.longest == _BOX_SIDE:
            down, across = y + part.top - box.top, x + part.left - box.left
            _shift(inks[number], down, across, fitted[number])
        else:
            scaled.append(number)
    if scaled:
        _, rows, columns = values.shape
        y_weights = np.zeros((len(scaled), SIDE, rows), np.float32)
        x_weights = np.zeros((len(scaled), SIDE, columns), np.float32)
        for number, y_weight, x_weight in zip(scaled, y_weights, x_weights, strict=True):
            box, (y, x) = boxes[number], places[number]
            fill_triangles(y_weight, _BOX_SIDE / box.longest, y, box.top - part.top)
            fill_triangles(x_weight, _BOX_SIDE / box.longest, x, box.left - part.left)
        some = values if len(scaled) == len(values) else values[scaled]
        fitted[scaled] = resample(some, y_weights, x_weights)
    return fitted


def _places(
    part: Part, boxes: Sequence[_Box], values: NDArray[np.float32]
) -> list[tuple[int, int]]:
    """The row and the column that each box's first ones come to lie in.

    Args:
        part: The ink.
        boxes: The boxes around it.
        values: The ink as float32.
    """
    n, height, width = values.shape
    # Whole numbers, in float32 below 2**24: exact in any order.
    exact = np.float32 if width <= _MAX_FLOAT32_RAMP_PIXELS else np.float64
    in_rows, ramp = np.empty((n, height, 2), exact), _ramp(width, exact)
    step = MAX_UNTHREADED_MULTIPLICATIONS // (2 * width)
    for row in range(0, height, step):
        rows = slice(row, row + step)
        np.matmul(values[:, rows], ramp, out=in_rows[:, rows])
    sums = np.matmul(_ramp(height, np.float64).T, in_rows).tolist()
    places = []
    for box, ((total, across), (down, _)) in zip(boxes, sums, strict=True):
        scale, twice = _BOX_SIDE / box.longest, 2 * max(total, 1)
        # Whole numbers, as large as they would be for all of the picture. Whole pixels, so that a
        # picture that fits already is not blurred. MNIST's centres of mass lie in the pixel right
        # of, and below, the middle.
        y, x = (down + 2 * part.top * total) / twice, (across + 2 * part.left * total) / twice
        offsets = SIDE / 2 - (y - box.top) * scale, SIDE / 2 - (x - box.left) * scale
        places.append((math.ceil(offsets[0]), math.ceil(offsets[1])))
    return places


def _widening_steps(masks: InkMasks, box: _Box, is_cut: bool) -> int:
    """How often strokes are thickened, to be as thick as MNIST's in the box.

    Args:
        masks: Where the ink is.
        box: The box around it.
        is_cut: Whether it may reach the border.
    """
    if not masks.any.bits:
        return 0
    missing = _MIN_STROKE_BOX_PIXELS * box.longest / _BOX_SIDE - masks.strokes.stroke_width(is_cut)
    return max(round(missing / 2), 0)


@lru_cache(maxsize=64)
def _ramp(pixels: int, exact: type[np.floating]) -> NDArray[np.floating]:
    """Ones, and twice the places of the pixels' middles: shape (pixels, 2)."""
    return np.stack([np.ones(pixels), 2 * np.arange(pixels) + 1], axis=1).astype(exact)


def _shift(ink: Stack, down: int, across: int, fitted: Stack) -> None:
    """Copies ink, which fills the box already, to where it belongs."""
    rows, columns = ink.shape
    top, left = max(down, 0), max(across, 0)
    bottom, right = min(down + rows, SIDE), min(across + columns, SIDE)
    fitted[top:bottom, left:right] = ink[top - down : bottom - down, left - across : right - across]
