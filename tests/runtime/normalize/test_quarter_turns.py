"""Pictures that are turned by a quarter, and are read all the same where that is asked for."""

import numpy as np
import pytest

import edgedigit
from edgedigit import Refusal
from edgedigit.normalize import normalize
from edgedigit.normalize.quarter_turns import turn_weights, turned_inks
from train.drawing.characters import draw_digits

# Neither 6 nor 9, of which one turned is the other, nor 0, 1 and 8, which are themselves.
LABELS = np.array([2, 3, 4, 5, 7] * 12)
DIGITS = draw_digits(LABELS, np.random.default_rng(3), 64)


def share_right(digits, labels, quarters=0, turn="auto"):
    pictures = [np.rot90(digit, quarters) for digit in digits]
    found = edgedigit.classify_batch(pictures, turn=turn)
    return np.mean([p.digit == label for p, label in zip(found, labels, strict=True)])


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_inks_turn_as_their_pictures(quarters):
    turned = np.ascontiguousarray(np.rot90(DIGITS, -quarters, axes=(1, 2)))
    found = turned_inks(normalize(DIGITS), quarters).astype(int)
    assert np.abs(found - normalize(turned)).mean() < 8


def test_upright_is_likelier_than_turned():
    confidences = np.array([[0.5, 0.99], [0.97, 0.9], [0.999, 0.999], [0.2, 0.2]], np.float32)
    weights = turn_weights(confidences)
    assert weights.argmax(axis=0).tolist() == [2, 0]
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    for same in (np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32)):
        assert turn_weights(same)[0] > 0.9


def test_of_6_and_9_on_their_sides_nobody_is_sure():
    labels = np.array([6, 9] * 40)
    digits = draw_digits(labels, np.random.default_rng(5), 64)
    for quarters in (1, 3):
        pictures = [np.rot90(digit, quarters) for digit in digits]
        found = edgedigit.classify_batch(pictures, turn="auto")
        assert np.mean([p.digit is None for p in found]) >= 0.05
        assert np.mean([p.confidence for p in found]) <= 0.95


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turned_digits_are_read(quarters):
    assert share_right(DIGITS, LABELS, quarters) >= 0.9


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_not_unless_that_is_asked_for(quarters):
    assert share_right(DIGITS, LABELS, quarters, turn="exif") < 0.5


def test_one_by_one_as_all_at_once():
    pictures = [np.rot90(digit, index % 4) for index, digit in enumerate(DIGITS)]
    found = edgedigit.classify_batch(pictures, turn="auto")
    assert found == [edgedigit.classify(picture, turn="auto") for picture in pictures]


def test_blank_and_several_stay_so():
    blank = np.full((40, 30), 220, np.uint8)
    several = np.hstack([np.pad(digit, 8) for digit in DIGITS[:3]])
    for picture, refusal in ((blank, Refusal.BLANK), (several, Refusal.SEVERAL)):
        assert edgedigit.classify(picture, turn="auto").refusal is refusal
    assert edgedigit.classify_batch([], turn="auto") == []


@pytest.mark.parametrize("turn", ["none", "", None, 90, True])
def test_other_turns_are_refused(turn):
    with pytest.raises(ValueError, match="turn must be 'exif' or 'auto'"):
        edgedigit.classify(DIGITS[0], turn=turn)


def test_mnist(mnist_path):
    with np.load(mnist_path) as arrays:
        digits, labels = arrays["x_test"][::5], arrays["y_test"][::5]
    assert share_right(digits, labels) >= share_right(digits, labels, turn="exif") - 0.002
    assert min(share_right(digits, labels, quarters) for quarters in (1, 3)) >= 0.93
