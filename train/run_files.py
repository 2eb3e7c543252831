"""The folder of a run, whose files are whole or not there, whenever the process is killed."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KERAS_FILE, METRICS_FILE = "model.keras", "metrics.json"
HISTORY_FILE, SETTINGS_FILE = "history.json", "settings.json"
CURVES_FILE, CONFUSION_FILE = "curves.png", "confusion.png"
PREDICTIONS_FILE = "predictions.png"
# These are there while the run lasts: the network and its optimizer, the epochs, the same with a
# larger network's answers, that network, and the small one that comes first.
CHECKPOINT_FILE, AVERAGED_FILE = "checkpoint.keras", "averaged.keras"
EPOCHS_FOLDER, TAUGHT_FOLDER, TEACHER_FOLDER, FIRST_FOLDER = "epochs", "taught", "teacher", "first"
_PASSING = (
    CHECKPOINT_FILE,
    AVERAGED_FILE,
    EPOCHS_FOLDER,
    TAUGHT_FOLDER,
    TEACHER_FOLDER,
    FIRST_FOLDER,
)


class RunError(Exception):
    """The folder of a run cannot be used; the message says why."""


def begin_run(folder: Path, settings: dict[str, Any], force: bool) -> None:
    """Makes a run's folder, or makes sure that what it holds is of the same settings.

    Args:
        folder: Gets the settings.
        settings: All that decides how the model becomes, as JSON has it.
        force: Remove what is left of another run.

    Raises:
        RunError: It holds a run of other settings, or of unknown ones.
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Settings last, so that no run of unknown settings is left when this is interrupted.
    files = [METRICS_FILE, *_PASSING, HISTORY_FILE, KERAS_FILE]
    files += [CURVES_FILE, CONFUSION_FILE, PREDICTIONS_FILE, SETTINGS_FILE]
    found = [folder / name for name in files if (folder / name).exists()]
    if force or not found:
        _remove(found)
        write_json(folder / SETTINGS_FILE, settings)
    elif differing := _differences(folder / SETTINGS_FILE, settings):
        raise RunError(
            f"{folder} holds a run of other settings ({differing}); "
            "choose another --output, or --force to start over"
        )


def finish_run(folder: Path, metrics: dict[str, Any]) -> None:
    """Writes a run's figures, with which it is finished, and removes what it needed meanwhile."""
    write_json(folder / METRICS_FILE, metrics)
    _remove(folder / name for name in _PASSING)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _differences(path: Path, settings: dict[str, Any]) -> str:
    try:
        stored = json.loads(path.read_text("utf-8"))
        names = [name for name in settings | stored if settings.get(name) != stored.get(name)]
        return ", ".join(f"{name} {stored.get(name)}" for name in names)
    except FileNotFoundError:
        return f"{path.name} is missing"
    except (ValueError, TypeError, AttributeError):
        return f"{path.name} is damaged"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps a folder, which is made when missing, from other processes that ask as well.

    Raises:
        RunError: Another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # SQLite locks files on all systems, which free them when the process dies.
    connection = sqlite3.connect(folder / "lock", timeout=0, isolation_level=None)
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise RunError(f"{folder} is in use by another process") from error
        yield
    finally:
        connection.close()


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file under another name in the same folder, then renames it.

    Args:
        path: Where the file shall be; what is there is replaced.
        write: Writes the file to the path that it is given, which has the same suffix.
    """
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    write(part)
    os.replace(part, path)


def write_json(path: Path, value: Any) -> None:
    """Writes a value as indented JSON, atomically."""
    text = json.dumps(value, indent=2) + "\n"
    write_atomically(path, lambda part: part.write_text(text, "utf-8"))


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def origin(network: Path) -> dict[str, Any]:
    """The hash of a trained network's file, and the settings that lie beside it, if they do.

    Raises:
        OSError: A file cannot be read.
    """
    found: dict[str, Any] = {"sha256": file_sha256(network)}
    beside = network.with_name(SETTINGS_FILE)
    if beside.exists():
        found["settings"] = json.loads(beside.read_text("utf-8"))
    return found
