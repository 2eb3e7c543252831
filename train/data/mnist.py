"""MNIST, or a data set in the same form: read, checked and split."""

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Pictures of shape (n, 28, 28) and their labels of shape (n,)."""

# 5,000 of MNIST's 60,000 validate.
_PICTURES_PER_VALIDATION_PICTURE = 12
_SPLIT_SEED = 28

# Where keras.datasets.mnist has it from, and keeps it.
_MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
_MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"

_ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")


class DataError(ValueError):
    """The data set is missing, damaged or of another form; the message says why."""


@dataclass(frozen=True, eq=False)
class Mnist:
    """A data set of MNIST's form.

    Attributes:
        x_train: uint8 pictures of the training part, shape (n, 28, 28), bright ink on 0.
        y_train: Their digits, int64 of shape (n,).
        x_test: uint8 pictures of the test part, shape (m, 28, 28).
        y_test: Their digits, int64 of shape (m,).
        sha256: SHA-256 of the pictures and labels, in hexadecimal, however a file holds them.
        source: The file's name, without its folder.
    """

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]
    sha256: str
    source: str

    def split(self) -> tuple[Labelled, Labelled]:
        """Splits the training part for training and validation; the same split every time.

        Each digit has the same share in both. The test part is left alone.

        Returns:
            Pictures and labels to train with, and pictures and labels to validate with.
        """
        order = np.random.default_rng(_SPLIT_SEED).permutation(len(self.y_train))
        by_digit = order[np.argsort(self.y_train[order], kind="stable")]
        validates = np.zeros(len(order), bool)
        validates[by_digit[::_PICTURES_PER_VALIDATION_PICTURE]] = True
        return (
            (self.x_train[~validates], self.y_train[~validates]),
            (self.x_train[validates], self.y_train[validates]),
        )


def load_mnist(path: Path | None = None) -> Mnist:
    """Loads a data set in Keras' MNIST format.

    Args:
        path: An .npz file with x_train, y_train, x_test and y_test; None is MNIST itself, which
            Keras downloads when it is first needed.

    Raises:
        DataError: The file is missing, damaged or not of this form, or the download failed.
    """
    if path is None:
        path = _download()
    arrays = read_arrays(path, _ARRAY_NAMES)
    for part in ("train", "test"):
        _check(path, part, arrays[f"x_{part}"], arrays[f"y_{part}"])
        arrays[f"y_{part}"] = arrays[f"y_{part}"].astype(np.int64)
    return Mnist(**arrays, sha256=_sha256(arrays), source=path.name)


def _sha256(arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in _ARRAY_NAMES:
        array = arrays[name]
        digest.update(f"{name} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")))
    return digest.hexdigest()


def _download() -> Path:
    import keras

    try:
        return Path(keras.utils.get_file("mnist.npz", _MNIST_URL, file_hash=_MNIST_SHA256))
    except Exception as error:  # Keras raises just this
        raise DataError(
            f"MNIST cannot be downloaded ({error}); fetch {_MNIST_URL} where there is a network, "
            "and name the file, with --mnist mnist.npz in commands that have this option, with "
            "--data mnist.npz in the others"
        ) from error


def read_arrays(
    path: Path, required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, NDArray[np.generic]]:
    """Reads arrays of an .npz file, none of which may hold Python objects.

    Args:
        path: The file.
        required: Names of the arrays that must be there.
        optional: Names of those that may be missing.

    Raises:
        DataError: The file is missing, damaged, or lacks an array.
    """
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise DataError(f"{path} is not an .npz file")
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in required if name not in archive]
            if missing:
                raise DataError(f"{path} lacks {', '.join(missing)}")
            arrays = {name: archive[name] for name in (*required, *optional) if name in archive}
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    # zipfile, zlib, NumPy and the tokenizer that it reads headers with raise each their own.
    except Exception as error:
        raise DataError(f"{path} is damaged: {' '.join(str(error).split())}") from error
    # NumPy gives the bytes of members that are no arrays.
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise DataError(f"{path} is damaged: not all of its members are arrays")
    return arrays


def _check(path: Path, part: str, x: NDArray[np.generic], y: NDArray[np.generic]) -> None:
    problem = None
    if x.dtype != np.uint8 or x.ndim != 3 or x.shape[1:] != (28, 28):
        problem = f"x_{part} must be uint8 of shape (n, 28, 28), not {x.dtype} of {x.shape}"
    elif not np.issubdtype(y.dtype, np.integer) or y.ndim != 1:
        problem = f"y_{part} must be integers of shape (n,), not {y.dtype} of {y.shape}"
    elif len(x) != len(y):
        problem = f"x_{part} has {len(x)} pictures, but y_{part} has {len(y)} labels"
    elif y.size and not (y.min() >= 0 and y.max() <= 9):
        problem = f"y_{part} must be digits from 0 to 9, not {y.min()} to {y.max()}"
    elif missing := sorted(set(range(10)) - set(np.unique(y).tolist())):
        problem = f"y_{part} lacks the digits {', '.join(map(str, missing))}"
    if problem:
        raise DataError(f"{path}: {problem}")
