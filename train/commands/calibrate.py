"""`python -m train calibrate`: temperature and threshold of a finished run, on real pictures."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.images import load_grey
from edgedigit.normalize import prepare_all
from edgedigit.results import DIGIT_COUNT
from train.data.devsets import DevSet, Kind, halves, load_sets
from train.data.mnist import DataError, Labelled, load_mnist
from train.measuring.calibration import MAX_WRONG, fit_temperature, fit_threshold, softmax
from train.measuring.goals import NOT_POOLED
from train.measuring.scored import Answers, Scored, count
from train.run_files import METRICS_FILE, RunError, write_json
from train.tensorflow_import import import_tensorflow

# From normalised pictures, uint8 of shape (n, 28, 28), to logits of shape (n, answers).
Logits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


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
        help="folder of development sets; see train/data/devsets.py",
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


def calibrate(logits: Logits, validation: Labelled, sets: Sequence[DevSet]) -> dict[str, Any]:
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
        `figures` of the validation part and of both halves, as `train.measuring.scored.Figures`
        has them, with `ece_before`, that of the temperature 1.

    Raises:
        DataError: There are no digits among the sets.
        ImageError: A picture of a set cannot be read.
    """
    pool = [part for part in sets if part.kind == "digits" and part.name not in NOT_POOLED]
    others = [part for part in sets if part.kind == "not digits"]
    if not pool:
        raise DataError(f"there are no digits to fit on, {' and '.join(NOT_POOLED)} left out")
    pictures, digits = validation
    parts = {"validation": [DevSet("", pictures, [str(digit) for digit in digits], "digits")]}
    for side, half in enumerate(("fitted", "checked")):
        parts[f"{half} digits"] = [halves(part)[side] for part in pool]
        if others:
            parts[f"{half} not digits"] = [halves(part)[side] for part in others]
    seen = {name: _seen(name, of_name, logits) for name, of_name in parts.items()}
    fitted = seen["fitted digits"]
    temperature = _temperature([seen["validation"], fitted])
    threshold = _threshold(fitted.scored(temperature))
    return {
        "temperature": temperature,
        "threshold": threshold,
        "max_wrong": MAX_WRONG,
        "sets": [part.name for part in pool],
        "not_digits": [part.name for part in others],
        "figures": [
            _figures(part.scored(temperature), part.scored(1.0), threshold)
            for part in seen.values()
        ],
    }


class _Seen(NamedTuple):
    """Pictures as the network sees them, and what it says.

    Attributes:
        name: What they are.
        kind: Whether they are digits.
        labels: What each shows.
        logits: Shape (n, answers).
        blank: Whether there is nothing on a picture, so that the runtime does not ask the network.
        several: Whether the runtime sees several digits on it, and gives none.
    """

    name: str
    kind: Kind
    labels: NDArray[np.str_]
    logits: NDArray[np.float32]
    blank: NDArray[np.bool_]
    several: NDArray[np.bool_]

    def scored(self, temperature: float) -> Scored:
        """What the runtime would answer with this temperature."""
        probabilities = softmax(self.logits, temperature)
        no_digit = self.blank | self.several | (probabilities.argmax(axis=1) >= DIGIT_COUNT)
        of_digits = np.where(self.blank[:, None], 0, probabilities[:, :DIGIT_COUNT])
        answers = Answers(of_digits.astype(np.float32), no_digit)
        return Scored(self.name, self.labels, self.kind, answers)


def _seen(name: str, parts: Sequence[DevSet], logits: Logits) -> _Seen:
    prepared = prepare_all([load_grey(picture) for part in parts for picture in part.pictures])
    labels = np.array([label for part in parts for label in part.labels])
    blank = ~prepared.inks.any(axis=(1, 2))
    kind = parts[0].kind
    return _Seen(name, kind, labels, logits(prepared.inks), blank, prepared.several)


def _temperature(parts: Sequence[_Seen]) -> float:
    logits = np.concatenate([part.logits[~part.blank] for part in parts])
    labels = np.concatenate([part.labels[~part.blank] for part in parts])
    return fit_temperature(logits, labels.astype(np.int64))


def _threshold(scored: Scored) -> float:
    asked = ~scored.answers.no_digit
    return fit_threshold(scored.answers.probabilities.max(axis=1)[asked], scored.right[asked])


def _figures(after: Scored, before: Scored, threshold: float) -> dict[str, Any]:
    counted = dataclasses.asdict(count(after, threshold))
    del counted["confusions"]
    return counted | {"ece_before": count(before, threshold).ece}


def _summary(calibration: dict[str, Any]) -> str:
    """The calibration in Markdown."""
    lines = [
        f"temperature {calibration['temperature']:.4g}, threshold {calibration['threshold']:g}",
        "",
        "| part | pictures | refused | wrong of given | ECE before | ECE |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in calibration["figures"]:
        given = row["pictures"] - row["refused"]
        refused = f"{row['refused'] / row['pictures']:.2%} ({row['refused']:,})"
        cells = [row["name"], f"{row['pictures']:,}", refused, "", "", ""]
        if row["kind"] == "digits":
            wrong = f"{row['given_wrong'] / max(1, given):.2%} ({row['given_wrong']:,})"
            cells[3:] = [wrong, f"{row['ece_before']:.2%}", f"{row['ece']:.2%}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
