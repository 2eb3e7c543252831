"""`python -m train lines`: trains the network that reads whole lines."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from train.commands.options import add_force, add_seed, check_inputs, positive
from train.data.mnist import load_mnist
from train.tensorflow_import import import_tensorflow


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train lines",
        description="Trains the network that reads whole lines of digits and marks. Interrupted, "
        "the same command goes on.",
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FILE.npz", help="MNIST in Keras' format"
    )
    parser.add_argument("--phases", type=positive, metavar="N", help="default: the recipe's own")
    parser.add_argument(
        "--strips", type=positive, metavar="N", help="lines that each phase composes"
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="FILE.keras",
        help="a trained line network to begin with, instead of a new one",
    )
    add_seed(parser)
    parser.add_argument(
        "--output", type=Path, default=Path("runs/lines"), metavar="DIR", help="default: runs/lines"
    )
    add_force(parser)
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Trains it into a folder of its own.

    Raises:
        DataError: The data is missing or damaged.
        RunError: The folder holds another run.
        OSError: A file cannot be read or written.
    """
    check_inputs(options.data, options.start)
    import_tensorflow()
    from train.training.line_run import LineRecipe, run_line_training

    chosen = {"phases": options.phases, "strips": options.strips}
    recipe = LineRecipe()._replace(**{key: value for key, value in chosen.items() if value})
    metrics = run_line_training(
        recipe,
        load_mnist(options.data),
        options.data,
        seed=options.seed,
        folder=options.output,
        force=options.force,
        start=options.start,
    )
    if metrics is None:
        print(f"{options.output} holds this run already, finished; --force starts over")
        return
    print(
        f"lines: {metrics['validation']['exactly_right']:.2%} of composed lines exactly right, "
        f"{metrics['wall_seconds']:.0f} s\nThe network is in {options.output}"
    )
