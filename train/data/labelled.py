"""Labelled pictures from arrays and folders, and what the runtime's normalisation makes of them.

A set is one of:

- a labelled folder: 0/, 1/, ... 9/ and not-a-digit/ with picture files, as
  `edgedigit.files.labelled` describes it;
- an .npz file with uint8 pictures `x` and their labels `y`: digits, 10 for what is none, or, where
  there are `names`, places in these, which are the names of a labelled folder's folders;
- an .npz file in Keras' MNIST format, of which one part is taken.

What is called `nondigit...` may have any labels: all of it counts as no digit.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edgedigit.errors import LabelError
from edgedigit.files.classifying import PreparedFile, prepare_blocks, stacked
from edgedigit.files.finding import File, failure, find_files
from edgedigit.files.labelled import LABEL_NAMES, label_folders
from edgedigit.normalize import Ink, Prepared
from edgedigit.results import NOT_A_DIGIT, FileResult, Status
from edgedigit.system.messages import printable
from train.data.mnist import DataError, load_mnist, read_arrays

Part = Literal["train", "validation", "test"]
Picture = Path | NDArray[np.uint8]

# Sets whose names begin so hold no digits.
_NO_DIGITS = "nondigit"
# Files that are named; of more only the number is told.
_NAMED = 10


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Pictures and what they show.

    Attributes:
        name: The folder's name, or the file's without its ending; what cannot be printed in it
            is escaped.
        pictures: n files, or uint8 arrays of shape (height, width) or (height, width, channels).
        labels: int64 of shape (n,): 0 to 9, or NOT_A_DIGIT.
    """

    name: str
    pictures: Sequence[Picture]
    labels: NDArray[np.int64]

    def picture_name(self, place: int) -> str:
        """What to call a picture: its path, or the set and its place in it, from 0."""
        picture = self.pictures[place]
        return printable(str(picture)) if isinstance(picture, Path) else f"{self.name}[{place}]"


@dataclass(frozen=True, eq=False)
class PreparedSet:
    """What the runtime makes of a set's pictures before the network sees them.

    Attributes:
        prepared: Of the m pictures that can be read, in their order.
        places: Which of the set's pictures these are, int64 of shape (m,).
        unreadable: Name and reason of each of the others.
    """

    prepared: Prepared
    places: NDArray[np.int64]
    unreadable: list[tuple[str, str]]


def load_labelled(path: Path, part: Part = "test") -> LabelledSet:
    """Reads a set; the files of a folder are not opened yet.

    Args:
        path: A folder or an .npz file, see above.
        part: What is taken of a file in MNIST's format; "validation" is the part of the training
            part that `python -m train` does not train with.

    Raises:
        DataError: It is missing, damaged, empty or of another form, or a label is none.
    """
    if path.is_dir():
        return _load_folder(path)
    if not path.exists():
        raise DataError(f"{path} does not exist; it must be a labelled folder or an .npz file")
    arrays = read_arrays(path, (), ("x", "y", "names", "x_train", "x_test"))
    if not {"x", "y"} & set(arrays):
        if not {"x_train", "x_test"} & set(arrays):
            raise DataError(f"{path} holds neither x and y nor x_train, y_train, x_test and y_test")
        return _load_mnist_part(path, part)
    pictures, labels, names = read_pictures(path)
    if pictures.size == 0:
        raise DataError(f"{path} holds no pictures")
    if pictures.ndim == 4 and pictures.shape[3] not in (1, 2, 3, 4):
        raise DataError(f"{path}: x must be pictures of 1 to 4 channels, not {pictures.shape}")
    if pictures.dtype != np.uint8:
        raise DataError(f"{path}: x must be uint8, not {pictures.dtype}")
    if path.name.startswith(_NO_DIGITS):
        labels = np.full(len(labels), NOT_A_DIGIT)
    elif names is not None:
        labels = np.array([_label_of(path, str(name)) for name in names])[labels]
    elif not 0 <= labels.min() <= labels.max() <= NOT_A_DIGIT:
        raise DataError(
            f"{path}: y must be digits from 0 to 9, or 10 for what is none, not {labels.min()} to "
            f"{labels.max()}"
        )
    return LabelledSet(printable(path.stem), pictures, labels.astype(np.int64))


def read_pictures(
    path: Path,
) -> tuple[NDArray[np.generic], NDArray[np.integer], NDArray[np.generic] | None]:
    """Reads an .npz file of pictures and labels.

    Returns:
        Pictures `x`, of shape (n, height, width) or (n, height, width, channels); labels `y`, of
        shape (n,), and the `names` in which they are places, or None.

    Raises:
        DataError: It is missing, damaged or of another form.
    """
    arrays = read_arrays(path, ("x", "y"), ("names",))
    x, y, names = arrays["x"], arrays["y"], arrays.get("names")
    if x.ndim not in (3, 4) or y.ndim != 1 or len(x) != len(y):
        raise DataError(f"{path}: x and y must be pictures and labels, not {x.shape} and {y.shape}")
    if not np.issubdtype(y.dtype, np.integer):
        raise DataError(f"{path}: y must be integers, not {y.dtype}")
    if names is not None and names.ndim != 1:
        raise DataError(f"{path}: names must be of shape (n,), not {names.shape}")
    if names is not None and y.size and not 0 <= y.min() <= y.max() < len(names):
        raise DataError(
            f"{path}: y must be places in names, from 0 to {len(names) - 1}, not {y.min()} to "
            f"{y.max()}"
        )
    return x, y, names


