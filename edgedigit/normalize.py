"""Makes of a grey picture what MNIST's makers made of theirs: ink in a 20 x 20 box, centred.

The steps follow LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition" (1998), section III: the digit fills a box of 20 x 20 pixels, antialiased, its centre
of mass in the middle of 28 x 28. What comes before brings any picture to where MNIST started:
bright ink on even, dark paper. MNIST's own pictures come through with hardly a change.

Every step takes and returns stacks of pictures of one shape, and works on whole numbers (the
sums inside float32 matrix products too are whole and below 2**24), so that a picture's result
depends neither on its companions nor on the platform.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.light import above_paper, level
from edgedigit.morphology import cross, square
from edgedigit.resampling import UNIT, Stack, resample, whole
from edgedigit.rules import remove_rules
from edgedigit.selection import keep_digit

Ink = Literal["auto", "dark", "light"]

# Part of a model's configuration: a model works with the normalisation that it was trained on.
VERSION = 2

SIDE = 28
BOX = 20

# Larger pictures are reduced to this, which still is several pixels for each one of the result.
_MAX_SIDE = 512
# What decides on light and ink looks at so many pixels per side.
_SAMPLE = 96
# Share of what lies far from the paper by which one side has to outweigh the other.
_CLEAR = 0.5
# Grey levels between ink and paper below which there is nothing to see.
_MIN_CONTRAST = 14
# Ink less than so many times as bright as the paper's noise is averaged, in pictures of this size.
_GRAINY = 4
_GRAINY_SIDE = 64
# Of the histogram, 0 in the middle.
_BINS = 512
# Ink levels (of 255) that count for the box; fainter edges lie outside.
_BOX_LEVEL = 48
# Thinnest strokes, in pixels of the result, that are left as they are.
_STROKE = 1.9


def normalize_all(greys: Sequence[NDArray[np.uint8]], ink: Ink = "auto") -> Stack:
    """Normalises pictures of any shapes, those of equal shape together.

    Args:
        greys: Pictures, each uint8 of shape (height, width).
        ink: "dark" or "light": how the ink is, compared to the paper; "auto" finds out.

    Returns:
        uint8 of shape (n, 28, 28), bright ink on 0, in the same order; a blank picture is all 0.
    """
    result = np.zeros((len(greys), SIDE, SIDE), np.uint8)
    shapes: dict[tuple[int, ...], list[int]] = {}
    for index, grey in enumerate(greys):
        shapes.setdefault(grey.shape, []).append(index)
    for indices in shapes.values():
        result[indices] = normalize(np.stack([greys[index] for index in indices]), ink)
    return result


def normalize(greys: Stack, ink: Ink = "auto") -> Stack:
    """Normalises pictures of one shape.

    Args:
        greys: uint8 of shape (n, height, width).
        ink: As for `normalize_all`.

    Returns:
        uint8 of shape (n, 28, 28), bright ink on 0; a blank picture is all 0.
    """
    pictures = level(reduce(greys))
    dark = is_ink_dark(pictures) if ink == "auto" else np.full(len(pictures), ink == "dark")
    pictures = np.where(dark[:, None, None], 255 - pictures, pictures)
    inks = remove_rules(stretch(above_paper(pictures)), _BOX_LEVEL)
    return fit(widen(keep_digit(inks, _BOX_LEVEL)))


def reduce(pictures: Stack) -> Stack:
    """Averages whole blocks of pixels until no side is longer than 512."""
    height, width = pictures.shape[1:]
    block = -(-max(height, width) // _MAX_SIDE)
    if block == 1:
        return pictures
    rows, columns = min(block, height), min(block, width)
    height, width = height // rows * rows, width // columns * columns
    # Row by row, because sums of whole rows are several times faster than of small blocks.
    # 257 rows of 255 each are the most that 16 bits hold.
    wide: type[np.unsignedinteger[Any]] = np.uint16 if rows <= 257 else np.uint32
    total: NDArray[np.unsignedinteger[Any]] = pictures[:, 0:height:rows].astype(wide)
    for row in range(1, rows):
        total = np.add(total, pictures[:, row:height:rows], out=total)
    sums = total[:, :, 0:width:columns].astype(np.uint32)
    for column in range(1, columns):
        sums += total[:, :, column:width:columns]
    reduced: Stack = (sums // (rows * columns)).astype(np.uint8)
    return reduced


def is_ink_dark(pictures: Stack) -> NDArray[np.bool_]:
    """Whether the ink is darker than the paper, for each picture.

    Paper is what lies along the border and what there is most of; ink lies far from it on one
    side. The third power counts how far more than how much. Where a digit fills its picture that
    says little, but the corners are paper then.
    """
    sample = _sample(pictures)
    distance = _from_paper(sample)
    cubes = distance * distance * distance
    balance = cubes.sum(axis=1)
    is_dark: NDArray[np.bool_] = balance < 0
    unclear = np.flatnonzero(np.abs(balance) < _CLEAR * np.abs(cubes).sum(axis=1))
    if len(unclear):
        bright = (distance[unclear] > 0).reshape(-1, *sample.shape[1:])
        share = _bright_corners(bright)
        # A border of one tone may be a frame's: its corners tell nothing.
        told = (share != 0.5) & _is_mixed(bright)
        is_dark[unclear[told]] = share[told] > 0.5
    return is_dark


def stretch(differences: NDArray[np.int16]) -> Stack:
    """Brings ink on paper to full contrast, pencil as well as marker; none makes all 0.

    The level of the paper's noise becomes 0, that of the typical stroke 255.

    Args:
        differences: How much brighter than the paper each pixel is, -255 to 255.
    """
    levels = _levels(differences)
    # Faint pencil on grainy paper stands out better when neighbours are averaged.
    grainy = np.flatnonzero((levels.noise > 0) & (levels.peak < _GRAINY * levels.noise))
    if len(grainy) and min(differences.shape[1:]) >= _GRAINY_SIDE:
        differences = differences.copy()
        differences[grainy] = _averaged(differences[grainy])
        levels = _levels(differences)
    noise, stroke = levels.noise[:, None, None], levels.stroke[:, None, None]
    stretched = (differences.astype(np.int32) - noise).clip(0, 255) * 255 // (stroke - noise)
    stretched[levels.peak - levels.noise < _MIN_CONTRAST] = 0
    inks: Stack = np.minimum(stretched, 255).astype(np.uint8)
    return inks


class _Levels(NamedTuple):
    """How much brighter than the paper its noise, the typical stroke and the brightest ink are."""

    noise: NDArray[np.int64]
    stroke: NDArray[np.int64]
    peak: NDArray[np.int64]


def _levels(differences: NDArray[np.int16]) -> _Levels:
    n = len(differences)
    flat = differences.reshape(n, -1).astype(np.int32)
    size = flat.shape[1]
    bins = flat + (_BINS * np.arange(n) + _BINS // 2)[:, None]
    counts = np.bincount(bins.ravel(), minlength=_BINS * n).reshape(n, _BINS)
    below = counts.cumsum(axis=1)

    def ranked(rank: NDArray[np.int64] | int) -> NDArray[np.int64]:
        grey: NDArray[np.int64] = np.count_nonzero(below < np.reshape(rank, (-1, 1)), axis=1)
        return grey - _BINS // 2

    # At least a quarter of a picture is paper, whose noise its darkest pixels show.
    low, middle = ranked(size // 10 + 1), ranked(size // 4 + 1)
    noise = np.maximum(middle + 7 * (middle - low), 0)
    peak = ranked(size - size // 1000)
    half = np.minimum((noise + peak) // 2, 255)
    ink = size - np.take_along_axis(below, half[:, None] + _BINS // 2, axis=1)[:, 0]
    stroke = np.maximum(ranked(size - ink // 2), noise + 1)
    return _Levels(noise, stroke, peak)


def _averaged(differences: NDArray[np.int16]) -> NDArray[np.int16]:
    """Each pixel with its neighbours, weighted 1 2 1 in both directions."""
    padded = np.pad(differences, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    both = rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]
    averaged: NDArray[np.int16] = (both + 8) // 16
    return averaged


def widen(inks: Stack) -> Stack:
    """Thickens strokes that would be thinner in the box than MNIST's are."""
    longest = _box(inks)[2]
    ink = inks >= 128
    area = np.count_nonzero(ink, axis=(1, 2))
    edges = np.count_nonzero(ink[:, 1:] != ink[:, :-1], axis=(1, 2))
    edges += np.count_nonzero(ink[:, :, 1:] != ink[:, :, :-1], axis=(1, 2))
    # The edges of the pixels are 4 / pi times as long as the outline (Crofton).
    width = area * (8 / np.pi) / np.maximum(edges, 1)
    missing = _STROKE * longest / BOX - width
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


