"""Runs the command as users do: in a process of its own, and with the package that is tested."""

import os
import subprocess
import sys
from pathlib import Path

import edgedigit

COMMAND = [sys.executable, "-m", "edgedigit"]
# The command runs elsewhere, and with the very package that is tested here.
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(edgedigit.__file__).parent.parent),
    "PYTHONWARNINGS": "error",
}


def run(*arguments, status=0, **options):
    """Runs the command to its end; its output as text, bytes that are not UTF-8 as Python's."""
    options = {"env": ENVIRONMENT, "capture_output": True, "timeout": 120, **options}
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
    options = {"env": ENVIRONMENT, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*COMMAND, *arguments], **options)
