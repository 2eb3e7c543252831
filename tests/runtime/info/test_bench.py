"""`edgedigit info --bench`: what it prints, and how it ends."""

import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit.info.bench_processes import IDENTITY_MODEL
from tests.support.command import ENVIRONMENT, python, run, start
from tests.support.marks import posix_only

FLOORS = [
    "Python",
    "import numpy",
    "import onnxruntime",
    "onnxruntime, session, run",
    "run of a network that does nothing",
]
OURS = [
    "import edgedigit",
    "edgedigit --version",
    "first answer, PNG of 28 x 28",
    "folder of 200 PNG of 28 x 28",
    "classify, array of 28 x 28",
    "classify, array of 1,000 x 1,000",
    "classify_batch, 1,000 of 28 x 28",
]


@pytest.mark.slow
def test_every_figure_is_there(tmp_path: Path) -> None:
    # A process that took modules from the current folder would end here.
    for name in "numpy", "edgedigit":
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)")
    home = tmp_path / "home"
    home.mkdir()
    environment = {**ENVIRONMENT, "TMPDIR": str(home), "HOME": str(home)}
    arguments = ("-P", "-m", "edgedigit", "info", "--bench")
    done = python(*arguments, cwd=tmp_path, env=environment)
    assert done.stderr.count("\n") == 1
    assert list(home.iterdir()) == []
    lines = done.stdout.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("temperature")) + 1
    assert {line.split()[0] for line in lines[:begin]} >= {
        *("edgedigit", "onnxruntime", "model", "self-check", "board", "processor", "system", "load")
    }
    figures = {}
    for line in lines[begin:-1]:
        found = re.fullmatch(r"(.+?)  +([\d,.]+) (ms|MB|a second)(?: +([\d,.]+) x (.+))?", line)
        assert found is not None, line
        assert float(found[2].replace(",", "")) > 0
        figures[found[1]] = found
    assert lines[-1].startswith("temperature")
    assert set(figures) - {"peak memory of that"} == {*FLOORS, *OURS}
    assert ("peak memory of that" in figures) == Path("/proc/self/status").exists()
    for name, found in figures.items():
        assert (found[4] is None) == (name in FLOORS)
        if found[4] is not None:
            assert float(found[4].replace(",", "")) > 0


def test_wrong_usage() -> None:
    assert "usage: edgedigit" in run("info", "--bench=3", status=2).stderr
    assert "usage: edgedigit" in run("info", "--bench", "3", status=2).stderr


def test_nothing_is_measured_with_a_broken_model(tmp_path: Path) -> None:
    done = run("info", "--bench", "--model", tmp_path, status=1)
    assert done.stderr.count("\n") == 1
    assert "board" not in done.stdout


@posix_only
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_it_ends_quietly_and_leaves_nothing(tmp_path: Path, name: str, status: int) -> None:
    environment = {**ENVIRONMENT, "TMPDIR": str(tmp_path)}
    with start("info", "--bench", env=environment, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert process.stderr.readline().startswith(b"measuring")
        process.send_signal(getattr(signal, name))
        assert process.stderr.read() == b""
        assert b"import numpy" not in process.stdout.read()
    assert process.returncode == status
    assert list(tmp_path.iterdir()) == []


@posix_only
def test_no_room_for_the_pictures() -> None:
    import resource

    done = run(
        *("info", "--bench"),
        status=1,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert "edgedigit: cannot write the pictures to measure with: " in done.stderr


def test_a_python_that_cannot_be_started() -> None:
    script = "import sys; sys.executable = '/nowhere/python3'; from edgedigit.cli import main; "
    script += "sys.exit(main(['info', '--bench']))"
    done = python("-c", script, status=1, env=ENVIRONMENT)
    assert done.stderr.splitlines()[1].startswith("edgedigit: cannot start Python to measure it: ")
    assert done.stderr.count("\n") == 2


def test_the_network_that_does_nothing() -> None:
    edgedigit.Classifier()  # which imports onnxruntime without telemetry
    import onnxruntime

    session = onnxruntime.InferenceSession(IDENTITY_MODEL, providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(0).integers(0, 256, (1, 28, 28), np.uint8)
    assert (session.run(None, {"image": picture})[0] == picture).all()


def test_the_network_that_does_nothing_is_valid() -> None:
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(onnx.load(IDENTITY_MODEL), full_check=True)
