"""Several digits in a picture of one are refused; one digit in several strokes is not."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit import Classifier, Prediction, Refusal, Status, classify_folder
from edgedigit.normalize import normalize
from tests.support.picture_files import png_file
from train.drawing.digits import DIGITS
from train.drawing.pen import Hand, draw
from train.drawing.ways import Draw

Picture = NDArray[np.uint8]

PEN = Hand(thinnest=0.08, thickest=0.12)


def drawn(size: int, seed: int = 0) -> list[Picture]:
    """Each digit once, cut out: bright ink on 0, as high as it happens to be."""
    rng = np.random.default_rng(seed)
    ways = [next(iter(ways.values())) for ways in DIGITS]
    return [tight(draw(way.strokes(Draw(rng, 1)), rng, size, PEN)[0]) for way in ways]


def tight(picture: Picture) -> Picture:
    rows, columns = (np.flatnonzero((picture >= 48).any(axis=axis)) for axis in (1, 0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def in_row(digits: list[Picture], gap: int) -> Picture:
    """Digits on a base line, so many pixels between their boxes."""
    highest = max(len(digit) for digit in digits)
    parts = [np.pad(digit, ((highest - len(digit), 0), (0, gap))) for digit in digits]
    return np.hstack(parts)[:, :-gap]


def in_column(lines: list[Picture], gap: int) -> Picture:
    widest = max(line.shape[1] for line in lines)
    parts = [np.pad(line, ((0, gap), (0, widest - line.shape[1]))) for line in lines]
    return np.vstack(parts)[:-gap]


def with_margin(picture: Picture, share: float = 0.2) -> Picture:
    return np.pad(picture, max(2, round(share * len(picture))))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier()


def refusals(classifier: Classifier, pictures: list[Picture]) -> list[Refusal | None]:
    return [answer.refusal for answer in classifier.classify_batch(pictures)]


def test_a_thin_stroke_is_not_several_whatever_stands_beside_it(classifier):
    one = np.full((200, 200), 255, np.uint8)
    one[25:175, 100:104] = 0
    with_speck = one.copy()
    with_speck[40:44, 150:154] = 0
    for pictures in ([one], [with_speck], [one, with_speck]):
        assert Refusal.SEVERAL not in refusals(classifier, pictures)


@pytest.mark.parametrize("size", [28, 60, 200])
@pytest.mark.parametrize("gap", [0.1, 0.5, 1.5])
@pytest.mark.parametrize("count", [2, 3, 5, 10])
def test_digits_in_a_row(classifier: Classifier, size: int, gap: float, count: int) -> None:
    digits = drawn(size)
    rows = [
        with_margin(in_row([digits[(first + i) % 10] for i in range(count)], round(gap * size)))
        for first in range(10)
    ]
    rows[5:] = [255 - row for row in rows[5:]]
    answers = refusals(classifier, rows)
    # A 1 of two pixels beside a 0 may be less than a fifth of its ink.
    assert answers.count(Refusal.SEVERAL) >= (9 if count == 2 else 10)


@pytest.mark.parametrize("size", [28, 100])
def test_digits_on_lines(classifier: Classifier, size: int) -> None:
    digits = drawn(size)
    gap = size // 2
    column = in_column([digits[2], digits[3]], gap)
    page = in_column([in_row(digits[i : i + 3], size // 4) for i in (0, 3, 6)], gap)
    answers = refusals(classifier, [with_margin(column), with_margin(page)])
    assert answers == [Refusal.SEVERAL, Refusal.SEVERAL]


@pytest.mark.parametrize("size", [28, 60, 200])
def test_one_digit_is_one(classifier: Classifier, size: int) -> None:
    digits = drawn(size)
    answers = refusals(classifier, [with_margin(digit) for digit in digits] + digits)
    assert Refusal.SEVERAL not in answers


def test_the_network_is_asked_all_the_same() -> None:
    digits = drawn(60)
    picture = with_margin(in_row([digits[8], digits[1]], 60))
    classifier = Classifier(min_confidence=0.0)
    answer = classifier.classify(picture)
    row = classifier.probabilities(normalize(picture[None]))[0]
    expected = Prediction(
        digit=None,
        confidence=float(row[:10].max()),
        probabilities=row[:10].copy(),
        best=int(row[:10].argmax()),
        refusal=Refusal.SEVERAL,
    )
    assert answer == expected
    assert answer.best == 8


@pytest.mark.parametrize("left", [0.2, 0.4])
def test_neighbours_that_the_border_cuts_off_do_not_count(
    classifier: Classifier, left: float
) -> None:
    digits = drawn(80)
    for middle in (2, 3, 8):
        row = in_row([digits[0], digits[middle], digits[6]], 16)
        start = round((1 - left) * digits[0].shape[1])
        end = row.shape[1] - round((1 - left) * digits[6].shape[1])
        crop = np.pad(row[:, start:end], ((12, 12), (0, 0)))
        answer = classifier.classify(crop)
        assert (answer.digit, answer.refusal) == (middle, None)


def test_whole_digits_that_only_touch_the_border_count(classifier: Classifier) -> None:
    digits = drawn(80)
    for middle in (2, 3, 8):
        row = in_row([digits[0], digits[middle], digits[6]], 16)
        assert classifier.classify(row).refusal is Refusal.SEVERAL


def line(picture: Picture, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Draws a stroke of 7 pixels between two points, each x and y."""
    for x, y in np.linspace(start, end, 400).round().astype(int):
        picture[y - 3 : y + 4, x - 3 : x + 4] = 255


