"""Labelled pictures from arrays and folders, and what the runtime's normalisation makes of them.

A set is one of:

- a labelled folder: 0/, 1/, ... 9/ and not-a-digit/ with picture files, as
  `edgedigit.files.labelled` describes it;
- an .npz file with uint8 pictures `x` and their labels `y`: digits, 10 for what is none, or, where
  there are `names`, places in these, which are the names of a labelled folder's folders;
- an .npz file in Keras' MNIST format, of which one part is taken.

What is called `nondigit...` may have any labels: all of it counts as no digit.

A folder of development sets, which no model was trained on, holds .npz files of the second form
and folders with a folder of picture files for each label; beside these may be `printed/`, with a
folder for each label too, and `none/`, whose pictures show no digit. Sets of numbers, which have a
`labels.csv`, are for another purpose.
"""

import dataclasses
import functools
import json
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
from edgedigit.files.classifying import MAX_HELD_PIXELS, load
from edgedigit.files.finding import File, failure, find_files
from edgedigit.files.labelled import LABEL_NAMES, label_folders
from edgedigit.limits import MAX_PIXELS
from edgedigit.normalize import MAX_SIDE, Ink, Prepared, prepare_all
from edgedigit.results import NOT_A_DIGIT, FileResult, Status
from edgedigit.system.messages import printable
from train.data.mnist import DataError, load_mnist, read_arrays

Part = Literal["train", "validation", "test"]
Picture = Path | bytes | NDArray[np.generic]
Kind = Literal["digits", "not digits", "look-alikes"]

LOOK_ALIKES_SUFFIX = " look-alikes"

_NO_DIGITS_PREFIX = "nondigit"
# What a person may take for a digit proves nothing: such letters, a slash and a dash.
_LOOK_ALIKE_LABELS = set("OolIiSsZzBgqbDjJ") | {"division_slash", "subtraction_minus"}
_NUMBERS_FILE = "labels.csv"
_PRINTED_FOLDER, _NONE_FOLDER = "printed", "none"
_MAX_FILES_NAMED = 10


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Pictures and what they show.

    Attributes:
        name: The folder's name, or the file's without its ending, and which part of it.
        pictures: n files, contents of files, or arrays of shape (height, width) or (height,
            width, channels). Where they are only scored, any iterable that makes them one by one.
        label_names: What each picture shows, as the set calls it. Of the kind "digits": "0" to
            "9", or "not-a-digit".
        kind: Whether a digit is the right answer, a refusal is, or nobody can say.
    """

    name: str
    pictures: Sequence[Picture]
    label_names: list[str]
    kind: Kind = "digits"

    @functools.cached_property
    def labels(self) -> NDArray[np.int64]:
        """The pictures' labels, 0 to 9 or NOT_A_DIGIT, of shape (n,)."""
        if self.kind != "digits":
            return np.full(len(self.label_names), NOT_A_DIGIT, np.int64)
        return np.array([LABEL_NAMES.index(name) for name in self.label_names], np.int64)

    def picture_name(self, place: int) -> str:
        """A picture's path, or the set and the picture's place in it, from 0."""
        picture = self.pictures[place]
        return printable(str(picture)) if isinstance(picture, Path) else f"{self.name}[{place}]"

    def take(self, places: Sequence[int]) -> "LabelledSet":
        """The set of these pictures alone."""
        return dataclasses.replace(
            self,
            pictures=[self.pictures[place] for place in places],
            label_names=[self.label_names[place] for place in places],
        )

    def halves(self) -> tuple["LabelledSet", "LabelledSet"]:
        """Two sets: pictures of the same label go to one and the other in turn."""
        order = sorted(range(len(self.label_names)), key=self.label_names.__getitem__)
        return self.take(sorted(order[::2])), self.take(sorted(order[1::2]))


@dataclass(frozen=True, eq=False)
class PreparedSet:
    """A set's pictures as the runtime hands them to the network.

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
    pictures, labels, names = _read_pictures(path)
    if pictures.size == 0:
        raise DataError(f"{path} holds no pictures")
    if pictures.ndim == 4 and pictures.shape[3] not in (1, 2, 3, 4):
        raise DataError(f"{path}: x must be pictures of 1 to 4 channels, not {pictures.shape}")
    if pictures.dtype != np.uint8:
        raise DataError(f"{path}: x must be uint8, not {pictures.dtype}")
    name = printable(path.stem)
    if path.name.startswith(_NO_DIGITS_PREFIX):
        return LabelledSet(name, pictures, _label_names(labels, names), "not digits")
    if names is None:
        if not 0 <= labels.min() <= labels.max() <= NOT_A_DIGIT:
            raise DataError(
                f"{path}: y must be digits from 0 to 9, or 10 for what is none, not "
                f"{labels.min()} to {labels.max()}"
            )
        names = np.array(LABEL_NAMES)
    if unknown := [str(name) for name in names if str(name) not in LABEL_NAMES]:
        raise DataError(
            f"{path}: {unknown[0]!r} in names is no label; labels are 0, 1, ... 9 and "
            f"{LABEL_NAMES[-1]}"
        )
    return LabelledSet(name, pictures, _label_names(labels, names))


def load_sets(folder: Path) -> list[LabelledSet]:
    """Reads all development sets of a folder, in the order of their names.

    A set is given in parts where there are look-alikes among what is no digit, where its manifest
    tells pictures of at least 60 pixels from small ones, and where it has printed digits, or
    pictures of none, beside the others.

    Raises:
        DataError: The folder is missing or holds no set, or one of them is damaged.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder")
    sets = [
        part
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and not (path / _NUMBERS_FILE).exists()
        if path.is_dir() or path.suffix == ".npz"
        for part in _load_development_set(path)
    ]
    if not sets:
        raise DataError(f"{folder} holds no sets: .npz files, or folders of pictures")
    return sets


