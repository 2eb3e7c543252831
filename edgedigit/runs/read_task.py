"""The task of `edgedigit read`, apart from the other one, which loads nothing of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from edgedigit.classifier import Classifier
from edgedigit.files.finding import File
from edgedigit.files.reading import read_blocks
from edgedigit.results import Failure
from edgedigit.runs.annotations import Annotations
from edgedigit.runs.classify_task import Blocks, Result
from edgedigit.runs.formats import Kind
from edgedigit.runs.rows import AnyRow, ReadRow
from edgedigit.system.safe_files import Identity

if TYPE_CHECKING:
    from edgedigit.runs.settings import NumberSettings, RunSettings


class ReadTask:
    """The number in each picture."""

    kind: Kind = ReadRow
    answer = "number"

    def __init__(
        self, classifier: Classifier, settings: RunSettings, number: NumberSettings
    ) -> None:
        """Takes what classifies, and how.

        Raises:
            EdgeDigitError: Pictures are to be annotated, and Pillow is not installed or they
                cannot be written.
        """
        self._classifier, self._settings, self._number = classifier, settings, number
        self.settings: tuple[object, ...] = ("read", number.spaces, number.length)
        folder = number.annotate
        self._annotations = None if folder is None else Annotations(folder, settings.max_pixels)
        own = self._annotations
        self.own_folders: tuple[Identity, ...] = () if own is None else (own.identity,)

    def blocks(self, files: Iterable[File | Failure | AnyRow]) -> Blocks:
        """See `Task`."""
        settings, number = self._settings, self._number
        return read_blocks(
            files, self._classifier, settings.ink, number.spaces, number.length, settings.threads
        )

    def row(self, result: Result, stamp: str | None, image: bytes | None) -> AnyRow:
        """See `Task`; the picture is annotated before its row is written."""
        if self._annotations is not None and result.reading is not None:
            self._annotations.save(result.path, image, result.reading)
        return ReadRow.of(result, stamp)
