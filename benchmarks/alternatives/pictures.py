"""The pictures that all contenders read, made once and kept."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.folders import PHOTO_SHAPE, make_photos, make_scans
from train.data.labelled import load_sets
from train.data.mnist import Mnist
from train.drawing.photographs import blend, crop, enlarge, expose, light, user_jpegs

_LETTERS_SET = "nondigit_chars74k_letters28"
_GREY_SIDE_PIXELS, _GREY_DIGIT_PIXELS, _GREY_COUNT = 1000, 500, 5


class Counts(NamedTuple):
    """Numbers of pictures: digits, PNG files of a folder, large files of a folder."""

    digits: int = 10_000
    files: int = 1000
    large: int = 20


QUICK_COUNTS = Counts(100, 50, 2)


class Pictures:
    """Folders and files of pictures.

    Attributes:
        blank: A PNG file of blank paper.
        greys: An .npy file of grey pictures of 1,000 x 1,000.
        scans: A folder of PNG files of 28 x 28.
        scan: One of them.
        photos: A folder of JPEG files of 12 megapixels.
        photo: One of them.
        pages: A folder of grey PNG files of 12 megapixels.
        counts: How many there are.
        letters: An .npy file of letters, uint8 of shape (n, 28, 28), or None.
    """

    def __init__(self, folder: Path, data: Mnist, counts: Counts, seed: int) -> None:
        """Makes what is not there yet.

        Args:
            folder: Where to.
            data: Whose test part is drawn on.
            counts: How many pictures.
            seed: Of all chance.
        """
        self._folder = folder / f"{counts.digits}-{counts.files}-{counts.large}-{seed}"
        self._data = data
        self.counts = counts
        self._seed = seed
        self._folder.mkdir(parents=True, exist_ok=True)
        digits = data.x_test
        self.scans = self._made("scans", lambda path: make_scans(path, digits, counts.files))
        self.photos = self._made("photos", lambda path: make_photos(path, digits, counts.large))
        self.pages = self._made("pages", lambda path: make_pages(path, digits, counts.large))
        self.greys = self._made("greys.npy", lambda path: np.save(path, greys(digits, seed)))
        self.blank = self._made("blank.png", make_blank)
        self.scan, self.photo = self.scans / "scan0.png", self.photos / "photo0.jpg"
        self.letters: Path | None = None

    def arrays(self, share: int) -> Path:
        """An .npy file of one of so many digits, uint8 of shape (n, 28, 28)."""
        chosen = self._data.x_test[: self.counts.digits : share]
        return self._made(f"arrays-{share}.npy", lambda path: np.save(path, chosen))

    def labels(self, share: int) -> Path:
        """An .npy file of their labels."""
        chosen = self._data.y_test[: self.counts.digits : share]
        return self._made(f"labels-{share}.npy", lambda path: np.save(path, chosen))

    def jpegs(self, share: int) -> Path:
        """A folder of the same digits as a user's JPEG files, in order."""
        if share == 1:
            return self._made("jpegs-1", self._render)
        files = sorted(self.jpegs(1).iterdir())[::share]

        def link(path: Path) -> None:
            path.mkdir()
            for file in files:
                os.link(file, path / file.name)

        return self._made(f"jpegs-{share}", link)

    def use_letters(self, sets: Path) -> None:
        """Takes letters from a folder of development sets, where it has them.

        Raises:
            DataError: The folder cannot be used.
        """
        found = [part for part in load_sets(sets) if part.name == _LETTERS_SET]
        if found:
            self.letters = self._folder / "letters.npy"
            letters = np.stack(list(found[0].pictures))
            # As many as there are digits of one kind, from the whole alphabet.
            step = max(1, 10 * len(letters) // self.counts.digits)
            np.save(self.letters, letters[::step])

    def _render(self, folder: Path) -> None:
        folder.mkdir()
        digits = self._data.x_test[: self.counts.digits]
        for place, content in enumerate(user_jpegs(digits, self._seed)):
            (folder / f"{place:05}.jpg").write_bytes(content)

    def _made(self, name: str, make: Callable[[Path], object]) -> Path:
        """A file or folder that is there whole, or made and then named."""
        path = self._folder / name
        if not path.exists():
            part = self._folder / f"part-{name}"
            shutil.rmtree(part, ignore_errors=True)
            make(part)
            part.rename(path)
        return path


def make_blank(path: Path) -> None:
    """Writes a PNG file of white paper."""
    from PIL import Image

    Image.new("L", (280, 280), 255).save(path, "PNG")


def make_pages(folder: Path, digits: NDArray[np.uint8], count: int) -> None:
    """Writes single digits on grey paper of a scanner's even light as PNG files, 12 megapixels."""
    from PIL import Image

    folder.mkdir()
    for place in range(count):
        page = np.full(PHOTO_SHAPE, 235, np.uint8)
        digit = enlarge(crop(digits[place]), PHOTO_SHAPE[0] // 4)
        top, left = (side // 3 for side in PHOTO_SHAPE)
        page[top : top + digit.shape[0], left : left + digit.shape[1]] -= digit // 5 * 4
        Image.fromarray(page).save(folder / f"page{place}.png")


def greys(digits: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Digits on 1,000 x 1,000 pixels of grey paper in uneven light, with noise: uint8 (n, H, W)."""
    rng = np.random.default_rng(seed)
    pictures = []
    for ink in digits[:_GREY_COUNT]:
        digit = enlarge(crop(ink), _GREY_DIGIT_PIXELS) / 255
        cover = np.zeros((_GREY_SIDE_PIXELS, _GREY_SIDE_PIXELS))
        top, left = ((_GREY_SIDE_PIXELS - side) // 2 for side in digit.shape)
        cover[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
        picture = blend(cover, np.full(3, 225.0), np.full(3, 40.0))
        picture *= light(cover.shape, rng, 0.2)[..., None]
        pictures.append(expose(picture, rng, 4)[..., 0])
    return np.stack(pictures)
