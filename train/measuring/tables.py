"""The tables of figures in Markdown, and the part of a model's card that they stand in."""

from collections.abc import Iterable, Sequence
from typing import Any

from edgedigit import ModelError
from edgedigit.evaluation.confusion import label_figures
from train.measuring.goals import KNOWN_SETS, WITH_LOOK_ALIKES_SUFFIX, goals_of
from train.measuring.scored import ScoredSet, evaluation_figures

CARD_START_LINE, CARD_END_LINE = "<!-- evaluation -->", "<!-- end of evaluation -->"

_SWEPT_THRESHOLDS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_MAX_CONFUSIONS_NAMED = 6


def table(header: str, rows: Iterable[Sequence[str]], *, last_is_text: bool = False) -> str:
    """A table in Markdown.

    Args:
        header: The names of the columns, with | between them.
        rows: The cells of each.
        last_is_text: Whether the last column is text as the first is; all others are numbers.
    """
    numbers = header.count("|") - last_is_text
    rule = "|---|" + "---:|" * numbers + "---|" * last_is_text
    return "\n".join([f"| {header} |", rule, *(f"| {' | '.join(cells)} |" for cells in rows)])


def share_cell(count: int, total: int) -> str:
    """A share with its count, such as "0.64% (47)"."""
    return f"{count / max(1, total):.2%} ({count:,})"


def card_table(sets: Iterable[ScoredSet]) -> str:
    """A row for each set: its figures, and its goals, met or missed."""
    header = "set | pictures | best is right | refused | wrong of given | ECE | goal"
    return table(header, map(_card_row, sets), last_is_text=True)


def _card_row(scored: ScoredSet) -> list[str]:
    pictures, given = len(scored.labels), int(scored.given.sum())
    right = wrong = ece = ""
    if scored.kind == "digits":
        right = f"{scored.share('right'):.2%} ({(~scored.right).sum():,} wrong)"
        wrong = share_cell(scored.given_wrong.sum(), given) if given else "-"
        ece = f"{scored.share('ece'):.2%}"
    goals = (
        f"{goal}: {'met' if goal.is_met(scored.share(goal.figure)) else 'missed'}"
        for goal in goals_of(scored.name)
    )
    refused = share_cell(pictures - given, pictures)
    return [scored.name, f"{pictures:,}", right, refused, wrong, ece, ", ".join(goals)]


def sweep_table(sets: Iterable[ScoredSet]) -> str:
    """A row for each set: refused, and of digits wrong of the given, at several thresholds."""
    rows = (
        [scored.name, *(_sweep_cell(scored, threshold) for threshold in _SWEPT_THRESHOLDS)]
        for scored in sets
    )
    return table(" | ".join(["set", *(f"{each:g}" for each in _SWEPT_THRESHOLDS)]), rows)


def _sweep_cell(scored: ScoredSet, threshold: float) -> str:
    given = scored.given_at(threshold)
    refused = f"{1 - given.mean():.1%}"
    if scored.kind != "digits":
        return refused
    return f"{refused} / {(given & ~scored.right).sum() / max(1, given.sum()):.2%}"


def evaluation_table(sets: Iterable[ScoredSet]) -> str:
    """A row for each set, of digits and others together."""
    return table(
        "set | pictures | best is right | refused | wrong of given | no digit, refused | ECE | "
        "not read",
        (_evaluation_row(evaluation_figures(scored)) for scored in sets),
    )


def _evaluation_row(figures: dict[str, Any]) -> list[str]:
    digits, others, given = figures["digits"], figures["others"], figures["given"]
    right = refused = wrong = ece = ""
    if digits:
        right = f"{figures['accuracy']:.2%} ({digits - figures['best_right']:,} wrong)"
        refused = share_cell(figures["refused"], digits)
        wrong = share_cell(figures["given_wrong"], given) if given else ""
        ece = f"{figures['calibration_error']:.2%}"
    return [
        figures["name"],
        f"{figures['pictures']:,}",
        right,
        refused,
        wrong,
        f"{figures['others_refused'] / others:.2%} of {others:,}" if others else "",
        ece,
        f"{figures['unreadable']:,}" if figures["unreadable"] else "",
    ]


