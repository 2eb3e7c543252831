import contextlib
import csv
import errno
import functools
import importlib.util
import io
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit import classify_folder
from tests.support.command import COMMAND, ENVIRONMENT, run, start
from tests.support.line_networks import model_with_lines, put_lines, tiny_lines
from tests.support.marks import linux_only, posix_only
from tests.support.picture_files import png_file
from tests.support.waiting import open_pipe, wait_until
from train.drawing.characters import draw_digits

DIGITS = draw_digits(np.arange(70) % 10, np.random.default_rng(5))
PNGS = [png_file(digit) for digit in DIGITS]
BLANK = png_file(np.full((30, 40), 200, np.uint8))
COLUMNS = [
    "path",
    "status",
    "digit",
    "confidence",
    "best",
    "refusal",
    "error",
    "stamp",
    "page",
    "pages",
]
STAMP = re.compile("[0-9a-f]{16}")


@pytest.fixture
def folder(tmp_path):
    """Three digits, a blank picture, and what is no picture."""
    path = tmp_path / "scans"
    path.mkdir()
    for index in (1, 2, 10):
        (path / f"img{index}.png").write_bytes(PNGS[index])
    (path / "blank.png").write_bytes(BLANK)
    (path / "notes.png").write_text("no picture")
    return path


@pytest.fixture
def digits(tmp_path):
    """A folder of 70 digits, which are three blocks."""
    path = tmp_path / "digits"
    path.mkdir()
    for index, data in enumerate(PNGS):
        (path / f"{index}.png").write_bytes(data)
    return path


