"""Draws the sample pictures in `examples/`: `python -m train samples`.

The same seed, NumPy and Pillow give the same files.
"""

import argparse
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from train.commands.options import add_seed
from train.drawing import pen, photographs
from train.drawing.digits import DIGITS
from train.drawing.photographs import Colour, Rgb
from train.drawing.signs import SIGNS, sign_strokes, zigzag
from train.drawing.ways import Draw

Cover = NDArray[np.float64]
Scene = Callable[[Cover, np.random.Generator], NDArray[np.uint8]]

_WHITE = np.array([250.0, 249.0, 244.0])
_RECYCLED = np.array([214.0, 209.0, 198.0])
_BLUE_PEN = np.array([38.0, 52.0, 128.0])
_BLACK_PEN = np.array([32.0, 30.0, 36.0])
_PENCIL = np.array([96.0, 95.0, 98.0])
_RULING = np.array([170.0, 190.0, 222.0])

# Enough for noise and shadows; with more, a PNG becomes several times larger.
_PNG_COLOURS = 48


class Sample(NamedTuple):
    """A picture to draw.

    Attributes:
        subject: Strokes of one drawing; none for an empty page.
        scene: What the ink is put on: from cover, 0 to 1, of shape (size, size) to a picture.
        width: Width of the pen as a share of the drawing's height.
        size: Side in pixels of the square that is drawn on.
    """

    subject: Callable[[Draw], list[pen.Stroke]] | None
    scene: Scene
    width: float
    size: int = 200


def write_samples(output: Path, seed: int = 0) -> list[Path]:
    """Draws all sample pictures.

    Args:
        output: Folder that gets `digits/` and `photos/`; it is made where it is missing.
        seed: Source of all chance.

    Returns:
        The paths of the files that were written.

    Raises:
        OSError: A file cannot be written.
    """
    paths = []
    for name, sample in SAMPLES.items():
        # A seed for each file, so that a new one leaves the others as they are.
        rng = np.random.default_rng([seed, crc32(name.encode())])
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_encode(sample.scene(_cover(sample, rng), rng), path.suffix))
        paths.append(path)
    return paths


def _cover(sample: Sample, rng: np.random.Generator) -> Cover:
    if sample.subject is None:
        return np.zeros((sample.size, sample.size))
    hand = pen.Hand(0.05, 0.25, 5, 0.8, sample.width, sample.width)
    margin = sample.size // 12
    strokes = sample.subject(Draw(rng, 1))
    drawn = pen.draw(strokes, rng, sample.size - 2 * margin, hand)[0]
    cover: Cover = np.pad(drawn, margin) / 255
    return cover


def _encode(picture: NDArray[np.uint8], suffix: str) -> bytes:
    from PIL import Image

    if suffix == ".jpg":
        return photographs.jpeg_bytes(picture)
    image = Image.fromarray(picture)
    if image.mode == "RGB":
        image = image.quantize(_PNG_COLOURS, dither=Image.Dither.NONE)
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _digit(digit: int, way: str) -> Callable[[Draw], list[pen.Stroke]]:
    return DIGITS[digit][way].strokes


def _letter_a(d: Draw) -> list[pen.Stroke]:
    return sign_strokes(SIGNS["A"], d.n)


# Scenes


def _photo(sheet: Colour, ink: Colour, noise: float = 1.5, falloff: float = 0.25) -> Scene:
    """Even paper in uneven light."""

    def scene(cover: Cover, rng: np.random.Generator) -> Rgb:
        picture = photographs.blend(cover, sheet, ink)
        picture *= photographs.light(cover.shape, rng, falloff)[..., None]
        return photographs.expose(picture, rng, noise)

    return scene


def _lined(crossed: bool) -> Scene:
    """Pencil on ruled or squared paper."""

    def scene(cover: Cover, rng: np.random.Generator) -> Rgb:
        step = 28 if crossed else 40
        line = np.arange(max(cover.shape)) % step < 2
        lines = np.broadcast_to(line[: cover.shape[0], None], cover.shape)
        if crossed:
            lines = lines | line[: cover.shape[1]]
        sheet = photographs.blend(lines.astype(float), _WHITE, _RULING)
        picture = photographs.blend(cover, sheet, _PENCIL)
        picture *= photographs.light(cover.shape, rng, 0.1)[..., None]
        return photographs.expose(picture, rng, 1.5)

    return scene


def _shadow(cover: Cover, rng: np.random.Generator) -> Rgb:
    """The shadow of a hand falls across one corner."""
    y, x = np.mgrid[0 : cover.shape[0], 0 : cover.shape[1]] / max(cover.shape)
    shade = 1 / (1 + np.exp((x + 0.6 * y - 0.8) * 14))
    picture = photographs.blend(cover, _WHITE, _BLUE_PEN) * (1 - 0.45 * shade)[..., None]
    return photographs.expose(picture, rng, 1.5)


