"""Pictures of numbers and what they say: composed ones, printed ones, and other people's."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.reading.dark_objects import beside_dark_objects
from benchmarks.reading.printed import meter_windows, printed_lines
from edgedigit.images import load_grey
from edgedigit.results import MARKS, OTHER_SIGN
from train.data.mnist import DataError
from train.drawing.number_lines import (
    LineKind,
    NumberPicture,
    SingleDigits,
    marked_pictures,
    number_pictures,
)

# On average.
_PAGE_LINES = 8
_MAX_PRINTED = 60
# What other people's pictures are counted by; the rest of their tags says too little.
_TAGS = "printed", "touching", "cells", "ruled", "cheque", "shadow", "tiny"
_MARK_NAMES = {".": "point", ",": "comma", "-": "dash", "/": "slash", ":": "colon"}


class Sample(NamedTuple):
    """A picture of a number.

    Attributes:
        picture: uint8 of shape (H, W), grey.
        text: What it says, with a line end between lines.
        ignored: Signs that an answer may have or not.
        rows: The rows of the table that it counts in, beside its set's own.
    """

    picture: NDArray[np.uint8]
    text: str
    ignored: str = ""
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class NumberSet:
    """Pictures of numbers.

    Attributes:
        name: What the table calls them.
        samples: One by one.
        source: Where they come from.
        marks: Whether readers are asked for . , - / : too.
        length: How many digits each has, where edgedigit is told so too.
        rows: The rows of the table before that of all its pictures, if it has several.
    """

    name: str
    samples: Iterable[Sample]
    source: Literal["composed", "printed", "real"] = "composed"
    marks: bool = False
    length: int | None = None
    rows: tuple[str, ...] = field(default=())


def composed_sets(digits: SingleDigits, count: int, seed: int) -> Iterator[NumberSet]:
    """Lines of all kinds, of digits and of digits with marks, and pages."""

    def of(kind: LineKind, length: int | None = None) -> Iterator[Sample]:
        pictures = -(-count // _PAGE_LINES) if kind == "pages" else count
        return _samples(number_pictures(kind, digits, pictures, seed, length))

    yield NumberSet("apart, 5 digits", of("apart", 5), length=5)
    yield NumberSet("apart, 1 to 10 digits", of("apart"))
    yield NumberSet("a pair that touches, 2 digits", of("touching", 2))
    yield NumberSet("a pair that touches, 2 to 10 digits", of("touching"))
    yield NumberSet("on ruled paper", of("ruled"))
    yield NumberSet("on squared paper", of("squared"))
    yield NumberSet("in cells", of("cells"))
    yield NumberSet("lines of pages", of("pages"))
    for mark, name in _MARK_NAMES.items():
        samples = _samples(marked_pictures(mark, digits, count, seed))
        yield NumberSet(f"with a {name} `{mark}`", samples, marks=True)


def other_length_sets(
    digits: SingleDigits, length: int, count: int, seed: int
) -> Iterator[NumberSet]:
    """Lines of a digit fewer and of a digit more than the reader is told."""
    for written in (length - 1, length + 1):
        samples = _samples(number_pictures("apart", digits, count, seed, written))
        yield NumberSet(f"{written} digits", samples, length=length)


def dark_object_sets(digits: SingleDigits, count: int, seed: int) -> list[NumberSet]:
    """The same lines on a wide paper without and with a dark object beside them."""
    pairs = list(beside_dark_objects(digits, count, seed))
    return [
        NumberSet("on a wide paper", [Sample(pair.without, pair.text) for pair in pairs]),
        NumberSet("beside a dark object", [Sample(pair.beside, pair.text) for pair in pairs]),
    ]


def printed_sets(fonts: list[Path], count: int, seed: int) -> Iterator[NumberSet]:
    """Printed lines, one for each font, and the windows of meters; 60 of each at most."""
    count = min(count, _MAX_PRINTED)
    lines = printed_lines(fonts[:count], seed)
    yield NumberSet("printed, 6 digits", (Sample(*line) for line in lines), "printed")
    windows = meter_windows(fonts, count, seed)
    name = "white on black, windows of meters"
    yield NumberSet(name, (Sample(*window) for window in windows), "printed")


def real_sets(folder: Path) -> list[NumberSet]:
    """Other people's pictures, in the development sets `numbers` and `strings`.

    Both have a labels.csv with the columns file and label, in which "/" stands between lines. That
    of `numbers` has tags too: its labels are without marks, and where the tag `math` stands, a "?"
    in them is a sign that an answer may have or not.

    Raises:
        DataError: A labels.csv lacks a column.
        OSError: A file is missing or cannot be read.
    """
    numbers = [
        _real(folder / "numbers" / row["file"], row["label"], set(row["tags"].split(",")))
        for row in _labels(folder / "numbers", "tags")
    ]
    strings = [
        _real(folder / "strings" / row["file"], row["label"], set())
        for row in _labels(folder / "strings")
    ]
    rows = "lines", "pages", "math", *_TAGS
    names = tuple(f"other people's: {row}" for row in rows)
    return [
        NumberSet("other people's: all", numbers, "real", rows=names),
        NumberSet("other people's: strings", strings, "real"),
    ]


def _samples(pictures: Iterable[NumberPicture]) -> Iterator[Sample]:
    return (Sample(sample.picture, sample.text) for sample in pictures)


def _real(path: Path, label: str, tags: set[str]) -> Sample:
    ignored = MARKS + OTHER_SIGN * ("math" in tags)
    text = label.replace("/", "\n").translate(str.maketrans("", "", ignored))
    rows = [tag for tag in _TAGS if tag in tags]
    if "math" in tags:
        rows.append("math")
    elif tags and "printed" not in tags:
        rows.append("pages" if "\n" in text else "lines")
    return Sample(load_grey(path), text, ignored, tuple(f"other people's: {row}" for row in rows))


def _labels(folder: Path, *more: str) -> list[dict[str, str]]:
    path = folder / "labels.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        for column in ("file", "label", *more):
            if column not in (reader.fieldnames or ()):
                raise DataError(f"{path} lacks the column {column!r}")
        return list(reader)
