import numpy as np
import pytest

from edgedigit.lines.strips import cut_strip
from edgedigit.model import STRIP_ROWS


def page(height=300, width=900):
    """Grey paper with a dark bar from (400, 100) to (500, 200)."""
    picture = np.full((height, width), 200, np.uint8)
    picture[100:200, 400:500] = 60
    return picture


def test_a_strip_has_forty_rows_and_the_proportions_of_its_box():
    strip = cut_strip(page(), (300, 90, 600, 210))
    assert strip.shape == (STRIP_ROWS, 100)
    assert strip.dtype == np.uint8


def test_dark_ink_becomes_bright_and_paper_dark():
    strip = cut_strip(page(), (300, 50, 600, 250))
    assert strip[20, 30] == 255
    assert strip[2, 2] == 0
    inverted = cut_strip(255 - page(), (300, 50, 600, 250), is_dark=False)
    assert np.abs(strip.astype(int) - inverted).max() <= 1


def test_ink_is_where_it_was():
    strip = cut_strip(page(), (300, 50, 600, 250))
    rows, columns = np.nonzero(strip > 128)
    assert rows.min() == pytest.approx(10, abs=1)
    assert rows.max() == pytest.approx(29, abs=1)
    assert columns.min() == pytest.approx(20, abs=1)
    assert columns.max() == pytest.approx(39, abs=1)


def test_a_slope_is_followed():
    picture = np.full((400, 900), 220, np.uint8)
    for column in range(100, 800):
        row = 200 + round(0.1 * (column - 450))
        picture[row - 10 : row + 10, column] = 30
    strip = cut_strip(picture, (100, 150, 800, 250), slope=0.1)
    assert (strip[18:22] > 200).all()
    assert (strip[:10] < 50).all()


@pytest.mark.parametrize(
    "box",
    [(-50, -20, 80, 60), (850, 250, 1000, 350), (10, 10, 12, 300), (0, 0, 900, 4)],
)
def test_a_box_may_reach_beyond_the_picture(box):
    strip = cut_strip(page(), box)
    assert strip.shape[0] == STRIP_ROWS
    assert strip.shape[1] >= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 7)])
def test_pictures_of_any_size(shape):
    height, width = shape
    strip = cut_strip(np.full(shape, 128, np.uint8), (0, 0, width, height))
    assert strip.shape[0] == STRIP_ROWS
    assert not strip.any()


def test_large_boxes_are_averaged_not_sampled():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2000, 2000)).astype(np.uint8)
    noise[800:1200, 800:1200] = 0
    strip = cut_strip(noise, (0, 0, 2000, 2000))
    assert strip[20, 20] == 255
    assert np.median(strip) < 60
