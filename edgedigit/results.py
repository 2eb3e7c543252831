"""All that edgedigit answers: a frozen result for a picture, for a number in it, and for a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Never, TypeAlias, TypeVar

from edgedigit.prediction import DIGIT_COUNT as DIGIT_COUNT
from edgedigit.prediction import MARKS as MARKS
from edgedigit.prediction import NOT_A_DIGIT as NOT_A_DIGIT
from edgedigit.prediction import OTHER_SIGN as OTHER_SIGN
from edgedigit.prediction import SIGNS as SIGNS
from edgedigit.prediction import Prediction as Prediction
from edgedigit.prediction import Refusal as Refusal

# A gap between two digits that separates numbers, in heights of the line's tallest digit.
_SPACE_MIN_GAP_HEIGHTS = 0.8


class Status(StrEnum):
    """The outcome for a file: `ok`, `refused`, or the reason why it could not be read."""

    OK = "ok"
    REFUSED = "refused"
    NOT_AN_IMAGE = "not_an_image"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    OUTSIDE = "outside"
    PERMISSION_DENIED = "permission_denied"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"


class Box(NamedTuple):
    """The box around a digit, in pixels of the picture as it is seen; right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int

    def moved(self, right: int, down: int) -> Box:
        """The box, moved by so many pixels."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def turned(self, quarters: int) -> Box:
        """The box, turned clockwise by quarters about the picture's upper left corner."""
        box = self
        for _ in range(quarters % 4):
            box = Box(-box.bottom, box.left, -box.top, box.right)
        return box


class ReadDigit(NamedTuple):
    """One digit of a reading.

    Attributes:
        prediction: The answer for it.
        box: The box around it.
    """

    prediction: Prediction
    box: Box

    @property
    def text(self) -> str:
        """The digit, or ? where it was refused."""
        digit = self.prediction.digit
        return OTHER_SIGN if digit is None else str(digit)

    def to_dict(self) -> dict[str, Any]:
        """What `Prediction.to_dict` gives, and `box`, a list of four."""
        return {**self.prediction.to_dict(), "box": list(self.box)}


class ReadMark(NamedTuple):
    """One sign of a reading that is no digit.

    Attributes:
        text: One of . , - / : or ? for any other sign.
        confidence: Probability, 0 to 1, that this sign is there.
        box: The box around it.
    """

    text: str
    confidence: float
    box: Box

    def to_dict(self) -> dict[str, Any]:
        """All that it holds under the names of its attributes, as values that JSON has."""
        return {"text": self.text, "confidence": self.confidence, "box": list(self.box)}


@dataclass(frozen=True, slots=True)
class Reading:
    """The number, or numbers, in a picture.

    Attributes:
        lines: The digits and other signs of each line, from left to right; lines from top to
            bottom.
        confidence: Calibrated probability, 0 to 1, that `text` is right as it stands: that no
            sign is wrong, missing or invented. 0 where nothing is read.
        refusal: None, or why the text is not to be relied on: BLANK where nothing is read, LENGTH
            where the picture does not hold as many digits as it was said to, UNSURE where a digit,
            or the text as a whole, is less sure than it has to be.
        spaces: Whether `text` has spaces where gaps in a line separate numbers.
        turned: 0, 90, 180 or 270: by how many degrees the picture was turned clockwise to be
            read, beyond what its EXIF data says. Boxes are those of the picture before that.
    """

    lines: tuple[tuple[ReadDigit | ReadMark, ...], ...]
    confidence: float
    refusal: Refusal | None
    spaces: bool = False
    turned: int = 0

    @property
    def text(self) -> str:
        """Digits and marks, ? for other signs and refused digits, a line end between lines."""
        return "\n".join(self._line_text(line) for line in self.lines)

    @property
    def digits(self) -> tuple[ReadDigit, ...]:
        """All digits, line by line."""
        return tuple(sign for line in self.lines for sign in line if isinstance(sign, ReadDigit))

    @property
    def marks(self) -> tuple[ReadMark, ...]:
        """All signs that are no digits, line by line."""
        return tuple(sign for line in self.lines for sign in line if isinstance(sign, ReadMark))

    @property
    def refused(self) -> tuple[ReadDigit, ...]:
        """The digits that `text` has a ? for."""
        return tuple(digit for digit in self.digits if digit.prediction.refusal is not None)

    def to_dict(self) -> dict[str, Any]:
        """Text, confidence, refusal, digits, marks and turned, as values that JSON has."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "refusal": _plain(self.refusal),
            "digits": [digit.to_dict() for digit in self.digits],
            "marks": [mark.to_dict() for mark in self.marks],
            "turned": self.turned,
        }

    def _line_text(self, line: tuple[ReadDigit | ReadMark, ...]) -> str:
        text = ""
        boxes = [sign.box.turned(self.turned // 90) for sign in line]
        height = max(box.bottom - box.top for box in boxes)
        for index, sign in enumerate(line):
            gap = boxes[index].left - boxes[index - 1].right if index else 0
            text += " " if self.spaces and gap > _SPACE_MIN_GAP_HEIGHTS * height else ""
            text += sign.text
        return text


AnswerT_co = TypeVar("AnswerT_co", bound=Prediction | Reading, covariant=True)


@dataclass(frozen=True, slots=True)
class FileResult(Generic[AnswerT_co]):
    """The answer for a page of a file: a prediction or a reading, or why there is none.

    Attributes:
        path: The file's path, below the folder as it was passed.
        status: The outcome; `ok` where the answer has no refusal.
        answer: The answer, or None when the file could not be read.
        error: None, or one line that says why the file could not be read.
        size: The file's size in bytes when it was found, or None where that is not known.
        modified: When it had been modified by then, in nanoseconds since 1970, or None.
        page: Which page, or frame, of the file this is about, from 1 on.
        pages: How many there are in the file; 1,001 where there are more than 1,000. Also 1 where
            the file could not be opened.
    """

    path: str
    status: Status
    answer: AnswerT_co | None
    error: str | None = None
    size: int | None = None
    modified: int | None = None
    page: int = 1
    pages: int = 1

    @property
    def prediction(self: FileResult[Prediction]) -> Prediction | None:
        """The answer, where one digit was asked for."""
        return self.answer

    @property
    def reading(self: FileResult[Reading]) -> Reading | None:
        """The answer, where a number was asked for."""
        return self.answer

    def to_dict(self) -> dict[str, Any]:
        """All that it holds under the names of its attributes, as values that JSON has."""
        return {
            "path": self.path,
            "status": self.status.value,
            "answer": None if self.answer is None else self.answer.to_dict(),
            "error": self.error,
            "size": self.size,
            "modified": self.modified,
            "page": self.page,
            "pages": self.pages,
        }


Failure: TypeAlias = FileResult[Never]
"""The result for a file that could not be read, whatever was asked of it."""


def _plain(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.value
