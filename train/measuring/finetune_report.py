"""What a fine-tuned model does better and worse than its base, as figures and as a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgedigit.results import DIGIT_COUNT


@dataclass(frozen=True)
class Counts:
    """How many pictures of a part.

    Attributes:
        right: Have their label as the most probable digit; what is no digit, as the most probable
            of all answers.
        refused: Get no digit, at the model's own threshold.
        given_wrong: Get a digit, and a wrong one; None where there are no digits among them.
    """

    right: int
    refused: int
    given_wrong: int | None


@dataclass(frozen=True)
class Compared:
    """A part of the pictures, as the base and the fine-tuned model read it."""

    part: str
    pictures: int
    before: Counts
    after: Counts


def count(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], threshold: float
) -> Counts:
    """Counts what becomes of pictures.

    Args:
        probabilities: Calibrated, shape (n, answers).
        labels: Shape (n,).
        threshold: The least confidence, 0 to 1, of a digit that is given.
    """
    answers = probabilities.argmax(axis=1)
    given = (answers < DIGIT_COUNT) & (probabilities.max(axis=1) >= threshold)
    return Counts(
        right=int(is_right(probabilities, labels).sum()),
        refused=int((~given).sum()),
        given_wrong=int((given & (answers != labels)).sum())
        if labels.min() < DIGIT_COUNT
        else None,
    )


def is_right(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether the most probable digit is the label; or, of what is no digit, the whole answer."""
    answers, best = probabilities.argmax(axis=1), probabilities[:, :DIGIT_COUNT].argmax(axis=1)
    return np.where(labels < DIGIT_COUNT, best, answers) == labels


def table(rows: Iterable[dict[str, Any]]) -> str:
    """The figures, each `Compared` as a dict, in Markdown."""
    lines = [
        "| part | pictures | right before | after | refused before | after "
        "| wrong of given before | after |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        total, both = row["pictures"], (row["before"], row["after"])
        cells = [row["part"], f"{total:,}"]
        cells += [f"{counts['right'] / total:.2%}" for counts in both]
        cells += [f"{counts['refused'] / total:.2%}" for counts in both]
        cells += [_wrong_of_given(total, counts) for counts in both]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _wrong_of_given(total: int, counts: dict[str, Any]) -> str:
    if counts["given_wrong"] is None:
        return ""
    return f"{counts['given_wrong'] / max(1, total - counts['refused']):.2%}"
