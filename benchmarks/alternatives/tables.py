"""A run's result as Markdown tables."""

from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

from benchmarks.alternatives.targets import Outcome, Result, Target, outcomes

_NOTHING = "-"

Contender = dict[str, Any]


class _Column(NamedTuple):
    title: str
    value: Callable[[Contender], float | None]
    form: Callable[[float], str]


def contenders_table(result: Result) -> str:
    """How all contenders do; those that could not be measured are named with the reason."""
    header = ["", *(column.title for column in _COLUMNS)]
    rows = [_row(contender) for contender in result["contenders"].values()]
    return _table(header, rows)


def floors_table(result: Result) -> str:
    """What nobody can be faster than."""
    rows = []
    for title, name, form in _FLOORS:
        values = result["floors"].get(name)
        rows.append([title, form(median(values)) if values else _NOTHING, _range(values, form)])
    return _table(["Floor", "Median", "Rounds"], rows)


def targets_table(result: Result) -> str:
    """What became of the targets."""
    words = {None: "not measured", True: "met", False: "**missed**"}
    rows = [
        [
            outcome.target.name,
            ("at least " if outcome.target.at_least else "at most ")
            + _amount(outcome.target, outcome.target.bound),
            _NOTHING if outcome.value is None else _amount(outcome.target, outcome.value),
            _spread(outcome),
            words[outcome.is_met],
        ]
        for outcome in outcomes(result)
    ]
    return _table(["Target", "Bound", "Here", "Rounds", ""], rows)


def spread_table(result: Result) -> str:
    """How far the rounds lie apart: lowest and highest value of each figure."""
    rows = [
        [
            contender["title"],
            *(_range(contender["figures"].get(name), form) for _, name, form in _SPREAD),
        ]
        for contender in result["contenders"].values()
        if contender["figures"]
    ]
    return _table(["", *(title for title, _, _ in _SPREAD)], rows)


def footnotes(result: Result) -> str:
    """What the tables were measured with, in words."""
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


def document(result: Result) -> str:
    """All tables and what they were measured with."""
    parts = [
        "# edgedigit and what a user would pick instead",
        contenders_table(result),
        footnotes(result),
        "## Targets",
        targets_table(result),
        "## Floors",
        floors_table(result),
        "## Spread",
        "Lowest and highest value of all rounds.",
        spread_table(result),
    ]
    return "\n\n".join(parts) + "\n"


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
    """Three digits, as far as a reader needs them."""
    if value >= 100:
        return f"{round(value, 3 - len(str(int(value)))):,.0f}"
    places = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{places}f}"


def _yes_or_no(value: float) -> str:
    return "yes" if value else "no"


_COLUMNS = [
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

_FLOORS = [
    ("interpreter, s", "interpreter_s", number),
    ("`import numpy`, s", "numpy_s", number),
    ("`import onnxruntime`, s", "onnxruntime_s", number),
    ("the same, a session, and one run of an identity model, s", "session_s", number),
    ("`run()` of an identity model, µs", "model_us", number),
    ("decoding 1,000 PNG files with Pillow, in a fresh process, s", "decoding_s", number),
    ("decoding a JPEG file of 12 megapixels whole, ms", "photo_ms", number),
    ("peak memory with a session, MB", "session_peak_mb", number),
]

_SPREAD = [
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
    for column in _COLUMNS:
        value = column.value(contender)
        cells.append(_NOTHING if value is None else column.form(value))
    return [title, *cells]


def _range(values: list[float] | None, form: Callable[[float], str]) -> str:
    return f"{form(min(values))} to {form(max(values))}" if values else _NOTHING


def _amount(target: Target, value: float) -> str:
    return f"{value:,.{target.places}f} {target.unit}".rstrip()


def _spread(outcome: Outcome) -> str:
    if outcome.lowest is None or outcome.highest is None or outcome.lowest == outcome.highest:
        return _NOTHING
    places = outcome.target.places
    return f"{outcome.lowest:,.{places}f} to {outcome.highest:,.{places}f}"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
