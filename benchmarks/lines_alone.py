"""What the line network alone reads of single digits, beside `edgedigit.classify`.

    python -m benchmarks.lines_alone --sets DEV

It sees grey, so a browser could do with a resize, a contrast stretch and a decoder where it had no
normalisation: of the whole picture, of the box around the ink by Otsu's threshold, or the most
probable digit of both, each with dark and with light ink. Counted is the best digit, refused or not.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Training is no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from edgedigit import Classifier
from edgedigit.images import is_even, load_grey
from edgedigit.lines.decoding import lone_sign_probabilities
from edgedigit.lines.strips import cut_strip, padded_strip
from edgedigit.normalize import MAX_SIDE
from edgedigit.results import DIGIT_COUNT
from train.data.labelled import LabelledSet, load_sets
from train.data.mnist import DataError

Grey = NDArray[np.uint8]
Look = tuple[tuple[float, float, float, float], bool]

# Margins around the ink, in heights of it, as those of `edgedigit.lines.lone_digit`.
_ABOVE_HEIGHTS, _BESIDE_HEIGHTS = 0.2, 0.4


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; returns 0, or 1 when the data cannot be used."""
    parser = argparse.ArgumentParser(description="How well the line network reads digits alone.")
    parser.add_argument("--sets", type=Path, required=True, metavar="DIR")
    parser.add_argument("--count", type=int, help="pictures of each set at most (default: all)")
    options = parser.parse_args(arguments)
    try:
        sets = load_sets(options.sets)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    classifier = Classifier()
    print("| Set | Pictures | `classify` | whole picture | box around the ink | both |")
    print("|---|---:|---:|---:|---:|---:|")
    for labelled in sets:
        if labelled.kind == "digits":
            places = np.random.default_rng(0).permutation(len(labelled.pictures))
            report(labelled.take(sorted(places[: options.count].tolist())), classifier)
    return 0


def report(labelled: LabelledSet, classifier: Classifier) -> None:
    """Prints a set's row."""
    greys = [load_grey(picture, classifier.max_pixels, MAX_SIDE) for picture in labelled.pictures]
    wanted = labelled.labels
    found = [np.array([p.best for p in classifier.classify_batch(labelled.pictures)])]
    ways: tuple[Callable[[Grey], list[Look]], ...] = (whole, boxed, both)
    found += [np.array([best_digit(grey, way(grey), classifier) for grey in greys]) for way in ways]
    shares = (f"{(best == wanted).mean():.2%}" for best in found)
    print(f"| {labelled.name} | {len(greys):,} | {' | '.join(shares)} |", flush=True)


def whole(grey: Grey) -> list[Look]:
    """The picture as it is, ink being the tone of fewer pixels."""
    dark = grey <= otsu_level(grey)
    return [((0.0, 0.0, float(grey.shape[1]), float(grey.shape[0])), dark.mean() < 0.5)]


def boxed(grey: Grey) -> list[Look]:
    """What is around all pixels of that tone."""
    dark = grey <= otsu_level(grey)
    is_dark = bool(dark.mean() < 0.5)
    ink = dark if is_dark else ~dark
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    left, right = float(columns[0]), float(columns[-1] + 1)
    top, bottom = float(rows[0]), float(rows[-1] + 1)
    above, beside = _ABOVE_HEIGHTS * (bottom - top), _BESIDE_HEIGHTS * (bottom - top)
    return [((left - beside, top - above, right + beside, bottom + above), is_dark)]


def both(grey: Grey) -> list[Look]:
    """Both, the ink being dark and light."""
    looks = whole(grey) + boxed(grey)
    return looks + [(box, not is_dark) for box, is_dark in looks]


def otsu_level(grey: Grey) -> int:
    """The brightest level of the darker one of two classes (Otsu, 1979)."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    below, levels = counts.cumsum()[:-1], np.arange(256)
    sums = (counts * levels).cumsum()
    above = counts.sum() - below
    between = np.zeros(255)
    some = (below > 0) & (above > 0)
    means = sums[:-1][some] / below[some] - (sums[-1] - sums[:-1][some]) / above[some]
    between[some] = below[some] * above[some] * means**2
    return int(between.argmax())


def best_digit(grey: Grey, looks: list[Look], classifier: Classifier) -> int:
    """The most probable digit that stands alone in one of the looks; -1 in an even picture."""
    if is_even(grey):
        return -1
    seen = np.zeros(DIGIT_COUNT)
    for box, is_dark in looks:
        strip = padded_strip(cut_strip(grey, box, is_dark=is_dark))
        answers = classifier.line_probabilities(strip)[0]
        np.maximum(seen, lone_sign_probabilities(answers)[:DIGIT_COUNT], out=seen)
    return int(seen.argmax())


if __name__ == "__main__":
    sys.exit(main())
