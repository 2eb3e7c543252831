"""The probabilities that a Keras model gives pictures, and how often it is right."""

import keras
import numpy as np
from numpy.typing import NDArray

_BATCH_PICTURES = 1000


def predict(model: keras.Model, x: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The model's probabilities.

    Args:
        model: A model of `train.networks.architectures`.
        x: uint8 pictures of shape (n, 28, 28).

    Returns:
        float32 array of shape (n, answers).
    """
    return model.predict(x, batch_size=_BATCH_PICTURES, verbose=0)


def predict_logits(model: keras.Model, x: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The input of the model's softmax, its layer `logits`; args and result as for `predict`."""
    return predict(logits_network(model), x)


def logits_network(model: keras.Model) -> keras.Model:
    """The part of a model that ends in its layer `logits`."""
    return keras.Model(model.input, model.get_layer("logits").output)


def accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The share, 0 to 1, of pictures whose most probable answer is their label.

    Args:
        probabilities: Shape (n, answers), n at least 1.
        labels: Shape (n,).
    """
    return float((probabilities.argmax(axis=1) == labels).mean())
