import io
import os
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from edgedigit.errors import DamagedError, ImageError, TooLargeError, UnsupportedError
from edgedigit.images import load_grey
from tests.support.command import python
from tests.support.picture_files import load_without_pillow, png_file, tiff_orientation, turned

RAMP = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
COLOURS = np.random.default_rng(5).integers(0, 256, (4, 6, 3), np.uint8)
PNG = png_file(RAMP)


@pytest.fixture
def png_path(tmp_path):
    path = tmp_path / "ramp.png"
    path.write_bytes(PNG)
    return path


@pytest.fixture
def pil():
    return pytest.importorskip("PIL.Image")


class Arraylike:
    def __array__(self, dtype=None, copy=None):
        return RAMP


# Sources


@pytest.mark.parametrize(
    "wrap",
    [str, Path, lambda path: path.read_bytes(), lambda path: bytearray(path.read_bytes())],
    ids=["str", "Path", "bytes", "bytearray"],
)
def test_files(png_path, wrap):
    np.testing.assert_array_equal(load_grey(wrap(png_path)), RAMP)


@pytest.mark.parametrize(
    "source",
    [memoryview(PNG), memoryview(bytes(3) + PNG)[3:], io.BytesIO(PNG), RAMP, Arraylike()],
    ids=["memoryview", "part of a memoryview", "BytesIO", "array", "__array__"],
)
def test_other_sources(source):
    np.testing.assert_array_equal(load_grey(source), RAMP)


def test_open_files_are_read_from_where_they_stand_and_stay_open(png_path):
    png_path.write_bytes(b"before" + PNG)
    with png_path.open("rb") as file:
        file.seek(6)
        np.testing.assert_array_equal(load_grey(file), RAMP)
        assert not file.closed


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode elsewhere")
def test_names_need_not_be_utf8(tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff\xe9.png"
    Path(os.fsdecode(name)).write_bytes(b"no picture")
    with pytest.raises(ImageError, match="not a picture") as caught:
        load_grey(os.fsdecode(name))
    assert str(caught.value).encode("utf-8")
    Path(os.fsdecode(name)).write_bytes(PNG)
    np.testing.assert_array_equal(load_grey(os.fsdecode(name)), RAMP)


@pytest.mark.parametrize("thing", [None, 7, 0.5, [[1, 2]], (1, 2), {}, object(), np.float32])
def test_other_things_are_type_errors(thing):
    with pytest.raises(TypeError):
        load_grey(thing)


def test_type_error_says_what_is_expected():
    with pytest.raises(TypeError, match=r"path, bytes, .*array or a PIL image, not list"):
        load_grey([1, 2])


def test_text_files_are_type_errors():
    with pytest.raises(TypeError, match="binary mode"):
        load_grey(io.StringIO("text"))


def test_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_grey(tmp_path / "missing.png")


def test_folders(tmp_path):
    with pytest.raises((IsADirectoryError, PermissionError)):
        load_grey(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_unreadable_files(png_path):
    png_path.chmod(0)
    with pytest.raises(PermissionError):
        load_grey(png_path)


@pytest.mark.parametrize("load", [load_grey, load_without_pillow])
@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"", ImageError, "the file is empty"),
        (b"text, no picture", ImageError, "not a picture"),
        (PNG[:50], DamagedError, "truncated"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n", UnsupportedError, "PostScript"),
        (b"P5 40000 40000 255\n", TooLargeError, "too large: 40000 x 40000"),
    ],
)
def test_no_pictures(png_path, load, data, kind, reason):
    png_path.write_bytes(data)
    with pytest.raises(ImageError, match=rf"ramp\.png: .*{reason}") as caught:
        load(str(png_path))
    assert type(caught.value) is kind
    with png_path.open("rb") as file, pytest.raises(kind, match=rf"ramp\.png: .*{reason}"):
        load(file)
    with pytest.raises(kind, match=f"^the file object: .*{reason}"):
        load(io.BytesIO(data))
    with pytest.raises(kind, match=f"^the bytes: .*{reason}"):
        load(data)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 3), (4, 6, 4)])
def test_result_is_independent_of_the_source(shape):
    array = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    before = array.copy()
    array.flags.writeable = False
    grey = load_grey(array)
    assert (grey.dtype, grey.shape, grey.flags.c_contiguous) == (np.uint8, (4, 6), True)
    assert grey.flags.writeable
    assert not np.shares_memory(grey, array)
    np.testing.assert_array_equal(array, before)


