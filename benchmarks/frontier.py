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

# Training and export are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from train.data.labelled import LabelledSet
    from train.networks.trained import Source

_SURE = (0.9, 0.98, 0.99, 0.995, 0.998)
_BATCH = 32
_TIMED, _CALIBRATED = 1024, 512
_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class Part:
    """Normalised pictures; their digits, or None where they are no digits."""

    name: str
    inks: NDArray[np.uint8]
    digits: NDArray[np.int64] | None


@dataclass(frozen=True, eq=False)
class Row:
    """One network of the table.

    Attributes:
        name: What it is.
        model: The ONNX file's content.
        by_part: Of each part the right share of its digits, or the refused one of what is none.
        single: Microseconds of a picture that comes alone.
        batch: Microseconds of a picture in batches of 32.
    """

    name: str
    model: bytes
    by_part: dict[str, float] = field(default_factory=dict)
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
    from train.networks.trained import load
    from train.run_files import RunError

    try:
        data, sets, source = load_mnist(options.mnist), load_sets(options.sets), load(options.run)
    except (RunError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    (training, _), (pictures, digits) = data.split()
    validation = Part("MNIST validation", source.prepared(pictures), digits)
    parts = [validation, *_parts(sets)]
    rows = [Row(*named) for named in _networks(source, source.prepared(training[:_CALIBRATED]))]
    sessions = [_session(row.model) for row in rows]
    threshold = source.threshold or 0.0
    rows = [
        Row(row.name, row.model, _accuracies(session, parts, threshold), *times)
        for row, session, times in zip(
            rows, sessions, _microseconds(sessions, validation.inks[:_TIMED]), strict=True
        )
    ]
    print(_table(rows))
    if options.plot:
        _plot(rows, options.plot)
    return 0


def _networks(source: "Source", calibrated: NDArray[np.uint8]) -> Iterator[tuple[str, bytes]]:
    """Names and ONNX files of what is compared."""
    import keras

    from export.convert import convert
    from train.networks.cascade import cascade, stages

    first, second = stages(source.model)
    alone = {}
    for name, network in (("first alone", first), ("second alone", second)):
        model = keras.Model(network.input, keras.layers.Softmax()(network.output))
        alone[name] = convert(model, source.temperature).SerializeToString()
        yield name, alone[name]
    for name, model in alone.items():
        yield f"{name}, 8 bit", _quantized(model, calibrated)
    for sure in _SURE:
        both = cascade(first, second, sure, "both")
        yield f"both, sure from {sure:g} on", convert(both, source.temperature).SerializeToString()


def _quantized(model: bytes, pictures: NDArray[np.uint8]) -> bytes:
    from onnxruntime import quantization

    class _Pictures(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self._batches = iter(np.split(pictures, len(pictures) // _BATCH))

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


def _parts(sets: "Sequence[LabelledSet]") -> Iterator[Part]:
    """All digits of the sets, and all that is none."""
    from edgedigit.images import load_grey
    from edgedigit.normalize import prepare_all

    for name, kind in (("development sets", "digits"), ("no digits, refused", "not digits")):
        chosen = [part for part in sets if part.kind == kind]
        prepared = prepare_all([load_grey(picture) for part in chosen for picture in part.pictures])
        labels = [label for part in chosen for label in part.labels]
        yield Part(name, prepared.inks, np.array(labels, np.int64) if kind == "digits" else None)


def _session(model: bytes) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _accuracies(
    session: "InferenceSession", parts: Sequence[Part], threshold: float
) -> dict[str, float]:
    found = {}
    for part in parts:
        answers = np.concatenate([_run(session, batch) for batch in _batches(part.inks, _BATCH)])
        digits = answers[:, :10]
        confidence = digits.max(axis=1)
        refused = (confidence < threshold) | (confidence < answers[:, 10])
        counted = refused if part.digits is None else digits.argmax(axis=1) == part.digits
        found[part.name] = float(counted.mean())
    return found


def _microseconds(
    sessions: "Sequence[InferenceSession]", pictures: NDArray[np.uint8]
) -> list[tuple[float, float]]:
    """Of each network, a picture alone and in batches; the best of all rounds."""
    best = np.full((len(sessions), 2), np.inf)
    for _ in range(_ROUNDS):
        for place, session in enumerate(sessions):
            for way, size in enumerate((1, _BATCH)):
                chosen = pictures if size > 1 else pictures[:: len(pictures) // 128]
                started = time.perf_counter()
                for batch in _batches(chosen, size):
                    _run(session, batch)
                taken = (time.perf_counter() - started) / len(chosen)
                best[place, way] = min(best[place, way], taken)
    return [(single * 1e6, batch * 1e6) for single, batch in best]


def _batches(pictures: NDArray[np.uint8], size: int) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(pictures), size):
        yield pictures[start : start + size]


def _run(session: "InferenceSession", batch: NDArray[np.uint8]) -> NDArray[np.float32]:
    answers: NDArray[np.float32] = session.run(None, {"image": batch})[0]
    return answers


def _table(rows: Sequence[Row]) -> str:
    names = list(rows[0].by_part)
    header = ["Network", "File, kB", "µs alone", "µs in a batch", *names]
    lines = [header, ["---", *["---:"] * (len(header) - 1)]]
    for row in rows:
        shares = [f"{row.by_part[name]:.2%}" for name in names]
        times = [f"{row.single:.0f}", f"{row.batch:.1f}"]
        lines.append([row.name, f"{len(row.model) / 1000:.0f}", *times, *shares])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _plot(rows: Sequence[Row], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for axis, name in zip(axes, list(rows[0].by_part)[:2], strict=True):
        for row in rows:
            point: dict[str, Any] = {"marker": "o" if row.name.startswith("both") else "s"}
            axis.plot(row.batch, 100 * row.by_part[name], **point, label=row.name)
        axis.set(xlabel="µs a picture, in a batch", ylabel="right, %", title=name, xscale="log")
        axis.grid(alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
