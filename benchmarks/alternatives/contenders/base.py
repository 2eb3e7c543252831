"""The interface of all contenders' programs, so that they are asked alike.

They run in environments of their own, which have little installed; nothing here may be imported
that would slow down their start.
"""

import os
import sys
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

# The digit, or None where there is none; and whether it is refused.
Answer = tuple[int | None, bool]

SIDE = 28


def use_checkout() -> None:
    """Lets the checkout's modules be imported; what is installed comes first."""
    above = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)
    sys.path.append(os.path.normpath(above))


class Reader(ABC):
    """A program that reads digits in pictures; some read one picture at a time, and no more.

    Attributes:
        has_model: Whether it has `prepare` and `run`, see `Tutorial`.
    """

    has_model = False

    @abstractmethod
    def read_array(self, picture: NDArray[np.uint8]) -> Answer:
        """Reads a grey picture, uint8 of shape (H, W)."""

    def read_file(self, path: str) -> Answer:
        """Reads a picture file."""
        return self.read_files([path])[0]

    def read_arrays(self, pictures: NDArray[np.uint8], batch: int) -> list[Answer]:
        """Reads pictures, uint8 of shape (n, 28, 28), as many at a time as the network may get."""
        return [self.read_array(picture) for picture in pictures]

    @abstractmethod
    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files."""

    def read_folder(self, folder: str) -> list[Answer]:
        """Reads all files of a folder."""
        return self.read_files(sorted(entry.path for entry in os.scandir(folder)))


class Tutorial(Reader):
    """A classifier of 28 x 28 pictures as the tutorials build it: it always answers.

    Arrays of 28 x 28 go to the network as they are; all else is made grey, squeezed to 28 x 28,
    and inverted where it is mostly bright.

    Attributes:
        batch: How many pictures of a list of files the network gets at a time.
    """

    has_model = True
    batch = 100

    def prepare(self, pictures: NDArray[np.uint8]) -> NDArray[np.generic]:
        """The input of the network for pictures, uint8 of shape (n, 28, 28), bright ink on 0."""
        return pictures / np.float32(255)

    @abstractmethod
    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        """The network alone: what `prepare` gives to scores of shape (n, 10)."""

    def squeezed(self, images: list[object]) -> NDArray[np.uint8]:
        """Brings paths and arrays of any size into the network's form: uint8 (n, 28, 28)."""
        use_checkout()
        from train.data.tutorial_way import naive_pictures

        return naive_pictures(images)

    def read_array(self, picture: NDArray[np.uint8]) -> Answer:
        """Reads a grey picture, uint8 of shape (H, W)."""
        small = picture[None] if picture.shape == (SIDE, SIDE) else self.squeezed([picture])
        return int(self.run(self.prepare(small))[0].argmax()), False

    def read_arrays(self, pictures: NDArray[np.uint8], batch: int) -> list[Answer]:
        """Reads pictures, uint8 of shape (n, 28, 28), so many at a time."""
        answers: list[int] = []
        for start in range(0, len(pictures), batch):
            scores = self.run(self.prepare(pictures[start : start + batch]))
            answers += scores.argmax(axis=1).tolist()
        return [(answer, False) for answer in answers]

    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files."""
        return self.read_arrays(self.squeezed(list(paths)), self.batch)


def only_digit(text: str) -> Answer:
    """The answer of a reader of text to a picture with one digit; all but one is a refusal."""
    return (int(text), False) if len(text) == 1 else (None, True)
