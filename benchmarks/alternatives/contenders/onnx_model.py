"""Bare onnxruntime with any model of pictures of 28 x 28."""

import numpy as np
import onnxruntime
from base import Tutorial
from numpy.typing import NDArray


class Contender(Tutorial):
    """A session with one thread."""

    def __init__(self, model: str) -> None:
        """Loads an ONNX file."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(model, options, providers=providers)
        self._takes_floats = self._session.get_inputs()[0].type == "tensor(float)"

    def prepare(self, pictures: NDArray[np.uint8]) -> NDArray[np.generic]:
        """The input of the network for pictures, uint8 of shape (n, 28, 28), bright ink on 0."""
        return super().prepare(pictures) if self._takes_floats else pictures

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        """The network alone."""
        return self._session.run(None, {"image": inputs})[0]
