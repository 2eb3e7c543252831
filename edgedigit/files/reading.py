"""Reads the numbers in files, block by block, as `folder` classifies them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from edgedigit.classifier import Classifier
from edgedigit.files.classifying import checked_threads, in_blocks, load, out_of_memory
from edgedigit.files.finding import File
from edgedigit.normalize import Ink
from edgedigit.reading import Reading, read
from edgedigit.results import FileResult, Status
from edgedigit.system.thread_map import map_ahead

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FileReading:
    """The answer for one file: a reading, or the reason why there is none.

    Attributes:
        path: The file's path.
        status: What became of the file: `ok` where there are digits and none is refused.
        reading: The reading, or None when the file could not be read.
        error: None, or one line that says why the file could not be read.
        size: The file's size in bytes when it was found, or None where that is not known.
        modified: When it had been modified by then, in nanoseconds since 1970, or None.
    """

    path: str
    status: Status
    reading: Reading | None
    error: str | None = None
    size: int | None = None
    modified: int | None = None


def read_blocks(
    files: Iterable[File | FileResult | _T],
    classifier: Classifier,
    ink: Ink = "auto",
    spaces: bool = False,
    length: int | None = None,
    threads: int | None = None,
) -> Iterator[list[FileReading | _T]]:
    """Reads the number in each file, and gives the results of up to 32 files at a time.

    Args:
        files: Files, and results that say why one cannot be read; all else goes through in its
            place.
        classifier: What reads the digits.
        ink: As for `read`.
        spaces: As for `read`.
        length: As for `read`.
        threads: Threads that read ahead, at least 1; None is one for each core.

    Returns:
        An iterator over blocks; one result for each of `files`, in the same order. What becomes
        of bad files stands at `folder.classify_blocks`.
    """

    def one(item: File | FileResult | _T) -> FileReading | _T:
        if isinstance(item, File):
            return read_file(item, classifier, ink, spaces, length)
        return _failed(item) if isinstance(item, FileResult) else item

    def read_block(block: list[File | FileResult | _T]) -> list[FileReading | _T]:
        return [one(item) for item in block]

    return map_ahead(read_block, in_blocks(files), checked_threads(threads))


def read_file(
    file: File, classifier: Classifier, ink: Ink, spaces: bool, length: int | None
) -> FileReading:
    """Reads the number in one file; the arguments are those of `read_blocks`."""
    grey = load(file, classifier.max_pixels)
    if isinstance(grey, FileResult):
        return _failed(grey)
    try:
        reading = read(grey, ink, spaces, length, classifier)
    except MemoryError:
        return _failed(out_of_memory(file))
    is_ok = bool(reading.digits) and not reading.refused
    status = Status.OK if is_ok else Status.REFUSED
    return FileReading(file.path, status, reading, None, file.size, file.modified)


def _failed(result: FileResult) -> FileReading:
    return FileReading(result.path, result.status, None, result.error, result.size, result.modified)
