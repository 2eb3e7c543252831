"""From a picture to pieces of ink in lines, step by step and as a whole."""

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit.raster.components import Boxes, find_components
from edgedigit.reading.ink import page_ink, reduce_page
from edgedigit.reading.layout import (
    find_layout,
    find_lines,
    find_pieces,
    join_strokes,
    slope,
    typical_height,
    without_punctuation,
)
from edgedigit.reading.ruled_lines import remove_page_rules

Picture = NDArray[np.uint8]

INK = 64


def ring(height: int, width: int, thick: int) -> Picture:
    """A 0: bright on 0."""
    picture = np.zeros((height, width), np.uint8)
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture[y * y + x * x <= 1] = 255
    inner = 1 - 2 * thick / min(height, width)
    picture[y * y + x * x < inner * inner] = 0
    return picture


def page(places: list[tuple[int, int]], shape: tuple[int, int], high: int = 40) -> Picture:
    """Zeros with their upper left corners at some places; bright on 0."""
    picture = np.zeros(shape, np.uint8)
    digit = ring(high, high * 3 // 4, max(2, high // 8))
    for top, left in places:
        part = picture[top : top + digit.shape[0], left : left + digit.shape[1]]
        np.maximum(part, digit, out=part)
    return picture


def counts(picture: Picture) -> list[int]:
    return [len(line) for line in find_layout(picture).lines]


def boxes(*sides: tuple[int, int, int, int]) -> Boxes:
    """Of boxes given as top, left, bottom, right; all of it ink."""
    top, left, bottom, right = np.array(sides, np.int64).reshape(-1, 4).T
    return Boxes(top, left, bottom, right, (bottom - top) * (right - left))


FIVE = [(30, 20 + 60 * i) for i in range(5)]


@pytest.mark.parametrize("paper", [255, 200, 90])
@pytest.mark.parametrize("dark", [True, False])
def test_ink_of_either_polarity_on_any_paper_is_bright_on_0(paper: int, dark: bool) -> None:
    ink = page(FIVE, (100, 330)) > 0
    picture = np.where(ink, 20 if dark else 255, paper if dark else paper // 4).astype(np.uint8)
    found = page_ink(picture)
    np.testing.assert_array_equal(found > 128, ink)
    assert not found[~ink].any()


def test_ink_is_found_in_uneven_light() -> None:
    ink = page(FIVE, (100, 330)) > 0
    light = np.linspace(0.5, 1, 330)
    picture = np.where(ink, 60, 240) * light
    assert ((page_ink(picture.astype(np.uint8)) > 128) == ink).mean() > 0.98


def test_ink_that_is_named_is_taken() -> None:
    picture = 255 - page(FIVE, (100, 330))
    assert (page_ink(picture, "dark") > 128).mean() > 0.05
    assert not page_ink(picture, "light").any()


def test_a_little_ink_on_a_large_page_is_seen() -> None:
    assert counts(255 - page([(700, 900)], (1500, 2000), high=60)) == [1]


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank(value: int) -> None:
    assert not page_ink(np.full((50, 80), value, np.uint8)).any()
    assert counts(np.full((50, 80), value, np.uint8)) == []


def test_only_large_pages_are_reduced() -> None:
    picture = np.zeros((1000, 2000), np.uint8)
    same, scale = reduce_page(picture)
    assert scale == 1
    assert same.shape == picture.shape
    smaller, scale = reduce_page(np.full((3001, 4000), 77, np.uint8))
    assert scale == 2
    assert smaller.shape == (1500, 2000)
    assert (smaller == 77).all()
    assert reduce_page(np.zeros((1, 9_000_000), np.uint8))[0].shape[0] == 1


def test_boxes_are_scaled_by_the_layouts_scale() -> None:
    layout = find_layout(255 - page([(1000, 2000)], (3000, 4000), high=200))
    (blob,) = layout.lines[0]
    assert abs(blob.top * layout.scale - 1000) <= 3 * layout.scale
    assert abs(blob.right * layout.scale - 2150) <= 3 * layout.scale


def test_blobs_hold_their_own_ink_alone() -> None:
    picture = page([(20, 20)], (100, 120), high=60)
    # A bar in the box of the 0, too far from it to be one of its strokes.
    picture[20:80, 90:100] = 255
    first, second = find_layout(picture).lines[0]
    whole = page([(20, 20)], (100, 120), high=60)
    np.testing.assert_array_equal(
        first.ink, whole[first.top : first.bottom, first.left : first.right]
    )
    assert second.ink.shape == (second.bottom - second.top, second.right - second.left)
    assert np.count_nonzero(second.ink) == 600


# Rules.


@pytest.mark.parametrize("row", [15, 50, 67, 85])
def test_a_rule_across_the_picture_goes_and_digits_stay(row: int) -> None:
    digits = page(FIVE, (100, 330))
    ruled = digits.copy()
    ruled[row : row + 2] = 255
    cleaned = remove_page_rules(ruled, INK)
    assert not cleaned[row : row + 2, :15].any()
    assert np.count_nonzero((cleaned > 0) & (digits == 0)) < 60
    assert np.count_nonzero((cleaned == 0) & (digits > 0)) < 0.12 * np.count_nonzero(digits)
    assert counts(255 - ruled) == [5]


@pytest.mark.parametrize("slope", [-0.03, -0.01, 0.02])
def test_a_rule_that_slopes(slope: float) -> None:
    picture = page(FIVE, (110, 330))
    rows = 80 + np.rint(slope * (np.arange(330) - 165)).astype(int)
    for thick in range(2):
        picture[rows + thick, np.arange(330)] = 255
    assert counts(255 - picture) == [5]


@pytest.mark.parametrize("step", [21, 30, 47])
def test_squared_paper(step: int) -> None:
    picture = page(FIVE, (100, 330), high=44)
    picture[7::step] = np.maximum(picture[7::step], 120)
    picture[:, 9::step] = np.maximum(picture[:, 9::step], 120)
    assert counts(255 - picture) == [5]


@pytest.mark.parametrize("apart", [0, 8])
def test_cells_inside_of_the_picture(apart: int) -> None:
    picture = page(FIVE, (100, 340))
    for _, left in FIVE:
        start, end = left - 15 + apart // 2, left + 45 - apart // 2
        picture[[20, 80], start : end + 1] = 255
        picture[20:81, [start, end]] = 255
    assert counts(255 - picture) == [5]


def test_a_digit_that_crosses_its_cell_stays_whole() -> None:
    picture = page([(30, 20), (35, 80)], (120, 160), high=60)
    picture[[15, 92], 5:150] = 255
    picture[15:93, [5, 70, 149]] = 255
    assert counts(255 - picture) == [2]


def test_the_strokes_of_digits_are_no_rules() -> None:
    picture = np.zeros((100, 200), np.uint8)
    # Two 1s, as high as the picture, and a 7.
    picture[:, 20:26] = picture[:, 60:66] = 255
    picture[2:8, 100:150] = picture[2:98, 144:150] = 255
    np.testing.assert_array_equal(remove_page_rules(picture, INK), picture)


def test_a_picture_of_nothing_but_lines_is_left_alone() -> None:
    picture = np.zeros((200, 300), np.uint8)
    picture[::20] = 255
    np.testing.assert_array_equal(remove_page_rules(picture, INK), picture)


def test_faint_rules_leave_the_ink_as_it_is() -> None:
    digits = np.zeros((100, 330), np.uint8)
    # 4s whose strokes lie on the rules.
    for left in range(30, 300, 60):
        digits[30:70, left + 20 : left + 24] = digits[53:57, left : left + 30] = 255
        digits[30:57, left : left + 4] = 255
    ruled = digits.copy()
    ruled[[5, 6, 54, 55, 90, 91]] = np.maximum(ruled[[5, 6, 54, 55, 90, 91]], 90)
    ruled[:, 21:330:30] = np.maximum(ruled[:, 21:330:30], 90)
    cleaned = remove_page_rules(ruled, INK)
    np.testing.assert_array_equal(cleaned[digits > 0], digits[digits > 0])
    assert np.count_nonzero(cleaned) < 1.15 * np.count_nonzero(digits)


def test_a_lighter_pen_on_faint_rules() -> None:
    picture = page(FIVE, (100, 330))
    picture[:, 170:] //= 2
    picture[[5, 6, 90, 91]] = 45
    picture[:, 10:330:60] = np.maximum(picture[:, 10:330:60], 45)
    assert counts(255 - picture) == [5]


def test_faint_rules_in_pieces() -> None:
    picture = page(FIVE, (120, 330))
    for start in range(0, 330, 27):
        picture[[10, 95], start : start + 20] = 90
    for start in range(0, 120, 27):
        picture[start : start + 20, [12, 72, 132, 192, 252, 312]] = 90
    assert counts(255 - picture) == [5]


def test_thick_borders_between_low_cells() -> None:
    picture = np.zeros((60, 220), np.uint8)
    places = [(20, 16 + 40 * i) for i in range(5)]
    for top, left in places:
        picture[top - 6 : top + 26, left - 12 : left + 27] = 255
        picture[top - 3 : top + 23, left - 8 : left + 23] = 0
    picture = np.maximum(picture, page(places, picture.shape, high=20))
    assert counts(255 - picture) == [5]


def test_the_bars_of_a_digit_in_a_thin_pen_are_no_rules() -> None:
    picture = np.zeros((90, 64), np.uint8)
    picture[6:8, 6:52] = picture[40:42, 12:46] = picture[80:82, 10:46] = 255
    picture[6:42, 10:12] = picture[46:76, 50:52] = 255
    for step in range(6):
        picture[40 + step : 42 + step, 45 + step] = picture[80 - step : 82 - step, 45 + step] = 255
    np.testing.assert_array_equal(remove_page_rules(picture, INK), picture)


def test_the_stem_of_a_digit_that_fills_the_picture_is_no_rule() -> None:
    picture = np.zeros((88, 60), np.uint8)
    picture[:, 36:44] = picture[46:54] = 255
    for row in range(50):
        picture[row, 36 - row * 2 // 3 : 44 - row * 2 // 3] = 255
    np.testing.assert_array_equal(remove_page_rules(picture, INK)[:40], picture[:40])


@pytest.mark.parametrize("pitch", [8, 14, 20])
def test_stripes_are_no_digits(pitch: int) -> None:
    picture = np.zeros((300, 500), np.uint8)
    picture[:, np.arange(500) % pitch < pitch // 2] = 255
    assert not remove_page_rules(picture, INK).any()


def test_as_many_1s_as_a_number_has_are_digits() -> None:
    picture = np.zeros((80, 300), np.uint8)
    picture[:, np.arange(300) % 24 < 6] = 255
    np.testing.assert_array_equal(remove_page_rules(picture, INK), picture)


# Pieces.

TWO = [(0, 60, 40, 90), (0, 110, 40, 140)]


def test_the_typical_height_is_that_of_digits_not_specks() -> None:
    digits = [(0, 50 * i, 40, 50 * i + 30) for i in range(5)]
    specks = [(60, 5 * i, 62, 5 * i + 2) for i in range(50)]
    assert typical_height(boxes(*digits, *specks)) == 40


def test_specks_are_left_out() -> None:
    picture = page(FIVE, (100, 330))
    picture[5::20, 3::40] = 255
    found = find_components((picture > 0)[None]).boxes()
    assert len(found.area) > 20
    assert find_pieces(found).sum() == 5
    assert counts(picture) == [5]


def test_too_many_pieces_are_no_page_of_digits() -> None:
    mask = np.zeros((1, 700, 700), bool)
    mask[:, ::10, ::10] = mask[:, 1::10, ::10] = True
    found = find_components(mask).boxes()
    assert len(found.area) == 4900
    assert not find_pieces(found).any()


def test_no_pieces() -> None:
    assert not len(find_pieces(find_components(np.zeros((1, 9, 9), bool)).boxes()))


@pytest.mark.parametrize(
    ("strokes", "groups"),
    [
        # The bar of a 5, beside and above its bowl.
        ([(0, 12, 6, 30), (8, 0, 40, 20), (0, 60, 40, 90)], [0, 0, 1]),
        # A 3 in three pieces beside whole digits.
        ([(0, 0, 12, 25), (14, 5, 22, 25), (24, 0, 40, 25), *TWO], [0, 0, 0, 1, 2]),
        # Two halves of a single digit.
        ([(0, 0, 20, 25), (21, 2, 40, 25)], [0, 0]),
        # Digits side by side, and below each other.
        ([(0, 0, 40, 25), (0, 28, 40, 50), (44, 0, 84, 25), (44, 28, 84, 50)], [0, 1, 2, 3]),
        # A full stop.
        ([(0, 0, 40, 25), (34, 35, 40, 41), (0, 50, 40, 75)], [0, 1, 2]),
    ],
)
def test_strokes_of_a_digit_are_joined(
    strokes: list[tuple[int, int, int, int]], groups: list[int]
) -> None:
    joined = join_strokes(boxes(*strokes))
    same = joined[:, None] == joined
    np.testing.assert_array_equal(same, np.array(groups)[:, None] == groups)


def test_joined_boxes_hold_all_strokes() -> None:
    strokes = boxes((0, 12, 6, 30), (8, 0, 40, 20), (0, 60, 40, 90))
    joined = strokes.joined(np.array([0, 0, 1]), 2)
    sides = joined.top, joined.left, joined.bottom, joined.right
    assert [side.tolist() for side in sides] == [[0, 0], [0, 60], [40, 40], [30, 90]]
    assert joined.area.tolist() == [6 * 18 + 32 * 20, 40 * 30]


# Lines.


@pytest.mark.parametrize("steep", [-0.035, 0, 0.035])
def test_lines_are_ordered_from_top_to_bottom_and_left_to_right(steep: float) -> None:
    rng = np.random.default_rng(0)
    sides, expected = [], []
    for line in range(4):
        for place in range(12):
            top = round(70 * line + 50 * place * steep) + int(rng.integers(-6, 7)) + 100
            sides.append((top, 50 * place, top + int(rng.integers(32, 44)), 50 * place + 25))
            expected.append((line, place))
    order = rng.permutation(len(sides))
    shuffled = boxes(*(sides[i] for i in order))
    lines = find_lines(shuffled)
    found = [(number, place) for number, line in enumerate(lines) for place in range(len(line))]
    assert found == expected
    assert order[np.concatenate(lines)].tolist() == list(range(len(sides)))
    assert abs(slope(shuffled) - steep) < 0.01


def test_lines_of_different_heights() -> None:
    large = [(0, 100 * i, 80, 100 * i + 60) for i in range(3)]
    small = [(100, 50 * i, 140, 50 * i + 30) for i in range(6)]
    assert [len(line) for line in find_lines(boxes(*large, *small))] == [3, 6]


def test_no_lines() -> None:
    assert find_lines(boxes()) == []


def test_punctuation_is_left_out_and_a_1_is_not() -> None:
    line = boxes(
        (0, 0, 40, 25),
        (34, 30, 40, 36),  # a full stop
        (2, 45, 40, 49),  # a 1
        (34, 55, 46, 60),  # a comma
        (18, 65, 22, 85),  # a dash
        (0, 90, 38, 115),
    )
    assert without_punctuation(line, np.arange(6)).tolist() == [0, 2, 5]


# All together.


def test_a_page() -> None:
    places = [(30 + 80 * line, 20 + 50 * i) for line in range(5) for i in range(3 + line)]
    layout = find_layout(255 - page(places, (450, 400)))
    assert [len(line) for line in layout.lines] == [3, 4, 5, 6, 7]
    for line in layout.lines:
        assert [blob.left for blob in line] == sorted(blob.left for blob in line)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3), (28, 28), (39, 300)])
def test_any_shape(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    layout = find_layout(rng.integers(0, 256, shape, np.uint8))
    assert layout.scale == 1


@pytest.mark.parametrize("side", [600, 3000])
def test_a_hatching_is_no_digits(side: int) -> None:
    y, x = np.ogrid[:side, :side]
    assert counts(np.where((x + y) % 64 < 4, 0, 255).astype(np.uint8)) == []


def test_noise_and_many_dots_are_no_digits() -> None:
    rng = np.random.default_rng(2)
    assert counts(rng.integers(0, 256, (1200, 1600), np.uint8)) == []
    dots = np.full((1000, 1000), 255, np.uint8)
    for top in range(2, 1000, 10):
        for left in range(2, 1000, 10):
            dots[top : top + rng.integers(3, 8), left : left + rng.integers(2, 7)] = 0
    assert counts(dots) == []


@pytest.mark.parametrize("soft", [60, 200])
def test_a_page_half_in_the_shadow(soft: int) -> None:
    places = [(30 + 80 * line, 20 + 60 * i) for line in range(6) for i in range(9)]
    ink = page(places, (520, 580)) > 0
    slanted = np.arange(520)[:, None] - np.arange(580) / 2
    light = np.clip((slanted - 100) / soft, 0, 1) * 0.4 + 0.6
    assert counts((np.where(ink, 50, 230) * light).astype(np.uint8)) == [9] * 6
