"""What files say of themselves beside their pixels: texts, scans, blocks, entries, kinds."""

import io
import struct
import time
import zlib

import numpy as np
import pytest

import edgedigit
from edgedigit import DamagedError, ImageError, TooLargeError, UnsupportedError
from edgedigit.images import load_grey
from tests.support.hostile_files import (
    gif_of_blocks,
    jpeg_of_scans,
    jpeg_of_segments,
    run_length_bmp,
    tiff_of_entries,
)
from tests.support.picture_files import SIGNATURE, chunk, header, load_both_ways, png_file

# Larger than what the package reads without Pillow in any case.
DIGIT = np.random.default_rng(2).integers(0, 256, (64, 60), np.uint8)
# Generous: the machine may be busy. What is refused takes milliseconds, and minutes otherwise.
SECONDS = 3


def cpu_seconds(call, *arguments):
    start = time.process_time()
    try:
        outcome = call(*arguments)
    except ImageError as error:
        outcome = error
    return outcome, time.process_time() - start


TEXTS = {
    "exif": b"exif\0\0" + zlib.compress(b"hello"),
    "transparency": b"transparency\0\0" + zlib.compress(b"hello"),
    "interlace": b"interlace\0\0" + zlib.compress(b"1"),
    "xmp": b"xmp\0\0" + zlib.compress(b'tiff:Orientation="6"'),
    "icc_profile": b"icc_profile\0\0" + zlib.compress(b"x"),
    "gamma": b"gamma\0\0" + zlib.compress(b"x"),
}


@pytest.mark.parametrize("key", TEXTS)
@pytest.mark.parametrize("colour", [0, 2, 3, 6])
def test_texts_change_nothing(key, colour):
    extras = chunk(b"PLTE", np.random.default_rng(3).bytes(768)) if colour == 3 else b""
    extras += chunk(b"tRNS", bytes(6 if colour == 2 else 2)) if colour in (0, 2) else b""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    samples = np.random.default_rng(4).integers(0, 256, (50, 50, channels))
    plain = load_both_ways(png_file(samples, colour=colour, before=extras))
    for name, body in ((b"zTXt", TEXTS[key]), (b"tEXt", key.encode() + b"\0hello")):
        text = chunk(name, body)
        for data in (
            png_file(samples, colour=colour, before=text + extras),
            png_file(samples, colour=colour, before=extras + text),
            png_file(samples, colour=colour, before=extras, after=text),
        ):
            assert len(data) > 2048
            np.testing.assert_array_equal(load_both_ways(data), plain)
            np.testing.assert_array_equal(load_grey(data), plain)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exif", "a text"),
        ("exif", ["a", "list"]),
        ("Raw profile type exif", b"bytes"),
        ("Raw profile type exif", 7),
        ("XML:com.adobe.xmp", 7),
        ("xmp", ("tiff:Orientation",)),
        ("transparency", "hello"),
        ("transparency", (1, 2)),
        ("transparency", ("a", "b", "c")),
        ("transparency", 3.5),
        ("transparency", {}),
    ],
)
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "I", "CMYK"])
def test_what_pillow_says_is_checked(monkeypatch, mode, name, value):
    """Any plugin may pass on what stands in the file."""
    pil = pytest.importorskip("PIL.Image")
    from PIL import BmpImagePlugin

    image = pil.fromarray(DIGIT)
    image = pil.fromarray(DIGIT.astype(np.uint16)) if mode == "I;16" else image.convert(mode)
    expected = load_grey(image)
    image.info[name] = value
    np.testing.assert_array_equal(load_grey(image), expected)
    assert image.info[name] == value

    def opened(file, path):
        image.format = "BMP"
        return image

    monkeypatch.setitem(pil.OPEN, "BMP", (opened, None))
    assert BmpImagePlugin.BmpImageFile is not opened
    bmp = b"BM" + bytes(12) + struct.pack("<I", 40) + bytes(60)
    np.testing.assert_array_equal(load_grey(bmp), expected)


@pytest.mark.parametrize("size", [(3, 4, 5), (3,), None, ("a", "b"), (-3, -4), (0, 5), (2.5, 3)])
def test_sizes_that_are_none(monkeypatch, size):
    pil = pytest.importorskip("PIL.Image")
    from PIL import BmpImagePlugin

    class Odd(BmpImagePlugin.BmpImageFile):
        size = None

    Odd.size = size
    monkeypatch.setitem(pil.OPEN, "BMP", (Odd, None))
    file = io.BytesIO()
    pil.fromarray(DIGIT).save(file, "BMP")
    with pytest.raises(ImageError):
        load_grey(file.getvalue())


@pytest.mark.parametrize("kind", [ValueError, KeyError, RecursionError, AssertionError, EOFError])
def test_whatever_a_plugin_raises_is_an_image_error(monkeypatch, kind):
    pil = pytest.importorskip("PIL.Image")

    def failing(file, path):
        raise kind("no reason")

    load_grey(DIGIT)
    monkeypatch.setitem(pil.OPEN, "BMP", (failing, None))
    with pytest.raises(DamagedError, match="no reason"):
        load_grey(b"BM" + bytes(12) + struct.pack("<I", 40) + bytes(60))


# --- work that neither bytes nor pixels bound


def test_scans_are_counted():
    pytest.importorskip("PIL")
    fine = jpeg_of_scans(2000, 20)
    assert load_grey(fine).shape == (2000, 2000)
    for side, scans in ((7070, 400), (3000, 10_000), (1000, 12_000)):
        outcome, seconds = cpu_seconds(load_grey, jpeg_of_scans(side, scans))
        assert isinstance(outcome, TooLargeError)
        assert "scans" in str(outcome)
        assert seconds < SECONDS


