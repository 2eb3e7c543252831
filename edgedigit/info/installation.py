"""The installation as `edgedigit info` shows it: versions, model, machine, and a self-check."""

import platform
from importlib import metadata

import numpy as np

import edgedigit
from edgedigit.classifier import Classifier
from edgedigit.info import machine
from edgedigit.model import LINES_FILE, STRIP_ROWS
from edgedigit.normalize import normalize
from edgedigit.results import SIGNS, Refusal


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
    """The model's name, folder, threshold and line network, and what may run it, a line each.

    Raises:
        ModelError: The line network is missing, damaged or made for another version.
    """
    import onnxruntime  # which may not work: the model is loaded by now

    config, lines = classifier.config, classifier.lines_config
    size = f", {lines['size'] / 1000:.0f} kB" if "size" in lines else ""
    return (
        _line("model", f"{config.get('name', 'unnamed')} {config.get('version', '')}".rstrip())
        + _line("folder", str(classifier.folder))
        + _line("threshold", f"{config['threshold']:g}")
        + _line("lines", f"{LINES_FILE}{size}")
        + _line("providers", ", ".join(onnxruntime.get_available_providers()))
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
    """Classifies pictures drawn in memory, and has the line network read strips.

    That the model's files fit each other was checked when they were loaded.

    Returns:
        None, or what is wrong.
    """
    blank = np.full((60, 60), 220, np.uint8)
    bar = blank.copy()
    bar[10:50, 27:33] = 30
    for name, picture in ("dark on light", bar), ("light on dark", 255 - bar):
        # Of the network of digits alone: a second look by that of lines would hide its faults.
        ink = normalize([picture])
        for first in (True, False):
            best = int(classifier.probabilities(ink, first).argmax())
            if best != 1:
                return f"an upright bar, {name}, is read as {best}, not 1"
    refusal = classifier.classify(blank).refusal
    if refusal is not Refusal.BLANK:
        return f"an empty picture is answered with {refusal}, not {Refusal.BLANK}"
    return _lines_fault(classifier)


def _lines_fault(classifier: Classifier) -> str | None:
    strips = np.zeros((2, STRIP_ROWS, 48), np.uint8)
    strips[1, 8:32, 22:26] = 255
    best = classifier.line_probabilities(strips).argmax(axis=2)
    for row, name, expected in zip(best, ("empty", "with an upright bar"), ("", "1"), strict=True):
        # The same sign in places side by side is there once.
        found = "".join(dict.fromkeys(SIGNS[k] for k in row if k < len(SIGNS)))
        if found != expected:
            return f"a strip, {name}, is read as {found!r}, not {expected!r}"
    return None


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _line(name: str, value: str) -> str:
    return f"{name:12} {value}\n"
