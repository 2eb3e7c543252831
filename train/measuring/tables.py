"""The figures of an evaluation as a table, as JSON, and as a part of the model's card."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from edgedigit import ModelError
from train.measuring.goals import ALL, KNOWN, Goal
from train.measuring.scored import Figures, Scored

# Between these lines of a model's card stands its evaluation.
CARD_START, CARD_END = "<!-- evaluation -->", "<!-- end of evaluation -->"

_THRESHOLDS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# Confusions that are worth a word.
_MOST_FREQUENT = 6


def table(rows: Iterable[Figures]) -> str:
    """All figures and what they should be, in Markdown."""
    lines = [
        "| set | pictures | best is right | refused | wrong of given | ECE | goal |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        right = wrong = ece = ""
        if row.right is not None:
            right = f"{row.share('right'):.2%} ({row.pictures - row.right:,} wrong)"
            given = row.pictures - row.refused
            wrong = f"{row.share('wrong_of_given'):.2%} ({row.given_wrong:,})" if given else "-"
            ece = f"{row.ece:.2%}"
        refused = f"{row.share('refused'):.2%} ({row.refused:,})"
        goals = ", ".join(f"{goal}: {_verdict(goal, row)}" for goal in _goals(row))
        cells = [row.name, f"{row.pictures:,}", right, refused, wrong, ece, goals]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def sweep(sets: Iterable[Scored]) -> str:
    """Refused, and wrong of the given answers, at several thresholds, in Markdown."""
    lines = [
        "| set | " + " | ".join(f"{threshold:g}" for threshold in _THRESHOLDS) + " |",
        "|---|" + "---:|" * len(_THRESHOLDS),
    ]
    for scored in sets:
        cells = []
        for threshold in _THRESHOLDS:
            given = scored.given(threshold)
            cell = f"{1 - given.mean():.1%}"
            if scored.kind == "digits":
                cell += f" / {(given & ~scored.right).sum() / max(1, given.sum()):.2%}"
            cells.append(cell)
        lines.append(f"| {scored.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def as_json(rows: Iterable[Figures]) -> list[dict[str, Any]]:
    """All counts of each set, and the goals that it has."""
    return [
        dataclasses.asdict(row)
        | {
            "confusions": [confusion._asdict() for confusion in row.confusions],
            "goals": [
                goal._asdict() | {"share": row.share(goal.figure), "met": _is_met(goal, row)}
                for goal in _goals(row)
            ],
        }
        for row in rows
    ]


def card_part(rows: Sequence[Figures], threshold: float, command: str) -> str:
    """What the model's card says of an evaluation, in Markdown."""
    known = [f"- {row.name}: {KNOWN[row.name].about}" for row in rows if row.name in KNOWN]
    mistaken = [row for row in rows if row.confusions and not row.name.endswith(ALL)]
    digits = [_mistakes(row) for row in mistaken if row.kind == "digits"]
    others = [_mistakes(row) for row in mistaken if row.kind != "digits"]
    parts = [
        "Pictures that it was not trained on, read by the runtime as a user's are. `best` is the "
        "answer when nothing is\n"
        f"refused; refused and wrong of given are at the threshold {threshold:.4g}. Numbers of "
        "pictures in brackets.",
        table(rows),
        "The sets:\n\n" + "\n".join(known) if known else "",
        "What it confuses, most frequent first (written > read, times):\n\n" + "\n".join(digits)
        if digits
        else "",
        "What it takes for a digit that is none:\n\n" + "\n".join(others) if others else "",
        f"    {command}",
    ]
    return "\n\n".join(part for part in parts if part)


def with_card_part(card: str, part: str) -> str:
    """Puts an evaluation in its place in a card, where another may be.

    Raises:
        ModelError: The card has no such place.
    """
    before, start, rest = card.partition(CARD_START)
    _, end, after = rest.partition(CARD_END)
    if not start or not end:
        raise ModelError(f"the card has no place for it, between {CARD_START} and {CARD_END}")
    return f"{before}{start}\n\n{part}\n\n{end}{after}"


def _goals(row: Figures) -> tuple[Goal, ...]:
    return KNOWN[row.name].goals if row.name in KNOWN else ()


def _is_met(goal: Goal, row: Figures) -> bool:
    share = row.share(goal.figure)
    return share is not None and goal.is_met(share)


def _verdict(goal: Goal, row: Figures) -> str:
    return "met" if _is_met(goal, row) else "missed"


def _mistakes(row: Figures) -> str:
    shown = [
        f"{confusion.label} > {confusion.read} ({confusion.count})"
        for confusion in row.confusions[:_MOST_FREQUENT]
    ]
    return f"- {row.name}: {', '.join(shown)}"
