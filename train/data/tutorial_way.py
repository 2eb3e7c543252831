"""The way of the tutorials from a picture to MNIST's form, to compare the runtime's with."""

from collections.abc import Iterable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize import SIDE


def naive_pictures(images: Iterable[object]) -> NDArray[np.uint8]:
    """Makes pictures grey, squeezes them to 28 x 28, and inverts those that are mostly bright.

    Args:
        images: Paths, contents of files, or uint8 arrays.

    Returns:
        uint8 of shape (n, 28, 28).

    Raises:
        OSError: A file cannot be read as a picture.
    """
    small = [_small(image) for image in images]
    return np.stack(small) if small else np.empty((0, SIDE, SIDE), np.uint8)


def _small(image: object) -> NDArray[np.uint8]:
    from PIL import Image

    if isinstance(image, np.ndarray):
        picture = Image.fromarray(image)
    else:
        picture = Image.open(BytesIO(image) if isinstance(image, bytes) else image)
    with picture:
        small = np.asarray(picture.convert("L").resize((SIDE, SIDE)))
    return 255 - small if small.mean() > 127 else small
