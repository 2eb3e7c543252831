import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from edgedigit.errors import DamagedError, ImageError, TooLargeError, UnsupportedError
from edgedigit.images import load_grey, png
from edgedigit.images.pixels import to_grey
from edgedigit.limits import MAX_PIXELS
from edgedigit.raster.resampling import block_averages
from tests.support.picture_files import (
    CHANNELS,
    SIGNATURE,
    chunk,
    header,
    load_both_ways,
    load_without_pillow,
    png_file,
    tiff_orientation,
    turned,
)

GREY, RGB, INDEXED, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
KINDS = [
    *((GREY, depth) for depth in (1, 2, 4, 8, 16)),
    *((INDEXED, depth) for depth in (1, 2, 4, 8)),
    *((colour, depth) for colour in (RGB, GREY_ALPHA, RGB_ALPHA) for depth in (8, 16)),
]
SIZES = [(1, 1), (1, 9), (7, 1), (3, 5), (8, 8), (13, 19)]
FILTERS = [(0,), (1,), (2,), (3,), (4,), (1, 4, 2, 0, 3), (2, 2, 1, 1, 0)]
PALETTE = np.random.default_rng(3).integers(0, 256, (256, 3), np.uint8)

SQUARE = np.arange(25).reshape(5, 5) * 10
PIXEL = zlib.compress(b"\0\7")
IEND = chunk(b"IEND")


def random_samples(colour, depth, size, seed=0):
    shape = (*size, CHANNELS[colour])
    return np.random.default_rng(seed).integers(0, 1 << depth, shape)


def plte(depth):
    return chunk(b"PLTE", PALETTE[: 1 << depth].tobytes())


