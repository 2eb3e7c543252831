"""The report of a run: one HTML page on which people see the pictures with their answers.

What is kept of a run, and the size of the page, do not grow with the number of files: of each
group of answers there are counts, and the files most worth looking at.
"""

import contextlib
import errno
import heapq
import os
import secrets
from collections import Counter

from edgedigit.errors import ImageError
from edgedigit.images import load_grey
from edgedigit.limits import MAX_PIXELS
from edgedigit.output import OutputError, sync_folder
from edgedigit.prediction import Refusal, Status
from edgedigit.report_page import BINS, Entry, Findings, Group, page
from edgedigit.rows import Row
from edgedigit.thumbnails import data_uri

# How many files of each digit, each reason to refuse and each reason to fail are shown.
_DIGITS = 50
_REFUSED = 40
_FAILED = 40


class Report:
    """Collects the rows of a run and writes them as one HTML page."""

    def __init__(self, max_pixels: int = MAX_PIXELS) -> None:
        """A report without rows.

        Args:
            max_pixels: As for `load_grey`, which reads the pictures that are shown.
        """
        self._max_pixels = max_pixels
        self._read = [_Kept(_DIGITS) for _ in range(10)]
        self._refused = {refusal: _Kept(_REFUSED) for refusal in Refusal}
        self._failed: dict[Status, _Kept] = {
            status: _Kept(_FAILED) for status in Status if status not in (Status.OK, Status.REFUSED)
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
        kept.add(doubt, row, image)
        if row.confidence is not None and row.refusal is not Refusal.BLANK:
            place = min(int(row.confidence * BINS), BINS - 1)
            self._confidences[row.digit is not None, place] += 1

    def write(self, path: str, summary: str) -> None:
        """Writes the page; until it is whole, a file that was there before stays.

        Args:
            path: The file.
            summary: One line about the whole run.

        Raises:
            OutputError: It cannot be written.
        """
        # A link stays one, and what it leads to is replaced.
        target = os.path.realpath(path)
        part = os.path.join(os.path.dirname(target), f".report-{secrets.token_hex(4)}.part")
        try:
            if os.path.lexists(target) and not os.path.isfile(target):
                raise OSError(errno.EINVAL, "not a regular file")
            try:
                with open(part, "x", encoding="utf-8", newline="\n") as file:
                    file.writelines(page(self._findings(summary)))
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, target)
                sync_folder(target)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(part)
                raise
        except OSError as error:
            raise OutputError.of(path, error) from error

    def _findings(self, summary: str) -> Findings:
        return Findings(
            summary=summary,
            read=[self._pictures(kept) for kept in self._read],
            refused={refusal: self._pictures(kept) for refusal, kept in self._refused.items()},
            failed={
                status: Group(kept.total, [Entry(row, None) for row, _ in kept.most_doubtful()])
                for status, kept in self._failed.items()
            },
            confidences=self._confidences,
        )

    def _pictures(self, kept: "_Kept") -> Group:
        entries = [
            Entry(row, self._thumbnail(row.path if image is None else image))
            for row, image in kept.most_doubtful()
        ]
        return Group(kept.total, entries)

    def _thumbnail(self, image: object) -> str | None:
        try:
            return data_uri(load_grey(image, self._max_pixels))
        except (ImageError, OSError, MemoryError):  # it changed since, or is gone
            return None


class _Kept:
    """The most doubtful files of a group."""

    def __init__(self, most: int) -> None:
        self.total = 0
        self._most = most
        # The least doubtful comes first, and of equals the one that came last.
        self._heap: list[tuple[float, int, Row, object]] = []

    def add(self, doubt: float, row: Row, image: object) -> None:
        # No two have the same number, so that rows are never compared.
        item = (doubt, -self.total, row, image)
        self.total += 1
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, item)
        else:
            heapq.heappushpop(self._heap, item)

    def most_doubtful(self) -> list[tuple[Row, object]]:
        """The files that were kept, the most doubtful first."""
        return [(row, image) for _, _, row, image in sorted(self._heap, reverse=True)]
