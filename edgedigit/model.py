"""A model: a folder of files, which are loaded, checked, and run by onnxruntime.

`config.json` describes the networks:

- `model.onnx`, whose input is `image`, uint8 [batch, 28, 28], bright ink on 0, and whose output is
  `probabilities`, float32 [batch, labels], each row of which sums to 1;
- `first.onnx`, a smaller one with the same input and output, which is asked first, and a second
  output: `confidence`, float32 [batch], the largest probability of a digit before calibration.
  Where that is less than the configuration says, `model.onnx` answers. A folder may lack it;
- `lines.onnx`, whose input is `strips`, uint8 [batch, 40, columns], bright ink on 0, and whose
  output is `probabilities`, float32 [batch, columns / 4, signs and nothing]; each of these places
  sums to 1. A folder may lack it: then lines are read by the package's own.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import math
import os
import re
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit import normalize
from edgedigit.errors import ModelError
from edgedigit.prediction import DIGIT_COUNT, SIGNS
from edgedigit.system.fast_hashes import sha256

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

DEFAULT_MODEL = os.path.join(os.path.dirname(__file__), "models", "digits-v5")
"""The folder of the package's own model."""

CONFIG_FILE, MODEL_FILE = "config.json", "model.onnx"
FIRST_FILE, LINES_FILE = "first.onnx", "lines.onnx"
FIRST_KEY, LINES_KEY = "first", "lines"
"""Of what `config.json` says about these two."""
INPUT, OUTPUT, CONFIDENCE, BATCH = "image", "probabilities", "confidence", "batch"
LINES_INPUT, COLUMNS, PLACES = "strips", "columns", "places"
OPSET, IR_VERSION = 15, 8
MAX_MODEL_BYTES = 700_000
"""The most that `model.onnx` may have to ship with the package."""
MAX_FIRST_BYTES = 100_000
"""The same for `first.onnx`."""
MAX_LINES_BYTES = 600_000
"""The same for `lines.onnx`."""
LABEL_COUNTS = DIGIT_COUNT, DIGIT_COUNT + 1
"""The ten digits, and "not a digit" where the model knows it."""

STRIP_ROWS, STRIP_COLUMNS_PER_ANSWER = 40, 4
STRIP_VERSION = 1
"""Of what `edgedigit.lines.strips` makes; raised with it, as that of the normalisation is."""

_CONFIG_KEYS = {"labels", "threshold", "normalization", "sha256"}
_FIRST_KEYS = {"sure", "sha256"}
_LINES_KEYS = {"signs", "strips", "sha256"}
# First row and column of what is seen of a picture with a margin of one pixel.
_SHIFTS = (0, 1), (2, 1), (1, 0), (1, 2)
SURE_CONFIDENCE = 0.95
"""What is answered so surely is not looked at again."""
# Fastest, and small in memory.
_FIRST_BLOCK_PICTURES, _BLOCK_PICTURES = 128, 32

# ONNX's key for the name of a further file, in protobuf's field 1; numbers there may be padded.
_EXTERNAL_DATA_KEY = b"location"
_EXTERNAL_DATA_PATTERN = rb"(?:\x0a|\x8a\x80*\0)(?:\x08|\x88\x80*\0)" + _EXTERNAL_DATA_KEY

# Names, types, and dimensions from the second on, None where any size goes.
_Form = list[tuple[str, str, list[int | None]]]
_IMAGES: _Form = [(INPUT, "tensor(uint8)", [normalize.SIDE, normalize.SIDE])]

_live_sessions: weakref.WeakSet[InferenceSession] = weakref.WeakSet()


def _keep_inherited_sessions() -> None:
    """Gives each session a reference that nobody gives back.

    Deleting one that a parent process made waits for threads that only the parent has, and when
    an interpreter ends it deletes all that it can.
    """
    for session in _live_sessions:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_inherited_sessions)


