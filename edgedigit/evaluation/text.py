"""An evaluation as text for a terminal."""

from collections.abc import Iterator
from typing import NamedTuple

from edgedigit.evaluation.confusion import figures, label_figures, shown_labels
from edgedigit.evaluation.evaluation import Evaluation
from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.system.messages import printable

# Mistakes that are listed.
_LISTED = 20


def table(evaluation: Evaluation) -> str:
    """All figures, in columns."""
    parts = (_summary(evaluation), _labels(evaluation), _matrix(evaluation), _worst(evaluation))
    texts = ("".join(f"{line.rstrip()}\n" for line in part) for part in parts)
    return "\n".join(text for text in texts if text)


class Figure(NamedTuple):
    """How many pictures, and what share they are."""

    name: str
    pictures: int
    share: float | None
    """0 to 1; None where these are the whole, of which those below it are parts."""


def summary(evaluation: Evaluation) -> list[Figure]:
    """What counts most."""
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
            Figure(name, whole, None),
            *(Figure(part, count, count / whole) for part, count in parts.items()),
        )
    ]


def percent(value: float | None) -> str:
    """A share, or nothing where there is none."""
    return "" if value is None else f"{value:.2%}"


def _summary(evaluation: Evaluation) -> Iterator[str]:
    for name, count, of_whole in summary(evaluation):
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
    worst = evaluation.wrong.items()[:_LISTED]
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
