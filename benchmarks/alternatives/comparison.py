"""One comparison, from data to tables and plot."""

import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.alternatives.entries import ENTRIES, OURS, OWN_NETWORK
from benchmarks.alternatives.environments import (
    CHECKOUT,
    Environment,
    UnavailableError,
    build_wheel,
    make_empty_wheel,
    run_preparation,
)
from benchmarks.alternatives.measuring import Plan, Stage, say, take_turns
from benchmarks.alternatives.models import CNN_INT8_FILE
from benchmarks.alternatives.pictures import Counts, Pictures
from benchmarks.alternatives.plot import save_plot
from benchmarks.alternatives.tables import comparison, readme_part, update_page
from train.data.mnist import load_mnist
from train.run_files import write_atomically, write_json

# Why something cannot be had, by its name.
Reasons = dict[str, str]


def compare(
    names: Sequence[str],
    *,
    mnist: Path,
    work: Path,
    output: Path,
    plan: Plan,
    counts: Counts,
    core: int,
    sets: Path | None = None,
    wheel: Path | None = None,
    seed: int = 0,
    is_quick: bool = False,
    page: Path | None = None,
    readme: Path | None = None,
) -> dict[str, Any]:
    """Prepares, measures, and writes alternatives.json, alternatives.md and alternatives.png.

    Args:
        names: Of the contenders.
        mnist: Keras' mnist.npz.
        work: Where environments, models and pictures are made and kept.
        output: The folder to write to.
        plan: How much is measured.
        counts: How many pictures there are.
        core: Where all but threads is measured.
        sets: A folder of development sets.
        wheel: That of edgedigit; None builds it.
        seed: Of pictures and training.
        is_quick: Hardly train.
        page: A page to write the tables into as well, between the marks of `tables.split_page`.
        readme: Another, for a part of them.

    Returns:
        What alternatives.json holds.

    Raises:
        DataError: A data set cannot be used.
        UnavailableError: The wheel cannot be built.
        ValueError: The page lacks the marks.
        OSError: A file cannot be read or written.
    """
    data = load_mnist(mnist)
    # Programs that run elsewhere are told paths in it.
    work = work.resolve()
    for folder in (work, output):
        folder.mkdir(parents=True, exist_ok=True)
    say("preparing")
    wheel = wheel.resolve() if wheel else build_wheel(work)
    environments, missing = _make_environments(names, work / "environments", wheel)
    models = work / ("models-quick" if is_quick else "models") / str(seed)
    paths = {
        CNN_INT8_FILE: models / CNN_INT8_FILE,
        OWN_NETWORK: next((CHECKOUT / "edgedigit" / "models").glob(f"*/{OWN_NETWORK}")),
    }
    if any(ENTRIES[name].model == CNN_INT8_FILE for name in names):
        missing |= _make_model(paths[CNN_INT8_FILE], mnist.resolve(), seed, is_quick)
    stage = Stage(environments, paths, Pictures(work / "pictures", data, counts, seed), plan, sets)
    contenders = {name: _contender(name, environments, missing) for name in names}
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    result: dict[str, Any] = {
        "machine": _machine(),
        "settings": {**plan._asdict(), **counts._asdict(), "seed": seed},
        "contenders": contenders,
        "floors": {},
        "growth": {},
    }

    def write() -> None:
        write_json(output / "alternatives.json", result)
        write_atomically(
            output / "alternatives.md",
            lambda path: path.write_text(comparison(result) + "\n", "utf-8"),
        )
        if page:
            update_page(page, comparison(result))
        if readme:
            update_page(readme, readme_part(result))
        save_plot(result, output / "alternatives.png")

    _measure(result, stage, plan, write)
    if OURS in contenders and not contenders[OURS]["reasons"]:
        say("growth")
        result["growth"] = stage.growth()
        os.sched_setaffinity(0, cores)
        result["growth"]["threads"] = stage.threads()
    write()
    return result


def _make_environments(
    names: Sequence[str], folder: Path, wheel: Path
) -> tuple[dict[str, Environment], Reasons]:
    """The environments that can be made, and why others cannot."""
    own_wheels = wheel, make_empty_wheel(folder.parent)
    made, reasons = {}, {}
    for name in {ENTRIES[contender].environment for contender in names}:
        wheels = own_wheels if name == ENTRIES[OURS].environment else ()
        environment = Environment(name, folder, wheels)
        try:
            environment.make()
            made[name] = environment
        except UnavailableError as error:
            reasons[name] = str(error)
    return made, reasons


def _make_model(path: Path, mnist: Path, seed: int, is_quick: bool) -> Reasons:
    if path.exists():
        return {}
    command = [sys.executable, "-m", "benchmarks.alternatives.models", "--mnist", str(mnist)]
    command += ["--output", str(path.parent), "--seed", str(seed), *["--quick"] * is_quick]
    try:
        run_preparation(command, "the model cannot be trained")
    except UnavailableError as error:
        return {path.name: str(error)}
    return {}


def _measure(result: dict[str, Any], stage: Stage, plan: Plan, write: Callable[[], None]) -> None:
    """Fills in accuracy and figures; what an interrupted run has measured is written."""
    contenders = result["contenders"]
    for name, contender in contenders.items():
        if not contender["reasons"]:
            say(f"accuracy of {name}")
            try:
                contender["accuracy"] = stage.accuracy(name)
            except UnavailableError as error:
                contender["reasons"].append(str(error))
    write()
    jobs = list(stage.jobs([name for name in contenders if not contenders[name]["reasons"]]))

    def after_round() -> None:
        for job in jobs:
            if job.owner not in contenders:
                result["floors"] |= job.figures
                continue
            contenders[job.owner]["figures"] |= job.figures
            # One fault makes all of a program's tasks fail alike.
            if job.reason and job.reason not in contenders[job.owner]["reasons"]:
                contenders[job.owner]["reasons"].append(job.reason)
        write()

    take_turns(jobs, plan.rounds, after_round)
    for contender in contenders.values():
        for reason in contender["reasons"]:
            say(f"{contender['title']} {reason}")


def _contender(name: str, environments: dict[str, Environment], missing: Reasons) -> dict[str, Any]:
    """A contender's part of the result before it is measured."""
    entry = ENTRIES[name]
    environment = environments.get(entry.environment)
    needs = entry.environment, entry.model
    return {
        "title": entry.title,
        "reads_text": entry.reads_text,
        "reasons": [missing[need] for need in needs if need in missing],
        "installed_mb": environment.size() if environment else None,
        "accuracy": {},
        "figures": {},
    }


def _machine() -> dict[str, Any]:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }
