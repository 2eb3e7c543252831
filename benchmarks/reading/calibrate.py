"""Finds what makes the confidence of a read line mean what it says.

    python -m benchmarks.reading.calibrate --mnist mnist.npz --sets DEV -o confidence.json
    python -m export lines --model edgedigit/models/digits-v5 --confidence confidence.json

Lines composed of digits that no training saw, and other people's lines, weigh as much as each
other. Slope and offset of the logit are fitted (Platt, "Probabilistic outputs for support vector
machines", 1999); the threshold is the smallest at which few enough lines are given wrong.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Training and the other benchmarks are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from benchmarks.logistic import calibration_options, fit_logistic, update_numbers
from benchmarks.reading.scores import without
from benchmarks.reading.sets import NumberSet, composed_sets, real_sets
from edgedigit import Classifier, read
from train.data.mnist import DataError, load_mnist
from train.drawing.number_lines import digits_of

_MAX_WRONG_COMPOSED_SHARE, _MAX_WRONG_REAL_SHARE = 0.0105, 0.021
_THRESHOLDS = np.arange(50, 100, 2) / 100
_MIN_PROBABILITY = 1e-9


class _Answers(NamedTuple):
    """How probable the texts of lines were to the networks, and whether they are right."""

    logits: NDArray[np.float64]
    right: NDArray[np.bool_]


def main(arguments: list[str] | None = None) -> int:
    """Writes slope, offset and threshold, and prints what each threshold would give."""
    description = "Calibrates the confidence of read lines."
    options = calibration_options(arguments, description, 150, "lines of each composed kind")
    # Nothing is refused, so that each text is the most probable one.
    classifier = Classifier(options.model, min_confidence=0.0)
    try:
        digits = digits_of(load_mnist(options.mnist), "validation")
        composed = _answers(composed_sets(digits, options.count, options.seed), classifier)
        real = _answers(real_sets(options.sets), classifier)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    curve = fit_logistic([(part.logits[:, None], part.right) for part in (composed, real)])
    slope, offset = curve.tolist()
    print("| Threshold | Composed: given and right | given, wrong | Other people's | |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    chosen = float(_THRESHOLDS[-1])
    for threshold in _THRESHOLDS[::-1]:
        shares = []
        for part in (composed, real):
            given = slope * part.logits + offset >= np.log(threshold / (1 - threshold))
            shares += [np.mean(given & part.right), np.mean(given & ~part.right)]
        print(f"| {threshold:.2f} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
        if shares[1] <= _MAX_WRONG_COMPOSED_SHARE and shares[3] <= _MAX_WRONG_REAL_SHARE:
            chosen = float(threshold)
    found = {"slope": round(slope, 4), "offset": round(offset, 4), "threshold": chosen}
    print(found)
    update_numbers(options.output, found)
    return 0


def _answers(sets: Iterator[NumberSet] | list[NumberSet], classifier: Classifier) -> _Answers:
    """All lines of pictures of one line, by the classifier's own calibration undone."""
    slope, offset = classifier.line_calibration
    logits, right = [], []
    for numbers in sets:
        for sample in numbers.samples:
            if "\n" in sample.text:
                continue
            reading = read(sample.picture, classifier=classifier)
            bounded = min(max(reading.confidence, _MIN_PROBABILITY), 1 - _MIN_PROBABILITY)
            logits.append((np.log(bounded / (1 - bounded)) - offset) / slope)
            right.append(without(reading.text, sample.ignored) == sample.text)
    return _Answers(np.array(logits), np.array(right))


if __name__ == "__main__":
    sys.exit(main())
