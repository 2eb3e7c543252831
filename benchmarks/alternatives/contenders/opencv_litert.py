"""OpenCV's normalisation before the tutorials' CNN in LiteRT: what users should compare with."""

from collections.abc import Sequence

import litert_cnn
import numpy as np
from base import Grey
from numpy.typing import NDArray
from opencv_ink import load, normalize


class Contender(litert_cnn.Contender):
    """An interpreter with one thread behind OpenCV with one thread."""

    def inks(self, pictures: Sequence[Grey]) -> NDArray[np.uint8]:
        """What the network gets of pictures: uint8 of shape (n, 28, 28), bright ink on 0."""
        return np.stack([normalize(picture) for picture in pictures])

    def load(self, path: str) -> Grey:
        """Decodes a file."""
        return load(path)
