"""`read`: what people ask of it, with numbers that are composed of drawn digits and marks."""

import dataclasses
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier, ImageError, ReadDigit, Reading, ReadMark, Refusal
from edgedigit.results import Box
from tests.support.paths import ROOT
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits, draw_non_digits

EXAMPLES = ROOT / "examples" / "numbers"
SIZE = 64
MARKS = {".": [(48, 55, 6)], ":": [(24, 31, 6), (44, 51, 6)], "-": [(30, 35, 22)]}
"""Rows from and to, and how wide, of the bars of ink that a mark is made of."""


def line_of(text: str, seed: int = 1, gap: int = 12) -> np.ndarray:
    """Digits and marks beside each other, bright on black; a space is as wide as a digit."""
    values = [int(sign) for sign in text if sign.isdigit()]
    digits = iter(draw_digits(values, np.random.default_rng(seed), SIZE))
    parts = [np.zeros((SIZE, gap), np.uint8)]
    for sign in text:
        if sign.isdigit():
            digit = next(digits)
            columns = np.flatnonzero(digit.max(axis=0))
            part = digit[:, columns[0] : columns[-1] + 1]
        else:
            part = np.zeros((SIZE, SIZE), np.uint8)
            for top, bottom, width in MARKS.get(sign, ()):
                part = part[:, :width]
                part[top:bottom] = 255
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
    assert (len(reading.digits), reading.marks, reading.refused) == (len(text), (), ())
    assert reading.refusal is None


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


@pytest.mark.parametrize("times", [3, 4])
@pytest.mark.parametrize("small", ["57", "40713", "1862"])
def test_a_number_in_much_smaller_digits_is_no_dirt(small, times):
    large, low = np.kron(line_of("290", 3), np.ones((times, times), np.uint8)), line_of(small)
    for place in (20, large.shape[1] - low.shape[1] - 20):
        below = np.pad(low, ((0, 0), (place, large.shape[1] - low.shape[1] - place)))
        assert edgedigit.read(255 - np.vstack([large, below])).text == f"290\n{small}"
        assert edgedigit.read(255 - np.vstack([below, large])).text == f"{small}\n290"


def test_words_and_specks_in_small_below_a_number_are_dirt():
    large = np.kron(line_of("290", 3), np.ones((4, 4), np.uint8))
    letters = draw_non_digits("letters", 8, np.random.default_rng(1))
    words = np.hstack([np.pad(np.asarray(letter), 8) for letter in letters])
    specks = np.zeros((60, large.shape[1]), np.uint8)
    specks[20:26, 50:600:70] = 255
    for below in (np.pad(words, ((0, 0), (10, large.shape[1] - words.shape[1] - 10))), specks):
        assert edgedigit.read(255 - np.vstack([large, below])).text == "290"


def test_spaces_separate_numbers_when_asked_for():
    picture = 255 - line_of("12 345 6")
    assert edgedigit.read(picture).text == "123456"
    assert edgedigit.read(picture, spaces=True).text == "12 345 6"


# --- marks


@pytest.mark.parametrize("text", ["12.5", "-12.5", "40-713", "08:45"])
def test_marks_are_read_where_they_stand(text):
    picture = 255 - line_of(text)
    reading = edgedigit.read(picture)
    assert reading.text == text
    assert [type(sign) for sign in reading.lines[0]] == [
        ReadDigit if sign.isdigit() else ReadMark for sign in text
    ]
    assert [mark.text for mark in reading.marks] == [sign for sign in text if sign in MARKS]
    assert all(0 < mark.confidence <= 1 for mark in reading.marks)


def test_marks_are_left_out_when_asked_for():
    reading = edgedigit.read(255 - line_of("-40.57"), marks=False)
    assert (reading.text, reading.marks) == ("4057", ())
    assert reading.refusal is None


def test_the_length_counts_digits_alone():
    reading = edgedigit.read(255 - line_of("-40.57"), length=4)
    assert (reading.text, reading.refusal) == ("-40.57", None)


# --- length


def test_a_length_that_fits_changes_nothing_but_the_confidence():
    picture = 255 - line_of("40713")
    free, told = edgedigit.read(picture), edgedigit.read(picture, length=5)
    assert (told.text, told.refusal) == ("40713", None)
    assert told.confidence >= free.confidence - 1e-6


@pytest.mark.parametrize("length", [1, 4, 6, 50])
def test_no_digit_is_made_up_for_a_length(length):
    picture = 255 - line_of("40713")
    reading = edgedigit.read(picture, length=length)
    assert (reading.text, reading.refusal) == ("40713", Refusal.LENGTH)
    assert reading.lines == edgedigit.read(picture).lines


def test_a_length_is_that_of_all_lines_together():
    picture = 255 - page_of("407", "13")
    assert edgedigit.read(picture, length=5).refusal is None
    assert edgedigit.read(picture, length=3).refusal is Refusal.LENGTH


# --- confidence and refusals


