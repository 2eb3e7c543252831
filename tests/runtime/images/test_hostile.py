"""Files that are made to fill the memory, to be run, or to look like what they are not."""

import io
import os
import pickle
import struct
import sys
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit import (
    Classifier,
    DamagedError,
    EdgeDigitError,
    ImageError,
    TooLargeError,
    UnsupportedError,
)
from edgedigit.images import load_grey
from edgedigit.images.loading import MAX_PIXELS
from tests.support.command import python
from tests.support.picture_files import SIGNATURE, chunk, header, load_without_pillow, png_file

NOISE = np.random.default_rng(4).integers(0, 256, (40, 50, 3), np.uint8)
MIB = 1 << 20


def encoded(form, image=NOISE, **options):
    pil = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    picture = pil.fromarray(image) if isinstance(image, np.ndarray) else image
    picture.save(file, form, **options)
    return file.getvalue()


def patched(data, at, form, *values):
    changed = bytearray(data)
    struct.pack_into(form, changed, at, *values)
    return bytes(changed)


def one_pixel(*chunks):
    idat = chunk(b"IDAT", zlib.compress(b"\0\7"))
    return SIGNATURE + header(1, 1) + b"".join(chunks) + idat + chunk(b"IEND")


def tiff(**changes):
    values = {
        **{"width": 100, "height": 100, "bits": 8, "compression": 8, "white": 1, "samples": 1},
        **changes,
    }
    numbers = {
        **{"width": 256, "height": 257, "bits": 258, "compression": 259, "white": 262},
        **{"strip": 273, "samples": 277, "rows": 278, "strip_bytes": 279},
        **{"tile_width": 322, "tile_height": 323, "tile": 324, "tile_bytes": 325, "kind": 339},
    }
    entries = sorted((numbers[name], value) for name, value in values.items())
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    start = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return start + directory + bytes(4) + zlib.compress(bytes(3000)) + bytes(3000)


# --- what takes no memory, with Pillow and without


def built_in_bombs():
    zeros = zlib.compress(bytes(400 * MIB), 1)
    wide = zlib.compress(bytes(20 * MIB), 1)
    return {
        "a PNG of 40,000 x 40,000": (
            SIGNATURE + header(40_000, 40_000) + chunk(b"IDAT", zeros),
            "TooLargeError",
        ),
        "a PGM of 40,000 x 40,000": (b"P5 40000 40000 255\n" + bytes(99), "TooLargeError"),
        "a plain PPM of 40,000 x 40,000": (b"P3 40000 40000 255\n1 2 3", "TooLargeError"),
        "image data that go on": (
            SIGNATURE + header(1, 1) + chunk(b"IDAT", zeros) + chunk(b"IEND"),
            "(1, 1)",
        ),
        "an XMP text": (
            one_pixel(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros)),
            {"(1, 1)", "DamagedError"},
        ),
        "a text": (one_pixel(chunk(b"zTXt", b"Comment\0\0" + zeros)), {"(1, 1)", "DamagedError"}),
        "a profile": (one_pixel(chunk(b"iCCP", b"x\0\0" + zeros)), {"(1, 1)", "DamagedError"}),
        "many texts": (
            one_pixel(*[chunk(b"zTXt", b"%d\0\0" % i + wide) for i in range(60)]),
            {"(1, 1)", "DamagedError"},
        ),
    }


def pillow_bombs():
    jpeg, gif, bmp = encoded("jpeg"), encoded("gif"), encoded("bmp")
    frame = gif.index(b",", 13 + 3 * 256)
    too_large = {
        "JPEG": patched(jpeg, jpeg.index(b"\xff\xc0") + 5, ">HH", 40_000, 40_000),
        "GIF": patched(gif, 6, "<HH", 40_000, 40_000),
        "a GIF frame beyond its canvas": patched(gif, frame + 5, "<HH", 40_000, 40_000),
        "BMP": patched(bmp, 18, "<ii", 40_000, 40_000),
        "a BMP with its first row on top": patched(bmp, 18, "<ii", 40_000, -40_000),
        "WebP": patched(encoded("webp"), 26, "<HH", 16_383, 16_383),
        "a lossless WebP": patched(encoded("webp", lossless=True), 21, "<I", (1 << 28) - 1),
        "a WebP canvas": patched(
            encoded("webp", exif=b"Exif\0\0II*\0"), 24, "<6B", 255, 63, 0, 255, 63, 0
        ),
        "TIFF": tiff(width=40_000, height=40_000, strip=160, rows=40_000, strip_bytes=900),
        "TIFF tiles": tiff(tile_width=40_000, tile_height=40_000, tile=200, tile_bytes=900),
    }
    bombs = {name: (data, "TooLargeError") for name, data in too_large.items()}
    packed = patched(encoded("bmp", NOISE[..., 0]), 18, "<ii", 40_000, 40_000)
    return bombs | {"a packed BMP": (patched(packed, 30, "<I", 1), "UnsupportedError")}


