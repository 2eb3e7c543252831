"""How results are written: a table for people, and csv, json and jsonl for programs.

The columns of csv, and the keys of json and jsonl, are always these:

    path        as it was passed, or below the folder that was passed; - is standard input
    status      ok, refused, or why the file could not be read; see `Status`
    digit       0 to 9, where the status is ok
    confidence  probability, 0 to 1, that `best` is right
    best        0 to 9, the most probable digit even where it is refused
    refusal     why the picture has no digit, where the status is refused; see `Refusal`
    error       why the file could not be read

json and jsonl add `probabilities`, a list of ten.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Protocol

from edgedigit.prediction import FileResult, Refusal

COLUMNS = ("path", "status", "digit", "confidence", "best", "refusal", "error")

# More than what float32 arithmetic agrees on between processors.
_DECIMALS = 6


class Format(Protocol):
    """Turns blocks of results into text; a row is a line, and every block ends a line or a row."""

    def head(self) -> str:
        """What comes before all rows."""

    def rows(self, results: Iterable[FileResult]) -> str:
        """One row for each result."""

    def tail(self) -> str:
        """What comes after all rows."""


class Table:
    """Columns for people; the name comes last, since it alone may be long."""

    def head(self) -> str:
        """The names of the columns."""
        return self._row("digit", "confidence", "status", "file")

    def rows(self, results: Iterable[FileResult]) -> str:
        """One line for each result; signs that a terminal does not print are escaped."""
        return "".join(map(self._result, results))

    def tail(self) -> str:
        """Nothing."""
        return ""

    def _result(self, result: FileResult) -> str:
        prediction = result.prediction
        path = printable(result.path)
        if prediction is None:
            return self._row("-", "", result.status, path)
        confidence = f"{prediction.confidence:.1%}"
        if prediction.refusal is None:
            return self._row(str(prediction.digit), confidence, result.status, path)
        if prediction.refusal is Refusal.UNSURE:
            return self._row(f"{prediction.best}?", confidence, prediction.refusal, path)
        return self._row("-", "", prediction.refusal, path)

    def _row(self, digit: str, confidence: str, status: str, file: str) -> str:
        return f"{digit:5}  {confidence:>10}  {status:17}  {file}\n"


class Csv:
    """RFC 4180: lines end in CR LF, fields are quoted where they have to be."""

    def head(self) -> str:
        """The names of the columns."""
        return self._lines([COLUMNS])

    def rows(self, results: Iterable[FileResult]) -> str:
        """One record for each result; what there is not is an empty field."""
        return self._lines(_record(result).values() for result in results)

    def tail(self) -> str:
        """Nothing."""
        return ""

    def _lines(self, records: Iterable[Iterable[object]]) -> str:
        text = io.StringIO()
        csv.writer(text).writerows(records)
        return text.getvalue()


class JsonLines:
    """One JSON object a line, in ASCII; what there is not is null."""

    def head(self) -> str:
        """Nothing."""
        return ""

    def rows(self, results: Iterable[FileResult]) -> str:
        """One object for each result."""
        return "".join(f"{_object(result)}\n" for result in results)

    def tail(self) -> str:
        """Nothing."""
        return ""


class Json:
    """One JSON array of the objects of `JsonLines`, each on a line of its own."""

    def __init__(self) -> None:
        """An array of which nothing is written yet."""
        self._separator = "\n"

    def head(self) -> str:
        """The start of the array."""
        return "["

    def rows(self, results: Iterable[FileResult]) -> str:
        """One object for each result."""
        separator, self._separator = self._separator, ",\n"
        return separator + ",\n".join(map(_object, results))

    def tail(self) -> str:
        """The end of the array."""
        return "\n]\n"


FORMATS: dict[str, Callable[[], Format]] = {
    "table": Table,
    "csv": Csv,
    "json": Json,
    "jsonl": JsonLines,
}


def printable(text: str) -> str:
    r"""The text on one line that any terminal takes; what it cannot print becomes \x1b, \udcff."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def _record(result: FileResult) -> dict[str, object]:
    record: dict[str, object] = dict.fromkeys(COLUMNS)
    record.update(path=result.path, status=result.status, error=result.error)
    prediction = result.prediction
    if prediction is not None:
        record.update(
            digit=prediction.digit,
            confidence=round(prediction.confidence, _DECIMALS),
            best=prediction.best,
            refusal=prediction.refusal,
        )
    return record


def _object(result: FileResult) -> str:
    probabilities = None
    if result.prediction is not None:
        probabilities = [round(p, _DECIMALS) for p in result.prediction.probabilities.tolist()]
    return json.dumps({**_record(result), "probabilities": probabilities})
