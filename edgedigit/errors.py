"""Everything that edgedigit itself raises."""


class EdgeDigitError(Exception):
    """Base class of the errors that edgedigit defines."""


class ImageError(EdgeDigitError, ValueError):
    """What was passed cannot be read as a picture; the message says why."""


class ModelError(EdgeDigitError):
    """The model's folder is missing, damaged, or made for another version of the package."""