def _canvas(cover: Cover, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A small drawing on a large white canvas, as a paint program saves it: grey."""
    side = 4 * len(cover)
    top, left = rng.integers(0, side - len(cover), 2)
    picture = np.full((side, side), 255, np.uint8)
    picture[top : top + len(cover), left : left + len(cover)] = np.rint(255 - 255 * cover)
    return picture


def _transparent(cover: Cover, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Black ink on nothing: RGBA."""
    picture = np.zeros((*cover.shape, 4), np.uint8)
    picture[..., 3] = np.rint(255 * cover)
    return picture


def _chalk(cover: Cover, rng: np.random.Generator) -> Rgb:
    """Chalk, which does not fill its stroke, on a wiped board."""
    grain = np.clip(rng.normal(0.8, 0.25, cover.shape), 0, 1)
    board = np.array([42.0, 66.0, 54.0]) + 8 * np.sin(np.linspace(0, 9, len(cover)))[:, None, None]
    return photographs.expose(
        photographs.blend(cover * grain, board, np.array([232.0, 230.0, 220.0])), rng, 1.5
    )


def _scan(cover: Cover, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A grey scan whose reverse side shines through."""
    through = 0.08 * np.roll(cover[:, ::-1], 40, axis=0)
    picture = photographs.blend(np.maximum(cover, through), _RECYCLED, _BLACK_PEN)
    return photographs.expose(picture, rng, 2)[..., 0] // 4 * 4


def _framed(cover: Cover, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A grey scan of a field of a form: a printed frame around the digit."""
    frame = np.zeros(cover.shape)
    edge = len(cover) // 14
    frame[edge:-edge, edge:-edge] = 1
    frame[edge + 2 : -edge - 2, edge + 2 : -edge - 2] = 0
    field = photographs.blend(frame, _RECYCLED, _BLACK_PEN)
    return photographs.expose(photographs.blend(cover, field, _BLUE_PEN), rng, 2)[..., 0] // 4 * 4


def _small(cover: Cover, rng: np.random.Generator) -> NDArray[np.uint8]:
    """White on black, as small as MNIST's: grey."""
    return np.rint(255 * cover).astype(np.uint8)


SAMPLES: dict[str, Sample] = {
    "digits/0_canvas.png": Sample(_digit(0, "oval"), _canvas, 0.03, 100),
    "digits/0_slashed.png": Sample(_digit(0, "slashed"), _photo(_WHITE, _BLACK_PEN), 0.05),
    "digits/1_flag.png": Sample(_digit(1, "flag"), _photo(_WHITE, _BLUE_PEN), 0.06),
    "digits/1_long_flag.png": Sample(_digit(1, "long flag"), _lined(crossed=True), 0.05),
    "digits/2_chalk.png": Sample(_digit(2, "flat"), _chalk, 0.07),
    "digits/2_looped.png": Sample(_digit(2, "looped"), _photo(_RECYCLED, _BLUE_PEN), 0.05),
    "digits/3_photo.png": Sample(_digit(3, "round"), _photo(_WHITE, _BLUE_PEN), 0.06),
    "digits/3_small.png": Sample(_digit(3, "flat"), _small, 0.1, 28),
    "digits/4_grid.png": Sample(_digit(4, "open"), _lined(crossed=True), 0.05),
    "digits/4_closed.png": Sample(_digit(4, "closed"), _scan, 0.06),
    "digits/5_shadow.png": Sample(_digit(5, "one stroke"), _shadow, 0.06),
    "digits/5_marker.png": Sample(
        _digit(5, "far-barred"),
        _photo(np.array([250.0, 226.0, 110.0]), np.array([40.0, 34.0, 30.0])),
        0.12,
    ),
    "digits/6_frame.png": Sample(_digit(6, "curled"), _framed, 0.05, 240),
    "digits/6_scan.png": Sample(_digit(6, "straight"), _scan, 0.05),
    "digits/6_red.png": Sample(
        _digit(6, "curled"), _photo(_WHITE, np.array([190.0, 36.0, 40.0])), 0.06
    ),
    "digits/7_ruled.png": Sample(_digit(7, "plain"), _lined(crossed=False), 0.05),
    "digits/7_crossed.png": Sample(_digit(7, "crossed"), _photo(_WHITE, _BLACK_PEN), 0.06),
    "digits/8_transparent.png": Sample(_digit(8, "crossing"), _transparent, 0.07),
    "digits/8_board.png": Sample(_digit(8, "open"), _chalk, 0.08),
    "digits/9_photo.png": Sample(_digit(9, "curved"), _photo(_RECYCLED, _BLACK_PEN), 0.05),
    "digits/9_pencil.png": Sample(_digit(9, "straight"), _photo(_WHITE, _PENCIL), 0.04),
    "digits/blank_page.png": Sample(None, _photo(_WHITE, _BLACK_PEN), 0.05),
    "digits/letter_A.png": Sample(_letter_a, _photo(_WHITE, _BLUE_PEN), 0.06),
    "digits/scribble.png": Sample(zigzag, _photo(_WHITE, _BLACK_PEN), 0.05),
    "photos/2_lamp.jpg": Sample(
        _digit(2, "curly"), _photo(np.array([236.0, 214.0, 172.0]), _BLUE_PEN, 5, 0.5), 0.06, 400
    ),
    "photos/4_desk.jpg": Sample(
        _digit(4, "barred"), _photo(_RECYCLED, _BLACK_PEN, 4, 0.35), 0.07, 400
    ),
    "photos/7_evening.jpg": Sample(
        _digit(7, "crossed serif"), _photo(0.5 * _WHITE, 0.5 * _PENCIL, 6, 0.4), 0.06, 400
    ),
}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser("python -m train samples", description="Draws examples/.")
    parser.add_argument("--output", type=Path, default=Path("examples"), help="default: examples")
    add_seed(parser)
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Draws the samples and prints how many.

    Raises:
        ImportError: Pillow is not installed.
        OSError: A file cannot be written.
    """
    paths = write_samples(options.output, options.seed)
    print(f"{len(paths)} pictures written to {options.output}")
