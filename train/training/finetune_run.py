"""One fine-tuning from a base to figures, in a folder of its own."""

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edgedigit import normalize
from edgedigit.results import DIGIT_COUNT, NOT_A_DIGIT
from train.data.mnist import Labelled, Mnist
from train.data.own_digits import Own
from train.drawing import mixture
from train.measuring import calibration, plots
from train.measuring.scored import compared_figures, score_probabilities
from train.measuring.tables import comparison_table
from train.networks.predict import logits_network, predict
from train.networks.trained import TrainedModel, load_trained
from train.run_files import (
    CONFUSION_FILE,
    CURVES_FILE,
    HISTORY_FILE,
    KERAS_FILE,
    METRICS_FILE,
    PREDICTIONS_FILE,
    SETTINGS_FILE,
    RunError,
    begin_run,
    file_sha256,
    finish_run,
    write_atomically,
    write_json,
)
from train.training.finetune import (
    BATCH_SIZE,
    REPLAY_MIXTURE,
    REPLAYED_DIGITS,
    FinetuneSettings,
    ValidationSets,
    finetune,
    replay_for,
    score_own,
    worse,
)
from train.training.fit import History
from train.training.run import versions

# Pictures of what is no digit that differ from those that are trained with.
_VALIDATION_SEED = 2**31 + 1


def load_base(path: Path) -> TrainedModel:
    """A model to start from.

    Raises:
        RunError: It is missing, damaged, not of the form of `train.networks.architectures`,
            or was trained for another normalisation.
    """
    source = load_trained(path)
    model = source.model
    problem = None
    if [(tensor.shape, tensor.dtype) for tensor in model.inputs] != [((None, 28, 28), "uint8")]:
        problem = "it must take uint8 pictures of 28 x 28"
    elif "logits" not in {layer.name for layer in model.layers}:
        problem = 'it must have a layer named "logits"'
    elif len(model.outputs) != 1 or model.output_shape not in [
        (None, DIGIT_COUNT),
        (None, DIGIT_COUNT + 1),
    ]:
        problem = 'it must have ten answers, or eleven with "not a digit"'
    elif source.metrics.get("normalization") not in (None, normalize.VERSION):
        problem = (
            f"its pictures were normalised by version {source.metrics['normalization']}, and this "
            f"is version {normalize.VERSION}"
        )
    if problem:
        raise RunError(
            f"{path} cannot be fine-tuned: {problem}; --base takes a run of `python -m train`"
        )
    return source


def run_finetuning(
    base: Path,
    own: Own,
    data: Mnist,
    settings: FinetuneSettings,
    *,
    folder: Path,
    force: bool = False,
) -> float | None:
    """Fine-tunes a model, compares it with its base, and keeps it if nothing is worse.

    The folder gets what that of any run has. A run that was interrupted starts over.

    Args:
        base: What `load_base` loads.
        own: One's own pictures.
        data: Replayed from its training part, and checked on its validation part.
        settings: How.
        folder: Where to; made when missing.
        force: Start over, whatever the folder holds.

    Returns:
        How many seconds it took; None when the folder held the finished run already.

    Raises:
        RunError: The folder holds a run of other settings; or the model became worse, and the
            folder holds none.
        OSError: The folder cannot be written.
    """
    before, source = load_base(base).model, load_base(base)
    described = _described(base, source, own, data, settings, folder.name)
    is_new = not folder.exists()
    begin_run(folder, described, force)
    if (folder / METRICS_FILE).exists():
        return None
    try:
        return _finetune(before, source, own, data, settings, described, folder)
    except RunError:
        # What was tried in vain shall not be in the way of other settings.
        (folder / SETTINGS_FILE).unlink(missing_ok=True)
        if is_new:
            folder.rmdir()
        raise


def _finetune(
    before: keras.Model,
    source: TrainedModel,
    own: Own,
    data: Mnist,
    settings: FinetuneSettings,
    described: dict[str, Any],
    folder: Path,
) -> float:
    started = time.perf_counter()
    tf.config.experimental.enable_op_determinism()
    training, validation = data.split()
    model = source.model
    watched = ValidationSets(
        own.choosing,
        (normalize.normalize(validation[0]), validation[1]),
        _no_digits(validation) if model.output_shape[-1] > DIGIT_COUNT else None,
    )
    sizes = f"{len(own.training[1])} pictures to train with, {len(own.held_out[1])} held out"
    print(f"{own.name}: {sizes}", flush=True)
    history, steps, best = finetune(
        model, before, own.training, training, watched, settings, _teller(settings.epochs)
    )
    checked = watched._replace(own=own.checking)
    _check_better(before, model, own.checking)
    was, now = logits_network(before), logits_network(model)
    old = source.metrics.get("calibration") or _calibration(was, watched, 0.0)
    new = _calibration(now, watched, old["threshold"])
    figures = _compared(((was, old), (now, new)), checked)
    print(f"\n{best.share:.0%} of the way from the base to the last weights\n")
    print(f"{comparison_table(figures)}\n")
    if figures[0]["after"] == figures[0]["before"]:
        print("The own pictures held out are read as before: nothing was gained on them.")
    bare = keras.Model(model.input, model.output, name=folder.name)
    metrics = {
        "model": folder.name,
        "parameters": bare.count_params(),
        "settings": described,
        "data": {
            "file": data.source,
            "sha256": data.sha256,
            "train": len(training[1]),
            "validation": len(validation[1]),
        },
        "normalization": normalize.VERSION,
        "versions": versions(),
        "finetuning": {
            "own": {
                "name": own.name,
                "train": len(own.training[1]),
                "held_out": len(own.held_out[1]),
                "left_out": own.left_out,
            },
            "share": best.share,
            "steps": [{"share": step.share} | step.scores._asdict() for step in steps],
            "figures": figures,
        },
        "calibration": new,
    }
    _draw(folder, history, own, now, new["temperature"])
    write_json(folder / HISTORY_FILE, history)
    write_atomically(folder / KERAS_FILE, bare.save)
    seconds = round(time.perf_counter() - started, 1)
    finish_run(folder, metrics | {"wall_seconds": seconds})
    return seconds


