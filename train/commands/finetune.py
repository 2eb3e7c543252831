"""`python -m train finetune`: a trained model learns one's own digits."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import train.recipes
from train.commands.options import add_finetuning, add_force, check_inputs
from train.data.mnist import load_mnist
from train.tensorflow_import import import_tensorflow

SHIPPED_RUN = Path(train.recipes.__file__).parent / "edge"
DEFAULT_LEARNING_RATE = 5e-4


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train finetune",
        description="Adapts a trained model to one's own labelled pictures, while MNIST and drawn "
        "pictures are replayed, so that it forgets nothing. A model that is worse than before is "
        "not kept.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="PATH",
        help="labelled folder (0/ to 9/ and not-a-digit/, or some of them), or .npz file with x "
        "and y",
    )
    parser.add_argument(
        "--base",
        type=Path,
        default=SHIPPED_RUN,
        metavar="MODEL",
        help="folder of a run, or a .keras file; default: the model that ships",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="folder of the run; default: runs/ and the name of the data",
    )
    add_finetuning(parser)
    parser.add_argument(
        "--learning-rate",
        type=float,
        default=DEFAULT_LEARNING_RATE,
        metavar="R",
        help="of the first step; default: %(default)s",
    )
    add_force(parser)
    options = parser.parse_args(arguments)
    if not 0 < options.learning_rate <= 1:
        parser.error(f"--learning-rate must be above 0 and at most 1, not {options.learning_rate}")
    return options


def execute(options: argparse.Namespace) -> None:
    """Fine-tunes, prints the figures before and after, and fills the run's folder.

    Raises:
        DataError: MNIST or one's own pictures are missing, damaged, or too few.
        RunError: The base is missing, damaged or no such model; the folder holds another run; or
            the model became worse.
        OSError: A file cannot be read or written.
    """
    check_inputs(options.data, options.base, options.mnist)
    import_tensorflow()
    from train.data.own_digits import load_own, warn_of_missing
    from train.training.finetune import FinetuneSettings
    from train.training.finetune_run import load_base, run_finetuning

    base = load_base(options.base)
    data = load_mnist(options.mnist)
    own = load_own(options.data, base.model.output_shape[-1], options.seed)
    warn_of_missing(own)
    name = options.data.resolve().stem.replace("_", "-")
    folder = options.output or Path("runs") / name
    settings = FinetuneSettings(options.epochs, options.learning_rate, options.seed)
    seconds = run_finetuning(options.base, own, data, settings, folder=folder, force=options.force)
    if seconds is None:
        print(f"{folder} holds this run already, finished; --force starts over")
        return
    print(f"{seconds:.0f} s; model, figures and pictures are in {folder}")
