"""Handwritten digits, letters and scribbles drawn from parametric strokes, with NumPy alone.

They show styles that MNIST lacks (flagged ones, crossed sevens, slashed zeros, thin pens), they
are the sample pictures, and they stand in for a data set where there is none.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from train.drawing import pen
from train.drawing.digits import DIGITS
from train.drawing.pen import Stroke
from train.drawing.signs import CHARACTERS, SCRIBBLES, SIGNS, sign_strokes
from train.drawing.ways import Draw

Pictures = NDArray[np.uint8]

# Below, nothing stays free around a digit that fills 90 %.
_MIN_SIDE_PIXELS = 20


def _sign(sign: str, d: Draw) -> list[Stroke]:
    return sign_strokes(sign, d.n)


_NON_DIGITS: dict[str, Sequence[Callable[[Draw], list[Stroke]]]] = {
    "letters": [functools.partial(_sign, sign) for sign in SIGNS.values()],
    "characters": CHARACTERS,
    "scribbles": SCRIBBLES,
}


def draw_digits(labels: ArrayLike, rng: np.random.Generator, size: int = 56) -> Pictures:
    """A drawn digit for each label, in the many ways in which people write it.

    Args:
        labels: n integers from 0 to 9.
        rng: Source of all chance; the same state gives the same pictures.
        size: Side of the pictures in pixels, at least 20.

    Returns:
        uint8 array of shape (n, size, size), bright ink on 0; the digit fills 60 to 90 % of the
        square, near its middle.

    Raises:
        TypeError: The labels are no integers.
        ValueError: A label is no digit, labels are not in a row, or the size is too small.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise ValueError(f"labels must have one dimension, not {labels.ndim}")
    if not len(labels):
        labels = labels.astype(np.int64)
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"labels must be integers, not {labels.dtype}")
    if len(labels) and not 0 <= labels.min() <= labels.max() <= 9:
        raise ValueError(f"labels must be from 0 to 9, not {labels.min()} to {labels.max()}")
    pictures = _empty(len(labels), size)
    for digit, ways in enumerate(DIGITS):
        of_digit = np.flatnonzero(labels == digit)
        shares = [way.share for way in ways.values()]
        chosen = rng.choice(len(ways), len(of_digit), p=shares)
        for index, way in enumerate(ways.values()):
            places = of_digit[chosen == index]
            if len(places):
                strokes = way.strokes(Draw(rng, len(places)))
                pictures[places] = pen.draw(strokes, rng, size, way.hand)
    return pictures


def draw_non_digits(kind: str, n: int, rng: np.random.Generator, size: int = 56) -> Pictures:
    """Drawings that are not to be taken for a digit.

    Args:
        kind: "letters" are letters and signs of many scripts; "scribbles" are zigzags, spirals,
            hatching, blots, boxes, arrows; "characters" are of no script, a few random strokes
            each, and a few of them happen to look like a digit.
        n: How many, at least 0.
        rng: Source of all chance; the same state gives the same pictures.
        size: Side of the pictures in pixels, at least 20.

    Returns:
        uint8 array of shape (n, size, size), as `draw_digits` gives it.

    Raises:
        ValueError: `n` or the size is too small.
    """
    shapes = _NON_DIGITS[kind]
    pictures = _empty(n, size)
    chosen = rng.integers(len(shapes), size=n)
    for index, shape in enumerate(shapes):
        places = np.flatnonzero(chosen == index)
        if len(places):
            pictures[places] = pen.draw(shape(Draw(rng, len(places))), rng, size)
    return pictures


def _empty(n: int, size: int) -> Pictures:
    if n < 0:
        raise ValueError(f"the number of pictures must be at least 0, not {n}")
    if size < _MIN_SIDE_PIXELS:
        raise ValueError(f"size must be at least {_MIN_SIDE_PIXELS} pixels, not {size}")
    return np.zeros((n, size, size), np.uint8)