PROGRAM = """
import resource, sys
if sys.argv[1] == "without":
    sys.modules["PIL"] = None
from edgedigit.images import load_grey
for data in b"no picture", b"P5 1 1 255 1":  # loads all plugins
    try:
        load_grey(data)
    except ValueError:
        pass
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (160 << 20),) * 2)
for path in sys.argv[2:]:
    for source in path, open(path, "rb"):
        try:
            print(load_grey(source).shape)
        except Exception as error:
            print(type(error).__name__)
"""


def outcomes(pillow, paths):
    """What becomes of files, as paths and open, in a process of 160 MiB beyond its start."""
    done = python("-W", "ignore", "-c", PROGRAM, pillow, *paths, status=None)
    assert not done.stderr
    lines = done.stdout.splitlines()
    return list(zip(lines[::2], lines[1::2], strict=True))


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="its memory is not to be bounded")


@needs_proc
@pytest.mark.parametrize("pillow", ["with", "without"])
def test_bombs_are_refused_before_memory_is_taken(tmp_path, pillow):
    bombs = built_in_bombs()
    if pillow == "with":
        bombs |= pillow_bombs()
    paths = []
    for i, (data, _) in enumerate(bombs.values()):
        paths.append(tmp_path / str(i))
        paths[-1].write_bytes(data)
    for (name, (_, expected)), (path, stream) in zip(
        bombs.items(), outcomes(pillow, paths), strict=True
    ):
        assert path == stream, name
        assert path in ({expected} if isinstance(expected, str) else expected), name


@needs_proc
@pytest.mark.parametrize("pillow", ["with", "without"])
def test_large_files_are_looked_at_before_they_are_read(tmp_path, pillow):
    if pillow == "with":
        pytest.importorskip("PIL")
    starts = {
        b"\0\0\0\x20ftypisom": "ImageError",
        b"RIFF\0\0\0\0AVI LIST": "ImageError",
        b"a text\n": "ImageError",
        b"\x80\4\x95\0\0\0\0": "ImageError",
        b"": "ImageError",
        b"\x89HDF\r\n\x1a\n": "ImageError",
        b"P5 20 20 255\n": "TooLargeError",
        SIGNATURE + header(1, 1): "TooLargeError",
        b"\xff\xd8\xff\xe0": "TooLargeError",
        b"RIFF\0\0\0\0WEBPVP8 ": "TooLargeError",
        b"%!PS-Adobe": "UnsupportedError",
    }
    paths = []
    for i, start in enumerate(starts):
        paths.append(tmp_path / str(i))
        with paths[-1].open("wb") as file:
            file.write(start)
            file.truncate(1_900_000_000)
    found = [path for path, _ in outcomes(pillow, paths)]
    assert found == list(starts.values())


class Endless(io.RawIOBase):
    """Zeros without an end, a little at a time, that counts what was read."""

    def __init__(self, start: bytes) -> None:
        self.start = start
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        size = min(len(buffer), 60_000)
        here = self.start[self.count : self.count + size].ljust(size, b"\0")
        buffer[:size] = here
        self.count += size
        return size


@pytest.mark.parametrize("load", [load_grey, load_without_pillow])
@pytest.mark.parametrize(
    ("start", "kind", "most"),
    [
        (b"", ImageError, MIB),
        (b"\0\0\0\x20ftypisom", ImageError, MIB),
        (b"P5 30 30 255\n", TooLargeError, 64 * MIB + 1),
        (SIGNATURE + header(3, 3), TooLargeError, 64 * MIB + 1),
    ],
)
def test_streams_without_an_end(load, start, kind, most):
    stream = Endless(start)
    with pytest.raises(ImageError) as caught:
        load(stream, max_pixels=1000)
    assert type(caught.value) is kind
    assert stream.count <= most


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_devices_without_an_end():
    with pytest.raises(ImageError, match="/dev/zero: not a picture"):
        load_grey("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipes(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    samples = np.random.default_rng(0).integers(0, 256, (1100, 1200), np.uint8)
    writer = threading.Thread(target=pipe.write_bytes, args=(png_file(samples),))
    writer.start()
    np.testing.assert_array_equal(load_grey(pipe), samples)
    writer.join(60)


def test_a_large_file_is_the_same_picture(tmp_path):
    """Behind the first picture there may be as much as there is."""
    pytest.importorskip("PIL")
    for data in (png_file(NOISE, colour=2), encoded("tiff"), encoded("gif"), encoded("jpeg")):
        path = tmp_path / "picture"
        with path.open("wb") as file:
            file.write(data)
            file.truncate(100_000_000)
        np.testing.assert_array_equal(load_grey(path), load_grey(data))


# --- the limit


@pytest.mark.parametrize("load", [load_grey, load_without_pillow])
def test_the_limit_is_the_number_of_pixels(tmp_path, load):
    grey = np.arange(24, dtype=np.uint8).reshape(4, 6)
    path = tmp_path / "picture.png"
    path.write_bytes(png_file(grey))
    for source in (path, path.read_bytes(), b"P5 6 4 255\n" + grey.tobytes(), grey):
        np.testing.assert_array_equal(load(source, max_pixels=24), grey)
        with pytest.raises(TooLargeError, match=r"6 x 4 pixels, the limit is 23 \(max_pixels\)"):
            load(source, max_pixels=23)


@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "tiff", "webp", "bmp", "ppm", "jpeg2000"])
def test_the_limit_holds_for_all_formats(form):
    data = encoded(form)
    assert load_grey(data, max_pixels=2000).shape == (40, 50)
    with pytest.raises(TooLargeError, match="50 x 40 pixels, the limit is 1,999"):
        load_grey(data, max_pixels=1999)


