"""Development sets: pictures that no model was trained on, with other people's digits or none.

A set is an .npz file with pictures `x` and labels `y` (and perhaps the `names` of the labels), or
a folder with a folder of picture files for each label. What is no digit lies in sets whose name
begins with `nondigit`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from train.data.labelled import files_by_label, read_pictures
from train.data.mnist import DataError

Kind = Literal["digits", "not digits", "look-alikes"]

_DIGITS = set("0123456789")
# What a person may take for a digit proves nothing: such letters, a slash and a dash.
_LOOK_ALIKES = set("OolIiSsZzBgqbDjJ") | {"division_slash", "subtraction_minus"}
# Pictures of several digits, which are for another purpose.
_STRINGS = "strings"


class DevSet(NamedTuple):
    """Pictures, and the digit in each, or what is in its place.

    Attributes:
        name: The file's or folder's name, and which part of it where there are several.
        pictures: In any form that the runtime takes; may be made one by one.
        labels: What each picture shows.
        kind: Whether a digit is the right answer, a refusal is, or nobody can say.
    """

    name: str
    pictures: Iterable[object]
    labels: list[str]
    kind: Kind


def load_sets(folder: Path) -> list[DevSet]:
    """Reads all sets of a folder, in the order of their names.

    A set is given in parts where there are look-alikes among what is no digit, and where its
    manifest tells pictures of at least 60 pixels from small ones.

    Raises:
        DataError: The folder is missing or holds no set, or one of them is damaged.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder")
    paths = [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and path.name != _STRINGS
    ]
    sets = [
        part
        for path in paths
        if path.is_dir() or path.suffix == ".npz"
        for part in (_load_folder(path) if path.is_dir() else _load_arrays(path))
    ]
    if not sets:
        raise DataError(f"{folder} holds no sets: .npz files, or folders of pictures")
    return sets


def halves(part: DevSet) -> tuple[DevSet, DevSet]:
    """Splits a set in two: pictures of the same label go to one and the other in turn."""
    pictures, labels = list(part.pictures), part.labels
    order = sorted(range(len(labels)), key=labels.__getitem__)
    first, second = (
        part._replace(pictures=[pictures[i] for i in half], labels=[labels[i] for i in half])
        for half in (sorted(order[::2]), sorted(order[1::2]))
    )
    return first, second


def _load_arrays(path: Path) -> list[DevSet]:
    pictures, places, names = read_pictures(path)
    labels = [str(label) for label in (places if names is None else names[places])]
    return _parts(path, {path.stem: (list(pictures), labels)})


def _load_folder(path: Path) -> list[DevSet]:
    large = _manifest(path / "manifest.json")
    found: dict[str, tuple[list[object], list[str]]] = {}
    for label, file in files_by_label(path):
        suffix = {None: "", True: " >= 60 px", False: " small"}[large.get(f"{label}/{file.name}")]
        pictures, labels = found.setdefault(path.name + suffix, ([], []))
        pictures.append(file)
        labels.append(label)
    return _parts(path, found)


def _manifest(path: Path) -> dict[str, bool]:
    if not path.exists():
        return {}
    try:
        rows = json.loads(path.read_text("utf-8"))
        return {row["file"]: bool(row["native_ge60"]) for row in rows}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is no manifest: {error}") from error


def _parts(path: Path, found: dict[str, tuple[list[object], list[str]]]) -> list[DevSet]:
    if not any(labels for _, labels in found.values()):
        raise DataError(f"{path} holds no pictures")
    if not path.name.startswith("nondigit"):
        return [DevSet(name, *of_set, _checked(path, of_set[1])) for name, of_set in found.items()]
    parts = []
    for name, (pictures, labels) in found.items():
        alike = np.array([label in _LOOK_ALIKES for label in labels])
        kinds: tuple[tuple[str, Kind, np.ndarray], ...] = (
            (name, "not digits", np.flatnonzero(~alike)),
            (f"{name} look-alikes", "look-alikes", np.flatnonzero(alike)),
        )
        parts += [
            DevSet(title, [pictures[i] for i in chosen], [labels[i] for i in chosen], kind)
            for title, kind, chosen in kinds
            if len(chosen)
        ]
    return parts


def _checked(path: Path, labels: list[str]) -> Kind:
    if others := sorted(set(labels) - _DIGITS):
        raise DataError(
            f"{path} has the label {others[0]}; sets of what is no digit are named nondigit..."
        )
    return "digits"
