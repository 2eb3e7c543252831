"""Pictures of no single digit that no pen drew: surfaces, blots, several digits."""

import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Pictures = NDArray[np.uint8]

_BLOT_SIDE_PIXELS = 56
# Room for three of MNIST's digits.
_JOINED_SIDE_PIXELS = 84
_PAIRS_SHARE = 0.85


def join_digits(digits: Pictures, rng: Rng, n: int) -> Pictures:
    """Pictures of two or three digits side by side, so close that they look like one.

    Args:
        digits: uint8 of shape (m, 28, 28), bright ink on 0.
        rng: Source of all chance.
        n: How many pictures.

    Returns:
        uint8 of shape (n, 84, 84).
    """
    result = np.zeros((n, _JOINED_SIDE_PIXELS, _JOINED_SIDE_PIXELS), np.uint8)
    for picture in result:
        count = 2 if rng.random() < _PAIRS_SHARE else 3
        chosen = rng.integers(0, len(digits), count)
        joined = np.zeros_like(picture)
        right = 0
        for part in (_trimmed(digits[index]) for index in chosen):
            top = (_JOINED_SIDE_PIXELS - part.shape[0]) // 2 + int(rng.integers(-3, 4))
            rows = joined[top : top + part.shape[0]]
            # Where they come closest they touch, overlap, or a gap is left.
            left = max(_contact(rows, part) + int(rng.integers(-3, 4)), 0) if right else 0
            into = rows[:, left : left + part.shape[1]]
            np.maximum(into, part, out=into)
            right = max(right, left + part.shape[1])
        margin = (_JOINED_SIDE_PIXELS - right) // 2
        picture[:, margin : margin + right] = joined[:, :right]
    return result


def _contact(before: Pictures, part: Pictures) -> int:
    """The column in which a part begins that just touches what stands before it."""
    ends = np.where(before.any(axis=1), before.shape[1] - (before[:, ::-1] > 0).argmax(axis=1), 0)
    begins = np.where(part.any(axis=1), (part > 0).argmax(axis=1), before.shape[1])
    # Neighbouring rows touch too.
    reach = np.maximum(ends, np.maximum(np.append(ends[1:], 0), np.append(0, ends[:-1])))
    return int((reach - begins).max())


def draw_blots(n: int, rng: Rng) -> Pictures:
    """Blots: filled shapes with a wavy outline.

    Returns:
        uint8 of shape (n, 56, 56), bright on 0.
    """
    place = np.arange(_BLOT_SIDE_PIXELS) - (_BLOT_SIDE_PIXELS - 1) / 2
    y, x = place[:, None], place[None, :]
    angle, distance = np.arctan2(y, x), np.hypot(x, y)
    result = np.empty((n, _BLOT_SIDE_PIXELS, _BLOT_SIDE_PIXELS), np.uint8)
    for picture in result:
        radius = np.full(angle.shape, rng.uniform(8, 20))
        for waves in range(1, 5):
            radius *= 1 + rng.normal(0, 0.25 / waves) * np.cos(
                waves * angle + rng.uniform(0, 2 * np.pi)
            )
        squeezed = distance * (1 + rng.uniform(0, 0.8) * np.abs(np.cos(angle)))
        picture[:] = (radius - squeezed + 0.5).clip(0, 1) * 255
    return result


def draw_surfaces(n: int, rng: Rng) -> list[Pictures]:
    """Surfaces that a camera sees where nothing is written: noise, texture, edges, stripes, glare.

    Returns:
        n grey pictures, uint8, of several sizes.
    """
    kinds = (_noise, _texture, _edge, _stripes, _glare)
    result = []
    for kind in rng.integers(0, len(kinds), n):
        side = int(rng.integers(20, 90))
        picture = kinds[kind](side, rng) + rng.normal(0, rng.uniform(0, 8), (side, side))
        low, high = np.sort(rng.uniform(0, 255, 2))
        result.append((low + (high - low) * picture.clip(0, 1)).astype(np.uint8))
    return result


def _trimmed(digit: Pictures) -> Pictures:
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    if not len(rows):
        return digit
    return digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _noise(side: int, rng: Rng) -> NDArray[np.float64]:
    field = rng.random((side, side))
    return field if rng.random() < 0.5 else (field > rng.uniform(0.5, 0.98)).astype(float)


def _texture(side: int, rng: Rng) -> NDArray[np.float64]:
    cells = int(rng.integers(3, 14))
    rough = rng.random((cells, cells))
    block = -(-side // cells)
    field = np.kron(rough, np.ones((block, block)))[:side, :side]
    for _ in range(int(rng.integers(0, block + 1))):
        field = (field + np.roll(field, 1, 0) + np.roll(field, 1, 1) + np.roll(field, -1, 0)) / 4
    return field


def _edge(side: int, rng: Rng) -> NDArray[np.float64]:
    y, x = np.mgrid[:side, :side] / side - 0.5
    field = np.zeros((side, side))
    for _ in range(int(rng.integers(1, 4))):
        angle = rng.uniform(0, 2 * np.pi)
        across = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-0.4, 0.4)
        field += rng.uniform(0.2, 0.8) * (across * rng.uniform(10, side)).clip(0, 1)
    return field


def _stripes(side: int, rng: Rng) -> NDArray[np.float64]:
    y, x = np.mgrid[:side, :side]
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    across = np.cos(angle) * x + np.sin(angle) * y
    period = rng.uniform(4, side)
    return ((across % period) < period * rng.uniform(0.05, 0.6)).astype(float)


def _glare(side: int, rng: Rng) -> NDArray[np.float64]:
    y, x = np.mgrid[:side, :side] / side
    centre_y, centre_x = rng.uniform(-0.2, 1.2, 2)
    distance = np.hypot(y - centre_y, x - centre_x)
    return np.exp(-((distance / rng.uniform(0.1, 0.8)) ** 2))
