"""The pictures of `edge`: MNIST distorted, digits drawn in other hands, and what is no digit.

Nothing but MNIST's training part comes from outside, so that anyone can train the model anew.
"""

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import normalize
from edgedigit.results import DIGIT_COUNT, NOT_A_DIGIT
from train.data.mnist import DataError, Labelled
from train.drawing.characters import draw_digits, draw_non_digits
from train.drawing.clutter import draw_blots, draw_surfaces, join_digits
from train.drawing.distortion import augment
from train.drawing.lines.glyphs import draw_printed
from train.recipes import Mixture

Pictures = NDArray[np.uint8]
Rng = np.random.Generator

# Drawn once for a training; each epoch distorts a part of them anew.
_POOL_PICTURES = {
    "drawn": 36_000,
    "printed": 10_000,
    "letters": 30_000,
    "characters": 16_000,
    "scribbles": 4_000,
}
# What these are stands for what users have as it is.
_UNDISTORTED_PARTS = ("plain", "surfaces")
_TRAINING_STRENGTH, _VALIDATION_STRENGTH = 1.0, 0.5
# The number of pictures whose epochs get all of the pool.
_WHOLE_POOL_DIGITS = 50_000


def epoch(
    x: NDArray[np.uint8], y: NDArray[np.int64], mixture: Mixture, index: int, seed: int
) -> Labelled:
    """The training data of one epoch.

    Args:
        x: Digits, uint8 of shape (n, 28, 28), bright ink on 0.
        y: Their labels, 0 to 9.
        mixture: The shares of its parts.
        index: Number of the epoch; each is another.
        seed: Of all chance.

    Returns:
        Normalised pictures, uint8 of shape (m, 28, 28), and labels 0 to 10; no picture is blank.
    """
    pool, strength = functools.partial(_pool, seed), _TRAINING_STRENGTH * mixture.strength
    return _mixed(x, y, mixture, pool, _rng(seed, index), strength)


def validation(x: NDArray[np.uint8], y: NDArray[np.int64], mixture: Mixture, seed: int) -> Labelled:
    """The data on which a training is watched; arguments and result as for `epoch`.

    The drawings are others than those of any epoch, and distortions are half as strong as the
    shipped model's, whatever the mixture's strength: figures of all strengths can be compared.
    """
    rng = _rng(seed, 2**32 - 1)
    share = len(x) / _WHOLE_POOL_DIGITS
    return _mixed(
        x, y, mixture, lambda kind: _drawings(kind, share, rng), rng, _VALIDATION_STRENGTH
    )


def replay(
    x: NDArray[np.uint8], y: NDArray[np.int64], mixture: Mixture, index: int, seed: int
) -> Labelled:
    """One epoch of few digits, with drawings of its own; arguments and result as for `epoch`.

    It takes about half a millisecond a picture, and none of the minutes of `epoch`'s first call.
    """
    rng = _rng(seed, index)
    share = len(x) / _WHOLE_POOL_DIGITS
    return _mixed(x, y, mixture, lambda kind: _drawings(kind, share, rng), rng, _TRAINING_STRENGTH)


def _rng(seed: int, index: int) -> Rng:
    return np.random.default_rng([seed, index])


@functools.cache
def _pool(seed: int, kind: str) -> Pictures:
    return _drawings(kind, 1.0, _rng(seed, 2**32 - 2 - list(_POOL_PICTURES).index(kind)))


def _drawings(kind: str, share: float, rng: Rng) -> Pictures:
    count = max(DIGIT_COUNT, round(share * _POOL_PICTURES[kind]))
    # The label of a drawn digit is its place modulo ten.
    if kind == "drawn":
        return draw_digits(np.arange(count) % DIGIT_COUNT, rng)
    if kind == "printed":
        return draw_printed(count, rng)
    return draw_non_digits(kind, count, rng)


def _mixed(
    x: Pictures,
    y: NDArray[np.int64],
    mixture: Mixture,
    pool: Callable[[str], Pictures],
    rng: Rng,
    strength: float,
) -> Labelled:
    pictures, labels = [], []
    for name, share in mixture.shares.items():
        count = round(share * len(x))
        if not count:
            continue
        if name in ("plain", "distorted"):
            chosen = rng.permutation(np.resize(np.arange(len(x)), count))
            part, answers = x[chosen], y[chosen]
        elif name in ("drawn", "printed"):
            drawings = pool(name)
            chosen = rng.integers(0, len(drawings), count)
            part, answers = drawings[chosen], chosen % DIGIT_COUNT
        else:
            part, answers = _no_digits(name, x, pool, rng, count), np.full(count, NOT_A_DIGIT)
        pictures.append(
            normalize(part) if name in _UNDISTORTED_PARTS else augment(part, rng, strength)
        )
        labels.append(answers)
    if not labels:
        raise DataError(f"the shares of the mixture make no picture of {len(x)}")
    mixed, of_all = np.concatenate(pictures), np.concatenate(labels)
    # Blank pictures never reach the network.
    inked = mixed.any(axis=(1, 2))
    return mixed[inked], of_all[inked].astype(np.int64)


def _no_digits(
    name: str, x: Pictures, pool: Callable[[str], Pictures], rng: Rng, count: int
) -> Pictures | list[Pictures]:
    if name == "joined":
        return join_digits(x, rng, count)
    if name == "blots":
        return draw_blots(count, rng)
    if name == "surfaces":
        return draw_surfaces(count, rng)
    drawings = pool(name)
    return drawings[rng.integers(0, len(drawings), count)]
