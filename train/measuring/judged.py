"""What a model makes of labelled pictures, digits and others together, in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgedigit.evaluation import confusion
from edgedigit.results import NOT_A_DIGIT
from train.measuring.calibration import Reliability, reliability
from train.measuring.scored import Answers, joined


@dataclass(frozen=True, eq=False)
class Judged:
    """The answers to a set's pictures, beside what they show.

    Attributes:
        name: The set, or what several are called together.
        labels: int64 of shape (n,), n at least 1: 0 to 9, or NOT_A_DIGIT.
        answers: To the same pictures.
        threshold: The confidence, 0 to 1, below which no digit is given.
        unreadable: Name and reason of each picture that could not be read; not among the n.
    """

    name: str
    labels: NDArray[np.int64]
    answers: Answers
    threshold: float
    unreadable: Sequence[tuple[str, str]] = ()

    @property
    def confidence(self) -> NDArray[np.float32]:
        """The probability of each picture's most probable digit."""
        return self.answers.probabilities.max(axis=1)

    @property
    def best(self) -> NDArray[np.int64]:
        """The most probable digit of each picture."""
        return self.answers.probabilities.argmax(axis=1)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Whether a picture gets a digit."""
        return ~self.answers.no_digit & (self.confidence >= self.threshold)

    @property
    def read(self) -> NDArray[np.int64]:
        """The digit that each picture gets, or NOT_A_DIGIT where it is refused."""
        return np.where(self.given, self.best, NOT_A_DIGIT)

    @property
    def is_digit(self) -> NDArray[np.bool_]:
        """Whether a picture shows a digit."""
        return self.labels != NOT_A_DIGIT

    @property
    def given_wrong(self) -> NDArray[np.bool_]:
        """Whether a picture gets a digit that it does not show."""
        return self.given & (self.best != self.labels)

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How often each answer was given to each label.

        Shape (11, 11): a row for each digit and for what is none, a column for each digit and for
        refusals.
        """
        size = NOT_A_DIGIT + 1
        return np.bincount(self.labels * size + self.read, minlength=size**2).reshape(size, size)

    @property
    def reliability(self) -> Reliability:
        """Confidence and accuracy of the most probable digit, refused or not, in 15 bins."""
        return reliability(self.answers.probabilities, self.labels)


def together(name: str, parts: Sequence[Judged]) -> Judged:
    """Makes one of several that were judged at the same threshold; at least one."""
    return Judged(
        name,
        np.concatenate([part.labels for part in parts]),
        joined(part.answers for part in parts),
        parts[0].threshold,
        [item for part in parts for item in part.unreadable],
    )


def risk_and_coverage(
    judged: Judged,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What each threshold would give, from the largest to the smallest.

    El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", 2010: the
    share of wrong ones among the given answers, over the share of pictures that get one.

    Returns:
        Thresholds, shares of the pictures that get a digit at these, and shares of these digits
        that are wrong; one for each confidence that occurs where a digit can be given at all.
    """
    can_be = ~judged.answers.no_digit
    confidence = judged.confidence[can_be].astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum((judged.best != judged.labels)[can_be][order])
    given = np.arange(1, len(order) + 1)
    # Answers of the same confidence are given together.
    last = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, [True][: len(order)]))
    return confidence[order][last], given[last] / len(can_be), (wrong / given)[last]


def figures(judged: Judged) -> dict[str, Any]:
    """The counts and shares of a set, for a table.

    Returns:
        Those of `edgedigit.evaluation.confusion.figures`, and `name`, `unreadable`,
        `calibration_error`, `best_right` (how many would be right if none was refused) and
        `accuracy`, its share of the digits, None where there are none.
    """
    counts = confusion.figures(judged.confusion)
    best_right = int((judged.best == judged.labels).sum())
    return {
        "name": judged.name,
        "unreadable": len(judged.unreadable),
        "best_right": best_right,
        "accuracy": confusion.share(best_right, counts["digits"]),
        "calibration_error": judged.reliability.error,
    } | counts
