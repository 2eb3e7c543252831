"""The command line of the training: `python -m train --model edge --data mnist.npz`.

`python -m train calibrate`, `card`, `evaluate`, `finetune`, `reproduce` and `tune`
are commands of their own.
"""

import argparse
import dataclasses
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from edgedigit import EdgeDigitError
from train.data import DataError, Mnist, load_mnist
from train.files import RunError
from train.options import positive, seed
from train.quiet import import_tensorflow
from train.recipes import RECIPES, Recipe, RecipeError, read_recipe

# Modules that parse and execute a command of their own.
_COMMANDS = {
    name: f"train.command_{name}"
    for name in ("calibrate", "card", "evaluate", "finetune", "reproduce", "tune")
}
# Those that have something to go on with when they were interrupted.
_GO_ON = ("reproduce", "tune")


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains a model or shows the data; or executes one of the other commands.

    Returns:
        0 when done, 1 when data, model or folder cannot be used, 130 when interrupted. Wrong
        usage exits with 2.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    name = arguments[0] if arguments else ""
    module = _COMMANDS.get(name)
    try:
        if module:
            command = importlib.import_module(module)
            command.execute(command.parse(arguments[1:]))
        else:
            _execute(_parse(arguments))
    except ModuleNotFoundError as error:
        print(f"train: {error}; pip install '.[train]' brings all of it", file=sys.stderr)
        return 1
    except (DataError, EdgeDigitError, RecipeError, RunError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        goes_on = not module or name in _GO_ON
        rest = "; the same command goes on where it was" if goes_on else ""
        print(f"\ntrain: interrupted{rest}", file=sys.stderr)
        return 130
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Trains a digit classifier. Interrupted, the same command goes on.",
        epilog="Other commands, each with a --help of its own: python -m train "
        f"{', '.join(_COMMANDS)}.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--model", choices=RECIPES, help="the recipe to train with, see train/recipes"
    )
    what.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE.toml",
        help="train with a recipe of your own, such as the best.toml of python -m train tune",
    )
    what.add_argument(
        "--show", action="store_true", help="draw samples and class counts of the data instead"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="data in Keras' MNIST format; without it Keras downloads MNIST",
    )
    parser.add_argument("--epochs", type=positive, metavar="N", help="default: the model's own")
    parser.add_argument("--batch-size", type=positive, metavar="B", help="default: the model's own")
    parser.add_argument("--seed", type=seed, default=0, metavar="S", help="default: 0")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="folder of the run, default runs/ and the recipe's name; with --show the picture, "
        "default runs/samples.png",
    )
    parser.add_argument("--force", action="store_true", help="start over what the folder holds")
    return parser.parse_args(arguments)


def _execute(options: argparse.Namespace) -> None:
    if not options.show:
        # Before seconds of work.
        recipe = read_recipe(options.recipe) if options.recipe else RECIPES[options.model]
    if not options.show or not options.data:
        import_tensorflow()
    data = load_mnist(options.data)
    if options.show:
        _show(options, data)
    else:
        _train(options, recipe, data)


def _show(options: argparse.Namespace, data: Mnist) -> None:
    import numpy as np

    from train.plots import save_samples

    path = options.output or Path("runs/samples.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_samples(path, data)
    training = np.bincount(data.y_train, minlength=10)
    test = np.bincount(data.y_test, minlength=10)
    print(f"{'digit':>5} {'training':>9} {'test':>7}")
    for digit in range(10):
        print(f"{digit:>5} {training[digit]:>9,} {test[digit]:>7,}")
    print(f"{'all':>5} {training.sum():>9,} {test.sum():>7,}")
    print(f"Samples are drawn in {path}")


def _train(options: argparse.Namespace, recipe: Recipe, data: Mnist) -> None:
    from train.architectures import check
    from train.run import run

    check(recipe)
    name = options.model or options.recipe.stem
    chosen = {"epochs": options.epochs, "batch_size": options.batch_size}
    recipe = dataclasses.replace(recipe, **{key: value for key, value in chosen.items() if value})
    folder = options.output or Path("runs") / name
    metrics = run(name, recipe, data, seed=options.seed, folder=folder, force=options.force)
    if metrics is None:
        print(f"{folder} holds this run already, finished; --force starts over")
        return
    print(
        f"{name}: {metrics['validation']['accuracy']:.2%} right on validation, "
        f"{metrics['test']['accuracy']:.2%} on the test part, {metrics['wall_seconds']:.0f} s\n"
        f"Model, figures and pictures are in {folder}"
    )


if __name__ == "__main__":
    sys.exit(main())
