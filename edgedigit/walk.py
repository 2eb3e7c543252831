"""The files below a folder, in the order in which people count."""

import functools
import os
import re
import stat
from collections.abc import Iterator

from edgedigit.prediction import FileResult, Status

_NUMBER = re.compile("[0-9]+")


def find_files(path: str, recursive: bool = False) -> Iterator[str | FileResult]:
    """Lists what a path stands for: the files in a folder, or the file that it is itself.

    Names are sorted case-insensitively, with numbers in them by value (img2 before img10), and a
    folder is walked where its name stands. Hidden files and folders are left out. A folder that
    symbolic links lead to again is walked once, so that loops end.

    Args:
        path: A folder or a file.
        recursive: Whether the folders in a folder are walked too.

    Yields:
        The path of a file, below the folder as it was passed; or, for what cannot be looked
        into, the result that says why.
    """
    seen: set[tuple[int, int]] = set()
    # The folders being walked, from the outermost to the innermost. Not recursion: a file system
    # nests deeper than Python calls.
    waiting: list[Iterator[str]] = [iter([path])]
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
            continue
        is_named = item is path
        try:
            info = os.stat(item)
            if not stat.S_ISDIR(info.st_mode):
                yield item if is_named else _regular(item, info.st_mode)
            elif (recursive or is_named) and (info.st_dev, info.st_ino) not in seen:
                seen.add((info.st_dev, info.st_ino))
                waiting.append(map(functools.partial(os.path.join, item), _names(item)))
        except OSError as error:
            # What was never there, or is a link to nothing, has not vanished.
            is_absent = isinstance(error, FileNotFoundError) and (is_named or os.path.islink(item))
            yield failure(item, error, Status.UNREADABLE if is_absent else None)


def failure(path: str, error: OSError, status: Status | None = None) -> FileResult:
    """The result for a file or folder that the operating system does not let us read.

    Args:
        path: The file's path, for the result.
        error: What was raised.
        status: The status, where it is not the one that belongs to the error.
    """
    if status is None:
        status = Status.UNREADABLE
        if isinstance(error, PermissionError):
            status = Status.PERMISSION_DENIED
        elif isinstance(error, FileNotFoundError):
            status = Status.VANISHED
    return FileResult(path, status, None, error.strerror or str(error) or type(error).__name__)


def natural_key(name: str) -> str:
    """A key that sorts names case-insensitively, and numbers in them by value."""
    return _NUMBER.sub(_sortable, name.casefold())


def _sortable(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    # Numbers with more digits are larger; the 0 keeps them where digits are among other signs.
    return f"0{chr(len(digits))}{digits}"


def _names(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if not entry.name.startswith(".")]
    names.sort()  # decides where the keys of two names are the same
    names.sort(key=natural_key)
    return names


def _regular(path: str, mode: int) -> str | FileResult:
    # Reading a pipe or a device that lies in a folder may wait forever.
    if stat.S_ISREG(mode):
        return path
    return FileResult(path, Status.UNREADABLE, None, "not a regular file")
