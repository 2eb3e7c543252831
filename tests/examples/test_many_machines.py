"""The example that spreads folders over a Dask cluster, on a cluster of two processes."""

import csv
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import python
from tests.support.paths import EXAMPLES

pytest.importorskip("dask.distributed", reason="the example's engine is Dask")

from dask.distributed import LocalCluster

from edgedigit import classify_folder
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

PNGS = [png_file(digit) for digit in draw_digits(np.arange(40) % 10, np.random.default_rng(2))]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Four folders with files at three depths, and what is to be left out."""
    for index, data in enumerate(PNGS):
        folder = ("", "day1", "day2/box1", "day2/box2")[index % 4]
        write(tmp_path / "scans" / folder / f"{index}.png", data)
    write(tmp_path / "scans/.cache/hidden.png", PNGS[0])
    write(tmp_path / "scans/empty/deeper/.hidden", b"")
    return tmp_path / "scans"


def write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def example(*arguments: str | Path, status: int = 0) -> str:
    """Runs the example; what it prints."""
    return python(EXAMPLES / "many_machines.py", *arguments, status=status).stdout


def results(out: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of every file in a folder, by the path below it."""
    return {
        str(file.relative_to(out)): list(
            csv.DictReader(file.open(newline="", errors="surrogateescape", encoding="utf-8"))
        )
        for file in out.rglob("*")
        if file.is_file()
    }


def expected(scans: Path, *folders: str) -> dict[str, list[tuple[str, str, str]]]:
    """What the library itself says of folders: path, status and digit of each file."""
    return {
        os.path.join(folder, "digits.csv"): [
            (
                result.path,
                result.status,
                str(result.prediction.digit) if result.prediction else "",
            )
            for result in classify_folder(scans / folder)
        ]
        for folder in folders
    }


def said(out: Path) -> dict[str, list[tuple[str, str, str]]]:
    """The results as `expected` has them."""
    return {
        name: [(row["path"], row["status"], row["digit"]) for row in rows]
        for name, rows in results(out).items()
    }


def test_every_folder_gets_what_classify_folder_says_of_it(scans, scheduler, tmp_path):
    assert "4 folders, 0 with" in example(scans, tmp_path / "out", scheduler)
    found = said(tmp_path / "out")
    assert found == expected(scans, "", "day1", "day2/box1", "day2/box2")
    assert len({path for rows in found.values() for path, _, _ in rows}) == 40


def test_a_second_run_does_what_is_missing_and_new_alone(scans, scheduler, tmp_path):
    out = tmp_path / "out"
    example(scans, out, scheduler)
    whole = results(out)
    (out / "day2/box2/digits.csv").unlink()
    torn = out / "day2/box1/digits.csv"  # as a worker leaves it that loses its power
    torn.write_bytes(torn.read_bytes()[:-30])
    # A known row stands, since its file has the size and time that it had.
    known = scans / "day1/1.png"
    time = known.stat().st_mtime_ns
    known.write_bytes(bytes(known.stat().st_size))
    os.utime(known, ns=(time, time))
    write(scans / "day1/new.png", PNGS[5])
    example(scans, out, scheduler)
    found = results(out)
    assert found["day1/digits.csv"].pop()["path"] == str(scans / "day1/new.png")
    assert found == whole


def test_bad_files_have_their_rows(scans, scheduler, tmp_path):
    bad = scans / "bad"
    write(bad / "1 text.png", b"no picture")
    write(bad / "2 empty.png", b"")
    write(bad / "3 torn.png", PNGS[0][:100])
    write(bad / '4 "quoted",\n.png', PNGS[4])
    if sys.platform == "linux":
        write(bad / os.fsdecode(b"5 \xff.png"), PNGS[5])
    assert "5 folders, 1 with" in example(scans, tmp_path / "out", scheduler, status=1)
    found = said(tmp_path / "out")["bad/digits.csv"]
    assert {"bad/digits.csv": found} == expected(scans, "bad")
    assert len(found) == len(list(bad.iterdir()))


@pytest.mark.slow
def test_without_a_scheduler_it_makes_a_cluster(scans, tmp_path):
    shutil.rmtree(scans / "day2")
    example(scans, tmp_path / "out")
    assert said(tmp_path / "out") == expected(scans, "", "day1")


def test_a_folder_that_is_not_there_is_a_failure(scheduler, tmp_path):
    example(tmp_path / "none", tmp_path / "out", scheduler, status=1)