class FirstModel(NamedTuple):
    """A small network that is asked before a model, not yet running.

    Attributes:
        content: The bytes of `first.onnx`.
        label_count: That of its model.
        sure: Its least confidence, 0 to 1, with which its answer counts.
    """

    content: bytes
    label_count: int
    sure: float

    @property
    def input_name(self) -> str:
        """The name of the network's one input."""
        return INPUT

    def new_session(self, threads: int, providers: Sequence[str] = ()) -> InferenceSession:
        """As for `Model`."""
        outputs: _Form = [
            (CONFIDENCE, "tensor(float)", []),
            (OUTPUT, "tensor(float)", [self.label_count]),
        ]
        return _new_session(FIRST_FILE, self.content, threads, providers, _IMAGES, outputs)


class Model(NamedTuple):
    """A model that fits this package, not yet running.

    Attributes:
        config: The content of `config.json`.
        content: The bytes of `model.onnx`.
        first: The network that is asked before it, if there is one.
    """

    config: dict[str, Any]
    content: bytes
    first: FirstModel | None = None

    @property
    def input_name(self) -> str:
        """The name of the network's one input."""
        return INPUT

    @property
    def label_count(self) -> int:
        """The number of labels, each of which gets a probability."""
        return len(self.config["labels"])

    def new_session(self, threads: int, providers: Sequence[str] = ()) -> InferenceSession:
        """Loads it into onnxruntime.

        Args:
            threads: Threads that one run may use, at least 1.
            providers: What of onnxruntime runs what of the network it can, the first before the
                others; the processor's own runs the rest.

        Raises:
            ModelError: onnxruntime cannot load it, has no such provider or cannot start it, or the
                network's input or output is another.
        """
        outputs: _Form = [(OUTPUT, "tensor(float)", [self.label_count])]
        return _new_session(MODEL_FILE, self.content, threads, providers, _IMAGES, outputs)


class LineModel(NamedTuple):
    """A line network that fits this package, not yet running.

    Attributes:
        config: What `config.json` says of it.
        content: The bytes of `lines.onnx`.
    """

    config: dict[str, Any]
    content: bytes

    @property
    def input_name(self) -> str:
        """The name of the network's one input."""
        return LINES_INPUT

    def new_session(self, threads: int, providers: Sequence[str] = ()) -> InferenceSession:
        """As for `Model`."""
        inputs: _Form = [(LINES_INPUT, "tensor(uint8)", [STRIP_ROWS, None])]
        outputs: _Form = [(OUTPUT, "tensor(float)", [None, len(SIGNS) + 1])]
        return _new_session(LINES_FILE, self.content, threads, providers, inputs, outputs)


