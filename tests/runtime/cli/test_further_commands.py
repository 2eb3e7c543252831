"""Commands of another distribution, which may be there or not."""

import os
from pathlib import Path

import pytest

from tests.support.command import ENVIRONMENT, run

COMMANDS = "finetune", "export"


@pytest.fixture
def other(tmp_path: Path) -> dict[str, str]:
    """An environment in which a distribution has them, which says what it is given."""
    metadata = tmp_path / "others-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1\n")
    entries = [f"{name} = others:{name}" for name in COMMANDS]
    (metadata / "entry_points.txt").write_text("\n".join(["[edgedigit.commands]", *entries]))
    (tmp_path / "others.py").write_text(
        "def finetune(arguments):\n    print(arguments)\n    return 3\nexport = finetune\n"
    )
    path = os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])
    return {**ENVIRONMENT, "PYTHONPATH": path}


@pytest.mark.parametrize("command", COMMANDS)
def test_it_gets_what_follows_its_name_and_gives_the_status(
    command: str, other: dict[str, str]
) -> None:
    done = run(command, "--help", "a b", "-o", "c", status=3, env=other)
    assert done.stdout == "['--help', 'a b', '-o', 'c']\n"


def test_help_tells_of_them() -> None:
    said = run("--help").stdout
    assert all(f"\n    {command}" in said for command in COMMANDS)