def test_confidence_is_that_of_the_whole_text():
    lines = [255 - line_of("40713", seed) for seed in range(3)]
    alone = [edgedigit.read(line).confidence for line in lines]
    assert all(Classifier().min_confidence < confidence <= 1 for confidence in alone)
    page = edgedigit.read(255 - page_of("40713", "40713", "40713"))  # the same ones
    assert page.confidence < min(alone)


@pytest.mark.parametrize("options", [{}, {"length": 3}, {"marks": False}, {"turn": "auto"}])
@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_blank_picture_has_an_empty_reading(level, options):
    reading = edgedigit.read(np.full((300, 800), level, np.uint8), **options)
    assert (reading.text, reading.lines, reading.confidence) == ("", (), 0.0)
    assert reading.refusal is Refusal.BLANK


def test_an_unsure_reading_is_refused_and_says_what_it_would_be():
    classifier = Classifier(min_confidence=1.0)
    reading = edgedigit.read(255 - line_of("407"), classifier=classifier)
    assert (reading.text, reading.refused) == ("407", ())
    assert reading.refusal is Refusal.UNSURE


def test_a_digit_that_is_more_probably_wrong_is_a_question_mark():
    rng, refused = np.random.default_rng(5), 0
    for _ in range(20):
        blots = rng.random((60, 200))
        for axis in (0, 1, 0, 1):
            blots = np.apply_along_axis(np.convolve, axis, blots, np.ones(6), "same")
        blots = np.where(blots > np.percentile(blots, 80), 0, 255).astype(np.uint8)
        reading = edgedigit.read(np.pad(blots, 40, constant_values=255))
        refused += len(reading.refused)
        signs = [sign.text for line in reading.lines for sign in line]
        assert reading.text.replace("\n", "") == "".join(signs)
        for digit in reading.refused:
            assert (digit.text, digit.prediction.digit) == ("?", None)
            assert digit.prediction.refusal is reading.refusal is Refusal.UNSURE
    assert refused


def test_nothing_is_refused_without_a_threshold():
    scribble = np.random.default_rng(3).integers(0, 256, (60, 200), np.uint8)
    for picture in (255 - line_of("40713"), np.pad(scribble, 90)):
        reading = edgedigit.read(picture, classifier=Classifier(min_confidence=0.0))
        assert reading.refused == ()
        assert reading.refusal in (None, Refusal.BLANK)


@pytest.mark.parametrize("length", [None, 1])
def test_a_one_alone_is_no_rule(length):
    picture = np.full((310, 318), 255, np.uint8)
    picture[50:260, 180:189] = 0
    assert edgedigit.read(picture, length=length).text == "1"
    picture[50:260, 189:205] = 0
    reading = edgedigit.read(picture, length=length)
    assert (reading.text, reading.refusal) == ("1", None)
    # To the pixels of the picture that it is reduced to.
    assert reading.digits[0].box == Box(180, 50, 206, 260)
    assert edgedigit.read(picture, length=2).refusal is Refusal.LENGTH


