"""The training of the line network, which may be interrupted at any moment and goes on."""

import functools
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edgedigit.lines.strips import STRIP_MARGIN_COLUMNS
from edgedigit.model import STRIP_COLUMNS_PER_ANSWER, STRIP_ROWS
from edgedigit.results import SIGNS
from train.data.mnist import Labelled, Mnist, load_mnist
from train.drawing.lines.glyphs import drawn_pens, pens, printed_hands
from train.drawing.lines.strips import Hands, LineStrip, compose_strip
from train.networks.line_network import NOTHING, ctc_loss, line_network
from train.run_files import (
    AVERAGED_FILE,
    CHECKPOINT_FILE,
    HISTORY_FILE,
    KERAS_FILE,
    METRICS_FILE,
    RunError,
    begin_run,
    finish_run,
    origin,
    write_atomically,
    write_json,
)
from train.training.fit import history_of, set_seeds
from train.training.run import versions

Batch = tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]

_DRAWN_PER_DIGIT, _OTHER_SIGNS = 3000, 6000
_VALIDATION_CHUNK = 2**31
_VALIDATION_STRIPS = 2048
# Strips of about one width make a batch, out of so many batches' strips.
_SORTED_BATCHES = 16
_PADDED_COLUMNS = 16
_MAX_GRADIENT_NORM = 5.0
_PEAK_LEARNING_RATE = 2e-3
# What a trained network begins with again: a larger one would forget what it knows.
_AGAIN_PEAK_LEARNING_RATE = 1e-3
_WARM_UP_STEPS = 1000
_AVERAGING = 0.9995


class LineRecipe(NamedTuple):
    """How the line network is trained.

    Attributes:
        phases: Of the training; each composes strips of its own.
        strips: That each phase composes.
        reuse: Phases in which a strip is seen.
        batch_size: Strips of a step.
    """

    phases: int = 40
    strips: int = 8192
    reuse: int = 4
    batch_size: int = 64

    def steps(self, phase: int) -> int:
        """Steps of a phase: the first have no earlier ones to take strips from."""
        return min(phase + 1, self.reuse) * self.strips // self.batch_size


def run_line_training(
    recipe: LineRecipe,
    data: Mnist,
    path: Path,
    *,
    seed: int,
    folder: Path,
    force: bool = False,
    start: Path | None = None,
) -> dict[str, Any] | None:
    """Trains the line network; goes on with what the folder holds.

    The folder gets `settings.json`, `history.json`, `model.keras` (the mean of the weights of the
    last steps, after Polyak and Juditsky, "Acceleration of stochastic approximation by averaging",
    1992) and `metrics.json`; while it trains, a checkpoint.

    Args:
        recipe: The settings.
        data: Digits are taken from its training part alone.
        path: The file that it was read from, for the process that composes strips.
        seed: Of all chance, 0 to 2**31.
        folder: Where to; made when missing.
        force: Start over, whatever the folder holds.
        start: The `.keras` file of a trained line network to begin with, instead of a new one. Its
            weights and those that come of it are averaged: the mean reads both kinds of lines, and
            others (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).

    Returns:
        What `metrics.json` holds; None when the folder held the finished run already.

    Raises:
        RunError: The folder holds a run of other settings, or a damaged one, or `start` is no
            line network.
        OSError: The folder cannot be written, or `start` cannot be read.
    """
    settings = {"model": "lines", "seed": seed, "data_sha256": data.sha256} | recipe._asdict()
    if start is not None:
        settings["start"] = origin(start)
    begin_run(folder, settings, force)
    if (folder / METRICS_FILE).exists():
        return None
    keras.utils.set_random_seed(seed)
    network, averaged, history = _resumed(folder, recipe, start)
    step = _training_step(network, averaged)
    with _Composing(recipe, path, seed, len(history)) as phases:
        validation = phases.validation()
        for phase, strips in phases:
            started = time.perf_counter()
            set_seeds(network, seed + phase)
            rng = np.random.default_rng([seed, phase])
            losses = [float(step(*batch)) for batch in batches(strips, recipe.batch_size, rng)]
            record = {
                "phase": phase + 1,
                "loss": float(np.mean(losses)),
                "steps": int(network.optimizer.iterations),
                "exactly_right": exactly_right(averaged, validation),
                "seconds": round(time.perf_counter() - started, 1),
            }
            history.append(record)
            print(" ".join(f"{name} {value:.4g}" for name, value in record.items()), flush=True)
            write_json(folder / HISTORY_FILE, history)
            write_atomically(folder / AVERAGED_FILE, averaged.save)
            write_atomically(folder / CHECKPOINT_FILE, network.save)
    right = history[-1]["exactly_right"]
    if start is not None:
        _move_half_back(averaged, start)
        right = exactly_right(averaged, validation)
    write_atomically(folder / KERAS_FILE, averaged.save)
    metrics = {
        "model": "lines",
        "parameters": averaged.count_params(),
        "settings": settings,
        "versions": versions(),
        "validation": {"strips": len(validation), "exactly_right": right},
        "wall_seconds": round(sum(record["seconds"] for record in history), 1),
    }
    finish_run(folder, metrics)
    return metrics


