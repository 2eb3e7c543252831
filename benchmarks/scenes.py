"""How well `edgedigit.classify` reads single digits in the scenes that people photograph.

    python benchmarks/scenes.py --mnist mnist.npz --sheets scenes/
    python benchmarks/scenes.py --mnist mnist.npz --part test --count 200 --sets SETS -o scenes.json

The scenes of benchmarks/digit_scenes.py are rendered from MNIST's digits: of those that no training
saw to develop with (`--part validation`), of the test part for figures to be reported. `--sheets`
writes a sheet of each scene, with what was read. `--sets` counts other people's pictures too.
Beside each answer is counted what the network of digits says of the ink alone, without a second
look. The file has these shares for the card (`python -m export lines --scenes scenes.json`).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import NamedTuple

# Training and the other benchmarks are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.digit_scenes import QUARTER_TURN, SCENES, Scene, scenes
from benchmarks.sheets import Captioned, file_name, small, write_sheet
from edgedigit import Prediction
from edgedigit.classifier import default_classifier
from edgedigit.images import load_grey
from edgedigit.normalize import MAX_SIDE, Turn
from edgedigit.results import DIGIT_COUNT
from train.data.labelled import load_sets
from train.data.mnist import DataError, load_mnist
from train.drawing.number_lines import SingleDigits, digits_of

_SHEET_SIDE_PIXELS = 150


class Figures(NamedTuple):
    """How many answers of a scene are what.

    Attributes:
        right: The best digit is the right one, refused or not; where there is no digit, refused.
        given: The right digit is given; where there is none, as many as are right.
        wrong: Another digit is given.
    """

    right: int
    given: int
    wrong: int


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; returns 0, or 1 when the data cannot be used."""
    parser = argparse.ArgumentParser(description="How well digits are read in scenes.")
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument("--part", choices=["validation", "test"], default="validation")
    parser.add_argument("--count", type=int, default=100, help="pictures of each scene")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sets", type=Path, metavar="DIR", help="labelled sets of pictures")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="where the scenes are drawn")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.json", help="the scenes' shares")
    options = parser.parse_args(arguments)
    try:
        digits = digits_of(load_mnist(options.mnist), options.part)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    columns = (
        "Pictures",
        "Right",
        "Given, right: ink alone",
        "all",
        "Given, wrong: ink alone",
        "all",
    )
    print(f"| Scene | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}")
    of_scenes = {}
    for name in SCENES:
        made = scenes(name, *first_digits(digits, options.count), options.seed)
        of_scenes[name] = _report(name, made, options.sheets)
    if options.output:
        options.output.write_text(json.dumps(of_scenes, indent=1) + "\n", "utf-8")
    try:
        sets = load_sets(options.sets) if options.sets else []
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for labelled in sets:
        if labelled.kind != "look-alikes":
            places = np.random.default_rng(options.seed).permutation(len(labelled.pictures))
            some = labelled.take(places[: options.count].tolist())
            made = [
                Scene(load_grey(picture), int(label) if label < DIGIT_COUNT else None)
                for picture, label in zip(some.pictures, some.labels, strict=True)
            ]
            _report(labelled.name, made, options.sheets)
    return 0


def _report(name: str, made: list[Scene], sheets: Path | None) -> list[float]:
    """Prints a row, and writes a sheet where one is wanted.

    Returns:
        The shares of those given right, by the ink alone and in the end, and of those given wrong.
    """
    answers = [answer(name, scene) for scene in made]
    ink, whole = figures(made, [ink_answer(name, scene) for scene in made]), figures(made, answers)
    counts = whole.right, ink.given, whole.given, ink.wrong, whole.wrong
    right, *shares = (count / len(made) for count in counts)
    cells = " | ".join(f"{share:.1%}" for share in (right, *shares))
    print(f"| {name} | {len(made)} | {cells} |", flush=True)
    if sheets:
        shown = [_captioned(*pair) for pair in zip(made, answers, strict=True)]
        write_sheet(sheets / f"{file_name(name)}.png", shown, columns=8)
    return shares


def first_digits(digits: SingleDigits, count: int) -> SingleDigits:
    """As many as asked for, and no more than there are."""
    return SingleDigits(digits.pictures[:count], digits.labels[:count])


def answer(name: str, scene: Scene) -> Prediction:
    """What edgedigit says; it may turn what was turned."""
    return default_classifier().classify(scene.picture, turn=_turn(name))


def ink_answer(name: str, scene: Scene) -> Prediction:
    """What the network of digits says of the ink, which is the answer without a second look."""
    classifier = default_classifier()
    grey = load_grey(scene.picture, classifier.max_pixels, MAX_SIDE)
    [said], _ = classifier.answers_by_ink([grey], "auto", _turn(name))
    return said


def _turn(name: str) -> Turn:
    return "auto" if name == QUARTER_TURN else "exif"


def figures(made: list[Scene], answers: list[Prediction]) -> Figures:
    """Counts what is right, and what is given."""
    right = given = wrong = 0
    for scene, said in zip(made, answers, strict=True):
        wanted = said.digit is None if scene.label is None else said.best == scene.label
        right += wanted
        given += said.digit == scene.label
        wrong += said.digit is not None and said.digit != scene.label
    return Figures(right, given, wrong)


def _captioned(scene: Scene, said: Prediction) -> Captioned:
    label = "none" if scene.label is None else scene.label
    read = said.digit if said.refusal is None else f"{said.refusal}, {said.best}"
    caption = f"{label} -> {read} ({said.confidence:.2f})"
    return Captioned(small(scene.picture, _SHEET_SIDE_PIXELS), caption)


if __name__ == "__main__":
    sys.exit(main())
