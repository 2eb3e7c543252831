"""The output of a run: standard output, or a file that only ever holds whole blocks of rows."""

import contextlib
import errno
import os
import stat
import sys
from typing import Any

from edgedigit.errors import OutputError
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.safe_files import Identity, discard, identity_of, open_locked, sync_folder


class Output:
    """Writes without a buffer of its own, so that what was written is there whatever comes next."""

    def __init__(self, path: str | None = None, force: bool = False) -> None:
        """Opens the file, and keeps other runs from writing to it.

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
                self._raw = self._open(path, force)
            elif sys.stdout is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            else:
                # There is no buffer below it under `python -u`.
                self._raw = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        except OSError as error:
            raise OutputError.of(path, error) from error

    @property
    def identity(self) -> Identity | None:
        """The identity that `find_files` has to skip; None where there is no file."""
        try:
            info = os.fstat(self._raw.fileno())
        except OSError:
            return None
        return identity_of(info) if stat.S_ISREG(info.st_mode) else None

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
        # Nobody may ever read on from a pipe that is full.
        with interrupts_wait(again=False):
            try:
                self._write(data)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise OutputError.of(self._path, error) from error

    def finish(self) -> None:
        """Makes sure that what was written survives a power cut.

        Raises:
            OutputError: The system cannot keep what was written.
        """
        try:
            if self.identity is not None:
                os.fsync(self._raw.fileno())
                if self._path is not None:
                    if not os.fstat(self._raw.fileno()).st_nlink:
                        raise OSError(errno.ENOENT, "it was removed meanwhile")
                    sync_folder(self._path)
        except OSError as error:
            raise OutputError.of(self._path, error) from error

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
            raise OutputError.of(self._path, error) from error

    def _open(self, path: str, force: bool) -> Any:
        # Any number of runs may write to a device such as /dev/null.
        is_device = os.path.exists(path) and not os.path.isfile(path)
        raw: Any = (
            open(path, "ab", buffering=0)  # noqa: SIM115
            if force and is_device
            else open_locked(path, "ab" if force else "xb")
        )
        with contextlib.suppress(OSError):  # a device cannot be cut
            raw.truncate(0)
        discard(aside_path(path))
        return raw

    def _write(self, data: bytes) -> None:
        """Writes at the end of the file, which is left as it was where that fails."""
        left = memoryview(data)
        try:
            while left:
                # Part of it may be written; None is nothing, by a pipe that does not wait.
                left = left[self._raw.write(left) or 0 :]
        except BaseException:  # an interrupt that did not wait, too
            if self._path is not None:
                with contextlib.suppress(OSError):
                    self._raw.truncate(self._size)
                    self._raw.seek(self._size)
            raise
        self._size += len(data)


def aside_path(path: str) -> str:
    """The hidden file beside an output file where a resumed run puts rows aside."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.rows")
