"""Kills runs of the command at random moments, resumes them, and looks at what comes out.

    python -m tests.campaigns.kills --count 50 --seed 0 --files 3000

Each output is written by runs of which all but the last are killed with SIGKILL: after a random
time, when the output has reached a random size, or when rows are put aside. In the end it has to
be, byte for byte, what a run that nobody disturbed writes.
"""

import argparse
import csv
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edgedigit.runs.formats import READABLE
from edgedigit.runs.output import aside_path
from tests.support.command import run, start
from tests.support.picture_files import header, png_file
from tests.support.waiting import wait_until
from train.drawing.characters import draw_digits

# Their names are hard to write in one format or another.
HOSTILE = [b"a\nb", b"c\r", b'd\r\n"e",\'', b"\xff\xfe", b"f,", b" ", b'"', "é 7".encode()]
BAD = {
    b"empty.png": b"",
    b"text.png": b"no picture",
    b"short.png": png_file(np.zeros((9, 9), np.uint8))[:60],
    b"huge.png": b"\x89PNG\r\n\x1a\n" + header(40_000, 40_000),
    b"blank.png": png_file(np.full((30, 40), 200, np.uint8)),
    b"other.jxl": b"\xff\x0a" + bytes(range(40)),
}


class Outcome(NamedTuple):
    """What became of an output, or of all."""

    killed: Counter[str]
    """Runs that were killed, for each kind of moment; "too late" are those that had ended."""
    known: int
    """Rows that the last run took over."""
    faults: list[str]
    outputs: int = 1


class Ground(NamedTuple):
    """Where runs are killed."""

    place: Path
    command: str
    """The command that is run."""
    folder: Path
    """The files that the runs are over."""
    outdated: dict[str, bytes]
    """For each format, an output that is older than the first file."""
    whole: dict[str, bytes]
    """For each format, what is right."""
    seconds: float
    """How long a run takes."""


