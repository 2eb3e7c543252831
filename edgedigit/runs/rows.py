"""What is said of one file: the rows of `edgedigit classify` and of `edgedigit read`.

The last field of each is written in json and jsonl alone.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from edgedigit.results import FileResult, Prediction, ReadDigit, Reading, Refusal, Status

# More than what float32 arithmetic agrees on between processors.
_DECIMALS = 6


class Row(NamedTuple):
    """What `edgedigit classify` says of a file."""

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

    @classmethod
    def of(cls, result: FileResult[Prediction], stamp: str | None) -> "Row":
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

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> "Row":
        """Reads the fields of csv back; raises ValueError where they are none."""
        path, status, digit, confidence, best, refusal, error, stamp = cells
        return cls(
            path=path,
            status=Status(status),
            digit=int(digit) if digit else None,
            confidence=float(confidence) if confidence else None,
            best=int(best) if best else None,
            refusal=Refusal(refusal) if refusal else None,
            error=error or None,
            stamp=stamp or None,
        )

    @classmethod
    def of_object(cls, fields: dict[str, Any]) -> "Row":
        """Reads an object of json back; raises KeyError, TypeError or ValueError."""
        refusal = fields["refusal"]
        return cls(**fields)._replace(
            status=Status(fields["status"]), refusal=None if refusal is None else Refusal(refusal)
        )

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
    """What `edgedigit read` says of a file."""

    path: str
    status: Status
    text: str | None
    confidence: float | None
    error: str | None
    stamp: str | None
    """None where the file is to be read again in any case."""
    digits: list[dict[str, Any]] | None = None

    @classmethod
    def of(cls, result: FileResult[Reading], stamp: str | None) -> "ReadRow":
        """The row of a result."""
        reading = result.reading
        if reading is None:
            return cls(result.path, result.status, None, None, result.error, stamp)
        return cls(
            path=result.path,
            status=result.status,
            text=reading.text,
            confidence=round(reading.confidence, _DECIMALS),
            error=None,
            stamp=stamp,
            digits=[_digit(digit) for digit in reading.digits],
        )

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> "ReadRow":
        """Reads the fields of csv back; raises ValueError where they are none."""
        path, status, text, confidence, error, stamp = cells
        return cls(
            path=path,
            status=Status(status),
            text=text if confidence else None,
            confidence=float(confidence) if confidence else None,
            error=error or None,
            stamp=stamp or None,
        )

    @classmethod
    def of_object(cls, fields: dict[str, Any]) -> "ReadRow":
        """Reads an object of json back; raises KeyError, TypeError or ValueError."""
        return cls(**fields)._replace(status=Status(fields["status"]))

    def shown(self) -> tuple[str, str, str]:
        """For people: the answer, the confidence, and the status."""
        if self.confidence is None or not self.text:
            return "-", "", self.status
        return self.text.replace("\n", " / "), f"{self.confidence:.1%}", self.status


AnyRow = Row | ReadRow


def _digit(digit: ReadDigit) -> dict[str, Any]:
    prediction = digit.prediction
    return {
        "digit": prediction.digit,
        "confidence": round(prediction.confidence, _DECIMALS),
        "best": prediction.best,
        "refusal": prediction.refusal,
        "box": list(digit.box),
    }
