"""From a picture to its lines: that they are found, and that their boxes hold their ink."""

import csv
import os
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import edgedigit
from edgedigit.images import load_grey
from edgedigit.lines.ink import page_ink, reduce_page
from edgedigit.lines.layout import Layout, Line, find_layout

Image = pytest.importorskip("PIL.Image")
ImageDraw = pytest.importorskip("PIL.ImageDraw")
ImageFilter = pytest.importorskip("PIL.ImageFilter")

Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]


def ring(height: int, width: int, thick: int) -> Picture:
    """A 0: bright on 0."""
    picture = np.zeros((height, width), np.uint8)
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture[y * y + x * x <= 1] = 255
    inner = 1 - 2 * thick / min(height, width)
    picture[y * y + x * x < inner * inner] = 0
    return picture


def page(places: list[tuple[int, int]], shape: tuple[int, int], high: int = 40) -> Picture:
    """Zeros with their upper left corners, row and column, at some places; bright on 0."""
    picture = np.zeros(shape, np.uint8)
    digit = ring(high, high * 3 // 4, max(2, high // 8))
    for top, left in places:
        part = picture[top : top + digit.shape[0], left : left + digit.shape[1]]
        np.maximum(part, digit[: part.shape[0], : part.shape[1]], out=part)
    return picture


def dark(ink: Picture) -> Picture:
    """Dark ink on light paper with a little noise, of bright ink on 0."""
    noise = np.random.default_rng(0).normal(0, 2, ink.shape)
    return np.clip(225 - 0.7 * ink + noise, 0, 255).astype(np.uint8)


def boxes(layout: Layout) -> list[Box]:
    return [(line.left, line.top, line.right, line.bottom) for line in layout.lines]


def assert_boxes(layout: Layout, *expected: Box, within: int = 3) -> None:
    """Asserts that the lines' boxes are these: left, top, right and bottom."""
    found = boxes(layout)
    assert len(found) == len(expected), found
    np.testing.assert_allclose(found, expected, atol=within)


def holds(line: Line, box: Box, within: float) -> bool:
    left, top, right, bottom = box
    return (
        line.left <= left + within
        and line.top <= top + within
        and line.right >= right - within
        and line.bottom >= bottom - within
    )


FIVE = [(30, 20 + 60 * i) for i in range(5)]
FIVE_BOX = (20, 30, 290, 70)
PAGE = [(30 + 80 * line, 20 + 50 * i) for line in range(5) for i in range(3 + line)]
PAGE_BOXES = [(20, 30 + 80 * line, 150 + 50 * line, 70 + 80 * line) for line in range(5)]


# Ink.


@pytest.mark.parametrize("paper", [255, 200, 90])
@pytest.mark.parametrize("is_dark", [True, False])
def test_ink_of_either_polarity_on_any_paper_is_bright_on_0(paper: int, is_dark: bool) -> None:
    ink = page(FIVE, (100, 330)) > 0
    picture = np.where(ink, 20 if is_dark else 255, paper if is_dark else paper // 4)
    found, found_dark = page_ink(picture.astype(np.uint8))
    np.testing.assert_array_equal(found > 128, ink)
    assert not found[~ink].any()
    assert found_dark == is_dark


def test_ink_is_found_in_uneven_light() -> None:
    ink = page(FIVE, (100, 330)) > 0
    picture = np.where(ink, 60, 240) * np.linspace(0.5, 1, 330)
    assert ((page_ink(picture.astype(np.uint8))[0] > 128) == ink).mean() > 0.98


def test_ink_that_is_named_is_taken() -> None:
    picture = 255 - page(FIVE, (100, 330))
    layout = find_layout(picture, "dark")
    assert layout.is_dark
    assert_boxes(layout, FIVE_BOX)
    assert not find_layout(picture, "light").is_dark


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


# Lines.


def test_a_line_has_its_box_and_its_pieces() -> None:
    layout = find_layout(255 - page(FIVE, (100, 330)))
    assert_boxes(layout, FIVE_BOX, within=1)
    (line,) = layout.lines
    assert line.slope == 0
    np.testing.assert_allclose(line.pieces.left, [left for _, left in FIVE], atol=1)
    assert layout.scale == 1
    assert layout.ink.shape == (100, 330)


def test_a_page() -> None:
    layout = find_layout(dark(page(PAGE, (450, 400))))
    assert_boxes(layout, *PAGE_BOXES)
    assert [len(line.pieces.area) for line in layout.lines] == [3, 4, 5, 6, 7]


def test_boxes_are_in_pixels_of_the_original() -> None:
    layout = find_layout(255 - page([(1000, 2000)], (3001, 4001), high=200))
    assert layout.scale == 2
    assert_boxes(layout, (2000, 1000, 2150, 1200))


@pytest.mark.parametrize("high", [8, 16])
def test_small_digits_in_a_large_picture(high: int) -> None:
    places = [(500, 600 + 10 * i) for i in range(6)]
    picture = dark(page(places, (1000, 1500), high))
    assert_boxes(find_layout(picture), (600, 500, 650 + high * 3 // 4, 500 + high), within=2)


@pytest.mark.parametrize("shape", [(10, 40), (37, 88)])
def test_a_line_that_fills_a_small_picture(shape: tuple[int, int]) -> None:
    high, wide = shape
    picture = 255 - page([(0, x) for x in range(0, wide - high // 2, high)], shape, high)
    ((left, top, right, bottom),) = boxes(find_layout(picture))
    assert left <= 1
    assert bottom - top >= high - 2
    assert right > wide - high


@pytest.mark.parametrize("steep", [-0.15, -0.035, 0.035, 0.15])
def test_a_line_that_slopes(steep: float) -> None:
    places = [(120 + round(50 * i * steep), 20 + 50 * i) for i in range(10)]
    (line,) = find_layout(dark(page(places, (240, 540)))).lines
    tops = [top for top, _ in places]
    assert_boxes(
        Layout(1, np.zeros((1, 1), np.uint8), True, [line]), (20, min(tops), 500, max(tops) + 40)
    )
    assert abs(line.slope - steep) < 0.01


def test_lines_that_slope_stay_apart() -> None:
    places = [(40 + 62 * line + 2 * i, 20 + 50 * i) for line in range(5) for i in range(12)]
    layout = find_layout(dark(page(places, (420, 640))))
    assert [len(line.pieces.area) for line in layout.lines] == [12] * 5


def test_a_line_that_bends() -> None:
    places = [(100 - round(30 * np.sin(i / 3)), 20 + 45 * i) for i in range(10)]
    assert len(find_layout(dark(page(places, (200, 520)))).lines) == 1


def test_groups_on_one_level_are_one_line() -> None:
    assert_boxes(
        find_layout(dark(page([(30, 20), (30, 60), (32, 900)], (100, 1000)))), (20, 30, 930, 72)
    )


def test_two_digits_below_each_other_are_two_lines() -> None:
    picture = page([(20, 40), (132, 40)], (250, 150), high=100)
    assert_boxes(find_layout(picture), (40, 20, 115, 120), (40, 132, 115, 232))


def test_a_digit_in_two_halves_is_one_line() -> None:
    picture = page([(20, 20), (20, 140), (20, 260)], (140, 360), high=100)
    picture[68:74, :120] = 0
    assert_boxes(find_layout(255 - picture), (20, 20, 335, 120))


def test_lines_of_different_heights() -> None:
    picture = np.zeros((300, 500), np.uint8)
    picture = np.maximum(picture, page([(20, 20 + 90 * i) for i in range(4)], picture.shape, 80))
    picture = np.maximum(picture, page([(150, 20 + 50 * i) for i in range(6)], picture.shape, 40))
    assert_boxes(find_layout(dark(picture)), (20, 20, 350, 100), (20, 150, 300, 190))


# Marks: row, column, height and width, beside a 0 that is 40 high and starts in row 30.


@pytest.mark.parametrize(
    "mark",
    [
        (65, 60, 6, 6),  # a decimal point
        (65, 62, 16, 4),  # a comma
        (48, 75, 4, 25),  # a dash
        (30, 70, 44, 4),  # a bracket, a slash
        (48, 0, 4, 12),  # a minus that the border cuts off
    ],
)
def test_marks_are_in_the_box_of_their_line(mark: tuple[int, int, int, int]) -> None:
    top, left, high, wide = mark
    ink = page([(30, 30), (30, 120)], (110, 240))
    ink[top : top + high, left : left + wide] = 255
    one_sided = ink.copy()
    one_sided[:, 120:] = 0
    for picture, right in ((ink, 150), (one_sided, max(60, left + wide))):
        expected = min(30, left), min(30, top), right, max(70, top + high)
        assert_boxes(find_layout(dark(picture)), expected)


def test_both_bars_of_an_equals_sign_and_both_dots_of_a_colon() -> None:
    ink = page([(30, 30)], (110, 160))
    ink[40:44, 75:95] = ink[54:58, 75:95] = 255
    ink[40:45, 105:110] = ink[55:60, 105:110] = 255
    assert_boxes(find_layout(dark(ink)), (30, 30, 110, 70))


def test_specks_far_away_are_no_lines_and_in_none() -> None:
    ink = page(FIVE, (300, 700))
    ink[5::60, 380::40] = ink[6::60, 380::40] = 255
    ink[200::20, 3::40] = ink[201::20, 3::40] = ink[202::20, 3::40] = 255
    ink[40:46, 600:606] = 255
    assert_boxes(find_layout(dark(ink)), FIVE_BOX)


# What is printed on the paper.


@pytest.mark.parametrize("row", [8, 50, 67, 72, 90])
@pytest.mark.parametrize("slope", [-0.03, 0, 0.02])
def test_a_rule_is_no_line(row: int, slope: float) -> None:
    ink = page(FIVE, (110, 330))
    rows = row + np.rint(slope * (np.arange(330) - 165)).astype(int)
    for thick in range(2):
        ink[rows + thick, np.arange(330)] = 255
    ((left, top, right, bottom),) = boxes(find_layout(dark(ink)))
    assert left - 3 <= 20
    assert right + 3 >= 290
    assert top - 5 <= 30 <= top + 20
    assert bottom - 20 <= 70 <= bottom + 5


@pytest.mark.parametrize("level", [90, 160, 255])
@pytest.mark.parametrize("step", [21, 30, 47])
def test_squared_paper(step: int, level: int) -> None:
    ink = page(FIVE, (100, 330), high=44)
    ink[7::step] = np.maximum(ink[7::step], level)
    ink[:, 9::step] = np.maximum(ink[:, 9::step], level)
    ((left, _, right, _),) = boxes(find_layout(dark(ink)))
    assert left <= 25
    assert right >= 288


@pytest.mark.parametrize("apart", [0, 8])
def test_cells(apart: int) -> None:
    ink = page([(top + 90 * number, left) for number in range(3) for top, left in FIVE], (300, 340))
    for number in range(3):
        for _, left in FIVE:
            start, end = left - 15 + apart // 2, left + 45 - apart // 2
            ink[[20 + 90 * number, 80 + 90 * number], start : end + 1] = 255
            ink[20 + 90 * number : 81 + 90 * number, [start, end]] = 255
    layout = find_layout(dark(ink))
    assert len(layout.lines) == 3
    for number, line in enumerate(layout.lines):
        assert line.left <= 22
        assert line.right >= 288
        assert 18 <= line.top - 90 * number <= 32
        assert 68 <= line.bottom - 90 * number <= 83


def test_empty_squared_paper_is_no_line() -> None:
    ink = np.zeros((300, 400), np.uint8)
    ink[10::40] = ink[11::40] = 255
    ink[:, 15::40] = ink[:, 16::40] = 255
    assert boxes(find_layout(dark(ink))) == []


def test_stems_of_ones_are_no_rules() -> None:
    ink = np.zeros((80, 300), np.uint8)
    ink[:, np.arange(300) % 24 < 6] = 255
    assert len(find_layout(255 - ink).lines) == 1


def test_patterned_paper() -> None:
    ink = page([(5, 6 + 22 * i) for i in range(3)], (44, 80), high=30)
    y, x = np.mgrid[:44, :80]
    pattern = 14 * (np.sin(0.9 * x + 0.4 * y) + np.sin(0.5 * x - 0.8 * y))
    picture = (190 - 0.4 * ink + pattern).astype(np.uint8)
    ((left, top, right, bottom),) = boxes(find_layout(picture))
    assert left <= 8
    assert right >= 70
    assert top <= 7
    assert bottom >= 33


# Light, and what else lies there.


@pytest.mark.parametrize("angle", [0.3, 1.2, 2.2])
@pytest.mark.parametrize("soft", [3, 60, 200])
def test_a_page_half_in_the_shadow(soft: int, angle: float) -> None:
    places = [(30 + 80 * line, 20 + 60 * i) for line in range(6) for i in range(9)]
    y, x = np.mgrid[:520, :580]
    across = (x - 290) * np.cos(angle) + (y - 260) * np.sin(angle)
    light = np.clip(across / soft + 0.5, 0, 1) * 0.4 + 0.6
    layout = find_layout((dark(page(places, (520, 580))) * light).astype(np.uint8))
    expected = [(20, 30 + 80 * line, 530, 70 + 80 * line) for line in range(6)]
    # A corner of the shadow beside a line may widen its box, by less than what is between lines.
    assert_boxes(layout, *expected, within=32)
    assert all(map(holds, layout.lines, expected, [6] * 6))


def test_a_vignette() -> None:
    y, x = np.mgrid[-1:1:450j, -1:1:400j]
    picture = dark(page(PAGE, (450, 400))) * (1 - 0.3 * (x * x + y * y))
    assert_boxes(find_layout(picture.astype(np.uint8)), *PAGE_BOXES, within=5)


@pytest.mark.parametrize("radius", [0, 1, 60])
@pytest.mark.parametrize("blur", [0, 2])
def test_a_dark_thing_over_a_quarter_of_the_picture(radius: int, blur: int) -> None:
    image = Image.fromarray(dark(page(PAGE, (900, 800))))
    ImageDraw.Draw(image).rounded_rectangle((200, 450, 900, 1000), radius, 25)
    picture = np.asarray(image.filter(ImageFilter.GaussianBlur(blur)))
    assert_boxes(find_layout(picture), *PAGE_BOXES, within=4)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_dark_edge_is_no_line(side: str) -> None:
    picture = dark(page(PAGE, (500, 450)))
    rotated = {
        "left": picture[:, :12],
        "right": picture[:, -25:],
        "top": picture[:15],
        "bottom": picture[-30:],
    }
    rotated[side][:] = 40
    assert_boxes(find_layout(picture), *PAGE_BOXES)


# What is no page of digits.


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank(value: int) -> None:
    assert boxes(find_layout(np.full((50, 80), value, np.uint8))) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3), (28, 28), (39, 300)])
def test_boxes_lie_in_pictures_of_any_shape(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    for line in find_layout(rng.integers(0, 256, shape, np.uint8)).lines:
        assert 0 <= line.left < line.right <= shape[1]
        assert 0 <= line.top < line.bottom <= shape[0]


@pytest.mark.parametrize("side", [600, 3000])
def test_a_hatching_is_no_digits(side: int) -> None:
    y, x = np.ogrid[:side, :side]
    assert not find_layout(np.where((x + y) % 64 < 4, 0, 255).astype(np.uint8)).lines


def test_noise_and_many_dots_are_no_digits() -> None:
    rng = np.random.default_rng(2)
    assert not find_layout(rng.integers(0, 256, (1200, 1600), np.uint8)).lines
    dots = np.full((1000, 1000), 255, np.uint8)
    for top in range(2, 1000, 10):
        for left in range(2, 1000, 10):
            dots[top : top + rng.integers(3, 8), left : left + rng.integers(2, 7)] = 0
    assert not find_layout(dots).lines


# Real and composed pictures.


def test_the_lines_of_composed_pages_are_found(mnist_path: Path) -> None:
    from train.data.mnist import load_mnist
    from train.drawing.number_lines import digits_of, number_pictures

    digits = digits_of(load_mnist(mnist_path), "validation")
    found = total = 0
    for picture in number_pictures("pages", digits, 40, seed=5):
        lines, rest = find_layout(picture.picture).lines, list(picture.boxes)
        for text in picture.text.split("\n"):
            line, rest = rest[: len(text)], rest[len(text) :]
            sides = np.array([(b.left, b.top, b.right, b.bottom) for b in line])
            box = (*sides[:, :2].min(axis=0).tolist(), *sides[:, 2:].max(axis=0).tolist())
            tall = max(b.bottom - b.top for b in line)
            total += 1
            found += sum(holds(one, box, 0.1 * tall + 1) for one in lines) == 1
    # Some of MNIST's digits have a speck far away in their box.
    assert found >= 0.98 * total


@pytest.mark.skipif("EDGEDIGIT_DEV" not in os.environ, reason="needs EDGEDIGIT_DEV")
def test_real_pictures_have_as_many_lines_as_their_labels() -> None:
    folder = Path(os.environ["EDGEDIGIT_DEV"]) / "numbers"
    with (folder / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    right = [
        len(find_layout(load_grey(folder / row["file"], 10**9)).lines)
        == len(row["label"].split("/"))
        for row in rows
    ]
    assert np.mean(right) >= 0.97


@pytest.mark.parametrize("shape", [(12_000, 100), (1788, 1788)], ids=["tall", "square"])
def test_the_work_for_many_lines_is_bounded(shape: tuple[int, int]) -> None:
    # Cells of a form, of which each may be a digit: 300 lines, or 2,000 digits.
    picture = np.full(shape, 230, np.uint8)
    row, column = np.ogrid[: shape[0], : shape[1]]
    row, column = row % 40, column % 40
    inside = (row < 38) & (column < 38)
    edge = (row == 0) | (row == 37) | (column == 0) | (column == 37)
    picture[inside & edge] = 30
    started = time.process_time()
    edgedigit.read(picture, length=50)
    # A quarter of that where the machine has nothing else to do.
    assert time.process_time() - started < 4
