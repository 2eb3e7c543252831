"""scikit-learn's support vector machine on MNIST's pixels."""

import joblib
import numpy as np
from base import Tutorial
from numpy.typing import NDArray


class Contender(Tutorial):
    """The trained machine, as joblib keeps it."""

    def __init__(self, model: str) -> None:
        """Loads a .joblib file."""
        self._svc = joblib.load(model)

    def prepare(self, pictures: NDArray[np.uint8]) -> NDArray[np.generic]:
        """Pixels of 0 to 1 in rows of 784."""
        return pictures.reshape(len(pictures), -1) / 255

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        """Its answers: the digit gets 1."""
        return np.eye(10)[self._svc.predict(inputs)]


def train(mnist: str, model: str, count: int) -> None:
    """Trains with the first pictures of MNIST's training part, and writes a .joblib file."""
    from sklearn.svm import SVC

    with np.load(mnist) as data:
        x, y = data["x_train"][:count], data["y_train"][:count]
    joblib.dump(SVC(C=10).fit(x.reshape(len(x), -1) / 255, y.astype(int)), model)
