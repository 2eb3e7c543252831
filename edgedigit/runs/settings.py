"""The settings of a run; nothing behind them sees the parsed arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgedigit.classifier import Classifier
    from edgedigit.files.classifying import WhichPages
    from edgedigit.images import Region
    from edgedigit.normalize import Ink, Turn
    from edgedigit.runs.formats import FormatName


@dataclass(frozen=True, kw_only=True)
class AnswerSettings:
    """The settings of all commands that go over files.

    Attributes:
        model: As for `Classifier`; so are `providers`, `min_confidence` and `max_pixels`.
        ink: As for `Classifier.classify`.
        threads: Threads that read and decode files ahead; None is one for each core.
        quiet: Whether neither progress nor a summary is shown.
    """

    model: str | None
    providers: Sequence[str]
    min_confidence: float | None
    max_pixels: int
    ink: Ink
    threads: int | None
    quiet: bool

    def new_classifier(self) -> Classifier:
        """Loads the model; raises ModelError where that fails."""
        from edgedigit.classifier import Classifier

        return Classifier(
            self.model,
            min_confidence=self.min_confidence,
            max_pixels=self.max_pixels,
            providers=self.providers,
        )


@dataclass(frozen=True, kw_only=True)
class RunSettings(AnswerSettings):
    """The settings of a run over files.

    Attributes:
        paths: Files and folders; - is standard input.
        recursive: Whether the folders in a folder are read too.
        format: How rows are written.
        output: The file for the rows; None is standard output.
        force: Whether a file that exists is overwritten.
        resume: Whether rows that the output holds already are not made again.
        save_refused: The folder for copies of what is refused, if any.
        region: As for `Classifier.classify`, and so is `turn`.
        turn: See there.
        pages: As for `classify_folder`.
        report: The file for a page with the pictures, if any.
        number: How numbers are read; None classifies single digits.
    """

    paths: Sequence[str]
    recursive: bool
    format: FormatName
    output: str | None
    force: bool
    resume: bool
    save_refused: str | None
    region: Region | None
    turn: Turn
    pages: WhichPages
    report: str | None
    number: NumberSettings | None = None


@dataclass(frozen=True, kw_only=True)
class NumberSettings:
    """The settings of `edgedigit read` alone.

    Attributes:
        spaces: As for `read`.
        length: As for `read`.
        marks: As for `read`.
        annotate: The folder for pictures with boxes and answers, if any.
    """

    spaces: bool
    length: int | None
    marks: bool
    annotate: str | None
