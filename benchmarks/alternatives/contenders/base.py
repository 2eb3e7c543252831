"""The interface of all contenders' programs, so that they are asked alike.

They run in environments of their own, which have little installed; nothing here may be imported
that would slow down their start.
"""

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# The digit, or None where there is none; and whether it is refused.
Answer = tuple[int | None, bool]
Grey = NDArray[np.uint8]

SIDE = 28


def use_checkout() -> None:
    """Lets the checkout's modules be imported; what is installed comes first."""
    above = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)
    sys.path.append(os.path.normpath(above))


class Reader(ABC):
    """A program that reads digits in grey pictures, uint8 of shape (H, W), and in files."""

    @abstractmethod
    def read_array(self, picture: Grey) -> Answer:
        """Reads a picture."""

    def read_arrays(self, pictures: Sequence[Grey], batch: int) -> list[Answer]:
        """Reads pictures, as many at a time as the network may get."""
        return [self.read_array(picture) for picture in pictures]

    @abstractmethod
    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files."""

    def read_folder(self, folder: str) -> list[Answer]:
        """Reads all files of a folder."""
        return self.read_files(sorted(entry.path for entry in os.scandir(folder)))


class Network(Reader):
    """A network of 28 x 28 pictures behind a preparation of pictures; it always answers.

    Attributes:
        batch: How many pictures of a list of files the network gets at a time.
    """

    batch = 100

    @abstractmethod
    def inks(self, pictures: Sequence[Grey]) -> NDArray[np.uint8]:
        """What the network gets of pictures: uint8 of shape (n, 28, 28), bright ink on 0."""

    @abstractmethod
    def load(self, path: str) -> Grey:
        """Decodes a file."""

    @abstractmethod
    def run(self, inks: NDArray[np.uint8]) -> NDArray[np.generic]:
        """The scores of the ten digits, of shape (n, 10)."""

    def read_array(self, picture: Grey) -> Answer:
        """Reads a picture."""
        return int(self.run(self.inks([picture]))[0].argmax()), False

    def read_arrays(self, pictures: Sequence[Grey], batch: int) -> list[Answer]:
        """Reads pictures, so many at a time."""
        answers: list[int] = []
        for start in range(0, len(pictures), batch):
            answers += self.run(self.inks(pictures[start : start + batch])).argmax(axis=1).tolist()
        return [(answer, False) for answer in answers]

    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files, so many at a time."""
        answers: list[Answer] = []
        for start in range(0, len(paths), self.batch):
            pictures = [self.load(path) for path in paths[start : start + self.batch]]
            answers += self.read_arrays(pictures, self.batch)
        return answers


def only_digit(text: str) -> Answer:
    """The answer of a reader of text to a picture with one digit; all but one is a refusal."""
    return (int(text), False) if len(text) == 1 else (None, True)
