"""Classifies files, block by block: a bad one gets a row that says so, and the others go on."""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from edgedigit import normalize
from edgedigit.classifier import (
    Classifier,
    Whole,
    check_count,
    check_ink,
    check_turn,
    checked_classifier,
)
from edgedigit.errors import (
    DamagedError,
    ImageError,
    ModelError,
    OutsideError,
    TooLargeError,
    UnsupportedError,
)
from edgedigit.files.finding import AnswerT, File, failure, find_in_folder, result_of
from edgedigit.images import (
    Corners,
    Grey,
    ImageLike,
    Region,
    again,
    checked_region,
    load_unreduced,
    open_pages,
)
from edgedigit.images.loading import RegularPath, load_reduced
from edgedigit.limits import MAX_PAGES
from edgedigit.normalize import Ink, Turn
from edgedigit.results import Failure, FileResult, Prediction, Status
from edgedigit.system.thread_map import map_ahead

# A thread reads and classifies a block at a time: as many files, and no further one once they have
# as many bytes.
_BLOCK_FILES = 32
_BLOCK_BYTES = 1 << 20
# Of smaller files little can be done while another thread works, and to take turns costs more.
_MIN_THREADED_FILE_BYTES = 2048
# Pictures of smaller files take little memory.
_MIN_LARGE_FILE_BYTES = 8192
# With so many, pictures are classified before further ones are read.
MAX_HELD_PIXELS = 1 << 21

_ERROR_STATUSES = {
    DamagedError: Status.DAMAGED,
    TooLargeError: Status.TOO_LARGE,
    OutsideError: Status.OUTSIDE,
    UnsupportedError: Status.UNSUPPORTED,
    ImageError: Status.NOT_AN_IMAGE,
}

WhichPages: TypeAlias = Literal["first", "all"]

_T = TypeVar("_T")


def classify_folder(
    path: str | os.PathLike[str],
    recursive: bool = False,
    classifier: Classifier | None = None,
    ink: Ink = "auto",
    threads: int | None = None,
    region: Corners | None = None,
    turn: Turn = "exif",
    pages: WhichPages = "first",
) -> Iterator[FileResult[Prediction]]:
    """Reads one digit in each file of a folder.

    Every file that is not hidden gets one result, or one for each of its pages, in the order in
    which people count (img2 before img10), as each block of files is done; see `classify_blocks`
    for what becomes of bad files. The memory that it takes does not grow with the number of files.

    Args:
        path: The folder.
        recursive: Whether the folders in it are read too; symbolic links are followed.
        classifier: The classifier that reads the digits; None is the default one.
        ink: Whether the ink is darker or lighter than the paper; "auto" finds out.
        threads: Threads that read and decode files ahead, at least 1; None is one for each core,
            where there is more than one.
        region: The part of each picture that is looked at, as for `Classifier.classify`; shares
            fit pictures of all sizes.
        turn: As for `Classifier.classify`.
        pages: Whether the "first" page, or frame, of each file is read, or "all", up to 1,000.
            `FileResult.pages` says how many there are.

    Returns:
        An iterator; each result's path is `path` joined with the name below it.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: `ink`, `turn` or `pages` is none of those, `region` is none, or `threads` is
            less than 1.
        FileNotFoundError: The folder does not exist.
        NotADirectoryError: It is not a folder.
        ModelError: The default model cannot be loaded.
    """
    files = find_in_folder(path, recursive)
    blocks = classify_blocks(files, classifier, ink, threads, region, turn, pages)
    return itertools.chain.from_iterable(blocks)


