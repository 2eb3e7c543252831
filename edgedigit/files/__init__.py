"""Files: `finding` them, `classifying` or `reading` them, and those that are `labelled`."""

from edgedigit.files.classifying import classify_blocks, classify_folder
from edgedigit.files.finding import File, find_files

__all__ = ["File", "classify_blocks", "classify_folder", "find_files"]
