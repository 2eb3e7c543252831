"""Large JPEG files, which are decoded at a part of their size where one digit is looked for."""

import io
import sys

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier, DamagedError, TooLargeError
from edgedigit.images import load_grey
from edgedigit.normalize import MAX_SIDE
from edgedigit.normalize.pipeline import reduce
from tests.support.command import python
from tests.support.picture_files import turned
from train.drawing.characters import draw_digits

pil = pytest.importorskip("PIL.Image")

# A phone's photo, and the sides that the decoder can bring it to.
PHOTO = (3024, 4032)


def page(digit, size=PHOTO, share=0.3):
    """Dark ink on light, uneven, coloured paper; the digit fills a share of the shorter side."""
    height, width = size
    side = round(share * min(size))
    (ink,) = draw_digits([digit], np.random.default_rng(digit))
    large = pil.fromarray(ink).resize((side, side), pil.Resampling.BICUBIC)
    light = np.linspace(225, 195, width, dtype=np.float32)[None].repeat(height, axis=0)
    y, x = height // 2 - side // 3, width // 3
    light[y : y + side, x : x + side] -= 0.7 * np.asarray(large, np.float32)
    grey = light.astype(np.uint8)
    return pil.fromarray(np.dstack([grey, grey, grey // 8 * 7]))


def jpeg(picture, **options):
    file = io.BytesIO()
    picture.save(file, "JPEG", **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def photo():
    return jpeg(page(4), quality=90)


@pytest.mark.parametrize("digit", range(10))
def test_a_large_photo_is_read_as_from_all_its_pixels(digit):
    data = jpeg(page(digit, share=0.1 + 0.07 * digit))
    whole = edgedigit.classify(load_grey(data))
    reduced = edgedigit.classify(data)
    assert (reduced.digit, reduced.refusal) == (whole.digit, whole.refusal)
    assert reduced.best == digit


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_decoder_averages_what_would_be_averaged(mode, options):
    data = jpeg(page(7).convert(mode), quality=95, **options)
    expected = reduce(load_grey(data)[np.newaxis])[0].astype(int)
    # The decoder brings it to an eighth at most.
    reduced = reduce(load_grey(data, largest_side=MAX_SIDE)[np.newaxis])[0]
    assert reduced.shape == expected.shape == (189, 252)
    assert np.abs(reduced - expected).max() <= 6
    assert np.abs(reduced - expected).mean() < 1


@pytest.mark.parametrize(
    "size",
    [(257, 200), (400, 700), (1000, 1000), (1025, 900), (1500, 2000), (2448, 3264), (3456, 4608)],
)
def test_little_is_lost_whatever_the_size(size):
    data = jpeg(page(3, size))
    left = max(reduce(load_grey(data)[np.newaxis]).shape)
    reduced = load_grey(data, largest_side=MAX_SIDE)
    assert 0.85 * left <= max(reduce(reduced[np.newaxis]).shape) <= MAX_SIDE
    assert edgedigit.classify(data).digit == 3


@pytest.mark.parametrize("size", [(1, 1000), (4000, 4), (9, 9000), (8191, 17)])
def test_narrow_pictures_keep_a_pixel(size):
    data = jpeg(pil.new("RGB", size[::-1], "white"))
    assert (load_grey(data, largest_side=MAX_SIDE) == 255).all()
    assert edgedigit.classify(data).digit is None


def test_small_pictures_are_the_same_to_the_pixel():
    data = jpeg(page(5, (256, 192)))
    np.testing.assert_array_equal(load_grey(data, largest_side=MAX_SIDE), load_grey(data))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(orientation):
    exif = pil.Exif()
    exif[0x0112] = orientation
    picture = page(2, (1600, 2000))
    upright = load_grey(jpeg(picture), largest_side=MAX_SIDE)
    reduced = load_grey(jpeg(picture, exif=exif), largest_side=MAX_SIDE)
    np.testing.assert_array_equal(reduced, turned(upright, orientation))


def test_every_source_of_the_file_is_the_same(photo, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo)
    predictions = [
        edgedigit.classify(photo),
        edgedigit.classify(path),
        edgedigit.classify(io.BytesIO(photo)),
        *(result.prediction for result in edgedigit.classify_folder(tmp_path)),
    ]
    assert predictions[1:] == predictions[:1] * 3


def test_images_of_the_caller_stay_whole(photo):
    image = pil.open(io.BytesIO(photo))
    assert edgedigit.classify(image).digit == 4
    assert image.size == PHOTO[::-1]
    assert image.mode == "RGB"


def test_numbers_are_read_from_all_pixels(photo):
    reading = edgedigit.read(photo)
    assert reading == edgedigit.read(load_grey(photo))
    box = reading.digits[0].box
    assert box.bottom - box.top > 600


def test_the_limit_counts_the_pixels_of_the_file(photo):
    pixels = PHOTO[0] * PHOTO[1]
    assert Classifier(max_pixels=pixels).classify(photo).digit == 4
    with pytest.raises(TooLargeError, match="4032 x 3024"):
        Classifier(max_pixels=pixels - 1).classify(photo)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.97])
def test_truncated_files_are_damaged(photo, tmp_path, share):
    cut = photo[: int(share * len(photo))]
    path = tmp_path / "cut.jpg"
    path.write_bytes(cut)
    for source in (cut, path, io.BytesIO(cut)):
        with pytest.raises(DamagedError, match="truncated"):
            edgedigit.classify(source)


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_folder_of_photos_takes_little_memory(photo, tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    for folder, data in ((small, jpeg(page(4, (400, 400)))), (large, photo)):
        folder.mkdir()
        for name in range(4):
            (folder / f"{name}.jpg").write_bytes(data)
    # A photo decoded in full takes 36 MB and more.
    assert peak(large) - peak(small) < 16_000


def peak(folder):
    """The most memory, in kB, of a process that classifies a folder."""
    program = f"""
import resource, edgedigit
for result in edgedigit.classify_folder({str(folder)!r}, threads=1):
    assert result.prediction.digit == 4, result
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    # A child's peak starts at that of its parent, so that a small one starts it.
    launcher = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {program!r}])"
    done = python("-c", launcher)
    assert done.stderr == ""
    return int(done.stdout)
