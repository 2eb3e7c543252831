"""The answers to labelled pictures, and the counts and shares that follow from them."""

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgedigit import Classifier, Prediction, Refusal
from edgedigit.classifier import decide
from edgedigit.evaluation import confusion
from edgedigit.results import DIGIT_COUNT, NOT_A_DIGIT
from train.data.labelled import Kind, LabelledSet
from train.data.tutorial_way import naive_pictures
from train.measuring.goals import Figure
from train.measuring.reliability import Reliability, reliability

_BLOCK_PICTURES = 200

Reader = Callable[[Sequence[object]], list[Prediction]]
"""Answers to pictures in any form, as `Classifier.classify_batch`."""


def naive_reader(classifier: Classifier) -> Reader:
    """A reader in the way of the tutorials: no normalisation worth the name, and no refusal."""

    def read(pictures: Sequence[object]) -> list[Prediction]:
        probabilities = classifier.probabilities(naive_pictures(pictures))
        return decide_by_network(probabilities[:, :DIGIT_COUNT], threshold=0.0)

    return read


@dataclass(frozen=True, eq=False)
class ScoredSet:
    """The answers to n pictures, at least one, beside what they show.

    Attributes:
        name: The set, or what several are called together.
        labels: 0 to 9, or NOT_A_DIGIT, of shape (n,).
        predictions: The n answers.
        kind: As that of a `LabelledSet`.
        label_names: As those of a `LabelledSet`; empty where none are asked for.
        unreadable: Name and reason of each picture that could not be read; not among the n.
    """

    name: str
    labels: NDArray[np.int64]
    predictions: list[Prediction]
    kind: Kind = "digits"
    label_names: Sequence[str] = ()
    unreadable: Sequence[tuple[str, str]] = ()

    @functools.cached_property
    def probabilities(self) -> NDArray[np.floating]:
        """The probabilities of the ten digits, of shape (n, 10)."""
        return np.stack([prediction.probabilities for prediction in self.predictions])

    @functools.cached_property
    def confidence(self) -> NDArray[np.floating]:
        """The probability of each picture's most probable digit."""
        return self.probabilities.max(axis=1)

    @functools.cached_property
    def best(self) -> NDArray[np.int64]:
        """The most probable digit of each picture."""
        return self.probabilities.argmax(axis=1)

    @functools.cached_property
    def read(self) -> NDArray[np.int64]:
        """The digit that each picture gets, or NOT_A_DIGIT where it is refused."""
        digits = (prediction.digit for prediction in self.predictions)
        return np.array([NOT_A_DIGIT if digit is None else digit for digit in digits])

    @property
    def given(self) -> NDArray[np.bool_]:
        """Whether a picture gets a digit."""
        return self.read != NOT_A_DIGIT

    @property
    def given_wrong(self) -> NDArray[np.bool_]:
        """Whether a picture gets a digit that it does not show."""
        return self.given & (self.read != self.labels)

    @property
    def is_digit(self) -> NDArray[np.bool_]:
        """Whether a picture shows a digit."""
        return self.labels != NOT_A_DIGIT

    @functools.cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether the most probable answer is right: of digits the digit, refused or not."""
        no_digit = [prediction.refusal is Refusal.NOT_A_DIGIT for prediction in self.predictions]
        return np.where(self.is_digit, self.best == self.labels, no_digit)

    @functools.cached_property
    def answerable(self) -> NDArray[np.bool_]:
        """Whether a picture gets a digit when no threshold holds it back."""
        refusals = (prediction.refusal for prediction in self.predictions)
        return np.array([refusal in (None, Refusal.UNSURE) for refusal in refusals])

    def given_at(self, threshold: float) -> NDArray[np.bool_]:
        """Whether a picture gets a digit at another threshold, 0 to 1."""
        return self.answerable & (self.confidence >= threshold)

    @functools.cached_property
    def matrix(self) -> confusion.Matrix:
        """How often each answer was given to each label; see `edgedigit.evaluation.confusion`."""
        cells = self.labels * confusion.LABEL_COUNT + self.read
        return np.bincount(cells, minlength=confusion.LABEL_COUNT**2).reshape(
            -1, confusion.LABEL_COUNT
        )

    @functools.cached_property
    def reliability(self) -> Reliability:
        """Confidence and accuracy of the most probable digit, refused or not, in 15 bins."""
        return reliability(self.probabilities, self.labels)

    def share(self, figure: Figure) -> float | None:
        """A figure, 0 to 1; None where it is one of digits, and the set is of another kind.

        Where nothing was answered, none of it is wrong.
        """
        pictures, given = len(self.labels), int(self.given.sum())
        if figure == "refused":
            return (pictures - given) / pictures
        if self.kind != "digits":
            return None
        if figure == "right":
            return int(self.right.sum()) / pictures
        if figure == "wrong_of_given":
            return int(self.given_wrong.sum()) / max(1, given)
        return self.reliability.error

    @property
    def confusions(self) -> list[tuple[str, int, int]]:
        """Label names, what they were read as, and how often, the most frequent first.

        Of digits, refused or not: what the most probable digit was in place of the label. Of what
        is no digit: the digits that were given.
        """
        mistaken = ~self.right if self.kind == "digits" else self.given
        pairs = Counter((self.label_names[i], int(self.best[i])) for i in np.flatnonzero(mistaken))
        ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        return [(*pair, count) for pair, count in ordered]


def decide_by_network(probabilities: NDArray[np.floating], threshold: float) -> list[Prediction]:
    """The answers to pictures that the runtime would ask the network about.

    Args:
        probabilities: Shape (n, 10 or 11).
        threshold: The smallest confidence, 0 to 1, with which a digit is given.
    """
    neither = np.zeros(len(probabilities), bool)
    return decide(probabilities, blank=neither, several=neither, threshold=threshold)


def score(labelled: LabelledSet, read: Reader) -> ScoredSet:
    """Reads all pictures of a set, which may be made one by one.

    Raises:
        ImageError: One of them cannot be read.
    """
    pictures = iter(labelled.pictures)
    predictions: list[Prediction] = []
    while block := list(islice(pictures, _BLOCK_PICTURES)):
        predictions += read(block)
    return ScoredSet(
        labelled.name, labelled.labels, predictions, labelled.kind, labelled.label_names
    )


def score_probabilities(
    name: str,
    probabilities: NDArray[np.floating],
    labels: NDArray[np.int64],
    threshold: float = 0.0,
) -> ScoredSet:
    """Scores what a network says of pictures that the runtime would ask it about.

    Args:
        name: The pictures.
        probabilities: Shape (n, 10 or 11), calibrated.
        labels: 0 to 9, or NOT_A_DIGIT, of shape (n,).
        threshold: The smallest confidence, 0 to 1, with which a digit is given.
    """
    return ScoredSet(name, labels, decide_by_network(probabilities, threshold))


def join(name: str, parts: Sequence[ScoredSet]) -> ScoredSet:
    """Makes one set of several, at least one, that were read at the same threshold."""
    return ScoredSet(
        name,
        np.concatenate([part.labels for part in parts]),
        [prediction for part in parts for prediction in part.predictions],
        parts[0].kind,
        [label_name for part in parts for label_name in part.label_names],
        [picture for part in parts for picture in part.unreadable],
    )


def risk_and_coverage(
    scored: ScoredSet,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Risk and coverage at each threshold, from the largest to the smallest.

    El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", 2010: the
    share of wrong ones among the given answers, over the share of pictures that get one.

    Returns:
        Thresholds, shares of the pictures that get a digit at these, and shares of these digits
        that are wrong; one for each confidence that occurs where a digit can be given at all.
    """
    confidence = scored.confidence[scored.answerable].astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum((scored.best != scored.labels)[scored.answerable][order])
    given = np.arange(1, len(order) + 1)
    # Answers of the same confidence are given together.
    last = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, [True][: len(order)]))
    return confidence[order][last], given[last] / len(scored.labels), (wrong / given)[last]


