"""Measures programs in processes of their own, as a user starts them."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# A child's peak memory starts at its parent's, so that a small process starts it.
_LAUNCHER = """
import os, sys, time
start = time.monotonic_ns()
_, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0)
end = time.monotonic_ns()
print(start, end, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""


@dataclass(frozen=True)
class MeasuredProcess:
    """A process that has ended, and what it took.

    Attributes:
        status: Its exit status, 0 to 255; a signal's number taken from 256 when one ended it.
        output: What it wrote to standard output.
        errors: What it wrote to standard error.
        started: When it was started, in nanoseconds of `time.monotonic_ns`, which all processes
            share.
        seconds: From its start to its end.
        cpu_seconds: Processor time that it took.
        peak: Its largest resident memory in MB (10^6 bytes).
    """

    status: int
    output: str
    errors: str
    started: int
    seconds: float
    cpu_seconds: float
    peak: float


def measure_process(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> MeasuredProcess:
    """Runs a program in a fresh process, and waits for it.

    Args:
        command: The program, an absolute path, and its arguments.
        environment: Its whole environment; None is this process's.
    """
    # -S -E: the launcher reads nothing that the environment or the checkout could change.
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _LAUNCHER, *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    errors, _, figures = done.stderr.rstrip("\n").rpartition("\n")
    start, end, cpu, peak = figures.split()
    return MeasuredProcess(
        status=done.returncode,
        output=done.stdout,
        errors=errors,
        started=int(start),
        seconds=(int(end) - int(start)) / 1e9,
        cpu_seconds=float(cpu),
        peak=int(peak) / 1000,
    )
