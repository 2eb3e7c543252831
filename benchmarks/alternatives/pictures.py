"""The pictures that all contenders read, made once and kept."""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.images import load_grey
from train.data.labelled import load_sets
from train.data.mnist import Mnist
from train.drawing.number_lines import compose, digits_of
from train.drawing.photographs import crop, enlarge, light, user_jpegs

Grey = NDArray[np.uint8]

MNIST_SET, HARD_SET = "mnist", "dida_single"
LETTERS_SET = "nondigit_chars74k_letters28"
CANVAS_SIDE_PIXELS, PHOTO_SIDES_PIXELS, LARGE_SHAPE = 280, (400, 1000), (3000, 4000)
# From a thumbnail to 50 megapixels.
GROWTH_SIDES_PIXELS = 28, 56, 112, 224, 448, 1000, 2000, 3464, 7071

_MAX_SET_PICTURES, _FEW_STEP = 1000, 40
_LARGE_FILES = 3
_LIGHT_FALL, _NOISE_LEVELS = 0.3, 4


class Counts(NamedTuple):
    """Numbers of pictures: digits as arrays, as a user's JPEG files, and files of folders."""

    digits: int = 10_000
    jpegs: int = 500
    jpeg_files: int = 200
    files: int = 1000
    growth_files: tuple[int, ...] = (1000, 3000, 10_000)
    growth_sides: tuple[int, ...] = GROWTH_SIDES_PIXELS


QUICK_COUNTS = Counts(100, 20, 5, 20, (20, 40), (28, 112))


