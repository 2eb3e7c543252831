"""Files that outlive whatever comes next: whole once their name is there, locked, synced."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from typing import Any

from edgedigit.errors import OutputError

Identity = tuple[int, int]
"""Device and inode: the same for all names of one file."""


def identity_of(info: os.stat_result) -> Identity:
    """The identity of the file or folder that was looked up."""
    return info.st_dev, info.st_ino


def write_new(path: str, content: bytes, modified: int | None = None) -> None:
    """Writes a file that is not there yet.

    Args:
        path: The file, in a folder that is there.
        content: The bytes that it is to hold.
        modified: Its modification time in nanoseconds since 1970; None is now.

    Raises:
        FileExistsError: The name is taken.
        OSError: It cannot be written; nothing of it is left in the folder.
    """
    if os.path.lexists(path):  # found out below too, but after all was written
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    with _part(os.path.dirname(path)) as part:
        with open(part, "xb") as file:
            file.write(content)
        if modified is not None:
            with contextlib.suppress(OSError):  # a picture without its time is worth having
                os.utime(part, ns=(modified, modified))
        _link(part, path)


def replace(path: str, pieces: Iterable[str]) -> None:
    """Writes a text file; until it is whole, one that was there before stays.

    Args:
        path: The file; a link stays one, and what it leads to is replaced.
        pieces: The text, piece by piece, written as UTF-8.

    Raises:
        OutputError: It cannot be written; nothing of it is left in the folder.
    """
    target = os.path.realpath(path)
    try:
        if os.path.lexists(target) and not os.path.isfile(target):
            raise OSError(errno.EINVAL, "not a regular file")
        with _part(os.path.dirname(target)) as part:
            with open(part, "x", encoding="utf-8", newline="\n") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, target)
        sync_folder(target)
    except OSError as error:
        raise OutputError.of(path, error) from error


def holds(path: str, content: bytes) -> bool:
    """Whether a file has this very content; one that cannot be read has not."""
    with contextlib.suppress(OSError):
        info = os.stat(path)
        if stat.S_ISREG(info.st_mode) and info.st_size == len(content):
            with open(path, "rb") as file:
                return file.read() == content
    return False


def discard(path: str) -> None:
    """Removes a file, if that can be done."""
    with contextlib.suppress(OSError):
        os.remove(path)


def sync_folder(path: str) -> None:
    """Makes the name of a file survive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):  # Windows does not open folders
        folder = os.open(os.path.dirname(path) or os.curdir, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def make_folder(path: str) -> Identity:
    """Makes a folder, and those above it, where they are not there; gives its identity.

    Raises:
        OutputError: It cannot be made, or no file can be written into it.
    """
    try:
        os.makedirs(path, exist_ok=True)
        identity = identity_of(os.stat(path))
    except OSError as error:
        raise OutputError.of(path, error) from error
    check_folder(path)
    return identity


def check_folder(path: str) -> None:
    """Raises OutputError when no file can be written into a folder."""
    import tempfile  # slow to import, and rarely needed

    try:
        tempfile.TemporaryFile(dir=path).close()
    except FileNotFoundError as error:
        raise OutputError(f"cannot write into {path}: there is no such folder") from error
    except OSError as error:
        raise OutputError.of(path, error) from error


def open_locked(path: str, mode: str) -> Any:
    """Opens a file for binary writing without a buffer, and locks it until it is closed.

    Raises:
        OSError: It cannot be opened, or another process has locked it.
    """
    raw = open(path, mode, buffering=0)  # noqa: SIM115
    try:
        import fcntl

        fcntl.flock(raw, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raw.close()
        raise OSError(errno.EAGAIN, "another run is writing to it") from None
    except (ImportError, OSError):  # Windows, or a file system without locks
        pass
    return raw


@contextlib.contextmanager
def _part(folder: str) -> Iterator[str]:
    """A hidden name that nothing has; what bears it still at the end is removed."""
    import secrets  # loads OpenSSL

    part = os.path.join(folder, f".{secrets.token_hex(16)}.part")
    try:
        yield part
    finally:
        discard(part)


def _link(part: str, path: str) -> None:
    """Gives a file its name; raises FileExistsError where it is taken."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # memory cards and USB sticks have no hard links
        with open(path, "xb"):  # takes the name, so that what is replaced is this empty file
            pass
        try:
            os.replace(part, path)
        except OSError:
            os.unlink(path)
            raise
