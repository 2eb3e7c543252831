"""The targets of edgedigit, as ratios of figures of one run."""

from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

from benchmarks.alternatives.entries import LITERT, OPENCV, OPENCV_OWN, OURS, RAPIDOCR
from benchmarks.alternatives.environments import EMPTY_SCRIPT

Result = dict[str, Any]
# Its value in each round, or one value for all.
Values = list[float]

PICTURE_TITLES = {
    "mnist": "28 x 28 array, MNIST",
    "dida_single": "crop of an old record, dida_single",
    "canvas": "drawing, 280 x 280",
    "photo_400": "photo, 400 x 400",
    "photo_1000": "photo, 1,000 x 1,000",
    "photo_large": "photo, 12 megapixels",
}


class Target(NamedTuple):
    """A bound for a value that follows from some figures.

    Attributes:
        name: What is bound.
        bound: The largest good value, or the smallest.
        of: Computes the values from a run's result, and from the ending of figures: "" for the
            processor's time, "_wall" for the clock's. Raises KeyError where it lacks a figure.
        unit: Behind the values; empty for a ratio.
        at_least: Whether the bound is the smallest.
        places: Decimal places that are shown.
        is_time: Whether it follows from times.
    """

    name: str
    bound: float
    of: Callable[[Result, str], Values]
    unit: str = ""
    at_least: bool = False
    places: int = 2
    is_time: bool = True


class Outcome(NamedTuple):
    """A target and the values of a run, in each round; empty where it was not measured.

    Attributes:
        target: The target.
        values: By the processor's time.
        wall: By the clock; empty for what is no time.
    """

    target: Target
    values: Values
    wall: Values

    @property
    def is_met(self) -> bool | None:
        """Whether the median keeps to the bound; None where it was not measured."""
        if not self.values:
            return None
        value, bound = median(self.values), self.target.bound
        return value >= bound if self.target.at_least else value <= bound


def outcomes(result: Result) -> list[Outcome]:
    """All targets with their values in a run."""
    return [
        Outcome(
            target,
            _values(target, result, ""),
            _values(target, result, "_wall") if target.is_time else [],
        )
        for target in TARGETS
    ]


def lost_sets(result: Result) -> list[str]:
    """The sets of which a contender with OpenCV reads more than edgedigit.

    Raises:
        KeyError: They were not measured.
    """
    ours = result["contenders"][OURS]["accuracy"]
    others = [result["contenders"][name]["accuracy"] for name in (OPENCV, OPENCV_OWN)]
    return [name for name in digit_sets(ours) if any(other[name] > ours[name] for other in others)]


def digit_sets(accuracy: dict[str, float]) -> list[str]:
    """The names of sets with digits, of which a share is read right."""
    names = (name.removesuffix("_refused") for name in accuracy if name.endswith("_refused"))
    return [name for name in names if accuracy.get(name) and not name.startswith("nondigit")]


def _ratio(name: str, under: str = OPENCV) -> Callable[[Result, str], Values]:
    """A figure of edgedigit over that of another contender, round by round."""

    def ratios(result: Result, suffix: str) -> Values:
        ours, other = (result["contenders"][owner]["figures"] for owner in (OURS, under))
        return _divided(ours[name + suffix], other[name + suffix])

    return ratios


def _over_floor(name: str, floor: str) -> Callable[[Result, str], Values]:
    """A figure of edgedigit, which may be among the floors too, over a floor."""

    def ratios(result: Result, suffix: str) -> Values:
        figures = {**result["contenders"][OURS]["figures"], **result["floors"]}
        return _divided(figures[name + suffix], figures[floor + suffix])

    return ratios


def _divided(above: Values, below: Values) -> Values:
    return [a / b for a, b in zip(above, below, strict=False)]


def _memory(name: str) -> Callable[[Result, str], Values]:
    def beyond(result: Result, _: str) -> Values:
        peaks = result["contenders"][OURS]["figures"][name]
        pairs = zip(peaks, result["floors"]["session_peak_mb"], strict=False)
        return [peak - floor for peak, floor in pairs]

    return beyond


def _milliseconds(name: str) -> Callable[[Result, str], Values]:
    def milliseconds(result: Result, suffix: str) -> Values:
        return [us / 1000 for us in result["contenders"][OURS]["figures"][name + suffix]]

    return milliseconds


def _installed(result: Result, _: str) -> Values:
    ours, other = (result["contenders"][name]["installed_mb"] for name in (OURS, OPENCV))
    return [ours / other]


TARGETS = [
    *(
        Target(
            f"{PICTURE_TITLES[kind]}: {word}, over OpenCV and LiteRT",
            0.35 if kind == "photo_large" else 1.0,
            _ratio(f"{kind}_{figure}_us"),
        )
        for kind in PICTURE_TITLES
        for figure, word in (("median", "median"), ("mean", "mean"), ("p95", "95th percentile"))
        if figure != "p95" or kind in ("mnist", "dida_single")
    ),
    Target(
        "`classify_batch` of 10,000 arrays: rate, over OpenCV and LiteRT",
        4,
        _ratio("batch_per_s"),
        at_least=True,
    ),
    Target(
        "the same, over the rate of LiteRT's network alone",
        0.85,
        _ratio("batch_per_s", LITERT),
        at_least=True,
    ),
    Target("1,000 PNG files, over OpenCV and LiteRT", 0.7, _ratio("png_s")),
    Target("200 user's JPEG files, over OpenCV and LiteRT", 1.0, _ratio("jpeg_s")),
    *(
        Target(
            f"peak memory with {what}, over theirs", 1.0, _ratio(f"{key}_peak_mb"), is_time=False
        )
        for key, what in (("png", "the PNG files"), ("jpeg", "the JPEG files"))
    ),
    Target(
        "first answer, over onnxruntime's import, session and one run",
        1.05,
        _over_floor("first_s", "session_s"),
    ),
    Target(
        "`edgedigit --version`, over an empty console script",
        1.10,
        _over_floor("edgedigit_s", f"{EMPTY_SCRIPT}_s"),
    ),
    *(
        Target(
            f"peak memory with {what}, beyond a session",
            bound,
            _memory(f"{key}_peak_mb"),
            "MB",
            places=1,
            is_time=False,
        )
        for key, what, bound in (
            ("png", "1,000 small PNG files", 6),
            ("large_grey", "grey PNG files of 12 megapixels", 8),
            ("large_rgb", "RGB PNG files of 12 megapixels", 12),
            ("large_jpeg", "JPEG files of 12 megapixels", 10),
        )
    ),
    Target("`read` of a line of five", 5, _milliseconds("line_median_us"), "ms", places=1),
    Target("the same, over rapidocr", 0.25, _ratio("line_median_us", RAPIDOCR)),
    Target(
        "`read` of a page of 200 digits, 12 megapixels",
        200,
        _milliseconds("page_median_us"),
        "ms",
        places=0,
    ),
    Target("the same, over rapidocr", 0.25, _ratio("page_median_us", RAPIDOCR)),
    Target("installed size, over OpenCV and LiteRT", 0.6, _installed, is_time=False),
    Target(
        "sets of which either contender with OpenCV reads more",
        0,
        lambda result, _: [len(lost_sets(result))],
        places=0,
        is_time=False,
    ),
]


def _values(target: Target, result: Result, suffix: str) -> Values:
    try:
        return target.of(result, suffix)
    except KeyError:
        return []
