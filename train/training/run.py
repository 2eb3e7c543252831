"""One training from a recipe to a model with its figures, in a folder of its own."""

import dataclasses
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import edgedigit
from edgedigit.evaluation.confusion import label_figures
from edgedigit.normalize import VERSION, normalize
from edgedigit.results import DIGIT_COUNT
from train.data.mnist import Labelled, Mnist
from train.drawing import mixture
from train.drawing.epoch_store import EpochStore
from train.measuring import calibration, plots
from train.measuring.scored import score_probabilities
from train.networks import distillation
from train.networks.architectures import ARCHITECTURES
from train.networks.cascade import cascade, stages
from train.networks.compact import compact
from train.networks.predict import accuracy, logits_network, predict, predict_logits
from train.networks.trained import load_trained
from train.recipes import First, Recipe, Teacher
from train.run_files import (
    CONFUSION_FILE,
    CURVES_FILE,
    EPOCHS_FOLDER,
    FIRST_FOLDER,
    KERAS_FILE,
    METRICS_FILE,
    PREDICTIONS_FILE,
    TAUGHT_FOLDER,
    TEACHER_FOLDER,
    RunError,
    begin_run,
    finish_run,
    origin,
    write_atomically,
)
from train.training.fit import History, fit, targets_of

Weights = NDArray[np.float32]

# Of the recipe's learning rate: with a larger one a network that begins again forgets.
_AGAIN_RATE_SHARE = 1 / 3
# Of the way from the weights that it began with to the last ones: further, it reads more outlines
# and displays, and fewer of MNIST's and the mail's digits.
_AGAIN_WAY_SHARE = 0.6


class _Pictures(NamedTuple):
    """Pictures and labels of each epoch, counted from 0, for validation, and for the test."""

    epochs: Callable[[int], Labelled]
    validation: Labelled
    test: Labelled


class _Helper(NamedTuple):
    """A network that is trained beside the run's own, and the time that answering epochs took."""

    network: keras.Model
    history: History
    answering_seconds: float

    def figures(self) -> dict[str, Any]:
        """Its figures in `metrics.json`."""
        return {
            "parameters": self.network.count_params(),
            "validation": _last(self.history),
            "wall_seconds": round(_seconds(self.history), 1),
            "answering_seconds": round(self.answering_seconds, 1),
        }


