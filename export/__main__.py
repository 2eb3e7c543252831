"""The command line of the export: `python -m export runs/edge --data mnist.npz`.

That of the line network is `python -m export lines runs/lines --model FOLDER`; with `--litert FILE`
the model becomes one for microcontrollers.
"""

import argparse
import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgedigit.model import DEFAULT_MODEL
from export.card import model_name
from train.commands.options import check_inputs, probability, run_command
from train.tensorflow_import import import_tensorflow


def main(arguments: Sequence[str] | None = None, prog: str = "python -m export") -> int:
    """Exports one model.

    Args:
        arguments: What follows the command's name; None is `sys.argv`.
        prog: What the command is called.

    Returns:
        0 when done, 1 when the model failed the gate or a file cannot be used, 130 when
        interrupted. Wrong usage exits with 2.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    of_lines = list(arguments[:1]) == ["lines"]
    options = _parse_lines(arguments[1:], prog) if of_lines else _parse(arguments, prog)
    work = functools.partial(_export, options, of_lines)
    return run_command(prog, work, ", nothing was changed", (ValueError,))


def _parse(arguments: Sequence[str], prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Turns a trained model into the folder that edgedigit loads. A model that "
        "fails a check of the gate changes nothing.",
    )
    parser.add_argument(
        "source", type=Path, metavar="RUN_OR_FILE", help="folder of a run, or a .keras file"
    )
    parser.add_argument(
        "--name",
        type=model_name,
        default=Path(DEFAULT_MODEL).name,
        help="name and version; default: %(default)s",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("edgedigit/models"),
        metavar="FOLDER",
        help="folder of models; default: %(default)s",
    )
    parser.add_argument(
        "--litert",
        type=Path,
        metavar="FILE.tflite",
        help="write this file for LiteRT instead, in 8-bit integers, and its card beside it",
    )
    _add_data(parser)
    parser.add_argument(
        "--threshold",
        type=probability,
        metavar="P",
        help="confidence below which the runtime refuses, 0 to 1; default: that of the run's "
        "calibration",
    )
    return parser.parse_args(arguments)


def _parse_lines(arguments: Sequence[str], prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"{prog} lines",
        description="Puts a trained line network into a model's folder. One that fails a check of "
        "the gate changes nothing.",
    )
    parser.add_argument(
        "source",
        type=Path,
        nargs="?",
        metavar="RUN_OR_FILE",
        help="folder of a run, or a .keras file; without it the folder keeps its network, and "
        "something else is said of it",
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=Path(DEFAULT_MODEL),
        metavar="FOLDER",
        help="the model's folder; default: the package's own",
    )
    _add_data(parser)
    parser.add_argument(
        "--temperature",
        type=float,
        metavar="T",
        help="what logits are divided by; default: that of the run's calibration, or 1",
    )
    parser.add_argument(
        "--confidence",
        type=Path,
        metavar="FILE.json",
        help="numbers by their names, with which the reader makes its confidence",
    )
    parser.add_argument(
        "--figures",
        type=Path,
        metavar="FILE.json",
        help="the card's table: for each kind of lines the share, 0 to 1, that is exactly right",
    )
    parser.add_argument(
        "--scenes",
        type=Path,
        metavar="FILE.json",
        help="the card's table of second looks, as benchmarks/scenes.py writes it",
    )
    options = parser.parse_args(arguments)
    if options.source is None and (options.data or options.temperature):
        parser.error("--data and --temperature are for a network: name its run or file")
    if options.source is None and not (options.confidence or options.figures or options.scenes):
        parser.error("nothing to do: name a run or file, or --confidence, --figures or --scenes")
    return options


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="data in Keras' MNIST format to check on; without it drawn digits",
    )


def _export(options: argparse.Namespace, of_lines: bool) -> None:
    check_inputs(options.source, options.data)
    import_tensorflow()
    made = (_exported_lines if of_lines else _exported)(options)
    print(f"{made} holds the model; it passed the gate")


def _exported(options: argparse.Namespace) -> Path:
    from export.package import export
    from train.data.mnist import load_mnist
    from train.networks.trained import load_trained

    source = load_trained(options.source)
    data = None if options.data is None else load_mnist(options.data)
    if options.litert is not None:
        from export.litert import export_litert

        export_litert(source, options.litert, data)
        return options.litert
    return export(source, options.output, options.name, data=data, threshold=options.threshold)


def _exported_lines(options: argparse.Namespace) -> Path:
    from export.lines import describe_lines, export_lines
    from train.data.mnist import load_mnist
    from train.networks.trained import load_trained

    said = {
        "confidence": None if options.confidence is None else _numbers(options.confidence),
        "figures": None if options.figures is None else _numbers(options.figures),
        "scenes": None if options.scenes is None else _scenes(options.scenes),
    }
    if options.source is None:
        return describe_lines(options.model, **said)
    return export_lines(
        load_trained(options.source),
        options.model,
        data=None if options.data is None else load_mnist(options.data),
        temperature=options.temperature,
        **said,
    )


def _numbers(path: Path) -> dict[str, float]:
    """The numbers, by their names, that a JSON file holds."""
    return _object(path, "numbers", lambda value: type(value) in (int, float))


def _scenes(path: Path) -> dict[str, list[float]]:
    """Four shares for each scene, by their names, that a JSON file holds."""
    return _object(
        path,
        "lists of four shares",
        lambda value: isinstance(value, list) and [type(x) for x in value] == [float] * 4,
    )


def _object(path: Path, what: str, fits: Callable[[Any], bool]) -> dict[str, Any]:
    """The JSON object that a file holds, all values of which have to fit."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not isinstance(content, dict) or not all(map(fits, content.values())):
        raise ValueError(f"{path} must hold a JSON object of {what}")
    return content


if __name__ == "__main__":
    sys.exit(main())
