"""The text of a report."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from edgedigit.html import skeleton
from edgedigit.results import Refusal, Status
from edgedigit.runs.rows import Row

# Of the histogram; each is 5 % wide.
BINS = 20

_REFUSALS = {
    Refusal.BLANK: ("Blank", "Nothing is drawn there. "),
    Refusal.SEVERAL: (
        "Several digits",
        "There are several, or other things of a digit's size; the best guess for one is shown. ",
    ),
    Refusal.NOT_A_DIGIT: (
        "Not a digit",
        "It looks like something else; the best guess among the digits is shown. ",
    ),
    Refusal.UNSURE: ("Unsure", "The best guess is less certain than it has to be. "),
}

# The plot area of the histogram, in units of its own: left, top, width, height.
_PLOT = (56, 12, 408, 150)


class Entry(NamedTuple):
    """A file that is shown."""

    row: Row
    thumbnail: str | None
    """A data URI; None where the file cannot be read any more, or never could."""


class Group(NamedTuple):
    """The files with one answer."""

    total: int
    entries: Sequence[Entry]
    """Those that are shown, in their order."""


class Findings(NamedTuple):
    """All that the page says."""

    summary: str
    read: Sequence[Group]
    """The ten digits."""
    refused: Mapping[Refusal, Group]
    failed: Mapping[Status, Group]
    confidences: Mapping[tuple[bool, int], int]
    """How many files there are, by whether they were read, and the histogram's bin."""


def page(findings: Findings) -> Iterator[str]:
    """The page, piece by piece."""
    yield skeleton.head("Digits read by edgedigit", findings.summary)
    yield '<div class="overview">\n'
    yield _counts(findings)
    yield _histogram(findings.confidences)
    yield "</div>\n"
    for digit, group in enumerate(findings.read):
        if group.total:
            yield _section_start(f"digit-{digit}", f"Read as {digit}", group, "least certain")
            yield from _pictures(group)
            yield "</section>\n"
    for refusal, group in findings.refused.items():
        if group.total:
            name, meaning = _REFUSALS[refusal]
            order = "first" if refusal is Refusal.BLANK else "most like a digit"
            yield _section_start(refusal, f"Refused: {name.lower()}", group, order, meaning)
            yield from _pictures(group)
            yield "</section>\n"
    for status, group in findings.failed.items():
        if group.total:
            yield _section_start(status, f"Failed: {_words(status)}", group, "first")
            yield from _failures(group)
            yield "</section>\n"
    yield skeleton.END


def _counts(findings: Findings) -> str:
    kinds: list[tuple[str, list[tuple[str, str, int]]]] = [
        ("digits", [(f"digit-{i}", str(i), g.total) for i, g in enumerate(findings.read)]),
        ("refused", [(r, _REFUSALS[r][0], g.total) for r, g in findings.refused.items()]),
        ("failed", [(s, _words(s).capitalize(), g.total) for s, g in findings.failed.items()]),
    ]
    most = max(total for _, answers in kinds for _, _, total in answers)
    bodies = ""
    for kind, answers in kinds:
        # Digits that were never read are news; ways to fail that never came up are not.
        rows = [_count(*answer, most) for answer in answers if answer[2] or kind == "digits"]
        if rows:
            heading = f'<tr><th colspan="3" scope="rowgroup">{kind.capitalize()}</th></tr>\n'
            bodies += f'<tbody class="{kind}">\n{heading}{"".join(rows)}</tbody>\n'
    return f"""<section aria-labelledby="answers">
<h2 id="answers">Answers</h2>
<table class="counts">
<thead class="unseen"><tr><th scope="col">Answer</th><th scope="col">Files</th>\
<th scope="col">Share</th></tr></thead>
{bodies}</table>
</section>
"""


def _count(anchor: str, answer: str, total: int, most: int) -> str:
    name = f'<a href="#{anchor}">{answer}</a>' if total else answer
    share = 100 * total / max(most, 1)
    bar = f'<span class="bar" style="width:{share:.2f}%"></span>' if total else ""
    return f'<tr><th scope="row">{name}</th><td>{total:,}</td><td>{bar}</td></tr>\n'