def test_pillow_is_not_imported_for_arrays():
    program = (
        "import sys, numpy; from edgedigit.images import load_grey; "
        "load_grey(numpy.zeros((2, 2))); sys.exit('PIL' in sys.modules)"
    )
    python("-c", program)


# Arrays


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1],
        lambda a: a[:, ::-2],
        lambda a: np.asfortranarray(a),
        lambda a: a.T,
        lambda a: a.astype(">u2"),
        lambda a: a.astype(">f8"),
        lambda a: np.broadcast_to(a[:1], (5, 6)),
        np.matrix,
    ],
    ids=[
        "flipped",
        "stepped",
        "fortran",
        "turned",
        "big-endian",
        "big-endian-float",
        "repeated",
        "matrix",
    ],
)
def test_memory_layouts(view):
    np.testing.assert_array_equal(load_grey(view(RAMP)), view(RAMP).astype(np.uint8))


INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_count_by_value(dtype):
    np.testing.assert_array_equal(load_grey(np.array([[0, 1, 127]], dtype)), [[0, 1, 127]])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 255], [0, 255]),
        ([0, 256], [0, 64]),
        ([0, 1023], [0, 255]),
        ([0, 1024], [0, 64]),
        ([0, 4095], [0, 255]),
        ([0, 4096], [0, 16]),
        ([255, 65535], [0, 255]),
        ([-128, 127], [0, 255]),
        ([-1, 0], [127, 128]),
        ([-1, 128], [127, 128]),
        ([-129, 0], [127, 128]),
        ([-32768, 32767], [0, 255]),
    ],
)
def test_integer_ranges(values, expected):
    np.testing.assert_array_equal(load_grey(np.array([values], np.int64)), [expected])


@pytest.mark.parametrize("values", [[0, 65536], [-1, 32768], [-32769, 0]])
def test_integers_beyond_16_bits(values):
    with pytest.raises(ImageError, match=f"{values[0]} to {values[1]}"):
        load_grey(np.array([values]))


def test_largest_integers():
    with pytest.raises(ImageError, match="0 to 18446744073709551615"):
        load_grey(np.array([[0, 2**64 - 1]], np.uint64))


def test_true_is_white():
    np.testing.assert_array_equal(load_grey(np.array([[True, False]])), [[255, 0]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_floats_give_back_the_bytes_they_came_from(dtype):
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(load_grey(levels.astype(dtype)), levels)
    np.testing.assert_array_equal(load_grey(levels.astype(dtype) / dtype(255)), levels)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 1.0], [0, 255]),
        ([-0.0005, 1.0005], [0, 255]),
        ([-0.2, 1.2], [0, 255]),
        ([0.0, 1.3], [0, 1]),
        ([-30.0, 280.0], [0, 255]),
        ([-1.0, 1.0], [0, 255]),
        ([-0.4242, 2.8215], [0, 255]),
        ([-20.0, 20.0], [0, 255]),
        ([0.3, 99.6], [0, 100]),
    ],
)
def test_float_ranges(values, expected):
    np.testing.assert_array_equal(load_grey(np.array([values])), [expected])


@pytest.mark.parametrize("values", [[-70.0, 1.0], [0.0, 320.0], [-65.0, 200.0], [0.0, 1e300]])
def test_floats_beyond_the_ranges(values):
    with pytest.raises(ImageError, match=f"{values[0]:g} to ".replace("+", r"\+")):
        load_grey(np.array([values]))


def test_masked_arrays():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(load_grey(np.ma.masked_array(levels)), levels)
    with pytest.raises(TypeError, match=r"no masked values, image\.filled"):
        load_grey(np.ma.masked_array(levels, mask=levels > 200))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("error")