def label_table(scored: ScoredSet) -> str:
    """A row for each label."""
    rows = [
        [
            row["label"],
            f"{row['count']:,}",
            *("" if row[key] is None else f"{row[key]:.2%}" for key in ("precision", "recall")),
            f"{row['refused']:,}",
        ]
        for row in label_figures(scored.matrix)
    ]
    return table("label | pictures | precision | recall | refused", rows)


def calibration_table(figures: Iterable[dict[str, Any]]) -> str:
    """A row for each part of the pictures that `python -m train calibrate` counts."""
    rows = []
    for row in figures:
        pictures, refused = row["pictures"], row["refused"]
        cells = [row["name"], f"{pictures:,}", share_cell(refused, pictures), "", "", ""]
        if row["kind"] == "digits":
            wrong = share_cell(row["given_wrong"], pictures - refused)
            cells[3:] = [wrong, f"{row['ece_before']:.2%}", f"{row['ece']:.2%}"]
        rows.append(cells)
    return table("part | pictures | refused | wrong of given | ECE before | ECE", rows)


def comparison_table(figures: Iterable[dict[str, Any]]) -> str:
    """A row for each part of the pictures, as `train.measuring.scored.compared_figures` has it."""
    rows = []
    for row in figures:
        total, both = row["pictures"], (row["before"], row["after"])
        rows.append(
            [
                row["part"],
                f"{total:,}",
                *(f"{counts['right'] / total:.2%}" for counts in both),
                *(f"{counts['refused'] / total:.2%}" for counts in both),
                *(_wrong_of_given(total, counts) for counts in both),
            ]
        )
    header = "part | pictures | right before | after | refused before | after | "
    return table(header + "wrong of given before | after", rows)


def _wrong_of_given(total: int, counts: dict[str, Any]) -> str:
    if counts["given_wrong"] is None:
        return ""
    return f"{counts['given_wrong'] / max(1, total - counts['refused']):.2%}"


def card_part(sets: Sequence[ScoredSet], threshold: float, command: str) -> str:
    """The evaluation in a model's card: the table, the sets, and what is mistaken for what."""
    known = [
        f"- {scored.name}: {KNOWN_SETS[scored.name].about}"
        for scored in sets
        if scored.name in KNOWN_SETS
    ]
    digits = [scored for scored in sets if scored.kind == "digits"]
    others = [scored for scored in sets if scored.kind != "digits"]
    parts = [
        "Pictures that it was not trained on, read by the runtime as a user's are. `best` is the "
        "answer when nothing is\n"
        f"refused; refused and wrong of given are at the threshold {threshold:.4g}. Numbers of "
        "pictures in brackets.",
        card_table(sets),
        "The sets:\n\n" + "\n".join(known) if known else "",
        _confusions("What it confuses, most frequent first (written > read, times):", digits),
        _confusions("What it takes for a digit that is none:", others),
        f"    {command}",
    ]
    return "\n\n".join(part for part in parts if part)


def _confusions(title: str, sets: Iterable[ScoredSet]) -> str:
    lines = []
    for scored in sets:
        named = [f"{name} > {read} ({count})" for name, read, count in scored.confusions]
        if named and not scored.name.endswith(WITH_LOOK_ALIKES_SUFFIX):
            lines.append(f"- {scored.name}: {', '.join(named[:_MAX_CONFUSIONS_NAMED])}")
    return "\n".join([title, "", *lines]) if lines else ""


def evaluation_part(card: str) -> str | None:
    """The evaluation that a card holds, or None where it has no place for one."""
    before, _, after = card.partition(CARD_END_LINE)[0].partition(CARD_START_LINE)
    return after.strip("\n") if before and after else None


def with_card_part(card: str, part: str) -> str:
    """Puts an evaluation in its place in a card, where another may be.

    Raises:
        ModelError: The card has no such place.
    """
    before, start, rest = card.partition(CARD_START_LINE)
    _, end, after = rest.partition(CARD_END_LINE)
    if not start or not end:
        raise ModelError(
            f"the card has no place for it, between {CARD_START_LINE} and {CARD_END_LINE}"
        )
    return f"{before}{start}\n\n{part}\n\n{end}{after}"
