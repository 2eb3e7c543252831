"""What a run does with each file; `read_task` is the other task."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from edgedigit.classifier import Classifier
from edgedigit.files.classifying import checked_threads, classify_blocks
from edgedigit.runs.formats import Kind
from edgedigit.results import FileResult
from edgedigit.runs.rows import AnyRow, Row
from edgedigit.files.finding import File, Identity

if TYPE_CHECKING:
    from edgedigit.files.reading import FileReading

Result: TypeAlias = "FileResult | FileReading"
Blocks: TypeAlias = "Iterator[Sequence[Result | AnyRow]]"


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

    def blocks(self, files: Iterable[File | FileResult | AnyRow]) -> Blocks:
        """Does it, block by block; rows go through in their place."""

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """The row of a result; `image` is what was read in place of a file."""


class ClassifyTask:
    """One digit in each picture."""

    kind: Kind = Row
    answer = "digit"
    settings: tuple[object, ...] = ()
    own_folders: tuple[Identity, ...] = ()

    def __init__(self, classifier: Classifier, options: argparse.Namespace) -> None:
        """Takes what classifies, and what the command line says."""
        self._classifier, self._options = classifier, options

    def blocks(self, files: Iterable[File | FileResult | AnyRow]) -> Blocks:
        """See `Task`."""
        options = self._options
        # On a single core too: signals interrupt the main thread, and no file that is being opened.
        threads = checked_threads(options.threads)
        blocks = classify_blocks(files, self._classifier, options.ink, threads)
        return cast("Blocks", blocks)

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """See `Task`."""
        assert isinstance(result, FileResult)
        return Row.of(result, stamp)