def test_usual_progressive_files_are_read():
    pil = pytest.importorskip("PIL.Image")
    for mode in ("L", "RGB", "CMYK"):
        file = io.BytesIO()
        picture = pil.fromarray(np.kron(DIGIT, np.ones((10, 10), np.uint8))).convert(mode)
        picture.save(file, "JPEG", progressive=True, quality=95, subsampling=0)
        assert load_grey(file.getvalue()).shape == (640, 600)


def png_of_chunks(name, count):
    pixels = png_file(np.zeros((60, 60), int), level=0)
    return pixels[:33] + count * chunk(name) + pixels[33:]


BEFORE_THE_PIXELS = {
    "JPEG segments": (jpeg_of_segments, (200_000,), (50,), "segments"),
    "JPEG junk": (jpeg_of_segments, (0, 5_000_000), (0, 500), "much that is no segment"),
    "GIF comment": (gif_of_blocks, (500_000, b"\xfe"), (500, b"\xfe"), "within its first blocks"),
    "GIF application": (gif_of_blocks, (500_000, b"\xff"), (500, b"\xff"), "its first blocks"),
    "GIF junk": (gif_of_blocks, (0, b"\xfe", 2_000_000), (0, b"\xfe", 99), "its first blocks"),
    "TIFF entries": (tiff_of_entries, (60_000, 1), (60, 1), "entries"),
    "TIFF strips": (tiff_of_entries, (1, 4_000_000, 273), (1, 1, 999), "values in entry 273"),
    "TIFF bits": (tiff_of_entries, (1, 4_000_000, 258), (1, 1, 999), "values in entry 258"),
    "PNG chunks": (png_of_chunks, (b"abCd", 100_000), (b"abCd", 1000), "more than 65,536 chunks"),
    "PNG image data": (png_of_chunks, (b"IDAT", 100_000), (b"IDAT", 1000), "65,536 chunks"),
}


@pytest.mark.parametrize("case", BEFORE_THE_PIXELS)
def test_what_stands_before_the_pixels_is_bounded(case):
    pytest.importorskip("PIL")
    make, much, little, message = BEFORE_THE_PIXELS[case]
    assert min(load_grey(make(*little)).shape) >= 20
    outcome, seconds = cpu_seconds(load_grey, make(*much))
    assert isinstance(outcome, DamagedError)
    assert message in str(outcome)
    assert seconds < SECONDS


@pytest.mark.parametrize("size", [(7000, 7000), (49_000, 1_000), (49_000_000, 1)])
def test_run_length_bmp_files_are_not_read(size):
    pytest.importorskip("PIL")
    outcome, seconds = cpu_seconds(load_grey, run_length_bmp(*size))
    assert isinstance(outcome, UnsupportedError | TooLargeError)
    assert seconds < SECONDS


@pytest.mark.parametrize("code", [0xC3, 0xC9, 0xCA, 0xC5])
def test_kinds_of_jpeg_that_nobody_writes(code):
    pytest.importorskip("PIL")
    data = bytearray(jpeg_of_scans(64, 1))
    data[data.index(b"\xff\xc2") + 1] = code
    with pytest.raises(UnsupportedError, match="lossless"):
        load_grey(bytes(data))


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"8BPS\0\1", "PSD"),
        (b"qoif\0\0\0\2\0\0\0\2\3\0", "QOI"),
        (b"DDS \x7c\0\0\0", "DDS"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"\x01\xda\1\1\0\2", "SGI"),
        (b"Pf\n1 1\n", "PFM"),
    ],
)
def test_formats_that_are_not_read(start, name):
    with pytest.raises(UnsupportedError, match=f"{name} files are not read"):
        load_grey(start + bytes(100))


def test_what_pillow_opened_is_read_whatever_its_format():
    pil = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    pil.fromarray(DIGIT).save(file, "ICO", sizes=[(60, 64)], bitmap_format="bmp")
    assert load_grey(pil.open(file)).shape == (64, 60)


def test_pictures_that_are_far_longer_than_wide():
    for shape in ((2, 2001), (2001, 2), (30, 60_000)):
        array = np.zeros(shape, np.uint8)
        for source in (array, array.astype(float), png_file(array)):
            with pytest.raises(TooLargeError, match="too long"):
                edgedigit.classify(source)
            with pytest.raises(TooLargeError, match="too long"):
                edgedigit.read(source)
    assert edgedigit.read(np.full((2, 2000), 255, np.uint8)).text == ""


def test_memory_is_a_limit_too():
    pytest.importorskip("PIL.WebPImagePlugin")
    from PIL import Image, features

    if not features.check("webp"):
        pytest.skip("this Pillow reads no WebP")
    file = io.BytesIO()
    Image.new("RGB", (2500, 2000)).save(file, "WEBP", lossless=True)
    assert load_grey(file.getvalue(), max_pixels=10_000_000).shape == (2000, 2500)
    with pytest.raises(TooLargeError, match="17 bytes each"):
        load_grey(file.getvalue(), max_pixels=5_000_000)


def test_time_is_a_limit_too():
    pytest.importorskip("PIL")
    grey, rgba = (
        SIGNATURE + header(10_900, 10_900, 8, colour) + chunk(b"IDAT", zlib.compress(b""))
        for colour in (0, 6)
    )
    with pytest.raises(DamagedError):
        load_grey(grey)
    with pytest.raises(TooLargeError, match=r"s are the limit \(max_pixels\)"):
        load_grey(rgba)
    with pytest.raises(DamagedError):
        load_grey(rgba, max_pixels=400_000_000)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_directory_beyond_all_memory(order):
    pytest.importorskip("PIL")
    start = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HHHQ", 43, 8, 0, (1 << 64) - 2)
    with pytest.raises(ImageError):
        load_grey(start + bytes(100))
