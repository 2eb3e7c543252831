"""From a trained line network to `lines.onnx` in a model's folder, through the gate."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from edgedigit import ModelError
from edgedigit.model import (
    CONFIG_FILE,
    LINES_FILE,
    LINES_KEY,
    STRIP_COLUMNS_PER_ANSWER,
    STRIP_ROWS,
    load_model,
)
from export import card, gate
from export.convert import convert_lines
from export.line_card import line_config
from export.package import CARD_FILE, tools, write_folder
from train.data.mnist import DataError, Mnist
from train.drawing.lines.glyphs import drawn_pens, pens, printed_hands
from train.drawing.lines.strips import Hands, LineStrip, compose_strip
from train.measuring.calibration import softmax
from train.measuring.tables import evaluation_part, with_card_part
from train.networks.compact import compact
from train.networks.trained import TrainedModel

Batch = tuple[NDArray[np.uint8], NDArray[np.floating]]

_GATE_STRIPS = 400
_GATE_PICTURES, _GATE_DRAWN_PER_DIGIT, _GATE_OTHERS = 5000, 100, 300
# Alone, as many as lines on a page, and an odd number.
_BATCH_STRIPS = (1, 24, 7)


def export_lines(
    source: TrainedModel,
    folder: Path,
    *,
    data: Mnist | None = None,
    temperature: float | None = None,
    confidence: Mapping[str, float] | None = None,
    figures: Mapping[str, float] | None = None,
    scenes: Mapping[str, Sequence[float]] | None = None,
) -> Path:
    """Puts a line network into a model's folder, which changes at once or not at all.

    Its weights are rounded to half precision; what that changes is measured and stands in the
    card.

    Args:
        source: The trained line network.
        folder: Of a model that was exported; a line network that it has is replaced.
        data: The gate compares on strips of its training part's digits and of drawn ones; None
            compares on the latter alone.
        temperature: What the logits are divided by, above 0; None is that of the calibration.
        confidence: Numbers with which the reader makes its confidence; None is those of the
            calibration, or of the folder where it has the very network already.
        figures: For each kind of lines the share, 0 to 1, that is read exactly right, for the
            card; None is those of the folder where it has the very network already.
        scenes: For each scene of a single digit four shares, 0 to 1, for the card: given right by
            the ink alone and with second looks, and given wrong likewise; None is as there.

    Returns:
        The model's folder.

    Raises:
        GateError: The network failed a check.
        DataError: It was trained with other data.
        ModelError: The folder holds no model.
        ValueError: An argument is wrong, or the network is none of
            `train.networks.line_network`.
        OSError: The folder cannot be read or written.
    """
    config = load_model(str(folder)).config
    metrics = source.metrics
    if data is not None and metrics.get("settings", {}).get("data_sha256") not in (
        None,
        data.sha256,
    ):
        raise DataError(f"{data.source} is not the data that the network was trained with")
    temperature = source.temperature if temperature is None else temperature
    network = compact(source.model)
    model = convert_lines(network, temperature).SerializeToString(deterministic=True)
    gate.check_model(model, gate.LINES)
    measured = _checked_answers(model, source.model, network, temperature, data)
    sha256 = hashlib.sha256(model).hexdigest()
    kept = config.get(LINES_KEY, {})
    if kept.get("sha256") != sha256:
        kept = {"confidence": metrics.get("calibration", {}).get("confidence", {})}
    lines = line_config(
        sha256=sha256,
        size=len(model),
        temperature=temperature,
        confidence=kept.get("confidence", {}) if confidence is None else confidence,
        figures=kept.get("figures", {}) if figures is None else figures,
        scenes=kept.get("scenes", {}) if scenes is None else scenes,
        gate=measured,
        metrics=metrics,
        parameters=source.model.count_params(),
        tools=tools(),
    )
    _rewrite(folder, config | {LINES_KEY: lines}, {LINES_FILE: model})
    return folder


def describe_lines(
    folder: Path,
    *,
    confidence: Mapping[str, float] | None = None,
    figures: Mapping[str, float] | None = None,
    scenes: Mapping[str, Sequence[float]] | None = None,
) -> Path:
    """Says something else of the line network that a model's folder has; as for `export_lines`."""
    config = load_model(str(folder)).config
    if LINES_KEY not in config:
        raise ModelError(f"{folder} has no line network")
    said = {"confidence": confidence, "figures": figures, "scenes": scenes}
    said = {key: dict(numbers) for key, numbers in said.items() if numbers is not None}
    _rewrite(folder, config | {LINES_KEY: config[LINES_KEY] | said}, {})
    return folder


