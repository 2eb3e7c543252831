"""Ink distorted as by pens, hands, paper and cameras, before the runtime's own normalisation.

All functions work on n pictures at once, and take all chance from the generator that they are
given. Ink is float32, 0 to 1, on a square canvas.
"""

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import SIDE, normalize
from edgedigit.raster.morphology import dilated_by_cross, eroded

Inks = NDArray[np.float32]
Rng = np.random.Generator

_CANVAS_SIDE_PIXELS = 56
# More do not fit the cache; each batch has one resolution.
_BATCH_PICTURES = 250
_MIN_STRENGTH_SHARE = 0.3
_ELASTIC_GRID_POINTS = 5


def augment(pictures: NDArray[np.uint8], rng: Rng, strength: float) -> NDArray[np.uint8]:
    """Pictures distorted, then normalised as the runtime does.

    Args:
        pictures: uint8 of shape (n, side, side), bright ink on 0.
        rng: Source of all chance.
        strength: Factor of how often and how far; 1 is what the shipped model sees.

    Returns:
        uint8 of shape (n, 28, 28).
    """
    batches = [
        _augmented(pictures[start : start + _BATCH_PICTURES], rng, strength)
        for start in range(0, len(pictures), _BATCH_PICTURES)
    ]
    return np.concatenate(batches) if batches else np.empty((0, SIDE, SIDE), np.uint8)


def _augmented(pictures: NDArray[np.uint8], rng: Rng, strength: float) -> NDArray[np.uint8]:
    # Some pictures stay much like MNIST's.
    strength *= rng.uniform(_MIN_STRENGTH_SHARE, 1)
    inks = warp(pictures, rng, strength)
    for change, probability in (
        (change_width, 0.6 * strength),
        (outline, 0.06 * strength),
        (add_texture, 0.25 * strength),
        (add_dots, 0.12 * strength),
        (add_rule, 0.08 * strength),
        (add_neighbour, 0.10 * strength),
    ):
        chosen = rng.random(len(inks)) < probability
        if chosen.any():
            inks[chosen] = change(inks[chosen], rng)
    return normalize(photograph(inks, rng, strength))


def warp(pictures: NDArray[np.uint8], rng: Rng, strength: float) -> Inks:
    """Ink turned, slanted, stretched and bent onto the canvas, each picture in its own way.

    The elastic part moves the points of a coarse grid (after Simard, Steinkraus and Platt, "Best
    practices for convolutional neural networks", 2003).

    Args:
        pictures: uint8 of shape (n, side, side), bright ink on 0.
        rng: Source of all chance.
        strength: Factor of all but size and place.

    Returns:
        float32 of shape (n, 56, 56), 0 to 1.
    """
    n, side = len(pictures), pictures.shape[1]
    angle = np.radians(rng.normal(0, 7 * strength, n).clip(-18, 18))
    shear = rng.normal(0, 0.22 * strength, n).clip(-0.7, 0.7)
    stretch = np.exp(rng.normal(0, 0.12 * strength, n))
    # Some forms and datasets stretch each digit towards a square.
    squared = rng.random(n) < 0.12 * strength
    stretch *= np.where(squared, _slimness(pictures) ** rng.uniform(0, 1, n), 1)
    size = rng.uniform(0.75, 1.1, n) * _CANVAS_SIDE_PIXELS / side
    # From the canvas back to the picture: turn, slant, then scale.
    scale_x, scale_y = 1 / (size * np.sqrt(stretch)), np.sqrt(stretch) / size
    cosine, sine = np.cos(angle), np.sin(angle)
    place = np.arange(_CANVAS_SIDE_PIXELS, dtype=np.float32) - (_CANVAS_SIDE_PIXELS - 1) / 2
    y, x = place[:, None], place[None, :]
    shift = rng.normal(0, 2.0, (2, n, 1, 1)) * min(strength, 1.0)
    bend = _elastic(n, rng, 0.045 * side * strength)

    def column(values: NDArray[np.float64]) -> NDArray[np.float32]:
        return values.astype(np.float32)[:, None, None]

    turned_x = column(cosine) * x + column(sine) * y
    turned_y = column(cosine) * y - column(sine) * x
    turned_x += column(shear) * turned_y
    source_x = turned_x * column(scale_x) + bend[0] + (side - 1) / 2 + shift[0].astype(np.float32)
    source_y = turned_y * column(scale_y) + bend[1] + (side - 1) / 2 + shift[1].astype(np.float32)
    return _sample(pictures, source_y, source_x)


