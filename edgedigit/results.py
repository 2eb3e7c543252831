"""All that edgedigit answers: a frozen result for a picture, for a number in it, and for a file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Never, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIGIT_COUNT = 10
NOT_A_DIGIT = DIGIT_COUNT
"""The label of what is no digit, behind those of the digits, which are 0 to 9."""

MARKS = ".,-/:"
"""The marks that are read between digits."""
OTHER_SIGN = "?"
"""Stands for a digit that is refused, and for every sign that is neither a digit nor a mark."""
SIGNS = "".join(map(str, range(DIGIT_COUNT))) + MARKS + OTHER_SIGN
"""What the line network tells apart, in the order of its answers; behind them is "nothing"."""

# A gap between two digits that separates numbers, in heights of the line's tallest digit.
_SPACE_MIN_GAP_HEIGHTS = 0.8


class Refusal(StrEnum):
    """Why a picture got no digit; where there is more than one reason, the first of these.

    SEVERAL goes by the ink alone: there are several digits, or things of a digit's size, beside
    or below each other. Digits that touch are not told apart, nor is a neighbour counted that the
    border cuts off: it belongs to a number of which one digit was cropped out.
    """

    BLANK = "blank"
    SEVERAL = "several"
    NOT_A_DIGIT = "not_a_digit"
    UNSURE = "unsure"


class Status(StrEnum):
    """The outcome for a file: `ok`, `refused`, or the reason why it could not be read."""

    OK = "ok"
    REFUSED = "refused"
    NOT_AN_IMAGE = "not_an_image"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    PERMISSION_DENIED = "permission_denied"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The answer for one picture; two are equal when all they hold is equal.

    What the network said (`best`, `probabilities`, `confidence`) is kept apart from what the
    package makes of it (`digit`, `refusal`), so that a caller with other needs can decide anew.

    Attributes:
        digit: The digit, 0 to 9, or None when refused.
        confidence: Calibrated probability, 0 to 1, that `best` is right.
        probabilities: float32 array of shape (10,), read-only: the probability of each digit. They
            sum to 1 minus the probability of "not a digit"; for a blank picture all are 0.
        best: The most probable digit, 0 to 9, even when refused: what `digit` would be without a
            threshold. For a blank picture, where none is more probable than another, 0.
        refusal: None, or why there is no digit.
    """

    digit: int | None
    confidence: float
    probabilities: NDArray[np.float32]
    best: int
    refusal: Refusal | None

    def __post_init__(self) -> None:
        """Makes the probabilities read-only, whoever built them."""
        self.probabilities.setflags(write=False)

    def _key(self) -> tuple[object, ...]:
        probabilities = self.probabilities.tobytes()
        return self.digit, self.confidence, probabilities, self.best, self.refusal

    def __eq__(self, other: object) -> bool:
        """Whether all that they hold is equal."""
        if not isinstance(other, Prediction):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        """Equal for equal predictions."""
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        """Goes through the constructor, so that an unpickled array is read-only too."""
        fields = self.digit, self.confidence, self.probabilities, self.best, self.refusal
        return Prediction, fields


class Box(NamedTuple):
    """The box around a digit, in pixels of the picture as it is seen; right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int


class ReadDigit(NamedTuple):
    """One digit of a reading.

    Attributes:
        prediction: The classifier's answer.
        box: The box around it.
    """

    prediction: Prediction
    box: Box


@dataclass(frozen=True, slots=True)
class Reading:
    """The number, or numbers, in a picture.

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
            text += " " if self.spaces and gap > _SPACE_MIN_GAP_HEIGHTS * height else ""
            found = digit.prediction.digit
            text += OTHER_SIGN if found is None else str(found)
        return text


AnswerT_co = TypeVar("AnswerT_co", bound=Prediction | Reading, covariant=True)


@dataclass(frozen=True, slots=True)
class FileResult(Generic[AnswerT_co]):
    """The answer for one file: a prediction or a reading, or the reason why there is none.

    Attributes:
        path: The file's path, below the folder as it was passed.
        status: The outcome; `ok` where a digit, or a number without a refused digit,
            was read.
        answer: The answer, or None when the file could not be read.
        error: None, or one line that says why the file could not be read.
        size: The file's size in bytes when it was found, or None where that is not known.
        modified: When it had been modified by then, in nanoseconds since 1970, or None.
    """

    path: str
    status: Status
    answer: AnswerT_co | None
    error: str | None = None
    size: int | None = None
    modified: int | None = None

    @property
    def prediction(self: FileResult[Prediction]) -> Prediction | None:
        """The answer, where one digit was asked for."""
        return self.answer

    @property
    def reading(self: FileResult[Reading]) -> Reading | None:
        """The answer, where a number was asked for."""
        return self.answer


Failure: TypeAlias = FileResult[Never]
"""The result for a file that could not be read, whatever was asked of it."""
