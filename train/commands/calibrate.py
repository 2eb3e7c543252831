"""`python -m train calibrate`: temperature and threshold of a finished run, on real pictures."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.classifier import decide
from edgedigit.images import load_grey
from edgedigit.normalize import Prepared, prepare_all
from train.data.labelled import Kind, LabelledSet, load_sets
from train.data.mnist import DataError, Labelled, load_mnist
from train.measuring.calibration import MAX_WRONG_SHARE, fit_temperature, fit_threshold, softmax
from train.measuring.goals import NOT_POOLED
from train.measuring.scored import ScoredSet, figures
from train.measuring.tables import calibration_table
from train.run_files import METRICS_FILE, RunError, write_json
from train.tensorflow_import import import_tensorflow

Logits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From normalised pictures, uint8 of shape (n, 28, 28), to logits of shape (n, answers)."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train calibrate",
        description="Fits the temperature and the threshold of a finished run on MNIST's "
        "validation part and one half of the development sets, checks them on the other half, and "
        "writes them into the run's metrics.json, from where the export takes them.",
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of the run")
    parser.add_argument(
        "--data", type=Path, metavar="FILE.npz", required=True, help="what it was trained with"
    )
    parser.add_argument(
        "--sets",
        type=Path,
        metavar="FOLDER",
        required=True,
        help="folder of development sets; see train/data/labelled.py",
    )
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Calibrates, prints the figures and writes them.

    Raises:
        DataError: The data or a set is missing, damaged or not what is needed.
        ImageError: A picture of a set cannot be read.
        RunError: The run is missing or damaged.
        OSError: A file cannot be read or written.
    """
    if not options.run.is_dir():
        raise RunError(f"{options.run} is not the folder of a run")
    data, sets = load_mnist(options.data), load_sets(options.sets)
    import_tensorflow()
    from train.networks.predict import logits_network, predict
    from train.networks.trained import load_trained

    source = load_trained(options.run)
    source.check_data(data)
    validation = data.split()[1]
    network = logits_network(source.model)
    calibration = calibrate(lambda inks: predict(network, inks), validation, sets)
    path = options.run / METRICS_FILE
    write_json(path, source.metrics | {"calibration": calibration})
    print(_summary(calibration) + f"\n\nWritten into {path}")


def calibrate(logits: Logits, validation: Labelled, sets: Sequence[LabelledSet]) -> dict[str, Any]:
    """Fits on the validation part and one half of the sets, and checks on the other half.

    The temperature is fitted on digits alone, because confidence is the probability that the
    digit is right. Fitted on what is no digit too, it comes out higher, since networks are more
    often wrong there, and the calibration error of digits twice as large.

    Args:
        logits: The network.
        validation: Pictures and digits that were not trained with, as MNIST has them.
        sets: All of them; `dida_single`, `semeion` and look-alikes are left out.

    Returns:
        What metrics.json holds: `temperature`, `threshold`, the names of the sets, and the
        `figures` of the validation part and of both halves, as `figures` of
        `train.measuring.scored` has them, with `ece_before`, that of the temperature 1.

    Raises:
        DataError: There are no digits among the sets.
        ImageError: A picture of a set cannot be read.
    """
    pool = [part for part in sets if part.kind == "digits" and part.name not in NOT_POOLED]
    others = [part for part in sets if part.kind == "not digits"]
    if not pool:
        raise DataError(f"there are no digits to fit on, {' and '.join(NOT_POOLED)} left out")
    pictures, digits = validation
    parts = [("validation", [LabelledSet("", pictures, [str(digit) for digit in digits])])]
    for side, half in enumerate(("fitted", "checked")):
        parts.append((f"{half} digits", [part.halves()[side] for part in pool]))
        if others:
            parts.append((f"{half} not digits", [part.halves()[side] for part in others]))
    asked = [_ask(name, of_name, logits) for name, of_name in parts]
    on_validation, fitted = asked[:2]
    temperature = _temperature([on_validation, fitted])
    scored = fitted.scored(temperature, 0.0)
    threshold = fit_threshold(scored.confidence[scored.given], scored.right[scored.given])
    return {
        "temperature": temperature,
        "threshold": threshold,
        "max_wrong": MAX_WRONG_SHARE,
        "sets": [part.name for part in pool],
        "not_digits": [part.name for part in others],
        "figures": [
            figures(part.scored(temperature, threshold))
            | {"ece_before": part.scored(1.0, threshold).share("ece")}
            for part in asked
        ],
    }


class _Asked(NamedTuple):
    """Pictures as the network sees them, and its logits.

    Attributes:
        name: What they are.
        kind: Whether they are digits.
        labels: 0 to 9, or NOT_A_DIGIT, of shape (n,).
        prepared: The n pictures.
        logits: Shape (n, answers).
    """

    name: str
    kind: Kind
    labels: NDArray[np.int64]
    prepared: Prepared
    logits: NDArray[np.float32]

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Whether there is nothing on a picture, so that the runtime does not ask the network."""
        return ~self.prepared.inks.any(axis=(1, 2))

    def scored(self, temperature: float, threshold: float) -> ScoredSet:
        """The answers of the runtime with this temperature and this threshold."""
        probabilities = softmax(self.logits, temperature).astype(np.float32)
        predictions = decide(probabilities, self.blank, self.prepared.several, threshold)
        return ScoredSet(self.name, self.labels, predictions, self.kind)


def _ask(name: str, parts: Sequence[LabelledSet], logits: Logits) -> _Asked:
    prepared = prepare_all([load_grey(picture) for part in parts for picture in part.pictures])
    labels = np.concatenate([part.labels for part in parts])
    return _Asked(name, parts[0].kind, labels, prepared, logits(prepared.inks))


def _temperature(parts: Sequence[_Asked]) -> float:
    logits = np.concatenate([part.logits[~part.blank] for part in parts])
    labels = np.concatenate([part.labels[~part.blank] for part in parts])
    return fit_temperature(logits, labels)


def _summary(calibration: dict[str, Any]) -> str:
    fitted = f"temperature {calibration['temperature']:.4g}, threshold {calibration['threshold']:g}"
    return f"{fitted}\n\n{calibration_table(calibration['figures'])}"
