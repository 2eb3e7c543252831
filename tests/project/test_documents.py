"""What the README says is so."""

import re

import pytest

from tests.support.command import python
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_first_page_has_two_commands() -> None:
    first_page = README[: README.index("\n## ")]
    commands = re.findall(r"```sh\n(.*?)\n```", first_page, re.DOTALL)
    assert len(commands) == 2
    assert all("\n" not in command for command in commands)
    assert commands[0].endswith("edgedigit classify examples/digits")
    assert commands[1].endswith("-m pytest -n auto")


def test_python_code_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        done = python("-c", block)
        said = re.search(r"# (\d+), and", block)
        assert said is not None
        assert done.stdout.startswith(f"{said[1]} ")


@pytest.mark.parametrize("arguments", [[], ["classify"], ["read"], ["serve"], ["info"]])
def test_every_option_is_documented(arguments: list[str]) -> None:
    text = python("-m", "edgedigit", *arguments, "--help").stdout
    options = set(re.findall(r"--[a-z][a-z-]*", text))
    assert options
    assert {option for option in options if f"`{option}" not in README} == set()


def test_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target
