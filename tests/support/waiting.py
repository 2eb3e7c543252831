"""Waits that end, and say what they waited for."""

import contextlib
import os
import time


def wait_until(condition, what, seconds=60, pause=0.01):
    """Waits until a condition holds, and returns what it gave; fails when it takes too long."""
    end = time.monotonic() + seconds
    while not (given := condition()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(pause)
    return given


def open_pipe(path, process):
    """Opens a named pipe to write to, as soon as the process reads from it."""

    def opened():
        assert process.poll() is None, f"it ended before it read from {path}"
        # Nobody reads yet; to open it without this flag would wait for ever.
        with contextlib.suppress(OSError):
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)

    descriptor = wait_until(opened, f"a reader of {path}")
    os.set_blocking(descriptor, True)
    return open(descriptor, "wb")
