"""What is proven of even paper saves work, and changes no pixel."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit.images import load_grey
from edgedigit.normalize import Ink, Prepared, pipeline, prepare_all
from edgedigit.normalize.even_paper import ink_on_even_paper
from edgedigit.raster.bit_masks import BitMask
from tests.support.paths import ROOT
from train.data.labelled import load_sets
from train.drawing.characters import draw_digits

Grey = NDArray[np.uint8]


@pytest.fixture
def without_proofs(monkeypatch: pytest.MonkeyPatch):
    """Gives what `prepare_all` makes where nothing is proven."""

    def prepare(greys: Sequence[Grey], ink: Ink = "auto") -> Prepared:
        with monkeypatch.context() as patches:
            nothing = lambda pictures, ink: ([], None)  # noqa: E731
            patches.setattr(pipeline, "ink_on_even_paper", nothing)
            patches.setattr(BitMask, "is_whole", lambda mask: False)
            return prepare_all(greys, ink)

    return prepare


def assert_same(found: Prepared, wanted: Prepared, greys: Sequence[Grey]) -> None:
    unlike = (found.inks != wanted.inks).any(axis=(1, 2)) | (found.several != wanted.several)
    assert [greys[place].shape for place in np.flatnonzero(unlike)] == []


def proven(greys: Sequence[Grey]) -> int:
    return sum(len(ink_on_even_paper(grey[None], "auto")[0]) for grey in greys)


def drawn_pictures(rng: np.random.Generator, n: int) -> list[Grey]:
    """Digits of all sizes on canvases of one level, dark and light, hard and soft."""
    sizes = (20, 24, 28, 61, 140)
    digits = [digit for size in sizes for digit in draw_digits(np.arange(40) % 10, rng, size)]
    pictures = []
    for _ in range(n):
        height, width = rng.integers(20, 160, 2) if rng.random() < 0.5 else (28, 28)
        canvas = np.zeros((height, width), np.uint8)
        for _ in range(rng.choice([1, 2, 3], p=[0.8, 0.15, 0.05])):
            digit = digits[rng.integers(len(digits))]
            top, left = rng.integers(-8, np.maximum(1, [height - 12, width - 12]))
            part = digit[max(-top, 0) :, max(-left, 0) :]
            place = canvas[max(top, 0) :, max(left, 0) :][: part.shape[0], : part.shape[1]]
            np.maximum(place, part[: place.shape[0], : place.shape[1]], out=place)
        if rng.random() < 0.2:
            canvas[rng.integers(height)] = rng.integers(256)
        ink = (canvas * rng.choice([0.06, 0.3, 1])).astype(np.uint8)
        paper = np.uint8(rng.choice([0, 0, 90, 255]))
        pictures.append(paper - np.minimum(ink, paper) if paper else ink)
    return pictures


def hostile_pictures(rng: np.random.Generator, n: int) -> list[Grey]:
    """A few marks of any levels on paper of one: thin, faint, at the border, on both sides."""
    pictures = []
    for _ in range(n):
        height, width = rng.choice([1, 2, 3, 15, 16, 20, 28, 40, 97, 200, 600], 2)
        picture = np.full((height, width), rng.choice([0, 1, 13, 128, 254, 255]), np.uint8)
        levels = rng.integers(0, 256, rng.choice([1, 2, 5]))
        for _ in range(rng.choice([0, 1, 2, 6])):
            y, x = rng.integers(height), rng.integers(width)
            high, wide = rng.choice([1, 1, 2, 5, 30, 300], 2)
            picture[y : y + high, x : x + wide] = rng.choice(levels)
        pictures.append(picture)
    return pictures


@pytest.mark.parametrize("ink", ["auto", "dark", "light"])
@pytest.mark.parametrize("make", [drawn_pictures, hostile_pictures])
def test_proofs_change_no_pixel(make, ink: Ink, without_proofs) -> None:
    greys = make(np.random.default_rng(5), 1000 if ink == "auto" else 300)
    wanted = without_proofs(greys, ink)
    assert_same(prepare_all(greys, ink), wanted, greys)
    assert 0 < proven(greys) < len(greys)
    some = slice(0, None, 4)
    each = [prepare_all([grey], ink) for grey in greys[some]]
    together = Prepared(*(np.concatenate(of) for of in zip(*each, strict=True)))
    assert_same(together, Prepared(wanted.inks[some], wanted.several[some]), greys[some])


def test_ink_between_the_sampled_pixels_is_not_proven_dark(without_proofs) -> None:
    picture = np.full((300, 300), 255, np.uint8)
    picture[101:103, 101:103] = 0
    assert not ink_on_even_paper(picture[None], "auto")[0]
    assert ink_on_even_paper(255 - picture[None], "auto")[0]
    for grey in (picture, 255 - picture):
        assert_same(prepare_all([grey]), without_proofs([grey]), [grey])


@pytest.mark.slow
def test_proofs_change_no_pixel_of_the_development_sets(without_proofs) -> None:
    pytest.importorskip("PIL", reason="some sets are JPEG files")
    path = Path(os.environ.get("EDGEDIGIT_DEV", ROOT.parent / "shared" / "data" / "dev"))
    if not path.is_dir():
        pytest.skip("needs the development sets: set EDGEDIGIT_DEV to their folder")
    greys = [load_grey(picture) for part in load_sets(path) for picture in part.pictures]
    assert_same(prepare_all(greys), without_proofs(greys), greys)
