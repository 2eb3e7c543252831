"""The command line of the export: `python -m export runs/edge --data mnist.npz`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgedigit.model import DEFAULT_MODEL
from export.card import version_of
from train.commands.options import probability
from train.tensorflow_import import import_tensorflow


def main(arguments: Sequence[str] | None = None) -> int:
    """Exports one model.

    Returns:
        0 when done, 1 when the model failed the gate or a file cannot be used, 130 when
        interrupted. Wrong usage exits with 2.
    """
    options = _parse(arguments)
    try:
        return _export(options)
    except KeyboardInterrupt:
        print("export: interrupted, nothing was changed", file=sys.stderr)
        return 130


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Turns a trained model into the folder that edgedigit loads. A model that "
        "fails a check of the gate changes nothing.",
    )
    parser.add_argument(
        "source", type=Path, metavar="RUN_OR_FILE", help="folder of a run, or a .keras file"
    )
    parser.add_argument(
        "--name",
        type=_name,
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
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="data in Keras' MNIST format to check on; without it drawn digits",
    )
    parser.add_argument(
        "--threshold",
        type=probability,
        metavar="P",
        help="confidence below which the runtime refuses, 0 to 1; default: that of the run's "
        "calibration",
    )
    return parser.parse_args(arguments)


def _name(text: str) -> str:
    try:
        version_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _export(options: argparse.Namespace) -> int:
    try:
        import_tensorflow()
        from export.gate import GateError
        from export.package import export
        from train.networks.trained import load_trained
    except ModuleNotFoundError as error:
        print(f"export: {error}; pip install '.[train]' brings all of it", file=sys.stderr)
        return 1
    from train.data.mnist import load_mnist
    from train.run_files import RunError

    try:
        data = None if options.data is None else load_mnist(options.data)
        folder = export(
            load_trained(options.source),
            options.output,
            options.name,
            data=data,
            threshold=options.threshold,
        )
    except (GateError, RunError, ValueError, OSError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    print(f"{folder} holds the model; it passed the gate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
