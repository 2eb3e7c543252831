"""The CSV file that programs of one's own add rows to; `tests/examples/test_watch.py` kills one."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from edgedigit import Status
from edgedigit.errors import OutputError
from edgedigit.files import File, classify_blocks, find_files
from edgedigit.runs import CsvLog
from edgedigit.runs.output import aside_path
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

PNGS = [png_file(digit) for digit in draw_digits(np.arange(4), np.random.default_rng(4))]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for index, data in enumerate(PNGS):
        (folder / f"{index}.png").write_bytes(data)
    (folder / "4.png").write_bytes(PNGS[0][:50])
    return folder


def results(path: Path) -> list:
    return [result for block in classify_blocks(find_files(str(path))) for result in block]


def answers(path: Path) -> list[tuple[str, str]]:
    with path.open(newline="") as file:
        return [(os.path.basename(row["path"]), row["digit"]) for row in csv.DictReader(file)]


ALL = [("0.png", "0"), ("1.png", "1"), ("2.png", "2"), ("3.png", "3"), ("4.png", "")]


def test_rows_are_found_again_run_after_run(scans: Path, tmp_path: Path) -> None:
    path, read = tmp_path / "log.csv", results(scans)
    for part in (read[:3], read[3:]):
        with CsvLog(str(path)) as log:
            assert [file in log for file in find_files(str(scans))].count(True) in (0, 3)
            assert log.add(part) == []
            assert all(result in log for result in part)
    with CsvLog(str(path)) as log:
        assert all(file in log for file in find_files(str(scans)))
        os.utime(scans / "1.png", ns=(1, 1))
        assert [file in log for file in find_files(str(scans))].count(False) == 1
    assert answers(path) == ALL


def test_what_changed_or_cannot_be_read_now_gets_no_row(scans: Path, tmp_path: Path) -> None:
    path, read = tmp_path / "log.csv", results(scans)
    (scans / "2.png").write_bytes(PNGS[3] + b" ")
    gone = results(tmp_path / "gone.png")
    assert gone[0].status is Status.UNREADABLE
    with CsvLog(str(path)) as log:
        assert log.add([*read, *gone]) == gone
        assert read[2] not in log
        assert gone[0] not in log
        assert File("unknown") not in log
    assert answers(path) == [row for row in ALL if row[0] != "2.png"]


def test_rows_that_a_resumed_run_put_aside_come_back(scans: Path, tmp_path: Path) -> None:
    path, read = tmp_path / "log.csv", results(scans)
    with CsvLog(str(path)) as log:
        log.add(read)
    head, rows = path.read_bytes().split(b"\r\n", 1)
    first, rest = rows.split(b"\r\n", 1)
    Path(aside_path(str(path))).write_bytes(rest)
    path.write_bytes(head + b"\r\n" + first + b"\r\n")
    with CsvLog(str(path)) as log:
        assert all(file in log for file in find_files(str(scans)))
        log.add([])
    assert sorted(answers(path)) == ALL
    assert not os.path.exists(aside_path(str(path)))


def test_a_foreign_file_is_refused_and_not_kept_locked(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("name,label\n")
    with pytest.raises(OutputError, match="cannot resume"):
        CsvLog(str(path))
    assert path.read_text() == "name,label\n"
    path.unlink()
    with CsvLog(str(path)) as log:
        assert {file.path for file in find_files(str(tmp_path), skip={log.identity})} == set()
