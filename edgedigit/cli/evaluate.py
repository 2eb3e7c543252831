"""The command `edgedigit evaluate`: how well the files of a labelled folder are read."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgedigit.files.finding import find_files
from edgedigit.files.labelled import count_unlabelled, label_folders
from edgedigit.images import pillow_setup
from edgedigit.runs.output import Output
from edgedigit.runs.progress import Progress
from edgedigit.runs.settings import AnswerSettings
from edgedigit.system import safe_files
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.messages import complain, complaint, printable, say
from edgedigit.system.safe_files import check_folder

if TYPE_CHECKING:
    from edgedigit.classifier import Classifier
    from edgedigit.evaluation.evaluation import Evaluation


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings(AnswerSettings):
    """The settings of an evaluation.

    Attributes:
        folder: The labelled folder.
        format: "table" or "json".
        report: The file for a page with all figures and the misread pictures, if any.
    """

    folder: str
    format: str
    report: str | None


def evaluate(settings: EvaluationSettings) -> bool:
    """Reads the files, and writes figures to standard output and the page to its file.

    Args:
        settings: What the command line says.

    Returns:
        Whether each file could be read, and there was one.

    Raises:
        EdgeDigitError: The folder is no labelled one, the model cannot be loaded, or something
            cannot be written.
        BrokenPipeError: Nobody reads the output any more.
    """
    output = Output()
    if settings.report is not None:
        check_folder(os.path.dirname(settings.report) or os.curdir)
    label_folders(settings.folder)  # before a second is spent on the model
    if beside := count_unlabelled(settings.folder):
        complain(
            f"{settings.folder}: left out, since no folder says their label: "
            f"{beside:,} picture{'s' * (beside != 1)} beside the folders"
        )
    with interrupts_wait():  # onnxruntime, interrupted while it is loaded, raises ImportError
        classifier = settings.new_classifier()
        pillow_setup.keep_quiet()
    evaluation = _evaluation(classifier, settings)
    not_read = evaluation.not_read.total()
    if not evaluation.matrix.any():
        found = f"none of {not_read:,} could be read" if not_read else "there is no file in it"
        complain(f"no figures for {settings.folder}: {found}")
        return False
    name = str(classifier.config.get("name", classifier.folder.name))
    output.write(_text(evaluation, name, classifier.min_confidence, settings.format))
    output.finish()
    if settings.report is not None:
        from edgedigit.evaluation.page import evaluation_page

        about = f"{settings.folder}, read by {name} at threshold {classifier.min_confidence:g}"
        pieces = evaluation_page(evaluation, about, settings.ink, settings.max_pixels)
        safe_files.replace(settings.report, pieces)
    return not_read == 0


def _evaluation(classifier: Classifier, settings: EvaluationSettings) -> Evaluation:
    from edgedigit.evaluation.evaluation import Evaluation, classify_labelled
    from edgedigit.files.classifying import checked_threads

    evaluation = Evaluation()
    threads = checked_threads(settings.threads)  # see `tasks.new_task`
    blocks = classify_labelled(settings.folder, classifier, settings.ink, threads)
    progress = _progress(settings)
    tell = say if progress is None else progress.say
    try:
        for block in blocks:
            for label, result in block:
                evaluation.add(label, result)
                if result.error is not None:
                    tell(complaint(f"{result.path}: {result.error}"))
            if progress is not None:
                progress.update(result for _, result in block)
    finally:
        if progress is not None:
            progress.close()
    return evaluation


def _text(evaluation: Evaluation, name: str, threshold: float, form: str) -> str:
    if form == "json":
        return json.dumps({"model": name, "threshold": threshold} | evaluation.to_dict()) + "\n"
    from edgedigit.evaluation.text import evaluation_table

    return f"{printable(name)}, threshold {threshold:g}\n\n{evaluation_table(evaluation)}"


def _progress(settings: EvaluationSettings) -> Progress | None:
    if settings.quiet or sys.stderr is None or not sys.stderr.isatty():
        return None
    return Progress(sys.stderr, lambda: _number_of_files(settings.folder))


def _number_of_files(folder: str) -> int:
    return sum(1 for _, path in label_folders(folder) for _ in find_files(path, recursive=True))