def test_floats_that_are_no_numbers(value):
    with pytest.raises(ImageError, match=r"^the array: .*NaN or infinite"):
        load_grey(np.array([[0.5, value]]))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 2), complex),
        np.zeros((2, 2), object),
        np.zeros((2, 2), "U1"),
        np.zeros((2, 2), "S1"),
        np.zeros((2, 2), "M8[s]"),
        np.zeros((2, 2), [("r", np.uint8)]),
    ],
    ids=lambda array: str(array.dtype),
)
def test_other_dtypes(array):
    with pytest.raises(TypeError, match="bool, integer or float"):
        load_grey(array)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((0, 5), "empty"),
        ((5, 0), "empty"),
        ((0, 5, 3), "empty"),
        ((), r"shape \(\)"),
        ((28,), r"H x W x 1, 2, 3 or 4, this one has shape \(28,\)"),
        ((28, 28, 5), "one by one"),
        ((28, 28, 0), r"shape \(28, 28, 0\)"),
        ((3, 28, 28), "channels come first"),
        ((1, 28, 20), "channels come first"),
        ((10, 28, 28), "one by one"),
        ((10, 28, 28, 3), "one by one"),
    ],
)
def test_other_shapes(shape, reason):
    with pytest.raises(ImageError, match=f"^the array: .*{reason}"):
        load_grey(np.zeros(shape))


def test_arrays_too_large():
    with pytest.raises(TooLargeError, match=r"the limit is 120,000,000 \(max_pixels\)"):
        load_grey(np.broadcast_to(np.uint8(0), (20_000, 20_000)))


# Colour and transparency


def test_luminance():
    red, green, blue = (COLOURS[..., i].astype(int) for i in range(3))
    expected = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    np.testing.assert_array_equal(load_grey(COLOURS), expected)


def test_luminance_is_pillows(pil):
    cube = np.stack(np.meshgrid(*[np.arange(0, 256, 3, dtype=np.uint8)] * 3), -1).reshape(86, -1, 3)
    np.testing.assert_array_equal(load_grey(cube), np.asarray(pil.fromarray(cube).convert("L")))


def test_wide_colours_are_reduced_first():
    np.testing.assert_array_equal(
        load_grey(COLOURS.astype(np.uint16) * 257), load_grey(COLOURS.astype(np.uint16))
    )


def test_one_channel_is_grey():
    np.testing.assert_array_equal(load_grey(RAMP[..., None]), RAMP)


def with_alpha(grey, alpha, channels=4, dtype=np.uint8):
    return np.dstack([grey] * (channels - 1) + [alpha]).astype(dtype)


def ink_mask():
    """A stroke that covers a tenth of the picture."""
    mask = np.zeros((20, 20), bool)
    mask[4:16, 9:12] = True
    return mask


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (100, 255), (140, 0), (255, 0)])
@pytest.mark.parametrize("hidden", [0, 255])
def test_ink_on_nothing_gets_a_background_it_stands_out_from(channels, ink, paper, hidden):
    mask = ink_mask()
    picture = with_alpha(np.where(mask, ink, hidden), mask * 255, channels)
    np.testing.assert_array_equal(load_grey(picture), np.where(mask, ink, paper))


def test_thick_ink_stays_ink():
    mask = np.zeros((20, 20), bool)
    mask[1:19, 3:17] = True
    shading = np.linspace(0, 40, 20).astype(int)[:, None]
    grey = load_grey(with_alpha(shading * mask, mask * 255))
    np.testing.assert_array_equal(grey, np.where(mask, shading, 255))


@pytest.mark.parametrize(("paper", "ink"), [(200, 20), (30, 220)])
def test_cut_out_paper_goes_on_in_its_own_tone(paper, ink):
    alpha = np.zeros((20, 20), int)
    alpha[2:19, 1:19] = 255
    picture = with_alpha(np.where(ink_mask(), ink, paper), alpha)
    np.testing.assert_array_equal(load_grey(picture), np.where(ink_mask(), ink, paper))


def test_half_transparent_ink_is_blended_and_rounded():
    alpha = ink_mask() * 100
    grey = load_grey(with_alpha(np.zeros((20, 20)), alpha))
    np.testing.assert_array_equal(grey, np.where(ink_mask(), 155, 255))


def test_faint_paper_is_paper():
    grey = np.where(ink_mask(), 0, 250)
    np.testing.assert_array_equal(
        load_grey(with_alpha(grey, np.full((20, 20), 51))), np.where(ink_mask(), 200, 250)
    )


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_nothing_visible_is_blank(grey):
    assert len(np.unique(load_grey(with_alpha(np.full((3, 4), grey), np.zeros((3, 4)))))) == 1


