"""An evaluation as an HTML page, with the pictures that were misread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgedigit.evaluation.confusion import label_figures, shown_labels
from edgedigit.evaluation.evaluation import Evaluation, Mistake
from edgedigit.evaluation.text import percent, summary_lines
from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.html import skeleton
from edgedigit.html.paging import Item, fitting, paged
from edgedigit.html.thumbnails import data_uri
from edgedigit.images import RegularPath, load_grey
from edgedigit.normalize import MAX_SIDE, Ink, normalize
from edgedigit.results import NOT_A_DIGIT, Refusal

_MAX_PAIRS_BYTES = 4_000_000
_MAX_FAILURES_BYTES = 200_000

_ANSWER_COLUMNS = (*LABEL_NAMES[:NOT_A_DIGIT], "refused")


def evaluation_page(evaluation: Evaluation, about: str, ink: Ink, max_pixels: int) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        evaluation: The figures and mistakes.
        about: One line that says what was evaluated, and with what.
        ink: As it was for the evaluation: pictures are shown as the network saw them too.
        max_pixels: As for `load_grey`.
    """
    yield skeleton.head("How well edgedigit reads", about)
    yield '<div class="overview">\n'
    yield _summary(evaluation)
    yield _matrix(evaluation)
    yield "</div>\n"
    yield _labels(evaluation)
    shown = (
        ("wrong", "Wrong answers", "surest", evaluation.wrong),
        ("refused", "Refused digits", "most like a digit", evaluation.refused),
    )
    for anchor, title, order, kept in shown:
        if kept.total:
            pairs = (_pair(mistake, ink, max_pixels) for mistake in kept.items())
            items = fitting(pairs, _MAX_PAIRS_BYTES)
            amount = _amount(kept.total, len(items), f"{order} first", "picture")
            yield _section(anchor, title, f"{amount} Beside each is what the network saw of it.")
            yield from paged(items, '<ul class="pictures pairs">\n', "</ul>\n")
            yield "</section>\n"
    failed = evaluation.failed
    if failed.total:
        rows = (skeleton.failure(result.path, result.error) for result in failed.items())
        items = fitting(rows, _MAX_FAILURES_BYTES)
        yield _section("failed", "Not read", _amount(failed.total, len(items), "", "file"))
        yield from paged(items, skeleton.FAILURES_START, skeleton.FAILURES_END)
        yield "</section>\n"
    yield skeleton.END


def _section(anchor: str, title: str, about: str = "") -> str:
    paragraph = f"<p>{about}</p>\n" if about else ""
    return f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{title}</h2>\n{paragraph}'


def _amount(total: int, shown: int, order: str, thing: str) -> str:
    amount = f"1 {thing}" if total == 1 else f"{total:,} {thing}s"
    amount += f", {order}" if order and total > 1 else ""
    return f"{amount}." if shown == total else f"{amount}; {shown:,} of them are shown."


def _summary(evaluation: Evaluation) -> str:
    rows = "".join(
        f'<tr{" class=whole" if part is None else ""}><th scope="row">{name.capitalize()}</th>'
        f"<td>{count:,}</td><td>{percent(part)}</td></tr>\n"
        for name, count, part in summary_lines(evaluation)
    )
    return (
        _section("figures", "Figures")
        + '<table class="figures">\n<thead class="unseen"><tr><th scope="col">What</th>'
        + '<th scope="col">Pictures</th><th scope="col">Share</th></tr></thead>\n'
        + f"<tbody>\n{rows}</tbody>\n</table>\n</section>\n"
    )


def _matrix(evaluation: Evaluation) -> str:
    matrix = evaluation.matrix
    labels = shown_labels(matrix)
    mistakes = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)[:, :NOT_A_DIGIT]
    most = max(1, int(mistakes.max()))
    head = "".join(f'<th scope="col">{name}</th>' for name in _ANSWER_COLUMNS)
    rows = ""
    for label in labels:
        cells = ""
        for answer, count in enumerate(matrix[label].tolist()):
            kind = ""
            if answer == label:
                kind = " class=right"
            elif count and answer != NOT_A_DIGIT:
                # Refusals are not shaded: there are many more of them, and they mislead nobody.
                kind = f' class=wrong style="--share:{15 + 40 * count / most:.0f}%"'
            cells += f"<td{kind}>{f'{count:,}' if count else '·'}</td>"
        rows += f'<tr><th scope="row">{LABEL_NAMES[label].replace("-", " ")}</th>{cells}</tr>\n'
    return (
        _section("confusion", "What was read as what", "Rows are labels, columns are answers.")
        + '<div class="wide"><table class="matrix">\n'
        + f"<thead><tr><td></td>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
        + "</section>\n"
    )


def _labels(evaluation: Evaluation) -> str:
    names = ("Label", "Pictures", "Right", "Refused", "Precision", "Recall")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{row["label"].replace("-", " ")}</th><td>{row["count"]:,}</td>'
        f"<td>{row['right']:,}</td><td>{row['refused']:,}</td>"
        f"<td>{percent(row['precision'])}</td><td>{percent(row['recall'])}</td></tr>\n"
        for row in label_figures(evaluation.matrix)
    )
    about = (
        "Precision: how much of what is read so is right. Recall: how much of what is labelled so "
        "is read right."
    )
    return (
        _section("labels", "Label by label", about)
        + f'<div class="wide"><table class="figures labels">\n<thead><tr>{head}</tr></thead>\n'
        + f"<tbody>\n{rows}</tbody>\n</table></div>\n</section>\n"
    )


def _pair(mistake: Mistake, ink: Ink, max_pixels: int) -> Item:
    """A picture, beside it what the network saw of it, and the answer."""
    label, path, prediction = mistake
    said = f"read as {prediction.best}" if prediction.refusal is None else "refused"
    shown = f"{LABEL_NAMES[label].replace('-', ' ')} {said}"
    detail = f"{prediction.confidence:.1%}"
    if prediction.refusal is not None:
        reason = prediction.refusal.replace("_", " ")
        guess = "" if prediction.refusal is Refusal.BLANK else f", {prediction.best}? {detail}"
        detail = reason + guess
    try:
        grey = load_grey(RegularPath(path), max_pixels, MAX_SIDE)
        pictures = (
            f'<img src="{data_uri(grey)}" alt="{shown}">'
            f'<img src="{data_uri(255 - normalize(grey[np.newaxis], ink)[0])}" alt="normalised">'
        )
    except Exception:  # it changed since, or is gone
        pictures = '<span class="gone">cannot be read any more</span>'
    return Item(
        f'<li><figure><div class="pair">{pictures}</div><figcaption>'
        f'<span class="certainty">{shown}</span>{detail}{skeleton.file_path(path)}'
        "</figcaption></figure></li>\n",
        "" if prediction.refusal is Refusal.BLANK else f"{prediction.confidence:.1%}",
    )
