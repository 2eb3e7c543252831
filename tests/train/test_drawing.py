"""Drawn digits, letters and scribbles, and their rendering as a user's photo."""

import functools
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from train.drawing import pen
from train.drawing.characters import draw_digits, draw_non_digits
from train.drawing.digits import DIGITS
from train.drawing.pen import USUAL_HAND, Hand, Stroke
from train.drawing.photographs import jpeg_bytes, render_user_picture
from train.drawing.ways import Draw, Way

Pictures = NDArray[np.uint8]
Drawer = Callable[[int, np.random.Generator, int], Pictures]


def _digits(n: int, rng: np.random.Generator, size: int) -> Pictures:
    return draw_digits(np.arange(n) % 10, rng, size)


NON_DIGITS = [
    functools.partial(draw_non_digits, kind) for kind in ("letters", "scribbles", "characters")
]
DRAWERS = [_digits, *NON_DIGITS]
every_drawer = pytest.mark.parametrize("draw", DRAWERS)


@every_drawer
def test_same_seed_same_pictures_and_other_seed_others(draw: Drawer) -> None:
    first, again, other = (draw(40, np.random.default_rng(seed), 56) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert (first != other).any(axis=(1, 2)).all()


@every_drawer
@pytest.mark.parametrize("size", [20, 28, 56, 101, 300])
def test_each_picture_has_ink_that_ends_inside(draw: Drawer, size: int) -> None:
    pictures = draw(30, np.random.default_rng(size), size)
    assert pictures.shape == (30, size, size)
    assert pictures.dtype == np.uint8
    assert (pictures.max(axis=(1, 2)) > 60).all()
    rim = np.ones((size, size), bool)
    rim[1:-1, 1:-1] = False
    assert not pictures[:, rim].any()


@every_drawer
def test_ink_fills_60_to_90_percent(draw: Drawer) -> None:
    size = 200
    for picture in draw(60, np.random.default_rng(5), size):
        longest = max(np.ptp(np.flatnonzero(picture.any(axis=axis))) + 1 for axis in (0, 1))
        # The soft edges add a pixel on each side.
        assert 0.6 * size - 1 <= longest <= 0.9 * size + 3


@every_drawer
def test_edges_are_soft_and_paper_is_empty(draw: Drawer) -> None:
    pictures = draw(50, np.random.default_rng(6), 56)
    assert (np.count_nonzero(pictures == 0, axis=(1, 2)) > 0.1 * 56 * 56).all()
    grey = (pictures > 0) & (pictures < 255)
    assert grey.any(axis=(1, 2)).all()


@every_drawer
def test_no_pictures_are_an_empty_stack(draw: Drawer) -> None:
    assert draw(0, np.random.default_rng(0), 56).shape == (0, 56, 56)


@every_drawer
@pytest.mark.parametrize("size", [19, 0, -56])
def test_too_small_a_size_is_refused(draw: Drawer, size: int) -> None:
    with pytest.raises(ValueError, match="at least 20"):
        draw(3, np.random.default_rng(0), size)


@pytest.mark.parametrize("draw", NON_DIGITS)
def test_negative_number_is_refused(draw: Drawer) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        draw(-1, np.random.default_rng(0), 56)


@pytest.mark.parametrize("labels", [[10], [-1], [3, 4, 255], [[1, 2], [3, 4]], 7])
def test_wrong_labels_are_refused(labels: Any) -> None:
    with pytest.raises(ValueError, match="labels must"):
        draw_digits(labels, np.random.default_rng(0))


@pytest.mark.parametrize("labels", [[1.0], ["1"], [True], [None]])
def test_labels_of_another_type_are_refused(labels: Any) -> None:
    with pytest.raises(TypeError, match="integers"):
        draw_digits(labels, np.random.default_rng(0))


def test_shares_of_the_ways_of_each_digit_sum_to_one() -> None:
    assert len(DIGITS) == 10
    for ways in DIGITS:
        assert sum(way.share for way in ways.values()) == pytest.approx(1)


WAYS = [
    pytest.param(way, id=f"{digit} {name}")
    for digit, ways in enumerate(DIGITS)
    for name, way in ways.items()
]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_has_many_drawings_that_end_inside(way: Way) -> None:
    rng = np.random.default_rng(12)
    pictures = pen.draw(way.strokes(Draw(rng, 40)), rng, 56, way.hand)
    assert (pictures.max(axis=(1, 2)) > 60).all()
    assert not pictures[:, [0, -1]].any()
    assert not pictures[:, :, [0, -1]].any()
    assert len({picture.tobytes() for picture in pictures}) == 40


@pytest.mark.parametrize("way", WAYS)
def test_each_way_leaves_room_for_thicker_pens(way: Way) -> None:
    assert way.hand.thinnest < way.hand.thickest < way.hand.fattest


def test_drawings_lie_near_the_middle() -> None:
    pictures = draw_digits(np.arange(300) % 10, np.random.default_rng(13), 100)
    for axis in (1, 2):
        inked = np.asarray(pictures.any(axis=axis))
        middles = (inked.argmax(axis=1) + 99 - inked[:, ::-1].argmax(axis=1)) / 2
        assert abs(np.median(middles) - 49.5) < 2
        assert np.percentile(abs(middles - 49.5), 90) < 20


def test_characters_are_seldom_a_lone_line() -> None:
    """A lone line is a 1, which must not be taught as no digit."""
    pictures = draw_non_digits("characters", 500, np.random.default_rng(14))
    narrow = 0
    for picture in pictures:
        sides = [np.ptp(np.flatnonzero(picture.any(axis=axis))) + 1 for axis in (0, 1)]
        narrow += int(min(sides) < 0.25 * max(sides))
    assert narrow < 10


def _downward(n: int) -> list[Stroke]:
    return [Stroke(np.tile(np.array([[0, 0], [0, 1]], np.float32), (n, 1, 1)))]


def _level(n: int) -> list[Stroke]:
    return [Stroke(np.tile(np.array([[0, 0], [1, 0]], np.float32), (n, 1, 1)))]


def _drawn_by(hand: Hand, strokes: list[Stroke]) -> Pictures:
    return pen.draw(strokes, np.random.default_rng(15), 100, hand)


def _ink(pictures: Pictures) -> float:
    return float(pictures.mean())


def test_felt_pens_are_thicker_than_any_other() -> None:
    usual, felt = (
        _drawn_by(USUAL_HAND._replace(markers=share, quills=0, waver=0.5), _downward(200))
        for share in (0, 1)
    )
    assert _ink(felt) > 1.8 * _ink(usual)
    assert np.percentile(felt.mean(axis=(1, 2)), 10) > np.median(usual.mean(axis=(1, 2)))


def test_a_quill_is_thick_downwards_and_thin_elsewhere() -> None:
    hand = USUAL_HAND._replace(markers=0, quills=1, cursive=0, back=0, ahead=0.05, waver=0.5)
    assert _ink(_drawn_by(hand, _downward(200))) > 1.5 * _ink(_drawn_by(hand, _level(200)))


def test_cursive_leans_ahead() -> None:
    """The upper half of a leaning line lies further to the right than its lower half."""

    def lean(share: float) -> float:
        pictures = _drawn_by(USUAL_HAND._replace(cursive=share), _downward(200)).astype(float)
        columns = pictures.reshape(200, 2, 50, 100).sum(axis=2)
        centres = (columns * np.arange(100)).sum(axis=2) / columns.sum(axis=2)
        return float(np.median(centres[:, 0] - centres[:, 1]))

    assert lean(1.0) > lean(0.0) + 5


def test_labels_in_any_order_get_their_own_digit() -> None:
    """A 1 is narrow, a 0 is wide."""
    labels = np.array([0, 1, 1, 0] * 50, np.uint8)
    pictures = draw_digits(labels, np.random.default_rng(8))
    widths = pictures.any(axis=1).sum(axis=1) / pictures.any(axis=2).sum(axis=1)
    assert np.median(widths[labels == 0]) > 1.4 * np.median(widths[labels == 1])


def _centred(pictures: Pictures) -> NDArray[np.float64]:
    """Each drawing scaled to 10 x 10 cells over its own box, as a vector of length 1."""
    vectors = []
    for picture in pictures:
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        box = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
        ys, xs = (np.arange(side) * 10 // side for side in box.shape)
        cells = np.zeros((10, 10))
        np.add.at(cells, (ys[:, None], xs[None, :]), box)
        vectors.append(cells.ravel() / np.linalg.norm(cells))
    return np.stack(vectors)


def test_digits_can_be_told_apart() -> None:
    labels = np.arange(1500) % 10
    train, held_out = (
        _centred(draw_digits(labels, np.random.default_rng(seed))) for seed in (1, 2)
    )
    centroids = np.stack([train[labels == digit].mean(axis=0) for digit in range(10)])
    distances = np.linalg.norm(held_out[:, None] - centroids, axis=2)
    right = distances.argmin(axis=1) == labels
    assert right.mean() > 0.7
    for digit in range(10):
        assert right[labels == digit].mean() > 0.4, digit


def test_a_digit_is_drawn_in_many_ways() -> None:
    pictures = draw_digits(np.full(200, 7), np.random.default_rng(9))
    assert len({picture.tobytes() for picture in pictures}) == 200


class TestUserPicture:
    def test_is_a_colour_photo_with_a_digit_of_the_stated_size(self) -> None:
        pytest.importorskip("PIL", reason="rendering photos needs Pillow")
        rng = np.random.default_rng(10)
        inks = draw_digits(np.arange(20) % 10, rng, 28)
        for ink in inks:
            picture = render_user_picture(ink, rng)
            assert picture.dtype == np.uint8
            assert picture.ndim == 3
            assert picture.shape[2] == 3
            assert min(picture.shape[:2]) >= 60 * 1.5 - 1
            # A drawn digit may be wider than high, though never as much as twice.
            assert max(picture.shape[:2]) <= 4 * 300 * 2

    def test_shows_the_ink_against_the_paper(self) -> None:
        pytest.importorskip("PIL", reason="rendering photos needs Pillow")
        rng = np.random.default_rng(11)
        dark = 0
        for ink in draw_digits(np.arange(40) % 10, rng, 28):
            grey = render_user_picture(ink, rng)[::3, ::3].mean(axis=2)
            middle = np.median(grey)
            above, below = grey.max() - middle, middle - grey.min()
            assert max(above, below) > 50
            dark += below > above
        assert 20 < dark < 40

    def test_is_the_same_for_the_same_seed(self) -> None:
        pytest.importorskip("PIL", reason="rendering photos needs Pillow")
        ink = draw_digits([4], np.random.default_rng(0), 28)[0]
        first, again = (render_user_picture(ink, np.random.default_rng(1)) for _ in range(2))
        assert np.array_equal(first, again)

    def test_becomes_a_jpeg_that_looks_the_same(self) -> None:
        image = pytest.importorskip("PIL.Image", reason="rendering photos needs Pillow")
        rng = np.random.default_rng(12)
        picture = render_user_picture(draw_digits([8], rng, 28)[0], rng)
        opened = image.open(BytesIO(jpeg_bytes(picture)))
        assert opened.format == "JPEG"
        difference = np.abs(np.asarray(opened).astype(int) - picture)
        assert difference.mean() < 8

    @pytest.mark.parametrize(
        ("ink", "error", "message"),
        [
            (np.zeros((28, 28), np.uint8), ValueError, "no ink"),
            (np.zeros((0, 28), np.uint8), ValueError, "no ink"),
            (np.ones((28, 28, 3), np.uint8), ValueError, "two dimensions"),
            (np.ones((28, 28)), TypeError, "uint8"),
        ],
    )
    def test_refuses_what_is_no_ink(self, ink: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            render_user_picture(ink, np.random.default_rng(0))
