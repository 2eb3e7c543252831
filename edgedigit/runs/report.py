"""The report of a run: one HTML page on which people see the pictures with their answers.

What is kept of a run, and the size of the page, do not grow with the number of files: of each
group of answers there are counts, and the files most worth looking at, page by page.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from edgedigit.html import skeleton
from edgedigit.html.paging import Item, fitting, paged
from edgedigit.html.thumbnails import data_uri
from edgedigit.html.top import Top
from edgedigit.images import Corners, ImageLike, RegularPath, open_pages
from edgedigit.limits import MAX_PIXELS
from edgedigit.normalize import MAX_SIDE
from edgedigit.results import DIGIT_COUNT, Refusal, Status
from edgedigit.runs.rows import AnyRow, ClassifyRow, ReadRow, place_of
from edgedigit.system import safe_files

# Of ten thousand small pictures all are shown; of photos, as many as a telephone can still open.
_MAX_FILES_PER_DIGIT, _MAX_DIGIT_BYTES = 2_000, 1_000_000
_MAX_NUMBERS, _MAX_NUMBERS_BYTES = 10_000, 8_000_000
_MAX_FILES_PER_REFUSAL, _MAX_REFUSAL_BYTES = 1_000, 500_000
_MAX_FILES_PER_FAILURE, _MAX_FAILURE_BYTES = 1_000, 100_000

_SURE = 0.99
"""From this confidence on an answer is not among the doubtful ones."""
# The style hides what is not chosen, so that no script is needed.
_FILTER = """<fieldset class="filter">
<legend class="unseen">What is shown</legend>
<label><input type="radio" name="shown" id="all-kinds" checked> All</label>
<label><input type="radio" name="shown" id="doubtful-alone"> Doubtful, below 99 %</label>
<label><input type="radio" name="shown" id="refused-alone"> Refused</label>
<label><input type="radio" name="shown" id="failed-alone"> Failed</label>
</fieldset>
"""

_HISTOGRAM_BINS = 20
# In units of the drawing: left, top, width, height.
_HISTOGRAM_AREA = (56, 12, 408, 150)

_DIGIT_REFUSAL_TEXTS = {
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
"""The heading for each refusal of `classify`, and what it means."""
_NUMBER_REFUSAL_TEXTS = {
    Refusal.BLANK: ("Blank", "Nothing is written there. "),
    Refusal.LENGTH: (
        "Another length",
        "There are more or fewer digits than there should be; what seems to be there is shown. ",
    ),
    Refusal.UNSURE: ("Unsure", "A digit, or all of it, is less certain than it has to be. "),
}
"""The same for `read`."""


class _Shown(NamedTuple):
    """A file's row, and what is shown in place of the file, if anything."""

    row: AnyRow
    image: ImageLike | None


