"""OpenCV's DNN module with the tutorials' CNN as an ONNX file; it reads pictures by itself."""

import cv2
import numpy as np
from base import SIDE, Tutorial
from numpy.typing import NDArray


class Contender(Tutorial):
    """A network in OpenCV with one thread."""

    def __init__(self, model: str) -> None:
        """Loads an ONNX file."""
        cv2.setNumThreads(1)
        self._network = cv2.dnn.readNetFromONNX(model)

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        """The network alone."""
        self._network.setInput(inputs)
        return self._network.forward()

    def squeezed(self, images: list[object]) -> NDArray[np.uint8]:
        """Brings paths and arrays of any size into the network's form: uint8 (n, 28, 28)."""
        return np.stack([_small(image) for image in images])


def _small(image: object) -> NDArray[np.uint8]:
    if not isinstance(image, np.ndarray):
        image = cv2.imread(image, cv2.IMREAD_GRAYSCALE)
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return 255 - small if small.mean() > 127 else small
