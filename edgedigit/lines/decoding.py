"""From the line network's answers for each column to signs, their number, and how sure that is.

The answers are those of connectionist temporal classification (Graves, Fernandez, Gomez and
Schmidhuber, "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with
Recurrent Neural Networks", 2006): a way through the columns writes the signs on it, of which those
that follow each other at once count once. All functions take float arrays of shape
(columns, labels), whose rows sum to 1; the last label is "nothing".
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.results import DIGIT_COUNT, MARKS, SIGNS

Answers = NDArray[np.floating]

MARK_LABELS = [SIGNS.index(mark) for mark in MARKS]

_MIN_PROBABILITY = 1e-12


class Sign(NamedTuple):
    """A sign on the way through the columns.

    Attributes:
        label: Its place in `SIGNS`.
        first: The first column of it.
        end: The column after the last.
    """

    label: int
    first: int
    end: int


def without_marks(answers: NDArray[np.float32]) -> NDArray[np.float32]:
    """The answers where marks are nothing: for who wants the digits and other signs alone."""
    merged = answers.copy()
    merged[:, -1] += answers[:, MARK_LABELS].sum(axis=1)
    merged[:, MARK_LABELS] = 0
    return merged


def best_signs(answers: Answers) -> list[Sign]:
    """The signs of the most probable way."""
    return _collapsed(answers.argmax(axis=1), answers.shape[1] - 1)


def text_probability(answers: Answers, labels: list[int]) -> float:
    """The probability of a text: that of all ways that write it, by the forward algorithm.

    Args:
        answers: As for the module.
        labels: The text's signs, as places in `SIGNS`.
    """
    nothing = answers.shape[1] - 1
    extended = np.full(2 * len(labels) + 1, nothing)
    extended[1::2] = labels
    of_states = np.asarray(answers, np.float64)[:, extended]
    # From a sign to the next one at once, unless it is the same.
    skips = np.zeros(len(extended))
    skips[3::2] = extended[3::2] != extended[1:-2:2]
    # Two more before the first, from which nothing comes.
    states = np.zeros(len(extended) + 2)
    same, next_, after = states[2:], states[1:-1], states[:-2]
    moved, skipped = np.empty_like(same), np.empty_like(same)
    same[0] = 1.0
    # Out of place, because each state is needed by two others.
    np.add(same, next_, out=moved)
    np.multiply(moved, of_states[0], out=same)
    for row in of_states[1:]:
        np.add(same, next_, out=moved)
        np.multiply(skips, after, out=skipped)
        np.add(moved, skipped, out=moved)
        np.multiply(moved, row, out=same)
    return float(same[-2:].sum())


def lone_sign_probabilities(answers: Answers) -> NDArray[np.float64]:
    """For each label the probability that it is all that is written: shape (labels - 1,)."""
    columns = np.asarray(answers, np.float64)
    nothing = columns[:, -1]
    # Before the sign, on it, behind it.
    before, on, behind = 1.0, np.zeros(columns.shape[1] - 1), np.zeros(columns.shape[1] - 1)
    for row, none in zip(columns[:, :-1], nothing, strict=True):
        behind = (behind + on) * none
        on = (on + before) * row
        before *= none
    lone: NDArray[np.float64] = on + behind
    return lone


def count_probabilities(answers: Answers, most: int) -> NDArray[np.float64]:
    """The probability of each number of digits, from 0 to `most`: shape (most + 1,)."""
    counted = min(most, len(answers))  # a digit takes a column
    # By the number of digits so far, and the label of the last column.
    states = np.zeros((counted + 1, answers.shape[1]))
    states[0, -1] = 1.0
    for row in np.asarray(answers, np.float64):
        entered = states.sum(axis=1, keepdims=True) - states
        entered[1:, :DIGIT_COUNT] = entered[:-1, :DIGIT_COUNT]
        entered[0, :DIGIT_COUNT] = 0.0
        states += entered
        states *= row
    counts = np.zeros(most + 1)
    counts[: counted + 1] = states.sum(axis=1)
    return counts


class Ways(NamedTuple):
    """For each number of digits the best way that has it.

    Attributes:
        logarithms: float64 of shape (labels, digits + 1), of the best way's probability by the
            label of its last column; -inf where there is none.
        came: int8 of shape (columns, labels, digits + 1): the label of the column before.
    """

    logarithms: NDArray[np.float64]
    came: NDArray[np.int8]

    def signs(self, count: int) -> list[Sign]:
        """The signs of a way, traced back from its end."""
        label = int(self.logarithms[:, count].argmax())
        way = np.empty(len(self.came), np.intp)
        for column in range(len(way) - 1, -1, -1):
            way[column] = label
            before = int(self.came[column, label, count])
            count -= before != label and label < DIGIT_COUNT
            label = before
        return _collapsed(way, self.came.shape[1] - 1)


def best_of_counts(answers: Answers, most: int) -> Ways:
    """The best ways of up to `most` digits."""
    labels, most = answers.shape[1], min(most, len(answers))
    logarithms = np.log(np.maximum(answers, _MIN_PROBABILITY)).astype(np.float64)
    best = np.full((labels, most + 1), -np.inf)
    best[-1, 0] = 0.0
    came = np.empty((len(answers), *best.shape), np.int8)
    counts, own = np.arange(most + 1), np.arange(labels, dtype=np.int8)[:, None]
    for source, row in zip(came, logarithms, strict=True):
        # From the best other label: the second where the first is the label itself.
        first = best.argmax(axis=0)
        value = best.copy()
        value[first, counts] = -np.inf
        second = value.argmax(axis=0)
        value[:] = best[first, counts]
        value[first, counts] = best[second, counts]
        source[:] = first
        source[first, counts] = second
        for moved in (value, source):
            moved[:DIGIT_COUNT, 1:] = moved[:DIGIT_COUNT, :-1]
        value[:DIGIT_COUNT, 0] = -np.inf
        source += (best >= value) * (own - source)
        best = np.maximum(best, value) + row[:, None]
    return Ways(best, came)


def _collapsed(way: NDArray[np.intp], nothing: int) -> list[Sign]:
    begins = np.flatnonzero(np.concatenate([[True], way[1:] != way[:-1]]))
    ends = np.append(begins[1:], len(way))
    return [
        Sign(int(way[first]), int(first), int(end))
        for first, end in zip(begins, ends, strict=True)
        if way[first] != nothing
    ]
