"""Reads the numbers in files, block by block, as `classifying` classifies them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from edgedigit.classifier import Classifier, check_turn
from edgedigit.errors import OutsideError
from edgedigit.files.classifying import (
    checked_threads,
    in_blocks,
    load,
    not_read,
    out_of_memory,
)
from edgedigit.files.finding import File
from edgedigit.images import Corners, checked_region
from edgedigit.normalize import Ink, Turn
from edgedigit.reading import read
from edgedigit.results import FileResult, Reading, Status
from edgedigit.system.thread_map import map_ahead

_T = TypeVar("_T")


def read_blocks(
    files: Iterable[File | _T],
    classifier: Classifier,
    ink: Ink = "auto",
    spaces: bool = False,
    length: int | None = None,
    threads: int | None = None,
    region: Corners | None = None,
    turn: Turn = "exif",
) -> Iterator[list[FileResult[Reading] | _T]]:
    """Reads the number in each file, and gives the results of up to 32 files at a time.

    Args:
        files: Files; all else goes through in its place.
        classifier: The classifier that reads the digits.
        ink: As for `read`.
        spaces: As for `read`.
        length: As for `read`.
        threads: Threads that read ahead, at least 1; None is one for each core.
        region: As for `read`.
        turn: As for `read`.

    Returns:
        An iterator over blocks; one result for each of `files`, in the same order. See
        `classify_blocks` for what becomes of bad files.

    Raises:
        TypeError, ValueError: `threads` or `region` is none, or `turn` is none of the two.
    """
    check_turn(turn)
    part = checked_region(region)

    def read_block(block: list[File | _T]) -> list[FileResult[Reading] | _T]:
        return [
            read_file(item, classifier, ink, spaces, length, part, turn)
            if isinstance(item, File)
            else item
            for item in block
        ]

    return map_ahead(read_block, in_blocks(files), checked_threads(threads))


def read_file(
    file: File,
    classifier: Classifier,
    ink: Ink,
    spaces: bool,
    length: int | None,
    region: Corners | None,
    turn: Turn,
) -> FileResult[Reading]:
    """Reads the number in one file; the arguments are those of `read_blocks`."""
    grey = load(file, classifier.max_pixels)
    if isinstance(grey, FileResult):
        return grey
    try:
        reading = read(grey, ink, spaces, length, classifier, region, turn)
    except OutsideError as error:
        return not_read(file, error)
    except MemoryError:
        return out_of_memory(file)
    is_ok = bool(reading.digits) and not reading.refused
    status = Status.OK if is_ok else Status.REFUSED
    return FileResult(file.path, status, reading, None, file.size, file.modified)
