"""LiteRT (TensorFlow Lite) with the tutorials' CNN, in float32 or full int8."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from base import SIDE, Tutorial
from numpy.typing import NDArray


class Contender(Tutorial):
    """An interpreter with one thread."""

    def __init__(self, model: str) -> None:
        """Loads a .tflite file."""
        self._interpreter = Interpreter(model, num_threads=1)
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._resize(1)

    def _resize(self, batch: int) -> None:
        self._batch = batch
        self._interpreter.resize_tensor_input(self._input["index"], [batch, SIDE, SIDE])
        self._interpreter.allocate_tensors()

    def prepare(self, pictures: NDArray[np.uint8]) -> NDArray[np.generic]:
        """The input of the network for pictures, uint8 of shape (n, 28, 28), bright ink on 0."""
        if self._input["dtype"] == np.float32:
            return super().prepare(pictures)
        # Its scale is 1/255, its zero -128: grey levels as they are, 128 lower.
        return (pictures ^ 128).view(np.int8)

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        """The network alone."""
        if len(inputs) != self._batch:
            self._resize(len(inputs))
        self._interpreter.set_tensor(self._input["index"], inputs)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)