def files_by_label(folder: Path) -> list[tuple[str, Path]]:
    """The files in a folder's folders and in the folders in these, but no hidden ones.

    Returns:
        For each file the name of the folder in `folder` that it is in, and its path, in the order
        of the paths; what cannot be looked into is among them.

    Raises:
        OSError: `folder` cannot be looked into.
    """
    inner = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    found = [
        (path.name, Path(item.path))
        for path in inner
        for item in find_files(os.fspath(path), recursive=True)
    ]
    return sorted(found, key=lambda item: item[1])


def prepare(labelled: LabelledSet, ink: Ink = "auto") -> PreparedSet:
    """Reads and normalises a set's pictures, some dozens at a time.

    Raises:
        DataError: Not one of them can be read.
    """
    ready: list[PreparedFile] = []
    places: list[int] = []
    unreadable: list[tuple[str, str]] = []
    blocks = prepare_blocks(_files(labelled), ink)
    for place, item in enumerate(item for block in blocks for item in block):
        if isinstance(item, PreparedFile):
            # Without the file, which may hold a picture.
            ready.append(item._replace(file=File("")))
            places.append(place)
        else:
            unreadable.append((labelled.picture_name(place), str(item.error)))
    if not ready:
        name, reason = unreadable[0]
        raise DataError(f"none of the pictures of {labelled.name} can be read; {name}: {reason}")
    return PreparedSet(stacked(ready), np.array(places), unreadable)


def normalized(
    labelled: LabelledSet, ink: Ink = "auto"
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[tuple[str, str]]]:
    """As `prepare`, for those who train; what cannot be read is named on standard error.

    Returns:
        The inks of the pictures that can be read, uint8 of shape (m, 28, 28), bright on 0; their
        labels, int64 of shape (m,); and name and reason of each picture that cannot be read.

    Raises:
        DataError: Not one of them can be read.
    """
    prepared = prepare(labelled, ink)
    warn_unreadable(prepared.unreadable)
    return prepared.prepared.inks, labelled.labels[prepared.places], prepared.unreadable


def warn_unreadable(unreadable: Sequence[tuple[str, str]]) -> None:
    """Names pictures that cannot be read, up to ten of them, on standard error."""
    for name, reason in unreadable[:_NAMED]:
        print(f"train: cannot read {name}: {reason}", file=sys.stderr)
    if len(unreadable) > _NAMED:
        print(f"train: cannot read {len(unreadable) - _NAMED} more", file=sys.stderr)


def _load_folder(path: Path) -> LabelledSet:
    name = path.resolve().name
    has_digits = not name.startswith(_NO_DIGITS)
    try:
        if has_digits:
            label_folders(os.fspath(path))
        files = files_by_label(path)
    except LabelError as error:
        raise DataError(str(error)) from error
    if not files:
        raise DataError(f"{path} holds no pictures")
    labels = [LABEL_NAMES.index(label) if has_digits else NOT_A_DIGIT for label, _ in files]
    return LabelledSet(printable(name), [file for _, file in files], np.array(labels, np.int64))


def _load_mnist_part(path: Path, part: Part) -> LabelledSet:
    data = load_mnist(path)
    training, validation = data.split()
    parts = {"train": training, "validation": validation, "test": (data.x_test, data.y_test)}
    return LabelledSet(f"{printable(path.stem)} {part}", *parts[part])


def _label_of(path: Path, name: str) -> int:
    if name not in LABEL_NAMES:
        raise DataError(
            f"{path}: {name!r} in names is no label; labels are 0, 1, ... 9 and {LABEL_NAMES[-1]}"
        )
    return LABEL_NAMES.index(name)


def _files(labelled: LabelledSet) -> Iterator[File | FileResult]:
    for place, picture in enumerate(labelled.pictures):
        if isinstance(picture, Path):
            yield _file(picture)
        else:
            yield File(labelled.picture_name(place), image=picture)


def _file(path: Path) -> File | FileResult:
    try:
        info = path.stat()
    except OSError as error:
        return failure(File(os.fspath(path)), error)
    if not stat.S_ISREG(info.st_mode):  # reading a pipe may wait forever
        reason = "not a regular file, or a folder that cannot be looked into"
        return FileResult(os.fspath(path), Status.UNREADABLE, None, reason)
    return File(os.fspath(path), info.st_size, info.st_mtime_ns)
