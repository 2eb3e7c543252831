"""An evaluation as text for a terminal."""

from collections.abc import Iterator
from typing import NamedTuple

from edgedigit.evaluation.confusion import figures, label_figures, shown_labels
from edgedigit.evaluation.evaluation import Evaluation
from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.system.messages import printable

_MAX_LISTED_MISTAKES = 20


def evaluation_table(evaluation: Evaluation) -> str:
    """The evaluation as a table for people: summary, labels, confusion matrix, worst mistakes."""
    parts = (_summary(evaluation), _labels(evaluation), _matrix(evaluation), _worst(evaluation))
    texts = ("".join(f"{line.rstrip()}\n" for line in part) for part in parts)
    return "\n".join(text for text in texts if text)


class SummaryLine(NamedTuple):
    """A number of pictures, and the share that they are."""

    name: str
    pictures: int
    share: float | None
    """0 to 1; None where these are the whole, of which those below it are parts."""


def summary_lines(evaluation: Evaluation) -> list[SummaryLine]:
    """The figures that count most, each whole before its parts."""
    counts = figures(evaluation.matrix)
    digits, given, others = counts["digits"], counts["given"], counts["others"]
    taken = others - counts["others_refused"]

    groups: list[tuple[str, int, dict[str, int]]] = [
        (
            "digits",
            digits,
            {
                "read right": counts["given_right"],
                "read wrong": counts["given_wrong"] - taken,
                "refused": counts["refused"],
                "best guess right": evaluation.best_right,
            },
        ),
        ("not a digit", others, {"refused": counts["others_refused"], "read as a digit": taken}),
        ("answers", given, {"right": counts["given_right"]}),
        ("not read", evaluation.not_read.total(), {}),
    ]
    return [
        figure
        for name, whole, parts in groups
        if whole
        for figure in (
            SummaryLine(name, whole, None),
            *(SummaryLine(part, count, count / whole) for part, count in parts.items()),
        )
    ]


def percent(value: float | None) -> str:
    """A share as text; empty where there is none."""
    return "" if value is None else f"{value:.2%}"


def _summary(evaluation: Evaluation) -> Iterator[str]:
    for name, count, of_whole in summary_lines(evaluation):
        indented = name if of_whole is None else f"  {name}"
        yield f"{indented:20} {count:>9,} {percent(of_whole):>9}"


def _labels(evaluation: Evaluation) -> Iterator[str]:
    yield (
        f"{'label':12} {'pictures':>8} {'right':>8} {'refused':>8} {'precision':>10} {'recall':>8}"
    )
    for row in label_figures(evaluation.matrix):
        yield (
            f"{row['label']:12} {row['count']:>8,} {row['right']:>8,} {row['refused']:>8,} "
            f"{percent(row['precision']):>10} {percent(row['recall']):>8}"
        )


def _matrix(evaluation: Evaluation) -> Iterator[str]:
    matrix = evaluation.matrix
    width = max(4, len(str(matrix.max())) + 1)
    yield f"{'read as':12}" + "".join(f"{name:>{width}}" for name in LABEL_NAMES[:-1]) + "  refused"
    for label in shown_labels(matrix):
        *digits, refused = ("." if not count else str(count) for count in matrix[label].tolist())
        cells = "".join(f"{cell:>{width}}" for cell in digits)
        yield f"{LABEL_NAMES[label]:12}{cells}{refused:>9}"


def _worst(evaluation: Evaluation) -> Iterator[str]:
    worst = evaluation.wrong.items()[:_MAX_LISTED_MISTAKES]
    if not worst:
        return
    total = evaluation.wrong.total
    yield f"the {len(worst)} surest of {total:,} wrong answers" if total > 1 else "the wrong answer"
    yield f"{'label':12} {'read as':>7} {'confidence':>11}  file"
    for label, path, prediction in worst:
        yield (
            f"{LABEL_NAMES[label]:12} {prediction.digit:>7} {prediction.confidence:>11.2%}  "
            f"{printable(path)}"
        )