def test_the_limit_holds_for_pil_images():
    pil = pytest.importorskip("PIL.Image")
    assert load_grey(pil.new("L", (50, 40)), max_pixels=2000).shape == (40, 50)
    with pytest.raises(TooLargeError, match="50 x 40 pixels, the limit is 1,999"):
        load_grey(pil.new("L", (50, 40)), max_pixels=1999)


def test_a_classifier_holds_to_its_limit():
    classifier = Classifier(max_pixels=2000)
    assert classifier.max_pixels == 2000
    assert Classifier().max_pixels == MAX_PIXELS == 120_000_000
    for twin in classifier, pickle.loads(pickle.dumps(classifier)):
        assert twin.classify(np.full((40, 50), 255, np.uint8)).digit is None
        with pytest.raises(TooLargeError, match="the limit is 2,000"):
            twin.classify(np.full((40, 51), 255, np.uint8))
        with pytest.raises(TooLargeError, match="the limit is 2,000"):
            twin.classify_batch([png_file(np.zeros((41, 50), int))])


def test_the_limit_can_be_raised():
    row = np.zeros((1, 1000), np.uint8)
    wide = np.broadcast_to(row, (130_000, 1000))
    with pytest.raises(TooLargeError):
        load_grey(wide)
    assert load_grey(wide, max_pixels=130_000_000).shape == wide.shape


# --- kinds of errors


@pytest.mark.parametrize("error", [DamagedError, UnsupportedError, TooLargeError])
def test_errors_are_image_errors_and_can_be_pickled(error):
    twin = pickle.loads(pickle.dumps(error("photo.jpg: why")))
    assert type(twin) is error
    assert str(twin) == "photo.jpg: why"
    assert isinstance(twin, ImageError)
    assert isinstance(twin, EdgeDigitError)
    assert isinstance(twin, ValueError)