def as_array(samples, colour, depth):
    """The samples as the array that has the same meaning."""
    if colour == INDEXED:
        return PALETTE[samples[..., 0]]
    if colour == GREY and depth == 16:
        return samples.astype(np.uint16)
    scaled = samples >> 8 if depth == 16 else samples * (255 // ((1 << depth) - 1))
    return scaled.astype(np.uint8)


@pytest.mark.parametrize("interlace", [False, True], ids=["plain", "adam7"])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_every_kind_size_and_filter(colour, depth, interlace):
    before = plte(depth) if colour == INDEXED else b""
    for seed, size in enumerate(SIZES):
        samples = random_samples(colour, depth, size, seed)
        expected = load_grey(as_array(samples, colour, depth))
        for filters in FILTERS:
            data = png_file(
                samples, depth, colour, interlace=interlace, filters=filters, before=before
            )
            np.testing.assert_array_equal(load_both_ways(data), expected)


@pytest.mark.parametrize("filters", FILTERS)
def test_pictures_larger_than_a_block(filters):
    samples = random_samples(GREY, 8, (530, 2070))
    data = png_file(samples, filters=filters, level=0)
    np.testing.assert_array_equal(load_both_ways(data), samples[..., 0])


@pytest.mark.parametrize("interlace", [False, True], ids=["plain", "adam7"])
@pytest.mark.parametrize(("colour", "depth"), [kind for kind in KINDS if kind[0] in (GREY, RGB)])
def test_transparent_colour_is_the_same_as_in_pillow(colour, depth, interlace):
    samples = random_samples(colour, depth, (9, 6)) // 3 * 3
    largest = (1 << depth) - 1
    for value in {0, 1, 255, 256, largest, *samples[0, 0].tolist(), *(samples[0, :, 0] >> 8)}:
        trns = chunk(b"tRNS", struct.pack(">H", value) * CHANNELS[colour])
        load_both_ways(png_file(samples, depth, colour, interlace=interlace, before=trns))


@pytest.mark.parametrize(("colour", "depth"), [(GREY, 1), (GREY, 8), (GREY, 16), (RGB, 8)])
def test_transparent_colour_becomes_background(colour, depth):
    # Black ink on a transparent ground that is black too.
    samples = np.zeros((6, 6, CHANNELS[colour]), int)
    samples[:, :] = (1 << depth) // 2
    samples[2:4, 2:4] = 0
    trns = chunk(b"tRNS", struct.pack(">H", samples[0, 0, 0]) * CHANNELS[colour])
    grey = load_both_ways(png_file(samples, depth, colour, before=trns))
    assert grey[3, 3] == 0
    assert grey[0, 0] == 255


@pytest.mark.parametrize("entries", [b"", b"\0", b"\xff\0\xff", b"\x80\x10", bytes(range(256))])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_transparent_palette_entries(depth, entries):
    samples = random_samples(INDEXED, depth, (9, 7))
    alpha = np.full(256, 255, np.uint8)
    alpha[: len(entries)] = list(entries)
    grey = load_both_ways(
        png_file(samples, depth, INDEXED, before=plte(depth) + chunk(b"tRNS", entries))
    )
    rgba = np.dstack([PALETTE[samples[..., 0]], alpha[samples]])
    np.testing.assert_array_equal(grey, load_grey(rgba))


@pytest.mark.parametrize("palette", [b"", bytes([9, 9]), bytes(range(100, 160)), bytes(769)])
def test_indices_beyond_the_palette_are_black(palette):
    # Only without Pillow: its older versions make them grey.
    grey = load_without_pillow(png_file(SQUARE, 8, INDEXED, before=chunk(b"PLTE", palette)))
    assert grey[4, 4] == 0


def test_palette_may_be_missing():
    assert not load_without_pillow(png_file(SQUARE, 8, INDEXED)).any()


def test_palettes_behind_the_picture_do_not_count():
    data = png_file(SQUARE, 8, INDEXED, before=plte(8), after=chunk(b"PLTE", bytes(768)))
    np.testing.assert_array_equal(load_both_ways(data), load_grey(PALETTE[SQUARE]))


def test_grey_of_16_bits_is_read_by_value_like_an_array():
    assert load_both_ways(png_file(SQUARE, 16)).max() == 240
    assert load_both_ways(png_file(SQUARE * 256, 16)).max() == 240


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation(orientation, order):
    exif = chunk(b"eXIf", tiff_orientation(orientation, order))
    expected = turned(SQUARE[:3], orientation)
    for place in ({"before": exif}, {"after": exif}):
        grey = load_both_ways(png_file(SQUARE[:3], **place))
        np.testing.assert_array_equal(grey, expected)
        assert grey.flags.c_contiguous


@pytest.mark.parametrize(
    ("exif", "orientation"),
    [
        (b"", 1),
        (b"x", 1),
        (b"not a TIFF header", 1),
        (b"II*\0", 1),
        (tiff_orientation(6)[:8], 1),
        (tiff_orientation(6)[:15], 1),
        (tiff_orientation(6)[:-4], 6),
        (tiff_orientation(6).replace(b"\x01\x12", b"\x01\x13"), 1),
        (tiff_orientation(6, kind=4), 6),
        (tiff_orientation(6, kind=1), 1),
        (tiff_orientation(6, count=0), 1),
        (tiff_orientation(6, count=1 << 31), 1),
        (tiff_orientation(4, kind=4, count=9), 1),
        (tiff_orientation(0xFFFFFFFF, kind=4), 1),
    ],
)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data|Tag data larger|.*too many entries")
def test_odd_exif_never_fails_the_picture(exif, orientation):
    grey = load_both_ways(png_file(SQUARE, before=chunk(b"eXIf", exif)))
    expected = np.rot90(SQUARE, -1) if orientation == 6 else SQUARE
    np.testing.assert_array_equal(grey, expected)


PROFILE = b"\nexif\n      26\n" + tiff_orientation(6).hex().encode()
XMP = b'<rdf:Description tiff:Orientation="6"/>'


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b"Raw profile type exif\0" + PROFILE),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(PROFILE)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0key\0" + zlib.compress(XMP)),
    ],
)
def test_orientation_in_texts(text):
    np.testing.assert_array_equal(
        load_both_ways(png_file(SQUARE, before=text)), np.rot90(SQUARE, -1)
    )


@pytest.mark.parametrize("damaged", [b"", b"\0", b"\0\0\0", b"\0\0\0\0", b"\0\1\0\0\0damaged"])
def test_damaged_texts_leave_the_earlier_one(damaged):
    texts = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    texts += chunk(b"iTXt", b"XML:com.adobe.xmp" + damaged)
    np.testing.assert_array_equal(
        load_both_ways(png_file(SQUARE, before=texts)), np.rot90(SQUARE, -1)
    )


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b""),
        chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 3\nnot hex"),
        chunk(b"zTXt", b"Raw profile type exif\0\0damaged"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0\xff\xfe"),
    ],
)
def test_damaged_texts_do_not_matter(text):
    np.testing.assert_array_equal(load_both_ways(png_file(SQUARE, before=text)), SQUARE)


def one_pixel(*chunks):
    """A file of one grey pixel, 7, with these chunks in place of the image data."""
    return SIGNATURE + header(1, 1) + b"".join(chunks) + IEND


