import contextlib
import io
import os
import queue
import re
import sys
import threading

import pytest

from edgedigit.results import Status
from edgedigit.runs.progress import Progress
from edgedigit.runs.rows import ClassifyRow
from tests.support.command import python
from tests.support.marks import posix_only

BAR = "█"


@pytest.fixture(params=["plain", "tqdm"])
def kind(request, monkeypatch):
    """With tqdm, where it is installed, and without."""
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "tqdm", None)
    else:
        pytest.importorskip("tqdm")
    return request.param


@pytest.fixture
def terminal():
    """Opens terminals of a width: our end, and a stream to the other."""
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    with contextlib.ExitStack() as stack:

        def make(columns, encoding="utf-8"):
            ours, theirs = pty.openpty()
            stack.callback(close, ours)
            termios.tcsetwinsize(theirs, (24, columns))
            stream = stack.enter_context(
                open(theirs, "w", encoding=encoding, errors="backslashreplace", newline="")
            )
            return ours, stream

        yield make


def close(descriptor):
    with contextlib.suppress(OSError):
        os.close(descriptor)


def rows(ok=0, refused=0, failed=0):
    statuses = [Status.OK] * ok + [Status.REFUSED] * refused + [Status.UNREADABLE] * failed
    return [ClassifyRow("x.png", status, None, None, None, None, None, None) for status in statuses]


def shown(ours, encoding="utf-8"):
    """What was written to the terminal up to now."""
    os.set_blocking(ours, False)
    data = b""
    with contextlib.suppress(BlockingIOError):
        while part := os.read(ours, 1 << 16):
            data += part
    return data.decode(encoding)


def screen(text, columns):
    """The lines that a terminal of this width shows, without the spaces at their ends."""
    lines, column = [[]], 0
    for sign in text:
        if sign == "\r":
            column = 0
        elif sign == "\n":
            lines.append([])
        else:
            if column == columns:
                lines.append([])
                column = 0
            lines[-1][column : column + 1] = sign
            column += 1
    return ["".join(line).rstrip() for line in lines]


def counted(number):
    """What counts files, or fails for None; and a wait until its thread has ended."""

    def count():
        counting.put(threading.current_thread())
        if number is None:
            raise RuntimeError("no such folder")
        return number

    def wait():
        counting.get(timeout=60).join(60)

    counting = queue.Queue()
    return count, wait


def test_the_counts_without_a_total(kind):
    stream = io.StringIO()
    progress = Progress(stream)
    assert screen(stream.getvalue(), 79) == ["0 files, 0 refused, 0 failed"]
    progress.update(rows(ok=1200, refused=30, failed=4))
    (line,) = screen(stream.getvalue(), 79)
    assert line.startswith("1,234 files, 30 refused, 4 failed, ")
    assert re.search(r" [\d,]+\.\d files/s$", line)
    progress.close()
    assert screen(stream.getvalue(), 79) == [""]


def test_the_total_and_the_time_left(kind):
    stream = io.StringIO()
    count, wait = counted(4000)
    progress = Progress(stream, count)
    wait()
    progress.update(rows(ok=1000))
    (line,) = screen(stream.getvalue(), 79)
    assert re.search(
        r"1,000 of 4,000, 0 refused, 0 failed, [\d,]+\.\d files/s, \d+:\d\d:\d\d left$", line
    )
    assert line.startswith(" 25%|" if kind == "tqdm" else "1,000 of")
    progress.close()
    assert screen(stream.getvalue(), 79) == [""]


@pytest.mark.parametrize("number", [0, 5])
def test_more_files_than_were_counted(kind, number):
    stream = io.StringIO()
    count, wait = counted(number)
    progress = Progress(stream, count)
    wait()
    progress.say("")
    progress.update(rows(ok=6), kept=6)
    assert screen(stream.getvalue(), 79)[-1] == "6 files, 0 refused, 0 failed"


def test_files_that_cannot_be_counted(kind, monkeypatch):
    uncaught = []
    monkeypatch.setattr(threading, "excepthook", uncaught.append)
    stream = io.StringIO()
    count, wait = counted(None)
    progress = Progress(stream, count)
    wait()
    progress.update(rows(ok=1))
    assert screen(stream.getvalue(), 79)[0].startswith("1 file, ")
    assert uncaught == []


