"""Files that outlive whatever comes next: whole once their name is there, locked, synced."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from typing import Any

from edgedigit.errors import OutputError
from edgedigit.system.interrupts import interrupts_wait

# Other programs have hidden files too.
_HIDDEN_START, _HIDDEN_END = ".edgedigit-", ".part"

Identity = tuple[int, int]
"""Device and inode: the same for all names of one file."""


def identity_of(info: os.stat_result) -> Identity:
    """The identity of the file or folder that was looked up."""
    return info.st_dev, info.st_ino


class NewFile:
    """A file under a hidden name, until `publish` gives it its own: whole, and on the disk.

    The hidden file is locked, so that the next run knows those of runs that are gone.
    """

    def __init__(self, folder: str, content: bytes, modified: int | None = None) -> None:
        """Writes the content, and has the system begin to bring it to the disk.

        Args:
            folder: The folder of the hidden file, on the file system of the name to come.
            content: The bytes that it is to hold.
            modified: Its modification time in nanoseconds since 1970; None is now.

        Raises:
            OSError: It cannot be written; nothing of it is left in the folder.
        """
        self._path, self._raw = _open_hidden(folder)
        try:
            left = memoryview(content)
            while left:
                left = left[self._raw.write(left) :]
            if modified is not None:
                with contextlib.suppress(OSError):  # a picture without its time is worth having
                    os.utime(self._path, ns=(modified, modified))
            if hasattr(os, "posix_fadvise"):
                # Linux writes what is not needed any more: all files of a block have their places
                # on the disk before the first is waited for, and the others come with it.
                with contextlib.suppress(OSError):
                    os.posix_fadvise(self._raw.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        except BaseException:
            self.close()
            raise

    def sync(self) -> None:
        """Waits until the content is on the disk; raises OSError where the system cannot do so."""
        os.fsync(self._raw.fileno())
        if os.name == "nt":  # where no file is given another name that is open
            self._raw.close()

    def publish(self, path: str) -> None:
        """Gives the file its name, which is on the disk after `sync_folder`.

        Raises:
            FileExistsError: The name is taken.
            OSError: The folder takes no such name.
        """
        try:
            os.link(self._path, path)
        except FileExistsError:
            raise
        except OSError:  # memory cards and USB sticks have no hard links
            with _folder_locked(os.path.dirname(path)):
                if os.path.lexists(path):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
                os.rename(self._path, path)

    def close(self) -> None:
        """Gives the hidden name back, under which nothing is left."""
        discard(self._path)
        self._raw.close()
        discard(self._path)  # Windows removes no file that is open


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
        with contextlib.ExitStack() as opened:
            with interrupts_wait():  # no hidden file stays behind
                hidden, raw = _open_hidden(os.path.dirname(target))
                opened.callback(discard, hidden)
                opened.callback(raw.close)
            with open(raw.fileno(), "w", encoding="utf-8", newline="\n", closefd=False) as file:
                file.writelines(pieces)
            os.fsync(raw.fileno())
            if os.name == "nt":
                raw.close()
            os.replace(hidden, target)
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


def sync_file(path: str) -> None:
    """Makes the content of a file survive a power cut; raises OSError where that fails."""
    file = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync_folder(path: str) -> None:
    """Makes the name of a file survive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):  # Windows does not open folders
        sync_file(os.path.dirname(path) or os.curdir)


def make_folder(path: str) -> Identity:
    """Makes a folder, and those above it, where they are not there; gives its identity.

    They are on the disk then, and in the folder nothing is left of runs that were killed.

    Raises:
        OutputError: It cannot be made, or no file can be written into it.
    """
    made, above = [], os.path.abspath(path)
    while not os.path.lexists(above):
        made.append(above)
        above = os.path.dirname(above)
    try:
        os.makedirs(path, exist_ok=True)
        identity = identity_of(os.stat(path))
    except OSError as error:
        raise OutputError.of(path, error) from error
    for folder in made:
        sync_folder(folder)
    check_folder(path)
    return identity


def check_folder(path: str) -> None:
    """Removes what killed runs left in a folder.

    Raises:
        OutputError: No file can be written into it.
    """
    import tempfile  # slow to import, and rarely needed

    try:
        tempfile.TemporaryFile(dir=path).close()
        _discard_leftovers(path)
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


def _open_hidden(folder: str) -> tuple[str, Any]:
    """Makes a file under a hidden name that nothing has, and locks it."""
    import secrets  # loads OpenSSL

    while True:
        path = os.path.join(folder, f"{_HIDDEN_START}{secrets.token_hex(8)}{_HIDDEN_END}")
        # Another run that has just begun may find it before it is locked, lock it and remove it.
        with contextlib.suppress(BlockingIOError):
            raw = open_locked(path, "xb")
            if os.name == "nt" or os.fstat(raw.fileno()).st_nlink:
                return path, raw
            raw.close()


def _discard_leftovers(folder: str) -> None:
    """Removes the hidden files of runs that are gone; those that run have locked theirs."""
    with os.scandir(folder) as entries:
        hidden = [
            entry.path
            for entry in entries
            if entry.name.startswith(_HIDDEN_START)
            and entry.name.endswith(_HIDDEN_END)
            and entry.is_file(follow_symlinks=False)
        ]
    for path in hidden:
        if os.name == "nt":  # which keeps what is open anywhere
            discard(path)
            continue
        with contextlib.suppress(OSError), open(path, "r+b") as file:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.remove(path)


@contextlib.contextmanager
def _folder_locked(path: str) -> Iterator[None]:
    """Keeps other runs from giving names in a folder, where the system has such locks."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            folder = os.open(path or os.curdir, os.O_RDONLY)
            held.callback(os.close, folder)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