def _histogram(confidences: Mapping[tuple[bool, int], int]) -> str:
    left, top, width, height = _PLOT
    most = max(confidences.values(), default=1)
    decades = max(1, math.ceil(math.log10(most)))
    bottom, bin_width = top + height, width / BINS

    def tall(count: int) -> float:
        # One file has to be seen too, beside none.
        return height * (math.log10(count) + 0.2) / (decades + 0.2)

    lines = "".join(
        f'<line x1="{left}" x2="{left + width}" y1="{bottom - tall(10**i):.1f}" '
        f'y2="{bottom - tall(10**i):.1f}"/>'
        f'<text x="{left - 6}" y="{bottom - tall(10**i) + 4:.1f}" '
        f'text-anchor="end">{10**i:,}</text>\n'
        for i in range(decades + 1)
    )
    ticks = "".join(
        f'<text x="{left + width * i / 5:.1f}" y="{bottom + 16}" '
        f'text-anchor="middle">{20 * i} %</text>\n'
        for i in range(6)
    )
    bars = "".join(
        f'<rect class="{"read" if is_read else "refused"}" '
        f'x="{left + bin_width * (place + (0.08 if not is_read else 0.5)):.1f}" '
        f'y="{bottom - tall(count):.1f}" width="{bin_width * 0.42:.1f}" height="{tall(count):.1f}">'
        f"<title>{_bin(place)}: {count:,} {'read' if is_read else 'refused'}</title></rect>\n"
        for (is_read, place), count in sorted(confidences.items())
    )
    rows = "".join(
        f'<tr><th scope="row">{_bin(place)}</th><td>{confidences.get((True, place), 0):,}</td>'
        f"<td>{confidences.get((False, place), 0):,}</td></tr>\n"
        for place in range(BINS)
    )
    return f"""<section aria-labelledby="confidence">
<h2 id="confidence">Confidence</h2>
<p>How many files were <span class="key read"></span>&nbsp;read and \
<span class="key refused"></span>&nbsp;refused at which confidence; each line is ten times as many \
as the one below it. Blank pictures are left out.</p>
<svg viewBox="0 0 {left + width + 24} {bottom + 24}" role="img" \
aria-label="Histogram of the confidence; the numbers are in the table below">
{lines}{ticks}{bars}</svg>
<details><summary>The numbers</summary>
<table class="numbers">
<thead><tr><th scope="col">Confidence</th><th scope="col">Read</th>\
<th scope="col">Refused</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
</details>
</section>
"""


def _bin(place: int) -> str:
    return f"{100 * place // BINS} to {100 * (place + 1) // BINS} %"


def _section_start(anchor: str, title: str, group: Group, order: str, meaning: str = "") -> str:
    return f"""<section aria-labelledby="{anchor}">
<h2 id="{anchor}">{title}</h2>
<p>{meaning}{_shown(group, order)}</p>
"""


def _shown(group: Group, order: str) -> str:
    """How many files there are, and which of them are seen in which order."""
    shown = len(group.entries)
    files = "1 file" if group.total == 1 else f"{group.total:,} files"
    if order == "first":
        return f"{files}." if shown == group.total else f"The first {shown:,} of {files}."
    if shown < group.total:
        return f"The {shown:,} {order} of {files}, in that order."
    return f"{files}." if group.total == 1 else f"{files}, the {order} first."


def _pictures(group: Group) -> Iterator[str]:
    yield '<ul class="pictures">\n'
    for row, thumbnail in group.entries:
        yield (
            f"<li><figure>{_picture(row, thumbnail)}"
            f"<figcaption>{_certainty(row)}{skeleton.file_path(row.path)}</figcaption></figure></li>\n"
        )
    yield "</ul>\n"


def _picture(row: Row, thumbnail: str | None) -> str:
    if thumbnail is None:
        return '<span class="gone">cannot be read any more</span>'
    answer = f"Read as {row.digit}" if row.digit is not None else "Refused"
    return f'<img src="{thumbnail}" alt="{answer}">'


def _certainty(row: Row) -> str:
    if row.refusal is Refusal.BLANK or row.confidence is None:
        return ""
    guess = "" if row.digit is not None else f"{row.best}? "
    return f'<span class="certainty">{guess}{row.confidence:.1%}</span>'


def _failures(group: Group) -> Iterator[str]:
    yield '<table class="failures">\n<thead><tr><th scope="col">File</th>'
    yield '<th scope="col">Reason</th></tr></thead>\n<tbody>\n'
    for row, _ in group.entries:
        reason = skeleton.text(row.error or "")
        yield f"<tr><td>{skeleton.file_path(row.path)}</td><td>{reason}</td></tr>\n"
    yield "</tbody>\n</table>\n"


def _words(name: str) -> str:
    return name.replace("_", " ")
