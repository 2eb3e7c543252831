"""A search for good settings with Optuna that may be killed at any moment and goes on.

Optuna: Akiba et al., "Optuna: a next-generation hyperparameter optimization framework", 2019.
Settings are drawn by its tree-structured Parzen estimator (Bergstra et al., "Algorithms for
hyper-parameter optimization", 2011).
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from train.run_files import RunError

# The network's own width is the largest that every export takes, and steps
# of the strength let trials share the pictures that are drawn with it.
SEARCH_SPACE: dict[str, BaseDistribution] = {
    "learning_rate": FloatDistribution(3e-4, 1e-2, log=True),
    "width": FloatDistribution(0.5, 1.0, step=0.25),
    "depth": IntDistribution(0, 2),
    "strength": FloatDistribution(0.0, 1.5, step=0.25),
}

_STUDY_NAME = "edgedigit"
_SETTINGS_KEY = "settings"
_ENDED_STATES = (TrialState.COMPLETE, TrialState.PRUNED)
_RANDOM_TRIALS, _UNPRUNED_TRIALS = 5, 4
# Fewer tell nothing of importances.
_MIN_COMPLETE_TRIALS = 8


def load(path: Path, settings: dict[str, Any]) -> optuna.Study:
    """Opens the study of these settings, or begins it.

    Args:
        path: SQLite file of the study; made when missing.
        settings: All that its figures depend on, as JSON has it.

    Raises:
        RunError: The file holds something else, or a study of other settings.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
        names = optuna.get_all_study_names(storage)
        if set(names) - {_STUDY_NAME}:
            raise RunError(f"{path} holds studies of another program ({', '.join(names)})")
        study = optuna.create_study(
            storage=storage,
            study_name=_STUDY_NAME,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_UNPRUNED_TRIALS),
        )
        stored = study.user_attrs.get(_SETTINGS_KEY)
        if stored is None and not study.get_trials(deepcopy=False):
            study.set_user_attr(_SETTINGS_KEY, stored := settings)
    # RuntimeError: tables of another version of Optuna.
    except (SQLAlchemyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{path} cannot be used as a study's storage: {reason}") from error
    if stored != settings:
        stored = stored or {}
        other = [key for key in settings if settings[key] != stored.get(key)]
        shown = ", ".join(
            key if isinstance(settings[key], dict) else f"{key} {stored.get(key)}" for key in other
        )
        raise RunError(
            f"{path} holds a study of other settings ({shown}); choose another --storage"
        )
    return study


def ended(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that came to an end or were pruned, in their order."""
    return study.get_trials(deepcopy=False, states=_ENDED_STATES)


def next_trial(study: optuna.Study, own: dict[str, float], seed: int) -> Trial:
    """Begins a trial, whose settings follow from the seed and the trials that ended alone.

    Args:
        study: Whose trials were all ended, or killed.
        own: What the first trial gets instead of drawn settings.
        seed: Of all chance.
    """
    # Of a process that was killed: its settings come again, since nothing ended with them.
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    count = len(ended(study))
    # Optuna does not store the state of its dice.
    study.sampler = optuna.samplers.TPESampler(n_startup_trials=_RANDOM_TRIALS, seed=seed + count)
    if not count and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(own)
    return study.ask(SEARCH_SPACE)


def report(trial: Trial, epoch: int, accuracy: float, *, last: bool) -> None:
    """Tells the accuracy after an epoch.

    Raises:
        optuna.TrialPruned: It is below the median of the earlier trials at this epoch, and there
            are epochs left to save.
    """
    trial.report(accuracy, epoch)
    if not last and trial.should_prune():
        raise optuna.TrialPruned


def end(study: optuna.Study, trial: Trial, objective: Callable[[], float]) -> FrozenTrial:
    """Executes a trial and stores how it ended."""
    try:
        accuracy = objective()
    except optuna.TrialPruned:
        return study.tell(trial, state=TrialState.PRUNED)
    return study.tell(trial, accuracy)


def best(study: optuna.Study) -> FrozenTrial:
    """The trial with the highest accuracy at its end; the earliest of equal ones.

    Raises:
        RunError: None was trained to its end.
    """
    if not (complete := _complete(study)):
        raise RunError("no trial was trained to its end yet; ask for more --trials")
    return max(complete, key=lambda trial: trial.value)


def importances(study: optuna.Study) -> dict[str, float]:
    """The share, 0 to 1, that each setting has in whether a trial is among the best.

    PED-ANOVA: Watanabe, Bansal and Hutter, "PED-ANOVA: efficiently quantifying hyperparameter
    importance in arbitrary subspaces", 2023; the best tenth, at least two. Empty where too few
    trials were trained to their end.
    """
    if len(_complete(study)) < _MIN_COMPLETE_TRIALS:
        return {}
    with warnings.catch_warnings():
        # So it was called before Optuna 5.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())


def _complete(study: optuna.Study) -> list[FrozenTrial]:
    return [trial for trial in ended(study) if trial.state == TrialState.COMPLETE]
