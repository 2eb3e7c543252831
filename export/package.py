"""From a trained model to the folder that the runtime loads, through the gate."""

import json
import platform
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import tf2onnx
from numpy.typing import NDArray

from edgedigit.model import (
    CONFIG_FILE,
    FIRST_FILE,
    LINES_FILE,
    LINES_KEY,
    MODEL_FILE,
    FirstModel,
    Model,
    Networks,
    load_lines,
)
from export import card, gate
from export.convert import convert, convert_first
from train.data.mnist import Mnist
from train.drawing.characters import draw_digits
from train.measuring.calibration import softmax
from train.networks.cascade import stages, sure_confidence
from train.networks.predict import accuracy, predict, predict_logits
from train.networks.trained import TrainedModel

CARD_FILE = "README.md"


def export(
    source: TrainedModel,
    output: Path,
    name: str,
    *,
    data: Mnist | None = None,
    threshold: float | None = None,
) -> Path:
    """Exports a model; nothing in `output` changes unless it passes the gate.

    A folder that is replaced hands its line network on; in a new one there is none.

    Args:
        source: The trained model.
        output: Folder of models; made when missing.
        name: Name of the model, such as "digits-v1": the folder in `output` that is made, or
            replaced.
        data: The gate compares on its training part, and the accuracy on its test part goes into
            the figures; None compares on drawn digits.
        threshold: Smallest confidence, 0 to 1, with which the runtime gives a digit; None is
            that of the calibration.

    Returns:
        The model's folder.

    Raises:
        GateError: The model failed a check.
        ModelError: The line network of the folder that is replaced is damaged.
        ValueError: An argument is wrong, or the model is not of the form of
            `train.networks.architectures`.
        OSError: The folder cannot be written.
    """
    card.version_of(name)
    threshold = _checked_threshold(source.threshold if threshold is None else threshold)
    if data is not None:
        source.check_data(data)
    target = output / name
    _check_replaceable(target)
    model, figures = _checked_model(source, data)
    config = card.config(
        name=name,
        model=model,
        temperature=source.temperature,
        threshold=threshold,
        figures=figures,
        metrics=source.metrics,
        tools=tools(),
    )
    files = {MODEL_FILE: model.content}
    if model.first is not None:
        files[FIRST_FILE] = model.first.content
    if (target / LINES_FILE).exists():
        lines = load_lines(str(target))
        config[LINES_KEY] = lines.config
        files[LINES_FILE] = lines.content
    files[CONFIG_FILE] = (json.dumps(config, indent=2) + "\n").encode()
    files[CARD_FILE] = card.card(config).encode()
    write_folder(target, files)
    return target


def _checked_model(source: TrainedModel, data: Mnist | None) -> tuple[Model, dict[str, Any]]:
    """The networks of a trained model, which passed the gate, and what was measured there."""
    temperature, pictures = source.temperature, _gate_pictures(source, data)
    *smaller, whole = stages(source.model)
    content = convert(whole, temperature).SerializeToString(deterministic=True)
    gate.check_model(content)
    expected = softmax(predict(whole, pictures), temperature)
    differences = [gate.check_answers(content, pictures, expected)]
    first = None
    for network in smaller:
        small = convert_first(network, temperature).SerializeToString(deterministic=True)
        gate.check_model(small, gate.FIRST)
        answers = softmax(predict(network, pictures), temperature)
        differences.append(gate.check_answers(small, pictures, answers))
        first = FirstModel(small, expected.shape[1], sure_confidence(source.model))
    model = Model({"labels": card.labels(expected.shape[1])}, content, first)
    networks = Networks(model, threads=1)
    expected = softmax(predict_logits(source.model, pictures), temperature)
    answers = networks.probabilities(pictures)
    differences.append(gate.check_difference(answers, expected))
    gate.check_argmax(answers, expected)
    figures = {
        "gate_pictures": len(pictures),
        "gate_source": f"pictures of {data.source}" if data else "drawn digits",
        "gate_difference": max(differences),
    }
    if data is not None:
        answers = networks.probabilities(source.prepared(data.x_test))
        figures["onnxruntime_test_accuracy"] = accuracy(answers, data.y_test)
    return model, figures


def write_folder(target: Path, files: dict[str, bytes]) -> None:
    """Puts a model's folder in its place, at once and only when the runtime can load it.

    Args:
        target: The folder; one that is there is replaced.
        files: Content of each of its files.

    Raises:
        GateError: The files do not fit each other or the runtime; the check is "hash".
        OSError: The folder cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, because a folder cannot be renamed to another file system.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
        staged, replaced = Path(scratch, "staged"), Path(scratch, "replaced")
        staged.mkdir()
        for name, content in files.items():
            (staged / name).write_bytes(content)
        gate.check_folder(staged)
        if target.exists():
            target.rename(replaced)
        try:
            staged.rename(target)
        except BaseException:
            if replaced.exists():
                replaced.rename(target)
            raise


def _checked_threshold(threshold: float | None) -> float:
    if threshold is None:
        raise ValueError("the model comes without a calibration: pass --threshold")
    if not 0 <= threshold <= 1:
        raise ValueError(f"the threshold must be from 0 to 1, not {threshold}")
    return threshold


def _check_replaceable(target: Path) -> None:
    """Whatever is not a model's folder was not meant."""
    if target.exists() and not (target.is_dir() and (target / MODEL_FILE).is_file()):
        raise ValueError(f"{target} is there already and is not a model's folder")


def _gate_pictures(source: TrainedModel, data: Mnist | None) -> NDArray[np.uint8]:
    if data is not None:
        return source.prepared(data.x_train[: gate.MIN_PICTURES])
    digits = np.arange(gate.MIN_PICTURES) % 10
    return source.prepared(draw_digits(digits, np.random.default_rng(0), size=28))


def tools() -> dict[str, str]:
    """The versions of what an export runs with."""
    libraries = (tf, keras, tf2onnx, onnx, onnxruntime, np)
    versions = {library.__name__: library.__version__ for library in libraries}
    return {"python": platform.python_version()} | versions
