"""Rows, one for each file or page: those of `edgedigit classify` and those of `edgedigit read`."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from edgedigit.results import FileResult, Prediction, Reading, Refusal, Status
from edgedigit.system.fast_hashes import sha256

JSON_FIELDS = {"probabilities", "digits", "marks", "turned"}
"""Written in json and jsonl alone; csv has cells for all else."""

# More than what float32 arithmetic agrees on between processors.
_DECIMAL_PLACES = 6
_STAMP_HEX_DIGITS = 16
_COARSE_NANOSECONDS = 10**9
# Longer than from the moment at which a file is read to that at which its row is written.
_DOUBTFUL_NANOSECONDS = 300 * 10**9
# These depend on more than the file's content: it is read again.
_PASSING_STATUSES = (Status.PERMISSION_DENIED, Status.VANISHED, Status.UNREADABLE)


class ClassifyRow(NamedTuple):
    """A row of `edgedigit classify`."""

    path: str
    status: Status
    digit: int | None
    confidence: float | None
    best: int | None
    refusal: Refusal | None
    error: str | None
    stamp: str | None
    """See `Stamps`; None where the file is to be read again in any case."""
    probabilities: list[float] | None = None
    page: int = 1
    pages: int = 1

    @classmethod
    def of(cls, result: FileResult[Prediction], stamp: str | None) -> "ClassifyRow":
        """The row of a result."""
        return cls(**_of_result(result, stamp, ("digit", "confidence", "best", "refusal")))

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> "ClassifyRow":
        """Reads the fields of csv back; raises ValueError where they are none."""
        path, status, digit, confidence, best, *others = cells
        return cls(
            path=path,
            status=Status(status),
            digit=int(digit) if digit else None,
            confidence=float(confidence) if confidence else None,
            best=int(best) if best else None,
            **_of_last_cells(others),
        )

    @classmethod
    def of_object(cls, fields: dict[str, Any]) -> "ClassifyRow":
        """Reads an object of json back; raises KeyError, TypeError or ValueError."""
        return cls(**_with_names(fields))

    def shown(self) -> tuple[str, str, str]:
        """For people: the answer, the confidence, and the status, or what says more."""
        if self.confidence is None:
            return "-", "", self.status
        confidence = f"{self.confidence:.1%}"
        if self.refusal is None:
            return str(self.digit), confidence, self.status
        if self.refusal is Refusal.UNSURE:
            return f"{self.best}?", confidence, self.refusal
        return "-", "", self.refusal


class ReadRow(NamedTuple):
    """A row of `edgedigit read`."""

    path: str
    status: Status
    text: str | None
    confidence: float | None
    refusal: Refusal | None
    error: str | None
    stamp: str | None
    """See `Stamps`; None where the file is to be read again in any case."""
    digits: list[dict[str, Any]] | None = None
    marks: list[dict[str, Any]] | None = None
    turned: int | None = None
    page: int = 1
    pages: int = 1

    @classmethod
    def of(cls, result: FileResult[Reading], stamp: str | None) -> "ReadRow":
        """The row of a result."""
        return cls(**_of_result(result, stamp, ("text", "confidence", "refusal")))

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> "ReadRow":
        """Reads the fields of csv back; raises ValueError where they are none."""
        path, status, text, confidence, *others = cells
        return cls(
            path=path,
            status=Status(status),
            text=text if confidence else None,
            confidence=float(confidence) if confidence else None,
            **_of_last_cells(others),
        )

    @classmethod
    def of_object(cls, fields: dict[str, Any]) -> "ReadRow":
        """Reads an object of json back; raises KeyError, TypeError or ValueError."""
        return cls(**_with_names(fields))

    def shown(self) -> tuple[str, str, str]:
        """For people: the answer, the confidence, and the status, or what says more."""
        status = self.refusal or self.status
        if self.confidence is None or not self.text:
            return "-", "", status
        return self.text.replace("\n", " | "), f"{self.confidence:.1%}", status


AnyRow = ClassifyRow | ReadRow


def place_of(row: AnyRow) -> str:
    """For people: the path, and the page where there are several."""
    return row.path if row.pages == 1 else f"{row.path} (page {row.page} of {row.pages:,})"


class Stamps:
    """Stamps of files: short texts that change when a file, or the way it is read, changes."""

    def __init__(self, *settings: object) -> None:
        """Takes all that the answers depend on beside the files."""
        self._settings_hash = sha256(repr(settings).encode())

    def of(
        self, status: Status, size: int | None, modified: int | None, page: int = 1
    ) -> str | None:
        """The stamp of a file's page; None where its row is good for this run only.

        Args:
            status: What became of the file.
            size: Its size in bytes, or None where that is not known.
            modified: When it was modified, in nanoseconds, or None where that is not known.
            page: The page, from 1 on.
        """
        if modified is None or status in _PASSING_STATUSES:
            return None
        # On FAT a file's time is that of two seconds: it may be written again, and show the same.
        is_coarse = modified % _COARSE_NANOSECONDS == 0
        if is_coarse and 0 <= time.time_ns() - modified < _DOUBTFUL_NANOSECONDS:
            return None
        file_hash = self._settings_hash.copy()
        file_hash.update(f"{size} {modified} {page}".encode())
        return str(file_hash.hexdigest()[:_STAMP_HEX_DIGITS])


def _of_result(result: FileResult[Any], stamp: str | None, names: Sequence[str]) -> dict[str, Any]:
    """The fields of a result's row; those named are None where nothing was read."""
    answer = result.answer
    said: dict[str, Any] = dict.fromkeys(names)
    if answer is not None:
        said = _rounded(answer.to_dict()) | {"refusal": answer.refusal}
    return {
        "path": result.path,
        "status": result.status,
        "error": result.error,
        "stamp": stamp,
        "page": result.page,
        "pages": result.pages,
        **said,
    }


def _of_last_cells(cells: Sequence[str]) -> dict[str, Any]:
    """The fields of csv that both commands end with; raises ValueError where they are none."""
    refusal, error, stamp, page, pages = cells
    return {
        "refusal": Refusal(refusal) if refusal else None,
        "error": error or None,
        "stamp": stamp or None,
        "page": int(page),
        "pages": int(pages),
    }


def _rounded(value: Any) -> Any:
    """What `to_dict` gives, without places that differ between processors."""
    if isinstance(value, float):
        return round(value, _DECIMAL_PLACES)
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value


def _with_names(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object of json, its status and refusal as such."""
    refusal = fields["refusal"]
    return fields | {
        "status": Status(fields["status"]),
        "refusal": None if refusal is None else Refusal(refusal),
    }