def table_of(text):
    """The records of a CSV file, without the stamps; each is checked to have all columns."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == COLUMNS
    return [without_stamp(dict(zip(COLUMNS, row, strict=True))) for row in rows[1:]]


def without_stamp(record):
    """A record less its stamp, which all have but those of which nothing can be known."""
    stamp = record.pop("stamp")
    assert STAMP.fullmatch(stamp) if stamp else record["path"] == "-" or record["error"]
    return record


def objects_of(text):
    """The records of JSON lines, without the stamps."""
    return [without_stamp(json.loads(line)) for line in text.splitlines()]


def expected_records(folder, recursive=False):
    """What the library says of a folder, as JSON has it."""
    records = []
    for result in classify_folder(folder, recursive):
        record = dict.fromkeys([*COLUMNS, "probabilities"])
        del record["stamp"]
        record.update(path=result.path, status=result.status, error=result.error, page=1, pages=1)
        if result.prediction:
            record.update(
                digit=result.prediction.digit,
                confidence=pytest.approx(result.prediction.confidence, abs=1e-6),
                best=result.prediction.best,
                refusal=result.prediction.refusal,
                probabilities=pytest.approx(result.prediction.probabilities.tolist(), abs=1e-6),
            )
        records.append(record)
    return records


# --- formats


def test_table(folder):
    done = run("classify", folder, status=1)
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["digit", "confidence", "status", "file"]
    names = ["blank.png", "img1.png", "img2.png", "img10.png", "notes.png"]
    assert [line.split()[-1] for line in lines[1:]] == [str(folder / name) for name in names]
    # Aligned: the last column starts at the same place in every line.
    assert {line.index(line.split()[-1]) for line in lines} == {lines[0].index("file")}
    assert lines[1].split()[:2] == ["-", "blank"]
    digit, confidence, status = lines[2].split()[:3]
    prediction = edgedigit.classify(folder / "img1.png")
    assert (int(digit), status) == (prediction.digit, "ok")
    assert confidence == f"{prediction.confidence:.1%}"
    assert lines[5].split()[:2] == ["-", "not_an_image"]


def test_table_of_an_unsure_answer_shows_the_guess(folder):
    done = run("classify", folder / "img1.png", "--min-confidence", "1")
    best = edgedigit.classify(folder / "img1.png").best
    assert done.stdout.splitlines()[1].split()[0] == f"{best}?"
    assert "unsure" in done.stdout


def test_csv(folder):
    done = run("classify", folder, "--format", "csv", status=1)
    expected = [
        {
            column: "" if record[column] is None else record[column]
            for column in COLUMNS
            if column not in ("confidence", "stamp")
        }
        for record in expected_records(folder)
    ]
    rows = table_of(done.stdout)
    confidences = [row.pop("confidence") for row in rows]
    assert rows == [{key: str(value) for key, value in row.items()} for row in expected]
    assert [float(text) if text else None for text in confidences] == [
        record["confidence"] for record in expected_records(folder)
    ]
    assert done.stdout.count("\r\n") == len(rows) + 1


def test_json(folder):
    done = run("classify", folder, "--format", "json", status=1)
    records = json.loads(done.stdout)
    assert list(records[0]) == [*COLUMNS[:-2], "probabilities", *COLUMNS[-2:]]
    assert list(map(without_stamp, records)) == expected_records(folder)


def test_jsonl(folder):
    done = run("classify", folder, "--format", "jsonl", status=1)
    assert objects_of(done.stdout) == expected_records(folder)


def test_json_of_more_than_a_block(digits):
    done = run("classify", digits, "--format", "json")
    assert list(map(without_stamp, json.loads(done.stdout))) == expected_records(digits)


def test_json_of_nothing(tmp_path):
    assert json.loads(run("classify", tmp_path, "--format", "json", status=1).stdout) == []


@posix_only
def test_any_name_survives_csv_and_json_and_is_printable_in_the_table(tmp_path):
    names = [
        b"\xff\xfe.png",
        b"a\nb.png",
        b"c\r.png",
        b'd,"e".png',
        b"\x1b[31m.png",
        b" f ",
        "\N{LATIN SMALL LETTER E WITH ACUTE}.png".encode(),
    ]
    folder = os.fsencode(tmp_path)
    try:
        for name in names:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(PNGS[0])
    except OSError:
        pytest.skip("this file system does not take such names")
    expected = {os.path.join(folder, name) for name in names}
    rows = table_of(run("classify", tmp_path, "--format", "csv").stdout)
    assert {os.fsencode(row["path"]) for row in rows} == expected
    for form, parse in ("json", json.loads), ("jsonl", lambda s: map(json.loads, s.splitlines())):
        text = run("classify", tmp_path, "--format", form).stdout
        assert text.isascii()
        assert {os.fsencode(record["path"]) for record in parse(text)} == expected
    lines = run("classify", tmp_path).stdout.split("\n")
    assert len(lines) == len(names) + 2
    assert all(line.isprintable() for line in lines)
    # A message is one printable line too.
    with open(os.path.join(folder, b"x\n\xff\x1b"), "w") as file:
        file.write("no picture")
    done = run("classify", tmp_path, "--quiet", status=1)
    assert done.stderr.count("\n") == 1
    assert done.stderr[:-1].isprintable()


# --- what is classified


def test_files_folders_and_standard_input_in_the_order_of_the_command_line(folder):
    paths = [folder / "img2.png", "-", folder, folder / "img1.png"]
    done = run("classify", *paths, "--format", "jsonl", input=PNGS[7], status=1)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    inside = ["blank.png", "img1.png", "img2.png", "img10.png", "notes.png"]
    assert [record["path"] for record in records] == [
        str(folder / "img2.png"),
        "-",
        *(str(folder / name) for name in inside),
        str(folder / "img1.png"),
    ]
    assert records[1]["digit"] == edgedigit.classify(PNGS[7]).digit


@pytest.mark.parametrize("data", [b"", b"no picture"])
def test_standard_input_without_a_picture(data):
    done = run("classify", "-", input=data, status=1)
    assert "edgedigit: -: " in done.stderr


def redirected(how, *arguments):
    """Runs the command with its streams as a shell makes them."""
    command = [shutil.which("sh"), "-c", f'exec "$@" {how}', "sh", *COMMAND, "classify"]
    return subprocess.run(
        [*command, *arguments], env=ENVIRONMENT, capture_output=True, check=False, timeout=60
    )


@posix_only
def test_standard_input_that_is_closed(folder):
    done = redirected("<&-", "-")
    assert done.returncode == 1
    assert b"standard input is closed" in done.stderr
    assert b"Traceback" not in done.stderr


def test_folders_in_folders_are_read_when_asked_for(folder, tmp_path):
    done = run("classify", tmp_path, "--recursive", "--format", "jsonl", status=1)
    records = objects_of(done.stdout)
    assert records == expected_records(tmp_path, recursive=True)
    assert len(records) == 5


@pytest.mark.parametrize("options", [[], ["--recursive"]])
def test_a_folder_without_a_file_is_an_error(tmp_path, options):
    (tmp_path / "sub").mkdir()
    done = run("classify", tmp_path, *options, status=1)
    assert f"edgedigit: {tmp_path}: no file in this folder" in done.stderr
    assert ("--recursive" in done.stderr) == (not options)


def test_a_missing_path_has_a_row_and_the_others_are_classified(folder):
    missing = folder / "missing.png"
    paths = [folder / "img1.png", missing, folder / "img2.png"]
    done = run("classify", *paths, "--format", "csv", status=1)
    rows = table_of(done.stdout)
    assert [row["status"] for row in rows] == ["ok", "unreadable", "ok"]
    assert rows[1]["path"] == str(missing)
    assert rows[1]["error"] == os.strerror(errno.ENOENT)
    assert f"edgedigit: {missing}: {os.strerror(errno.ENOENT)}" in done.stderr


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", "not_an_image"), (PNGS[0][:80], "damaged"), (b"text", "not_an_image")],
    ids=["empty", "truncated", "text"],
)
def test_bad_files_never_get_a_digit(tmp_path, data, status):
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    done = run("classify", path, "--format", "csv", status=1)
    (row,) = table_of(done.stdout)
    assert row["status"] == status
    assert row["digit"] == row["best"] == row["confidence"] == ""
    assert f"edgedigit: {path}: {row['error']}" in done.stderr


@posix_only
def test_a_named_pipe_on_the_command_line_is_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with start("classify", pipe, "--format", "jsonl", stdout=subprocess.PIPE) as process:
        with open_pipe(pipe, process) as writer:
            writer.write(PNGS[4])
        record = json.loads(process.communicate(timeout=60)[0])
    assert record["digit"] == edgedigit.classify(PNGS[4]).digit


# --- options


def test_ink_and_min_confidence_are_passed_on(folder):
    path = folder / "img1.png"
    for ink in ("auto", "dark", "light"):
        done = run("classify", path, "--ink", ink, "--min-confidence", "0", "--format", "jsonl")
        prediction = edgedigit.Classifier(min_confidence=0).classify(path, ink)
        assert json.loads(done.stdout)["digit"] == prediction.digit
    done = run("classify", path, "--min-confidence", "1", "--format", "jsonl")
    assert json.loads(done.stdout)["refusal"] == "unsure"


def test_another_model(folder, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(edgedigit.Classifier().folder, model)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "threshold": 1.0}))
    done = run("classify", folder / "img1.png", "--model", model, "--format", "jsonl")
    assert json.loads(done.stdout)["refusal"] == "unsure"
    assert str(model) in run("info", "--model", model).stdout


@pytest.mark.parametrize("command", [["info"], ["classify", "-"]])
def test_a_broken_model_is_one_clear_line(tmp_path, command):
    shutil.copytree(edgedigit.Classifier().folder, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "model.onnx").open("ab") as file:
        file.write(b"x")
    done = run(*command, "--model", tmp_path, input=PNGS[0], status=1)
    assert done.stderr.count("\n") == 1
    assert str(tmp_path / "model.onnx") in done.stderr


def test_summary_and_quiet(folder, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "1.png").write_bytes(PNGS[1])
    done = run("classify", tmp_path / "one", "--format", "csv")
    assert done.stderr.startswith("1 file: 1 digit, 0 refused, 0 not read; ")
    done = run("classify", folder, status=1)
    assert done.stderr.splitlines()[-1].startswith("5 files: 3 digits, 1 refused, 1 not read; ")
    done = run("classify", folder, "--quiet", status=1)
    assert done.stderr.splitlines() == [
        line for line in done.stderr.splitlines() if "notes" in line
    ]
    assert run("classify", tmp_path / "one", "--quiet").stderr == ""


def test_refused_pictures_are_no_failure(folder):
    assert run("classify", folder / "blank.png").returncode == 0


# --- output


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_output_file_holds_what_standard_output_would(folder, tmp_path, form):
    target = tmp_path / "out"
    printed = run("classify", folder, "--format", form, status=1).stdout
    done = run("classify", folder, "--format", form, "-o", target, status=1)
    assert done.stdout == ""
    assert target.read_bytes().decode() == printed


def test_output_is_not_overwritten_without_force(folder, tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("precious")
    done = run("classify", folder / "img1.png", "-o", target, status=2)
    assert "out.csv exists; --resume goes on, --force overwrites it" in done.stderr
    assert target.read_text() == "precious"
    run("classify", folder / "img1.png", "-o", target, "--force", "--format", "csv")
    assert len(table_of(target.read_bytes().decode())) == 1


@pytest.mark.parametrize("name", ["out.csv", "out.JSON", "out.jsonl", "out.txt", "out"])
def test_the_ending_of_the_output_decides_on_the_format(folder, tmp_path, name):
    form = {"out.csv": "csv", "out.JSON": "json", "out.jsonl": "jsonl"}.get(name, "table")
    run("classify", folder, "-o", tmp_path / name, status=1)
    expected = run("classify", folder, "--format", form, status=1).stdout
    assert (tmp_path / name).read_bytes().decode() == expected
    run("classify", folder, "-o", tmp_path / name, "--format", "csv", "--force", status=1)
    assert len(table_of((tmp_path / name).read_bytes().decode())) == 5


def test_output_survives_a_model_that_does_not_load(folder, tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("precious")
    run("classify", folder, "-o", target, "--force", "--model", tmp_path, status=1)
    assert target.read_text() == "precious"


def test_output_in_the_folder_is_not_an_input(folder):
    (folder / "notes.png").unlink()
    for _ in range(2):
        run("classify", folder, "-o", folder / "out.csv", "--force", "--format", "csv")
        assert len(table_of((folder / "out.csv").read_bytes().decode())) == 4


def test_what_the_run_writes_is_not_what_it_reads(folder):
    """The report, the copies and a redirected standard output lie in the folder that is read."""
    options = ["--recursive", "--report", folder / "r.html", "--save-refused", folder / "refused"]
    names = ["blank.png", "img1.png", "img2.png", "img10.png", "notes.png"]
    for again in ([], ["--force"]):
        with (folder / "out").open("wb") as out:
            run(
                *("classify", folder, "--format", "csv", *options, *again),
                capture_output=False,
                stdout=out,
                stderr=subprocess.DEVNULL,
                status=1,
            )
        rows = table_of((folder / "out").read_bytes().decode())
        assert [os.path.relpath(row["path"], folder) for row in rows] == names
        copies = list((folder / "refused").iterdir())
        assert [(copy.name, copy.read_bytes()) for copy in copies] == [("blank.png", BLANK)]
        page = (folder / "r.html").read_text()
        assert all(name in page for name in names)
        assert "5 files: 3 digits, 1 refused, 1 not read" in page


def test_standard_input_is_shown_and_copied_too(tmp_path):
    report, refused = tmp_path / "r.html", tmp_path / "refused"
    run("classify", "-", "--report", report, "--save-refused", refused, input=BLANK)
    assert (refused / "standard-input").read_bytes() == BLANK
    assert "data:image/png;base64," in report.read_text()


@posix_only
def test_a_refused_picture_that_cannot_be_copied_is_a_failure(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with start("classify", pipe, "--save-refused", tmp_path / "refused") as process:
        with open_pipe(pipe, process) as writer:
            writer.write(BLANK)
        messages = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 1
    assert f"edgedigit: {pipe}: refused, but not copied: " in messages


@pytest.mark.parametrize("option", ["--report", "--save-refused"])
def test_what_cannot_be_written_is_said_before_the_work(folder, tmp_path, option):
    (tmp_path / "file").touch()
    done = run("classify", folder, option, tmp_path / "file" / "x", status=1)
    assert done.stdout == ""
    assert done.stderr.startswith(f"edgedigit: cannot write {tmp_path / 'file'}")
    assert done.stderr.count("\n") == 1


def test_the_pixel_limit_is_an_option(folder):
    size = DIGITS[1].size
    done = run("classify", folder / "img1.png", "--format", "jsonl", "--max-pixels", str(size))
    assert json.loads(done.stdout)["status"] == "ok"
    limit = str(size - 1)
    done = run(
        "classify", folder / "img1.png", "--format", "jsonl", "--max-pixels", limit, status=1
    )
    assert json.loads(done.stdout)["status"] == "too_large"


def test_output_that_cannot_be_made(folder, tmp_path):
    target = tmp_path / "missing" / "out.csv"
    done = run("classify", folder, "-o", target, status=1)
    missing = target.parent
    assert done.stderr == f"edgedigit: cannot write {target}: there is no folder {missing}\n"


@linux_only
def test_a_full_disk_is_one_clear_line(folder):
    reason = os.strerror(errno.ENOSPC)
    path = folder / "img1.png"
    done = run("classify", path, "-o", "/dev/full", "--force", status=1)
    assert done.stderr == f"edgedigit: cannot write /dev/full: {reason}\n"
    with open("/dev/full", "wb") as full:
        for command in ["classify", path], ["info"]:
            done = run(
                *command, capture_output=False, stdout=full, stderr=subprocess.PIPE, status=1
            )
            assert done.stderr == f"edgedigit: cannot write standard output: {reason}\n"


@posix_only
def test_a_file_that_cannot_grow_holds_whole_rows(digits, tmp_path):
    import resource

    whole = run("classify", digits, "--format", "csv").stdout
    target = tmp_path / "out.csv"
    limit = len(whole) * 2 // 3
    done = run(
        "classify",
        digits,
        "--format",
        "csv",
        "-o",
        target,
        status=1,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.stderr == f"edgedigit: cannot write {target}: {os.strerror(errno.EFBIG)}\n"
    written = target.read_bytes().decode()
    assert whole.startswith(written)
    assert len(table_of(written)) == 32
    assert written.endswith("\r\n")


@posix_only
def test_a_closed_pipe_ends_quietly(digits):
    for arguments in ["classify", digits, "--format", "csv"], ["info"], ["--help"], ["--version"]:
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            done = run(*arguments, capture_output=False, stdout=pipe, stderr=subprocess.PIPE)
        assert done.stderr == ""


@posix_only
def test_results_are_written_even_where_nobody_reads_the_messages(folder, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    target = tmp_path / "out.csv"
    with os.fdopen(writer, "wb") as pipe:
        run(
            "classify",
            folder,
            "-o",
            target,
            "--format",
            "csv",
            capture_output=False,
            stderr=pipe,
            status=1,
        )
    assert len(table_of(target.read_bytes().decode())) == 5


@posix_only
@pytest.mark.parametrize("closed", [1, 2])
def test_closed_output_streams(folder, closed):
    done = redirected(f"{closed}>&-", folder, "--format", "csv")
    assert done.returncode == 1
    if closed == 1:
        reason = os.strerror(errno.EBADF)
        assert done.stderr.decode() == f"edgedigit: cannot write standard output: {reason}\n"
    else:
        assert len(table_of(done.stdout.decode())) == 5


@posix_only
@pytest.mark.parametrize("form", ["json", "csv", "jsonl"])
def test_an_interrupt_leaves_whole_rows(digits, tmp_path, form):
    # Nobody writes to the pipe, so that the command waits when two blocks are done.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    target = tmp_path / "out"
    whole = run("classify", digits, "--format", form).stdout
    with (
        start("classify", digits, pipe, "--format", form, "-o", target) as process,
        open_pipe(pipe, process),
    ):
        wait_until(lambda: target.exists() and target.read_bytes().count(b".png") == 64, "rows")
        process.send_signal(signal.SIGINT)
        messages = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert messages == b"edgedigit: interrupted; the same command with --resume goes on\n"
    written = target.read_bytes().decode()
    if form == "json":
        assert json.loads(written) == json.loads(whole)[:64]
    else:
        assert whole.startswith(written)
        assert written.count("\n") == (65 if form == "csv" else 64)


@linux_only
def test_an_interrupt_while_standard_input_is_awaited():
    import fcntl
    import termios

    with start("classify", "-", "--format", "jsonl", stdin=subprocess.PIPE) as process:
        process.stdin.write(b"P5")
        process.stdin.flush()
        waiting = bytes(4)
        wait_until(
            lambda: not any(fcntl.ioctl(process.stdin, termios.FIONREAD, waiting)),
            "the command to read",
        )
        # Python does not see a signal that comes just before it reads on; people press again.
        for _ in range(5):
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
                break
        assert process.stderr.read() == b""
        assert process.returncode == 130


# --- progress


def on_terminal(*arguments, stdout=subprocess.DEVNULL, meanwhile=lambda process: None):
    """What the command shows on a terminal; None as standard output is the terminal too."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    stdout = theirs if stdout is None else stdout
    process = start("classify", *arguments, "--format", "csv", stdout=stdout, stderr=theirs)
    os.close(theirs)
    meanwhile(process)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so when the other end is closed
        while data := os.read(ours, 1 << 16):
            shown += data
    os.close(ours)
    assert process.wait(60) == 1
    return shown.decode()


