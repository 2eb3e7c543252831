"""Epochs that are drawn once, kept in files, and used again."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from train.data.mnist import Labelled
from train.run_files import RunError, write_atomically


class EpochStore:
    """The first epochs of a training, in a folder; later ones repeat them.

    It may be asked from several threads as long as no two ask for the same epoch at once.
    """

    def __init__(self, folder: Path, distinct: int, draw: Callable[[int], Labelled]) -> None:
        """Opens or makes the folder.

        Args:
            folder: Where the files are.
            distinct: How many epochs are kept, at least 1.
            draw: Makes an epoch; must depend on its number alone.
        """
        self._folder, self._distinct, self._draw = folder, distinct, draw
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, epoch: int) -> Labelled:
        """Pictures and labels of an epoch, counted from 0.

        Raises:
            RunError: A file is damaged.
            OSError: The disk is full or the folder cannot be used.
        """
        path = self._folder / f"{epoch % self._distinct:03}.npz"
        if not path.exists():
            x, y = self._draw(epoch % self._distinct)
            write_atomically(path, lambda part: np.savez(part, x=x, y=y))
            return x, y
        try:
            with np.load(path, allow_pickle=False) as data:
                return data["x"], data["y"]
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise RunError(f"{path} is damaged; --force starts over") from error
