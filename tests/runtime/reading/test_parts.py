"""Numbers in a part of a picture, and in turned ones: boxes are those of the picture as seen."""

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier, OutsideError, Status
from edgedigit.files.finding import File
from edgedigit.files.reading import read_blocks
from edgedigit.results import Box
from tests.runtime.reading.test_reading import line_of
from tests.support.picture_files import png_file

LINE, OTHER = line_of("40713"), line_of("26")
HEIGHT, WIDTH = LINE.shape
LEFT = 150
# A line in the upper left, and one below it, further right.
SHEET = np.zeros((2 * HEIGHT, LEFT + WIDTH), np.uint8)
SHEET[:HEIGHT, : OTHER.shape[1]] = OTHER
SHEET[HEIGHT:, LEFT:] = LINE
PIXELS = (LEFT, HEIGHT, LEFT + WIDTH, 2 * HEIGHT)
SHARES = tuple(np.array(PIXELS) / np.tile(SHEET.shape[::-1], 2))


def boxes_of(reading):
    return [digit.box for digit in reading.digits]


@pytest.mark.parametrize("region", [PIXELS, SHARES])
def test_a_part_of_a_picture(region):
    reading, alone = edgedigit.read(SHEET, region=region), edgedigit.read(LINE)
    assert reading.text == alone.text == "40713"
    assert boxes_of(reading) == [box.moved(LEFT, HEIGHT) for box in boxes_of(alone)]
    assert reading.turned == 0


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("region", [None, PIXELS])
def test_turned_pictures(quarters, region):
    """They are turned counterclockwise, and have to be turned clockwise to be read."""
    picture = LINE if region is None else SHEET
    turned = np.rot90(picture, quarters).copy()
    part = None
    if region is not None:
        corner = Box(0, 0, *picture.shape[::-1]).turned(-quarters)
        part = Box(*region).turned(-quarters).moved(-corner.left, -corner.top)
    reading = edgedigit.read(turned, region=part, turn="auto")
    assert (reading.text, reading.turned) == ("40713", 90 * quarters)
    for box in boxes_of(reading):
        held = turned[box.top : box.bottom, box.left : box.right]
        assert held.max() > 200
        turned[box.top : box.bottom, box.left : box.right] = 0
    left = turned if part is None else turned[part.top : part.bottom, part.left : part.right]
    assert left.max(initial=0) < 128


def test_spaces_stand_in_turned_numbers_too():
    picture = np.rot90(line_of("12 345"))
    assert edgedigit.read(picture, spaces=True, turn="auto").text == "12 345"


def test_not_turned_unless_that_is_asked_for():
    assert edgedigit.read(np.rot90(LINE)).text != "40713"


def test_a_region_outside():
    with pytest.raises(OutsideError, match="outside"):
        edgedigit.read(LINE, region=(WIDTH, 0, WIDTH + 1, 5))
    file = File("a.png", image=png_file(LINE))
    ((result,),) = read_blocks([file], Classifier(), region=(WIDTH, 0, WIDTH + 1, 5), threads=1)
    assert (result.status, result.reading) == (Status.OUTSIDE, None)
    assert result.error.startswith(f"the region {WIDTH},0,")
    ((result,),) = read_blocks([file], Classifier(), region=(0.0, 0.0, 1.0, 1.0), threads=1)
    assert result.reading.text == "40713"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"region": "0,0,5,5"}, TypeError),
        ({"region": (0.0, 0.0, 2.0, 2.0)}, ValueError),
        ({"turn": "none"}, ValueError),
    ],
)
def test_wrong_arguments(options, error):
    with pytest.raises(error):
        edgedigit.read(LINE, **options)
