"""The files of a run, which are whole or not there, whenever the process is killed."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class RunError(Exception):
    """The folder of a run cannot be used; the message says why."""


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
