"""Reads the digit in each file that a scanner drops into a folder: once, also after a restart.

    python examples/watch_folder.py SCANS digits.csv [SECONDS]

A file that has not changed for some seconds (5) gets a row, each later version of it another one.
The CSV file alone says what is done: what `kill -9` tore in it is cut off, and read once more.
"""

import functools
import os
import sys
import time
from contextlib import closing, suppress

from edgedigit import Classifier, EdgeDigitError, Status
from edgedigit.files import finding
from edgedigit.files.classifying import classify_blocks
from edgedigit.runs import formats
from edgedigit.runs.resume import ResumedOutput
from edgedigit.runs.rows import Row
from edgedigit.runs.stamps import Stamps
from edgedigit.system import interrupts, messages

CLASSIFIER, FORM, STAMPS = Classifier(), formats.Csv(Row), Stamps()


def version(file: finding.File) -> tuple[str, str | None]:
    """What tells a file from another scan of the same name: its path, its size and time."""
    return file.path, STAMPS.of(Status.OK, file.size, file.modified)


def watch(folder: str, path: str, seconds: float) -> None:
    """Appends rows to the CSV file at `path`, until a signal raises Interrupted."""
    with closing(ResumedOutput(path, FORM)) as output, open(path, "rb") as old:
        output.write(FORM.head + os.fsdecode(old.read())[len(FORM.head) :])  # keeps all of it
        last, done, complain_once = {}, set(), functools.cache(messages.complain)
        while True:  # inotify would not do: network mounts tell nobody what is new
            files = {version(f): f for f in finding.find_files(folder, True, {output.identity})}
            done |= {key for key in files.keys() - last.keys() - done if output.find(*key)}
            settled = [file for key, file in files.items() if key in last and key not in done]
            for block in classify_blocks(settled, CLASSIFIER):
                for result in block:
                    row = Row.of(result, STAMPS.of(result.status, result.size, result.modified))
                    if row.stamp is None:  # it may not be read just now, and is tried again
                        complain_once(f"{row.path}: {row.error}")
                    elif version(result) in map(version, finding.find_files(row.path)):
                        output.write(FORM.row(row))  # no other scan has taken its place
                        done.add(version(result))
                output.finish()
            last = files
            time.sleep(seconds)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        with suppress(interrupts.Interrupted), interrupts.interrupts_raise():
            scans = os.path.realpath(sys.argv[1], strict=True)
            watch(scans, sys.argv[2], float(*sys.argv[3:] or [5]))
    except (EdgeDigitError, OSError, ValueError) as error:
        sys.exit(f"watch_folder: {error}")