def classify_blocks(
    files: Iterable[File | _T],
    classifier: Classifier | None = None,
    ink: Ink = "auto",
    threads: int | None = None,
    region: Corners | None = None,
    turn: Turn = "exif",
    pages: WhichPages = "first",
) -> Iterator[list[FileResult[Prediction] | _T]]:
    """Reads one digit in each file, and gives the results of up to 32 files at a time.

    A file that cannot be read gets a result whose status says why, and `error` the reason:
    `not_an_image` when its content is no picture, `damaged` when it is a damaged one or reading it
    failed in a way that nobody foresaw, `too_large` when it has more pixels than the classifier
    takes or would take long, `unsupported` when its format needs Pillow or a part that is not
    installed; `outside` when `region` has no pixel of it; `permission_denied`; `vanished` when it
    was gone before its turn came; `unreadable` for all else.

    Args:
        files: Files; all else goes through in its place.
        classifier: As for `classify_folder`.
        ink: As for `classify_folder`.
        threads: As for `classify_folder`.
        region: As for `classify_folder`.
        turn: As for `classify_folder`.
        pages: As for `classify_folder`.

    Returns:
        An iterator over blocks; one result for each of `files`, or of their pages, in the same
        order.

    Raises:
        TypeError: `classifier`, `threads` or `region` is of the wrong type.
        ValueError: `ink`, `turn` or `pages` is none of those, `region` is none, or `threads` is
            less than 1.
        ModelError: The default model cannot be loaded.
    """
    classifier = checked_classifier(classifier)
    check_ink(ink)
    check_turn(turn)
    check_pages(pages)
    ahead = checked_threads(threads)
    if threads is None and ahead == 1:  # to change between threads costs more than it wins
        ahead = 0
    if ahead:
        classifier.load_all()
    classify: Callable[[list[File | _T]], list[FileResult[Prediction] | _T]]
    classify = functools.partial(
        _classify,
        classifier=classifier,
        ink=ink,
        turn=turn,
        region=checked_region(region),
        which=pages,
    )
    in_turn = functools.partial(_in_turn, classify=classify, one_by_one=threading.Lock())
    return map_ahead(in_turn, in_blocks(files), ahead)


def checked_threads(threads: int | None) -> int:
    """The number of threads, where None is one for each core; raises TypeError or ValueError."""
    if threads is None:
        # The cores that this process may use, where the system tells.
        has_affinity = hasattr(os, "sched_getaffinity")
        return len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    check_count(threads, "threads")
    return threads


def check_pages(pages: object) -> None:
    """Raises ValueError where these are no `WhichPages`."""
    if pages not in get_args(WhichPages):
        raise ValueError(f"pages is 'first' or 'all', not {pages!r}")


def in_blocks(files: Iterable[_T]) -> Iterator[list[_T]]:
    """Groups files: up to 32, and no further one once they have a megabyte."""
    block: list[_T] = []
    size = 0
    for file in files:
        block.append(file)
        size += file.size or 0 if isinstance(file, File) else 0
        if len(block) == _BLOCK_FILES or size >= _BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block


def _in_turn(
    block: list[File | _T],
    classify: Callable[[list[File | _T]], list[FileResult[Prediction] | _T]],
    one_by_one: threading.Lock,
) -> list[FileResult[Prediction] | _T]:
    """Classifies a block; of those of small files one at a time."""
    # A pipe, which may have nobody who writes into it, has a size of 0, or none.
    sizes = [item.size or math.inf for item in block if isinstance(item, File)]
    are_small = sum(sizes) <= _MIN_THREADED_FILE_BYTES * len(sizes)
    with one_by_one if are_small else contextlib.nullcontext():
        return classify(block)


def _classify(
    block: list[File | _T],
    classifier: Classifier,
    ink: Ink,
    turn: Turn,
    region: Region | None,
    which: WhichPages,
) -> list[FileResult[Prediction] | _T]:
    results: list[Any] = []
    held: list[tuple[File, Grey]] = []
    places: list[int] = []

    def answer_held() -> None:
        answers = _answered(held, classifier, ink, turn, region)
        for place, answer in zip(places, answers, strict=True):
            results[place] = answer
        held.clear()
        places.clear()

    for item in block:
        if not isinstance(item, File):
            results.append(item)
            continue
        if region is None and (answer := _of_reduced(item, classifier, ink, turn)) is not None:
            results.append(answered(item, answer))
            continue
        for page, grey in load_pages(
            item, classifier.max_pixels, normalize.MAX_SIDE, region, which
        ):
            if not isinstance(grey, FileResult):
                held.append((page, grey))
                places.append(len(results))
            results.append(grey)
            del grey  # or a large one would be held while the next one is read
            if sum(grey.size for _, grey in held) >= MAX_HELD_PIXELS:
                answer_held()
    if held:
        answer_held()
    return results


