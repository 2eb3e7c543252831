"""Where there is no digit, the model that ships says so, whatever is in its place."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit import Classifier, Refusal
from edgedigit.images import load_grey
from tests.support.paths import ROOT
from train.drawing.characters import draw_digits, draw_non_digits

Rng = np.random.Generator
Picture = NDArray[np.uint8]

EXAMPLES = ROOT / "examples" / "digits"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier()


def even(side: int, rng: Rng) -> Picture:
    return np.full((side, side), rng.integers(0, 256), np.uint8)


def noise(side: int, rng: Rng) -> Picture:
    return rng.integers(0, 256, (side, side), np.uint8)


def faint_noise(side: int, rng: Rng) -> Picture:
    return rng.normal(128, rng.uniform(1, 40), (side, side)).clip(0, 255).astype(np.uint8)


def salt(side: int, rng: Rng) -> Picture:
    return ((rng.random((side, side)) < rng.uniform(0.02, 0.98)) * 255).astype(np.uint8)


def gradient(side: int, rng: Rng) -> Picture:
    y, x = np.mgrid[:side, :side] / side
    angle = rng.uniform(0, 2 * np.pi)
    across = np.cos(angle) * x + np.sin(angle) * y
    across = (across - across.min()) / np.ptp(across)
    low, high = np.sort(rng.uniform(0, 255, 2))
    return (low + (high - low) * across + rng.normal(0, 2, x.shape)).clip(0, 255).astype(np.uint8)


def glow(side: int, rng: Rng) -> Picture:
    y, x = np.mgrid[:side, :side] / side
    distance = (y - rng.random()) ** 2 + (x - rng.random()) ** 2
    return (255 * distance / 2).astype(np.uint8)


@pytest.mark.parametrize("draw", [even, noise, faint_noise, salt, gradient, glow])
@pytest.mark.parametrize("side", [20, 28, 64, 100, 200])
def test_no_digit_is_seen_where_nothing_is_written(
    classifier: Classifier, draw: Callable[[int, Rng], Picture], side: int
) -> None:
    rng = np.random.default_rng(side)
    answers = classifier.classify_batch([draw(side, rng) for _ in range(25)])
    assert [answer.digit for answer in answers] == [None] * 25


def test_letters_and_scribbles_are_seldom_read(classifier: Classifier) -> None:
    rng = np.random.default_rng(5)
    drawn = [*draw_non_digits("letters", 200, rng), *draw_non_digits("scribbles", 100, rng)]
    read = sum(answer.digit is not None for answer in classifier.classify_batch(drawn))
    assert read <= 20


def test_drawn_digits_are_read(classifier: Classifier) -> None:
    labels = np.arange(300) % 10
    answers = classifier.classify_batch(list(draw_digits(labels, np.random.default_rng(6))))
    right = [answer.digit == label for answer, label in zip(answers, labels, strict=True)]
    assert np.mean(right) >= 0.95


def test_the_examples_are_read(classifier: Classifier) -> None:
    for path in sorted(EXAMPLES.glob("*.png")):
        answer = classifier.classify(load_grey(path))
        if path.name[0].isdigit():
            assert answer.digit == int(path.name[0]), path.name
        else:
            reason = Refusal.BLANK if path.name.startswith("blank") else Refusal.NOT_A_DIGIT
            assert answer.refusal is reason, path.name
