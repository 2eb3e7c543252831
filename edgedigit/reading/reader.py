"""Reads whole numbers: several digits in one picture, line by line."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from edgedigit.classifier import (
    Classifier,
    check_count,
    check_ink,
    check_turn,
    decide,
    default_classifier,
)
from edgedigit.images import Corners, Grey, as_grey, checked_region
from edgedigit.normalize import Ink, Turn
from edgedigit.reading.layout import find_layout
from edgedigit.reading.parts import read_part
from edgedigit.reading.segmentation import Piece, segment
from edgedigit.results import DIGIT_COUNT, Box, ReadDigit, Reading

# The share of things that are no digits in what the model learned from (the mixture of
# train/recipes): what its answers take for granted.
_LEARNED_STRANGE_SHARE = 0.2
_LEARNED_SHARE_WEIGHT = 1.0
_CONTEXT_ROUNDS = 4
_MIN_PROBABILITY = 1e-6


def read(
    image: object,
    ink: Ink = "auto",
    spaces: bool = False,
    length: int | None = None,
    classifier: Classifier | None = None,
    region: Corners | None = None,
    turn: Turn = "exif",
) -> Reading:
    """Reads all digits in a picture: a number, a form field, lines of numbers, a page.

    Args:
        image: As for `Classifier.classify`.
        ink: Whether the ink is darker or lighter than the paper; "auto" finds out.
        spaces: Whether the text has spaces where gaps in a line separate numbers.
        length: The number of digits, where that is known; of all ways to split and join
            the ink the best one with so many digits is taken, if there is one.
        classifier: The classifier that reads the digits; None is the default one.
        region: As for `Classifier.classify`; boxes are those of the whole picture all the same.
        turn: As for `Classifier.classify`; so are boxes, as the picture is seen.

    Raises:
        TypeError: An argument is of the wrong type.
        FileNotFoundError, ImageError: As for `Classifier.classify`.
        ValueError: `ink` or `turn` is none of those, `region` is none, or `length` is less than 1.
        ModelError: The default model cannot be loaded.
    """
    check_ink(ink)
    check_turn(turn)
    part = checked_region(region)
    if not isinstance(spaces, bool):
        raise TypeError(f"spaces must be a bool, not {type(spaces).__name__}")
    if length is not None:
        check_count(length, "length")
    if classifier is None:
        classifier = default_classifier()
    elif not isinstance(classifier, Classifier):
        raise TypeError(f"classifier must be a Classifier, not {type(classifier).__name__}")
    read_grey = functools.partial(
        _read_grey, ink=ink, spaces=spaces, length=length, classifier=classifier
    )
    return read_part(as_grey(image, classifier.max_pixels), part, turn, read_grey)


def _read_grey(
    grey: Grey, ink: Ink, spaces: bool, length: int | None, classifier: Classifier
) -> Reading:
    """Reads all digits in a picture as it stands; the arguments are those of `read`."""
    layout = find_layout(grey, ink)
    pieces = segment(layout.lines, classifier.probabilities, length)
    height, width = grey.shape

    def box(piece: Piece) -> Box:
        blob, scale = piece.blob, layout.scale
        return Box(
            left=blob.left * scale,
            top=blob.top * scale,
            right=min(blob.right * scale, width),
            bottom=min(blob.bottom * scale, height),
        )

    def digits(line: list[Piece]) -> tuple[ReadDigit, ...]:
        rows = in_context(np.stack([piece.probabilities for piece in line]))
        neither = np.zeros(len(line), np.bool_)
        predictions = decide(rows, neither, neither, classifier.min_confidence)
        return tuple(map(ReadDigit, predictions, map(box, line)))

    return Reading(tuple(digits(line) for line in pieces if line), spaces)


def in_context(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities of the things in a line, given how many of them are no digits.

    The other things in the line tell how large that share is, by the adjustment to new a priori
    probabilities of Saerens, Latinne and Decaestecker ("Adjusting the outputs of a classifier to
    new a priori probabilities: a simple procedure", Neural Computation 14, 2002), with the share
    among what the model learned from as one more thing. A thing alone stays as it was; which
    digit it is rather than another one does not change.

    Args:
        rows: float32 of shape (n, labels), the probabilities of ten digits, and then perhaps of
            "not a digit"; each row sums to 1.

    Returns:
        The same shape, dtype and sums; the very rows where the model does not know "not a digit".
    """
    if rows.shape[1] == DIGIT_COUNT:
        return rows
    learned = _LEARNED_STRANGE_SHARE
    said = np.clip(rows[:, DIGIT_COUNT].astype(np.float64), _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    strange = said
    for _ in range(_CONTEXT_ROUNDS):
        share = _LEARNED_SHARE_WEIGHT * learned + strange.sum() - strange
        share /= _LEARNED_SHARE_WEIGHT + len(rows) - 1
        odds = said / (1 - said) * (share / (1 - share)) / (learned / (1 - learned))
        strange = np.maximum(odds / (1 + odds), _MIN_PROBABILITY)
    digits = rows[:, :DIGIT_COUNT]
    digits = digits / np.maximum(digits.sum(axis=1, keepdims=True), _MIN_PROBABILITY)
    return np.column_stack([digits * (1 - strange)[:, None], strange]).astype(np.float32)
