"""Short trainings with the settings that a study asks for."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import optuna

from edgedigit.model import MAX_MODEL_BYTES
from train.data.mnist import Labelled, Mnist
from train.drawing import mixture as drawing
from train.drawing.epoch_store import EpochStore
from train.networks.architectures import ARCHITECTURES
from train.recipes import Mixture, Recipe
from train.training.fit import fit
from train.training.study import report

# For networks with ten answers, whose recipes have no mixture.
_DIGITS_MIXTURE = Mixture(distinct=4, plain=0.2, distorted=1.0)


def with_mixture(recipe: Recipe) -> Recipe:
    """The recipe, with distorted digits where it has no mixture to distort."""
    return recipe if recipe.mixture else dataclasses.replace(recipe, mixture=_DIGITS_MIXTURE)


def own_settings(recipe: Recipe) -> dict[str, float]:
    """The settings that a study searches, as a recipe with a mixture has them."""
    assert recipe.mixture is not None
    own = {name: getattr(recipe, name) for name in ("learning_rate", "width", "depth")}
    return own | {"strength": recipe.mixture.strength}


def with_settings(recipe: Recipe, settings: dict[str, float]) -> Recipe:
    """A recipe with a mixture, with a trial's settings."""
    assert recipe.mixture is not None
    return dataclasses.replace(
        recipe,
        # As it is printed.
        learning_rate=float(f"{settings['learning_rate']:.3g}"),
        width=settings["width"],
        depth=settings["depth"],
        mixture=dataclasses.replace(recipe.mixture, strength=settings["strength"]),
    )


class Trials:
    """Trains what trials ask for; pictures of equal strength are drawn once and kept."""

    def __init__(
        self, recipe: Recipe, data: Mnist, folder: Path, *, epochs: int, share: float, seed: int
    ) -> None:
        """Opens the folder.

        Args:
            recipe: Has a mixture; the rest of it is the same in all trials.
            data: Its training part is trained and validated with.
            folder: Where the drawn pictures are, and a trial while it lasts.
            epochs: Of a trial.
            share: Pictures of a trial's epoch as a share of a whole one, above 0 to 1.
            seed: Of weights, shuffling and drawing, the same in all trials.
        """
        self._recipe, self._folder = recipe, folder
        self._epochs, self._share, self._seed = epochs, share, seed
        self._training, self._validation = data.split()

    def accuracy(self, trial: optuna.Trial) -> float:
        """The share of right answers on the validation part after the last epoch.

        Raises:
            optuna.TrialPruned: The export would refuse a network of this size, or it is worse
                than others after an epoch.
        """
        chosen = with_settings(self._recipe, trial.params)
        recipe = dataclasses.replace(chosen, epochs=self._epochs, teacher=None, first=None)
        keras.backend.clear_session()
        keras.utils.set_random_seed(self._seed)
        network = ARCHITECTURES[recipe.architecture](recipe.width, recipe.depth)
        # A cascade is stored in half precision; the graph around the weights takes little.
        if (2 if chosen.first else 4) * network.count_params() > MAX_MODEL_BYTES:
            raise optuna.TrialPruned

        def watch(record: dict[str, Any]) -> None:
            last = record["epoch"] == self._epochs
            report(trial, record["epoch"], record["val_accuracy"], last=last)

        scratch = self._folder / "trial"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        assert recipe.mixture is not None
        _, history = fit(
            network,
            self._drawn(recipe.mixture),
            self._watched(recipe.mixture),
            recipe,
            seed=self._seed,
            folder=scratch,
            after_epoch=watch,
        )
        return history[-1]["val_accuracy"]

    def _drawn(self, mixture: Mixture) -> Callable[[int], Labelled]:
        shares = {name: self._share * share for name, share in mixture.shares.items()}
        part = dataclasses.replace(mixture, distinct=1, **shares)
        return EpochStore(
            self._folder / f"epochs-{mixture.strength:g}",
            part.distinct,
            lambda epoch: drawing.epoch(*self._training, part, epoch, self._seed),
        )

    def _watched(self, mixture: Mixture) -> Labelled:
        """The same for all strengths."""
        draw = EpochStore(
            self._folder / "validation",
            1,
            lambda _: drawing.validation(*self._validation, mixture, self._seed),
        )
        return draw(0)
