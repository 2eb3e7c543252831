"""The probabilities that a Keras model gives pictures, and how often it is right."""

import keras
import numpy as np
from numpy.typing import NDArray


def predict(
    model: keras.Model, x: NDArray[np.uint8], batch_size: int = 1000
) -> NDArray[np.float32]:
    """The model's probabilities.

    Args:
        model: A model of `train.networks.architectures`.
        x: uint8 pictures of shape (n, 28, 28).
        batch_size: Pictures that are computed at once.

    Returns:
        float32 array of shape (n, answers).
    """
    return model.predict(x, batch_size=batch_size, verbose=0)


def predict_logits(
    model: keras.Model, x: NDArray[np.uint8], batch_size: int = 1000
) -> NDArray[np.float32]:
    """The input of the model's softmax: the output of its layer `logits`.

    Args and result are those of `predict`.
    """
    return predict(logits_network(model), x, batch_size)


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
