"""A CSV file that a program adds to for as long as it runs, and run after run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from edgedigit.files import File
from edgedigit.results import FileResult, Prediction, Status
from edgedigit.runs.formats import Csv
from edgedigit.runs.resume import ResumedOutput
from edgedigit.runs.rows import ClassifyRow, Stamps


class CsvLog:
    """A row for each file, and for each later version of it, as `edgedigit classify` writes them.

    The CSV file alone says which files have their rows: a program may end at any moment, by a
    power cut too, and finds out from it what is left to do. A row that was torn is cut off. While
    the log is open, no other program can write to it.

    Attributes:
        identity: The CSV file, which `find_files` has to skip where it lies in the folder.
    """

    def __init__(self, path: str) -> None:
        """Opens the CSV file, or makes it.

        Raises:
            OutputError: It cannot be opened, another program writes to it, or it holds something
                else than such rows.
        """
        self._format, self._stamps = Csv(ClassifyRow), Stamps()
        self._output = ResumedOutput(path, self._format, keeps_rows=True)
        self._known: set[tuple[str, str]] = set()
        identity = self._output.identity
        assert identity is not None  # only regular files can be resumed
        self.identity = identity

    def __enter__(self) -> CsvLog:
        """The log itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the CSV file."""
        self._output.close()

    def __contains__(self, file: File | FileResult[Any]) -> bool:
        """Whether a file has its row, in the version that was found."""
        stamp = self._stamps.of(Status.OK, file.size, file.modified)
        if stamp is None:
            return False
        key = file.path, stamp
        if key not in self._known and self._output.find(*key) is not None:
            self._known.add(key)
        return key in self._known

    def add(self, results: Iterable[FileResult[Prediction]]) -> list[FileResult[Prediction]]:
        """Adds rows, and makes sure that they survive a power cut.

        A file that changed since it was found gets no row: what was read is of another version.

        Args:
            results: What `classify_blocks` gives.

        Returns:
            The results that get no row because the file cannot be read just now.

        Raises:
            OutputError: The rows cannot be written; none of them is left in the CSV file.
        """
        rows, passing = [], []
        for result in results:
            stamp = self._stamps.of(result.status, result.size, result.modified)
            if stamp is None:
                passing.append(result)
            elif _is_unchanged(result):
                rows.append(ClassifyRow.of(result, stamp))
        self._output.write(self._format.text(rows))
        self._output.finish()
        self._known.update((row.path, str(row.stamp)) for row in rows)
        return passing


def _is_unchanged(result: FileResult[Prediction]) -> bool:
    try:
        info = os.stat(result.path)
    except OSError:
        return False
    return (info.st_size, info.st_mtime_ns) == (result.size, result.modified)
