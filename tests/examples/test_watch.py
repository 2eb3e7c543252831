"""The example that reads what a scanner drops into a folder, in a process of its own."""

import csv
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from edgedigit import Status
from edgedigit.runs.rows import Stamps
from tests.support.command import ENVIRONMENT, Process, python, start_python
from tests.support.marks import posix_only
from tests.support.paths import EXAMPLES
from tests.support.picture_files import png_file
from tests.support.waiting import wait_until
from train.drawing.characters import draw_digits

EXAMPLE = EXAMPLES / "watch_folder.py"
DIGITS = draw_digits(np.arange(10), np.random.default_rng(4))
PNGS = [png_file(digit) for digit in DIGITS]
# Seconds that a file has to be unchanged, and that a test waits for rows at most.
SETTLE, PATIENCE = 0.3, 60.0

pytestmark = posix_only


class Watcher:
    """Runs of the example over one folder and one CSV file."""

    def __init__(self, place: Path) -> None:
        self.scans, self.output = place / "scans", place / "digits.csv"
        self.scans.mkdir()
        self.process: Process | None = None
        self.looks = 0

    def start(self, settle: float = SETTLE) -> None:
        arguments = (EXAMPLE, self.scans, self.output, settle)
        self.process = start_python(*arguments, env=ENVIRONMENT, stdout=None)

    def end(self, number: int = signal.SIGTERM) -> str:
        """Sends a signal; returns what the run said."""
        assert self.process is not None
        assert self.process.poll() is None, self.process.communicate(timeout=PATIENCE)[1]
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        expected = 0 if number in (signal.SIGINT, signal.SIGTERM) else -number
        assert self.process.returncode == expected, said
        return said

    def drop(self, name: str, data: bytes) -> Path:
        """Writes a scan under another name, and gives it its own at once."""
        hidden = self.scans / ".part"
        hidden.write_bytes(data)
        return hidden.rename(self.scans / name)

    def rows(self) -> list[dict[str, str]]:
        """The rows, without one that may be being written."""
        if not self.output.exists():
            return []
        text = self.output.read_bytes().decode("utf-8", "surrogateescape")
        return list(csv.DictReader(text[: text.rfind("\r\n") + 2].splitlines(keepends=True)))

    def said(self) -> list[tuple[str, str, str]]:
        """Name, status and digit of each row."""
        return [
            (
                os.path.relpath(row["path"], os.path.realpath(self.scans)),
                row["status"],
                row["digit"],
            )
            for row in self.rows()
        ]

    def wait(self, there: Callable[[], bool]) -> None:
        """Waits until something is so."""

        def is_there() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.process.communicate(timeout=PATIENCE)[1]
            return there()

        wait_until(is_there, f"rows beyond {self.rows()}", PATIENCE)

    def wait_for_rows(self, count: int) -> None:
        self.wait(lambda: len(self.rows()) >= count)

    def look_again(self) -> None:
        """Waits until it has looked at the folder again: until a scan that is new has its row."""
        self.looks += 1
        name = f"marker{self.looks}.png"
        self.drop(name, PNGS[0])
        self.wait(lambda: any(row["path"].endswith(name) for row in self.rows()))


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    one = Watcher(tmp_path)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.process.kill()
        one.process.communicate(timeout=PATIENCE)


def ok(name: str, digit: int) -> tuple[str, str, str]:
    return name, "ok", str(digit)


def test_each_scan_gets_one_row(watcher):
    watcher.drop("before.png", PNGS[3])
    watcher.start()
    watcher.wait_for_rows(1)
    (watcher.scans / "today").mkdir()
    watcher.drop("today/after.png", PNGS[8])
    watcher.wait_for_rows(2)
    watcher.look_again()
    assert watcher.end() == ""
    assert watcher.said() == [ok("before.png", 3), ok("today/after.png", 8), ok("marker1.png", 0)]
    header = watcher.output.read_bytes().partition(b"\r\n")[0]
    assert header == b"path,status,digit,confidence,best,refusal,error,stamp,page,pages"


