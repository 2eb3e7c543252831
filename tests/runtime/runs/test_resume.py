"""--resume ends where a run that nobody disturbed ends, whatever came between."""

import contextlib
import csv
import itertools
import json
import os
import re
import shutil
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from edgedigit import Classifier, Refusal, Status
from edgedigit.cli import main
from edgedigit.errors import OutputError
from edgedigit.runs.formats import READABLE, readable_format
from edgedigit.runs.output import Output, aside_path
from edgedigit.runs.resume import ResumedOutput
from edgedigit.runs.rows import ClassifyRow
from tests.campaigns.kills import kill_runs
from tests.support.command import run, start
from tests.support.marks import posix_only
from tests.support.picture_files import png_file
from tests.support.waiting import open_pipe
from train.drawing.characters import draw_digits

PNGS = [png_file(digit) for digit in draw_digits(np.arange(10), np.random.default_rng(5))]
BLANK = png_file(np.full((30, 40), 200, np.uint8))

every_format = pytest.mark.parametrize("form", READABLE)

# What a run might say of six files, one of which is passed twice.
HALF = [0.5, *[0.05] * 9]
ROWS = [
    ClassifyRow("1", Status.OK, 0, 0.5, 0, None, None, "a1", HALF),
    ClassifyRow("a\nb\r\n,\"'.png", Status.REFUSED, None, 0.0, 0, Refusal.BLANK, None, "a2"),
    ClassifyRow("}{][\udcff\udcfe", Status.DAMAGED, None, None, None, None, 'cut, "off"', "a3"),
    ClassifyRow("é", Status.VANISHED, None, None, None, None, "No such file", None),
    ClassifyRow("1", Status.OK, 0, 0.5, 0, None, None, "a1", HALF),
    ClassifyRow(" ", Status.OK, 9, 1.0, 9, None, None, "a5", page=2, pages=1001),
]


@pytest.fixture
def folder(tmp_path):
    """Ten digits, a blank picture, what is no picture and a link to nowhere."""
    path = tmp_path / "scans"
    path.mkdir()
    for index, data in enumerate(PNGS):
        (path / f"img{index}.png").write_bytes(data)
    (path / "blank.png").write_bytes(BLANK)
    (path / "notes.txt").write_text("no picture")
    (path / "link.png").symlink_to("nowhere")
    return path


@pytest.fixture
def memory():
    """A folder in memory, where there is one: thousands of outputs would wait for the disk."""
    shared = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=shared if os.path.isdir(shared) else None) as path:
        yield Path(path)


@pytest.fixture
def classify(capsys):
    """Runs the command in this process; returns how many rows were known from an earlier run."""

    def classify(*arguments):
        main(["classify", *map(str, arguments)])
        message = capsys.readouterr().err
        summary = message.splitlines()[-1]
        assert summary.endswith(" s"), message
        known = re.search(r"\(([0-9]+) known", summary)
        return int(known[1]) if known else 0

    return classify


@pytest.fixture
def fails(capsys):
    """Runs the command in this process; returns its exit status and its one line of error."""

    def fails(*arguments):
        try:
            status = main(["classify", *map(str, arguments)])
        except SystemExit as ended:
            status = ended.code
        message = capsys.readouterr().err.splitlines()[-1]
        assert message.isprintable()
        return status, message

    return fails


def write(path, form, rows=ROWS, blocks=None):
    """Writes rows as a run does that knows some of them; returns how many it knew.

    The run ends after so many blocks, as if it were killed; None is at its end.
    """
    layout = readable_format(form, ClassifyRow)
    known = 0
    output = ResumedOutput(str(path), layout)
    with contextlib.closing(output):
        output.write(layout.head)
        for index, start_of_block in enumerate(range(0, len(rows), 2)):
            if index == blocks:
                return known
            found = [output.find(row.path, row.stamp) for row in rows[start_of_block:][:2]]
            known += sum(row is not None for row in found)
            block = [old or new for old, new in zip(found, rows[start_of_block:], strict=False)]
            output.write((layout.separator if index else "") + layout.text(block))
        output.write(layout.tail)
        output.finish()
    return known


