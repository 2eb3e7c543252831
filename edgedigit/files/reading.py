"""Reads the numbers in files, block by block, as `classifying` classifies them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from typing import TypeVar, Unpack

from edgedigit.classifier import Classifier, checked_classifier
from edgedigit.files.classifying import (
    WhichPages,
    answered,
    check_pages,
    checked_threads,
    failed,
    in_blocks,
    load_pages,
)
from edgedigit.files.finding import File, find_in_folder
from edgedigit.images import Corners
from edgedigit.normalize import Ink, Turn
from edgedigit.reading import ReadOptions, checked_options, read
from edgedigit.results import FileResult, Reading
from edgedigit.system.thread_map import map_ahead

_T = TypeVar("_T")


def read_folder(
    path: str | os.PathLike[str],
    recursive: bool = False,
    classifier: Classifier | None = None,
    ink: Ink = "auto",
    threads: int | None = None,
    region: Corners | None = None,
    turn: Turn = "exif",
    *,
    spaces: bool = False,
    length: int | None = None,
    marks: bool = True,
    pages: WhichPages = "first",
) -> Iterator[FileResult[Reading]]:
    """Reads the number in each file of a folder.

    Which files those are, and what becomes of bad ones, is as for `classify_folder`.

    Args:
        path: The folder.
        recursive: Whether the folders in it are read too; symbolic links are followed.
        classifier: The classifier whose model reads; None is the default one.
        ink: Whether the ink is darker or lighter than the paper; "auto" finds out.
        threads: Threads that read, at least 1; None is one for each core.
        region: The part of each picture that is looked at, as for `Classifier.classify`; shares
            fit pictures of all sizes.
        turn: As for `Classifier.classify`.
        spaces: As for `read`; so are `length` and `marks`.
        length: See there.
        marks: See there.
        pages: As for `classify_folder`.

    Returns:
        An iterator; each result's path is `path` joined with the name below it.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: `ink`, `turn` or `pages` is none of those, `region` is none, or `threads` or
            `length` is less than 1.
        FileNotFoundError: The folder does not exist.
        NotADirectoryError: It is not a folder.
        ModelError: The default model cannot be loaded.
    """
    files = find_in_folder(path, recursive)
    blocks = read_blocks(
        files,
        checked_classifier(classifier),
        threads,
        pages,
        ink=ink,
        spaces=spaces,
        length=length,
        region=region,
        turn=turn,
        marks=marks,
    )
    return itertools.chain.from_iterable(blocks)


def read_blocks(
    files: Iterable[File | _T],
    classifier: Classifier,
    threads: int | None = None,
    pages: WhichPages = "first",
    **options: Unpack[ReadOptions],
) -> Iterator[list[FileResult[Reading] | _T]]:
    """Reads the number in each file, and gives the results of up to 32 files at a time.

    Args:
        files: Files; all else goes through in its place.
        classifier: The classifier that reads the digits.
        threads: Threads that read ahead, at least 1; None is one for each core.
        pages: As for `classify_folder`.
        **options: As for `read`.

    Returns:
        An iterator over blocks; one result for each of `files`, or of their pages, in the same
        order. See `classify_blocks` for what becomes of bad files.

    Raises:
        TypeError, ValueError: `threads`, `pages` or one of the options is wrong.
    """
    checked = checked_options(options)

    check_pages(pages)

    def read_block(block: list[File | _T]) -> list[FileResult[Reading] | _T]:
        results: list[FileResult[Reading] | _T] = []
        for item in block:
            if isinstance(item, File):
                results += _read_pages(item, classifier, pages, checked)
            else:
                results.append(item)
        return results

    return map_ahead(read_block, in_blocks(files), checked_threads(threads))


def read_file(
    file: File, classifier: Classifier, **options: Unpack[ReadOptions]
) -> FileResult[Reading]:
    """Reads the number in one file; the arguments are those of `read_blocks`."""
    return next(_read_pages(file, classifier, "first", options))


def _read_pages(
    file: File, classifier: Classifier, which: WhichPages, options: ReadOptions
) -> Iterator[FileResult[Reading]]:
    for page, grey in load_pages(file, classifier.max_pixels, which=which):
        if isinstance(grey, FileResult):
            yield grey
            continue
        try:
            reading = read(grey, classifier=classifier, **options)
        except Exception as error:
            yield failed(page, error)
        else:
            yield answered(page, reading)