def test_digits_of_two_strokes_are_one(classifier: Classifier) -> None:
    open_four = np.zeros((120, 120), np.uint8)
    for start, end in (
        ((42, 24), (36, 70)),
        ((36, 70), (70, 70)),
        ((79, 42), (79, 102)),
    ):
        line(open_four, start, end)
    five = with_margin(drawn(120)[5])
    upper = np.flatnonzero(five.any(axis=1))[0] + 25
    five[upper : upper + 5] = 0
    assert Refusal.SEVERAL not in refusals(classifier, [open_four, five])


def test_broken_strokes_are_one_digit(classifier: Classifier) -> None:
    broken = []
    for digit in drawn(100):
        for share in (0.3, 0.5, 0.7):
            picture = with_margin(digit)
            row = round(share * len(picture))
            picture[row : row + 5] = 0
            broken.append(picture)
    assert Refusal.SEVERAL not in refusals(classifier, broken)


def test_what_is_smaller_or_thinner_is_no_digit(classifier: Classifier) -> None:
    rng = np.random.default_rng(3)
    for label, digit in enumerate(drawn(100)):
        page = np.pad(digit, ((30, 30), (40, 130)))
        stop, comma, dash, blot, scratch, specks = (page.copy() for _ in range(6))
        high = len(digit)
        stop[-44:-30, -60:-46] = 255
        comma[-50:-14, -60:-48] = 255
        dash[60:74, -100 : high - 100] = 255
        blot[40 : 40 + round(0.62 * high), -80:-50] = 255
        scratch[30:-30, -60] = 255
        for y, x in rng.integers(2, np.array(page.shape) - 2, (20, 2)):
            specks[y - 1 : y + 2, x - 1 : x + 2] = 255
        answers = classifier.classify_batch([stop, comma, scratch, specks])
        assert [answer.digit for answer in answers] == [label] * 4
        assert {answer.digit for answer in classifier.classify_batch([dash, blot])} <= {label, None}


def test_frames_and_rules_are_no_digits(classifier: Classifier) -> None:
    pictures = []
    for digit in drawn(100):
        framed = with_margin(digit, 0.3)
        framed[5:-5, 5:8] = framed[5:-5, -8:-5] = framed[5:8, 5:-5] = framed[-8:-5, 5:-5] = 255
        ruled = with_margin(digit, 0.3)
        ruled[-8:-5] = 255
        upright = with_margin(digit, 0.3)
        upright[:, -8:-5] = 255
        pictures += [framed, ruled, upright]
    assert Refusal.SEVERAL not in refusals(classifier, pictures)


def test_companions_change_nothing(classifier: Classifier) -> None:
    digits = [np.pad(digit, ((2, 58 - len(digit)), (4, 0))) for digit in drawn(56)]
    widest = max(digit.shape[1] for digit in digits)
    one = [np.pad(digit, ((0, 0), (0, 4 + 2 * widest - digit.shape[1]))) for digit in digits]
    two = [np.maximum(a, np.roll(b, widest, axis=1)) for a, b in itertools.pairwise(one)]
    mixed = [*one[:5], *two, *one[5:], np.zeros_like(one[0])]
    together = classifier.classify_batch(mixed)
    assert {answer.refusal for answer in together} >= {None, Refusal.SEVERAL, Refusal.BLANK}
    assert together == [classifier.classify(picture) for picture in mixed]
    assert together == classifier.classify_batch(mixed[::-1])[::-1]


def test_folders_say_so_too(classifier: Classifier, tmp_path: Path) -> None:
    digits = drawn(60)
    pictures = [
        with_margin(digits[3]),
        with_margin(in_row(digits[2:4], 20)),
        np.zeros((60, 60), np.uint8),
    ]
    for index, picture in enumerate(pictures):
        (tmp_path / f"{index}.png").write_bytes(png_file(picture))
    results = list(classify_folder(tmp_path, classifier=classifier))
    assert [result.status for result in results] == [Status.OK, Status.REFUSED, Status.REFUSED]
    assert [result.prediction for result in results] == classifier.classify_batch(pictures)
    assert results[1].prediction.refusal is Refusal.SEVERAL


def test_on_mnist(classifier: Classifier, mnist_path: Path) -> None:
    with np.load(mnist_path) as data:
        digits = data["x_train"][50000:54000]
    assert refusals(classifier, list(digits)).count(Refusal.SEVERAL) <= 4
    rng = np.random.default_rng(5)
    pairs = [
        with_margin(in_row([tight(digits[i]), tight(digits[j])], int(rng.integers(1, 20))))
        for i, j in rng.integers(len(digits), size=(500, 2))
    ]
    assert refusals(classifier, pairs).count(Refusal.SEVERAL) >= 485
