"""What several commands share: options, argument types, and how a command ends."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from edgedigit import EdgeDigitError
from train.data.mnist import DataError
from train.recipes import RecipeError
from train.run_files import RunError

_MAX_SEED = 2**31
_FINETUNING_EPOCHS = 3


def run_command(
    prog: str,
    work: Callable[[], None],
    when_interrupted: str = "",
    further_errors: tuple[type[Exception], ...] = (),
) -> int:
    """Does a command's work; what files and folders are to blame for is one line of standard error.

    Args:
        prog: What the command is called; the line begins with it, without "python -m".
        work: What it does.
        when_interrupted: What is said then, beside that.
        further_errors: What it may raise beside the errors of this project's own.

    Returns:
        0 when done, 1 when a file cannot be used or something is not installed, 130 when
        interrupted.
    """
    name = prog.removeprefix("python -m ")
    try:
        work()
    except ModuleNotFoundError as error:
        extra = "'.[training]'" if name != prog else '"edgedigit[train]"'
        print(f"{name}: {error}; pip install {extra} brings it", file=sys.stderr)
        return 1
    except (DataError, EdgeDigitError, RecipeError, RunError, OSError, *further_errors) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted{when_interrupted}", file=sys.stderr)
        return 130
    return 0


def add_mnist(parser: argparse.ArgumentParser, option: str) -> None:
    """Adds the option for MNIST, or data of its form."""
    parser.add_argument(
        option,
        type=Path,
        metavar="FILE.npz",
        help="data in Keras' MNIST format; without it Keras downloads MNIST",
    )


def add_finetuning(parser: argparse.ArgumentParser) -> None:
    """Adds `--mnist`, `--epochs` and `--seed`, for commands that fine-tune."""
    add_mnist(parser, "--mnist")
    parser.add_argument(
        "--epochs",
        type=positive,
        default=_FINETUNING_EPOCHS,
        metavar="N",
        help="default: %(default)s",
    )
    add_seed(parser)


def check_inputs(*paths: Path | None) -> None:
    """Makes sure that files and folders are there, before TensorFlow takes its time.

    Raises:
        DataError: One of them does not exist.
    """
    for path in paths:
        if path is not None and not path.exists():
            raise DataError(f"cannot read {path}: it does not exist")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Adds `--seed`, 0 unless told otherwise."""
    parser.add_argument("--seed", type=_seed, default=0, metavar="S", help="default: 0")


def add_force(
    parser: argparse.ArgumentParser, meaning: str = "start over what the folder holds"
) -> None:
    """Adds `--force`, for commands that fill a folder."""
    parser.add_argument("--force", action="store_true", help=meaning)


def positive(text: str) -> int:
    """A whole number from 1, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def probability(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be from 0 to 1, not {text}")
    return number


def share(text: str) -> float:
    """A number above 0, at most 1, for argparse."""
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 1, not {text}")
    return number


def _seed(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _MAX_SEED:
        raise argparse.ArgumentTypeError(f"must be from 0 to {_MAX_SEED}, not {number}")
    return number


# argparse names them in "invalid ... value".
positive.__name__ = _seed.__name__ = "whole number"
probability.__name__ = share.__name__ = "number"


def show_progress(name: str) -> None:
    """Says on standard error what is being read, in place of what was, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name}", end="", file=sys.stderr, flush=True)
