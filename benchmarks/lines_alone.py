"""What the line network alone reads, of a picture as a browser may prepare it.

    python -m benchmarks.lines_alone --sets DEV

First single digits, beside the network of digits. The latter sees normalised ink, as in
`edgedigit.classify` without second looks and in the browser; the line network sees grey, after a
resize and a contrast stretch: of the whole picture, of the box around the ink by Otsu's threshold,
or of both, each with dark and with light ink, the most probable digit. Counted is the best digit,
refused or not.

Then numbers of a single line, beside `edgedigit.read`: of the whole picture and of the box, the
surer one of which `readLine` in examples/browser takes. Counted are digits in their order.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Training is no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.reading.scores import without
from benchmarks.reading.sets import NumberSet, real_sets
from edgedigit import Classifier, read
from edgedigit.images import is_even, load_grey
from edgedigit.lines.decoding import best_signs, lone_sign_probabilities, text_probability
from edgedigit.lines.looks import answers_to
from edgedigit.lines.strips import cut_strip, padded_strip
from edgedigit.normalize import MAX_SIDE, prepare_all
from edgedigit.reading.reader import calibrated
from edgedigit.results import DIGIT_COUNT, SIGNS
from train.data.labelled import LabelledSet, load_sets
from train.data.mnist import DataError

Grey = NDArray[np.uint8]
Look = tuple[tuple[float, float, float, float], bool]

MAX_LENGTH_HEIGHTS = 50
"""What is longer is no line."""

# Margins around the ink, in heights of it, as those of `edgedigit.lines.lone_digit`.
_ABOVE_HEIGHTS, _BESIDE_HEIGHTS = 0.2, 0.4
_PICTURES_AT_ONCE = 32


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables; returns 0, or 1 when the data cannot be used."""
    parser = argparse.ArgumentParser(description="What the line network reads alone.")
    parser.add_argument("--sets", type=Path, required=True, metavar="DIR")
    parser.add_argument("--count", type=int, help="pictures of each set at most (default: all)")
    options = parser.parse_args(arguments)
    classifier = Classifier()
    try:
        print("| Digits | Pictures | `classify` | its ink alone | lines: whole | box | both |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for labelled in load_sets(options.sets):
            if labelled.kind == "digits":
                places = np.random.default_rng(0).permutation(len(labelled.pictures))
                some = labelled.take(sorted(places[: options.count].tolist()))
                report_digits(some, classifier)
        print(
            "\n| Numbers | Pictures | `read` | whole | box | surer | given, right | given, wrong |"
        )
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for numbers in real_sets(options.sets):
            report_numbers(numbers, options.count, classifier)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def report_digits(labelled: LabelledSet, classifier: Classifier) -> None:
    """Prints a set's row."""
    greys = [load_grey(picture, classifier.max_pixels, MAX_SIDE) for picture in labelled.pictures]
    found = [np.array([p.best for p in classifier.classify_batch(labelled.pictures)])]
    parts = np.array_split(np.arange(len(greys)), -(-len(greys) // _PICTURES_AT_ONCE))
    rows = [
        classifier.probabilities(prepare_all([greys[place] for place in part]).inks)
        for part in parts
    ]
    found.append(np.concatenate(rows)[:, :DIGIT_COUNT].argmax(axis=1))
    ways: tuple[Callable[[Grey], list[Look]], ...] = (whole, boxed, both)
    found += [np.array([best_digit(grey, way(grey), classifier) for grey in greys]) for way in ways]
    shares = (f"{(best == labelled.labels).mean():.2%}" for best in found)
    print(f"| {labelled.name} | {len(greys):,} | {' | '.join(shares)} |", flush=True)


def report_numbers(numbers: NumberSet, most: int | None, classifier: Classifier) -> None:
    """Prints a set's row: how many pictures are read right, and of the surer text what is given."""
    samples = [sample for sample in numbers.samples if "\n" not in sample.text][:most]
    right = np.zeros(6, int)
    for sample in samples:
        grey = sample.picture
        ways = [read_line(grey, look(grey), classifier) for look in (whole, boxed)]
        text, confidence = max(ways, key=lambda way: way[1])
        texts = [read(grey).text, *(way[0] for way in ways), text]
        are_right = [without(found, sample.ignored) == sample.text for found in texts]
        is_given = confidence >= classifier.line_threshold
        right += [*are_right, is_given and are_right[-1], is_given and not are_right[-1]]
    print(f"| {numbers.name} | {len(samples)} | {' | '.join(map(str, right))} |", flush=True)


def whole(grey: Grey, is_dark: bool | None = None) -> list[Look]:
    """The picture as it is; where it is not said how the ink is, it is the tone of fewer pixels."""
    if is_dark is None:
        is_dark = bool((grey <= otsu_level(grey)).mean() < 0.5)
    return [((0.0, 0.0, float(grey.shape[1]), float(grey.shape[0])), is_dark)]


def boxed(grey: Grey, is_dark: bool | None = None) -> list[Look]:
    """What is around all pixels of the ink's tone; `is_dark` as for `whole`."""
    [(_, is_dark)] = whole(grey, is_dark)
    ink = (grey <= otsu_level(grey)) == is_dark
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
    below, sums = counts.cumsum(), (counts * np.arange(256)).cumsum()
    above = below[-1] - below
    some = np.flatnonzero((below > 0) & (above > 0))
    if not len(some):
        return 0
    difference = sums[some] / below[some] - (sums[-1] - sums[some]) / above[some]
    return int(some[(below[some] * above[some] * (difference * difference)).argmax()])


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


def read_line(grey: Grey, looks: list[Look], classifier: Classifier) -> tuple[str, float]:
    """The most probable text of the looks, and how probably it is right; "" in an even picture."""
    best = "", 0.0
    for (left, top, right, bottom), is_dark in [] if is_even(grey) else looks:
        if right - left > MAX_LENGTH_HEIGHTS * (bottom - top):
            continue
        strip = cut_strip(grey, (left, top, right, bottom), is_dark=is_dark)
        answers = answers_to(strip, classifier)
        labels = [sign.label for sign in best_signs(answers)]
        sure = calibrated(text_probability(answers, labels), classifier.line_calibration)
        if labels and sure > best[1]:
            best = "".join(SIGNS[label] for label in labels), sure
    return best


if __name__ == "__main__":
    sys.exit(main())
