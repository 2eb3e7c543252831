"""Files: `finding` them, `classifying` or `reading` them, and those that are `labelled`."""

from typing import TYPE_CHECKING

from edgedigit.files.classifying import classify_blocks, classify_folder
from edgedigit.files.finding import File, find_files

if TYPE_CHECKING:
    from edgedigit.files.reading import read_folder

__all__ = ["File", "classify_blocks", "classify_folder", "find_files", "read_folder"]


def __getattr__(name: str) -> object:
    if name != "read_folder":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from edgedigit.files.reading import read_folder  # slow to import, and not needed to classify

    return read_folder
