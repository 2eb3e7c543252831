"""What a run does with each file: classify it, or read the number in it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, cast

from edgedigit.annotations import Annotations
from edgedigit.classifier import Classifier
from edgedigit.folder import classify_blocks
from edgedigit.formats import Kind
from edgedigit.prediction import FileResult
from edgedigit.read_files import FileReading, read_blocks
from edgedigit.rows import AnyRow, ReadRow, Row
from edgedigit.walk import File, Identity

Result = FileResult | FileReading
Blocks = Iterator[Sequence[Result | AnyRow]]


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
        blocks = classify_blocks(files, self._classifier, options.ink, options.threads)
        return cast(Blocks, blocks)

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """See `Task`."""
        assert isinstance(result, FileResult)
        return Row.of(result, stamp)


class ReadTask:
    """The number in each picture."""

    kind: Kind = ReadRow
    answer = "number"

    def __init__(self, classifier: Classifier, options: argparse.Namespace) -> None:
        """Takes what classifies, and what the command line says.

        Raises:
            ImportError: Pictures are to be annotated, and Pillow is not installed.
            OutputError: They cannot be written.
        """
        self._classifier, self._options = classifier, options
        self.settings: tuple[object, ...] = ("read", options.spaces, options.length)
        folder = options.annotate
        self._annotations = None if folder is None else Annotations(folder, options.max_pixels)
        own = self._annotations
        self.own_folders: tuple[Identity, ...] = () if own is None else (own.identity,)

    def blocks(self, files: Iterable[File | FileResult | AnyRow]) -> Blocks:
        """See `Task`."""
        options = self._options
        blocks = read_blocks(
            files, self._classifier, options.ink, options.spaces, options.length, options.threads
        )
        return cast(Blocks, blocks)

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """See `Task`; the picture is annotated before its row is written."""
        assert isinstance(result, FileReading)
        if self._annotations is not None and result.reading is not None:
            self._annotations.save(result.path, image, result.reading)
        return ReadRow.of(result, stamp)
