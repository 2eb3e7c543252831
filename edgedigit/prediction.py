"""The answer for one picture; `results` has all others, which take longer to be imported."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

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


class Refusal(StrEnum):
    """Why a picture got no digit; where there is more than one reason, the first of these.

    SEVERAL goes by the ink, where there are several digits, or things of a digit's size, beside
    or below each other, and by the line network where the ink is not read surely: digits that
    touch. A neighbour is not counted that the border cuts off: it belongs to a number of which one
    digit was cropped out. LENGTH is for numbers: there are more or fewer digits than the caller
    said.
    """

    BLANK = "blank"
    SEVERAL = "several"
    NOT_A_DIGIT = "not_a_digit"
    UNSURE = "unsure"
    LENGTH = "length"


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

    def to_dict(self) -> dict[str, Any]:
        """All that it holds under the names of its attributes, as values that JSON has."""
        return {
            "digit": self.digit,
            "confidence": self.confidence,
            "best": self.best,
            "refusal": None if self.refusal is None else self.refusal.value,
            "probabilities": self.probabilities.tolist(),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Goes through the constructor, so that an unpickled array is read-only too."""
        fields = self.digit, self.confidence, self.probabilities, self.best, self.refusal
        return Prediction, fields
