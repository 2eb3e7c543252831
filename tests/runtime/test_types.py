"""What the annotations tell an editor, and a type checker, of what a picture may be."""

import typing
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import edgedigit
from edgedigit import Classifier, ImageLike
from edgedigit.images import load_grey
from tests.support.command import python

PICTURES = """
import io, pathlib
import numpy, PIL.Image
import edgedigit

classifier = edgedigit.Classifier()

class Tensor:
    def __array__(self) -> numpy.ndarray:
        return numpy.zeros((28, 28))

def hand_on(image: edgedigit.ImageLike) -> edgedigit.Prediction:
    return classifier.classify(image)

edgedigit.classify("7.png")
edgedigit.classify(pathlib.Path("7.png"))
edgedigit.classify(b"")
hand_on(memoryview(b""))
edgedigit.read(io.BytesIO())
edgedigit.read(open("7.png", "rb"))
classifier.classify(numpy.zeros((28, 28)))
hand_on(PIL.Image.new("L", (28, 28)))
hand_on(Tensor())
edgedigit.classify_batch(numpy.zeros((9, 28, 28)))
classifier.classify_batch([pathlib.Path("7.png"), PIL.Image.new("L", (28, 28))])
"""
WRONG = """
edgedigit.classify(7)  # no picture
edgedigit.classify(None)  # no picture
edgedigit.read([[0, 1], [1, 0]])  # no picture
classifier.classify(open("7.png"))  # no picture
edgedigit.classify_batch([7])  # no picture
"""


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (edgedigit.classify, "image"),
        (Classifier.classify, "image"),
        (edgedigit.read, "image"),
        (load_grey, "image"),
        (edgedigit.classify_batch, "images"),
        (Classifier.classify_batch, "images"),
    ],
)
def test_signatures_name_the_type(function: Callable[..., object], argument: str) -> None:
    hints = typing.get_type_hints(function)
    assert hints[argument] in (ImageLike, Iterable[ImageLike])


@pytest.mark.slow
def test_a_type_checker_tells_pictures_from_what_is_none(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="needs mypy (extra dev)")
    pytest.importorskip("PIL", reason="needs Pillow")
    program = tmp_path / "program.py"
    program.write_text(PICTURES + WRONG)
    said = python("-m", "mypy", "--config-file=", program, status=1).stdout
    wrong = {int(line.split(":")[1]) for line in said.splitlines() if "error:" in line}
    lines = program.read_text().splitlines()
    marked = {number for number, line in enumerate(lines, 1) if line.endswith("# no picture")}
    assert wrong == marked, said
