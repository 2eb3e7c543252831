"""`edgedigit evaluate`: how well the files of a labelled folder are read."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from edgedigit.files.finding import find_files
from edgedigit.files.labelled import label_folders
from edgedigit.html import skeleton
from edgedigit.images import pillow_setup
from edgedigit.runs.output import Output, check_folder
from edgedigit.runs.progress import Progress
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.messages import complain, complaint, printable, say

if TYPE_CHECKING:
    from edgedigit.classifier import Classifier
    from edgedigit.evaluation.evaluation import Evaluation


def evaluate(options: argparse.Namespace) -> bool:
    """Reads the files, and writes figures to standard output and the page to its file.

    Args:
        options: What the command line says.

    Returns:
        Whether each file could be read, and there was one.

    Raises:
        EdgeDigitError: The folder is no labelled one, the model cannot be loaded, or something
            cannot be written.
        BrokenPipeError: Nobody reads the output any more.
    """
    output = Output()
    if options.report is not None:
        check_folder(os.path.dirname(options.report) or os.curdir)
    label_folders(options.folder)  # before a second is spent on the model
    with interrupts_wait():  # onnxruntime, interrupted while it is loaded, raises ImportError
        classifier = _classifier(options)
        pillow_setup.keep_quiet()
    evaluation = _evaluation(classifier, options)
    not_read = evaluation.not_read.total()
    if not evaluation.matrix.any():
        found = f"none of {not_read:,} could be read" if not_read else "there is no file in it"
        complain(f"no figures for {options.folder}: {found}")
        return False
    name = str(classifier.config.get("name", classifier.folder.name))
    output.write(_text(evaluation, name, classifier.min_confidence, options.format))
    output.finish()
    if options.report is not None:
        from edgedigit.evaluation.page import page

        about = f"{options.folder}, read by {name} at threshold {classifier.min_confidence:g}"
        pieces = page(evaluation, about, options.ink, options.max_pixels)
        skeleton.write(options.report, pieces)
    return not_read == 0


def _classifier(options: argparse.Namespace) -> Classifier:
    from edgedigit.classifier import Classifier

    return Classifier(
        options.model, min_confidence=options.min_confidence, max_pixels=options.max_pixels
    )


def _evaluation(classifier: Classifier, options: argparse.Namespace) -> Evaluation:
    from edgedigit.evaluation.evaluation import Evaluation, classify_labelled
    from edgedigit.files.classifying import checked_threads

    evaluation = Evaluation()
    threads = checked_threads(options.threads)  # see `tasks.ClassifyTask`
    blocks = classify_labelled(options.folder, classifier, options.ink, threads)
    progress = _progress(options)
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
        return json.dumps({"model": name, "threshold": threshold} | evaluation.as_json()) + "\n"
    from edgedigit.evaluation.text import table

    return f"{printable(name)}, threshold {threshold:g}\n\n{table(evaluation)}"


def _progress(options: argparse.Namespace) -> Progress | None:
    if options.quiet or sys.stderr is None or not sys.stderr.isatty():
        return None
    return Progress(sys.stderr, lambda: _number_of_files(options.folder))


def _number_of_files(folder: str) -> int:
    return sum(1 for _, path in label_folders(folder) for _ in find_files(path, recursive=True))
