"""Reads handwritten digits in photos, scans and drawings with ONNX Runtime and NumPy alone.

    >>> import edgedigit
    >>> edgedigit.classify("seven.png").digit
    7

Importing this package loads nothing heavy: each public name is fetched from its module when it is
first used.
"""

TYPE_CHECKING = False  # typing's own takes a millisecond to import
if TYPE_CHECKING:
    from edgedigit.classifier import Classifier, classify, classify_batch
    from edgedigit.errors import (
        DamagedError,
        EdgeDigitError,
        ImageError,
        ModelError,
        OutsideError,
        TooLargeError,
        UnsupportedError,
    )
    from edgedigit.evaluation.evaluation import Evaluation, evaluate
    from edgedigit.files import classify_folder, read_folder
    from edgedigit.images import ImageLike
    from edgedigit.reading import read
    from edgedigit.results import (
        FileResult,
        Prediction,
        ReadDigit,
        Reading,
        ReadMark,
        Refusal,
        Status,
    )

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "DamagedError",
    "EdgeDigitError",
    "Evaluation",
    "FileResult",
    "ImageError",
    "ImageLike",
    "ModelError",
    "OutsideError",
    "Prediction",
    "ReadDigit",
    "ReadMark",
    "Reading",
    "Refusal",
    "Status",
    "TooLargeError",
    "UnsupportedError",
    "__version__",
    "classify",
    "classify_batch",
    "classify_folder",
    "evaluate",
    "read",
    "read_folder",
]

_MODULES = {
    "Classifier": "classifier",
    "DamagedError": "errors",
    "EdgeDigitError": "errors",
    "Evaluation": "evaluation.evaluation",
    "FileResult": "results",
    "ImageError": "errors",
    "ImageLike": "images",
    "ModelError": "errors",
    "OutsideError": "errors",
    "Prediction": "results",
    "ReadDigit": "results",
    "ReadMark": "results",
    "Reading": "results",
    "Refusal": "results",
    "Status": "results",
    "TooLargeError": "errors",
    "UnsupportedError": "errors",
    "classify": "classifier",
    "classify_batch": "classifier",
    "classify_folder": "files",
    "evaluate": "evaluation.evaluation",
    "read": "reading",
    "read_folder": "files",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
