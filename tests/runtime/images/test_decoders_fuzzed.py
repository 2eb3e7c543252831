"""A part of the fuzzing, and all that it has broken; `python -m tests.campaigns.fuzz` does more."""

import importlib.util
import math
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from edgedigit.errors import ImageError
from tests.campaigns.fuzz import Limits, Tally, find_fault, inputs, main
from tests.support.paths import ROOT
from tests.support.picture_files import load_without_pillow

PILLOW = importlib.util.find_spec("PIL") is not None
CORPUS = sorted((ROOT / "tests" / "corpus").iterdir())
UNLIMITED = Limits(math.inf)

needs_linux = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="limits the process as Linux can"
)


@pytest.mark.slow
def test_mutants_are_decoded_or_refused():
    tally = Tally()
    faults = [find_fault(data, tally, PILLOW, UNLIMITED) for data in inputs(5000, seed=0)]
    assert not any(faults)
    assert tally.ours["decoded"] > 1000
    assert tally.ours["DamagedError"] > 1000
    assert tally.ours["TooLargeError"] > 10


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_once_broke(path):
    data = path.read_bytes()
    assert find_fault(data, Tally(), PILLOW, UNLIMITED) is None
    tracemalloc.start()
    with suppress(ImageError):
        load_without_pillow(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_the_same_inputs_every_time():
    assert list(inputs(20, seed=3)) == list(inputs(30, seed=3))[:20]
    assert list(inputs(20, seed=3)) != list(inputs(20, seed=4))


@needs_linux
def test_the_command_counts(capsys):
    assert main(["--count", "100"]) == 0
    report = capsys.readouterr().out
    assert report.startswith("100 inputs in ")
    assert "decoded" in report
    assert "FAULTS: 0" in report


@needs_linux
def test_the_command_writes_down_what_breaks(tmp_path, capsys):
    options = ["--count", "20", "--seed", "5", "--keep", "3", "--output", str(tmp_path)]
    assert main([*options, "--max-seconds", "0"]) == 1
    captured = capsys.readouterr()
    assert "input 0: takes" in captured.err
    assert "FAULTS: 20" in captured.out
    written = {path.read_bytes() for path in tmp_path.iterdir()}
    assert written == set(inputs(3, seed=5))
