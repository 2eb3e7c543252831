"""The task of `edgedigit read`, apart from the other one, which loads nothing of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import cast

from edgedigit.runs.annotations import Annotations
from edgedigit.classifier import Classifier
from edgedigit.runs.formats import Kind
from edgedigit.results import FileResult
from edgedigit.files.reading import FileReading, read_blocks
from edgedigit.runs.rows import AnyRow, ReadRow
from edgedigit.runs.classify_task import Blocks, Result
from edgedigit.files.finding import File, Identity


class ReadTask:
    """The number in each picture."""

    kind: Kind = ReadRow
    answer = "number"

    def __init__(self, classifier: Classifier, options: argparse.Namespace) -> None:
        """Takes what classifies, and what the command line says.

        Raises:
            EdgeDigitError: Pictures are to be annotated, and Pillow is not installed or they
                cannot be written.
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
        return cast("Blocks", blocks)

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """See `Task`; the picture is annotated before its row is written."""
        assert isinstance(result, FileReading)
        if self._annotations is not None and result.reading is not None:
            self._annotations.save(result.path, image, result.reading)
        return ReadRow.of(result, stamp)