@pytest.mark.parametrize(("dtype", "opaque"), [(np.uint8, 255), (np.uint16, 65535), (float, 1)])
def test_opaque_alpha_is_ignored(dtype, opaque):
    grey = RAMP / 255 if dtype is float else RAMP.astype(dtype) * (opaque // 255)
    picture = with_alpha(grey, np.full(RAMP.shape, opaque), dtype=dtype)
    np.testing.assert_array_equal(load_grey(picture), RAMP)


# Pillow

MODES = [
    *("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"),
    *("LAB", "I", "I;16", "I;16L", "I;16B", "F"),
]


def image_of_mode(pil, mode):
    rgb = pil.fromarray(COLOURS)
    if mode == "1":
        return rgb.convert("1")
    if mode in ("I", "F"):
        return rgb.convert("L").convert(mode)
    if mode.startswith("I;16"):
        order = ">" if mode.endswith("B") else "<"
        wide = (load_grey(COLOURS).astype(order + "u2") * 257).tobytes()
        return pil.frombytes(mode, rgb.size, wide)
    if mode in ("La", "RGBa"):
        return rgb.convert(mode.upper()).convert(mode)
    if mode == "LAB":
        cms = pytest.importorskip("PIL.ImageCms")
        srgb, lab = cms.createProfile("sRGB"), cms.createProfile("LAB")
        return cms.profileToProfile(rgb, srgb, lab, outputMode="LAB")
    if mode in ("P", "PA"):
        return rgb.quantize(256).convert(mode)
    return rgb.convert(mode)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode(pil, mode):
    image = image_of_mode(pil, mode)
    image.info["note"] = "kept"
    state = image.__getstate__()[:3], image.tobytes()
    grey = load_grey(image)
    assert (image.__getstate__()[:3], image.tobytes()) == state
    if mode == "1":
        np.testing.assert_array_equal(grey, np.asarray(image) * 255)
    else:
        exact = mode not in ("CMYK", "YCbCr", "HSV", "LAB", "P", "PA")
        difference = grey.astype(int) - load_grey(COLOURS)
        assert abs(difference).max() <= (0 if exact else 12)


@pytest.mark.parametrize(("mode", "value"), [("I", 70_000), ("F", -300.0), ("F", float("nan"))])
def test_values_beyond_the_ranges_in_pil_images(pil, mode, value):
    with pytest.raises(ImageError, match=r"^the PIL image: "):
        load_grey(pil.new(mode, (3, 2), value))


@pytest.mark.parametrize(
    ("mode", "ground", "ink"),
    [
        ("1", 0, 1),
        ("L", 7, 200),
        ("P", 7, 200),
        ("RGB", (7, 7, 7), (200, 200, 200)),
        ("I;16", 7, 200),
    ],
)
def test_transparent_colours_of_pil_images(pil, mode, ground, ink):
    image = pil.new(mode, (20, 20), ground)
    image.paste(ink, (9, 4, 12, 16))
    if mode == "P":
        image.putpalette(np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes())
    image.info["transparency"] = ground
    grey = load_grey(image)
    assert grey[5, 10] == (255 if mode == "1" else 200)
    assert grey[0, 0] == 0
    assert image.info["transparency"] == ground


def test_palettes_with_alpha(pil):
    image = pil.new("P", (20, 20), 1)
    image.paste(0, (9, 4, 12, 16))
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 0], "RGBA")
    np.testing.assert_array_equal(load_grey(image), np.where(ink_mask(), 0, 255))


@pytest.mark.parametrize("suffix", ["bmp", "gif", "jpeg", "tiff", "webp", "ppm"])
def test_content_decides_the_format(pil, tmp_path, suffix):
    path = tmp_path / "picture.png"
    pil.fromarray(COLOURS.repeat(16, 0).repeat(16, 1)).save(path, suffix)
    tolerance = {"jpeg": 12, "webp": 12, "gif": 30}.get(suffix, 0)
    middles = load_grey(path)[8::16, 8::16].astype(int)
    assert abs(middles - load_grey(COLOURS)).max() <= tolerance


@pytest.mark.parametrize("suffix", ["gif", "tiff", "png", "webp"])
def test_first_frame(pil, suffix):
    frames = [pil.new("L", (5, 4), level) for level in (0, 255)]
    file = io.BytesIO()
    options = {"lossless": True} if suffix == "webp" else {}
    frames[0].save(file, suffix, save_all=True, append_images=frames[1:], **options)
    assert load_grey(file.getvalue()).max() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("png", {}),
        ("tiff", {}),
        ("tiff", {"compression": "tiff_lzw"}),
        ("webp", {}),
        ("jpeg", {}),
    ],
)
def test_exif_orientation(pil, suffix, options, orientation):
    exif = pil.Exif()
    exif[0x0112] = orientation
    as_stored, file = io.BytesIO(), io.BytesIO()
    pil.fromarray(COLOURS).save(as_stored, suffix, **options)
    pil.fromarray(COLOURS).save(file, suffix, exif=exif, **options)
    upright = turned(load_grey(as_stored.getvalue()), orientation)
    np.testing.assert_array_equal(load_grey(file.getvalue()), upright)
    image = pil.open(file)
    for _ in range(2):  # reading it does not turn it
        np.testing.assert_array_equal(load_grey(image), upright)


