"""Splits a labelled set in two, so that a model may learn from one half and be asked the other.

    python -m train.halves sets/semeion.npz halves

makes `halves/semeion-1.npz` and `halves/semeion-2.npz`, or two folders out of a folder.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgedigit.labels import FOLDERS
from train.data import DataError
from train.devsets import DevSet, halves
from train.labelled import load_labelled


def write_halves(path: Path, output: Path, most: int | None = None) -> list[Path]:
    """Writes the two halves of a set; pictures of the same label go to one and the other in turn.

    Args:
        path: What `train.labelled` reads.
        output: Folder for the halves; made when missing.
        most: How many pictures of each label the first half has at most.

    Returns:
        The halves, files or folders as the set is.

    Raises:
        DataError: The set cannot be used.
        OSError: A half is there already, or a file cannot be read or written.
    """
    labelled = load_labelled(path, "train")
    names = [FOLDERS[label] for label in labelled.labels]
    first, second = halves(DevSet(labelled.name, labelled.pictures, names, "digits"))
    if most is not None:
        places = [i for name in FOLDERS for i in _places(first, name)[:most]]
        first = first._replace(
            pictures=[list(first.pictures)[i] for i in places],
            labels=[first.labels[i] for i in places],
        )
    output.mkdir(parents=True, exist_ok=True)
    return [_write(half, output / f"{path.stem}-{i}") for i, half in enumerate((first, second), 1)]


def _places(part: DevSet, name: str) -> list[int]:
    return [place for place, label in enumerate(part.labels) if label == name]


def _write(part: DevSet, path: Path) -> Path:
    pictures = list(part.pictures)
    if not isinstance(pictures[0], Path):
        path = path.with_name(f"{path.name}.npz")
        labels = [FOLDERS.index(label) for label in part.labels]
        with path.open("xb") as file:
            np.savez_compressed(file, x=np.stack(pictures), y=labels)
        return path
    path.mkdir()
    for place, (picture, label) in enumerate(zip(pictures, part.labels, strict=True)):
        folder = path / label
        folder.mkdir(exist_ok=True)
        shutil.copyfile(picture, folder / f"{place}-{picture.name}")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the halves; the exit status is 0, or 1 when a file cannot be used."""
    parser = argparse.ArgumentParser("python -m train.halves", description="Splits a set in two.")
    parser.add_argument("set", type=Path, help="labelled folder, or .npz file with x and y")
    parser.add_argument("output", type=Path, help="folder for the halves")
    parser.add_argument(
        "--most", type=int, metavar="N", help="pictures of each label in the first half at most"
    )
    chosen = parser.parse_args(arguments)
    if chosen.most is not None and chosen.most < 1:
        parser.error(f"--most must be at least 1, not {chosen.most}")
    try:
        paths = write_halves(chosen.set, chosen.output, chosen.most)
    except (DataError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    print("\n".join(map(str, paths)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