def evaluation_figures(scored: ScoredSet) -> dict[str, Any]:
    """The counts and shares of a set, digits and others together.

    Returns:
        Those of `edgedigit.evaluation.confusion.figures`, and `name`, `unreadable`,
        `calibration_error`, `best_right` (how many would be right if none was refused) and
        `accuracy`, its share of the digits, None where there are none.
    """
    counts = confusion.figures(scored.matrix)
    best_right = int((scored.best == scored.labels).sum())
    return {
        "name": scored.name,
        "unreadable": len(scored.unreadable),
        "best_right": best_right,
        "accuracy": confusion.share(best_right, counts["digits"]),
        "calibration_error": scored.reliability.error,
    } | counts


def figures(scored: ScoredSet) -> dict[str, Any]:
    """The counts of a set.

    Returns:
        `name`, `kind` and number of `pictures`; how many get no digit, `refused`; and of the kind
        "digits", else None, how many are `right`, refused or not, and the expected calibration
        error, `ece`; and where there are digits, else None, how many are `given_wrong`.
    """
    digits = scored.kind == "digits"
    return {
        "name": scored.name,
        "kind": scored.kind,
        "pictures": len(scored.labels),
        "refused": int((~scored.given).sum()),
        "right": int(scored.right.sum()) if digits else None,
        "given_wrong": int(scored.given_wrong.sum()) if scored.is_digit.any() else None,
        "ece": scored.reliability.error if digits else None,
    }


def compared_figures(before: ScoredSet, after: ScoredSet) -> dict[str, Any]:
    """The counts of two models' answers to the same pictures.

    Returns:
        The pictures' name, `part`, and number, `pictures`; and `before` and `after`, of each how
        many are `right`, `refused` and `given_wrong`, as `figures` has them.
    """
    counts = (
        {key: figures(scored)[key] for key in ("right", "refused", "given_wrong")}
        for scored in (before, after)
    )
    both = dict(zip(("before", "after"), counts, strict=True))
    return {"part": before.name, "pictures": len(before.labels)} | both
