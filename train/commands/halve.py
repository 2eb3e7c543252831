"""Splits a labelled set in two, so that a model may learn from one half and be asked the other.

    python -m train halve sets/semeion.npz halves

makes `halves/semeion-1.npz` and `halves/semeion-2.npz`, or two folders out of a folder.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgedigit.files.labelled import LABEL_NAMES
from train.commands.options import positive
from train.data.labelled import LabelledSet, load_labelled


def write_halves(path: Path, output: Path, most: int | None = None) -> list[Path]:
    """Writes the two halves of a set; pictures of the same label go to one and the other in turn.

    Args:
        path: What `train.data.labelled` reads.
        output: Folder for the halves; made when missing.
        most: How many pictures of each label the first half has at most.

    Returns:
        The halves, files or folders as the set is.

    Raises:
        DataError: The set cannot be used.
        OSError: A half is there already, or a file cannot be read or written.
    """
    first, second = load_labelled(path, "train").halves()
    if most is not None:
        labels = range(len(LABEL_NAMES))
        by_label = [np.flatnonzero(first.labels == label)[:most] for label in labels]
        first = first.take(np.concatenate(by_label))
    output.mkdir(parents=True, exist_ok=True)
    return [_write(half, output / f"{path.stem}-{i}") for i, half in enumerate((first, second), 1)]


def _write(half: LabelledSet, path: Path) -> Path:
    if not isinstance(half.pictures[0], Path):
        path = path.with_name(f"{path.name}.npz")
        with path.open("xb") as file:
            np.savez_compressed(file, x=np.stack(half.pictures), y=half.labels)
        return path
    path.mkdir()
    for place, (picture, label) in enumerate(zip(half.pictures, half.labels, strict=True)):
        folder = path / LABEL_NAMES[label]
        folder.mkdir(exist_ok=True)
        shutil.copyfile(picture, folder / f"{place}-{picture.name}")
    return path


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser("python -m train halve", description="Splits a set in two.")
    parser.add_argument("set", type=Path, help="labelled folder, or .npz file with x and y")
    parser.add_argument("output", type=Path, help="folder for the halves")
    parser.add_argument(
        "--most",
        type=positive,
        metavar="N",
        help="pictures of each label in the first half at most",
    )
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Writes the halves and prints where they are.

    Raises:
        DataError: The set is missing or damaged.
        OSError: A file cannot be read or written.
    """
    print("\n".join(map(str, write_halves(options.set, options.output, options.most))))
