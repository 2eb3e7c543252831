"""The example in C++, built, and its answers beside ours."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgedigit import classify
from edgedigit.model import DEFAULT_MODEL, MODEL_FILE
from tests.support.paths import EXAMPLES
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

SOURCE = EXAMPLES / "cpp" / "digit.cpp"
LIMIT_SECONDS = 300


def flags() -> list[str]:
    """What OpenCV is built with; skips where it, or a compiler, is missing."""
    if not (shutil.which("g++") and shutil.which("pkg-config")):
        pytest.skip("needs g++ and pkg-config")
    done = subprocess.run(
        ["pkg-config", "--cflags", "--libs-only-L", "opencv4"],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )
    if done.returncode:
        pytest.skip("needs OpenCV: apt install libopencv-dnn-dev libopencv-imgcodecs-dev")
    parts = "dnn", "imgcodecs", "imgproc", "core"
    return [*done.stdout.split(), *(f"-lopencv_{part}" for part in parts)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cpp") / "digit"
    command = ["g++", "-O1", "-Wall", "-Werror", str(SOURCE), "-o", str(path), *flags()]
    subprocess.run(command, check=True, timeout=LIMIT_SECONDS)
    return path


def read(program: Path, paths: list[Path]) -> list[str]:
    """What it says of each picture."""
    command = [program, Path(DEFAULT_MODEL) / MODEL_FILE, *paths]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS
    )
    lines = done.stdout.splitlines()
    return [line.removeprefix(f"{path}: ") for path, line in zip(paths, lines, strict=True)]


@pytest.mark.slow
def test_it_reads_digits_on_even_paper_as_we_do(program: Path, tmp_path: Path) -> None:
    digits = draw_digits(np.arange(100) % 10, np.random.default_rng(8), 120)
    paths = []
    for place, digit in enumerate(digits):
        ink = np.pad(digit, 20)
        picture = ink // 2 + 100 if place % 2 else 230 - ink // 4 * 3
        paths.append(tmp_path / f"{place}.png")
        paths[-1].write_bytes(png_file(picture.astype(np.uint8)))
    ours = [str(classify(path).best) for path in paths]
    theirs = [said.split()[0] for said in read(program, paths)]
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) >= 98


@pytest.mark.slow
def test_what_is_nothing_is_said(program: Path, tmp_path: Path) -> None:
    blank, text = tmp_path / "blank.png", tmp_path / "text.png"
    blank.write_bytes(png_file(np.full((40, 30), 200, np.uint8)))
    text.write_text("This is no picture.")
    assert read(program, [blank, text]) == ["nothing", "nothing"]


def test_it_is_short() -> None:
    code = [line for line in SOURCE.read_text().splitlines() if not re.match(r"\s*(//.*)?$", line)]
    assert len(code) <= 60