def prepare(labelled: LabelledSet, ink: Ink = "auto") -> PreparedSet:
    """Reads and normalises a set's pictures, some dozens at a time.

    Raises:
        DataError: Not one of them can be read.
    """
    prepared: list[Prepared] = []
    places: list[int] = []
    unreadable: list[tuple[str, str]] = []
    held: list[NDArray[np.uint8]] = []
    files = list(_files(labelled))
    for place, file in enumerate(files):
        grey = load(file, MAX_PIXELS, MAX_SIDE) if isinstance(file, File) else file
        if isinstance(grey, FileResult):
            unreadable.append((labelled.picture_name(place), str(grey.error)))
        else:
            held.append(grey)
            places.append(place)
        if held and (place == len(files) - 1 or sum(map(np.size, held)) >= MAX_HELD_PIXELS):
            prepared.append(prepare_all(held, ink))
            held.clear()
    if not prepared:
        name, reason = unreadable[0]
        raise DataError(f"none of the pictures of {labelled.name} can be read; {name}: {reason}")
    inks, several = (np.concatenate(parts) for parts in zip(*prepared, strict=True))
    return PreparedSet(Prepared(inks, several), np.array(places), unreadable)


def warn_unreadable(unreadable: Sequence[tuple[str, str]]) -> None:
    """Names pictures that cannot be read, up to ten of them, on standard error."""
    for name, reason in unreadable[:_MAX_FILES_NAMED]:
        print(f"train: cannot read {name}: {reason}", file=sys.stderr)
    if len(unreadable) > _MAX_FILES_NAMED:
        print(f"train: cannot read {len(unreadable) - _MAX_FILES_NAMED} more", file=sys.stderr)


def _load_folder(path: Path) -> LabelledSet:
    name = path.resolve().name
    kind: Kind = "not digits" if name.startswith(_NO_DIGITS_PREFIX) else "digits"
    try:
        if kind == "digits":
            label_folders(os.fspath(path))
        found = _files_by_label(path)
    except LabelError as error:
        raise DataError(str(error)) from error
    if not found:
        raise DataError(f"{path} holds no pictures")
    label_names, files = map(list, zip(*found, strict=True))
    return LabelledSet(printable(name), files, label_names, kind)


def _load_mnist_part(path: Path, part: Part) -> LabelledSet:
    data = load_mnist(path)
    training, validation = data.split()
    parts = {"train": training, "validation": validation, "test": (data.x_test, data.y_test)}
    pictures, labels = parts[part]
    return LabelledSet(f"{printable(path.stem)} {part}", pictures, _label_names(labels, None))


def _load_development_set(path: Path) -> list[LabelledSet]:
    if path.is_dir():
        parts = _parts_by_size(path)
    else:
        pictures, labels, names = _read_pictures(path)
        parts = [LabelledSet(path.stem, pictures, _label_names(labels, names))]
    if not any(part.label_names for part in parts):
        raise DataError(f"{path} holds no pictures")
    if path.name.startswith(_NO_DIGITS_PREFIX):
        return [part for mixed in parts for part in _split_look_alikes(mixed)]
    labels_found = {name for part in parts if part.kind == "digits" for name in part.label_names}
    if others := sorted(labels_found - set(LABEL_NAMES[:NOT_A_DIGIT])):
        raise DataError(
            f"{path} has the label {others[0]}; sets of what is no digit are named nondigit..."
        )
    return parts


def _parts_by_size(path: Path) -> list[LabelledSet]:
    is_large = _read_manifest(path / "manifest.json")
    suffixes = {None: "", True: " >= 60 px", False: " small"}
    parts: dict[str, tuple[list[Picture], list[str]]] = {}
    for label, file in _files_by_label(path):
        suffix = suffixes[is_large.get(f"{label}/{file.name}")]
        if label in (_PRINTED_FOLDER, _NONE_FOLDER):
            suffix = f" {label}"
            label = file.relative_to(path).parts[-2]
        files, label_names = parts.setdefault(path.name + suffix, ([], []))
        files.append(file)
        label_names.append(label)
    none = f"{path.name} {_NONE_FOLDER}"
    return [
        LabelledSet(name, *part, "not digits" if name == none else "digits")
        for name, part in parts.items()
    ]


def _read_manifest(path: Path) -> dict[str, bool]:
    if not path.exists():
        return {}
    try:
        rows = json.loads(path.read_text("utf-8"))
        return {row["file"]: bool(row["native_ge60"]) for row in rows}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is no manifest: {error}") from error


def _split_look_alikes(mixed: LabelledSet) -> list[LabelledSet]:
    alike = np.array([name in _LOOK_ALIKE_LABELS for name in mixed.label_names])
    kinds: tuple[tuple[str, Kind, NDArray[np.bool_]], ...] = (
        (mixed.name, "not digits", ~alike),
        (mixed.name + LOOK_ALIKES_SUFFIX, "look-alikes", alike),
    )
    return [
        dataclasses.replace(mixed.take(np.flatnonzero(chosen)), name=name, kind=kind)
        for name, kind, chosen in kinds
        if chosen.any()
    ]


def _read_pictures(
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


def _label_names(labels: NDArray[np.integer], names: NDArray[np.generic] | None) -> list[str]:
    return [str(label) for label in (labels if names is None else names[labels])]


def _files_by_label(folder: Path) -> list[tuple[str, Path]]:
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