def _slimness(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The height of each picture's ink in widths, from 1 to 2.5."""
    seen = pictures > 127
    rows, columns = (np.count_nonzero(seen.any(axis=axis), axis=1) for axis in (2, 1))
    return (rows / np.maximum(columns, 1)).clip(1, 2.5)


def change_width(inks: Inks, rng: Rng) -> Inks:
    """Thickens or thins strokes and hardens their edges, as another pen would."""
    n = len(inks)
    grown = dilated_by_cross(inks)
    shrunk = np.minimum(eroded(inks, 1, 0), eroded(inks, 0, 1))
    share = rng.uniform(-0.6, 1.0, (n, 1, 1)).astype(np.float32)
    for _ in range(4):
        fat = rng.random(n) < 0.25
        grown[fat] = dilated_by_cross(grown[fat])
    other = inks + np.where(share > 0, share * (grown - inks), -share * (shrunk - inks))
    level = rng.uniform(0.35, 0.65, (n, 1, 1)).astype(np.float32)
    steepness = rng.uniform(1, 4, (n, 1, 1)).astype(np.float32)
    other = ((other - level) * steepness + 0.5).clip(0, 1)
    # Thin strokes would vanish.
    vanished = other.sum(axis=(1, 2)) < 0.6 * inks.sum(axis=(1, 2))
    return np.where(vanished[:, None, None], inks, other)


def outline(inks: Inks, rng: Rng) -> Inks:
    """Leaves the outline of broad strokes, hollow or filled with another tone."""
    n = len(inks)
    broad = dilated_by_cross(inks)
    for share in (0.7, 0.4):
        wider = rng.random(n) < share
        broad[wider] = dilated_by_cross(broad[wider])
    outer = dilated_by_cross(broad)
    thick = rng.random(n) < 0.4
    outer[thick] = dilated_by_cross(outer[thick])
    is_filled = rng.random((n, 1, 1)) < 0.3
    tone = np.where(is_filled, rng.uniform(0.2, 0.7, (n, 1, 1)), 0).astype(np.float32)
    return (outer - broad * (1 - tone)).clip(0, 1)


def add_texture(inks: Inks, rng: Rng) -> Inks:
    """Lets the pen run dry, and pencil skip over the grain of the paper."""
    n, side = len(inks), inks.shape[1]
    coarse = _smooth(rng.normal(size=(n, side // 3, side // 3)).astype(np.float32), side)
    fine = rng.normal(size=inks.shape).astype(np.float32)
    amount = rng.uniform(0.1, 0.5, (n, 1, 1)).astype(np.float32)
    share = rng.random((n, 1, 1)).astype(np.float32)
    grain = share * coarse + (1 - share) * fine
    return (inks * (1 - amount * np.maximum(grain, 0))).clip(0, 1)


def add_dots(inks: Inks, rng: Rng) -> Inks:
    """Adds dots and specks beside the digit."""
    n, side = len(inks), inks.shape[1]
    place = np.arange(side, dtype=np.float32)
    result = inks.copy()
    for _ in range(2):
        y, x = rng.uniform(0, side, (2, n, 1, 1)).astype(np.float32)
        radius = rng.uniform(0.4, 2.6, (n, 1, 1)).astype(np.float32)
        distance = np.hypot(place[None, :, None] - y, place[None, None, :] - x)
        np.maximum(result, (radius - distance + 0.5).clip(0, 1), out=result)
    return result


def add_rule(inks: Inks, rng: Rng) -> Inks:
    """Draws a line of the paper across the whole picture."""
    n, side = len(inks), inks.shape[1]
    place = np.arange(side, dtype=np.float32)
    # Near the edges more than through the middle.
    offset = rng.beta(0.6, 0.6, (n, 1)).astype(np.float32) * side
    slope = rng.normal(0, 0.02, (n, 1)).astype(np.float32)
    half = rng.uniform(0.2, 1.0, (n, 1, 1)).astype(np.float32)
    line = offset + slope * (place - side / 2)
    distance = np.abs(place[None, :, None] - line[:, None, :])
    rule = (half - distance + 0.5).clip(0, 1) * rng.uniform(0.3, 1, (n, 1, 1)).astype(np.float32)
    upright = rng.random(n) < 0.5
    rule[upright] = rule[upright].swapaxes(1, 2)
    return np.maximum(inks, rule)


def add_neighbour(inks: Inks, rng: Rng) -> Inks:
    """Lets other pictures' ink, cut off by the border, reach into each from one side or both."""
    side = inks.shape[1]
    result = inks.copy()
    sides = rng.choice(3, len(inks), p=(0.4, 0.4, 0.2))
    for shift, without in ((1, 1), (2, 0)):
        other = np.roll(inks, shift, axis=0)
        reach = rng.integers(side // 10, side // 4, len(inks))
        for index in np.flatnonzero(sides != without):
            seen = np.flatnonzero((other[index] > 0.5).any(axis=0))
            if not len(seen):
                continue
            if without:
                part = other[index][:, max(seen[-1] - reach[index], 0) : seen[-1] + 1]
                where = np.s_[:, : part.shape[1]]
            else:
                part = other[index][:, seen[0] : seen[0] + reach[index]]
                where = np.s_[:, side - part.shape[1] :]
            result[index][where] = np.maximum(result[index][where], part)
    return result


def photograph(inks: Inks, rng: Rng, strength: float) -> NDArray[np.uint8]:
    """Makes pictures of ink: other resolutions, blur, paper, lighting, noise, either polarity.

    Returns:
        uint8 of shape (n, side, side); one side for all.
    """
    n = len(inks)
    if rng.random() < 0.4 * strength:
        inks = _smooth(inks, int(rng.integers(14, 48)))
    side = inks.shape[1]
    blurred = rng.random(n) < 0.15 * strength
    if blurred.any():
        inks = inks.copy()
        inks[blurred] = _blur(inks[blurred])
    pixels = inks * 255
    binary = rng.random(n) < 0.2 * strength
    level = rng.uniform(60, 160, (n, 1, 1)).astype(np.float32)[binary]
    pixels[binary] = np.where(pixels[binary] > level, 255, 0)
    on_paper = rng.random(n) < 0.4 * strength
    count = int(on_paper.sum())
    if count:
        pixels[on_paper] = _on_paper(inks[on_paper], rng, side)
    return np.rint(pixels).clip(0, 255).astype(np.uint8)


def _on_paper(inks: Inks, rng: Rng, side: int) -> Inks:
    n = len(inks)

    def each(low: float, high: float) -> NDArray[np.float32]:
        return rng.uniform(low, high, (n, 1, 1)).astype(np.float32)

    paper = each(0, 110)
    contrast = each(0.2, 1) * (255 - paper)
    corners = rng.normal(0, 1, (n, 2, 2)).astype(np.float32)
    light = _smooth(corners, side) * each(0, 20)
    noise = rng.normal(0, 1, inks.shape).astype(np.float32) * each(0, 0.05) * contrast
    pixels = (paper + contrast * inks + light + noise).clip(0, 255)
    dark = rng.random(n) < 0.5
    pixels[dark] = 255 - pixels[dark]
    return pixels


def _sample(pictures: NDArray[np.uint8], y: Inks, x: Inks) -> Inks:
    """Bilinear interpolation at places outside of which all is 0."""
    n, side = len(pictures), pictures.shape[1]
    padded = np.zeros((n, side + 3, side + 3), np.float32)
    padded[:, 1 : side + 1, 1 : side + 1] = pictures
    y, x = (y + 1).clip(0, side + 1), (x + 1).clip(0, side + 1)
    top, left = y.astype(np.int32), x.astype(np.int32)
    down, right = y - top, x - left
    flat = padded.ravel()
    stride = side + 3
    index = top * stride + left
    index += (np.arange(n, dtype=np.int32) * stride * stride)[:, None, None]
    above = flat[index] * (1 - right) + flat[index + 1] * right
    below = flat[index + stride] * (1 - right) + flat[index + stride + 1] * right
    return (above * (1 - down) + below * down) * np.float32(1 / 255)


def _elastic(n: int, rng: Rng, deviation: float) -> NDArray[np.float32]:
    """Displacements of shape (2, n, canvas, canvas), smooth between the points of a grid."""
    moved = rng.normal(0, deviation, (2, n, _ELASTIC_GRID_POINTS, _ELASTIC_GRID_POINTS)).astype(
        np.float32
    )
    weights = _interpolation(_ELASTIC_GRID_POINTS, _CANVAS_SIDE_PIXELS)
    return weights @ moved @ weights.T


def _smooth(fields: Inks, side: int) -> Inks:
    """Resamples to another side: averages when smaller, interpolates when larger."""
    weights = _interpolation(fields.shape[1], side)
    return weights @ fields @ weights.T


def _interpolation(old: int, new: int) -> NDArray[np.float32]:
    """Triangle-filter weights of shape (new, old)."""
    source = (np.arange(new) + 0.5) * old / new - 0.5
    support = max(1.0, old / new)
    weights = np.maximum(1 - np.abs(source[:, None] - np.arange(old)) / support, 0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _blur(inks: Inks) -> Inks:
    for axis in (1, 2):
        padded = np.pad(inks, [(0, 0), *((1, 1) if a == axis else (0, 0) for a in (1, 2))])
        rows = np.moveaxis(padded, axis, 0)
        inks = np.moveaxis((rows[:-2] + 2 * rows[1:-1] + rows[2:]) / 4, 0, axis)
    return inks