FORMS = ["png", "jpeg", "gif", "tiff", "webp", "bmp", "ppm", "jpeg2000"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_pictures(form):
    data = encoded(form)
    for length in (20, len(data) // 2, len(data) - 200):
        with pytest.raises(DamagedError):
            load_grey(data[:length])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data|Truncated File Read")
def test_the_start_of_a_picture_is_an_image_error(form):
    data = encoded(form)
    for length in range(64):
        for load in load_grey, load_without_pillow:
            with pytest.raises(ImageError):
                load(data[:length])


@pytest.mark.parametrize("form", FORMS)
def test_formats_that_need_pillow(form):
    data = encoded(form)
    if form in ("png", "ppm"):
        assert load_without_pillow(data).shape == (40, 50)
        return
    with pytest.raises(UnsupportedError, match=r"need Pillow: pip install"):
        load_without_pillow(data)


@pytest.mark.parametrize("load", [load_grey, load_without_pillow])
@pytest.mark.parametrize(
    "start", [b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypmif1", b"\0\0\0\x0cJXL \r\n\x87\n"]
)
def test_formats_that_need_a_plugin(load, start, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnsupportedError, match="plugin"):
        load(start + bytes(100))


def test_kinds_that_pillow_cannot_read():
    floats = tiff(bits=64, compression=1, kind=3, strip=200, rows=100, strip_bytes=900)
    for data in floats, patched(encoded("bmp"), 30, "<I", 77):
        with pytest.raises(UnsupportedError, match="Pillow cannot read this kind of file"):
            load_grey(data)


def test_values_that_are_no_grey_levels():
    pil = pytest.importorskip("PIL.Image")
    data = encoded("tiff", pil.new("F", (5, 4), -700.0))
    with pytest.raises(UnsupportedError, match="float values are 0 to 1"):
        load_grey(data)


@pytest.mark.parametrize("load", [load_grey, load_without_pillow])
@pytest.mark.parametrize(
    "data",
    [
        bytes(5000),
        b"#define X 1\nint main(void) { return 0; }\n",
        b"BMW is a car, and BM is how this text starts\n",
        b"PK\3\4" + bytes(99),
        b"\x89HDF\r\n\x1a\n" + bytes(99),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        b"\0\0\1\xb3" + bytes(99),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["zeros", "C", "BM", "zip", "HDF5", "Word", "MPEG", "SVG"],
)
def test_no_pictures(load, data):
    with pytest.raises(ImageError, match="not a picture") as caught:
        load(data)
    assert type(caught.value) is ImageError


# --- what others set in Pillow and in the interpreter


@pytest.mark.parametrize("limit", [1, None])
@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "bmp", "ppm", "jpeg2000"])
@pytest.mark.filterwarnings("error")
def test_pillows_limit_does_not_matter(monkeypatch, form, limit):
    pil = pytest.importorskip("PIL.Image")
    data = encoded(form)
    expected = load_grey(data)
    monkeypatch.setattr(pil, "MAX_IMAGE_PIXELS", limit)
    np.testing.assert_array_equal(load_grey(data), expected)
    with pytest.raises(TooLargeError):
        load_grey(data, max_pixels=1999)


@pytest.mark.parametrize("form", ["webp", "tiff"])
def test_where_pillows_limit_holds_the_error_says_so(monkeypatch, form):
    pil = pytest.importorskip("PIL.Image")
    data = encoded(form)
    expected = load_grey(data)
    monkeypatch.setattr(pil, "MAX_IMAGE_PIXELS", 1)
    try:
        outcome = load_grey(data).tolist()
    except TooLargeError as error:
        outcome = str(error)
    # It depends on Pillow's version.
    assert outcome == expected.tolist() or "PIL.Image.MAX_IMAGE_PIXELS" in outcome


@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_damaged_exif_warns_of_nothing(form):
    exif = b"Exif\0\0MM\0*" + struct.pack(">LHHHLH2xHH", 8, 9, 0x0112, 3, 1, 6, 0x0110, 2)
    data = encoded(form, exif=exif)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_grey(data).shape == (50, 40)


def test_a_jpeg_with_a_broken_index_of_further_pictures_warns_of_nothing():
    jpeg = encoded("jpeg")
    index = b"MPF\0II*\0" + struct.pack("<LH", 8, 1) + struct.pack("<HHLL", 0xB001, 4, 1, 5)
    mpo = jpeg[:2] + b"\xff\xe2" + struct.pack(">H", 2 + len(index)) + index + jpeg[2:]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(load_grey(mpo), load_grey(jpeg))


# --- nothing in the input is run


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def trapped_files(marker: Path) -> dict[str, bytes]:
    array = np.full((28, 28), Trap(marker), object)
    npy, npz = io.BytesIO(), io.BytesIO()
    np.save(npy, array, allow_pickle=True)
    np.savez(npz, image=array)
    return {
        "object.npy": npy.getvalue(),
        "object.npz": npz.getvalue(),
        "trap.pickle": pickle.dumps(Trap(marker)),
        "trap0.pickle": pickle.dumps(Trap(marker), 0),
    }


@pytest.mark.parametrize("load", [load_grey, load_without_pillow, edgedigit.classify])
def test_nothing_is_unpickled(tmp_path, load):
    marker = tmp_path / "was here"
    pickle.loads(pickle.dumps(Trap(marker)))
    assert marker.exists()  # the trap works
    marker.unlink()
    for name, data in trapped_files(marker).items():
        path = tmp_path / name
        path.write_bytes(data)
        for source in (path, data, io.BytesIO(data)):
            with pytest.raises(ImageError, match="not a picture") as caught:
                load(source)
            assert type(caught.value) is ImageError
    assert not marker.exists()


def test_arrays_in_files_are_no_pictures(tmp_path):
    path = tmp_path / "digit.npy"
    np.save(path, np.zeros((28, 28), np.uint8))
    with pytest.raises(ImageError, match="not a picture"):
        load_grey(path)


class Arraylike:
    def __init__(self, array) -> None:
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


@pytest.mark.parametrize(
    "array",
    [
        np.full((4, 4), None),
        np.full((4, 4), 7, object),
        np.full((4, 4), "7"),
        np.full((4, 4), b"7"),
        np.zeros((4, 4), "M8[s]"),
        np.zeros((4, 4), "m8[s]"),
        np.zeros((4, 4), "V3"),
        np.zeros((4, 4), [("r", np.uint8), ("g", np.uint8)]),
        np.zeros((4, 4), complex),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays_of_other_things_are_type_errors(array):
    for source in (array, Arraylike(array)):
        with pytest.raises(TypeError, match="bool, integer or float"):
            edgedigit.classify(source)
