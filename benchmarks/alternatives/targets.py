"""The targets of edgedigit, as ratios of figures of one run."""

from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

from benchmarks.alternatives.entries import LITERT_INT8, ONNX_LENET, OURS, OURS_IMAGES

Result = dict[str, Any]
# Its value in each round, or one value for all.
Values = list[float]


class Target(NamedTuple):
    """A bound for a value that follows from some figures.

    Attributes:
        name: What is bound.
        bound: The largest good value, or the smallest.
        of: Computes the values from a run's result. Raises KeyError where it lacks a figure.
        unit: Behind the values; empty for a ratio.
        at_least: Whether the bound is the smallest.
        places: Decimal places that are shown.
    """

    name: str
    bound: float
    of: Callable[[Result], Values]
    unit: str = ""
    at_least: bool = False
    places: int = 2


class Outcome(NamedTuple):
    """A target and the values of a run.

    Attributes:
        target: The target.
        value: The median of the rounds, or None where it was not measured.
        lowest: The smallest value of a round.
        highest: The largest.
    """

    target: Target
    value: float | None
    lowest: float | None
    highest: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether the median keeps to the bound; None where it was not measured."""
        if self.value is None:
            return None
        bound = self.target.bound
        return self.value >= bound if self.target.at_least else self.value <= bound


def _ours(name: str, owner: str = OURS) -> Callable[[Result], Values]:
    return lambda result: result["contenders"][owner]["figures"][name]


def _floor(name: str) -> Callable[[Result], Values]:
    return lambda result: result["floors"][name]


def _ratio(
    over: Callable[[Result], Values], under: Callable[[Result], Values]
) -> Callable[[Result], Values]:
    return lambda result: [a / b for a, b in zip(over(result), under(result), strict=False)]


def _import_ms(result: Result) -> Values:
    floors = result["floors"]
    pairs = zip(floors["import_exit_s"], floors["interpreter_exit_s"], strict=False)
    return [1000 * (whole - floor) for whole, floor in pairs]


def _memory(owner: str, name: str) -> Callable[[Result], Values]:
    def beyond(result: Result) -> Values:
        peaks = result["contenders"][owner]["figures"][name]
        pairs = zip(peaks, result["floors"]["session_peak_mb"], strict=False)
        return [peak - floor for peak, floor in pairs]

    return beyond


def _grey_ms(result: Result) -> Values:
    return [microseconds / 1000 for microseconds in _ours("grey_us")(result)]


TARGETS = [
    Target(
        "first answer, over onnxruntime's import, session and one run",
        1.10,
        _ratio(_ours("first_s"), _floor("session_s")),
    ),
    Target(
        "`edgedigit --version`, over `python -c pass`",
        1.3,
        _ratio(_floor("version_exit_s"), _floor("pass_exit_s")),
    ),
    Target("`import edgedigit`, beyond the interpreter", 5, _import_ms, "ms", places=1),
    Target(
        "`classify` of a 28 x 28 array, over the LeNet's bare `run()`",
        3,
        _ratio(_ours("classify_us"), _ours("model_us", ONNX_LENET)),
    ),
    Target("`classify` of a 1,000 x 1,000 grey array", 1.5, _grey_ms, "ms"),
    Target(
        "`classify_batch` of 10,000 arrays, over LiteRT's int8 CNN with its best batch",
        1,
        _ratio(_ours("batch_per_s"), _ours("batch_per_s", LITERT_INT8)),
        at_least=True,
    ),
    Target(
        "a folder of 1,000 PNG files with Pillow, over LiteRT int8",
        0.8,
        _ratio(_ours("folder_s", OURS_IMAGES), _ours("folder_s", LITERT_INT8)),
    ),
    Target(
        "the same without Pillow",
        1.5,
        _ratio(_ours("folder_s"), _ours("folder_s", LITERT_INT8)),
    ),
    Target(
        "a JPEG file of 12 megapixels, over decoding it whole",
        1 / 3,
        _ratio(_ours("photo_ms", OURS_IMAGES), _floor("photo_ms")),
    ),
    *(
        Target(f"peak memory with {what}, beyond a session", 15, _memory(*of), "MB", places=1)
        for what, of in (
            ("1,000 small PNG files", (OURS, "peak_mb")),
            ("PNG files of 12 megapixels", (OURS, "large_peak_mb")),
            ("1,000 small PNG files and Pillow", (OURS_IMAGES, "peak_mb")),
            ("JPEG files of 12 megapixels", (OURS_IMAGES, "large_peak_mb")),
        )
    ),
    Target("the wheel", 1300, lambda result: [result["wheel_bytes"] / 1000], "kB", places=0),
    Target(
        "distributions beyond edgedigit, onnxruntime, NumPy and theirs",
        0,
        lambda result: [len(result["beyond"])],
        places=0,
    ),
]


def outcomes(result: Result) -> list[Outcome]:
    """All targets with their values in a run."""
    return [_outcome(target, result) for target in TARGETS]


def _outcome(target: Target, result: Result) -> Outcome:
    try:
        values = target.of(result)
    except KeyError:
        values = []
    if not values:
        return Outcome(target, None, None, None)
    return Outcome(target, median(values), min(values), max(values))