class _Gate:
    """Lets networks run in threads, and Python end only when none runs.

    A thread that comes back from onnxruntime while the interpreter ends is ended in the middle of
    C++ code, which aborts the process.
    """

    def __init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Forgets what runs: of a child's threads none does."""
        self._changed = threading.Condition()
        self._running, self._is_closed = 0, False

    def __enter__(self) -> None:
        with self._changed:
            while self._is_closed:
                self._changed.wait()
            self._running += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._running -= 1
            if self._is_closed:
                self._changed.notify_all()

    def close(self) -> None:
        """Waits until no network runs; from now on none begins to."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._running, _LONGEST_RUN_SECONDS)


# Longer than a block of pictures, or a page, takes anywhere.
_LONGEST_RUN_SECONDS = 5.0
_gate = _Gate()
atexit.register(_gate.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_gate.open)


class ProcessSession:
    """A model's session, another one in each process: none can be used after a fork.

    Threads may share it: two that ask for the first session at once may make one each.
    """

    def __init__(
        self,
        model: Model | FirstModel | LineModel,
        threads: int,
        providers: Sequence[str] = (),
    ) -> None:
        """Takes what `new_session` takes; makes none yet."""
        self._model, self._threads, self._providers = model, threads, providers
        self._session: tuple[int, InferenceSession, list[str]] | None = None

    def get(self) -> tuple[InferenceSession, list[str]]:
        """This process's session, made at the first call, and the names of its outputs.

        Raises:
            ModelError: As for `new_session`.
        """
        made = self._session
        if made is None or made[0] != os.getpid():
            session = self._model.new_session(self._threads, self._providers)
            # Asked for none by name, it makes this list anew for each picture.
            made = os.getpid(), session, [output.name for output in session.get_outputs()]
            self._session = made
        return made[1:]

    def run(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """What the network makes of a batch of pictures.

        Args:
            pixels: uint8 of the shape of the network's one input.

        Returns:
            float32, of the shapes of its outputs, which are in the order of their names.

        Raises:
            ModelError: As for `get`; or it cannot run, or its answers are no finite numbers.
        """
        try:
            with _gate:
                answers: list[NDArray[np.float32]]
                session, names = self.get()
                answers = session.run(names, {self._model.input_name: pixels})
        except ModelError:
            raise
        except Exception as error:  # see _new_session
            raise ModelError(f"onnxruntime cannot run the model: {error}") from error
        for answer in answers:
            # A sum is finite where all that is added is.
            if len(answer) != len(pixels) or not math.isfinite(np.add.reduce(answer, axis=None)):
                raise ModelError(
                    "the model's answers are no finite numbers, one row for each picture"
                )
        return answers


class Networks:
    """The networks of a model: a small one, where there is one, and one for what that leaves.

    Viola and Jones, "Rapid object detection using a boosted cascade of simple classifiers", 2001:
    most pictures are easy, so most of the work can be saved. Threads may share it.
    """

    def __init__(self, model: Model, threads: int, providers: Sequence[str] = ()) -> None:
        """Loads the network that is asked first into onnxruntime, and no other yet.

        Args:
            model: What is run.
            threads: Threads that one run may use, at least 1.
            providers: As for `Model.new_session`.

        Raises:
            ModelError: onnxruntime cannot load it, or its input or output is another.
        """
        self._model = model
        self._whole = ProcessSession(model, threads, providers)
        first = model.first
        self._first = None if first is None else ProcessSession(first, threads, providers)
        (self._first or self._whole).get()

    def load_all(self) -> None:
        """Loads what only some pictures need too; raises as the constructor."""
        self._whole.get()

    def probabilities(self, inks: NDArray[np.uint8], first: bool = True) -> NDArray[np.float32]:
        """The probability of each label for normalised pictures.

        Args:
            inks: uint8 of shape (n, 28, 28), bright ink on 0.
            first: Whether the small network answers what it is sure of.

        Returns:
            float32 of shape (n, labels). Each row sums to 1.

        Raises:
            ModelError: As for `ProcessSession.run`.
        """
        if not len(inks):
            return np.empty((0, self._model.label_count), np.float32)
        if self._model.first is None or self._first is None or not first:
            return _run_in_blocks(self._whole, inks, _BLOCK_PICTURES)[0]
        confidences, rows = _run_in_blocks(self._first, inks, _FIRST_BLOCK_PICTURES)
        (left,) = (confidences < self._model.first.sure).nonzero()
        if len(left):
            rows[left] = _run_in_blocks(self._whole, inks[left], _BLOCK_PICTURES)[0]
        return rows

    def settled_probabilities(self, inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        """As `probabilities`; where these are in doubt, with what is said of shifted pictures.

        A network that reduces its maps says something else of a picture that is a pixel further
        left. The mean of what it says of five such pictures is right more often (Krizhevsky,
        Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks",
        2012, section 4.1).

        Args:
            inks: As for `probabilities`, which says what is returned and raised.
        """
        rows = self.probabilities(inks)
        (doubtful,) = (rows.max(axis=1, initial=0) < SURE_CONFIDENCE).nonzero()
        if len(doubtful):
            padded = np.pad(inks[doubtful], ((0, 0), (1, 1), (1, 1)))
            side = inks.shape[1]
            shifted = [padded[:, y : y + side, x : x + side] for y, x in _SHIFTS]
            answers = self.probabilities(np.concatenate(shifted))
            answers = answers.reshape(len(_SHIFTS), *rows[doubtful].shape)
            rows[doubtful] = (rows[doubtful] + answers.sum(axis=0)) / (1 + len(_SHIFTS))
        return rows


def _run_in_blocks(
    session: ProcessSession, inks: NDArray[np.uint8], most: int
) -> list[NDArray[np.float32]]:
    """What a network makes of at least one picture, of at most so many at once."""
    if len(inks) <= most:
        return session.run(inks)
    blocks = [session.run(inks[start : start + most]) for start in range(0, len(inks), most)]
    return [np.concatenate(outputs) for outputs in zip(*blocks, strict=True)]


def load_model(folder: str) -> Model:
    """Reads a model's folder, and checks that its parts fit each other and this package.

    `lines.onnx` is left for `load_lines`.

    Raises:
        ModelError: A file is missing, damaged or not the one that the other describes, or the
            model wants another version of the normalisation.
    """
    config = _load_config(folder)
    content = _load_content(folder, MODEL_FILE, config["sha256"])
    if config["normalization"] != normalize.VERSION:
        raise ModelError(
            f"the model in {folder} wants version {config['normalization']} of the normalisation, "
            f"this package has version {normalize.VERSION}"
        )
    return Model(config, content, _load_first(folder, config))


def _load_first(folder: str, config: dict[str, Any]) -> FirstModel | None:
    first: Any = config.get(FIRST_KEY)
    if FIRST_KEY not in config and not os.path.exists(os.path.join(folder, FIRST_FILE)):
        return None
    fault = _first_fault(first)
    if fault is not None:
        raise ModelError(f'"{FIRST_KEY}" in {os.path.join(folder, CONFIG_FILE)} {fault}')
    content = _load_content(folder, FIRST_FILE, first["sha256"])
    return FirstModel(content, len(config["labels"]), first["sure"])


def load_lines(folder: str) -> LineModel:
    """Reads the line network of a model's folder, or the package's own where that has none.

    Raises:
        ModelError: As for `load_model`, or the network was made for other signs or strips.
    """
    config = _load_config(folder)
    if LINES_KEY not in config and not os.path.exists(os.path.join(folder, LINES_FILE)):
        folder = DEFAULT_MODEL
        config = _load_config(folder)
    lines: Any = config.get(LINES_KEY)
    fault = _lines_fault(lines)
    if fault is not None:
        raise ModelError(f'"{LINES_KEY}" in {os.path.join(folder, CONFIG_FILE)} {fault}')
    return LineModel(lines, _load_content(folder, LINES_FILE, lines["sha256"]))


def _load_config(folder: str) -> dict[str, Any]:
    path = os.path.join(folder, CONFIG_FILE)
    try:
        with open(path, encoding="utf-8") as file:
            config: dict[str, Any] = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        reason = _missing_files(folder) or error
        raise ModelError(f"cannot load the model in {folder}: {reason}") from error
    fault = _config_fault(config)
    if fault is not None:
        raise ModelError(f"{path} {fault}")
    return config


def _missing_files(folder: str) -> str | None:
    """What a folder lacks to be a model's, or None."""
    if not os.path.isdir(folder):
        return "it is no folder; a model is one that `edgedigit finetune` or `export` writes"
    if not os.path.exists(os.path.join(folder, CONFIG_FILE)):
        return f"it lacks {CONFIG_FILE}; name the whole folder that was exported, or copy it again"
    return None


