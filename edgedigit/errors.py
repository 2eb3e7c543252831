"""Everything that edgedigit itself raises."""


class EdgeDigitError(Exception):
    """Base class of the errors that edgedigit defines."""


class ImageError(EdgeDigitError, ValueError):
    """What was passed cannot be read as a picture; the message says why."""


class DamagedError(ImageError):
    """A file that starts like a picture, but is damaged or truncated."""


class UnsupportedError(ImageError):
    """A picture, but of a kind that cannot be read here: it needs Pillow, or a plugin of it."""


class TooLargeError(ImageError):
    """A picture of more pixels, or a file of more bytes, than the limit."""


class ModelError(EdgeDigitError):
    """The model's folder is missing, damaged, or made for another version of the package."""
