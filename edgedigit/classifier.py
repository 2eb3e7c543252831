"""`Classifier`: one ONNX Runtime session that classifies pictures."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from edgedigit import normalize
from edgedigit.errors import ModelError
from edgedigit.images import as_grey
from edgedigit.limits import MAX_PIXELS
from edgedigit.model import (
    DEFAULT_MODEL,
    INPUT,
    LINES_INPUT,
    STRIP_COLUMNS_PER_ANSWER,
    STRIP_ROWS,
    LineModel,
    ProcessSession,
    load_lines,
    load_model,
)
from edgedigit.normalize import Ink, Prepared
from edgedigit.results import DIGIT_COUNT, SIGNS, Prediction, Refusal

if TYPE_CHECKING:
    from pathlib import Path

# Fastest, and small in memory: 60 MB at 32 pictures, 475 MB at 1,024.
_BLOCK_PICTURES = 32


class Classifier:
    """Reads handwritten digits; may be shared by threads, pickled, and used after a fork.

    Args:
        model: Folder with `model.onnx` and `config.json`; None is the model of the package. Where
            it has no `lines.onnx`, whole numbers are read with the package's own.
        threads: Threads that one run of the network may use, at least 1. For a network of this
            size more than one costs CPU time and wins nothing.
        min_confidence: Smallest confidence, 0 to 1, with which a digit is given; 0 never refuses
            for being unsure. None is the threshold of the model's own configuration.
        max_pixels: The most pixels, width x height, that a picture may have, at least 1. A
            larger one raises TooLargeError before memory is taken for it.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: `threads`, `min_confidence` or `max_pixels` is out of range.
        ModelError: The model is missing, damaged or made for another version of the package.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        threads: int = 1,
        min_confidence: float | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        """Loads the model; the class says what the arguments are."""
        check_count(threads, "threads")
        check_count(max_pixels, "max_pixels")
        self._max_pixels = max_pixels
        self._folder = DEFAULT_MODEL if model is None else os.fspath(model)
        self._threads = threads
        self._model = load_model(self._folder)
        if min_confidence is None:
            min_confidence = self._model.config["threshold"]
        self._min_confidence = _checked_probability(min_confidence, "min_confidence")
        self._session = ProcessSession(self._model, threads)
        self._session.get()
        self._lines: tuple[LineModel, ProcessSession] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """The model's configuration, as its `config.json` holds it; a copy."""
        return json.loads(json.dumps(self._model.config))  # type: ignore[no-any-return]

    @property
    def folder(self) -> Path:
        """The folder that the model was loaded from."""
        from pathlib import Path  # takes longer to import than a picture to be read

        return Path(self._folder)

    @property
    def min_confidence(self) -> float:
        """The smallest confidence, 0 to 1, with which a digit is given."""
        return self._min_confidence

    @property
    def max_pixels(self) -> int:
        """The most pixels that a picture may have."""
        return self._max_pixels

    def classify(self, image: object, ink: Ink = "auto") -> Prediction:
        """Reads the digit in one picture.

        Args:
            image: A path, bytes, a binary file object, a NumPy array or anything that offers
                `__array__` (2-D grey or H x W x 1/2/3/4; bool, integers up to 16 bit, floats in
                0..1 or 0..255), or a PIL image.
            ink: Whether the ink is darker or lighter than the paper; "auto" finds out.

        Raises:
            TypeError: `image` is of none of these types.
            FileNotFoundError: The path does not exist.
            ImageError: What was passed cannot be read as a picture; DamagedError,
                UnsupportedError and TooLargeError, its subclasses, say why.
            ValueError: `ink` is none of the three.
        """
        return self.classify_batch([image], ink)[0]

    def classify_batch(self, images: Iterable[object], ink: Ink = "auto") -> list[Prediction]:
        """Reads one digit in each picture; the same answers, in the same order, as one by one.

        Args:
            images: Pictures in any form that `classify` takes; an array of shape (n, H, W) or
                (n, H, W, channels) is n pictures.
            ink: As for `classify`, for all of them.

        Raises:
            TypeError: `images` is one picture, or one of them is of none of these types.
            FileNotFoundError, ImageError: As for `classify`, for the first that cannot be read.
            ValueError: As for `classify`.
        """
        if isinstance(images, str | bytes | os.PathLike):
            raise TypeError(
                f"images must be an iterable of pictures, not one {type(images).__name__}; "
                "use classify for one picture and classify_folder for a folder"
            )
        check_ink(ink)
        greys = [as_grey(image, self._max_pixels, normalize.MAX_SIDE) for image in images]
        return self.classify_prepared(normalize.prepare_all(greys, ink))

    def classify_prepared(self, prepared: Prepared) -> list[Prediction]:
        """Reads pictures that `edgedigit.normalize` has prepared."""
        blank = prepared.inks.max(axis=(1, 2)) == 0
        rows = self.probabilities(prepared.inks)
        return decide(rows, blank, prepared.several, self._min_confidence)

    def probabilities(self, inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The probability of each label for normalised pictures.

        Args:
            inks: uint8 array of shape (n, 28, 28), bright ink on 0.

        Returns:
            float32 array of shape (n, labels): the ten digits, then "not a digit" where the
            model knows it. Each row sums to 1.
        """
        session = self._session.get()
        blocks = [
            session.run(None, {INPUT: inks[start : start + _BLOCK_PICTURES]})[0]
            for start in range(0, len(inks), _BLOCK_PICTURES)
        ]
        if not blocks:
            return np.empty((0, self._model.label_count), np.float32)
        return np.concatenate(blocks)

    @property
    def lines_config(self) -> dict[str, Any]:
        """What the model's configuration says of the line network; a copy.

        Raises:
            ModelError: The line network is missing, damaged or made for another version.
        """
        return json.loads(json.dumps(self._own_lines()[0].config))  # type: ignore[no-any-return]

    def line_probabilities(self, strips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The probability of each sign for each four columns of strips of lines.

        The first call loads the line network, which `classify` does without.

        Args:
            strips: uint8 array of shape (n, 40, columns), as `edgedigit.reading.strips` cuts them;
                columns a multiple of 4, at least 4.

        Returns:
            float32 array of shape (n, columns / 4, 17): the signs, in the order of
            `edgedigit.results.SIGNS`, then "nothing". Each of these places sums to 1.

        Raises:
            TypeError: `strips` are not of this dtype.
            ValueError: They are not of this shape.
            ModelError: The line network is missing, damaged or made for another version, or its
                answers are no finite numbers.
        """
        if strips.dtype != np.uint8:
            raise TypeError(f"strips must be uint8, not {strips.dtype}")
        answers, left = divmod(strips.shape[-1], STRIP_COLUMNS_PER_ANSWER)
        if strips.shape[1:-1] != (STRIP_ROWS,) or left or not answers:
            raise ValueError(
                f"strips must be of shape (n, {STRIP_ROWS}, columns), columns a multiple of "
                f"{STRIP_COLUMNS_PER_ANSWER}, not {strips.shape}"
            )
        if not len(strips):
            return np.empty((0, answers, len(SIGNS) + 1), np.float32)
        session = self._own_lines()[1].get()
        rows: NDArray[np.float32] = session.run(None, {LINES_INPUT: strips})[0]
        if not np.isfinite(rows).all():
            raise ModelError("the line network's answers are no finite numbers")
        return rows

    def _own_lines(self) -> tuple[LineModel, ProcessSession]:
        """Loaded at the first call; threads that make it at once may load it once each."""
        if self._lines is None:
            model = load_lines(self._folder)
            self._lines = model, ProcessSession(model, self._threads)
        return self._lines

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles what the classifier was made from: a session cannot be pickled."""
        return Classifier, (self._folder, self._threads, self._min_confidence, self._max_pixels)


def decide(
    probabilities: NDArray[np.float32],
    blank: NDArray[np.bool_],
    several: NDArray[np.bool_],
    threshold: float,
) -> list[Prediction]:
    """The answers for n pictures, by the probabilities that a network gives them.

    The first of these that is so refuses a picture: it is blank; it shows several digits; "not a
    digit" is more probable than any digit; the confidence is below the threshold.

    Args:
        probabilities: float32 of shape (n, 10 or 11): the ten digits, then "not a digit" where
            the model knows it.
        blank: bool of shape (n,): whether a picture is empty.
        several: bool of shape (n,): whether it shows several digits.
        threshold: The smallest confidence, 0 to 1, with which a digit is given.
    """
    of_digits = probabilities[:, :DIGIT_COUNT].copy()
    of_digits[blank] = 0
    of_digits.flags.writeable = False
    confidences = of_digits.max(axis=1)
    strange = (probabilities[:, DIGIT_COUNT:] > confidences[:, None]).any(axis=1)
    answers = []
    for row, best, confidence, is_blank, is_several, is_strange in zip(
        of_digits,
        of_digits.argmax(axis=1).tolist(),
        confidences.tolist(),
        blank.tolist(),
        several.tolist(),
        strange.tolist(),
        strict=True,
    ):
        refusal = None
        if is_blank:
            refusal = Refusal.BLANK
        elif is_several:
            refusal = Refusal.SEVERAL
        elif is_strange:
            refusal = Refusal.NOT_A_DIGIT
        elif confidence < threshold:
            refusal = Refusal.UNSURE
        digit = best if refusal is None else None
        answers.append(Prediction(digit, confidence, row, best, refusal))
    return answers


def check_ink(ink: object) -> None:
    """Raises ValueError unless `ink` is "auto", "dark" or "light"."""
    if ink not in get_args(Ink):
        raise ValueError(f"ink must be 'auto', 'dark' or 'light', not {ink!r}")


def check_count(value: int, name: str) -> None:
    """Raises TypeError or ValueError unless a value is an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}")


def _checked_probability(value: float, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
        raise TypeError(f"{name} must be a number from 0 to 1, not {type(value).__name__}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be from 0 to 1, not {value}")
    return float(value)


@functools.cache
def default_classifier() -> Classifier:
    """The classifier with the package's own model and settings, made once in a process."""
    # Without a lock: threads that come first together may each make one, of which one is kept.
    # A child forked while one of them holds a lock would wait for it for ever.
    return Classifier()


def classify(image: object, ink: Ink = "auto") -> Prediction:
    """Reads the digit in one picture with the default `Classifier`; see `Classifier.classify`."""
    return default_classifier().classify(image, ink)


def classify_batch(images: Sequence[object], ink: Ink = "auto") -> list[Prediction]:
    """Reads one digit in each picture with the default `Classifier`, in the same order.

    See `Classifier.classify_batch`.
    """
    return default_classifier().classify_batch(images, ink)
