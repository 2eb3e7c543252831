"""Finds what makes the confidence of a second look at a single digit mean what it says.

    python -m benchmarks.lone_digits --mnist mnist.npz --sets DEV -o confidence.json
    python -m export lines --model edgedigit/models/digits-v5 --confidence confidence.json

The file's other numbers stay as they are. Pictures are those of which the network of digits is not
sure: scenes rendered of digits that no training saw, and other people's pictures; each scene and
each set weighs the same. The threshold is the smallest at which few enough pictures that show no
digit, and few enough digits, are given wrong.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Training and the other benchmarks are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.digit_scenes import QUARTER_TURN, SCENES, scenes
from benchmarks.logistic import calibration_options, fit_logistic, update_numbers
from benchmarks.scenes import first_digits
from edgedigit import Classifier
from edgedigit.classifier import is_sure, may_surround, opinion
from edgedigit.images import load_grey
from edgedigit.lines.lone_digit import Calibration, features_of, lone_evidence
from edgedigit.normalize import MAX_SIDE
from edgedigit.results import DIGIT_COUNT
from train.data.labelled import load_sets, prepare
from train.data.mnist import DataError, load_mnist
from train.drawing.number_lines import digits_of

_MAX_WRONG_SHARE, _MAX_GIVEN_SHARE_OF_NO_DIGITS = 0.01, 0.05
_THRESHOLDS = np.arange(50, 100) / 100
# Each set weighs the same: of fewer pictures one would count for too much.
_MIN_PICTURES_OF_A_SET, _MAX_PICTURES_OF_A_SET = 10, 150
_FIELDS = [f"lone_{name}" for name in Calibration._fields]


class _Doubt(NamedTuple):
    """A picture of which the network of digits is not sure.

    Attributes:
        grey: uint8 of shape (height, width).
        label: 10 where there is no digit.
        of_ink: The probability of each digit to that network; zeros where that does not count.
    """

    grey: NDArray[np.uint8]
    label: int
    of_ink: NDArray[np.floating]


class _Unsure(NamedTuple):
    """Pictures that are looked at again.

    Attributes:
        name: Of their set.
        features: Of shape (n, 6).
        right: bool of shape (n,): whether the best digit of the second look is the right one.
        has_digits: Whether they show digits at all.
    """

    name: str
    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    has_digits: bool


def main(arguments: list[str] | None = None) -> int:
    """Writes weights and threshold, and prints what each threshold would give."""
    description = "Calibrates second looks at single digits."
    options = calibration_options(arguments, description, 40, "pictures of each scene")
    classifier = Classifier(options.model)
    try:
        parts = list(_scenes(options.mnist, options.count, options.seed, classifier))
        parts += _sets(options.sets, options.seed, classifier)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    curve = fit_logistic([(part.features, part.right) for part in parts])
    print("| Threshold | Digits: given and right | given, wrong | No digits: given |")
    print("| ---: | ---: | ---: | ---: |")
    chosen = float(_THRESHOLDS[-1])
    for threshold in _THRESHOLDS[::-1]:
        shares = _shares(parts, curve, threshold)
        print(f"| {threshold:.2f} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
        if shares[1] <= _MAX_WRONG_SHARE and shares[2] <= _MAX_GIVEN_SHARE_OF_NO_DIGITS:
            chosen = float(threshold)
    numbers = [curve[-1], *curve[:-1]]
    found = {name: round(float(x), 4) for name, x in zip(_FIELDS, numbers, strict=True)}
    found["lone_threshold"] = chosen
    print(found)
    update_numbers(options.output, found)
    return 0


def _scenes(mnist: Path, count: int, seed: int, classifier: Classifier) -> Iterator[_Unsure]:
    digits = first_digits(digits_of(load_mnist(mnist), "validation"), count)
    for name in SCENES:
        if name != QUARTER_TURN:
            made = scenes(name, *digits, seed)
            greys = [load_grey(scene.picture, classifier.max_pixels, MAX_SIDE) for scene in made]
            labels = [DIGIT_COUNT if scene.label is None else scene.label for scene in made]
            yield from _unsure(name, _unsure_ones(greys, labels, classifier), classifier)


def _sets(folder: Path, seed: int, classifier: Classifier) -> Iterator[_Unsure]:
    for labelled in load_sets(folder):
        if labelled.kind == "look-alikes":
            continue
        places = np.random.default_rng(seed).permutation(prepare(labelled).places)
        unsure: list[_Doubt] = []
        for start in range(0, len(places), _MAX_PICTURES_OF_A_SET):
            some = places[start : start + _MAX_PICTURES_OF_A_SET].tolist()
            every = [load_grey(labelled.pictures[i], classifier.max_pixels, MAX_SIDE) for i in some]
            unsure += _unsure_ones(every, labelled.labels[some].tolist(), classifier)
            if len(unsure) >= _MAX_PICTURES_OF_A_SET:
                break
        yield from _unsure(labelled.name, unsure, classifier)


def _unsure_ones(
    greys: list[NDArray[np.uint8]], labels: list[int], classifier: Classifier
) -> list[_Doubt]:
    answers, inks = classifier.answers_by_ink(greys, "auto", "exif")
    doubts = []
    for grey, label, ink, answer in zip(greys, labels, inks, answers, strict=True):
        surrounds = may_surround(ink, answer)
        if surrounds or not is_sure(answer):
            doubts.append(_Doubt(grey, label, opinion(answer, surrounds)))
    return doubts


def _unsure(name: str, doubts: list[_Doubt], classifier: Classifier) -> Iterator[_Unsure]:
    features, right = [], []
    for grey, label, of_ink in doubts:
        seen = lone_evidence(grey, "auto", classifier)
        if seen is not None and seen.alone.any():
            features.append(features_of(seen.alone, of_ink))
            right.append(bool(seen.alone[:DIGIT_COUNT].argmax() == label))
    if len(features) >= _MIN_PICTURES_OF_A_SET:
        has_digits = any(doubt.label < DIGIT_COUNT for doubt in doubts)
        yield _Unsure(name, np.array(features), np.array(right), has_digits)
        print(f"{name}: {len(right)} looked at again, {sum(right)} right", flush=True)


def _shares(
    parts: list[_Unsure], curve: NDArray[np.float64], threshold: float
) -> tuple[float, float, float]:
    """The means over sets of digits given right, digits given wrong, and no digits given."""
    logit = np.log(threshold / (1 - threshold))
    given = [part.features @ curve[:-1] + curve[-1] >= logit for part in parts]
    both = list(zip(given, parts, strict=True))
    with_digits = [(each, part.right) for each, part in both if part.has_digits]
    without = [np.mean(each) for each, part in both if not part.has_digits]
    return (
        float(np.mean([np.mean(each & right) for each, right in with_digits])),
        float(np.mean([np.mean(each & ~right) for each, right in with_digits])),
        float(np.mean(without)) if without else 0.0,
    )


if __name__ == "__main__":
    sys.exit(main())
