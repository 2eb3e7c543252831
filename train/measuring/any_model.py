"""A model of any form as it is measured: exported, or as Keras keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgedigit import Classifier, Prediction
from edgedigit.classifier import decide
from edgedigit.model import CONFIG_FILE, LABEL_COUNTS
from edgedigit.normalize import SIDE, Prepared
from train.run_files import RunError
from train.tensorflow_import import import_tensorflow

_METRICS_FILE = "metrics.json"
_MAX_SUM_DEVIATION = 1e-3


@dataclass(frozen=True, eq=False)
class AnyModel:
    """A model that answers to normalised pictures.

    Attributes:
        name: What it is called.
        threshold: The confidence, 0 to 1, below which it refuses.
        probabilities: Makes of inks, uint8 of shape (n, 28, 28), float32 of shape (n, 10 or 11).
    """

    name: str
    threshold: float
    probabilities: Callable[[NDArray[np.uint8]], NDArray[np.float32]]

    def classify_prepared(self, prepared: Prepared) -> list[Prediction]:
        """The answers of the runtime, if it ran this model.

        Raises:
            RunError: The network gives what is no probability.
        """
        rows = self.probabilities(prepared.inks)
        # Also where they are no numbers at all.
        if not ((rows >= 0).all() and (np.abs(rows.sum(axis=1) - 1) < _MAX_SUM_DEVIATION).all()):
            raise RunError(f"{self.name} gives answers that are no probabilities")
        blank = prepared.inks.max(axis=(1, 2)) == 0
        return decide(rows, blank, prepared.several, self.threshold)


def load_any_model(path: Path, threshold: float | None = None) -> AnyModel:
    """Loads a model.

    Args:
        path: A folder that the runtime loads, the folder of a run, or a .keras file.
        threshold: The confidence below which to refuse; None is the model's own, or 0 where
            it was not calibrated.

    Raises:
        ModelError: The runtime cannot load what should be a model of its own.
        RunError: It is no model, is damaged, or is one for something else.
    """
    if not path.exists():
        raise RunError(f"{path} does not exist; it must be a model's folder or a .keras file")
    if (path / CONFIG_FILE).is_file():
        classifier = Classifier(path, min_confidence=threshold)
        name = str(classifier.config.get("name", path.resolve().name))
        return AnyModel(name, classifier.min_confidence, classifier.probabilities)
    if path.is_dir() and not (path / _METRICS_FILE).is_file():
        raise RunError(
            f"{path} is no model: neither an exported one ({CONFIG_FILE}) nor a run "
            f"({_METRICS_FILE})"
        )
    return _load_keras(path, threshold)


def _load_keras(path: Path, threshold: float | None) -> AnyModel:
    import_tensorflow()
    from train.measuring.calibration import softmax
    from train.networks.predict import logits_network, predict
    from train.networks.trained import load_trained

    source = load_trained(path)
    shapes = getattr(source.model, "input_shape", None), getattr(source.model, "output_shape", None)
    if shapes not in [((None, SIDE, SIDE), (None, labels)) for labels in LABEL_COUNTS]:
        raise RunError(
            f"{path} makes {shapes[1]} of {shapes[0]}, not {(None, 11)} of {(None, SIDE, SIDE)}"
        )

    # A model from elsewhere may have no layer of logits.
    logits = None if source.temperature == 1 else logits_network(source.model)

    def probabilities(inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        if logits is None:
            return predict(source.model, inks)
        return softmax(predict(logits, inks), source.temperature).astype(np.float32)

    own = 0.0 if source.threshold is None else source.threshold
    name = path.resolve().name.removesuffix(".keras")
    return AnyModel(name, own if threshold is None else threshold, probabilities)