@pytest.mark.parametrize(
    "data",
    [
        one_pixel(chunk(b"IDAT", PIXEL[:3]), chunk(b"IDAT"), chunk(b"IDAT", PIXEL[3:])),
        one_pixel(chunk(b"prVt", b"anything"), chunk(b"IDAT", PIXEL)),
        one_pixel(chunk(b"IDAT", PIXEL), chunk(b"tIME", b"x"), chunk(b"IDAT", b"junk")),
        one_pixel(chunk(b"IDAT", zlib.compress(b"\0\7" + bytes(9)))),
        one_pixel(chunk(b"IDAT", PIXEL + b"junk")),
        one_pixel(chunk(b"IDAT", PIXEL)) + b"junk",
        one_pixel(chunk(b"IDAT", PIXEL))[: -len(IEND)],
        one_pixel(chunk(b"IDAT", PIXEL), b"\0\0\0\1tIME?bad!"),
        one_pixel(chunk(b"IDAT", PIXEL), b"\0\0\0\0\xff\xfe!!"),
    ],
    ids=[
        "image data in pieces",
        "unknown chunk",
        "interrupted image data",
        "more rows than needed",
        "junk in the image data",
        "junk at the end",
        "end chunk missing",
        "wrong checksum after the image",
        "no chunk name after the image",
    ],
)
def test_harmless_faults(data):
    assert load_both_ways(data) == [[7]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SIGNATURE, "header"),
        (SIGNATURE + header(1, 1)[:-1], "header"),
        (SIGNATURE + header(1, 1)[:-1] + b"?", "header"),
        (SIGNATURE + chunk(b"IHDR", b"short"), "header"),
        (SIGNATURE + chunk(b"IDAT", PIXEL), "header"),
        (SIGNATURE + header(1, 1, depth=3), "colour type"),
        (SIGNATURE + header(1, 1, colour=1), "colour type"),
        (SIGNATURE + header(1, 1, depth=4, colour=2), "colour type"),
        (SIGNATURE + header(0, 1), "empty"),
        (SIGNATURE + header(20_000, 20_000), "too large"),
        (SIGNATURE + header(1, 2_000_000), "too long"),
        (SIGNATURE + header(101, 100_001), "too large"),
        (SIGNATURE + header(1, 1) + one_pixel(chunk(b"IDAT", PIXEL))[8:], "two headers"),
        (one_pixel(chunk(b"fcTL", bytes(26)), chunk(b"IDAT", PIXEL)), "first frame"),
        (one_pixel(chunk(b"fcTL"), chunk(b"IDAT", PIXEL)), "first frame"),
        (one_pixel(), "no image data"),
        (one_pixel(chunk(b"IDAT")), "truncated"),
        (one_pixel(chunk(b"IDAT", PIXEL[:4])), "truncated"),
        (one_pixel(chunk(b"IDAT", PIXEL))[:45], "truncated"),
        (one_pixel(chunk(b"IDAT", zlib.compress(b"\0"))), "truncated"),
        (one_pixel(chunk(b"IDAT", b"junk")), "image data is damaged"),
        (one_pixel(chunk(b"IDAT", zlib.compress(b"\5\7"))), "filter"),
        (one_pixel(chunk(b"IDAT", PIXEL)[:-1] + b"?"), "checksum of IDAT"),
        (one_pixel(chunk(b"PLTE", b"abc")[:-1] + b"?"), "checksum of PLTE"),
        (one_pixel(chunk(b"tRNS", b"\0"), chunk(b"IDAT", PIXEL)), "tRNS"),
        (one_pixel(b"\0\0\0\0a-b!" + bytes(4), chunk(b"IDAT", PIXEL)), "checksum of a-b!"),
        (one_pixel(b"\0\0\1\0tIME"), "truncated in its tIME"),
        (one_pixel(chunk(b"IDAT", PIXEL), b"\0\0\1\0tIME"), "truncated in its tIME"),
        (png_file(SQUARE, 8, INDEXED, before=chunk(b"PLTE", bytes(771))), "palette"),
        (png_file(SQUARE, 8, INDEXED, before=chunk(b"tRNS", bytes(257))), "palette"),
    ],
)
def test_damaged_files(data, reason):
    kind = TooLargeError if reason in ("too large", "too long") else DamagedError
    with pytest.raises(kind, match=f"^the bytes: .*{reason}"):
        load_without_pillow(data)