class Report:
    """Collects the rows of a run and writes them as one HTML page."""

    def __init__(
        self,
        path: str,
        max_pixels: int = MAX_PIXELS,
        region: Corners | None = None,
        numbers: bool = False,
    ) -> None:
        """A report without rows.

        Args:
            path: The file that it is written to.
            max_pixels: As for `open_pages`, which reads the pictures that are shown.
            region: The part of each picture that is shown; see there.
            numbers: Whether rows are those of `edgedigit read`.
        """
        self._path, self._max_pixels, self._region = path, max_pixels, region
        self._numbers = numbers
        self._texts = _NUMBER_REFUSAL_TEXTS if numbers else _DIGIT_REFUSAL_TEXTS
        # By the digit; numbers are all of one kind.
        self._read: list[Top[_Shown]] = (
            [Top(_MAX_NUMBERS)]
            if numbers
            else [Top(_MAX_FILES_PER_DIGIT) for _ in range(DIGIT_COUNT)]
        )
        self._refused: dict[Refusal, Top[_Shown]] = {
            refusal: Top(_MAX_FILES_PER_REFUSAL) for refusal in self._texts
        }
        self._failed: dict[Status, Top[_Shown]] = {
            status: Top(_MAX_FILES_PER_FAILURE)
            for status in Status
            if status not in (Status.OK, Status.REFUSED)
        }
        # Of files, by whether they were read, and the histogram's bin.
        self._confidences: Counter[tuple[bool, int]] = Counter()

    def add(self, row: AnyRow, image: ImageLike | None = None) -> None:
        """Adds a file.

        Args:
            row: The file's row.
            image: What is shown in place of the file at the row's path, of a kind that `open_pages`
                takes; for standard input, its bytes.
        """
        is_read = row.status is Status.OK
        if is_read:
            place = row.digit if isinstance(row, ClassifyRow) else None
            kept, doubt = self._read[place or 0], -(row.confidence or 0.0)
        elif row.refusal is not None:
            # A refusal is doubtful where the picture was nearly read.
            kept, doubt = self._refused[row.refusal], row.confidence or 0.0
        else:
            kept, doubt = self._failed[row.status], 0.0
        kept.add(doubt, _Shown(row, image))
        if row.confidence is not None and row.refusal is not Refusal.BLANK:
            bin_index = min(int(row.confidence * _HISTOGRAM_BINS), _HISTOGRAM_BINS - 1)
            self._confidences[is_read, bin_index] += 1

    def write(self, summary: str) -> None:
        """Writes the page; until it is whole, a file that was there before stays.

        Args:
            summary: One line about the whole run.

        Raises:
            OutputError: It cannot be written.
        """
        safe_files.replace(self._path, self._page(summary))

    def _page(self, summary: str) -> Iterator[str]:
        """The page, piece by piece; pictures are read once more as it is written."""
        title = "Numbers" if self._numbers else "Digits"
        yield skeleton.head(f"{title} read by edgedigit", summary)
        yield '<div class="overview">\n'
        yield self._counts()
        yield _histogram(self._confidences)
        yield "</div>\n"
        yield _FILTER
        most = _MAX_NUMBERS_BYTES if self._numbers else _MAX_DIGIT_BYTES
        for digit, kept in enumerate(self._read):
            title = "Read" if self._numbers else f"Read as {digit}"
            yield from self._pictures("read", f"digit-{digit}", title, kept, most, "least certain")
        for refusal, kept in self._refused.items():
            name, meaning = self._texts[refusal]
            order = "most certain" if self._numbers else "most like a digit"
            order = "first" if refusal is Refusal.BLANK else order
            title = f"Refused: {name.lower()}"
            yield from self._pictures(
                "refused", refusal, title, kept, _MAX_REFUSAL_BYTES, order, meaning
            )
        for status, kept in self._failed.items():
            yield from _failures(status, kept)
        yield skeleton.END

    def _counts(self) -> str:
        read, refused, failed = enumerate(self._read), self._refused.items(), self._failed.items()
        answer = "read" if self._numbers else "digits"
        kinds: list[tuple[str, list[tuple[str, str, int]]]] = [
            (answer, [(f"digit-{i}", self._answer(i), kept.total) for i, kept in read]),
            ("refused", [(r, self._texts[r][0], kept.total) for r, kept in refused]),
            ("failed", [(s, _words(s).capitalize(), kept.total) for s, kept in failed]),
        ]
        most = max(total for _, answers in kinds for _, _, total in answers)
        bodies = ""
        for kind, answers in kinds:
            # Digits that were never read are news; ways to fail that never came up are not.
            rows = [_count(*found, most) for found in answers if found[2] or kind == answer]
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

    def _answer(self, place: int) -> str:
        return "Numbers" if self._numbers else str(place)

    def _pictures(
        self,
        kind: str,
        anchor: str,
        title: str,
        kept: Top[_Shown],
        max_bytes: int,
        order: str,
        meaning: str = "",
    ) -> Iterator[str]:
        """A section of pictures, if there are any."""
        if not kept.total:
            return
        items = fitting((self._item(row, image) for row, image in kept.items()), max_bytes)
        about = f"{meaning}{_amount(len(items), kept.total, order)}"
        yield _section_start(kind, anchor, title, about)
        yield from paged(items, '<ul class="pictures">\n', "</ul>\n")
        yield "</section>\n"

    def _item(self, row: AnyRow, image: ImageLike | None) -> Item:
        """A picture, below it how sure its answer is, and its path."""
        picture = self._picture(row, image)
        caption = f"{_certainty(row)}{skeleton.file_path(place_of(row))}"
        is_sure = row.status is Status.OK and (row.confidence or 0.0) >= _SURE
        start = '<li class="sure">' if is_sure else "<li>"
        return Item(
            f"{start}<figure>{picture}<figcaption>{caption}</figcaption></figure></li>\n",
            "" if row.refusal is Refusal.BLANK else f"{row.confidence or 0.0:.1%}",
        )

    def _picture(self, row: AnyRow, image: ImageLike | None) -> str:
        shown = RegularPath(row.path) if image is None else image
        try:
            pages = open_pages(shown, self._max_pixels, MAX_SIDE, self._region)
            source = data_uri(pages.read(row.page - 1))
        except Exception:  # it changed since, or is gone
            return '<span class="gone">cannot be read any more</span>'
        answer = "Refused" if row.refusal is not None else "Read"
        if isinstance(row, ClassifyRow) and row.digit is not None:
            answer += f" as {row.digit}"
        return f'<img loading="lazy" src="{source}" alt="{answer}">'


