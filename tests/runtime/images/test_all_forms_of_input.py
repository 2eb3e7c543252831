"""All forms of one picture get the same answer."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import edgedigit
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

# Of two tones, so that every form can hold it: dark ink on white paper.
DIGITS = np.where(draw_digits(np.arange(10), np.random.default_rng(5), 90) > 127, 0, 255).astype(
    np.uint8
)
Picture = NDArray[np.uint8]


def _rgb(picture: Picture) -> Picture:
    return np.repeat(picture[:, :, None], 3, axis=2)


def _rgba(picture: Picture, ink: int) -> Picture:
    """Ink of one tone on nothing at all."""
    result = np.full((*picture.shape, 4), ink, np.uint8)
    result[..., 3] = 255 - picture
    return result


def _strided(picture: Picture) -> Picture:
    wide = np.zeros((2 * picture.shape[0], 3 * picture.shape[1]), np.uint8)
    wide[::2, ::3] = picture
    return wide[::2, ::3]


ARRAYS: dict[str, Callable[[Picture], object]] = {
    "float 0 to 1": lambda p: p / 255,
    "float32 0 to 255": lambda p: p.astype(np.float32),
    "bool": lambda p: p > 0,
    "int64": lambda p: p.astype(np.int64),
    "16 bit": lambda p: p.astype(np.uint16) * 257,
    "big-endian 16 bit": lambda p: (p.astype(np.uint16) * 257).astype(">u2"),
    "one channel": lambda p: p[:, :, None],
    "grey and alpha": lambda p: np.dstack([p, np.full_like(p, 255)]),
    "RGB": _rgb,
    "opaque RGBA": lambda p: np.dstack([_rgb(p), np.full_like(p, 255)]),
    "black ink on nothing": lambda p: _rgba(p, 0),
    "white ink on nothing": lambda p: _rgba(p, 255),
    "inverted": lambda p: 255 - p,
    "column by column": np.asfortranarray,
    "every second row": _strided,
    "read backwards": lambda p: np.ascontiguousarray(p[::-1, ::-1])[::-1, ::-1],
    "read-only": lambda p: np.frombuffer(p.tobytes(), np.uint8).reshape(p.shape),
}


@pytest.fixture(scope="module")
def expected() -> list[edgedigit.Prediction]:
    return edgedigit.classify_batch(DIGITS)


@pytest.mark.parametrize("form", ARRAYS)
def test_arrays(form: str, expected: list[edgedigit.Prediction]) -> None:
    answers = [edgedigit.classify(ARRAYS[form](digit)) for digit in DIGITS]
    assert answers == expected


def test_files(tmp_path: Path, expected: list[edgedigit.Prediction]) -> None:
    for digit, answer in zip(DIGITS, expected, strict=True):
        data = png_file(digit)
        path = tmp_path / "digit.png"
        path.write_bytes(data)
        assert edgedigit.classify(path) == answer
        assert edgedigit.classify(str(path)) == answer
        assert edgedigit.classify(data) == answer
        assert edgedigit.classify(io.BytesIO(data)) == answer
        with path.open("rb") as file:
            assert edgedigit.classify(file) == answer
        assert [r.prediction for r in edgedigit.classify_folder(tmp_path)] == [answer]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16"])
def test_pil_images(mode: str, expected: list[edgedigit.Prediction]) -> None:
    pil = pytest.importorskip("PIL.Image")
    for digit, answer in zip(DIGITS, expected, strict=True):
        if mode == "I;16":
            image = pil.fromarray(digit.astype(np.uint16) * 257)
        else:
            image = pil.fromarray(digit).convert(mode)
        assert edgedigit.classify(image) == answer


def test_turned_as_exif_says(expected: list[edgedigit.Prediction]) -> None:
    pil = pytest.importorskip("PIL.Image")
    # A camera that was held upright: orientation 6 is a quarter turn.
    for digit, answer in zip(DIGITS, expected, strict=True):
        image = pil.fromarray(np.ascontiguousarray(np.rot90(digit)))
        exif = pil.Exif()
        exif[0x0112] = 6
        for suffix in ("PNG", "TIFF"):
            file = io.BytesIO()
            image.save(file, suffix, exif=exif)
            assert edgedigit.classify(file.getvalue()) == answer, suffix


def test_pictures_are_left_as_they_were() -> None:
    picture = DIGITS[3].copy()
    edgedigit.classify(picture)
    np.testing.assert_array_equal(picture, DIGITS[3])