def test_kept_rows_are_counted_and_say_nothing_about_the_rate(kind):
    stream = io.StringIO()
    count, wait = counted(10**9)
    progress = Progress(stream, count)
    wait()
    progress.update(rows(ok=1000, refused=1), kept=1001)
    (line,) = screen(stream.getvalue(), 79)
    assert line.endswith("1,001 of 1,000,000,000, 1 refused, 0 failed")
    progress.update(rows(ok=1))
    progress.say("")
    assert " files/s, " in screen(stream.getvalue(), 79)[-1]


def test_lines_are_above_the_progress(kind):
    stream = io.StringIO()
    progress = Progress(stream)
    progress.say("cannot read x.png")
    progress.update(rows(failed=1))
    progress.say("a\\nb")
    lines = screen(stream.getvalue(), 79)
    assert lines[:2] == ["cannot read x.png", "a\\nb"]
    assert lines[2].startswith("1 file, 0 refused, 1 failed, ")
    progress.close()
    assert screen(stream.getvalue(), 79) == [*lines[:2], ""]


def test_blocks_that_come_fast_are_not_all_drawn(kind):
    stream = io.StringIO()
    progress = Progress(stream)
    for _ in range(10_000):
        progress.update(rows(ok=1))
    assert 0 < stream.getvalue().count(" refused, ") < 1000
    progress.say("")
    assert screen(stream.getvalue(), 79)[-1].startswith("10,000 files, ")


# --- terminals


@posix_only
@pytest.mark.parametrize("columns", [200, 80, 40, 5, 1])
def test_the_line_fits_the_terminal(kind, terminal, columns):
    ours, stream = terminal(columns)
    count, wait = counted(4000)
    progress = Progress(stream, count)
    wait()
    progress.update(rows(ok=1000, refused=500, failed=500))
    text = shown(ours)
    assert all(len(line) < columns for line in text.split("\r"))
    (line,) = screen(text, columns)
    if columns == 200:
        assert (BAR in line) == (kind == "tqdm")
        assert line.endswith(" left")
    progress.close()
    assert screen(text + shown(ours), columns) == [""]


@posix_only
def test_a_terminal_that_gets_narrower(kind, terminal):
    import termios

    ours, stream = terminal(100)
    progress = Progress(stream)
    progress.update(rows(ok=1))
    shown(ours)
    termios.tcsetwinsize(stream.fileno(), (24, 20))
    progress.say("")
    progress.close()
    assert all(len(part) < 20 for part in re.split("[\r\n]", shown(ours)))


@posix_only
def test_a_terminal_that_does_not_know_its_width(kind, terminal):
    ours, stream = terminal(0)
    Progress(stream).update(rows(ok=1))
    assert all(len(part) < 80 for part in shown(ours).split("\r"))


@posix_only
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_the_bar_takes_only_signs_that_the_terminal_has(terminal, encoding):
    pytest.importorskip("tqdm")
    ours, stream = terminal(120, encoding)
    count, wait = counted(2)
    progress = Progress(stream, count)
    wait()
    progress.update(rows(ok=1))
    text = shown(ours, encoding)
    assert (BAR in text) == (encoding == "utf-8")
    assert ("#" in text) == (encoding != "utf-8")
    assert "\\u" not in text


@posix_only
def test_a_terminal_that_was_closed(kind, terminal):
    ours, stream = terminal(80)
    progress = Progress(stream)
    os.close(ours)
    for _ in range(3):
        progress.update(rows(ok=1))
        progress.say("x" * 100_000)
    progress.close()
    with pytest.raises(OSError, match="Errno"):  # it did fail
        stream.flush()
    with contextlib.suppress(OSError):
        stream.close()
    Progress(stream).close()


@posix_only
def test_a_full_stream(kind):
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    stream = open("/dev/full", "w")  # noqa: SIM115
    try:
        progress = Progress(stream)
        progress.update(rows(ok=1))
        progress.say("text")
        progress.close()
    finally:
        with contextlib.suppress(OSError):
            stream.close()


# --- the end of a run

RUN = """
import sys, threading
from edgedigit.runs.progress import Progress

assert "tqdm" not in sys.modules
if sys.argv[1] == "plain":
    sys.modules["tqdm"] = None

def count():
    started.set()
    threading.Event().wait()  # for ever

started = threading.Event()
progress = Progress(sys.stderr, count)
started.wait()
progress.say("text")
progress.close()
print(threading.active_count(), "tqdm.std" in sys.modules)
"""


def test_nothing_waits_for_the_count(kind):
    done = python("-c", RUN, kind, encoding=None)
    # The main thread and the one that counts: tqdm starts none.
    assert done.stdout.split() == [b"2", str(kind == "tqdm").encode()]
    assert screen(done.stderr.decode(), 79) == ["text", ""]