def known_rows(form, size, others=()):
    """How many rows a run can know from so many bytes of the output, and from other rows."""
    layout = readable_format(form, ClassifyRow)
    end = len(layout.head)
    there = {(row.path, row.stamp) for row in others}
    for row in ROWS:
        end += len(encoded(layout.text([row])))
        if end <= size:
            there.add((row.path, row.stamp))
        end += len(layout.separator)
    return sum(row.stamp is not None and (row.path, row.stamp) in there for row in ROWS)


def encoded(text):
    return text.encode("utf-8", "surrogateescape")


# --- killed


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("command", ["classify", "read"])
def test_fifty_killed_runs_end_as_if_nothing_had_happened(tmp_path, command):
    kills = kill_runs(tmp_path, count=50, seed=4, files=200, command=command)
    assert kills.faults == []
    assert kills.known > 0
    assert {"time", "size", "aside"} <= kills.killed.keys()


@every_format
@pytest.mark.parametrize(
    "tail", [b"", b"\0" * 300, b'\x9f"\n\n{"]\r\n,', b",\n"], ids=["cut", "zeros", "other", "end"]
)
def test_an_output_may_end_at_any_byte(memory, form, tail):
    path = memory / "out"
    write(path, form)
    whole = path.read_bytes()
    for size in range(0, len(whole) + 1, 3 if tail else 1):
        # What follows a row is read as part of it, unless they are separated.
        separator = readable_format(form, ClassifyRow).separator if tail else ""
        least = known_rows(form, size - len(separator))
        if tail.strip(b"\0") and not least:
            continue  # what ends like this before its first row may be another's
        path.write_bytes(whole[:size] + tail)
        assert least <= write(path, form) <= known_rows(form, size), size
        assert path.read_bytes() == whole, size
        assert os.listdir(memory) == ["out"]


@every_format
def test_a_torn_row_is_dropped_at_once(memory, form):
    path = memory / "out"
    write(path, form)
    whole = path.read_bytes()
    layout = readable_format(form, ClassifyRow)
    rows = [encoded(layout.text(ROWS[:end])) for end in range(7)]
    valid = {layout.head.encode() + text for text in rows} | {whole}
    for size in range(len(layout.head), len(whole) + 1):
        path.write_bytes(whole[:size])
        ResumedOutput(str(path), layout).close()
        assert path.read_bytes() in valid, size


@every_format
def test_rows_that_are_put_aside_may_end_at_any_byte(memory, form):
    path = memory / "out"
    aside = memory / ".out.rows"
    write(path, form)
    whole = path.read_bytes()
    layout = readable_format(form, ClassifyRow)
    head = layout.head.encode()
    rows = whole.removeprefix(head).removesuffix(layout.tail.encode())
    others = ROWS[3:]
    for size in range(len(rows) + 1):
        aside.write_bytes(rows[:size])
        path.write_bytes(head + encoded(layout.text(others)))
        assert write(path, form) == known_rows(form, len(head) + size, others), size
        assert path.read_bytes() == whole, size
        assert os.listdir(memory) == ["out"]


