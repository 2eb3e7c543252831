"""What is measured of each contender, in fresh processes that take turns on one core."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.alternatives.entries import ENTRIES, OURS, OWN_NETWORK, RAPIDOCR, Entry
from benchmarks.alternatives.environments import EMPTY_SCRIPT, Environment, UnavailableError
from benchmarks.alternatives.pictures import (
    CANVAS_SIDE_PIXELS,
    HARD_SET,
    LARGE_SHAPE,
    MNIST_SET,
    PHOTO_SIDES_PIXELS,
    Pictures,
)
from benchmarks.alternatives.programs import run_alone, run_task
from benchmarks.fresh_process import MeasuredProcess

_SESSION_PROGRAM = """
import sys, time, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=['CPUExecutionProvider'])
session.run(None, {'image': numpy.zeros((1, 28, 28), numpy.uint8)})
print(time.monotonic_ns(), time.process_time_ns())
"""
_TEXT_CALLS = 20
_BATCHES = 10, 100

# The values of each figure, one for each round; of what has the ending _wall by the clock, else of
# the processor.
Figures = dict[str, list[float]]
# A method of a contender, the file of pictures that it is called with, and how often.
Kind = tuple[str, str, int]


class Plan(NamedTuple):
    """How much is measured: rounds, at least 1; calls of a kind in each; starts in each."""

    rounds: int = 5
    calls: int = 150
    starts: int = 3


QUICK_PLAN = Plan(rounds=1, calls=6, starts=1)


class Job:
    """One kind of measurement of one contender, which is repeated.

    Attributes:
        owner: Whose figures these are: a contender, or "floors".
        figures: What was measured.
        reason: None, or why it cannot be measured.
    """

    def __init__(self, owner: str, measure: Callable[[], dict[str, float]]) -> None:
        """Plans it: `measure` measures once, and raises UnavailableError."""
        self.owner = owner
        self.figures: Figures = {}
        self.reason: str | None = None
        self._measure = measure

    def run(self) -> None:
        """Measures once more, unless that has failed already."""
        if self.reason:
            return
        try:
            measured = self._measure()
        except UnavailableError as error:
            self.reason = str(error)
            return
        for name, value in measured.items():
            self.figures.setdefault(name, []).append(value)


def take_turns(jobs: Sequence[Job], rounds: int, after_round: Callable[[], None]) -> None:
    """Runs all jobs in turn, in so many rounds."""
    for place in range(rounds):
        say(f"round {place + 1} of {rounds}")
        for job in jobs:
            job.run()
        after_round()


class Stage:
    """The stage of contenders: their environments, models and pictures."""

    def __init__(
        self,
        environments: dict[str, Environment],
        models: dict[str, Path],
        pictures: Pictures,
        plan: Plan,
        sets: Path | None,
    ) -> None:
        """Takes what is prepared.

        Args:
            environments: By name.
            models: By the names that entries have for them.
            pictures: What is read.
            plan: How much is measured.
            sets: A folder of development sets, or None.
        """
        self._environments = environments
        self._models = models
        self._pictures = pictures
        self._plan = plan
        self._sets = sets

    def accuracy(self, name: str) -> dict[str, float]:
        """The shares of pictures that a contender reads right, and refuses.

        Raises:
            UnavailableError: Its program fails.
        """
        entry, pictures = ENTRIES[name], self._pictures
        sets = pictures.sets(self._sets, is_few=entry.reads_text)
        labels = pictures.jpeg_labels
        arguments = {
            "sets": {key: str(path) for key, path in sets.items()},
            "jpegs": str(pictures.jpegs(pictures.counts.jpegs)),
            "labels": labels[: len(labels) // 4] if entry.reads_text else labels,
            "blank": str(pictures.blank()),
        }
        return _said(self._run(entry, "accuracy", json.dumps(arguments)))

    def jobs(self, names: Sequence[str]) -> Iterator[Job]:
        """The measurements of each round; those that are compared come one after the other."""
        counts, pictures = self._pictures.counts, self._pictures
        if OURS in names:
            for script in ("edgedigit", EMPTY_SCRIPT):
                yield Job("floors", lambda script=script: self._script(script))
            yield Job("floors", self._session)
        for name in names:
            yield Job(name, lambda name=name: self._first(ENTRIES[name]))
        for name in names:
            many = None if ENTRIES[name].reads_text else pictures.many()
            yield Job(name, lambda name=name, many=many: self._speed(
                ENTRIES[name], self._kinds(name), many
            ))  # fmt: skip
        folders = {
            "png": pictures.scans(counts.files), "jpeg": pictures.jpegs(counts.jpeg_files)
        }  # fmt: skip
        large = {f"large_{kind}": pictures.large_files(kind) for kind in ("grey", "rgb", "jpeg")}
        for key, folder in {**folders, **large}.items():
            for name in names:
                if name == OURS or (key in folders and not ENTRIES[name].reads_text):
                    yield Job(name, lambda name=name, folder=folder, key=key: self._folder(
                        ENTRIES[name], folder, key
                    ))  # fmt: skip

    def growth(self) -> dict[str, Any]:
        """What edgedigit takes for larger pictures and folders, and with more threads.

        Raises:
            UnavailableError: A program fails.
        """
        entry, pictures = ENTRIES[OURS], self._pictures
        kinds: dict[str, Kind] = {}
        sizes: dict[str, dict[str, float]] = {}
        for is_photo in (False, True):
            kind = "photo" if is_photo else "canvas"
            for side in pictures.counts.growth_sides:
                calls = max(3, min(self._plan.calls // 5, 10**7 // side**2))
                path = pictures.drawn((side, side), is_photo, 1)
                kinds[f"{kind}-{side}"] = "read_array", str(path), calls
        said = [self._speed(entry, kinds, None) for _ in range(self._plan.rounds)]
        for name in kinds:
            kind, side = name.split("-")
            values = [figures[f"{name}_median_us"] for figures in said]
            sizes.setdefault(kind, {})[side] = median(values)
        folders = {str(count): self._command(count, 1) for count in pictures.counts.growth_files}
        return {"sizes": sizes, "folders": folders}

    def threads(self) -> dict[str, Any]:
        """Seconds by the clock, and of the processor, of a folder with each number of threads.

        Raises:
            UnavailableError: The program fails.
        """
        cores = range(1, len(os.sched_getaffinity(0)) + 1)
        count = max(self._pictures.counts.growth_files)
        return {str(threads): self._command(count, threads) for threads in cores}

    def _command(self, count: int, threads: int) -> dict[str, float]:
        python = str(self._environments[ENTRIES[OURS].environment].python)
        folder = str(self._pictures.scans(count))
        with tempfile.TemporaryDirectory() as output:
            command = [python, "-m", "edgedigit", "classify", folder, "--quiet", "--format", "csv"]
            command += ["--threads", str(threads), "-o", str(Path(output, "digits.csv"))]
            done = run_alone(command)
        return {"cpu_s": done.cpu_seconds, "wall_s": done.seconds, "peak_mb": done.peak}

    def _kinds(self, name: str) -> dict[str, Kind]:
        pictures, calls = self._pictures, self._plan.calls
        if ENTRIES[name].reads_text:
            sets = pictures.sets(None, is_few=True)
            kinds = {MNIST_SET: ("read_array", sets[MNIST_SET], min(calls, _TEXT_CALLS))}
        else:
            sets = pictures.sets(self._sets)
            kinds = {
                key: ("read_array", sets[key], calls)
                for key in (MNIST_SET, HARD_SET)
                if key in sets
            }
            side, count = CANVAS_SIDE_PIXELS, max(3, calls // 5)
            kinds["canvas"] = "read_array", pictures.drawn((side, side), False, count), count
            for side in PHOTO_SIDES_PIXELS:
                path = pictures.drawn((side, side), True, count)
                kinds[f"photo_{side}"] = "read_array", path, count
            large = pictures.drawn(LARGE_SHAPE, True, 3)
            kinds["photo_large"] = "read_array", large, max(3, calls // 30)
        if name in (OURS, RAPIDOCR):
            kinds["line"] = "read_line", pictures.number(False), max(3, calls // 10)
            kinds["page"] = "read_page", pictures.number(True), 3 if name == OURS else 1
        return {key: (method, str(path), count) for key, (method, path, count) in kinds.items()}

    def _speed(self, entry: Entry, kinds: dict[str, Kind], many: Path | None) -> dict[str, float]:
        arguments = {"kinds": kinds, "many": many and str(many), "batches": _BATCHES}
        return _said(self._run(entry, "speed", json.dumps(arguments)))

    def _first(self, entry: Entry) -> dict[str, float]:
        scan = str(self._pictures.scans(self._pictures.counts.files) / "scan000000.png")
        return self._started(lambda: _until_said(self._run(entry, "first", scan)), "first_s")

    def _script(self, name: str) -> dict[str, float]:
        script = self._environments[ENTRIES[OURS].environment].python.parent / name
        return self._started(lambda: _whole(run_alone([str(script), "--version"])), f"{name}_s")

    def _session(self) -> dict[str, float]:
        python = str(self._environments[ENTRIES[OURS].environment].python)
        model = str(self._models[OWN_NETWORK])
        peaks = []

        def run() -> tuple[float, float]:
            done = run_alone([python, "-c", _SESSION_PROGRAM, model])
            peaks.append(done.peak)
            return _until_said(done)

        return self._started(run, "session_s") | {"session_peak_mb": median(peaks)}

    def _started(self, run: Callable[[], tuple[float, float]], name: str) -> dict[str, float]:
        """The medians of several starts of a program, which are short."""
        taken = [run() for _ in range(self._plan.starts)]
        cpu, wall = zip(*taken, strict=True)
        return {name: median(cpu), f"{name}_wall": median(wall)}

    def _folder(self, entry: Entry, folder: Path, name: str) -> dict[str, float]:
        done = self._run(entry, "folder", str(folder))
        cpu, wall = _whole(done)
        return {f"{name}_s": cpu, f"{name}_s_wall": wall, f"{name}_peak_mb": done.peak}

    def _run(self, entry: Entry, task: str, argument: str) -> MeasuredProcess:
        environment = self._environments[entry.environment]
        model = str(self._models[entry.model]) if entry.model else ""
        return run_task(environment, entry.program, model, task, argument)


def say(line: str) -> None:
    """Tells how far it is."""
    print(line, file=sys.stderr, flush=True)


def _whole(done: MeasuredProcess) -> tuple[float, float]:
    return done.cpu_seconds, done.seconds


def _until_said(done: MeasuredProcess) -> tuple[float, float]:
    """Seconds, of the processor and by the clock, until a program printed both clocks."""
    clock, cpu = map(int, done.output.split()[-2:])
    return cpu / 1e9, (clock - done.started) / 1e9


def _said(done: MeasuredProcess) -> dict[str, Any]:
    # Some libraries print lines of their own before.
    said: dict[str, Any] = json.loads(done.output.splitlines()[-1])
    return said
