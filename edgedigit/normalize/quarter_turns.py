"""Pictures that are turned by a quarter, though their EXIF data does not say so."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edgedigit.raster.resampling import Stack

Turn = Literal["exif", "auto"]

_UPRIGHT_ODDS = 100
"""How much more often a picture stands upright than it is turned one of the other ways.

With it, MNIST's upright digits lose 0.1 points, and 94 % of those on their side are read.
"""
SURE_UPRIGHT_CONFIDENCE = 0.999
"""What is read so surely as it stands is not tried at other turns."""
# A float32 near 1 tells no smaller doubt.
_MIN_DOUBT = 1e-7


def turned_inks(inks: Stack, quarters: int) -> Stack:
    """Normalised pictures, turned clockwise by quarters.

    Args:
        inks: uint8 of shape (n, 28, 28), bright ink on 0, as `prepare_all` makes them.
        quarters: 0 to 3.

    Returns:
        The same shape, and what `prepare_all` would have made of the turned pictures, nearly.
    """
    turned = np.rot90(inks, -quarters, axes=(1, 2))
    # The centre of mass lies right of and below the middle, on pixel 14 of 0 to 27; what was
    # left or above comes to lie there, a pixel short of it.
    down, right = quarters in (2, 3), quarters in (1, 2)
    return np.ascontiguousarray(np.roll(turned, (int(down), int(right)), axis=(1, 2)))


def surest_turn(confidences: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """How pictures stand, by how surely they are read as they are and turned.

    Args:
        confidences: Of shape (4, n), 0 to 1: turned clockwise by 0, 1, 2 and 3 quarters.

    Returns:
        int64 of shape (n,): quarters; not 0 only where the odds are much better than as it stands.
    """
    sure = confidences.astype(np.float64)
    odds = sure / np.maximum(1 - sure, _MIN_DOUBT)
    odds[0] *= _UPRIGHT_ODDS
    turns: NDArray[np.int64] = odds.argmax(axis=0)
    return turns
