"""Everything that edgedigit itself raises."""

import os


class EdgeDigitError(Exception):
    """Base class of the errors that edgedigit defines."""


class ImageError(EdgeDigitError, ValueError):
    """An input that cannot be read as a picture; the message says why."""


class DamagedError(ImageError):
    """A file that starts like a picture, but is damaged or truncated."""


class UnsupportedError(ImageError):
    """A picture, but of a kind that cannot be read here: it needs Pillow, or a plugin of it."""


class TooLargeError(ImageError):
    """A picture of more pixels, or a file of more bytes, than the limit."""


class OutsideError(ImageError):
    """A picture that the region which was asked for lies outside of."""


class ModelError(EdgeDigitError):
    """The model's folder is missing, damaged, or made for another version of the package."""


class OutputError(EdgeDigitError):
    """The output cannot be written; the message names it and says why."""

    @classmethod
    def of(cls, path: str | None, error: OSError) -> "OutputError":
        """The error for what the system says; None is standard output."""
        reason = error.strerror or str(error)
        folder = os.path.dirname(path or "")
        if isinstance(error, FileNotFoundError) and folder and not os.path.isdir(folder):
            reason = f"there is no folder {folder}"
        elif isinstance(error, FileExistsError):
            reason = "a file has that name already; take another one"
        return cls(f"cannot write {path or 'standard output'}: {reason}")


class LabelError(EdgeDigitError, ValueError):
    """A folder is no labelled folder; the message says why."""


class BenchError(EdgeDigitError):
    """Something cannot be measured; the message says what, and why."""


class MissingError(EdgeDigitError):
    """The extra that a command needs is not installed."""


class ListenError(EdgeDigitError):
    """The port is taken, or the address none of this machine."""
