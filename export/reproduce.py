"""`python -m train reproduce`: what the five MNIST projects state beside what comes of it here."""

import argparse
import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from train.commands.options import add_force, add_mnist, add_seed, check_inputs
from train.data.mnist import Mnist, load_mnist
from train.measuring.tables import table
from train.recipes import Recipe, parse_recipe
from train.run_files import HISTORY_FILE, RunError, alone, write_atomically, write_json
from train.tensorflow_import import import_tensorflow

_PROJECTS_FILE = Path(__file__).parent / "projects.toml"
_TABLE_FILE, _FIGURES_FILE, _PLOT_FILE = "table.md", "figures.json", "comparison.png"


@dataclass(frozen=True)
class Reproduced:
    """A network of the projects, trained and exported here.

    Attributes:
        name: The network.
        stated: The keys of its recipe that the projects state.
        epochs: How often it saw the training data.
        stated_accuracy: The range that the projects state, 0 to 1.
        keras: Accuracy on MNIST's test part in Keras, 0 to 1.
        onnxruntime: The same in onnxruntime, of the exported file.
        bytes: Size of that file.
        parameters: Number of the network's weights.
        seconds: What training and evaluation took.
    """

    name: str
    stated: list[str]
    epochs: int
    stated_accuracy: tuple[float, float]
    keras: float
    onnxruntime: float
    bytes: int
    parameters: int
    seconds: float


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train reproduce",
        description="Trains the networks of the five MNIST projects as these state it, exports "
        "them, and compares the accuracies. Interrupted, the same command goes on.",
    )
    add_mnist(parser, "--data")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("runs/reproduce"),
        metavar="FOLDER",
        help="gets the table, a picture, and a folder for each run; default: %(default)s",
    )
    add_seed(parser)
    add_force(parser)
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Trains what is not trained yet, exports, prints the table, and writes it with a picture.

    Raises:
        DataError: The data is missing or damaged.
        RunError: The folder holds runs of other settings, or an export failed.
        OSError: The folder cannot be written.
    """
    check_inputs(options.data)
    import_tensorflow()
    from train.measuring.plots import save_comparison
    from train.training.run import run_training

    projects = tomllib.loads(_PROJECTS_FILE.read_text("utf-8"))
    accuracy = tuple(projects.pop("accuracy"))
    data = load_mnist(options.data)
    with alone(options.output):
        rows, drawn = [], {}
        for name, project in projects.items():
            recipe, folder = parse_recipe(project["recipe"]), options.output / name
            print(f"{name}: {recipe.epochs} epochs")
            run_training(name, recipe, data, seed=options.seed, folder=folder, force=options.force)
            row, matrix = _measured(name, recipe, project["stated"], accuracy, folder, data)
            rows.append(row)
            drawn[name] = json.loads((folder / HISTORY_FILE).read_text("utf-8")), matrix
        _write(options.output, rows, options.seed, data)
        save_comparison(options.output / _PLOT_FILE, drawn)
    print(f"This table, {_FIGURES_FILE}, {_PLOT_FILE} and the runs are in {options.output}")


def _write(folder: Path, rows: list[Reproduced], seed: int, data: Mnist) -> None:
    text = _table(rows)
    print(f"\n{text}\n")
    write_atomically(folder / _TABLE_FILE, lambda path: path.write_text(f"{text}\n", "utf-8"))
    figures = {
        "seed": seed,
        "data": {"file": data.source, "sha256": data.sha256},
        "networks": [asdict(row) for row in rows],
    }
    write_json(folder / _FIGURES_FILE, figures)


def _measured(
    name: str,
    recipe: Recipe,
    stated: list[str],
    stated_accuracy: tuple[float, float],
    folder: Path,
    data: Mnist,
) -> tuple[Reproduced, list[list[int]]]:
    """Exports a finished run and reads the test part with it; the row and confusion matrix."""
    from export import gate
    from export.convert import convert
    from train.measuring.calibration import softmax
    from train.networks.predict import accuracy, predict_logits
    from train.networks.trained import load_trained

    source = load_trained(folder)
    model = convert(source.model, source.temperature).SerializeToString(deterministic=True)
    try:
        gate.check_model(model)
        answers = gate.probabilities(model, data.x_test)
        expected = softmax(predict_logits(source.model, data.x_test), source.temperature)
        gate.check_difference(answers, expected)
        gate.check_argmax(answers, expected)
    except gate.GateError as error:
        raise RunError(f"{name} cannot be exported: {error}") from error
    test: dict[str, Any] = source.metrics["test"]
    row = Reproduced(
        name=name,
        stated=stated,
        epochs=recipe.epochs,
        stated_accuracy=stated_accuracy,
        keras=test["accuracy"],
        onnxruntime=accuracy(answers, data.y_test),
        bytes=len(model),
        parameters=source.metrics["parameters"],
        seconds=source.metrics["wall_seconds"],
    )
    return row, test["confusion_matrix"]


def _table(rows: list[Reproduced]) -> str:
    return table(
        "Network | Epochs | Stated, % | Keras, % | onnxruntime, % | ONNX file, kB | Parameters | "
        "Training, s",
        map(_cells, rows),
    )


def _cells(row: Reproduced) -> list[str]:
    least, most = row.stated_accuracy
    return [
        f"`{row.name}`",
        # A number of epochs that is ours and not the projects' stands in brackets.
        f"{row.epochs}" if "epochs" in row.stated else f"({row.epochs})",
        f"{100 * least:.0f} to {100 * most:.0f}",
        f"{100 * row.keras:.2f}",
        f"{100 * row.onnxruntime:.2f}",
        f"{row.bytes / 1000:.0f}",
        f"{row.parameters:,}",
        f"{row.seconds:.0f}",
    ]
