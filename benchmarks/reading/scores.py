"""Answers to pictures of numbers, and what is right and wrong in them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np

from benchmarks.readers import Answer, Reader
from benchmarks.reading.sets import NumberSet, Sample
from edgedigit.results import OTHER_SIGN
from train.measuring.reliability import Reliability, reliability

# What is done with a picture that edgedigit reads wrong; its place in its set comes second.
OnFailure = Callable[[NumberSet, int, Sample], None]


class Outcome(NamedTuple):
    """How a reader did on a picture.

    Attributes:
        text: What the picture says.
        answer: What the reader says, without the signs that it may have or not.
        seconds: What it took.
        rows: As in `Sample`.
    """

    text: str
    answer: Answer
    seconds: float
    rows: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether the whole text is right."""
        return self.answer.text == self.text


def read_set(
    numbers: NumberSet, readers: Mapping[str, Reader], on_failure: OnFailure | None = None
) -> dict[str, list[Outcome]]:
    """Reads all pictures with all readers in turn; outcomes by the reader's name.

    Readers that find no lines are not asked about pages.
    """
    outcomes: dict[str, list[Outcome]] = {name: [] for name in readers}
    for place, sample in enumerate(numbers.samples):
        is_page = "\n" in sample.text
        for name, reader in readers.items():
            if is_page and not reader.reads_pages:
                continue
            started = time.perf_counter()
            answer = reader.read(sample.picture, is_page, numbers.marks)
            seconds = time.perf_counter() - started
            answer = answer._replace(text=without(answer.text, sample.ignored))
            outcome = Outcome(sample.text, answer, seconds, sample.rows)
            outcomes[name].append(outcome)
            if on_failure and name == "edgedigit" and not outcome.is_right:
                on_failure(numbers, place, sample)
    return {name: done for name, done in outcomes.items() if done}


def without(text: str, ignored: str) -> str:
    """A text without spaces and these signs, and without lines that then are empty."""
    lines = text.translate(str.maketrans("", "", ignored + " ")).split("\n")
    return "\n".join(line for line in lines if line)


@dataclass
class Score:
    """The figures of one reader on some pictures.

    Attributes:
        pictures: How many.
        lines: In all of them.
        right: Lines that are exactly right.
        right_refused: Those of them in readings that are refused.
        unflagged: Lines that are wrong, missing or made up, have no "?", and are in no reading
            that is refused.
        edits: Signs to replace, add and leave out to put answers right.
        signs: Of all texts, line ends counted.
    """

    pictures: int = 0
    lines: int = 0
    right: int = 0
    right_refused: int = 0
    unflagged: int = 0
    edits: int = 0
    signs: int = 0

    def add(self, text: str, answer: Answer) -> None:
        """Counts an answer to a picture."""
        lines = text.split("\n")
        answers = answer.text.split("\n") if answer.text else []
        same = SequenceMatcher(None, lines, answers, autojunk=False).get_matching_blocks()
        matched = {block.b + place for block in same for place in range(block.size)}
        # A line too many is as wrong as one that is missing.
        right = max(0, len(matched) - max(0, len(answers) - len(lines)))
        flagged = sum(
            OTHER_SIGN in line for place, line in enumerate(answers) if place not in matched
        )
        is_flagged = answer.refusal is not None or not answers
        self.pictures += 1
        self.lines += len(lines)
        self.right += right
        self.right_refused += right if answer.refusal is not None else 0
        self.unflagged += 0 if is_flagged else max(0, len(lines) - right - flagged)
        self.edits += edits(text, answer.text)
        self.signs += len(text)


def score(outcomes: Sequence[Outcome]) -> Score:
    """The figures of one reader."""
    counted = Score()
    for outcome in outcomes:
        counted.add(outcome.text, outcome.answer)
    return counted


def lost(before: Sequence[Outcome], after: Sequence[Outcome]) -> int:
    """How many pictures of the first are right, and wrong as they are in the second."""
    return sum(a.is_right and not b.is_right for a, b in zip(before, after, strict=True))


def calibration(outcomes: Sequence[Outcome]) -> Reliability:
    """How sure readings are, and how often they are right, one at least."""
    confidence = np.array([outcome.answer.confidence for outcome in outcomes])
    right = np.array([outcome.is_right for outcome in outcomes])
    # The first of two answers is what was read; the label of another one is never right.
    return reliability(np.stack([confidence, 0 * confidence], axis=1), np.where(right, 0, -1))


def edits(text: str, answer: str) -> int:
    """The fewest signs to replace, add and leave out that make one text of the other."""
    before = list(range(len(answer) + 1))
    for row, sign in enumerate(text, 1):
        now = [row]
        for column, other in enumerate(answer, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (sign != other)))
        before = now
    return before[-1]