def _of_reduced(file: File, classifier: Classifier, ink: Ink, turn: Turn) -> Prediction | None:
    """What is read in a large PNG file without holding its picture; None where that cannot be."""
    if not isinstance(file.image, RegularPath) or (file.size or 0) < _MIN_LARGE_FILE_BYTES:
        return None
    try:
        grey = load_reduced(file.image, classifier.max_pixels, normalize.MAX_SIDE)
        return classifier.classify_reduced(grey, ink, turn)
    except Exception:  # what is wrong comes to light again where it is read whole
        return None


def _answered(
    held: list[tuple[File, Grey]],
    classifier: Classifier,
    ink: Ink,
    turn: Turn,
    region: Region | None,
) -> list[FileResult[Prediction] | Failure]:
    """What is read in each picture, or why that cannot be."""
    files = [file for file, _ in held]
    whole = whole_files(files, classifier.max_pixels, region)
    try:
        answers = classifier.classify_greys([grey for _, grey in held], ink, turn, whole)
    except Exception as error:
        if len(held) == 1:
            return [failed(held[0][0], error)]
        return [each for one in held for each in _answered([one], classifier, ink, turn, region)]
    return [answered(file, answer) for (file, _), (answer, _) in zip(held, answers, strict=True)]


def whole_files(files: Sequence[File], max_pixels: int, region: Corners | None) -> Whole | None:
    """What reads files again that were loaded at reduced size; with a region none is."""
    if region is not None:
        return None
    return lambda place: load_unreduced(again(_image_of(files[place])), max_pixels)


def _image_of(file: File) -> ImageLike:
    return file.path if file.image is None else file.image


def load(
    file: File,
    max_pixels: int,
    largest_side: int | None = None,
    region: Corners | None = None,
) -> Grey | Failure:
    """Reads a file as `load_grey` does; where that fails, the result says why."""
    ((_, grey),) = load_pages(file, max_pixels, largest_side, region)
    return grey


def load_pages(
    file: File,
    max_pixels: int,
    largest_side: int | None = None,
    region: Corners | None = None,
    which: WhichPages = "first",
) -> Iterator[tuple[File, Grey | Failure]]:
    """Reads the pages of a file as `load_grey` does, each with the `File` that names it."""
    try:
        opened = open_pages(_image_of(file), max_pixels, largest_side, region)
    except Exception as error:
        yield file, failed(file, error)
        return
    total = opened.total
    last = 1 if which == "first" else min(total, MAX_PAGES)
    for number in range(1, last + 1):
        page = file if total == 1 else file._replace(page=number, pages=total)
        grey: Grey | Failure
        try:
            grey = opened.read(number - 1)
        except Exception as error:
            grey = failed(page, error)
        if number == last:
            del opened  # nobody needs its memory any more
        yield page, grey


def failed(file: File, error: Exception) -> Failure:
    """The result for a file that could not be read, whatever was raised.

    What nobody foresaw is its fault too, so that it ends no run: it is damaged. Raises what has
    nothing to do with the file.
    """
    if isinstance(error, ModelError):
        raise error
    if isinstance(error, ImageError):
        return not_read(file, error)
    if isinstance(error, MemoryError):
        return out_of_memory(file)
    if isinstance(error, OSError):
        return failure(file, error)
    return not_read(file, DamagedError(f"{type(error).__name__}: {error}"))


def not_read(file: File, error: ImageError) -> Failure:
    """The result for a file whose content, or size in pixels, is the reason."""
    # The cause is the reason alone; the name before it is the result's path already.
    reason = " ".join(str(error.__cause__ or error).split())
    return result_of(file, _ERROR_STATUSES[type(error)], error=reason)


def out_of_memory(file: File) -> Failure:
    """The result for a picture that is too much for this machine just now."""
    return failure(file, OSError(errno.ENOMEM, "not enough memory for this picture"))


def answered(file: File, answer: AnswerT) -> FileResult[AnswerT]:
    """The result for a file that could be read."""
    return result_of(file, Status.OK if answer.refusal is None else Status.REFUSED, answer)