def _resumed(
    folder: Path, recipe: LineRecipe, start: Path | None
) -> tuple[keras.Model, keras.Model, list[dict[str, float]]]:
    """The network, the mean of its weights, and the history: those of the folder, or first ones."""
    checkpoint = folder / CHECKPOINT_FILE
    if not checkpoint.exists():
        network = line_network()
        if start is not None:
            _take_weights(network, start)
        total = sum(map(recipe.steps, range(recipe.phases)))
        rate = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(total - _WARM_UP_STEPS, 1),
            warmup_target=_AGAIN_PEAK_LEARNING_RATE if start else _PEAK_LEARNING_RATE,
            warmup_steps=_WARM_UP_STEPS,
        )
        network.compile(keras.optimizers.Adam(rate, global_clipnorm=_MAX_GRADIENT_NORM))
        network.optimizer.build(network.trainable_variables)
        averaged = keras.models.clone_model(network)
        averaged.set_weights(network.get_weights())
        return network, averaged, []
    try:
        network = keras.saving.load_model(checkpoint)
        averaged = keras.saving.load_model(folder / AVERAGED_FILE)
        history = history_of(network, folder)
    except Exception as error:  # what Keras raises for a damaged file is not documented
        raise RunError(f"{checkpoint} cannot be resumed ({error}); --force starts over") from error
    print(f"Resumed after phase {len(history)}")
    return network, averaged, history


def _take_weights(network: keras.Model, path: Path) -> None:
    try:
        network.set_weights(keras.saving.load_model(path).get_weights())
    except Exception as error:  # what Keras raises for a foreign file is not documented
        raise RunError(f"{path} holds no line network ({error})") from error


def _move_half_back(network: keras.Model, start: Path) -> None:
    before = keras.saving.load_model(start).get_weights()
    pairs = zip(before, network.get_weights(), strict=True)
    network.set_weights([(one + other) / 2 for one, other in pairs])