@every_format
@pytest.mark.parametrize("first", range(3))
def test_runs_over_what_changed_may_end_after_any_block(memory, form, first):
    path = memory / "out"
    changed = list(ROWS)
    changed[first] = ROWS[first]._replace(stamp="b1")
    changed.insert(first + 2, ROWS[0]._replace(path="new", stamp="b2"))
    del changed[first + 4]
    write(path, form, changed)
    whole = path.read_bytes()
    kept = sum(row in ROWS and row.stamp is not None for row in changed)
    for order in itertools.product(range(len(ROWS) // 2 + 1), repeat=2):
        path.unlink()
        write(path, form)
        new = set()
        for count in order:
            write(path, form, changed, count)
            new |= {row.path for row in changed[: 2 * count] if row not in ROWS and row.stamp}
        assert write(path, form, changed) == kept + len(new)
        assert path.read_bytes() == whole
        assert os.listdir(memory) == ["out"]


# --- what changed


@posix_only
@every_format
def test_finished_files_are_not_read_again(folder, tmp_path, form):
    output = tmp_path / "out"
    run("classify", folder, "-o", output, "--format", form, status=1)
    whole = output.read_bytes()
    output.write_bytes(whole[: len(whole) // 2])
    count = len(re.findall(rb"img[0-9]\.png", whole[: len(whole) // 2])) - 1
    assert count > 2
    for index in range(count):
        path = folder / f"img{index}.png"
        info = path.stat()
        path.write_bytes(b"x" * info.st_size)
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    run("classify", folder, "-o", output, "--format", form, "--resume", status=1)
    assert output.read_bytes() == whole


@pytest.mark.parametrize(("age", "is_known"), [(0, False), (60, False), (3600, True), (-90, True)])
def test_a_time_that_is_coarse_and_recent_says_nothing(tmp_path, age, is_known):
    # As FAT has it: two pictures of one size, written within two seconds. A clock that was set
    # back shows a time to come, which no later change shows again.
    path, output = tmp_path / "digit.png", tmp_path / "out.csv"
    when = (time.time_ns() // 10**9 - age) // 2 * 2 * 10**9

    def write(data):
        path.write_bytes(data)
        os.utime(path, ns=(when, when))

    arguments = ("classify", str(path), "-o", str(output), "--format", "csv", "--quiet")
    longest = max(len(PNGS[3]), len(PNGS[7]))
    write(PNGS[3].ljust(longest, b"\0"))
    assert main(arguments) == 0
    write(PNGS[7].ljust(longest, b"\0"))
    assert main([*arguments, "--resume"]) == 0
    (row,) = csv.DictReader(output.read_text().splitlines())
    assert row["digit"] == ("3" if is_known else "7")
    assert bool(row["stamp"]) is is_known


@posix_only
def test_a_run_that_is_stopped_for_a_while_goes_on(folder, tmp_path):
    output, fresh = tmp_path / "out.csv", tmp_path / "fresh.csv"
    run("read", folder, "-o", fresh, "--format", "csv", status=1)
    with start("read", folder, "-o", output, "--format", "csv") as process:
        for _ in range(20):
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.05)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
        assert process.wait(60) == 1
    assert output.read_bytes() == fresh.read_bytes()


@posix_only
@every_format
def test_what_changed_since_is_done_again(folder, tmp_path, classify, form):
    output, fresh = tmp_path / f"out.{form}", tmp_path / f"fresh.{form}"

    def change(path, data):
        path.write_bytes(data)
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))

    changes = {
        "nothing": lambda: None,
        "other content of the same size": lambda: change(folder / "img3.png", PNGS[3][::-1]),
        "other content": lambda: change(folder / "img0.png", PNGS[7]),
        "a new file before all others": lambda: change(folder / "a.png", PNGS[1]),
        "a new file between": lambda: change(folder / "img5b.png", PNGS[2]),
        "a new file after": lambda: change(folder / "z.png", PNGS[3]),
        "a link that leads somewhere now": lambda: change(folder / "nowhere", PNGS[4]),
    }
    done_again = [0, 1, 1, 1, 1, 1, 2]
    classify(folder, "-o", output)
    passing = 1  # the link to nowhere is tried again each time
    for (what, act), count in zip(changes.items(), done_again, strict=True):
        act()
        files = len(list(folder.iterdir()))
        passing = 0 if "link" in what else passing
        assert classify(folder, "-o", output, "--resume") == files - count - passing, what
        classify(folder, "-o", fresh, "--force")
        assert output.read_bytes() == fresh.read_bytes(), what
    (folder / "img4.png").unlink()
    (folder / "z.png").unlink()
    (folder / "img8.png").rename(folder / "b.png")
    files = len(list(folder.iterdir()))
    assert classify(folder, "-o", output, "--resume") == files - 1
    classify(folder, "-o", fresh, "--force")
    assert output.read_bytes() == fresh.read_bytes()
    assert not os.path.exists(aside_path(str(output)))


def test_other_settings_are_other_answers(folder, tmp_path, classify):
    (folder / "link.png").unlink()
    output = tmp_path / "out.csv"
    copy, other = tmp_path / "copy", tmp_path / "other"
    shutil.copytree(Classifier().folder, copy)
    shutil.copytree(Classifier().folder, other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "threshold": 1.0}))
    classify(folder, "-o", output)
    as_it_was = output.read_bytes()
    for options in (
        ["--min-confidence", "1"],
        ["--ink", "dark"],
        ["--max-pixels", "3000"],
        ["--model", other],
    ):
        assert classify(folder, "-o", output, "--resume", *options) == 0, options
        assert classify(folder, "-o", output, "--resume", *options) == 12, options
        fresh = tmp_path / "fresh.csv"
        classify(folder, "-o", fresh, "--force", *options)
        assert output.read_bytes() == fresh.read_bytes()
    assert classify(folder, "-o", output, "--resume") == 0
    assert output.read_bytes() == as_it_was
    for options in ["--model", copy], ["--threads", "3"]:
        assert classify(folder, "-o", output, "--resume", *options) == 12, options


def test_there_may_be_nothing_to_resume(folder, tmp_path, classify):
    output, fresh = tmp_path / "out.json", tmp_path / "fresh.json"
    assert classify(folder, "-o", output, "--resume") == 0
    classify(folder, "-o", fresh)
    assert output.read_bytes() == fresh.read_bytes()


# --- what is not ours


@every_format
@pytest.mark.parametrize(
    "data",
    [
        b"precious",
        b"precious\n",
        b"name,label\r\nimg1.png,1\r\n",
        b"path,status\nimg1.png,1\n",
        b"[]",
        b"[1, 2]\n",
        b"[\n1, 2, 3\n]\n",
        b'[\n{"a": 1}\n]\n',
        b'[\n{"path": "img1.png", "label": 1}]',
        b'{"a": 1}\n',
        b'{"path": "img1.png", "label": 1}',
        b'{"path": "img1.png", "label": 1}\n{"path": "img2.png", "label": 2}\n',
        b"\n",
        b"[" * 100_000,
        PNGS[0],
    ],
)
def test_what_no_run_wrote_is_left_alone(folder, tmp_path, fails, data, form):
    output = tmp_path / "out"
    output.write_bytes(data)
    status, message = fails(folder, "-o", output, "--resume", "--format", form)
    assert status == 1
    words = "it is not from a run with this --format; name another file"
    assert message == f"edgedigit: cannot resume {output}: {words}, or move this one away"
    assert output.read_bytes() == data


@pytest.mark.parametrize(("form", "other"), list(itertools.permutations(READABLE, 2)))
def test_an_output_is_not_resumed_in_another_format(folder, tmp_path, fails, form, other):
    output = tmp_path / "out"
    write(output, form)
    data = output.read_bytes()
    status, message = fails(folder, "-o", output, "--resume", "--format", other)
    assert status == 1
    assert "it is not from a run with this --format" in message
    assert output.read_bytes() == data


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resume"], "--resume needs -o FILE"),
        (["--resume", "-o", "out"], "--resume needs -o FILE and --format csv or json or jsonl"),
        (["--resume", "-o", "out.csv", "--format", "table"], "--resume needs -o FILE"),
        (["--resume", "-o", "out.csv", "--force"], "--resume goes on with FILE and --force"),
        (["-o", "out.csv"], "out.csv exists; --resume goes on"),
    ],
)
def test_wrong_usage(folder, tmp_path, monkeypatch, fails, options, message):
    monkeypatch.chdir(tmp_path)
    for name in "out", "out.csv":
        (tmp_path / name).write_text("precious")
    status, said = fails(folder, *options)
    assert status == 2
    assert message in said
    assert {(tmp_path / name).read_text() for name in ("out", "out.csv")} == {"precious"}


def test_a_folder_is_no_output(folder, tmp_path, fails):
    for option in "--resume", "--force":
        status, message = fails(folder, "-o", tmp_path, option, "--format", "csv")
        assert status == 2
        assert f"{tmp_path} is a folder; name a file" in message


@posix_only
def test_a_device_cannot_be_resumed(folder, fails):
    status, message = fails(folder, "-o", os.devnull, "--resume", "--format", "csv")
    assert status == 1
    assert message == "edgedigit: cannot write /dev/null: only a run into a file can be resumed"


@posix_only
@pytest.mark.parametrize("option", ["--force", "--resume"])
def test_two_runs_do_not_write_to_one_output(folder, tmp_path, option):
    (folder / "link.png").unlink()
    (folder / "notes.txt").unlink()
    pipe, output, fresh = tmp_path / "pipe", tmp_path / "out.csv", tmp_path / "fresh.csv"
    os.mkfifo(pipe)
    (tmp_path / "digit.png").write_bytes(PNGS[0])
    with start("classify", folder, pipe, "-o", output) as first:
        with open_pipe(pipe, first) as writer:
            before = output.read_bytes()
            done = run("classify", folder, "-o", output, option, status=1)
            assert done.stderr == (
                f"edgedigit: cannot write {output}: another run is writing to it\n"
            )
            assert output.read_bytes() == before
            writer.write(PNGS[0])
        assert first.wait(60) == 0
    os.unlink(pipe)
    shutil.copy(tmp_path / "digit.png", pipe)
    run("classify", folder, pipe, "-o", fresh)
    assert [line.rpartition(b",")[0] for line in output.read_bytes().splitlines()[:-1]] == [
        line.rpartition(b",")[0] for line in fresh.read_bytes().splitlines()[:-1]
    ]
    run("classify", folder, pipe, "-o", output, "--resume")
    assert output.read_bytes() == fresh.read_bytes()


def test_one_process_does_not_open_an_output_twice(tmp_path):
    output = str(tmp_path / "out.csv")
    with (
        contextlib.closing(ResumedOutput(output, readable_format("csv", ClassifyRow))),
        pytest.raises(OutputError, match="another run is writing to it"),
    ):
        ResumedOutput(output, readable_format("csv", ClassifyRow))
    ResumedOutput(output, readable_format("csv", ClassifyRow)).close()


FORMULAS = (
    "=cmd.png",
    "+1.png",
    "-1+2.png",
    "@x.png",
    "\tx.png",
    "'x.png",
    "''=x.png",
    "-12.5",
    "-7",
)


@posix_only
def test_no_name_begins_a_formula(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in FORMULAS:
        (tmp_path / name).write_bytes(PNGS[3])
    output = tmp_path / "digits.csv"
    options = ["classify", "-o", str(output), "--quiet", "--", *FORMULAS]
    run(*options)
    whole = output.read_bytes()
    with output.open(newline="") as file:
        _, *rows = csv.reader(file)
    cells = [row[0] for row in rows]
    assert [cell.removeprefix("'") for cell in cells] == list(FORMULAS)
    assert [cell for cell in cells if cell[0] in "=+-@\t"] == ["-12.5", "-7"]
    # Half of it is kept.
    output.write_bytes(whole[: whole.index(b"@x.png") + 3])
    run("classify", "--resume", *options[1:])
    assert output.read_bytes() == whole


@every_format
def test_what_begins_a_formula_is_found_again(tmp_path, form):
    rows = [ROWS[0]._replace(path=name, stamp=f"a{place}") for place, name in enumerate(FORMULAS)]
    written = readable_format(form, ClassifyRow)
    path = tmp_path / f"digits.{form}"
    path.write_text(
        written.head + written.separator.join(written.text([row]) for row in rows) + written.tail,
        "utf-8",
        newline="",
    )
    output = ResumedOutput(str(path), written)
    for row in rows:
        found = output.find(row.path, row.stamp)
        assert found is not None
        assert found.path == row.path
    output.close()


@posix_only
def test_runs_share_a_device(tmp_path):
    first, second = (Output("/dev/null", force=True) for _ in range(2))
    for output in first, second:
        output.write("a row\n")
        output.finish()
        output.close()
    path = str(tmp_path / "rows.csv")
    held = Output(path)
    with pytest.raises(OutputError, match="another run is writing to it"):
        Output(path, force=True)
    held.close()
