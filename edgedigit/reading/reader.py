"""Reads whole numbers: several digits in one picture, line by line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.classifier import Classifier, check_count, check_ink, default_classifier
from edgedigit.images import load_grey
from edgedigit.normalize import Ink
from edgedigit.reading.layout import find_layout
from edgedigit.reading.line_context import in_context
from edgedigit.reading.segmentation import Piece, segment
from edgedigit.results import Prediction

# A gap of so many digit heights between two digits separates numbers.
_SPACE = 0.8
_REFUSED = "?"


class Box(NamedTuple):
    """Where a digit is, in pixels of the picture as it is seen; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class ReadDigit:
    """One digit of a reading.

    Attributes:
        prediction: What the classifier says of it.
        box: Where it is.
    """

    prediction: Prediction
    box: Box


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a picture.

    Attributes:
        lines: The digits of each line, from left to right; lines from top to bottom.
        spaces: Whether `text` has spaces where gaps in a line separate numbers.
    """

    lines: tuple[tuple[ReadDigit, ...], ...]
    spaces: bool = False

    @property
    def text(self) -> str:
        """The digits, a ? for each that was refused, and a line end between lines."""
        return "\n".join(self._line_text(line) for line in self.lines)

    @property
    def digits(self) -> tuple[ReadDigit, ...]:
        """All digits, line by line."""
        return tuple(digit for line in self.lines for digit in line)

    @property
    def refused(self) -> tuple[ReadDigit, ...]:
        """Those that `text` has a ? for."""
        return tuple(digit for digit in self.digits if digit.prediction.refusal is not None)

    @property
    def confidence(self) -> float:
        """Probability, 0 to 1, that all digits are right; 0 where there is none."""
        confidences = [digit.prediction.confidence for digit in self.digits]
        return math.prod(confidences) if confidences else 0.0

    def _line_text(self, line: tuple[ReadDigit, ...]) -> str:
        text = ""
        height = max(digit.box.bottom - digit.box.top for digit in line)
        for index, digit in enumerate(line):
            gap = digit.box.left - line[index - 1].box.right if index else 0
            text += " " if self.spaces and gap > _SPACE * height else ""
            found = digit.prediction.digit
            text += _REFUSED if found is None else str(found)
        return text


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
        What `Classifier.classify` raises for the picture and `ink`.
        TypeError: An argument is of the wrong type.
        ValueError: `length` is less than 1.
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

    def digit(piece: Piece, row: NDArray[np.float32]) -> ReadDigit:
        blob, scale = piece.blob, layout.scale
        box = Box(
            left=blob.left * scale,
            top=blob.top * scale,
            right=min(blob.right * scale, width),
            bottom=min(blob.bottom * scale, height),
        )
        return ReadDigit(classifier.decide(row), box)

    def digits(line: list[Piece]) -> tuple[ReadDigit, ...]:
        rows = in_context(np.stack([piece.probabilities for piece in line]))
        return tuple(map(digit, line, rows))

    return Reading(tuple(digits(line) for line in pieces if line), spaces)
