"""Training, epoch by epoch, which may be interrupted at any moment and goes on where it was."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from train.data.mnist import Labelled
from train.networks import distillation
from train.recipes import Recipe
from train.run_files import (
    CHECKPOINT_FILE,
    HISTORY_FILE,
    RunError,
    write_atomically,
    write_json,
)

# The figures of each epoch.
History = list[dict[str, float]]

_WARM_UP_SHARE = 0.05


def fit(
    model: keras.Model,
    epoch_data: Callable[[int], Labelled],
    validation: Labelled,
    recipe: Recipe,
    *,
    seed: int,
    folder: Path,
    after_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> tuple[keras.Model, History]:
    """Trains a model, or goes on training the checkpoint that the folder holds.

    After each epoch the folder holds `history.json` and `checkpoint.keras`. A training that was
    killed and is called again with the same arguments ends with the same weights as one that was
    not, on the same machine.

    Args:
        model: A model whose output is a softmax; not used when there is a checkpoint.
        epoch_data: Gives the pictures, uint8 of shape (n, 28, 28), and integer labels, or
            `distillation.targets` where the recipe has a teacher, for an epoch, counted from 0;
            must depend on that number alone. It is called in a thread, while the epoch before is
            trained.
        validation: Pictures and labels that are evaluated after each epoch.
        recipe: The settings.
        seed: The epochs are shuffled with `seed + epoch`, so at most 2**32 - 1 less the epochs.
        folder: Where checkpoint and history are kept; must exist.
        after_epoch: Gets the history's new record; what it raises ends the training.

    Returns:
        The trained model, and the history: for each epoch its number from 1, `loss`, `accuracy`,
        `val_loss`, `val_accuracy`, the `learning_rate` of its last step, `steps`, the
        optimizer's since the start, and `seconds`, with the wait for its data.

    Raises:
        RunError: The checkpoint or its history is damaged or missing.
    """
    model, history = _resume(model, folder)
    started = time.perf_counter()
    for epoch, (x, y) in prefetched(epoch_data, len(history), recipe.epochs):
        steps = -(-len(x) // recipe.batch_size)
        if not history:
            _compile(model, recipe, steps * recipe.epochs)
        set_seeds(model, seed + epoch)
        figures = model.fit(
            x,
            targets_of(model, recipe, y),
            batch_size=recipe.batch_size,
            validation_data=(validation[0], targets_of(model, recipe, validation[1])),
            initial_epoch=epoch,
            epochs=recipe.epochs,
            callbacks=[_OneEpoch()],
            verbose=1 if sys.stdout.isatty() else 2,
        ).history
        record = {"epoch": epoch + 1}
        record |= {name: values[-1] for name, values in figures.items()}
        record["learning_rate"] = float(model.optimizer.learning_rate)
        record["steps"] = int(model.optimizer.iterations)
        now = time.perf_counter()
        record["seconds"] = round(now - started, 3)
        started = now
        history.append(record)
        # In this order: a history that is ahead of its checkpoint can be cut back.
        write_json(folder / HISTORY_FILE, history)
        write_atomically(folder / CHECKPOINT_FILE, model.save)
        if after_epoch:
            after_epoch(record)
    return model, history


class _OneEpoch(keras.callbacks.Callback):
    """Ends `fit` after the epoch that it began with, while Keras shows it as one of all."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.model.stop_training = True


def _resume(model: keras.Model, folder: Path) -> tuple[keras.Model, History]:
    checkpoint = folder / CHECKPOINT_FILE
    if not checkpoint.exists():
        return model, []
    try:
        model = keras.saving.load_model(checkpoint)
        history = history_of(model, folder)
    except Exception as error:  # what Keras raises for a damaged file is not documented
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunError(f"{checkpoint} cannot be resumed ({reason}); --force starts over") from error
    print(f"Resumed after epoch {len(history)}")
    return model, history


def history_of(checkpoint: keras.Model, folder: Path) -> History:
    """The history that a folder holds, up to the steps of its checkpoint.

    Raises:
        ValueError: The two do not fit.
        OSError, KeyError, TypeError: The history is missing or damaged.
    """
    history = json.loads((folder / HISTORY_FILE).read_text("utf-8"))
    steps = int(checkpoint.optimizer.iterations)
    # The process may have been killed between writing the two.
    history = [record for record in history if record["steps"] <= steps]
    if not history or history[-1]["steps"] != steps:
        raise ValueError("history and checkpoint do not fit")
    return history


def prefetched(
    epoch_data: Callable[[int], Labelled], first: int, epochs: int
) -> Iterator[tuple[int, Labelled]]:
    """Each epoch's data, the next prepared in a thread while the caller uses the last."""
    executor = ThreadPoolExecutor(1)
    try:
        following = executor.submit(epoch_data, first) if first < epochs else None
        for epoch in range(first, epochs):
            data = following.result()
            if epoch + 1 < epochs:
                following = executor.submit(epoch_data, epoch + 1)
            yield epoch, data
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def set_seeds(model: keras.Model, seed: int) -> None:
    """Seeds all chance, that of the model's own layers too."""
    keras.utils.set_random_seed(seed)
    # The state of layers with dice of their own, as Dropout has, is not in Keras' files.
    for index, variable in enumerate(model.non_trainable_variables):
        if variable.path.endswith("seed_generator_state"):
            variable.assign([seed, index])


def _compile(model: keras.Model, recipe: Recipe, total_steps: int) -> None:
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        warm_up = round(_WARM_UP_SHARE * total_steps)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, total_steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
        )
    loss: keras.losses.Loss | str = "sparse_categorical_crossentropy"
    metric: str | Callable[..., Any] = "accuracy"
    if recipe.teacher:
        loss = distillation.Distillation(recipe.teacher.temperature, recipe.teacher.weight)
        metric = distillation.accuracy
    elif recipe.label_smoothing:
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=loss,
        metrics=[metric],
        # XLA is slower for convolutions of this size on a CPU.
        jit_compile=False,
    )


def targets_of(model: keras.Model, recipe: Recipe, labels: NDArray[Any]) -> NDArray[Any]:
    """The labels in the form that the loss takes, which may be theirs already."""
    if labels.ndim == 2 or not (recipe.label_smoothing or recipe.teacher):
        return labels
    return distillation.targets(labels, None, model.output_shape[-1])
