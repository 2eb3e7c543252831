"""The example that looks at a Raspberry Pi's camera, with one that shows what it is told to."""

import ast
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.command import ENVIRONMENT, python
from tests.support.paths import EXAMPLES, ROOT
from train.drawing.characters import draw_digits, draw_non_digits

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the camera is a Raspberry Pi's")

EXAMPLE = EXAMPLES / "pi_camera.py"
FAKE_CAMERA = ROOT / "tests" / "support" / "fake_camera"
RNG = np.random.default_rng(5)
DIGITS = draw_digits(np.arange(10), np.random.default_rng(4), 160)
HANDS = draw_non_digits("scribbles", 8, np.random.default_rng(3), 400)
# Not a multiple of what the rows of a plane are filled up to.
HEIGHT, WIDTH = 360, 456

Grey = NDArray[np.uint8]


def paper() -> Grey:
    """A sheet that is lit from the left."""
    return np.tile(np.linspace(220, 150, WIDTH), (HEIGHT, 1)).astype(np.uint8)


def page(digit: int, left: int = 150, top: int = 100) -> Grey:
    """A sheet with a digit; every frame of it has other noise, and is a little elsewhere."""
    sheet = paper().astype(np.float64)
    left, top = left + RNG.integers(-3, 4), top + RNG.integers(-3, 4)
    sheet[top : top + 160, left : left + 160] *= 1 - DIGITS[digit] / 255 * 0.8
    return noisy(sheet)


def blank() -> Grey:
    """A sheet without a digit."""
    return noisy(paper())


def hand(number: int) -> Grey:
    """Something large and dark that moves through the picture."""
    sheet = paper().astype(np.float64)
    sheet[:, 28:428] *= 1 - HANDS[number % len(HANDS)][:HEIGHT] / 255 * 0.9
    return noisy(sheet)


def noisy(sheet: NDArray[np.number]) -> Grey:
    return np.clip(sheet + RNG.normal(0, 4, sheet.shape), 0, 255).astype(np.uint8)


def frames(*scenes: Sequence[Grey]) -> list[Grey]:
    return [frame for scene in scenes for frame in scene]


def show(digit: int, count: int, **place: int) -> list[Grey]:
    return [page(digit, **place) for _ in range(count)]


def away(count: int) -> list[Grey]:
    return [blank() for _ in range(count)]


class Seen:
    """What a run of the example made of frames."""

    def __init__(self, place: Path, seen: list[Grey], *options: str, **environment: str) -> None:
        if seen:
            np.save(place / "frames.npy", np.stack(seen))
        path = os.pathsep.join([str(FAKE_CAMERA), ENVIRONMENT["PYTHONPATH"]])
        variables = {**ENVIRONMENT, "PYTHONPATH": path, "FAKE_CAMERA": str(place), **environment}
        done = python(EXAMPLE, *options, status=None, env=variables)
        self.status, self.lines, self.errors = done.returncode, done.stdout.split("\n"), done.stderr
        log = place / "log"
        self.events = log.read_text().split() if log.exists() else []
        assert self.lines.pop() == "", "lines end"


def lines(place: Path, seen: list[Grey], *options: str) -> list[str]:
    """What is printed; a run has to end well, and the camera to be closed once."""
    run = Seen(place, seen, *options)
    assert (run.status, run.errors) == (0, "")
    assert run.events == ["open", "start", "close"]
    return run.lines


def test_each_digit_is_said_once(tmp_path):
    assert lines(tmp_path, frames(*(show(digit, 4) for digit in range(10)))) == list("0123456789")


def test_what_goes_and_comes_back_is_said_again(tmp_path):
    seen = frames(away(4), show(3, 6), away(5), show(3, 4), show(8, 4), away(3))
    assert lines(tmp_path, seen) == ["3", "-", "3", "8", "-"]


def test_what_is_there_for_two_frames_is_not_said(tmp_path):
    seen = frames(show(7, 2), away(2), show(7, 3), away(2), show(7, 2), show(4, 2), show(7, 2))
    assert lines(tmp_path, seen) == ["7"]


def test_a_flicker_between_two_digits_is_not_said(tmp_path):
    flicker = frames(*([page(3), page(8)] for _ in range(5)))
    assert lines(tmp_path, frames(show(3, 3), flicker, show(8, 3))) == ["3", "8"]


def test_a_hand_takes_the_digit_away(tmp_path):
    passing, staying = ([hand(number) for number in range(count)] for count in (2, 6))
    seen = frames(show(5, 4), passing, show(5, 4), staying, show(5, 4))
    assert lines(tmp_path, seen) == ["5", "-", "5"]


def test_nothing_is_said_of_nothing(tmp_path):
    noise = [RNG.integers(0, 256, (HEIGHT, WIDTH), np.uint8) for _ in range(4)]
    assert lines(tmp_path, frames(away(5), noise)) == []


def test_a_region_leaves_out_what_lies_beside_it(tmp_path):
    two = [np.minimum(page(2, 20), page(6, 270)) for _ in range(4)]
    assert lines(tmp_path, two, "--region", "0", "60", "220", "300") == ["2"]
    (tmp_path / "log").unlink()
    assert lines(tmp_path, two, "--region", "230", "60", "456", "300") == ["6"]
    (tmp_path / "log").unlink()
    assert lines(tmp_path, two) == []


def test_whole_numbers(tmp_path):
    def number(left: int, right: int) -> Grey:
        return np.minimum(page(left, 40), page(right, 230))

    seen = [number(4, 2) for _ in range(4)] + away(4) + [number(7, 0) for _ in range(4)]
    assert lines(tmp_path, seen, "--read") == ["42", "-", "70"]


def test_the_end_of_a_service_closes_the_camera_too(tmp_path):
    number = str(int(signal.SIGTERM))
    run = Seen(tmp_path, show(1, 4), FAKE_CAMERA_SIGNAL=number)
    assert (run.status, run.lines, run.errors) == (0, ["1"], "")
    assert run.events == ["open", "start", "close"]


@pytest.mark.parametrize(
    "region", [(0, 0, 457, 300), (-1, 0, 20, 20), (50, 0, 50, 20), (0, 20, 50, 10), (0, 0, 9, 361)]
)
def test_a_region_outside_of_the_picture_is_an_error(tmp_path, region):
    run = Seen(tmp_path, away(1), "--region", *map(str, region))
    assert run.status == 1
    assert run.errors == "pi_camera: the region does not lie in the picture, 456 x 360\n"
    assert run.events[-1] == "close"


def test_without_a_camera_it_says_so(tmp_path):
    run = Seen(tmp_path, [])
    assert run.status == 1
    assert run.errors.startswith("pi_camera: no camera: ")
    assert run.errors.count("\n") == 1


def test_without_picamera2_it_says_what_to_install(tmp_path):
    run = Seen(tmp_path, away(1), PYTHONPATH=ENVIRONMENT["PYTHONPATH"])
    assert run.status == 1
    assert "No module named 'picamera2'" in run.errors
    assert "python3-picamera2" in run.errors
    assert run.errors.count("\n") == 1
    assert "--system-site-packages" in str(ast.get_docstring(ast.parse(EXAMPLE.read_text())))
