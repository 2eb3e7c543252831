"""A trained model with the figures of its training: what is exported and calibrated."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import train.networks.cascade  # noqa: F401 - Keras finds the layers of a file among those imported
from edgedigit.normalize import normalize
from train.data.mnist import DataError, Mnist
from train.run_files import KERAS_FILE, METRICS_FILE, RunError

# Keras may quote the whole network.
_MAX_REASON_LENGTH = 200


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A trained model with its figures.

    Attributes:
        model: The Keras model.
        metrics: What `python -m train` wrote about it; empty for a model from elsewhere.
    """

    model: keras.Model
    metrics: dict[str, Any] = field(default_factory=dict)

    @property
    def temperature(self) -> float:
        """The divisor of the logits that the calibration found; 1 where there was none."""
        return self.metrics.get("calibration", {}).get("temperature", 1.0)

    @property
    def threshold(self) -> float | None:
        """The confidence, 0 to 1, that the calibration found to refuse below, or None."""
        return self.metrics.get("calibration", {}).get("threshold")

    def prepared(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """MNIST's pictures in the form in which the training evaluated the model.

        Args:
            pictures: uint8 of shape (n, 28, 28), bright ink on dark.

        Returns:
            The pictures themselves, or normalised as the runtime does it, where the training did.
        """
        if self.metrics.get("settings", {}).get("mixture") is None:
            return pictures
        return normalize(pictures)

    def check_data(self, data: Mnist) -> None:
        """Makes sure that no figures of different data stand side by side.

        Raises:
            DataError: The model was trained with other data.
        """
        if self.metrics.get("data", {}).get("sha256") not in (None, data.sha256):
            raise DataError(f"{data.source} is not the data that the model was trained with")


def load_trained(path: Path) -> TrainedModel:
    """Loads a trained model.

    Args:
        path: A run's folder as `python -m train` leaves it, or a .keras file.

    Raises:
        RunError: What should be there is missing or damaged.
    """
    if path.is_dir():
        return TrainedModel(_load_model(path / KERAS_FILE), _load_metrics(path / METRICS_FILE))
    return TrainedModel(_load_model(path))


def _load_model(path: Path) -> keras.Model:
    if not path.is_file():
        raise RunError(f"{path} does not exist")
    try:
        return keras.saving.load_model(path, compile=False)
    # What Keras raises for a damaged file is not documented.
    except Exception as error:
        reason = shorten(str(error), _MAX_REASON_LENGTH, placeholder=" ...")
        raise RunError(
            f"cannot load {path}, which has to be a model of `python -m train`: {reason}"
        ) from error


def _load_metrics(path: Path) -> dict[str, Any]:
    try:
        metrics = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise RunError(f"{path} is damaged: {error}") from error
    if not isinstance(metrics, dict):
        raise RunError(f"{path} is damaged: it must hold an object")
    return metrics