@pytest.mark.slow
def test_a_scan_that_is_still_written_is_left_alone(watcher):
    settle = 1.0  # much more than a busy machine delays a part
    watcher.start(settle)
    watcher.look_again()
    with (watcher.scans / "slow.png").open("wb", buffering=0) as file:
        for part in range(12):  # in all more than twice as long as it takes a file to settle
            file.write(PNGS[5][part * len(PNGS[5]) // 12 : (part + 1) * len(PNGS[5]) // 12])
            time.sleep(settle / 5)
    watcher.wait_for_rows(2)
    watcher.look_again()
    watcher.end()
    assert watcher.said() == [ok("marker1.png", 0), ok("slow.png", 5), ok("marker2.png", 0)]


def test_a_scan_that_pauses_is_read_again_when_it_goes_on(watcher):
    watcher.start()
    path = watcher.scans / "paused.png"
    path.write_bytes(PNGS[5][:200])
    watcher.wait_for_rows(1)
    with path.open("ab") as file:
        file.write(PNGS[5][200:])
    watcher.wait_for_rows(2)
    watcher.end()
    assert watcher.said() == [("paused.png", "damaged", ""), ok("paused.png", 5)]


def test_another_scan_of_the_same_name_is_another_row(watcher):
    watcher.start()
    for count, digit in enumerate([1, 2, 1]):
        watcher.drop("scan.png", PNGS[digit])
        watcher.wait_for_rows(count + 1)
    watcher.end()
    assert watcher.said() == [ok("scan.png", 1), ok("scan.png", 2), ok("scan.png", 1)]
    watcher.start()
    watcher.look_again()
    watcher.end()
    assert len(watcher.rows()) == 4


def test_no_row_is_of_another_scan_that_took_the_place_before_it_was_read(watcher):
    large = png_file(np.full((3000, 3000), 200, np.uint8), level=1)
    watcher.start()
    watcher.look_again()
    for number in range(10):  # takes a second to read
        watcher.drop(f"large{number}.png", large)
    digits = {}
    for digit in (1, 2):
        info = watcher.drop("later.png", PNGS[digit]).stat()
        digits[Stamps().of(Status.OK, info.st_size, info.st_mtime_ns)] = str(digit)
        time.sleep(2.5 * SETTLE)  # the first is found now, and not read yet
    watcher.look_again()
    watcher.end()
    rows = {row["stamp"]: row["digit"] for row in watcher.rows() if "later" in row["path"]}
    assert list(digits)[-1] in rows
    assert rows.items() <= digits.items()


def test_what_goes_keeps_its_row_and_what_comes_back_gets_no_second_one(watcher):
    watcher.drop("1.png", PNGS[1])
    watcher.start()
    watcher.wait_for_rows(1)
    away = (watcher.scans / "1.png").rename(watcher.scans.parent / "1.png")
    watcher.look_again()
    away.rename(watcher.scans / "1.png")
    watcher.look_again()
    watcher.end()
    away = (watcher.scans / "1.png").rename(watcher.scans.parent / "1.png")
    watcher.start()
    watcher.look_again()
    away.rename(watcher.scans / "1.png")
    watcher.look_again()
    watcher.end()
    markers = [ok(f"marker{number}.png", 0) for number in (1, 2, 3, 4)]
    assert watcher.said() == [ok("1.png", 1), *markers]


def test_the_folder_may_be_away_for_a_while(watcher):
    """As a network mount that is lost and comes back."""
    watcher.drop("1.png", PNGS[1])
    watcher.start()
    watcher.wait_for_rows(1)
    watcher.scans.rename(watcher.scans.parent / "away")
    time.sleep(3 * SETTLE)
    (watcher.scans.parent / "away").rename(watcher.scans)
    watcher.look_again()
    said = watcher.end()
    assert said.count("No such file or directory") <= 1
    assert watcher.said() == [ok("1.png", 1), ok("marker1.png", 0)]


def test_bad_files_have_rows_that_say_why(watcher):
    files = {"1 text.png": b"no picture", "2 empty.png": b"", "3 torn.png": PNGS[0][:100]}
    names = ['4 "quoted",\r\n.png', os.fsdecode(b"5 \xff.png")] if sys.platform == "linux" else []
    for name, data in {**files, **dict.fromkeys(names, PNGS[4])}.items():
        (watcher.scans / name).write_bytes(data)
    os.mkfifo(watcher.scans / "6 pipe.png")
    for _ in range(2):  # a restart makes no difference
        watcher.start()
        watcher.look_again()
        watcher.look_again()
        assert watcher.end().count("not a regular file") == 1
    bad = [("1 text.png", "not_an_image", ""), ("2 empty.png", "not_an_image", "")]
    bad.append(("3 torn.png", "damaged", ""))
    markers = [ok(f"marker{number}.png", 0) for number in (1, 2, 3, 4)]
    assert watcher.said() == [*bad, *(ok(name, 4) for name in names), *markers]


def test_what_may_not_be_read_is_tried_again(watcher):
    path = watcher.drop("1.png", PNGS[1])
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read all files")
    watcher.start()
    watcher.look_again()
    assert watcher.said() == [ok("marker1.png", 0)]
    path.chmod(0o600)
    watcher.wait_for_rows(2)
    assert watcher.end().count("Permission denied") == 1
    assert watcher.said() == [ok("marker1.png", 0), ok("1.png", 1)]


def test_the_output_may_lie_in_the_folder(watcher):
    watcher.output = watcher.scans / "digits.csv"
    watcher.drop("1.png", PNGS[1])
    watcher.start()
    watcher.wait_for_rows(1)
    watcher.look_again()
    watcher.end()
    assert watcher.said() == [ok("1.png", 1), ok("marker1.png", 0)]


@pytest.mark.slow
def test_killed_at_any_moment_no_row_is_lost_or_written_twice(watcher):
    chance = random.Random(8)
    names = [f"{index}.png" for index in range(600)]
    for kill in range(8):
        for name in names[kill * 75 : (kill + 1) * 75]:
            watcher.drop(name, PNGS[int(name[:-4]) % 10])
        there = watcher.output.stat().st_size if watcher.output.exists() else 0
        moment = there + chance.random() * 75 * 60  # of about 75 * 110 bytes that are to come
        watcher.start(0.05)
        watcher.wait(lambda: watcher.output.exists() and watcher.output.stat().st_size > moment)  # noqa: B023
        watcher.end(signal.SIGKILL)
    watcher.start()
    watcher.wait_for_rows(len(names))
    watcher.look_again()
    watcher.end()
    expected = [ok(name, int(name[:-4]) % 10) for name in names]
    assert sorted(watcher.said()[:-1]) == sorted(expected)


@pytest.mark.parametrize("cut", ["head", "row", "zeros"])
def test_what_a_power_cut_tore_is_read_again(watcher, cut):
    for digit in range(3):
        watcher.drop(f"{digit}.png", PNGS[digit])
    watcher.start()
    watcher.wait_for_rows(3)
    watcher.end()
    whole = watcher.output.read_bytes()
    torn = {"head": whole[:9], "row": whole[:-20], "zeros": whole[:-20] + bytes(20)}
    watcher.output.write_bytes(torn[cut])
    watcher.start()
    watcher.wait_for_rows(3)
    watcher.look_again()
    watcher.end()
    assert watcher.output.read_bytes().startswith(whole)
    assert len(watcher.rows()) == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly(watcher, number):
    watcher.start()
    watcher.look_again()
    assert watcher.end(number) == ""


def test_a_second_watcher_is_refused(watcher):
    watcher.start()
    watcher.look_again()
    status, said = failure(watcher.scans, watcher.output)
    assert status == 1
    assert said == (f"watch_folder: cannot write {watcher.output}: another run is writing to it\n")
    watcher.end()


def failure(*arguments: str | Path) -> tuple[int, str]:
    """The exit status of a run that ends by itself, and what it says."""
    done = python(EXAMPLE, *arguments, status=None, env=ENVIRONMENT)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_wrong_arguments_are_named(tmp_path):
    scans, output = tmp_path / "scans", tmp_path / "digits.csv"
    status, said = failure(scans, output)
    assert status == 1
    assert "No such file or directory" in said
    assert str(scans) in said
    assert not output.exists()
    scans.mkdir()
    for seconds in "soon", "-1":
        status, said = failure(scans, output, seconds)
        assert status == 1
        assert said.startswith("watch_folder: ")
        assert said.count("\n") == 1
    status, said = failure(scans)
    assert status == 1
    assert "watch_folder.py SCANS digits.csv" in said


def test_a_foreign_file_is_left_alone(tmp_path):
    output = tmp_path / "digits.csv"
    output.write_text("name,label\na,1\n")
    status, said = failure(tmp_path, output)
    assert status == 1
    assert "cannot resume" in said
    assert output.read_text() == "name,label\na,1\n"