def fit(inks: Stack) -> Stack:
    """Scales each picture's ink into the 20 x 20 box and centres its mass in 28 x 28."""
    height, width = inks.shape[1:]
    top, left, longest = _box(inks)
    y_mass, x_mass = inks.sum(axis=2, dtype=np.int64), inks.sum(axis=1, dtype=np.int64)
    y_weights = _box_weights(height, longest, top, y_mass)
    x_weights = _box_weights(width, longest, left, x_mass)
    return resample(inks, y_weights, x_weights)


def _sample(pictures: Stack) -> NDArray[np.int64]:
    """Every so many pixels: for what is looked at as a whole, as good as all, and quick."""
    step = -(-max(pictures.shape[1:]) // _SAMPLE)
    return pictures[:, ::step, ::step].astype(np.int64)


def _edge(sample: NDArray[Any]) -> int:
    """How many pixels wide the border is."""
    return max(1, min(sample.shape[1:]) // 12)


def _from_paper(sample: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much brighter than the paper each pixel is, in quarters, laid out in a row."""
    edge = _edge(sample)
    sides = sample[:, :edge], sample[:, -edge:], sample[:, :, :edge], sample[:, :, -edge:]
    border = np.concatenate([side.reshape(len(sample), -1) for side in sides], axis=1)
    flat = sample.reshape(len(sample), -1)
    return 4 * flat - (_twice_median(border) + _twice_median(flat))[:, None]


def _twice_median(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Twice, because it may lie between two whole numbers."""
    low, high = (values.shape[1] - 1) // 2, values.shape[1] // 2
    ordered = np.partition(values, (low, high), axis=1)
    middle: NDArray[np.int64] = ordered[:, low] + ordered[:, high]
    return middle


def _bright_corners(bright: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much of each picture's four corners is bright, 0 to 1."""
    edge = _edge(bright)
    ends = np.r_[:edge, -edge:0]
    share: NDArray[np.float64] = bright[:, ends][:, :, ends].mean(axis=(1, 2))
    return share


def _is_mixed(bright: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the outermost pixels are some bright and some dark."""
    sides = bright[:, 0], bright[:, -1], bright[:, :, 0], bright[:, :, -1]
    border = np.concatenate(sides, axis=1)
    mixed: NDArray[np.bool_] = border.any(axis=1) & ~border.all(axis=1)
    return mixed


def _box(inks: Stack) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First row and first column of the ink, and its longer side, at least 1."""
    seen = inks >= _BOX_LEVEL
    top, bottom = _extent(np.any(seen, axis=2))
    left, right = _extent(np.any(seen, axis=1))
    return top, left, np.maximum(np.maximum(bottom - top, right - left), 1)


def _extent(seen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First index that is seen, and the one after the last."""
    return seen.argmax(axis=1), seen.shape[1] - seen[:, ::-1].argmax(axis=1)


def _box_weights(
    pixels: int,
    longest: NDArray[np.int64],
    start: NDArray[np.int64],
    mass: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Triangle-filter weights, shape (n, 28, pixels), that bring one axis into the box."""
    total = np.maximum(mass.sum(axis=1), 1)
    centre = (mass * (2 * np.arange(pixels) + 1)).sum(axis=1) / (2 * total)
    scale = BOX / longest
    # Whole pixels, so that a picture that fits already is not blurred. MNIST's centres of
    # mass lie in the pixel right of, and below, the middle.
    offset = np.ceil(SIDE / 2 - (centre - start) * scale)
    support = np.maximum(1 / scale, 1)[:, None, None]
    source = ((np.arange(SIDE) + 0.5) - offset[:, None]) / scale[:, None] + start[:, None]
    # Beyond the picture there is paper, which weighs as much as what is inside. So far out reach
    # the weights of a place that sees any of the picture.
    margin = 2 * int(np.ceil(support.max()))
    place = np.arange(-margin, pixels + margin) + 0.5
    weights = np.maximum(1 - np.abs(place - source[:, :, None]) / support, 0)
    # Whole numbers, whose sum does not depend on how many zeros a companion's margin adds.
    weights = np.rint(weights * UNIT)
    # Rows that lie wholly outside of what was laid out there see paper alone.
    weights /= np.maximum(weights.sum(axis=2, keepdims=True), UNIT / 2)
    return whole(weights[:, :, margin : margin + pixels])
