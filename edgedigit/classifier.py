"""`Classifier`: one ONNX Runtime session that classifies pictures."""

from __future__ import annotations

import ctypes
import functools
import json
import os
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from edgedigit import normalize
from edgedigit.errors import ModelError
from edgedigit.images import as_grey
from edgedigit.limits import MAX_PIXELS
from edgedigit.normalize import Ink, Prepared
from edgedigit.results import Prediction, Refusal
from edgedigit.system.fast_hashes import sha256

if TYPE_CHECKING:
    from pathlib import Path

    from onnxruntime import InferenceSession

DEFAULT_MODEL = os.path.join(os.path.dirname(__file__), "models", "digits-v3")
"""The folder of the package's own model."""

# Fastest, and small in memory: 60 MB at 32 pictures a run, 475 MB at 1,024.
_BLOCK = 32

# Every session of this process that is alive.
_sessions: weakref.WeakSet[InferenceSession] = weakref.WeakSet()


def _keep_inherited_sessions() -> None:
    """Gives each session a reference that nobody gives back.

    Deleting one that a parent process made waits for threads that only the parent has, and when
    an interpreter ends it deletes all that it can.
    """
    for session in _sessions:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_inherited_sessions)


class Classifier:
    """Reads handwritten digits; may be shared by threads, pickled, and used after a fork.

    Args:
        model: Folder with `model.onnx` and `config.json`; None is the model of the package.
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
        self._config, self._bytes = _load_model(self._folder)
        if min_confidence is None:
            min_confidence = self._config["threshold"]
        self._min_confidence = _checked_probability(min_confidence, "min_confidence")
        self._session = os.getpid(), self._new_session()

    @property
    def config(self) -> dict[str, Any]:
        """The model's configuration, as its `config.json` holds it; a copy."""
        return json.loads(json.dumps(self._config))  # type: ignore[no-any-return]

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
            What `classify` raises, for the first picture that cannot be read.
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
        return self._decided(self.probabilities(prepared.inks), blank, prepared.several)

    def probabilities(self, inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network says of normalised pictures.

        Args:
            inks: uint8 array of shape (n, 28, 28), bright ink on 0.

        Returns:
            float32 array of shape (n, labels): the ten digits, then "not a digit" where the
            model knows it. Each row sums to 1.
        """
        session = self._own_session()
        blocks = [
            session.run(None, {"image": inks[start : start + _BLOCK]})[0]
            for start in range(0, len(inks), _BLOCK)
        ]
        if not blocks:
            return np.empty((0, len(self._config["labels"])), np.float32)
        return np.concatenate(blocks)

    def decide(
        self, row: NDArray[np.float32], is_blank: bool = False, is_several: bool = False
    ) -> Prediction:
        """What is made of the network's answer for one picture.

        Args:
            row: A row of `probabilities`.
            is_blank: Whether the picture was blank, of which the answer says nothing.
            is_several: Whether it shows several digits, one of which the answer may be for.
        """
        return self._decided(row[None], np.array([is_blank]), np.array([is_several]))[0]

    def _decided(
        self, rows: NDArray[np.float32], blank: NDArray[np.bool_], several: NDArray[np.bool_]
    ) -> list[Prediction]:
        """What `decide` says of each picture."""
        digits = rows[:, :10].copy()
        digits[blank] = 0
        digits.flags.writeable = False
        confidences = digits.max(axis=1)
        is_strange = (rows[:, 10:] > confidences[:, None]).any(axis=1)
        return list(
            map(
                self._prediction,
                digits,
                digits.argmax(axis=1).tolist(),
                confidences.tolist(),
                blank.tolist(),
                several.tolist(),
                is_strange.tolist(),
            )
        )

    def _prediction(
        self,
        digits: NDArray[np.float32],
        best: int,
        confidence: float,
        is_blank: bool,
        is_several: bool,
        is_strange: bool,
    ) -> Prediction:
        refusal = None
        if is_blank:
            refusal = Refusal.BLANK
        elif is_several:
            refusal = Refusal.SEVERAL
        elif is_strange:
            refusal = Refusal.NOT_A_DIGIT
        elif confidence < self._min_confidence:
            refusal = Refusal.UNSURE
        return Prediction(best if refusal is None else None, confidence, digits, best, refusal)

    def _new_session(self) -> InferenceSession:
        return _new_session(self._bytes, len(self._config["labels"]), self._threads)

    def _own_session(self) -> InferenceSession:
        pid, session = self._session
        if pid != os.getpid():
            session = self._new_session()
            self._session = os.getpid(), session
        return session

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles what the classifier was made from: a session cannot be pickled."""
        return Classifier, (self._folder, self._threads, self._min_confidence, self._max_pixels)


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


def _load_model(folder: str) -> tuple[dict[str, Any], bytes]:
    """Reads a model's folder, and checks that its parts fit each other and this package."""
    config_path, model_path = (os.path.join(folder, name) for name in ("config.json", "model.onnx"))
    try:
        with open(config_path, encoding="utf-8") as file:
            config = json.load(file)
        with open(model_path, "rb") as file:
            model = file.read()
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot load the model in {folder}: {error}") from error
    fault = _config_fault(config)
    if fault is not None:
        raise ModelError(f"{config_path} {fault}")
    if sha256(model).hexdigest() != config["sha256"]:
        raise ModelError(f"{model_path} is not the file that config.json describes")
    if config["normalization"] != normalize.VERSION:
        raise ModelError(
            f"the model in {folder} wants version {config['normalization']} of the normalisation, "
            f"this package has version {normalize.VERSION}"
        )
    return config, model


def _config_fault(config: object) -> str | None:
    """What is wrong with a configuration by itself, or None."""
    if not isinstance(config, dict):
        return "does not hold a JSON object"
    missing = {"labels", "threshold", "normalization", "sha256"} - set(config)
    if missing:
        return f"lacks {', '.join(sorted(missing))}"
    labels, threshold = config["labels"], config["threshold"]
    if not isinstance(labels, list) or len(labels) not in (10, 11):
        return "must have a list of 10 or 11 labels"
    if type(threshold) not in (int, float) or not 0 <= threshold <= 1:
        return f"must have a threshold from 0 to 1, not {threshold!r}"
    return None


def _new_session(model: bytes, labels: int, threads: int) -> InferenceSession:
    # From 1.29 on, onnxruntime starts telemetry when it is imported: a thread, and files in the
    # user's home. Only this variable, and only before the import, prevents it.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no other public base
        raise ModelError(f"onnxruntime cannot load the model: {error}") from error
    _sessions.add(session)
    inputs = [(value.name, value.type, value.shape[1:]) for value in session.get_inputs()]
    outputs = [(value.name, value.type, value.shape[1:]) for value in session.get_outputs()]
    if inputs != [("image", "tensor(uint8)", [28, 28])] or outputs != [
        ("probabilities", "tensor(float)", [labels])
    ]:
        raise ModelError(
            f"the model has to make of image, uint8 [batch, 28, 28], probabilities, float32 "
            f"[batch, {labels}]; it makes of {inputs} {outputs}"
        )
    return session


@functools.cache
def default_classifier() -> Classifier:
    """The classifier with the package's own model and settings, made once for the process."""
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
