"""OpenCV's normalisation before edgedigit's own network in bare onnxruntime."""

from collections.abc import Sequence

import numpy as np
import onnxruntime
from base import Grey, Network
from numpy.typing import NDArray
from opencv_ink import load, normalize


class Contender(Network):
    """A session with one thread behind OpenCV with one thread."""

    def __init__(self, model: str) -> None:
        """Loads an ONNX file."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(model, options, providers=providers)

    def inks(self, pictures: Sequence[Grey]) -> NDArray[np.uint8]:
        """What the network gets of pictures: uint8 of shape (n, 28, 28), bright ink on 0."""
        return np.stack([normalize(picture) for picture in pictures])

    def load(self, path: str) -> Grey:
        """Decodes a file."""
        return load(path)

    def run(self, inks: NDArray[np.uint8]) -> NDArray[np.generic]:
        """The scores of the ten digits; the last, which is "not a digit", is left out."""
        return self._session.run(None, {"image": inks})[0][:, :10]
