"""How results are written: a table for people, and csv, json and jsonl for programs.

The columns of csv, and the keys of json and jsonl, are always these:

    path        as it was passed, or below the folder that was passed; - is standard input
    status      ok, refused, or why the file could not be read; see `Status`
    digit       0 to 9, where the status is ok
    confidence  probability, 0 to 1, that `best` is right
    best        0 to 9, the most probable digit even where it is refused
    refusal     why the picture has no digit, where the status is refused; see `Refusal`
    error       why the file could not be read
    stamp       changes when the file changes or is read in another way; --resume goes by it

json and jsonl add `probabilities`, a list of ten.
"""

from __future__ import annotations

import csv
import io
import json
from typing import NamedTuple, Protocol

from edgedigit.messages import printable
from edgedigit.prediction import FileResult, Refusal, Status

# More than what float32 arithmetic agrees on between processors.
_DECIMALS = 6


class Row(NamedTuple):
    """One row of the output: what is said of one file."""

    path: str
    status: Status
    digit: int | None
    confidence: float | None
    best: int | None
    refusal: Refusal | None
    error: str | None
    stamp: str | None
    """None where the file is to be read again in any case."""
    probabilities: list[float] | None = None
    """Not in csv."""

    @classmethod
    def of(cls, result: FileResult, stamp: str | None) -> Row:
        """The row of a result."""
        prediction = result.prediction
        if prediction is None:
            return cls(result.path, result.status, None, None, None, None, result.error, stamp)
        return cls(
            path=result.path,
            status=result.status,
            digit=prediction.digit,
            confidence=round(prediction.confidence, _DECIMALS),
            best=prediction.best,
            refusal=prediction.refusal,
            error=None,
            stamp=stamp,
            probabilities=[round(p, _DECIMALS) for p in prediction.probabilities.tolist()],
        )


COLUMNS = Row._fields[:-1]


class Format(Protocol):
    """How rows are laid out: `head`, the rows with `separator` between them, `tail`."""

    head: str
    separator: str
    tail: str

    def row(self, row: Row) -> str:
        """The text of a row: whole lines, or what becomes whole lines with separator and tail."""


class ReadableFormat(Format, Protocol):
    """A format whose rows can be read back."""

    opening: str
    """What every row starts with."""

    def parse(self, record: str) -> Row:
        """Reads back what `row` wrote.

        Raises:
            ValueError: It did not write this.
        """


class Table:
    """Columns for people; the name comes last, since it alone may be long."""

    separator = tail = ""

    def __init__(self) -> None:
        """The head are the names of the columns."""
        self.head = self._line("digit", "confidence", "status", "file")

    def row(self, row: Row) -> str:
        """A line; signs that a terminal does not print are escaped."""
        path = printable(row.path)
        if row.confidence is None:
            return self._line("-", "", row.status, path)
        confidence = f"{row.confidence:.1%}"
        if row.refusal is None:
            return self._line(str(row.digit), confidence, row.status, path)
        if row.refusal is Refusal.UNSURE:
            return self._line(f"{row.best}?", confidence, row.refusal, path)
        return self._line("-", "", row.refusal, path)

    def _line(self, digit: str, confidence: str, status: str, file: str) -> str:
        return f"{digit:5}  {confidence:>10}  {status:17}  {file}\n"


class Csv:
    """RFC 4180: lines end in CR LF, fields are quoted where they have to be."""

    separator = tail = opening = ""
    head = ",".join(COLUMNS) + "\r\n"

    def row(self, row: Row) -> str:
        """A record; what there is not is an empty field."""
        text = io.StringIO()
        csv.writer(text).writerow(row[: len(COLUMNS)])
        return text.getvalue()

    def parse(self, record: str) -> Row:
        """Reads a record."""
        try:
            (fields,) = csv.reader([record], strict=True)
            path, status, digit, confidence, best, refusal, error, stamp = fields
        except csv.Error as error:
            raise ValueError(str(error)) from error
        return Row(
            path=path,
            status=Status(status),
            digit=int(digit) if digit else None,
            confidence=float(confidence) if confidence else None,
            best=int(best) if best else None,
            refusal=Refusal(refusal) if refusal else None,
            error=error or None,
            stamp=stamp or None,
        )


class JsonLines:
    """One JSON object a line, in ASCII; what there is not is null."""

    head = separator = tail = ""
    opening = '{"path": "'

    def row(self, row: Row) -> str:
        """An object and the end of the line."""
        return f"{json.dumps(row._asdict())}\n"

    def parse(self, record: str) -> Row:
        """Reads an object."""
        try:
            fields = json.loads(record)
            refusal = fields["refusal"]
            return Row(**fields)._replace(
                status=Status(fields["status"]),
                refusal=None if refusal is None else Refusal(refusal),
            )
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"no row: {error}") from error


class Json(JsonLines):
    """One JSON array of the objects of `JsonLines`, each on a line of its own."""

    head = "[\n"
    separator = ",\n"
    tail = "\n]\n"

    def row(self, row: Row) -> str:
        """An object, without the end of the line."""
        return super().row(row).rstrip()


READABLE: dict[str, ReadableFormat] = {"csv": Csv(), "json": Json(), "jsonl": JsonLines()}
FORMATS: dict[str, Format] = {"table": Table(), **READABLE}
