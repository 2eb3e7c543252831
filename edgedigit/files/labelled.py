"""Labelled folders: a folder of pictures for each digit, and one for pictures of none.

    my-digits/
        0/  1/  2/  ...  9/
        not-a-digit/

Each may be missing, and may hold further folders. `edgedigit serve --collect` fills such a folder.
"""

import os
from typing import NamedTuple

from edgedigit.errors import LabelError
from edgedigit.files.finding import natural_key
from edgedigit.images.signatures import START_BYTES, find_file_type

LABEL_NAMES: tuple[str, ...] = (*"0123456789", "not-a-digit")
"""The name of each label, which is that of the folder with its pictures."""


class LabelFolder(NamedTuple):
    """A folder whose pictures all have one label."""

    label: int
    """0 to 9, or NOT_A_DIGIT."""
    path: str


def label_folders(folder: str) -> list[LabelFolder]:
    """Finds the folders of a labelled folder; hidden ones, and files beside them, are left out.

    Args:
        folder: The labelled folder.

    Returns:
        In the order of the labels; one or more.

    Raises:
        LabelError: A folder's name is no label, there is no folder in it, or it cannot be looked
            into.
    """
    expected = (
        f"the folders for the labels are {', '.join(LABEL_NAMES[:3])}, ... 9 and {LABEL_NAMES[-1]}"
    )
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()
            ]
    except NotADirectoryError as error:
        raise LabelError(f"{folder} is no folder; {expected}") from error
    except OSError as error:
        raise LabelError(f"cannot read {folder}: {error.strerror or error}") from error
    if not names:
        raise LabelError(f"{folder} holds no folders of pictures; {expected}")
    wrong = sorted(set(names) - set(LABEL_NAMES), key=natural_key)
    if wrong:
        more = f" (one of {len(wrong)} such folders)" if len(wrong) > 1 else ""
        raise LabelError(f"{os.path.join(folder, wrong[0])} is no label{more}; {expected}")
    labels = sorted(map(LABEL_NAMES.index, names))
    return [LabelFolder(label, os.path.join(folder, LABEL_NAMES[label])) for label in labels]


def count_unlabelled(folder: str) -> int:
    """How many pictures, hidden ones left out, lie beside the folders of a labelled folder."""
    with os.scandir(folder) as entries:
        return sum(not entry.name.startswith(".") and _is_picture(entry) for entry in entries)


def _is_picture(entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_file():
            return False
        with open(entry.path, "rb") as file:
            return find_file_type(file.read(START_BYTES)) is not None
    except OSError:  # who cannot read it misses nothing here
        return False
