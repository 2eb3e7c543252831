"""What accuracy costs: the networks of a run, alone, as a cascade and in 8 bit, in one table.

    python benchmarks/frontier.py train/recipes/edge --mnist mnist.npz --sets FOLDER --plot FILE

Accuracy is that of the most probable digit on MNIST's validation part and on all digits of the
development sets together, normalised as the runtime does it. Times are of the network alone, one
thread: the best of several rounds, in which all networks take turns, since other load changes times
more than networks do; compare ratios, and only within one table. 8 bit is onnxruntime's static
quantization (QDQ, signed), calibrated on MNIST's training part.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

# Training, export and the other benchmarks are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.alternatives.tables import markdown_table

if TYPE_CHECKING:
    from edgedigit.model import Model
    from train.data.labelled import LabelledSet
    from train.networks.trained import TrainedModel

_SURE_PROBABILITIES = (0.9, 0.98, 0.99, 0.995, 0.998)
_BATCH_PICTURES = 32
_TIMED_PICTURES, _TIMED_SINGLE_PICTURES, _CALIBRATION_PICTURES = 1024, 128, 512
_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class TestSet:
    """Normalised pictures; their digits, or None where they are no digits."""

    name: str
    inks: NDArray[np.uint8]
    digits: NDArray[np.int64] | None


@dataclass(frozen=True, eq=False)
class NetworkFigures:
    """A network and what was measured of it: a row of the table.

    Attributes:
        name: What it is.
        bytes: Size of its ONNX files.
        by_set: Of each set the right share of its digits, or the refused one of what is none.
        single: Microseconds of a picture that comes alone.
        batch: Microseconds of a picture in batches of 32.
    """

    name: str
    bytes: int
    by_set: dict[str, float] = field(default_factory=dict)
    single: float = 0.0
    batch: float = 0.0


def main() -> int:
    """Prints the table; returns 0, or 1 when the run or the data cannot be used."""
    parser = argparse.ArgumentParser(description="What accuracy costs, in microseconds.")
    parser.add_argument("run", type=Path, metavar="RUN", help="a run that ended in a cascade")
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument("--sets", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    options = parser.parse_args()
    from train.tensorflow_import import import_tensorflow

    import_tensorflow()
    from train.data.labelled import load_sets
    from train.data.mnist import load_mnist
    from train.networks.trained import load_trained
    from train.run_files import RunError

    try:
        data, sets, source = (
            load_mnist(options.mnist),
            load_sets(options.sets),
            load_trained(options.run),
        )
    except (RunError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    (training, _), (pictures, digits) = data.split()
    validation = TestSet("MNIST validation", source.prepared(pictures), digits)
    test_sets = [validation, *_test_sets(sets)]
    networks = dict(_networks(source, source.prepared(training[:_CALIBRATION_PICTURES])))
    times = _microseconds(list(networks.values()), validation.inks[:_TIMED_PICTURES])
    threshold = source.threshold or 0.0
    rows = [
        NetworkFigures(name, _size(model), _accuracies(model, test_sets, threshold), *of_network)
        for (name, model), of_network in zip(networks.items(), times, strict=True)
    ]
    print(_table(rows))
    if options.plot:
        _plot(rows, options.plot)
    return 0


def _networks(
    source: "TrainedModel", calibrated: NDArray[np.uint8]
) -> "Iterator[tuple[str, Model]]":
    """The names of what is compared, and its networks as the runtime takes them."""
    from edgedigit.model import FirstModel, Model
    from export.card import labels
    from export.convert import convert, convert_first
    from train.networks.cascade import stages

    first, second = stages(source.model)
    config = {"labels": labels(second.output_shape[1])}
    alone = {
        name: convert(network, source.temperature).SerializeToString()
        for name, network in (("first alone", first), ("second alone", second))
    }
    for name, content in alone.items():
        yield name, Model(config, content)
        yield f"{name}, 8 bit", Model(config, _quantized(content, calibrated))
    small = convert_first(first, source.temperature).SerializeToString()
    for sure in _SURE_PROBABILITIES:
        asked_first = FirstModel(small, len(config["labels"]), sure)
        name = f"both, sure from {sure:g} on"
        yield name, Model(config, alone["second alone"], asked_first)


def _size(model: "Model") -> int:
    return len(model.content) + (len(model.first.content) if model.first else 0)


def _quantized(model: bytes, pictures: NDArray[np.uint8]) -> bytes:
    from onnxruntime import quantization

    class _Pictures(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self._batches = iter(np.split(pictures, len(pictures) // _BATCH_PICTURES))

        def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
            batch = next(self._batches, None)
            return None if batch is None else {"image": batch}

    with tempfile.TemporaryDirectory() as folder:
        whole, quantized = Path(folder, "whole.onnx"), Path(folder, "quantized.onnx")
        whole.write_bytes(model)
        quantization.shape_inference.quant_pre_process(whole, whole, skip_symbolic_shape=True)
        quantization.quantize_static(
            whole,
            quantized,
            _Pictures(),
            activation_type=quantization.QuantType.QInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
        )
        return quantized.read_bytes()


def _test_sets(sets: "Sequence[LabelledSet]") -> Iterator[TestSet]:
    """All digits of the sets, and all that is none."""
    from edgedigit.images import load_grey
    from edgedigit.normalize import prepare_all

    for name, kind in (("development sets", "digits"), ("no digits, refused", "not digits")):
        chosen = [part for part in sets if part.kind == kind]
        prepared = prepare_all([load_grey(picture) for part in chosen for picture in part.pictures])
        labels = [label for part in chosen for label in part.labels]
        yield TestSet(name, prepared.inks, np.array(labels, np.int64) if kind == "digits" else None)


def _accuracies(model: "Model", test_sets: Sequence[TestSet], threshold: float) -> dict[str, float]:
    from edgedigit.model import Networks

    networks, found = Networks(model, threads=1), {}
    for test_set in test_sets:
        answers = networks.probabilities(test_set.inks)
        digits = answers[:, :10]
        confidence = digits.max(axis=1)
        refused = (confidence < threshold) | (confidence < answers[:, 10])
        counted = refused if test_set.digits is None else digits.argmax(axis=1) == test_set.digits
        found[test_set.name] = float(counted.mean())
    return found


def _microseconds(
    models: "Sequence[Model]", pictures: NDArray[np.uint8]
) -> list[tuple[float, float]]:
    """Of each network, a picture alone and in batches; the best of all rounds."""
    from edgedigit.model import Networks

    all_networks = [Networks(model, threads=1) for model in models]
    best = np.full((len(models), 2), np.inf)
    for _ in range(_ROUNDS):
        for place, networks in enumerate(all_networks):
            for way, size in enumerate((1, _BATCH_PICTURES)):
                chosen = (
                    pictures if size > 1 else pictures[:: len(pictures) // _TIMED_SINGLE_PICTURES]
                )
                started = time.perf_counter()
                for start in range(0, len(chosen), size):
                    networks.probabilities(chosen[start : start + size])
                taken = (time.perf_counter() - started) / len(chosen)
                best[place, way] = min(best[place, way], taken)
    return [(single * 1e6, batch * 1e6) for single, batch in best]


def _table(rows: Sequence[NetworkFigures]) -> str:
    names = list(rows[0].by_set)
    lines = []
    for row in rows:
        shares = [f"{row.by_set[name]:.2%}" for name in names]
        times = [f"{row.single:.0f}", f"{row.batch:.1f}"]
        lines.append([row.name, f"{row.bytes / 1000:.0f}", *times, *shares])
    return markdown_table(["Network", "Files, kB", "µs alone", "µs in a batch", *names], lines)


def _plot(rows: Sequence[NetworkFigures], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for axis, name in zip(axes, list(rows[0].by_set)[:2], strict=True):
        for row in rows:
            point: dict[str, Any] = {"marker": "o" if row.name.startswith("both") else "s"}
            axis.plot(row.batch, 100 * row.by_set[name], **point, label=row.name)
        axis.set(xlabel="µs a picture, in a batch", ylabel="right, %", title=name, xscale="log")
        axis.grid(alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
