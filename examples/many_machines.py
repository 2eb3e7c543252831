"""Reads the digits in a tree of scans with many processes or machines, through Dask.

    pip install "edgedigit[images]" distributed
    python examples/many_machines.py SCANS OUT
    python examples/many_machines.py SCANS OUT tcp://scheduler:8786

Each folder with files is one piece of work, and becomes one digits.csv at the same place in OUT,
written as `edgedigit classify --resume` does. So a worker that dies loses next to nothing, and
the same command, given again, does what is missing, new or changed. Without a scheduler there is
one process for each core; the workers of a scheduler need SCANS and OUT under the same names.
"""

import os
import sys
from pathlib import Path

from dask.distributed import Client

from edgedigit.cli import main


def read(folder: str, output: Path) -> int:
    """Reads one folder, in a worker; returns the exit status of `edgedigit classify`."""
    output.parent.mkdir(parents=True, exist_ok=True)
    options = ["--output", str(output), "--resume", "--threads", "1", "--quiet"]
    return main(["classify", folder, *options])


if __name__ == "__main__":
    scans, out, *scheduler = sys.argv[1:]
    tasks = []
    for folder, names, files in os.walk(os.path.abspath(scans)):
        names[:] = [name for name in names if not name.startswith(".")]
        if any(not file.startswith(".") for file in files):
            place = os.path.relpath(folder, os.path.abspath(scans))
            tasks.append((folder, Path(out, place, "digits.csv").absolute()))
    local = {"threads_per_worker": 1, "dashboard_address": None}
    with Client(*scheduler, **({} if scheduler else local)) as client:
        statuses = client.gather([client.submit(read, *task, pure=False) for task in tasks])
    print(f"{len(statuses):,} folders, {sum(map(bool, statuses)):,} with files that were not read")
    sys.exit(max(statuses, default=1))