def _rewrite(folder: Path, config: dict[str, Any], changed: dict[str, bytes]) -> None:
    """Writes a model's folder anew; its card keeps the evaluation."""
    lines = config[LINES_KEY]
    scenes = lines.get("scenes", {}).items()
    _check_shares([*lines["figures"].items(), *((name, x) for name, four in scenes for x in four)])
    files = {path.name: path.read_bytes() for path in folder.iterdir()} | changed
    try:
        text = card.card(config)
    except KeyError as error:
        raise ValueError(
            f"{folder / CONFIG_FILE} lacks {error}: it is of another export"
        ) from error
    evaluation = evaluation_part(files.get(CARD_FILE, b"").decode())
    if evaluation is not None:
        text = with_card_part(text, evaluation)
    files[CONFIG_FILE] = (json.dumps(config, indent=2) + "\n").encode()
    files[CARD_FILE] = text.encode()
    write_folder(folder, files)


def _check_shares(figures: Iterable[tuple[str, float]]) -> None:
    for name, share in figures:
        if type(share) not in (int, float) or not 0 <= share <= 1:
            raise ValueError(f"the figure {name!r} must be a share from 0 to 1, not {share!r}")


def _checked_answers(
    model: bytes,
    trained: keras.Model,
    network: keras.Model,
    temperature: float,
    data: Mnist | None,
) -> dict[str, Any]:
    """Compares ONNX Runtime with the rounded network, and that with the trained one."""
    strips = _gate_strips(data)
    pictures = list(_batches(strips))
    expected = [_answers(network, some, temperature) for some in pictures]
    difference = gate.check_line_answers(model, zip(pictures, expected, strict=True))
    trained_answers = [_answers(trained, some, temperature) for some in pictures]
    pairs = list(zip(expected, trained_answers, strict=True))
    return {
        "strips": len(strips),
        "places": sum(answers[..., 0].size for answers in expected),
        "source": "drawn digits" if data is None else f"digits of {data.source} and drawn ones",
        "difference": difference,
        "rounding": {
            "difference": max(float(np.abs(one - other).max()) for one, other in pairs),
            "changed": sum(
                int((one.argmax(axis=-1) != other.argmax(axis=-1)).sum()) for one, other in pairs
            ),
        },
    }


def _answers(
    network: keras.Model, strips: NDArray[np.uint8], temperature: float
) -> NDArray[np.float64]:
    """Probabilities of shape (n, places, labels)."""
    logits = network(strips, training=False).numpy()
    return softmax(logits.reshape(-1, logits.shape[-1]), temperature).reshape(logits.shape)


def _gate_strips(data: Mnist | None) -> list[LineStrip]:
    rng = np.random.default_rng(0)
    drawn = drawn_pens(_GATE_DRAWN_PER_DIGIT, rng, _GATE_OTHERS)
    collected = drawn
    if data is not None:
        some = slice(_GATE_PICTURES)
        collected = pens(data.x_train[some], data.y_train[some], rng, _GATE_OTHERS)
    hands = Hands(collected, drawn, printed_hands())
    return [compose_strip(hands, rng) for _ in range(_GATE_STRIPS)]


def _batches(strips: list[LineStrip]) -> Iterator[NDArray[np.uint8]]:
    """Strips of about one width together, padded with paper to the width of the widest."""
    strips = sorted(strips, key=lambda strip: strip.picture.shape[1])
    start = place = 0
    while start < len(strips):
        some = strips[start : start + _BATCH_STRIPS[place % len(_BATCH_STRIPS)]]
        start, place = start + len(some), place + 1
        widest = max(strip.picture.shape[1] for strip in some)
        columns = -(-widest // STRIP_COLUMNS_PER_ANSWER) * STRIP_COLUMNS_PER_ANSWER
        batch = np.zeros((len(some), STRIP_ROWS, columns), np.uint8)
        for row, strip in zip(batch, some, strict=True):
            row[:, : strip.picture.shape[1]] = strip.picture
        yield batch
