"""The files below a folder, in the order in which people count."""

import errno
import functools
import heapq
import itertools
import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeVar

from edgedigit.images import ImageLike, RegularPath
from edgedigit.results import Failure, FileResult, Prediction, Reading, Status
from edgedigit.system.safe_files import Identity, identity_of

_NUMBER_PATTERN = re.compile("[0-9]+")
_WILDCARD = re.compile(r"[*?\[]")
# The names of a large folder are kept as sorted runs of bytes, which take a fifth of the memory of
# as many Python strings.
_SORTED_RUN_NAMES = 4096


AnswerT = TypeVar("AnswerT", bound=Prediction | Reading)


class File(NamedTuple):
    """A file that was found."""

    path: str
    size: int | None = None
    """In bytes; None where it is not known."""
    modified: int | None = None
    """In nanoseconds since 1970; None where it is not known."""
    image: ImageLike | None = None
    """The picture, where `path` alone does not say how it is read: bytes, a file object, ..."""
    page: int = 1
    """The page that a result is about, from 1 on, and how many there are."""
    pages: int = 1


def find_in_folder(path: str | os.PathLike[str], recursive: bool) -> Iterator[File | Failure]:
    """What `find_files` finds in a folder, which is looked for at once.

    Raises:
        TypeError: An argument is of the wrong type.
        FileNotFoundError: The folder does not exist.
        NotADirectoryError: It is not a folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or os.PathLike, not {type(path).__name__}")
    if not isinstance(recursive, bool):
        raise TypeError(f"recursive must be a bool, not {type(recursive).__name__}")
    folder = os.fsdecode(path)
    if not stat.S_ISDIR(os.stat(folder).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
    return find_files(folder, recursive)


def find_files(
    path: str, recursive: bool = False, skip: Collection[Identity] = ()
) -> Iterator[File | Failure]:
    """Finds the files in a folder, or the one file that a path leads to.

    Names are sorted case-insensitively, with numbers in them by value (img2 before img10), and a
    folder is walked where its name stands. Hidden files and folders are left out. A folder that
    symbolic links lead to again is walked once, so that loops end.

    Args:
        path: A folder or a file.
        recursive: Whether the folders in a folder are walked too.
        skip: Files and folders that are left out too.

    Yields:
        A file, its path below the folder as it was passed; or, for what cannot be looked into,
        the result that says why.
    """
    seen = set(skip)
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
            identity = identity_of(info)
            if not stat.S_ISDIR(info.st_mode):
                if identity not in skip:
                    yield _file(item, info, is_named)
            elif (recursive or is_named) and identity not in seen:
                seen.add(identity)
                waiting.append(map(functools.partial(os.path.join, item), _names(item)))
        except OSError as error:
            # What was never there, or is a link to nothing, has not vanished.
            is_absent = isinstance(error, FileNotFoundError) and (is_named or os.path.islink(item))
            found = failure(File(item), error, Status.UNREADABLE if is_absent else None)
            if is_absent and is_named and _WILDCARD.search(item):  # the shell left it as it is
                found = replace(found, error=f"{found.error}; patterns are the shell's to fill in")
            yield found


def failure(file: File, error: OSError, status: Status | None = None) -> Failure:
    """The result for a file or folder that the operating system does not let us read.

    Args:
        file: The file or folder.
        error: The error that was raised.
        status: The status, where it is not the one that belongs to the error.
    """
    if status is None:
        status = Status.UNREADABLE
        if isinstance(error, PermissionError):
            status = Status.PERMISSION_DENIED
        elif isinstance(error, FileNotFoundError):
            status = Status.VANISHED
    reason = error.strerror or str(error) or type(error).__name__
    return result_of(file, status, error=reason)


def result_of(
    file: File, status: Status, answer: AnswerT | None = None, error: str | None = None
) -> FileResult[AnswerT]:
    """The result for a file, or for the page of it that `file` names."""
    return FileResult(
        file.path, status, answer, error, file.size, file.modified, file.page, file.pages
    )


def natural_key(name: str) -> str:
    """A key that sorts names case-insensitively, and numbers in them by value."""
    return _NUMBER_PATTERN.sub(_sortable, name.casefold())


def _sortable(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    # Numbers with more digits are larger; the 0 keeps them where digits are among other signs.
    return f"0{chr(len(digits))}{digits}"


def _names(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries if not entry.name.startswith("."))
        runs = []
        while run := sorted(itertools.islice(names, _SORTED_RUN_NAMES), key=_order):
            runs.append(os.fsencode("/".join(run)))
    return heapq.merge(*map(_unpacked, runs), key=_order)


def _order(name: str) -> tuple[str, str]:
    return natural_key(name), name  # the name decides where the keys of two are the same


def _unpacked(run: bytes) -> Iterator[str]:
    start = 0
    while start <= len(run):
        end = run.find(b"/", start)
        end = len(run) if end < 0 else end
        yield os.fsdecode(run[start:end])
        start = end + 1


def _file(path: str, info: os.stat_result, is_named: bool) -> File | Failure:
    if stat.S_ISREG(info.st_mode):
        return File(path, info.st_size, info.st_mtime_ns, RegularPath(path))
    # Reading a pipe or a device that lies in a folder may wait forever.
    if is_named:
        return File(path, info.st_size, info.st_mtime_ns)
    return FileResult(path, Status.UNREADABLE, None, "not a regular file")
