"""An output that takes up a run where it ended: what it holds already is not done again.

A run may have ended anywhere, by a power cut too, and files may have come, gone or changed since.
So a row is found by the path of its file, wherever it stands, and is good while its stamp is the
file's. What this run has to write is compared with what the output file holds, which is left as it
is up to the first difference. Only there are the old rows put aside, into a hidden file beside
the output, so that they are not lost when this run ends early too.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np

from edgedigit.errors import OutputError
from edgedigit.runs.formats import ReadableFormat
from edgedigit.runs.output import Output, aside_path
from edgedigit.runs.rows import AnyRow
from edgedigit.system.safe_files import discard, open_locked, sync_folder

# So much of a file shows whether an earlier run wrote it.
_START_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 20


class ResumedOutput(Output):
    """An output file in which the rows of an earlier run may stand."""

    def __init__(self, path: str, form: ReadableFormat, keeps_rows: bool = False) -> None:
        """Opens the file, or makes it, and looks which rows there are.

        Args:
            path: The file.
            form: The format of its rows.
            keeps_rows: Whether the old rows stay, and what is written comes behind them.

        Raises:
            OutputError: It cannot be opened, or an earlier run in this format did not write it.
        """
        self._form = form
        self._aside = aside_path(path)
        # Where the old rows are, and from which byte on: in the file itself, later aside.
        self._is_aside = False
        self._first = len(form.head.encode())
        super().__init__(path)
        try:
            self._take_up(path)
            if keeps_rows:
                self._keep_rows()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise OutputError.of(path, error) from error
            raise

    def find(self, path: str, stamp: str | None) -> AnyRow | None:
        """The row of a file, if an earlier run wrote it and its stamp is still the same."""
        if stamp is None:
            return None
        key = _key(path)
        # As a Python integer, all keys would become floating-point numbers to be compared with it.
        at = int(np.searchsorted(self._keys, np.uint64(key)))
        while at < len(self._keys) and self._keys[at] == key:
            row, _, _ = next(self._read(self._first + int(self._places[at])))
            if (row.path, row.stamp) == (path, stamp):
                return row
            at += 1
        return None

    def finish(self) -> None:
        """Drops what is left of an earlier run; see `Output.finish`."""
        if self._old_size > self._size:
            self._cut(self._size)
        super().finish()
        discard(self._aside)

    def close(self) -> None:
        """See `Output.close`."""
        self._rows.close()
        super().close()

    def _open(self, path: str, force: bool) -> Any:
        raw = open_locked(path, "ab")
        try:
            info = os.fstat(raw.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise OSError(errno.EINVAL, "only a run into a file can be resumed")
            self._old_size = info.st_size
            self._rows: BinaryIO = open(path, "rb")  # noqa: SIM115
        except BaseException:
            raw.close()
            raise
        return raw

    def _take_up(self, path: str) -> None:
        if not self._is_ours():
            raise OutputError(
                f"cannot resume {path}: it is not from a run with this --format; "
                "name another file, or move this one away"
            )
        self._index()
        if os.path.exists(self._aside):
            self._put_aside()
            self._index()
        elif self._torn():
            self._cut(self._rows_end)

    def _is_ours(self) -> bool:
        """Whether an earlier run wrote the file: someone else's work is not to be lost."""
        head = self._form.head.encode()
        self._rows.seek(0)
        # Zeros are what a power cut leaves of what was not on the disk yet.
        start = self._rows.read(_START_BYTES).rstrip(b"\0")
        if not start.startswith(head):
            return head.startswith(start)
        rest = start[len(head) :]
        if self._form.tail.encode().startswith(rest):
            return True
        if next(self._read(self._first), None) is not None:
            return True
        # The first row may lack the end of its line, or be torn.
        text = _decoded(rest)
        with contextlib.suppress(ValueError):
            return bool(self._form.parse(text.rstrip(self._form.separator)))
        return self._form.may_be_torn(text)

    def _torn(self) -> bool:
        """Whether the last row is followed by anything but what belongs there."""
        self._rows.seek(self._rows_end)
        tail = self._form.tail.encode()
        return self._rows.read(len(tail) + 1) not in (b"", tail)

    def _read(self, start: int) -> Iterator[tuple[AnyRow, int, int]]:
        self._rows.seek(start)
        return _read_rows(self._rows, self._form)

    def _index(self) -> None:
        """Notes where the rows are: for each a hash of the path and the place, 16 bytes."""
        keys, places = array("Q"), array("Q")
        self._rows_end = self._first
        for row, start, end in self._read(self._first):
            keys.append(_key(row.path))
            places.append(start - self._first)
            self._rows_end = end
        order = np.argsort(np.asarray(keys), kind="stable")
        self._keys, self._places = np.asarray(keys)[order], np.asarray(places)[order]

    def _write(self, data: bytes) -> None:
        if self._old_size > self._size:
            same = 0 if self._is_aside else self._compared(data)
            self._size += same
            data = data[same:]
            if data:
                self._cut(self._size)
        super()._write(data)

    def _compared(self, data: bytes) -> int:
        """The bytes of a block that the file holds already; puts rows aside that are in the way."""
        self._rows.seek(self._size)
        old = self._rows.read(len(data))
        if old == data:
            return len(data)
        # Where all old rows that are left begin this block, they stay where they are.
        left = old[: max(self._rows_end - self._size, 0)]
        if data.startswith(left):
            return len(left)
        if self._rows_end > self._first:
            self._put_aside()
        return 0

    def _keep_rows(self) -> None:
        """Writes the old rows again; those that are where they belong stay untouched."""
        self.write(self._form.head)
        for start in range(self._first, self._rows_end, _BLOCK_BYTES):
            self._rows.seek(start)
            self._write(self._rows.read(min(_BLOCK_BYTES, self._rows_end - start)))

    def _cut(self, size: int) -> None:
        """Cuts the file after so many bytes."""
        self._raw.truncate(size)
        self._old_size = size

    def _put_aside(self) -> None:
        """Copies the rows of the output file behind those that are aside."""
        with open(self._aside, "a+b") as aside:
            aside.seek(0)
            end = _end(_read_rows(aside, self._form))
            aside.truncate(end)  # what a power cut tore
            if end:
                aside.write(self._form.separator.encode())
            self._rows.seek(self._first)
            for start in range(self._first, self._rows_end, _BLOCK_BYTES):
                aside.write(self._rows.read(min(_BLOCK_BYTES, self._rows_end - start)))
            aside.flush()
            os.fsync(aside.fileno())
        sync_folder(self._aside)
        self._rows.close()
        self._rows = open(self._aside, "rb")  # noqa: SIM115
        self._first = 0
        self._is_aside = True


def _key(path: str) -> int:
    return hash(path) & 0xFFFF_FFFF_FFFF_FFFF


def _end(rows: Iterable[tuple[AnyRow, int, int]]) -> int:
    """The end of the last of the rows; 0 where there is none."""
    last = deque(rows, 1)
    return last[0][2] if last else 0


def _read_rows(file: BinaryIO, form: ReadableFormat) -> Iterator[tuple[AnyRow, int, int]]:
    """Reads rows up to the end, or to the first that is torn; yields where they start and end."""
    start = file.tell()
    record = b""
    # A line that is too long is no row of ours either, however long it is.
    for line in iter(functools.partial(file.readline, form.max_bytes), b""):
        record += line
        text = _decoded(record).rstrip(form.separator)
        try:
            row = form.parse(text)
        except ValueError:
            if len(record) > form.max_bytes or not form.spans_lines:
                return
            continue
        if form.text([row]) != text:
            return
        yield row, start, start + len(text.encode("utf-8", "surrogateescape"))
        start += len(record)
        record = b""


def _decoded(record: bytes) -> str:
    return record.decode("utf-8", "surrogateescape")
