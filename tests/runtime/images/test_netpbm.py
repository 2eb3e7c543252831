import tracemalloc

import numpy as np
import pytest

from edgedigit.errors import DamagedError, ImageError, TooLargeError
from edgedigit.images import load_grey
from tests.support.picture_files import load_both_ways, load_without_pillow, netpbm_file

MAXVALS = [1, 2, 9, 100, 254, 255, 256, 1000, 4095, 65534, 65535]


def random_values(shape, maxval):
    values = np.random.default_rng(maxval).integers(0, maxval + 1, shape)
    values[0] = maxval  # so that the range of values is the same in every file
    return values


@pytest.mark.parametrize("kind", [1, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 7), (2, 8), (5, 17)])
def test_bits(kind, size):
    bits = random_values(size, 1)
    np.testing.assert_array_equal(load_both_ways(netpbm_file(kind, bits)), (1 - bits) * 255)


@pytest.mark.parametrize("maxval", MAXVALS)
@pytest.mark.parametrize("kind", [2, 5])
def test_grey(kind, maxval):
    values = random_values((4, 5), maxval)
    top = 65535 if maxval > 255 else 255
    stretched = np.rint(values / maxval * top).astype(np.uint16)
    grey = load_both_ways(netpbm_file(kind, values, maxval))
    np.testing.assert_array_equal(grey, load_grey(stretched))


@pytest.mark.parametrize("maxval", MAXVALS)
@pytest.mark.parametrize("kind", [3, 6])
def test_colour(kind, maxval):
    values = random_values((4, 5, 3), maxval)
    stretched = np.rint(values / maxval * 255).astype(np.uint8)
    grey = load_both_ways(netpbm_file(kind, values, maxval))
    np.testing.assert_array_equal(grey, load_grey(stretched))


def test_plain_files_larger_than_a_block():
    values = random_values((700, 800), 255)
    np.testing.assert_array_equal(load_both_ways(netpbm_file(2, values, 255)), values)


@pytest.mark.parametrize(
    ("start", "repeated"),
    [
        (b"P1 1000 1000 ", b"1 "),
        (b"P1 1000 1000 ", b"#\n1"),
        (b"P2 1000 1000 9 ", b"1 #\n"),
        (b"P2 1 1 9 ", b"#\n"),
    ],
)
def test_blanks_and_comments_do_not_fill_the_memory(start, repeated):
    data = start + repeated * 1_000_000 + b"1"
    tracemalloc.start()
    grey = load_without_pillow(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (grey == (0 if start.startswith(b"P1") else 28)).all()
    assert peak < 40_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"P2\n# a comment\n2 1 255\n7 9\n",
        b"P2 2 1 255 7 9",
        b"P2\t2\r1\v255\f7\n\n9",
        b"P2 2 1 255 7 9 not a number",
        b"P2 2 1 255 7 # rest of the line\n9",
        b"P2 2 1 255 7 # rest of the line\r9 # without an end",
        b"P2 2# 5\n 1 255 7 9",
        b"P2 +2 0_1 255 07 9",
        b"P5 2 1 255\n\7\x09",
        b"P5 2 1 255\n\7\x09and more",
        b"P5 2 1 #\n255\n\7\x09",
        b"P2 2 1 25# the number goes on\n5 7 9",
    ],
)
def test_ways_to_write_a_header(data):
    np.testing.assert_array_equal(load_both_ways(data), [[7, 9]])


@pytest.mark.parametrize(
    "data", [b"P1 3 1 101", b"P1 3 1 1 0 1", b"P1 3 1 1#x\n01", b"P1 3 1 1010"]
)
def test_ways_to_write_plain_bits(data):
    np.testing.assert_array_equal(load_both_ways(data), [[0, 255, 0]])


def test_values_above_the_largest_count_as_the_largest():
    np.testing.assert_array_equal(load_both_ways(b"P5 3 1 100\n\0\x64\xc8"), [[0, 255, 255]])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"P5 ", "header is truncated"),
        (b"P5 2", "header is truncated"),
        (b"P5 2 1", "header is truncated"),
        (b"P5 2 1 # endless", "header is truncated"),
        (b"P5 12345678901 1 255 ", "header is truncated or damaged"),
        (b"P5 two 1 255\n\0\0", "damaged at b'two'"),
        (b"P5 0 1 255\n", "empty"),
        (b"P5 -1 1 255\n", "empty"),
        (b"P5 20000 20000 255\n", "too large"),
        (b"P1 9000 9000 ", "too large"),
        (b"P2 3000 3000 255\n", "too large"),
        (b"P3 3000 1000 255\n", "too large"),
        (b"P5 2 1 0\n\0\0", "largest value"),
        (b"P5 2 1 65536\n\0\0", "largest value"),
        (b"P4 9 1\n\0", "truncated"),
        (b"P5 2 1 255\n\0", "truncated"),
        (b"P5 2 1 256\n\0\0\0", "truncated"),
        (b"P6 1 1 255\n\0\0", "truncated"),
        (b"P1 2 1 1", "truncated"),
        (b"P1 2 1 12", "only 0 and 1"),
        (b"P2 2 1 255 1", "truncated"),
        (b"P3 1 1 255 1 2", "truncated"),
        (b"P2 2 1 255 1 x", "not a number"),
        (b"P2 2 1 255 1 12345678901", "more than 10 digits"),
        (b"P2 2 1 255 1 256", "beyond 0 to 255"),
        (b"P2 2 1 255 1 -1", "beyond 0 to 255"),
    ],
)
def test_damaged_files(data, reason):
    kind = TooLargeError if reason == "too large" else DamagedError
    with pytest.raises(kind, match=f"^the bytes: .*{reason}"):
        load_without_pillow(data)


@pytest.mark.parametrize("data", [b"P7 2 1 255 1 1", b"P5#2 1 255\n\0\0", b"P5", b"P 5"])
def test_other_texts_are_no_netpbm_files(data):
    with pytest.raises(ImageError, match="not a picture"):
        load_without_pillow(data)


@pytest.mark.parametrize(
    "data", [b"P5 2 1 255\n\0", b"P2 2 1 255 1 x", b"P1 2 1 12", b"P5 0 1 255 "]
)
def test_damaged_files_with_pillow(data):
    pytest.importorskip("PIL")
    with pytest.raises(DamagedError, match=r"^the bytes: "):
        load_grey(data)