@linux_only
def test_progress_is_shown_on_a_terminal_alone(folder):
    shown = on_terminal(folder)
    assert "files/s" in shown
    assert f"edgedigit: {folder / 'notes.png'}: " in shown
    assert shown.splitlines()[-1].startswith("5 files: ")
    assert "files/s" not in on_terminal(folder, "--quiet")
    # Rows and a bar on the same terminal would tear each other.
    shown = on_terminal(folder, stdout=None)
    assert "files/s" not in shown
    assert "img10.png,ok" in shown


@linux_only
def test_progress_knows_how_many_files_there_are(folder, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def fill_pipe(process, seconds):
        with open_pipe(pipe, process) as file:
            time.sleep(seconds)
            file.write(PNGS[0])

    # The files are counted beside that, which shows only afterwards.
    assert any(
        "6 of 6, 1 refused, 1 failed"
        in on_terminal(folder, pipe, meanwhile=functools.partial(fill_pipe, seconds=seconds))
        for seconds in (0.5, 5, 50)
    )


# --- parts of pictures, and turned ones


def test_parts_and_turned_pictures(tmp_path):
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(png_file(np.rot90(np.hstack(DIGITS[[3, 4]]))))
    # Turned back, the upper half is the right one.
    options = ["--region", "0,0,1,0.5", "--turn", "auto"]
    (row,) = table_of(run("classify", sheet, "--format", "csv", *options).stdout)
    assert (row["status"], row["digit"]) == ("ok", "4")
    rows = run("classify", sheet, "--format", "csv", "--region", "900,0,950,9", status=1)
    (row,) = table_of(rows.stdout)
    assert row["status"] == "outside"
    assert f"{sheet}: the region 900,0,950,9 lies outside of the picture" in rows.stderr


def test_another_region_or_turn_is_read_again(digits, tmp_path):
    output = tmp_path / "out.csv"
    first = ["--region", "0,0,1.,1"]
    run("classify", digits, "-o", output, *first)
    for options, known in (
        (first, True),
        (["--region", "0.1,0,1,1"], False),
        (["--region", "0.1,0,1,1", "--turn", "auto"], False),
    ):
        done = run("classify", digits, "-o", output, "--resume", *options)
        assert ("known from an earlier run" in done.stderr) == known


# --- usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["classify"], "PATH"),
        (["classify", "x", "--format", "xml"], "invalid choice: 'xml'"),
        (["classify", "x", "--ink", "blue"], "invalid choice: 'blue'"),
        (["classify", "x", "--min-confidence", "2"], "'2' is not a number from 0 to 1"),
        (["classify", "x", "--min-confidence", "nan"], "'nan' is not a number from 0 to 1"),
        (["classify", "x", "--min-confidence", "high"], "'high' is not a number from 0 to 1"),
        (["classify", "x", "--no-such-option"], "--no-such-option"),
        (["classify", "x", "--format", "csv", "-o", __file__], "exists; --resume goes on, --force"),
        (["classify", "x", "--max-pixels", "0"], "'0' is not a whole number of at least 1"),
        (["classify", "x", "--region", "1,2,3"], "'1,2,3' is not LEFT,TOP,RIGHT,BOTTOM"),
        (["classify", "x", "--region", "9,0,3,5"], "left < right"),
        (["read", "x", "--region", "0,0,5.5,1"], "from 0 to 1"),
        (["read", "x", "--turn", "left"], "invalid choice: 'left'"),
        (["classify", "x", "--threads", "two"], "'two' is not a whole number of at least 1"),
        (["classify", "x", "--resume"], "--resume needs -o FILE and --format csv or json or jsonl"),
        (["classify", "x", "--resume", "-o", "x.txt"], "--resume needs -o FILE and --format"),
        (["classify", "x", "--resume", "--force", "-o", "x.csv"], "give one of them"),
        (["classify", "x", "-o", "x.csv", "--report", "./x.csv"], "are the same file"),
        (["classify", "x", "--report", __file__], "exists; --force overwrites it"),
        (["guess"], "'guess' is no command"),
        ([], "usage: edgedigit"),
    ],
)
def test_wrong_usage(arguments, message):
    done = run(*arguments, status=2)
    assert message in done.stderr
    assert "usage: edgedigit" in done.stderr
    assert done.stdout == ""