class Pictures:
    """Files of pictures as `contenders/figures.py` reads them, and folders of picture files."""

    def __init__(self, folder: Path, data: Mnist, counts: Counts, seed: int) -> None:
        """Makes nothing yet.

        Args:
            folder: Where to; what is there is not made again.
            data: Whose test part is drawn on.
            counts: How many pictures.
            seed: Of all chance.
        """
        self._folder = folder / f"{counts.digits}-{counts.jpegs}-{counts.files}-{seed}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._data = data
        self._seed = seed
        self.counts = counts

    def sets(self, folder: Path | None, is_few: bool = False) -> dict[str, Path]:
        """MNIST's test digits, and digits and letters of a folder of development sets; labelled.

        Args:
            folder: Of development sets, or None.
            is_few: Whether some digits and letters are enough.

        Raises:
            DataError: The folder cannot be used.
        """
        step = _FEW_STEP if is_few else 1
        digits, labels = (
            part[: self.counts.digits : step] for part in (self._data.x_test, self._data.y_test)
        )
        name = f"{MNIST_SET}-{step}.npz"
        sets = {MNIST_SET: self._made(name, lambda path: _save(path, digits, labels))}
        most = _MAX_SET_PICTURES // (4 if is_few else 1)
        for part in load_sets(folder) if folder else ():
            if part.name != LETTERS_SET and (is_few or part.kind != "digits"):
                continue
            step = -(-len(part.pictures) // most)
            chosen = part.take(range(0, len(part.pictures), step))
            name = f"{part.name}-{step}.npz".replace(" ", "-").replace(">", "")
            sets[part.name] = self._made(
                name,
                lambda path, chosen=chosen: _save(
                    path, map(load_grey, chosen.pictures), chosen.labels
                ),
            )
        return sets

    def jpegs(self, count: int) -> Path:
        """A folder of that many of MNIST's test digits as a user's JPEG files, in order."""

        def render(folder: Path) -> None:
            folder.mkdir()
            for place, content in enumerate(user_jpegs(self._data.x_test[:count], self._seed)):
                (folder / f"{place:05}.jpg").write_bytes(content)

        return self._made(f"jpegs-{count}", render)

    @property
    def jpeg_labels(self) -> list[int]:
        """What the JPEG files show whose answers are counted."""
        labels: list[int] = self._data.y_test[: self.counts.jpegs].tolist()
        return labels

    def scans(self, count: int) -> Path:
        """A folder of that many digits, dark on light, as PNG files of 28 x 28."""
        return self._made(f"scans-{count}", lambda path: make_scans(path, self._data.x_test, count))

    def many(self) -> Path:
        """An .npy file of digits, uint8 of shape (n, 28, 28)."""
        digits = np.resize(self._data.x_test, (self.counts.digits, 28, 28))
        return self._made("many.npy", lambda path: np.save(path, digits))

    def blank(self) -> Path:
        """A PNG file of blank paper."""
        from PIL import Image

        paper = Image.new("L", (280, 280), 255)
        return self._made("blank.png", lambda path: paper.save(path, "PNG"))

    def drawn(self, shape: tuple[int, int], is_photo: bool, count: int) -> Path:
        """Digits on a canvas or in photos; see `draw`."""
        rng = np.random.default_rng(self._seed)
        inks = self._data.x_test[:count]
        name = f"{'photo' if is_photo else 'canvas'}-{shape[0]}-{shape[1]}-{count}.npz"
        return self._made(
            name, lambda path: _save(path, (draw(ink, shape, is_photo, rng) for ink in inks))
        )

    def number(self, is_page: bool) -> Path:
        """A line of five digits, or a page of 200 on 12 megapixels."""

        def make(path: Path) -> None:
            rng = np.random.default_rng(self._seed)
            digits = digits_of(self._data, "test")
            if is_page:
                page = compose(
                    "pages", digits, rng, length=10, lines=20, height=80, shape=(4000, 3000)
                )
            else:
                page = compose("apart", digits, rng, length=5, height=120, shape=(200, 1000))
            _save(path, [page.picture])

        return self._made("page.npz" if is_page else "line.npz", make)

    def large_files(self, kind: str) -> Path:
        """A folder of pictures of 12 megapixels: "grey" or "rgb" PNG files, or "jpeg" ones."""
        from PIL import Image

        def make(folder: Path) -> None:
            folder.mkdir()
            rng = np.random.default_rng(self._seed)
            for place, ink in enumerate(self._data.x_test[:_LARGE_FILES]):
                page = draw(ink, LARGE_SHAPE, kind == "jpeg", rng)
                picture = page if kind == "grey" else np.stack([page, page, page // 10 * 9], axis=2)
                name = f"{place}.{'jpg' if kind == 'jpeg' else 'png'}"
                Image.fromarray(picture).save(folder / name, quality=90)

        return self._made(f"large-{kind}", make)

    def _made(self, name: str, make: Callable[[Path], object]) -> Path:
        """A file or folder that is there whole, or made and then named."""
        path = self._folder / name
        if not path.exists():
            part = self._folder / f"part-{name}"
            shutil.rmtree(part, ignore_errors=True)
            make(part)
            part.rename(path)
        return path


def draw(ink: Grey, shape: tuple[int, int], is_photo: bool, rng: np.random.Generator) -> Grey:
    """A digit half as high as its picture, black on white or in a photo of uneven light and noise.

    Args:
        ink: uint8 of shape (h, w), bright ink on 0, as in MNIST.
        shape: Of the picture.
        is_photo: Whether it is a photo.
        rng: Source of all chance.
    """
    digit = crop(ink)
    side = min(shape)
    digit = enlarge(digit, max(1, side * digit.shape[0] // (2 * max(digit.shape))))
    cover = np.zeros(shape, np.float32)
    top, left = (
        int(rng.integers(room - size + 1)) for room, size in zip(shape, digit.shape, strict=True)
    )
    cover[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    if not is_photo:
        return 255 - cover.astype(np.uint8)
    picture = 225 - cover * np.float32(185 / 255)
    picture *= light(shape, rng, _LIGHT_FALL)
    picture += _NOISE_LEVELS * rng.standard_normal(shape, np.float32)
    return np.clip(picture, 0, 255, out=picture).astype(np.uint8)


def make_scans(folder: Path, digits: Grey, count: int) -> None:
    """Writes digits, uint8 of shape (n, 28, 28), dark on light, as PNG files."""
    from PIL import Image

    folder.mkdir()
    for place in range(count):
        path = folder / f"scan{place:06}.png"
        if place < len(digits):
            Image.fromarray(255 - digits[place]).save(path)
        else:
            os.link(folder / f"scan{place % len(digits):06}.png", path)


def _save(
    path: Path, pictures: Iterable[Grey], labels: Sequence[int] | NDArray[np.integer] = ()
) -> None:
    arrays = {str(place): picture for place, picture in enumerate(pictures)}
    with path.open("wb") as file:
        np.savez(file, labels=np.asarray(labels), **arrays)
