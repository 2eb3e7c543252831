"""A part of a picture: in pixels or shares, of the picture as it is seen."""

import io
import itertools

import numpy as np
import pytest

from edgedigit import DamagedError, ImageError, OutsideError
from edgedigit.images import checked_region, load_grey
from edgedigit.images.region import parse_region
from tests.support.picture_files import png_file

GREY = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)


def part(region, picture=GREY):
    return load_grey(picture, region=region)


@pytest.mark.parametrize(
    "region",
    [
        (2, 3, 7, 9),
        [2, 3, 7, 9],
        np.array([2, 3, 7, 9]),
        (np.int64(2), np.uint8(3), np.int16(7), 9),
        (0.1, 0.25, 0.35, 0.75),
        np.array([0.1, 0.25, 0.35, 0.75], np.float32),
    ],
)
@pytest.mark.parametrize("picture", [GREY, png_file(GREY), GREY[..., None]])
def test_pixels_and_shares(region, picture):
    assert np.array_equal(part(region, picture), GREY[3:9, 2:7])


def test_it_is_in_memory_of_its_own():
    found = part((2, 3, 7, 9), GREY.copy())
    assert found.flags.c_contiguous
    assert found.base is None


@pytest.mark.parametrize("region", [(-5, -5, 900, 900), (0.0, 0.0, 1.0, 1.0), (0, 0, 20, 12), None])
def test_what_lies_beyond_the_border_is_left_out(region):
    assert np.array_equal(part(region), GREY)


@pytest.mark.parametrize("sides", [(1, 1), (3, 7), (10, 10), (999, 1001)])
def test_neighbouring_shares_have_each_pixel_once(sides):
    picture = np.zeros(sides, np.uint8)
    cuts = np.linspace(0, 1, 1 + min(sides))
    widths = [part((a, 0.0, b, 1.0), picture).shape[1] for a, b in itertools.pairwise(cuts)]
    assert sum(widths) == sides[1]


@pytest.mark.parametrize("region", [(0.5, 0.5, 0.5001, 0.5001), (0.9999, 0.9999, 1.0, 1.0)])
def test_the_smallest_share_is_one_pixel(region):
    assert part(region).shape == (1, 1)


@pytest.mark.parametrize("region", [(20, 0, 30, 5), (0, 12, 5, 20), (-9, 0, 0, 5)])
def test_nothing_of_the_picture_in_it(region):
    with pytest.raises(OutsideError, match=r"lies outside of the picture, .* 20 x 12 pixels"):
        part(region)


def test_bad_pictures_stay_what_they_are():
    with pytest.raises(DamagedError):
        part((0, 0, 5, 5), png_file(GREY)[:50])
    assert issubclass(OutsideError, ImageError)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture_first(orientation):
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.fromarray(GREY).save(file, "PNG", exif=exif)
    seen = load_grey(file.getvalue())
    assert np.array_equal(part((1, 2, 6, 11), file.getvalue()), seen[2:11, 1:6])


def test_a_jpeg_is_not_reduced_where_a_part_of_it_is_looked_at():
    image = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1600), np.uint8)
    image.fromarray(noise).save(file, "JPEG")
    found = load_grey(file.getvalue(), largest_side=100, region=(800, 600, 820, 610))
    assert np.array_equal(found, load_grey(file.getvalue())[600:610, 800:820])


@pytest.mark.parametrize(
    "region",
    [
        *(5, "0,0,5,5", b"0055", (), (0, 0, 5), (0, 0, 5, 5, 5), (0, 0, 5, "5"), (0, 0, 5, None)),
        *((0, 0, True, True), (False, False, 1.0, 1.0), (np.False_, 0, 1, 1), (0, 0, 1j, 1)),
        *((0, 0, 0.5, 0.5), (0.0, 0.0, 1, 1.0), np.array(5), np.zeros((4, 4))),
    ],
)
def test_what_is_no_region_is_a_wrong_type(region):
    with pytest.raises(TypeError, match=r"region|iteration"):
        checked_region(region)


@pytest.mark.parametrize(
    "region",
    [
        *((5, 0, 5, 5), (5, 0, 4, 5), (0, 5, 5, 5), (10, 10, -10, -10)),
        *((0.0, 0.0, 1.5, 1.0), (-0.1, 0.0, 1.0, 1.0), (0.5, 0.0, 0.5, 1.0), (0.0, 0.5, 1.0, 0.4)),
        *((0.0, 0.0, float("nan"), 1.0), (0.0, 0.0, float("inf"), 1.0), (0.0, 0.0, 640.0, 480.0)),
    ],
)
def test_a_region_without_pixels_is_a_wrong_value(region):
    with pytest.raises(ValueError, match="region"):
        checked_region(region)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("2,3,7,9", (2, 3, 7, 9)),
        ("-2,0,7,9", (-2, 0, 7, 9)),
        ("0,0,0.5,1", (0.0, 0.0, 0.5, 1.0)),
        (".25,0.,1.,1", (0.25, 0.0, 1.0, 1.0)),
    ],
)
def test_as_text(text, region):
    found = parse_region(text)
    assert found == region
    assert [type(number) for number in found] == [type(number) for number in region]
    assert parse_region(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "1",
            "1,2,3",
            "1,2,3,4,5",
            "1,2,3,4\n",
            " 1,2,3,4",
            "1,2,3,x",
            "1_0,2,30,4",
            "1,2,,4",
        ),
        *(
            "0,0,1e0,1.0",
            "\u0660,\u0660,\u0661,\u0661",
            "9,0,3,4",
            "0,0,2.5,1",
            "0,0,nan,1.",
            "." * 4,
            ".,.,.,.",
        ),
        f"0,0,{'9' * 5000},1",
    ],
)
def test_what_is_no_text_of_a_region(text):
    with pytest.raises(ValueError, match=r"region|LEFT,TOP,RIGHT,BOTTOM|limit"):
        parse_region(text)