def test_version_and_help():
    assert run("--version").stdout == f"edgedigit {edgedigit.__version__}\n"
    assert "classify" in run("--help").stdout
    help_text = run("classify", "--help").stdout
    for option in (
        "--recursive",
        "--format",
        "--output",
        "--force",
        "--min-confidence",
        "--ink",
        "--region",
        "--turn",
    ):
        assert option in help_text


@pytest.mark.parametrize("columns", [70, 110])
def test_help_is_as_wide_as_the_terminal(columns):
    environment = {**ENVIRONMENT, "COLUMNS": str(columns)}
    lines = run("classify", "--help", env=environment).stdout.splitlines()
    assert columns - 20 < max(map(len, lines)) < columns


def test_the_installed_command_is_the_same():
    script = shutil.which("edgedigit", path=Path(sys.executable).parent)
    if script is None:
        pytest.skip("the package is not installed in this environment")
    said = subprocess.check_output([script, "--version"], text=True, timeout=60)
    assert said == run("--version").stdout


# --- info


def test_info():
    done = run("info")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}
    assert lines["edgedigit"] == edgedigit.__version__
    assert lines["NumPy"] == np.__version__
    assert lines["Python"].startswith(platform.python_version())
    assert lines["onnxruntime"][0].isdigit()
    assert (lines["Pillow"] == "not installed") == (importlib.util.find_spec("PIL") is None)
    assert lines["folder"] == str(edgedigit.Classifier().folder)
    assert lines["lines"].startswith("lines.onnx, ")
    assert "CPUExecutionProvider" in lines["providers"].split(", ")
    assert lines["self-check"] == "passed"


