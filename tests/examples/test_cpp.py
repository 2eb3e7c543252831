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
HEADERS = "/usr/include/opencv4", "/usr/local/include/opencv4"
VERSION_PARTS = "MAJOR", "MINOR"
PARTS = "dnn", "imgcodecs", "imgproc", "core"
LIMIT_SECONDS = 300


@pytest.fixture(scope="module")
def headers() -> Path:
    """The folder of OpenCV's headers; skips where there is none, or no compiler."""
    there = [Path(path) for path in HEADERS if Path(path, "opencv2", "dnn.hpp").exists()]
    if not (there and shutil.which("g++")):
        pytest.skip("needs OpenCV: apt install g++ libopencv-dnn-dev libopencv-imgcodecs-dev")
    return there[0]


@pytest.fixture(scope="module")
def model(headers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as it ships; for OpenCV that knows no half precision, in full."""
    shipped = Path(DEFAULT_MODEL) / MODEL_FILE
    text = (headers / "opencv2" / "core" / "version.hpp").read_text("utf-8")
    version = [int(re.search(rf"CV_VERSION_{part} +([0-9]+)", text)[1]) for part in VERSION_PARTS]
    if version >= [4, 7]:
        return shipped
    onnx = pytest.importorskip("onnx", reason="OpenCV before 4.7 knows no half precision")
    full = onnx.load(shipped)
    halves = {tensor.name: tensor for tensor in full.graph.initializer}
    for cast in [node for node in full.graph.node if node.input[0] in halves]:
        tensor = halves[cast.input[0]]
        values = onnx.numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, cast.output[0]))
        full.graph.node.remove(cast)
    path = tmp_path_factory.mktemp("model") / "full.onnx"
    onnx.save(full, path)
    return path


@pytest.fixture(scope="module")
def program(headers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cpp") / "digit"
    command = ["g++", "-O1", "-Wall", "-Werror", f"-I{headers}", SOURCE, "-o", path]
    command += [f"-lopencv_{part}" for part in PARTS]
    subprocess.run(command, check=True, timeout=LIMIT_SECONDS)
    return path


def read(program: Path, model: Path, paths: list[Path]) -> list[str]:
    """What it says of each picture."""
    command = [program, model, *paths]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS
    )
    lines = done.stdout.splitlines()
    return [line.removeprefix(f"{path}: ") for path, line in zip(paths, lines, strict=True)]


@pytest.mark.slow
def test_it_reads_digits_on_even_paper_as_we_do(program: Path, model: Path, tmp_path: Path) -> None:
    digits = draw_digits(np.arange(100) % 10, np.random.default_rng(8), 120)
    paths = []
    for place, digit in enumerate(digits):
        ink = np.pad(digit, 20)
        picture = ink // 2 + 100 if place % 2 else 230 - ink // 4 * 3
        paths.append(tmp_path / f"{place}.png")
        paths[-1].write_bytes(png_file(picture.astype(np.uint8)))
    ours = [str(classify(path).best) for path in paths]
    theirs = [said.split()[0] for said in read(program, model, paths)]
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) >= 98


@pytest.mark.slow
def test_what_is_nothing_is_said(program: Path, model: Path, tmp_path: Path) -> None:
    blank, text = tmp_path / "blank.png", tmp_path / "text.png"
    blank.write_bytes(png_file(np.full((40, 30), 200, np.uint8)))
    text.write_text("This is no picture.")
    assert read(program, model, [blank, text]) == ["nothing", "nothing"]


def test_it_is_short() -> None:
    code = [line for line in SOURCE.read_text().splitlines() if not re.match(r"\s*(//.*)?$", line)]
    assert len(code) <= 60
