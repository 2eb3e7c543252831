"""`python -m train --model edge`: trains a model, or shows the data."""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from train.commands.options import add_force, add_mnist, add_seed, check_inputs, positive
from train.data.mnist import Mnist, load_mnist
from train.recipes import RECIPES, Recipe, read_recipe
from train.tensorflow_import import import_tensorflow


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Trains a digit classifier. Interrupted, the same command goes on.",
        epilog="Other commands, each with a --help of its own: python -m train calibrate, card, "
        "evaluate, finetune, halve, reproduce, samples, tune.",
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
    add_mnist(parser, "--data")
    parser.add_argument("--epochs", type=positive, metavar="N", help="default: the model's own")
    parser.add_argument("--batch-size", type=positive, metavar="B", help="default: the model's own")
    parser.add_argument(
        "--start",
        type=Path,
        metavar="RUN",
        help="folder of a run of the same model to begin with, such as train/recipes/edge",
    )
    add_seed(parser)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="folder of the run, default runs/ and the recipe's name; with --show the picture, "
        "default runs/samples.png",
    )
    add_force(parser)
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Trains what was chosen into a folder of its own, or draws samples of the data.

    Raises:
        DataError: The data is missing or damaged.
        RecipeError: The recipe is missing or wrong.
        RunError: The folder holds another run.
        OSError: A file cannot be read or written.
    """
    check_inputs(options.data, options.start)
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

    from train.measuring.plots import save_samples

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
    from train.networks.architectures import check
    from train.training.run import run_training

    check(recipe)
    name = options.model or options.recipe.stem
    chosen = {"epochs": options.epochs, "batch_size": options.batch_size}
    recipe = dataclasses.replace(recipe, **{key: value for key, value in chosen.items() if value})
    folder = options.output or Path("runs") / name
    metrics = run_training(
        name,
        recipe,
        data,
        seed=options.seed,
        folder=folder,
        force=options.force,
        start=options.start,
    )
    if metrics is None:
        print(f"{folder} holds this run already, finished; --force starts over")
        return
    print(
        f"{name}: {metrics['validation']['accuracy']:.2%} right on validation, "
        f"{metrics['test']['accuracy']:.2%} on the test part, {metrics['wall_seconds']:.0f} s\n"
        f"Model, figures and pictures are in {folder}"
    )
