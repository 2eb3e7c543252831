"""The figures of `edgedigit info --bench`: floors of this machine, and our own beside them.

A floor is what nobody gets below who starts Python and runs a network with onnxruntime; the ratio
to it says what the package adds, on whatever machine.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.classifier import Classifier
from edgedigit.images.pixels import Grey
from edgedigit.images.png_writer import encode_png
from edgedigit.info.bench_processes import (
    FOLDER_PROCESS,
    IDENTITY_MODEL,
    PYTHON_PROCESS,
    REPEATS,
    SESSION_PROCESS,
    measure_processes,
)

_MIN_CALLS_SECONDS = 0.5
_BATCH_PICTURES = 1000

_FLOOR_OF_PROCESS = {
    "import edgedigit": PYTHON_PROCESS,
    "edgedigit --version": PYTHON_PROCESS,
    "first answer, PNG of 28 x 28": SESSION_PROCESS,
    FOLDER_PROCESS: SESSION_PROCESS,
}


class BenchFigure(NamedTuple):
    """A median of what was measured.

    Attributes:
        name: What was measured.
        value: How much, with its unit.
        ratio: What it is a multiple of; nothing for a floor.
    """

    name: str
    value: str
    ratio: str = ""


def bench_lines(classifier: Classifier) -> str:
    """A table of all figures, one line each.

    Raises:
        BenchError: A process that is measured fails, or no temporary file can be written.
    """
    figures = _process_figures(classifier) + _call_figures(classifier)
    width = max(len(figure.name) for figure in figures)
    return "".join(
        f"{figure.name:{width}} {figure.value:>14} {figure.ratio}".rstrip() + "\n"
        for figure in figures
    )


def _process_figures(classifier: Classifier) -> list[BenchFigure]:
    processes = measure_processes(classifier.folder, encode_png(seven(28)))
    figures = []
    for name, process in processes.items():
        floor = _FLOOR_OF_PROCESS.get(name)
        ratio = "" if floor is None else _times(process.seconds, processes[floor].seconds, floor)
        figures.append(BenchFigure(name, _ms(process.seconds), ratio))
    memory, floor_memory = processes[FOLDER_PROCESS].memory, processes[SESSION_PROCESS].memory
    if memory is not None and floor_memory is not None:
        ratio = _times(memory, floor_memory, SESSION_PROCESS)
        figures.append(BenchFigure("peak memory of that", f"{memory / 1000:.1f} MB", ratio))
    return figures


def _call_figures(classifier: Classifier) -> list[BenchFigure]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(IDENTITY_MODEL, options, providers=providers)
    small, large = seven(28), seven(1000)
    inputs = {"image": small[np.newaxis]}
    run = _seconds(lambda: session.run(None, inputs))
    one = _seconds(lambda: classifier.classify(small))
    big = _seconds(lambda: classifier.classify(large))
    batch = _seconds(lambda: classifier.classify_batch([small] * _BATCH_PICTURES)) / _BATCH_PICTURES
    return [
        BenchFigure("run of a network that does nothing", _ms(run)),
        BenchFigure("classify, array of 28 x 28", _ms(one), _times(one, run, "that run")),
        BenchFigure("classify, array of 1,000 x 1,000", _ms(big), _times(big, run, "that run")),
        BenchFigure(
            f"classify_batch, {_BATCH_PICTURES:,} of 28 x 28",
            f"{1 / batch:,.0f} a second",
            _times(batch, run, "that run, for each"),
        ),
    ]


def _seconds(call: Callable[[], object]) -> float:
    """The median of what a call takes, after a first one."""
    call()
    taken: list[float] = []
    end = time.perf_counter() + _MIN_CALLS_SECONDS
    while len(taken) < REPEATS or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def seven(side: int) -> Grey:
    """A dark seven on light paper.

    Returns:
        uint8 of shape (side, side).
    """
    y, x = np.mgrid[:side, :side] / side
    bar = _distance(x, y, (0.3, 0.25), (0.7, 0.25))
    stroke = _distance(x, y, (0.7, 0.25), (0.45, 0.8))
    ink = np.clip((0.035 - np.minimum(bar, stroke)) * side + 0.5, 0, 1)
    picture: Grey = (230 - 200 * ink).astype(np.uint8)
    return picture


def _distance(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    start: tuple[float, float],
    end: tuple[float, float],
) -> NDArray[np.float64]:
    """How far points are from the line between two others."""
    across, down = end[0] - start[0], end[1] - start[1]
    along = ((x - start[0]) * across + (y - start[1]) * down) / (across**2 + down**2)
    along = np.clip(along, 0, 1)
    distance: NDArray[np.float64] = np.hypot(
        x - start[0] - along * across, y - start[1] - along * down
    )
    return distance


def _ms(seconds: float) -> str:
    return f"{_rounded(seconds * 1000)} ms"


def _times(value: float, floor: float, name: str) -> str:
    return f"{_rounded(value / floor):>6} x {name}"


def _rounded(value: float) -> str:
    """A number of any size with three figures that count, or all before its point."""
    places = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{places}f}"