def _count(anchor: str, answer: str, total: int, most: int) -> str:
    name = f'<a href="#{anchor}">{answer}</a>' if total else answer
    share = 100 * total / max(most, 1)
    bar = f'<span class="bar" style="width:{share:.2f}%"></span>' if total else ""
    return f'<tr><th scope="row">{name}</th><td>{total:,}</td><td>{bar}</td></tr>\n'


def _histogram(confidences: Mapping[tuple[bool, int], int]) -> str:
    left, top, width, height = _HISTOGRAM_AREA
    most = max(confidences.values(), default=1)
    decades = max(1, math.ceil(math.log10(most)))
    bottom, bin_width = top + height, width / _HISTOGRAM_BINS

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
        f"<title>{_bin_name(place)}: {count:,} {'read' if is_read else 'refused'}</title></rect>\n"
        for (is_read, place), count in sorted(confidences.items())
    )
    rows = "".join(
        f'<tr><th scope="row">{_bin_name(place)}</th><td>{confidences.get((True, place), 0):,}</td>'
        f"<td>{confidences.get((False, place), 0):,}</td></tr>\n"
        for place in range(_HISTOGRAM_BINS)
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


def _bin_name(place: int) -> str:
    width = 100 // _HISTOGRAM_BINS
    return f"{width * place} to {width * (place + 1)} %"


def _section_start(kind: str, anchor: str, title: str, about: str) -> str:
    return f"""<section class="kind-{kind}" aria-labelledby="{anchor}">
<h2 id="{anchor}">{title}</h2>
<p>{about}</p>
"""


def _amount(shown: int, total: int, order: str) -> str:
    """How many files there are, and which of them are shown in which order."""
    files = "1 file" if total == 1 else f"{total:,} files"
    if order == "first":
        return f"{files}." if shown == total else f"The first {shown:,} of {files}."
    if shown < total:
        return f"The {shown:,} {order} of {files}, in that order."
    return f"{files}." if total == 1 else f"{files}, the {order} first."


def _certainty(row: AnyRow) -> str:
    if row.refusal is Refusal.BLANK or row.confidence is None:
        return ""
    if isinstance(row, ReadRow):
        answer = skeleton.text(row.shown()[0]) + " "
    else:
        answer = "" if row.digit is not None else f"{row.best}? "
    return f'<span class="certainty">{answer}{row.confidence:.1%}</span>'


def _failures(status: Status, kept: Top[_Shown]) -> Iterator[str]:
    """A section of files that could not be read, if there are any."""
    if not kept.total:
        return
    items = fitting(
        (skeleton.failure(place_of(row), row.error) for row, _ in kept.items()), _MAX_FAILURE_BYTES
    )
    about = _amount(len(items), kept.total, "first")
    yield _section_start("failed", status, f"Failed: {_words(status)}", about)
    yield from paged(items, skeleton.FAILURES_START, skeleton.FAILURES_END)
    yield "</section>\n"


def _words(name: str) -> str:
    return name.replace("_", " ")