def test_signs_too_faint_to_read_are_not_one_bold_digit():
    picture = np.full((300, 1300), 200, np.uint8)
    signs = draw_non_digits("letters", 9, np.random.default_rng(2), 100)
    for place, sign in enumerate(signs):
        left = 30 + 130 * place
        picture[100:200, left : left + 100] -= (sign // 5).astype(np.uint8)
    picture[60:240, 1220:1240] = 20
    reading = edgedigit.read(picture)
    assert reading.refusal is not None or len(reading.text) > 1


# --- boxes


def test_boxes_hold_the_signs_in_pixels_of_the_picture():
    ink = np.pad(line_of("40.713"), ((30, 90), (200, 10)))
    for factor in (1, 6):  # the larger one is reduced before it is read
        picture = np.kron(255 - ink, np.ones((factor, factor), np.uint8))
        (line,) = edgedigit.read(picture).lines
        boxes = [sign.box for sign in line]
        assert len(boxes) == 6
        inside = np.zeros(picture.shape, bool)
        for box in boxes:
            assert 0 <= box.left < box.right <= picture.shape[1]
            assert 0 <= box.top < box.bottom <= picture.shape[0]
            inside[box.top : box.bottom, box.left : box.right] = True
        assert [box.left for box in boxes] == sorted(box.left for box in boxes)
        strong = picture < 100
        assert np.count_nonzero(strong & inside) > 0.98 * np.count_nonzero(strong)
        assert boxes[0].left > 190 * factor


# --- what is passed


def test_any_kind_of_picture_is_read(tmp_path):
    picture = 255 - line_of("73")
    path = tmp_path / "73.png"
    path.write_bytes(png_file(picture))
    for image in (picture, path, str(path), path.read_bytes(), path.open("rb"), picture / 255):
        assert edgedigit.read(image).text == "73"


SHAPES = [(1, 1), (4, 4000), (1000, 1), (2, 3), (28, 28), (40, 7), (600, 900)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("options", [{}, {"length": 3, "marks": False}])
def test_noise_stripes_and_slivers_have_a_reading(shape, options):
    """Whatever is seen there: boxes lie in the picture, and the reading is whole."""
    dice = np.random.default_rng(8)
    noise = dice.integers(0, 256, shape, np.uint8)
    rows, columns = np.indices(shape)
    for picture in (noise, (noise > 250) * np.uint8(255), ((rows + columns) % 9 < 2) * 255.0):
        reading = edgedigit.read(picture, **options)
        assert 0 <= reading.confidence <= 1
        assert (reading.refusal is Refusal.BLANK) == (reading.lines == ())
        assert all(line for line in reading.lines)
        assert set(reading.text) <= set("0123456789.,-/:?\n")
        for sign in (*reading.digits, *reading.marks):
            assert 0 <= sign.box.left < sign.box.right <= shape[1]
            assert 0 <= sign.box.top < sign.box.bottom <= shape[0]
        if "length" in options and reading.refusal in (None, Refusal.UNSURE):
            assert len(reading.digits) == options["length"]


class CountingClassifier(Classifier):
    """Counts the columns that the line network is asked for."""

    columns = 0

    def line_probabilities(self, strips):
        self.columns += strips.shape[-1]
        return super().line_probabilities(strips)


@pytest.mark.parametrize("options", [{}, {"length": 5}, {"length": 10_000}, {"marks": False}])
def test_lines_without_an_end_are_not_looked_at_and_not_left_out(options):
    """What it takes is bounded, however long lines are for their height."""
    page = np.full((1000, 9000), 255, np.uint8)
    for number, top in enumerate(range(100, 1000, 100)):
        for left in range(30, 8900 if number else 330, 60):
            page[top : top + 14, left : left + 4] = 0
    classifier = CountingClassifier()
    reading = edgedigit.read(page, classifier=classifier, **options)
    assert 0 < classifier.columns <= 51_000
    first, *others = reading.text.split("\n")
    assert (first, len(others), others[-1]) == ("11111", 8, "?")
    assert reading.confidence < 1e-6
    assert reading.refusal is (Refusal.LENGTH if "length" in options else Refusal.UNSURE)
    box = reading.lines[-1][0].box
    assert 0 <= box.left < box.right <= 9000
    assert 890 < box.top < box.bottom < 930


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"image": 3}, TypeError, "a picture is a path"),
        ({"image": b"text"}, ImageError, "not a picture"),
        ({"image": "none.png"}, FileNotFoundError, "none.png"),
        ({"ink": "blue"}, ValueError, "ink must be 'auto', 'dark' or 'light'"),
        ({"spaces": 1}, TypeError, "spaces must be a bool, not int"),
        ({"marks": None}, TypeError, "marks must be a bool, not NoneType"),
        ({"length": 0}, ValueError, "length must be at least 1, not 0"),
        ({"length": 2.0}, TypeError, "length must be an int, not float"),
        ({"length": True}, TypeError, "length must be an int, not bool"),
        ({"classifier": "model"}, TypeError, "classifier must be a Classifier, not str"),
    ],
)
def test_wrong_arguments_raise_at_once(arguments, error, message):
    with pytest.raises(error, match=message):
        edgedigit.read(**{"image": np.zeros((28, 28), np.uint8), **arguments})


def test_the_pixel_limit_is_the_classifiers():
    with pytest.raises(edgedigit.TooLargeError):
        edgedigit.read(line_of("13"), classifier=Classifier(max_pixels=100))


# --- results


def test_a_reading_cannot_be_changed():
    reading = edgedigit.read(255 - line_of("13"))
    assert isinstance(reading, Reading)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reading.spaces = True


def test_a_reading_is_pickled_and_compared():
    reading = edgedigit.read(255 - line_of("-40.57"), spaces=True)
    again = pickle.loads(pickle.dumps(reading))
    assert again == reading
    assert again.text == reading.text
    assert hash(again) == hash(reading)


def test_a_reading_as_json():
    reading = edgedigit.read(255 - line_of("-40.57"))
    said = json.loads(json.dumps(reading.to_dict()))
    assert list(said) == ["text", "confidence", "refusal", "digits", "marks", "turned"]
    assert (said["text"], said["refusal"], said["turned"]) == ("-40.57", None, 0)
    assert said["confidence"] == reading.confidence
    assert [digit["digit"] for digit in said["digits"]] == [4, 0, 5, 7]
    assert [mark["text"] for mark in said["marks"]] == ["-", "."]
    for sign, fields in zip(
        (*reading.digits, *reading.marks), (*said["digits"], *said["marks"]), strict=True
    ):
        assert fields == sign.to_dict()
        assert Box(*fields["box"]) == sign.box
    refused = edgedigit.read(255 - line_of("407"), length=9).to_dict()
    assert type(refused["refusal"]) is str
    assert refused["refusal"] == "length"


def test_threads_read_the_same_at_once():
    pictures = [255 - line_of(text) for text in ("407", "12.5", "88052", "2026")]
    alone = [edgedigit.read(picture) for picture in pictures]
    classifier, barrier = Classifier(), threading.Barrier(4)

    def read(place):
        barrier.wait(60)
        return [edgedigit.read(pictures[(place + i) % 4], classifier=classifier) for i in range(4)]

    with ThreadPoolExecutor(4) as pool:
        for place, readings in enumerate(pool.map(read, range(4))):
            assert readings == [alone[(place + i) % 4] for i in range(4)]
