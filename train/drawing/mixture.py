"""What `edge` learns from: MNIST distorted, digits drawn in other hands, and what is no digit.

Nothing but MNIST's training part comes from outside, so that anyone can train the model anew.
"""

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import normalize_all
from edgedigit.results import DIGIT_COUNT, NOT_A_DIGIT
from train.data.mnist import DataError, Labelled
from train.drawing.characters import draw_characters, draw_digits, draw_letters, draw_scribbles
from train.drawing.clutter import draw_blots, draw_surfaces, join_digits
from train.drawing.distortion import augment
from train.recipes import Mixture

Pictures = NDArray[np.uint8]
Rng = np.random.Generator

# Drawn once for a training; each epoch distorts a part of them anew.
_POOL = {"drawn": 36_000, "letters": 24_000, "characters": 16_000, "scribbles": 4_000}
# Not distorted: what they are stands for what users have.
_AS_THEY_ARE = ("plain", "surfaces")
_STRONG, _FAINT = 1.0, 0.5


def epoch(
    x: NDArray[np.uint8], y: NDArray[np.int64], mixture: Mixture, index: int, seed: int
) -> Labelled:
    """Makes the training data of one epoch.

    Args:
        x: Digits, uint8 of shape (n, 28, 28), bright ink on 0.
        y: Their labels, 0 to 9.
        mixture: The shares of its parts.
        index: Number of the epoch; each is another.
        seed: Of all chance.

    Returns:
        Normalised pictures, uint8 of shape (m, 28, 28), and labels 0 to 10; no picture is blank.
    """
    pool, strength = functools.partial(_pool, seed), _STRONG * mixture.strength
    return _mixed(x, y, mixture, pool, _rng(seed, index), strength)


def validation(x: NDArray[np.uint8], y: NDArray[np.int64], mixture: Mixture, seed: int) -> Labelled:
    """Makes the data on which a training is watched; arguments as for `epoch`.

    The drawings are others than those of any epoch, and distortions are half as strong as the
    shipped model's, whatever the mixture's strength: figures of all strengths can be compared.
    """
    rng = _rng(seed, 2**32 - 1)
    share = len(x) / 50_000
    return _mixed(x, y, mixture, lambda kind: _drawings(kind, share, rng), rng, _FAINT)


def replay(
    x: NDArray[np.uint8], y: NDArray[np.int64], mixture: Mixture, index: int, seed: int
) -> Labelled:
    """Makes one epoch out of few digits, with drawings of its own; arguments as for `epoch`.

    It takes about half a millisecond a picture, and none of the minutes of `epoch`'s first call.
    """
    rng = _rng(seed, index)
    share = len(x) / 50_000
    return _mixed(x, y, mixture, lambda kind: _drawings(kind, share, rng), rng, _STRONG)


def _rng(seed: int, index: int) -> Rng:
    return np.random.default_rng([seed, index])


@functools.cache
def _pool(seed: int, kind: str) -> Pictures:
    return _drawings(kind, 1.0, _rng(seed, 2**32 - 2 - list(_POOL).index(kind)))


def _drawings(kind: str, share: float, rng: Rng) -> Pictures:
    count = max(DIGIT_COUNT, round(share * _POOL[kind]))
    if kind == "drawn":
        # The label of a drawn digit is its place modulo ten.
        return draw_digits(np.arange(count) % DIGIT_COUNT, rng)
    draw = {"letters": draw_letters, "characters": draw_characters, "scribbles": draw_scribbles}
    return draw[kind](count, rng)


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
        elif name == "drawn":
            drawings = pool(name)
            chosen = rng.integers(0, len(drawings), count)
            part, answers = drawings[chosen], chosen % DIGIT_COUNT
        else:
            part, answers = _no_digits(name, x, pool, rng, count), np.full(count, NOT_A_DIGIT)
        pictures.append(
            normalize_all(part) if name in _AS_THEY_ARE else augment(part, rng, strength)
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
