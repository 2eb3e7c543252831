"""Reads whole numbers: several digits in one picture, line by line."""

from __future__ import annotations

import numpy as np

from edgedigit.classifier import Classifier, check_count, check_ink, decide, default_classifier
from edgedigit.images import load_grey
from edgedigit.normalize import Ink
from edgedigit.reading.layout import find_layout
from edgedigit.reading.line_context import in_context
from edgedigit.reading.segmentation import Piece, segment
from edgedigit.results import Box, ReadDigit, Reading


def read(
    image: object,
    ink: Ink = "auto",
    spaces: bool = False,
    length: int | None = None,
    classifier: Classifier | None = None,
) -> Reading:
    """Reads all digits in a picture: a number, a form field, lines of numbers, a page.

    Args:
        image: As for `Classifier.classify`.
        ink: Whether the ink is darker or lighter than the paper; "auto" finds out.
        spaces: Whether the text has spaces where gaps in a line separate numbers.
        length: How many digits there are, where that is known; of all ways to split and join
            the ink the best one with so many digits is taken, if there is one.
        classifier: What reads the digits; None is the default one.

    Raises:
        TypeError: An argument is of the wrong type.
        FileNotFoundError, ImageError: As for `Classifier.classify`.
        ValueError: `ink` is none of the three, or `length` is less than 1.
        ModelError: The default model cannot be loaded.
    """
    check_ink(ink)
    if not isinstance(spaces, bool):
        raise TypeError(f"spaces must be a bool, not {type(spaces).__name__}")
    if length is not None:
        check_count(length, "length")
    if classifier is None:
        classifier = default_classifier()
    elif not isinstance(classifier, Classifier):
        raise TypeError(f"classifier must be a Classifier, not {type(classifier).__name__}")
    grey = load_grey(image, classifier.max_pixels)
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
