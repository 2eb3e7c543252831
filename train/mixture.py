"""What `edge` learns from: MNIST distorted, digits drawn in other hands, and what is no digit.

Nothing but MNIST's training part comes from outside, so that anyone can train the model anew.
"""

import functools

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import normalize_all
from train.architectures import DIGITS, NOT_A_DIGIT
from train.augment import augment
from train.data import Labelled
from train.others import draw_blots, draw_surfaces, join_digits
from train.strokes import draw_characters, draw_digits, draw_letters, draw_scribbles

# Drawn once for a training; each epoch distorts a part of them anew.
_POOL = {"digits": 30_000, "letters": 24_000, "characters": 10_000, "scribbles": 4_000}
# Pictures of an epoch, as shares of MNIST's.
_PLAIN, _DRAWN = 0.15, 0.4
_OTHERS = {"letters": 0.2, "characters": 0.06, "scribbles": 0.04}
_JOINED, _BLOTS = 0.04, 0.02
# Surfaces are whole pictures and are not distorted.
_SURFACES = 0.02
_FAINT = 0.5


def epoch(x: NDArray[np.uint8], y: NDArray[np.int64], index: int, seed: int) -> Labelled:
    """Makes the training data of one epoch.

    Args:
        x: Digits, uint8 of shape (n, 28, 28), bright ink on 0.
        y: Their labels, 0 to 9.
        index: Number of the epoch; each is another.
        seed: Of all chance.

    Returns:
        Normalised pictures, uint8 of shape (m, 28, 28), and labels 0 to 10; no picture is blank.
    """
    rng = np.random.default_rng([seed, index])
    return _mixed(x, y, _pool(seed), rng, 1.0)


def validation(x: NDArray[np.uint8], y: NDArray[np.int64], seed: int) -> Labelled:
    """Makes the data on which a training is watched and calibrated; arguments as for `epoch`.

    The drawings are others than those of any epoch, and distortions are half as strong.
    """
    rng = np.random.default_rng([seed, 2**32 - 1])
    return _mixed(x, y, _drawings(rng, len(x) / 50_000), rng, _FAINT)


@functools.cache
def _pool(seed: int) -> dict[str, NDArray[np.uint8]]:
    return _drawings(np.random.default_rng([seed, 2**32 - 2]), 1.0)


def _drawings(rng: np.random.Generator, share: float) -> dict[str, NDArray[np.uint8]]:
    count = {name: max(DIGITS, round(share * size)) for name, size in _POOL.items()}
    return {
        # The label of a drawn digit is its place modulo ten.
        "digits": draw_digits(np.arange(count["digits"]) % DIGITS, rng),
        "letters": draw_letters(count["letters"], rng),
        "characters": draw_characters(count["characters"], rng),
        "scribbles": draw_scribbles(count["scribbles"], rng),
    }


def _mixed(
    x: NDArray[np.uint8],
    y: NDArray[np.int64],
    pool: dict[str, NDArray[np.uint8]],
    rng: np.random.Generator,
    strength: float,
) -> Labelled:
    def some(name: str, share: float) -> NDArray[np.int64]:
        return rng.integers(0, len(pool[name]), round(share * len(x)))

    plain = rng.permutation(len(x))[: round(_PLAIN * len(x))]
    drawn = some("digits", _DRAWN)
    others = [
        *(pool[name][some(name, share)] for name, share in _OTHERS.items()),
        join_digits(x, rng, round(_JOINED * len(x))),
        draw_blots(round(_BLOTS * len(x)), rng),
    ]
    pictures = [
        normalize_all(list(x[plain]), "light"),
        augment(x, rng, strength),
        augment(pool["digits"][drawn], rng, strength),
        *(augment(other, rng, strength) for other in others),
        normalize_all(draw_surfaces(round(_SURFACES * len(x)), rng)),
    ]
    labels = [y[plain], y, drawn % DIGITS]
    labels += [np.full(len(other), NOT_A_DIGIT) for other in pictures[3:]]
    mixed, answers = np.concatenate(pictures), np.concatenate(labels)
    # Blank pictures never reach the network.
    inked = mixed.any(axis=(1, 2))
    return mixed[inked], answers[inked].astype(np.int64)
