"""Keras' `predict` with the tutorials' CNN, where it was trained."""

import keras
import numpy as np
from base import Tutorial
from numpy.typing import NDArray


class Contender(Tutorial):
    """The model as the training saved it."""

    batch = 1000

    def __init__(self, model: str) -> None:
        """Loads a .keras file."""
        self._model = keras.saving.load_model(model, compile=False)

    def prepare(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The pictures: the model scales them itself."""
        return pictures

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.float32]:
        """The network alone."""
        return self._model.predict(inputs, batch_size=len(inputs), verbose=0)
