"""What cannot be written is one clear line, exit status 1, and no row that was there is lost."""

import errno
import os
import shutil
import subprocess

import numpy as np
import pytest

from edgedigit.runs.formats import READABLE, readable_format
from edgedigit.runs.rows import ClassifyRow
from tests.support.command import run, start
from tests.support.marks import linux_only, slow_but
from tests.support.picture_files import png_file
from tests.support.waiting import open_pipe
from train.drawing.characters import draw_digits

pytestmark = linux_only

FULL = os.strerror(errno.ENOSPC)
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
PNGS = [png_file(digit) for digit in draw_digits(np.arange(10), np.random.default_rng(5))]
BLANK = png_file(np.full((30, 40), 200, np.uint8))
FILES = 300
every_format = pytest.mark.parametrize("form", slow_but(1, READABLE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Digits, and every tenth picture is blank."""
    path = tmp_path_factory.mktemp("scans")
    for index in range(FILES):
        (path / f"{index}.png").write_bytes(PNGS[index % 10] if index % 10 else BLANK)
    return path


@pytest.fixture
def disk(tmp_path):
    """A disk of so many pages: `disk(pages)` mounts it, or changes its size."""
    path = tmp_path / "disk"
    path.mkdir()
    is_mounted = False

    def size(pages):
        nonlocal is_mounted
        options = f"size={pages * PAGE}" + (",remount" if is_mounted else "")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", path]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.decode().strip()}")
        is_mounted = True
        return path

    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    yield size
    if is_mounted:
        subprocess.run(["umount", path], check=True, timeout=60)


def left_free(path, size):
    """Fills a disk until so many bytes are left."""
    info = os.statvfs(path)
    (path / "filler").write_bytes(b"x" * (info.f_bavail * info.f_frsize - size))


def is_whole_rows(data, whole, form):
    rows = data.removesuffix(readable_format(form, ClassifyRow).tail.encode())
    return whole.startswith(rows) and (form == "json" or rows.endswith(b"\n"))


@every_format
def test_a_full_disk_keeps_whole_rows_and_resume_ends_it(folder, tmp_path, disk, form):
    whole = tmp_path / f"whole.{form}"
    run("classify", folder, "-o", whole)
    pages = whole.stat().st_size // PAGE
    output = disk(pages // 2 + 1) / f"out.{form}"
    done = run("classify", folder, "-o", output, status=1)
    assert done.stderr == f"edgedigit: cannot write {output}: {FULL}\n"
    kept = output.read_bytes()
    assert is_whole_rows(kept, whole.read_bytes(), form)
    assert len(kept) > (pages // 4) * PAGE
    # Still full.
    done = run("classify", folder, "-o", output, "--resume", status=1)
    assert done.stderr == f"edgedigit: cannot write {output}: {FULL}\n"
    assert len(output.read_bytes()) >= len(kept)
    assert os.listdir(output.parent) == [output.name]
    # Rows that fill no block are kept too.
    torn = kept[: len(kept) * 3 // 4]
    output.write_bytes(torn)
    left_free(output.parent, 0)
    run("classify", folder, "-o", output, "--resume", status=1)
    assert output.read_bytes().startswith(torn[: torn.rindex(b"\n")].removesuffix(b","))
    assert is_whole_rows(output.read_bytes(), whole.read_bytes(), form)
    os.unlink(output.parent / "filler")
    # Nothing is needed beside the output itself.
    disk(pages + 1)
    done = run("classify", folder, "-o", output, "--resume")
    assert "known from an earlier run" in done.stderr
    assert output.read_bytes() == whole.read_bytes()
    assert os.listdir(output.parent) == [output.name]


@every_format
def test_a_disk_that_is_full_as_rows_are_put_aside_loses_none(folder, tmp_path, disk, form):
    whole = tmp_path / f"whole.{form}"
    run("classify", folder, "-o", whole)
    pages = whole.stat().st_size // PAGE + 1
    output = disk(pages + pages // 2) / f"out.{form}"
    run("classify", folder, "-o", output, "--quiet")
    first = folder / "0.png"
    os.utime(first, ns=(0, first.stat().st_mtime_ns + 1))
    for _ in range(2):
        done = run("classify", folder, "-o", output, "--resume", status=1)
        assert done.stderr == f"edgedigit: cannot write {output}: {FULL}\n"
        assert output.read_bytes() == whole.read_bytes()
    disk(3 * pages)
    done = run("classify", folder, "-o", output, "--resume")
    assert f"({FILES - 1} known from an earlier run)" in done.stderr
    run("classify", folder, "-o", whole, "--force")
    assert output.read_bytes() == whole.read_bytes()
    assert os.listdir(output.parent) == [output.name]


def test_copies_that_do_not_fit_leave_nothing_half_done(folder, tmp_path, disk):
    output, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    run("classify", folder, "-o", whole)
    copies = disk(5)
    # Each copy takes a page; the last one does not find one.
    left_free(copies, 2 * PAGE)
    for index in (0, 10, 20):  # contents that differ are copied one by one
        pixels = np.full((30, 40 + index), 200, np.uint8)
        (folder / f"{index}.png").write_bytes(png_file(pixels, level=0))
    run("classify", folder, "-o", whole, "--force")
    done = run("classify", folder, "-o", output, "--save-refused", copies, status=1)
    assert done.stderr.startswith(f"edgedigit: cannot write {copies}/")
    assert done.stderr.endswith(f": {FULL}\n")
    assert done.stderr.count("\n") == 1
    assert is_whole_rows(output.read_bytes(), whole.read_bytes(), "csv")
    for copy in copies.iterdir():
        assert copy.name == "filler" or copy.read_bytes() == (folder / copy.name).read_bytes()
    os.unlink(copies / "filler")
    disk(60)
    run("classify", folder, "-o", output, "--resume", "--save-refused", copies)
    assert output.read_bytes() == whole.read_bytes()
    names = {f"{index}.png" for index in range(0, FILES, 10)}
    kept = {copy.name: copy.read_bytes() for copy in copies.iterdir()}
    assert kept.keys() <= names
    assert set(kept.values()) == {(folder / name).read_bytes() for name in names}


def test_a_report_that_does_not_fit_leaves_nothing_half_done(folder, tmp_path, disk):
    output, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    run("classify", folder, "-o", whole)
    place = disk(3)
    report = place / "report.html"
    done = run("classify", folder, "-o", output, "--report", report, status=1)
    assert done.stderr == f"edgedigit: cannot write {report}: {FULL}\n"
    assert output.read_bytes() == whole.read_bytes()
    assert os.listdir(place) == []
    disk(1000)
    run("classify", folder, "-o", output, "--resume", "--report", report)
    assert report.read_text().startswith("<!doctype html>")
    assert os.listdir(place) == ["report.html"]


def test_a_disk_that_cannot_be_written_to(folder, disk):
    place = disk(100)
    (place / "out.csv").write_text("")
    subprocess.run(["mount", "-o", "remount,ro", place], check=True, timeout=60)
    reason = os.strerror(errno.EROFS)
    for options in (
        ["-o", place / "new.csv"],
        ["-o", place / "out.csv", "--force"],
        ["-o", place / "out.csv", "--resume"],
    ):
        done = run("classify", folder, *options, status=1)
        assert done.stderr == f"edgedigit: cannot write {options[1]}: {reason}\n"
    for option in "--save-refused", "--report":
        done = run("classify", folder, option, place / "new", status=1)
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert reason in done.stderr


def test_an_output_that_is_removed_meanwhile(folder, tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    pipe, output = tmp_path / "pipe", place / "out.csv"
    os.mkfifo(pipe)
    with start("classify", folder, pipe, "-o", output) as process:
        with open_pipe(pipe, process) as writer:
            shutil.rmtree(place)
            writer.write(PNGS[0])
        assert process.wait(60) == 1
        assert process.stderr.read().decode() == (
            f"edgedigit: cannot write {output}: there is no folder {place}\n"
        )


def test_there_is_nothing_to_put_aside_where_a_name_has_no_room(folder, tmp_path):
    output = tmp_path / ("x" * 251 + ".csv")
    run("classify", folder, "-o", output)
    whole = output.read_bytes()
    output.write_bytes(whole[: len(whole) // 2])
    run("classify", folder, "-o", output, "--resume")
    assert output.read_bytes() == whole
