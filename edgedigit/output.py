"""Where results go: standard output, or a file that only ever holds whole blocks of rows."""

import contextlib
import errno
import os
import sys
from typing import Any

from edgedigit.errors import EdgeDigitError
from edgedigit.interrupts import interrupts_wait


class OutputError(EdgeDigitError):
    """The output cannot be written; the message names it and says why."""


class Output:
    """Writes without a buffer of its own, so that what was written is there whatever comes next."""

    def __init__(self, path: str | None = None, force: bool = False) -> None:
        """Opens the file.

        Args:
            path: The file; None is standard output.
            force: Whether a file that exists is overwritten.

        Raises:
            OutputError: The file cannot be made, or standard output is closed.
        """
        self._path = path
        self._size = 0
        try:
            if path is not None:
                self._raw: Any = open(path, "wb" if force else "xb", buffering=0)  # noqa: SIM115
            elif sys.stdout is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            else:
                # There is no buffer below it under `python -u`.
                self._raw = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        except OSError as error:
            raise self._error(error) from error

    def write(self, text: str) -> None:
        """Writes a block of rows; an interrupt waits until all of it is written.

        Args:
            text: Whole rows. It is written as UTF-8; the bytes of names that are not UTF-8 are
                written as they are.

        Raises:
            OutputError: It cannot be written; a file is left as it was before.
            BrokenPipeError: Nobody reads any more.
        """
        data = text.encode("utf-8", sys.getfilesystemencodeerrors())
        left = memoryview(data)
        with interrupts_wait():
            try:
                while left:
                    # Part of it may be written; None is nothing, by a pipe that does not wait.
                    left = left[self._raw.write(left) or 0 :]
            except BrokenPipeError:
                raise
            except OSError as error:
                self._drop_part()
                raise self._error(error) from error
        self._size += len(data)

    def close(self) -> None:
        """Closes the file; standard output stays open.

        Raises:
            OutputError: The system could not keep what was written.
        """
        if self._path is None:
            return
        try:
            self._raw.close()
        except OSError as error:
            raise self._error(error) from error

    def _drop_part(self) -> None:
        if self._path is not None:
            with contextlib.suppress(OSError):  # a device cannot be cut
                self._raw.truncate(self._size)

    def _error(self, error: OSError) -> OutputError:
        return OutputError(f"cannot write {self._path or 'standard output'}: {error.strerror}")
