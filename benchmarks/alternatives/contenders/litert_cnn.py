"""LiteRT (TensorFlow Lite) with the tutorials' CNN in full int8, and their preparation."""

from collections.abc import Sequence

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from base import SIDE, Grey, Network, use_checkout
from numpy.typing import NDArray


class Contender(Network):
    """An interpreter with one thread.

    Arrays of 28 x 28 go to the network as they are; all else is squeezed to 28 x 28, and inverted
    where it is mostly bright.
    """

    def __init__(self, model: str) -> None:
        """Loads a .tflite file."""
        self._interpreter = Interpreter(model, num_threads=1)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._resize(1)

    def _resize(self, batch: int) -> None:
        self._batch = batch
        self._interpreter.resize_tensor_input(self._input, [batch, SIDE, SIDE])
        self._interpreter.allocate_tensors()

    def inks(self, pictures: Sequence[Grey]) -> NDArray[np.uint8]:
        """What the network gets of pictures: uint8 of shape (n, 28, 28), bright ink on 0."""
        if all(picture.shape == (SIDE, SIDE) for picture in pictures):
            return np.asarray(pictures)
        use_checkout()
        from train.data.tutorial_way import naive_pictures

        return naive_pictures(pictures)

    def load(self, path: str) -> Grey:
        """Decodes a file, squeezed already."""
        use_checkout()
        from train.data.tutorial_way import naive_pictures

        return naive_pictures([path])[0]

    def run(self, inks: NDArray[np.uint8]) -> NDArray[np.generic]:
        """The scores of the ten digits, of shape (n, 10)."""
        if len(inks) != self._batch:
            self._resize(len(inks))
        # Its scale is 1/255, its zero -128: grey levels as they are, 128 lower.
        self._interpreter.set_tensor(self._input, (inks ^ 128).view(np.int8))
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)
