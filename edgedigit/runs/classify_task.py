"""What a run does with each file; `read_task` is the other task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from edgedigit.classifier import Classifier
from edgedigit.files.classifying import checked_threads, classify_blocks
from edgedigit.files.finding import File
from edgedigit.results import Failure, FileResult
from edgedigit.runs.formats import Kind
from edgedigit.runs.rows import AnyRow, Row
from edgedigit.system.safe_files import Identity

if TYPE_CHECKING:
    from edgedigit.runs.settings import RunSettings

Result: TypeAlias = FileResult[Any]
Blocks: TypeAlias = Iterator[Sequence[Result | AnyRow]]


class Task(Protocol):
    """What is done with each file."""

    kind: Kind
    """Of what kind its rows are."""
    answer: str
    """What a file is hoped to give."""
    settings: tuple[object, ...]
    """What its answers depend on, beside the settings of all tasks."""

    own_folders: tuple[Identity, ...]
    """What it writes itself, and nobody is to read."""

    def blocks(self, files: Iterable[File | Failure | AnyRow]) -> Blocks:
        """Does it, block by block; rows go through in their place."""

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """The row of a result; `image` is what was read in place of a file."""


class ClassifyTask:
    """One digit in each picture."""

    kind: Kind = Row
    answer = "digit"
    settings: tuple[object, ...] = ()
    own_folders: tuple[Identity, ...] = ()

    def __init__(self, classifier: Classifier, settings: RunSettings) -> None:
        """Takes what classifies, and how."""
        self._classifier, self._settings = classifier, settings

    def blocks(self, files: Iterable[File | Failure | AnyRow]) -> Blocks:
        """See `Task`."""
        # On a single core too: signals interrupt the main thread, and no file that is being opened.
        threads = checked_threads(self._settings.threads)
        return classify_blocks(files, self._classifier, self._settings.ink, threads)

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """See `Task`."""
        return Row.of(result, stamp)
