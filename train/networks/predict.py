"""The answers of a model to pictures, and their figures."""

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


def confusion_matrix(
    probabilities: NDArray[np.floating], digits: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Counts how often each answer was given for each digit.

    Args:
        probabilities: Shape (n, answers), 10 or 11 answers.
        digits: What the pictures show, 0 to 9, shape (n,).

    Returns:
        int64 array of shape (10, answers): a row for each digit, a column for each answer.
    """
    answers = probabilities.shape[1]
    cells = digits * answers + probabilities.argmax(axis=1)
    return np.bincount(cells, minlength=10 * answers).reshape(10, answers)


def digit_figures(matrix: NDArray[np.integer]) -> list[dict[str, float | int]]:
    """For each digit, out of a confusion matrix: how many there are, precision and recall.

    Returns:
        Ten entries: `digit`, `count`, `precision` (the share of right ones among the answers
        with this digit) and `recall` (the share of this digit's pictures that were read right);
        0 where there are none.
    """
    right = matrix.diagonal()
    counts = matrix.sum(axis=1)
    precision = right / np.maximum(matrix.sum(axis=0)[:10], 1)
    recall = right / np.maximum(counts, 1)
    return [
        {
            "digit": digit,
            "count": int(counts[digit]),
            "precision": float(precision[digit]),
            "recall": float(recall[digit]),
        }
        for digit in range(10)
    ]