def _load_content(folder: str, name: str, expected_sha256: str) -> bytes:
    path = os.path.join(folder, name)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise ModelError(f"cannot load the model in {folder}: {error}") from error
    if sha256(content).hexdigest() != expected_sha256:
        raise ModelError(
            f"{path} is not the file that {CONFIG_FILE} describes; copy the folder again"
        )
    # To look for the key alone takes a tenth of the time.
    if _EXTERNAL_DATA_KEY in content and re.search(_EXTERNAL_DATA_PATTERN, content):
        raise ModelError(f"{path} wants data from other files, which nothing describes")
    return content


def _config_fault(config: object) -> str | None:
    """The fault of a configuration by itself, or None."""
    if not isinstance(config, dict):
        return "does not hold a JSON object"
    if missing := _missing(config, _CONFIG_KEYS):
        return missing
    labels, threshold = config["labels"], config["threshold"]
    if not isinstance(labels, list) or len(labels) not in LABEL_COUNTS:
        return f"must have a list of {LABEL_COUNTS[0]} or {LABEL_COUNTS[1]} labels"
    if list(map(str, labels[:DIGIT_COUNT])) != list(map(str, range(DIGIT_COUNT))):
        return f"must have the digits in their order as its first labels, not {labels!r:.200}"
    if type(threshold) not in (int, float) or not 0 <= threshold <= 1:
        return f"must have a threshold from 0 to 1, not {threshold!r}"
    return None


