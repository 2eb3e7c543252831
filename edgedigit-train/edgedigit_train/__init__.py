"""Commands of `edgedigit` that need TensorFlow, in a distribution of their own.

The packages `train` and `export` lie in a folder below, where only the process of a command finds
them: their names are anybody's.
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path


def finetune(arguments: Sequence[str]) -> int:
    """Runs `edgedigit finetune`; see `export.finetune`."""
    return _main("export.finetune")(arguments, "edgedigit finetune")


def export(arguments: Sequence[str]) -> int:
    """Runs `edgedigit export`; see `export.__main__`."""
    return _main("export.__main__")(arguments, "edgedigit export")


def _main(module: str):
    sys.path.insert(0, str(Path(__file__).parent / "packages"))
    return importlib.import_module(module).main
