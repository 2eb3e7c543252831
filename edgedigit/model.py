"""A model: a folder of two files, which are loaded, checked, and run by onnxruntime.

`config.json` describes `model.onnx`, whose input is `image`, uint8 [batch, 28, 28], bright ink on
0, and whose output is `probabilities`, float32 [batch, labels], each row of which sums to 1.
"""

from __future__ import annotations

import ctypes
import json
import os
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from edgedigit import normalize
from edgedigit.errors import ModelError
from edgedigit.results import DIGIT_COUNT
from edgedigit.system.fast_hashes import sha256

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

DEFAULT_MODEL = os.path.join(os.path.dirname(__file__), "models", "digits-v3")
"""The folder of the package's own model."""

CONFIG_FILE, MODEL_FILE = "config.json", "model.onnx"
INPUT, OUTPUT, BATCH = "image", "probabilities", "batch"
OPSET, IR_VERSION = 15, 8
MAX_MODEL_BYTES = 700_000
"""The most that `model.onnx` may have to ship with the package."""
LABEL_COUNTS = DIGIT_COUNT, DIGIT_COUNT + 1
"""The ten digits, and "not a digit" where the model knows it."""

_CONFIG_KEYS = {"labels", "threshold", "normalization", "sha256"}

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


class Model(NamedTuple):
    """A model that fits this package, not yet running.

    Attributes:
        config: The content of `config.json`.
        content: The bytes of `model.onnx`.
    """

    config: dict[str, Any]
    content: bytes

    @property
    def label_count(self) -> int:
        """The number of labels, each of which gets a probability."""
        return len(self.config["labels"])

    def new_session(self, threads: int) -> InferenceSession:
        """Loads it into onnxruntime.

        Args:
            threads: Threads that one run may use, at least 1.

        Raises:
            ModelError: onnxruntime cannot load it, or its input or output is another.
        """
        # From 1.29 on, onnxruntime starts telemetry when it is imported: a thread, and files in
        # the user's home. Only this variable, and only before the import, prevents it.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        try:
            session = onnxruntime.InferenceSession(self.content, options, providers=providers)
        except Exception as error:  # onnxruntime's own exceptions share no other public base
            raise ModelError(f"onnxruntime cannot load the model: {error}") from error
        _live_sessions.add(session)
        _check_form(session, self.label_count)
        return session


def load_model(folder: str) -> Model:
    """Reads a model's folder, and checks that its parts fit each other and this package.

    Raises:
        ModelError: A file is missing, damaged or not the one that the other describes, or the
            model wants another version of the normalisation.
    """
    config_path, model_path = (os.path.join(folder, name) for name in (CONFIG_FILE, MODEL_FILE))
    try:
        with open(config_path, encoding="utf-8") as file:
            config = json.load(file)
        with open(model_path, "rb") as file:
            content = file.read()
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot load the model in {folder}: {error}") from error
    fault = _config_fault(config)
    if fault is not None:
        raise ModelError(f"{config_path} {fault}")
    if sha256(content).hexdigest() != config["sha256"]:
        raise ModelError(f"{model_path} is not the file that {CONFIG_FILE} describes")
    if config["normalization"] != normalize.VERSION:
        raise ModelError(
            f"the model in {folder} wants version {config['normalization']} of the normalisation, "
            f"this package has version {normalize.VERSION}"
        )
    return Model(config, content)


def _config_fault(config: object) -> str | None:
    """The fault of a configuration by itself, or None."""
    if not isinstance(config, dict):
        return "does not hold a JSON object"
    missing = _CONFIG_KEYS - set(config)
    if missing:
        return f"lacks {', '.join(sorted(missing))}"
    labels, threshold = config["labels"], config["threshold"]
    if not isinstance(labels, list) or len(labels) not in LABEL_COUNTS:
        return f"must have a list of {LABEL_COUNTS[0]} or {LABEL_COUNTS[1]} labels"
    if type(threshold) not in (int, float) or not 0 <= threshold <= 1:
        return f"must have a threshold from 0 to 1, not {threshold!r}"
    return None


def _check_form(session: InferenceSession, label_count: int) -> None:
    side = normalize.SIDE
    inputs = [(value.name, value.type, value.shape[1:]) for value in session.get_inputs()]
    outputs = [(value.name, value.type, value.shape[1:]) for value in session.get_outputs()]
    if inputs != [(INPUT, "tensor(uint8)", [side, side])] or outputs != [
        (OUTPUT, "tensor(float)", [label_count])
    ]:
        raise ModelError(
            f"the model has to make of {INPUT}, uint8 [{BATCH}, {side}, {side}], {OUTPUT}, float32 "
            f"[{BATCH}, {label_count}]; it makes of {inputs} {outputs}"
        )