def test_info_checks_the_line_network(tmp_path):
    model = model_with_lines(tmp_path / "model")
    done = run("info", "--model", model)
    assert f"lines.onnx, {(model / 'lines.onnx').stat().st_size / 1000:.0f} kB" in done.stdout
    put_lines(model, tiny_lines("7"))
    done = run("info", "--model", model, status=1)
    assert "self-check failed: a strip, with an upright bar, is read as '7', not '1'" in done.stderr
    (model / "lines.onnx").write_bytes(b"damaged")
    assert "lines.onnx is not the file" in run("info", "--model", model, status=1).stderr


def test_info_fails_when_the_answers_are_wrong(tmp_path):
    onnx = pytest.importorskip("onnx")
    import hashlib

    source = edgedigit.Classifier().folder
    shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    # All that the network computes, times zero: it finds every digit equally probable.
    model = onnx.load(tmp_path / "model.onnx")
    model.graph.node[-1].output[0] = "answers"
    zero = onnx.numpy_helper.from_array(np.zeros(1, np.float32), "zero")
    model.graph.initializer.append(zero)
    model.graph.node.append(onnx.helper.make_node("Mul", ["answers", "zero"], ["probabilities"]))
    data = model.SerializeToString()
    (tmp_path / "model.onnx").write_bytes(data)
    config = json.loads((tmp_path / "config.json").read_text())
    config["sha256"] = hashlib.sha256(data).hexdigest()
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = run("info", "--model", tmp_path, status=1)
    assert "edgedigit: the self-check failed: an upright bar" in done.stderr
    assert "passed" not in done.stdout