@pytest.mark.parametrize("level", [0, 9], ids=["stored", "compressed"])
def test_a_file_cut_anywhere_is_an_error_or_whole(level):
    samples = random_samples(RGB, 8, (6, 7))
    data = png_file(samples, 8, RGB, filters=(4, 1), level=level)
    whole = load_both_ways(data)
    for length in range(len(data)):
        try:
            np.testing.assert_array_equal(load_without_pillow(data[:length]), whole)
        except ImageError:
            assert length < len(data) - len(IEND)


@pytest.mark.parametrize("size", [(1, 1), (10_900, 10_900)], ids=["small", "large"])
def test_compressed_zeros_do_not_fill_the_memory(size):
    bomb = zlib.compress(bytes(20_000_000) if size == (1, 1) else bytes(99))
    data = SIGNATURE + header(*size) + chunk(b"IDAT", bomb) + IEND
    tracemalloc.start()
    try:
        assert load_without_pillow(data).shape == size
    except DamagedError:
        assert size != (1, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_texts_do_not_fill_the_memory():
    packed = zlib.compress(bytes(1 << 20))
    texts = b"".join(chunk(b"zTXt", b"%d\0\0" % i + packed) for i in range(20))
    data = png_file(SQUARE, before=texts)
    tracemalloc.start()
    np.testing.assert_array_equal(load_without_pillow(data), SQUARE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def reduced(data, by_pillow=False, largest_side=40):
    return to_grey(png.decode(io.BytesIO(data), MAX_PIXELS, by_pillow, largest_side))


@pytest.mark.parametrize("by_pillow", [False, True])
@pytest.mark.parametrize("rows", [1, 7, 512])
@pytest.mark.parametrize("size", [(150, 90), (61, 1100), (700, 5), (41, 40)])
@pytest.mark.parametrize(
    ("colour", "depth"), [(GREY, 1), (GREY, 8), (INDEXED, 4), (RGB, 8), (RGB, 16)]
)
def test_a_picture_reduced_as_it_is_read_is_the_whole_one_reduced(
    monkeypatch, colour, depth, size, rows, by_pillow
):
    if by_pillow:
        pytest.importorskip("PIL")
    samples = random_samples(colour, depth, size)
    if (colour, depth) == (RGB, 8):  # their luminance hardly differs, one channel does
        samples = (samples[..., :1] > 127) * [180, -92, 0] + [0, 160, 90]
    palette = plte(depth) if colour == INDEXED else b""
    data = png_file(samples, depth, colour, filters=(1, 4, 2, 0, 3), before=palette)
    expected = block_averages(load_grey(data)[None], -(-max(size) // 40))[0]
    monkeypatch.setattr(png, "MAX_ROWS", rows)
    np.testing.assert_array_equal(reduced(data, by_pillow), expected)
    assert max(expected.shape) <= 40


@pytest.mark.parametrize(
    ("colour", "depth", "options"),
    [
        (GREY, 8, {"interlace": True}),
        (GREY, 8, {"before": chunk(b"eXIf", tiff_orientation(6))}),
        (GREY, 8, {"before": chunk(b"tRNS", b"\0\7")}),
        (GREY_ALPHA, 8, {}),
        (GREY, 16, {}),
    ],
)
def test_what_has_to_be_there_whole_is_not_reduced(colour, depth, options):
    data = png_file(random_samples(colour, depth, (99, 99)), depth, colour, **options)
    with pytest.raises(UnsupportedError):
        reduced(data)
    with pytest.raises(UnsupportedError):
        reduced(png_file(random_samples(GREY, 8, (40, 40))))


def test_what_pillow_takes_of_a_damaged_small_file_is_taken(monkeypatch):
    image_file = pytest.importorskip("PIL.ImageFile")
    cut = png_file(SQUARE, filters=(2,))[:-26]
    with pytest.raises(DamagedError):
        load_grey(cut)
    monkeypatch.setattr(image_file, "LOAD_TRUNCATED_IMAGES", True)
    assert load_grey(cut).shape == SQUARE.shape


@pytest.mark.parametrize("shape", [(28, 28), (40, 30, 3), (9, 70, 4)])
@pytest.mark.parametrize("ground", [0, 255])
def test_small_files_as_pillow_writes_them(shape, ground):
    pil = pytest.importorskip("PIL.Image")
    picture = np.full(shape, ground, np.uint8)
    ramp = np.arange(picture[4:7, 3:23].size).reshape(picture[4:7, 3:23].shape)
    picture[4:7, 3:23] = ramp % 256
    file = io.BytesIO()
    pil.fromarray(picture).save(file, "PNG")
    assert len(file.getvalue()) < 2000
    np.testing.assert_array_equal(load_both_ways(file.getvalue()), load_grey(picture))
