"""Compares trained architectures, in Keras and as exported, in a Markdown table.

    python benchmarks/architectures.py runs/mlp-128 runs/cnn runs/edge --data mnist.npz

Each run is exported through the gate to a temporary folder. Both accuracies are of the same
arrays. Times are of the network alone: onnxruntime's run() on one picture with one thread. Since
other load changes times more than models do, compare ratios, and only within one table.
"""

import argparse
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# Training and export are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from train.data import Mnist

_ROUNDS = 20
_RUNS = 200


@dataclass(frozen=True)
class Figures:
    """What the table says of one model.

    Attributes:
        name: The architecture.
        parameters: Number of its weights.
        keras: Accuracy on the test part in Keras, 0 to 1.
        onnxruntime: Accuracy on the test part in onnxruntime, 0 to 1.
        size: Of the ONNX file, in bytes.
        onnx: The ONNX file's content.
    """

    name: str
    parameters: int
    keras: float
    onnxruntime: float
    size: int
    onnx: bytes


def main() -> int:
    """Prints the table; returns 0, or 1 when a run or the data cannot be used."""
    parser = argparse.ArgumentParser(description="Compares trained architectures.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN_DIR")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE.npz")
    options = parser.parse_args()
    from train.quiet import import_tensorflow

    import_tensorflow()
    from export.gate import GateError
    from train.data import load_mnist
    from train.files import RunError

    try:
        data = load_mnist(options.data)
        models = [measure(run, data) for run in options.runs]
    except (GateError, RunError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(models, microseconds([model.onnx for model in models], data.x_test[:_RUNS])))
    return 0


def measure(run: Path, data: "Mnist") -> Figures:
    """Exports a run and finds its accuracies.

    Args:
        run: Folder that `python -m train` made.
        data: What it was trained with.
    """
    from edgedigit import Classifier
    from export.package import export
    from train.evaluate import accuracy, predict
    from train.source import load

    source = load(run)
    pictures = source.prepared(data.x_test)
    with tempfile.TemporaryDirectory() as output:
        folder = export(source, Path(output), "digits-v1", data=data)
        answers = Classifier(folder).probabilities(pictures)
        onnx = (folder / "model.onnx").read_bytes()
    return Figures(
        name=source.metrics["model"],
        parameters=source.model.count_params(),
        keras=accuracy(predict(source.model, pictures), data.y_test),
        onnxruntime=accuracy(answers, data.y_test),
        size=len(onnx),
        onnx=onnx,
    )


def microseconds(models: "list[bytes]", pictures: "NDArray[np.uint8]") -> list[float]:
    """The median time that each model takes for a picture, in microseconds.

    The models take turns, so that other load on the machine meets all of them alike.

    Args:
        models: Contents of ONNX files.
        pictures: uint8 of shape (n, 28, 28).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions = [
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        for model in models
    ]
    batches = [{"image": pictures[index : index + 1]} for index in range(len(pictures))]
    times: list[list[float]] = [[] for _ in sessions]
    # The first round warms up.
    for turn in range(_ROUNDS + 1):
        for session, taken in zip(sessions, times, strict=True):
            for batch in batches:
                started = time.perf_counter()
                session.run(None, batch)
                if turn:
                    taken.append(time.perf_counter() - started)
    return [statistics.median(taken) * 1e6 for taken in times]


def table(models: list[Figures], times: list[float]) -> str:
    """The table, and what it was measured with, in Markdown."""
    import onnxruntime

    header = [
        "Model",
        "Parameters",
        "MNIST test, Keras",
        "MNIST test, onnxruntime",
        "File, kB",
        "µs a picture",
        "Relative time",
    ]
    rows = [
        [
            f"`{model.name}`",
            f"{model.parameters:,}",
            f"{model.keras:.2%}",
            f"{model.onnxruntime:.2%}",
            f"{model.size / 1000:.0f}",
            f"{taken:.1f}",
            f"{taken / min(times):.1f}",
        ]
        for model, taken in zip(models, times, strict=True)
    ]
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(
        [
            *("| " + " | ".join(line) + " |" for line in lines),
            "",
            f"onnxruntime {onnxruntime.__version__} on {platform.machine()}, one thread, "
            "one picture at a time.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
