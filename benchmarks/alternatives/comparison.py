"""One comparison, from data to tables and plot."""

import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.alternatives.entries import ENTRIES, FLOORS, OURS
from benchmarks.alternatives.environments import Environment, UnavailableError, build_wheel
from benchmarks.alternatives.measuring import Job, Plan, Stage, take_turns
from benchmarks.alternatives.pictures import Counts, Pictures
from benchmarks.alternatives.plot import save_plot
from benchmarks.alternatives.preparing import Reasons, make_environments, make_models
from benchmarks.alternatives.tables import document, update_page
from train.data.mnist import load_mnist
from train.run_files import write_atomically, write_json


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
) -> dict[str, Any]:
    """Prepares, measures, and writes alternatives.json, alternatives.md and alternatives.png.

    Args:
        names: Of the contenders.
        mnist: Keras' mnist.npz.
        work: Where environments, models and pictures are made and kept.
        output: The folder to write to.
        plan: How much is measured.
        counts: How many pictures there are.
        core: Where all is measured; this process stays there.
        sets: A folder of development sets, for letters to refuse.
        wheel: That of edgedigit; None builds it.
        seed: Of pictures and training.
        is_quick: Hardly train.
        page: A page to write the tables into as well, between the marks of `tables.split_page`.

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
    _say("preparing pictures")
    pictures = Pictures(work / "pictures", data, counts, seed)
    for share in {ENTRIES[name].share for name in names}:
        pictures.jpegs(share)
    if sets:
        pictures.use_letters(sets)
    wheel = wheel.resolve() if wheel else build_wheel(work)
    _say("preparing environments")
    environments, missing = make_environments(names, work / "environments", wheel)
    _say("preparing models")
    installed = [name for name in names if ENTRIES[name].environment in environments]
    models = work / ("models-quick" if is_quick else "models") / str(seed)
    missing |= make_models(
        installed, environments, models, mnist=mnist.resolve(), seed=seed, is_quick=is_quick
    )
    os.sched_setaffinity(0, {core})
    result = {
        "machine": _machine(),
        "settings": {**plan._asdict(), **counts._asdict(), "seed": seed},
        "wheel_bytes": wheel.stat().st_size,
        **_measure(names, Stage(environments, models, pictures, plan), environments, missing, plan),
    }
    if OURS in environments:
        # What edgedigit itself asks for is no excuse.
        found = environments[OURS].beyond("onnxruntime", "numpy")
        result["beyond"] = [name for name in found if name != "edgedigit"]
    write_json(output / "alternatives.json", result)
    write_atomically(
        output / "alternatives.md", lambda path: path.write_text(document(result), "utf-8")
    )
    if page:
        update_page(page, result)
    save_plot(result, output / "alternatives.png")
    return result


def _measure(
    names: Sequence[str],
    stage: Stage,
    environments: dict[str, Environment],
    missing: Reasons,
    plan: Plan,
) -> dict[str, Any]:
    contenders = {name: _contender(name, environments, missing) for name in names}
    for name, contender in contenders.items():
        if not contender["reasons"]:
            _say(f"accuracy of {name}")
            try:
                contender["accuracy"] = stage.accuracy(name)
            except UnavailableError as error:
                contender["reasons"].append(str(error))
    jobs = [*_floor_jobs(stage, environments, missing)]
    for name, contender in contenders.items():
        if not contender["reasons"]:
            jobs += stage.jobs(name)
    take_turns(jobs, plan.rounds, _say)
    floors: dict[str, list[float]] = {}
    for job in jobs:
        if job.owner in contenders:
            contenders[job.owner]["figures"] |= job.figures
            contenders[job.owner]["reasons"] += [job.reason] if job.reason else []
        else:
            floors |= job.figures
    for contender in contenders.values():
        # One fault makes all of a program's tasks fail alike.
        contender["reasons"] = list(dict.fromkeys(contender["reasons"]))
        for reason in contender["reasons"]:
            print(f"{contender['title']} {reason}", file=sys.stderr)
    return {"contenders": contenders, "floors": floors}


def _contender(name: str, environments: dict[str, Environment], missing: Reasons) -> dict[str, Any]:
    """A contender's part of the result before it is measured."""
    entry = ENTRIES[name]
    environment = environments.get(entry.environment)
    needs = entry.environment, entry.model
    return {
        "title": entry.title,
        "share": entry.share,
        "reasons": [missing[need] for need in needs if need in missing],
        "versions": environment.versions() if environment else {},
        "installed_mb": environment.size() if environment else None,
        "accuracy": {},
        "figures": {},
    }


def _floor_jobs(stage: Stage, environments: dict[str, Environment], missing: Reasons) -> list[Job]:
    jobs: list[Job] = []
    if OURS in environments and FLOORS["identity"].model not in missing:
        jobs += stage.floor_jobs()
    if FLOORS["decoding"].environment in environments:
        jobs += stage.decoding_jobs()
    return jobs


def _machine() -> dict[str, Any]:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
