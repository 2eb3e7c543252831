"""The environments and models of the contenders: made once, and kept."""

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.alternatives.entries import (
    ENTRIES,
    FLOORS,
    IDENTITY_FILE,
    OURS,
    OURS_IMAGES,
    SVC_FILE,
)
from benchmarks.alternatives.environments import Environment, UnavailableError, run_preparation
from benchmarks.alternatives.models import MODEL_FILES, write_identity
from benchmarks.alternatives.programs import run_task
from train.run_files import write_atomically

# Why something cannot be had, by its name.
Reasons = dict[str, str]

_SVC_PICTURES, _QUICK_SVC_PICTURES = 60_000, 2000

# Those that get the wheel.
_OWN_ENVIRONMENTS = {
    entry.environment for entry in (ENTRIES[OURS], ENTRIES[OURS_IMAGES], *FLOORS.values())
}


def make_environments(
    names: Sequence[str], folder: Path, wheel: Path
) -> tuple[dict[str, Environment], Reasons]:
    """Makes the environments of some contenders and of the floors.

    Args:
        names: Of contenders.
        folder: Where to.
        wheel: That of edgedigit.

    Returns:
        The environments, and why others cannot be made, by their own names.
    """
    made, reasons = {}, {}
    for name in sorted({ENTRIES[contender].environment for contender in names} | _OWN_ENVIRONMENTS):
        environment = Environment(name, folder, wheel if name in _OWN_ENVIRONMENTS else None)
        try:
            environment.make()
            made[name] = environment
        except UnavailableError as error:
            reasons[name] = str(error)
    return made, reasons


def make_models(
    names: Sequence[str],
    environments: dict[str, Environment],
    folder: Path,
    *,
    mnist: Path,
    seed: int,
    is_quick: bool,
) -> Reasons:
    """Makes the models of some contenders and of the floors.

    Args:
        names: Of contenders whose environment could be made.
        environments: All that could be made.
        folder: Where to.
        mnist: Trained on with its training part.
        seed: Of the training.
        is_quick: Hardly train.

    Returns:
        Why models, by their file names, cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {ENTRIES[name].model for name in names}
    reasons: Reasons = {}
    if wanted & set(MODEL_FILES) and not all((folder / file).exists() for file in MODEL_FILES):
        command = [sys.executable, "-m", "benchmarks.alternatives.models"]
        command += ["--mnist", str(mnist), "--output", str(folder), "--seed", str(seed)]
        try:
            run_preparation([*command, *["--quick"] * is_quick], "the model cannot be trained")
        except UnavailableError as error:
            reasons |= dict.fromkeys(MODEL_FILES, str(error))
    try:
        write_atomically(folder / IDENTITY_FILE, write_identity)
        if SVC_FILE in wanted and not (folder / SVC_FILE).exists():
            pictures = _QUICK_SVC_PICTURES if is_quick else _SVC_PICTURES
            _train_svc(environments[ENTRIES["svc"].environment], folder / SVC_FILE, mnist, pictures)
    except ImportError as error:
        reasons[IDENTITY_FILE] = str(error)
    except UnavailableError as error:
        reasons[SVC_FILE] = str(error)
    return reasons


def _train_svc(environment: Environment, path: Path, mnist: Path, pictures: int) -> None:
    # In its own environment: other versions could not read it.
    def train(part: Path) -> None:
        run_task(environment, "sklearn_svc", str(part), "train", str(mnist), str(pictures))

    write_atomically(path, train)
