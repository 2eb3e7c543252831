"""A run over files, with its outputs: `run` first, which has a task done block by block.

`CsvLog` and `interrupts_raise` are for programs of one's own that run for long.
"""

from typing import TYPE_CHECKING

from edgedigit.system.interrupts import interrupts_raise

if TYPE_CHECKING:
    from edgedigit.runs.csv_log import CsvLog

__all__ = ["CsvLog", "interrupts_raise"]


def __getattr__(name: str) -> object:
    if name != "CsvLog":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from edgedigit.runs.csv_log import CsvLog  # loads NumPy, which --help does without

    return CsvLog
