"""Times of processes that are started for that: what a user waits for, from nothing."""

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import edgedigit
from edgedigit.errors import BenchError
from edgedigit.system.interrupts import interrupts_wait

REPEATS = 5

IDENTITY_MODEL = str(Path(__file__).with_name("identity.onnx"))
"""A network that does nothing: what onnxruntime costs by itself; `image` comes back as `same`."""

PYTHON_PROCESS = "Python"
SESSION_PROCESS = "onnxruntime, session, run"
_FOLDER_FILES = 200
FOLDER_PROCESS = f"folder of {_FOLDER_FILES} PNG of 28 x 28"

_PRINT_PEAK_KB_CODE = """
try:
    with open("/proc/self/status") as status:
        print(*[line.split()[1] for line in status if line.startswith("VmHWM")])
except OSError:
    pass
"""
_SESSION_CODE = f"""
import sys, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
providers = ["CPUExecutionProvider"]
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=providers)
session.run(None, {{"image": numpy.zeros((1, 28, 28), numpy.uint8)}})
{_PRINT_PEAK_KB_CODE}"""
_ANSWER_CODE = """
import sys, edgedigit
edgedigit.Classifier(sys.argv[1]).classify(sys.argv[2])
"""
_FOLDER_CODE = f"""
import sys
from edgedigit.cli import main
if main(["classify", "--quiet", "--model", *sys.argv[1:]]):
    sys.exit("edgedigit classify failed")
{_PRINT_PEAK_KB_CODE}"""


class ProcessMedians(NamedTuple):
    """Medians of a process.

    Attributes:
        seconds: From its start to its end.
        memory: The most that it had, in kB; None where the system does not tell.
    """

    seconds: float
    memory: float | None


def measure_processes(model: Path, picture: bytes) -> dict[str, ProcessMedians]:
    """Starts each process several times; they take turns, and so meet the same conditions.

    Args:
        model: A model's folder.
        picture: The file that is classified, once and as a folder of copies.

    Returns:
        Floors first, by what they do.

    Raises:
        BenchError: One of them fails, or no temporary file can be written.
    """
    try:
        with contextlib.ExitStack() as stack:
            with interrupts_wait():  # no folder and no open file stays behind
                folder = tempfile.mkdtemp(prefix="edgedigit-")
                stack.callback(_remove, folder)
                for number in range(_FOLDER_FILES):
                    Path(folder, f"{number}.png").write_bytes(picture)
            commands = _commands(str(model), folder)
            rounds = [
                {name: _run(command) for name, command in commands.items()} for _ in range(REPEATS)
            ]
    except OSError as error:
        raise BenchError(f"cannot write the pictures to measure with: {error}") from error
    return {name: _median([one[name] for one in rounds]) for name in commands}


def _remove(folder: str) -> None:
    with interrupts_wait():
        shutil.rmtree(folder)


def _commands(model: str, folder: str) -> dict[str, list[str]]:
    return {
        PYTHON_PROCESS: ["-c", "pass"],
        "import numpy": ["-c", "import numpy"],
        "import onnxruntime": ["-c", "import onnxruntime"],
        SESSION_PROCESS: ["-c", _SESSION_CODE, IDENTITY_MODEL],
        "import edgedigit": ["-c", "import edgedigit"],
        "edgedigit --version": ["-m", "edgedigit", "--version"],
        "first answer, PNG of 28 x 28": ["-c", _ANSWER_CODE, model, os.path.join(folder, "0.png")],
        FOLDER_PROCESS: ["-c", _FOLDER_CODE, model, folder],
    }


def _run(arguments: list[str]) -> ProcessMedians:
    """Runs this Python with the package that runs here, and nothing from the current folder."""
    package = str(Path(edgedigit.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-P", *arguments],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise BenchError(f"cannot start Python to measure it: {error}") from error
    seconds = time.perf_counter() - start
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise BenchError(f"a process that is measured ends with {done.returncode}: {said}")
    last = done.stdout.rpartition(b"\n")[0].rpartition(b"\n")[2]
    return ProcessMedians(seconds, float(last) if last.isdigit() else None)


def _median(runs: list[ProcessMedians]) -> ProcessMedians:
    peaks = [run.memory for run in runs if run.memory is not None]
    return ProcessMedians(
        statistics.median(run.seconds for run in runs), statistics.median(peaks) if peaks else None
    )