def _first_fault(first: Any) -> str | None:
    """The fault of what a configuration says of a first network, or None."""
    if fault := _description_fault(first, _FIRST_KEYS):
        return fault
    # Above 1 it is never sure.
    if not _is_number(first["sure"]):
        return f"must be sure from a number on, not from {first['sure']!r}"
    return None


def _lines_fault(lines: Any) -> str | None:
    """The fault of what a configuration says of a line network, or None."""
    if fault := _description_fault(lines, _LINES_KEYS):
        return fault
    if lines["signs"] != SIGNS:
        return f"has the signs {lines['signs']!r}, this package {SIGNS!r}"
    if lines["strips"] != STRIP_VERSION:
        return f"wants version {lines['strips']} of the strips, this package has {STRIP_VERSION}"
    confidence = lines.get("confidence", {})
    if not isinstance(confidence, dict) or not all(map(_is_number, confidence.values())):
        return f"must have numbers as its confidence, not {confidence!r}"
    return None


def _description_fault(described: object, keys: set[str]) -> str | None:
    """The fault of what a configuration says of a further network: it lacks one of the keys."""
    if described is None:
        return "is missing"
    if not isinstance(described, dict):
        return "is no JSON object"
    return _missing(described, keys)


def _missing(config: dict[str, Any], keys: set[str]) -> str | None:
    missing = keys - set(config)
    return f"lacks {', '.join(sorted(missing))}" if missing else None


def _is_number(value: object) -> bool:
    # Python's JSON knows NaN and infinity.
    return type(value) in (int, float) and abs(value) < float("inf")  # type: ignore[arg-type]


def _new_session(
    name: str,
    content: bytes,
    threads: int,
    providers: Sequence[str],
    inputs: _Form,
    outputs: _Form,
) -> InferenceSession:
    # From 1.29 on, onnxruntime starts telemetry when it is imported: a thread, and files in
    # the user's home. Only this variable, and only before the import, prevents it.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    available = onnxruntime.get_available_providers() if providers else []
    for provider in providers:
        if provider not in available:
            raise ModelError(
                f"this onnxruntime has no {provider}; its providers are {', '.join(available)}"
            )
    wanted = list(dict.fromkeys([*providers, "CPUExecutionProvider"]))
    try:
        session = onnxruntime.InferenceSession(content, options, providers=wanted)
    except Exception as error:  # onnxruntime's own exceptions share no other public base
        raise ModelError(f"onnxruntime cannot load the model's {name}: {error}") from error
    if failed := [name for name in wanted if name not in session.get_providers()]:
        raise ModelError(f"onnxruntime could not start {', '.join(failed)}")
    _live_sessions.add(session)
    found = _form(session.get_inputs()), _form(session.get_outputs())
    if found != (inputs, outputs):
        raise ModelError(
            f"{name} of the model has to make of {_described(inputs)} {_described(outputs)}; "
            f"it makes of {_described(found[0])} {_described(found[1])}"
        )
    return session


def _form(values: list[Any]) -> _Form:
    return [
        (value.name, value.type, [size if isinstance(size, int) else None for size in shape])
        for value in values
        for shape in [value.shape[1:]]
    ]


def _described(form: _Form) -> str:
    words = []
    for name, kind, sizes in form:
        dtype = {"tensor(uint8)": "uint8", "tensor(float)": "float32"}.get(kind, kind)
        words.append(f"{name}, {dtype} [{', '.join([BATCH, *(str(x or 'any') for x in sizes)])}]")
    return " ".join(words)
