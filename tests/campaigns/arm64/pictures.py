"""Writes 500 pictures of many kinds, for two processors to classify alike."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.drawing.characters import draw_digits, draw_non_digits
from train.drawing.photographs import render_user_picture

Picture = NDArray[np.generic]

_COUNT = 500
_SIDES = 20, 120


def drawn() -> Iterator[Picture]:
    """500 drawn pictures, the same in every run: digits of every dtype, and what is refused.

    Of each ten, one is a digit rendered as a user's photo, seven are drawn ones of any size, one
    is two digits side by side, and one is no digit.
    """
    rng = np.random.default_rng(53)
    for turn in range(_COUNT // 10):
        inks = [_digit(rng) for _ in range(10)]
        yield render_user_picture(inks[0], rng)
        yield inks[1]
        yield 255 - inks[2]
        yield inks[3] // 4 + 90 + rng.integers(-3, 4, inks[3].shape, np.int8).astype(np.uint8)
        yield inks[4] > 127
        yield (inks[5] / 255).astype(np.float32)
        yield inks[6].astype(np.uint16) * 257
        yield np.dstack([np.zeros((*inks[7].shape, 3), np.uint8), inks[7]])  # black ink on nothing
        yield np.hstack([inks[8], inks[8]])
        yield _no_digit(turn % 5, inks[9], rng)


def stored(path: Path) -> Iterator[Picture]:
    """500 pictures of a file, all over it: the training part of MNIST's form, or a set's `x`."""
    with np.load(path) as arrays:
        pictures = arrays["x_train" if "x_train" in arrays else "x"]
    yield from pictures[np.linspace(0, len(pictures) - 1, _COUNT).astype(int)]


def main() -> None:
    """Writes an .npz file with an array for each picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--stored", type=Path, metavar="FILE.npz", help="take them from a file")
    arguments = parser.parse_args()
    pictures = drawn() if arguments.stored is None else stored(arguments.stored)
    named = {f"picture {place:03}": picture for place, picture in enumerate(pictures)}
    np.savez(arguments.output, **named)  # type: ignore[arg-type]


def _digit(rng: np.random.Generator) -> NDArray[np.uint8]:
    return draw_digits([rng.integers(10)], rng, int(rng.integers(*_SIDES)))[0]


def _no_digit(kind: int, ink: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    if kind < 3:
        kinds = "letters", "scribbles", "characters"
        return draw_non_digits(kinds[kind], 1, rng, len(ink))[0]
    return np.maximum(ink, ink.T) if kind == 3 else np.full_like(ink, rng.integers(256))


if __name__ == "__main__":
    main()
