import dataclasses
import math

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier, ImageError, Reading, Refusal
from tests.support.paths import ROOT
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

EXAMPLES = ROOT / "examples" / "numbers"
SIZE = 64


def line_of(text: str, seed: int = 1, gap: int = 12) -> np.ndarray:
    """Digits beside each other, bright on black; a space is as wide as a digit."""
    values = [int(sign) for sign in text if sign != " "]
    digits = iter(draw_digits(values, np.random.default_rng(seed), SIZE))
    parts = [np.zeros((SIZE, gap), np.uint8)]
    for sign in text:
        if sign == " ":
            part = np.zeros((SIZE, SIZE), np.uint8)
        else:
            digit = next(digits)
            columns = np.flatnonzero(digit.max(axis=0))
            part = digit[:, columns[0] : columns[-1] + 1]
        parts += [part, np.zeros((SIZE, gap), np.uint8)]
    return np.pad(np.hstack(parts), 20)


def page_of(*texts: str) -> np.ndarray:
    lines = [line_of(text, seed) for seed, text in enumerate(texts)]
    width = max(line.shape[1] for line in lines)
    return np.vstack([np.pad(line, ((0, 0), (0, width - line.shape[1]))) for line in lines])


@pytest.mark.parametrize("text", ["7", "40713", "0123456789", "11", "2026"])
def test_a_line_is_read(text):
    reading = edgedigit.read(255 - line_of(text))
    assert reading.text == text
    assert len(reading.digits) == len(text)
    assert reading.refused == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [("note.png", "40713\n2026\n88052"), ("form.png", "3141592"), ("board.png", "5870")],
)
def test_the_examples_are_read(name, text):
    assert edgedigit.read(EXAMPLES / name).text == text


def test_ink_paper_and_size_do_not_matter():
    ink = line_of("40713")
    for picture in (
        ink,
        255 - ink,
        (230 - ink * 0.6).astype(np.uint8),
        255 - (ink[..., None] * [0.5, 0.9, 0.3]).astype(np.uint8),
        np.pad(255 - ink, 600, constant_values=255),
        np.kron(255 - ink, np.ones((5, 5), np.uint8)),
    ):
        assert edgedigit.read(picture).text == "40713"
    assert edgedigit.read(255 - ink, ink="dark").text == "40713"
    assert edgedigit.read(ink, ink="light").text == "40713"


def test_lines_are_read_from_top_to_bottom():
    reading = edgedigit.read(255 - page_of("407", "13", "88052"))
    assert reading.text == "407\n13\n88052"
    assert [len(line) for line in reading.lines] == [3, 2, 5]


def test_spaces_separate_numbers_when_asked_for():
    picture = 255 - line_of("12 345 6")
    assert edgedigit.read(picture).text == "123456"
    assert edgedigit.read(picture, spaces=True).text == "12 345 6"


def test_boxes_hold_the_digits_in_pixels_of_the_picture():
    ink = np.pad(line_of("40713"), ((30, 90), (200, 10)))
    for factor in (1, 6):  # the larger one is reduced before it is read
        picture = np.kron(255 - ink, np.ones((factor, factor), np.uint8))
        boxes = [digit.box for digit in edgedigit.read(picture).digits]
        assert len(boxes) == 5
        inside = np.zeros(picture.shape, bool)
        for box in boxes:
            assert 0 <= box.left < box.right <= picture.shape[1]
            assert 0 <= box.top < box.bottom <= picture.shape[0]
            inside[box.top : box.bottom, box.left : box.right] = True
        assert [box.left for box in boxes] == sorted(box.left for box in boxes)
        strong = picture < 100
        assert np.count_nonzero(strong & inside) > 0.98 * np.count_nonzero(strong)
        assert boxes[0].left > 200 * factor


def test_confidence_is_that_of_all_digits_together():
    reading = edgedigit.read(255 - line_of("40713"))
    assert reading.confidence == math.prod(d.prediction.confidence for d in reading.digits)
    assert 0 < reading.confidence <= 1


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_blank_picture_has_an_empty_reading(level):
    reading = edgedigit.read(np.full((300, 800), level, np.uint8))
    assert (reading.text, reading.digits, reading.confidence) == ("", (), 0.0)


def test_what_is_refused_is_a_question_mark():
    classifier = Classifier(min_confidence=1.0)
    reading = edgedigit.read(255 - line_of("407"), classifier=classifier)
    assert reading.text == "???"
    assert [digit.prediction.refusal for digit in reading.refused] == [Refusal.UNSURE] * 3
    assert [digit.prediction.best for digit in reading.digits] == [4, 0, 7]


def test_any_kind_of_picture_is_read(tmp_path):
    picture = 255 - line_of("13")
    path = tmp_path / "13.png"
    path.write_bytes(png_file(picture))
    for image in (picture, path, str(path), path.read_bytes(), path.open("rb"), picture / 255):
        assert edgedigit.read(image).text == "13"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"image": 3}, TypeError, "a picture is a path"),
        ({"image": b"text"}, ImageError, "not a picture"),
        ({"image": "none.png"}, FileNotFoundError, "none.png"),
        ({"ink": "blue"}, ValueError, "ink must be 'auto', 'dark' or 'light'"),
        ({"spaces": 1}, TypeError, "spaces must be a bool, not int"),
        ({"length": 0}, ValueError, "length must be at least 1, not 0"),
        ({"length": 2.0}, TypeError, "length must be an int, not float"),
        ({"classifier": "model"}, TypeError, "classifier must be a Classifier, not str"),
    ],
)
def test_wrong_arguments_raise_at_once(arguments, error, message):
    with pytest.raises(error, match=message):
        edgedigit.read(**{"image": np.zeros((28, 28), np.uint8), **arguments})


def test_the_pixel_limit_is_the_classifiers():
    with pytest.raises(edgedigit.TooLargeError):
        edgedigit.read(line_of("13"), classifier=Classifier(max_pixels=100))


def test_a_reading_cannot_be_changed():
    reading = edgedigit.read(255 - line_of("13"))
    assert isinstance(reading, Reading)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reading.spaces = True
