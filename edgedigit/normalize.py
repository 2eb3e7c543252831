"""Makes of a grey picture what MNIST's makers made of theirs: ink in a 20 x 20 box, centred.

The steps follow LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition" (1998), section III: the digit fills a box of 20 x 20 pixels, antialiased, its centre
of mass in the middle of 28 x 28. What comes before brings any picture to where MNIST started:
bright ink on even, dark paper. MNIST's own pictures come through unchanged.

Every step takes and returns stacks of pictures of one shape, and works on whole numbers (the
sums inside float32 matrix products too are whole and below 2**24), so that a picture's result
depends neither on its companions nor on the platform.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edgedigit.rules import remove_rules
from edgedigit.selection import keep_digit

Ink = Literal["auto", "dark", "light"]
Stack = NDArray[np.uint8]

# Part of a model's configuration: a model works with the normalisation that it was trained on.
VERSION = 1

SIDE = 28
BOX = 20

# Larger pictures are reduced to this, which still is several pixels for each one of the result.
_MAX_SIDE = 512
# What decides on light and ink looks at so many pixels per side.
_SAMPLE = 96
# Lighting changes slowly: the paper is estimated on a grid of so many cells per side.
_GRID = 32
# What is wider than this share of the picture is paper or shadow, not a stroke.
_WIDEST_STROKE = 0.4
# Share of pixels that are the brightest or the darkest, above which there are two tones alone.
_TWO_TONED = 0.85
# Grey levels between ink and paper below which there is nothing to see.
_MIN_CONTRAST = 14
# Ink levels (of 255) that count for the box; fainter edges lie outside.
_BOX_LEVEL = 48
# Thinnest strokes, in pixels of the result, that are left as they are.
_STROKE = 1.9
# Weights of the resampling are whole multiples of 1 / _UNIT.
_UNIT = 4096


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
    inks = remove_rules(stretch(remove_paper(pictures)), _BOX_LEVEL)
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
    total = pictures[:, 0:height:rows].astype(np.uint32 if rows > 256 else np.uint16)
    for row in range(1, rows):
        total += pictures[:, row:height:rows]
    sums = total[:, :, 0:width:columns].astype(np.uint32)
    for column in range(1, columns):
        sums += total[:, :, column:width:columns]
    return (sums // (rows * columns)).astype(np.uint8)


def level(pictures: Stack) -> Stack:
    """Takes out light that rises evenly from one side of a picture to the other."""
    sample = _sample(pictures)
    sides = _sides(sample)
    uneven = (np.concatenate(sides, axis=1) != sides[0][:, :1]).any(axis=1)
    if not uneven.any():
        return pictures
    top, bottom, left, right = map(_middle, sides)
    rise = bottom - top, right - left
    # The sides of a tight crop may hold more ink than paper. Then there is no such light.
    lit = np.abs(_from_paper(sample - _light(rise, sample))).sum(axis=1)
    uneven &= lit < np.abs(_from_paper(sample)).sum(axis=1)
    if not uneven.any():
        return pictures
    light = _light((rise[0] * uneven, rise[1] * uneven), pictures)
    return (pictures - light).clip(0, 255).astype(np.uint8)


def is_ink_dark(pictures: Stack) -> NDArray[np.bool_]:
    """Whether the ink is darker than the paper, for each picture.

    Paper is what lies along the border and what there is most of; ink lies far from it on one
    side. The third power counts how far more than how much.
    """
    distance = _from_paper(_sample(pictures))
    return (distance * distance * distance).sum(axis=1) < 0


def remove_paper(pictures: Stack) -> Stack:
    """Subtracts the paper from bright ink: colour, shadows, gradients and vignettes.

    The paper is a grey opening (Serra, "Image Analysis and Mathematical Morphology", 1982) of
    the picture on a coarse grid: what is brighter than its surroundings and narrower than the
    widest stroke vanishes from it.
    """
    result = np.empty_like(pictures)
    flat = pictures.reshape(len(pictures), -1)
    size = flat.shape[1]
    lowest, highest = flat.min(axis=1)[:, None], flat.max(axis=1)[:, None]
    # Most small pictures, and drawings and scans of two tones, have a single level of paper.
    paper_pixels = np.count_nonzero(flat == lowest, axis=1)
    two_toned = paper_pixels + np.count_nonzero(flat == highest, axis=1) > _TWO_TONED * size
    even = (2 * paper_pixels > size) | (two_toned & (paper_pixels > (1 - _TWO_TONED) * size))
    lowest = lowest[:, :, None]
    result[even] = pictures[even] - lowest[even]
    if not even.all():
        uneven = pictures[~even]
        below = paper(uneven)
        result[~even] = np.maximum(uneven, below) - below
    return result


def paper(pictures: Stack) -> Stack:
    """The paper below bright ink, at every pixel."""
    height, width = pictures.shape[1:]
    rows, columns = min(height, _GRID), min(width, _GRID)
    cells = _resample(pictures, _averages(height, rows), _averages(width, columns))
    # As many cells as span the widest stroke, in either direction.
    longest = max(height, width)
    reach = (
        max(1, round(_WIDEST_STROKE / 2 * longest * rows / height)),
        max(1, round(_WIDEST_STROKE / 2 * longest * columns / width)),
    )
    opened = _extreme(_extreme(cells, reach, np.minimum), reach, np.maximum)
    return _resample(opened, _between(rows, height), _between(columns, width))


def stretch(pictures: Stack) -> Stack:
    """Brings ink on even paper to full contrast, pencil as well as marker; none makes all 0.

    The level of the paper's noise becomes 0, that of the typical stroke 255.
    """
    n = len(pictures)
    flat = pictures.reshape(n, -1)
    size = flat.shape[1]
    levels = flat + 256 * np.arange(n)[:, None]
    below = np.bincount(levels.ravel(), minlength=256 * n).reshape(n, 256).cumsum(axis=1)
    # At least a quarter of a picture is paper, whose noise its darkest pixels show.
    low, middle = _level(below, size // 10 + 1), _level(below, size // 4 + 1)
    noise = np.minimum(middle + 7 * (middle - low), 254)
    peak = _level(below, size - size // 1000)
    contrast = peak - noise
    half = noise + contrast // 2
    ink = size - np.take_along_axis(below, half[:, None], axis=1)[:, 0]
    stroke = np.maximum(_level(below, size - ink // 2), noise + 1)
    visible = contrast >= np.maximum(_MIN_CONTRAST, middle - low)
    above = np.maximum(flat.astype(np.int32) - noise[:, None], 0)
    stretched = np.minimum(above * 255 // (stroke - noise)[:, None], 255)
    return (stretched * visible[:, None]).astype(np.uint8).reshape(pictures.shape)


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
        result[thin] = _thickened(result[thin], diagonal=step % 2 == 0)
    return result


def fit(inks: Stack) -> Stack:
    """Scales each picture's ink into the 20 x 20 box and centres its mass in 28 x 28."""
    height, width = inks.shape[1:]
    top, left, longest = _box(inks)
    y_mass, x_mass = inks.sum(axis=2, dtype=np.int64), inks.sum(axis=1, dtype=np.int64)
    y_weights = _box_weights(height, longest, top, y_mass)
    x_weights = _box_weights(width, longest, left, x_mass)
    return _resample(inks, y_weights, x_weights)


