"""`python -m train evaluate MODEL --data PATH...`: a model's figures on labelled pictures."""

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np

from edgedigit.errors import ImageError
from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.images import Grey, load_grey
from edgedigit.normalize import Ink
from edgedigit.normalize.pipeline import reduce
from edgedigit.results import NOT_A_DIGIT
from train.data.labelled import (
    LabelledSet,
    Part,
    Picture,
    PreparedSet,
    load_labelled,
    prepare,
    warn_unreadable,
)
from train.measuring.any_model import Network, load_network
from train.measuring.judged import Judged, together
from train.measuring.judged_report import as_json, label_table, summary_table
from train.measuring.plots import Mistake, save_calibration, save_confusion, save_mistakes
from train.run_files import write_atomically, write_json

_TOGETHER = "all together"
# Misread pictures that are drawn.
_SHOWN = 24


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
        type=_probability,
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
    network = load_network(options.model, options.min_confidence)
    options.output.mkdir(parents=True, exist_ok=True)
    rows = [_examined(network, labelled, options.ink) for labelled in sets]
    if len(rows) > 1:
        for row in rows:
            _draw(options.output / row.judged.name, row)
        rows.append(_together(rows))
    whole = rows[-1]
    _draw(options.output, whole)
    write_json(
        options.output / "evaluation.json",
        {
            "model": network.name,
            "threshold": network.threshold,
            "sets": [as_json(row.judged) | {"mistakes": _told(row.mistakes)} for row in rows],
        },
    )
    print(f"{network.name}, threshold {network.threshold:g}\n")
    print(f"{summary_table([row.judged for row in rows])}\n\n{label_table(whole.judged)}\n")
    print(f"Figures and pictures are in {options.output}")


def _probability(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be from 0 to 1, not {text}")
    return value


# argparse names it in "invalid ... value".
_probability.__name__ = "number"


def _renamed(sets: Sequence[LabelledSet]) -> list[LabelledSet]:
    """Tells sets of the same name apart by numbers."""
    seen: Counter[str] = Counter()
    result = []
    for labelled in sets:
        seen[labelled.name] += 1
        number = seen[labelled.name]
        name = labelled.name if number == 1 else f"{labelled.name} ({number})"
        result.append(LabelledSet(name, labelled.pictures, labelled.labels))
    return result


class _Examined(NamedTuple):
    """What is found out about a set."""

    judged: Judged
    mistakes: list[Mistake]


def _examined(network: Network, labelled: LabelledSet, ink: Ink) -> _Examined:
    _tell(labelled.name)
    prepared = prepare(labelled, ink)
    _tell("")
    warn_unreadable(prepared.unreadable)
    judged = Judged(
        labelled.name,
        labelled.labels[prepared.places],
        network.answers(prepared.prepared),
        network.threshold,
        prepared.unreadable,
    )
    return _Examined(judged, _mistakes(judged, labelled, prepared))


def _together(rows: Sequence[_Examined]) -> _Examined:
    mistakes = [mistake for row in rows for mistake in row.mistakes]
    mistakes.sort(key=lambda each: (not each.is_given, each.is_best_right, -each.confidence))
    return _Examined(together(_TOGETHER, [row.judged for row in rows]), mistakes[:_SHOWN])


def _told(mistakes: Sequence[Mistake]) -> list[dict[str, Any]]:
    """Mistakes without their pictures."""
    pictures = ("raw", "ink")
    return [
        {key: value for key, value in mistake._asdict().items() if key not in pictures}
        for mistake in mistakes
    ]


def _draw(folder: Path, row: _Examined) -> None:
    judged = row.judged
    folder.mkdir(exist_ok=True)
    # Without a row for what is no digit where there is none.
    matrix = judged.confusion[: None if (~judged.is_digit).any() else NOT_A_DIGIT]
    wrong, refused = judged.given_wrong.sum(), (judged.is_digit & ~judged.given).sum()
    title = (
        f"{judged.name}: of {len(judged.labels):,} pictures {wrong:,} read wrong (red), "
        f"{refused:,} digits refused (grey)"
    )
    for name, save in (
        ("confusion", lambda path: save_confusion(path, matrix)),
        ("calibration", lambda path: save_calibration(path, judged)),
        ("mistakes", lambda path: save_mistakes(path, title, row.mistakes)),
    ):
        with warnings.catch_warnings():
            # Names may have signs that the font lacks.
            warnings.filterwarnings("ignore", "Glyph")
            write_atomically(folder / f"{name}.png", save)


def _mistakes(judged: Judged, labelled: LabelledSet, prepared: PreparedSet) -> list[Mistake]:
    """The worst of a set: wrong answers, then refusals, of these first those that save from one."""
    wrong = judged.given_wrong
    places = np.flatnonzero(wrong | (judged.is_digit & ~judged.given))
    keys = -judged.confidence, judged.best == judged.labels, ~wrong
    order = np.lexsort([key[places] for key in keys])
    return [
        Mistake(
            labelled.picture_name(prepared.places[place]),
            _raw(labelled.pictures[prepared.places[place]]),
            prepared.prepared.inks[place],
            LABEL_NAMES[judged.labels[place]],
            int(judged.best[place]),
            float(judged.confidence[place]),
            bool(wrong[place]),
        )
        for place in places[order][:_SHOWN].tolist()
    ]


def _raw(picture: Picture) -> Grey | None:
    """A picture as it is, no larger than it has to be for a look."""
    try:
        return reduce(load_grey(picture)[np.newaxis])[0]
    except (ImageError, OSError, MemoryError):  # it changed since
        return None


def _tell(name: str) -> None:
    """Says what is being read, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name}", end="", file=sys.stderr, flush=True)