def _training_step(network: keras.Model, averaged: keras.Model) -> Any:
    signature = [
        tf.TensorSpec([None, STRIP_ROWS, None], tf.uint8),
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None], tf.int32),
    ]
    optimizer = network.optimizer

    @tf.function(input_signature=signature)
    def step(strips: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = ctc_loss(labels, lengths, network(strips, training=True))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        # The mean of few steps follows them faster.
        done = tf.cast(optimizer.iterations, tf.float32)
        kept = tf.minimum(_AVERAGING, done / (done + 10.0))
        for mean, own in zip(averaged.weights, network.weights, strict=True):
            if mean.dtype == "float32":
                mean.assign(mean * kept + own * (1 - kept))
        return loss

    return step


def batches(strips: list[LineStrip], size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """All strips once, in batches of about equal width.

    Args:
        strips: Some multiple of the size, for batches of this size.
        size: Strips of a batch.
        rng: Of the order, the brightness and the place.

    Yields:
        Strips, uint8 of shape (size, 40, columns); labels, int32 of shape (size, longest), and
        how many of them each text has.
    """
    order = rng.permutation(len(strips))
    group = size * _SORTED_BATCHES
    for start in range(0, len(order), group):
        some = order[start : start + group]
        some = some[np.argsort([strips[i].picture.shape[1] for i in some], kind="stable")]
        firsts = range(0, len(some), size)
        for first in rng.permutation(firsts):
            yield _batch([strips[i] for i in some[first : first + size]], rng)


def _batch(strips: list[LineStrip], rng: np.random.Generator | None = None) -> Batch:
    columns = max(strip.picture.shape[1] for strip in strips) + STRIP_MARGIN_COLUMNS
    columns = -(-columns // _PADDED_COLUMNS) * _PADDED_COLUMNS
    pictures = np.zeros((len(strips), STRIP_ROWS, columns), np.uint8)
    longest = max(1, *(len(strip.text) for strip in strips))
    labels = np.full((len(strips), longest), NOTHING, np.int32)
    for place, (picture, text) in enumerate(strips):
        left = 0
        if rng is not None:
            left = int(rng.integers(STRIP_COLUMNS_PER_ANSWER))
            if rng.random() < 0.3:
                picture = (picture * rng.uniform(0.5, 1)).astype(np.uint8)
        pictures[place, :, left : left + picture.shape[1]] = picture
        labels[place, : len(text)] = [SIGNS.index(sign) for sign in text]
    return pictures, labels, np.array([len(strip.text) for strip in strips], np.int32)


def exactly_right(network: keras.Model, strips: list[LineStrip]) -> float:
    """The share of strips of which the most probable sign of each column writes the text."""
    right = 0
    by_width = sorted(strips, key=lambda strip: strip.picture.shape[1])
    for start in range(0, len(by_width), 256):
        some = by_width[start : start + 256]
        best = network(_batch(some)[0], training=False).numpy().argmax(axis=2)
        for row, strip in zip(best, some, strict=True):
            begins = np.concatenate([[True], row[1:] != row[:-1]]) & (row != NOTHING)
            right += "".join(SIGNS[k] for k in row[begins]) == strip.text
    return right / len(strips)


@functools.cache
def _hands(path: Path, seed: int, validates: bool) -> Hands:
    part: Labelled = load_mnist(path).split()[validates]
    rng = np.random.default_rng([seed, 77 + validates])
    share = 0.1 if validates else 1.0
    others = round(_OTHER_SIGNS * share)
    drawn = drawn_pens(round(_DRAWN_PER_DIGIT * share), rng, others)
    return Hands(pens(*part, rng, others), drawn, printed_hands())


def compose_chunk(path: Path, seed: int, chunk: int, count: int) -> list[LineStrip]:
    """So many strips, the same ones for the same arguments.

    Args:
        path: MNIST's file.
        seed: Of all chance.
        chunk: The phase that they are for; `_VALIDATION_CHUNK` takes digits that no phase has.
        count: How many.
    """
    hands = _hands(path, seed, chunk == _VALIDATION_CHUNK)
    return [
        compose_strip(hands, np.random.default_rng([seed, chunk, place])) for place in range(count)
    ]


def _end_with_parent() -> None:
    """Ends this process when the one that started it does, even if that was killed."""
    parent = multiprocessing.parent_process()
    if parent is None:  # a thread of a test
        return

    def end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


class _Composing:
    """Strips of each phase, composed by another process while the phases before are trained."""

    def __init__(self, recipe: LineRecipe, path: Path, seed: int, first: int) -> None:
        self._recipe, self._path, self._seed, self._first = recipe, path, seed, first
        # TensorFlow's threads do not survive a fork.
        self._pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), initializer=_end_with_parent
        )

    def __enter__(self) -> "_Composing":
        self._validation = self._submit(_VALIDATION_CHUNK, _VALIDATION_STRIPS)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, chunk: int, count: int) -> Future[list[LineStrip]]:
        return self._pool.submit(compose_chunk, self._path, self._seed, chunk, count)

    def validation(self) -> list[LineStrip]:
        return self._validation.result()

    def __iter__(self) -> Iterator[tuple[int, list[LineStrip]]]:
        recipe = self._recipe
        coming: dict[int, Future[list[LineStrip]]] = {}
        for phase in range(self._first, recipe.phases):
            earliest = max(phase + 1 - recipe.reuse, 0)
            for chunk in range(earliest, min(phase + 3, recipe.phases)):
                if chunk not in coming:
                    coming[chunk] = self._submit(chunk, recipe.strips)
            coming.pop(earliest - 1, None)
            strips: list[LineStrip] = []
            for chunk in range(earliest, phase + 1):
                strips += coming[chunk].result()
            yield phase, strips
