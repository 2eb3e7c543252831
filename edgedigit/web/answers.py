"""The answers for the pictures in a request, found in a thread of their own."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Unpack

from edgedigit.classifier import Classifier
from edgedigit.files.classifying import failed, load, result_of
from edgedigit.files.finding import File
from edgedigit.files.reading import read_file
from edgedigit.images import Corners
from edgedigit.normalize import MAX_SIDE, Ink, Turn
from edgedigit.reading import ReadOptions
from edgedigit.results import FileResult, Prediction
from edgedigit.runs.rows import AnyRow, ClassifyRow, ReadRow


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one picture.

    Attributes:
        row: The row that the command line writes.
        fields: The same as a JSON object, with the time that it took.
    """

    row: AnyRow
    fields: dict[str, Any]


Answerer = Callable[[File], Answer]


def classify(
    file: File,
    classifier: Classifier,
    ink: Ink,
    region: Corners | None,
    turn: Turn,
    with_normalized: bool,
) -> Answer:
    """Reads one digit; `with_normalized` adds what the network saw of the picture as it stands."""
    start = time.perf_counter()
    result, seen = _classified(file, classifier, ink, region, turn)
    answer = _answer(ClassifyRow.of(result, None), start)
    if with_normalized:
        answer.fields["normalized"] = None if seen is None else base64.b64encode(seen).decode()
    return answer


def read(file: File, classifier: Classifier, **options: Unpack[ReadOptions]) -> Answer:
    """Reads a number; the options are those of `edgedigit.read`."""
    start = time.perf_counter()
    result = read_file(file, classifier, **options)
    return _answer(ReadRow.of(result, None), start)


class GivenUpError(Exception):
    """Nobody waits for the answer any more."""


def answer_all(files: list[File], answer: Answerer, given_up: threading.Event) -> list[Answer]:
    """Answers picture by picture; raises `GivenUpError` between two where nobody waits."""
    answers = []
    for file in files:
        if given_up.is_set():
            raise GivenUpError
        answers.append(answer(file))
    return answers


def _classified(
    file: File, classifier: Classifier, ink: Ink, region: Corners | None, turn: Turn
) -> tuple[FileResult[Prediction], bytes | None]:
    """The result, and the 28 x 28 picture that the network saw, row by row."""
    grey = load(file, classifier.max_pixels, MAX_SIDE, region)
    if isinstance(grey, FileResult):
        return grey, None
    try:
        ((prediction, seen),) = classifier.classify_greys([grey], ink, turn)
    except Exception as error:
        return failed(file, error), None
    return result_of(file, prediction), seen.tobytes()


def _answer(row: AnyRow, start: float) -> Answer:
    fields = row._asdict()
    fields["path"] = row.path or None
    del fields["stamp"]
    fields["milliseconds"] = round(1000 * (time.perf_counter() - start), 2)
    return Answer(row, fields)
