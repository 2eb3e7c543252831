"""A run's result as Markdown tables, and the page of the documentation that holds them."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.alternatives.entries import LITERT, OPENCV, OPENCV_OWN, OURS
from benchmarks.alternatives.targets import (
    PICTURE_TITLES,
    Outcome,
    Result,
    Values,
    digit_sets,
    outcomes,
)
from train.run_files import write_atomically

# What stands between these lines of a page is written here.
_BEGIN_MARK, _END_MARK = "<!-- generated: begin -->", "<!-- generated: end -->"

_EMPTY_CELL = "-"
_WORDS = {None: "not measured", True: "met", False: "**missed**"}

Contender = dict[str, Any]

_INTRODUCTION = """\
Each in a virtual environment of its own, on one core with one thread, all in one run
(`python -m benchmarks.alternatives --mnist mnist.npz --sets SETS --output FOLDER`). "OpenCV" is
what a careful engineer would build, in `benchmarks/alternatives/contenders/opencv_ink.py`:
threshold, components, moments, a box of 20 x 20, centred in 28 x 28; before the tutorials' CNN in
LiteRT int8, and before edgedigit's own network in bare onnxruntime. LiteRT alone has the tutorials'
preparation: grey, squeezed to 28 x 28, inverted where mostly bright. The JPEG files are MNIST's
test digits at other sizes, in other places, colours and light, with noise."""
_README_INTRODUCTION = """\
Beside what people use instead: MNIST's test digits as arrays, and as a user's JPEG files, at other
sizes, in other places, colours and light. "OpenCV" is what a careful engineer would build before a
network; LiteRT alone has the tutorials' preparation."""


class _Column(NamedTuple):
    title: str
    value: Callable[[Contender], float | None]
    form: Callable[[float], str]


def comparison(result: Result) -> str:
    """All tables, and what they were measured with."""
    parts = [
        _INTRODUCTION,
        contenders_table(result),
        footnotes(result),
        "## Targets",
        "Ratios of that run's processor times; beside them the same by the clock, which other work "
        "on the machine changes more.",
        targets_table(result),
        "## Single answers",
        "Microseconds of the processor: median / mean / 95th percentile, with other work between "
        "the calls.",
        pictures_table(result),
        "## Sets",
        "Right of each set, refused or not; of large sets 1,000 pictures.",
        sets_table(result),
        "## Growth",
        growth_table(result),
    ]
    return "\n\n".join(parts)


def readme_part(result: Result) -> str:
    """What the README shows of it."""
    return f"{_README_INTRODUCTION}\n\n{_contenders(result, _README_COLUMNS)}"


def contenders_table(result: Result) -> str:
    """The figures of all contenders; of those that could not be measured, the reason."""
    return _contenders(result, [column.title for column in _CONTENDER_COLUMNS])


def footnotes(result: Result) -> str:
    """The machine and the settings of a run, in words."""
    machine, settings = result["machine"], result["settings"]
    lines = [
        f"{machine['processor']}, {machine['kernel']}, Python {machine['python']}, one core; "
        f"medians of {_rounds(settings['rounds'])} in which all take turns, processor time; "
        f"{number(machine['load'])} processes wanted to run when it began. "
        "Right is what is answered, refused or not; - is what was not measured."
    ]
    readers = [c["title"] for c in result["contenders"].values() if c["reads_text"]]
    if readers:
        lines.append(f"{', '.join(readers)}: fewer pictures, because they are slow.")
    return " ".join(lines)


def targets_table(result: Result) -> str:
    """The targets, and whether they are met."""
    rows = [
        [
            outcome.target.name,
            f"at {'least' if outcome.target.at_least else 'most'} "
            + _amount(outcome, [outcome.target.bound]),
            _amount(outcome, outcome.values),
            _spread(outcome),
            str(len(outcome.values)),
            _amount(outcome, outcome.wall),
            _WORDS[outcome.is_met],
        ]
        for outcome in outcomes(result)
    ]
    header = ["Target", "Bound", "Here", "Lowest to highest", "Rounds", "By the clock", ""]
    return markdown_table(header, rows)


def pictures_table(result: Result) -> str:
    """Medians, means and 95th percentiles of single answers, of those that take all pictures."""
    figures = ("median", "mean", "p95")
    found = [
        (name, result["contenders"][name])
        for name in (OURS, OPENCV, OPENCV_OWN, LITERT)
        if name in result["contenders"]
    ]
    rows = [
        [
            title,
            *(
                " / ".join(
                    _cell(middle(contender, f"{kind}_{figure}_us"), number) for figure in figures
                )
                for _, contender in found
            ),
        ]
        for kind, title in PICTURE_TITLES.items()
    ]
    titles = [contender["title"] for _, contender in found]
    return markdown_table(["", *titles], rows)


def sets_table(result: Result) -> str:
    """How many pictures of each set are read right."""
    contenders = [c for c in result["contenders"].values() if not c["reads_text"]]
    names = digit_sets(contenders[0]["accuracy"]) if contenders else []
    rows = [
        [name, *(_cell(c["accuracy"].get(name), _finer_percent) for c in contenders)]
        for name in names
    ]
    return markdown_table(["", *(c["title"] for c in contenders)], rows)


