"""How far a reader of the code has to go: files met, and moves between them.

    python benchmarks/moves.py [CHECKOUT]

A move is a call of a function of the package by one that stands in another of its files. Module
bodies do not count, nor what lies outside the package; the classifier is loaded before.
"""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
ROWS = "--output", os.devnull, "--format", "jsonl", "--force"
PACKAGE = (Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT) / "edgedigit"
sys.path.insert(0, str(PACKAGE.parent))


def moves(call: Callable[[], object]) -> tuple[int, int]:
    """The files of the package that a call goes through, and how often it goes to another."""
    files: set[str] = set()
    count = 0

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        place = _place(frame)
        if event != "call" or place is None or frame.f_code.co_name == "<module>":
            return
        files.add(place)
        caller = frame.f_back
        while caller is not None and _place(caller) is None:  # the standard library, NumPy
            caller = caller.f_back
        count += caller is not None and _place(caller) != place

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return len(files), count


def _place(frame: FrameType) -> str | None:
    name = frame.f_code.co_filename
    return name if name.startswith(str(PACKAGE)) else None


def report() -> None:
    """Prints a line for each of three ways through the package."""
    import edgedigit
    from edgedigit.cli import main

    digits, number = ROOT / "examples" / "digits", ROOT / "examples" / "numbers" / "form.png"
    picture = digits / "7_ruled.png"
    ways: dict[str, Callable[[], object]] = {
        "classify": lambda: edgedigit.classify(picture),
        "read": lambda: edgedigit.read(number),
        "run over a folder": lambda: main(["classify", str(digits), "--quiet", *ROWS]),
    }
    for name, call in ways.items():
        call()  # what is loaded once is loaded now
        found, count = moves(call)
        print(f"{name}: {found} files, {count} moves")


if __name__ == "__main__":
    report()
