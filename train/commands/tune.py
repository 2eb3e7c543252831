"""`python -m train tune`: searches good settings of a recipe on the validation part."""

import argparse
import dataclasses
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.commands.options import add_mnist, add_seed, check_inputs, positive, share
from train.data.mnist import load_mnist
from train.recipes import RECIPES, Recipe, write_recipe
from train.run_files import alone, write_json
from train.tensorflow_import import import_tensorflow

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

_BEST_FILE, _TRIALS_FILE, _PLOT_FILE = "best.toml", "trials.json", "study.png"
_PICTURES_FOLDER = "pictures"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train tune",
        description="Searches learning rate, width, depth and the strength of the distortions, "
        "in short trainings that are compared on the validation part. Interrupted, the same "
        "command goes on.",
    )
    parser.add_argument(
        "--storage",
        type=Path,
        required=True,
        metavar="FILE.sqlite",
        help="the study; results and drawn pictures go to a folder beside it, FILE-study",
    )
    parser.add_argument(
        "--trials",
        type=positive,
        required=True,
        metavar="N",
        help="trials that the study shall have in the end, pruned ones included",
    )
    parser.add_argument(
        "--timeout", type=positive, metavar="S", help="begin no trial after so many seconds"
    )
    parser.add_argument(
        "--model", choices=RECIPES, default="edge", help="recipe to begin with; default: edge"
    )
    add_mnist(parser, "--data")
    parser.add_argument(
        "--epochs", type=positive, default=4, metavar="N", help="of a trial; default: %(default)s"
    )
    parser.add_argument(
        "--share",
        type=share,
        default=0.2,
        metavar="P",
        help="pictures of a trial's epoch as a share of a whole one, above 0 to 1; "
        "default: %(default)s",
    )
    add_seed(parser)
    return parser.parse_args(arguments)


def execute(options: argparse.Namespace) -> None:
    """Executes the trials that are missing, prints the best, and writes it as a recipe.

    Raises:
        DataError: The data is missing or damaged.
        RunError: The storage cannot be used, or no trial was trained to its end.
        OSError: A file cannot be written.
    """
    check_inputs(options.data)
    import_tensorflow()
    import tensorflow as tf

    from train.training import study as studies
    from train.training.trials import Trials, own_settings, with_mixture

    data = load_mnist(options.data)
    recipe = with_mixture(RECIPES[options.model])
    budget = {"epochs": options.epochs, "share": options.share, "seed": options.seed}
    folder = options.storage.with_name(f"{options.storage.stem}-study")
    settings = {
        "model": options.model,
        **budget,
        "data_sha256": data.sha256,
        "recipe": dataclasses.asdict(recipe),
    }
    # Trials that go on and trials of one go shall be the same.
    tf.config.experimental.enable_op_determinism()
    with alone(folder):
        study = studies.load(options.storage, settings)
        if not study.get_trials(deepcopy=False):
            # Of another study, whose storage was thrown away.
            shutil.rmtree(folder / _PICTURES_FOLDER, ignore_errors=True)
        trials = Trials(recipe, data, folder / _PICTURES_FOLDER, **budget)
        started = time.monotonic()
        while (count := len(studies.ended(study))) < options.trials:
            if options.timeout and time.monotonic() - started > options.timeout:
                print(f"Time is up after {count} of {options.trials} trials")
                break
            trial = studies.next_trial(study, own_settings(recipe), options.seed)
            print(f"Trial {count + 1} of {options.trials}: {_in_words(trial.params)}", flush=True)
            done = studies.end(study, trial, lambda trial=trial: trials.accuracy(trial))
            print(f"Trial {count + 1}: {_outcome(done)}", flush=True)
        _write(study, recipe, folder)


def _in_words(params: dict[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in params.items())


def _outcome(trial: "FrozenTrial") -> str:
    if not trial.intermediate_values:
        return "left out, since the export would refuse a network of this size"
    epoch, accuracy = max(trial.intermediate_values.items())
    pruned = f", pruned after epoch {epoch}" if trial.state.name == "PRUNED" else ""
    return f"{accuracy:.2%} right on validation{pruned}"


def _write(study: "Study", recipe: Recipe, folder: Path) -> None:
    from train.measuring.plots import save_study
    from train.training import study as studies
    from train.training.trials import with_settings

    trials = studies.ended(study)
    best = studies.best(study)
    importances = studies.importances(study)
    rows: list[dict[str, Any]] = [
        {
            "trial": number,
            **trial.params,
            "state": trial.state.name.lower(),
            "accuracies": list(trial.intermediate_values.values()),
            "seconds": round(trial.duration.total_seconds(), 1),
        }
        for number, trial in enumerate(trials, 1)
    ]
    write_json(folder / _TRIALS_FILE, {"importances": importances, "trials": rows})
    save_study(folder / _PLOT_FILE, rows, importances)
    where = f"trial {trials.index(best) + 1} of {len(trials)}"
    write_recipe(
        folder / _BEST_FILE,
        with_settings(recipe, best.params),
        f"{where} of python -m train tune: {best.value:.2%} right on validation",
    )
    pruned = sum(row["state"] == "pruned" for row in rows)
    print(
        f"\nBest: {where} ({pruned} pruned), {best.value:.2%} right on validation: "
        f"{_in_words(best.params)}"
    )
    own = trials[0]
    print(f"Trial 1, the recipe's own settings: {_outcome(own)}")
    for name, importance in importances.items():
        print(f"  importance of {name.replace('_', ' ')}: {importance:.2f}")
    print(f"Trained to the end with: python -m train --recipe {folder / _BEST_FILE}")
    print(f"{_PLOT_FILE} and {_TRIALS_FILE} are in {folder}")