def make_folder(folder: Path, files: int) -> None:
    """Digits, and between them files and names that make trouble, in a folder and one in it."""
    pictures = [png_file(digit) for digit in draw_digits(range(10), np.random.default_rng(3))]
    names = [*BAD, *(name + b".png" for name in HOSTILE)]
    for index in range(files):
        name = b"%d" % index
        name += names[index // 9 % len(names)] if index % 9 == 4 else b".png"
        if index % 5 == 3:
            name = b"sub/" + name
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        bad = next((data for ending, data in BAD.items() if name.endswith(ending)), None)
        with open(path, "wb") as file:
            file.write(pictures[index % 10] if bad is None else bad)
    os.symlink("nowhere", folder / "7 dangling.png")
    os.mkfifo(folder / "sub" / "8 pipe.png")


def kill_runs(place: Path, count: int, seed: int, files: int, command: str = "classify") -> Outcome:
    """Kills runs, over all formats in turn and two at a time.

    Args:
        place: An empty folder.
        count: How many runs are killed, at least.
        seed: Of all chance.
        files: How many files a run is over.
        command: classify or read.
    """
    ground = _ground(place, files, command)
    outcomes: list[Outcome] = []
    killed: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool:
        while killed.total() - killed["too late"] < count:
            numbers = range(len(outcomes), len(outcomes) + 4)
            outcomes += pool.map(partial(_one_output, ground, seed), numbers)
            killed = sum((outcome.killed for outcome in outcomes), Counter())
    return Outcome(
        killed,
        sum(outcome.known for outcome in outcomes),
        [fault for outcome in outcomes for fault in outcome.faults],
        len(outcomes),
    )


def _ground(place: Path, files: int, command: str) -> Ground:
    folder = place / "scans"
    folder.mkdir()
    make_folder(folder, files)
    outdated = {
        form: _undisturbed(command, folder, place / f"outdated.{form}") for form in READABLE
    }
    first = folder / "0.png"
    os.utime(first, ns=(0, first.stat().st_mtime_ns + 1))
    started = time.monotonic()
    whole = {form: _undisturbed(command, folder, place / f"whole.{form}") for form in READABLE}
    seconds = (time.monotonic() - started) / len(whole)
    return Ground(place, command, folder, outdated, whole, seconds)


def _one_output(ground: Ground, seed: int, number: int) -> Outcome:
    """Kills up to six runs, and lets one end."""
    chance = random.Random(f"{seed} {number}")
    form = list(READABLE)[number % len(READABLE)]
    output = ground.place / f"{number}.{form}"
    is_outdated = chance.random() < 0.5
    if is_outdated:
        output.write_bytes(ground.outdated[form])
    killed: Counter[str] = Counter()
    faults = []
    there = _rows_there(output, ground.whole[form], form)
    for _ in range(chance.randint(1, 6)):
        moment = chance.choice(["time", "size", "aside" if is_outdated else "size"])
        moment = _kill(moment, chance.random(), ground, output, len(ground.whole[form]))
        killed[moment] += 1
        before, there = there, _rows_there(output, ground.whole[form], form)
        if there < before:
            faults.append(f"{output.name}: {before - there} rows were lost, killed by {moment}")
        if moment == "too late":
            break
    known = _resume(ground, output)
    if known != there:
        faults.append(f"{output.name}: {there} rows were there, and {known} known")
    if output.read_bytes() != ground.whole[form]:
        faults.append(f"{output.name}: not what an undisturbed run writes")
    if os.path.exists(aside_path(str(output))):
        faults.append(f"{output.name}: rows are left aside")
    return Outcome(killed, known, faults)


def _undisturbed(command: str, folder: Path, output: Path) -> bytes:
    run(command, folder, "-r", "-o", output, status=1)
    return output.read_bytes()


def _resume(ground: Ground, output: Path) -> int:
    """Lets a run end; returns how many rows it took over."""
    done = run(ground.command, ground.folder, "-r", "-o", output, "--resume", status=1)
    known = re.search(r"\(([0-9,]+) known", done.stderr)
    return int(known[1].replace(",", "")) if known else 0


def _kill(moment: str, share: float, ground: Ground, output: Path, size: int) -> str:
    """Starts a run and kills it; returns the moment, or that it came too late."""
    aside = aside_path(str(output))
    before = _size(output)
    started = time.monotonic()

    def has_come() -> bool:
        if moment == "time":
            return time.monotonic() - started >= share * 0.8 * ground.seconds
        if moment == "aside":
            return _size(aside) >= share * share * size
        if before == size:  # the rows are put aside first
            return _size(aside) >= 0 and _size(output) >= share * size
        return _size(output) >= before + share * (size - before)

    command = ground.command, ground.folder, "-r", "-o", output, "--resume", "--quiet"
    with start(*command, stderr=subprocess.DEVNULL) as process:
        wait_until(
            lambda: has_come() or process.poll() is not None, "the moment to kill", pause=0.0005
        )
        process.kill()
    return moment if process.returncode < 0 else "too late"


def _size(path: str | Path) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return -1


def _rows_there(output: Path, whole: bytes, form: str) -> int:
    """How many rows of the whole output are in the output or aside, and can be kept."""
    paths = output, Path(aside_path(str(output)))
    found = b"".join(path.read_bytes() for path in paths if path.exists())
    return sum(row in found for row in _rows(whole, form))


def _rows(whole: bytes, form: str) -> list[bytes]:
    """The rows that can be kept, since they have a stamp."""
    lines = re.findall(rb"[^\n]*\n", whole)
    if form == "csv":
        reader = csv.reader(line.decode("latin-1") for line in lines)
        stamp = next(reader).index("stamp")
        ends = [(0, True), (reader.line_num, True)]
        ends += [(reader.line_num, bool(fields[stamp])) for fields in reader]
        pairs = itertools.pairwise(ends)
        rows = [b"".join(lines[start:end]) for (start, _), (end, is_kept) in pairs if is_kept]
        return rows[1:]  # the head
    rows = [line.removesuffix(b"\n").removesuffix(b",") for line in lines if line[:1] == b"{"]
    line_end = b"\n" if form == "jsonl" else b""
    return [row + line_end for row in rows if json.loads(row)["stamp"] is not None]


def main() -> int:
    """Runs the command line that the module's text shows."""
    parser = argparse.ArgumentParser(
        prog="tests.campaigns.kills", description="Kills runs and resumes them."
    )
    parser.add_argument("--count", type=int, default=50, help="runs that are killed")
    parser.add_argument("--seed", type=int, default=0, help="of all chance")
    parser.add_argument("--files", type=int, default=3000, help="files that a run is over")
    parser.add_argument(
        "--command", choices=["classify", "read"], default="classify", help="what is run"
    )
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        kills = kill_runs(Path(place), options.count, options.seed, options.files, options.command)
    killed = ", ".join(f"{number} by {moment}" for moment, number in sorted(kills.killed.items()))
    print(f"{kills.outputs} outputs of runs over {options.files:,} files; killed: {killed}")
    print(f"{kills.known:,} rows known to the last runs; {time.monotonic() - started:.0f} s")
    for fault in kills.faults:
        print(fault)
    print(f"{len(kills.faults)} faults")
    return bool(kills.faults)


if __name__ == "__main__":
    sys.exit(main())
