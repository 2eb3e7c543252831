"""`python -m train evaluate MODEL --data PATH...`: a model's figures on labelled pictures."""

import argparse
import dataclasses
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np

from edgedigit.errors import ImageError
from edgedigit.evaluation.confusion import label_figures
from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.images import Grey, load_grey
from edgedigit.normalize import Ink
from edgedigit.normalize.pipeline import reduce
from edgedigit.results import NOT_A_DIGIT
from train.commands.options import probability, show_progress
from train.data.labelled import (
    LabelledSet,
    Part,
    Picture,
    PreparedSet,
    load_labelled,
    prepare,
    warn_unreadable,
)
from train.measuring.any_model import AnyModel, load_any_model
from train.measuring.plots import Mistake, save_calibration, save_confusion, save_mistakes
from train.measuring.scored import ScoredSet, evaluation_figures, join, risk_and_coverage
from train.measuring.tables import evaluation_table, label_table
from train.run_files import write_atomically, write_json

_NAME_OF_ALL = "all together"
_MAX_MISTAKES = 24
_RISK_THRESHOLDS = np.arange(100) / 100


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train evaluate",
        description="Measures a model on labelled pictures, which go through the runtime's own "
        "normalisation. Writes figures and pictures, and prints a table in Markdown.",
    )
    parser.add_argument(
        "model", type=Path, help="an exported model's folder, a run's folder or a .keras file"
    )
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help="labelled folders (0/ 1/ ... 9/ and not-a-digit/), and .npz files with x and y or in "
        "Keras' MNIST format",
    )
    parser.add_argument(
        "--part",
        choices=get_args(Part),
        default="test",
        help="what to take of a file in MNIST's format (default: test)",
    )
    parser.add_argument(
        "--ink",
        choices=get_args(Ink),
        default="auto",
        help="how the ink is, compared to the paper (default: auto)",
    )
    parser.add_argument(
        "--min-confidence",
        type=probability,
        metavar="P",
        help="smallest confidence, 0 to 1, with which a digit is given (default: the model's)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("runs/evaluation"),
        metavar="FOLDER",
        help="where figures and pictures go, in place of earlier ones (default: runs/evaluation)",
    )
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Measures, writes figures and pictures, and prints tables in Markdown.

    Raises:
        DataError: A set is missing, damaged or no labelled set, or none of it can be read.
        EdgeDigitError: An exported model cannot be loaded.
        RunError: It is no model, or damaged.
        OSError: A file cannot be read or written.
    """
    # What is wrong is told before minutes of work.
    sets = _renamed([load_labelled(path, options.part) for path in options.data])
    model = load_any_model(options.model, options.min_confidence)
    options.output.mkdir(parents=True, exist_ok=True)
    evaluated = [_evaluated(model, labelled, options.ink) for labelled in sets]
    if len(evaluated) > 1:
        for part in evaluated:
            _draw(options.output / part.scored.name, part, model.threshold)
        evaluated.append(_together(evaluated))
    whole = evaluated[-1]
    _draw(options.output, whole, model.threshold)
    write_json(
        options.output / "evaluation.json",
        {
            "model": model.name,
            "threshold": model.threshold,
            "sets": [_as_json(part) for part in evaluated],
        },
    )
    print(f"{model.name}, threshold {model.threshold:g}\n")
    print(evaluation_table(part.scored for part in evaluated))
    print(f"\n{label_table(whole.scored)}\n")
    print(f"Figures and pictures are in {options.output}")


def _renamed(sets: Sequence[LabelledSet]) -> list[LabelledSet]:
    """Tells sets of the same name apart by numbers."""
    seen: Counter[str] = Counter()
    renamed = []
    for labelled in sets:
        seen[labelled.name] += 1
        number = seen[labelled.name]
        name = labelled.name if number == 1 else f"{labelled.name} ({number})"
        renamed.append(dataclasses.replace(labelled, name=name))
    return renamed


class _Evaluated(NamedTuple):
    """A set with its answers, and the worst of its mistakes."""

    scored: ScoredSet
    mistakes: list[Mistake]


def _evaluated(model: AnyModel, labelled: LabelledSet, ink: Ink) -> _Evaluated:
    show_progress(labelled.name)
    prepared = prepare(labelled, ink)
    show_progress("")
    warn_unreadable(prepared.unreadable)
    scored = ScoredSet(
        labelled.name,
        labelled.labels[prepared.places],
        model.classify_prepared(prepared.prepared),
        unreadable=prepared.unreadable,
    )
    return _Evaluated(scored, _mistakes(scored, labelled, prepared))


def _together(evaluated: Sequence[_Evaluated]) -> _Evaluated:
    mistakes = [mistake for part in evaluated for mistake in part.mistakes]
    mistakes.sort(key=lambda each: (not each.is_given, each.is_best_right, -each.confidence))
    scored = join(_NAME_OF_ALL, [part.scored for part in evaluated])
    return _Evaluated(scored, mistakes[:_MAX_MISTAKES])


def _as_json(evaluated: _Evaluated) -> dict[str, Any]:
    """All that is known of a set but its pictures."""
    scored = evaluated.scored
    thresholds, coverage, risk = risk_and_coverage(scored)
    # How many of the occurring confidences reach each threshold.
    reach = np.searchsorted(-thresholds, -_RISK_THRESHOLDS, side="right")
    return evaluation_figures(scored) | {
        "labels": label_figures(scored.matrix),
        "confusion": scored.matrix.tolist(),
        "reliability": [
            {"count": int(count), "confidence": float(confidence), "accuracy": float(accuracy)}
            for count, confidence, accuracy in zip(*scored.reliability, strict=True)
        ],
        "risk_coverage": [
            {
                "threshold": float(threshold),
                "coverage": float(coverage[place - 1]) if place else 0.0,
                "risk": float(risk[place - 1]) if place else None,
            }
            for threshold, place in zip(_RISK_THRESHOLDS, reach, strict=True)
        ],
        "not_read": [{"name": name, "reason": reason} for name, reason in scored.unreadable],
        "mistakes": [
            {key: value for key, value in mistake._asdict().items() if key not in ("raw", "ink")}
            for mistake in evaluated.mistakes
        ],
    }


def _draw(folder: Path, evaluated: _Evaluated, threshold: float) -> None:
    scored = evaluated.scored
    folder.mkdir(exist_ok=True)
    # Without a row for what is no digit where there is none.
    matrix = scored.matrix[: None if (~scored.is_digit).any() else NOT_A_DIGIT]
    wrong, refused = scored.given_wrong.sum(), (scored.is_digit & ~scored.given).sum()
    title = (
        f"{scored.name}: of {len(scored.labels):,} pictures {wrong:,} read wrong (red), "
        f"{refused:,} digits refused (grey)"
    )
    for name, save in (
        ("confusion", lambda path: save_confusion(path, matrix)),
        ("calibration", lambda path: save_calibration(path, scored, threshold)),
        ("mistakes", lambda path: save_mistakes(path, title, evaluated.mistakes)),
    ):
        with warnings.catch_warnings():
            # Names may have signs that the font lacks.
            warnings.filterwarnings("ignore", "Glyph")
            write_atomically(folder / f"{name}.png", save)


def _mistakes(scored: ScoredSet, labelled: LabelledSet, prepared: PreparedSet) -> list[Mistake]:
    """The worst of a set: wrong answers, then refusals, of these first those that save from one."""
    wrong = scored.given_wrong
    places = np.flatnonzero(wrong | (scored.is_digit & ~scored.given))
    keys = -scored.confidence, scored.best == scored.labels, ~wrong
    order = np.lexsort([key[places] for key in keys])
    return [
        Mistake(
            labelled.picture_name(prepared.places[place]),
            _raw(labelled.pictures[prepared.places[place]]),
            prepared.prepared.inks[place],
            LABEL_NAMES[scored.labels[place]],
            int(scored.best[place]),
            float(scored.confidence[place]),
            bool(wrong[place]),
        )
        for place in places[order][:_MAX_MISTAKES].tolist()
    ]


def _raw(picture: Picture) -> Grey | None:
    """A picture as it is, no larger than it has to be for a look."""
    try:
        return reduce(load_grey(picture)[np.newaxis])[0]
    except (ImageError, OSError, MemoryError):  # it changed since
        return None
