"""A run's result as Markdown tables, and the page of the documentation that holds them."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.alternatives.targets import Outcome, Result, Target, outcomes
from train.run_files import write_atomically

# What stands between these lines of a page is written here.
_BEGIN_MARK, _END_MARK = "<!-- generated: begin -->", "<!-- generated: end -->"

_EMPTY_CELL = "-"

Contender = dict[str, Any]


class _Column(NamedTuple):
    title: str
    value: Callable[[Contender], float | None]
    form: Callable[[float], str]


def contenders_table(result: Result) -> str:
    """The figures of all contenders; of those that could not be measured, the reason."""
    header = ["", *(column.title for column in _CONTENDER_COLUMNS)]
    rows = [_row(contender) for contender in result["contenders"].values()]
    return markdown_table(header, rows)


def floors_table(result: Result) -> str:
    """The floors: what nobody can be faster than."""
    rows = []
    for title, name, form in _FLOOR_ROWS:
        values = result["floors"].get(name)
        rows.append([title, form(median(values)) if values else _EMPTY_CELL, _range(values, form)])
    return markdown_table(["Floor", "Median", "Rounds"], rows)


def targets_table(result: Result) -> str:
    """The targets, and whether they are met."""
    words = {None: "not measured", True: "met", False: "**missed**"}
    rows = [
        [
            outcome.target.name,
            ("at least " if outcome.target.at_least else "at most ")
            + _amount(outcome.target, outcome.target.bound),
            _EMPTY_CELL if outcome.value is None else _amount(outcome.target, outcome.value),
            _spread(outcome),
            words[outcome.is_met],
        ]
        for outcome in outcomes(result)
    ]
    return markdown_table(["Target", "Bound", "Here", "Rounds", ""], rows)


def spread_table(result: Result) -> str:
    """The lowest and the highest value of each figure in all rounds."""
    rows = [
        [
            contender["title"],
            *(_range(contender["figures"].get(name), form) for _, name, form in _SPREAD_COLUMNS),
        ]
        for contender in result["contenders"].values()
        if contender["figures"]
    ]
    return markdown_table(["", *(title for title, _, _ in _SPREAD_COLUMNS)], rows)


def footnotes(result: Result) -> str:
    """The machine and the settings of a run, in words."""
    machine, settings = result["machine"], result["settings"]
    lines = [
        f"{machine['processor']}, {machine['kernel']}, Python {machine['python']}, one core; "
        f"medians of {settings['rounds']} round{'s' * (settings['rounds'] != 1)} in which all take "
        f"turns{', processor time' * settings['cpu_time']}.",
    ]
    shares: dict[int, list[str]] = {}
    for contender in result["contenders"].values():
        if contender["share"] > 1 and contender["accuracy"]:
            shares.setdefault(contender["share"], []).append(contender["title"])
    lines.append("Right is what is answered, refused or not; - is what a program cannot do.")
    lines += [
        f"{', '.join(titles)}: accuracy of one in {share} pictures, "
        f"{settings['digits'] // share:,} of each kind."
        for share, titles in shares.items()
    ]
    fewer = [
        contender["title"]
        for contender in result["contenders"].values()
        if any(len(values) < settings["rounds"] for values in contender["figures"].values())
    ]
    if fewer:
        lines.append(f"{', '.join(fewer)}: fewer rounds where one takes many seconds.")
    return " ".join(lines)


def comparison(result: Result) -> str:
    """The tables of contenders, targets and floors, and what they were measured with."""
    parts = [
        contenders_table(result),
        footnotes(result),
        "What edgedigit wants to reach, as ratios of that run:",
        targets_table(result),
        "The floors of that run:",
        floors_table(result),
    ]
    return "\n\n".join(parts)


def document(result: Result) -> str:
    """A page of all tables."""
    parts = [
        "# edgedigit and what a user would pick instead",
        comparison(result),
        "Lowest and highest value of all rounds:",
        spread_table(result),
    ]
    return "\n\n".join(parts) + "\n"


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


def update_page(path: Path, result: Result) -> None:
    """Writes the comparison between the marks of a page; errors are those of `split_page`."""
    before, after = split_page(path)
    text = "\n\n".join((before, comparison(result), after))
    write_atomically(path, lambda part: part.write_text(text, "utf-8"))


def middle(contender: Contender, name: str) -> float | None:
    """The median of a figure over the rounds, or None where it was not measured."""
    values = contender["figures"].get(name)
    return median(values) if values else None


def _figure(name: str) -> Callable[[Contender], float | None]:
    return lambda contender: middle(contender, name)


def _share(name: str) -> Callable[[Contender], float | None]:
    return lambda contender: contender["accuracy"].get(name)


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _finer_percent(value: float) -> str:
    return f"{value:.2%}"


def number(value: float) -> str:
    """A number in three digits, as far as a reader needs them."""
    if value >= 100:
        return f"{round(value, 3 - len(str(int(value)))):,.0f}"
    places = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{places}f}"


def _yes_or_no(value: float) -> str:
    return "yes" if value else "no"


_CONTENDER_COLUMNS = [
    _Column("MNIST arrays, right", _share("arrays"), _finer_percent),
    _Column("as a user's JPEG, right", _share("jpegs"), _finer_percent),
    _Column("blank refused", _share("blank_refused"), _yes_or_no),
    _Column("letters refused", _share("letters_refused"), _percent),
    _Column("first answer, s", _figure("first_s"), number),
    _Column("network alone, µs", _figure("model_us"), number),
    _Column("28 x 28 array, µs", _figure("classify_us"), number),
    _Column("arrays a second in batches", _figure("batch_per_s"), number),
    _Column("1,000 PNG files, s", _figure("folder_s"), number),
    _Column("JPEG of 12 megapixels, ms", _figure("photo_ms"), number),
    _Column("peak memory, MB", _figure("peak_mb"), number),
    _Column("installed, MB", lambda contender: contender["installed_mb"], number),
]

_FLOOR_ROWS = [
    ("interpreter, s", "interpreter_s", number),
    ("`import numpy`, s", "numpy_s", number),
    ("`import onnxruntime`, s", "onnxruntime_s", number),
    ("the same, a session, and one run of an identity model, s", "session_s", number),
    ("`run()` of an identity model, µs", "model_us", number),
    ("decoding 1,000 PNG files with Pillow, in a fresh process, s", "decoding_s", number),
    ("decoding a JPEG file of 12 megapixels whole, ms", "photo_ms", number),
    ("peak memory with a session, MB", "session_peak_mb", number),
]

_SPREAD_COLUMNS = [
    ("first answer, s", "first_s", number),
    ("network alone, µs", "model_us", number),
    ("28 x 28 array, µs", "classify_us", number),
    ("arrays a second", "batch_per_s", number),
    ("1,000 PNG files, s", "folder_s", number),
    ("JPEG of 12 megapixels, ms", "photo_ms", number),
    ("peak memory, MB", "peak_mb", number),
]


def _row(contender: Contender) -> list[str]:
    title = contender["title"]
    if contender["reasons"]:
        title += f" ({'; '.join(contender['reasons'])})"
    cells = []
    for column in _CONTENDER_COLUMNS:
        value = column.value(contender)
        cells.append(_EMPTY_CELL if value is None else column.form(value))
    return [title, *cells]


def _range(values: list[float] | None, form: Callable[[float], str]) -> str:
    return f"{form(min(values))} to {form(max(values))}" if values else _EMPTY_CELL


def _amount(target: Target, value: float) -> str:
    return f"{value:,.{target.places}f} {target.unit}".rstrip()


def _spread(outcome: Outcome) -> str:
    if outcome.lowest is None or outcome.highest is None or outcome.lowest == outcome.highest:
        return _EMPTY_CELL
    places = outcome.target.places
    return f"{outcome.lowest:,.{places}f} to {outcome.highest:,.{places}f}"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are set to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
