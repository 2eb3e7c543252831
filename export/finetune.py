"""The command `edgedigit finetune`: labelled pictures in, a model's folder out."""

import argparse
import functools
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edgedigit.model import MODEL_FILE
from export.card import model_name
from train.commands.finetune import DEFAULT_LEARNING_RATE, SHIPPED_RUN
from train.commands.options import add_finetuning, add_force, check_inputs, run_command
from train.tensorflow_import import import_tensorflow


def main(arguments: Sequence[str] | None = None, prog: str = "python -m export.finetune") -> int:
    """Teaches a copy of the model that ships one's own pictures.

    Args:
        arguments: What follows the command's name; None is `sys.argv`.
        prog: What the command is called.

    Returns:
        0 when done, 1 when the pictures or MNIST cannot be used or the model became worse, 130 when
        interrupted. Wrong usage exits with 2.
    """
    options = _parse(sys.argv[1:] if arguments is None else arguments, prog)
    return run_command(prog, functools.partial(_teach, options), ", nothing was changed")


def _parse(arguments: Sequence[str], prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Teaches a copy of the model your own pictures, while MNIST and drawn pictures "
        "are replayed, so that it forgets nothing. A model that is worse than before is not kept.",
    )
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="labelled pictures, in 0/, 1/, ... 9/ and not-a-digit/, or some of them",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=_model,
        required=True,
        metavar="MODEL",
        help="the folder that is made of it, for --model; its name ends in a version: my-digits-v1",
    )
    add_finetuning(parser)
    add_force(parser, "replace MODEL if it exists")
    options = parser.parse_args(arguments)
    if options.output.exists() and not options.force:
        parser.error(f"{options.output} exists; --force replaces it")
    if options.output.exists() and not (options.output / MODEL_FILE).is_file():
        parser.error(f"{options.output} is no model's folder, and is not replaced")
    return options


def _model(text: str) -> Path:
    path = Path(text)
    model_name(path.name)
    return path


def _teach(options: argparse.Namespace) -> None:
    check_inputs(options.folder, options.mnist)
    import_tensorflow()
    from export.package import export
    from train.data.mnist import load_mnist
    from train.data.own_digits import load_own, warn_of_missing
    from train.networks.trained import load_trained
    from train.training.finetune import FinetuneSettings
    from train.training.finetune_run import load_base, run_finetuning

    data = load_mnist(options.mnist)
    answers = load_base(SHIPPED_RUN).model.output_shape[-1]
    own = load_own(options.folder, answers, options.seed)
    warn_of_missing(own)
    settings = FinetuneSettings(options.epochs, DEFAULT_LEARNING_RATE, options.seed)
    with tempfile.TemporaryDirectory(prefix="edgedigit-finetune-") as scratch:
        run = Path(scratch, options.output.name)
        run_finetuning(SHIPPED_RUN, own, data, settings, folder=run)
        export(load_trained(run), options.output.parent, options.output.name, data=data)
    print(f"{options.output} holds the model: --model {options.output}")
