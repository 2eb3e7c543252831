"""One run of a command over files: files in; rows, copies, a report and a summary out."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from io import RawIOBase
from typing import TYPE_CHECKING, Any, TextIO

from edgedigit import __version__
from edgedigit.errors import OutputError
from edgedigit.files.finding import File, find_files
from edgedigit.images import pillow_setup
from edgedigit.limits import MAX_PAGES
from edgedigit.results import Failure, FileResult, Status
from edgedigit.runs.formats import READABLE, any_format, readable_format
from edgedigit.runs.output import Output
from edgedigit.runs.progress import Progress
from edgedigit.runs.rows import AnyRow, Stamps, place_of
from edgedigit.runs.tasks import Task, new_task
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.messages import complaint, say
from edgedigit.system.safe_files import Identity, check_folder, identity_of

if TYPE_CHECKING:
    from edgedigit.classifier import Classifier
    from edgedigit.runs.annotations import Annotations
    from edgedigit.runs.refused_copies import RefusedCopies
    from edgedigit.runs.report import Report
    from edgedigit.runs.resume import ResumedOutput
    from edgedigit.runs.settings import RunSettings

_STDIN_PATH = "-"


class Run:
    """A run over files, from the opening of its outputs to its summary."""

    def __init__(self, settings: RunSettings) -> None:
        """Loads the model and opens all but the output: what cannot be done is found out at once.

        Args:
            settings: What the command line says.

        Raises:
            EdgeDigitError: The model cannot be loaded, or something cannot be written.
        """
        self._settings = settings
        self._start = time.monotonic()
        self._counts: Counter[Status] = Counter()
        # Files, those of them whose rows were known, and those with pages that are not read.
        self._files_done = self._kept = self._cut_short = 0
        self._is_all_well = True
        self._input: _Recorded | None = None
        classifier = settings.new_classifier()
        self._task = new_task(classifier, settings)
        self._annotations = _annotations(settings)
        self._stamps = _stamps(classifier, settings, self._task)
        pillow_setup.keep_quiet()
        self._copies = _copies(settings.save_refused)
        self._report = _report(settings)
        self._form = any_format(settings.format, self._task.row_kind)
        self._all_copies = [x for x in (self._copies, self._annotations) if x is not None]
        self._opened = contextlib.ExitStack()
        for copies in self._all_copies:
            self._opened.callback(copies.close)
        self._has_head = False
        self._progress: Progress | None = None

    def do(self) -> bool:
        """Has all files read, block by block.

        Returns:
            Whether all went well: each file could be read, and each folder had one.

        Raises:
            EdgeDigitError: Something cannot be written.
            KeyboardInterrupt: A signal asked for the end; what is written is valid all the same.
            BrokenPipeError: Nobody reads the output any more.
        """
        try:
            self._begin()
            separator = ""
            for block in self._task.blocks(self._files()):
                rows = [self._row(item) for item in block]
                self._copy_refused(rows)
                for copies in self._all_copies:
                    copies.keep()
                self._output.write(separator + self._form.text(rows))
                separator = self._form.separator
                self._count(rows, sum(isinstance(x, AnyRow) and x.page == 1 for x in block))
            self._end()
        except KeyboardInterrupt as interrupt:
            with interrupts_wait():
                self._end()
                self._tell_of_resuming(getattr(interrupt, "number", signal.SIGINT))
            raise
        except OutputError:
            with contextlib.suppress(OutputError):  # there may be room for the end
                self._end()
            raise
        self._output.finish()
        self._conclude()
        return self._is_all_well

    def close(self) -> None:
        """Closes what was opened."""
        self._close_progress()
        self._opened.close()

    def _begin(self) -> None:
        """Opens the output, and writes what makes a file without a row a valid one."""
        with interrupts_wait(again=False):  # to look through a million old rows takes its time
            self._resumed = _resumed(self._settings, self._task)
            self._output = self._resumed or Output(self._settings.output, self._settings.force)
            self._opened.callback(self._output.close)
            self._output.write(self._form.head)
            self._has_head = True
        self._progress = self._shown_progress()

    def _end(self) -> None:
        with interrupts_wait():
            if self._has_head:
                self._output.write(self._form.tail)
                self._has_head = False

    def _tell_of_resuming(self, number: int) -> None:
        """Says how to go on, to somebody who pressed Ctrl-C."""
        is_resumable = self._settings.output is not None and self._settings.format in READABLE
        if number == signal.SIGINT and is_resumable and not self._settings.quiet:
            self._say(complaint("interrupted; the same command with --resume goes on"))

    def _files(self) -> Iterator[File | Failure | AnyRow]:
        """The files that the paths stand for; rows that are known already as such."""
        skip = self._own_files()
        for path in self._settings.paths:
            if path == _STDIN_PATH:
                yield self._read_stdin()
                continue
            is_empty = True
            for file in find_files(path, self._settings.recursive, skip):
                is_empty = False
                known = self._known(file)
                yield from known
                if not known:
                    yield file
            if is_empty:
                self._complain(f"{path}: no file in this folder{self._recursive_hint(path)}")

    def _recursive_hint(self, folder: str) -> str:
        with os.scandir(folder) as entries:
            has_folders = any(entry.is_dir() for entry in entries)
        helps = has_folders and not self._settings.recursive
        return "; --recursive reads the folders in it" if helps else ""

    def _own_files(self) -> set[Identity]:
        """Files and folders that the run writes, and that may lie in a folder that it reads."""
        own = {self._output.identity}
        own |= {copies.identity for copies in self._all_copies}
        if self._settings.report is not None:
            with contextlib.suppress(FileNotFoundError):
                info = os.stat(self._settings.report)
                own.add(identity_of(info))
        return {identity for identity in own if identity is not None}

    def _known(self, file: File | Failure) -> list[AnyRow]:
        """The rows of a file, where all that this run would write are there."""
        rows: list[AnyRow] = []
        wanted = 1
        while self._resumed is not None and len(rows) < wanted:
            page = file._replace(page=len(rows) + 1) if isinstance(file, File) else file
            row = self._resumed.find(page.path, self._stamp(Status.OK, page))
            if row is None:
                return []
            rows.append(row)
            wanted = min(row.pages, MAX_PAGES) if self._settings.pages == "all" else 1
        return rows

    def _read_stdin(self) -> File | Failure:
        if sys.stdin is None:
            return FileResult(_STDIN_PATH, Status.UNREADABLE, None, "standard input is closed")
        # Not the buffered stream, which the process would wait for while a thread reads from it.
        raw = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
        self._input = _Recorded(raw)
        return File(_STDIN_PATH, image=self._input)

    def _row(self, item: FileResult[Any] | AnyRow) -> AnyRow:
        if isinstance(item, AnyRow):
            return item
        # Before the row is written, as refused pictures are copied: see `_copy_refused`.
        if self._annotations is not None and item.answer is not None:
            self._annotations.save(item, self._image(item.path), item.answer)
        return self._task.row_kind.of(item, self._stamp(item.status, item))

    def _stamp(self, status: Status, item: File | FileResult[Any]) -> str | None:
        if self._stamps is None:
            return None
        return self._stamps.of(status, item.size, item.modified, item.page)

    def _image(self, path: str) -> bytes | None:
        """The content of standard input, which cannot be read a second time; None for a file."""
        return b"".join(self._input.parts) if self._input and path == _STDIN_PATH else None

    def _copy_refused(self, rows: list[AnyRow]) -> None:
        # Before the rows are written: a row that is known is not copied again.
        if self._copies is None:
            return
        for row in rows:
            if row.status is Status.REFUSED:
                try:
                    self._copies.save(row.path, self._image(row.path))
                except OSError as error:
                    reason = error.strerror or error
                    self._complain(f"{place_of(row)}: refused, but not copied: {reason}")

    def _count(self, rows: list[AnyRow], kept: int) -> None:
        self._counts.update(row.status for row in rows)
        self._kept += kept
        most = MAX_PAGES if self._settings.pages == "all" else 1
        for row in rows:
            self._files_done += row.page == 1
            self._cut_short += row.page == 1 and row.pages > most
            if row.error is not None:
                self._complain(f"{place_of(row)}: {row.error}")
            if self._report is not None:
                self._report.add(row, self._image(row.path))
        if self._progress is not None:
            self._progress.update(rows, kept)

    def _conclude(self) -> None:
        if self._report is not None and self._progress is not None:
            self._progress.say("reading the pictures of the report once more")
        self._close_progress()
        if self._report is not None:
            self._report.write(self._summary())
        if not self._settings.quiet:
            self._say(self._summary())

    def _summary(self) -> str:
        pages, read, refused = (
            self._counts.total(),
            self._counts[Status.OK],
            self._counts[Status.REFUSED],
        )
        files = self._files_done
        of_pages = f" of {pages:,} pages" if pages != files else ""
        kept = f" ({self._kept:,} known from an earlier run)" if self._kept else ""
        return (
            f"{files:,} file{'s' * (files != 1)}{of_pages}{kept}: "
            f"{read:,} {self._task.answer}{'s' * (read != 1)}, "
            f"{refused:,} refused, {pages - read - refused:,} not read; "
            f"{time.monotonic() - self._start:.1f} s{self._further_pages()}"
        )

    def _further_pages(self) -> str:
        files = self._cut_short
        if not files:
            return ""
        have = f"; {files:,} file{'s have' if files != 1 else ' has'}"
        if self._settings.pages == "all":
            return f"{have} more than {MAX_PAGES:,} pages, of which no more are read"
        return f"{have} further pages or frames that are not read: --pages all reads them"

    def _complain(self, message: str) -> None:
        self._is_all_well = False
        self._say(complaint(message))

    def _say(self, line: str) -> None:
        if self._progress is not None:
            self._progress.say(line)
        else:
            say(line)

    def _close_progress(self) -> None:
        if self._progress is not None:
            self._progress.close()
        self._progress = None

    def _shown_progress(self) -> Progress | None:
        """The progress, where somebody sees it, and sees it whole."""
        is_torn = self._settings.output is None and _is_terminal(sys.stdout)
        if self._settings.quiet or is_torn or not _is_terminal(sys.stderr):
            return None
        return Progress(sys.stderr, self._number_of_files)

    def _number_of_files(self) -> int:
        skip = self._own_files()
        return sum(
            1
            for path in self._settings.paths
            for _ in find_files(path, self._settings.recursive, skip)
        )


class _Recorded:
    """Standard input, for those who need what was read from it once more."""

    def __init__(self, stream: RawIOBase) -> None:
        self._stream = stream
        self.parts: list[bytes] = []

    def read(self, size: int) -> bytes:
        """Reads up to so many bytes."""
        part = self._stream.read(size) or b""
        self.parts.append(part)
        return part


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _annotations(settings: RunSettings) -> Annotations | None:
    if settings.number is None or settings.number.annotate is None:
        return None
    from edgedigit.runs.annotations import Annotations

    return Annotations(settings.number.annotate, settings.max_pixels)


def _stamps(classifier: Classifier, settings: RunSettings, task: Task) -> Stamps | None:
    """The stamps of rows that a later run may find again; nobody reads a table back."""
    if settings.format not in READABLE:
        return None
    return Stamps(
        __version__,
        classifier.config["sha256"],
        classifier.min_confidence,
        classifier.max_pixels,
        settings.ink,
        settings.region,
        settings.turn,
        settings.pages,
        pillow_setup.is_available(),
        *task.settings,
        *settings.providers,
    )


def _copies(folder: str | None) -> RefusedCopies | None:
    if folder is None:
        return None
    from edgedigit.runs.refused_copies import RefusedCopies

    return RefusedCopies(folder)


def _report(settings: RunSettings) -> Report | None:
    if settings.report is None:
        return None
    from edgedigit.runs.report import Report

    check_folder(os.path.dirname(settings.report) or os.curdir)
    numbers = settings.number is not None
    return Report(settings.report, settings.max_pixels, settings.region, numbers)


def _resumed(settings: RunSettings, task: Task) -> ResumedOutput | None:
    if not settings.resume or settings.output is None:
        return None
    from edgedigit.runs.resume import ResumedOutput

    return ResumedOutput(settings.output, readable_format(settings.format, task.row_kind))