def test_orientation_set_by_hand(pil):
    image = pil.fromarray(RAMP)
    image.getexif()[0x0112] = 6
    np.testing.assert_array_equal(load_grey(image), np.rot90(RAMP, -1))
    assert image.getexif()[0x0112] == 6


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_never_fails_a_jpeg(pil):
    file = io.BytesIO()
    pil.fromarray(RAMP).save(file, "jpeg", exif=b"Exif\0\0" + tiff_orientation(6)[:15])
    assert load_grey(file.getvalue()).shape == RAMP.shape


def test_lazily_opened_images_that_are_truncated(pil):
    with pytest.raises(DamagedError, match=r"^the PIL image: .*truncated"):
        load_grey(pil.open(io.BytesIO(PNG[:60])))


def test_images_stay_open(pil, png_path):
    with pil.open(png_path) as image:
        load_grey(image)
        assert image.getpixel((1, 0)) == 10


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("suffix", ["bmp", "gif", "jpeg", "png", "tiff", "webp", "ppm"])
def test_truncated_files(pil, suffix):
    noise = np.random.default_rng(2).integers(0, 256, (60, 60, 3), np.uint8)
    file = io.BytesIO()
    pil.fromarray(noise).save(file, suffix)
    data = file.getvalue()
    for length in (3, 20, len(data) // 2):
        with pytest.raises(ImageError, match=r"^the bytes: "):
            load_grey(data[:length])


@pytest.mark.parametrize("size", [(10_000, 10_000), (10_900, 10_900), (30_000, 30_000)])
@pytest.mark.filterwarnings("error")
def test_claims_of_size_take_no_memory_and_warn_of_nothing(pil, size):
    file = io.BytesIO()
    pil.new("1", (1, 1)).save(file, "bmp")
    data = bytearray(file.getvalue())
    data[18:26] = np.array(size, "<u4").tobytes()
    tracemalloc.start()
    too_large = size == (30_000, 30_000)
    kind, reason = (TooLargeError, "too large") if too_large else (DamagedError, "truncated")
    with pytest.raises(kind, match=reason):
        load_grey(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


# Without Pillow


def test_png_and_netpbm_need_no_pillow():
    np.testing.assert_array_equal(load_without_pillow(PNG), RAMP)
    np.testing.assert_array_equal(load_without_pillow(b"P5 2 1 255\n\x07\x09"), [[7, 9]])


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"GIF89a", "GIF"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"RIFF\x0a\0\0\0WEBPVP8 ", "WebP"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28", "BMP"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    ],
)
def test_other_formats_name_the_extra(start, name):
    with pytest.raises(UnsupportedError, match=rf'{name} .*pip install "edgedigit\[images\]"'):
        load_without_pillow(start + bytes(40))


def test_heic_is_read_where_its_plugin_is_installed(tmp_path):
    """In a process of its own, in which nobody has told Pillow of the plugin."""
    pytest.importorskip("pillow_heif")
    path = tmp_path / "grey.heic"
    python(
        "-c",
        "import sys, numpy, PIL.Image, pillow_heif\n"
        "picture = PIL.Image.fromarray(numpy.full((64, 96), 130, numpy.uint8)).convert('RGB')\n"
        "pillow_heif.from_pillow(picture).save(sys.argv[1])",
        path,
    )
    python(
        "-c",
        "import sys, edgedigit.images\n"
        "grey = edgedigit.images.load_grey(sys.argv[1])\n"
        "assert grey.shape == (64, 96) and abs(int(grey[9, 9]) - 130) < 5",
        path,
    )


@pytest.mark.parametrize("data", [b"BMW", b"P9 1 1", b"\0" * 40, b"GIF"])
def test_unknown_formats(data):
    with pytest.raises(ImageError, match="not a picture"):
        load_without_pillow(data)
