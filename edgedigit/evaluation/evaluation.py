"""The evaluation of labelled files: counts, and the mistakes most worth looking at.

What is kept does not grow with the number of files.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from edgedigit.classifier import Classifier
from edgedigit.evaluation.confusion import LABEL_COUNT, figures, label_figures, share
from edgedigit.files.classifying import classify_blocks
from edgedigit.files.finding import File, find_files
from edgedigit.files.labelled import LABEL_NAMES, label_folders
from edgedigit.html.top import Top
from edgedigit.normalize import Ink
from edgedigit.results import NOT_A_DIGIT, Failure, FileResult, Prediction, Status

_MAX_KEPT_FILES = 1_000


class LabelledResult(NamedTuple):
    """The result for a file whose label is known."""

    label: int
    """0 to 9, or NOT_A_DIGIT."""
    result: FileResult[Prediction]


class Mistake(NamedTuple):
    """A picture that got a wrong digit, or a digit that was refused."""

    label: int
    path: str
    prediction: Prediction


def classify_labelled(
    folder: str,
    classifier: Classifier | None = None,
    ink: Ink = "auto",
    threads: int | None = None,
) -> Iterator[list[LabelledResult]]:
    """Reads the files of a labelled folder, and of the folders in its folders.

    Args:
        folder: A labelled folder; see `edgedigit.files.labelled`.
        classifier: As for `classify_blocks`, and so are the others.
        ink: See there.
        threads: See there.

    Returns:
        An iterator over blocks; one result for each file, label by label.

    Raises:
        LabelError: It is no labelled folder.
    """
    folders = label_folders(folder)
    labels: deque[int] = deque()

    def files() -> Iterator[File | Failure]:
        for label, path in folders:
            for file in find_files(path, recursive=True):
                labels.append(label)
                yield file

    blocks = classify_blocks(files(), classifier, ink, threads)
    return ([LabelledResult(labels.popleft(), result) for result in block] for block in blocks)


def evaluate(
    folder: str | os.PathLike[str],
    classifier: Classifier | None = None,
    ink: Ink = "auto",
    threads: int | None = None,
) -> Evaluation:
    """Measures how well the files of a labelled folder are read.

    Args:
        folder: The folder with the folders 0, 1, ... 9 and not-a-digit, of which each may be
            missing; files beside them are left out.
        classifier: What reads them; the package's own model if None.
        ink: As for `Classifier.classify`.
        threads: Threads that read and decode files ahead; one for each core if None.

    Returns:
        The figures; `to_dict` gives what `edgedigit evaluate --format json` writes.

    Raises:
        EdgeDigitError: It is no labelled folder, or the model cannot be loaded.
        TypeError: An argument is of the wrong type.
    """
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder must be a str or os.PathLike, not {type(folder).__name__}")
    evaluation = Evaluation()
    for block in classify_labelled(os.fsdecode(folder), classifier, ink, threads):
        for label, result in block:
            evaluation.add(label, result)
    return evaluation


class Evaluation:
    """Counts answers to labelled files.

    Attributes:
        matrix: How often each answer was given to each label; see `edgedigit.evaluation.confusion`.
        best_right: In how many the most probable digit is the label, refused or not.
        not_read: How many files could not be read, for each reason.
        wrong: Pictures that got a wrong digit, or any where there is none; the surest come first.
        refused: Digits that were refused, those first that were most like a digit.
        failed: Files that could not be read.
    """

    def __init__(self) -> None:
        """An evaluation of no files."""
        self.matrix = np.zeros((LABEL_COUNT, LABEL_COUNT), np.int64)
        self.best_right = 0
        self.not_read: Counter[Status] = Counter()
        self.wrong: Top[Mistake] = Top(_MAX_KEPT_FILES)
        self.refused: Top[Mistake] = Top(_MAX_KEPT_FILES)
        self.failed: Top[FileResult[Prediction]] = Top(_MAX_KEPT_FILES)

    def add(self, label: int, result: FileResult[Prediction]) -> None:
        """Counts a file.

        Args:
            label: 0 to 9, or NOT_A_DIGIT.
            result: The answer, or why there is none.
        """
        prediction = result.answer
        if prediction is None:
            self.not_read[result.status] += 1
            self.failed.add(0.0, result)
            return
        read = NOT_A_DIGIT if prediction.digit is None else prediction.digit
        self.matrix[label, read] += 1
        self.best_right += prediction.best == label
        if read != label:
            kept = self.refused if read == NOT_A_DIGIT else self.wrong
            kept.add(prediction.confidence, Mistake(label, result.path, prediction))

    def to_dict(self) -> dict[str, Any]:
        """All figures, and the worst mistakes, as values that JSON has."""
        counts = figures(self.matrix)
        return counts | {
            "best_right": self.best_right,
            "accuracy": share(self.best_right, counts["digits"]),
            "not_read": {status.value: count for status, count in self.not_read.items()},
            "labels": label_figures(self.matrix),
            "confusion": self.matrix.tolist(),
            "mistakes": [
                {
                    "path": mistake.path,
                    "label": LABEL_NAMES[mistake.label],
                    "digit": mistake.prediction.digit,
                    "confidence": round(mistake.prediction.confidence, 6),
                }
                for mistake in self.wrong.items()
            ],
        }
