"""Decides whether a picture shows dark ink on light paper or light ink on dark paper."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.histograms import Histograms, twice_median
from edgedigit.raster.resampling import Stack

_MAX_SAMPLE_SIDE_PIXELS = 96
_SHORTER_SIDE_BORDERS = 12
# In quarters of a grey level, because a median may lie between two of them.
_QUARTER_LEVELS = 4 * np.arange(256)


def is_ink_dark(pictures: Stack) -> NDArray[np.bool_]:
    """Whether the ink is darker than the paper, for each picture.

    Paper is what lies along the border and what there is most of; ink lies far from it on one
    side. The third power counts how far more than how much.

    Args:
        pictures: uint8 of shape (n, height, width).

    Returns:
        bool of shape (n,).
    """
    looked_at = sample(pictures)
    found = Histograms(looked_at, 256)
    middle = found.at_rank(np.array([(found.size + 1) // 2, found.size // 2 + 1])).sum(axis=1)
    paper = middle + twice_median(border(looked_at))[:, 0]
    distance = _QUARTER_LEVELS - paper[:, None]
    cubes = distance * distance * distance * found.counts
    is_dark: NDArray[np.bool_] = cubes.sum(axis=1) < 0
    return is_dark


def sample(pictures: NDArray[Any]) -> NDArray[Any]:
    """The pixels that are looked at of pictures of shape (n, height, width): every so many."""
    step = sample_step(*pictures.shape[1:])
    return pictures if step == 1 else pictures[:, ::step, ::step]


def sample_step(height: int, width: int) -> int:
    """Of so many rows, and so many columns, `sample` takes one."""
    return -(-max(height, width) // _MAX_SAMPLE_SIDE_PIXELS)


def border_width(height: int, width: int) -> int:
    """In so many rows and columns along each side the paper of a sample is looked for."""
    return max(1, min(height, width) // _SHORTER_SIDE_BORDERS)


def border(looked_at: NDArray[Any], edge: int | None = None) -> NDArray[Any]:
    """The pixels along the top, the bottom, the left and the right, laid out in a row.

    Args:
        looked_at: Of shape (n, height, width).
        edge: Rows and columns of each side; by default as many as the paper is looked for in.
    """
    if edge is None:
        edge = border_width(*looked_at.shape[1:])
    sides = (
        looked_at[:, :edge],
        looked_at[:, -edge:],
        looked_at[:, :, :edge],
        looked_at[:, :, -edge:],
    )
    return np.concatenate([side.reshape(len(looked_at), -1) for side in sides], axis=1)
