"""What a model answers to sets of pictures, counted."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit import Classifier, Refusal
from train.data.devsets import DevSet, Kind
from train.data.tutorial_way import naive_pictures
from train.measuring.calibration import calibration_error

# Pictures in memory at a time.
_BLOCK = 200


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network says of n pictures.

    Attributes:
        probabilities: Of the ten digits, float32 of shape (n, 10).
        no_digit: Whether a picture is refused whatever the threshold, bool of shape (n,).
    """

    probabilities: NDArray[np.float32]
    no_digit: NDArray[np.bool_]


Reader = Callable[[Sequence[object]], Answers]


def runtime_reader(classifier: Classifier) -> Reader:
    """Reads pictures as a user does, with `Classifier.classify_batch`."""

    def read(pictures: Sequence[object]) -> Answers:
        answers = classifier.classify_batch(pictures)
        return Answers(
            np.stack([answer.probabilities for answer in answers]),
            np.array([answer.refusal not in (None, Refusal.UNSURE) for answer in answers]),
        )

    return read


def naive_reader(classifier: Classifier) -> Reader:
    """Reads pictures as the tutorials do: no normalisation worth the name, and no refusal."""

    def read(pictures: Sequence[object]) -> Answers:
        probabilities = classifier.probabilities(naive_pictures(pictures))[:, :10]
        return Answers(probabilities, np.zeros(len(probabilities), bool))

    return read


@dataclass(frozen=True, eq=False)
class Scored:
    """A set, and what was answered to each of its pictures."""

    name: str
    labels: NDArray[np.str_]
    kind: Kind
    answers: Answers

    @property
    def best(self) -> NDArray[np.int64]:
        """The most probable digit of each picture."""
        return self.answers.probabilities.argmax(axis=1)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the most probable digit is the label."""
        return self.best.astype(str) == self.labels

    def given(self, threshold: float) -> NDArray[np.bool_]:
        """Whether a picture gets a digit, at a threshold of 0 to 1."""
        confidence = self.answers.probabilities.max(axis=1)
        return ~self.answers.no_digit & (confidence >= threshold)


def score(part: DevSet, read: Reader) -> Scored:
    """Reads all pictures of a set."""
    pictures = iter(part.pictures)
    blocks = []
    while block := list(islice(pictures, _BLOCK)):
        blocks.append(read(block))
    return Scored(part.name, np.array(part.labels), part.kind, joined(blocks))


def join(name: str, parts: Sequence[Scored]) -> Scored:
    """Makes one set of several of the same kind; at least one."""
    labels = np.concatenate([part.labels for part in parts])
    return Scored(name, labels, parts[0].kind, joined(part.answers for part in parts))


def joined(answers: Iterable[Answers]) -> Answers:
    """Puts the answers to several lots of pictures one after the other."""
    every = list(answers)
    return Answers(
        np.concatenate([part.probabilities for part in every]),
        np.concatenate([part.no_digit for part in every]),
    )


class Confusion(NamedTuple):
    """How often what is labelled so was read as this digit."""

    label: str
    read: int
    count: int


@dataclass(frozen=True)
class Figures:
    """What is counted of a set.

    Attributes:
        name: The set.
        kind: What it holds.
        pictures: How many there are.
        refused: How many got no digit.
        right: In how many `best` is right; None where there are no digits.
        given_wrong: How many got a wrong digit; None where there are no digits.
        ece: Expected calibration error of `confidence`, 15 bins; None where there are no digits.
        confusions: Most frequent first. Of digits, refused or not: what `best` was in place of
            the label. Of what is no digit: the digits that were given.
    """

    name: str
    kind: Kind
    pictures: int
    refused: int
    right: int | None
    given_wrong: int | None
    ece: float | None
    confusions: tuple[Confusion, ...]

    def share(self, figure: str) -> float | None:
        """A figure of `train.measuring.goals` as a share, 0 to 1; None where there is none.

        Where nothing was answered, none of it is wrong.
        """
        if figure == "refused":
            return self.refused / self.pictures
        if self.right is None or self.given_wrong is None:
            return None
        if figure == "right":
            return self.right / self.pictures
        if figure == "wrong_of_given":
            return self.given_wrong / max(1, self.pictures - self.refused)
        return self.ece


def count(scored: Scored, threshold: float) -> Figures:
    """Counts what becomes of a set's pictures at a threshold of 0 to 1."""
    given, right, best = scored.given(threshold), scored.right, scored.best
    has_digits = scored.kind == "digits"
    confused = ~right if has_digits else given
    pairs = zip(scored.labels[confused].tolist(), best[confused].tolist(), strict=True)
    confusions = sorted(Counter(pairs).items(), key=lambda item: (-item[1], item[0]))
    return Figures(
        name=scored.name,
        kind=scored.kind,
        pictures=len(given),
        refused=int((~given).sum()),
        right=int(right.sum()) if has_digits else None,
        given_wrong=int((given & ~right).sum()) if has_digits else None,
        ece=(
            calibration_error(scored.answers.probabilities, scored.labels.astype(np.int64))
            if has_digits
            else None
        ),
        confusions=tuple(Confusion(*pair, times) for pair, times in confusions),
    )