def _sample(pictures: Stack) -> NDArray[np.int64]:
    """Every so many pixels: for what is looked at as a whole, as good as all, and quick."""
    step = -(-max(pictures.shape[1:]) // _SAMPLE)
    return pictures[:, ::step, ::step].astype(np.int64)


def _sides(sample: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The pixels along the top, the bottom, the left and the right."""
    edge = max(1, min(sample.shape[1:]) // 12)
    sides = sample[:, :edge], sample[:, -edge:], sample[:, :, :edge], sample[:, :, -edge:]
    return [side.reshape(len(sample), -1) for side in sides]


def _from_paper(sample: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much brighter than the paper each pixel is, laid out in a row."""
    flat = sample.reshape(len(sample), -1)
    ring = _middle(np.concatenate(_sides(sample), axis=1))
    return flat - ((ring + _middle(flat)) // 2)[:, None]


def _light(
    rise: tuple[NDArray[np.int64], NDArray[np.int64]], pictures: NDArray[np.integer]
) -> NDArray[np.int16]:
    """Light that rises by so much downwards and to the right, 0 in the middle of the picture."""
    slopes = [
        rising[:, None] * (2 * np.arange(length) - length + 1) // (2 * max(length - 1, 1))
        for rising, length in zip(rise, pictures.shape[1:], strict=True)
    ]
    return (slopes[0][:, :, None] + slopes[1][:, None, :]).astype(np.int16)


def _level(below: NDArray[np.int64], rank: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """The grey level of the pixel with this rank, from cumulated histograms."""
    return np.count_nonzero(below < np.reshape(rank, (-1, 1)), axis=1)


def _middle(values: NDArray[np.int64]) -> NDArray[np.int64]:
    half = values.shape[1] // 2
    middle: NDArray[np.int64] = np.partition(values, half, axis=1)[:, half]
    return middle


def _box(inks: Stack) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First row and first column of the ink, and its longer side, at least 1."""
    seen = inks >= _BOX_LEVEL
    top, bottom = _extent(seen.any(axis=2))
    left, right = _extent(seen.any(axis=1))
    return top, left, np.maximum(np.maximum(bottom - top, right - left), 1)


def _extent(seen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First index that is seen, and the one after the last."""
    return seen.argmax(axis=1), seen.shape[1] - seen[:, ::-1].argmax(axis=1)


def _thickened(inks: Stack, diagonal: bool) -> Stack:
    """Grows ink by a pixel; a cross and a square in turn make an octagon."""
    result = inks.copy()
    sources = (inks, inks) if not diagonal else (inks, result)
    for axis, source in zip((1, 2), sources, strict=True):
        before = np.moveaxis(source.copy(), axis, 0)
        after = np.moveaxis(result, axis, 0)
        np.maximum(after[1:], before[:-1], out=after[1:])
        np.maximum(after[:-1], before[1:], out=after[:-1])
    return result


def _extreme(cells: Stack, reach: tuple[int, int], choose: np.ufunc) -> Stack:
    """Minimum or maximum over a window that reaches so many cells to each side."""
    for axis, far in ((1, reach[0]), (2, reach[1])):
        moved = np.moveaxis(cells, axis, 0)
        result = moved.copy()
        for shift in range(1, min(far, len(moved) - 1) + 1):
            choose(result[shift:], moved[:-shift], out=result[shift:])
            choose(result[:-shift], moved[shift:], out=result[:-shift])
        cells = np.moveaxis(result, 0, axis)
    return cells


def _resample(
    pictures: Stack, y_weights: NDArray[np.float32], x_weights: NDArray[np.float32]
) -> Stack:
    """Resamples rows, then columns; weights are whole multiples of 1 / _UNIT, scaled to it."""
    rows = np.matmul(y_weights, pictures.astype(np.float32))
    # Four more bits than a pixel for the second product, which stays below 2**24 so.
    rows = np.rint(rows / (_UNIT // 16))
    both = np.matmul(rows, np.swapaxes(x_weights, -1, -2))
    return np.minimum(np.rint(both / (_UNIT * 16)), 255).astype(np.uint8)


def _whole(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.rint(weights * _UNIT).astype(np.float32)


def _averages(pixels: int, cells: int) -> NDArray[np.float32]:
    """Weights that average equal stretches of pixels: shape (cells, pixels)."""
    edges = np.arange(cells + 1) * pixels / cells
    place = np.arange(pixels)
    covered = np.minimum(edges[1:, None], place + 1) - np.maximum(edges[:-1, None], place)
    return _whole(np.maximum(covered, 0) * (cells / pixels))


def _between(cells: int, pixels: int) -> NDArray[np.float32]:
    """Weights that interpolate between the centres of cells: shape (pixels, cells)."""
    place = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    return _whole(np.maximum(1 - np.abs(place[:, None] - np.arange(cells)), 0))


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
    # Whole pixels, so that a picture that fits already is not blurred.
    # MNIST's centres of mass lie in the pixel right of, and below, the middle.
    offset = np.ceil(SIDE / 2 - (centre - start) * scale)
    support = np.maximum(1 / scale, 1)[:, None, None]
    source = ((np.arange(SIDE) + 0.5) - offset[:, None]) / scale[:, None] + start[:, None]
    # Beyond the picture there is paper, which weighs as much as what is inside.
    margin = int(np.ceil(support.max()))
    place = np.arange(-margin, pixels + margin) + 0.5
    weights = np.maximum(1 - np.abs(place - source[:, :, None]) / support, 0)
    # Rows that lie wholly outside of what was laid out there see paper alone.
    weights /= np.maximum(weights.sum(axis=2, keepdims=True), 0.5)
    return _whole(weights[:, :, margin : margin + pixels])
