"""The pictures that reading is measured with show what they say."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit.raster.components import find_components
from edgedigit.results import Box

pytest.importorskip("PIL", reason="lines are composed with Pillow")

from train.drawing.number_lines import (
    LINE_KINDS,
    LineKind,
    NumberPicture,
    SingleDigits,
    compose,
    marked_pictures,
    number_pictures,
)

# Top, upper left, upper right, middle, lower left, lower right, bottom.
SEGMENTS = [
    (slice(4, 7), slice(8, 20)),
    (slice(4, 15), slice(8, 11)),
    (slice(4, 15), slice(17, 20)),
    (slice(12, 15), slice(8, 20)),
    (slice(12, 24), slice(8, 11)),
    (slice(12, 24), slice(17, 20)),
    (slice(21, 24), slice(8, 20)),
]
LIT = ["012456", "25", "02346", "02356", "1235", "01356", "013456", "025", "0123456", "012356"]


def segment_digit(digit: int) -> NDArray[np.uint8]:
    """A digit that is one piece of ink, as handwriting is not always."""
    picture = np.zeros((28, 28), np.uint8)
    for segment in LIT[digit]:
        picture[SEGMENTS[int(segment)]] = 255
    return picture


DIGITS = SingleDigits(np.stack([segment_digit(digit) for digit in range(10)]), np.arange(10))
APART: list[LineKind] = [kind for kind in LINE_KINDS if kind != "touching"]


def pieces(sample: NumberPicture) -> list[Box]:
    found = find_components(sample.ink[None]).boxes()
    sides = found.left, found.top, found.right, found.bottom
    return [Box(*map(int, box)) for box in zip(*sides, strict=True)]


@pytest.mark.parametrize("kind", LINE_KINDS)
def test_a_picture_has_a_box_for_each_digit_of_its_text(kind: LineKind) -> None:
    for sample in number_pictures(kind, DIGITS, 12):
        digits = sample.text.replace("\n", "")
        assert digits.isdecimal()
        assert len(sample.boxes) == len(digits)
        assert sample.picture.dtype == np.uint8
        assert sample.picture.shape == sample.ink.shape
        height, width = sample.picture.shape
        for box in sample.boxes:
            assert 0 < box.left < box.right < width
            assert 0 < box.top < box.bottom < height


@pytest.mark.parametrize("kind", APART)
def test_each_digit_is_a_piece_of_ink_in_its_box(kind: LineKind) -> None:
    for sample in number_pictures(kind, DIGITS, 20):
        found = pieces(sample)
        assert len(found) == len(sample.boxes)
        for box in sample.boxes:
            # Between a box's end and what counts as ink, it fades.
            soft = 2 + 0.08 * (box.bottom - box.top)
            fades = np.abs(np.array(found) - box).max(axis=1)
            assert np.count_nonzero(fades <= soft) == 1


def test_boxes_hold_the_digits_of_the_text_in_its_order() -> None:
    for sample in number_pictures("pages", DIGITS, 5):
        for digit, box in zip(sample.text.replace("\n", ""), sample.boxes, strict=True):
            ink = sample.ink[box.top : box.bottom, box.left : box.right]
            # Only 0, 2, 6 and 8 have the lower left segment; it is in the box's left fifth,
            # and a slant moves it by less than that.
            low = ink[len(ink) * 6 // 10 : len(ink) * 8 // 10]
            if digit in "035689":
                assert np.mean(low[:, : ink.shape[1] * 2 // 5].any(axis=1)) == (digit in "068")


def test_digits_reach_below_each_other_in_some_lines() -> None:
    overlapping = [
        before.right > after.left
        for sample in number_pictures("apart", DIGITS, 40)
        for before, after in pairwise(sample.boxes)
    ]
    assert 0 < np.mean(overlapping) < 0.5


def test_one_pair_touches() -> None:
    for sample in number_pictures("touching", DIGITS, 40):
        assert len(pieces(sample)) == len(sample.boxes) - 1


def test_lines_of_a_page_keep_apart() -> None:
    for sample in number_pictures("pages", DIGITS, 12):
        lines = sample.text.split("\n")
        assert 3 <= len(lines) <= 12
        assert all(3 <= len(line) <= 10 for line in lines)
        rest = list(sample.boxes)
        below: list[list[Box]] = []
        for line in lines:
            below.append(rest[: len(line)])
            rest = rest[len(line) :]
        for upper, lower in pairwise(below):
            # A page may lie askew: only what stands over each other is compared.
            for a in upper:
                assert all(a.bottom < b.top for b in lower if a.left < b.right and b.left < a.right)


def paper_steps(sample: NumberPicture) -> float:
    """How rare, large steps of grey on the paper compare to frequent ones; about 4 for noise."""
    paper = np.ones(sample.ink.shape, bool)
    for box in sample.boxes:
        paper[box.top - 3 : box.bottom + 3, box.left - 3 : box.right + 3] = False
    grey = sample.picture.astype(float)
    steps = np.abs(grey[3:] - grey[:-3])[paper[3:] & paper[:-3]]
    return float(np.percentile(steps, 99.5) / np.median(steps).clip(1))


@pytest.mark.parametrize("kind", LINE_KINDS)
def test_lines_are_printed_where_they_should_be(kind: LineKind) -> None:
    steps = [paper_steps(sample) for sample in number_pictures(kind, DIGITS, 16)]
    assert (np.median(steps) > 5.5) == (kind in ("ruled", "squared", "cells"))


@pytest.mark.parametrize("kind", LINE_KINDS)
def test_same_seed_same_pictures(kind: LineKind) -> None:
    once, again = (list(number_pictures(kind, DIGITS, 4, seed=3)) for _ in range(2))
    other = list(number_pictures(kind, DIGITS, 4, seed=4))
    for a, b, c in zip(once, again, other, strict=True):
        np.testing.assert_array_equal(a.picture, b.picture)
        assert (a.text, a.boxes) == (b.text, b.boxes)
        assert a.boxes != c.boxes
    assert len({sample.boxes for sample in once}) == 4


def test_what_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    page = compose("pages", DIGITS, rng, length=4, lines=2, height=30, shape=(400, 500))
    assert page.picture.shape == (400, 500)
    assert [len(line) for line in page.text.split("\n")] == [4, 4]
    heights = [box.bottom - box.top for box in page.boxes]
    assert 0.8 * 30 < np.median(heights) < 1.2 * 30


def test_what_cannot_be_composed() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="kind must be one of apart, touching"):
        compose("rows", DIGITS, rng)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="length must be at least 2 for touching, not 1"):
        compose("touching", DIGITS, rng, length=1)
    with pytest.raises(ValueError, match=r"the digits need \d+ x \d+ pixels, not 90 x 40"):
        compose("apart", DIGITS, rng, length=5, height=100, shape=(40, 90))


@pytest.mark.parametrize("mark", [".", ",", "-", "/", ":"])
def test_marks_are_written_between_digits_in_the_order_of_the_text(mark: str) -> None:
    for sample in marked_pictures(mark, DIGITS, 12):
        assert mark in sample.text
        assert set(sample.text) <= set("0123456789" + mark)
        assert len(sample.boxes) == len(sample.text)
        # Nothing touches: all are pieces of their own, and a colon is two.
        assert len(pieces(sample)) == len(sample.text) + sample.text.count(":")
        lefts = [box.left for box in sample.boxes]
        assert lefts == sorted(lefts)
        digits = [b for b, s in zip(sample.boxes, sample.text, strict=True) if s.isdecimal()]
        middle = np.median([(box.top + box.bottom) / 2 for box in digits])
        for box, sign in zip(sample.boxes, sample.text, strict=True):
            if sign in ".,":
                assert box.top > middle


def test_a_text_is_written_as_it_is() -> None:
    rng = np.random.default_rng(0)
    assert compose("apart", DIGITS, rng, text="-12.5").text == "-12.5"
    with pytest.raises(ValueError, match="text is for a line of digits that are apart"):
        compose("cells", DIGITS, rng, text="12")
    with pytest.raises(ValueError, match="text must have a digit, not be '--'"):
        compose("apart", DIGITS, rng, text="--")
    with pytest.raises(ValueError, match=r"mark must be one of \. , - / :, not '\+'"):
        compose("apart", DIGITS, rng, text="1+2")