def growth_table(result: Result) -> str:
    """What larger pictures, larger folders and more threads take."""
    growth = result["growth"]
    rows = [
        [f"{int(side):,} x {int(side):,}, {kind}", f"{number(us / 1000)} ms",
         f"{number(1000 * us / int(side) ** 2)} ns a pixel"]
        for kind, sizes in growth.get("sizes", {}).items() for side, us in sizes.items()
    ]  # fmt: skip
    rows += [
        [f"{int(count):,} PNG files", f"{number(run['cpu_s'])} s, {number(run['peak_mb'])} MB",
         f"{number(1e6 * run['cpu_s'] / int(count))} µs a file"]
        for count, run in growth.get("folders", {}).items()
    ]  # fmt: skip
    rows += [
        [f"{threads} thread{'s' * (threads != '1')}, the largest folder",
         f"{number(run['wall_s'])} s by the clock", f"{number(run['cpu_s'])} s of the processor"]
        for threads, run in growth.get("threads", {}).items()
    ]  # fmt: skip
    return markdown_table(["", "Takes", ""], rows)


def split_page(path: Path) -> tuple[str, str]:
    """The parts of a page before and after what is generated, with the lines that mark it.

    Raises:
        ValueError: It does not have these lines, in this order.
        OSError: It cannot be read.
    """
    before, begin, rest = path.read_text("utf-8").partition(_BEGIN_MARK)
    _, end, after = rest.partition(_END_MARK)
    if not end:
        raise ValueError(f"{path} lacks the lines {_BEGIN_MARK} and {_END_MARK}")
    return before + begin, end + after


def update_page(path: Path, content: str) -> None:
    """Writes between the marks of a page; errors are those of `split_page`."""
    before, after = split_page(path)
    text = "\n\n".join((before, content, after))
    write_atomically(path, lambda part: part.write_text(text, "utf-8"))


def middle(contender: Contender, name: str) -> float | None:
    """The median of a figure over the rounds, or None where it was not measured."""
    values = contender["figures"].get(name)
    return median(values) if values else None


def number(value: float) -> str:
    """A number in three digits, as far as a reader needs them."""
    if value >= 100:
        return f"{round(value, 3 - len(str(int(value)))):,.0f}"
    places = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{places}f}"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are set to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: float | None, form: Callable[[float], str]) -> str:
    return _EMPTY_CELL if value is None else form(value)


def _figure(name: str) -> Callable[[Contender], float | None]:
    return lambda contender: middle(contender, name)


def _share(name: str) -> Callable[[Contender], float | None]:
    return lambda contender: contender["accuracy"].get(name)


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _finer_percent(value: float) -> str:
    return f"{value:.2%}"


def _yes_or_no(value: float) -> str:
    return "yes" if value else "no"


_CONTENDER_COLUMNS = [
    _Column("MNIST arrays, right", _share("mnist"), _finer_percent),
    _Column("as a user's JPEG, right", _share("jpegs"), _percent),
    _Column("blank refused", _share("blank_refused"), _yes_or_no),
    _Column("letters refused", _share("nondigit_chars74k_letters28_refused"), _percent),
    _Column("first answer, s", _figure("first_s"), number),
    _Column("28 x 28 array, µs", _figure("mnist_mean_us"), number),
    _Column("arrays a second in batches", _figure("batch_per_s"), number),
    _Column("1,000 PNG files, s", _figure("png_s"), number),
    _Column("200 JPEG files, s", _figure("jpeg_s"), number),
    _Column("peak memory, MB", _figure("png_peak_mb"), number),
    _Column("installed, MB", lambda contender: contender["installed_mb"], number),
]


_README_COLUMNS = [
    "MNIST arrays, right",
    "as a user's JPEG, right",
    "letters refused",
    "28 x 28 array, µs",
    "installed, MB",
]


def _contenders(result: Result, titles: list[str]) -> str:
    columns = [column for column in _CONTENDER_COLUMNS if column.title in titles]
    rows = []
    for contender in result["contenders"].values():
        title = contender["title"]
        if contender["reasons"]:
            title += f" ({'; '.join(contender['reasons'])})"
        cells = [_cell(column.value(contender), column.form) for column in columns]
        rows.append([title, *cells])
    return markdown_table(["", *titles], rows)


def _rounds(count: int) -> str:
    return f"{count} round{'s' * (count != 1)}"


def _amount(outcome: Outcome, values: Values) -> str:
    target = outcome.target
    return f"{median(values):,.{target.places}f} {target.unit}".rstrip() if values else _EMPTY_CELL


def _spread(outcome: Outcome) -> str:
    if len(outcome.values) < 2:
        return _EMPTY_CELL
    places = outcome.target.places
    return f"{min(outcome.values):,.{places}f} to {max(outcome.values):,.{places}f}"
