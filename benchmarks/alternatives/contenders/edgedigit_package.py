"""edgedigit, as its README says to use it."""

from collections.abc import Sequence

from base import Answer, Grey, Reader

import edgedigit


class Contender(Reader):
    """The installed package with its own model."""

    def __init__(self, _: str) -> None:
        """Loads nothing yet, as the package does."""

    def read_array(self, picture: Grey) -> Answer:
        """Reads a picture."""
        return _answer(edgedigit.classify(picture))

    def read_arrays(self, pictures: Sequence[Grey], batch: int) -> list[Answer]:
        """Reads all pictures in one call: the package itself knows how many at a time are best."""
        return [_answer(prediction) for prediction in edgedigit.classify_batch(pictures)]

    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files one by one."""
        return [_answer(edgedigit.classify(path)) for path in paths]

    def read_folder(self, folder: str) -> list[Answer]:
        """Reads all files of a folder."""
        return [_answer(result.prediction) for result in edgedigit.classify_folder(folder)]

    def read_line(self, picture: Grey) -> str:
        """Reads a number."""
        return edgedigit.read(picture).text

    read_page = read_line


def _answer(prediction: edgedigit.Prediction | None) -> Answer:
    # A file without a prediction is a mistake of the benchmark, and must not count as an answer.
    assert prediction is not None, "a picture could not be read"
    return prediction.best, prediction.refusal is not None
