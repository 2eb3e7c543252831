"""The report of a run: one HTML page on which people see the pictures with their answers.

What is kept of a run, and the size of the page, do not grow with the number of files: of each
group of answers there are counts, and the files most worth looking at.
"""

from collections import Counter
from typing import NamedTuple

from edgedigit.errors import ImageError
from edgedigit.html.thumbnails import data_uri
from edgedigit.html.top import Top
from edgedigit.images import load_grey
from edgedigit.limits import MAX_PIXELS
from edgedigit.results import Refusal, Status
from edgedigit.runs.report_page import BINS, Entry, Findings, Group, page
from edgedigit.runs.rows import Row
from edgedigit.system import safe_files

# How many files of each digit, each reason to refuse and each reason to fail are shown.
_DIGITS = 50
_REFUSED = 40
_FAILED = 40


class _Shown(NamedTuple):
    """A file's row, and what is shown in place of the file, if anything."""

    row: Row
    image: object


class Report:
    """Collects the rows of a run and writes them as one HTML page."""

    def __init__(self, path: str, max_pixels: int = MAX_PIXELS) -> None:
        """A report without rows.

        Args:
            path: The file that it is written to.
            max_pixels: As for `load_grey`, which reads the pictures that are shown.
        """
        self._path, self._max_pixels = path, max_pixels
        self._read: list[Top[_Shown]] = [Top(_DIGITS) for _ in range(10)]
        self._refused: dict[Refusal, Top[_Shown]] = {refusal: Top(_REFUSED) for refusal in Refusal}
        self._failed: dict[Status, Top[_Shown]] = {
            status: Top(_FAILED) for status in Status if status not in (Status.OK, Status.REFUSED)
        }
        self._confidences: Counter[tuple[bool, int]] = Counter()

    def add(self, row: Row, image: object = None) -> None:
        """Takes in what is said of one file.

        Args:
            row: The file's row.
            image: What is shown in place of the file at the row's path, of a kind that `load_grey`
                takes; for standard input, its bytes.
        """
        if row.digit is not None:
            kept, doubt = self._read[row.digit], -(row.confidence or 0.0)
        elif row.refusal is not None:
            # A refusal is doubtful where the picture was nearly read.
            kept, doubt = self._refused[row.refusal], row.confidence or 0.0
        else:
            kept, doubt = self._failed[row.status], 0.0
        kept.add(doubt, _Shown(row, image))
        if row.confidence is not None and row.refusal is not Refusal.BLANK:
            place = min(int(row.confidence * BINS), BINS - 1)
            self._confidences[row.digit is not None, place] += 1

    def write(self, summary: str) -> None:
        """Writes the page; until it is whole, a file that was there before stays.

        Args:
            summary: One line about the whole run.

        Raises:
            OutputError: It cannot be written.
        """
        safe_files.replace(self._path, page(self._findings(summary)))

    def _findings(self, summary: str) -> Findings:
        return Findings(
            summary=summary,
            read=[self._pictures(kept) for kept in self._read],
            refused={refusal: self._pictures(kept) for refusal, kept in self._refused.items()},
            failed={
                status: Group(kept.total, [Entry(row, None) for row, _ in kept.items()])
                for status, kept in self._failed.items()
            },
            confidences=self._confidences,
        )

    def _pictures(self, kept: Top[_Shown]) -> Group:
        entries = [
            Entry(row, self._thumbnail(row.path if image is None else image))
            for row, image in kept.items()
        ]
        return Group(kept.total, entries)

    def _thumbnail(self, image: object) -> str | None:
        try:
            return data_uri(load_grey(image, self._max_pixels))
        except (ImageError, OSError, MemoryError):  # it changed since, or is gone
            return None
