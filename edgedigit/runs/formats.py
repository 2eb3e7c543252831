"""The formats of rows: a table for people, and csv, json and jsonl for programs.

The columns of csv, and the keys of json and jsonl, are always these; of `edgedigit classify`:

    path        as it was passed, or below the folder that was passed; - is standard input
    status      ok, refused, or why the file could not be read; see `Status`
    digit       0 to 9, where the status is ok
    confidence  probability, 0 to 1, that `best` is right
    best        0 to 9, the most probable digit even where it is refused
    refusal     why the picture has no digit, where the status is refused; see `Refusal`
    error       why the file could not be read
    stamp       changes when the file changes or is read in another way; --resume goes by it
    page        which page, or frame, of the file this is, from 1 on
    pages       how many there are in the file; 1,001 where there are more than 1,000

In csv, a text that begins with = + - @ ' or a tab and is no number has a ' before it: without that,
spreadsheets would take it for a formula. json and jsonl add `probabilities`, a list of ten.

Of `edgedigit read`:

    path        as above
    status      as above
    text        digits and marks, ? for other signs and refused digits, a line end between lines
    confidence  probability, 0 to 1, that `text` is right as it stands
    refusal     why `text` is not to be relied on, where the status is refused; see `Refusal`
    error       as above
    stamp       as above
    page        as above
    pages       as above

json and jsonl add `digits`, a list of objects with the keys digit, confidence, best, refusal and
probabilities, as above, and box: left, top, right and bottom in pixels of the picture as it is
seen; `marks`, a list of the signs that are no digits, with the keys text, confidence and box; and
`turned`, by how many degrees the picture was turned clockwise to be read.
"""

from __future__ import annotations

import csv
import io
import json
import operator
import re
from collections.abc import Iterable
from typing import Literal, Protocol

from edgedigit.runs.rows import JSON_FIELDS, AnyRow, ClassifyRow, ReadRow, place_of
from edgedigit.system.messages import printable

FormatName = Literal["table", "csv", "json", "jsonl"]
READABLE = ("csv", "json", "jsonl")
FORMATS = ("table", *READABLE)

RowKind = type[ClassifyRow] | type[ReadRow]


class RowFormat(Protocol):
    """A layout of rows: `head`, the rows with `separator` between them, `tail`."""

    head: str
    separator: str
    tail: str

    def text(self, rows: Iterable[AnyRow]) -> str:
        """Rows, with the separator between them; whole lines but for separator and tail."""


class ReadableFormat(RowFormat, Protocol):
    """A format whose rows can be read back."""

    max_bytes: int
    """No row has as many; what does not end within them is damaged."""
    spans_lines: bool
    """Whether a row may be several lines."""

    def may_be_torn(self, text: str) -> bool:
        """Whether it may be the start of a row, behind the head of the format."""

    def parse(self, record: str) -> AnyRow:
        """Reads back the text of one row.

        Raises:
            ValueError: It did not write this.
        """


class Table:
    """Columns for people; the name comes last, since it alone may be long."""

    separator = tail = ""

    def __init__(self, kind: RowKind) -> None:
        """Takes the kind of the rows; the head are the names of their columns."""
        self._answer, self._width = ("digit", 5) if kind is ClassifyRow else ("text", 12)
        self.head = self._line(self._answer, "confidence", "status", "file")

    def text(self, rows: Iterable[AnyRow]) -> str:
        """Lines; signs that a terminal does not print are escaped."""
        return "".join(self._line(*row.shown(), printable(place_of(row))) for row in rows)

    def _line(self, answer: str, confidence: str, status: str, file: str) -> str:
        return f"{answer:{self._width}}  {confidence:>10}  {status:17}  {file}\n"


# With these a spreadsheet begins a formula, which may send what stands beside it elsewhere; numbers
# and the - of standard input are none. What begins with ' already gets one more, to be told apart.
_FORMULA_START = re.compile(r"(?!-([0-9]+([.,][0-9]+)?)?\Z)[-=+@\t\r']")


class Csv:
    """RFC 4180: lines end in CR LF, fields are quoted where they have to be.

    A text with which a spreadsheet would begin a formula has ' before it.
    """

    separator = tail = ""
    max_bytes = 1 << 16
    spans_lines = True  # names may hold line ends, and so do texts

    def __init__(self, kind: RowKind) -> None:
        """Takes the kind of the rows; the head are the names of their columns."""
        self._kind = kind
        names = [name for name in kind._fields if name not in JSON_FIELDS]
        self._cells = operator.attrgetter(*names)
        self.head = ",".join(names) + "\r\n"

    def text(self, rows: Iterable[AnyRow]) -> str:
        """Records; what there is not is an empty field."""
        text = io.StringIO()
        csv.writer(text).writerows(map(_harmless, self._cells(row)) for row in rows)
        return text.getvalue()

    def may_be_torn(self, text: str) -> bool:
        """True: the head is one that nobody else writes."""
        return True

    def parse(self, record: str) -> AnyRow:
        """Reads a record."""
        try:
            (cells,) = csv.reader([record], strict=True)
        except csv.Error as error:
            raise ValueError(str(error)) from error
        return self._kind.of_cells([cell.removeprefix("'") for cell in cells])


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA_START.match(cell) else cell


class JsonLines:
    """One JSON object a line, in ASCII; what there is not is null."""

    head = separator = tail = ""
    max_bytes = 1 << 24
    spans_lines = False

    def __init__(self, kind: RowKind) -> None:
        """Takes the kind of the rows."""
        self._kind = kind

    def text(self, rows: Iterable[AnyRow]) -> str:
        """Objects, each with the end of its line."""
        return "".join(f"{json.dumps(row._asdict())}\n" for row in rows)

    def may_be_torn(self, text: str) -> bool:
        """Whether the first two keys are those of a row, as far as they are there."""
        path, status = '{"path": ', ', "status": "'
        if "\n" in text or not text.startswith(path):
            return path.startswith(text)
        try:
            _, end = json.JSONDecoder().raw_decode(text, len(path))
        except ValueError:  # torn in the name
            return text.startswith('"', len(path)) or text == path
        return text.startswith(status, end) or status.startswith(text[end:])

    def parse(self, record: str) -> AnyRow:
        """Reads an object."""
        try:
            return self._kind.of_object(json.loads(record))
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"no row: {error}") from error


class Json(JsonLines):
    """One JSON array of the objects of `JsonLines`, each on a line of its own."""

    head = "[\n"
    separator = ",\n"
    tail = "\n]\n"

    def text(self, rows: Iterable[AnyRow]) -> str:
        """Objects, with a comma and the end of the line between them."""
        return self.separator.join(json.dumps(row._asdict()) for row in rows)


def readable_format(name: str, kind: RowKind) -> ReadableFormat:
    """One of `READABLE`, for rows of a kind."""
    if name == "csv":
        return Csv(kind)
    return Json(kind) if name == "json" else JsonLines(kind)


def any_format(name: str, kind: RowKind) -> RowFormat:
    """One of `FORMATS`, for rows of a kind."""
    return Table(kind) if name == "table" else readable_format(name, kind)
