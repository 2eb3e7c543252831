"""Runs the command, and Python, in processes of their own, with the package that is tested.

No process lives for ever, so that whatever waits for one, or reads what it says, ends.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

import edgedigit
from tests.support.paths import ROOT

COMMAND = [sys.executable, "-m", "edgedigit"]
# The folder that the package lies in: processes run anywhere, and use the one that is tested here.
PACKAGE = Path(edgedigit.__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONWARNINGS": "error"}
LIMIT_SECONDS = 300


class Process(subprocess.Popen):
    """A process that is killed after a time, or when what is done with it fails."""

    def __init__(self, command, limit=LIMIT_SECONDS, **options):
        super().__init__(command, **options)
        self._timer = threading.Timer(limit, self._kill_late, [limit])
        self._timer.daemon = True
        self._timer.start()

    def _kill_late(self, limit):
        if self.poll() is None:
            print(f"killed after {limit} s: {self.args}", file=sys.stderr)
            self.kill()

    def __exit__(self, kind, error, traceback):
        if error is not None:
            self.kill()
        super().__exit__(kind, error, traceback)
        self._timer.cancel()


def run(*arguments, status=0, **options):
    """Runs the command to its end; its output as text, bytes that are not UTF-8 as Python's."""
    options = {"env": ENVIRONMENT, "capture_output": True, "timeout": LIMIT_SECONDS, **options}
    done = subprocess.run([*COMMAND, *arguments], check=False, **options)
    done.stdout, done.stderr = (
        (stream or b"").decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr)
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode == status, done.stderr
    return done


def start(*arguments, **options):
    """Starts the command; its standard error is a pipe."""
    return Process(
        [*COMMAND, *arguments], **{"env": ENVIRONMENT, "stderr": subprocess.PIPE} | options
    )


def python(*arguments, status=0, variables=(), **options):
    """Runs Python to its end, in the checkout; its output as text.

    Args:
        arguments: What Python is given.
        status: The exit status that it has to end with; any for None.
        variables: What is in its environment besides.
        options: Those of `subprocess.run`.
    """
    options = _python(variables) | {"capture_output": True, "timeout": LIMIT_SECONDS} | options
    done = subprocess.run([sys.executable, *map(str, arguments)], check=False, **options)
    assert status in (None, done.returncode), done.stderr
    return done


def start_python(*arguments, variables=(), **options):
    """Starts Python in the checkout; its output and its errors are pipes of text."""
    options = _python(variables) | {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return Process([sys.executable, *map(str, arguments)], **options)


def _python(variables):
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **dict(variables)}
    return {"cwd": ROOT, "env": environment, "encoding": "utf-8"}
