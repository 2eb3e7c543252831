"""Measures a model on pictures that it was not trained on: `python -m train.devsets FOLDER`.

The folder holds sets, each a .npz file with pictures `x` and labels `y` (and perhaps `names` of
the labels), or a folder with a folder of picture files for each label. Sets whose name begins
with `nondigit` hold no digits. All goes through the runtime, as a user's pictures do.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit import Classifier, EdgeDigitError, Prediction, Refusal

# Letters that a person may take for digits prove nothing.
_LOOK_ALIKES = set("OolIiSsZzBgqbDjJ")
_THRESHOLDS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


class DevSet(NamedTuple):
    """Pictures, and the digit in each, or what is in its place."""

    name: str
    pictures: list[object]
    labels: list[str]

    @property
    def has_digits(self) -> bool:
        """Whether a digit is the right answer."""
        return not self.name.startswith("nondigit")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a Markdown table of all sets; returns 0, or 1 when something cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m train.devsets", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--model", type=Path, metavar="DIR", help="folder of another model")
    parser.add_argument(
        "--sweep", action="store_true", help="show what other thresholds would refuse"
    )
    options = parser.parse_args(arguments)
    try:
        classifier = Classifier(options.model)
        sets = [part for path in _paths(options.folder) for part in load(path)]
        answers = [classifier.classify_batch(part.pictures) for part in sets]
    except (OSError, ValueError, EdgeDigitError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    print(_table(sets, answers, classifier.min_confidence))
    if options.sweep:
        print(_sweep(sets, answers))
    return 0


def load(path: Path) -> list[DevSet]:
    """Reads the sets that a file or a folder holds; several where a manifest tells them apart.

    Raises:
        OSError: A file cannot be read.
        ValueError: It holds no set.
    """
    if path.suffix == ".npz":
        return [_load_arrays(path)]
    files = sorted(file for file in path.glob("*/*") if file.is_file())
    if not files:
        raise ValueError(f"{path} has no folders of pictures")
    manifest = path / "manifest.json"
    large: dict[str, bool] = {}
    if manifest.exists():
        large = {row["file"]: row["native_ge60"] for row in json.loads(manifest.read_text("utf-8"))}
    parts: dict[str, list[Path]] = {}
    for file in files:
        key = f"{file.parent.name}/{file.name}"
        suffix = {None: "", True: " >= 60 px", False: " small"}[large.get(key)]
        parts.setdefault(path.name + suffix, []).append(file)
    return [
        DevSet(name, list(found), [file.parent.name for file in found])
        for name, found in parts.items()
    ]


def _paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder")
    # Pictures of several digits are for another purpose.
    return [path for path in sorted(folder.iterdir()) if path.name != "strings"]


def _load_arrays(path: Path) -> DevSet:
    with np.load(path, allow_pickle=False) as data:
        if not {"x", "y"} <= set(data):
            raise ValueError(f"{path} has no x and y")
        pictures, labels = list(data["x"]), data["y"]
        labels = data["names"][labels] if "names" in data else labels
    texts = [str(label) for label in labels]
    if path.name.startswith("nondigit"):
        chosen = [i for i, text in enumerate(texts) if text not in _LOOK_ALIKES]
        pictures, texts = [pictures[i] for i in chosen], [texts[i] for i in chosen]
    return DevSet(path.stem, pictures, texts)


def _table(
    sets: Sequence[DevSet], answers: Sequence[Sequence[Prediction]], threshold: float
) -> str:
    lines = [
        f"| set (threshold {threshold:g}) | pictures | best is right | refused | wrong of given |",
        "|---|---:|---:|---:|---:|",
    ]
    for part, predictions in zip(sets, answers, strict=True):
        refused = np.array([p.refusal is not None for p in predictions])
        if part.has_digits:
            right = _right(part, predictions)
            wrong = f"{np.mean(~right[~refused]):.2%}" if not refused.all() else "none given"
            figures = f"{right.mean():.2%} | {refused.mean():.2%} | {wrong}"
        else:
            figures = f"| {refused.mean():.2%} |"
        lines.append(f"| {part.name} | {len(predictions):,} | {figures} |")
    return "\n".join(lines)


def _sweep(sets: Sequence[DevSet], answers: Sequence[Sequence[Prediction]]) -> str:
    """Refused, and wrong of the given answers, at several thresholds."""
    lines = ["", "| set | " + " | ".join(f"{t:g}" for t in _THRESHOLDS) + " |"]
    lines.append("|---|" + "---:|" * len(_THRESHOLDS))
    for part, predictions in zip(sets, answers, strict=True):
        certain = np.array([p.refusal in (Refusal.BLANK, Refusal.NOT_A_DIGIT) for p in predictions])
        confidence = np.array([p.confidence for p in predictions])
        right = _right(part, predictions)
        cells = []
        for threshold in _THRESHOLDS:
            given = ~(certain | (confidence < threshold))
            wrong = np.mean(~right[given]) if given.any() else 0.0
            cells.append(f"{1 - given.mean():.1%}" + (f" / {wrong:.2%}" * part.has_digits))
        lines.append(f"| {part.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _right(part: DevSet, predictions: Sequence[Prediction]) -> NDArray[np.bool_]:
    pairs = zip(part.labels, predictions, strict=True)
    return np.array([label == str(prediction.best) for label, prediction in pairs])


if __name__ == "__main__":
    sys.exit(main())
