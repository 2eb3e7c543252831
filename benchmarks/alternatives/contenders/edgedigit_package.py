"""edgedigit, as its README says to use it."""

import numpy as np
from base import Answer, Reader
from numpy.typing import NDArray

import edgedigit


class Contender(Reader):
    """The installed package with its own model."""

    has_model = True

    def __init__(self, _: str) -> None:
        """Loads nothing yet, as the package does."""
        self._classifier: edgedigit.Classifier | None = None

    def prepare(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The input of the network for pictures, uint8 of shape (n, H, W)."""
        from edgedigit.normalize import normalize

        return normalize(pictures)

    def run(self, inputs: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network alone."""
        if self._classifier is None:
            self._classifier = edgedigit.Classifier()
        return self._classifier.probabilities(inputs)

    def read_array(self, picture: NDArray[np.uint8]) -> Answer:
        """Reads a grey picture, uint8 of shape (H, W)."""
        return _answer(edgedigit.classify(picture))

    def read_file(self, path: str) -> Answer:
        """Reads a picture file."""
        return _answer(edgedigit.classify(path))

    def read_arrays(self, pictures: NDArray[np.uint8], batch: int) -> list[Answer]:
        """Reads all pictures in one call: the package itself knows how many at a time are best."""
        return [_answer(prediction) for prediction in edgedigit.classify_batch(pictures)]

    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files one by one."""
        return [self.read_file(path) for path in paths]

    def read_folder(self, folder: str) -> list[Answer]:
        """Reads all files of a folder."""
        return [_answer(result.prediction) for result in edgedigit.classify_folder(folder)]


def _answer(prediction: edgedigit.Prediction | None) -> Answer:
    # A file without a prediction is a mistake of the benchmark, and must not count as an answer.
    assert prediction is not None, "a picture could not be read"
    return prediction.best, prediction.refusal is not None
