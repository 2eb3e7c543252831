"""Whoever asks for the end gets it at once, and whole rows; --resume does the rest."""

import json
import random
import signal
import subprocess
import time

import numpy as np
import pytest

from edgedigit.runs.formats import READABLE, readable_format
from edgedigit.runs.rows import ClassifyRow
from tests.support.command import COMMAND, ENVIRONMENT, python, run, start, start_python
from tests.support.marks import posix_only, slow_but
from tests.support.picture_files import png_file
from tests.support.waiting import wait_until
from train.drawing.characters import draw_digits

pytestmark = posix_only

FILES = 300
RESUMABLE = b"edgedigit: interrupted; the same command with --resume goes on\n"
STATUSES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
every_signal = pytest.mark.parametrize("name", STATUSES)
every_format = pytest.mark.parametrize("form", READABLE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("scans")
    pictures = [png_file(digit) for digit in draw_digits(np.arange(10), np.random.default_rng(5))]
    for index in range(FILES):
        (path / f"{index}.png").write_bytes(pictures[index % 10])
    return path


@pytest.fixture(scope="module")
def wholes(folder, tmp_path_factory):
    """What undisturbed runs write, for each format."""
    outputs = {form: tmp_path_factory.mktemp("whole") / f"out.{form}" for form in READABLE}
    for output in outputs.values():
        run("classify", folder, "-o", output)
    return {form: output.read_bytes() for form, output in outputs.items()}


def wait_for(condition, process):
    """Waits until something is so, or the process has ended."""
    wait_until(lambda: condition() or process.poll() is not None, "rows", pause=0.0005)


def size(path):
    return path.stat().st_size if path.exists() else 0


def rows(data, form):
    """How many rows there are; fails where one is torn."""
    if form == "json":
        return len(json.loads(data))
    assert data.endswith(b"\n")
    return data.count(b"\n") - (form == "csv")


@every_signal
@every_format
@pytest.mark.parametrize(
    "gap", slow_but(1, [None, 0, 0.002]), ids=["once", "twice at once", "twice"]
)
def test_a_signal_leaves_whole_rows_and_its_exit_status(folder, wholes, tmp_path, name, form, gap):
    whole = wholes[form]
    output = tmp_path / f"out.{form}"
    chance = random.Random(f"{name} {form} {gap}")
    number = getattr(signal, name)
    # A machine may be so busy that the run ends before it gets the signal.
    for _ in range(5):
        output.unlink(missing_ok=True)
        least = chance.randrange(len(whole) // 2)
        with start("classify", folder, "-o", output) as process:
            wait_for(lambda: size(output) > least, process)  # noqa: B023
            process.send_signal(number)
            if gap is not None:
                time.sleep(gap)
                process.send_signal(number)
            messages = process.communicate(timeout=60)[1]
        if process.returncode != 0:
            break
    assert process.returncode == STATUSES[name]
    assert messages == (RESUMABLE if name == "SIGINT" else b"")
    written = output.read_bytes()
    count = rows(written, form)
    assert 0 < count < FILES
    assert whole.startswith(written.removesuffix(readable_format(form, ClassifyRow).tail.encode()))
    done = run("classify", folder, "-o", output, "--resume")
    assert f"({count:,} known from an earlier run)" in done.stderr
    assert output.read_bytes() == whole


@pytest.mark.parametrize("name", slow_but(1, STATUSES))
def test_a_signal_ends_a_resumed_run_too(folder, wholes, tmp_path, name):
    output = tmp_path / "out.json"
    run("classify", folder, "-o", output, "--min-confidence", "0.01")
    for _ in range(3):
        with start("classify", folder, "-o", output, "--resume") as process:
            before = size(output)
            wait_for(lambda: size(output) != before, process)  # noqa: B023
            process.send_signal(getattr(signal, name))
            messages = process.communicate(timeout=60)[1]
        assert process.returncode in (0, STATUSES[name])
        assert b"Traceback" not in messages
        rows(output.read_bytes(), "json")
    run("classify", folder, "-o", output, "--resume")
    assert output.read_bytes() == wholes["json"]


@every_signal
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_while_the_program_starts(folder, tmp_path, name, times):
    output = tmp_path / "out.json"
    chance = random.Random(f"{name} {times}")
    number = getattr(signal, name)
    for _ in range(4):
        output.unlink(missing_ok=True)
        # Tells what it imports: NumPy is loaded after the command has looked at its arguments.
        command = ["-X", "importtime", *COMMAND[1:], "classify", folder, "-o", output]
        with start_python(*command, env=ENVIRONMENT, stdout=None) as process:
            while "numpy" not in process.stderr.readline():
                assert process.poll() is None
            time.sleep(chance.random() * 0.4)
            for _ in range(times):
                process.send_signal(number)
                time.sleep(0.001)
            lines = process.communicate(timeout=60)[1].splitlines()
        messages = [line for line in lines if not line.startswith("import time:")]
        if all(line.encode() == RESUMABLE.strip() for line in messages):
            assert process.returncode == STATUSES[name]
        else:  # it had ended already
            assert messages[0].startswith("300 files: ")
        if output.exists():
            rows(output.read_bytes(), "json")


# In a process of its own, since an interrupt leaves the signals ignored.
THROWN_AWAY = """
import os, signal, time
from edgedigit.system.interrupts import Interrupted, interrupts_raise

class Signalling:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.001)  # where the signal is met

try:
    with interrupts_raise():
        Signalling()
        time.sleep(30)
except Interrupted as interrupt:
    print(interrupt.number)
"""


def test_a_signal_while_an_object_is_thrown_away_is_not_lost():
    done = python("-c", THROWN_AWAY, env=ENVIRONMENT)
    assert (done.stdout, done.stderr) == (f"{int(signal.SIGTERM)}\n", "")


# The signal comes as soon as something temporary is there.
MADE = """
import os, pathlib, signal, sys, tempfile, time
from edgedigit.info import bench_processes
from edgedigit.system import safe_files
from edgedigit.system.interrupts import Interrupted, interrupts_raise

def then_interrupted(make):
    def made(*arguments, **options):
        found = make(*arguments, **options)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.001)  # where the signal is met
        return found
    return made

tempfile.mkdtemp = then_interrupted(tempfile.mkdtemp)
safe_files.open_locked = then_interrupted(safe_files.open_locked)
try:
    with interrupts_raise():
        if sys.argv[1] == "pictures":
            bench_processes.measure_processes(pathlib.Path("model"), b"picture")
        else:
            safe_files.replace(os.path.join(tempfile.gettempdir(), "report.html"), ["text"])
except Interrupted as interrupt:
    print(interrupt.number)
"""


@pytest.mark.parametrize("what", ["pictures", "report"])
def test_a_signal_leaves_nothing_that_was_temporary(tmp_path, what):
    done = python("-c", MADE, what, env={**ENVIRONMENT, "TMPDIR": str(tmp_path)})
    assert (done.stdout, done.stderr) == (f"{int(signal.SIGTERM)}\n", "")
    assert list(tmp_path.iterdir()) == []


def test_nohup_is_heeded(folder, wholes, tmp_path):
    output = tmp_path / "out.csv"
    with start(
        "classify",
        folder,
        "-o",
        output,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    ) as process:
        wait_for(lambda: size(output) > 0, process)
        process.send_signal(signal.SIGHUP)
        assert process.wait(60) == 0
    assert output.read_bytes() == wholes["csv"]


@every_format
def test_a_reader_that_has_seen_enough(folder, form):
    # Far more than a pipe holds.
    folders = [folder] * 17
    with start("classify", *folders, "--format", form, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
    assert readable_format(form, ClassifyRow).head.encode() in (line, b"")
