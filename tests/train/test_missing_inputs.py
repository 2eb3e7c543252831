"""A file or folder that is not there is told at once, not after TensorFlow was loaded."""

import pytest

from tests.support.command import python

CODE = """
import sys
from {module}.__main__ import main
status = main(sys.argv[1:])
print(status, "tensorflow" in sys.modules)
"""


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("train", ["--model", "cnn", "--data", "nowhere"]),
        ("train", ["--show", "--data", "nowhere"]),
        ("train", ["finetune", "--data", "nowhere"]),
        ("train", ["finetune", "--data", "examples", "--base", "nowhere"]),
        ("train", ["lines", "--data", "nowhere", "--output", "unused"]),
        ("train", ["tune", "--data", "nowhere", "--storage", "x.sqlite", "--trials", "1"]),
        ("train", ["reproduce", "--data", "nowhere"]),
        ("export", ["nowhere"]),
        ("export", ["train/recipes/edge", "--data", "nowhere"]),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_it_is_told_before_tensorflow_is_loaded(module: str, arguments: list[str]) -> None:
    done = python("-c", CODE.format(module=module), *arguments)
    assert done.stdout == "1 False\n"
    assert done.stderr == f"{module}: cannot read nowhere: it does not exist\n"
