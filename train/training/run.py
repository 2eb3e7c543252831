"""One training from settings to figures, in a folder of its own."""

import dataclasses
import json
import platform
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import edgedigit
from edgedigit.evaluation.confusion import label_figures
from edgedigit.normalize import VERSION
from edgedigit.results import DIGIT_COUNT
from train.data.mnist import Labelled, Mnist
from train.drawing.epoch_store import Store
from train.measuring import calibration, plots
from train.measuring.scored import score_probabilities
from train.networks import distillation
from train.networks.architectures import ARCHITECTURES
from train.networks.cascade import cascade
from train.networks.predict import accuracy, logits_network, predict, predict_logits
from train.networks.trained import METRICS, MODEL
from train.recipes import First, Recipe, Teacher
from train.run_files import RunError, write_atomically, write_json
from train.training.fit import CHECKPOINT, HISTORY, fit

SETTINGS = "settings.json"
# What is there while the run lasts: epochs, the same with a larger network's answers, the teacher,
# and the small network that comes first.
EPOCHS, TAUGHT, TEACHER, FIRST = "epochs", "taught", "teacher", "first"
CURVES, CONFUSION, PREDICTIONS = "curves.png", "confusion.png", "predictions.png"


def run(
    name: str, recipe: Recipe, data: Mnist, *, seed: int, folder: Path, force: bool = False
) -> dict[str, Any] | None:
    """Trains, evaluates and calibrates a model; goes on with what the folder holds.

    The folder gets `settings.json`, `history.json`, `model.keras`, `metrics.json`, and the
    pictures `curves.png`, `confusion.png` and `predictions.png`; while it trains, a checkpoint,
    and with a mixture the epochs, some 100 MB each.

    Args:
        name: Name of the model, which its settings and figures get.
        recipe: The settings.
        data: Trained on with its training part; its test part gives the figures alone.
        seed: Of the weights, the shuffling and the mixture; 0 to 2**31.
        folder: Where to; made when missing.
        force: Start over, whatever the folder holds.

    Returns:
        What `metrics.json` holds; None when the folder held the finished run already.

    Raises:
        RunError: The folder holds a run of other settings, or a damaged one.
        OSError: The folder cannot be written.
    """
    settings = {"model": name, "seed": seed, "data_sha256": data.sha256}
    settings |= dataclasses.asdict(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    enter(folder, settings, force)
    if (folder / METRICS).exists():
        return None
    training, validation = data.split()
    parts = {"train": training, "validation": validation, "test": (data.x_test, data.y_test)}
    # Figures and resumed runs shall not depend on which thread is first.
    tf.config.experimental.enable_op_determinism()
    epoch_data, validation, test = _pictures(recipe, parts, seed, folder)
    others: dict[str, Any] = {}
    lessons: Callable[[int], Labelled] = epoch_data
    if recipe.teacher:
        own = _like(recipe, recipe.teacher, teacher=None)
        teacher, others["teacher"] = _other(own, epoch_data, validation, seed, folder / TEACHER)
        lessons = _taught(teacher, epoch_data, recipe, folder / TAUGHT, others["teacher"])
    model, history = _fitted(recipe, lessons, validation, seed, folder)
    if recipe.first:
        own, place = _like(recipe, recipe.first), folder / FIRST
        answers: dict[str, Any] = {}
        lessons = _taught(model, epoch_data, recipe, place / TAUGHT, answers)
        first, others["first"] = _other(own, lessons, validation, seed, place)
        others["first"] |= answers
    started = time.perf_counter()
    if recipe.first:
        networks = logits_network(first), logits_network(model)
        bare = cascade(*networks, recipe.first.sure, name)
    else:
        # The layers alone, without the optimizer and its state.
        bare = keras.Model(model.input, model.output, name=name)
    write_atomically(folder / MODEL, bare.save)
    probabilities = predict(bare, test[0])
    metrics = {
        "model": name,
        "parameters": bare.count_params(),
        "settings": settings,
        "data": {
            "file": data.source,
            "sha256": data.sha256,
            **{name: len(labels) for name, (_, labels) in parts.items()},
        },
        "normalization": recipe.mixture and VERSION,
        "versions": versions(),
        "validation": _last(history),
        **others,
        "test": _test_figures(probabilities, test[1]),
        "calibration": calibration.fit_calibration(
            predict_logits(bare, validation[0]), validation[1]
        ),
    }
    plots.save_curves(folder / CURVES, history)
    plots.save_confusion(folder / CONFUSION, np.array(metrics["test"]["confusion_matrix"]))
    plots.save_predictions(folder / PREDICTIONS, *test, probabilities)
    seconds = sum(record["seconds"] for record in history) + time.perf_counter() - started
    for other in others.values():
        seconds += other["wall_seconds"] + other["answering_seconds"]
    metrics["wall_seconds"] = round(seconds, 1)
    # Last of all: the run is finished when they are there.
    write_json(folder / METRICS, metrics)
    _remove(folder / name for name in (CHECKPOINT, EPOCHS, TAUGHT, TEACHER, FIRST))
    return metrics


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def enter(folder: Path, settings: dict[str, Any], force: bool) -> None:
    """Makes sure that what the folder holds is of these settings, which are written there."""
    # Settings last, so that no run of unknown settings is left when this is interrupted.
    files = [METRICS, CHECKPOINT, EPOCHS, TAUGHT, TEACHER, FIRST, HISTORY, MODEL]
    files += [CURVES, CONFUSION, PREDICTIONS, SETTINGS]
    found = [folder / name for name in files if (folder / name).exists()]
    if force:
        _remove(found)
        found = []
    if found:
        differing = _differences(folder / SETTINGS, settings)
        if differing:
            raise RunError(
                f"{folder} holds a run of other settings ({differing}); "
                "choose another --output, or --force to start over"
            )
    else:
        write_json(folder / SETTINGS, settings)


def _differences(path: Path, settings: dict[str, Any]) -> str:
    try:
        stored = json.loads(path.read_text("utf-8"))
        names = [name for name in settings | stored if settings.get(name) != stored.get(name)]
        return ", ".join(f"{name} {stored.get(name)}" for name in names)
    except FileNotFoundError:
        return f"{path.name} is missing"
    except (ValueError, TypeError, AttributeError):
        return f"{path.name} is damaged"


def _pictures(
    recipe: Recipe, parts: dict[str, Labelled], seed: int, folder: Path
) -> tuple[Callable[[int], Labelled], Labelled, Labelled]:
    """What to train with in each epoch, what to validate with, and what to test with."""
    training, validation, test = parts.values()
    shares = recipe.mixture
    if shares is None:
        return lambda epoch: training, validation, test
    from edgedigit.normalize import normalize
    from train.drawing import mixture

    def draw(epoch: int) -> Labelled:
        return mixture.epoch(*training, shares, epoch, seed)

    return (
        Store(folder / EPOCHS, shares.distinct, draw),
        mixture.validation(*validation, shares, seed),
        # As the runtime sees them.
        (normalize(test[0]), test[1]),
    )


def _like(recipe: Recipe, other: Teacher | First, **changes: Any) -> Recipe:
    """The recipe of another network that is trained in the same way."""
    changes |= {"architecture": other.architecture, "epochs": other.epochs, "first": None}
    return dataclasses.replace(recipe, width=1.0, depth=0, **changes)


def _fitted(
    recipe: Recipe,
    epoch_data: Callable[[int], Labelled],
    validation: Labelled,
    seed: int,
    folder: Path,
) -> tuple[keras.Model, list[dict[str, Any]]]:
    """Trains a network, or loads the one that was; it and its history."""
    keras.utils.set_random_seed(seed)
    network = ARCHITECTURES[recipe.architecture](recipe.width, recipe.depth)
    return fit(network, epoch_data, validation, recipe, seed=seed, folder=folder)


def _other(
    recipe: Recipe,
    epoch_data: Callable[[int], Labelled],
    validation: Labelled,
    seed: int,
    folder: Path,
) -> tuple[keras.Model, dict[str, Any]]:
    """A network beside the run's own, in a folder below the run's, and its figures."""
    folder.mkdir(exist_ok=True)
    model, history = _fitted(recipe, epoch_data, validation, seed, folder)
    figures = {
        "parameters": model.count_params(),
        "validation": _last(history),
        "wall_seconds": round(sum(record["seconds"] for record in history), 1),
    }
    return model, figures


def _taught(
    teacher: keras.Model,
    epoch_data: Callable[[int], Labelled],
    recipe: Recipe,
    folder: Path,
    figures: dict[str, Any],
) -> Store:
    """The epochs with a network's answers beside the labels; `figures` gets the time it took."""
    assert recipe.mixture is not None
    distinct = recipe.mixture.distinct

    def teach(epoch: int) -> Labelled:
        x, y = epoch_data(epoch)
        return x, distillation.targets(y, predict(teacher, x), teacher.output_shape[-1])

    started = time.perf_counter()
    taught = Store(folder, distinct, teach)
    # Here and not in the thread that prepares epochs: two networks at once would not be faster.
    for epoch in range(distinct):
        taught(epoch)
    figures["answering_seconds"] = round(time.perf_counter() - started, 1)
    return taught


def _last(history: list[dict[str, Any]]) -> dict[str, float]:
    return {"loss": history[-1]["val_loss"], "accuracy": history[-1]["val_accuracy"]}


def versions() -> dict[str, str]:
    """The versions of what a training depends on."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "edgedigit": edgedigit.__version__,
    }


def _test_figures(probabilities: NDArray[np.float32], digits: NDArray[np.int64]) -> dict[str, Any]:
    matrix = score_probabilities("test", probabilities, digits).matrix
    return {
        "accuracy": accuracy(probabilities, digits),
        "confusion_matrix": matrix[:DIGIT_COUNT, : probabilities.shape[1]].tolist(),
        "digits": label_figures(matrix),
    }
