"""Cuts the power of a disk at random moments, and looks at what is left on it.

    python -m tests.campaigns.power_cuts --count 50 --seed 0 --files 200

The disk is ext4 in a file, mounted through a loop device, which needs Linux and root. A cut is a
copy of that file: what the system holds back in memory is not in it. Before each, the program is
stopped, its rows or answers are noted as anyone could have seen them, and the file is copied while
nothing is written to it. On the copy, after ext4 has gone through its journal, each picture that a
noted row or answer promises has to be there, byte for byte, and nothing empty or torn may bear the
name of one. Then the run is taken up on the copy: it has to end as one that nobody disturbed, and
leave no hidden file.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import itertools
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edgedigit.cli import main as main_of_command
from edgedigit.web.collect import Collection
from tests.support.command import run, start
from tests.support.picture_files import png_file
from tests.support.serving import serving
from tests.support.waiting import wait_until
from train.drawing.characters import draw_digits

DISK_BYTES = 32 << 20
CUTS_PER_RUN = 6
KINDS = {
    "save-refused": ("classify", "--save-refused"),
    "annotate": ("read", "--annotate"),
    "collect": (),
}


class Disk(NamedTuple):
    """A file with a file system, and where it is mounted."""

    file: Path
    place: Path

    def make(self) -> None:
        """Makes the file system."""
        with open(self.file, "wb") as file:
            file.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", self.file], check=True, timeout=60)

    @contextlib.contextmanager
    def mounted(self) -> Iterator[Path]:
        """Mounts it through a loop device."""
        self.place.mkdir(exist_ok=True)
        subprocess.run(["mount", "-o", "loop", self.file, self.place], check=True, timeout=60)
        try:
            yield self.place
        finally:
            subprocess.run(["umount", self.place], check=True, timeout=60)

    def cut(self, copy: Path) -> None:
        """Copies the file at a moment at which nothing is written to it."""
        statistics = f"/sys/block/{self._device()}/stat"

        def is_copied() -> bool:
            before = Path(statistics).read_text()
            shutil.copyfile(self.file, copy)
            # The ninth number counts the requests on their way.
            return Path(statistics).read_text() == before and before.split()[8] == "0"

        wait_until(is_copied, "a moment without a write", pause=0)

    def _device(self) -> str:
        done = subprocess.run(
            ["losetup", "--noheadings", "--output", "NAME", "--associated", self.file],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Path(done.stdout.strip()).name


def cut_power(place: Path, count: int, seed: int, files: int) -> tuple[Counter[str], list[str]]:
    """Cuts the power during runs and requests of all kinds, in turn.

    Args:
        place: An empty folder.
        count: How many cuts, at least.
        seed: Of all chance.
        files: How many files a run is over.

    Returns:
        How many pictures had been promised at the cuts of each kind, and all faults.
    """
    scans = place / "scans"
    _make_scans(scans, files)
    whole = {kind: _undisturbed(kind, scans, place) for kind in KINDS if KINDS[kind]}
    promised: Counter[str] = Counter()
    faults = []
    cuts = 0
    numbers = itertools.count()
    while cuts < count:
        number = next(numbers)
        kind = list(KINDS)[number % len(KINDS)]
        chance = random.Random(f"{seed} {number}")
        # New files each time: a loop device may outlive its mount, and know what was in them.
        disk = Disk(place / f"{number}.disk", place / "mounted")
        disk.make()
        with disk.mounted() as folder:
            if kind == "collect":
                made = _cut_collecting(disk, folder, scans, chance)
            else:
                made = _cut_run(kind, disk, folder, scans, len(whole[kind].copies), chance)
        disk.file.unlink()
        for cut in made:
            with Disk(cut.file, place / "cut mounted").mounted() as left:
                if kind == "collect":
                    found = _collected_faults(left, cut.promised)
                else:
                    found = _run_faults(left, kind, scans, whole[kind], cut.promised)
            cut.file.unlink()
            print(f"cut {cuts}, {kind}: {len(cut.promised)} promised, {len(found)} faults")
            sys.stdout.flush()
            faults += [f"cut {cuts}, {kind}: {fault}" for fault in found]
            promised[kind] += len(cut.promised)
            cuts += 1
    return promised, faults


class Cut(NamedTuple):
    """A copy of a disk, and the pictures that had been promised by then, by their names."""

    file: Path
    promised: dict[str, bytes]


class Whole(NamedTuple):
    """What a run leaves that nobody disturbed."""

    rows: bytes
    copies: dict[str, bytes]


def _make_scans(folder: Path, files: int) -> None:
    """Blank pictures of many sizes, every fourth a digit."""
    folder.mkdir()
    digits = draw_digits(range(10), np.random.default_rng(3))
    for index in range(files):
        blank = np.full((20 + index, 30), 200, np.uint8)
        pixels = digits[index // 4 % 10] if index % 4 == 3 else blank
        (folder / f"{index}.png").write_bytes(png_file(pixels, level=index % 2))


def _undisturbed(kind: str, scans: Path, place: Path) -> Whole:
    command, option = KINDS[kind]
    output, copies = place / f"{kind}.csv", place / kind
    run(command, scans, "-o", output, option, copies)
    return Whole(output.read_bytes(), _contents(copies))


def _contents(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _cut_run(
    kind: str, disk: Disk, folder: Path, scans: Path, copies: int, chance: random.Random
) -> list[Cut]:
    """Cuts the power several times during a run."""
    command, option = KINDS[kind]
    output, place = folder / "out.csv", folder / "copies"
    moments = sorted(chance.randint(0, copies - 1) for _ in range(CUTS_PER_RUN))
    cuts = []
    with start(command, scans, "-o", output, option, place, "--quiet") as process:
        for index, moment in enumerate(moments):
            wait_until(
                lambda moment=moment: process.poll() is not None or _count(place) >= moment,
                "the moment of the cut",
                pause=0.0005,
            )
            time.sleep(chance.random() ** 2 * 0.02)
            process.send_signal(signal.SIGSTOP)
            rows = output.read_bytes() if output.exists() else b""
            file = disk.file.with_suffix(f".{index}")
            disk.cut(file)
            process.send_signal(signal.SIGCONT)
            cuts.append(Cut(file, dict.fromkeys(_promised(rows, kind), b"")))
        process.kill()
    return cuts


def _run_faults(
    left: Path, kind: str, scans: Path, whole: Whole, promised: dict[str, bytes]
) -> list[str]:
    """What is wrong on a disk that was cut off during a run, and after it was taken up."""
    command, option = KINDS[kind]
    faults = _faults(_contents(left / "copies"), whole.copies, list(promised))
    arguments = [command, scans, "-o", left / "out.csv", option, left / "copies"]
    main_of_command([*map(str, arguments), "--resume", "--quiet"])
    if (left / "out.csv").read_bytes() != whole.rows:
        faults.append("the resumed run wrote other rows")
    after = _contents(left / "copies")
    if after != whole.copies:
        faults.append(f"other copies after resuming: {sorted(after.keys() ^ whole.copies.keys())}")
    return faults


def _count(folder: Path) -> int:
    try:
        return sum(not path.name.startswith(".") for path in folder.iterdir())
    except FileNotFoundError:
        return -1


def _promised(rows: bytes, kind: str) -> list[str]:
    """The names of the copies that rows promise; the last line may be torn."""
    lines = rows.decode().rpartition("\n")[0]
    names = []
    for row in csv.DictReader(io.StringIO(lines)):
        name = Path(row["path"]).name
        if kind == "annotate":
            names.append(f"{Path(name).stem}.annotated.png")
        elif row["status"] == "refused":
            names.append(name)
    return names


def _faults(found: dict[str, bytes], right: dict[str, bytes], promised: list[str]) -> list[str]:
    """What is missing or torn among the copies on a cut disk."""
    faults = [f"{name} was promised, and is not there" for name in promised if name not in found]
    for name, content in found.items():
        if not name.startswith(".") and content != right.get(name):
            faults.append(f"{name} has {len(content)} bytes, which are not those of the copy")
    return faults


def _cut_collecting(disk: Disk, folder: Path, scans: Path, chance: random.Random) -> list[Cut]:
    """Cuts the power several times while drawings are collected."""
    kept: dict[str, bytes] = {}
    pictures = [path.read_bytes() for path in sorted(scans.iterdir())]
    moments = sorted(chance.sample(range(1, len(pictures)), CUTS_PER_RUN))
    is_over = threading.Event()

    def send() -> None:
        for index, picture in enumerate(pictures):
            with contextlib.suppress(OSError):
                path = f"/collect?label={index % 10}"
                answer = server.ask("POST", path, picture, {"Content-Type": "image/png"})
                if answer.status == 201:
                    kept[answer.json["path"]] = picture
            if is_over.is_set():
                return

    cuts = []
    with serving("--collect", str(folder / "drawings"), status=-signal.SIGKILL) as server:
        sender = threading.Thread(target=send)
        sender.start()
        try:
            for index, moment in enumerate(moments):
                wait_until(
                    lambda moment=moment: len(kept) >= moment, "the moment of the cut", pause=0.0005
                )
                time.sleep(chance.random() * 0.01)
                promised = dict(kept)
                server.process.send_signal(signal.SIGSTOP)
                file = disk.file.with_suffix(f".{index}")
                disk.cut(file)
                server.process.send_signal(signal.SIGCONT)
                cuts.append(Cut(file, promised))
        finally:
            is_over.set()
            server.process.kill()
            sender.join(60)
    return cuts


def _collected_faults(left: Path, promised: dict[str, bytes]) -> list[str]:
    """What is wrong on a disk that was cut off while drawings were collected."""
    place = left / "drawings"
    found = {str(path.relative_to(place)): path.read_bytes() for path in place.glob("*/[!.]*")}
    faults = [
        f"{name} was answered with 201, and is not there whole"
        for name, picture in promised.items()
        if found.get(name) != picture
    ]
    for name, content in found.items():
        digest = hashlib.sha256(content).hexdigest()
        if not Path(name).stem.endswith(digest[:16]):
            faults.append(f"{name} is torn")
    Collection(str(place))
    return [*faults, *(f"{path} is left" for path in place.glob("*/.*"))]


def main() -> int:
    """Runs the command line that the module's text shows."""
    parser = argparse.ArgumentParser(
        prog="tests.campaigns.power_cuts", description="Cuts the power of a disk."
    )
    parser.add_argument("--count", type=int, default=50, help="cuts")
    parser.add_argument("--seed", type=int, default=0, help="of all chance")
    parser.add_argument("--files", type=int, default=200, help="files that a run is over")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        promised, faults = cut_power(Path(place), options.count, options.seed, options.files)
    said = ", ".join(f"{number:,} by {kind}" for kind, number in promised.items())
    print(f"{options.count} cuts; pictures that had been promised: {said}")
    print(f"{time.monotonic() - started:.0f} s")
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
