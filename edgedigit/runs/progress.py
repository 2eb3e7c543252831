"""The progress of a long run, on one line of a terminal that overwrites itself."""

from __future__ import annotations

import contextlib
import datetime
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TextIO

from edgedigit.results import FileResult, Status

if TYPE_CHECKING:
    from edgedigit.runs.rows import AnyRow

_DRAWING_INTERVAL_SECONDS = 0.5
# How far back the rate looks: one folder may hold small scans, and the next one photos.
_RATE_MEMORY_SECONDS = 30.0
_DEFAULT_COLUMNS = 80


class Progress:
    """Files done, of how many, refused and failed, the rate and the time left.

    tqdm draws a bar before them, where it is installed and the number of files is known. Nobody
    waits for the line: it is drawn as blocks are done, and a stream that fails is let be.
    """

    def __init__(self, stream: TextIO, total: Callable[[], int] | None = None) -> None:
        """Shows that the run has started.

        Args:
            stream: A terminal, such as standard error.
            total: Counts the files of the run. It is called once, in a thread that nobody waits
                for; where it raises, the number stays unknown.
        """
        self._stream = stream
        self._bar = _tqdm_bar(stream)
        self._counts: Counter[Status] = Counter()
        self._files = 0
        self._rate = _Rate()
        self._total: int | None = None
        self._drawn = ""
        self._next_drawing = -math.inf
        if total is not None:
            threading.Thread(target=self._count, args=(total,), daemon=True).start()
        self._show()

    def update(self, rows: Iterable[AnyRow | FileResult[Any]], kept: int = 0) -> None:
        """Counts a block that is done.

        Args:
            rows: The block, as rows or results.
            kept: How many of its files were known already, from an earlier run; they cost no time,
                and say nothing about the rate.
        """
        block = list(rows)
        self._counts.update(row.status for row in block)
        files = sum(row.page == 1 for row in block)
        self._files += files
        self._rate.update(files - kept)
        now = time.monotonic()
        if now >= self._next_drawing:
            self._next_drawing = now + _DRAWING_INTERVAL_SECONDS
            self._show()

    def say(self, line: str) -> None:
        """Writes a line of text above the progress.

        Args:
            line: The text, without an end of line.
        """
        self._clear()
        self._write(f"{line}\n")
        self._show()

    def close(self) -> None:
        """Clears the progress away."""
        self._clear()

    def _count(self, total: Callable[[], int]) -> None:
        with contextlib.suppress(Exception):  # whatever it is, the run itself will meet it too
            self._total = total()

    def _show(self) -> None:
        width = self._width()
        text = self._text(width)[:width]
        left_over = " " * (min(len(self._drawn), width) - len(text))
        self._drawn = text
        self._write(f"\r{text}{left_over}")

    def _clear(self) -> None:
        if self._drawn:
            blank = " " * min(len(self._drawn), self._width())
            self._drawn = ""
            self._write(f"\r{blank}\r")

    def _text(self, width: int) -> str:
        done = self._files
        refused = self._counts[Status.REFUSED]
        failed = self._counts.total() - refused - self._counts[Status.OK]
        rate = self._rate.value
        # A folder that grows has more files than were counted.
        total = self._total if self._total is not None and self._total >= done else None
        parts = [
            f"{done:,} file{'s' * (done != 1)}" if total is None else f"{done:,} of {total:,}",
            f"{refused:,} refused",
            f"{failed:,} failed",
        ]
        if rate:
            parts.append(f"{rate:,.1f} files/s")
        if rate and total is not None:
            seconds = math.ceil((total - done) / rate)
            parts.append(f"{datetime.timedelta(seconds=seconds)} left")
        text = ", ".join(parts)
        return self._bar(done, total, width, text) if self._bar and total else text

    def _width(self) -> int:
        """The terminal's, less the last column, after which some terminals start a new line."""
        columns = 0
        with contextlib.suppress(OSError, ValueError):
            columns = os.get_terminal_size(self._stream.fileno()).columns
        return (columns or _DEFAULT_COLUMNS) - 1

    def _write(self, text: str) -> None:
        # OSError: nobody listens any more; ValueError: the stream is closed. The results are
        # wanted all the same.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


class _Rate:
    """Files a second, of late: each second counts for less as it passes."""

    def __init__(self) -> None:
        self._files = 0.0
        self._seconds = 0.0
        self._last = time.monotonic()

    def update(self, files: int) -> None:
        """Counts files that were done since the last update; 0 skips the time since then."""
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        if files:
            weight = math.exp(-seconds / _RATE_MEMORY_SECONDS)
            self._files = self._files * weight + files
            self._seconds = self._seconds * weight + seconds

    @property
    def value(self) -> float | None:
        """None where nothing was measured yet."""
        return self._files / self._seconds if self._seconds else None


def _tqdm_bar(stream: TextIO) -> Callable[[int, int, int, str], str] | None:
    """A function that puts tqdm's bar before a text; None where tqdm is not installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    is_ascii = not (stream.encoding or "").lower().startswith("utf")

    def bar(done: int, total: int, width: int, text: str) -> str:
        # tqdm's drawing alone: its writing starts a thread, and stops the run at some errors.
        form = f"{{l_bar}}{{bar}}| {text}"
        line: str = tqdm.format_meter(done, total, 0, width, ascii=is_ascii, bar_format=form)
        return line

    return bar
