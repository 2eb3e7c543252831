"""The installation as `edgedigit info` shows it: versions, model, machine, and a self-check."""

import platform
from importlib import metadata

import numpy as np

import edgedigit
from edgedigit.classifier import Classifier
from edgedigit.info import machine
from edgedigit.results import Refusal


def package_versions() -> dict[str, str]:
    """The version of each package that counts, by the package's name."""
    return {
        "edgedigit": edgedigit.__version__,
        "Python": f"{platform.python_version()}, {platform.system()} {platform.machine()}",
        "NumPy": _version("numpy"),
        "onnxruntime": _version("onnxruntime"),
        "Pillow": _version("pillow"),
        "tqdm": _version("tqdm"),
    }


def package_lines() -> str:
    """One line for each package that counts, with its version."""
    versions = package_versions()
    return "".join(map(_line, versions, versions.values()))


def model_lines(classifier: Classifier) -> str:
    """The model's name, folder and threshold, a line each."""
    config = classifier.config
    return (
        _line("model", f"{config.get('name', 'unnamed')} {config.get('version', '')}".rstrip())
        + _line("folder", str(classifier.folder))
        + _line("threshold", f"{config['threshold']:g}")
    )


def machine_lines() -> str:
    """The machine's board, processor, system, load and temperature, a line each."""
    return (
        _line("board", machine.board())
        + _line("processor", machine.processor())
        + _line("system", machine.system())
        + _line("load", machine.load())
        + temperature_line()
    )


def temperature_line() -> str:
    """The machine's temperature now."""
    return _line("temperature", machine.temperature())


def self_check(classifier: Classifier) -> str | None:
    """Classifies two pictures drawn in memory.

    That the model's files fit each other was checked when the classifier was made.

    Returns:
        None, or what is wrong.
    """
    blank = np.full((60, 60), 220, np.uint8)
    bar = blank.copy()
    bar[10:50, 27:33] = 30
    for name, picture in ("dark on light", bar), ("light on dark", 255 - bar):
        best = classifier.classify(picture).best
        if best != 1:
            return f"an upright bar, {name}, is read as {best}, not 1"
    refusal = classifier.classify(blank).refusal
    if refusal is not Refusal.BLANK:
        return f"an empty picture is answered with {refusal}, not {Refusal.BLANK}"
    return None


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _line(name: str, value: str) -> str:
    return f"{name:12} {value}\n"
