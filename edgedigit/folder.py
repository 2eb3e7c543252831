"""Classifies files, block by block: a bad one gets a row that says so, and the others go on."""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from edgedigit import normalize
from edgedigit.classifier import Classifier, check_ink, default_classifier
from edgedigit.errors import ImageError
from edgedigit.images import Grey, load_grey
from edgedigit.normalize import Ink
from edgedigit.prediction import FileResult, Prediction, Status
from edgedigit.walk import failure, find_files

# What is classified in one run of the network, and what is in memory at a time: at most so many
# files, and no further one once the pictures have so many pixels.
_BLOCK = 32
_BLOCK_PIXELS = 1 << 21


class Source(NamedTuple):
    """A picture to be read, and the name that its result gets."""

    path: str
    image: object
    """A path, bytes or a binary file object."""


def classify_folder(
    path: str | os.PathLike[str],
    recursive: bool = False,
    classifier: Classifier | None = None,
    ink: Ink = "auto",
) -> Iterator[FileResult]:
    """Reads one digit in each file of a folder.

    Every file that is not hidden gets one result, in the order in which people count (img2 before
    img10), as each block of files is done; see `classify_blocks` for what becomes of bad files.

    Args:
        path: The folder.
        recursive: Whether the folders in it are read too; symbolic links are followed.
        classifier: What reads the digits; None is the default one.
        ink: Whether the ink is darker or lighter than the paper; "auto" finds out.

    Returns:
        An iterator; each result's path is `path` joined with the name below it.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: `ink` is none of the three.
        FileNotFoundError: The folder does not exist.
        NotADirectoryError: It is not a folder.
        ModelError: The default model cannot be loaded.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or os.PathLike, not {type(path).__name__}")
    if not isinstance(recursive, bool):
        raise TypeError(f"recursive must be a bool, not {type(recursive).__name__}")
    folder = os.fsdecode(path)
    if not stat.S_ISDIR(os.stat(folder).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
    blocks = classify_blocks(find_files(folder, recursive), classifier, ink)
    return itertools.chain.from_iterable(blocks)


def classify_blocks(
    files: Iterable[str | Source | FileResult],
    classifier: Classifier | None = None,
    ink: Ink = "auto",
) -> Iterator[list[FileResult]]:
    """Reads one digit in each file, and gives the results of up to 32 files at a time.

    A file that cannot be read gets a result whose status says why, and `error` the reason:
    `not_an_image` when its content is no picture, or a damaged one, or one that is too large or
    of a format that needs Pillow; `permission_denied`; `vanished` when it was gone before its
    turn came; `unreadable` for all else.

    Args:
        files: Paths, sources, or results that are known already, which go through in their place.
        classifier: As for `classify_folder`.
        ink: As for `classify_folder`.

    Returns:
        An iterator over blocks; one result for each of `files`, in the same order.

    Raises:
        TypeError: `classifier` is not one.
        ValueError: `ink` is none of the three.
        ModelError: The default model cannot be loaded.
    """
    check_ink(ink)
    if classifier is None:
        classifier = default_classifier()
    elif not isinstance(classifier, Classifier):
        raise TypeError(f"classifier must be a Classifier, not {type(classifier).__name__}")
    return _results(iter(files), classifier, ink)


def _results(
    files: Iterator[str | Source | FileResult], classifier: Classifier, ink: Ink
) -> Iterator[list[FileResult]]:
    # The pictures have no name here, so that they are gone when the next ones are read.
    while results := _classify(_next_block(files), classifier, ink):
        yield results


def _next_block(
    files: Iterator[str | Source | FileResult],
) -> list[tuple[str, Grey] | FileResult]:
    block: list[tuple[str, Grey] | FileResult] = []
    pixels = 0
    for file in files:
        item = file if isinstance(file, FileResult) else _load(file)
        block.append(item)
        pixels += 0 if isinstance(item, FileResult) else item[1].size
        if len(block) == _BLOCK or pixels >= _BLOCK_PIXELS:
            break
    return block


def _classify(
    block: list[tuple[str, Grey] | FileResult], classifier: Classifier, ink: Ink
) -> list[FileResult]:
    greys = [item[1] for item in block if not isinstance(item, FileResult)]
    inks = normalize.normalize_all(greys, ink)
    predictions = iter(classifier.classify_normalized(inks))
    return [
        item if isinstance(item, FileResult) else _result(item[0], next(predictions))
        for item in block
    ]


def _load(file: str | Source) -> tuple[str, Grey] | FileResult:
    path, image = (file, file) if isinstance(file, str) else file
    try:
        return path, load_grey(image)
    except ImageError as error:
        # The cause is the reason alone; the name before it is the result's path already.
        reason = " ".join(str(error.__cause__ or error).split())
        return FileResult(path, Status.NOT_AN_IMAGE, None, reason)
    except OSError as error:
        return failure(path, error)
    except MemoryError:
        return FileResult(path, Status.UNREADABLE, None, "not enough memory for this picture")


def _result(path: str, prediction: Prediction) -> FileResult:
    status = Status.OK if prediction.refusal is None else Status.REFUSED
    return FileResult(path, status, prediction)
