"""Runs the contenders' programs, each in its environment and in a fresh process."""

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.alternatives.environments import Environment, UnavailableError, last_line
from benchmarks.fresh_process import MeasuredProcess, measure_process

_TASK_PROGRAM = Path(__file__).resolve().parent / "contenders" / "task.py"

# One thread each, and no telemetry, which only this keeps from starting.
_SET_VARIABLES = {
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "ORT_DISABLE_TELEMETRY": "1",
}
_KEPT_VARIABLES = "PATH", "HOME", "TESSDATA_PREFIX"


def run_alone(command: Sequence[str]) -> MeasuredProcess:
    """Runs a program with one thread.

    Raises:
        UnavailableError: It fails.
    """
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    done = measure_process(command, environment | _SET_VARIABLES)
    if done.status:
        raise UnavailableError(f"cannot be run: {last_line(done.errors)}")
    return done


def run_task(
    environment: Environment, program: str, model: str, task: str, *arguments: str
) -> MeasuredProcess:
    """Runs `contenders/task.py`, which says what the arguments are.

    Raises:
        UnavailableError: It fails.
    """
    return run_alone(
        [str(environment.python), str(_TASK_PROGRAM), program, model, task, *arguments]
    )
