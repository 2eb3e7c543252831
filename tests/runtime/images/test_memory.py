"""The memory that a picture takes follows its bytes and pixels, by the factors that are stated."""

import io
import sys

import numpy as np
import pytest

from edgedigit.limits import DECODED_BYTES_PER_PIXEL
from tests.support.command import python
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its memory is not to be measured")

PROGRAM = """
import sys, warnings
import numpy as np
import edgedigit
from edgedigit.images import load_grey

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) * 1024

def used():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) * 1024

what, first, *paths = sys.argv[1:]
calls = {"load": load_grey, "classify": edgedigit.classify, "read": edgedigit.read}
calls["folder"] = lambda path: [result.answer.digit for result in edgedigit.classify_folder(path)]
calls[what](first)
start = used()
for path in paths:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = used()
    calls[what](path)
    print(peak() - before, used() - start)
"""


def measured(what, first, *paths):
    """Peak and what is kept, in bytes, of each file after a first one of its kind."""
    done = python("-W", "ignore", "-c", PROGRAM, what, first, *paths)
    return [tuple(map(int, line.split())) for line in done.stdout.splitlines()]


def saved(folder, name, image, form, **options):
    path = folder / name
    image.save(path, form, **options)
    return path


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        ("PNG", "L", {}),
        ("PNG", "P", {"transparency": 3}),
        ("PNG", "RGB", {"transparency": (1, 2, 3)}),
        ("PNG", "RGBA", {}),
        ("GIF", "P", {}),
        ("JPEG", "RGB", {}),
        ("TIFF", "RGB", {"compression": "tiff_deflate"}),
        ("TIFF", "F", {"compression": "tiff_deflate"}),
        ("BMP", "L", {}),
    ],
)
def test_decoding_takes_what_is_said(tmp_path, form, mode, options):
    pil = pytest.importorskip("PIL.Image")
    side = 3000
    pictures = [
        saved(tmp_path, f"{size}", pil.new("L", (size, size)).convert(mode), form, **options)
        for size in (60, side)
    ]
    ((peak, _),) = measured("load", *pictures)
    assert peak - pictures[1].stat().st_size < (DECODED_BYTES_PER_PIXEL + 0.5) * side * side


@pytest.mark.parametrize("channels", [1, 3])
def test_of_large_png_files_the_grey_levels_are_held(tmp_path, channels):
    pytest.importorskip("PIL")
    side = 3000
    tones = np.random.default_rng(0).integers(0, 8, (side, side, channels))
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    small.write_bytes(png_file(tones[:60, :60], colour=0 if channels == 1 else 2))
    large.write_bytes(png_file(tones, colour=0 if channels == 1 else 2, filters=(2, 1, 4), level=1))
    ((peak, _),) = measured("load", small, large)
    assert peak < side * side + 6_000_000


@pytest.mark.parametrize("colour", [0, 2])
def test_of_large_png_files_in_folders_a_part_is_held(tmp_path, colour):
    pytest.importorskip("PIL")
    digit = draw_digits([3], np.random.default_rng(4))[0]
    folders = tmp_path / "small", tmp_path / "large"
    for folder, scale in zip(folders, (2, 60), strict=True):
        folder.mkdir()
        grey = np.kron(255 - digit, np.ones((scale, scale), np.uint8))
        picture = np.repeat(grey[..., None], 3, axis=2) if colour else grey
        for name in "abc":
            (folder / f"{name}.png").write_bytes(png_file(picture, colour=colour, filters=(2, 1)))
    ((peak, _),) = measured("folder", *folders)
    assert peak < 0.8 * grey.size


@pytest.mark.parametrize("what", ["classify", "read"])
def test_long_strips_take_as_much_as_their_pixels(tmp_path, what):
    rng = np.random.default_rng(0)
    paths = []
    for width in (16_000, 15_999, 15_998, 15_997, 15_996):
        tones = np.tile(rng.integers(100, 256, (60, 64)), (1, 250))[:, :width]
        paths.append(tmp_path / f"{width}.png")
        paths[-1].write_bytes(png_file(tones))
    *_, (peak, kept) = measured(what, *paths)
    assert peak < 40 * 60 * 16_000
    assert kept < 25_000_000  # four dense matrices of weights would be 64 MB


def test_files_are_bytes_too(tmp_path):
    """What follows a picture is read, but not held twice."""
    pil = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    pil.new("L", (60, 60)).save(file, "JPEG")
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(file.getvalue())
    large.write_bytes(file.getvalue() + bytes(50_000_000))
    ((peak, _),) = measured("load", small, large)
    assert peak < 60_000_000