def _check_better(before: keras.Model, after: keras.Model, own: Labelled) -> None:
    """The pictures that nothing was chosen by have the last word."""
    for was, now in zip(score_own(before, own), score_own(after, own), strict=True):
        if now < was:
            raise worse(f"right of the own pictures held out: {now:.2%}, {was:.2%} before")


def _draw(
    folder: Path, history: History, own: Own, logits: keras.Model, temperature: float
) -> None:
    """The pictures of the run; of the answers to the own digits that were held out, if any."""
    plots.save_curves(folder / CURVES_FILE, history)
    is_digit = own.held_out[1] < DIGIT_COUNT
    if not is_digit.any():
        return
    inks, digits = (part[is_digit] for part in own.held_out)
    probabilities = calibration.softmax(predict(logits, inks), temperature)
    matrix = score_probabilities(own.name, probabilities, digits).matrix
    plots.save_confusion(folder / CONFUSION_FILE, matrix[:DIGIT_COUNT, : probabilities.shape[1]])
    plots.save_predictions(folder / PREDICTIONS_FILE, inks, digits, probabilities)


def _described(
    base: Path, source: TrainedModel, own: Own, data: Mnist, settings: FinetuneSettings, name: str
) -> dict[str, Any]:
    """The settings, in the form of any run's: all that decides how the model becomes."""
    pictures = hashlib.sha256()
    for inks, labels in (own.training, own.choosing, own.checking):
        pictures.update(inks.tobytes() + labels.tobytes())
    return {
        "model": name,
        "base": base.name,
        "base_sha256": file_sha256(base / KERAS_FILE if base.is_dir() else base),
        "own": own.name,
        "own_sha256": pictures.hexdigest(),
        "data_sha256": data.sha256,
        "architecture": source.metrics.get("settings", {}).get("architecture", source.model.name),
        "epochs": settings.epochs,
        "batch_size": BATCH_SIZE,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "replayed": REPLAYED_DIGITS,
        "mixture": dataclasses.asdict(replay_for(source.model.output_shape[-1])),
    }


def _no_digits(digits: Labelled) -> Labelled:
    # Some two thousand are enough to see a loss of one in a hundred.
    few = digits[0][::2], digits[1][::2]
    pictures, labels = mixture.validation(*few, REPLAY_MIXTURE, _VALIDATION_SEED)
    chosen = labels == NOT_A_DIGIT
    return pictures[chosen], labels[chosen]


def _teller(epochs: int) -> Callable[[dict[str, float]], None]:
    def tell(record: dict[str, float]) -> None:
        print(
            f"epoch {record['epoch']:.0f}/{epochs}: {record['val_accuracy']:.2%} of the own "
            f"pictures held out are right, {record['seconds']:.0f} s",
            flush=True,
        )

    return tell


def _calibration(network: keras.Model, watched: ValidationSets, least: float) -> dict[str, float]:
    """Temperature and threshold, from MNIST's validation part and one's own held-out digits.

    The threshold is not below the least, the base's: that was found on more people's digits.
    """
    inks, labels = (
        np.concatenate(parts) for parts in zip(watched.own, watched.digits, strict=True)
    )
    digits = labels < DIGIT_COUNT
    found = calibration.fit_calibration(predict(network, inks[digits]), labels[digits])
    return found | {"threshold": max(least, found["threshold"])}


def _compared(
    networks: Iterable[tuple[keras.Model, dict[str, Any]]], checked: ValidationSets
) -> list[dict[str, Any]]:
    """The figures of each part; networks end in logits, and have a calibration each."""
    names = ("own pictures held out", "MNIST, validation part", "what is no digit")
    rows = []
    for name, part in zip(names, checked, strict=True):
        if part is None:
            continue
        inks, labels = part
        both = [
            score_probabilities(
                name,
                calibration.softmax(predict(network, inks), fitted["temperature"]),
                labels,
                fitted["threshold"],
            )
            for network, fitted in networks
        ]
        rows.append(compared_figures(*both))
    return rows
