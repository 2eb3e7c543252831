"""The tasks of a run: to classify each file, or to read the number in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from edgedigit.classifier import Classifier
from edgedigit.files.classifying import checked_threads, classify_blocks
from edgedigit.files.finding import File
from edgedigit.results import Failure, FileResult
from edgedigit.runs.formats import RowKind
from edgedigit.runs.rows import AnyRow, ClassifyRow, ReadRow

if TYPE_CHECKING:
    from edgedigit.runs.settings import RunSettings

Files: TypeAlias = Iterable[File | Failure | AnyRow]
Blocks: TypeAlias = Iterator[Sequence[FileResult[Any] | AnyRow]]


class Task(NamedTuple):
    """What is done with each file."""

    row_kind: RowKind
    answer: str
    """The noun for what a file is hoped to give."""
    settings: tuple[object, ...]
    """What its answers depend on, beside the settings of all tasks."""
    blocks: Callable[[Files], Blocks]
    """Does it, block by block; rows go through in their place."""


def new_task(classifier: Classifier, settings: RunSettings) -> Task:
    """The task that the settings name."""
    number = settings.number
    if number is None:
        # On a single core too: signals interrupt the main thread, and no file that is being opened.
        threads = checked_threads(settings.threads)
        return Task(
            ClassifyRow,
            "digit",
            (),
            lambda files: classify_blocks(
                files,
                classifier,
                settings.ink,
                threads,
                settings.region,
                settings.turn,
                settings.pages,
            ),
        )
    from edgedigit.files.reading import read_blocks  # slow to import, and not needed to classify

    spaces, length, marks = number.spaces, number.length, number.marks
    lines = (
        classifier.lines_config["sha256"],
        classifier.line_threshold,
        classifier.line_calibration,
    )
    return Task(
        ReadRow,
        "number",
        ("read", spaces, length, marks, *lines),
        lambda files: read_blocks(
            files,
            classifier,
            settings.threads,
            settings.pages,
            ink=settings.ink,
            spaces=spaces,
            length=length,
            region=settings.region,
            turn=settings.turn,
            marks=marks,
        ),
    )
