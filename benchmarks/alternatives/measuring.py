"""Rounds of measurements in fresh processes on one core, in which the contenders take turns."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.alternatives.entries import ENTRIES, FLOORS, OURS, OURS_IMAGES, Entry
from benchmarks.alternatives.environments import Environment, UnavailableError
from benchmarks.alternatives.pictures import Pictures
from benchmarks.alternatives.programs import run_alone, run_task
from benchmarks.fresh_process import MeasuredProcess

_FLOOR_PROGRAMS = {
    "interpreter": "pass",
    "numpy": "import numpy",
    "onnxruntime": "import onnxruntime",
    "session": (
        "import sys, numpy, onnxruntime\n"
        "options = onnxruntime.SessionOptions()\n"
        "options.intra_op_num_threads = options.inter_op_num_threads = 1\n"
        "session = onnxruntime.InferenceSession(\n"
        "    sys.argv[1], options, providers=['CPUExecutionProvider'])\n"
        "session.run(None, {'image': numpy.zeros((1, 28, 28), numpy.uint8)})"
    ),
    "import": "import edgedigit",
}
_PRINT_TIMES = "\nimport time\nprint(time.monotonic_ns(), time.process_time_ns())"

# A job that has taken longer is repeated no more.
_MAX_JOB_SECONDS = 40.0

# The values of each figure, one for each round.
Figures = dict[str, list[float]]


class Plan(NamedTuple):
    """Numbers of rounds, pictures and seconds to measure.

    Attributes:
        rounds: How often all are measured, at least 1.
        call_seconds: How long a call is repeated in each round.
        batch_count: How many pictures are read in batches.
        cpu_time: Count the processor's time and not the clock's: a little less than a user waits
            for, but hardly more where the machine has other work.
    """

    rounds: int = 5
    call_seconds: float = 0.3
    batch_count: int = 10_000
    cpu_time: bool = False


QUICK_PLAN = Plan(rounds=1, call_seconds=0.02, batch_count=100)


class Job:
    """One kind of measurement of one contender, which is repeated.

    Attributes:
        owner: Whose figures these are: a contender, or "floors".
        figures: What was measured.
        reason: None, or why it cannot be measured.
    """

    def __init__(self, owner: str, measure: Callable[[], dict[str, float]]) -> None:
        """Plans it.

        Args:
            owner: Whose figures these are.
            measure: Measures once. Raises UnavailableError.
        """
        self.owner = owner
        self.figures: Figures = {}
        self.reason: str | None = None
        self._measure = measure
        self._spent = 0.0

    def run(self, is_warm_up: bool) -> None:
        """Measures once more, unless that has failed or has taken too long already."""
        if self.reason or self._spent > _MAX_JOB_SECONDS:
            return
        started = os.times().elapsed
        try:
            measured = self._measure()
        except UnavailableError as error:
            self.reason = str(error)
            return
        self._spent += os.times().elapsed - started
        # What is too slow to be measured again is slow enough for the warm-up not to matter.
        if not is_warm_up or self._spent > _MAX_JOB_SECONDS:
            for name, value in measured.items():
                self.figures.setdefault(name, []).append(value)


def take_turns(jobs: Sequence[Job], rounds: int, say: Callable[[str], None]) -> None:
    """Runs all jobs in turn, once to warm up, and then in so many rounds that count."""
    for place in range(rounds + 1):
        say(f"round {place} of {rounds}" if place else "warming up")
        for job in jobs:
            job.run(is_warm_up=place == 0)


class Stage:
    """The stage of contenders: their environments, models and pictures."""

    def __init__(
        self, environments: dict[str, Environment], models: Path, pictures: Pictures, plan: Plan
    ) -> None:
        """Takes what is prepared.

        Args:
            environments: By name.
            models: The folder of models.
            pictures: What is read.
            plan: How much is measured.
        """
        self._environments = environments
        self._models = models
        self._pictures = pictures
        self._plan = plan
        self._best: dict[str, int] = {}

    def accuracy(self, name: str) -> dict[str, float | None]:
        """The shares of pictures that a contender reads right, and refuses.

        Raises:
            UnavailableError: Its program fails.
        """
        entry, pictures = ENTRIES[name], self._pictures
        arguments = {
            "arrays": str(pictures.arrays(entry.share)),
            "labels": str(pictures.labels(entry.share)),
            "jpegs": str(pictures.jpegs(entry.share)) if entry.reads_jpegs else None,
            "blank": str(pictures.blank),
            "letters": str(pictures.letters) if pictures.letters else None,
        }
        return _said(self._run(entry, "accuracy", json.dumps(arguments)))

    def jobs(self, name: str) -> Iterator[Job]:
        """The measurements of a contender, for each round."""
        entry, pictures = ENTRIES[name], self._pictures
        yield Job(name, lambda: self._first(entry))
        yield Job(name, lambda: self._folder(entry, pictures.scans, "folder_s", "peak_mb"))
        yield Job(name, lambda: self._speed(name))
        # Memory may grow with pictures, not only with files.
        large = {OURS: pictures.pages, OURS_IMAGES: pictures.photos}.get(name)
        if large:
            yield Job(name, lambda: self._folder(entry, large, "large_s", "large_peak_mb"))

    def floor_jobs(self) -> Iterator[Job]:
        """The measurements of what no contender can be faster than."""
        python = str(self._environments[OURS].python)
        command = str(self._environments[OURS].python.parent / "edgedigit")
        for name in _FLOOR_PROGRAMS:
            yield Job("floors", lambda name=name: self._program(name))
        yield Job("floors", lambda: self._timed([command, "--version"], "version"))
        yield Job("floors", lambda: self._timed([python, "-c", "pass"], "pass"))
        identity = str(self._pictures.arrays(1))
        yield Job("floors", lambda: self._call(FLOORS["identity"], "model_us", arrays=identity))

    def decoding_jobs(self) -> Iterator[Job]:
        """Reading and decoding without classifying, with Pillow."""
        entry, pictures = FLOORS["decoding"], self._pictures
        photo = str(pictures.photo)
        yield Job(
            "floors", lambda: self._folder(entry, pictures.scans, "decoding_s", "decoding_mb")
        )
        yield Job("floors", lambda: self._call(entry, "photo_ms", photo=photo))

    def _first(self, entry: Entry) -> dict[str, float]:
        done = self._run(entry, "first", str(self._pictures.scan))
        return {"first_s": self._until_said(done)}

    def _folder(self, entry: Entry, folder: Path, seconds: str, peak: str) -> dict[str, float]:
        done = self._run(entry, "folder", str(folder))
        return {seconds: self._seconds(done), peak: done.peak}

    def _speed(self, name: str) -> dict[str, float]:
        entry, pictures = ENTRIES[name], self._pictures
        # All sizes of batches in the first round, the best of them from then on.
        batches = [self._best[name]] if name in self._best else list(entry.batches)
        measured = self._calls(
            entry,
            arrays=str(pictures.arrays(1)),
            batches=batches,
            count=max(1, self._plan.batch_count // entry.share),
            greys=str(pictures.greys),
            photo=str(pictures.photo) if entry.reads_jpegs else None,
        )
        rates = measured.pop("batch_per_s")
        best = max(rates, key=rates.__getitem__)
        self._best[name] = int(best)
        return measured | {"batch_per_s": rates[best], "batch": int(best)}

    def _calls(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        arguments |= {"seconds": self._plan.call_seconds, "cpu_time": self._plan.cpu_time}
        return _said(self._run(entry, "speed", json.dumps(arguments)))

    def _call(self, entry: Entry, figure: str, **arguments: Any) -> dict[str, float]:
        return {figure: self._calls(entry, **arguments)[figure]}

    def _program(self, name: str) -> dict[str, float]:
        python = str(self._environments[OURS].python)
        model = str(self._models / FLOORS["identity"].model)
        done = run_alone([python, "-c", _FLOOR_PROGRAMS[name] + _PRINT_TIMES, model])
        figures = {f"{name}_s": self._until_said(done), f"{name}_exit_s": self._seconds(done)}
        return figures | ({"session_peak_mb": done.peak} if name == "session" else {})

    def _timed(self, command: list[str], name: str) -> dict[str, float]:
        return {f"{name}_exit_s": self._seconds(run_alone(command))}

    def _seconds(self, done: MeasuredProcess) -> float:
        return done.cpu_seconds if self._plan.cpu_time else done.seconds

    def _until_said(self, done: MeasuredProcess) -> float:
        clock, cpu = map(int, done.output.split()[-2:])
        return (cpu if self._plan.cpu_time else clock - done.started) / 1e9

    def _run(self, entry: Entry, task: str, *arguments: str) -> MeasuredProcess:
        environment = self._environments[entry.environment]
        model = str(self._models / entry.model) if entry.model else ""
        return run_task(environment, entry.program, model, task, *arguments)


def _said(done: MeasuredProcess) -> dict[str, Any]:
    # Some libraries print lines of their own before.
    said: dict[str, Any] = json.loads(done.output.splitlines()[-1])
    return said