def run_training(
    name: str,
    recipe: Recipe,
    data: Mnist,
    *,
    seed: int,
    folder: Path,
    force: bool = False,
    start: Path | None = None,
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
        start: A run of the same networks to begin with, instead of new ones. The labels are the
            teacher then, and the weights end between what they were and what they are: that keeps
            what they could (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).

    Returns:
        What `metrics.json` holds; None when the folder held the finished run already.

    Raises:
        RunError: The folder holds a run of other settings, or a damaged one, or `start` holds none
            of these networks.
        OSError: The folder cannot be written.
    """
    if start and recipe.first:  # which knows as much already as the other
        recipe = dataclasses.replace(
            recipe, first=dataclasses.replace(recipe.first, epochs=recipe.epochs)
        )
    settings = {"model": name, "seed": seed, "data_sha256": data.sha256}
    settings |= dataclasses.asdict(recipe)
    if start:
        settings["start"] = origin(start / KERAS_FILE)
    begin_run(folder, settings, force)
    if (folder / METRICS_FILE).exists():
        return None
    # Figures and resumed runs shall not depend on which thread is first.
    tf.config.experimental.enable_op_determinism()
    pictures = _pictures(recipe, data, seed, folder)
    begun = [stage.get_weights() for stage in stages(load_trained(start).model)] if start else []
    if begun:
        recipe = dataclasses.replace(recipe, learning_rate=recipe.learning_rate * _AGAIN_RATE_SHARE)
    teacher, lessons = None, pictures.epochs
    if recipe.teacher and not begun:
        teacher, lessons = _train_teacher(recipe.teacher, recipe, pictures, seed, folder)
    network, history = _train(recipe, lessons, pictures, seed, folder, begun[-1:])
    first = None
    if recipe.first:
        folder_of_first = folder / FIRST_FOLDER
        first = _train_first(
            recipe.first, recipe, network, pictures, seed, folder_of_first, begun[:-1]
        )
    started = time.perf_counter()
    model = _joined(recipe, first, network, name)
    write_atomically(folder / KERAS_FILE, model.save)
    test, digits = pictures.test
    probabilities = predict(model, test)
    matrix = score_probabilities("test", probabilities, digits).matrix
    confusion = matrix[:DIGIT_COUNT, : probabilities.shape[1]]
    validation, labels = pictures.validation
    beside = {
        role: helper.figures()
        for role, helper in (("teacher", teacher), ("first", first))
        if helper
    }
    metrics = {
        "model": name,
        "parameters": model.count_params(),
        "settings": settings,
        "data": _sizes(data),
        "normalization": recipe.mixture and VERSION,
        "versions": versions(),
        "validation": _last(history),
        **beside,
        "test": {
            "accuracy": accuracy(probabilities, digits),
            "confusion_matrix": confusion.tolist(),
            "digits": label_figures(matrix),
        },
        "calibration": calibration.fit_calibration(predict_logits(model, validation), labels),
    }
    plots.save_curves(folder / CURVES_FILE, history)
    plots.save_confusion(folder / CONFUSION_FILE, confusion)
    plots.save_predictions(folder / PREDICTIONS_FILE, test, digits, probabilities)
    seconds = _seconds(history) + time.perf_counter() - started
    for figures in beside.values():
        seconds += figures["wall_seconds"] + figures["answering_seconds"]
    metrics["wall_seconds"] = round(seconds, 1)
    finish_run(folder, metrics)
    return metrics


def _pictures(recipe: Recipe, data: Mnist, seed: int, folder: Path) -> _Pictures:
    """MNIST as it is, or mixed and normalised as the runtime does it."""
    training, validation = data.split()
    shares = recipe.mixture
    if shares is None:
        return _Pictures(lambda epoch: training, validation, (data.x_test, data.y_test))

    def draw(epoch: int) -> Labelled:
        return mixture.epoch(*training, shares, epoch, seed)

    return _Pictures(
        EpochStore(folder / EPOCHS_FOLDER, shares.distinct, draw),
        mixture.validation(*validation, shares, seed),
        (normalize(data.x_test), data.y_test),
    )


def _train(
    recipe: Recipe,
    lessons: Callable[[int], Labelled],
    pictures: _Pictures,
    seed: int,
    folder: Path,
    begun: Sequence[list[Weights]] = (),
) -> tuple[keras.Model, History]:
    """Trains a network from the start, from weights, or from where its folder's checkpoint is."""
    folder.mkdir(exist_ok=True)
    keras.utils.set_random_seed(seed)
    network = ARCHITECTURES[recipe.architecture](recipe.width, recipe.depth)
    if not begun:
        return fit(network, lessons, pictures.validation, recipe, seed=seed, folder=folder)
    (before,) = begun
    network = compact(network)
    try:
        network.set_weights(before)
    except ValueError as error:
        raise RunError(f"the run to begin with holds another {recipe.architecture}") from error
    network, history = fit(network, lessons, pictures.validation, recipe, seed=seed, folder=folder)
    pairs = zip(before, network.get_weights(), strict=True)
    network.set_weights([one + _AGAIN_WAY_SHARE * (other - one) for one, other in pairs])
    loss, right = network.evaluate(
        pictures.validation[0], targets_of(network, recipe, pictures.validation[1]), verbose=0
    )
    history[-1] |= {"val_loss": loss, "val_accuracy": right}
    return network, history


def _train_teacher(
    teacher: Teacher, recipe: Recipe, pictures: _Pictures, seed: int, folder: Path
) -> tuple[_Helper, EpochStore]:
    """Trains a larger network, and lets it answer the epochs, for the run's own to learn from."""
    larger = dataclasses.replace(_recipe_of(teacher, recipe), teacher=None)
    network, history = _train(larger, pictures.epochs, pictures, seed, folder / TEACHER_FOLDER)
    lessons, seconds = _answered(network, recipe, pictures, folder / TAUGHT_FOLDER)
    return _Helper(network, history, seconds), lessons


def _train_first(
    first: First,
    recipe: Recipe,
    own: keras.Model,
    pictures: _Pictures,
    seed: int,
    folder: Path,
    begun: Sequence[list[Weights]],
) -> _Helper:
    """Trains a small network, which learns from the answers of the run's own."""
    lessons, seconds = _answered(own, recipe, pictures, folder / TAUGHT_FOLDER)
    network, history = _train(_recipe_of(first, recipe), lessons, pictures, seed, folder, begun)
    return _Helper(network, history, seconds)


def _recipe_of(other: Teacher | First, recipe: Recipe) -> Recipe:
    """The recipe of a network that is trained beside the run's own, and in the same way."""
    return dataclasses.replace(
        recipe,
        architecture=other.architecture,
        epochs=other.epochs,
        width=1.0,
        depth=0,
        first=None,
    )


def _answered(
    teacher: keras.Model, recipe: Recipe, pictures: _Pictures, folder: Path
) -> tuple[EpochStore, float]:
    """The epochs with a network's answers beside the labels, and the seconds that they took."""
    assert recipe.mixture is not None

    def answer(epoch: int) -> Labelled:
        x, y = pictures.epochs(epoch)
        return x, distillation.targets(y, predict(teacher, x), teacher.output_shape[-1])

    started = time.perf_counter()
    lessons = EpochStore(folder, recipe.mixture.distinct, answer)
    # Here and not in the thread that prepares epochs: two networks at once would not be faster.
    for epoch in range(recipe.mixture.distinct):
        lessons(epoch)
    return lessons, time.perf_counter() - started


def _joined(recipe: Recipe, first: _Helper | None, network: keras.Model, name: str) -> keras.Model:
    """The model that is kept: a cascade, or the layers alone without the optimizer's state."""
    if not recipe.first or not first:
        return keras.Model(network.input, network.output, name=name)
    networks = logits_network(first.network), logits_network(network)
    return cascade(*networks, recipe.first.sure, name)


def _sizes(data: Mnist) -> dict[str, Any]:
    (_, training), (_, validation) = data.split()
    sizes = {"train": len(training), "validation": len(validation), "test": len(data.y_test)}
    return {"file": data.source, "sha256": data.sha256} | sizes


def _last(history: History) -> dict[str, float]:
    return {"loss": history[-1]["val_loss"], "accuracy": history[-1]["val_accuracy"]}


def _seconds(history: History) -> float:
    return sum(record["seconds"] for record in history)


def versions() -> dict[str, str]:
    """The versions of what a training depends on."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "edgedigit": edgedigit.__version__,
    }
