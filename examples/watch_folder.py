"""Reads the digit in each file that a scanner drops into a folder: once, also after a restart.

    python examples/watch_folder.py SCANS digits.csv [SECONDS]

A file that has not changed for some seconds (5) gets a row, each later version of it another one.
The CSV file alone says what is done: what `kill -9` tore in it is cut off, and read once more.
"""

import functools
import logging
import os
import sys
import time
from contextlib import suppress

from edgedigit import Classifier, EdgeDigitError
from edgedigit.files import classify_blocks, find_files
from edgedigit.runs import CsvLog, interrupts_raise

CLASSIFIER = Classifier()


def watch(folder: str, path: str, seconds: float) -> None:
    """Adds rows to the CSV file at `path`, until a signal raises KeyboardInterrupt."""
    complain_once = functools.cache(logging.warning)
    with CsvLog(path) as log:
        last = set()
        while True:  # inotify would not do: network mounts tell nobody what is new
            files = list(find_files(folder, recursive=True, skip={log.identity}))
            settled = [file for file in files if file in last and file not in log]
            for block in classify_blocks(settled, CLASSIFIER):
                for result in log.add(block):  # it is tried again
                    complain_once("%r: %s", result.path, result.error)
            last = set(files)
            time.sleep(seconds)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    logging.basicConfig(format="watch_folder: %(message)s")
    try:
        with suppress(KeyboardInterrupt), interrupts_raise():
            scans = os.path.realpath(sys.argv[1], strict=True)
            watch(scans, sys.argv[2], float(*sys.argv[3:] or [5]))
    except (EdgeDigitError, OSError, ValueError) as error:
        sys.exit(f"watch_folder: {error}")
